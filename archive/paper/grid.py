"""Ruled cells: tables and forms as strips, one a row.

Pure.  A row taller than ``TALL`` is cut between its lines instead of being pushed to the next page,
so that no text can be too long for the paper.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from archive.paper.lines import Advance, Face, Line, broken
from archive.paper.marks import GREY, INK, Fill, Mark, Rule, Strip, Text
from archive.paper.tree import Align, Pair, Pairs, Table

CELL = 9.0
PAD_X, PAD_Y = 4.0, 3.2
TALL = 260.0
LINE = CELL * 1.45


@dataclass(frozen=True, slots=True)
class Cell:
    """A box of lines between two vertical rules; titles and labels are bold on a tint."""

    x: float
    width: float
    lines: tuple[Line, ...]
    align: Align = "left"
    bold: bool = False


def table(block: Table, advance: Advance, width: float) -> Iterator[Strip]:
    """Caption, header (repeated on each page), rows."""
    if block.caption:
        yield caption(block.caption)
    edges = _edges([c.share for c in block.columns], width)
    titles = [_cell(edges, i, c.title, advance, "center", bold=True) for i, c in enumerate(block.columns)]
    header = tuple(_row(titles, bound=True))
    yield from header
    rows = block.rows or ((block.empty,),)
    for texts in rows:
        if len(texts) == len(block.columns):
            cells = [_cell(edges, i, text, advance, block.columns[i].align) for i, text in enumerate(texts)]
        else:
            cells = [_cell([0.0, width], 0, " ".join(texts), advance, "center")]
        yield from _row(cells, head=header)


def form(block: Pairs, advance: Advance, width: float) -> Iterator[Strip]:
    """Labels and values, ``across`` pairs in a row."""
    top = (Strip(0.0, (Rule(0, 0, width, 0),)),)
    label = min(0.3, 0.21 if block.across == 1 else 0.36 / block.across)
    rest = 1 / block.across - label
    shares = [label, rest] * block.across
    for pairs in _rows_of(block.rows, block.across):
        used = shares[: 2 * len(pairs)]
        used[-1] += sum(shares[2 * len(pairs) :])
        edges = _edges(used, width)
        texts = [t for pair in pairs for t in (pair.label, pair.text)]
        cells = [
            _cell(edges, i, text, advance, "left") if i % 2 else _cell(edges, i, text, advance, "center", bold=True)
            for i, text in enumerate(texts)
        ]
        yield from _row(cells, head=top)


def caption(text: str) -> Strip:
    """The line above a table."""
    return Strip(LINE + 4, (Text(0, LINE - 2, text, CELL, True, GREY),), bound=True)


def _rows_of(pairs: Iterable[Pair], across: int) -> Iterator[list[Pair]]:
    row: list[Pair] = []
    for pair in pairs:
        if pair.wide and row:
            yield row
            row = []
        row.append(pair)
        if pair.wide or len(row) == across:
            yield row
            row = []
    if row:
        yield row


def _edges(shares: Iterable[float], width: float) -> list[float]:
    parts = list(shares)
    return [0.0, *(width * part / sum(parts) for part in accumulate(parts))]


def _cell(edges: list[float], i: int, text: str, advance: Advance, align: Align, *, bold: bool = False) -> Cell:
    room = edges[i + 1] - edges[i] - 2 * PAD_X
    lines = broken(text, Face(advance, CELL, bold), max(room, CELL))
    return Cell(edges[i], edges[i + 1] - edges[i], lines, align, bold)


def _row(cells: list[Cell], *, bound: bool = False, head: tuple[Strip, ...] = ()) -> Iterator[Strip]:
    count = max(len(c.lines) for c in cells)
    height = count * LINE + 2 * PAD_Y
    right = cells[-1].x + cells[-1].width
    top, bottom = Rule(0, 0, right, 0), Rule(0, height, right, height)
    if height <= TALL:
        yield Strip(height, (*_sides(cells, height), top, bottom, *_texts(cells, count)), bound, head=head)
        return
    for k in range(count):
        first, last = k == 0, k == count - 1
        tall = LINE + (PAD_Y if first else 0) + (PAD_Y if last else 0)
        end = Rule(0, tall, right, tall)
        edges = (*((top,) if first else ()), *((end,) if last else ()))
        line = _texts([Cell(c.x, c.width, c.lines[k : k + 1], c.align, c.bold) for c in cells], 1, 0.0 if first else -PAD_Y)
        yield Strip(tall, (*_sides(cells, tall), *edges, *line), bound, head=head, foot=() if last else (end,))


def _sides(cells: list[Cell], height: float) -> Iterator[Mark]:
    yield from (Fill(c.x, 0, c.width, height) for c in cells if c.bold)
    yield from (Rule(x, 0, x, height) for x in (*(c.x for c in cells), cells[-1].x + cells[-1].width))


def _texts(cells: list[Cell], count: int, shift: float = 0.0) -> tuple[Mark, ...]:
    return tuple(mark for cell in cells for mark in _set(cell, count, shift))


def _set(cell: Cell, count: int, shift: float) -> Iterator[Mark]:
    y = PAD_Y + shift + (count - len(cell.lines)) * LINE / 2 + CELL * 1.08
    slack = cell.width - 2 * PAD_X
    for i, line in enumerate(cell.lines):
        free = slack - line.width
        x = cell.x + PAD_X + {"left": 0.0, "center": free / 2, "right": free}[cell.align]
        yield Text(x, y + i * LINE, line.text, CELL, cell.bold, INK)
