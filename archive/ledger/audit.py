"""A live store as a source of replay: entries, tree, checkpoints and tables in one snapshot."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, func, select, text, tuple_

from archive import merkle
from archive.database import METADATA, checkpoint_table, index_table, reading, stream_table, tile_table, traced_tables
from archive.faults import Fault
from archive.ledger import store
from archive.ledger.ledger import Ledger
from archive.ledger.transaction import Blobs
from archive.ledger.tree import note_of
from archive.policy import judge
from archive.replay import ReplayReport, replay
from archive.replay.source import Item, Tail
from archive.tileformat import HASH, WIDTH, split_tile
from archive.vkeys import Key

PAGE = 2000

_EVENTS = """
SELECT e.stream, i.idx, e.id, e.seq, e.body, e.salt, e.entry, e.leaf, i.leaf AS placed
FROM trace_event e LEFT JOIN trace_index i ON i.eid = e.eid"""
_LOST = """
SELECT e.stream, e.seq FROM trace_event e
WHERE NOT EXISTS (SELECT 1 FROM trace_index i WHERE i.eid = e.eid)
AND NOT EXISTS (SELECT 1 FROM trace_pending p WHERE p.eid = e.eid) ORDER BY e.eid"""
_ORPHAN = """
SELECT i.idx FROM trace_index i WHERE NOT EXISTS (SELECT 1 FROM trace_event e WHERE e.eid = i.eid) ORDER BY i.idx"""


def audit(ledger: Ledger, *, decide: bool = True) -> ReplayReport:
    """Replay the ledger's own store, tables included, in one snapshot; acts go on meanwhile."""
    with reading(ledger.engine) as connection:
        source = LiveSource(connection, ledger.vault, ledger.notary.keys)
        return replay(source, ledger.deciders, LiveTables(connection), decide=decide)


