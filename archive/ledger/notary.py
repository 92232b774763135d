"""The notary signs checkpoints, gathers cosignatures and hands out receipts.

A checkpoint is signed only after its root has been computed twice and extends the last (`archive.ledger.tree`).
A crash between signing and storing leaves an unpublished note over the same tree: nothing to mend.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from archive import entry, merkle, proofs
from archive.checkpoints import Checkpoint, line_time, parse_checkpoint
from archive.database import anchor_table, checkpoint_table, cosig_table, event_table, index_table, reading
from archive.errors import Busy, Invalid, Missing
from archive.ledger import store, tree
from archive.ledger.signers import Signers
from archive.notes import Line, write_note
from archive.values import SECOND, Instant
from archive.vkeys import ED25519, Key


class Notary:
    """Signs for one log under its origin."""

    def __init__(
        self,
        engine: Engine,
        signers: Signers,
        origin: str,
        clock: Callable[[], Instant],
        turn: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._engine = engine
        self._signers = signers
        self._origin = origin
        self._clock = clock
        self._turn = turn
        self.before: Callable[[Connection, int], None] | None = None
        """Makes a tree of this size durable outside the database; called before anything is signed over it."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """The log's verifier keys that are valid now, Ed25519 first."""
        return self._signers.keys

    @property
    def ever(self) -> tuple[Key, ...]:
        """Every verifier key of the log, past ones included: what its stored checkpoints are checked against."""
        return self._signers.ever

    def signed_text(self, text: str) -> bytes:
        """Another text than a checkpoint as a note, signed by the Ed25519 keys that are valid now.

        Raises:
            Invalid: ``ledger.text`` when somebody could read it as a checkpoint: it must begin as a comment.
        """
        if not text.startswith("# ") or not text.endswith("\n"):
            raise Invalid("ledger.text", text=text[:40])
        with reading(self._engine) as connection:
            signers = self._signers.look(connection)
        return write_note(text, [signer.line(text) for signer in signers if signer.key.type == ED25519])

    def checkpoint(self) -> bytes:
        """The note over the tree as it stands with every line it has, signed now if there is none of this size.

        Raises:
            Damaged: ``ledger.root`` or ``ledger.fork``; nothing was signed.
        """
        try:
            with self._turn(), self._engine.begin() as connection:
                return self._checkpoint(connection)
        except IntegrityError:  # another process signed the same size meanwhile: its note stands
            with self._engine.connect() as connection:
                return tree.note_of(connection, store.tree(connection).size) or self.checkpoint()

    def _checkpoint(self, connection: Connection) -> bytes:
        now = store.tree(connection, lock=True)
        known = tree.note_of(connection, now.size)
        if known is not None:
            return known
        tree.prove(connection, now)
        if self.before is not None:
            self.before(connection, now.size)
        moment = self._clock()
        text = Checkpoint(self._origin, now.size, now.root).text
        note = write_note(text, [signer.line(text, moment // SECOND) for signer in self._signers.look(connection)])
        row = {"size": now.size, "root": now.root, "note": note.decode(), "signed_at": moment}
        connection.execute(insert(checkpoint_table), row)
        return note

    def cosigned(self, size: int, lines: Iterable[tuple[Key, Line]]) -> int:
        """Keep cosignatures over the checkpoint of ``size``, a later one of a key in place of an earlier; how many verified.

        Raises:
            Missing: ``ledger.checkpoint`` when there is none of that size.
        """
        t, n = cosig_table.c, 0
        with self._turn(), self._engine.begin() as connection:
            note = tree.note_of(connection, size)
            if note is None:
                raise Missing("ledger.checkpoint", size=size)
            text = note.decode().rpartition("\n\n")[0] + "\n"
            for key, line in lines:
                if not line.claims(key) or line_time(key, text, line.signature) is None:
                    continue
                n += 1
                here = (t.size == size) & (t.key == key.label)
                if connection.execute(update(cosig_table).where(here).values(line=line.text)).rowcount == 0:
                    connection.execute(insert(cosig_table).values(size=size, key=key.label, line=line.text))
        return n

    def prune(self, after: int, below: int, before: Instant, retained: Callable[[int], bool], limit: int = 1000) -> int:
        """Drop the cosignatures of superseded checkpoints; the size up to which it is done.

        Looked at are at most ``limit`` checkpoints of sizes in (after, below) that were signed before a moment.  One
        that is anchored, or that ``retained`` wants, keeps its lines; the log's own lines are never dropped.
        """
        c, a = cosig_table.c, anchor_table.c
        old = select(checkpoint_table.c.size).where(checkpoint_table.c.size == c.size, checkpoint_table.c.signed_at < before)
        anchored = select(a.size).where(a.size == c.size)
        wanted = select(c.size).distinct().where(c.size > after, c.size < below, old.exists(), ~anchored.exists())
        with reading(self._engine) as connection:
            sizes = connection.execute(wanted.order_by(c.size).limit(limit)).scalars().all()
        gone = [size for size in sizes if not retained(size)]
        if gone:
            with self._turn(), self._engine.begin() as connection:
                connection.execute(delete(cosig_table).where(c.size == bindparam("of")), [{"of": size} for size in gone])
        return sizes[-1] if sizes else after

    def receipt(self, event_id: str) -> bytes:
        """The receipt of an entry: a proof file that opens it (trace-log 1.7), under the checkpoint with most cosignatures.

        Raises:
            Missing: ``ledger.event`` for an unknown id.
            Busy: ``ledger.pending`` while it has no position yet.
        """
        for _ in range(2):
            with reading(self._engine) as connection:
                idx, opening = located(connection, event_id)
                best = self.best(connection, idx)
                if best is not None:
                    return self._proof(connection, idx, best, tree.note_of(connection, best) or b"", opening)
            self.checkpoint()
        raise Busy("ledger.pending", id=event_id)

    def receipt_under(self, event_id: str, note: bytes) -> bytes:
        """The receipt of an entry under a given note of this log, such as the checkpoint of a pack.

        Raises:
            Invalid: ``ledger.note`` when the note's tree is not one of this log's with that entry in it.
        """
        wanted = parse_checkpoint(note.decode().rpartition("\n\n")[0] + "\n")
        with reading(self._engine) as connection:
            idx, opening = located(connection, event_id)
            now = store.tree(connection)
            if wanted.origin != self._origin or not idx < wanted.size <= now.size:
                raise Invalid("ledger.note", size=wanted.size, index=idx)
            return self._proof(connection, idx, wanted.size, note, opening)

    def best(self, connection: Connection, idx: int) -> int | None:
        """Size of the checkpoint with most cosignatures that covers an entry, None while there is none.

        Lines are pruned and checkpoints are not, so the many without lines are not gone through.
        """
        size, every = cosig_table.c.size, checkpoint_table.c.size
        wanted = select(size).where(size > idx).group_by(size).order_by(func.count().desc(), size.desc()).limit(1)
        found: int | None = connection.execute(wanted).scalar()
        if found is None:
            found = connection.execute(select(func.max(every)).where(every > idx)).scalar()
        return found

    def _proof(self, connection: Connection, idx: int, size: int, note: bytes, opening: bytes) -> bytes:
        path = merkle.inclusion(idx, size, tree.Hashes(connection).hash_of)
        return proofs.write_proof(idx, path, note, opening)


def located(connection: Connection, event_id: str) -> tuple[int, bytes]:
    """Index and opening of an entry.

    Raises:
        Missing, Busy: as `Notary.receipt`.
    """
    e = event_table.c
    wanted = select(e.body, e.salt, index_table.c.idx).outerjoin(index_table, index_table.c.eid == e.eid).where(e.id == event_id)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise Missing("ledger.event", id=event_id)
    if row.idx is None:
        raise Busy("ledger.pending", id=event_id)
    return row.idx, entry.opening(row.salt, row.body)
