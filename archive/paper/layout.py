"""From a `Document` to pages of marks: what stands where, before anything is drawn.

Pure.  Units are points, y runs down from the top edge.  A block becomes strips; the pager puts
strips on pages, keeps bound ones together and repeats a table's header.  Paper is A4.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from archive.paper import grid
from archive.paper.lines import Advance, Face, balanced, broken
from archive.paper.marks import GREY, INK, LEADING, Anchor, Mark, Modules, Page, Rule, Strip, Text, moved
from archive.paper.tree import Block, Code, Document, Heading, Pairs, Paragraph, Section, Signatory, Signatures, Style, Table

MM = 72 / 25.4
SHORT, LONG = 210 * MM, 297 * MM
TOP, BOTTOM, SIDE = 27 * MM, 23 * MM, 24 * MM
BODY, SMALL = 10.5, 8.5
SQUARE = 26 * MM

_SIZES: dict[Style, float] = {"body": BODY, "plain": BODY, "strong": BODY, "small": SMALL, "center": BODY, "right": BODY}


def pages(document: Document, advance: Advance) -> tuple[Page, ...]:
    """Set the whole paper; there is always at least one page."""
    laid: list[Page] = []
    turned = bool(document.sections) and document.sections[0].landscape
    pending = list(_title(document, advance, _measure(turned)))
    for section in document.sections:
        if section.landscape != turned:
            laid += _flow(pending, turned)
            pending, turned = [], section.landscape
        for block in _blocks(section):
            if isinstance(block, Signatures | Code):
                _bind_last(pending)
            pending += _block(block, advance, _measure(turned))
    return (*laid, *_flow(pending, turned))


def _measure(turned: bool) -> float:
    return (LONG if turned else SHORT) - 2 * SIDE


def _title(document: Document, advance: Advance, width: float) -> Iterator[Strip]:
    for text, size, bold, tint in ((document.title, 19.0, True, INK), (document.subtitle, 9.5, False, GREY)):
        face = Face(advance, size, bold)
        for line in balanced(text, face, width) if text else ():
            yield Strip(size * 1.45, (Text((width - line.width) / 2, size * 1.1, line.text, size, bold, tint),), bound=True)
    if document.number:
        text = f"编号：{document.number}"
        for line in broken(text, Face(advance, 9.5), width):
            yield Strip(18, (Text(width - line.width, 13, line.text, 9.5),), bound=True)
    yield Strip(6, blank=True)


def _blocks(section: Section) -> tuple[Block, ...]:
    heading = (Heading(section.heading, section.english, level=1),) if section.heading else ()
    return (*heading, *section.blocks)


def _bind_last(strips: list[Strip]) -> None:
    """Seals and codes never stand alone on a page: the last line before them goes with them."""
    for i in range(len(strips) - 1, -1, -1):
        strips[i] = replace(strips[i], bound=True)
        if not strips[i].blank:
            return


def _block(block: Block, advance: Advance, width: float) -> Iterator[Strip]:
    match block:
        case Heading():
            yield from _heading(block, advance, width)
        case Paragraph():
            yield from _paragraph(block, advance, width)
        case Pairs():
            yield from grid.form(block, advance, width)
            yield Strip(6, blank=True)
        case Table():
            yield from grid.table(block, advance, width)
            yield Strip(6, blank=True)
        case Code():
            yield _code(block, advance, width)
        case Signatures():
            yield from _signatures(block, advance, width)
        case _:
            assert_never(block)


def _heading(block: Heading, advance: Advance, width: float) -> Iterator[Strip]:
    size = 12.5 if block.level == 1 else BODY
    yield Strip(size * 0.7, blank=True, bound=True)
    lines = broken(block.text, Face(advance, size, bold=True), width)
    for i, line in enumerate(lines):
        marks: list[Mark] = [Text(0, size * 1.15, line.text, size, bold=True)]
        if i == 0 and block.level == 1:
            marks.append(Anchor(0, block.text))
        if line.last and block.english and line.width + 8 + Face(advance, SMALL).width(block.english) <= width:
            marks.append(Text(line.width + 8, size * 1.15, block.english, SMALL, tint=GREY))
        yield Strip(size * 1.6, tuple(marks), bound=True)


def _paragraph(block: Paragraph, advance: Advance, width: float) -> Iterator[Strip]:
    size = _SIZES[block.style]
    bold = block.style == "strong"
    indent = 2 * size if block.style == "body" else 0.0
    tint = GREY if block.style == "small" else INK
    lines = broken(block.text, Face(advance, size, bold), width, indent)
    start = True
    for i, line in enumerate(lines):
        free = width - line.width - (indent if start else 0.0)
        x = {"center": free / 2, "right": free}.get(block.style, indent if start else 0.0)
        gap = 0.0
        if block.style in ("body", "plain", "small") and not line.last and len(line.text) > 1:
            stretch = free / (len(line.text) - 1)
            gap = stretch if 0 < stretch <= size * 0.16 else 0.0
        # The first two lines and the last two stay together, so that no line of a paragraph stands alone on a page.
        bound = len(lines) > 1 and i in (0, len(lines) - 2)
        yield Strip(size * LEADING, (Text(x, size * 1.2, line.text, size, bold, tint, gap),), bound=bound)
        start = line.last
    yield Strip(size * 0.25, blank=True)


def _code(block: Code, advance: Advance, width: float) -> Strip:
    marks: list[Mark] = [Modules(0, 4, SQUARE, block.text)]
    x, y = SQUARE + 10, 14.0
    room = width - x
    for text, size, bold in ((block.caption, SMALL + 0.5, True), (block.text, 7.5, False)):
        for line in broken(text, Face(advance, size, bold), room) if text else ():
            marks.append(Text(x, y, line.text, size, bold, INK if bold else GREY))
            y += size * 1.5
    return Strip(max(SQUARE + 10, y + 4), tuple(marks))


def _signatures(block: Signatures, advance: Advance, width: float) -> Iterator[Strip]:
    yield Strip(14, blank=True, bound=True)
    half = width / 2
    signatories = block.signatories
    rows = [signatories[i : i + 2] for i in range(0, len(signatories), 2)]
    for i, row in enumerate(rows):
        # One alone stands at the right, where a letter is signed.
        places = [half] if len(row) == 1 and len(rows) == 1 else [0.0, half]
        parts = [_signed(who, advance, half - 12) for who in row]
        marks = tuple(moved(mark, x, 0) for x, (_, inner) in zip(places, parts, strict=False) for mark in inner)
        yield Strip(max(height for height, _ in parts), marks, bound=i < len(rows) - 1)


def _signed(who: Signatory, advance: Advance, room: float) -> tuple[float, list[Mark]]:
    """Capacity and name, room for a seal or a hand, a rule, then the electronic signature and the date."""
    marks: list[Mark] = []
    y = 14.0
    above = ((f"{who.role}：", BODY, False), (who.name, BODY, True))
    below = ((who.mark, 7.5, False), (who.date, BODY, False))
    for texts in (above, below):
        for text, size, bold in texts:
            for line in broken(text, Face(advance, size, bold), room) if text else ():
                marks.append(Text(0, y, line.text, size, bold, GREY if size < BODY else INK))
                y += size * LEADING
        if texts is above:
            y += 16
            marks.append(Rule(0, y, room, y, 0.4, GREY))
            y += 14
    return y + 6, marks


def _flow(strips: Sequence[Strip], turned: bool) -> list[Page]:
    """Put strips on pages; a group of bound strips goes to a fresh page when it does not fit here."""
    width, height = (LONG, SHORT) if turned else (SHORT, LONG)
    room = height - TOP - BOTTOM
    laid: list[Page] = []
    marks: list[Mark] = []
    y = 0.0
    last: Strip | None = None
    for group in _groups(strips):
        tall = sum(s.height for s in group)
        whole = tall + sum(h.height for h in group[0].head) <= room
        for i, strip in enumerate(group):
            need = tall if whole and i == 0 else strip.height
            if last is not None and y + need > room + 0.01:
                marks += _placed(last.foot, y - last.height)
                laid.append(Page(width, height, tuple(marks)))
                marks, y, last = [], 0.0, None
                for part in strip.head:
                    marks += _placed(part.marks, y)
                    y += part.height
            if last is None and strip.blank:
                continue
            marks += _placed(strip.marks, y)
            y += strip.height
            last = strip
    laid.append(Page(width, height, tuple(marks)))
    return laid


def _placed(marks: tuple[Mark, ...], y: float) -> Iterator[Mark]:
    return (moved(mark, SIDE, TOP + y) for mark in marks)


def _groups(strips: Sequence[Strip]) -> Iterator[list[Strip]]:
    group: list[Strip] = []
    for strip in strips:
        group.append(strip)
        if not strip.bound:
            yield group
            group = []
    if group:
        yield group
