"""The ledger's statements.  Each takes the caller's connection and is part of its transaction.

Lock order: the idempotency key, then the rows of ``trace_stream`` in the order of their names, new ones first, then
whatever the projections touch, then nothing that anyone else could hold.  Where several acts share a transaction, keys and
streams that are not free are not waited for.  Entries are inserted last, so that numbers are
drawn after every lock and follow the order of each stream (trace-log 3.3).
"""

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, insert, literal, select

from archive.bodies import title
from archive.database import disclosed_table, event_table, tree_table
from archive.errors import Damaged
from archive.ledger.records import Known, Recorded, Tail, Tree, Written
from archive.merkle import Edge
from archive.sql import Sql
from archive.values import Instant, instant

_EVENT = event_table.c
_LOCK = (
    "SELECT s.stream, s.last_seq, s.last_leaf, s.last_at, s.closed, t.size, t.root, t.edge, t.at, t.epoch "
    "FROM trace_stream s, trace_tree t WHERE s.stream = ANY (:names) AND t.k = 1 ORDER BY s.stream FOR"
)
_LOCKS = {
    (shared, wait): Sql(f"{_LOCK} {'SHARE' if shared else 'UPDATE'} OF s{'' if wait else ' SKIP LOCKED'}")
    for shared in (False, True)
    for wait in (False, True)
}
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
_INSERT = Sql(f"{_EVENT_COLUMNS}) VALUES (:id, :stream, :seq, :body, :salt, :entry, :leaf) RETURNING eid")
_INSERT_NUMBERED = Sql(f"{_EVENT_COLUMNS}, eid) VALUES (:id, :stream, :seq, :body, :salt, :entry, :leaf, :eid)")
# An entry with all that hangs on it; its stream moves first, so nothing is written if that fails.  Many go in one round trip.
_WRITE = Sql(
    "WITH moved AS (UPDATE trace_stream SET last_seq = :seq, last_leaf = :leaf, last_at = :at, closed = :shut "
    "WHERE stream = :stream RETURNING stream), "
    "made AS (INSERT INTO trace_event (id, stream, seq, body, salt, entry, leaf) "
    "SELECT :id, stream, :seq, :body, :salt, :entry, :leaf FROM moved RETURNING eid), "
    "shown AS (INSERT INTO trace_disclosed (eid, at, reason) SELECT eid, :at, 'public' FROM made WHERE :public) "
    "INSERT INTO trace_pending (eid) SELECT eid FROM made"
)
_LAST = Sql("SELECT max(eid) FROM trace_event")
_PUBLIC = Sql("INSERT INTO trace_disclosed (eid, at, reason) VALUES (:eid, :at, 'public')")
_NAME = Sql("INSERT INTO trace_blob (eid, sha256, len, mt) SELECT eid, :sha256, :len, :mt FROM trace_event WHERE id = :id")
_KEY = Sql(
    "INSERT INTO trace_key (actor, key, n, asked, eid) SELECT :actor, :key, :n, :asked, eid FROM trace_event WHERE id = :id"
)
_QUEUE = Sql("INSERT INTO trace_pending (eid) VALUES (:eid)")
_HOLD, _TRY = Sql("SELECT pg_advisory_xact_lock(:n)"), Sql("SELECT pg_try_advisory_xact_lock(:n)")
_KNOWN = Sql(
    "SELECT k.asked, e.body, e.id, e.stream, e.seq, e.leaf, i.idx FROM trace_key k JOIN trace_event e ON e.eid = k.eid "
    "LEFT JOIN trace_index i ON i.eid = k.eid WHERE k.actor = :actor AND k.key = :key ORDER BY k.n"
)


def hold_key(connection: Connection, actor: str, key: str, *, wait: bool = True) -> bool:
    """On PostgreSQL, make a second request under the same key wait for the first, until its transaction ends.

    Without ``wait`` it says whether the key was free.
    """
    if connection.dialect.name == "sqlite":
        return True
    number = int.from_bytes(sha256(f"{actor}\0{key}".encode()).digest()[:8], "big", signed=True)
    if wait:
        _HOLD(connection, {"n": number})
        return True
    return bool(_TRY(connection, {"n": number}).scalar())


