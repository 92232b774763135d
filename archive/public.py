"""What anybody may read of the log: its newest checkpoint, its entries, and the openings that are disclosed.

Nothing beyond the newest stored checkpoint is shown, since nothing beyond it is promised; of a withheld entry
only what stands in the tree.  A stream is shown by its disclosed entries alone: a hole would count what is hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, func, select

from archive import merkle
from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.database import disclosed_table, event_table, index_table
from archive.entry import opening
from archive.errors import Missing
from archive.ledger import tree
from archive.notes import parse_note
from archive.tileformat import WIDTH, tile_path, write_bundle

_E, _I, _D = event_table.c, index_table.c, disclosed_table.c
_COLUMNS = (_I.idx, _I.leaf, _E.id, _E.entry, _E.body, _E.salt, _D.eid.label("shown"))


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint as text with its signatures, and what it says."""

    note: bytes
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry: index, leaf hash, the 61 bytes; id, body and opening only where they are disclosed."""

    index: int
    leaf: bytes
    entry: bytes
    id: str = ""
    body: bytes = b""
    opening: bytes = b""


def newest(db: Connection) -> Published | None:
    """The checkpoint of the greatest size, None while there is none."""
    last = tree.latest(db)
    return None if last is None else _published(tree.note_of(db, last.size) or b"")


def retained(db: Connection, size: int) -> Published:
    """The checkpoint of one size.

    Raises:
        Missing: ``log.checkpoint``.
    """
    note = tree.note_of(db, size)
    if note is None:
        raise Missing("log.checkpoint", size=size)
    return _published(note)


def entries(db: Connection, first: int, end: int) -> tuple[Shown, ...]:
    """Entries by index, from ``first`` to before ``end``."""
    found = db.execute(_joined().where(_I.idx >= first, _I.idx < end).order_by(_I.idx))
    return tuple(map(_shown, found))


def entry(db: Connection, index: int, size: int) -> Shown:
    """One entry of a log of ``size``.

    Raises:
        Missing: ``log.entry`` when the log has none there.
    """
    row = db.execute(_joined().where(_I.idx == index)).one_or_none() if 0 <= index < size else None
    if row is None:
        raise Missing("log.entry", index=index, size=size)
    return _shown(row)


def stream(db: Connection, name: str, size: int, page: int, many: int) -> tuple[int, tuple[Shown, ...]]:
    """How many disclosed entries of a stream there are, and one page of them (from 1), newest first."""
    wanted = _joined().where(_E.stream == name, _D.eid.is_not(None), _I.idx < size)
    total = db.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
    found = db.execute(wanted.order_by(_I.idx.desc()).limit(many).offset((page - 1) * many))
    return total, tuple(map(_shown, found))


def path(db: Connection, index: int, size: int) -> Sequence[bytes]:
    """The inclusion proof of an entry in the tree of ``size``."""
    return merkle.inclusion(index, size, tree.Hashes(db).hash_of)


def consistency(db: Connection, old: int, new: int) -> Sequence[bytes]:
    """The proof that the tree of ``new`` extends that of ``old``.

    Raises:
        Missing: ``log.checkpoint`` for sizes that are not in order or not there.
    """
    last = tree.latest(db)
    if last is None or not 0 <= old <= new <= last.size:
        raise Missing("log.checkpoint", size=max(old, new))
    return merkle.consistency(old, new, tree.Hashes(db).hash_of)


def _joined() -> Select[tuple[int, bytes, str, bytes, bytes, bytes, int]]:
    joined = select(*_COLUMNS).join(event_table, _E.eid == _I.eid).outerjoin(disclosed_table, _D.eid == _E.eid)
    return joined.select_from(index_table)


def _shown(row: Row[tuple[int, bytes, str, bytes, bytes, bytes, int]]) -> Shown:
    if row.shown is None:
        return Shown(row.idx, row.leaf, row.entry)
    return Shown(row.idx, row.leaf, row.entry, row.id, row.body, opening(row.salt, row.body))


def _published(note: bytes) -> Published:
    return Published(note, parse_checkpoint(parse_note(note).text))


def tile(db: Connection, level: int, n: int, width: int, size: int) -> bytes:
    """The hashes of a tile of the tree of ``size``, its first ``width``.

    Raises:
        Missing: ``log.tile`` where a log of that size has none such.
    """
    if not 1 <= width <= min(WIDTH, size // WIDTH**level - n * WIDTH):
        raise Missing("log.tile", path=tile_path(level, n, width))
    return b"".join(tree.Hashes(db).tile(level, n)[:width])


def bundle(db: Connection, n: int, width: int, size: int) -> bytes:
    """The entries of a bundle of the log of ``size``, its first ``width``.

    Raises:
        Missing: ``log.tile``.
    """
    if not 1 <= width <= min(WIDTH, size - n * WIDTH):
        raise Missing("log.tile", path=tile_path("entries", n, width))
    wanted = select(_E.entry).join(index_table, _I.eid == _E.eid).where(_I.idx >= n * WIDTH, _I.idx < n * WIDTH + width)
    return write_bundle(list(db.execute(wanted.order_by(_I.idx)).scalars()))
