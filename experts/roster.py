"""A pool owner's list as CSV or XLSX: read row by row with a report, written again for people.

Identity numbers pass through in clear on their way to the keyed digest that the caller supplies; nothing here keeps them.  Lists
inside a cell are separated by semicolons (either width); a former employer is ``name@from-to``.  Dates are yyyymmdd.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from archive.errors import Invalid
from experts.categories import CODE, Categories
from experts.days import day
from experts.expert.messages import Apply, Employment, Person
from experts.queries import ExpertView

HEADER: Final = ("编号", "姓名", "证件号码", "专业", "行政区划", "现单位", "入职日期", "历任单位", "职称", "从业年限", "同等条件")
EXPORT: Final = ("编号", "姓名", "状态", "专业", "行政区划", "现单位", "职称", "入库日期", "聘期至", "考核", "抽中次数")
MOST_ROWS: Final = 100_000
MOST_BYTES: Final = 64 << 20
MOST_UNPACKED: Final = 512 << 20
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,55}")
_REGION = re.compile(r"[0-9]{6}")
_FORMER = re.compile(r"(.+)@([0-9]{8})-([0-9]{8})")
_LIST = re.compile("[;；]")
_RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that can be applied for: the expert's id, who he is, and his application without that."""

    line: int
    id: str
    person: Person
    application: Apply


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot: the column and why, in a word that the page translates (empty, form, unknown, twice, number, day)."""

    line: int
    column: str
    why: str
    text: str


@dataclass(frozen=True, slots=True)
class Roster:
    """What was read: good rows and bad ones, in the order of lines (the header is line 1)."""

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]


def read(raw: bytes, digest: Callable[[str], str], tree: Categories) -> Roster:
    """Read a list; ``digest`` turns an identity number into the pool's keyed digest.

    Raises:
        Invalid: ``roster.file`` when the file as a whole cannot be read: neither form, another header, too long.
    """
    if len(raw) > MOST_BYTES:
        raise Invalid("roster.file", why=f"{len(raw)} bytes > {MOST_BYTES}")
    rows = _xlsx(raw) if raw[:4] == b"PK\x03\x04" else _csv(raw)
    header = next(rows, [])
    if tuple(header[: len(HEADER)]) != HEADER:
        raise Invalid("roster.file", why=",".join(HEADER))
    entries: list[Entry] = []
    faults: list[Fault] = []
    seen: dict[str, set[str]] = {"编号": set(), "证件号码": set()}
    for line, cells in enumerate(rows, 2):
        if line > MOST_ROWS + 1:
            raise Invalid("roster.file", why=f"> {MOST_ROWS}")
        if not any(cells):
            continue
        given = dict(zip(HEADER, [*cells, *[""] * len(HEADER)], strict=False))
        wrong = [Fault(line, column, why, text[:60]) for column, why, text in _wrong(given, tree, seen)]
        faults += wrong
        if not wrong:
            entries.append(Entry(line, given["编号"], Person(given["姓名"]), _application(given, digest)))
    return Roster(tuple(entries), tuple(faults))


def _csv(raw: bytes) -> Iterator[list[str]]:
    try:
        text = raw.decode("utf-8-sig")
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            yield [cell.strip() for cell in row]
    except (UnicodeDecodeError, csv.Error) as e:
        raise Invalid("roster.file", why=str(e)[:80]) from None


def _xlsx(raw: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise Invalid("roster.file", why=f"> {MOST_UNPACKED} bytes unpacked")
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield [_cell(value) for value in row]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError) as e:
        raise Invalid("roster.file", why=str(e)[:80]) from None


def _cell(value: object) -> str:
    if isinstance(value, date):  # a datetime is one as well
        return value.strftime("%Y%m%d")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _wrong(given: dict[str, str], tree: Categories, seen: dict[str, set[str]]) -> Iterator[tuple[str, str, str]]:
    """Every column that is wrong, with why and what stands there; identity numbers are never quoted."""
    for column in ("编号", "姓名", "证件号码", "专业", "行政区划", "现单位", "入职日期", "从业年限"):
        if not given[column]:
            yield column, "empty", ""
    if given["编号"] and not _ID.fullmatch(given["编号"]):
        yield "编号", "form", given["编号"]
    for column, known in seen.items():
        if given[column] in known:
            yield column, "twice", given[column] if column == "编号" else ""
        if given[column]:
            known.add(given[column])
    for code in _listed(given["专业"]):
        if not CODE.fullmatch(code) or code not in tree:
            yield "专业", "unknown", code
    if given["行政区划"] and not _REGION.fullmatch(given["行政区划"]):
        yield "行政区划", "form", given["行政区划"]
    if given["从业年限"] and not (given["从业年限"].isascii() and given["从业年限"].isdigit()):
        yield "从业年限", "number", given["从业年限"]
    yield from _days(given)


def _days(given: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    texts = [("入职日期", given["入职日期"])] if given["入职日期"] else []
    for former in _listed(given["历任单位"]):
        m = _FORMER.fullmatch(former)
        if m is None:
            yield "历任单位", "form", former
        else:
            texts += [("历任单位", m[2]), ("历任单位", m[3])]
    for column, text in texts:
        try:
            day(int(text))
        except (ValueError, Invalid):
            yield column, "day", text


def _application(given: dict[str, str], digest: Callable[[str], str]) -> Apply:
    formers = [m for text in _listed(given["历任单位"]) if (m := _FORMER.fullmatch(text))]
    return Apply(
        identity=digest(given["证件号码"]),
        cats=tuple(dict.fromkeys(_listed(given["专业"]))),
        region=given["行政区划"],
        employment=(
            Employment(given["现单位"], int(given["入职日期"])),
            *(Employment(m[1], int(m[2]), int(m[3])) for m in formers),
        ),
        title=given["职称"],
        years=int(given["从业年限"]),
        equivalent=given["同等条件"],
    )


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in _LIST.split(cell) if part.strip()]


def write_csv(experts: Iterable[ExpertView]) -> bytes:
    """The pool as CSV, UTF-8 with the mark that spreadsheet programs look for."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(EXPORT)
    writer.writerows(_plain(_columns(e)) for e in experts)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(experts: Iterable[ExpertView]) -> bytes:
    """The pool as one sheet; every cell is text or a number, never a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("专家")
    sheet.append(list(EXPORT))
    for e in experts:
        sheet.append(_plain(_columns(e)))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _columns(e: ExpertView) -> Sequence[str | int]:
    cats = ";".join(e.cats)
    return (e.expert, e.name, e.status, cats, e.region, e.employer, e.title, e.admitted, e.term_until, e.grade, e.duties)


def _plain(cells: Sequence[str | int]) -> list[str | int]:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return ["'" + c if isinstance(c, str) and c.startswith(_RISKY) else c for c in cells]
