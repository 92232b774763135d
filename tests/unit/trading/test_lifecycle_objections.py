"""异议 and 质疑: who, until when to the microsecond, the pause, the answer and its time."""

from typing import Any

import pytest

from archive.canonical import encode
from archive.values import DAY, HOUR, Actor, Instant
from tests.tender_play import (
    AGENCY,
    BELL,
    BIDDER,
    BLIND,
    CENTRE,
    PRINCIPAL,
    REGULATOR,
    SHA,
    Play,
    bj,
    mandate,
    refused,
)
from trading import commands as c
from trading.events import LimitExceeded, ObjectionFiled, TenderSuspended

RS2 = "cn-rs2-2017"


def objection(kind: str, lot: str = "", **more: Any) -> c.FileObjection:
    return c.FileObjection(more.pop("id", "O1"), kind, more.pop("objector", "party-7"), SHA, more.pop("blind", BLIND), lot)


def challenge(kind: str, lot: str = "", id: str = "Z1") -> c.FileChallenge:
    return c.FileChallenge(id, kind, "party-7", SHA, BLIND, lot)


def file(play: Play, command: c.Command, at: Instant | None = None, **facts: Any) -> Any:
    return play.act(command, facts.pop("actor", BIDDER), at, **({"interest": "bidder"} | facts))


# Documents


def test_the_documents_can_be_objected_to_until_ten_days_before_the_deadline() -> None:
    events = file(Play().published(), objection("documents"), bj(9, 29))
    assert [type(e) for e in events] == [ObjectionFiled, TenderSuspended]


def test_a_microsecond_later_it_is_too_late() -> None:
    play = Play().published()
    with refused("objection.late", limit_at=bj(9, 29), article="招标投标法实施条例 第二十二条"):
        file(play, objection("documents"), bj(9, 29) + 1)


def test_after_the_closing_the_documents_are_not_objected_to() -> None:
    play = Play().published().close(3)
    with refused("objection.late"):
        file(play, objection("documents"))


def test_while_the_tender_stands_still_the_time_to_object_does_not_run() -> None:
    play = Play().published()
    play.act(c.SuspendTender("P1", "system-fault", "故障"), CENTRE, bj(9, 20))
    assert file(play, objection("documents"), bj(10, 5))


def test_an_unpublished_tender_is_not_objected_to() -> None:
    play = Play().approved()
    with refused("objection.not-yet"):
        file(play, objection("documents"))


def test_the_pause_is_lifted_by_the_answer_and_no_time_is_lost() -> None:
    play = Play().published()
    file(play, objection("documents"), bj(9, 20))
    assert play.state.pauses[0].id == "objection.O1"
    play.act(c.AnswerObjection("O1", "dismissed", SHA), at=bj(9, 22))
    assert play.state.pauses == ()
    assert play.state.times.deadline == bj(10, 11)
    assert play.state.objections[0].outcome == "dismissed"


def test_two_objections_hold_until_both_are_answered() -> None:
    play = Play().published()
    file(play, objection("documents"), bj(9, 20))
    file(play, objection("documents", id="O2"), bj(9, 21))
    play.act(c.AnswerObjection("O1", "dismissed", SHA), at=bj(9, 22))
    assert play.state.pauses
    play.act(c.AnswerObjection("O2", "upheld", SHA), at=bj(9, 23))
    assert play.state.times.deadline == bj(10, 9) + 3 * DAY


# Opening and result


def test_the_opening_is_objected_to_on_the_spot_and_nothing_is_paused() -> None:
    play = Play().opened()
    events = file(play, objection("opening", "L1"))
    assert [type(e) for e in events] == [ObjectionFiled]
    assert play.state.objections[0].answer_by == bj(10, 10, 0)


def test_after_the_record_the_opening_is_not_objected_to() -> None:
    play = Play().recorded()
    with refused("tender.stage"):
        file(play, objection("opening", "L1"))


@pytest.mark.parametrize("at", [bj(10, 10), bj(10, 13, 17) - 1])
def test_the_result_is_objected_to_throughout_the_publicity(at: Instant) -> None:
    play = Play().publicised()
    assert file(play, objection("result", "L1"), at)
    assert play.state.pauses


@pytest.mark.parametrize("at", [bj(10, 10) - 1, bj(10, 13, 17)])
def test_outside_the_publicity_the_result_is_not_objected_to(at: Instant) -> None:
    play = Play().publicised()
    with refused("objection.late"):
        file(play, objection("result", "L1"), at)


