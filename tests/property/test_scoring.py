"""Properties of the arithmetic: rounding as the decimal standard rounds, order and scale, indicators that only point."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archive.errors import Invalid
from experts.indicators import beyond, expert_outlier, screens, shape, variance
from experts.methods import Item, LowestEvaluated, LowPriceFirst, MeanBenchmark, Method, Places, RandomBenchmark, RangeBase, Trim
from experts.numbers import mean, number, root_shown, rounded, shown
from experts.scoring import abnormal_low, disunited, evaluation_price, exact, marks_scores, price_scores, ranked, ranking

decimals = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=6).map(lambda d: f"{d:f}")
prices = st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(1, 10**9).map(Fraction), min_size=1, max_size=8)


@settings(deadline=None)
@given(decimals, st.integers(0, 6))
def test_rounding_is_half_up_away_from_zero_as_decimal_does_it(text: str, places: int) -> None:
    with localcontext() as context:
        context.prec = 60
        expected = Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    said = shown(number(text), places)
    assert Decimal(said) == expected
    assert said == f"{expected or abs(expected):.{places}f}"
    assert rounded(number(text), places) == Fraction(expected)


@settings(deadline=None)
@given(st.fractions(0, 10**12), st.integers(0, 6))
def test_a_shown_root_is_the_nearest_one(square: Fraction, places: int) -> None:
    root, half = Fraction(root_shown(square, places)), Fraction(1, 2 * 10**places)
    assert max(root - half, Fraction(0)) ** 2 <= square < (root + half) ** 2


@pytest.mark.parametrize("text", ["", ".5", "5.", "1e3", "NaN", "٣", "1_000", " 1", "+1", "--1", "1,5", "1/2"])
def test_text_that_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"score\.number"):
        number(text)


@settings(deadline=None)
@given(st.fractions(-(10**9), 10**9))
def test_exact_text_loses_nothing(value: Fraction) -> None:
    assert Fraction(exact(value)) == value


@settings(deadline=None)
@given(prices, st.integers(1, 1000))
def test_low_price_first_gives_the_full_points_to_the_lowest_and_depends_on_ratios_only(
    bids: dict[str, Fraction], factor: int
) -> None:
    found = price_scores(LowPriceFirst("30"), bids, Places()).scores
    scaled = price_scores(LowPriceFirst("30"), {b: p * factor for b, p in bids.items()}, Places()).scores
    assert found == scaled
    assert max(found.values()) == 30
    for a, b in permutations(bids, 2):
        assert bids[a] > bids[b] or found[a] >= found[b]


@settings(deadline=None)
@given(prices)
def test_a_mean_benchmark_never_pays_above_full_nor_below_the_floor(bids: dict[str, Fraction]) -> None:
    formula = MeanBenchmark("35", "2", "1", trims=(Trim(0, 0, 0), Trim(6, 1, 0), Trim(7, 1, 1)), floor="5")
    found = price_scores(formula, bids, Places())
    assert all(5 <= score <= 35 for score in found.scores.values())
    assert found.benchmark is not None
    assert min(bids.values()) <= found.benchmark <= max(bids.values())
    assert len(found.computed) == len(bids) + 1


@settings(deadline=None)
@given(prices)
def test_at_the_benchmark_itself_a_bid_gets_full_points(bids: dict[str, Fraction]) -> None:
    level = mean(bids.values())
    found = price_scores(MeanBenchmark("35", "2", "1"), {**dict.fromkeys(bids, level), "Z": level}, Places())
    assert set(found.scores.values()) == {Fraction(35)}


def test_a_random_benchmark_follows_its_formula_with_and_without_bids_in_range() -> None:
    formula = RandomBenchmark("100", "2", "1", "0.85", "0.90", ("0.87",), ("0.50",), ("0.88",))
    drawn = {"K": "0.87", "C": "0.50", "K_ALONE": "0.88"}
    inside = {"A": Fraction(860), "B": Fraction(900), "C": Fraction(990)}
    found = price_scores(formula, inside, Places(), Fraction(1000), drawn)
    assert found.benchmark == Fraction(1000) * Fraction("0.87") / 2 + Fraction(880) / 2
    outside = {"A": Fraction(950), "B": Fraction(990)}
    assert price_scores(formula, outside, Places(), Fraction(1000), drawn).benchmark == 880


def test_a_bid_below_the_range_gets_the_fixed_base() -> None:
    formula = RangeBase("70", "40", "0.90", "0.95", "1", "0.5")
    found = price_scores(formula, {"A": Fraction(899), "B": Fraction(900), "C": Fraction(950)}, Places(), Fraction(1000))
    assert found.benchmark == 925
    assert {b: shown(s, 2) for b, s in found.scores.items()} == {"A": "40.00", "B": "68.65", "C": "67.30"}
    alone = price_scores(formula, {"A": Fraction(990)}, Places(), Fraction(1000))
    assert alone.benchmark == 900


def test_a_drawn_factor_replaces_the_declared_one_and_trimming_counts_the_bids() -> None:
    formula = MeanBenchmark("100", "1.2", "0.8", factors=("0.95", "0.97"), trims=(Trim(5, 0, 0), Trim(6, 1, 0), Trim(7, 1, 1)))
    seven = {str(i): Fraction(p) for i, p in enumerate((980, 1000, 1010, 1020, 1035, 1060, 1200))}
    six = {k: seven[k] for k in list(seven)[:6]}
    assert price_scores(formula, seven, Places(), drawn={"factor": "0.95"}).benchmark == Fraction(97375, 100)
    assert price_scores(formula, six, Places(), drawn={"factor": "0.95"}).benchmark == Fraction(1009) * Fraction("0.95")
    assert price_scores(formula, dict(list(six.items())[:5]), Places(), drawn={"factor": "0.97"}).benchmark == Fraction(
        1009
    ) * Fraction("0.97")


def test_the_reviewed_lowest_price_of_the_published_example() -> None:
    assert evaluation_price(Fraction(3000), Fraction(0), Fraction(30)) == 3030


scores = st.dictionaries(st.sampled_from("ABCDEFGH"), st.tuples(st.integers(0, 9), st.integers(1, 5)), min_size=1, max_size=8)


@settings(deadline=None)
@given(scores)
def test_places_order_totals_then_prices_and_are_shared_by_equals_alone(bids: dict[str, tuple[int, int]]) -> None:
    totals, own = {b: Fraction(s) for b, (s, _) in bids.items()}, {b: Fraction(p) for b, (_, p) in bids.items()}
    places = {bid: place for place, bid in ranking(totals, own)}
    assert set(places) == set(bids)
    for a, b in permutations(bids, 2):
        better = (-totals[a], own[a]) < (-totals[b], own[b])
        assert better == (places[a] < places[b])
    for bid, place in places.items():
        assert place == 1 + sum((-totals[o], own[o]) < (-totals[bid], own[bid]) for o in bids)


@settings(deadline=None)
@given(scores)
def test_other_tie_rules_order_by_marks_or_share(bids: dict[str, tuple[int, int]]) -> None:
    totals = {b: Fraction(s) for b, (s, _) in bids.items()}
    marks = {b: Fraction(m) for b, (_, m) in bids.items()}
    own = dict.fromkeys(bids, Fraction(1))
    technical = ranked(Method("m", "1", LowPriceFirst("100"), ties="technical"), totals, own, marks)
    assert technical == ranking(totals, {b: -m for b, m in marks.items()})
    shared = ranked(Method("m", "1", LowPriceFirst("100"), ties="shared"), totals, own, marks)
    assert shared == ranking(totals, own)
    lowest = ranked(Method("m", "1", LowestEvaluated()), {}, marks, marks)
    assert [bid for _, bid in lowest] == sorted(bids, key=lambda b: (marks[b], b))


@settings(deadline=None)
@given(prices, st.integers(1, 10**9) | st.none())
def test_abnormal_triggers_are_strict_and_follow_their_words(bids: dict[str, Fraction], ceiling: int | None) -> None:
    top = None if ceiling is None else Fraction(ceiling)
    ordered = sorted(bids.values())
    for bid, codes in abnormal_low(bids, top).items():
        assert ("T1_AVG" in codes) == (2 * bids[bid] < mean(ordered))
        assert ("T2_SECOND" in codes) == (len(ordered) > 1 and bids[bid] == ordered[0] and 2 * bids[bid] < ordered[1])
        assert ("T3_CEILING" in codes) == (top is not None and bids[bid] * 100 < 45 * top)


def test_thresholds_that_the_documents_raise_apply() -> None:
    bids = {"A": Fraction(60), "B": Fraction(100), "C": Fraction(100)}
    assert abnormal_low(bids, None)["A"] == ()
    assert abnormal_low(bids, None, ("0.65", "0.65", "0.65"))["A"] == ("T2_SECOND",)


METHOD = Method("m", "1", LowPriceFirst("30"), (Item("t", "t", "60"), Item("o", "o", "10", objective=True)))


def sheets(*marks: str) -> dict[str, dict[str, dict[str, str]]]:
    return {f"m{i}": {"A": {"t": mark, "o": "10"}} for i, mark in enumerate(marks)}


def test_the_mean_of_members_is_trimmed_only_when_the_documents_say_so() -> None:
    marks = sheets("10", "20", "30", "40", "60")
    assert marks_scores(METHOD, marks, ["A"])[0] == {"A": 42}
    trimmed = Method("m", "1", METHOD.formula, METHOD.items, trim_members=1)
    assert marks_scores(trimmed, marks, ["A"])[0] == {"A": 40}
    assert marks_scores(Method("m", "1", METHOD.formula), {}, ["A"]) == ({"A": Fraction(0)}, ())


def test_each_members_sum_is_rounded_before_the_mean() -> None:
    marks = sheets("0.005", "0.005", "0.004")
    assert marks_scores(METHOD, marks, ["A"])[0] == {"A": Fraction("10.01")}


def test_objective_items_marked_apart_are_named_and_equal_values_in_other_digits_are_not_apart() -> None:
    marks = {"m1": {"A": {"t": "1", "o": "10"}}, "m2": {"A": {"t": "2", "o": "10.0"}}, "m3": {"A": {"t": "3", "o": "9"}}}
    assert disunited(METHOD, marks, ["A"]) == (("A", "o"),)
    del marks["m3"]
    assert disunited(METHOD, marks, ["A"]) == ()


tables = st.integers(2, 4).flatmap(
    lambda bids: st.dictionaries(
        st.sampled_from("vwxyz"), st.lists(st.integers(0, 100), min_size=bids, max_size=bids), min_size=2, max_size=5
    )
)


@settings(deadline=None)
@given(tables, st.integers(1, 20))
def test_a_lenient_or_strict_member_shows_no_other_favour(table: dict[str, list[int]], shift: int) -> None:
    plain = {m: {str(i): Fraction(s) for i, s in enumerate(row)} for m, row in table.items()}
    first = next(iter(plain))
    lenient = plain | {first: {b: s + shift for b, s in plain[first].items()}}
    assert expert_outlier(plain).favour == expert_outlier(lenient).favour


@settings(deadline=None)
@given(tables)
def test_pivotal_is_whoever_changes_the_winner_alone(table: dict[str, list[int]]) -> None:
    plain = {m: {str(i): Fraction(s) for i, s in enumerate(row)} for m, row in table.items()}
    found = expert_outlier(plain)
    for member in plain:
        rest = {m: row for m, row in plain.items() if m != member}
        assert (member in found.pivotal) == (expert_outlier(rest).winner != found.winner)
    assert set(beyond(found, "0")) >= set(beyond(found, "0.3"))


def test_a_member_alone_has_no_others_to_differ_from() -> None:
    found = expert_outlier({"m": {"A": Fraction(1), "B": Fraction(2)}})
    assert (found.loo, found.pivotal, found.winner) == ({"m": {}}, (), "B")
    assert expert_outlier({}).winner == ""
    zero = expert_outlier({"m": {"A": Fraction(1)}, "n": {"A": Fraction(0)}})
    assert zero.loo == {"m": {"A": "1.0000"}, "n": {"A": "1.0000"}}


bid_lists = st.lists(st.integers(1, 10**6).map(Fraction), min_size=1, max_size=8)


@settings(deadline=None)
@given(bid_lists, st.integers(2, 50))
def test_screens_do_not_depend_on_the_order_or_the_unit_of_prices(bids: list[Fraction], factor: int) -> None:
    assert screens(bids) == screens(sorted(bids, reverse=True)) == screens([b * factor for b in bids])
    assert shape(bids) == shape([b * factor for b in bids])


def test_screens_that_are_not_defined_are_left_out() -> None:
    assert screens([Fraction(5)]) == {"ARITH_PROGRESSION": False}
    assert set(screens([Fraction(5), Fraction(6)])) == {"CV", "SPD", "DIFFP", "ARITH_PROGRESSION"}
    assert set(screens([Fraction(5)] * 3)) == {"CV", "SPD", "DIFFP", "ARITH_PROGRESSION"}
    assert shape([Fraction(1), Fraction(2), Fraction(3)]) == shape([Fraction(2)] * 5) == {}


def test_shape_is_the_sample_skewness_and_excess_kurtosis() -> None:
    bids = [Fraction(b) for b in (1, 2, 3, 10)]
    assert shape(bids) == {"SKEW": "1.763633", "KURT": "3.228000"}
    assert shape([-b + 20 for b in bids])["SKEW"] == "-1.763633"


@settings(deadline=None)
@given(bid_lists)
def test_variance_is_that_of_the_sample(bids: list[Fraction]) -> None:
    assume(len(bids) > 1)
    n = len(bids)
    assert variance(bids) == sum((a - b) ** 2 for a in bids for b in bids) / (2 * n * (n - 1))
