"""A tender's state: its lots, pauses, objections, notices and timeline.  Units as in `trading.tender`."""

from archive.values import Instant, Money, Value
from trading.tender.values import (
    CatalogueEntry,
    Contract,
    Deposit,
    Draft,
    GroundFound,
    LotSpec,
    Notice,
    OpenedBid,
    PassedOver,
    Project,
    Ranked,
    Rejected,
    Times,
)


class Evaluation(Value, frozen=True):
    """The committee's result; ``blind`` keeps the state's digest from being guessed while it is secret."""

    report_sha256: str
    received_at: Instant
    ranking: tuple[Ranked, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    competition: str = ""
    blind: str = ""


class Panel(Value, frozen=True):
    """评标委员会: a salted digest of its list, its size and how many are drawn experts."""

    sha256: str
    size: int
    experts: int
    blind: str = ""


class Voided(Value, frozen=True):
    """A result that an order made void (`trading.lifecycle.reevaluations`): why, and how far it had come."""

    at: Instant
    objection: str
    ground: str
    article: str
    reason: str
    committee: str
    evaluation: Evaluation
    publicity_from: Instant = 0
    publicity_to: Instant = 0
    winner: str = ""
    winner_name: str = ""
    price: Money | None = None
    awarded_at: Instant = 0
    result_at: Instant = 0


class Lot(Value, frozen=True):
    """A lot's own life; ``stage`` is one of `LOT_STAGES`, ``placed`` and ``dropped`` are parts of a report that is coming in.

    Of two envelopes: the prices are being opened since ``prices_at``, their record is ``prices_sha256``, of which ``priced`` are
    parts that are coming in; ``rows`` then say what both openings gave, and ``stood`` how many bids counted after the first.
    """

    spec: LotSpec
    stage: str = "waiting"
    stage_at: Instant = 0
    kept_sealed: bool = False
    count: int = 0
    list_sha256: str = ""
    record_sha256: str = ""
    rows: tuple[OpenedBid, ...] = ()
    panel: Panel | None = None
    evaluation: Evaluation | None = None
    publicity_from: Instant = 0
    publicity_to: Instant = 0
    winner: str = ""
    winner_name: str = ""
    price: Money | None = None
    awarded_at: Instant = 0
    passed_over: tuple[PassedOver, ...] = ()
    result_at: Instant = 0
    letter_at: Instant = 0
    contract: Contract | None = None
    failure: str = ""
    successor: str = ""
    placed: tuple[Ranked, ...] = ()
    dropped: tuple[Rejected, ...] = ()
    voided: tuple[Voided, ...] = ()
    prices_at: Instant = 0
    prices_sha256: str = ""
    priced: tuple[OpenedBid, ...] = ()
    stood: int = 0
    deposits: tuple[Deposit, ...] = ()

    @property
    def again(self) -> str:
        """What the numbers of this evaluation's papers end with: nothing the first time, then ``-2``."""
        return f"-{len(self.voided) + 1}" if self.voided else ""


class Standstill(Value, frozen=True):
    """A pause that is over: times that ran across it are later by its length."""

    from_at: Instant
    to_at: Instant


class Pause(Value, frozen=True):
    """A reason to stand still, and the only authority that can lift it."""

    id: str
    ground: str
    authority: str
    by: str
    at: Instant
    reference: str = ""


class Objection(Value, frozen=True):
    """异议, 质疑 or 投诉: ``objector`` is a pseudonym that the desk drew, never the organisation's id.

    ``about`` is the objection that a complaint follows, ``authority`` the regulator that accepted it.
    """

    id: str
    kind: str
    regime: str
    lot: str
    objector: str
    text_sha256: str
    filed_at: Instant
    answer_by: Instant
    answered_at: Instant = 0
    outcome: str = ""
    answer_sha256: str = ""
    blind: str = ""
    about: str = ""
    authority: str = ""
    accepted_at: Instant = 0


class Question(Value, frozen=True):
    """A question on the documents; who asked stands only in the withheld entry."""

    id: str
    text: str
    at: Instant
    blind: str = ""


class NoticeRef(Value, frozen=True):
    """A published notice: kind, digest of its text, when."""

    n: int
    kind: str
    at: Instant
    title: str
    sha256: str
    lot: str = ""


class Mark(Value, frozen=True):
    """One line of the public timeline; ``key`` names its sentence in the catalogues."""

    at: Instant
    key: str
    lot: str = ""
    ref: str = ""


LOT_STAGES = (
    "waiting",
    "closed",
    "opened",
    "recorded",
    "evaluated",
    "publicised",
    "awarded",
    "announced",
    "notified",
    "contracted",
    "completed",
)
"""In order; ``failed``, ``cancelled`` and ``retendered`` end a lot beside the row."""

ENDED = frozenset({"failed", "cancelled", "retendered"})


class Tender(Value, frozen=True):
    """A tender's state.

    ``stage`` is empty, filed, registered, refused, drafting, approved or published, then that of its slowest live lot
    (`LOT_STAGES`), at the end failed, terminated or archived.  ``paused_at`` is when it began to stand still.
    ``heads_listed`` counts the sealed streams that an opening in parts has named so far, ``last_head`` is the last.
    """

    stage: str = ""
    id: str = ""
    project: Project | None = None
    rulebook: str = ""
    rulebook_digest: str = ""
    calendar: str = ""
    catalogue: CatalogueEntry | None = None
    attempt: int = 1
    previous: str = ""
    draft: Draft | None = None
    notice: Notice | None = None
    times: Times = Times()
    lots: tuple[Lot, ...] = ()
    pauses: tuple[Pause, ...] = ()
    paused_at: Instant = 0
    stood: tuple[Standstill, ...] = ()
    objections: tuple[Objection, ...] = ()
    questions: tuple[Question, ...] = ()
    notices: tuple[NoticeRef, ...] = ()
    timeline: tuple[Mark, ...] = ()
    rung: tuple[str, ...] = ()
    refusal: tuple[GroundFound, ...] = ()
    ended_at: Instant = 0
    manifest_sha256: str = ""
    heads_listed: int = 0
    last_head: str = ""

    def lot(self, id: str) -> Lot | None:
        """The lot of that id."""
        return next((lot for lot in self.lots if lot.spec.id == id), None)

    def live(self) -> tuple[Lot, ...]:
        """The lots that have not ended."""
        return tuple(lot for lot in self.lots if lot.stage not in ENDED)
