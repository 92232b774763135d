"""Where a text breaks into lines, the way Chinese is set.

Pure.  A line may end between two Chinese characters, after a blank, and nowhere inside a Latin word
or a figure; no closing punctuation begins a line and no opening bracket ends one.  A word longer
than the line is cut where the line is full.  Blanks inside a line, U+3000 too, are kept as written.
Widths are points.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Advance = Callable[[str, bool], float]
"""Width of one character at one point of size: (character, bold)."""

OPENING = frozenset("([{（〔［｛〈《「『【“‘￥¥$")
CLOSING = frozenset(")]}）〕］｝〉》」』】”’、。，．；：？！,.;:?!%％‰℃·…—～")
BLANK = frozenset(" \u3000\u2002\u2003\xa0")


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``last`` is the end of a paragraph, which is not stretched."""

    text: str
    width: float
    last: bool


@dataclass(frozen=True, slots=True)
class Face:
    """A size and weight to measure with."""

    advance: Advance
    size: float
    bold: bool = False

    def width(self, text: str) -> float:
        """Width of ``text`` in points."""
        return sum(self.advance(c, self.bold) for c in text) * self.size


def broken(text: str, face: Face, width: float, indent: float = 0.0) -> tuple[Line, ...]:
    """Lines no wider than ``width``; the first line of each paragraph leaves ``indent`` free."""
    return tuple(line for part in text.split("\n") for line in _filled(part, face, width, indent))


def balanced(text: str, face: Face, width: float) -> tuple[Line, ...]:
    """As few lines as `broken`, but of like length: for titles."""
    lines = broken(text, face, width)
    narrow = width
    while narrow > face.size * 4 and len(broken(text, face, narrow - face.size)) == len(lines):
        narrow -= face.size
    return broken(text, face, narrow)


def _filled(part: str, face: Face, width: float, indent: float) -> Iterator[Line]:
    line, used, room = "", 0.0, width - indent
    for word in _words(part):
        shown = face.width(word.rstrip("".join(BLANK)))
        if used + shown <= room:
            line, used = line + word, used + face.width(word)
        elif shown <= width:
            yield _line(line, face, last=False)
            line, used, room = word, face.width(word), width
        else:
            for c in word:
                step = face.width(c)
                if line and used + step > room:
                    yield _line(line, face, last=False)
                    line, used, room = "", 0.0, width
                line, used = line + c, used + step
    yield _line(line, face, last=True)


def _line(text: str, face: Face, *, last: bool) -> Line:
    text = text.rstrip("".join(BLANK))
    return Line(text, face.width(text), last)


def _words(part: str) -> Iterator[str]:
    start = 0
    for i in range(1, len(part)):
        if _may_break(part[i - 1], part[i]):
            yield part[start:i]
            start = i
    if part:
        yield part[start:]


def _may_break(before: str, after: str) -> bool:
    if after in BLANK:
        return False
    if before in BLANK:
        return True
    if before in OPENING or after in CLOSING:
        return False
    return _chinese(before) or _chinese(after)


def _chinese(c: str) -> bool:
    return ord(c) >= 0x2E80
