"""One stream after another: authenticity of each opening, the chain, the state, the decisions (trace-log section 4).

The inner loop is written for speed: a million entries in some ten seconds on one core.
"""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from typing import Any, Final

import msgspec
from msgspec import Struct

from archive import canonical
from archive.bodies import CLOSED, Body, Kind, kind_of, refusal
from archive.decider import Context
from archive.entry import MAGIC
from archive.errors import Refused, SunlitError
from archive.merkle import leaf_hash
from archive.replay.source import Item, Source
from archive.report import Report
from archive.strict import base64
from archive.values import Instant, instant

COMMIT: Final = b"sunlit/event/v1\x00"
NO_TIME: Final = -1


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


@lru_cache(8192)
def _second(text: str) -> Instant:
    return instant(f"{text}.000000Z")


def microseconds(at: str) -> Instant:
    """The instant of a well-formed time, its second cached."""
    return _second(at[:19]) + int(at[20:26])


class Follower:
    """Follows streams and reports what does not hold; ``times`` collects the time of each index (`NO_TIME` where unknown)."""

    def __init__(self, source: Source, kinds: dict[str, Kind], report: Report, *, decide: bool) -> None:
        self._source = source
        self._kinds = kinds
        self._report = report
        self._decide = decide
        self.times = array("q")

    def follow(self, stream: str, items: Iterable[Item]) -> Followed:
        """Read one stream from its beginning."""
        kind = self._kinds.get(kind_of(stream))
        done = Followed(stream, kind, None if kind is None else kind.decider.initial)
        hashed, mac, text64, encode = sha256, digest, base64, canonical.encode
        read = _LINK if kind is None else kind.body
        evolve = None if kind is None else kind.decider.evolve
        t, _, name = stream.partition("/")
        previous = ""
        for item in items:
            entry = MAGIC + text64(mac(item.salt, COMMIT + item.body, "sha256")).encode() + b"\n"
            leaf = hashed(b"\x00" + entry).digest()
            if entry != item.entry or leaf != item.leaf or leaf != item.placed:
                true = self._authentic(item, stream, entry, leaf)
                if true != leaf:
                    # Not what was put on record: it counts as withheld, and what follows it in the stream cannot be rebuilt.
                    done.seq, done.leaf, done.whole, previous = item.seq, true, False, text64(true)
                    continue
            try:
                body: Any = read(item.body)
            except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
                self._say("SCHEMA_BAD", item, stream, str(fault)[:200])
                done.whole = False
                continue
            if (
                body.seq != done.seq + 1
                or body.prev != previous
                or body.stream != stream
                or body.at < done.at
                or item.seq != body.seq
            ):
                self._linked(item, stream, body, done, previous)
            if item.id is not None and item.id != body.id:
                self._cell(item, stream, "id", body.id, item.id)
            if item.idx is not None:
                self._time(item.idx, body.at)
            done.seq, done.leaf, done.at, done.last = body.seq, leaf, body.at, body.id
            done.entries += 1
            previous = text64(leaf)
            if done.closed:
                self._say("CHAIN_BREAK", item, stream, "follows the entry that closed the stream", event=body.id)
            if body.act == CLOSED:
                done.closed = True
                continue
            if kind is None or not done.whole:
                continue
            outcome = body.data.outcome
            if self._decide:
                self._redecide(item, done, body, kind)
            if outcome and outcome.events:
                state = done.state
                for event in outcome.events:
                    state = evolve(state, event)  # type: ignore[misc]  # a kind has its evolve
                done.state = state
                after = body.after
                if len(after) != 1 or after[0].h != hashed(encode(state)).hexdigest() or after[0].id != name or after[0].t != t:
                    self._digest(item, done, body)
        return done

    def _time(self, idx: int, at: str) -> None:
        times = self.times
        if idx >= len(times):
            times.extend([NO_TIME] * (idx + 1 - len(times)))
        times[idx] = microseconds(at)

    def _say(self, code: str, item: Item, stream: str, text: str, **more: str | None) -> None:
        where = f"{stream} {item.seq}" if item.idx is None else f"entry {item.idx}"
        self._report.add(code, where, text, idx=item.idx, stream=stream, **({"event": item.id} | more))

    def _cell(self, item: Item, stream: str, column: str, expected: str, found: str) -> None:
        said = f"trace_event ({stream}, {item.seq}).{column}: expected {expected}, found {found}"
        self._say(
            "CELL_DIFF",
            item,
            stream,
            said,
            table="trace_event",
            pk=f"{stream}, {item.seq}",
            column=column,
            expected=expected,
            found=found,
        )

    def _authentic(self, item: Item, stream: str, entry: bytes, leaf: bytes) -> bytes:
        """The leaf that was put on record; says which of the stored copies differs from it."""
        recorded = item.placed or item.leaf or (leaf_hash(item.entry) if item.entry is not None else leaf)
        if leaf != recorded:
            self._say("BODY_MISMATCH", item, stream, "salt and body open another entry", table="trace_event", column="body")
        if item.entry is not None and leaf_hash(item.entry) != recorded:
            self._say("ENTRY_MISMATCH", item, stream, "the stored entry is another", table="trace_event", column="entry")
        if item.leaf is not None and item.leaf != recorded:
            self._say("ENTRY_MISMATCH", item, stream, "the stored leaf is another", table="trace_event", column="leaf")
        return recorded

    def _linked(self, item: Item, stream: str, body: Link | Body[Any, Any, Any], done: Followed, previous: str) -> None:
        """What is wrong with the place of an entry in its stream."""
        if body.stream != stream:
            self._cell(item, stream, "stream", body.stream, stream)
        if item.seq != body.seq:
            self._cell(item, stream, "seq", str(body.seq), str(item.seq))
        if body.at < done.at:
            self._say("TIME_BACK", item, stream, f"{body.at} after {done.at}", event=body.id)
        if body.seq > done.seq + 1:
            self._report.note("CHAIN_OPEN", f"{stream} {body.seq}", f"{body.seq - done.seq - 1} before it are not here")
            done.whole = False
        elif body.seq <= done.seq or body.prev != previous:
            self._say("CHAIN_BREAK", item, stream, f"{body.seq} does not follow {done.seq}", event=body.id)

    def _digest(self, item: Item, done: Followed, body: Body[Any, Any, Any]) -> None:
        found = body.after[0].h if body.after else ""
        expected = sha256(canonical.encode(done.state)).hexdigest()
        done.first_bad = done.first_bad or body.id
        self._say(
            "STATE_DIGEST",
            item,
            done.stream,
            f"the state after {body.act} has another digest",
            event=body.id,
            expected=expected,
            found=found,
            first_bad=done.first_bad,
        )

    def _redecide(self, item: Item, done: Followed, body: Body[Any, Any, Any], kind: Kind) -> None:
        """Decide again and compare the outcome byte for byte."""
        data = body.data
        outcome = data.outcome
        if not data.command or not outcome:
            return
        done.decisions += 1
        context = Context(
            microseconds(body.at),
            body.actor,
            data.context if data.context else None,
            microseconds(body.rx) if body.rx else None,
            self._named(body),
        )
        try:
            events = kind.decider.decide(done.state, data.command, context)
            again, was = (
                canonical.encode(events),
                canonical.encode(outcome.events) if outcome.events is not msgspec.UNSET else b"",
            )
        except Refused as said:
            again, was = canonical.encode(refusal(said)), canonical.encode(outcome.refused) if outcome.refused else b""
        except (SunlitError, ArithmeticError, LookupError, TypeError, ValueError, AssertionError) as fault:
            again, was = f"{type(fault).__name__}: {fault}".encode(), canonical.encode(outcome)
        if again != was:
            expected, found = again.decode(errors="replace"), canonical.encode(outcome).decode()
            self._say(
                "DECISION_DIFF",
                item,
                done.stream,
                f"{body.act}: decided again, the outcome is another",
                event=body.id,
                expected=expected,
                found=found,
            )

    def _named(self, body: Body[Any, Any, Any]) -> Callable[[str], bytes]:
        named = {b.sha256 for b in body.blob}

        def blob(sha256_hex: str) -> bytes:
            if sha256_hex not in named:
                raise LookupError(sha256_hex)
            return self._source.blob(sha256_hex)

        return blob
