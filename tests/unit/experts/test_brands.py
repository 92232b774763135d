"""Bids of one brand count as one: in families, under the lowest price, under scores, in the count of three (87号令 31)."""

from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from archive.values import Money
from experts.brands import families, foremost
from experts.evaluation import DECIDER, Room
from experts.evaluation.messages import Bid, Brand, JudgeCompetition, Summarise
from experts.methods import LowestEvaluated, Method, objection
from tests.unit.experts.stage import Stage
from tests.unit.experts.test_evaluation import AT, SCORING, command, marked, reviewed, seated, sheet, yes

CORE = ("空调",)
LOWEST = Method("price", "1", LowestEvaluated(), core=CORE)
SCORED = replace(SCORING, core=CORE, abnormal=())


def offered(**brands: str) -> dict[str, dict[str, str]]:
    return {bid: {"空调": brand} for bid, brand in brands.items() if brand}


def grouped(brands: dict[str, dict[str, str]], core: tuple[str, ...] = CORE, shared: Any = "any") -> list[str]:
    return ["".join(f) for f in families(sorted(brands), brands, core, shared)]


def test_bids_of_one_brand_are_a_family_and_others_stand_alone() -> None:
    assert grouped(offered(a="美的", b="格力", c="美的")) == ["ac", "b"]


@pytest.mark.parametrize("other", ["Midea", "ＭＩＤＥＡ", " mi dea\u200b"])
def test_width_case_and_blanks_do_not_make_another_brand(other: str) -> None:
    assert grouped(offered(a="MIDEA", b=other)) == ["ab"]


def test_another_spelling_is_another_brand() -> None:
    assert grouped(offered(a="美的", b="美的集团")) == ["a", "b"]


def test_who_states_no_brand_stands_alone() -> None:
    assert grouped({"a": {}, "b": {}, "c": {"空调": ""}}) == ["a", "b", "c"]


def test_without_core_products_nobody_is_of_one_brand() -> None:
    assert grouped(offered(a="美的", b="美的"), core=()) == ["a", "b"]


@pytest.mark.parametrize(("shared", "expected"), [("any", ["ab"]), ("all", ["a", "b"])])
def test_of_several_core_products_one_in_common_or_all_as_the_documents_say(shared: str, expected: list[str]) -> None:
    brands = {"a": {"x": "P", "y": "Q"}, "b": {"x": "P", "y": "R"}}
    assert grouped(brands, ("x", "y"), shared) == expected


def test_all_core_products_in_common_are_one_brand_either_way() -> None:
    brands = {"a": {"x": "P", "y": "Q"}, "b": {"x": "P", "y": "Q"}}
    assert grouped(brands, ("x", "y"), "all") == grouped(brands, ("x", "y"), "any") == ["ab"]


def test_who_shares_a_brand_through_a_third_is_of_the_family() -> None:
    brands = {"a": {"x": "P", "y": "1"}, "b": {"x": "R", "y": "2"}, "c": {"x": "P", "y": "2"}}
    assert grouped(brands, ("x", "y")) == ["abc"]


def test_the_least_key_stands_for_a_family_and_among_equals_the_lot() -> None:
    keys = {"a": (Fraction(2),), "b": (Fraction(1),), "c": (Fraction(1),)}
    assert foremost(("a", "b"), keys, ()) == "b"
    assert foremost(("a", "b", "c"), keys, ("c", "a", "b")) == "c"
    assert foremost(("b", "c"), keys, ()) == ""


def room(method: Method, brands: dict[str, str], prices: tuple[int, ...] = (100, 96, 120, 110), **more: Any) -> Stage[Room]:
    bids = tuple(
        Bid(id, f"org-{id}", Money(yuan * 1_000_000), brands=(Brand("空调", brands[id]),) if brands.get(id) else ())
        for id, yuan in zip(("b1", "b2", "b3", "b4"), prices, strict=False)
    )
    made = seated(method=method, bids=bids, **more)
    reviewed(made)
    return made


def summarised(made: Stage[Room], marks: dict[str, str] | None = None) -> Room:
    if made.state.opened is not None and made.state.opened.method.items:
        given = {b.id: {"tech": (marks or {}).get(b.id, "40"), "years": "10"} for b in made.state.valid}
        marked(made, dict.fromkeys(("m1", "m2", "m3", "m4", "m5"), given))
    made.act(Summarise(), AT)
    return made.state


def test_under_the_lowest_price_the_cheapest_of_a_brand_is_evaluated_and_the_others_are_invalid() -> None:
    state = summarised(room(LOWEST, {"b1": "P", "b2": "P"}))
    assert [(r.bid, r.ground, r.source) for r in state.rejected] == [("b1", "63-6", "brand")]
    assert state.summary is not None
    assert [p.bid for p in state.summary.ranking] == ["b2", "b4", "b3"]


def test_it_is_the_bids_own_price_that_counts_and_not_the_one_with_a_deduction() -> None:
    made = seated(
        method=LOWEST,
        bids=(
            Bid("b1", "o1", Money(100), deduction="0.10", brands=(Brand("空调", "P"),)),
            Bid("b2", "o2", Money(95), brands=(Brand("空调", "P"),)),
            Bid("b3", "o3", Money(120)), Bid("b4", "o4", Money(130)),
        ),
    )  # fmt: skip
    reviewed(made)
    assert [r.bid for r in summarised(made).rejected] == ["b1"]


