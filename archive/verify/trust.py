"""Checkpoints of a pack against what the verifier trusts, and the times they prove (trace-log 1.7, section 4).

Without a policy or keys of the verifier's own the pack's policy is used, which a note says: such a
run shows that the pack agrees with itself, no more.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from archive.faults import Fault
from archive.notes import MAX_BYTES as MAX_NOTE
from archive.policy import MAX_BYTES as MAX_POLICY
from archive.policy import Policy, Verdict, judge, parse_policy
from archive.report import Report
from archive.strict import number
from archive.tileformat import Levels
from archive.values import SECOND, instant_text
from archive.verify.files import Files
from archive.vkeys import Key, parse_vkey

_MARGIN = 60  # seconds
_LAST_SECOND: Final = 253_402_300_799
_NEVER: Final = "~"  # after every time


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom this run believes."""

    policy: Policy | None
    vkeys: tuple[Key, ...]

    def judge(self, raw: bytes, report: Report, where: str, *, quorum: bool = True) -> Verdict | None:
        """A signed checkpoint with its faults reported under ``where``; None when there is nothing to read."""
        try:
            verdict = judge(raw, self.policy, self.vkeys, quorum=quorum)
        except Fault as e:
            report.fault(e, where)
            return None
        for fault in verdict.faults:
            report.fault(fault, where)
        return verdict


def establish(files: Files | None, policy: bytes | None, vkeys: Sequence[str], report: Report) -> Trust:
    """The verifier's own policy and keys, or the pack's policy, noted as unpinned."""
    keys = []
    for text in vkeys:
        try:
            keys.append(parse_vkey(text))
        except Fault as e:
            report.fault(e, f"vkey {text[:60]}")
    pinned = _policy(policy, "the given policy", report) if policy is not None else None
    own = files.read("policy", MAX_POLICY) if files is not None else None
    theirs = _policy(own, "policy", report) if own is not None else None
    if policy is None and not vkeys:
        report.note("POLICY_UNPINNED", "policy", "no --policy or --vkey was given: the pack's own policy is used")
        pinned = theirs
    return Trust(pinned, tuple(keys))


def _policy(raw: bytes, where: str, report: Report) -> Policy | None:
    try:
        return parse_policy(raw)
    except Fault as e:
        report.fault(e, where)
        return None


@dataclass(slots=True)
class Clock:
    """Times of verified cosignatures by the size of their checkpoint."""

    seen: list[tuple[int, int]] = field(default_factory=list)
    _sizes: list[int] = field(default_factory=list)
    _before: list[str] = field(default_factory=list)
    _after: list[str] = field(default_factory=list)

    def take(self, verdict: Verdict) -> None:
        """The times of one checkpoint."""
        self.seen += [(verdict.tree.size, min(time, _LAST_SECOND - _MARGIN)) for time in verdict.times.values() if time]

    def settle(self) -> None:
        """No more checkpoints; make the limits ready."""
        self.seen.sort()
        self._sizes = [size for size, _ in self.seen]
        count = len(self.seen)
        self._before, self._after = [_NEVER] * (count + 1), [""] * (count + 1)
        for at in range(count - 1, -1, -1):
            self._before[at] = min(self._before[at + 1], _text(self.seen[at][1] + _MARGIN))
        for at in range(count):
            self._after[at + 1] = max(self._after[at], _text(max(0, self.seen[at][1] - _MARGIN)))

    def limits(self, index: int) -> tuple[str, str]:
        """The least and the greatest `at` that an event at ``index`` may have."""
        place = bisect_right(self._sizes, index)
        return self._after[place], self._before[place]


def _text(second: int) -> str:
    return instant_text(second * SECOND)


def check_times(clock: Clock, at: str, report: Report, where: str, index: int, **more: str | None) -> None:
    """``TIME_AHEAD`` and ``LATE_INCLUSION`` of one event."""
    least, greatest = clock.limits(index)
    if at > greatest:
        report.add("TIME_AHEAD", where, f"{at} is over {_MARGIN} s after a cosignature that covers it", idx=index, **more)
    if at < least:
        report.add("LATE_INCLUSION", where, f"{at} is over {_MARGIN} s before a cosignature without it", idx=index, **more)


def retained(
    files: Files, trust: Trust, published: Verdict | None, levels: Levels | None, since: bytes | None, report: Report
) -> dict[int, Verdict]:
    """Retained checkpoints and the one that the verifier kept, by size: signed by the log, consistent with the tree."""
    found: dict[int, Verdict] = {}
    for path in files.names():
        if path.startswith("checkpoints/"):
            size = number(path.removeprefix("checkpoints/"))
            if size is None:
                report.add("FILE_EXTRA", path, "not named by a size")
                continue
            verdict = trust.judge(files.read(path, MAX_NOTE) or b"", report, path, quorum=False)
            if verdict is not None and verdict.tree.size != size:
                report.add("NOTE_BAD", path, f"a checkpoint of size {verdict.tree.size}")
            elif verdict is not None:
                found[size] = verdict
                _check_consistency(verdict, published, levels, path, report)
    if since is not None and (verdict := trust.judge(since, report, "--from", quorum=False)) is not None:
        _check_consistency(verdict, published, levels, "--from", report)
        found.setdefault(verdict.tree.size, verdict)
    return found


def _check_consistency(old: Verdict, published: Verdict | None, levels: Levels | None, where: str, report: Report) -> None:
    if published is None:
        return
    tree, now = old.tree, published.tree
    if tree.origin != now.origin:
        report.add("ORIGIN_BAD", where, f"of another log, {tree.origin[:80]!a}")
    elif tree.size > now.size:
        report.add("ROLLBACK", where, f"size {tree.size} was seen before, the log has {now.size}")
    elif (tree.size == now.size and tree.root != now.root) or (levels is not None and levels.root(tree.size) != tree.root):
        report.add("FORK", where, f"the log's first {tree.size} entries have another root")
