"""What happens to a panel.  Pure values; tags are append-only; digests are lower-case hex."""

from archive.values import Instant, Message, Value
from experts.panel.messages import Appointee, Named, Skip, SnapshotRef, VrfProof
from experts.plan import Plan, SealedPart, Selected


class Appointment(Value, frozen=True):
    """Why experts were appointed and not drawn, by which article, and who consented."""

    at: Instant
    rule_set: str
    ground: str
    article: str
    reason: str
    consent_by: str = ""
    consent_sha256: str = ""


class DrawPlanned(Message, frozen=True, tag="panel.planned"):
    """The plan is frozen; ``ctx`` binds it to the pool, ``alarm`` is the number of contacts that raises one."""

    at: Instant
    plan: Plan
    snapshot: SnapshotRef
    ctx: str
    alarm: int


class AppointmentDecided(Message, frozen=True, tag="panel.appointment-decided"):
    """The experts are appointed and not drawn; ``plan`` holds the seats, its other parts are empty."""

    at: Instant
    plan: Plan
    appointment: Appointment


class ExpertsAppointed(Message, frozen=True, tag="panel.appointed"):
    """Who takes which seat, by its number, and the record file (SHA-256) that holds their files as they stood."""

    at: Instant
    seats: tuple[int, ...]
    experts: tuple[Appointee, ...]
    records: str


class NonceCommitted(Message, frozen=True, tag="panel.committed"):
    """A contributor is bound."""

    role: str
    c: str
    escrow: str = ""


class NonceRevealed(Message, frozen=True, tag="panel.revealed"):
    """A commitment was opened; ``openers`` when escrow did it."""

    role: str
    r: str
    openers: tuple[str, ...] = ()


class DrawExecuted(Message, frozen=True, tag="panel.drawn"):
    """The draw with everything needed to repeat it."""

    at: Instant
    seed: str
    ctx1: str
    withheld: tuple[str, ...]
    sealed: SealedPart
    salt: str
    signature: str
    proofs: tuple[VrfProof, ...]
    selected: tuple[Selected, ...]
    lengths: dict[str, int]
    counts: dict[str, dict[str, int]]
    widened: dict[str, tuple[str, ...]]
    result: str


class DrawFailed(Message, frozen=True, tag="panel.draw-failed"):
    """The attempt seats nobody: SHORT_LIST, CAPS or BUDGET at ``cat``; a next attempt needs a wider plan."""

    at: Instant
    reason: str
    cat: str
    counts: dict[str, dict[str, int]]


class DrawPublished(Message, frozen=True, tag="panel.published"):
    """What everybody may know before the award."""

    result: str
    lengths: dict[str, int]
    counts: dict[str, dict[str, int]]
    withheld: tuple[str, ...]


class ExpertCalled(Message, frozen=True, tag="panel.called"):
    """The candidate of a seat was called, for the ``attempt``-th time."""

    at: Instant
    seat: int
    id: str
    attempt: int
    channel: str


class CallDelivered(Message, frozen=True, tag="panel.delivered"):
    """The carrier took the message of that attempt, or said why not."""

    at: Instant
    seat: int
    id: str
    attempt: int
    evidence: str
    reached: bool = True


class DepthAlarm(Message, frozen=True, tag="panel.alarm"):
    """So many contacts are not chance any more; the regulator looks."""

    at: Instant
    contacts: int


class ReplyRecorded(Message, frozen=True, tag="panel.replied"):
    """What the log says that the expert answered; he may dispute it."""

    at: Instant
    seat: int
    id: str
    reply: str
    evidence: str = ""


class SeatVacated(Message, frozen=True, tag="panel.vacated"):
    """A seat fell vacant: the ground, or the conflict rule found late."""

    at: Instant
    seat: int
    id: str
    ground: str
    evidence: str = ""


class SeatReplaced(Message, frozen=True, tag="panel.replaced"):
    """The next candidate of the category's list."""

    at: Instant
    seat: int
    vacated: str
    selected: Selected
    skipped: tuple[Skip, ...] = ()


class SeatExhausted(Message, frozen=True, tag="panel.exhausted"):
    """List and ladder hold nobody else: this panel stops, a new attempt follows (87号令 49)."""

    at: Instant
    seat: int
    vacated: str
    skipped: tuple[Skip, ...] = ()


class BiddersScreened(Message, frozen=True, tag="panel.screened"):
    """The second check was made against these organisations."""

    at: Instant
    orgs: tuple[str, ...]


class RepresentativesNamed(Message, frozen=True, tag="panel.representatives"):
    """The purchaser's members."""

    representatives: tuple[Named, ...]


class PanelCompleted(Message, frozen=True, tag="panel.completed"):
    """The panel stands."""

    at: Instant
    size: int
    representatives: int


class PanelDisclosed(Message, frozen=True, tag="panel.disclosed"):
    """The members by name."""

    at: Instant
    award: str
    members: tuple[Named, ...]


class PanelRecalled(Message, frozen=True, tag="panel.recalled"):
    """The same panel works again; its names are as secret as before the award that fell."""

    at: Instant
    order: str


class PanelDissolved(Message, frozen=True, tag="panel.dissolved"):
    """The panel is at its end; nobody of it takes a seat in the next one."""

    at: Instant
    order: str


Event = (
    DrawPlanned
    | AppointmentDecided
    | ExpertsAppointed
    | NonceCommitted
    | NonceRevealed
    | DrawExecuted
    | DrawFailed
    | DrawPublished
    | ExpertCalled
    | CallDelivered
    | DepthAlarm
    | ReplyRecorded
    | SeatVacated
    | SeatReplaced
    | SeatExhausted
    | BiddersScreened
    | RepresentativesNamed
    | PanelCompleted
    | PanelDisclosed
    | PanelRecalled
    | PanelDissolved
)
