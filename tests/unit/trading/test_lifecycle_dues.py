"""What falls due, when, and what the bell puts on record."""

from datetime import date

import pytest

from archive.values import DAY, Actor, Money
from tests.tender_play import (
    BELL,
    BIDDER,
    BLIND,
    CENTRE,
    PRINCIPAL,
    SHA,
    YUAN,
    Play,
    bid,
    bj,
    draft,
    place,
    refused,
    spec,
)
from trading import commands as c
from trading.events import LimitReached
from trading.lifecycle import DECIDER
from trading.lifecycle.dues import Due, dues

RS2 = "cn-rs2-2017"


def due(play: Play) -> Due:
    return dues(play.state)[0]


def whats(play: Play) -> list[str]:
    return [d.what for d in dues(play.state)]


@pytest.mark.parametrize("make", [Play.register, Play.accepted, Play.drafted, Play.approved])
def test_nothing_falls_due_before_the_notice(make: object) -> None:
    play = Play()
    make(play)  # type: ignore[operator]
    assert DECIDER.due(play.state) is None


def test_an_empty_tender_has_nothing_due() -> None:
    assert DECIDER.due(DECIDER.initial) is None


def test_a_published_tender_closes_at_its_deadline() -> None:
    play = Play().published()
    assert DECIDER.due(play.state) == (bj(10, 9), f"close:::{bj(10, 9)}")


def test_a_moved_deadline_is_due_at_its_new_time() -> None:
    play = Play().published()
    play.act(c.AmendDeadline(bj(10, 12), "设计变更", "延期", SHA))
    assert due(play).at == bj(10, 12)


def test_a_paused_tender_closes_nothing() -> None:
    play = Play().published()
    play.act(c.SuspendTender("P1", "system-fault", "故障"), CENTRE)
    assert DECIDER.due(play.state) is None


def test_an_objections_answer_is_due_though_the_tender_stands_still() -> None:
    play = Play().published()
    play.act(c.FileObjection("O1", "documents", "x", SHA, BLIND), BIDDER, bj(9, 20), interest="bidder")
    assert (due(play).what, due(play).ref, due(play).breach) == ("objection-answer", "O1", True)
    play.act(c.AnswerObjection("O1", "dismissed", SHA))
    assert whats(play) == ["close"]


def test_after_the_report_the_publicity_and_the_bids_validity_are_watched() -> None:
    play = Play().evaluated()
    assert [(d.what, d.rule) for d in dues(play.state)] == [("publicity-start", "T-17"), ("bid-validity", "")]


def test_a_purchaser_has_five_working_days_for_the_award() -> None:
    play = Play(RS2).evaluated()
    assert (due(play).what, due(play).at, due(play).article) == (
        "award",
        bj(10, 16, 0),
        "政府采购货物和服务招标投标管理办法 第六十八条",
    )


def test_the_publicity_ends_without_a_breach() -> None:
    play = Play().publicised()
    assert (due(play).what, due(play).at, due(play).breach) == ("publicity-end", bj(10, 13, 17), False)


def test_the_result_the_contract_and_its_notice_follow_one_another() -> None:
    play = Play(RS2).awarded()
    assert due(play).what == "result-publication"
    play.act(c.PublishResult("L1", "结果", SHA))
    assert whats(play) == ["bid-validity"]
    play.act(c.IssueAwardLetter("L1", SHA), at=bj(10, 16))
    assert (due(play).what, due(play).at) == ("contract", bj(11, 17, 0))
    play.act(c.RecordContract("L1", SHA, date(2026, 11, 2), Money(4_500_000 * YUAN)), at=bj(11, 2))
    assert (due(play).what, due(play).at) == ("contract-publication", bj(11, 5, 0))
    play.act(c.PublishContract("L1", "合同公告", SHA))
    assert dues(play.state) == ()


