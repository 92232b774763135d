"""What can happen to a box."""

from archive.values import Instant, Message
from bidding.box.commands import Seed, Share
from bidding.box.facts import Form, HeldBid, Named
from bidding.opening import Effect, Fault, Verdict


class BoxOpened(Message, frozen=True, tag="box.opened"):
    """The box stands; `OpenBox` says what each member means, defaults filled in."""

    tender: str
    lot: str
    opens_at: Instant
    closes_at: Instant
    stages: tuple[int, ...]
    policy: str
    least_bids: int
    decrypt_minutes: int
    remedy_minutes: int
    grace_hours: int
    price_stage: int
    trustees: tuple[str, ...]


class DeadlineMoved(Message, frozen=True, tag="box.deadline-moved"):
    """The deadline in force is a later one."""

    closes_at: Instant
    why: str


class BoxPaused(Message, frozen=True, tag="box.paused"):
    """Nothing runs from here on."""

    at: Instant
    why: str


class BoxResumed(Message, frozen=True, tag="box.resumed"):
    """Everything runs again; windows of an opening end ``shift`` later."""

    closes_at: Instant
    shift: Instant
    why: str


class TrusteesDrilled(Message, frozen=True, tag="box.drilled"):
    """Which trustees opened the decoy; ``alert`` when one more failing would leave too few."""

    at: Instant
    answered: tuple[int, ...]
    alert: bool


class BidsListed(Message, frozen=True, tag="box.bids-listed"):
    """Bids that were in the box at the deadline."""

    bids: tuple[HeldBid, ...]


class BoxKeptSealed(Message, frozen=True, tag="box.kept-sealed"):
    """不开标: fewer bids than the law asks for; everything stays shut."""

    at: Instant
    count: int
    closing_list: str


class BoxClosed(Message, frozen=True, tag="box.closed"):
    """截标: the list is fixed and the opening of the first stage begins."""

    at: Instant
    count: int
    closing_list: str
    first_ends: Instant
    ends_at: Instant


class BiddersNamed(Message, frozen=True, tag="box.bidders-named"):
    """Names to the streams of the closing list."""

    bidders: tuple[Named, ...]


class SharesReleased(Message, frozen=True, tag="box.released"):
    """Shares of trustee ``j`` that satisfy their commitments."""

    j: int
    shares: tuple[Share, ...]


class TrusteeFailed(Message, frozen=True, tag="box.trustee-failed"):
    """Trustee ``j`` released shares that do not satisfy their commitments: the trustee's fault, on record."""

    j: int
    envelopes: tuple[str, ...]


class ComplaintReceived(Message, frozen=True, tag="box.complaint"):
    """Trustee ``j`` complains of one envelope; with ``sk`` the verdict looks into it."""

    j: int
    envelope: str
    sk: str


class SeedsPublished(Message, frozen=True, tag="box.seeds-published"):
    """Seeds that match what their envelopes commit to."""

    seeds: tuple[Seed, ...]


class HalvesReleased(Message, frozen=True, tag="box.halves-released"):
    """Bidder's halves that satisfy their commitments."""

    shares: tuple[Share, ...]


class PlatformFaultRecorded(Message, frozen=True, tag="box.fault-recorded"):
    """A fault of the platform in the current opening."""

    what: str
    began_at: Instant


class WindowExtended(Message, frozen=True, tag="box.window-extended"):
    """The windows of the current opening end later."""

    first_ends: Instant
    ends_at: Instant
    why: str


class EnvelopeJudged(Message, frozen=True, tag="box.envelope-judged"):
    """The verdict over one envelope, who bears it, what it means; ``form`` where it was opened.

    ``silent`` are trustees without a good release where that is why it stays shut.
    """

    envelope: str
    verdict: Verdict
    fault: Fault
    effect: Effect
    form: Form | None = None
    silent: tuple[int, ...] = ()


class OpeningConcluded(Message, frozen=True, tag="box.concluded"):
    """解密结束.  ``below_least``: so many count as withdrawn that too few bids remain (视为撤回 reduces, 视为撤销 does not)."""

    stage: int
    opened: int
    revoked: int
    withdrawn: int
    undecided: int
    below_least: bool


class FaultRuled(Message, frozen=True, tag="box.fault-ruled"):
    """A person decided; ``effect`` follows from ``fault``."""

    envelope: str
    fault: Fault
    effect: Effect
    why: str
    by: str


class RowsRead(Message, frozen=True, tag="box.rows-read"):
    """唱标: the forms of the stage are public from here on."""

    stage: int
    at: Instant


class ObjectionRaised(Message, frozen=True, tag="box.objection-raised"):
    """开标异议 of a bidder."""

    number: int
    org: str
    text: str
    at: Instant


class ObjectionAnswered(Message, frozen=True, tag="box.objection-answered"):
    """The answer to it."""

    number: int
    text: str
    at: Instant


class RecordConfirmed(Message, frozen=True, tag="box.record-confirmed"):
    """A bidder confirmed the record of the stage."""

    org: str
    at: Instant


class OpeningFinished(Message, frozen=True, tag="box.finished"):
    """The opening of the stage is over; ``last`` when no stage is left.

    ``below_least`` is that of `OpeningConcluded` with the rulings since.
    """

    stage: int
    at: Instant
    last: bool
    below_least: bool


class StageOpened(Message, frozen=True, tag="box.stage-opened"):
    """The next stage of the admitted bids is being opened."""

    stage: int
    at: Instant
    admitted: tuple[str, ...]
    first_ends: Instant
    ends_at: Instant
    why: str


class StagesEnded(Message, frozen=True, tag="box.stages-ended"):
    """``stage`` was the last to be opened."""

    stage: int
    at: Instant
    why: str


class KeyDestroyed(Message, frozen=True, tag="box.key-destroyed"):
    """Trustee ``j``'s key of this box is no more."""

    j: int
    at: Instant


Event = (
    BoxOpened
    | DeadlineMoved
    | BoxPaused
    | BoxResumed
    | TrusteesDrilled
    | BidsListed
    | BoxKeptSealed
    | BoxClosed
    | BiddersNamed
    | SharesReleased
    | TrusteeFailed
    | ComplaintReceived
    | SeedsPublished
    | HalvesReleased
    | PlatformFaultRecorded
    | WindowExtended
    | EnvelopeJudged
    | OpeningConcluded
    | FaultRuled
    | RowsRead
    | ObjectionRaised
    | ObjectionAnswered
    | RecordConfirmed
    | OpeningFinished
    | StageOpened
    | StagesEnded
    | KeyDestroyed
)
