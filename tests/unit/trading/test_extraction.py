"""Files of strangers: what is read of them, and that none of them costs more than its limits."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.attachments import docx, locked, pdf, raw_pdf
from trading.extraction import Contents, Limits, extract, kind

SAID = "本项目由项目部按企业工法施工。" * 30
LINE = b"BT /F 9 Tf (one) Tj ET\n"


def one(kind: str, raw: bytes, **limits: int) -> Contents:
    (found,) = extract([(kind, raw)], Limits(**limits))
    return found


def test_a_pdf_gives_its_text_by_page_and_who_made_it_with_what_and_when() -> None:
    found = one("pdf", pdf(SAID, "编标人甲", 1_790_000_000_000_000))
    assert (found.why, found.paged, len(found.pages)) == ("", True, 1)
    assert SAID in "".join(found.pages[0].split())
    assert found.authors == ("编标人甲",)
    assert found.stamps[0].startswith("Sunlit D:20260921")
    assert len(found.documents[0]) == 32


def test_a_docx_gives_its_text_its_people_and_the_identifier_that_copies_keep() -> None:
    found = one("docx", docx("第一段&lt;甲&gt;\n第二段", "张三", "李四", "某公司", "00A1B2C3"))
    assert found == Contents(
        ("第一段<甲>\n第二段\n",), False, ("张三", "李四", "某公司"), ("00A1B2C3",), ("2026-10-01T02:03:00Z",)
    )


def test_what_a_file_does_not_say_is_left_out() -> None:
    assert one("docx", docx("甲", editor="李四")).authors == ("李四",)
    assert one("pdf", raw_pdf(LINE)) == Contents(("one",), True)


def test_letters_that_are_none_are_replaced() -> None:
    mapped = b"1 beginbfchar\n<61> <D800>\nendbfchar\nBT /F 9 Tf (abc) Tj ET"
    assert one("pdf", raw_pdf(mapped, font=b"/ToUnicode 3 0 R")).pages == ("?bc",)


def test_a_pdf_that_only_its_owner_may_change_is_read_and_one_with_a_password_is_not() -> None:
    assert SAID in "".join(one("pdf", locked(pdf(SAID), "")).pages[0].split())
    assert one("pdf", locked(pdf(SAID), "secret")) == Contents(why="encrypted")


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.7 nothing", pdf(SAID)[:900], b"PK\x03\x04", docx("甲")[:200]])
@pytest.mark.parametrize("how", ["pdf", "docx"])
def test_a_broken_file_is_not_read_and_nothing_is_raised(how: str, raw: bytes) -> None:
    assert one(how, raw) == Contents(why="broken")


@pytest.mark.parametrize(("pages", "why"), [(3, ""), (2, "limit")])
def test_pages_are_read_up_to_the_limit(pages: int, why: str) -> None:
    found = one("pdf", raw_pdf(LINE, 3), pages=pages)
    assert (found.pages, found.why) == (("one",) * pages, why)


@pytest.mark.parametrize(("letters", "why"), [(6, ""), (5, "limit")])
def test_letters_are_read_up_to_the_limit(letters: int, why: str) -> None:
    found = one("pdf", raw_pdf(LINE, 2), letters=letters)
    assert (sum(map(len, found.pages)), found.why) == (letters, why)
    assert one("docx", docx("abcd"), letters=5).why == ""
    assert one("docx", docx("abcd"), letters=4) == Contents(("abcd",), stamps=("2026-10-01T02:03:00Z",), why="limit")


@pytest.mark.parametrize(("stream", "why"), [(100_000, ""), (99_999, "limit")])
def test_a_part_that_unpacks_to_more_than_the_limit_is_not_read(stream: int, why: str) -> None:
    assert one("pdf", raw_pdf(LINE + b" " * (100_000 - len(LINE))), stream=stream).why == why
    short = docx("x")
    padding = 100_000 - ZipFile(BytesIO(short)).getinfo("word/document.xml").file_size
    assert one("docx", docx("x" * (1 + padding)), stream=stream).why == why


def test_a_bomb_of_a_gigabyte_costs_its_limit_and_no_more() -> None:
    assert one("docx", docx("甲" * 20_000_000), stream=1_000_000).why == "limit"
    assert one("pdf", raw_pdf(b" " * 80_000_000), stream=1_000_000).why == "limit"


def test_a_document_type_is_refused_since_entities_grow() -> None:
    head = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    assert one("docx", docx("&b;", head=head)) == Contents(why="broken")


def test_a_file_that_takes_too_long_is_given_up_and_those_beside_it_are_read() -> None:
    slow = raw_pdf(b"BT /F 9 Tf (a) Tj ET " * 60_000, 200)
    found = extract([("pdf", raw_pdf(LINE)), ("pdf", slow), ("pdf", raw_pdf(LINE))], Limits(cpu=1))
    assert [f.why for f in found] == ["", "time", ""]


def test_a_file_that_needs_too_much_memory_is_given_up() -> None:
    assert one("pdf", raw_pdf(b"(" + b"a" * 40_000_000 + b") Tj"), memory=120_000_000).why == "memory"


def test_a_scan_says_that_it_holds_no_text() -> None:
    assert one("pdf", raw_pdf(b"0 0 9 9 re f")).why == "no-text"
    assert one("docx", docx("")).why == "no-text"


def test_nothing_to_read_starts_nothing() -> None:
    assert extract([]) == ()


@pytest.mark.parametrize(
    ("media_type", "name", "expected"),
    [
        ("", "投标函.PDF", "pdf"),
        ("application/pdf", "投标函", "pdf"),
        ("application/pdf", "投标函.docx", "docx"),
        ("application/octet-stream", "清单.xlsx", ""),
    ],
)
def test_a_kind_is_told_by_the_ending_and_else_by_the_media_type(media_type: str, name: str, expected: str) -> None:
    assert kind(media_type, name) == expected
