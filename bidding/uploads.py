"""Uploads of ciphertext: whole leaves in, a checked root out.

A body of an envelope goes up as anonymous bytes, any time before the deadline, over as many requests
as the line needs.  Only whole, checked leaves are kept (leaf 0 is 1,049,656 bytes, every further one
1,049,600, the last one shorter), so the offset always stands on a leaf boundary and a broken request
loses at most one leaf.  No name, type or bidder is stored.  The rows are working data, not business
state: they are not traced, and what counts is the body's root in the submitted envelope.  An upload that nobody
goes on with and no submission names is dropped in time, bytes and all; one that a submission names stays, counts in
nobody's quota and cannot be taken back.  Naming and dropping both write the upload's row, so that of the two at once one
comes second and sees the first.

What is not whole yet lies in a folder (`bidding.parts`).  A whole body is ``body/<id>`` on the vault's shelf, under a name
that no other file can have: it is dropped without asking who else has the same bytes.  Its root is what its bytes are held
against, whenever they are read.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    String,
    Text,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from archive.database import reading, table
from archive.errors import Conflict, Invalid, Missing, TooLarge
from archive.shelves import Shelf
from archive.tileformat import blob_path
from archive.values import DAY, HOUR, SECOND, Instant
from bidding.envelopes import TOGETHER, body_table
from bidding.parts import Parts
from bidding.sealing.envelope import HEADER, SEALED_CHUNK

KEEP: Instant = 72 * HOUR
"""An unfinished upload is kept this long after its last byte."""

WHOLE: Instant = 30 * DAY
"""A whole one that no submission names: it may go up when a tender opens and be handed in on its last day."""

MARGIN: Instant = HOUR
"""What a submission found unexpired is still there when it is recorded: the sweep comes this much later."""

NAMED: Instant = 253_402_300_799 * SECOND
"""When one that a submission named expires: never, which is the end of the year 9999."""

GONE: Instant = 0
"""When one that is being dropped did: its row goes when its bytes have gone, so that a crash leaves none behind."""

upload_table = table(
    "upload",
    Column("id", String(32), primary_key=True),
    Column("account", String(80), nullable=False, index=True),
    Column("length", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("root", String(64), nullable=False, index=True),
    Column("origin", Text, nullable=False, server_default=""),
)
_NAMED = exists().where(body_table.c.root == upload_table.c.root)


@dataclass(frozen=True, slots=True)
class Upload:
    """What a client may know of its upload; ``root`` (hex) is empty until it is whole."""

    id: str
    length: int
    offset: int
    expires_at: Instant
    root: str


@dataclass(frozen=True, slots=True)
class Body:
    """A whole one: where it is on the shelf, and its length in bytes."""

    path: str
    length: int


class Uploads:
    """The store of unfinished and finished uploads; several web processes may share its folder."""

    def __init__(
        self, engine: Engine, shelf: Shelf, folder: Path, random: Callable[[int], bytes], *, quota: int, largest: int
    ) -> None:
        """``shelf`` is the vault's, ``folder`` for what is not whole yet."""
        self._engine = engine
        self._shelf = shelf
        self._parts = Parts(folder)
        self._random = random
        self._quota = quota
        self._largest = largest

    def create(self, account: str, length: int, now: Instant, origin: str = "") -> Upload:
        """Room for ``length`` bytes of ciphertext; ``origin`` tells where it comes from, in the caller's own words.

        Raises:
            Invalid: ``upload.length`` when no sealed body has that length.
            TooLarge: ``upload.too-large`` or, over the account's quota, ``upload.quota``.
        """
        if length < HEADER + 16 or (length - HEADER) % SEALED_CHUNK < 16:
            raise Invalid("upload.length", length=length)
        if length > self._largest:
            raise TooLarge("upload.too-large", length_bytes=length, limit_bytes=self._largest)
        made = Upload(self._random(16).hex(), length, 0, now + KEEP, "")
        with self._engine.begin() as db:
            c = upload_table.c
            held = select(func.coalesce(func.sum(c.length), 0)).where(c.account == account, c.expires_at > now, ~_NAMED)
            used = db.execute(held).scalar_one()
            if used + length > self._quota:
                raise TooLarge("upload.quota", used_bytes=int(used), length_bytes=length, quota_bytes=self._quota)
            row = {
                "id": made.id,
                "account": account,
                "length": length,
                "expires_at": made.expires_at,
                "sha256": "",
                "root": "",
                "origin": origin,
            }
            db.execute(insert(upload_table).values(row))
            self._parts.begin(made.id)
        return made

    def get(self, id: str, account: str) -> Upload:
        """Where an upload stands.

        Raises:
            Missing: ``upload.none``; another account's upload is as missing as none.
            Conflict: ``upload.locked`` while it is being finished.
        """
        with reading(self._engine) as db:
            found = self._read(db, id, account)
        if found.root or found.offset < found.length:
            return found
        with self._parts.writing(id):  # whole, and its process died before it was written down
            return self._finish(found, found.expires_at - KEEP)

    def append(
        self, id: str, account: str, offset: int, body: Iterable[bytes], now: Instant, checksum: bytes | None = None
    ) -> Upload:
        """Take whole leaves from ``body``; bytes after the last whole leaf are dropped.

        With ``checksum`` (SHA-256 of this request's body) nothing is kept unless it agrees.

        Raises:
            Missing: ``upload.none``.  Conflict: ``upload.offset`` when the client is out of step, ``upload.locked``
                while another request writes to it, in whatever process.
            Invalid: ``upload.checksum``, ``upload.part-leaf`` (not one whole leaf), ``upload.over`` (past the length).
        """
        state = self.get(id, account)
        if offset != state.offset or state.root:
            raise Conflict("upload.offset", offset=state.offset, sent=offset)
        with self._parts.writing(id) as part:
            now_at = self._parts.offset(id, state.length)
            if now_at != offset:
                raise Conflict("upload.offset", offset=now_at, sent=offset)
            self._change(id, expires_at=now + KEEP)  # before its bytes come: nothing sweeps it away under the request
            at = self._parts.take(part, id, state.length, offset, body, checksum)
            if at == state.length:
                return self._finish(state, now)
        return Upload(id, state.length, at, now + KEEP, "")

    def _change(self, id: str, **values: Instant | str) -> None:
        """Write to the row of an upload that is not being dropped."""
        c = upload_table.c
        with self._engine.begin() as db:
            if not db.execute(update(upload_table).where(c.id == id, c.expires_at > GONE).values(values)).rowcount:
                raise Missing("upload.none")

    def terminate(self, id: str, account: str) -> None:
        """Forget an upload.

        Raises:
            Missing: ``upload.none``.  Conflict: ``upload.named`` when a submission names it: it is withdrawn by a submission.
        """
        self.get(id, account)
        c = upload_table.c
        if not self._drop(c.id == id, c.expires_at < NAMED):
            raise Conflict("upload.named")

    def locate(self, root: str) -> Body | None:
        """The stored ciphertext of that root (hex)."""
        return self.located([root]).get(root)

    def located(self, roots: Sequence[str]) -> dict[str, Body]:
        """`locate` for many roots; those that are not stored are left out."""
        c, found = upload_table.c, dict[str, Body]()
        with reading(self._engine) as db:
            for at in range(0, len(roots), TOGETHER):
                wanted = select(c.root, c.id, c.sha256, c.length).where(c.root.in_(roots[at : at + TOGETHER]))
                found |= {row.root: Body(_place(row.id, row.sha256), row.length) for row in db.execute(wanted)}
        return found

    def there(self, body: Body) -> bool:
        """Whether the shelf has as many bytes as it should."""
        return self._shelf.size(body.path) == body.length

    def pieces(self, body: Body) -> Iterator[bytes]:
        """The bytes of a whole body, piece by piece; not verified, since whoever reads it has its root.

        Raises:
            Missing: ``shelf.file``.
        """
        return self._shelf.chunks(body.path)

    def whole(self, db: Connection, bodies: Iterable[tuple[str, int]], now: Instant) -> set[str]:
        """Of the bodies, given by root (hex) and length, the roots of those that are here whole and unexpired or named."""
        wanted, c = set(bodies), upload_table.c
        kept = select(c.root, c.length).where(c.root.in_(sorted({r for r, _ in wanted})), or_(c.expires_at > now, _NAMED))
        return {row.root for row in db.execute(kept) if (row.root, row.length) in wanted}

    def keep(self, db: Connection, roots: Iterable[str]) -> None:
        """Keep these bodies for good, in the transaction of the submission that names them.

        Raises:
            Conflict: ``upload.swept`` when one was dropped since the submission found it.
        """
        c, wanted = upload_table.c, set(roots)
        named = update(upload_table).where(c.root.in_(sorted(wanted))).values(expires_at=NAMED).returning(c.root)
        if {row.root for row in db.execute(named).all()} != wanted:
            raise Conflict("upload.swept")

    def sweep(self, now: Instant) -> int:
        """Drop what expired and no submission names; how many were dropped."""
        return self._drop(upload_table.c.expires_at <= now - MARGIN)

    def _drop(self, *which: ColumnElement[bool]) -> int:
        """Drop uploads that no submission names: first they cannot be named any more, then bytes go, then rows."""
        c = upload_table.c
        with self._engine.begin() as db:
            gone = update(upload_table).where(*which, ~_NAMED).values(expires_at=GONE, root="").returning(c.id)
            ids = [row.id for row in db.execute(gone).all()]
        for id in ids:
            self._parts.drop(id)
            self._shelf.remove(_place(id))
            with self._engine.begin() as db:
                db.execute(delete(upload_table).where(c.id == id))
        return len(ids)

    def origins(self, account: str, roots: Collection[str]) -> tuple[str, ...]:
        """Where an account's bodies of these roots came from, each place once, as it was told."""
        c = upload_table.c
        wanted = select(c.origin).where(c.account == account, c.root.in_(roots), c.origin != "")
        with reading(self._engine) as db:
            return tuple(db.execute(wanted.distinct().order_by(c.origin)).scalars())

    def _read(self, db: Connection, id: str, account: str) -> Upload:
        row = db.execute(select(upload_table).where(upload_table.c.id == id, upload_table.c.account == account)).first()
        if row is None or row.expires_at == GONE:
            raise Missing("upload.none")
        offset = row.length if row.root else self._parts.offset(id, row.length)
        return Upload(id, row.length, offset, row.expires_at, row.root)

    def _finish(self, state: Upload, now: Instant) -> Upload:
        """On to the shelf, with its root; the part goes last, so that after a crash this can begin again."""
        root, expires_at = self._parts.root(state.id).hex(), now + WHOLE
        self._shelf.adopt(self._parts.path(state.id), _place(state.id))
        self._change(state.id, expires_at=expires_at, root=root)
        self._parts.path(state.id).unlink()
        return Upload(state.id, state.length, state.length, expires_at, root)


def _place(id: str, sha256: str = "") -> str:
    """Where a whole body is on the shelf; one from before bodies had names of their own is among the vault's files, and stays."""
    return blob_path(sha256) if sha256 else f"body/{id}"
