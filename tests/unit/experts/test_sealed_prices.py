"""Two envelopes in the evaluation room: no price before the technical part is locked, no mark changed after it."""

from typing import Any

import pytest
from msgspec.structs import replace

from archive.errors import Refused
from archive.values import Money
from experts.evaluation import Room
from experts.evaluation.events import AbnormalFound
from experts.evaluation.messages import (
    ROOM,
    Bid,
    ConcludeReview,
    CorrectMark,
    ElectLeader,
    EnterPrices,
    Fallen,
    HandPart,
    JudgeCompetition,
    LockTechnical,
    Member,
    RejectBid,
    ReplaceMember,
    ReviewConformity,
    SubmitReport,
    Summarise,
    VoidReport,
)
from tests.unit.experts.stage import Stage
from tests.unit.experts.test_evaluation import (
    AT,
    SCORING,
    arrive,
    command,
    findings,
    marked,
    opened,
    reviewed,
    seated,
    signed,
    yes,
)

NAMES = ("b1", "b2", "b3", "b4")
SEALED = tuple(Bid(n, f"org-{n}", Money(0)) for n in NAMES)
WORKS: dict[str, Any] = {
    "rule_set": "RS-1", "subject": "works", "bids": SEALED, "sealed_prices": True,
    "conformity": tuple(replace(c, ground="51-1") for c in command().conformity),
}  # fmt: skip
NO_SEAL = {("b4", "c1"): "第一信封未盖章"}


def priced(**yuan: int) -> tuple[Bid, ...]:
    return tuple(Bid(n, f"org-{n}", Money(y * 100)) for n, y in yuan.items())


def reviewed_room(failed: dict[tuple[str, str], str] | None = None) -> Stage[Room]:
    room = seated(**WORKS)
    reviewed(room, failed)
    return room


def locked(failed: dict[tuple[str, str], str] | None = None) -> Stage[Room]:
    room = marked(reviewed_room(failed))
    room.act(LockTechnical(), AT)
    return room


def test_prices_follow_the_lock_and_the_formula_computes_on_them() -> None:
    room = locked(NO_SEAL)
    assert room.state.admitted == ("b1", "b2", "b3")
    room.act(EnterPrices(priced(b1=1_000_000, b2=960_000, b3=1_200_000), opening="a1"), AT)
    room.act(Summarise(), AT)
    signed(room)
    (event,) = room.act(SubmitReport(), AT)
    assert event.candidates == ("b2", "b1", "b3")


def test_the_technical_part_is_locked_after_the_last_mark_and_not_before() -> None:
    room = seated(**WORKS)
    room.refuses("room.stage", LockTechnical(), AT)
    reviewed(room)
    room.refuses("room.marks.missing", LockTechnical(), AT)
    marked(room)
    room.act(LockTechnical(), AT)
    room.refuses("room.locked", LockTechnical(), AT)


def test_no_price_comes_in_before_the_lock_nor_twice() -> None:
    room = marked(reviewed_room(NO_SEAL))
    prices = EnterPrices(priced(b1=1_000_000, b2=960_000, b3=1_200_000))
    room.refuses("room.not-locked", prices, AT)
    room.refuses("room.part", HandPart(ROOM, bids=priced(b1=1_000_000)), AT)
    room.act(LockTechnical(), AT)
    room.act(prices, AT)
    room.refuses("room.twice", prices, AT)


def test_a_room_with_its_prices_from_the_start_has_no_second_envelope() -> None:
    room = seated()
    reviewed(room)
    marked(room)
    room.refuses("room.one-envelope", LockTechnical(), AT)
    room.refuses("room.one-envelope", EnterPrices(()), AT)


@pytest.mark.parametrize(
    "bid", [Bid("b1", "o", Money(5)), Bid("b1", "o", Money(0), correction="1"), Bid("b1", "o", Money(0), deduction="1")]
)
def test_a_room_with_sealed_prices_opens_without_any(bid: Bid) -> None:
    with pytest.raises(Refused, match=r"room\.price"):
        opened(**WORKS | {"bids": (bid,)})


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("room.prices", EnterPrices(priced(b1=1, b2=1))),
        ("room.prices", EnterPrices(priced(b1=1, b2=1, b3=1, b4=1))),
        ("room.prices", EnterPrices(priced(b1=1, b2=1, b3=1), (Fallen("b3", "revoked"),))),
        ("room.prices", EnterPrices(priced(b1=1, b2=1), (Fallen("b3", "lost"),))),
        ("room.price", EnterPrices(priced(b1=1, b2=1, b3=0))),
        ("room.price", EnterPrices((*priced(b1=1, b2=1), Bid("b3", "another", Money(100))))),
        ("room.price", EnterPrices((*priced(b1=1, b2=1), Bid("b3", "org-b3", Money(100), deduction="0.1")))),
    ],
)
def test_prices_are_of_the_admitted_bids_each_once_and_bring_nothing_else(code: str, told: EnterPrices) -> None:
    locked(NO_SEAL).refuses(code, told, AT)


def test_many_prices_come_in_parts() -> None:
    room = locked(NO_SEAL)
    room.act(HandPart(ROOM, bids=priced(b1=1_000_000, b2=960_000)), AT)
    room.act(EnterPrices(priced(b3=1_200_000)), AT)
    assert [b.price.amount for b in room.state.valid] == [100_000_000, 96_000_000, 120_000_000]


