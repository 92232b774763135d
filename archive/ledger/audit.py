"""A live store as a source of replay: entries, tree, checkpoints and tables in one snapshot."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Boolean, Connection, bindparam, func, select, text

from archive import merkle
from archive.database import METADATA, checkpoint_table, index_table, reading, tile_table, traced_tables
from archive.disclosures import Hidden
from archive.errors import SunlitError
from archive.faults import Fault
from archive.ledger import store
from archive.ledger.house import Blobs
from archive.ledger.ledger import Ledger
from archive.ledger.subjects import Subjects
from archive.ledger.tree import note_of
from archive.policy import judge
from archive.replay import ReplayReport, replay
from archive.replay.source import Item, Tail
from archive.strict import base64
from archive.tileformat import HASH, WIDTH, split_tile
from archive.vkeys import Key

STREAM, IDX = Item._fields.index("stream"), Item._fields.index("idx")

_EVENTS = """
SELECT i.idx, e.id, e.seq, e.body, e.salt, e.entry, e.leaf, e.stream
FROM trace_event e LEFT JOIN trace_index i ON i.eid = e.eid"""
# Where positions follow numbers one by one, as they do unless batches are mixed, nothing need be looked up.
_STEP = """
SELECT min(idx - eid), count(*) FROM trace_index
HAVING min(idx) = 0 AND max(idx) = count(*) - 1 AND min(idx - eid) = max(idx - eid) AND abs(min(eid)) < 1 << 60"""
_STEPPED = """
SELECT CASE WHEN e.eid + {step} BETWEEN 0 AND {size} - 1 THEN e.eid + {step} END,
e.id, e.seq, e.body, e.salt, e.entry, e.leaf, e.stream FROM trace_event e"""
# Events of an earlier epoch have negative numbers and no position here (`archive.epochs`).
_LOST = """
SELECT e.stream, e.seq FROM trace_event e
WHERE (e.eid >= 0 OR (SELECT abs(epoch) FROM trace_tree WHERE k = 1) = 1)
AND NOT EXISTS (SELECT 1 FROM trace_index i WHERE i.eid = e.eid)
AND NOT EXISTS (SELECT 1 FROM trace_pending p WHERE p.eid = e.eid) ORDER BY e.eid"""
_ORPHAN = """
SELECT i.idx, i.leaf FROM trace_index i WHERE NOT EXISTS (SELECT 1 FROM trace_event e WHERE e.eid = i.eid) ORDER BY i.idx"""

_PREV = re.compile(rb'"prev":"([A-Za-z0-9+/]{43}=)"')

_LEAF = select(index_table.c.leaf).where(index_table.c.idx == bindparam("idx"))
_PLACES = select(func.count()).select_from(index_table)


def audit(ledger: Ledger, *, decide: bool = True) -> ReplayReport:
    """Replay the ledger's own store, tables included, in one snapshot; acts go on meanwhile."""
    with reading(ledger.engine) as connection:
        source = LiveSource(connection, ledger.vault, ledger.notary.ever, ledger.subjects)
        return replay(source, ledger.deciders, LiveTables(connection), decide=decide)