def test_the_result_of_a_lot_without_candidates_is_not_objected_to() -> None:
    play = Play().evaluated()
    with refused("tender.stage"):
        file(play, objection("result", "L1"))


def test_no_award_while_an_objection_to_the_result_waits() -> None:
    play = Play().publicised()
    file(play, objection("result", "L1"), bj(10, 12))
    with refused("tender.paused"):
        play.act(c.Award("L1", "x"), at=bj(10, 20))


# Who, and how


@pytest.mark.parametrize("told", [{"interest": ""}, {"interest": "curiosity"}, {"suspended": True}])
def test_an_objector_has_an_interest(told: dict[str, Any]) -> None:
    play = Play().published()
    with refused("objection.interest"):
        file(play, objection("documents"), **told)


@pytest.mark.parametrize("actor", [PRINCIPAL, CENTRE, REGULATOR, BELL], ids=lambda a: a.id)
def test_the_organisers_and_watchers_do_not_object(actor: Actor) -> None:
    play = Play().published()
    with refused("objection.interest"):
        file(play, objection("documents"), actor=actor)


def test_an_unknown_kind_is_refused() -> None:
    play = Play().published()
    with refused("objection.kind"):
        file(play, objection("weather"))
    purchase = Play(RS2).published()
    with refused("objection.kind"):
        file(purchase, challenge("opening"))


def test_a_number_is_used_once() -> None:
    play = Play().published()
    file(play, objection("documents"), bj(9, 20))
    with refused("objection.exists"):
        file(play, objection("documents"))


@pytest.mark.parametrize("objector", ["", BIDDER.org])
def test_an_objector_stands_under_a_pseudonym(objector: str) -> None:
    play = Play().published()
    with refused("objection.pseudonym"):
        file(play, objection("documents", objector=objector))


def test_the_organisation_of_an_objector_is_nowhere_in_events_and_state() -> None:
    play = Play().published()
    events = file(play, objection("documents"), bj(9, 20))
    assert BIDDER.org.encode() not in encode(play.state) + encode(events)
    assert BIDDER.id.encode() not in encode(play.state) + encode(events)


def test_an_objection_has_a_number_in_form_and_a_text() -> None:
    play = Play().published()
    with refused("tender.name"):
        file(play, objection("documents", id="一号"))
    with refused("tender.digest"):
        file(play, c.FileObjection("O1", "documents", "party-7", "", BLIND))


def test_a_tender_that_ended_still_owes_its_answers_until_the_archive() -> None:
    play = Play().published()
    file(play, objection("documents"), bj(9, 20))
    play.act(c.TerminateTender("purchase-dropped", "取消", "终止", SHA))
    play.act(c.AnswerObjection("O1", "dismissed", SHA))
    assert (play.state.stage, play.state.objections[0].outcome) == ("terminated", "dismissed")
    play.act(c.ArchiveTender(SHA), CENTRE)
    with refused("tender.ended"):
        play.act(c.AnswerObjection("O1", "upheld", SHA))


def test_an_objection_is_blinded() -> None:
    play = Play().published()
    with refused("tender.blind"):
        file(play, objection("documents", blind=""))


def test_construction_knows_no_challenge_and_procurement_no_objection() -> None:
    play = Play().published()
    with refused("objection.regime", rule_set="RS-1"):
        file(play, challenge("documents"))
    purchase = Play(RS2).published()
    with refused("objection.regime", rule_set="RS-2"):
        file(purchase, objection("documents"))


# Answers


def test_the_answer_is_due_within_three_days() -> None:
    play = Play().publicised()
    file(play, objection("result", "L1"), bj(10, 12))
    assert play.state.objections[0].answer_by == bj(10, 16, 0)
    play.act(c.AnswerObjection("O1", "dismissed", SHA), at=bj(10, 16, 0) - 1)
    assert not [e for e in play.told if isinstance(e, LimitExceeded)]


def test_a_late_answer_says_why_and_stands_as_a_breach() -> None:
    play = Play().publicised()
    file(play, objection("result", "L1"), bj(10, 12))
    with refused("objection.answer-late", limit_at=bj(10, 16, 0)):
        play.act(c.AnswerObjection("O1", "dismissed", SHA), at=bj(10, 16, 0))
    events = play.act(c.AnswerObjection("O1", "dismissed", SHA, "补充核查"))
    breach = next(e for e in events if isinstance(e, LimitExceeded))
    assert (breach.rule, breach.limit_at, breach.reason) == ("T-14", bj(10, 16, 0), "补充核查")
    assert play.state.pauses == ()


