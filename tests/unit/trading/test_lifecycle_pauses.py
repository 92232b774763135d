"""中止 and its lifting: no time is lost, and only the authority that called a pause lifts it."""

from collections.abc import Callable
from datetime import date

import pytest

from archive.values import DAY, HOUR, Actor, Money
from tests.tender_play import (
    BELL,
    BIDDER,
    BIDDERS,
    BLIND,
    CENTRE,
    ITEM,
    OTHER_REGULATOR,
    PRINCIPAL,
    REGULATOR,
    SHA,
    Play,
    bj,
    draft,
    notice,
    refused,
)
from trading import commands as c
from trading.events import PauseLifted, TenderResumed
from trading.lifecycle import DECIDER
from trading.lifecycle.drafting import draft_digest


def suspend(ground: str = "system-fault", pause: str = "P1", reason: str = "存储故障", reference: str = "") -> c.SuspendTender:
    return c.SuspendTender(pause, ground, reason, reference)


def paused(actor: Actor = CENTRE, ground: str = "system-fault", reference: str = "") -> Play:
    play = Play().published()
    play.act(suspend(ground, reference=reference), actor, bj(10, 1))
    return play


def test_a_pause_keeps_the_time_that_was_left() -> None:
    play = paused()
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 1) + 3 * HOUR)
    assert play.state.times.deadline == bj(10, 9) + 3 * HOUR
    assert play.state.pauses == ()
    assert play.state.paused_at == 0


def test_a_resumption_may_give_more_time_but_never_less() -> None:
    play = paused()
    with refused("pause.too-soon", earliest_at=bj(10, 9) + 3 * HOUR):
        play.act(c.ResumeTender("P1", "已修复", bj(10, 9) + 3 * HOUR - 1), CENTRE, bj(10, 1) + 3 * HOUR)
    play.act(c.ResumeTender("P1", "已修复", bj(10, 12)), CENTRE)
    assert play.state.times.deadline == bj(10, 12)


def test_a_resumption_cannot_set_a_deadline_where_none_runs() -> None:
    play = Play().opened()
    play.act(suspend(), CENTRE)
    with refused("pause.too-soon"):
        play.act(c.ResumeTender("P1", "已修复", bj(12, 1)), CENTRE)


def test_a_deadline_that_came_during_the_pause_is_not_lost() -> None:
    play = paused()
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 20))
    assert play.state.times.deadline == bj(10, 9) + 19 * DAY


def test_nothing_closes_while_the_tender_stands_still() -> None:
    play = paused()
    with refused("tender.paused", pauses=["P1"]):
        play.act(c.CloseBids(), BELL, bj(10, 9))


def test_two_pauses_hold_until_both_are_lifted_and_time_counts_from_the_first() -> None:
    play = paused()
    play.act(suspend("supervision-order", "P2", "核查", "监督指令1号"), REGULATOR, bj(10, 2))
    first = play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 3))
    assert [type(e) for e in first] == [PauseLifted]
    second = play.act(c.ResumeTender("P2", "核查完毕"), REGULATOR, bj(10, 5))
    assert [type(e) for e in second] == [PauseLifted, TenderResumed]
    assert play.state.times.deadline == bj(10, 13)


@pytest.mark.parametrize("ground", ["supervision-order", "complaint"])
def test_a_regulators_pause_has_a_number_and_is_lifted_by_that_regulator_alone(ground: str) -> None:
    play = Play().published()
    with refused("pause.reference"):
        play.act(suspend(ground), REGULATOR)
    play.act(suspend(ground, reference="监督指令1号"), REGULATOR)
    with refused("tender.not-entitled"):
        play.act(c.ResumeTender("P1", "好了"), PRINCIPAL)
    with refused("pause.authority"):
        play.act(c.ResumeTender("P1", "好了"), OTHER_REGULATOR)
    assert play.act(c.ResumeTender("P1", "好了"), REGULATOR)


@pytest.mark.parametrize(
    ("ground", "actor"), [("system-fault", PRINCIPAL), ("complaint", CENTRE), ("force-majeure", REGULATOR), ("other", BIDDER)]
)
def test_each_ground_has_its_own_authority(ground: str, actor: Actor) -> None:
    play = Play().published()
    with refused("tender.not-entitled"):
        play.act(suspend(ground, reference="1号"), actor)


def test_the_platform_itself_stops_on_its_own_fault_only() -> None:
    play = Play().published()
    with refused("tender.not-entitled"):
        play.act(suspend("other"), BELL)
    assert play.act(suspend(), BELL)


@pytest.mark.parametrize(("ground", "reason"), [("weather", "下雨"), ("objection", "异议"), ("other", "")])
def test_a_pause_has_a_listed_ground_and_a_reason(ground: str, reason: str) -> None:
    play = Play().published()
    with refused("pause.ground"):
        play.act(suspend(ground, reason=reason), CENTRE)


