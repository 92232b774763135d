"""The same mistakes and rare sentences in a few bids: what is one, what is none, where it stands, and who must look."""

import pytest
from msgspec.structs import replace

from experts.collusion import Clue, Dossier, Part, Published, clues

GIVEN = (
    "投标有效期为投标截止之日起九十日历天。质量保证期自竣工验收合格之日起计算。项目经理须常驻现场。Submit the concrete report."
)
BIDS = tuple(Dossier(f"b{n}", f"O{n}", str(4_000_000 + n**3 * 1000), names=(f"第{n}演示工程有限公司",)) for n in range(4))
WRONG = ("投标有效期为投标截止之日起九十日厉天", "质量保证期自竣工验收合格之日计算", "项目经理须常驻现现场")


def told(*texts: str, given: str = GIVEN) -> list[Clue]:
    bids = [replace(bid, text=text) for bid, text in zip(BIDS, texts, strict=False)]
    return [c for c in clues(bids, Published(texts=(given,))) if c.code in ("collusion.mistakes", "collusion.rare")]


@pytest.mark.parametrize(("count", "to", "article"), [(2, "regulator", ""), (3, "panel", "条例 40(四) / 87号令 37(四)")])
def test_three_shared_mistakes_are_the_panels_and_fewer_the_regulators(count: int, to: str, article: str) -> None:
    (clue,) = told(*["。".join(WRONG[:count])] * 2, GIVEN)
    assert (clue.bids, clue.to, clue.article) == (("b0", "b1"), to, article)
    assert clue.evidence["count"] == str(count)


@pytest.mark.parametrize(
    "wrong",
    ["项目经理须常住现场了", "本工程管理人员须长驻现场"],
    ids=["two strokes", "its own words"],
)
def test_what_is_further_away_is_no_mistake(wrong: str) -> None:
    assert told(wrong, wrong, GIVEN) == []


@pytest.mark.parametrize("wrong", ["项目经理须常住现场", "项目经理须驻常现场", "项目经理须常现场", "项目经理必须常驻现场"])
def test_one_letter_another_swapped_missing_or_more_is_a_mistake(wrong: str) -> None:
    (clue,) = told(wrong, wrong, GIVEN)
    assert (clue.evidence["found"], clue.evidence["instead"]) == (wrong, "项目经理须常驻现场")


def test_a_mistake_of_one_bidder_or_of_many_is_not_shared_by_a_few() -> None:
    assert told(WRONG[0], GIVEN, GIVEN) == []
    assert told(WRONG[0], WRONG[0], WRONG[0], GIVEN) == []


def test_another_number_is_an_answer_and_no_mistake() -> None:
    other = "投标有效期为投标截止之日起八十日历天"
    assert told(other, other, GIVEN) == []
    assert told("工期一百零5日历天内完工", "工期一百零5日历天内完工", given="工期一百零8日历天内完工") == []


def test_what_more_bidders_say_is_right_and_what_as_many_say_is_not() -> None:
    right, wrong = "现场配备两名专职安全员", "现场配备两名专职安全圆"
    assert told(wrong, wrong, right, right, given="") == []
    bids = [
        replace(b, text=t) for b, t in zip((*BIDS, replace(BIDS[0], id="b4", org="O4")), (wrong,) * 2 + (right,) * 3, strict=True)
    ]
    (clue,) = [c for c in clues(bids) if c.code == "collusion.mistakes"]
    assert (clue.bids, clue.evidence["instead"]) == (("b0", "b1"), right)


@pytest.mark.parametrize(("word", "mistaken"), [("concrte", True), ("cnocrete", True), ("concretes", False), ("concord", False)])
def test_a_latin_word_is_mistaken_by_a_letter_but_not_by_its_plural(word: str, mistaken: bool) -> None:
    assert bool(told(f"We use {word} here", f"Our {word} is best", GIVEN)) == mistaken


def test_a_clue_says_in_which_file_and_on_which_page() -> None:
    bids = [
        replace(BIDS[n], text=WRONG[0], parts=(Part(f"{n}" * 64, 1, "封面"), Part(f"{n}" * 64, page, f"{WRONG[0]}。")))
        for n, page in ((0, 2), (1, 0))
    ]
    (clue,) = clues(bids, Published(texts=(GIVEN,)))
    assert clue.evidence["at"] == f"b0 {'0' * 16}#2; b1 {'1' * 16}"


def test_two_bids_of_one_organisation_share_nothing() -> None:
    bids = [replace(bid, org="O", text="。".join(WRONG)) for bid in BIDS[:2]]
    assert clues(bids, Published(texts=(GIVEN,))) == ()


RARE = [f"由第{n}作业面的班组长在每日{n + 5}时向项目部书面报告进度" for n in range(5)]
OWN = ["".join(chr(0x4E00 + (n * 7919 + i * 104_729 + k * 31) % 20_000) for i in range(400)) for n, k in ((0, 1), (1, 2))]


@pytest.mark.parametrize(("count", "rare"), [(4, False), (5, True)])
def test_long_sentences_that_only_two_have_are_the_regulators_from_five_on(count: int, rare: bool) -> None:
    found = told(*("。".join((*RARE[:count], own)) for own in OWN), "另一份投标")
    assert [(c.code, c.bids, c.to) for c in found] == [("collusion.rare", ("b0", "b1"), "regulator")] * rare


def test_sentences_that_the_tender_gave_or_three_have_are_not_rare() -> None:
    two = ["。".join((*RARE, own)) for own in OWN]
    assert told(*two, given="。".join(RARE)) == []
    assert told(*two, "。".join(RARE)) == []


def test_where_the_whole_text_is_alike_rare_sentences_are_not_told_besides() -> None:
    bids = [replace(bid, text="。".join(RARE * 9)) for bid in BIDS[:2]]
    assert [c.code for c in clues(bids)] == ["collusion.text"]
