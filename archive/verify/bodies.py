"""Openings, envelopes and streams of a pack of scope log, and what disclosed events say of other files.

An opening that is absent is either withheld by a range of the manifest (a note) or missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from archive import canonical, disclosures, envelope
from archive.chains import Chains
from archive.entry import MAX_BODY, open_entry
from archive.envelope import BlobRef, Body, Natural, Positive
from archive.faults import Fault
from archive.heads import stated_map
from archive.report import CAP, Report
from archive.tileformat import WIDTH, body_path, ungrouped
from archive.verify.files import Files
from archive.verify.manifest import Withheld
from archive.verify.tree import Log
from archive.verify.trust import Clock, check_times

MAX_OPENING = MAX_BODY + 45


class Previous(Struct, frozen=True, forbid_unknown_fields=True):
    """The last checkpoint of the epoch before (trace-log 5.7)."""

    checkpoint: str
    origin: str
    root: str
    size: Natural
    why: Literal["planned", "lost"]


class Opened(Struct, frozen=True, forbid_unknown_fields=True):
    """Outcome of ``log.opened``: quantum and tick are those of publication (trace-log 5.5)."""

    epoch: Positive
    keys: Annotated[tuple[str, ...], Meta(min_length=1)]
    origin: str
    quantum: Natural
    tick: Natural
    previous: Previous | None = None


@dataclass(slots=True)
class Disclosed:
    """What the disclosed events of a pack name or state, gathered for the checks that follow."""

    wanted: frozenset[str]
    blobs: dict[tuple[str, int, str | None], str] = field(default_factory=dict)
    digests: dict[str, frozenset[str]] = field(default_factory=dict)
    quantum: int = 0
    events: int = 0

    def take(self, body: Body, raw: bytes, where: str) -> None:
        """One usable event, named ``where`` in reports."""
        self.events += 1
        for blob in body.blob or ():
            self.blobs.setdefault(_named(blob), where)
        if body.id in self.wanted:
            found = disclosures.digests_in(canonical.decode(raw))
            self.digests[body.id] = frozenset(digest for digests in found for digest in digests)


def _named(blob: BlobRef) -> tuple[str, int, str | None]:
    return blob.sha256, blob.len, blob.sm3


def wanted_events(files: Files) -> frozenset[str]:
    """The ids of the events that the pack holds disclosures for."""
    return frozenset(path.removeprefix("disclosure/") for path in files.names() if path.startswith("disclosure/"))


def read_opened(body: Body, origin: str) -> Opened:
    """What the first event of the log ``origin`` states.

    Raises:
        Fault: ``SCHEMA_BAD`` when it is not ``log.opened`` of that log.
    """
    try:
        opened = msgspec.convert(body.data.outcome, Opened)
    except msgspec.ValidationError as e:
        raise Fault("SCHEMA_BAD", f"not the outcome of log.opened: {e}") from None
    if body.act != "log.opened" or body.stream != "system/log" or opened.origin != origin:
        raise Fault("SCHEMA_BAD", "entry 0 is not log.opened of this log")
    if (opened.epoch > 1) != (opened.previous is not None):
        raise Fault("SCHEMA_BAD", "previous stands in every epoch but the first")
    if opened.epoch > 1 and not origin.endswith(f"/epoch-{opened.epoch}"):
        raise Fault("SCHEMA_BAD", "an origin that is not named after its epoch")
    return opened


def check_event(body: Body) -> Fault | None:
    """What an act of the log's own must state."""
    if body.act == "system.heads":
        try:
            stated_map(body.data.outcome)
        except Fault as e:
            return e
        if body.stream != "system/heads":
            return Fault("HEAD_BAD", f"heads in stream {body.stream}")
    return None


def check_bodies(
    files: Files, log: Log, size: int, origin: str, withheld: list[Withheld] | None, clock: Clock, report: Report
) -> tuple[Disclosed, set[str]]:
    """Every opening in index order; what was disclosed, and the paths that were called for."""
    held = _openings(files, size)
    if withheld is not None:
        _check_ranges(held, withheld, size, report)
    gathered = Disclosed(wanted_events(files))
    checker = _Checker(files, log, origin, clock, report, gathered)
    checker.run(held)
    return gathered, set(held.values())


