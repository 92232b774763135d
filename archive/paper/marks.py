"""What can stand on a page, and the slices that a page is made of.

Pure.  Units are points (1/72 inch); y runs down.  Tints are 0xRRGGBB.
"""

from dataclasses import dataclass, replace
from typing import assert_never

INK, GREY, RED, PALE = 0x000000, 0x5A5A5A, 0xB00000, 0xF1F1EE
LEADING = 1.62


@dataclass(frozen=True, slots=True)
class Text:
    """Characters on a baseline at (x, y); ``gap`` is added after each for justification."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    tint: int = INK
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    weight: float = 0.5
    tint: int = INK


@dataclass(frozen=True, slots=True)
class Fill:
    """A tinted rectangle behind what follows."""

    x: float
    y: float
    width: float
    height: float
    tint: int = PALE


@dataclass(frozen=True, slots=True)
class Modules:
    """A QR code of ``text`` in a square."""

    x: float
    y: float
    side: float
    text: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place that the reader's outline names."""

    y: float
    text: str


Mark = Text | Rule | Fill | Modules | Anchor


@dataclass(frozen=True, slots=True)
class Strip:
    """A horizontal slice of the text area that is never cut.

    ``bound`` keeps it with the next strip, ``head`` is printed above it when it begins a page,
    ``foot`` in it when it ends one, and a ``blank`` strip vanishes at the top of a page.
    """

    height: float
    marks: tuple[Mark, ...] = ()
    bound: bool = False
    blank: bool = False
    head: tuple["Strip", ...] = ()
    foot: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its size, and marks with y from the top edge of the paper."""

    width: float
    height: float
    marks: tuple[Mark, ...]


def moved(mark: Mark, x: float, y: float) -> Mark:
    """The same mark elsewhere."""
    match mark:
        case Text() | Fill() | Modules():
            return replace(mark, x=mark.x + x, y=mark.y + y)
        case Rule():
            return replace(mark, x1=mark.x1 + x, y1=mark.y1 + y, x2=mark.x2 + x, y2=mark.y2 + y)
        case Anchor():
            return replace(mark, y=mark.y + y)
        case _:
            assert_never(mark)