def test_equal_prices_of_one_brand_are_decided_by_lot_and_never_without_one() -> None:
    made = room(LOWEST, {"b1": "P", "b2": "P"}, (100, 100, 120, 110))
    made.refuses("room.brand-lot", Summarise(), AT)
    drawn = summarised(room(LOWEST, {"b1": "P", "b2": "P"}, (100, 100, 120, 110), lots=("b4", "b2", "b1", "b3")))
    assert [r.bid for r in drawn.rejected] == ["b1"]


def test_under_scores_all_are_scored_the_best_of_a_brand_is_recommended_and_the_others_have_no_place() -> None:
    state = summarised(room(SCORED, {"b1": "P", "b2": "P"}), {"b1": "45", "b2": "20"})
    assert state.summary is not None
    assert state.rejected == ()
    assert [(y.bid, y.to) for y in state.summary.yielded] == [("b2", "b1")]
    assert [p.bid for p in state.summary.ranking] == ["b1", "b4", "b3"]
    assert [p.place for p in state.summary.ranking] == [1, 2, 3]
    assert "b2" not in state.summary.candidates


def test_the_benchmark_is_still_of_all_who_were_scored() -> None:
    state = summarised(room(SCORED, {"b1": "P", "b2": "P"}), {"b1": "45", "b2": "20"})
    assert state.summary is not None
    assert {p.bid: p.price_score for p in state.summary.ranking}["b1"] == "28.80"  # 96 / 100 of 30: the cheapest yielded


@pytest.mark.parametrize(("ties", "best"), [("lot", "b2"), ("price", "b1")])
def test_equal_scores_of_one_brand_go_by_lot_or_first_by_price(ties: str, best: str) -> None:
    method = replace(SCORED, brand_ties=ties)
    # 100 scores 28.80 of 30 for its price and 96 scores 30: marks of 41.20 and 40 make them equal.
    made = room(method, {"b1": "P", "b2": "P"}, (96, 100, 120, 110), lots=("b2", "b1", "b3", "b4"))
    state = summarised(made, {"b1": "40", "b2": "41.20"})
    assert state.summary is not None
    assert [(y.to) for y in state.summary.yielded] == [best]


def test_three_bids_of_two_brands_are_two_bids_and_do_not_suffice() -> None:
    made = room(LOWEST, {"b1": "P", "b2": "P"}, (100, 96, 120))
    made.refuses("room.competition.open", Summarise(), AT)
    made.refuses("room.competition", JudgeCompetition(yes(made), "充分"), AT)
    made.act(JudgeCompetition(yes(made, noes=5), "不足三家"), AT)
    state = summarised(made)
    assert state.summary is not None
    assert (state.summary.failed, state.summary.ranking) == ("no-competition", ())


def test_four_bids_of_three_brands_suffice() -> None:
    assert len(summarised(room(LOWEST, {"b1": "P", "b2": "P"})).rejected) == 1


def test_a_bid_that_was_rejected_is_of_no_family() -> None:
    made = seated(method=LOWEST, bids=tuple(Bid(f"b{n}", f"o{n}", Money(n), brands=(Brand("空调", "P"),)) for n in (1, 2)))
    reviewed(made, {("b1", "c1"): "未签字"})
    assert made.state.families == (("b2",),)


@pytest.mark.parametrize(
    ("changes", "rule_set", "subject", "code"),
    [
        ({}, "RS-2", "goods", ""), ({}, "RS-2", "services", "method.brands"), ({}, "RS-1", "goods", "method.brands"),
        ({"core": ("空调", "空调")}, "RS-2", "goods", "method.brands"), ({"core": (" ",)}, "RS-2", "goods", "method.brands"),
        ({"core": ("空调", "主机")}, "RS-2", "goods", ""), ({"brand_ties": "age"}, "RS-2", "goods", "method.brands"),
        ({"core": ()}, "RS-1", "works", ""),
    ],
)  # fmt: skip
def test_core_products_are_declared_where_the_rule_is(changes: dict[str, Any], rule_set: str, subject: str, code: str) -> None:
    assert objection(replace(LOWEST, **changes), rule_set, subject) == code


def test_brands_of_other_products_and_foreign_lots_do_not_come_into_the_room() -> None:
    bids = (Bid("b1", "o1", Money(1), brands=(Brand("主机", "P"),)), Bid("b2", "o2", Money(2)), Bid("b3", "o3", Money(3)))
    plain = tuple(replace(b, brands=()) for b in bids)
    twice = (replace(plain[0], brands=(Brand("空调", "P"), Brand("空调", "Q"))), *plain[1:])
    for changes in ({"bids": bids}, {"bids": plain, "lots": ("b1", "b2")}, {"bids": twice}):
        Stage(DECIDER, "evaluation/T1.L1").refuses("room.brands", command(method=LOWEST, **changes), AT)


def test_the_members_marks_reach_the_bid_that_yields() -> None:
    made = room(SCORED, {"b1": "P", "b2": "P"})
    assert sheet(made, "40").keys() == {"b1", "b2", "b3", "b4"}
