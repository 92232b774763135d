"""Signed notes: a text, a blank line, signature lines (trace-log 1.3; C2SP signed-note).

Parsing says nothing about trust: a `Note` is well formed, no more.  `open_note` and
`archive.policy` say who signed it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from archive.checkpoints import line_time
from archive.faults import Fault
from archive.strict import base64, unbase64
from archive.vkeys import Key, valid_name

MAX_BYTES: Final = 256 * 1024
"""Longest note."""

MAX_LINES: Final = 64
"""Most signature lines; a post-quantum line is about 3.3 kB."""

_DASH = "— "
_NOT_TEXT = {chr(c) for c in range(0x20)} - {"\n"}


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line: who claims to have signed, and the claim (after the four bytes of the key id)."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def text(self) -> str:
        """The line with its line end."""
        return f"{_DASH}{self.name} {base64(self.key_id + self.signature)}\n"

    def claims(self, key: Key) -> bool:
        """Whether this line says that it is by ``key``."""
        return self.name == key.name and self.key_id == key.id


@dataclass(frozen=True, slots=True)
class Note:
    """A well-formed note; ``text`` ends in a line end."""

    text: str
    lines: tuple[Line, ...]

    @property
    def raw(self) -> bytes:
        """The note as it travels."""
        return write_note(self.text, self.lines)


def write_note(text: str, lines: Iterable[Line | str]) -> bytes:
    """A note of a text that ends in a line end and of its lines."""
    return (text + "\n" + "".join(line if isinstance(line, str) else line.text for line in lines)).encode()


def parse_line(text: str) -> Line:
    """One signature line, without its line end.

    Raises:
        Fault: ``NOTE_BAD`` when it is not a dash, a name and base64 of more than four bytes.
    """
    name, space, encoded = text.removeprefix(_DASH).partition(" ")
    raw = unbase64(encoded)
    if not text.startswith(_DASH) or not space or not valid_name(name) or raw is None or len(raw) < 5:
        raise Fault("NOTE_BAD", f"not a signature line: {text[:60]!a}")
    return Line(name, raw[:4], raw[4:])


def parse_note(raw: bytes) -> Note:
    """A note from its bytes.

    Raises:
        Fault: ``NOTE_BAD`` for too long, not UTF-8, control characters, no blank line, no or too many lines.
    """
    if len(raw) > MAX_BYTES:
        raise Fault("NOTE_BAD", f"longer than {MAX_BYTES} bytes")
    try:
        note = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Fault("NOTE_BAD", "not UTF-8") from None
    if not _NOT_TEXT.isdisjoint(note):
        raise Fault("NOTE_BAD", "a control character")
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise Fault("NOTE_BAD", "no blank line before signature lines that end in a line end")
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_LINES:
        raise Fault("NOTE_BAD", f"more than {MAX_LINES} signature lines")
    return Note(text + "\n", tuple(map(parse_line, lines)))


def first_lines(note: Note) -> tuple[Line, ...]:
    """The lines that count: the first of each name and key id."""
    seen: dict[tuple[str, bytes], Line] = {}
    for line in note.lines:
        seen.setdefault((line.name, line.key_id), line)
    return tuple(seen.values())


def open_note(raw: bytes, keys: Sequence[Key]) -> tuple[str, tuple[Key, ...]]:
    """The text and those of ``keys`` that signed it, in the order of ``keys``.

    Raises:
        Fault: ``NOTE_BAD``; ``SIG_BAD`` when a line of a known key fails; ``SIG_MISSING`` when none of them signed.
    """
    note = parse_note(raw)
    lines = first_lines(note)
    signed = []
    for key in dict.fromkeys(keys):
        for line in lines:
            if line.claims(key):
                if line_time(key, note.text, line.signature) is None:
                    raise Fault("SIG_BAD", f"the line of {key.label} fails")
                signed.append(key)
    if not signed:
        raise Fault("SIG_MISSING", "no line of a known key")
    return note.text, tuple(signed)
