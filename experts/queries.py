"""The only readers of the experts' tables, and with them who may see what, when (cn-rules 2.1, 10; xdraw/1 A8).

The public sees a panel's plan, counts and commitment, and its names once they are disclosed; an expert sees what is recorded of
himself; the regulator sees seats, replies and contact depth at once.  Scores are the panel's and the regulator's until the
result, then each bidder's own and what the rule set publishes.  Whether a result is out is for the caller to know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select

from archive.canonical import decode
from archive.disclosures import Hidden, Reveal, nothing
from archive.values import Instant
from experts.panel.messages import Named
from experts.tables import evaluation, evaluation_bid, expert, expert_pool, panel, panel_reply, panel_seat


@dataclass(frozen=True, slots=True)
class PanelView:
    """What everybody may know of a panel; ``members`` is empty until the disclosure, ``result`` until it is published."""

    panel: str
    phase: str
    draw: str
    lot: str
    attempt: int
    size: int
    representatives: int
    ctx: str
    root: str
    pool: int
    planned_at: Instant
    drawn_at: Instant
    completed_at: Instant
    result: str
    lengths: dict[str, int]
    counts: dict[str, dict[str, int]]
    award: str
    members: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class SeatView:
    """A seat as the regulator sees it."""

    seat: int
    cat: str
    position: int
    expert: str
    state: str
    calls: int
    called_at: Instant


@dataclass(frozen=True, slots=True)
class ReplyView:
    """A line of the reply log: what is on record of an expert."""

    panel: str
    line: int
    seat: int
    expert: str
    kind: str
    at: Instant
    evidence: str


@dataclass(frozen=True, slots=True)
class DepthView:
    """Contact depth of a panel, for the regulator."""

    panel: str
    contacts: int
    alarmed: bool


@dataclass(frozen=True, slots=True)
class ExpertView:
    """An expert's file, for the pool owner and himself; without name and telephone for who may not know them."""

    expert: str
    status: str
    name: str
    cats: tuple[str, ...]
    region: str
    employer: str
    title: str
    admitted: int
    term_until: int
    grade: str
    duties: int
    disputes: int
    phone: str = ""


@dataclass(frozen=True, slots=True)
class PoolView:
    """The pool: the tree in force and the last snapshot; no name."""

    pool: str
    categories: str
    codes: int
    date: int
    root: str
    n: int
    taken_at: Instant


@dataclass(frozen=True, slots=True)
class BidView:
    """A bid's outcome: place 0 while there is none, ground empty unless rejected."""

    bid: str
    org: str
    price: str
    currency: str
    place: int
    price_score: str
    marks: str
    total: str
    ground: str
    reason: str


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room for its members and the regulator."""

    room: str
    phase: str
    rule_set: str
    method: str
    members: tuple[str, ...]
    leader: str
    opened_at: Instant
    summarised_at: Instant
    submitted_at: Instant
    report: str
    candidates: tuple[str, ...]
    failed: str
    dissents: int


def panel_view(connection: Connection, panel_id: str) -> PanelView | None:
    """The public view of a panel."""
    row = _one(connection, panel, panel_id)
    if row is None:
        return None
    lengths: dict[str, int] = decode(row["lengths"].encode(), dict[str, int])
    counts: dict[str, dict[str, int]] = decode(row["counts"].encode(), dict[str, dict[str, int]])
    members = decode(row["members"].encode(), tuple[Named, ...]) if row["phase"] == "disclosed" else ()
    drawn = row["phase"] in ("drawn", "stopped")
    # Whether a panel is being called or has stopped would tell which seats are being replaced.
    return PanelView(
        panel=panel_id,
        phase="drawn" if drawn else row["phase"],
        lengths=lengths,
        counts=counts,
        members=members,
        **_columns(row, PanelView, "panel", "phase", "lengths", "counts", "members"),
    )


def seats(connection: Connection, panel_id: str) -> list[SeatView]:
    """The seats of a panel: for the regulator, and for the desk that calls one candidate at a time."""
    rows = connection.execute(select(panel_seat).where(panel_seat.c.panel == panel_id).order_by(panel_seat.c.seat)).mappings()
    return [SeatView(**_columns(row, SeatView)) for row in rows]


def called(connection: Connection) -> list[tuple[str, int, str, int]]:
    """Panel, seat, expert and attempts of every call that waits for an answer: for the desk that hears answers."""
    c = panel_seat.c
    query = select(c.panel, c.seat, c.expert, c.calls).where(c.state == "called").order_by(c.panel, c.seat)
    return [(str(name), int(seat), str(expert), int(calls)) for name, seat, expert, calls in connection.execute(query)]


def replies(connection: Connection, panel_id: str) -> list[ReplyView]:
    """The reply log of a panel: for the regulator."""
    return _replies(connection, panel_reply.c.panel == panel_id)


def recorded_of(connection: Connection, expert_id: str) -> list[ReplyView]:
    """What panels recorded of an expert, for his own account (xdraw/1 A6.4)."""
    return _replies(connection, panel_reply.c.expert == expert_id)


def _replies(connection: Connection, condition: Any) -> list[ReplyView]:
    rows = connection.execute(select(panel_reply).where(condition).order_by(panel_reply.c.at, panel_reply.c.line)).mappings()
    return [ReplyView(**_columns(row, ReplyView)) for row in rows]


def depths(connection: Connection) -> list[DepthView]:
    """Contact depth of every panel, deepest first: for the regulator."""
    rows = connection.execute(select(panel).order_by(panel.c.contacts.desc(), panel.c.panel)).mappings()
    return [DepthView(**_columns(row, DepthView)) for row in rows]


def declines(connection: Connection) -> dict[str, tuple[int, int]]:
    """Per expert: answers on record, and how many of them were declines or timeouts; for the regulator."""
    refused = func.sum((panel_reply.c.kind != "accept").cast(expert_pool.c.codes.type))
    answers = panel_reply.c.kind.in_(("accept", "decline", "timeout"))
    query = select(panel_reply.c.expert, func.count(), refused).where(answers).group_by(panel_reply.c.expert)
    return {name: (int(total), int(no)) for name, total, no in connection.execute(query)}


def expert_view(connection: Connection, expert_id: str, reveal: Reveal = nothing) -> ExpertView | None:
    """One expert's file: for the pool owner and himself; ``reveal`` opens what is private of it."""
    row = _one(connection, expert, expert_id)
    return None if row is None else _expert(row, reveal)


