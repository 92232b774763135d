"""What an OCDS file is read into: a plan to replay each tender, or the coded reason why not.

Pure.  Instants are microseconds since 1970, UTC; money is in minor units.  Pointers are JSON pointers
(RFC 6901) into the file; of a release merged from several they begin with ``(ocid)`` instead.
Params of codes are texts.
"""

from msgspec import field

from archive.values import Instant, Money, Value


class Note(Value, frozen=True):
    """Something a reader of the plan must know: how the file was understood, never a fault."""

    code: str
    params: dict[str, str] = field(default_factory=dict)


class Problem(Value, frozen=True):
    """Why something was not taken, and where it stands."""

    code: str
    pointer: str
    params: dict[str, str] = field(default_factory=dict)


class PlanItem(Value, frozen=True):
    """An item; ``quantity`` is the exact decimal text of the file, empty when it has none."""

    id: str
    description: str = ""
    quantity: str = ""
    unit: str = ""


class PlanLot(Value, frozen=True):
    """A lot: ``id`` is ours (at most 20 characters), ``original`` the file's, empty when the file has no lots."""

    id: str
    original: str
    title: str
    value: Money | None = None
    status: str = ""
    items: tuple[PlanItem, ...] = ()


class Tenderer(Value, frozen=True):
    """An organisation by the file's own identifier."""

    id: str
    name: str


class PlanBid(Value, frozen=True):
    """A bid for one lot.

    ``at`` and ``amount`` are both there, or neither: then only the status is known and nothing can be sealed.
    ``lot`` is our lot id, empty only for a withdrawn bid of which the file does not say it.
    """

    id: str
    lot: str
    status: str
    tenderers: tuple[Tenderer, ...] = ()
    amount: Money | None = None
    at: Instant | None = None
    documents: tuple[str, ...] = ()
    pointer: str = ""


class PlanAward(Value, frozen=True):
    """The last word of the file on a lot's bid; ``bid`` is empty when the file ties the award to none of its bids."""

    id: str
    lot: str
    status: str
    bid: str = ""
    suppliers: tuple[Tenderer, ...] = ()
    value: Money | None = None
    at: Instant | None = None


class Plan(Value, frozen=True):
    """A tender that can be replayed.

    ``id`` is ours (at most 40 characters), ``original`` the file's.  ``closes_at`` is ``ends_at`` unless a note says
    otherwise.  ``rejected`` are (bid, lot) that the file calls unsuccessful or disqualified: to be rejected "as in the file".
    """

    id: str
    original: str
    ocid: str
    title: str
    buyer: Tenderer
    currency: str
    lots: tuple[PlanLot, ...]
    starts_at: Instant
    ends_at: Instant
    closes_at: Instant
    status: str
    category: str = ""
    value: Money | None = None
    criteria: str = ""
    common_items: tuple[PlanItem, ...] = ()
    bids: tuple[PlanBid, ...] = ()
    refused: tuple[Problem, ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()
    awards: tuple[PlanAward, ...] = ()
    notes: tuple[Note, ...] = ()


class Taken(Value, frozen=True, tag_field="answer", tag="taken"):
    """A record that became a plan."""

    pointer: str
    release: str
    plan: Plan


class Merged(Value, frozen=True, tag_field="answer", tag="merged"):
    """A release that is part of the record answered at ``into``: a later release of the same ocid."""

    pointer: str
    release: str
    into: str


class RefusedRecord(Value, frozen=True, tag_field="answer", tag="refused"):
    """A record that was not taken: the first reason, and all others found."""

    pointer: str
    release: str
    ocid: str
    reason: Problem
    others: tuple[Problem, ...] = ()


Answer = Taken | Merged | RefusedRecord


class Intake(Value, frozen=True):
    """A whole file: its form, one answer for each record in the file's order, or why it could not be read at all."""

    form: str
    answers: tuple[Answer, ...] = ()
    refused: Problem | None = None
    notes: tuple[Note, ...] = ()
