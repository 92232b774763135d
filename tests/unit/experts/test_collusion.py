"""Clues of collusion: what is found, what is exempt, and that nothing but a clue comes of it."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from experts.collusion import RULES_2026, Clue, Dossier, Line, Machine, Published, clues, groups, screened
from experts.collusion.cleaning import passages, plain, unseen
from experts.collusion.prices import constant_ratio
from experts.collusion.texts import LONG, similarity
from experts.collusion.values import ARTICLES
from experts.methods import LowPriceFirst, MeanBenchmark, RandomBenchmark

MACHINE = Machine("00-1b-44-11-3a-b7", "BFEBFBFF000906EA", "S4EVNX0M")
A = Dossier("a", "A", "4586000", names=("保山演示建筑工程有限公司", "91530502MA9YDM0137"))
B = Dossier("b", "B", "4612500", names=("腾冲演示建设集团有限公司", "91530581MA9YDM021F"))
C = Dossier("c", "C", "4498100", names=("施甸演示工程有限公司",))
NONE = Published()


def found(*bids: Dossier, given: Published = NONE, fixed: tuple[str, ...] = ()) -> list[tuple[str, tuple[str, ...]]]:
    return [(clue.code, clue.bids) for clue in clues(bids, given, fixed=fixed)]


def bill(*prices: str) -> tuple[Line, ...]:
    return tuple(Line(f"i{n}", "10", price) for n, price in enumerate(prices))


def scaled(ratio: str, offset: str = "0") -> tuple[Line, ...]:
    prices = [Fraction(100 + 37 * n, 10) * Fraction(ratio) + Fraction(offset) for n in range(20)]
    return bill(*(f"{round(p * 100) / 100:.2f}" for p in prices))


def test_bids_that_share_nothing_give_no_clue() -> None:
    assert found(A, B, C) == []


def test_the_same_machine_code_and_address_of_two_bids_are_two_clues_for_the_panel() -> None:
    first, second = (replace(bid, machines=(MACHINE,), uploads=("203.0.113.9",)) for bid in (A, B))
    told = clues((first, second, C))
    assert [(c.code, c.bids, c.to) for c in told] == [
        ("collusion.machine", ("a", "b"), "panel"),
        ("collusion.upload", ("a", "b"), "panel"),
    ]
    assert told[0].evidence == {"machine": "00:1B:44:11:3A:B7|BFEBFBFF000906EA|S4EVNX0M"}
    assert told[0].article.startswith("条例 40(一)")


def test_a_machine_is_its_three_identifiers_together() -> None:
    first = replace(A, machines=(MACHINE,))
    assert found(first, replace(B, machines=(replace(MACHINE, disk="OTHER"),))) == []
    assert found(first, replace(B, machines=(replace(MACHINE, disk=""),))) == []


def test_the_machine_that_wrote_the_purchasers_files_says_nothing() -> None:
    bids = tuple(replace(bid, machines=(MACHINE,), files=("f" * 64,)) for bid in (A, B))
    assert found(*bids, given=Published(machines=(MACHINE,), files=("f" * 64,))) == []


def test_a_costing_dongle_is_enough_by_itself() -> None:
    bids = (replace(A, machines=(Machine(dongle="GLD-7"),)), replace(B, machines=(Machine(mac="x", dongle="GLD-7"),)))
    assert found(*bids) == [("collusion.dongle", ("a", "b"))]


def test_one_device_in_a_network_and_one_network_are_the_regulators() -> None:
    (clue,) = clues(tuple(replace(bid, uploads=(bid.id,), networks=("n",)) for bid in (A, B)))
    assert (clue.code, clue.to, clue.article, clue.evidence) == ("collusion.network", "regulator", "", {"network": "n"})
    assert found(*(replace(bid, uploads=(bid.id,), devices=("d",)) for bid in (A, B))) == [("collusion.device", ("a", "b"))]


def test_of_address_device_and_network_the_nearest_is_told_of_the_same_bids() -> None:
    first, second = (replace(bid, uploads=("u",), devices=("d",), networks=("n",)) for bid in (A, B))
    third = replace(C, uploads=("v",), networks=("n",))
    assert found(first, second, third) == [("collusion.upload", ("a", "b")), ("collusion.network", ("a", "b", "c"))]


def test_the_opening_sites_address_says_nothing() -> None:
    bids = tuple(replace(bid, uploads=("203.0.113.9",)) for bid in (A, B))
    assert found(*bids, given=Published(addresses=("203.0.113.9",))) == []


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("staff", "staff"),
        ("payers", "payer"),
        ("agents", "agent"),
        ("contacts", "contact"),
        ("files", "file"),
        ("documents", "document"),
        ("authors", "author"),
        ("stamps", "stamp"),
    ],
)
def test_people_accounts_and_files_that_several_share_are_one_clue_that_names_all(field: str, code: str) -> None:
    bids = [replace(bid, **{field: (bid.id, "same")}) for bid in (A, B, C)]
    assert found(*bids) == [(f"collusion.{code}", ("a", "b", "c"))]


def test_who_made_the_purchasers_files_and_what_programs_write_for_nobody_say_nothing() -> None:
    bids = tuple(replace(bid, authors=("Wang  Wu", "微软用户"), documents=("77aa",), stamps=("WPS 2026",)) for bid in (A, B))
    given = Published(authors=("wang wu",), documents=("77aa",), stamps=("WPS 2026",))
    assert found(*bids, given=given) == []
    assert [code for code, _ in found(*bids)] == ["collusion.document", "collusion.author", "collusion.stamp"]


def test_two_bids_of_one_organisation_are_not_a_clue() -> None:
    assert found(replace(A, contacts=("x",)), replace(B, org="A", contacts=("x",))) == []


def test_another_bidders_name_inside_a_bid_is_found_through_full_width_and_unseen_letters() -> None:
    inside = replace(A, text="致:腾冲演示\u200b建设集团有限公司 技术部")
    (clue, hidden) = clues((inside, B))
    assert (clue.code, clue.evidence) == ("collusion.mixed", {"in": "a", "of": "b", "found": "腾冲演示建设集团有限公司"})
    assert hidden.code == "collusion.hidden"
    assert found(replace(A, text="统一社会信用代码９１５３０５８１ＭＡ９ＹＤＭ０２１Ｆ"), B) == [("collusion.mixed", ("a", "b"))]


def test_a_name_that_is_part_of_ones_own_is_not_anothers() -> None:
    parent = replace(B, names=("演示建筑工程",))
    assert found(replace(A, text="保山演示建筑工程有限公司编制"), parent) == []


def test_unit_prices_are_the_same_from_eight_in_ten_on() -> None:
    base = [f"{100 + n}.00" for n in range(20)]
    sixteen = [*base[:16], "1.00", "2.00", "3.00", "4.00"]
    assert found(replace(A, lines=bill(*base)), replace(B, lines=bill(*sixteen))) == [("collusion.lines-equal", ("a", "b"))]
    fifteen = [*base[:15], "9.00", "1.00", "2.00", "3.00", "4.00"]
    assert found(replace(A, lines=bill(*base)), replace(B, lines=bill(*fifteen))) == []


def test_a_case_of_nine_in_ten_tells_its_share_and_its_rules() -> None:
    base = [f"{100 + n}.00" for n in range(21)]
    (clue,) = clues((replace(A, lines=bill(*base)), replace(B, lines=bill(*base[:19], "1.00", "2.00"))))
    assert clue.evidence == {"lines": "21", "rules": "cn-collusion-2026", "share": "0.9048"}


def test_items_that_the_purchaser_priced_and_short_bills_say_nothing() -> None:
    base = bill(*(f"{100 + n}.00" for n in range(12)))
    bids = (replace(A, lines=base), replace(B, lines=base))
    assert found(*bids, fixed=("i0", "i1", "i2")) == []
    assert found(replace(A, lines=base[:9]), replace(B, lines=base[:9])) == []


def test_a_constant_ratio_is_found_through_the_rounding_of_every_line() -> None:
    (clue,) = clues((replace(A, lines=scaled("1")), replace(B, lines=scaled("0.973"))))
    assert (clue.code, clue.evidence["share"]) == ("collusion.lines-ratio", "1.0000")
    assert clue.evidence["ratio"].startswith("0.972") or clue.evidence["ratio"].startswith("0.973")


def test_a_constant_offset_is_found() -> None:
    (clue,) = clues((replace(A, lines=scaled("1")), replace(B, lines=scaled("1", "-3.30"))))
    assert (clue.code, clue.evidence["offset"]) == ("collusion.lines-offset", "-3.30")


def test_prices_that_differ_irregularly_are_no_clue() -> None:
    odd = bill(*(f"{(100 + 37 * n) / 10 * (1 + (n * 7 % 11) / 100):.2f}" for n in range(20)))
    assert found(replace(A, lines=scaled("1")), replace(B, lines=odd)) == []


@settings(max_examples=50, deadline=None)
@given(st.fractions(Fraction(1, 2), 2), st.lists(st.integers(100, 10**7), min_size=1, max_size=20))
def test_whatever_the_ratio_every_rounded_line_allows_it(ratio: Fraction, cents: list[int]) -> None:
    pairs = [(Fraction(c, 100), Fraction(round(c * ratio), 100)) for c in cents]
    at, hits = constant_ratio(pairs)
    assert hits == len(pairs)
    assert all(abs(at * x - y) <= Fraction(1, 200) * (at + 1) for x, y in pairs)


def test_the_same_wrong_total_is_a_clue_and_a_right_one_is_not() -> None:
    wrong, right = Line("i1", "3", "10.00", "31.00"), Line("i2", "3", "10.00", "30.00")
    (clue,) = clues((replace(A, lines=(wrong, right)), replace(B, lines=(wrong, right))))
    assert (clue.code, clue.evidence) == ("collusion.errors", {"items": "i1", "count": "1"})
    assert found(replace(A, lines=(wrong,)), replace(B, lines=(replace(wrong, total="32.00"),))) == []


def test_prices_in_equal_steps_or_ratios_are_a_clue_from_three_bids_on() -> None:
    def priced(*prices: str) -> list[Dossier]:
        return [replace(bid, price=price) for bid, price in zip((A, B, C), prices, strict=False)]

    (step,) = clues(priced("4500000", "4530000.50", "4560001"))
    assert (step.code, step.evidence) == ("collusion.progression", {"step": "30000.50"})
    (ratio,) = clues(priced("4000000", "4040000", "4080400"))
    assert (ratio.code, ratio.evidence) == ("collusion.progression", {"ratio": "1.010000"})
    assert clues(priced("4500000", "4530000")) == ()
    assert clues(priced("4500000", "4500000", "4500000")) == ()


PROSE = "".join(f"第{n}道工序先测量放线再按{n * 7}号做法施工并由质检员{n * 13}复核。" for n in range(40))
OTHER = "".join(f"本公司另行编制专项方案{n * 3},配置机械{n * 5}台并安排夜班{n}组。" for n in range(40))


def test_text_is_the_same_through_width_blanks_and_unseen_letters() -> None:
    disguised = "\u200b".join(PROSE[:300]) + " ".join(PROSE[300:]) + "\u202e"
    told = clues((replace(A, text=PROSE), replace(B, text=disguised)))
    assert [(c.code, c.bids) for c in told] == [("collusion.text", ("a", "b")), ("collusion.hidden", ("b",))]
    assert told[0].evidence["similarity"] == "1.0000"


def test_text_with_a_word_changed_in_every_sentence_is_still_alike() -> None:
    (clue,) = clues((replace(A, text=PROSE), replace(B, text=PROSE.replace("质检员", "检验人员"))))
    assert clue.code == "collusion.text"
    assert "0.80" < clue.evidence["similarity"] < "1.0000"


def test_the_tender_documents_are_taken_out_first() -> None:
    bids = tuple(replace(bid, text=PROSE) for bid in (A, B))
    assert found(*bids) == [("collusion.text", ("a", "b"))]
    assert found(*bids, given=Published(texts=(PROSE,))) == []


def test_what_three_bids_share_is_no_clue_against_two_of_them_and_is_told_by_itself() -> None:
    told = clues([replace(bid, text=PROSE) for bid in (A, B, C)])
    assert [(c.code, c.bids, c.to) for c in told] == [("collusion.text", ("a", "b", "c"), "regulator")]


def long(same: int, own: int) -> str:
    """60,000 letters in 1,000 sentences, of which the first ``same`` are everybody's."""
    common, alone = Random(0), Random(own)
    said = [["".join(map(chr, r.sample(range(0x4E00, 0x9FA5), 60))) for _ in range(1000)] for r in (common, alone)]
    return "。".join(c if n < same else a for n, (c, a) in enumerate(zip(*said, strict=True)))


