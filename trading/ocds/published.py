"""What is public of a tender at one instant: plain values, mapped from the state by whoever keeps it.

Instants are microseconds since 1970, UTC; money is in minor units; organisations are referred to by id.
"""

from typing import Literal

from archive.values import Instant, Money, Value

TenderStatus = Literal["planning", "planned", "active", "cancelled", "unsuccessful", "complete", "withdrawn"]
BidStatus = Literal["invited", "pending", "valid", "disqualified", "withdrawn"]
AwardStatus = Literal["pending", "active", "cancelled", "unsuccessful"]
ContractStatus = Literal["pending", "active", "cancelled", "terminated"]


class Organisation(Value, frozen=True):
    """A party: ``id`` is what the release refers to, ``scheme`` and ``code`` its legal identifier (CN-USCC)."""

    id: str
    name: str
    scheme: str = ""
    code: str = ""
    address: str = ""
    region: str = ""
    contact: str = ""
    phone: str = ""


class File(Value, frozen=True):
    """A public document: ``kind`` is a word of the standard's documentType list."""

    id: str
    kind: str
    title: str
    url: str
    at: Instant
    media_type: str = ""
    sha256: str = ""


class PublishedItem(Value, frozen=True):
    """A line of what is bought; ``quantity`` is a plain decimal."""

    id: str
    description: str
    quantity: str = ""
    unit: str = ""
    lot: str = ""
    scheme: str = ""
    code: str = ""


class PublishedLot(Value, frozen=True):
    """A lot with its own status and value."""

    id: str
    title: str
    status: TenderStatus
    value: Money | None = None
    description: str = ""


class PublishedBid(Value, frozen=True):
    """An opened bid; ``tenderers`` are ids of organisations."""

    id: str
    lot: str
    status: BidStatus
    tenderers: tuple[str, ...] = ()
    amount: Money | None = None
    at: Instant | None = None
    files: tuple[File, ...] = ()


class PublishedAward(Value, frozen=True):
    """A decision on a lot; ``suppliers`` are ids of organisations."""

    id: str
    lot: str
    status: AwardStatus
    at: Instant
    bid: str = ""
    suppliers: tuple[str, ...] = ()
    value: Money | None = None
    title: str = ""
    files: tuple[File, ...] = ()


class PublishedContract(Value, frozen=True):
    """A contract of an award."""

    id: str
    award: str
    status: ContractStatus
    value: Money | None = None
    signed_at: Instant | None = None
    title: str = ""
    files: tuple[File, ...] = ()


class Change(Value, frozen=True):
    """A clarification or correction of the tender (``amendments``)."""

    id: str
    at: Instant
    rationale: str
    description: str = ""


class Span(Value, frozen=True):
    """A period; an end that is not fixed is None."""

    start: Instant
    end: Instant | None = None


class Published(Value, frozen=True):
    """All that is public of a tender at ``at``; ``bids`` is None until the opening."""

    ocid: str
    id: str
    at: Instant
    tags: tuple[str, ...]
    tender: str
    title: str
    status: TenderStatus
    buyer: str
    organisations: tuple[Organisation, ...]
    starts_at: Instant
    ends_at: Instant
    lots: tuple[PublishedLot, ...]
    items: tuple[PublishedItem, ...] = ()
    procuring: str = ""
    description: str = ""
    method: Literal["open", "selective", "limited", "direct"] = "open"
    method_details: str = ""
    category: Literal["goods", "works", "services", ""] = ""
    criteria: str = ""
    criteria_details: str = ""
    eligibility: str = ""
    value: Money | None = None
    enquiries: Span | None = None
    evaluation: Span | None = None
    files: tuple[File, ...] = ()
    changes: tuple[Change, ...] = ()
    bids: tuple[PublishedBid, ...] | None = None
    awards: tuple[PublishedAward, ...] = ()
    contracts: tuple[PublishedContract, ...] = ()
    submission_details: str = ""
