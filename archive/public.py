"""What anybody may read of the log in the database: its entries, and the openings that are disclosed.

The caller says up to which size: that of the published checkpoint, since nothing beyond it is promised.  Of a
withheld entry there is only what stands in the tree.  A stream is shown by its disclosed entries alone: a hole would
count what is hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, func, select

from archive import merkle
from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.database import anchor_table, blob_table, checkpoint_table, disclosed_table, event_table, index_table
from archive.entry import opening
from archive.errors import Missing
from archive.heads import STREAM
from archive.ledger import tree
from archive.notes import parse_note

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
    """The stored checkpoint of the greatest size, None while there is none."""
    size = db.execute(select(func.max(checkpoint_table.c.size))).scalar()
    return None if size is None else published(tree.note_of(db, size) or b"")


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


def naming(db: Connection, name: str, sha256: str) -> tuple[int, dict[str, str]] | None:
    """The first disclosed entry of a stream that names a blob: its index, and by media type the other blobs it names."""
    b = blob_table.c
    wanted = select(_I.idx, _E.eid).join_from(index_table, event_table, _E.eid == _I.eid).join(disclosed_table, _D.eid == _E.eid)
    wanted = wanted.join(blob_table, b.eid == _E.eid).where(_E.stream == name, b.sha256 == sha256)
    found = db.execute(wanted.order_by(_I.idx).limit(1)).first()
    if found is None:
        return None
    others = db.execute(select(b.mt, b.sha256).where(b.eid == found.eid, b.sha256 != sha256).order_by(b.sha256))
    return found.idx, {row.mt: row.sha256 for row in others}


def path(db: Connection, index: int, size: int) -> Sequence[bytes]:
    """The inclusion proof of an entry in the tree of ``size``."""
    return merkle.inclusion(index, size, tree.Hashes(db).hash_of)


def token(db: Connection, size: int, kind: str) -> bytes | None:
    """The token of a time-stamp authority over the checkpoint of a size."""
    a = anchor_table.c
    return db.execute(select(a.token).where(a.size == size, a.kind == kind)).scalar()


def heads(db: Connection, size: int) -> tuple[str, int] | None:
    """Id and index of the newest heads event in a log of ``size`` (trace-log 5.6); None where there is none."""
    wanted = select(_E.id, _I.idx).join(index_table, _I.eid == _E.eid).where(_E.stream == STREAM, _I.idx < size)
    row = db.execute(wanted.order_by(_E.seq.desc()).limit(1)).one_or_none()
    return None if row is None else (row.id, row.idx)


def _joined() -> Select[tuple[int, bytes, str, bytes, bytes, bytes, int]]:
    joined = select(*_COLUMNS).join(event_table, _E.eid == _I.eid).outerjoin(disclosed_table, _D.eid == _E.eid)
    return joined.select_from(index_table)


def _shown(row: Row[tuple[int, bytes, str, bytes, bytes, bytes, int]]) -> Shown:
    if row.shown is None:
        return Shown(row.idx, row.leaf, row.entry)
    return Shown(row.idx, row.leaf, row.entry, row.id, row.body, opening(row.salt, row.body))


def published(note: bytes) -> Published:
    """A signed note of this log's own.

    Raises:
        Fault: ``NOTE_BAD``.
    """
    return Published(note, parse_checkpoint(parse_note(note).text))