@pytest.mark.parametrize(("same", "alike"), [(1000, True), (900, True), (400, False)])
def test_long_texts_are_alike_or_not_whether_or_not_a_sample_settles_it(same: int, alike: bool) -> None:
    a, b = replace(A, text=long(same, 1)), replace(B, text=long(same, 2))
    assert len(plain(a.text)) > LONG
    assert ("collusion.text" in [code for code, _ in found(a, b)]) == alike


def test_own_texts_and_short_texts_are_no_clue() -> None:
    assert found(replace(A, text=PROSE), replace(B, text=OTHER)) == []
    assert found(replace(A, text=PROSE[:100]), replace(B, text=PROSE[:100])) == []


def test_plain_text_has_no_width_no_case_and_nothing_unseen() -> None:
    assert plain("ＡＢ\u200bc　\ufeffＤ") == "abcd"
    assert unseen("a\u200b\u202eb") == 2
    assert passages("第一句。第 二句;\n\n第三") == ("第一句", "第二句", "第三")


@settings(max_examples=50, deadline=None)
@given(st.text("甲乙丙丁abc", max_size=60), st.text("甲乙丙丁abc", max_size=60))
def test_similarity_is_a_share_the_same_both_ways_and_whole_for_itself(a: str, b: str) -> None:
    assert 0 <= similarity(a, b) <= 1
    assert not a or similarity(a, a) == 1


