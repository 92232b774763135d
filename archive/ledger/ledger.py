"""`Ledger`: begin, act, state, and what the rest of the house asks of the log."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, select

from archive import database
from archive.bodies import Blob, Kind, kinds
from archive.database import event_table, index_table
from archive.decider import Decider
from archive.disclosures import Hidden
from archive.errors import Invalid, Missing
from archive.keys import ESCROW, Keys, epoch_of
from archive.ledger import headings, mixing, sequencing, store
from archive.ledger.house import Blobs, House, Terms
from archive.ledger.notary import Notary
from archive.ledger.pressure import Pressure
from archive.ledger.records import Recorded
from archive.ledger.signers import Signers
from archive.ledger.states import States
from archive.ledger.subjects import Subjects
from archive.ledger.transaction import Transaction
from archive.ledger.writer import Writer
from archive.strict import base64
from archive.values import Actor, Instant

LOG = "system/log"


class Ledger:
    """The one writer of a log; safe to share between threads.

    ``clock`` gives the server's time in microseconds, ``random`` so many unpredictable bytes, ``keys`` sign
    under the log's origin, ``release`` names the code that decides, ``held`` is how many streams'
    states are kept in memory.  ``previous`` is what the first entry of a later epoch says of the one before (`archive.epochs`).
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
        backlog: int = 4096,
        held: int = 4096,
        previous: Mapping[str, Any] | None = None,
    ) -> None:
        self.engine = engine
        self.origin = origin
        self.clock = clock
        self.quantum = quantum
        self.tick = tick
        self.deciders = deciders
        self.vault = vault
        self._keys = keys
        self._inline = engine.dialect.name == "sqlite" and not quantum
        self.subjects = Subjects(keys, random)
        self._house = House(kinds(deciders), States(held), release, random, vault, self.subjects, self._token)
        self._writer = Writer(engine, self._house, clock, origin, inline=self._inline)
        self._signers = Signers(origin, keys.logs(origin), keys.log(origin))
        self.notary = Notary(engine, self._signers, origin, clock, self._writer.one_at_a_time)
        stated = {"epoch": epoch_of(origin), "keys": [k.text for k in self.notary.keys], "origin": origin}
        self.first: Mapping[str, Any] = {
            **stated,
            "quantum": quantum,
            "tick": tick,
            **({"previous": previous} if previous else {}),
        }
        self._opened = False
        self._pressure = Pressure(engine, backlog, clock)

    def open(self) -> None:
        """Refuse an unsafe database; write the first entry of a new log.

        Raises:
            Invalid: ``database.unsafe``; ``ledger.epoch`` for a later epoch that was not begun by `archive.epochs`.
        """
        database.check(self.engine)
        if not self._opened:
            with database.reading(self.engine) as connection:
                known = store.tail(connection, LOG).seq > 0
            if not known:
                if self.first["epoch"] > 1 and "previous" not in self.first:
                    raise Invalid("ledger.epoch", origin=self.origin)
                with self._writer.alone(Terms(Actor.system("system"), frozenset({LOG}))) as tx:
                    if tx.head(LOG).last_seq == 0:
                        tx.note(LOG, "log.opened", {"outcome": self.first})
            with database.reading(self.engine) as connection:
                self._signers.look(connection)
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
        legal: bool = False,
    ) -> Iterator[Transaction]:
        """One transaction over the streams to ``write`` and to ``read``, all locked for its whole length.

        ``key`` is the actor's idempotency key: the same acts again give back what is on record, others are
        a `Conflict`; with ``asked`` (the request's bytes) that is compared instead of the commands.  ``at`` stands
        for the clock where time is played; ``rx`` is the arrival of the last byte.  A ``legal`` act, such as a bid, is
        taken however long the queue is.

        Raises:
            Refused: as recorded.
            Busy: ``ledger.busy`` when a lock was not had in time, ``ledger.clock`` when the clock lies behind the log,
                ``ledger.backlog`` when too many entries wait for their positions, ``ledger.lag`` when one waits too long,
                ``ledger.unsure`` when COMMIT failed in a way that leaves open whether it took effect: repeat with the key.
            Conflict: ``ledger.ended`` when this epoch is over; else as Damaged, Invalid: see `Transaction`.
        """
        self._admit(legal)
        terms = Terms(actor, frozenset(write), frozenset(read), rx, key, asked, at, cause or {})
        with self._writer.alone(terms) as tx:
            yield tx

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
        legal: bool = False,
    ) -> Recorded:
        """One act on one stream, under one COMMIT with others that wait; raises what `begin` raises."""
        self._admit(legal)
        terms = Terms(actor, frozenset({stream}), frozenset(read), rx, key, None, at)
        if blobs:  # what has files to read keeps nobody waiting
            with self._writer.alone(terms) as tx:
                tx.act(stream, command, facts, blobs)
        else:
            tx = self._writer.together(terms, lambda tx: tx.act(stream, command, facts))
        return tx.recorded[0]

    def _admit(self, legal: bool) -> None:
        if not self._opened:
            self.open()
        if not legal and not self._inline:
            self._pressure.admit()

    def state(self, stream: str) -> Any:
        """The current state of a stream, that of its beginning if it has no entry.

        Raises:
            Invalid: ``ledger.kind`` for a stream without rules.
        """
        kind = self._house.kind(stream)
        with database.reading(self.engine) as connection:
            held = self._house.states.load(connection, kind, stream, store.tail(connection, stream))
        if held.seq:
            self._house.states.put(stream, held)
        return held.state

    def reveal(self, hidden: Hidden) -> Mapping[str, Any] | None:
        """The private members behind digests by name, None when they were forgotten; who may ask is for the caller to know."""
        with database.reading(self.engine) as connection:
            return self.subjects.revealed(connection, hidden)

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of streams by name."""
        return self._house.kinds

    def forget(self) -> None:
        """Keep no state in memory: the database was changed otherwise than through this ledger."""
        self._house.states.clear()

    def integrate(self) -> int:
        """Give positions to what waits in the queue; how many entries.

        On SQLite nothing ever waits, and in a log with ticks all wait for their `batch`.
        """
        if self._inline or self.quantum:
            return 0
        with self.engine.begin() as connection:
            return sequencing.drain(connection)

    def batch(self, count: int) -> int:
        """In a log with ticks: give positions to the first ``count`` entries that wait, decoys among them anywhere."""
        with self._writer.one_at_a_time(), self.engine.begin() as connection:
            return mixing.take(connection, count, self._house.random)

    def placed(self, recorded: Recorded) -> Recorded:
        """The same entry with its position, if it has one by now."""
        if recorded.idx is not None:
            return recorded
        wanted = select(index_table.c.idx).join(event_table).where(event_table.c.id == recorded.id)
        with database.reading(self.engine) as connection:
            return replace(recorded, idx=connection.execute(wanted).scalar())

    def checkpoint(self) -> bytes:
        """The signed note over the tree as it stands; see `Notary.checkpoint`."""
        return self.notary.checkpoint()

    def receipt(self, event_id: str) -> bytes:
        """The receipt of an entry; see `Notary.receipt`."""
        return self.notary.receipt(event_id)

    def record_heads(self, at: Instant | None = None) -> Recorded:
        """Put on record where every stream ends; daily and at each legal step (trace-log 5.6)."""
        with self.begin(actor=Actor.system("heads"), write={headings.STREAM}, at=at) as tx:
            headings.hold_still(tx.connection)
            made, _ = headings.mapped(tx.connection, self.escrow_mac, tx.head(headings.STREAM).last_seq + 1)
            tx.note(headings.STREAM, headings.ACT, {"outcome": {"heads": {"root": base64(made.root), "size": made.size}}})
        return tx.recorded[0]

    def heads_at(self) -> Instant:
        """When the heads were last put on record; 0 when they never were."""
        with database.reading(self.engine) as connection:
            return headings.recorded_at(connection)

    def head_proof(self, heads_event_id: str, stream: str) -> bytes:
        """The head proof of a stream under a heads event, canonical JSON.

        Raises:
            Missing: ``ledger.event`` when that is no heads event, ``ledger.head`` when the stream had no entry then.
        """
        made = self.head_proofs(heads_event_id)
        if stream not in made:
            raise Missing("ledger.head", stream=stream)
        return made[stream]

    def head_proofs(self, heads_event_id: str) -> Mapping[str, bytes]:
        """The head proofs of all streams under a heads event, in time linear in the log; see `headings.proved`."""
        with database.reading(self.engine) as connection:
            return headings.proved(connection, self.escrow_mac, heads_event_id)

    def _token(self, message: bytes) -> bytes:
        return self._keys.mac(ESCROW, b"key\x00" + message)[:16]

    def escrow_mac(self, message: bytes) -> bytes:
        """What only this log can say of a message again, 32 bytes, under the escrow key."""
        return self._keys.mac(ESCROW, self.origin.encode() + b"\x00" + message)

    def close_stream(self, stream: str, *, actor: Actor, at: Instant | None = None) -> Recorded:
        """End a stream: this is its last entry, so that nothing can be cut off behind it unseen."""
        with self.begin(actor=actor, write={stream}, at=at) as tx:
            tx.close(stream)
        return tx.recorded[0]

    def disclose(self, what: Iterable[str], reason: str) -> int:
        """Make openings public: of whole streams (``tender/T1``) or of entries by their ids; how many were hidden."""
        at, n = self.clock(), 0
        with self._writer.one_at_a_time(), self.engine.begin() as connection:
            for name in what:
                n += store.disclose(connection, name, at, reason)
        return n
