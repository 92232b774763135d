"""The subjects as pages and interface show them: one frozen value each.

A template and the JSON of a subject are made from the same value; `trading.web.views` makes it out of the readers' rows.
Times are microseconds since the epoch, UTC, 0 where there is none yet; amounts are in minor units; digests in hex.  What
somebody may not see is not in a value at all, since `trading.queries` and its sisters do not give it.
"""

from msgspec import Struct, field

from archive.values import Instant


class Amount(Struct, frozen=True):
    """``amount`` in minor units of the ISO 4217 ``currency``."""

    amount: int
    currency: str


class Item(Struct, frozen=True):
    """A line of what is bought."""

    id: str = field(name="item")
    description: str
    quantity: str
    unit: str
    code: str


class File(Struct, frozen=True):
    """A document of a tender, to be fetched by its digest."""

    sha256: str
    length: int
    name: str
    media_type: str
    kind: str


class NoticeRef(Struct, frozen=True):
    """A published notice; ``n`` counts from 1 within its tender."""

    n: int
    kind: str
    at: Instant
    title: str
    sha256: str
    lot: str


class Mark(Struct, frozen=True):
    """A line of the public timeline."""

    at: Instant
    key: str
    lot: str
    ref: str


class Due(Struct, frozen=True):
    """What falls due, and the article it rests on."""

    what: str
    at: Instant
    lot: str
    article: str


class Pause(Struct, frozen=True):
    """Why a tender stands still, and who alone may lift it."""

    ground: str
    authority: str
    at: Instant
    reference: str


class Objection(Struct, frozen=True):
    """An objection (异议) or challenge (质疑); who filed it is nobody's to know."""

    id: str = field(name="objection")
    kind: str
    regime: str
    lot: str
    text_sha256: str
    filed_at: Instant
    answer_by: Instant
    answered_at: Instant
    outcome: str
    answer_sha256: str


class Question(Struct, frozen=True):
    """A question on the documents."""

    id: str = field(name="question")
    text: str
    at: Instant


class Project(Struct, frozen=True):
    """Who buys what, with which money, under which law."""

    title: str = field(name="project_title")
    principal: str
    principal_name: str
    agency: str
    agency_name: str
    region: str
    trade: str
    nature: str
    method: str
    funds: str
    scope: str
    supervisor: str
    code: str
    trade_code: str
    estimate: Amount


class Asked(Struct, frozen=True):
    """What the documents ask of a bid; ``price_weight`` in basis points."""

    qualification: str
    consortium: bool
    evaluation_kind: str
    price_weight: int
    decrypt_minutes: int
    validity_days: int
    objection_channel: str
    policy_hash: str


class Times(Struct, frozen=True):
    """The legal times in force."""

    published_at: Instant
    documents_from: Instant
    documents_to: Instant
    deadline: Instant


class Spec(Struct, frozen=True):
    """A lot as the documents define it; bids come in ``envelopes``, 1 or 2, of which the second holds the price."""

    id: str = field(name="lot")
    title: str
    category: str
    code: str
    estimate: Amount
    ceiling: Amount | None
    deposit: Amount | None
    duration: str
    quality: str
    items: tuple[Item, ...]
    envelopes: int = 1


class Row(Struct, frozen=True):
    """A row of the opening record; ``verdict`` is opened, withdrawn (视为撤回) or revoked (视为撤销)."""

    bidder: str
    name: str
    verdict: str
    price: Amount | None
    duration: str
    quality: str
    manager: str
    received_at: Instant
    envelope: str
    deposit: str
    note: str


class Ranked(Struct, frozen=True):
    """A place of the ranking; ``score`` in hundredths of a point, None where it is not the reader's to see."""

    rank: int
    bidder: str
    name: str
    price: Amount | None
    score: int | None = None


class Rejected(Struct, frozen=True):
    """A rejected bid and its coded ground."""

    bidder: str
    name: str
    ground: str
    text: str


class Voided(Struct, frozen=True):
    """A result that is void, and why: the objection behind the order, its ground, and the ``committee``, same or fresh."""

    n: int
    at: Instant
    objection: str
    ground: str
    article: str
    reason: str
    committee: str
    report_sha256: str
    report_at: Instant
    publicity_from: Instant
    publicity_to: Instant
    ranking: tuple[Ranked, ...]
    rejected: tuple[Rejected, ...]
    winner: str = ""
    winner_name: str = ""
    price: Amount | None = None
    awarded_at: Instant = 0
    result_at: Instant = 0


class Lot(Struct, frozen=True):
    """A lot as one reader may see it; ``count`` is None before the opening."""

    spec: Spec
    stage: str
    record_sha256: str
    prices_at: Instant
    prices_sha256: str
    publicity_from: Instant
    publicity_to: Instant
    failure: str
    successor: str
    rows: tuple[Row, ...]
    ranking: tuple[Ranked, ...]
    rejected: tuple[Rejected, ...]
    count: int | None = field(name="bids", default=None)
    list_sha256: str = ""
    kept_sealed: bool = False
    report_sha256: str = ""
    report_at: Instant = 0
    panel_size: int = 0
    winner: str = ""
    winner_name: str = ""
    price: Amount | None = None
    awarded_at: Instant = 0
    result_at: Instant = 0
    letter_at: Instant = 0
    contract_sha256: str = ""
    contract_signed: str = ""
    contract_price: Amount | None = None
    voided: tuple[Voided, ...] = ()


class Tender(Struct, frozen=True):
    """A tender as one reader may see it."""

    id: str = field(name="tender")
    title: str
    stage: str
    attempt: int
    previous: str
    paused_at: Instant
    rulebook: str
    calendar: str
    project: Project
    asked: Asked
    times: Times
    lots: tuple[Lot, ...]
    documents: tuple[File, ...]
    notices: tuple[NoticeRef, ...]
    timeline: tuple[Mark, ...]
    dues: tuple[Due, ...]
    pauses: tuple[Pause, ...]
    objections: tuple[Objection, ...]
    questions: tuple[Question, ...]

    def lot(self, id: str) -> Lot | None:
        """The lot of that id."""
        return next((lot for lot in self.lots if lot.spec.id == id), None)
