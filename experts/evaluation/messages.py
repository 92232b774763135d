"""What can be asked of an evaluation room and what can happen in it.

Pure values; tags are append-only.  Members and bids are known by their ids; marks, rates and corrections are decimal text in
points or major units; digests are SHA-256 in hex; ``stage`` is ``qualification`` or ``conformity``.
"""

from msgspec import field

from archive.values import Message, Money, Value
from experts.correction import Correction
from experts.methods import Method


class Brand(Value, frozen=True):
    """The brand of a core product, as a bid states it."""

    product: str
    brand: str


class Bid(Value, frozen=True):
    """A bid that was opened: the bid's own price, the policy deduction rate and declared corrections of the evaluation price.

    ``brands`` are those of the method's core products, as the bid states them.
    """

    id: str
    org: str
    price: Money
    deduction: str = "0"
    correction: str = "0"
    brands: tuple[Brand, ...] = ()


class Member(Value, frozen=True):
    """A member of the panel; where ``account`` is known only that actor acts for him."""

    id: str
    account: str = ""
    org: str = ""
    representative: bool = False


class Clause(Value, frozen=True):
    """One requirement to check, and the ground on which a bid that fails it is rejected (`experts.evaluation.grounds`)."""

    id: str
    text: str
    ground: str


class ClauseVote(Value, frozen=True):
    """One member's finding on one clause of one bid."""

    bid: str
    clause: str
    passed: bool
    note: str = ""


Marks = dict[str, dict[str, str]]
"""bid → item → mark."""


class HandPart(Message, frozen=True, tag="room.part"):
    """A part of what is about to be said whole, since an entry of the log has a largest size: the bids of a room that opens or
    whose prices come in (``member`` is `ROOM`), a reviewer's votes, a member's marks.  The command after it brings the rest.
    """

    member: str
    bids: tuple[Bid, ...] = ()
    votes: tuple[ClauseVote, ...] = ()
    marks: Marks = field(default_factory=dict)


ROOM = "room"


class OpenRoom(Message, frozen=True, tag="room.open"):
    """Open the room of one lot.  ``drawn`` are the coefficients drawn at the opening, ``draw`` and ``opening`` name the records
    that the report refers to; ``least`` is the smallest lawful panel.  ``corrections`` are the prices that hold by 87号令 59 once
    their bidders confirm them; ``lots`` the order drawn by lot in which equal bids of one brand stand.  With ``sealed_prices``
    (双信封) the prices are still in envelopes of their own: every bid comes with none, and they follow with `EnterPrices`.
    ``unpriced`` are opened bids without a price that could be compared: none, nothing, or in another currency.
    """

    method: Method
    rule_set: str
    subject: str
    bids: tuple[Bid, ...]
    members: tuple[Member, ...]
    qualification: tuple[Clause, ...] = ()
    conformity: tuple[Clause, ...] = ()
    ceiling: Money | None = None
    drawn: dict[str, str] = field(default_factory=dict)
    least: int = 5
    draw: str = ""
    opening: str = ""
    corrections: tuple[Correction, ...] = ()
    lots: tuple[str, ...] = ()
    sealed_prices: bool = False
    unpriced: tuple[str, ...] = ()


class CheckIn(Message, frozen=True, tag="room.check-in"):
    """A member arrived at a station; ``proof`` is the digest of the identity check."""

    member: str
    station: str
    proof: str = ""


class SignLetter(Message, frozen=True, tag="room.letter"):
    """A member signs the letter of commitment with that digest."""

    member: str
    sha256: str


class Recuse(Message, frozen=True, tag="room.recuse"):
    """A member withdraws or is withdrawn: the ground in words."""

    member: str
    ground: str


class ReplaceMember(Message, frozen=True, tag="room.replace"):
    """A successor drawn by the same rule; everything that the member said is void and done afresh."""

    member: str
    successor: Member
    draw: str


class ElectLeader(Message, frozen=True, tag="room.elect"):
    """One round of voting: member → candidate."""

    votes: dict[str, str]


class ReviewQualification(Message, frozen=True, tag="room.qualify"):
    """One reviewer's findings on every clause of qualification; under RS-2 the reviewer is ``purchaser``."""

    member: str
    votes: tuple[ClauseVote, ...]


class ReviewConformity(Message, frozen=True, tag="room.conform"):
    """One member's findings on every clause of conformity."""

    member: str
    votes: tuple[ClauseVote, ...]


class ConcludeReview(Message, frozen=True, tag="room.conclude"):
    """Count the votes of a stage; a bid that fails a clause by majority is rejected on the clause's ground."""

    stage: str


class AskClarification(Message, frozen=True, tag="room.ask"):
    """A question in writing to a bidder; it must not prompt."""

    bid: str
    question: str


class AnswerClarification(Message, frozen=True, tag="room.answer"):
    """The answer to the question of that number, from 1."""

    number: int
    answer: str


class RejectBid(Message, frozen=True, tag="room.reject"):
    """A rejection that no clause covers, such as collusion: ground, reason, and every member's vote."""

    bid: str
    ground: str
    reason: str
    votes: dict[str, bool]


class AskExplanation(Message, frozen=True, tag="room.ask-price"):
    """Ask a bidder whose price looks abnormally low to explain it."""

    bid: str


