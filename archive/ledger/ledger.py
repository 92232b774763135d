"""`Ledger`: begin, act, state, and what the rest of the house asks of the log."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from archive import database, entry, merkle, proofs
from archive.bodies import Blob, kind_of, kinds
from archive.checkpoints import Checkpoint
from archive.database import checkpoint_table, event_table, index_table
from archive.decider import Decider
from archive.errors import Busy, Damaged, Invalid, Missing
from archive.keys import Keys
from archive.ledger import sequencing, store, tree
from archive.ledger.records import Recorded
from archive.ledger.states import States
from archive.ledger.transaction import Blobs, House, Transaction
from archive.notes import write_note
from archive.values import MINUTE, SECOND, Actor, Instant

LOG = "system/log"
BEHIND: Instant = SECOND  # how far a time may lie before the greatest on record; replay allows a minute
STUCK: Instant = MINUTE


class Ledger:
    """The one writer of a log; safe to share between threads.

    ``clock`` gives the server's time in microseconds, ``random`` so many unpredictable bytes, ``keys`` sign
    under the log's origin, ``release`` names the code that decides.
    """

    def __init__(
        self,
        engine: Engine,
        deciders: Mapping[str, Decider[Any, Any, Any, Any]],
        keys: Keys,
        vault: Blobs,
        clock: Callable[[], Instant],
        random: Callable[[int], bytes],
        origin: str,
        release: str,
        quantum: int = 0,
        tick: int = 0,
    ) -> None:
        self.engine = engine
        self.origin = origin
        self.clock = clock
        self._keys = keys
        self._signers = signers = keys.log(origin)
        self._first = {"epoch": 1, "keys": [s.key.text for s in signers], "origin": origin, "quantum": quantum, "tick": tick}
        self._house = House(kinds(deciders), States(), release, random, vault)
        self._inline = engine.dialect.name == "sqlite"
        self._opened = False
        self._turn = Lock()

    def open(self) -> None:
        """Refuse an unsafe database; write the first entry of a new log.

        Raises:
            Invalid: ``database.unsafe``.
        """
        database.check(self.engine)
        if not self._opened:
            with database.reading(self.engine) as connection:
                known = store.tail(connection, LOG).seq > 0
            if not known:
                with self._transaction(Actor.system("system"), {LOG}, (), None, None, None, None, {}) as tx:
                    if tx.head(LOG).last_seq == 0:
                        tx.note(LOG, "log.opened", {"outcome": self._first})
            self._opened = True

    @contextmanager
    def begin(
        self,
        *,
        actor: Actor,
        write: Collection[str],
        read: Collection[str] = (),
        rx: Instant | None = None,
        key: str | None = None,
        asked: bytes | None = None,
        at: Instant | None = None,
        cause: dict[str, str] | None = None,
    ) -> Iterator[Transaction]:
        """One transaction over the streams to ``write`` and to ``read``, all locked for its whole length.

        ``key`` is the actor's idempotency key: the same acts again give back what is on record, others are
        a `Conflict`; with ``asked`` (the request's bytes) that is compared instead of the commands.  ``at`` stands
        for the clock where time is played; ``rx`` is the arrival of the last byte.

        Raises:
            Refused: as recorded.
            Busy: ``ledger.busy`` when a lock was not had in time, ``ledger.clock`` when the clock lies behind the log.
            Conflict, Damaged, Invalid: see `Transaction`.
        """
        if not self._opened:
            self.open()
        with self._transaction(actor, write, read, rx, key, asked, at, cause or {}) as tx:
            yield tx

    @contextmanager
    def _transaction(
        self,
        actor: Actor,
        write: Collection[str],
        read: Collection[str],
        rx: Instant | None,
        key: str | None,
        asked: bytes | None,
        at: Instant | None,
        cause: dict[str, str],
    ) -> Iterator[Transaction]:
        refused: BaseException | None = None
        try:
            with self._one_at_a_time(), self.engine.connect() as connection:
                with connection.begin() as commit:
                    if key is not None:
                        store.hold_key(connection, actor.id, key)
                    tails = store.lock(connection, write, read, self._house.states)
                    known = () if key is None else store.known_acts(connection, actor.id, key)
                    now = store.tree(connection)
                    moment = self._moment(at, max((tails[name].at for name in write), default=0), now.at)
                    tx = Transaction(
                        self._house, connection, actor, moment, rx, key, asked, cause, tails, frozenset(write), known
                    )
                    try:
                        yield tx
                    except BaseException as fault:
                        if tx.refused is None:
                            raise
                        refused = fault
                    else:
                        refused = tx.refused
                    tx.settle(now if self._inline else None)
                    commit.commit()
                tx.committed()
        except OperationalError as fault:
            raise Busy("ledger.busy", why=type(fault.orig).__name__) from fault
        except IntegrityError as fault:
            raise Damaged("ledger.projection", table="", pk=str(fault.orig).split("\n")[0]) from fault
        if refused is not None:
            raise refused

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        # SQLite lets waiting writers sleep and try again, which starves them; within the process they queue up here
        # instead, for the length of a transaction.  Other processes still wait by the busy timeout.
        if not self._inline:
            yield
            return
        if not self._turn.acquire(timeout=10):
            raise Busy("ledger.busy", why="queue")
        try:
            yield
        finally:
            self._turn.release()

    def _moment(self, at: Instant | None, stream: Instant, log: Instant) -> Instant:
        now = self.clock() if at is None else at
        floor = max(stream, log - BEHIND)
        if floor - now > STUCK:
            raise Busy("ledger.clock", behind=(floor - now) // SECOND)
        return max(now, floor)

    def act(
        self,
        stream: str,
        command: Any,
        *,
        actor: Actor,
        facts: Any = None,
        rx: Instant | None = None,
        key: str | None = None,
        blobs: tuple[Blob, ...] = (),
        read: Collection[str] = (),
        at: Instant | None = None,
    ) -> Recorded:
        """One act on one stream; raises what `begin` raises."""
        with self.begin(actor=actor, write={stream}, read=read, rx=rx, key=key, at=at) as tx:
            tx.act(stream, command, facts, blobs)
        return tx.recorded[0]

    def state(self, stream: str) -> Any:
        """The current state of a stream, that of its beginning if it has no entry.

        Raises:
            Invalid: ``ledger.kind`` for a stream without rules.
        """
        kind = self._house.kinds.get(kind_of(stream))
        if kind is None:
            raise Invalid("ledger.kind", stream=stream)
        with database.reading(self.engine) as connection:
            held = self._house.states.load(connection, kind, stream, store.tail(connection, stream))
        if held.seq:
            self._house.states.put(stream, held)
        return held.state

    def integrate(self) -> int:
        """Give positions to what waits in the queue; how many entries.  On SQLite nothing ever waits."""
        if self._inline:
            return 0
        with self.engine.begin() as connection:
            return sequencing.drain(connection)

    def checkpoint(self) -> bytes:
        """The signed note over the tree as it stands, made if there is none of this size.

        Raises:
            Damaged: ``ledger.root`` or ``ledger.fork``; nothing was signed.
        """
        with self.engine.begin() as connection:
            return self._checkpoint(connection)[1]

    def _checkpoint(self, connection: Connection) -> tuple[int, bytes]:
        now = store.tree(connection, lock=not self._inline)
        known = tree.note_of(connection, now.size)
        if known is not None:
            return now.size, known
        tree.prove(connection, now)
        moment = self.clock()
        text = Checkpoint(self.origin, now.size, now.root).text
        note = write_note(text, [signer.line(text, moment // SECOND) for signer in self._signers])
        row = {"size": now.size, "root": now.root, "note": note.decode(), "signed_at": moment}
        connection.execute(insert(checkpoint_table), row)
        return now.size, note

    def receipt(self, event_id: str) -> bytes:
        """The receipt of an entry: a proof file that opens it (trace-log 1.7).

        Raises:
            Missing: ``ledger.event`` for an unknown id.
            Busy: ``ledger.pending`` while it has no position yet.
        """
        e = event_table.c
        wanted = (
            select(e.body, e.salt, index_table.c.idx).outerjoin(index_table, index_table.c.eid == e.eid).where(e.id == event_id)
        )
        with self.engine.begin() as connection:
            row = connection.execute(wanted).one_or_none()
            if row is None:
                raise Missing("ledger.event", id=event_id)
            if row.idx is None:
                raise Busy("ledger.pending", id=event_id)
            last = tree.latest(connection)
            if last is None or last.size <= row.idx:
                size, note = self._checkpoint(connection)
            else:
                size, note = last.size, tree.note_of(connection, last.size) or b""
            path = merkle.inclusion(row.idx, size, tree.Hashes(connection).hash_of)
        return proofs.write_proof(row.idx, path, note, entry.opening(row.salt, row.body))

    def close_stream(self, stream: str, *, actor: Actor, at: Instant | None = None) -> Recorded:
        """End a stream: this is its last entry, so that nothing can be cut off behind it unseen."""
        with self.begin(actor=actor, write={stream}, at=at) as tx:
            tx.close(stream)
        return tx.recorded[0]

    def disclose(self, what: Iterable[str], reason: str) -> int:
        """Make openings public: of whole streams (``tender/T1``) or of entries by their ids; how many were hidden."""
        at, n = self.clock(), 0
        with self.engine.begin() as connection:
            for name in what:
                n += store.disclose(connection, name, at, reason)
        return n
