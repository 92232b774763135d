"""Positions in the tree: entries that are committed get their index here and nowhere else.

On SQLite, which has one writer anyway, this runs inside the act's own transaction; on PostgreSQL one leader
drains the queue.  Indices come from the queue alone: whoever polls entries by ``eid > last`` skips rows,
because numbers are not drawn in the order of commits (trace-log 3.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, text

from archive.bodies import title
from archive.database import event_table, pending_table
from archive.entry import commitment, entry_of
from archive.errors import Damaged
from archive.ledger import store
from archive.ledger.records import Tree
from archive.merkle import leaf_hash
from archive.sql import Sql
from archive.values import Instant, instant

BATCH = 2048
LEADER = 7310002  # the sequencer's advisory lock

_INDEX = Sql("INSERT INTO trace_index (idx, eid, leaf) VALUES (:idx, :eid, :leaf)")
_GROW = Sql("UPDATE trace_tree SET size = :size, root = :root, edge = :edge, at = :at WHERE k = 1 AND size = :was")


@dataclass(frozen=True, slots=True)
class Queued:
    """An entry that waits for its index."""

    eid: int
    at: Instant
    body: bytes
    salt: bytes
    leaf: bytes


def place(connection: Connection, tree: Tree, queued: Sequence[Queued]) -> Tree:
    """Give indices to entries in this order and extend the tree over them.

    Raises:
        Damaged: ``ledger.entry`` when stored salt and body do not give the stored leaf, ``ledger.tree`` when
            another process extended the tree meanwhile.
    """
    rows, leaves = [], []
    for at, entry in enumerate(queued, tree.size):
        leaf = leaf_hash(entry_of(commitment(entry.salt, entry.body)))
        if leaf != entry.leaf:
            raise Damaged("ledger.entry", stream="", seq=0, eid=entry.eid)
        leaves.append(leaf)
        rows.append({"idx": at, "eid": entry.eid, "leaf": leaf})
    edge = store.edge(tree).extended(leaves)
    grown = Tree(edge.size, edge.root, b"".join(edge.hashes), max(tree.at, *(q.at for q in queued)))
    _INDEX(connection, rows)
    new = {"was": tree.size, "size": grown.size, "root": grown.root, "edge": grown.edge, "at": grown.at}
    moved = _GROW(connection, new)
    if moved.rowcount != 1:
        raise Damaged("ledger.tree", size=tree.size)
    return grown


def drain(connection: Connection, limit: int = BATCH) -> int:
    """Place the first ``limit`` entries of the queue; how many there were.  PostgreSQL; one leader at a time.

    A crash before COMMIT leaves queue and tree as they were.
    """
    if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:n)"), {"n": LEADER}).scalar():
        return 0
    first = select(pending_table.c.eid).order_by(pending_table.c.eid).limit(limit).with_for_update()
    taken = (
        connection.execute(delete(pending_table).where(pending_table.c.eid.in_(first)).returning(pending_table.c.eid))
        .scalars()
        .all()
    )
    if not taken:
        return 0
    e = event_table.c
    found = connection.execute(select(e.eid, e.body, e.salt, e.leaf).where(e.eid.in_(taken)).order_by(e.eid))
    queued = [Queued(r.eid, instant(title(r.body).at), r.body, r.salt, r.leaf) for r in found]
    place(connection, store.tree(connection, lock=True), queued)
    return len(queued)
