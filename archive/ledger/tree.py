"""The stored tree: hashes of its complete subtrees, and checkpoints over it.

Level 0 stands in ``trace_index``, the levels above in ``trace_tile``, 256 hashes a row; only full tiles are
hashed upwards (trace-log 1.2).  A checkpoint's root is computed twice, from the edge that grew with each entry
and from these tiles, and is signed only if both agree and the tree extends the last one that was signed.
"""

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from archive import merkle
from archive.database import checkpoint_table, cosig_table, index_table, tile_table
from archive.errors import Damaged
from archive.ledger.records import Tree
from archive.tileformat import HASH, WIDTH

_TILE = select(tile_table.c.w, tile_table.c.data).where(
    tile_table.c.level == bindparam("level"), tile_table.c.n == bindparam("n")
)
_LEAVES = (
    select(index_table.c.leaf)
    .where(index_table.c.idx >= bindparam("first"), index_table.c.idx < bindparam("end"))
    .order_by(index_table.c.idx)
)


class Hashes:
    """Hashes of complete subtrees as stored, each tile read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def tile(self, level: int, n: int) -> list[bytes]:
        """The hashes of a tile that there are so far."""
        known = self._tiles.get((level, n))
        if known is None:
            known = self._tiles[level, n] = self._leaves(n) if level == 0 else self._stored(level, n)
        return known

    def hash_of(self, level: int, place: int) -> bytes:
        """The hash of one complete subtree: binary level, place from the left.

        Raises:
            Damaged: ``ledger.tile`` when it is not there.
        """
        row, rest = divmod(level, 8)
        n, first = divmod(place << rest, WIDTH)
        hashes = self.tile(row, n)[first : first + (1 << rest)]
        if len(hashes) != 1 << rest:
            raise Damaged("ledger.tile", level=row, n=n)
        return merkle.root(hashes)

    def _leaves(self, n: int) -> list[bytes]:
        return list(self._connection.execute(_LEAVES, {"first": n * WIDTH, "end": (n + 1) * WIDTH}).scalars())

    def _stored(self, level: int, n: int) -> list[bytes]:
        row = self._connection.execute(_TILE, {"level": level, "n": n}).one_or_none()
        return [] if row is None else [row.data[i : i + HASH] for i in range(0, row.w * HASH, HASH)]


def grow(connection: Connection, size: int) -> Hashes:
    """Bring the tiles above level 0 up to ``size``; gives the hashes, to compute with."""
    hashes = Hashes(connection)
    level, below = 1, size // WIDTH
    while below:
        done = _width(connection, level)
        for first in range(done - done % WIDTH, below, WIDTH):
            n = first // WIDTH
            row = hashes.tile(level, n)[: max(0, done - first)]
            had = len(row)
            row += [merkle.root(hashes.tile(level - 1, child)) for child in range(first + had, min(first + WIDTH, below))]
            if had < len(row):
                _keep(connection, level, n, row, had)
            hashes._tiles[level, n] = row
        level, below = level + 1, below // WIDTH
    return hashes


def _width(connection: Connection, level: int) -> int:
    """How many hashes stand on a level."""
    t = tile_table.c
    last = connection.execute(select(t.n, t.w).where(t.level == level).order_by(t.n.desc()).limit(1)).one_or_none()
    return 0 if last is None else last.n * WIDTH + last.w


def _keep(connection: Connection, level: int, n: int, row: list[bytes], had: int) -> None:
    t, values = tile_table.c, {"w": len(row), "data": b"".join(row)}
    if had:
        connection.execute(update(tile_table).where(t.level == level, t.n == n).values(values))
    else:
        connection.execute(insert(tile_table).values(level=level, n=n, **values))


def prove(connection: Connection, tree: Tree) -> Hashes:
    """Compute the root a second time, out of the tiles, and that the tree extends the last checkpoint.

    Raises:
        Damaged: ``ledger.root`` or ``ledger.fork``: nothing may be signed.
    """
    hashes = grow(connection, tree.size)
    if merkle.root_from(0, tree.size, hashes.hash_of) != tree.root:
        raise Damaged("ledger.root", size=tree.size)
    last = latest(connection)
    if last is not None:
        proof = merkle.consistency(last.size, tree.size, hashes.hash_of) if last.size <= tree.size else []
        if not merkle.check_consistency(last.size, tree.size, last.root, tree.root, proof):
            raise Damaged("ledger.fork", signed=last.size, size=tree.size)
    return hashes


def latest(connection: Connection) -> Row[tuple[int, bytes, str, int, int | None]] | None:
    """The checkpoint of the greatest size."""
    return connection.execute(select(checkpoint_table).order_by(checkpoint_table.c.size.desc()).limit(1)).one_or_none()


def note_of(connection: Connection, size: int) -> bytes | None:
    """A checkpoint with every signature line it has by now."""
    t = checkpoint_table.c
    note: str | None = connection.execute(select(t.note).where(t.size == size)).scalar()
    if note is None:
        return None
    lines = connection.execute(select(cosig_table.c.line).where(cosig_table.c.size == size).order_by(cosig_table.c.key)).scalars()
    return (note + "".join(lines)).encode()
