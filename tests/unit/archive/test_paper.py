"""What the press promises: the same bytes, every character or none, nothing outside the margins."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from archive.errors import Invalid
from archive.paper.layout import BOTTOM, SIDE, TOP, pages
from archive.paper.marks import Anchor, Fill, Modules, Page, Rule, Text
from archive.paper.press import CODE_BYTES, pdf
from archive.paper.tree import (
    Block,
    Code,
    Column,
    Document,
    Heading,
    Pair,
    Pairs,
    Paragraph,
    Section,
    Signatory,
    Signatures,
    Table,
    digest,
)
from archive.paper.typeface import advance, spelled, unprintable

ROOT = Path(__file__).parents[3]
RARE = "㛃𬭎頔龑鋆赟𣲗"


def document(*blocks: Block, **more: object) -> Document:
    return Document("测试文件", "T-1", (Section("一、正文", "Body", blocks),), **more)  # type: ignore[arg-type]


def rows(n: int) -> Table:
    columns = (Column("序号", 10, "center"), Column("投标人", 60), Column("报价", 30, "right"))
    return Table(columns, tuple((f"r{i}", f"云南第{i}演示公司", "1,234,567.00") for i in range(n)))


def text_of(raw: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(raw)).pages)


def printed(laid: tuple[Page, ...]) -> list[list[str]]:
    return [[m.text for m in page.marks if isinstance(m, Text)] for page in laid]


EVERYTHING = document(
    Paragraph("根据《中华人民共和国招标投标法》，" * 30),
    Heading("（一）小标题"),
    Pairs((Pair("项目编号", "BS-1"), Pair("名称", RARE, wide=True)), 2),
    rows(30),
    Code("https://ggzy.example/verify?id=1", "核验"),
    Signatures((Signatory("招标人（盖章）", "某单位", "ed25519 ab", "2026年10月9日"), Signatory("主持人", "张三"))),
    platform="演示平台",
    demo=True,
    at=1_791_507_600_000_000,
)


def test_the_same_tree_gives_the_same_bytes() -> None:
    first = pdf(EVERYTHING)
    pdf(document(Paragraph("别的文件")))
    assert pdf(EVERYTHING) == first


def test_another_process_with_another_environment_gives_the_same_bytes() -> None:
    script = (
        "import hashlib\nfrom tests.unit.archive.test_paper import EVERYTHING, pdf\n"
        "print(hashlib.sha256(pdf(EVERYTHING)).hexdigest())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "SOURCE_DATE_EPOCH": epoch, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone, epoch in (("1", "Asia/Shanghai", "1"), ("2", "America/Lima", "99999999"))
    ]
    assert said[0] == said[1] != ""


def test_papers_printed_at_once_do_not_mix() -> None:
    wanted = [pdf(document(Paragraph(f"第{i}份" * 40))) for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda i: pdf(document(Paragraph(f"第{i}份" * 40))), range(8))) == wanted


def test_a_reader_is_told_the_language_and_shows_the_title_in_its_window() -> None:
    made = pdf(document(Paragraph("正文")))
    catalog = PdfReader(BytesIO(made)).trailer["/Root"]
    assert made.startswith(b"%PDF-1.7")
    assert (catalog["/Lang"], catalog["/ViewerPreferences"]["/DisplayDocTitle"]) == ("zh-CN", True)


def test_the_file_carries_the_papers_own_title_number_and_date() -> None:
    reader = PdfReader(BytesIO(pdf(EVERYTHING)))
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.subject, reader.metadata.author) == ("测试文件", "T-1", "演示平台")
    assert str(reader.metadata.get("/CreationDate")) == "D:20261009010000+00'00'"


def test_only_our_faces_are_used_and_all_are_embedded() -> None:
    names = set()
    for page in PdfReader(BytesIO(pdf(document(Paragraph("招标 Підрядник"), Heading("粗体"))))).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            found = font.get_object()
            assert isinstance(found, DictionaryObject)
            assert "/FontFile2" in found["/FontDescriptor"]
            names.add(str(found["/BaseFont"]).split("+")[1])
    assert names == {"NotoSansSC-Regular", "NotoSansSC-Bold", "NotoSans-Regular"}


def test_rare_characters_of_names_can_be_read_searched_and_copied() -> None:
    assert RARE in text_of(pdf(document(Paragraph(f"项目负责人{RARE}", "plain"))))


def test_the_name_of_a_foreign_tenderer_is_printed() -> None:
    name = "ТОВ «Підприємство Їжак» Đường Ålesund ₴"
    assert name in text_of(pdf(document(Paragraph(name, "plain"))))


def test_markup_in_a_name_is_text() -> None:
    name = "<b>甲</b>&nbsp;<script>alert(1)</script>%s{0}(x)\\"
    assert name in text_of(pdf(document(Paragraph(name, "plain"))))


@pytest.mark.parametrize(
    ("char", "point"),
    [
        ("\U0001f34e", "U+1F34E"),
        ("\x07", "U+0007"),
        ("\t", "U+0009"),
        ("\r", "U+000D"),
        ("\u200b", "U+200B"),
        ("\u202e", "U+202E"),
        ("\u00ad", "U+00AD"),
        ("\u0301", "U+0301"),
        ("\ufe0f", "U+FE0F"),
        ("\ue000", "U+E000"),
        ("\u1000", "U+1000"),
        ("\ud800", "U+D800"),
        ("\uffff", "U+FFFF"),
    ],
)
def test_a_character_that_cannot_be_printed_is_refused_with_its_place(char: str, point: str) -> None:
    paper = document(rows(3), Pairs((Pair("投标人", f"苹果{char}公司"),)))
    with pytest.raises(Invalid) as refused:
        pdf(paper)
    assert refused.value.code == "paper.glyph"
    assert refused.value.params == {"char": point, "where": "sections[0].blocks[1].rows[0].text", "text": f"苹果〔{point}〕公司"}


def test_a_paper_that_must_come_out_spells_what_it_cannot_print() -> None:
    paper = spelled(document(Pairs((Pair("投标人", "苹果\U0001f34e\r\n公司"),))))
    assert paper == document(Pairs((Pair("投标人", "苹果〔U+1F34E〕\n公司"),)))
    assert "苹果〔U+1F34E〕" in text_of(pdf(paper))


def test_what_cannot_be_printed_can_be_asked_beforehand() -> None:
    assert unprintable("甲\n\U0001f34e乙\u200b\U0001f34e") == ("U+1F34E", "U+200B")
    assert unprintable(f"{RARE} Co., Ltd. ①★㎡№—…") == ()


def test_a_code_that_no_telephone_could_read_is_refused() -> None:
    pdf(document(Code("a" * CODE_BYTES)))
    with pytest.raises(Invalid, match=r"paper\.code"):
        pdf(document(Code("a" * (CODE_BYTES + 1))))


def test_each_page_is_numbered_and_marked() -> None:
    laid = PdfReader(BytesIO(pdf(EVERYTHING))).pages
    assert len(laid) > 1
    for number, page in enumerate(laid, start=1):
        text = page.extract_text()
        assert f"第 {number} 页 共 {len(laid)} 页" in text
        assert "演示数据" in text
        assert digest(EVERYTHING).hex()[:16] in text


def test_a_paper_that_is_no_demonstration_has_no_mark() -> None:
    assert "演示" not in text_of(pdf(document(Paragraph("正文"))))


def test_five_hundred_rows_are_all_there_once_under_a_header_on_each_page() -> None:
    laid = printed(pages(document(rows(500)), advance))
    assert len(laid) > 8
    assert all(page.count("序号") == 1 for page in laid)
    assert [text for page in laid for text in page if text.startswith("r")] == [f"r{i}" for i in range(500)]


def test_a_row_taller_than_the_page_goes_on_overleaf() -> None:
    table = Table((Column("序号", 10), Column("内容", 90)), (("1", "甲" * 4000),))
    laid = printed(pages(document(table), advance))
    assert len(laid) > 1
    assert sum(text.count("甲") for page in laid for text in page) == 4000
    assert all("序号" in page for page in laid)


def test_a_table_without_rows_says_so() -> None:
    assert [t for t in printed(pages(document(Table((Column("甲"), Column("乙")), ())), advance))[0] if t == "（无）"] == [
        "（无）"
    ]


def test_a_landscape_part_turns_its_pages_only() -> None:
    paper = Document(
        "甲", "1", (Section("一", blocks=(rows(2),)), Section("二", blocks=(rows(2),), landscape=True), Section("三"))
    )
    assert [page.width > page.height for page in pages(paper, advance)] == [False, True, False]


def test_a_paper_of_nothing_but_its_title_has_one_page() -> None:
    assert len(pages(Document("甲", "1", ()), advance)) == 1


LONG = document(
    *(Heading(f"（{i}）标题") if i % 3 else rows(i) for i in range(1, 60)),
    Paragraph("https://" + "very-long-word" * 80),
    Pairs(tuple(Pair(f"标签{i}", "值" * i) for i in range(1, 90)), 2),
    Signatures(tuple(Signatory(f"成员{i}", "姓名", "ed25519 " + "ab" * 32) for i in range(9))),
    Code("https://ggzy.example/" + "x" * 300, "核验"),
)


def test_nothing_stands_outside_the_margins() -> None:
    for page in pages(LONG, advance):
        for mark in page.marks:
            match mark:
                case Text():
                    right = mark.x + sum(advance(c, mark.bold) for c in mark.text) * mark.size + mark.gap * len(mark.text)
                    box = (mark.x, mark.y - mark.size, right - mark.gap, mark.y + mark.size * 0.3)
                case Rule():
                    box = (mark.x1, mark.y1, mark.x2, mark.y2)
                case Fill():
                    box = (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
                case Modules():
                    box = (mark.x, mark.y, mark.x + mark.side, mark.y + mark.side)
                case Anchor():
                    continue
            assert SIDE - 0.01 <= box[0] <= box[2] <= page.width - SIDE + 0.01, mark
            assert TOP - 0.01 <= box[1] <= box[3] <= page.height - BOTTOM + 3, mark


def test_a_heading_is_never_the_last_thing_on_a_page() -> None:
    for page in printed(pages(LONG, advance))[:-1]:
        assert not page[-1].endswith("标题")


def test_a_seal_does_not_stand_alone_on_a_page() -> None:
    for lines in range(25, 45):
        body = tuple(Paragraph(f"第{i}行", "plain") for i in range(lines))
        last = printed(pages(document(*body, Signatures((Signatory("招标人（盖章）", "某单位"),))), advance))[-1]
        assert f"第{lines - 1}行" in last
        assert "某单位" in last


def test_the_outline_lists_the_sections() -> None:
    outline = PdfReader(BytesIO(pdf(LONG))).outline
    assert [entry.title for entry in outline if not isinstance(entry, list)] == ["一、正文"]
