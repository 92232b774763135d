"""Streams as chains: order, gaps, times, ids, and the sealed streams that an opening binds (trace-log 5.2).

Entries are fed in index order, disclosed or not; what comes out are codes per index.  An entry
whose opening or body cannot be used counts as not disclosed.  Memory: one small state a stream, one
id an event, one byte an entry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from archive import envelope
from archive.entry import open_entry
from archive.envelope import Body
from archive.faults import Fault
from archive.heads import sealed_heads
from archive.merkle import leaf_hashes
from archive.strict import base64, unbase64
from archive.values import SECOND, instant

TOLERANCE: Final = 60 * SECOND
"""How far `at` may lag behind the greatest before it in the log."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A code at an index; ``CHAIN_OPEN`` is a note, all others are divergences."""

    index: int
    code: str
    why: str


_Tail = tuple[int, bytes, str, int, int, int]
"""The last disclosed event of a stream: seq, leaf, at, index; entries hidden before it; greatest seq so far."""

_NONE: _Tail = (0, b"", "", -1, 0, 0)


class Chains:
    """The checker of all streams of one log.

    ``leaves`` gives the leaf hash at every index fed so far and is asked only where events are hidden or
    sealed streams opened; ``later_epoch`` lets the first event of a stream name a leaf of an earlier epoch.
    """

    def __init__(self, leaves: Sequence[bytes], *, later_epoch: bool = False) -> None:
        self.problems: list[Problem] = []
        self._leaves = leaves
        self._later = later_epoch
        self._index = 0
        self._tails: dict[str, _Tail] = {}
        self._ids: set[str] = set()
        self._sealed: dict[bytes, tuple[str, int]] = {}
        self._shown = bytearray()
        self._hidden = 0
        self._latest = ""
        self._places: dict[bytes, int] = {}
        self._placed = 0

    @property
    def fed(self) -> int:
        """How many entries were fed, so the index of the next."""
        return self._index

    def hide(self) -> None:
        """The next entry is not disclosed, or of no use."""
        self._shown.append(0)
        self._hidden += 1
        self._index += 1

    def show(self, body: Body, leaf: bytes) -> None:
        """The next entry is this event; ``leaf`` is its leaf hash."""
        index, stream, at, seq = self._index, body.stream, body.at, body.seq
        tail = self._tails.get(stream, _NONE)
        before, before_leaf, before_at, _, _, top = tail
        if seq == before + 1:
            if body.prev != base64(before_leaf):
                self._say("CHAIN_BREAK", f"{stream} {seq} does not name the leaf of {before}")
        elif seq > before:
            self._judge_gap(body, tail)
        else:
            self._say("CHAIN_BREAK", f"{stream} {seq} does not follow {before}")
        if at >= self._latest:
            self._latest = at
        elif at < before_at or instant(at) < instant(self._latest) - TOLERANCE:
            self._say("TIME_BACK", f"{at} after {max(before_at, self._latest)}")
        ids = self._ids
        if body.id in ids:
            self._say("DUP_ID", body.id)
        ids.add(body.id)
        if (outcome := body.data.outcome) is not None and "sealed" in outcome:
            self._judge_sealed(outcome)
        if stream.startswith("sealed/"):
            self._sealed[leaf] = (stream, seq)
        self._tails[stream] = (seq, leaf, at, index, self._hidden, seq if seq > top else top)
        self._shown.append(1)
        self._index = index + 1

    def _say(self, code: str, why: str) -> None:
        self.problems.append(Problem(self._index, code, why))

    def _judge_gap(self, body: Body, tail: _Tail) -> None:
        """Whether the events that lack may stand hidden between ``tail`` and here, the last of them where prev says."""
        gap, place = body.seq - tail[0] - 1, self._place_of(body.prev)
        hidden = self._hidden - tail[4]
        if place is not None and tail[3] < place < self._index and not self._shown[place] and hidden >= gap:
            self._say("CHAIN_OPEN", f"{body.stream}: {gap} before {body.seq} are not disclosed")
        elif place is None and self._later and tail is _NONE:
            self._say("CHAIN_OPEN", f"{body.stream} {body.seq} continues an earlier epoch")
        else:
            self._say("CHAIN_GAP", f"{body.stream}: {gap} missing before {body.seq}")

    def _place_of(self, leaf: str) -> int | None:
        """Index of the first earlier entry with this leaf hash; the table of them is only made when one asks."""
        for index in range(self._placed, self._index):
            self._places.setdefault(self._leaves[index], index)
        self._placed = self._index
        raw = unbase64(leaf, 32)
        return None if raw is None else self._places.get(raw)

    def _judge_sealed(self, outcome: dict[str, Any]) -> None:
        try:
            heads = sealed_heads(outcome)
            for head in heads:
                place = self._place_of(head.last_leaf)
                if place is None:
                    raise Fault("HEAD_BAD", f"{head.stream}: its last leaf is no earlier entry")
                if self._shown[place] and self._sealed.get(self._leaves[place]) != (head.stream, head.last_seq):
                    raise Fault("HEAD_BAD", f"{head.stream}: entry {place} is not its event {head.last_seq}")
                if self._tails.get(head.stream, _NONE)[5] > head.last_seq:
                    raise Fault("HEAD_BAD", f"{head.stream}: goes on after event {head.last_seq}")
        except Fault as e:
            self._say(e.code, e.why)


def check(entries: Sequence[bytes], openings: Mapping[int, bytes], *, later_epoch: bool = False) -> list[Problem]:
    """Openings against entries, bodies, then streams: every problem in index order, notes included."""
    leaves = leaf_hashes(entries)
    chains = Chains(leaves, later_epoch=later_epoch)
    problems: list[Problem] = []
    for index, entry in enumerate(entries):
        body = None
        if (raw := openings.get(index)) is not None:
            body, faults = open_body(raw, entry)
            problems += [Problem(index, fault.code, fault.why) for fault in faults]
        if body is None:
            chains.hide()
        else:
            chains.show(body, leaves[index])
    return sorted([*problems, *chains.problems], key=lambda problem: (problem.index, problem.code))


def open_body(raw: bytes, entry: bytes) -> tuple[Body | None, tuple[Fault, ...]]:
    """The usable body behind an opening of this entry, and every fault on the way."""
    try:
        _, body = open_entry(raw, entry)
    except Fault as e:
        return None, (e,)
    return envelope.examine(body)


def follow(stream: str, bodies: Iterable[tuple[int, Body, bytes]]) -> list[Problem]:
    """A stream on its own, as a dossier holds it: (place, body, leaf hash) in order of place, from 1.

    ``index`` of a problem is the place.  Event k must stand in place k and name the stream and the leaf before it.
    """
    problems: list[Problem] = []
    last: tuple[int, Body, bytes] | None = None
    for place, body, leaf in bodies:
        adjoins = place == 1 or (last is not None and last[0] == place - 1)
        before = base64(last[2]) if last is not None else ""
        if body.seq != place:
            problems.append(Problem(place, "CHAIN_GAP", f"event {body.seq} in place {place}"))
        if body.stream != stream or (body.seq == place and adjoins and body.prev != before):
            problems.append(Problem(place, "CHAIN_BREAK", f"does not follow event {place - 1} of {stream}"))
        if last is not None and body.at < last[1].at:
            problems.append(Problem(place, "TIME_BACK", f"{body.at} after {last[1].at}"))
        last = place, body, leaf
    return problems