class ExplainPrice(Message, frozen=True, tag="room.explain-price"):
    """The explanation, by digest."""

    bid: str
    sha256: str


class DecideExplanation(Message, frozen=True, tag="room.decide-price"):
    """Whether the price is proved reasonable: every member's vote, reasons, enquiries made."""

    bid: str
    votes: dict[str, bool]
    reason: str
    enquiries: str = ""


class AskConfirmation(Message, frozen=True, tag="room.ask-correction"):
    """Ask a bidder to confirm its corrected price."""

    bid: str


class ConfirmCorrection(Message, frozen=True, tag="room.confirm-correction"):
    """The bidder's answer: a price that it does not confirm makes its bid invalid, and no vote does otherwise."""

    bid: str
    confirmed: bool


class LapseCorrection(Message, frozen=True, tag="room.lapse-correction"):
    """The time to confirm is over without an answer."""

    bid: str


class JudgeCompetition(Message, frozen=True, tag="room.competition"):
    """With fewer than three valid bids: whether they still compete, by every member's vote."""

    votes: dict[str, bool]
    reason: str


class LockTechnical(Message, frozen=True, tag="room.lock"):
    """锁定技术评审: findings and marks stand, so that the price envelopes of the bids still in may be opened."""


class Fallen(Value, frozen=True):
    """A bid whose price envelope did not open: ``effect`` is ``revoked`` (视为撤销) or ``withdrawn`` (视为撤回)."""

    bid: str
    effect: str


class EnterPrices(Message, frozen=True, tag="room.enter-prices"):
    """The price envelopes were opened: every bid that was admitted, with its price, unpriced or fallen; ``opening`` names their
    record.
    """

    bids: tuple[Bid, ...]
    fallen: tuple[Fallen, ...] = ()
    corrections: tuple[Correction, ...] = ()
    opening: str = ""
    unpriced: tuple[str, ...] = ()


class AskMoreTime(Message, frozen=True, tag="room.more-time"):
    """A member finds the time too short."""

    member: str
    reason: str


class CommitMarks(Message, frozen=True, tag="room.commit-marks"):
    """A member's marks, bound before anybody's are seen."""

    member: str
    commitment: str


class RevealMarks(Message, frozen=True, tag="room.reveal-marks"):
    """The marks that open the commitment; ``salt`` is 32 bytes hex."""

    member: str
    salt: str
    marks: Marks


class CorrectMark(Message, frozen=True, tag="room.correct"):
    """Change a mark on one of the four grounds: ``sum``, ``range``, ``objective``, ``abnormal`` (the last by vote)."""

    member: str
    bid: str
    item: str
    mark: str
    ground: str
    reason: str
    votes: dict[str, bool] = field(default_factory=dict)


class Summarise(Message, frozen=True, tag="room.summarise"):
    """Compute scores and ranking."""


class PlaceBids(Message, frozen=True, tag="room.place"):
    """The next part of a ranking that is too long for one entry; `Summarise` after it brings the rest."""


class RecordDissent(Message, frozen=True, tag="room.dissent"):
    """A member disagrees, in writing."""

    member: str
    text: str


class SignReport(Message, frozen=True, tag="room.sign"):
    """A member signs the report with that digest."""

    member: str
    report: str


class RefuseSign(Message, frozen=True, tag="room.refuse-sign"):
    """A member does not sign; without a written dissent that counts as agreement."""

    member: str
    reason: str = ""


class ReopenReport(Message, frozen=True, tag="room.reopen"):
    """After a signature only: re-evaluation by the same panel on one of the four grounds, reported to the supervisor."""

    ground: str
    reason: str


class SubmitReport(Message, frozen=True, tag="room.submit"):
    """Everybody signed or refused: the report goes to the purchaser."""


class VoidReport(Message, frozen=True, tag="room.void"):
    """The submitted report is void by an order outside the room: the objection behind it, its ground with article, its reason.

    The same committee begins afresh; where a ``fresh`` one is ordered the room waits for `SeatCommittee`.
    """

    order: str
    ground: str
    article: str
    reason: str
    fresh: bool = False


class SeatCommittee(Message, frozen=True, tag="room.seat"):
    """The fresh committee that an order asked for, of whom nobody sat here before; ``draw`` is the record of its own draw."""

    members: tuple[Member, ...]
    draw: str
    least: int = 5


Command = (
    OpenRoom
    | CheckIn
    | SignLetter
    | Recuse
    | ReplaceMember
    | ElectLeader
    | ReviewQualification
    | ReviewConformity
    | ConcludeReview
    | AskClarification
    | AnswerClarification
    | RejectBid
    | AskExplanation
    | ExplainPrice
    | DecideExplanation
    | AskConfirmation
    | ConfirmCorrection
    | LapseCorrection
    | JudgeCompetition
    | AskMoreTime
    | CommitMarks
    | RevealMarks
    | CorrectMark
    | Summarise
    | RecordDissent
    | SignReport
    | RefuseSign
    | ReopenReport
    | SubmitReport
    | HandPart
    | VoidReport
    | SeatCommittee
    | PlaceBids
    | LockTechnical
    | EnterPrices
)
