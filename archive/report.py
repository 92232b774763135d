"""What a checker found: every divergence by name, counted, the list capped (trace-log section 4).

A check never stops at the first fault.  The same input gives the same report byte for byte: nothing
in it is a time, a path of this machine or a random order.  Replay and the pack verifier share it.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from archive import canonical
from archive.faults import FAULTS, NOTES, Fault

CAP: Final = 200
"""Divergences and notes kept for each code; all are counted."""

_AUTHENTICITY: Final = frozenset(
    {
        "VKEY_BAD",
        "POLICY_BAD",
        "NOTE_BAD",
        "ORIGIN_BAD",
        "SIG_BAD",
        "SIG_MISSING",
        "SIG_ABSENT",
        "QUORUM_MISSING",
        "FORK",
        "ROLLBACK",
        "ANCHOR_BAD",
    }
)
_STATE: Final = frozenset({"STATE_DIGEST", "ROW_MISSING", "ROW_EXTRA", "CELL_DIFF", "UNTRACED_ROW"})


def level_of(code: str) -> str:
    """The level of replay that a code belongs to: L0 authenticity, L1 structure, L2 state, L3 decisions."""
    if code in _AUTHENTICITY:
        return "L0"
    if code in _STATE:
        return "L2"
    return "L3" if code == "DECISION_DIFF" else "L1"


class Divergence(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One finding; what does not apply is absent.

    ``where`` names a file, an entry or a cell; ``last_writer`` and ``first_bad`` are event ids: the last one
    that wrote the cell, the first whose digest differs.
    """

    code: str
    where: str
    text: str
    level: str
    idx: int | None = None
    event: str | None = None
    stream: str | None = None
    table: str | None = None
    pk: str | None = None
    column: str | None = None
    expected: str | None = None
    found: str | None = None
    last_writer: str | None = None
    first_bad: str | None = None
    evidence: str | None = None

    @property
    def line(self) -> str:
        """``CODE where: text``."""
        return f"{self.code} {self.where}: {self.text}"


class Note(Struct, frozen=True):
    """Something to know that is no fault: withheld bodies, an unpinned policy."""

    code: str
    where: str
    text: str
    count: int = 1

    @property
    def line(self) -> str:
        """``CODE where: text``."""
        return f"{self.code} {self.where}: {self.text}"


def shown(text: str) -> str:
    """Text of unknown making as one printable line, so that no report carries control characters."""
    return text if text.isprintable() else ascii(text)


class Report:
    """The findings of one run; a finding never raises."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.facts: dict[str, str | int] = {}
        self.counts: dict[str, int] = {}
        self.note_counts: dict[str, int] = {}
        self.divergences: list[Divergence] = []
        self.notes: list[Note] = []

    def add(self, code: str, where: str, text: str, *, idx: int | None = None, **more: str | None) -> None:
        """A divergence; ``more`` are the other members of `Divergence`."""
        assert code in FAULTS
        if self._count(code, 1):
            self.divergences.append(
                Divergence(code=code, where=shown(where), text=shown(text), level=level_of(code), idx=idx, **more)
            )

    def fault(self, fault: Fault, where: str, *, idx: int | None = None, **more: str | None) -> None:
        """A divergence that a reader raised."""
        self.add(fault.code, where, fault.why, idx=idx, **more)

    def more(self, code: str, times: int) -> None:
        """Count further divergences of a code that are too many to name."""
        if times > 0:
            self.counts[code] = self.counts.get(code, 0) + times

    def _count(self, code: str, times: int) -> bool:
        before = self.counts.get(code, 0)
        self.counts[code] = before + times
        return before < CAP

    def note(self, code: str, where: str, text: str, count: int = 1) -> None:
        """A note that stands for ``count`` things."""
        assert code in NOTES
        before = self.note_counts.get(code, 0)
        self.note_counts[code] = before + count
        if sum(note.code == code for note in self.notes) < CAP:
            self.notes.append(Note(code, shown(where), shown(text), count))

    @property
    def clean(self) -> bool:
        """Whether nothing diverged."""
        return not self.counts

    @property
    def exit_code(self) -> int:
        """0 none, 1 some."""
        return 0 if self.clean else 1

    def verdicts(self, levels: tuple[str, ...] = ("L0", "L1")) -> Mapping[str, str]:
        """``pass`` or ``fail`` for each level that was checked."""
        failed = {level_of(code) for code in self.counts}
        return {level: "fail" if level in failed else "pass" for level in levels}

    def lines(self) -> list[str]:
        """One line a divergence, then one for each code that was cut short."""
        kept: dict[str, int] = {}
        for divergence in self.divergences:
            kept[divergence.code] = kept.get(divergence.code, 0) + 1
        cut = [f"{code} …: {n - kept.get(code, 0)} more" for code, n in sorted(self.counts.items()) if n > kept.get(code, 0)]
        return [divergence.line for divergence in self.divergences] + cut

    def text(self) -> str:
        """The divergences, a line each; empty when there are none."""
        return "".join(f"{line}\n" for line in self.lines())

    def json(self) -> str:
        """The whole report as canonical JSON and a line end."""
        members = {
            "format": "sunlit report 1",
            "subject": self.subject,
            "facts": self.facts,
            "verdicts": self.verdicts(),
            "counts": self.counts,
            "divergences": self.divergences,
            "note_counts": self.note_counts,
            "notes": self.notes,
        }
        return canonical.encode(members).decode() + "\n"