def test_an_unknown_objection_is_not_answered() -> None:
    play = Play().published()
    with refused("objection.none"):
        play.act(c.AnswerObjection("O9", "dismissed", SHA))


def test_an_objection_is_answered_once() -> None:
    play = Play().published()
    file(play, objection("documents"), bj(9, 20))
    play.act(c.AnswerObjection("O1", "dismissed", SHA))
    with refused("objection.answered"):
        play.act(c.AnswerObjection("O1", "upheld", SHA))


def test_an_answer_has_a_known_outcome_and_a_text() -> None:
    play = Play().published()
    file(play, objection("documents"), bj(9, 20))
    with refused("objection.outcome"):
        play.act(c.AnswerObjection("O1", "ignored", SHA))
    with refused("tender.digest"):
        play.act(c.AnswerObjection("O1", "dismissed", ""))


def test_the_principal_answers_or_its_agency_within_its_contract() -> None:
    play = Play().published()
    file(play, objection("documents"), bj(9, 20))
    with refused("tender.not-entitled"):
        play.act(c.AnswerObjection("O1", "dismissed", SHA), CENTRE)
    assert play.act(c.AnswerObjection("O1", "dismissed", SHA), AGENCY, mandate=mandate(("answer",)))


# Challenges


def test_the_documents_are_challenged_within_seven_working_days_of_obtaining_them() -> None:
    play = Play(RS2).published()
    limit = bj(9, 19, 0)  # obtained on 9 September; seven working days end on the 18th, a Friday
    obtained = bj(9, 9)
    with refused("objection.late", limit_at=limit, article="政府采购法 第五十二条、政府采购质疑和投诉办法 第十条"):
        file(play, challenge("documents"), limit, known_at=obtained)
    assert file(play, challenge("documents"), limit - 1, known_at=obtained)


def test_without_an_obtaining_on_record_the_notice_periods_end_begins_the_time() -> None:
    play = Play(RS2).published()
    assert file(play, challenge("documents"), bj(9, 23, 23))
    late = Play(RS2).published()
    with refused("objection.late"):
        file(late, challenge("documents"), bj(9, 24, 0))


def test_a_challenge_pauses_nothing_and_is_answered_within_seven_working_days() -> None:
    play = Play(RS2).published()
    events = file(play, challenge("documents"), bj(9, 10), known_at=bj(9, 9))
    assert [type(e) for e in events] == [ObjectionFiled]
    assert play.state.objections[0].answer_by == bj(9, 21, 0)  # the 20th is a worked Sunday
    assert play.state.objections[0].regime == "challenge"


def test_a_late_answer_to_a_challenge_breaks_its_own_rule() -> None:
    play = Play(RS2).published()
    file(play, challenge("documents"), bj(9, 10), known_at=bj(9, 9))
    events = play.act(c.AnswerObjection("Z1", "upheld", SHA, "事实复杂"), at=bj(9, 21, 0))
    assert [e.rule for e in events if isinstance(e, LimitExceeded)] == ["T-45a"]


def test_the_process_is_challenged_from_the_end_of_its_step() -> None:
    play = Play(RS2).opened()
    assert file(play, challenge("process", "L1"), bj(10, 10))
    early = Play(RS2).published()
    with refused("tender.stage"):
        file(early, challenge("process", "L1"))


def test_the_process_cannot_be_challenged_for_ever() -> None:
    play = Play(RS2).opened()
    with refused("objection.late"):
        file(play, challenge("process", "L1"), bj(10, 21, 0))


def test_the_result_is_challenged_within_seven_working_days_after_the_result_notice() -> None:
    play = Play(RS2).announced()  # result on 13 October; the notice runs to the 14th
    last = bj(10, 24, 0)
    assert file(play, challenge("result", "L1"), last - 1)
    late = Play(RS2).announced()
    with refused("objection.late", limit_at=last):
        file(late, challenge("result", "L1"), last)


def test_a_result_that_is_not_out_is_not_challenged() -> None:
    play = Play(RS2).evaluated()
    with refused("tender.stage"):
        file(play, challenge("result", "L1"))


def test_a_pause_lengthens_the_time_to_challenge() -> None:
    play = Play(RS2).announced()
    play.act(c.SuspendTender("P1", "supervision-order", "核查", "1号"), REGULATOR, bj(10, 15))
    play.act(c.ResumeTender("P1", "完毕"), REGULATOR, bj(10, 15) + 2 * HOUR)
    assert file(play, challenge("result", "L1"), bj(10, 24, 1))
