"""What happened in an evaluation room.  Pure values; tags are append-only."""

from msgspec import field

from archive.values import Instant, Message, Value
from experts.correction import Correction
from experts.evaluation.messages import Bid, ClauseVote, Fallen, Marks, Member, OpenRoom


class Placed(Value, frozen=True):
    """A place in the ranking with what it rests on (decimal text; no points for a method without)."""

    place: int
    bid: str
    price_score: str = ""
    marks: str = ""
    total: str = ""


class Yielded(Value, frozen=True):
    """A bid that was scored and is no candidate, because ``to``, of the same brand, scored better (87号令 31)."""

    bid: str
    to: str
    total: str = ""


class Summary(Value, frozen=True):
    """Scores and ranking.  ``inputs`` and ``computed`` are digests of what was computed from and of every explained value;
    ``ties`` the places shared by several; ``failed`` says why there is no ranking; ``yielded`` are scored bids without a place.
    """

    ranking: tuple[Placed, ...]
    candidates: tuple[str, ...]
    inputs: str
    computed: str
    ties: tuple[int, ...] = ()
    failed: str = ""
    yielded: tuple[Yielded, ...] = ()


class RoomOpened(Message, frozen=True, tag="room.opened"):
    """The room with everything it was opened with."""

    at: Instant
    room: OpenRoom


class PartHanded(Message, frozen=True, tag="room.part-handed"):
    """A part of what is about to be said whole."""

    at: Instant
    member: str
    bids: tuple[Bid, ...] = ()
    votes: tuple[ClauseVote, ...] = ()
    marks: Marks = field(default_factory=dict)


class MemberArrived(Message, frozen=True, tag="room.arrived"):
    """A member is present."""

    at: Instant
    member: str
    station: str
    proof: str = ""


class LetterSigned(Message, frozen=True, tag="room.letter-signed"):
    """A member is bound by the letter."""

    at: Instant
    member: str
    sha256: str


class MemberRecused(Message, frozen=True, tag="room.recused"):
    """A member is out."""

    at: Instant
    member: str
    ground: str


class MemberReplaced(Message, frozen=True, tag="room.replaced"):
    """The successor starts afresh."""

    at: Instant
    member: str
    successor: Member
    draw: str


class LeaderVoted(Message, frozen=True, tag="room.voted"):
    """A round of voting; ``leader`` is empty when nobody has more than half."""

    at: Instant
    votes: dict[str, str]
    leader: str = ""


class Reviewed(Message, frozen=True, tag="room.reviewed"):
    """A reviewer's findings."""

    at: Instant
    stage: str
    member: str
    votes: tuple[ClauseVote, ...]


class ReviewConcluded(Message, frozen=True, tag="room.concluded"):
    """The votes of a stage were counted."""

    at: Instant
    stage: str


class BidRejected(Message, frozen=True, tag="room.rejected"):
    """A bid is out: the coded ground, the reason, and from which step it came."""

    at: Instant
    bid: str
    ground: str
    reason: str
    source: str


class AbnormalFound(Message, frozen=True, tag="room.abnormal"):
    """A price hit triggers of the abnormal-low review; that is no rejection."""

    at: Instant
    bid: str
    triggers: tuple[str, ...]


class TechnicalLocked(Message, frozen=True, tag="room.locked"):
    """Findings and marks stand; ``admitted`` are the bids whose price envelopes may be opened, all others stay shut for good."""

    at: Instant
    admitted: tuple[str, ...]


class PricesEntered(Message, frozen=True, tag="room.prices-entered"):
    """The opened prices are in; ``fallen`` bids are out by their own opening, not by the panel."""

    at: Instant
    bids: tuple[Bid, ...]
    fallen: tuple[Fallen, ...] = ()
    corrections: tuple[Correction, ...] = ()
    opening: str = ""


class ClarificationAsked(Message, frozen=True, tag="room.asked"):
    """A question."""

    at: Instant
    number: int
    bid: str
    question: str


class ClarificationAnswered(Message, frozen=True, tag="room.answered"):
    """An answer."""

    at: Instant
    number: int
    answer: str


class ExplanationAsked(Message, frozen=True, tag="room.price-asked"):
    """The bidder has until ``due_at`` to explain."""

    at: Instant
    bid: str
    due_at: Instant


class PriceExplained(Message, frozen=True, tag="room.price-explained"):
    """The explanation."""

    at: Instant
    bid: str
    sha256: str


