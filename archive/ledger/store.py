"""The ledger's statements.  Each takes the caller's connection and is part of its transaction.

Lock order: the idempotency key, then the rows of ``trace_stream`` in the order of their names, then whatever
the projections touch, then nothing that anyone else could hold.  Entries are inserted last, so that numbers are
drawn after every lock and follow the order of each stream (trace-log 3.3).
"""

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, insert, literal, select, text

from archive.bodies import title
from archive.database import disclosed_table, event_table, index_table, key_table, stream_table, tree_table
from archive.errors import Damaged
from archive.ledger.records import Known, Recorded, Tail, Tree, Written
from archive.merkle import Edge
from archive.sql import Sql
from archive.values import Instant, instant

_EVENT = event_table.c
_STREAM = stream_table.c
_TAILS = select(_STREAM.stream, _STREAM.last_seq, _STREAM.last_leaf, _STREAM.last_at, _STREAM.closed)
_TAIL = Sql("SELECT last_seq, last_leaf, last_at, closed FROM trace_stream WHERE stream = :name")
_TREE = Sql("SELECT size, root, edge, at, epoch FROM trace_tree WHERE k = 1")
_TREE_LOCKED = select(
    tree_table.c.size, tree_table.c.root, tree_table.c.edge, tree_table.c.at, tree_table.c.epoch
).with_for_update()
_SINCE = Sql("SELECT seq, body, salt, leaf FROM trace_event WHERE stream = :name AND seq > :after AND seq <= :upto ORDER BY seq")
_EMPTY = Sql(
    "INSERT INTO trace_stream (stream, last_seq, last_leaf, last_at, closed) "
    "VALUES (:name, 0, :leaf, 0, :shut) ON CONFLICT DO NOTHING"
)
_START = Sql("INSERT INTO trace_stream (stream, last_seq, last_leaf, last_at, closed) VALUES (:name, :seq, :leaf, :at, :shut)")
_MOVE = Sql("UPDATE trace_stream SET last_seq = :seq, last_leaf = :leaf, last_at = :at, closed = :shut WHERE stream = :name")
_EVENT_COLUMNS = "INSERT INTO trace_event (id, stream, seq, body, salt, entry, leaf"
_INSERT_ONE = Sql(f"{_EVENT_COLUMNS}) VALUES (:id, :stream, :seq, :body, :salt, :entry, :leaf) RETURNING eid")
_INSERT_NUMBERED = Sql(f"{_EVENT_COLUMNS}, eid) VALUES (:id, :stream, :seq, :body, :salt, :entry, :leaf, :eid)")
_INSERT_MANY = insert(event_table).returning(_EVENT.eid, sort_by_parameter_order=True)
_LAST = Sql("SELECT max(eid) FROM trace_event")
_PUBLIC = Sql("INSERT INTO trace_disclosed (eid, at, reason) VALUES (:eid, :at, 'public')")
_NAME = Sql("INSERT INTO trace_blob (eid, sha256, len, mt) VALUES (:eid, :sha256, :len, :mt)")
_KEY = Sql("INSERT INTO trace_key (actor, key, n, asked, eid) VALUES (:actor, :key, :n, :asked, :eid)")
_QUEUE = Sql("INSERT INTO trace_pending (eid) VALUES (:eid)")