def experts(
    connection: Connection, status: str = "", after: str = "", limit: int = 50, reveal: Reveal = nothing
) -> list[ExpertView]:
    """A page of the pool in the order of ids: for the pool owner."""
    query = select(expert).where(expert.c.expert > after).order_by(expert.c.expert).limit(limit)
    if status:
        query = query.where(expert.c.status == status)
    return [_expert(row, reveal) for row in connection.execute(query).mappings()]


def identity_holder(connection: Connection, identity: str) -> str:
    """Who holds an identity's digest: the fact that an application needs; empty when nobody."""
    found = connection.execute(select(expert.c.expert).where(expert.c.identity == identity)).scalar()
    return str(found or "")


def pool_view(connection: Connection, pool_id: str) -> PoolView | None:
    """The pool for everybody: root, size and date of the last snapshot."""
    row = _one(connection, expert_pool, pool_id)
    return None if row is None else PoolView(**_columns(row, PoolView))


def pools(connection: Connection) -> list[str]:
    """The pools that have a tree of specialities or a snapshot."""
    return list(connection.execute(select(expert_pool.c.pool).order_by(expert_pool.c.pool)).scalars())


def room_view(connection: Connection, room_id: str) -> RoomView | None:
    """A room: for its members and the regulator; to others after the result."""
    row = _one(connection, evaluation, room_id)
    if row is None:
        return None
    members = decode(row["members"].encode(), tuple[str, ...])
    candidates = decode(row["candidates"].encode(), tuple[str, ...])
    return RoomView(members=members, candidates=candidates, **_columns(row, RoomView, "members", "candidates"))


def bids(connection: Connection, room_id: str) -> list[BidView]:
    """Every bid's outcome, ranked first: for the panel and the regulator; to others after the result."""
    order = (evaluation_bid.c.place == 0, evaluation_bid.c.place, evaluation_bid.c.bid)
    query = select(evaluation_bid).where(evaluation_bid.c.room == room_id).order_by(*order)
    return [BidView(**_columns(row, BidView)) for row in connection.execute(query).mappings()]


def own_result(connection: Connection, room_id: str, org: str) -> list[BidView]:
    """A bidder's own score and place (87号令 69): for that bidder, after the result."""
    return [bid for bid in bids(connection, room_id) if bid.org == org]


def _one(connection: Connection, table: Table, key: str) -> RowMapping | None:
    column = next(iter(table.primary_key.columns))
    return connection.execute(select(table).where(column == key)).mappings().first()


def _expert(row: RowMapping, reveal: Reveal) -> ExpertView:
    digests = decode(row["person"].encode(), tuple[str, ...])
    known = (reveal(Hidden(digests)) if digests else None) or {}
    cats = decode(row["cats"].encode(), tuple[str, ...])
    plain = _columns(row, ExpertView, "cats", "name", "phone")
    return ExpertView(cats=cats, name=known.get("name", ""), phone=known.get("phone", ""), **plain)


def _columns(row: RowMapping, view: type, *without: str) -> dict[str, Any]:
    names: Sequence[str] = view.__slots__  # type: ignore[attr-defined]
    return {name: row[name] for name in names if name not in without}
