"""Correcting a price in the order of 87号令 59: each rule alone, their order, what the bidder has to confirm."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Invalid
from archive.values import Money
from experts.correction import ARTICLES, Correction, Offer, PricedLine, correct, spelled
from trading.amounts import capitals


def steps(correction: Correction) -> list[tuple[str, str, str, str]]:
    return [(s.rule, s.where, s.was, s.holds) for s in correction.steps]


def test_a_price_that_agrees_everywhere_is_not_corrected_and_needs_no_confirmation() -> None:
    lines = (PricedLine("i1", "40", "25.50", "1020.00"), PricedLine("i2", "3", "10", "30"))
    found = correct(Offer("b", "1050.00", "人民币壹仟零伍拾元整", "1050", "壹仟零伍拾元整", lines))
    assert found == Correction("b", "1050.00", "1050.00")
    assert not found.confirm


def test_the_price_list_holds_over_the_text_inside() -> None:
    found = correct(Offer("b", schedule="1050.00", inner="1500.00"))
    assert steps(found) == [("schedule", "inner", "1500.00", "1050.00")]
    assert (found.price, found.confirm) == ("1050.00", True)


def test_capitals_hold_over_figures() -> None:
    found = correct(Offer("b", "4856000.00", "人民币肆佰伍拾捌万陆仟元整"))
    assert steps(found) == [("capitals", "schedule", "4856000.00", "4586000.00")]
    assert (found.read_out, found.price) == ("4856000.00", "4586000.00")


def test_a_plainly_misplaced_point_changes_the_unit_price_and_not_the_total() -> None:
    lines = (PricedLine("i1", "40", "2.55"), PricedLine("i2", "3", "10"))
    found = correct(Offer("b", "1050.00", lines=lines))
    assert steps(found) == [("decimal", "i1", "2.55", "25.50")]
    assert found.price == "1050.00"


def test_a_misplaced_point_to_the_other_side_is_found_too() -> None:
    found = correct(Offer("b", "1050.00", lines=(PricedLine("i1", "40", "25500"), PricedLine("i2", "3", "10"))))
    assert steps(found) == [("decimal", "i1", "25500", "25.50")]


def test_where_two_lines_could_have_the_point_wrong_nothing_is_plain_and_unit_prices_hold() -> None:
    lines = (PricedLine("i1", "1", "10"), PricedLine("i2", "1", "10"))
    found = correct(Offer("b", "110.00", lines=lines))
    assert steps(found) == [("unit-price", "total", "110.00", "20.00")]
    assert (found.price, found.open) == ("20.00", ("i1", "i2"))


def test_unit_prices_hold_over_a_total_that_is_not_their_sum() -> None:
    found = correct(Offer("b", "1060.00", lines=(PricedLine("i1", "40", "25.50"), PricedLine("i2", "3", "10"))))
    assert steps(found) == [("unit-price", "total", "1060.00", "1050.00")]


def test_unit_prices_hold_over_a_lines_own_total() -> None:
    lines = (PricedLine("i1", "40", "25.50", "1200.00"), PricedLine("i2", "3", "10", "30.00"))
    found = correct(Offer("b", "1230.00", lines=lines))
    assert steps(found) == [("unit-price", "i1", "1200.00", "1020.00"), ("unit-price", "total", "1230.00", "1050.00")]


def test_several_corrections_come_in_the_order_of_the_article_each_with_its_own() -> None:
    lines = (PricedLine("i1", "40", "2.55", "1020.00"), PricedLine("i2", "3", "10", "33.00"))
    found = correct(Offer("b", "1500.00", "壹仟零伍拾元整", "1600.00", lines=lines))
    assert [s.rule for s in found.steps] == ["schedule", "capitals", "decimal", "unit-price"]
    assert [s.article for s in found.steps] == list(ARTICLES.values())
    assert found.price == "1050.00"


def test_without_a_price_list_the_text_inside_is_the_price() -> None:
    assert correct(Offer("b", inner_capitals="壹仟零伍拾元整")).price == "1050.00"


def test_a_bid_without_any_price_cannot_be_corrected() -> None:
    with pytest.raises(Invalid) as wrong:
        correct(Offer("b"))
    assert wrong.value.code == "correction.price"


@given(st.integers(0, 2**53 - 1))
def test_whatever_the_platform_spells_is_read_back(amount: int) -> None:
    assert spelled(capitals(Money(amount))) == Fraction(amount, 100)


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("人民币肆佰伍拾捌万陆仟元整", "4586000"),
        ("壹仟零伍拾圆正", "1050"),
        ("人民币 叁拾万元零伍分", "300000.05"),
        ("拾万元", "100000"),
        ("壹佰壹拾元", "110"),
        ("零元整", "0"),
        ("伍角", "0.5"),
        ("壹元零叁分", "1.03"),
        ("壹万亿元整", "1000000000000"),
        ("壹亿贰仟万零叁元", "120000003"),
        ("四百五十八万六千元", "4586000"),
        ("肆佰伍拾捌萬陸仟圓整", "4586000"),
    ],
)
def test_capitals_as_people_write_them(text: str, yuan: str) -> None:
    assert spelled(text) == Fraction(yuan)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "人民币",
        "元",
        "元整",
        "肆佰",
        "拾佰元",
        "壹佰贰佰元",
        "壹贰元",
        "壹万贰万元",
        "佰元",
        "万元",
        "壹元贰",
        "4586000元",
        "壹元伍角叁角",
    ],
)
def test_what_is_no_amount_in_capitals_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as wrong:
        spelled(text)
    assert wrong.value.code == "correction.capitals"
