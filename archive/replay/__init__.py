"""Replay: read the log again, decide again, rebuild every row, and name whatever differs (trace-log section 4).

Three of the four levels: L1 the chain and the tree, L2 state digests and rows, L3 decisions.  L0, who signed, is
`archive.verify`'s.  One function serves the command line, the tests and the regulator's page; sources are a
live store (`archive.ledger.audit`) or the openings of a pack (`archive.replay.packs`).

Pure: it reaches nothing but its source.  It never stops at the first divergence.  Memory: one stream's state at a
time, 40 bytes an entry and 8 a row.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from archive.bodies import kinds
from archive.decider import Decider
from archive.merkle import Edge
from archive.merkle import root as merkle_root
from archive.replay.following import NO_TIME, Followed, Follower, Progress
from archive.replay.rows import Comparison
from archive.replay.source import Item, Source, Tables, Tail
from archive.report import Report
from archive.strict import base64
from archive.tileformat import WIDTH
from archive.values import MINUTE, Instant, instant, instant_text

__all__ = ["Item", "Progress", "ReplayReport", "Source", "Tables", "Tail", "replay"]


class ReplayReport(Report):
    """The findings of a replay, with a verdict for each of its levels."""

    def __init__(self, subject: str, levels: tuple[str, ...]) -> None:
        super().__init__(subject)
        self.levels = levels

    def verdicts(self, levels: tuple[str, ...] = ()) -> Mapping[str, str]:
        """``pass`` or ``fail`` for each level that was run."""
        return super().verdicts(levels or self.levels)


def replay(
    source: Source,
    deciders: Mapping[str, Decider[Any, Any, Any, Any]],
    tables: Tables | None = None,
    *,
    decide: bool = True,
    progress: Progress | None = None,
) -> ReplayReport:
    """Replay a log.

    ``tables`` are the live projections to compare with, if there are any; without ``decide`` level L3 is left out.
    With ``progress`` the source gives what is new in streams that are known there, and the whole of all others;
    tables cannot be compared then.
    """
    since = progress or Progress()
    report = ReplayReport(source.name, ("L1", "L2", "L3") if decide else ("L1", "L2"))
    tiles, leaves = _tree(source, report)
    follower = Follower(source, kinds(deciders), report, decide=decide, first=since.size, leaves=leaves)
    comparison = None if tables is None else Comparison(source, tables, report)
    ends = _Ends(source, report)
    counts = {"entries": 0, "streams": 0, "decisions": 0}
    for stream, items in source.streams():
        known = since.streams.pop(stream, None)
        done = follower.follow(stream, items, known)
        if progress is not None:
            progress.streams[stream] = done
        counts["entries"] += done.entries - (known.entries if known else 0)
        counts["streams"] += 1
        counts["decisions"] += done.decisions - (known.decisions if known else 0)
        ends.check(done)
        if comparison is not None:
            comparison.add(done)
    ends.finish()
    if comparison is not None:
        comparison.finish()
        counts["rows"] = comparison.compared
        counts["streams not rebuilt"] = comparison.unsure
    _times(follower, since, report)
    for code, where, text in source.faults(tiles):
        report.add(code, where, text)
    if source.withheld():
        report.note("BODY_WITHHELD", source.name, f"{source.withheld()} entries have no opening here", source.withheld())
    report.facts |= counts
    return report


class _Ends:
    """Where streams end, against where the store says they do."""

    def __init__(self, source: Source, report: Report) -> None:
        said = source.tails()
        self._tails = None if said is None else {tail.stream: tail for tail in said}
        self._report = report

    def check(self, done: Followed) -> None:
        """One stream that was followed to its end."""
        if self._tails is None:
            return
        tail = self._tails.pop(done.stream, None)
        if tail is None:
            self._report.add(
                "ROW_MISSING", f"trace_stream ({done.stream})", "the stream has no row", table="trace_stream", pk=done.stream
            )
            return
        at = instant(done.at) if done.at else tail.at
        if tail == Tail(done.stream, done.seq, done.leaf, at, done.closed):
            return
        for column, expected, found in (
            ("last_seq", done.seq, tail.seq),
            ("last_leaf", done.leaf.hex(), tail.leaf.hex()),
            ("last_at", at if done.whole else tail.at, tail.at),
            ("closed", done.closed, tail.closed),
        ):
            if expected != found:
                self._report.add(
                    "CELL_DIFF",
                    f"trace_stream ({done.stream}).{column}",
                    f"expected {expected}, found {found}",
                    stream=done.stream,
                    table="trace_stream",
                    pk=done.stream,
                    column=column,
                    expected=str(expected),
                    found=str(found),
                    last_writer=done.last,
                )

    def finish(self) -> None:
        """Streams that are said to have entries, and have none."""
        for tail in (self._tails or {}).values():
            if tail.seq:
                self._report.add(
                    "CHAIN_GAP", tail.stream, f"{tail.seq} entries are said to be there, none is", stream=tail.stream
                )


def _tree(source: Source, report: Report) -> tuple[list[bytes], bytearray | None]:
    """The root over all leaves, against every root that the source states; gives the roots of full tiles and the leaves."""
    chunks = source.leaves()
    tiles: list[bytes] = []
    if chunks is None:
        return tiles, None
    leaves = bytearray()
    stated, above, part = source.roots(), Edge(), list[bytes]()
    for part in chunks:
        while stated and stated[0][0] < (above.size + 1) * WIDTH and stated[0][0] <= above.size * WIDTH + len(part):
            size, whose, root = stated.pop(0)
            _root(_edge(above, part[: size - above.size * WIDTH]), whose, root, report)
        leaves += b"".join(part)
        if len(part) == WIDTH:
            tiles.append(merkle_root(part))
            above, part = above.extended(tiles[-1:]), []
    whole = _edge(above, part)
    for size, whose, root in stated:
        if size == whole.size:
            _root(whole, whose, root, report)
        else:
            report.add("ROOT_MISMATCH", f"{whose} {size}", f"the log has {whole.size} entries")
    report.facts |= {"size": whole.size, "root": base64(whole.root)}
    return tiles, leaves


def _edge(above: Edge, part: list[bytes]) -> Edge:
    """The edge of so many full tiles and of the leaves that follow."""
    return Edge(above.size * WIDTH + len(part), above.hashes + Edge().extended(part).hashes)


def _root(edge: Edge, whose: str, root: bytes, report: Report) -> None:
    if edge.root != root:
        report.add(
            "ROOT_MISMATCH",
            f"{whose} {edge.size}",
            "its root is not that of the entries",
            expected=base64(edge.root),
            found=base64(root),
        )


def _times(follower: Follower, since: Progress, report: Report) -> None:
    """No entry is more than a minute older than one before it in the log."""
    latest, times = since.latest, follower.times
    for start in range(0, len(times), WIDTH):
        part = times[start : start + WIDTH].tolist()
        if part[0] >= latest and part == sorted(part):  # nearly always, and at a tenth of the cost
            latest = part[-1]
        else:
            latest = _late(enumerate(part, since.size + start), latest, report)
    far = sorted(follower.far.items())
    since.latest = _late(((since.size + place, at) for place, at in far), latest, report)
    since.size += (far[-1][0] if far else len(times) - 1) + 1


def _late(times: Iterable[tuple[int, Instant]], latest: Instant, report: Report) -> Instant:
    """Name what is more than a minute older than ``latest`` before it; gives the latest of all."""
    for idx, at in times:
        if at > latest:
            latest = at
        elif at != NO_TIME and at < latest - MINUTE:
            report.add("TIME_BACK", f"entry {idx}", f"{instant_text(at)} after {instant_text(latest)}", idx=idx)
    return latest
