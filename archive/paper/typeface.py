"""The embedded faces: which characters they draw, how wide, and in which face.

Noto Sans SC sets Chinese and Latin; Noto Sans sets Greek, Cyrillic and accented Latin, so that the
name of a foreign tenderer is not refused.  Nothing else is ever used: a character that neither
draws, a control character, an invisible one or a combining mark is unprintable.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import category

from msgspec import Struct
from msgspec.structs import replace
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from archive.errors import Invalid
from archive.paper.tree import Document

FOLDER = Path(__file__).parent.parent / "fonts"
FACES = {
    ("SC", False): "NotoSansSC-Regular",
    ("SC", True): "NotoSansSC-Bold",
    ("Latin", False): "NotoSans-Regular",
    ("Latin", True): "NotoSans-Bold",
}

# Greek and Cyrillic come whole from one face, so that no word mixes two; of Noto Sans only scripts
# that need no shaping are used.
_ALPHABETS = ((0x0370, 0x0530), (0x1E00, 0x2000))
_ACCENTED = ((0x00A0, 0x0590), (0x1E00, 0x2000), (0x20A0, 0x20D0))
_UNSEEN = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Mc", "Zl", "Zp"))


class Glyphs(NamedTuple):
    """The characters of one face: code point to width in thousandths of the size."""

    name: str
    widths: dict[int, float]


class Run(NamedTuple):
    """Neighbouring characters in one face."""

    face: str
    text: str


class Copyable(TTFont):
    """A face whose rare characters can be copied and searched in the PDF.

    The library writes a character beyond U+FFFF as five digits in the table that turns glyphs back
    into text; readers want UTF-16, and show another character or none (𬭎 of a name became Ⲵ).
    """

    def addObjects(self, doc: Any) -> None:
        """Let the library write its objects, then mend that table."""
        super().addObjects(doc)  # type: ignore[no-untyped-call]
        for name, part in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                part.content = re.sub("<([0-9A-F]{5,6})>", _utf16, part.content)


def _utf16(code: re.Match[str]) -> str:
    return f"<{chr(int(code[1], 16)).encode('utf-16-be').hex().upper()}>"


@cache
def faces() -> dict[tuple[str, bool], Glyphs]:
    """Load the four files once and make them known to the press."""
    loaded = {}
    for key, name in FACES.items():
        font = Copyable(name, str(FOLDER / f"{name}.ttf"), asciiReadable=False, shapable=False)  # type: ignore[no-untyped-call]
        registerFont(font)  # type: ignore[no-untyped-call]
        widths: dict[int, float] = font.face.charWidths
        loaded[key] = Glyphs(name, {code: float(widths[code]) for code in font.face.charToGlyph if code in widths})
    return loaded


@cache
def glyphs(char: str, bold: bool) -> Glyphs | None:
    """The face that draws ``char``, or None when it is unprintable."""
    code = ord(char)
    if category(char) in _UNSEEN:
        return None
    chinese, latin = faces()["SC", bold], faces()["Latin", bold]
    order = (latin, chinese) if _within(code, _ALPHABETS) else (chinese, latin)
    for face in order:
        if code in face.widths and (face is chinese or _within(code, _ACCENTED)):
            return face
    return None


def advance(char: str, bold: bool) -> float:
    """Width of a printable character at one point of size."""
    face = glyphs(char, bold)
    return 0.0 if face is None else face.widths[ord(char)] / 1000


def runs(text: str, bold: bool) -> Iterator[Run]:
    """Cut a line of printable text where the face changes."""
    for name, chars in groupby(text, lambda c: face.name if (face := glyphs(c, bold)) else ""):
        yield Run(name, "".join(chars))


def unprintable(text: str) -> tuple[str, ...]:
    """The characters of ``text`` that no paper can show, as ``U+1F34E``, each once; ``\\n`` is fine."""
    return tuple(dict.fromkeys(_point(c) for c in text if not _drawn(c)))


def check(document: Document) -> None:
    """See that every character of the paper can be printed, before anything is.

    Raises:
        Invalid: ``paper.glyph`` with the character, the place in the tree and the text around it.
    """
    for where, text in _texts(document, ""):
        bad = unprintable(text)
        if bad:
            raise Invalid("paper.glyph", char=bad[0], where=where, text=_spelled(text)[:60])


def spelled(document: Document) -> Document:
    """The same paper with every unprintable character written out as ``〔U+1F34E〕``.

    For papers that must come out whatever a sealed envelope contained, such as the opening record:
    nothing is dropped and nothing is shown as a box.
    """
    return replace(document, **{name: _respelled(value) for name, value in _fields(document)})


def _respelled(value: object) -> object:
    match value:
        case str():
            return _spelled(value.replace("\r\n", "\n"))
        case tuple():
            return tuple(_respelled(v) for v in value)
        case Struct():
            return replace(value, **{name: _respelled(v) for name, v in _fields(value)})
        case _:
            return value


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield where, value
        case tuple():
            for i, v in enumerate(value):
                yield from _texts(v, f"{where}[{i}]")
        case Struct():
            for name, v in _fields(value):
                yield from _texts(v, f"{where}.{name}" if where else name)
        case _:
            pass


def _fields(value: Struct) -> Iterator[tuple[str, object]]:
    return ((name, getattr(value, name)) for name in value.__struct_fields__)


def _spelled(text: str) -> str:
    return "".join(c if _drawn(c) else f"〔{_point(c)}〕" for c in text)


def _drawn(char: str) -> bool:
    return char == "\n" or glyphs(char, False) is not None


def _point(char: str) -> str:
    return f"U+{ord(char):04X}"


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code < high for low, high in ranges)