class LiveSource:
    """The database behind ``connection``, which the caller opened by `archive.database.reading`.

    ``keys`` are the log's verifier keys, under which stored checkpoints must verify.
    """

    name = "live store"

    def __init__(self, connection: Connection, vault: Blobs, keys: Sequence[Key]) -> None:
        self._connection = connection
        self._vault = vault
        self._keys = keys
        self._found: list[tuple[str, str, str]] = []
        self._tiles: list[bytes] = []

    def streams(self) -> Iterator[tuple[str, Iterable[Item]]]:
        """One pass over all entries, in the order of the unique index."""
        streaming = self._connection.execution_options(stream_results=True, yield_per=PAGE)
        with streaming.exec_driver_sql(f"{_EVENTS} ORDER BY e.stream, e.seq") as rows:
            for stream, group in groupby(chain.from_iterable(rows.partitions()), itemgetter(0)):
                yield stream, (Item._make(row[1:]) for row in group)

    def stream(self, name: str) -> Iterable[Item]:
        """One stream."""
        found = self._connection.execute(text(f"{_EVENTS} WHERE e.stream = :name ORDER BY e.seq"), {"name": name})
        return [Item._make(row[1:]) for row in found]

    def leaves(self) -> Iterator[bytes]:
        """The index in order; on the way, what tiles above level 0 must hold."""
        streaming = self._connection.execution_options(stream_results=True, yield_per=PAGE)
        rows = streaming.execute(select(index_table.c.idx, index_table.c.leaf).order_by(index_table.c.idx))
        tile: list[bytes] = []
        for place, (idx, leaf) in enumerate(chain.from_iterable(rows.partitions())):
            if idx != place:
                self._found.append(("TILE_MISSING", f"entry {place}", f"the index goes on with {idx}"))
                return
            tile.append(leaf)
            if len(tile) == WIDTH:
                self._tiles.append(merkle.root(tile))
                tile = []
            yield leaf

    def roots(self) -> list[tuple[int, str, bytes]]:
        """The tree's own, and that of every checkpoint."""
        now = store.tree(self._connection)
        c = checkpoint_table.c
        signed = self._connection.execute(select(c.size, c.root).order_by(c.size))
        return sorted([(now.size, "trace_tree", now.root), *((row.size, "checkpoint", row.root) for row in signed)])

    def tails(self) -> Iterator[Tail]:
        """Every row of ``trace_stream``."""
        for row in self._connection.execute(select(stream_table)):
            yield Tail(row.stream, row.last_seq, row.last_leaf, row.last_at, row.closed)

    def blob(self, sha256_hex: str) -> bytes:
        """From the vault."""
        return self._vault.read(sha256_hex)

    def faults(self) -> Iterable[tuple[str, str, str]]:
        """Entries between queue and tree, tiles, checkpoints; to be asked for after `leaves` was read."""
        yield from self._found
        for stream, seq in self._connection.execute(text(_LOST)):
            yield "INCLUSION_BAD", f"{stream} {seq}", "is neither in the tree nor in the queue"
        for (idx,) in self._connection.execute(text(_ORPHAN)):
            yield "BODY_MISSING", f"entry {idx}", "the event of this position is gone"
        yield from self._tile_faults()
        yield from self._note_faults()

    def withheld(self) -> int:
        """None: the store holds every opening."""
        return 0

    def _tile_faults(self) -> Iterator[tuple[str, str, str]]:
        t = tile_table.c
        level, hashes = 1, self._tiles
        while hashes:
            stored = self._connection.execute(select(t.n, t.w, t.data).where(t.level == level).order_by(t.n)).all()
            for n, width, data in stored:  # tiles are brought up to date when a checkpoint is made, so they may end early
                if len(data) != width * HASH or split_tile(data) != hashes[n * WIDTH : n * WIDTH + width]:
                    yield "TILE_MISMATCH", f"tile {level} {n}", "not the hashes of the tiles below"
            hashes = [merkle.root(hashes[n : n + WIDTH]) for n in range(0, len(hashes) - len(hashes) % WIDTH, WIDTH)]
            level += 1

    def _note_faults(self) -> Iterator[tuple[str, str, str]]:
        c = checkpoint_table.c
        for size, root in self._connection.execute(select(c.size, c.root).order_by(c.size)):
            note = note_of(self._connection, size) or b""
            try:
                verdict = judge(note, None, self._keys, quorum=False)
            except Fault as fault:
                yield fault.code, f"checkpoint {size}", fault.why
                continue
            yield from ((found.code, f"checkpoint {size}", found.why) for found in verdict.faults)
            if (verdict.tree.size, verdict.tree.root) != (size, root):
                yield "NOTE_BAD", f"checkpoint {size}", "the note states another tree than its row"


class LiveTables:
    """The traced tables in the same snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def names(self) -> tuple[str, ...]:
        """Every traced table that is declared."""
        return tuple(t.name for t in traced_tables())

    def keys(self, table: str) -> tuple[str, ...]:
        """From the declaration."""
        return tuple(c.name for c in METADATA.tables[table].primary_key.columns)

    def find(self, table: str, keys: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], dict[str, Any]]:
        """One query."""
        declared = METADATA.tables[table]
        primary = list(declared.primary_key.columns)
        named = primary[0].in_([pk[0] for pk in keys]) if len(primary) == 1 else tuple_(*primary).in_(keys)
        names, width = self.keys(table), len(primary)
        others = [c for c in declared.columns if c.name not in names]
        found = self._connection.execute(select(*primary, *others).where(named))
        return {
            tuple(row[:width]): {c.name: v for c, v in zip(others, row[width:], strict=True) if v is not None} for row in found
        }

    def count(self, table: str) -> int:
        """One query."""
        return self._connection.execute(select(func.count()).select_from(METADATA.tables[table])).scalar_one()

    def all_keys(self, table: str) -> Iterator[tuple[Any, ...]]:
        """One query."""
        for row in self._connection.execute(select(*METADATA.tables[table].primary_key.columns)):
            yield tuple(row)
