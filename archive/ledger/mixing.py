"""Positions in a log with ticks: whole batches, decoys among them at random places (trace-log 5.5).

Entries that say something keep their order; where decoys stand among them is drawn.  So the index of a public act
tells as little of a sealed one a moment before it as the size of the batch does.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from archive.bodies import title
from archive.ledger import sequencing, store
from archive.ledger.sequencing import LEADER, Queued, place
from archive.sql import Sql
from archive.values import instant

DECOYS = "system/decoy"
"""The stream of decoys."""

_WAITING = Sql("SELECT count(*) FROM trace_pending")
_FIRST = Sql(
    "SELECT e.eid, e.body, e.salt, e.leaf, e.stream FROM trace_pending p JOIN trace_event e ON e.eid = p.eid "
    "ORDER BY p.eid LIMIT :limit"
)
_LEAD = Sql("SELECT pg_try_advisory_xact_lock(:leader)")


def waiting(connection: Connection) -> int:
    """Length of the queue."""
    return int(_WAITING(connection).scalar_one())


def take(connection: Connection, count: int, random: Callable[[int], bytes]) -> int:
    """Place the first ``count`` entries of the queue as one batch; how many there were.  One leader at a time."""
    if connection.dialect.name == "postgresql" and not _LEAD(connection, {"leader": LEADER}).scalar():
        return 0
    found = _FIRST(connection, {"limit": count}).all()
    if not found:
        return 0
    sequencing.take(connection, [row.eid for row in found])
    said = [Queued(row.eid, row.body, row.salt, row.leaf) for row in found if row.stream != DECOYS]
    nothing = [Queued(row.eid, row.body, row.salt, row.leaf) for row in found if row.stream == DECOYS]
    latest, tree = max(title(row.body).at for row in found), store.tree(connection, lock=True)
    first = 0 if tree.size else 1  # the first entry of a log says whose it is
    place(connection, tree, said[:first] + mixed(said[first:], nothing, random), instant(latest))
    return len(found)


def mixed(said: Sequence[Queued], nothing: Sequence[Queued], random: Callable[[int], bytes]) -> list[Queued]:
    """Both in their own order, every way of laying one into the other equally likely."""
    first, second, batch = list(said[::-1]), list(nothing[::-1]), []
    while first or second:
        batch.append((first if _below(len(first) + len(second), random) < len(first) else second).pop())
    return batch


def _below(limit: int, random: Callable[[int], bytes]) -> int:
    return int.from_bytes(random(8), "big") % limit  # the bias is below 2^-40 for any batch