def _openings(files: Files, size: int) -> dict[int, str]:
    held = {}
    for path in files.names():
        if path.startswith("body/"):
            index = ungrouped(path.removeprefix("body/"))
            if index is not None and index < size:
                held[index] = path
    return dict(sorted(held.items()))


def _check_ranges(held: dict[int, str], withheld: list[Withheld], size: int, report: Report) -> None:
    """Each index has an opening or lies in one range: never both, never neither."""
    counts: dict[str, int] = {}
    for first, last, reason in withheld:
        counts[reason] = counts.get(reason, 0) + last - first + 1
    for reason, count in sorted(counts.items()):
        report.note("BODY_WITHHELD", reason, f"{count} bodies", count)
    both = sum(1 for _ in _overlap(held, withheld, report))
    missing = size - len(held) - sum(counts.values()) + both
    named = 0
    for index in _gaps(held, withheld, size):
        if named == min(missing, CAP):
            break
        report.add("BODY_MISSING", body_path(index), "neither here nor withheld", idx=index)
        named += 1
    report.more("BODY_MISSING", missing - named)


def _overlap(held: dict[int, str], withheld: list[Withheld], report: Report) -> Iterator[int]:
    ranges = iter(withheld)
    current = next(ranges, None)
    for index in held:
        while current is not None and current[1] < index:
            current = next(ranges, None)
        if current is not None and current[0] <= index:
            report.add("MANIFEST_BAD", body_path(index), "is here and withheld at once", idx=index)
            yield index


def _gaps(held: dict[int, str], withheld: list[Withheld], size: int) -> Iterator[int]:
    """Indices below ``size`` that are neither held nor withheld, ascending."""
    spans = sorted([*((index, index) for index in held), *((first, last) for first, last, _ in withheld)])
    at = 0
    for first, last in spans:
        yield from range(at, first)
        at = max(at, last + 1)
    yield from range(at, size)


class _Checker:
    """One pass over the log in index order."""

    def __init__(self, files: Files, log: Log, origin: str, clock: Clock, report: Report, gathered: Disclosed) -> None:
        self._files, self._log, self._origin = files, log, origin
        self._clock, self._report, self._gathered = clock, report, gathered
        self._chains = Chains(log.leaves, later_epoch="/epoch-" in origin)

    def run(self, held: dict[int, str]) -> None:
        entries: list[bytes] = []
        at = -1
        for index, path in held.items():
            if index >= self._log.size:
                break
            while self._chains.fed < index:
                self._chains.hide()
            if index // WIDTH != at:
                at = index // WIDTH
                entries = self._log.entries(at)
            self._one(index, path, entries[index % WIDTH] if entries else None)
        for problem in self._chains.problems:
            add = self._report.note if problem.code == "CHAIN_OPEN" else self._report.add
            add(problem.code, f"entry {problem.index}", problem.why)

    def _one(self, index: int, path: str, entry: bytes | None) -> None:
        raw = self._files.read(path, MAX_OPENING) or b""
        try:
            if entry is None:
                return self._chains.hide()
            _, opened = open_entry(raw, entry)
        except Fault as e:
            self._report.fault(e, path, idx=index)
            return self._chains.hide()
        body, faults = envelope.examine(opened)
        if body is not None and index == 0:
            try:
                self._gathered.quantum = read_opened(body, self._origin).quantum
            except Fault as e:
                body, faults = None, (*faults, e)
        for fault in faults:
            self._report.fault(fault, path, idx=index)
        if body is None:
            return self._chains.hide()
        self._chains.show(body, self._log.leaves[index])
        least, greatest = self._clock.limits(index)
        if not least <= body.at <= greatest:
            check_times(self._clock, body.at, self._report, path, index, event=body.id, stream=body.stream)
        if (wrong := check_event(body)) is not None:
            self._report.fault(wrong, path, idx=index, event=body.id, stream=body.stream)
        self._gathered.take(body, opened, path)
        return None
