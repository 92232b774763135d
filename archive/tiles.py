"""Publishing the log as static files: tiles, bundles, openings, blobs and last of all the checkpoint (trace-log 1.2, 5.5).

Everything that a checkpoint implies is durable before ``checkpoint`` names it.  A crash leaves files that the next
run writes again, byte for byte, and an older checkpoint that all of them contain.

When to publish, and which size, is for `archive.publishing` to say.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, select, update

from archive import entry
from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.database import anchor_table, blob_table, checkpoint_table, disclosed_table, event_table, index_table, reading
from archive.envelope import RESTRICTED
from archive.errors import Damaged, Missing
from archive.ledger import Ledger, safekeeping
from archive.ledger.safekeeping import MARGIN, PUBLIC
from archive.ledger.tree import Hashes, note_of
from archive.merkle import EMPTY_ROOT, root_from
from archive.notes import parse_note
from archive.shelves import Shelf
from archive.tileformat import WIDTH, blob_path, body_path, tile_path, widths, write_bundle
from archive.values import DAY, Instant
from archive.vault import Vault

_E, _I, _D = event_table.c, index_table.c, disclosed_table.c
_OPENINGS = select(_I.idx, _I.eid, _E.salt, _E.body).join(event_table, _E.eid == _I.eid)


class Publisher:
    """Publishes one log on one shelf.

    With ``everything`` the shelf is the escrow's and gets every opening at once; else it is the public's.  Without
    ``blobs`` the files that openings name stay in the vault alone.
    """

    def __init__(self, ledger: Ledger, shelf: Shelf, vault: Vault, *, everything: bool = False, blobs: bool = True) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._vault = vault
        self._everything = everything
        self._blobs = blobs
        self._retained: int | None = None
        self._anchored: set[str] = set()
        self._kept: dict[str, bytes] = {}  # digests of what was replaced in this process, so that it is not written again

    def publish(self, *, retain: bool = False) -> int:
        """Bring the shelf up to the tree as it stands; the published size.

        ``retain`` keeps this checkpoint under ``checkpoints/`` too: at legal steps; the first of a day is kept anyway.

        Raises:
            Damaged: ``ledger.fork`` when the published checkpoint is not one of this log's past, such as after the
                database was restored from a backup; nothing is published.
        """
        return self.show(self._ledger.checkpoint(), retain=retain)

    def show(self, note: bytes, *, retain: bool = False) -> int:
        """Bring the shelf up to a signed checkpoint of this log, and let ``checkpoint`` name it last; its size.

        Raises:
            Damaged: ``ledger.fork`` as `publish`, also when a greater size is published already.
        """
        published, now = self.published(), self._ledger.clock()
        size = parse_checkpoint(parse_note(note).text).size
        with reading(self._ledger.engine) as connection:
            self.extends(connection, published, size)
        self.stage(published.size, size)
        if retain or self._retained != now // DAY:
            self._shelf.replace(f"checkpoints/{size}", note)
            self._retained = now // DAY
        self._shelf.replace("checkpoint", note)
        if not self._everything:
            self._mark(size, now)
        return size

    def stage(self, old: int, size: int) -> None:
        """Make durable what a log of ``size`` has beyond one of ``old``, openings that were disclosed meanwhile included."""
        with reading(self._ledger.engine) as connection:
            self.stage_on(connection, old, size)
            self._anchors(connection, size)

    def stage_on(self, connection: Connection, old: int, size: int) -> None:
        """Tiles and openings of `stage`, as the caller's transaction sees them."""
        self._shelf.create(self._tiles(connection, old, size))
        self._shelf.create(self._openings(connection, old, size))
        if self._everything:
            self._safekeep(connection, old, size)

    def _safekeep(self, connection: Connection, old: int, size: int) -> None:
        for path, raw in safekeeping.files(connection, self._ledger, old, size):
            if self._kept.get(path) != sha256(raw).digest():
                self._shelf.replace(path, raw)
                self._kept[path] = sha256(raw).digest()

    def published(self) -> Checkpoint:
        """The tree that ``checkpoint`` on the shelf names; the empty one if there is none."""
        try:
            note = b"".join(self._shelf.chunks("checkpoint"))
        except Missing:
            return Checkpoint(self._ledger.origin, 0, EMPTY_ROOT)
        return parse_checkpoint(parse_note(note).text)

    def extends(self, connection: Connection, published: Checkpoint, size: int) -> None:
        """Refuse a tree of ``size`` that does not begin with a published one.

        Raises:
            Damaged: ``ledger.fork``.
        """
        same = published.size <= size and root_from(0, published.size, Hashes(connection).hash_of) == published.root
        if not same or published.origin != self._ledger.origin:
            raise Damaged("ledger.fork", signed=published.size, size=size)

    def _tiles(self, connection: Connection, old: int, size: int) -> Iterator[tuple[str, bytes]]:
        """Full tiles since ``old``, and the partial ones of every size that was signed since."""
        hashes = Hashes(connection)
        for level, full, _ in widths(size):
            for n in range(old >> 8 * (level + 1), full):
                yield from self._tile(connection, hashes, level, n, WIDTH)
        c = checkpoint_table.c.size
        signed = connection.execute(select(c).where(c > old, c < size).order_by(c)).scalars()
        for between in (*signed, size):
            for level, full, partial in widths(between):
                if partial:
                    yield from self._tile(connection, hashes, level, full, partial)

    def _tile(self, connection: Connection, hashes: Hashes, level: int, n: int, width: int) -> Iterator[tuple[str, bytes]]:
        yield tile_path(level, n, width), b"".join(hashes.tile(level, n)[:width])
        if level == 0:
            first = n * WIDTH
            wanted = select(_E.entry).join(index_table, _I.eid == _E.eid).where(_I.idx >= first, _I.idx < first + width)
            yield tile_path("entries", n, width), write_bundle(connection.execute(wanted.order_by(_I.idx)).scalars().all())

    def _openings(self, connection: Connection, old: int, size: int) -> Iterator[tuple[str, bytes]]:
        """Openings that may not be on the shelf yet; what each names is there before it."""
        new = _OPENINGS.where(_I.idx >= old, _I.idx < size)
        if not self._everything:
            new = new.join(disclosed_table, _D.eid == _I.eid)
        yield from self._opened(connection, new)
        if not self._everything and old:
            # Public ones were there with their checkpoint; these were hidden then.
            since = connection.execute(select(checkpoint_table.c.published_at).where(checkpoint_table.c.size == old)).scalar()
            late = _OPENINGS.join(disclosed_table, _D.eid == _I.eid).where(_I.idx < old, _D.at >= (since or 0) - MARGIN)
            yield from self._opened(connection, late.where(_D.reason != PUBLIC))

    def _opened(self, connection: Connection, wanted: Select[*tuple[Any, ...]]) -> Iterator[tuple[str, bytes]]:
        for idx, eid, salt, body in connection.execute(wanted.order_by(_I.idx)).all():
            if self._blobs:
                named = select(blob_table.c.sha256).where(blob_table.c.eid == eid)
                if not self._everything:
                    named = named.where(~blob_table.c.mt.endswith(RESTRICTED))
                for sha256 in connection.execute(named).scalars().all():
                    self._blob(sha256)
            yield body_path(idx), entry.opening(salt, body)

    def _blob(self, sha256: str) -> None:
        path = blob_path(sha256)
        if self._shelf.size(path) is None:
            with self._shelf.spool() as spooled:
                for piece in self._vault.open(sha256):
                    spooled.write(piece)
                self._shelf.keep(spooled, path)

    def _anchors(self, connection: Connection, size: int) -> None:
        a = anchor_table.c
        for of, kind in connection.execute(select(a.size, a.kind).where(a.size <= size)).all():
            path = f"anchor/{of}/{kind}.tsr"
            if path not in self._anchored and self._shelf.size(path) is None:
                token = connection.execute(select(a.token).where(a.size == of, a.kind == kind)).scalar_one()
                self._shelf.replace(f"checkpoints/{of}", note_of(connection, of) or b"")
                self._shelf.create([(path, token)])
            self._anchored.add(path)

    def _mark(self, size: int, now: Instant) -> None:
        c = checkpoint_table.c
        with self._ledger.engine.begin() as connection:
            connection.execute(update(checkpoint_table).where(c.size == size, c.published_at.is_(None)).values(published_at=now))
