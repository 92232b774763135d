"""What can be asked of a panel, and the facts that its rules are told; what can happen to it is in `experts.panel.events`.

Pure values.  Tags are append-only.  Digests, nonces and commitments are lower-case hex; ``seat`` is the place in the shuffled
seat order, from 0; ``sha256`` of a file names a content-addressed blob.
"""

from archive.values import Instant, Message, Value
from experts.plan import Plan, SealedPart, Seats


class SnapshotRef(Value, frozen=True):
    """A snapshot of the pool: the day whose end it states (yyyymmdd, Beijing), root, size, digest of its record file."""

    date: int
    root: str
    n: int
    sha256: str


class VrfProof(Value, frozen=True):
    """The proof of a VRF holder for the draw's reveals, 80 bytes hex."""

    role: str
    pi: str


class Skip(Value, frozen=True):
    """A position that a search passed over, and the rule."""

    position: int
    rule: str


class Named(Value, frozen=True):
    """A member as the result names him; ``cat`` is empty for a representative."""

    id: str
    name: str
    cat: str = ""


class PlanDraw(Message, frozen=True, tag="panel.plan"):
    """Freeze the plan of an attempt on the snapshot that the rule fixes; needs `PoolFacts`."""

    plan: Plan
    snapshot: SnapshotRef


class Appointee(Value, frozen=True):
    """An expert whom the purchaser appoints itself, by the id of his file, and for a seat of which category."""

    id: str
    cat: str


class DecideAppointment(Message, frozen=True, tag="panel.decide-appointment"):
    """The purchaser decides, publicly, to appoint the experts itself, because a draw could not find anybody competent.

    ``ground`` is of `experts.panel.appointing.GROUNDS` under ``rule_set``; ``consent_by`` and ``consent_sha256`` name who
    consented and its paper, where the law wants one.
    """

    lot: str
    rule_set: str
    ground: str
    reason: str
    seats: tuple[Seats, ...]
    representatives: int = 0
    least: int = 5
    consent_by: str = ""
    consent_sha256: str = ""
    call_attempts: int = 3
    call_minutes: int = 30


class AppointExperts(Message, frozen=True, tag="panel.appoint"):
    """Who sits, one for every open seat; needs `FileFacts` and the record file, which like the pool's is shown to nobody."""

    experts: tuple[Appointee, ...]


class CommitNonce(Message, frozen=True, tag="panel.commit"):
    """A contributor commits to its nonce; ``escrow`` is the digest of the nonce encrypted to the escrow key."""

    role: str
    c: str
    escrow: str = ""


class RevealNonce(Message, frozen=True, tag="panel.reveal"):
    """A contributor reveals, by the deadline."""

    role: str
    r: str


class OpenFromEscrow(Message, frozen=True, tag="panel.open-escrow"):
    """Two or three of regulator, notary and platform open a missing reveal, before the last input can appear."""

    role: str
    r: str
    openers: tuple[str, ...]


class ExecuteDraw(Message, frozen=True, tag="panel.draw"):
    """Draw; needs `DrawFacts` and the snapshot's record file as a blob."""


class PublishDraw(Message, frozen=True, tag="panel.publish"):
    """Publish what the public may know at once: result commitment, list lengths, rule counts."""


class CallExpert(Message, frozen=True, tag="panel.call"):
    """One machine call or message to the candidate of a seat; ``channel`` is voice, sms or app."""

    seat: int
    channel: str


class RecordDelivery(Message, frozen=True, tag="panel.deliver"):
    """What the carrier said of an attempt, by the digest of its record; ``reached`` when it took the message."""

    seat: int
    attempt: int
    evidence: str
    reached: bool = True


class RecordReply(Message, frozen=True, tag="panel.reply"):
    """``accept``, ``decline`` or ``timeout`` with the digest of its evidence (signed answer, recording, delivery receipt)."""

    seat: int
    reply: str
    evidence: str = ""


class ReplaceSeat(Message, frozen=True, tag="panel.replace"):
    """The next candidate for a vacant seat, forward only; needs the record file as a blob."""

    seat: int


class VacateSeat(Message, frozen=True, tag="panel.vacate"):
    """A member leaves before the work is done: ``recusal``, ``absent``, ``unable`` or ``dismissed``."""

    seat: int
    ground: str
    evidence: str = ""


class ScreenConflicts(Message, frozen=True, tag="panel.screen"):
    """The second check, after the opening; needs `BidderFacts` and the record file as a blob."""


class NameRepresentatives(Message, frozen=True, tag="panel.name-representatives"):
    """The purchaser names its own members, as many as the plan says."""

    representatives: tuple[Named, ...]


class CompletePanel(Message, frozen=True, tag="panel.complete"):
    """Every seat accepted and the composition lawful: the panel stands."""


class DisclosePanel(Message, frozen=True, tag="panel.disclose"):
    """Name the members after the award, which ``award`` names and without which nothing is told; needs the record file."""

    award: str


class RecallPanel(Message, frozen=True, tag="panel.recall"):
    """The result that the panel found is void by ``order``: the same panel works again, or a ``fresh`` one is drawn."""

    order: str
    fresh: bool = False


Command = (
    PlanDraw
    | DecideAppointment
    | AppointExperts
    | CommitNonce
    | RevealNonce
    | OpenFromEscrow
    | ExecuteDraw
    | PublishDraw
    | CallExpert
    | RecordDelivery
    | RecordReply
    | ReplaceSeat
    | VacateSeat
    | ScreenConflicts
    | NameRepresentatives
    | CompletePanel
    | DisclosePanel
    | RecallPanel
)


class KeyOnRecord(Value, frozen=True):
    """The VRF key in force of an organisation that holds the role, and since when."""

    role: str
    org: str
    key: str
    at: Instant


class PoolFacts(Message, frozen=True, tag="panel.pool"):
    """The snapshots that the pool's own stream lists, and the registered keys of the roles that the plan names, read under the
    same locks; a plan of before keys were registered was told of none.
    """

    snapshots: tuple[SnapshotRef, ...]
    keys: tuple[KeyOnRecord, ...] | None = None


class DrawFacts(Message, frozen=True, tag="panel.inputs"):
    """The sealed part with its salt, the beacon's signature and the VRF proofs as the plan asks for them."""

    sealed: SealedPart
    salt: str
    signature: str = ""
    proofs: tuple[VrfProof, ...] = ()


class BidderFacts(Message, frozen=True, tag="panel.bidders"):
    """Organisations that stand behind the bids: bidders, consortium members, agency."""

    orgs: tuple[str, ...]


class NameFacts(Message, frozen=True, tag="panel.names"):
    """The names of experts by id, at the time when they are to be public."""

    names: dict[str, str]


class FileFacts(Message, frozen=True, tag="panel.files"):
    """The record file (SHA-256) of experts as a snapshot of today would hold them, and whose people may not sit."""

    sha256: str
    barred: tuple[str, ...]


Facts = PoolFacts | DrawFacts | BidderFacts | NameFacts | FileFacts
