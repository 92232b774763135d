"""A pool owner's list: read row by row with a report, written for people."""

import csv
import io
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from archive.errors import Invalid
from experts import roster
from experts.categories import load
from experts.expert.messages import Employment
from experts.queries import ExpertView
from experts.roster import HEADER, read, write_csv, write_xlsx

TREE = load("code,name\nA,工程\nA08,市政\nA0801,市政工程\nA0802,房建\n".encode())
GOOD = [
    "E1",
    "演示甲",
    "530500199001010011",
    "A0801;A0802",
    "530500",
    "甲单位",
    "20200101",
    "乙单位@20150101-20191231",
    "高工",
    "12",
    "",
]


def digest(text: str) -> str:
    return sha256(b"key" + text.encode()).hexdigest()


def as_csv(*rows: list[str], header: tuple[str, ...] = HEADER) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(*rows: list[Any]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (list(HEADER), *rows):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bad(**changes: str) -> list[str]:
    return [changes.get(column, text) for column, text in zip(HEADER, GOOD, strict=True)]


def test_a_good_row_becomes_an_application_without_the_identity_number() -> None:
    found = read(as_csv(GOOD), digest, TREE)
    assert found.faults == ()
    (entry,) = found.entries
    assert (entry.line, entry.id) == (2, "E1")
    application = entry.application
    assert application.cats == ("A0801", "A0802")
    assert application.employment == (Employment("甲单位", 20200101), Employment("乙单位", 20150101, 20191231))
    assert entry.person.name == "演示甲" and application.name == ""
    assert application.identity == digest("530500199001010011")
    assert "530500199001010011" not in repr(application)


def test_a_workbook_reads_as_its_csv_does_dates_and_numbers_included() -> None:
    row: list[Any] = [*GOOD]
    row[4], row[6], row[9] = 530500, date(2020, 1, 1), 12.0
    assert read(as_xlsx(row), digest, TREE) == read(as_csv(GOOD), digest, TREE)


def test_lists_inside_a_cell_take_either_width_of_semicolon() -> None:
    found = read(as_csv(bad(专业="A0801\uff1bA0802")), digest, TREE)
    assert found.entries[0].application.cats == ("A0801", "A0802")


@pytest.mark.parametrize(
    ("column", "text", "why"),
    [
        ("姓名", "", "empty"),
        ("编号", "", "empty"),
        ("编号", "编号一", "form"),
        ("专业", "A0803", "unknown"),
        ("专业", "", "empty"),
        ("行政区划", "53", "form"),
        ("从业年限", "十二", "number"),
        ("从业年限", "٣", "number"),
        ("入职日期", "20200230", "day"),
        ("入职日期", "去年", "day"),
        ("历任单位", "乙单位", "form"),
        ("历任单位", "乙单位@20150101-20191331", "day"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column_and_the_other_rows_go_on(column: str, text: str, why: str) -> None:
    good = ["E2", "演示乙", "530500199001010022", *GOOD[3:]]
    found = read(as_csv(bad(**{column: text}), good), digest, TREE)
    assert [(f.line, f.column, f.why) for f in found.faults] == [(2, column, why)]
    assert [e.id for e in found.entries] == ["E2"]


def test_a_repeated_id_or_identity_is_a_fault_that_quotes_no_identity_number() -> None:
    found = read(as_csv(GOOD, GOOD, [], ["E3", *GOOD[1:]]), digest, TREE)
    assert [(f.line, f.column, f.why) for f in found.faults] == [
        (3, "编号", "twice"),
        (3, "证件号码", "twice"),
        (5, "证件号码", "twice"),
    ]
    assert not any("530500199001010011" in f.text for f in found.faults)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\xfe", as_csv(header=HEADER[1:]), b'"open', b"PK\x03\x04 no zip", as_xlsx()[:200]],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(raw: bytes) -> None:
    with pytest.raises(Invalid, match=r"roster\.file"):
        read(raw, digest, TREE)


def test_a_list_over_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "MOST_ROWS", 1)
    with pytest.raises(Invalid, match=r"roster\.file"):
        read(as_csv(GOOD, ["E2", "n", "i", *GOOD[3:]]), digest, TREE)
    monkeypatch.setattr(roster, "MOST_UNPACKED", 10)
    with pytest.raises(Invalid, match=r"roster\.file"):
        read(as_xlsx(GOOD), digest, TREE)
    monkeypatch.setattr(roster, "MOST_BYTES", 10)
    with pytest.raises(Invalid, match=r"roster\.file"):
        read(as_csv(GOOD), digest, TREE)


VIEW = ExpertView(
    "E1", "active", "=HYPERLINK(1)", ("A0801", "A0802"), "530500", "甲单位", "高工", 20200101, 20290101, "合格", 2, 0
)


def test_an_export_opens_in_a_spreadsheet_and_runs_nothing() -> None:
    raw = write_csv([VIEW])
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[1] == [
        "E1",
        "'=HYPERLINK(1)",
        "active",
        "A0801;A0802",
        "530500",
        "甲单位",
        "高工",
        "20200101",
        "20290101",
        "合格",
        "2",
    ]
    sheet = load_workbook(io.BytesIO(write_xlsx([VIEW]))).worksheets[0]
    assert [c.data_type for c in sheet[2]] == ["s", "s", "s", "s", "s", "s", "s", "n", "n", "s", "n"]
    assert [str(c.value) for c in sheet[2]] == rows[1]