def hold_key(connection: Connection, actor: str, key: str) -> None:
    """On PostgreSQL, make a second request under the same key wait for the first, until its transaction ends."""
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(sha256(f"{actor}\0{key}".encode()).digest()[:8], "big", signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": number})


def lock(connection: Connection, write: Collection[str], read: Collection[str], known: Container[str]) -> dict[str, Tail]:
    """Lock streams until the transaction ends, in the order of their names, and say where each ends.

    A stream to be written gets its row here if it has none; one that is only read and does not exist is not
    locked, because there is nothing yet that could change under the reader.
    """
    tails = {name: Tail() for name in (*write, *read)}
    if connection.dialect.name == "sqlite":  # BEGIN IMMEDIATE holds everything
        return {name: tail(connection, name) for name in tails}
    for name in sorted(name for name in write if name not in known):
        _EMPTY(connection, {"name": name, "leaf": b"", "shut": False})
    for shared, names in groupby(sorted(tails), key=lambda name: name not in write):
        wanted = _TAILS.where(_STREAM.stream.in_(list(names))).order_by(_STREAM.stream).with_for_update(read=shared)
        tails |= {row.stream: _tail(row) for row in connection.execute(wanted)}
    return tails


def tail(connection: Connection, stream: str) -> Tail:
    """Where a stream ends, without a lock."""
    row = _TAIL(connection, {"name": stream}).one_or_none()
    return Tail() if row is None else Tail(row[0], row[1], row[2], bool(row[3]))


def _tail(row: Row[*tuple[Any, ...]]) -> Tail:
    return Tail(row.last_seq, row.last_leaf, row.last_at, row.closed)


def tree(connection: Connection, lock: bool = False) -> Tree:
    """The tree as this transaction sees it."""
    size, root, edge, at, epoch = (connection.execute(_TREE_LOCKED) if lock else _TREE(connection)).one()
    return Tree(size, root, edge, at, epoch)


def edge(known: Tree) -> Edge:
    """The compact range of a tree."""
    return Edge(known.size, tuple(known.edge[i : i + 32] for i in range(0, len(known.edge), 32)))


def since(connection: Connection, stream: str, after: int, upto: int) -> Iterator[tuple[int, bytes, bytes, bytes]]:
    """``(seq, body, salt, leaf)`` of a stream's entries in (after, upto], in order."""
    for seq, body, salt, leaf in _SINCE(connection, {"name": stream, "after": after, "upto": upto}):  # noqa: UP028  (rows, not tuples)
        yield seq, body, salt, leaf


def known_acts(connection: Connection, actor: str, token: str) -> tuple[Known, ...]:
    """The acts that an actor's idempotency key, by its token, stands for, in their order."""
    t = key_table.c
    wanted = (
        select(t.asked, _EVENT.body, _EVENT.id, _EVENT.stream, _EVENT.seq, _EVENT.leaf, index_table.c.idx)
        .select_from(key_table.join(event_table).outerjoin(index_table, index_table.c.eid == _EVENT.eid))
        .where(t.actor == actor, t.key == token)
        .order_by(t.n)
    )
    return tuple(Known(row.asked, row.body, recorded(row)) for row in connection.execute(wanted))


def recorded(row: Row[*tuple[Any, ...]]) -> Recorded:
    """An entry from a row with its id, stream, seq, leaf, idx and body."""
    said = title(row.body)
    return Recorded(row.id, row.stream, row.seq, row.leaf, instant(said.at), said.act, row.idx)


def move(connection: Connection, tails: Mapping[str, Tail], fresh: Collection[str]) -> None:
    """Write where streams end now; ``fresh`` are those that have no row yet."""
    for name, end in tails.items():
        values = {"name": name, "seq": end.seq, "leaf": end.leaf, "at": end.at, "shut": end.closed}
        if (_START if name in fresh else _MOVE)(connection, values).rowcount != 1:
            raise Damaged("ledger.chain", stream=name, seq=end.seq)


def write(connection: Connection, written: Sequence[Written], key: tuple[str, str] | None, first: int = 0) -> list[int]:
    """Insert entries and what hangs on them; gives their numbers.  The last thing a transaction does.

    ``key`` is the actor and the token of his idempotency key, under which ``first`` acts are there already.
    """
    rows: list[dict[str, Any]] = [
        {"id": w.id, "stream": w.stream, "seq": w.seq, "body": w.body, "salt": w.salt, "entry": w.entry, "leaf": w.leaf}
        for w in written
    ]
    eids = _insert(connection, rows)
    public = [{"eid": eid, "at": w.at} for eid, w in zip(eids, written, strict=True) if w.public]
    if public:
        _PUBLIC(connection, public)
    blobs = [
        {"eid": eid, "sha256": b.sha256, "len": b.len, "mt": b.mt} for eid, w in zip(eids, written, strict=True) for b in w.blobs
    ]
    if blobs:
        _NAME(connection, blobs)
    if key is not None:
        actor, name = key
        asked = [
            {"actor": actor, "key": name, "n": n, "asked": w.asked, "eid": eid}
            for n, (eid, w) in enumerate(zip(eids, written, strict=True), first)
        ]
        _KEY(connection, asked)
    return eids


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> list[int]:
    if connection.dialect.name != "sqlite":
        if len(rows) == 1:
            return [_INSERT_ONE(connection, rows[0]).scalar_one()]
        return list(connection.execute(_INSERT_MANY, rows).scalars())
    # This transaction is the only writer, so it can count by itself.
    first = (_LAST(connection).scalar() or 0) + 1
    for eid, row in enumerate(rows, first):
        row["eid"] = eid
    _INSERT_NUMBERED(connection, rows)
    return list(range(first, first + len(rows)))


def disclose(connection: Connection, what: str, at: Instant, reason: str) -> int:
    """Make public what is not yet public of a stream, or one entry by its id; how many entries that were."""
    named = _EVENT.stream == what if "/" in what else _EVENT.id == what
    known = select(disclosed_table.c.eid).where(disclosed_table.c.eid == _EVENT.eid).exists()
    hidden = select(_EVENT.eid, literal(at, BigInteger), literal(reason)).where(named, ~known)
    wanted = insert(disclosed_table).inline().from_select(["eid", "at", "reason"], hidden)
    return connection.execute(wanted, execution_options={"preserve_rowcount": True}).rowcount


def queue(connection: Connection, eids: Sequence[int]) -> None:
    """Put entries in the sequencer's queue."""
    _QUEUE(connection, [{"eid": eid} for eid in eids])
