"""How the trade writes amounts, numbers and dates."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import Invalid
from archive.values import Money, instant
from trading.amounts import FIGURES, both, capitals, date, figure, minute, numeral, stamp


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角整"),
        (105, "人民币壹元零伍分"),
        (1_000, "人民币壹拾元整"),
        (140_950, "人民币壹仟肆佰零玖元伍角整"),
        (600_714, "人民币陆仟零柒元壹角肆分"),
        (1_640_902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (32_504, "人民币叁佰贰拾伍元零肆分"),
        (168_032, "人民币壹仟陆佰捌拾元零叁角贰分"),
        (1_001_000, "人民币壹万零壹拾元整"),
        (486_000_000, "人民币肆佰捌拾陆万元整"),
        (10_000_000_100, "人民币壹亿零壹元整"),
        (100_000_000_000_000, "人民币壹万亿元整"),
        (2**53 - 1, "人民币玖拾万零柒佰壹拾玖亿玖仟贰佰伍拾肆万柒仟肆佰零玖元玖角壹分"),
    ],
)
def test_an_amount_is_written_in_capitals(fen: int, said: str) -> None:
    assert capitals(Money(fen)) == said


def read_back(text: str) -> int:
    """An independent reader of 大写: fen."""
    units = {"拾": 10, "佰": 100, "仟": 1000}

    def whole(part: str) -> int:
        for unit, size in (("亿", 10**8), ("万", 10**4)):
            if unit in part:
                high, low = part.rsplit(unit, 1)
                return whole(high) * size + whole(low)
        total = digit = 0
        for c in part:
            if c in units:
                total, digit = total + digit * units[c], 0
            else:
                digit = FIGURES.index(c)
        return total + digit

    text = text.removeprefix("人民币").removesuffix("整")
    yuan, _, rest = text.rpartition("元")
    fen = whole(yuan) * 100 if yuan else 0
    for unit, size in (("角", 10), ("分", 1)):
        head, found, tail = rest.partition(unit)
        if found:
            fen, rest = fen + FIGURES.index(head[-1]) * size, tail
    return fen


@settings(deadline=None)
@given(st.integers(0, 2**53 - 1))
def test_capitals_say_the_same_amount_as_the_figures(fen: int) -> None:
    said = capitals(Money(fen))
    assert read_back(said) == fen
    assert "零零" not in said
    assert not said.removesuffix("整").endswith("零")


@pytest.mark.parametrize("money", [Money(-1), Money(100, "UAH")])
def test_only_yuan_that_are_not_negative_have_capitals(money: Money) -> None:
    with pytest.raises(Invalid, match=r"amount\.capitals"):
        capitals(money)


def test_a_foreign_amount_is_written_in_figures_with_its_code() -> None:
    assert both(Money(123_456_789, "UAH")) == "UAH 1,234,567.89"
    assert figure(Money(123_456_789, "UAH")) == "UAH 1,234,567.89"
    assert figure(Money(5000, "JPY")) == "JPY 5,000"


def test_yuan_stand_in_both_forms() -> None:
    assert both(Money(486_000_000)) == "人民币肆佰捌拾陆万元整（¥4,860,000.00）"
    assert figure(Money(486_000_000)) == "4,860,000.00"


def test_numbers_of_headings() -> None:
    assert [numeral(n) for n in (1, 9, 10, 11, 20, 21, 99)] == ["一", "九", "十", "十一", "二十", "二十一", "九十九"]


def test_dates_are_beijing_dates_without_leading_zeros() -> None:
    assert date(instant("2026-10-08T16:00:00.000000Z")) == "2026年10月9日"
    assert date(instant("2026-10-08T15:59:59.999999Z")) == "2026年10月8日"


def test_a_paper_shows_times_to_the_second() -> None:
    nine = instant("2026-10-09T01:00:00.000000Z")
    assert minute(nine) == "2026年10月9日09时00分"
    assert minute(nine + 2_000_000) == "2026年10月9日09时00分02秒"
    assert minute(nine + 1) == "2026年10月9日09时00分"
    assert stamp(nine) == "2026-10-09 09:00:00"
    assert stamp(nine - 1) == "2026-10-09 08:59:59"