def lock(
    connection: Connection, write: Collection[str], read: Collection[str], known: Container[str], *, wait: bool = True
) -> tuple[dict[str, Tail], Tree]:
    """Lock streams until the transaction ends, in the order of their names, and say where each and the log end.

    A stream to be written gets its row here if it has none; one that is only read and does not exist is not
    locked, because there is nothing yet that could change under the reader.  Without ``wait`` those that another
    transaction holds are left out.
    """
    names = sorted({*write, *read})
    if connection.dialect.name == "sqlite":  # BEGIN IMMEDIATE holds everything
        return {name: tail(connection, name) for name in names}, tree(connection)
    if fresh := [name for name in names if name in write and name not in known]:
        _EMPTY(connection, [{"name": name, "leaf": b"", "shut": False} for name in fresh])
    tails, now = {}, None
    for shared, some in groupby(names, key=lambda name: name not in write):
        for name, seq, leaf, at, closed, *log in _LOCKS[shared, wait](connection, {"names": list(some)}):
            tails[name], now = Tail(seq, leaf, at, closed), Tree(*log)
    for name in names:
        if name not in tails and (wait or (name not in write and _TAIL(connection, {"name": name}).one_or_none() is None)):
            tails[name] = Tail()
    return tails, now or tree(connection)


def tail(connection: Connection, stream: str) -> Tail:
    """Where a stream ends, without a lock."""
    row = _TAIL(connection, {"name": stream}).one_or_none()
    return Tail() if row is None else Tail(row[0], row[1], row[2], bool(row[3]))


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
    found = _KNOWN(connection, {"actor": actor, "key": token})
    return tuple(Known(row.asked, row.body, recorded(row)) for row in found)


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


def record(
    connection: Connection, moved: Mapping[str, Tail], fresh: Collection[str], written: Sequence[Written], queued: bool
) -> list[int]:
    """Insert entries, move their streams; gives their numbers, or with ``queued`` puts them in the sequencer's queue."""
    if queued and connection.dialect.name != "sqlite":
        rows = [_row(w) | {"at": w.at, "shut": moved[w.stream].closed, "public": w.public} for w in written]
        if _WRITE(connection, rows).rowcount != len(rows):
            raise Damaged("ledger.chain", stream=written[0].stream, seq=written[0].seq)
        return []
    move(connection, moved, fresh)
    eids = _insert(connection, [_row(w) for w in written])
    public = [{"eid": eid, "at": w.at} for eid, w in zip(eids, written, strict=True) if w.public]
    if public:
        _PUBLIC(connection, public)
    if queued:
        _QUEUE(connection, [{"eid": eid} for eid in eids])
    return eids


def attach(connection: Connection, written: Sequence[Written], key: tuple[str, str] | None, first: int = 0) -> None:
    """Write which blobs entries name, and what they stand for.

    ``key`` is the actor and the token of his idempotency key, under which ``first`` acts are there already.
    """
    if blobs := [{"id": w.id, "sha256": b.sha256, "len": b.len, "mt": b.mt} for w in written for b in w.blobs]:
        _NAME(connection, blobs)
    if key is not None:
        asked = [{"actor": key[0], "key": key[1], "n": n, "asked": w.asked, "id": w.id} for n, w in enumerate(written, first)]
        _KEY(connection, asked)


def _row(w: Written) -> dict[str, Any]:
    return {"id": w.id, "stream": w.stream, "seq": w.seq, "body": w.body, "salt": w.salt, "entry": w.entry, "leaf": w.leaf}


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> list[int]:
    if connection.dialect.name != "sqlite":
        return [_INSERT(connection, row).scalar_one() for row in rows]
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