def test_a_pause_number_is_used_once_at_a_time() -> None:
    play = paused()
    with refused("pause.exists"):
        play.act(suspend(), CENTRE)


def test_a_pause_number_has_its_form() -> None:
    play = Play().published()
    with refused("tender.name"):
        play.act(suspend(pause="一号"), CENTRE)


def test_a_pause_that_does_not_hold_cannot_be_lifted() -> None:
    play = Play().published()
    with refused("pause.none"):
        play.act(c.ResumeTender("P1", "好了"), CENTRE)


def test_an_objections_pause_is_lifted_by_its_answer_only() -> None:
    play = Play().published()
    play.act(c.FileObjection("O1", "documents", "x1", SHA, "b" * 32), BIDDER, bj(9, 20), interest="participant")
    with refused("pause.authority"):
        play.act(c.ResumeTender("objection.O1", "不理"), CENTRE)


def test_a_publicity_period_that_runs_moves_by_the_pause() -> None:
    play = Play().publicised()
    play.act(suspend(), CENTRE, bj(10, 12))
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 14))
    assert (play.lot().publicity_from, play.lot().publicity_to) == (bj(10, 10), bj(10, 15, 17))


def test_a_publicity_period_that_has_not_begun_moves_whole() -> None:
    play = Play().evaluated()
    play.act(c.PublishCandidates("L1", bj(10, 12), bj(10, 15, 17), "公示", SHA), at=bj(10, 10, 8))
    play.act(suspend(), CENTRE, bj(10, 11))
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 12))
    assert (play.lot().publicity_from, play.lot().publicity_to) == (bj(10, 13), bj(10, 16, 17))


def test_a_publicity_period_that_is_over_stays() -> None:
    play = Play().publicised()
    play.act(suspend(), CENTRE, bj(10, 14))
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 15))
    assert play.lot().publicity_to == bj(10, 13, 17)


def test_documents_are_given_out_longer_by_the_pause() -> None:
    play = Play().published()
    play.act(suspend(), CENTRE, bj(9, 10))
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(9, 12))
    assert play.state.times.documents_to == notice().documents_to + 2 * DAY


def test_the_limit_of_a_duty_moves_by_a_pause_it_ran_across() -> None:
    play = Play().notified()
    plain = DECIDER.due(play.state)
    play.act(suspend(), CENTRE, bj(10, 20))
    assert DECIDER.due(play.state) is None
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 22))
    moved = DECIDER.due(play.state)
    assert plain is not None
    assert moved is not None
    assert moved[0] == plain[0] + 2 * DAY


def test_a_pause_before_a_duty_began_does_not_move_it() -> None:
    play = Play().awarded()
    play.act(suspend(), CENTRE, bj(10, 14, 10))
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 14, 12))
    play.act(c.PublishResult("L1", "结果", SHA), at=bj(10, 15))
    play.act(c.IssueAwardLetter("L1", SHA), at=bj(10, 16))
    assert DECIDER.due(play.state) == (bj(11, 17, 0), f"contract:L1::{bj(11, 17, 0)}")


def test_a_newer_calendar_replaces_an_older_one_and_never_the_other_way() -> None:
    play = Play()
    play.act(c.RegisterProject("T1", play.project, play.rulebook, "cn-2025", "baoshan", 1, "01-01"), catalogue=ITEM)
    play.act(c.AdoptCalendar("cn-2026"), BELL)
    assert play.state.calendar == "cn-2026"
    for older in ("cn-2026", "cn-2025"):
        with refused("calendar.older"):
            play.act(c.AdoptCalendar(older), BELL)


def test_an_unknown_calendar_is_not_adopted() -> None:
    play = Play().register()
    with refused("calendar.unknown"):
        play.act(c.AdoptCalendar("cn-2099"), BELL)


def test_the_principal_does_not_choose_the_calendar() -> None:
    play = Play().register()
    with refused("tender.not-entitled"):
        play.act(c.AdoptCalendar("cn-2026"))


