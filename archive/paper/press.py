"""Prints a `Document` as PDF: embedded subsets of the platform's faces, the same bytes each time.

The bytes depend on the tree, the font files and the machine's zlib; not on the clock, the process,
the environment or earlier prints.  No PDF/A conformance is claimed.
"""

from datetime import UTC, datetime, timedelta
from hashlib import md5
from io import BytesIO
from itertools import groupby
from threading import Lock
from typing import Protocol, assert_never

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.pdfgen.canvas import Canvas

from archive.errors import Invalid
from archive.paper.layout import BOTTOM, SIDE, TOP, pages
from archive.paper.lines import Face
from archive.paper.marks import GREY, RED, Anchor, Fill, Mark, Modules, Page, Rule, Text
from archive.paper.tree import Block, Code, Document, digest
from archive.paper.typeface import FACES, advance, check, faces, runs

CODE_BYTES = 800
VERSION = (1, 7)  # ISO 32000-1
DEMO = "演示数据 DEMO DATA"

# Guards the faces that all papers share: the library reads a font file through one moving position
# and keeps subsets per document.  Held for one print, about 40 ms a page.
_PRESS = Lock()


class Pen(Protocol):
    """What is used of the library's text object."""

    def setFont(self, face: str, size: float) -> None: ...
    def setFillColorRGB(self, r: float, g: float, b: float) -> None: ...
    def setCharSpace(self, gap: float) -> None: ...
    def textOut(self, text: str) -> None: ...


class Sheet(Protocol):
    """What is used of the library's canvas; its y runs up from the lower edge."""

    def setPageSize(self, size: tuple[float, float]) -> None: ...
    def setStrokeColorRGB(self, r: float, g: float, b: float) -> None: ...
    def setFillColorRGB(self, r: float, g: float, b: float) -> None: ...
    def setLineWidth(self, weight: float) -> None: ...
    def line(self, x1: float, y1: float, x2: float, y2: float) -> None: ...
    def rect(self, x: float, y: float, width: float, height: float, stroke: int, fill: int) -> None: ...
    def beginText(self, x: float, y: float) -> Pen: ...
    def drawText(self, text: Pen) -> None: ...
    def bookmarkHorizontal(self, key: str, x: float, y: float, /) -> None: ...
    def addOutlineEntry(self, title: str, key: str) -> None: ...
    def showPage(self) -> None: ...
    def save(self) -> None: ...


def pdf(document: Document) -> bytes:
    """Print.

    Raises:
        Invalid: ``paper.glyph`` for a character that no face draws, ``paper.code`` for a QR text over
            ``CODE_BYTES`` bytes; both before a byte is printed.
    """
    check(document)
    for section in document.sections:
        for block in section.blocks:
            _check_code(block)
    laid = pages(document, advance)
    fingerprint = digest(document).hex()
    out = BytesIO()
    with _PRESS:
        sheet = _sheet(out, document)
        for number, page in enumerate(laid, start=1):
            sheet.setPageSize((page.width, page.height))
            for mark in (*page.marks, *_margins(document, page, number, len(laid), fingerprint)):
                _draw(sheet, mark, page.height, number)
            sheet.showPage()
        sheet.save()
    return out.getvalue()


def _check_code(block: Block) -> None:
    if isinstance(block, Code) and len(block.text.encode()) > CODE_BYTES:
        raise Invalid("paper.code", bytes=len(block.text.encode()), limit=CODE_BYTES)


def _sheet(out: BytesIO, document: Document) -> Sheet:
    faces()
    canvas = Canvas(out, pageCompression=1, invariant=1, lang="zh-CN", pdfVersion=VERSION, initialFontName=FACES["SC", False])  # type: ignore[no-untyped-call]
    canvas.setViewerPreference("DisplayDocTitle", "true")  # type: ignore[no-untyped-call]
    file = canvas._doc
    info = file.info
    info.title, info.subject, info.author = document.title.replace("\n", " "), document.number, document.platform
    info.creator = info.producer = "Sunlit"
    # The library takes date and identifier from the clock or from SOURCE_DATE_EPOCH; a paper has its own.
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=document.at)
    file._timeStamp.YMDhms, file._timeStamp.dhh, file._timeStamp.dmm = moment.timetuple()[:6], 0, 0
    file.signature = md5(digest(document), usedforsecurity=False)
    return canvas


def _margins(document: Document, page: Page, number: int, count: int, fingerprint: str) -> list[Mark]:
    """Header and footer of one page."""
    right = page.width - SIDE
    head, foot = TOP - 14, page.height - BOTTOM + 18
    place = f"第 {number} 页 共 {count} 页"
    mark = f"内容摘要 {fingerprint[:16]}"
    small, tiny = Face(advance, 8.5), Face(advance, 7)
    marks: list[Mark] = [
        Text(SIDE, head - 5, document.platform, 8.5, tint=GREY),
        Rule(SIDE, head, right, head, 0.4, GREY),
        Rule(SIDE, foot, right, foot, 0.4, GREY),
        Text((page.width - small.width(place)) / 2, foot + 12, place, 8.5, tint=GREY),
        Text(SIDE, foot + 12, document.number[:28], 7, tint=GREY),
        Text(right - tiny.width(mark), foot + 12, mark, 7, tint=GREY),
    ]
    if document.demo:
        bold = Face(advance, 9, bold=True)
        marks.append(Text(right - bold.width(DEMO), head - 5, DEMO, 9, bold=True, tint=RED))
    return marks


def _draw(sheet: Sheet, mark: Mark, height: float, number: int) -> None:
    match mark:
        case Text():
            line = sheet.beginText(mark.x, height - mark.y)
            line.setFillColorRGB(*_rgb(mark.tint))
            line.setCharSpace(mark.gap)
            for run in runs(mark.text, mark.bold):
                line.setFont(run.face, mark.size)
                line.textOut(run.text)
            sheet.drawText(line)
        case Rule():
            sheet.setStrokeColorRGB(*_rgb(mark.tint))
            sheet.setLineWidth(mark.weight)
            sheet.line(mark.x1, height - mark.y1, mark.x2, height - mark.y2)
        case Fill():
            sheet.setFillColorRGB(*_rgb(mark.tint))
            sheet.rect(mark.x, height - mark.y - mark.height, mark.width, mark.height, stroke=0, fill=1)
        case Modules():
            _modules(sheet, mark, height)
        case Anchor():
            key = f"{number}.{mark.y:.1f}"
            sheet.bookmarkHorizontal(key, 0, height - mark.y)
            sheet.addOutlineEntry(mark.text, key)
        case _:
            assert_never(mark)


def _modules(sheet: Sheet, mark: Modules, height: float) -> None:
    code = QRCode(None, QRErrorCorrectLevel.M)  # type: ignore[no-untyped-call]
    code.addData(mark.text)  # type: ignore[no-untyped-call]
    code.make()  # type: ignore[no-untyped-call]
    modules: list[list[bool]] = code.modules or []
    size = mark.side / len(modules)
    sheet.setFillColorRGB(0, 0, 0)
    for r, row in enumerate(modules):
        column = 0
        for dark, same in groupby(row, bool):
            width = len(list(same))
            if dark:
                sheet.rect(mark.x + column * size, height - mark.y - (r + 1) * size, width * size, size, stroke=0, fill=1)
            column += width


def _rgb(tint: int) -> tuple[float, float, float]:
    return (tint >> 16) / 255, (tint >> 8 & 255) / 255, (tint & 255) / 255
