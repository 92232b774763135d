"""Where lines break."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.paper.lines import BLANK, CLOSING, OPENING, Face, balanced, broken


def advance(char: str, bold: bool) -> float:
    return 1.0 if ord(char) >= 0x2E80 else 0.5


FACE = Face(advance, 10)


def lines(text: str, width: float = 100, indent: float = 0) -> list[str]:
    return [line.text for line in broken(text, FACE, width, indent)]


def test_chinese_breaks_between_characters() -> None:
    assert lines("招标公告" * 4) == ["招标公告招标公告招标", "公告招标公告"]


def test_a_latin_word_is_not_cut() -> None:
    assert lines("参见本次开标记录 Kaibiao 一节") == ["参见本次开标记录", "Kaibiao 一节"]


def test_a_figure_is_not_cut_at_its_commas() -> None:
    assert lines("投标报价合计 12,345,678.90 元") == ["投标报价合计", "12,345,678.90 元"]


def test_closing_punctuation_does_not_begin_a_line() -> None:
    assert lines("一二三四五六七八九十，百") == ["一二三四五六七八九", "十，百"]


def test_an_opening_bracket_does_not_end_a_line() -> None:
    assert lines("一二三四五六七八九（十百") == ["一二三四五六七八九", "（十百"]


def test_a_word_longer_than_the_line_fills_it_and_is_cut() -> None:
    assert lines("哈希" + "a" * 40) == ["哈希" + "a" * 16, "a" * 20, "aaaa"]


def test_the_first_line_leaves_room_for_its_indent() -> None:
    assert lines("一二三四五六七八九十百", indent=20) == ["一二三四五六七八", "九十百"]


def test_a_wide_blank_inside_a_name_is_kept() -> None:
    assert lines("王　伟  张三") == ["王　伟  张三"]


def test_a_line_feed_ends_a_line_and_an_empty_one_is_kept() -> None:
    assert lines("甲\n\n乙") == ["甲", "", "乙"]


def test_a_title_is_set_in_lines_of_like_length() -> None:
    assert [line.text for line in balanced("一二三四五六七八九十百千", FACE, 100)] == ["一二三四五六", "七八九十百千"]


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))), st.integers(10, 300))
def test_no_character_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    found = broken(text, FACE, width)
    blanks = str.maketrans("", "", "".join(BLANK))
    assert "".join(line.text for line in found).translate(blanks) == text.translate(blanks)
    assert all(line.width <= width for line in found)
    assert [line.last for line in found].count(True) == text.count("\n") + 1


@settings(deadline=None)
@given(st.lists(st.sampled_from(("招标", "（公告）", "《办法》", "报价，", "100%。", "标段")), max_size=40), st.integers(60, 200))
def test_no_line_begins_with_what_closes_or_ends_with_what_opens(words: list[str], width: int) -> None:
    for line in lines("".join(words), width):
        assert line[:1] not in CLOSING
        assert line[-1:] not in OPENING


@pytest.mark.parametrize("width", [10, 15])
def test_a_column_of_one_character_still_ends(width: float) -> None:
    assert len(lines("招标公告", width)) == 4
