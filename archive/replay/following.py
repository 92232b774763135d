"""One stream after another: authenticity of each opening, the chain, the state, the decisions (trace-log section 4).

The inner loop is written for speed: a million entries in less than ten seconds on one core.
"""

from array import array
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct

from archive import canonical
from archive.bodies import CLOSED, After, Body, Kind, kind_of, refusal, state_digest
from archive.decider import Context, NotAtHand, fold
from archive.disclosures import Hidden
from archive.entry import INNER, INNER_REST, MAGIC, OUTER, OUTER_REST, SALT
from archive.entry import leaf as entry_leaf
from archive.errors import Missing, Refused, SunlitError
from archive.merkle import leaf_hash
from archive.replay.source import Item, Source
from archive.report import Report
from archive.strict import base64
from archive.tileformat import HASH
from archive.values import Instant, instant

NO_TIME: Final = -1
FAR: Final = 1 << 24
UNREADABLE: Final = (msgspec.MsgspecError, SunlitError, ValueError, RecursionError)


class Link(Struct, frozen=True):
    """What a body of any kind says of its place."""

    stream: str
    seq: int
    prev: str
    at: str
    id: str
    act: str


_LINK: Callable[[bytes], Link] = msgspec.json.Decoder(Link).decode


@dataclass(slots=True)
class Followed:
    """A stream as its openings give it; ``whole`` if none is missing, so that ``state`` can be relied on."""

    stream: str
    kind: Kind | None
    state: Any
    seq: int = 0
    leaf: bytes = b""
    at: str = ""
    whole: bool = True
    closed: bool = False
    last: str = ""
    first_bad: str = ""
    entries: int = 0
    decisions: int = 0


@dataclass(slots=True)
class Progress:
    """How far a log was replayed: streams by name, indices below ``size``, the latest time among these.

    A replay that is given one reads on from there, so that it costs what is new, and brings it up to date.
    """

    streams: dict[str, Followed] = field(default_factory=dict)
    size: int = 0
    latest: Instant = 0


def _unnamed(sha256_hex: str) -> bytes:
    """What a decision gets for a blob that its entry does not name."""
    raise LookupError(sha256_hex)