class ExplanationDecided(Message, frozen=True, tag="room.price-decided"):
    """The panel's finding on the price."""

    at: Instant
    bid: str
    proven: bool
    votes: dict[str, bool]
    reason: str
    enquiries: str = ""


class ConfirmationAsked(Message, frozen=True, tag="room.correction-asked"):
    """The bidder has until ``due_at`` to confirm its corrected price."""

    at: Instant
    bid: str
    due_at: Instant


class CorrectionAnswered(Message, frozen=True, tag="room.correction-answered"):
    """Confirmed or not."""

    at: Instant
    bid: str
    confirmed: bool


class CompetitionJudged(Message, frozen=True, tag="room.competition-judged"):
    """Whether few valid bids still compete."""

    at: Instant
    sufficient: bool
    votes: dict[str, bool]
    reason: str


class MoreTimeAsked(Message, frozen=True, tag="room.time-asked"):
    """A member finds the time too short."""

    at: Instant
    member: str
    reason: str


class TimeExtended(Message, frozen=True, tag="room.time-extended"):
    """More than a third asked: the purchaser must allow more time."""

    at: Instant
    asked: int
    members: int


class MarksCommitted(Message, frozen=True, tag="room.marks-committed"):
    """A member is bound to marks that nobody sees."""

    at: Instant
    member: str
    commitment: str


class MarksRevealed(Message, frozen=True, tag="room.marks-revealed"):
    """A member's marks."""

    at: Instant
    member: str
    marks: Marks


class MarkCorrected(Message, frozen=True, tag="room.corrected"):
    """A mark changed, on which ground, from what."""

    at: Instant
    member: str
    bid: str
    item: str
    was: str
    mark: str
    ground: str
    reason: str
    votes: dict[str, bool] = field(default_factory=dict)


class Summarised(Message, frozen=True, tag="room.summarised"):
    """Scores and ranking, after the parts of it that came before; ``report`` is the digest that members sign."""

    at: Instant
    summary: Summary
    report: str


class BidsPlaced(Message, frozen=True, tag="room.placed"):
    """A part of the ranking, and of the scored bids without a place, that `Summarised` continues."""

    at: Instant
    ranking: tuple[Placed, ...] = ()
    yielded: tuple[Yielded, ...] = ()


class DissentRecorded(Message, frozen=True, tag="room.dissented"):
    """A member's written dissent."""

    at: Instant
    member: str
    text: str


class ReportSigned(Message, frozen=True, tag="room.signed"):
    """A member's signature."""

    at: Instant
    member: str
    report: str


class SigningRefused(Message, frozen=True, tag="room.sign-refused"):
    """No signature; ``agreed`` when no written dissent stands against it."""

    at: Instant
    member: str
    reason: str
    agreed: bool


class ReportReopened(Message, frozen=True, tag="room.reopened"):
    """Signatures and dissents fall; the same panel re-evaluates."""

    at: Instant
    ground: str
    reason: str


class ReportSubmitted(Message, frozen=True, tag="room.submitted"):
    """The report is final."""

    at: Instant
    report: str
    candidates: tuple[str, ...]
    failed: str = ""


class ReportVoided(Message, frozen=True, tag="room.voided"):
    """The report of that number and digest is void, and with it whatever members said; what bidders said stays."""

    at: Instant
    number: int
    report: str
    order: str
    ground: str
    article: str
    reason: str
    fresh: bool = False


class CommitteeSeated(Message, frozen=True, tag="room.seated"):
    """A fresh committee sits."""

    at: Instant
    members: tuple[Member, ...]
    draw: str


Event = (
    RoomOpened
    | MemberArrived
    | LetterSigned
    | MemberRecused
    | MemberReplaced
    | LeaderVoted
    | Reviewed
    | ReviewConcluded
    | BidRejected
    | AbnormalFound
    | ClarificationAsked
    | ClarificationAnswered
    | ExplanationAsked
    | PriceExplained
    | ExplanationDecided
    | ConfirmationAsked
    | CorrectionAnswered
    | CompetitionJudged
    | MoreTimeAsked
    | TimeExtended
    | MarksCommitted
    | MarksRevealed
    | MarkCorrected
    | Summarised
    | DissentRecorded
    | ReportSigned
    | SigningRefused
    | ReportReopened
    | ReportSubmitted
    | PartHanded
    | ReportVoided
    | CommitteeSeated
    | BidsPlaced
    | TechnicalLocked
    | PricesEntered
)