STANDING_STILL: list[tuple[str, Callable[[Play], object], c.Command, Actor]] = [
    ("registered", Play.register, c.AcceptRegistration(), CENTRE),
    ("drafted", Play.accepted, c.DraftTender(draft()), PRINCIPAL),
    ("approved", Play.drafted, c.ApproveDocuments(draft_digest(draft())), PRINCIPAL),
    ("published", Play.approved, c.PublishNotice(notice()), PRINCIPAL),
    ("clarified", Play.published, c.PublishClarification("澄清", SHA, False), PRINCIPAL),
    ("amended", Play.published, c.AmendDeadline(bj(12, 1), "变更", "延期", SHA), PRINCIPAL),
    ("recorded", Play.opened, c.RecordOpening("L1", (), SHA), BELL),
    ("panelled", Play.recorded, c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL),
    ("evaluated", Play.panelled, c.RecordEvaluation("L1", SHA, BLIND), BELL),
    ("publicised", Play.evaluated, c.PublishCandidates("L1", bj(10, 10), bj(10, 14), "公示", SHA), PRINCIPAL),
    ("awarded", Play.publicised, c.Award("L1", BIDDERS[2]), PRINCIPAL),
    ("revoked", Play.awarded, c.RevokeAward("L1", "55-1", "放弃"), PRINCIPAL),
    ("announced", Play.awarded, c.PublishResult("L1", "结果", SHA), PRINCIPAL),
    ("notified", Play.announced, c.IssueAwardLetter("L1", SHA), PRINCIPAL),
    ("contracted", Play.notified, c.RecordContract("L1", SHA, date(2026, 10, 16), Money(1)), PRINCIPAL),
    ("failed", Play.opened, c.DeclareFailure("L1", "unlawful", "流标", SHA), PRINCIPAL),
]


@pytest.mark.parametrize(
    ("make", "command", "actor"), [case[1:] for case in STANDING_STILL], ids=[case[0] for case in STANDING_STILL]
)
def test_nothing_goes_on_while_the_tender_stands_still(make: Callable[[Play], object], command: c.Command, actor: Actor) -> None:
    play = Play()
    make(play)
    play.act(suspend(), CENTRE)
    with refused("tender.paused"):
        play.act(command, actor)


def test_questions_and_the_end_are_possible_while_the_tender_stands_still() -> None:
    play = paused()
    assert play.act(c.AskQuestion("Q1", "何时恢复?", BLIND), BIDDER)
    assert play.act(c.TerminateTender("purchase-dropped", "取消", "终止公告", SHA))


@pytest.mark.parametrize("late", [0, 1])
def test_a_deadline_that_had_come_before_the_pause_is_not_given_back(late: int) -> None:
    play = Play().published()
    play.act(suspend(), BELL, bj(10, 9) + late)
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 12))
    assert play.state.times.deadline == bj(10, 9)
    assert play.close(3).state.stage == "closed"


def test_a_pause_after_the_closing_leaves_the_deadline_alone() -> None:
    play = Play().opened()
    play.act(suspend(), CENTRE, bj(10, 10))
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 12))
    assert play.state.times.deadline == bj(10, 9)


def test_a_resumption_may_name_exactly_the_time_that_was_left() -> None:
    play = paused()
    play.act(c.ResumeTender("P1", "已修复", bj(10, 10)), CENTRE, bj(10, 2))
    assert play.state.times.deadline == bj(10, 10)


@pytest.mark.parametrize("command", [suspend(), c.ResumeTender("P1", "已修复"), c.AdoptCalendar("cn-2026")])
def test_an_ended_tender_is_neither_paused_nor_resumed_nor_counted_anew(command: c.Command) -> None:
    play = Play().published()
    play.act(c.TerminateTender("purchase-dropped", "取消", "终止", SHA))
    with refused("tender.ended"):
        play.act(command, CENTRE)


def test_a_publicity_that_ends_as_the_pause_begins_stays() -> None:
    play = Play().publicised()
    play.act(suspend(), CENTRE, bj(10, 13, 17))
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 15))
    assert play.lot().publicity_to == bj(10, 13, 17)


def test_a_publicity_that_begins_as_the_pause_does_keeps_its_beginning() -> None:
    play = Play().publicised()
    play.act(suspend(), CENTRE, bj(10, 10))
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, bj(10, 11))
    assert (play.lot().publicity_from, play.lot().publicity_to) == (bj(10, 10), bj(10, 14, 17))


@pytest.mark.parametrize("begins", [bj(9, 15, 17), bj(9, 20)])
def test_documents_whose_time_was_over_are_not_given_out_again(begins: int) -> None:
    play = Play().published()
    play.act(suspend(), CENTRE, begins)
    play.act(c.ResumeTender("P1", "已修复"), CENTRE, begins + DAY)
    assert play.state.times.documents_to == notice().documents_to


def test_a_pause_that_begins_with_a_duty_moves_it_and_one_at_its_limit_does_not() -> None:
    limit = bj(11, 17, 0)
    for begins, expected in ((bj(10, 16), limit + DAY), (limit, limit)):
        play = Play().notified()
        play.act(suspend(), CENTRE, begins)
        play.act(c.ResumeTender("P1", "已修复"), CENTRE, begins + DAY)
        due = DECIDER.due(play.state)
        assert due is not None
        assert due[0] == expected
