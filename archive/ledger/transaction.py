"""One transaction of the ledger: locks held, acts decided in memory, everything written at the end.

Nothing is written before `settle`, so a refusal has only to forget.  What a crash leaves: nothing before
COMMIT, everything after it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from msgspec import UNSET
from sqlalchemy import Connection

from archive import canonical, entry, envelope, outbox
from archive.bodies import CLOSED, After, Blob, Body, Data, Kind, Outcome, Sealed, kind_of, refusal, rows_of, state_digest
from archive.decider import Context, Head, fold
from archive.disclosures import Hidden
from archive.errors import Conflict, Invalid, Missing, Refused, TooLarge
from archive.ledger import store
from archive.ledger.hiding import Hiding
from archive.ledger.ids import uuid7
from archive.ledger.projection import Changes, apply
from archive.ledger.records import Held, Known, Recorded, Tail, Tree, Written
from archive.ledger.sequencing import Queued, place
from archive.ledger.states import States
from archive.ledger.subjects import Subjects
from archive.merkle import leaf_hash
from archive.strict import base64
from archive.values import STREAM, Actor, Instant, Value, instant_text


class Blobs(Protocol):
    """What the ledger needs of the vault."""

    def read(self, sha256_hex: str) -> bytes:
        """The bytes of a blob, verified."""


@dataclass(frozen=True, slots=True)
class House:
    """What all transactions of a ledger share; ``token`` is a MAC of 16 bytes for what must be compared and not guessed."""

    kinds: Mapping[str, Kind]
    states: States
    release: str
    random: Callable[[int], bytes]
    vault: Blobs
    subjects: Subjects
    token: Callable[[bytes], bytes]


@dataclass(slots=True)
class Transaction:
    """Acts that become one COMMIT, or one refusal; made by `Ledger.begin`."""

    house: House
    connection: Connection
    actor: Actor
    at: Instant
    rx: Instant | None
    key: str | None
    asked: bytes | None
    cause: dict[str, str]
    tails: dict[str, Tail]
    writable: frozenset[str]
    known: tuple[Known, ...]
    recorded: tuple[Recorded, ...] = ()
    refused: Refused | None = None
    _start: dict[str, Tail] = field(default_factory=dict)
    _held: dict[str, Held] = field(default_factory=dict)
    _base: dict[str, Held] = field(default_factory=dict)
    _written: list[Written] = field(default_factory=list)
    _letters: list[outbox.Letter] = field(default_factory=list)
    _opened: list[tuple[str, str]] = field(default_factory=list)
    _forgotten: list[str] = field(default_factory=list)
    _private: Hiding = field(init=False)
    _said: int = 0

    def __post_init__(self) -> None:
        self._start = dict(self.tails)
        seed = None if self.key is None else f"{self.actor.id}\0{self.key}".encode()
        self._private = Hiding(self.house.subjects, self.connection, self.house.random, seed)

    def state(self, stream: str) -> Any:
        """The state of a locked stream, the acts of this transaction included.

        Raises:
            Invalid: ``ledger.unlocked`` for a stream that was not asked for, ``ledger.kind`` for one without rules.
        """
        return self._hold(stream).state

    def head(self, stream: str) -> Head:
        """Where a locked stream ends, the acts of this transaction included; its ``last_seq`` is 0 if it has no entry."""
        tail = self._tail(stream)
        return Head(stream, tail.seq, base64(tail.leaf))

    def hide(self, subject: str, value: Value) -> Hidden:
        """The digests that stand for a private value in the acts of this transaction.

        ``subject`` is the stream, held for writing, that is about the person; the value is readable until it is forgotten.
        """
        return self._private.hide(self._writable(subject), value)

    def act(self, stream: str, command: Any, facts: Any = None, blobs: tuple[Blob, ...] = ()) -> tuple[Any, ...]:
        """Decide and, for the rest of this transaction, take it as done; gives the events.

        Raises:
            Refused: a rule said no.  The whole transaction then records this refusal and nothing else.
            Conflict: ``ledger.key`` when the key stands for another command, ``ledger.closed`` for a closed stream.
            Invalid: a stream that is not locked for writing, or a value that is not of its declared type.
        """
        if self.refused is not None:
            raise self.refused
        kind = self._kind(stream)
        command, facts = kind.fixed(command, facts)
        asked = self.asked or canonical.encode([stream, command])
        if self.known:
            return self._again(kind, asked)
        held = self._hold(self._writable(stream))
        try:
            events = kind.settled(kind.decider.decide(held.state, command, self._context(facts, blobs)))
        except Refused as said:
            self._refuse(kind, stream, command, facts, blobs, asked, said)
            raise
        state = fold(kind.decider, held.state, events)
        if any(map(kind.decider.forgets, events)):
            self._forgotten.append(stream)
        sealed = tuple(Sealed(h.last_leaf, h.last_seq, h.stream) for e in events for h in kind.decider.heads(e))
        after = After(kind_of(stream), stream.partition("/")[2], state_digest(state))
        data = Data(
            command, UNSET if facts is None else facts, Outcome(events, sealed=tuple(sorted(sealed, key=lambda s: s.stream)))
        )
        written = self._write(
            stream, kind.decider.act(command), data, (after,), blobs, asked, kind.decider.secrecy(command) == "public"
        )
        self._held[stream] = Held(written.seq, written.leaf, state, {})
        return events

    def note(self, stream: str, act: str, data: dict[str, Any], blobs: tuple[Blob, ...] = (), public: bool = True) -> None:
        """Record an entry of the log's own (``system/…``), which no decider decides.

        Raises:
            Invalid: ``ledger.kind`` for a stream that has a decider.
        """
        if kind_of(stream) in self.house.kinds:
            raise Invalid("ledger.kind", stream=stream)
        if self.known:
            self._said += 1
        else:
            self._write(self._writable(stream), act, data, (), blobs, b"", public)

    def close(self, stream: str) -> None:
        """End a stream: this is its last entry, so that nothing can be cut off behind it unseen."""
        if self.known:
            self._said += 1
            return
        self._write(self._writable(stream), CLOSED, {}, (), (), b"", True)
        self.tails[stream] = replace(self.tails[stream], closed=True)

    def post(self, task: str, **payload: str | int) -> None:
        """Send a message once this is committed; it holds ids only."""
        if not self.known:
            self._letters.append(outbox.Letter(uuid7(self.at, self.house.random(10)), task, payload))

    def disclose(self, stream: str, reason: str) -> None:
        """Make the openings of a stream's entries public with this COMMIT, those of this transaction included."""
        if not self.known:
            self._opened.append((stream, reason))

    def settle(self, tree: Tree | None) -> None:
        """Write everything, entries last; ``tree`` is given where positions are assigned in the same transaction."""
        if self.known:
            self.recorded = tuple(k.recorded for k in self.known)
            return
        if not self._written:
            return
        changes = Changes()
        for stream, held in self._held.items():
            base = self._base[stream]
            if held is base:
                continue
            decider = self.house.kinds[kind_of(stream)].decider
            self._held[stream] = held = replace(held, rows=rows_of(decider, stream, held.state))
            changes.add(base.rows, held.rows)
            due = decider.due(held.state)
            if due != decider.due(base.state):
                outbox.fall_due(self.connection, stream, due)
        apply(self.connection, changes)
        outbox.post(self.connection, self._letters, self.at)
        moved = {name: end for name, end in self.tails.items() if end is not self._start[name]}
        fresh = [name for name in moved if self._start[name].seq == 0 and self.connection.dialect.name == "sqlite"]
        self._private.settle(self._written, self._forgotten, self.at)
        eids = store.record(self.connection, moved, fresh, self._written, queued=tree is None)
        store.attach(self.connection, eids, self._written, None if self.key is None else self._name(self.key))
        for stream, reason in self._opened:
            store.disclose(self.connection, stream, self.at, reason)
        if tree is not None:
            queued = [Queued(eid, w.body, w.salt, w.leaf) for eid, w in zip(eids, self._written, strict=True)]
            place(self.connection, tree, queued, self.at)
        first = None if tree is None else tree.size
        self.recorded = tuple(
            Recorded(w.id, w.stream, w.seq, w.leaf, w.at, w.act, None if first is None else first + n)
            for n, w in enumerate(self._written)
        )

    def _name(self, key: str) -> tuple[str, str]:
        return self.actor.id, key_token(self.house, self.actor.id, key)

    def committed(self) -> None:
        """Keep the states that are now the database's."""
        for stream, held in self._held.items():
            if held.seq:  # what is in the cache is taken to have its row
                self.house.states.put(stream, held)

    def _kind(self, stream: str) -> Kind:
        kind = self.house.kinds.get(kind_of(stream))
        if kind is None:
            raise Invalid("ledger.kind", stream=stream)
        return kind

    def _tail(self, stream: str) -> Tail:
        if stream not in self.tails:
            raise Invalid("ledger.unlocked", stream=stream)
        return self.tails[stream]

    def _writable(self, stream: str) -> str:
        if stream not in self.writable:
            raise Invalid("ledger.unlocked", stream=stream)
        if STREAM.fullmatch(stream) is None:
            raise Invalid("ledger.stream", stream=stream[:80])
        if self.tails[stream].closed:
            raise Conflict("ledger.closed", stream=stream)
        return stream

    def _hold(self, stream: str) -> Held:
        held = self._held.get(stream)
        if held is None:
            kind, tail = self._kind(stream), self._tail(stream)
            held = self._held[stream] = self._base[stream] = self.house.states.load(self.connection, kind, stream, tail)
        return held

    def _context(self, facts: Any, blobs: tuple[Blob, ...]) -> Context[Any]:
        named = {b.sha256 for b in blobs}

        def blob(sha256: str) -> bytes:
            if sha256 not in named:
                raise Missing("ledger.blob", sha256=sha256)
            return self.house.vault.read(sha256)

        return Context(self.at, self.actor, facts, self.rx, blob, self._private.revealed)

    def _again(self, kind: Kind, asked: bytes) -> tuple[Any, ...]:
        """Give back what the key stands for."""
        if self._said >= len(self.known) or self.known[self._said].asked != self.house.token(asked):
            raise Conflict("ledger.key", key=self.key)
        found = self.known[self._said]
        self._said += 1
        outcome = kind.read(found.body).data.outcome
        if outcome and outcome.refused:
            raise Refused(outcome.refused.code, **outcome.refused.params)
        return outcome.events if outcome and outcome.events else ()

    def _refuse(
        self, kind: Kind, stream: str, command: Any, facts: Any, blobs: tuple[Blob, ...], asked: bytes, said: Refused
    ) -> None:
        """Forget what was done so far and write the refusal instead."""
        base, acted = self._base[stream], any(w.stream == stream for w in self._written)
        self._written, self._letters, self._opened, self._forgotten = [], [], [], []
        self.tails, self._held, self.refused = dict(self._start), dict(self._base), said
        if acted and not _refuses_alike(kind, base.state, command, self._context(facts, blobs), said):
            return  # it rested on an act that is dropped with it: alone on record it would contradict the rules
        data: Data[Any, Any, Any] = Data(command, UNSET if facts is None else facts, Outcome(refused=refusal(said)))
        self._write(stream, f"{kind.decider.kind}.refused", data, (), blobs, asked, kind.decider.secrecy(command) == "public")
        self._held[stream] = replace(base, seq=self.tails[stream].seq, leaf=self.tails[stream].leaf)

    def _write(
        self, stream: str, act: str, data: Any, after: tuple[After, ...], blobs: tuple[Blob, ...], asked: bytes, public: bool
    ) -> Written:
        tail = self.tails[stream]
        id = uuid7(self.at, self.house.random(10))
        cause, told = self.cause, b""
        if self.key is not None:
            # On record, so that a recovery knows the key again (`archive.ledger.recovery`).
            told = self.house.token(asked)
            cause = cause | {"cmd": key_token(self.house, self.actor.id, self.key), "req": told.hex()}
        body: Any = Body(
            act=act,
            actor=self.actor,
            at=instant_text(self.at),
            data=data,
            id=id,
            prev=base64(tail.leaf),
            rel=self.house.release,
            seq=tail.seq + 1,
            stream=stream,
            sv=1,
            v=1,
            rx="" if self.rx is None else instant_text(self.rx),
            cause=cause,
            after=after,
            blob=blobs,
        )
        raw = canonical.encode(body)
        if len(raw) > entry.MAX_BODY:
            raise TooLarge("ledger.body", bytes=len(raw), limit=entry.MAX_BODY)
        envelope.read(raw)  # what goes on record is what every verifier accepts
        salt = self.house.random(entry.SALT)
        stands = entry.entry(salt, raw)
        leaf = leaf_hash(stands)
        written = Written(id, stream, tail.seq + 1, act, self.at, raw, salt, stands, leaf, told, public, blobs)
        self._written.append(written)
        self.tails[stream] = Tail(written.seq, leaf, self.at, tail.closed)
        return written


def key_token(house: House, actor: str, key: str) -> str:
    """What stands for an actor's idempotency key in the log and in ``trace_key``: 32 hex digits."""
    return house.token(f"{actor}\0{key}".encode()).hex()


def _refuses_alike(kind: Kind, state: Any, command: Any, context: Context[Any], said: Refused) -> bool:
    """Whether a command is refused in the same words when the transaction's other acts are left out."""
    try:
        kind.decider.decide(state, command, context)
    except Refused as alone:
        return refusal(alone) == refusal(said)
    return False