def test_a_limit_beyond_the_last_table_is_marked_provisional() -> None:
    play = Play(RS2).announced()
    play.act(c.IssueAwardLetter("L1", SHA), at=bj(12, 10))
    assert due(play).provisional
    assert due(play).at == bj(1, 12, 0, year=2027)


def test_the_bids_validity_counts_from_the_deadline() -> None:
    play = Play().evaluated()
    assert dues(play.state)[-1].at == bj(10, 9) + 90 * DAY


def test_the_bids_validity_is_watched_until_the_letter() -> None:
    play = Play().announced()
    assert whats(play) == ["bid-validity"]
    play.act(c.IssueAwardLetter("L1", SHA))
    assert whats(play) == ["contract"]


def test_an_ended_tender_has_nothing_due() -> None:
    play = Play().published()
    play.act(c.TerminateTender("purchase-dropped", "取消", "终止", SHA))
    assert DECIDER.due(play.state) is None


def test_lots_have_their_own_limits_soonest_first() -> None:
    play = Play().opened(3, 3, drafted=draft(lots=(spec("L1"), spec("L2"))))
    for n, lot in enumerate(("L1", "L2")):
        play.act(c.RecordOpening(lot, (bid(0, 1), bid(1, 1), bid(2, 1)), SHA), BELL)
        play.act(c.RecordPanel(lot, SHA, 5, 4, BLIND), BELL)
        ranking = tuple(place(m, m + 1, 1) for m in range(3))
        play.act(c.RecordEvaluation(lot, SHA, BLIND, ranking), BELL, bj(10, 9 + n, 15))
    assert [(d.lot, d.at) for d in dues(play.state)[:2]] == [("L1", bj(10, 13, 0)), ("L2", bj(10, 14, 0))]


# The bell


def test_the_bell_records_that_a_duty_was_not_done_in_time() -> None:
    play = Play(RS2).evaluated()
    (reached,) = play.act(c.RingBell(due(play).key), BELL, bj(10, 16, 0))
    assert isinstance(reached, LimitReached)
    assert (reached.breach, reached.rule, reached.limit_at, reached.lot) == (True, "T-39", bj(10, 16, 0), "L1")
    assert play.state.timeline[-1].key == "limit-breached"
    assert whats(play) == ["bid-validity"]


def test_the_end_of_a_publicity_is_no_breach() -> None:
    play = Play().publicised()
    (reached,) = play.act(c.RingBell(due(play).key), BELL, bj(10, 13, 17))
    assert isinstance(reached, LimitReached)
    assert not reached.breach
    assert play.state.timeline[-1].key == "limit-reached"


def test_the_bell_does_not_ring_a_microsecond_early() -> None:
    play = Play().publicised()
    with refused("bell.early", due_at=bj(10, 13, 17)):
        play.act(c.RingBell(due(play).key), BELL, bj(10, 13, 17) - 1)


def test_a_bell_rings_once() -> None:
    play = Play().publicised()
    key = due(play).key
    play.act(c.RingBell(key), BELL, bj(10, 13, 17))
    with refused("bell.none"):
        play.act(c.RingBell(key), BELL)


def test_the_deadline_is_met_by_closing_and_not_by_a_bell() -> None:
    play = Play().published()
    with refused("bell.closing"):
        play.act(c.RingBell(due(play).key), BELL, bj(10, 9))


@pytest.mark.parametrize("actor", [PRINCIPAL, CENTRE], ids=lambda a: a.id)
def test_no_person_rings_the_bell(actor: Actor) -> None:
    play = Play().publicised()
    with refused("tender.not-entitled"):
        play.act(c.RingBell(due(play).key), actor, bj(10, 14))


def test_every_due_has_its_own_key() -> None:
    for play in (Play().published(), Play().evaluated(), Play(RS2).evaluated(), Play().publicised(), Play().notified()):
        keys = [d.key for d in dues(play.state)]
        assert len(set(keys)) == len(keys)
