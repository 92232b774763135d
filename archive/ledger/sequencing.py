"""Positions in the tree: entries that are committed get their index here and nowhere else.

On SQLite, which has one writer anyway, this runs inside the act's own transaction; on PostgreSQL one leader
drains the queue.  Indices come from the queue alone: whoever polls entries by ``eid > last`` skips rows,
because numbers are not drawn in the order of commits (trace-log 3.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from archive.bodies import title
from archive.entry import entry
from archive.errors import Damaged
from archive.ledger import store
from archive.ledger.records import Tree
from archive.merkle import leaf_hash
from archive.sql import Sql
from archive.values import Instant, instant

BATCH = 2048
LEADER = 7310002  # the sequencer's advisory lock

_INDEX = Sql("INSERT INTO trace_index (idx, eid, leaf) VALUES (:idx, :eid, :leaf)")
# All leaves as one string: the driver would write a list of them byte by byte.
_INDEX_MANY = Sql(
    "INSERT INTO trace_index (idx, eid, leaf) "
    "SELECT :first + o - 1, e, substring(CAST(:leaves AS bytea) FROM CAST(32 * o - 31 AS integer) FOR 32) "
    "FROM unnest(CAST(:eids AS bigint[])) WITH ORDINALITY AS q (e, o)"
)
_GROW = Sql("UPDATE trace_tree SET size = :size, root = :root, edge = :edge, at = :at WHERE k = 1 AND size = :was")
_LEAD = Sql("SELECT pg_try_advisory_xact_lock(:leader)")
# An array, so that no plan reads the whole log for a few of its last entries.
_FIRST = Sql(
    "SELECT eid, body, salt, leaf FROM trace_event "
    "WHERE eid = ANY (ARRAY (SELECT eid FROM trace_pending ORDER BY eid LIMIT :limit)) ORDER BY eid"
)
_TAKE = Sql("DELETE FROM trace_pending WHERE eid = :eid")
_TAKE_MANY = Sql("DELETE FROM trace_pending WHERE eid = ANY (CAST(:eids AS bigint[]))")


@dataclass(frozen=True, slots=True)
class Queued:
    """An entry that waits for its index."""

    eid: int
    body: bytes
    salt: bytes
    leaf: bytes


def place(connection: Connection, tree: Tree, queued: Sequence[Queued], latest: Instant) -> Tree:
    """Give indices to entries in this order and extend the tree over them; ``latest`` is the greatest of their times.

    Raises:
        Damaged: ``ledger.entry`` when stored salt and body do not give the stored leaf, ``ledger.tree`` when
            another process extended the tree meanwhile.
    """
    leaves = []
    for waiting in queued:
        leaf = leaf_hash(entry(waiting.salt, waiting.body))
        if leaf != waiting.leaf:
            raise Damaged("ledger.entry", stream="", seq=0, eid=waiting.eid)
        leaves.append(leaf)
    edge = store.edge(tree).extended(leaves)
    grown = Tree(edge.size, edge.root, b"".join(edge.hashes), max(tree.at, latest))
    eids = [waiting.eid for waiting in queued]
    if connection.dialect.name == "postgresql":
        _INDEX_MANY(connection, {"first": tree.size, "eids": _listed(eids), "leaves": b"".join(leaves)})
    else:
        _INDEX(connection, [{"idx": tree.size + n, "eid": eids[n], "leaf": leaf} for n, leaf in enumerate(leaves)])
    new = {"was": tree.size, "size": grown.size, "root": grown.root, "edge": grown.edge, "at": grown.at}
    if _GROW(connection, new).rowcount != 1:
        raise Damaged("ledger.tree", size=tree.size)
    return grown


def take(connection: Connection, eids: Sequence[int]) -> None:
    """Remove entries from the queue: they get their positions in this transaction."""
    if connection.dialect.name == "postgresql":
        _TAKE_MANY(connection, {"eids": _listed(eids)})
    else:
        _TAKE(connection, [{"eid": eid} for eid in eids])


def _listed(eids: Sequence[int]) -> str:
    return "{" + ",".join(map(str, eids)) + "}"


def drain(connection: Connection, limit: int = BATCH) -> int:
    """Place the first ``limit`` entries of the queue; how many there were.  PostgreSQL; one leader at a time.

    A crash before COMMIT leaves queue and tree as they were.
    """
    if not _LEAD(connection, {"leader": LEADER}).scalar():
        return 0
    queued = [Queued(*row) for row in _FIRST(connection, {"limit": limit}).all()]
    if queued:
        take(connection, [waiting.eid for waiting in queued])
        latest = max(title(waiting.body).at for waiting in queued)
        place(connection, store.tree(connection, lock=True), queued, instant(latest))
    return len(queued)