def test_bids_are_tied_directly_and_through_others() -> None:
    def tie(*bids: str) -> Clue:
        return Clue("collusion.contact", bids, {}, "panel")

    assert groups([tie("a", "b"), tie("c", "d"), tie("b", "e"), tie("f")]) == (frozenset("abe"), frozenset("cd"))
    assert groups([tie("a", "b"), tie("c", "d"), tie("b", "c")]) == (frozenset("abcd"),)


PRICES = {bid: Fraction(p) for bid, p in {"a": 95, "b": 120, "c": 121, "d": 88, "e": 90, "f": 91}.items()}


def test_where_the_lowest_price_wins_the_spread_is_screened() -> None:
    (clue,) = screened(LowPriceFirst("30"), PRICES, None, (), RULES_2026)
    assert (clue.code, clue.to, clue.article) == ("collusion.screen", "regulator", "")
    assert {"CV", "SPD", "DIFFP", "RD", "SKEW"} <= set(clue.evidence)
    assert clue.evidence["ARITH_PROGRESSION"] == "false"


def test_under_a_mean_a_group_whose_high_bids_make_its_third_win_is_told() -> None:
    prices = {bid: Fraction(p) for bid, p in {"a": 100, "b": 118, "c": 119, "d": 88, "e": 90, "f": 91}.items()}
    (clue,) = screened(MeanBenchmark("60", "1.2", "0.8"), prices, None, (frozenset("abc"),), RULES_2026)
    assert (clue.code, clue.bids, clue.to) == ("collusion.flip", ("a", "b", "c"), "regulator")
    assert clue.evidence["flips"] == "1.0000"
    assert clue.evidence["groups"] < "0.5000"


