"""The values that a tender is made of: project, documents, notice, and what is told or found of its bids.

Units as in `trading.tender`.
"""

from datetime import date

from archive.values import Instant, Money, Value


class Document(Value, frozen=True):
    """A content-addressed file: what the vault holds under ``sha256``, ``length`` in bytes."""

    sha256: str
    length: int
    name: str
    media_type: str
    kind: str = ""


class Item(Value, frozen=True):
    """One line of what is bought; ``quantity`` is a plain decimal, ``code`` a classification such as ``scheme:id``."""

    id: str
    description: str
    quantity: str = ""
    unit: str = ""
    code: str = ""


class LotSpec(Value, frozen=True):
    """标段 as the documents define it; ``category`` is the seven-character 标段分类码 or a foreign code.

    ``envelopes`` is 1, or 2 where the price is sealed apart (双信封) and opened after the technical evaluation.
    """

    id: str
    title: str
    estimate: Money
    category: str = ""
    ceiling: Money | None = None
    deposit: Money | None = None
    items: tuple[Item, ...] = ()
    duration: str = ""
    quality: str = ""
    code: str = ""
    envelopes: int = 1


class Method(Value, frozen=True):
    """评标办法 as data: ``text`` is canonical JSON read by the experts' floor, the weights are its summary."""

    kind: str
    text: str
    price_weight: int = 0
    total_weight: int = 0


class Project(Value, frozen=True):
    """What 进场登记 asks: who buys what, with which money, under which law.

    ``trade`` is 01 工程建设, 02 政府采购, 03 土地, 04 矿业权, 05 国有产权, 90 其他; ``nature`` works, goods, services or
    other; ``funds`` fiscal, state, private, mixed; ``mandatory`` and ``threshold`` answer ``yes`` or ``no``, and
    an empty answer is "not known", which routes to no rule set.
    """

    title: str
    principal: str
    principal_name: str
    estimate: Money
    trade: str = ""
    method: str = ""
    mandatory: str = ""
    threshold: str = ""
    funds: str = ""
    nature: str = ""
    region: str = ""
    agency: str = ""
    agency_name: str = ""
    scope: str = ""
    code: str = ""
    trade_code: str = ""
    approval: str = ""
    supervisor: str = ""


class Draft(Value, frozen=True):
    """The tender as its documents make it; everything here is public once the notice is."""

    title: str
    lots: tuple[LotSpec, ...]
    method: Method
    documents: tuple[Document, ...] = ()
    policy: str = ""
    policy_hash: str = ""
    decrypt_minutes: int = 0
    validity_days: int = 0
    consortium: bool = False
    qualification: str = ""
    criteria: tuple[str, ...] = ()
    objection_channel: str = ""
    platform_url: str = ""


class Contact(Value, frozen=True):
    """Who to turn to."""

    name: str = ""
    address: str = ""
    person: str = ""
    phone: str = ""


class Notice(Value, frozen=True):
    """招标公告: the digest of its text, its times, and the contents that the law lists (N-1, N-4).

    ``opening`` is the deadline's own instant (招标投标法 第三十四条) and therefore has no field.
    """

    title: str
    sha256: str
    documents_from: Instant
    documents_to: Instant
    deadline: Instant
    documents_how: str = ""
    submit_how: str = ""
    opening_place: str = ""
    notice_days: int = 0
    principal: Contact = Contact()
    agency: Contact = Contact()
    other: str = ""


class Times(Value, frozen=True):
    """The legal times in force; zero where the notice is not out yet."""

    published_at: Instant = 0
    documents_from: Instant = 0
    documents_to: Instant = 0
    deadline: Instant = 0


class Mandate(Value, frozen=True):
    """代理合同: what an agency may do for a principal, and from when to when."""

    contract: str
    principal: str
    agency: str
    scopes: tuple[str, ...]
    from_at: Instant
    to_at: Instant
    projects: tuple[str, ...] = ()


class CatalogueEntry(Value, frozen=True):
    """The catalogue item under which a project registers, as the desk read it under the same locks."""

    catalogue: str
    version: int
    item: str
    from_day: date
    to_day: date | None = None


class Closing(Value, frozen=True):
    """What one lot's box says at the deadline: how many stand, the closing list's digest, kept sealed or not."""

    lot: str
    count: int
    list_sha256: str
    kept_sealed: bool = False


class SealedHead(Value, frozen=True):
    """The end of one sealed stream (trace-log 5.2); ``last_leaf`` is standard base64."""

    stream: str
    last_seq: int
    last_leaf: str


class Predecessor(Value, frozen=True):
    """The failed tender that this one repeats."""

    tender: str
    attempt: int
    successor: str


class OpenedBid(Value, frozen=True):
    """One row of the 开标记录 (N-11); ``verdict`` is opened, withdrawn (视为撤回) or revoked (视为撤销).

    In the record of the second envelopes it may also be sealed: the bid was not admitted and its price stays shut.
    """

    bidder: str
    name: str
    verdict: str = "opened"
    price: Money | None = None
    duration: str = ""
    quality: str = ""
    manager: str = ""
    received_at: Instant = 0
    envelope: str = ""
    deposit: str = ""
    note: str = ""


class Deposit(Value, frozen=True):
    """What a bank confirmed of one bid security: whose bid, the paying account as a digest that only the platform names, when."""

    bidder: str
    account: str
    received_at: Instant


class Ranked(Value, frozen=True):
    """One place of the evaluation report; equal ranks are a tie."""

    bidder: str
    name: str
    rank: int
    price: Money | None = None
    score: int = 0


class Rejected(Value, frozen=True):
    """否决: who, and on which coded ground of the rulebook."""

    bidder: str
    name: str
    ground: str
    text: str = ""


class GroundFound(Value, frozen=True):
    """A coded ground against admission, and the digest of what shows it."""

    ground: str
    evidence_sha256: str


class PassedOver(Value, frozen=True):
    """A higher-ranked candidate that does not get the award, on a ground of 条例 第五十五条."""

    bidder: str
    ground: str


class Contract(Value, frozen=True):
    """The signed contract: its digest, the day it was signed, the sum."""

    sha256: str
    signed_on: date
    price: Money
    published_at: Instant = 0
