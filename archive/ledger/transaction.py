"""One transaction of the ledger: acts decided in memory under the locks of its `Sitting`, handed in by `settle`.

Nothing is written before that, so a refusal has only to forget.
"""

from dataclasses import replace
from typing import Any

from msgspec import UNSET
from sqlalchemy import Connection

from archive import canonical, entry, envelope, outbox
from archive.bodies import CLOSED, After, Blob, Body, Data, Kind, Outcome, Sealed, kind_of, refusal, state_digest
from archive.decider import Context, Head, fold
from archive.disclosures import Hidden
from archive.errors import Conflict, Invalid, Missing, Refused, TooLarge
from archive.ledger.hiding import Hiding
from archive.ledger.house import Terms
from archive.ledger.ids import uuid7
from archive.ledger.records import Held, Known, Recorded, Tail, Written
from archive.ledger.sitting import Draft, Sitting
from archive.merkle import leaf_hash
from archive.strict import base64
from archive.values import STREAM, Instant, Value, instant_text


class Transaction:
    """Acts that go on record together, or one refusal; made by `Ledger.begin`.

    ``at`` is the time of its decisions, ``known`` are the acts that its idempotency key stands for already; ``recorded``
    counts once `Ledger.begin` is left without an exception.
    """

    def __init__(self, sitting: Sitting, terms: Terms, at: Instant, known: tuple[Known, ...]) -> None:
        self.connection: Connection = sitting.connection
        self.at = at
        self.recorded: tuple[Recorded, ...] = ()
        self.refused: Refused | None = None
        self._house = house = sitting.house
        self._sitting = sitting
        self._terms = terms
        self._known = known
        self._said = 0
        self._key = None if terms.key is None else (terms.actor.id, house.key(terms.actor.id, terms.key))
        self._start = {name: sitting.tails[name] for name in (*terms.write, *terms.read)}
        self._base: dict[str, Held] = {}
        self._draft = Draft(at, self._key, dict(self._start))
        seed = None if terms.key is None else f"{terms.actor.id}\0{terms.key}".encode()
        self._private = Hiding(house.subjects, self.connection, house.random, seed)

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
        kind = self._house.kind(stream)
        command, facts = kind.fixed(command, facts)
        asked = self._terms.asked or canonical.encode([stream, command])
        if self._known:
            return self._again(kind, asked)
        held = self._hold(self._writable(stream))
        try:
            events = kind.settled(kind.decider.decide(held.state, command, self._context(facts, blobs)))
        except Refused as said:
            self._refuse(kind, stream, command, facts, blobs, asked, said)
            raise
        state = fold(kind.decider, held.state, events)
        if any(map(kind.decider.forgets, events)):
            self._draft.forgotten.append(stream)
        sealed = tuple(Sealed(h.last_leaf, h.last_seq, h.stream) for e in events for h in kind.decider.heads(e))
        after = After(kind_of(stream), stream.partition("/")[2], state_digest(state))
        data = Data(
            command, UNSET if facts is None else facts, Outcome(events, sealed=tuple(sorted(sealed, key=lambda s: s.stream)))
        )
        written = self._write(
            stream, kind.decider.act(command), data, (after,), blobs, asked, kind.decider.secrecy(command) == "public"
        )
        self._draft.held[stream] = Held(written.seq, written.leaf, state, {})
        return events

    def note(self, stream: str, act: str, data: dict[str, Any], blobs: tuple[Blob, ...] = (), public: bool = True) -> None:
        """Record an entry of the log's own (``system/…``), which no decider decides.

        Raises:
            Invalid: ``ledger.kind`` for a stream that has a decider.
        """
        if kind_of(stream) in self._house.kinds:
            raise Invalid("ledger.kind", stream=stream)
        if self._known:
            self._said += 1
        else:
            self._write(self._writable(stream), act, data, (), blobs, b"", public)

    def close(self, stream: str) -> None:
        """End a stream: this is its last entry, so that nothing can be cut off behind it unseen."""
        if self._known:
            self._said += 1
            return
        self._write(self._writable(stream), CLOSED, {}, (), (), b"", True)
        self._draft.tails[stream] = replace(self._draft.tails[stream], closed=True)

    def post(self, task: str, **payload: str | int) -> None:
        """Send a message once this is committed; it holds ids only."""
        if not self._known:
            self._draft.letters.append(outbox.Letter(uuid7(self.at, self._house.random(10)), task, payload))

    def disclose(self, stream: str, reason: str) -> None:
        """Make the openings of a stream's entries public with this COMMIT, those of this transaction included."""
        if not self._known:
            self._draft.opened.append((stream, reason))

    def settle(self) -> None:
        """Hand in what was decided; no act may follow."""
        if self._known:
            self.recorded = tuple(k.recorded for k in self._known)
            return
        draft = self._draft
        if not draft.written:
            return
        outbox.post(self.connection, draft.letters, self.at)
        self._private.settle(draft.written, draft.forgotten, self.at)
        first = self._sitting.take(draft)
        self.recorded = tuple(
            Recorded(w.id, w.stream, w.seq, w.leaf, w.at, w.act, None if first is None else first + n)
            for n, w in enumerate(draft.written)
        )

    def _tail(self, stream: str) -> Tail:
        if stream not in self._draft.tails:
            raise Invalid("ledger.unlocked", stream=stream)
        return self._draft.tails[stream]

    def _writable(self, stream: str) -> str:
        if stream not in self._terms.write:
            raise Invalid("ledger.unlocked", stream=stream)
        if STREAM.fullmatch(stream) is None:
            raise Invalid("ledger.stream", stream=stream[:80])
        if self._draft.tails[stream].closed:
            raise Conflict("ledger.closed", stream=stream)
        return stream

    def _hold(self, stream: str) -> Held:
        held = self._draft.held.get(stream)
        if held is None:
            self._house.kind(stream)
            self._tail(stream)
            held = self._draft.held[stream] = self._base[stream] = self._sitting.hold(stream)
        return held

    def _context(self, facts: Any, blobs: tuple[Blob, ...]) -> Context[Any]:
        named = {b.sha256 for b in blobs}

        def blob(sha256: str) -> bytes:
            if sha256 not in named:
                raise Missing("ledger.blob", sha256=sha256)
            return self._house.vault.read(sha256)

        return Context(self.at, self._terms.actor, facts, self._terms.rx, blob, self._private.revealed)

    def _again(self, kind: Kind, asked: bytes) -> tuple[Any, ...]:
        """Give back what the key stands for."""
        if self._said >= len(self._known) or self._known[self._said].asked != self._house.token(asked):
            raise Conflict("ledger.key", key=self._terms.key)
        found = self._known[self._said]
        self._said += 1
        outcome = kind.read(found.body).data.outcome
        if outcome and outcome.refused:
            raise Refused(outcome.refused.code, **outcome.refused.params)
        return outcome.events if outcome and outcome.events else ()

    def _refuse(
        self, kind: Kind, stream: str, command: Any, facts: Any, blobs: tuple[Blob, ...], asked: bytes, said: Refused
    ) -> None:
        """Forget what was done so far and write the refusal instead."""
        base, acted = self._base[stream], any(w.stream == stream for w in self._draft.written)
        self._draft = draft = Draft(self.at, self._key, dict(self._start), dict(self._base))
        self.refused = said
        if acted and not _refuses_alike(kind, base.state, command, self._context(facts, blobs), said):
            return  # it rested on an act that is dropped with it: alone on record it would contradict the rules
        data: Data[Any, Any, Any] = Data(command, UNSET if facts is None else facts, Outcome(refused=refusal(said)))
        public = kind.decider.secrecy(command) == "public"
        written = self._write(stream, f"{kind.decider.kind}.refused", data, (), blobs, asked, public)
        draft.held[stream] = replace(base, seq=written.seq, leaf=written.leaf)

    def _write(
        self, stream: str, act: str, data: Any, after: tuple[After, ...], blobs: tuple[Blob, ...], asked: bytes, public: bool
    ) -> Written:
        tail = self._draft.tails[stream]
        id = uuid7(self.at, self._house.random(10))
        cause, told = dict(self._terms.cause), b""
        if self._key is not None:
            # On record, so that a recovery knows the key again (`archive.ledger.recovery`).
            told = self._house.token(asked)
            cause |= {"cmd": self._key[1], "req": told.hex()}
        body: Any = Body(
            act=act,
            actor=self._terms.actor,
            at=instant_text(self.at),
            data=data,
            id=id,
            prev=base64(tail.leaf),
            rel=self._house.release,
            seq=tail.seq + 1,
            stream=stream,
            sv=1,
            v=1,
            rx="" if self._terms.rx is None else instant_text(self._terms.rx),
            cause=cause,
            after=after,
            blob=blobs,
        )
        raw = canonical.encode(body)
        if len(raw) > entry.MAX_BODY:
            raise TooLarge("ledger.body", bytes=len(raw), limit=entry.MAX_BODY)
        envelope.read(raw)  # what goes on record is what every verifier accepts
        salt = self._house.random(entry.SALT)
        stands = entry.entry(salt, raw)
        leaf = leaf_hash(stands)
        written = Written(id, stream, tail.seq + 1, act, self.at, raw, salt, stands, leaf, told, public, blobs)
        self._draft.written.append(written)
        self._draft.tails[stream] = Tail(written.seq, leaf, self.at, tail.closed)
        return written


def _refuses_alike(kind: Kind, state: Any, command: Any, context: Context[Any], said: Refused) -> bool:
    """Whether a command is refused in the same words when the transaction's other acts are left out."""
    try:
        kind.decider.decide(state, command, context)
    except Refused as alone:
        return refusal(alone) == refusal(said)
    return False