def test_under_a_mean_a_group_that_changes_nothing_is_not_told_and_neither_is_the_spread() -> None:
    assert screened(MeanBenchmark("60", "1.2", "0.8"), PRICES, None, (frozenset("de"), frozenset("az")), RULES_2026) == ()


def test_every_value_of_the_coefficients_is_tried() -> None:
    formula = RandomBenchmark("60", "1.2", "0.8", "0.8", "1", ("0.9", "0.95"), ("0.4", "0.5", "0.6"), ("0.9",))
    prices = {bid: Fraction(p) for bid, p in {"a": 96, "b": 99, "c": 99, "d": 82, "e": 83, "f": 84}.items()}
    told = screened(formula, prices, Fraction(100), (frozenset("abc"),), RULES_2026)
    assert all(clue.evidence["draws"] == "6" for clue in told)


def test_with_two_bids_there_is_nothing_to_screen() -> None:
    assert screened(LowPriceFirst("30"), {"a": Fraction(1), "b": Fraction(2)}, None, (), RULES_2026) == ()


def test_every_threshold_says_where_it_comes_from_and_how_far_that_is_to_be_trusted() -> None:
    assert all(t.source and t.trust in "T2MI" for t in RULES_2026.thresholds.values())


def test_a_presumption_of_the_law_goes_to_the_panel_and_a_statistic_to_the_regulator() -> None:
    assert {code for code, article in ARTICLES.items() if not article} == {
        "collusion.hidden",
        "collusion.screen",
        "collusion.device",
        "collusion.flip",
        "collusion.network",
        "collusion.rare",
        "collusion.stamp",
    }