def test_a_bid_whose_price_envelope_did_not_open_is_out_without_being_rejected() -> None:
    room = locked()
    room.act(EnterPrices(priced(b1=1_000_000, b2=960_000, b3=1_200_000), (Fallen("b4", "revoked"),)), AT)
    assert [b.id for b in room.state.valid] == ["b1", "b2", "b3"]
    assert room.state.rejected == ()
    room.act(Summarise(), AT)
    assert room.state.summary is not None
    assert [p.bid for p in room.state.summary.ranking] == ["b2", "b1", "b3"]


def test_abnormally_low_prices_are_found_when_prices_come_in() -> None:
    room = marked(reviewed_room(NO_SEAL))
    assert not room.state.low_prices
    room.act(LockTechnical(), AT)
    events = room.act(EnterPrices(priced(b1=1_000_000, b2=960_000, b3=300_000)), AT)
    assert [e.bid for e in events if isinstance(e, AbnormalFound)] == ["b3"]
    assert SCORING.abnormal


def test_a_mark_is_corrected_until_the_lock_and_not_after() -> None:
    room = marked(reviewed_room(NO_SEAL))
    correction = CorrectMark("m1", "b1", "tech", "45", "sum", "计算错误")
    room.act(correction, AT)
    room.act(LockTechnical(), AT)
    room.refuses("room.locked", correction, AT)


def test_a_ranking_waits_for_the_prices() -> None:
    locked(NO_SEAL).refuses("room.prices-sealed", Summarise(), AT)


def test_a_room_where_nobody_is_left_needs_no_prices() -> None:
    room = reviewed_room({(n, "c1"): "第一信封未盖章" for n in NAMES})
    room.act(LockTechnical(), AT)
    assert room.state.admitted == ()
    room.act(Summarise(), AT)
    assert room.state.summary is not None
    assert room.state.summary.failed == "all-rejected"


def test_with_two_bids_left_competition_is_judged_and_its_lack_needs_no_prices() -> None:
    room = locked(NO_SEAL | {("b3", "c1"): "第一信封未盖章"})
    room.act(JudgeCompetition(yes(room, noes=5), "只有两份有效投标"), AT)
    room.act(Summarise(), AT)
    assert room.state.summary is not None
    assert room.state.summary.failed == "no-competition"


def test_a_price_over_the_ceiling_is_rejected_by_vote_after_the_opening() -> None:
    room = locked(NO_SEAL)
    room.act(EnterPrices(priced(b1=1_000_000, b2=960_000, b3=1_200_000)), AT)
    room.act(RejectBid("b3", "51-5", "报价高于最高投标限价", yes(room)), AT)
    assert [b.id for b in room.state.valid] == ["b1", "b2"]


def test_who_was_not_admitted_stays_out_though_a_member_is_replaced_and_all_review_anew() -> None:
    room = locked(NO_SEAL)
    room.act(EnterPrices(priced(b1=1_000_000, b2=960_000, b3=400_000)), AT)
    room.act(ReplaceMember("m2", Member("m9"), "panel/T1.L1#12"), AT)
    arrive(room, "m9")
    assert [b.id for b in room.state.valid] == ["b1", "b2", "b3"]
    room.act(ReviewConformity("m9", findings(room)), AT)
    events = room.act(ConcludeReview("conformity"), AT)
    assert [e.bid for e in events if isinstance(e, AbnormalFound)] == ["b3"]


def test_a_void_result_is_found_again_on_the_prices_that_were_opened_and_on_no_other() -> None:
    room = locked(NO_SEAL)
    room.act(EnterPrices(priced(b1=1_000_000, b2=960_000, b3=1_200_000)), AT)
    room.act(Summarise(), AT)
    signed(room)
    room.act(SubmitReport(), AT)
    room.act(VoidReport("O1", "54", "招标投标法实施条例 第五十四条", "评审错误"), AT)
    assert [b.id for b in room.state.valid] == ["b1", "b2", "b3"]
    sitting = [s.member.id for s in room.state.active]
    for member in sitting:
        arrive(room, member)
    room.act(ElectLeader(dict.fromkeys(sitting, sitting[0])), AT)
    reviewed(room)
    room.refuses("room.locked", LockTechnical(), AT)
    marked(room)
    room.act(Summarise(), AT)
    assert room.state.summary is not None
    assert [p.bid for p in room.state.summary.ranking] == ["b2", "b1", "b3"]
    assert [r.bid for r in room.state.rejected] == ["b4"]


def test_an_admitted_bid_without_a_comparable_price_is_rejected_by_nobodys_vote() -> None:
    room = locked(NO_SEAL)
    room.act(EnterPrices(priced(b1=1_000_000, b2=960_000), unpriced=("b3",)), AT)
    assert [(r.bid, r.ground, r.source) for r in room.state.rejected if r.bid == "b3"] == [("b3", "51-6", "unpriced")]
    assert [b.id for b in room.state.valid] == ["b1", "b2"]
    room.act(ReplaceMember("m2", Member("m9"), "panel/T1.L1#12"), AT)
    assert [b.id for b in room.state.valid] == ["b1", "b2"]


def test_a_bid_without_a_comparable_price_does_not_keep_the_room_shut() -> None:
    room = seated(unpriced=("b9",))
    assert [(r.bid, r.ground) for r in room.state.rejected] == [("b9", "63-6")]
    assert [b.id for b in room.state.valid] == ["b1", "b2", "b3"]
    reviewed(room)
    marked(room)
    room.act(Summarise(), AT)
    with pytest.raises(Refused, match=r"room\.bids"):
        opened(unpriced=("b1",))