class Follower:
    """Follows streams and reports what does not hold.

    ``leaves`` are the source's, 32 bytes each, as far as its index has no gap; None where it has no index.  ``times`` are
    those of the indices from ``first`` on, `NO_TIME` where unknown, and ``far`` those from `FAR` after it.
    """

    def __init__(
        self,
        source: Source,
        kinds: dict[str, Kind],
        report: Report,
        *,
        decide: bool,
        first: int = 0,
        leaves: bytearray | None = None,
    ) -> None:
        self._source = source
        self._first = first
        self._kinds = kinds
        self._report = report
        self._decide = decide
        self._leaves = leaves
        self.times = array("q")
        self.far: dict[int, Instant] = {}

    def follow(self, stream: str, items: Iterable[Item], known: Followed | None = None) -> Followed:
        """Read one stream from its beginning, or on from where it is ``known``.

        An entry that is as it must be is done with at one quick look, which asks everything and says nothing.  What does
        not pass, or is rare, is looked at closely, one question after another, and named.
        """
        kind = self._kinds.get(kind_of(stream))
        done = Followed(stream, kind, None if kind is None else kind.decider.initial) if known is None else replace(known)
        if kind is None:
            for item in items:
                self._closely(Item._make(item), done)
            return done
        hashed, plain, read, evolve, decide = sha256, canonical.plain, kind.quick, kind.decider.evolve, self._decide
        times, first, leaves = self.times, self._first, self._leaves
        t, _, name = stream.partition("/")
        previous = base64(done.leaf)
        for item in items:
            idx, said_id, said_seq, raw, salt, was_entry, was_leaf, _ = item  # a plain tuple from a live store
            inner = hashed(salt.translate(INNER) + INNER_REST + raw).digest()  # `entry.commitment`, spelled out
            entry = MAGIC + b2a_base64(hashed(salt.translate(OUTER) + OUTER_REST + inner).digest())
            leaf = hashed(b"\x00" + entry).digest()
            try:
                body = read(raw)
                at = instant(body.at)
            except UNREADABLE:
                self._closely(Item._make(item), done)
                previous = base64(done.leaf)
                continue
            state, outcome, after = done.state, body.data.outcome, body.after
            if (
                (entry == was_entry or was_entry is None)
                and (leaf == was_leaf or was_leaf is None)
                and (idx is None or leaves is None or leaves.startswith(leaf, idx * HASH))
                and len(salt) == SALT
                and body.seq == said_seq == done.seq + 1
                and body.prev == previous
                and body.stream == stream
                and body.at >= done.at
                and (body.id == said_id or said_id is None)
                and done.whole
                and not done.closed
                and body.act != CLOSED
            ):
                if outcome and outcome.events:
                    for event in outcome.events:
                        state = evolve(state, event)
                    text = plain(state)  # `state_digest`, spelled out
                    digest = hashed(text if text.isascii() else canonical.composed(text, state)).hexdigest()
                    sound = len(after) == 1 and after[0].h == digest and after[0].id == name and after[0].t == t
                else:
                    sound = not after
                if sound:
                    if decide:
                        self._redecide(item, done, body, kind, at)
                    if idx is not None and (place := idx - first) >= 0:
                        if place < len(times):
                            times[place] = at
                        else:
                            self._beyond(place, at)
                    done.state, done.seq, done.leaf, done.at, done.last = state, said_seq, leaf, body.at, body.id
                    done.entries += 1
                    previous = b2a_base64(leaf, newline=False).decode()
                    continue
            self._closely(Item._make(item), done)
            previous = base64(done.leaf)
        return done

    def _closely(self, item: Item, done: Followed) -> None:
        """One entry, one question after another, up to the first whose answer makes the others idle."""
        kind, previous = done.kind, base64(done.leaf)
        leaf = entry_leaf(item.salt, item.body) if len(item.salt) == SALT else b""
        true = self._authentic(item, leaf)
        if true != leaf:
            # Not what was put on record: it counts as withheld, and what follows it in the stream cannot be rebuilt.
            done.seq, done.leaf, done.whole = item.seq, true, False
            return
        try:
            body: Any = _LINK(item.body) if kind is None else kind.body(item.body)
            at = instant(body.at)
        except UNREADABLE as fault:
            self._say("SCHEMA_BAD", item, str(fault)[:200])
            done.seq, done.leaf, done.whole = item.seq, leaf, False
            return
        self._linked(item, body, done, previous)
        if item.idx is not None and (place := item.idx - self._first) >= 0:
            if place < len(self.times):
                self.times[place] = at
            else:
                self._beyond(place, at)
        done.seq, done.leaf, done.at, done.last = item.seq, leaf, body.at, body.id
        done.entries += 1
        if body.act == CLOSED:
            done.closed = True
            return
        if kind is None or not done.whole:
            return
        if self._decide:
            self._redecide(item, done, body, kind, at)
        outcome = body.data.outcome
        if outcome and outcome.events:
            done.state = fold(kind.decider, done.state, outcome.events)
            t, _, name = done.stream.partition("/")
            if body.after != (After(t, name, state_digest(done.state)),):
                self._digest(item, done, body)

    def _beyond(self, place: int, at: Instant) -> None:
        """The time of an index that ``times`` does not reach; it never grows to an index that somebody made up."""
        if place < FAR:
            self.times.extend(array("q", [NO_TIME]) * (place - len(self.times)))
            self.times.append(at)
        else:
            self.far[place] = at

    def _say(self, code: str, item: Item, text: str, **more: str | None) -> None:
        where = f"{item.stream} {item.seq}" if item.idx is None else f"entry {item.idx}"
        self._report.add(code, where, text, idx=item.idx, stream=item.stream, **({"event": item.id} | more))

    def _cell(self, item: Item, column: str, expected: str, found: str) -> None:
        pk = f"{item.stream}, {item.seq}"
        self._report.add(
            "CELL_DIFF",
            f"trace_event ({pk}).{column}",
            f"expected {expected}, found {found}",
            idx=item.idx,
            event=item.id,
            stream=item.stream,
            table="trace_event",
            pk=pk,
            column=column,
            expected=expected,
            found=found,
        )

    def _authentic(self, item: Item, leaf: bytes) -> bytes:
        """The leaf that was put on record; says which of the stored copies differs from it."""
        placed = None if item.idx is None else self._placed(item.idx)
        recorded = placed or item.leaf or (leaf_hash(item.entry) if item.entry is not None else leaf)
        if leaf != recorded or len(item.salt) != SALT:
            self._say("BODY_MISMATCH", item, "salt and body open another entry", table="trace_event", column="body")
        if item.entry is not None and leaf_hash(item.entry) != recorded:
            self._say("ENTRY_MISMATCH", item, "the stored entry is another", table="trace_event", column="entry")
        if item.leaf is not None and item.leaf != recorded:
            self._say("ENTRY_MISMATCH", item, "the stored leaf is another", table="trace_event", column="leaf")
        return recorded

    def _placed(self, idx: int) -> bytes | None:
        """The leaf at a position, if need be from beyond a gap in the index, where ``leaves`` end."""
        if self._leaves is not None and 0 <= idx < len(self._leaves) // HASH:
            return bytes(self._leaves[idx * HASH : (idx + 1) * HASH])
        return self._source.leaf(idx)

    def _linked(self, item: Item, body: Link | Body[Any, Any, Any], done: Followed, previous: str) -> None:
        """What is wrong with the place of an entry in its stream."""
        for column, expected, found in (
            ("stream", body.stream, item.stream),
            ("seq", str(body.seq), str(item.seq)),
            ("id", body.id, body.id if item.id is None else item.id),
        ):
            if expected != found:
                self._cell(item, column, expected, found)
        if body.at < done.at:
            self._say("TIME_BACK", item, f"{body.at} after {done.at}", event=body.id)
        if done.closed:
            self._say("CHAIN_BREAK", item, "follows the entry that closed the stream", event=body.id)
        elif body.seq > done.seq + 1:
            self._report.note("CHAIN_OPEN", f"{item.stream} {body.seq}", f"{body.seq - done.seq - 1} before it are not here")
            done.whole = False
        elif body.seq <= done.seq or body.prev != previous:
            self._say("CHAIN_BREAK", item, f"{body.seq} does not follow {done.seq}", event=body.id)

    def _digest(self, item: Item, done: Followed, body: Body[Any, Any, Any]) -> None:
        found = body.after[0].h if body.after else ""
        expected = state_digest(done.state)
        done.first_bad = done.first_bad or body.id
        self._say(
            "STATE_DIGEST",
            item,
            f"the state after {body.act} has another digest",
            event=body.id,
            expected=expected,
            found=found,
            first_bad=done.first_bad,
        )

    def _redecide(self, item: Item, done: Followed, body: Body[Any, Any, Any], kind: Kind, at: Instant) -> None:
        """Decide again at ``at`` and compare the outcome byte for byte."""
        data = body.data
        outcome = data.outcome
        if not data.command or not outcome:
            return
        done.decisions += 1
        blob = self._named(body) if body.blob else _unnamed
        rx = instant(body.rx) if body.rx else None
        context = Context(at, body.actor, data.context or None, rx, blob, self._private)
        try:
            events = kind.decider.decide(done.state, data.command, context)
            again, was = (
                canonical.encode(events),
                canonical.encode(outcome.events) if outcome.events is not msgspec.UNSET else b"",
            )
        except NotAtHand as gone:
            self._report.note(gone.code, f"{done.stream} {done.seq}", f"{body.act} was decided on {gone.what}")
            return
        except Refused as said:
            again, was = canonical.encode(refusal(said)), canonical.encode(outcome.refused) if outcome.refused else b""
        except (SunlitError, ArithmeticError, LookupError, TypeError, ValueError, AssertionError) as fault:
            again, was = f"{type(fault).__name__}: {fault}".encode(), canonical.encode(outcome)
        if again != was:
            expected, found = again.decode(errors="replace"), canonical.encode(outcome).decode()
            self._say(
                "DECISION_DIFF",
                Item._make(item),
                f"{body.act}: decided again, the outcome is another",
                event=body.id,
                expected=expected,
                found=found,
            )

    def _private(self, hidden: Hidden) -> Mapping[str, Any]:
        found = self._source.private(hidden)
        if found is None:
            raise NotAtHand("ERASED", "private fields, which are not here")
        return found

    def _named(self, body: Body[Any, Any, Any]) -> Callable[[str], bytes]:
        named = {b.sha256: b for b in body.blob}

        def blob(sha256_hex: str) -> bytes:
            if sha256_hex not in named:
                return _unnamed(sha256_hex)
            try:
                return self._source.blob(sha256_hex)
            except Missing:
                if named[sha256_hex].restricted or self._source.left_out(sha256_hex):
                    raise NotAtHand("BLOB_WITHHELD", f"file {sha256_hex}, which is not here") from None
                raise

        return blob