class LiveSource:
    """The database behind ``connection``, which the caller opened by `archive.database.reading`.

    ``keys`` are the log's verifier keys, under which stored checkpoints must verify.
    """

    name = "live store"

    def __init__(self, connection: Connection, vault: Blobs, keys: Sequence[Key], subjects: Subjects) -> None:
        self._connection = connection
        self._vault = vault
        self._keys = keys
        self._subjects = subjects
        self._embedded = connection.dialect.name == "sqlite"
        self._found: list[tuple[str, str, str]] = []
        self._entries = self._unplaced = 0

    def streams(self) -> Iterator[tuple[str, Iterable[Item]]]:
        """One pass over all entries, in the order of the unique index."""
        step, size = self._stepped
        events = _STEPPED.format(step=step, size=size) if size else _EVENTS
        rows = chain.from_iterable(self._counted(self._pages(f"{events} ORDER BY e.stream, e.seq")))
        return groupby(cast(Iterator[Item], rows), itemgetter(STREAM))

    def stream(self, name: str) -> Iterable[Item]:
        """One stream."""
        found = self._connection.execute(text(f"{_EVENTS} WHERE e.stream = :name ORDER BY e.seq"), {"name": name})
        return [Item._make(row) for row in found]

    def leaves(self) -> Iterator[list[bytes]]:
        """The index in order."""
        if self._stepped[1]:
            for page in self._pages("SELECT leaf FROM trace_index ORDER BY idx"):
                whole = [leaf for (leaf,) in page]
                yield from (whole[n : n + WIDTH] for n in range(0, len(whole), WIDTH))
            return
        at = 0
        for page in self._pages("SELECT idx, leaf FROM trace_index ORDER BY idx"):
            indices, leaves = zip(*page, strict=True)
            sound = len(page)
            if indices != tuple(range(at, at + sound)):
                sound = next(n for n, idx in enumerate(indices) if idx != at + n)
                self._found.append(("TILE_MISSING", f"entry {at + sound}", f"the index goes on with {indices[sound]}"))
            yield from (list(leaves[n : min(n + WIDTH, sound)]) for n in range(0, sound, WIDTH))
            if sound < len(page):
                return
            at += sound

    def leaf(self, idx: int) -> bytes | None:
        """One query."""
        found: bytes | None = self._connection.execute(_LEAF, {"idx": idx}).scalar()
        return found

    def roots(self) -> list[tuple[int, str, bytes]]:
        """The tree's own, and that of every checkpoint."""
        now = store.tree(self._connection)
        c = checkpoint_table.c
        signed = self._connection.execute(select(c.size, c.root).order_by(c.size))
        return sorted([(now.size, "trace_tree", now.root), *((row.size, "checkpoint", row.root) for row in signed)])

    def tails(self) -> Iterator[Tail]:
        """Every row of ``trace_stream``."""
        for page in self._pages("SELECT stream, last_seq, last_leaf, last_at, closed FROM trace_stream"):
            for stream, seq, leaf, at, closed in page:
                yield Tail(stream, seq, bytes(leaf), at, bool(closed))

    def blob(self, sha256_hex: str) -> bytes:
        """From the vault."""
        return self._vault.read(sha256_hex)

    def left_out(self, sha256_hex: str) -> bool:
        """The vault holds every file."""
        return False

    def private(self, hidden: Hidden) -> Mapping[str, Any] | None:
        """Out of what is kept under the subjects' keys; what does not open is named by `faults`."""
        try:
            return self._subjects.revealed(self._connection, hidden)
        except SunlitError:
            return None

    def faults(self, tiles: list[bytes]) -> Iterable[tuple[str, str, str]]:
        """Entries between queue and tree, tiles, checkpoints; to be asked for after `streams` and `leaves` were read."""
        yield from self._found
        if self._unplaced:
            for stream, seq in self._connection.execute(text(_LOST)):
                yield "INCLUSION_BAD", f"{stream} {seq}", "is neither in the tree nor in the queue"
        if self._entries - self._unplaced != self._connection.execute(_PLACES).scalar_one():
            gone = [(idx, bytes(leaf)) for idx, leaf in self._connection.execute(text(_ORPHAN))]
            known = self._whose({base64(leaf) for _, leaf in gone})
            for idx, leaf in gone:
                name = known.get(base64(leaf), "which nothing names any more")
                yield "BODY_MISSING", f"entry {idx}", f"the event of this position is gone: {name}"
        yield from self._tile_faults(tiles)
        yield from self._note_faults()
        yield from self._subjects.faults(self._connection)

    def _whose(self, leaves: set[str]) -> dict[str, str]:
        """Stream and number of events that are gone, by leaf in base64, as the event behind or the end of the stream says."""
        found = {}
        for stream, seq, body in chain.from_iterable(self._pages("SELECT stream, seq, body FROM trace_event")):
            prev = _PREV.search(bytes(body))
            if prev and (leaf := prev[1].decode()) in leaves:
                found[leaf] = f"{stream} {seq - 1}"
        for end in self.tails():
            if (leaf := base64(end.leaf)) in leaves:
                found[leaf] = f"{end.stream} {end.seq}"
        return found

    @cached_property
    def _stepped(self) -> tuple[int, int]:
        """What is to be added to a number for the position, and how many positions there are; (0, 0) where each is looked up."""
        found = self._connection.execute(text(_STEP)).one_or_none() if self._embedded else None
        return (0, 0) if found is None else (found[0], found[1])

    def withheld(self) -> int:
        """None: the store holds every opening."""
        return 0

    def _counted(self, pages: Iterator[list[tuple[Any, ...]]]) -> Iterator[list[tuple[Any, ...]]]:
        """Pages of entries as they are, counted on their way."""
        for page in pages:
            self._entries += len(page)
            self._unplaced += [row[IDX] for row in page].count(None)
            yield page

    def _pages(self, statement: str) -> Iterator[list[tuple[Any, ...]]]:
        """Rows by the driver's own cursor: a million of them cost half as much, and only a page is in memory."""
        raw: Any = self._connection.connection.driver_connection
        cursor = raw.cursor() if self._embedded else raw.cursor(name=f"replay_{len(statement)}")
        cursor.arraysize = size = 8 * WIDTH  # some 2 MiB: the driver and the follower push each other out of the cache
        try:
            cursor.execute(statement)
            while page := cursor.fetchmany(size):
                yield page
        finally:
            if not self._connection.closed:  # a reader that gave up may be let go of later than its connection
                cursor.close()

    def _tile_faults(self, hashes: list[bytes]) -> Iterator[tuple[str, str, str]]:
        t = tile_table.c
        level = 1
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
        """One query, a look-up for each key."""
        width, names, flags = self._shape(table)
        others, found = (
            names[width:],
            self._connection.exec_driver_sql(self._statement(table, len(keys)), tuple(part for key in keys for part in key)),
        )
        return {
            tuple(row[:width]): {
                name: bool(v) if name in flags else v for name, v in zip(others, row[width:], strict=True) if v is not None
            }
            for row in found
        }

    def _shape(self, table: str) -> tuple[int, tuple[str, ...], frozenset[str]]:
        """Number of key columns, all columns with these first, and those that are truth values."""
        declared = METADATA.tables[table]
        keys = self.keys(table)
        others = tuple(c.name for c in declared.columns if c.name not in keys)
        return len(keys), keys + others, frozenset(c.name for c in declared.columns if isinstance(c.type, Boolean))

    def _statement(self, table: str, count: int) -> str:
        # The keys lead the join: the tuple form of IN makes SQLite read the whole table.
        quote = self._connection.dialect.identifier_preparer.quote
        mark = "?" if self._connection.dialect.paramstyle == "qmark" else "%s"
        width, names, _ = self._shape(table)
        row = f"({', '.join([mark] * width)})"
        columns = ", ".join(f"t.{quote(name)}" for name in names)
        same = " AND ".join(f"t.{quote(name)} = k.k{n}" for n, name in enumerate(names[:width]))
        heads = ", ".join(f"k{n}" for n in range(width))
        return (
            f"WITH k ({heads}) AS (VALUES {', '.join([row] * count)}) "  # noqa: S608  (declared names, values bound)
            f"SELECT {columns} FROM k CROSS JOIN {quote(table)} t WHERE {same}"
        )

    def count(self, table: str) -> int:
        """One query."""
        return self._connection.execute(select(func.count()).select_from(METADATA.tables[table])).scalar_one()

    def all_keys(self, table: str) -> Iterator[tuple[Any, ...]]:
        """One query."""
        for row in self._connection.execute(select(*METADATA.tables[table].primary_key.columns)):
            yield tuple(row)
