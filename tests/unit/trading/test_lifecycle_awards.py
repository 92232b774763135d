"""Candidates, award, result, contract, failure, repetition, archive: who wins by law, and what lateness costs."""

from datetime import date
from typing import Any

import pytest

from archive.values import DAY, Actor, Instant, Money
from tests.tender_play import (
    AGENCY,
    BELL,
    BIDDER,
    BIDDERS,
    BLIND,
    CENTRE,
    PRINCIPAL,
    REGULATOR,
    SHA,
    YUAN,
    Play,
    bid,
    bj,
    draft,
    goods,
    mandate,
    out,
    place,
    refused,
    spec,
    works,
)
from trading import commands as c
from trading.events import LettersSent, LimitExceeded
from trading.lifecycle.awards import by_silence
from trading.tender import OpenedBid, PassedOver, Ranked

RS2 = "cn-rs2-2017"
PRIVATE = works(funds="private")
TIE = (place(2, 1, 4_500_000), place(1, 1, 4_500_000), place(0, 3, 4_700_000))


def breaches(play: Play) -> list[str]:
    return [e.rule for e in play.told if isinstance(e, LimitExceeded)]


# Candidates


def candidates(from_at: Instant = bj(10, 10), to_at: Instant = bj(10, 13), **more: str) -> c.PublishCandidates:
    given = {"title": "候选人公示", "sha256": SHA} | more
    return c.PublishCandidates("L1", from_at, to_at, given["title"], given["sha256"], given.get("late_reason", ""))


def test_a_publicity_of_three_days_is_long_enough_to_the_microsecond() -> None:
    with refused("candidates.period", earliest_at=bj(10, 13)):
        Play().evaluated().act(candidates(to_at=bj(10, 13) - 1), at=bj(10, 10))
    play = Play().evaluated()
    play.act(candidates(), at=bj(10, 10))
    assert (play.lot().stage, play.state.notices[-1].kind) == ("publicised", "candidates")


def test_a_publicity_whose_third_day_is_a_holiday_runs_past_it() -> None:
    play = Play().evaluated()
    with refused("candidates.period", earliest_at=bj(10, 19, 0)):
        play.act(candidates(bj(10, 15), bj(10, 18), late_reason="系统升级"), at=bj(10, 15))


def test_a_publicity_that_ends_before_it_begins_is_refused() -> None:
    play = Play("cn-rs2-2017").evaluated()
    with refused("candidates.period"):
        play.act(candidates(bj(10, 10), bj(10, 10)), at=bj(10, 10))


def test_a_publicity_begins_within_three_days_of_the_report() -> None:
    limit = bj(10, 13, 0)
    play = Play().evaluated()
    play.act(candidates(limit - 1, limit + 4 * DAY), at=limit - 1)
    assert breaches(play) == []


def test_a_late_publicity_says_why_and_stands_as_a_breach() -> None:
    limit = bj(10, 13, 0)
    play = Play().evaluated()
    with refused("limit.late", limit_at=limit, rule="T-17"):
        play.act(candidates(limit, limit + 4 * DAY), at=limit)
    play.act(candidates(limit, limit + 4 * DAY, late_reason="复核"))
    assert breaches(play) == ["T-17"]


def test_a_publicity_does_not_begin_on_a_day_before() -> None:
    play = Play().evaluated()
    with refused("candidates.backdated"):
        play.act(candidates(), at=bj(10, 11, 0))


def test_a_publicity_published_a_moment_late_runs_from_that_moment() -> None:
    play = Play().evaluated()
    with refused("candidates.period", earliest_at=bj(10, 13) + 1):
        play.act(candidates(), at=bj(10, 10) + 1)
    play.act(candidates(to_at=bj(10, 13) + 1), at=bj(10, 10) + 1)
    assert play.lot().publicity_from == bj(10, 10) + 1


def test_a_report_that_rejected_everybody_has_no_candidates() -> None:
    play = Play().panelled()
    play.act(c.RecordEvaluation("L1", SHA, BLIND, (), (out(0), out(1), out(2))), BELL)
    with refused("candidates.none"):
        play.act(candidates(), at=bj(10, 10))


def test_where_competition_is_lacking_there_are_no_candidates() -> None:
    play = Play().panelled()
    ranking = (place(2, 1, 4_500_000), place(1, 2, 4_600_000))
    play.act(c.RecordEvaluation("L1", SHA, BLIND, ranking, (out(0),), "lacking"), BELL)
    with refused("candidates.none"):
        play.act(candidates(), at=bj(10, 10))


def test_a_publicity_has_a_title_and_a_text() -> None:
    play = Play().evaluated()
    with refused("notice.title"):
        play.act(candidates(title=" "), at=bj(10, 10))
    with refused("tender.digest"):
        play.act(candidates(sha256=""))


def test_an_agency_publishes_candidates_within_its_contract() -> None:
    play = Play().evaluated()
    with refused("tender.mandate"):
        play.act(candidates(), AGENCY, bj(10, 10), mandate=mandate(("result",)))
    assert play.act(candidates(), AGENCY, mandate=mandate(("publish",)))


# Award


def award(n: int = 2, passed: tuple[PassedOver, ...] = (), **more: str) -> c.Award:
    return c.Award("L1", BIDDERS[n], passed, **more)


def test_the_first_candidate_wins_after_the_publicity_and_not_before() -> None:
    play = Play().publicised()
    with refused("award.publicity", publicity_to_at=bj(10, 13, 17)):
        play.act(award(), at=bj(10, 13, 17) - 1)
    play.act(award(), at=bj(10, 13, 17))
    lot = play.lot()
    assert (lot.stage, lot.winner, lot.price) == ("awarded", BIDDERS[2], Money(4_500_000 * YUAN))


def test_construction_awards_nothing_without_a_publicity() -> None:
    play = Play().evaluated()
    with refused("tender.stage"):
        play.act(award(), at=bj(10, 14))


def test_on_state_money_the_second_does_not_win() -> None:
    play = Play().publicised()
    with refused("award.rank", best=1, article="招标投标法实施条例 第五十五条"):
        play.act(award(1), at=bj(10, 14))


@pytest.mark.parametrize("ground", ["55-1", "55-2", "55-3", "55-4"])
def test_the_second_wins_when_the_first_falls_away_on_a_listed_ground(ground: str) -> None:
    play = Play().publicised()
    play.act(award(1, (PassedOver(BIDDERS[2], ground),)), at=bj(10, 14))
    assert play.lot().winner == BIDDERS[1]
    assert play.lot().passed_over == (PassedOver(BIDDERS[2], ground),)


@pytest.mark.parametrize(
    "passed",
    [PassedOver(BIDDERS[2], "too-dear"), PassedOver("stranger", "55-1"), PassedOver(BIDDERS[1], "55-1")],
)
def test_nobody_is_passed_over_otherwise(passed: PassedOver) -> None:
    play = Play().publicised()
    with refused("award.passed-over"):
        play.act(award(1, (passed,)), at=bj(10, 14))


def test_the_third_does_not_win_while_the_second_stands() -> None:
    play = Play().publicised()
    with refused("award.rank", best=2):
        play.act(award(0, (PassedOver(BIDDERS[2], "55-1"),)), at=bj(10, 14))


def test_on_private_money_any_candidate_may_win() -> None:
    play = Play(project=PRIVATE).publicised()
    play.act(award(0), at=bj(10, 14))
    assert play.lot().winner == BIDDERS[0]


@pytest.mark.parametrize("project", [works(mandatory="no"), works(funds="mixed")])
def test_the_first_must_win_only_where_state_money_governs_a_mandatory_tender(project: Any) -> None:
    play = Play(project=project).publicised()
    assert play.act(award(1), at=bj(10, 14))


def test_who_is_no_candidate_does_not_win() -> None:
    play = Play().publicised()
    with refused("award.not-candidate"):
        play.act(c.Award("L1", "stranger"), at=bj(10, 14))


def test_the_fourth_in_the_ranking_is_no_candidate() -> None:
    price = Money(4_500_000 * YUAN)
    play = Play(project=PRIVATE).opened(4)
    play.act(c.RecordOpening("L1", (*(bid(n, 4_500_000) for n in range(3)), OpenedBid("fourth", "第四", price=price)), SHA), BELL)
    play.act(c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL)
    ranking = (*(place(n, n + 1, 4_500_000) for n in range(3)), Ranked("fourth", "第四", 4, price))
    play.act(c.RecordEvaluation("L1", SHA, BLIND, ranking), BELL)
    play.act(candidates(), at=bj(10, 10))
    with refused("award.not-candidate"):
        play.act(c.Award("L1", "fourth"), at=bj(10, 14))


def test_when_all_candidates_fell_away_there_is_no_award() -> None:
    play = Play().publicised()
    everybody = tuple(PassedOver(b, "55-1") for b in BIDDERS)
    with refused("award.no-candidates"):
        play.act(c.Award("L1", "stranger", everybody), at=bj(10, 14))


@pytest.mark.parametrize("more", [{}, {"tie_rule": "document"}, {"tie_rule": "coin", "tie_evidence": SHA}])
def test_a_tie_at_the_top_is_decided_by_a_rule_with_evidence(more: dict[str, str]) -> None:
    play = Play().publicised(*TIE)
    with refused("award.tie"):
        play.act(award(1, **more), at=bj(10, 14))


@pytest.mark.parametrize("rule", ["document", "draw"])
def test_a_tie_decided_by_the_document_or_a_draw_is_awarded(rule: str) -> None:
    play = Play().publicised(*TIE)
    play.act(award(1, tie_rule=rule, tie_evidence=SHA), at=bj(10, 14))
    assert play.lot().winner == BIDDERS[1]


@pytest.mark.parametrize("actor", [AGENCY, CENTRE, REGULATOR, BELL], ids=lambda a: a.id)
def test_only_the_principal_awards_in_construction(actor: Actor) -> None:
    play = Play().publicised()
    with refused("tender.not-entitled"):
        play.act(award(), actor, bj(10, 14), mandate=mandate(("result", "publish")))


def test_a_purchaser_awards_within_five_working_days_without_a_publicity() -> None:
    play = Play(RS2).evaluated()  # report on 9 October: 10, 12, 13, 14, 15
    play.act(award(), at=bj(10, 16, 0) - 1)
    assert breaches(play) == []


def test_a_late_purchaser_says_why() -> None:
    play = Play(RS2).evaluated()
    with refused("limit.late", rule="T-39", limit_at=bj(10, 16, 0)):
        play.act(award(), at=bj(10, 16, 0))
    play.act(award(late_reason="出差"))
    assert breaches(play) == ["T-39"]


def test_a_silent_purchaser_is_taken_to_confirm_the_first() -> None:
    play = Play(RS2).evaluated()
    with refused("award.silence", limit_at=bj(10, 16, 0)):
        play.act(award(), BELL, bj(10, 16, 0) - 1)
    play.act(award(), BELL, bj(10, 16, 0))
    assert play.lot().winner == BIDDERS[2]
    assert breaches(play) == []


def test_silence_decides_no_tie_and_nothing_where_no_law_says_so() -> None:
    tied = (place(2, 1, 4_500_000), place(1, 1, 4_500_000), place(0, 3, 4_700_000))
    assert by_silence(Play(RS2).evaluated().state, "L1") == BIDDERS[2]
    assert by_silence(Play(RS2).evaluated(*tied).state, "L1") == ""
    assert by_silence(Play().evaluated().state, "L1") == ""
    assert by_silence(Play(RS2).recorded().state, "L1") == by_silence(Play(RS2).evaluated().state, "L9") == ""


def test_silence_gives_to_the_next_what_the_first_lost() -> None:
    play = Play(RS2).notified()
    play.act(c.RevokeAward("L1", "49-1", "书面放弃"), at=bj(10, 20))
    assert by_silence(play.state, "L1") == BIDDERS[1]


def test_silence_passes_nobody_over() -> None:
    play = Play(RS2).evaluated()
    with refused("award.silence"):
        play.act(award(1, (PassedOver(BIDDERS[2], "49-1"),)), BELL, bj(10, 16))
    with refused("award.rank"):
        play.act(award(1), BELL)


# Revocation


def test_a_winner_falls_away_and_the_next_candidate_wins() -> None:
    play = Play().notified()
    play.act(c.RevokeAward("L1", "55-1", "书面放弃"), at=bj(10, 20))
    assert (play.lot().stage, play.lot().winner, play.lot().price) == ("publicised", "", None)
    play.act(award(1))
    assert play.lot().winner == BIDDERS[1]


def test_in_procurement_a_revoked_award_goes_back_to_the_report() -> None:
    play = Play(RS2).awarded()
    play.act(c.RevokeAward("L1", "49-1", "拒签"), at=bj(10, 13))
    assert play.lot().stage == "evaluated"


@pytest.mark.parametrize(("ground", "reason"), [("dear", "贵"), ("55-1", " ")])
def test_an_award_is_revoked_on_a_listed_ground_with_a_reason(ground: str, reason: str) -> None:
    play = Play().awarded()
    with refused("award.passed-over"):
        play.act(c.RevokeAward("L1", ground, reason))


def test_an_award_with_a_contract_is_not_revoked() -> None:
    play = Play().contracted()
    with refused("tender.stage"):
        play.act(c.RevokeAward("L1", "55-1", "放弃"))


def test_a_regulator_may_revoke_and_an_agency_may_not() -> None:
    play = Play().awarded()
    with refused("tender.not-entitled"):
        play.act(c.RevokeAward("L1", "55-4", "违法"), AGENCY, mandate=mandate(("result",)))
    assert play.act(c.RevokeAward("L1", "55-4", "违法"), REGULATOR)


# Result and letter


def result(**more: str) -> c.PublishResult:
    return c.PublishResult("L1", more.get("title", "结果公告"), more.get("sha256", SHA), more.get("late_reason", ""))


def test_a_purchase_publishes_its_result_within_two_working_days() -> None:
    play = Play(RS2).awarded()  # awarded on Monday 12 October
    with refused("limit.late", rule="T-40", limit_at=bj(10, 15, 0)):
        play.act(result(), at=bj(10, 15, 0))
    play.act(result(late_reason="系统维护"))
    assert breaches(play) == ["T-40"]


def test_a_result_in_time_is_no_breach() -> None:
    play = Play(RS2).awarded()
    play.act(result(), at=bj(10, 15, 0) - 1)
    assert breaches(play) == []
    assert play.state.notices[-1].kind == "result"


def test_a_result_follows_an_award_and_has_a_title() -> None:
    play = Play().publicised()
    with refused("tender.stage"):
        play.act(result())
    play.act(award(), at=bj(10, 14))
    with refused("notice.title"):
        play.act(result(title=""))


def test_a_letter_follows_the_result() -> None:
    play = Play().awarded()
    with refused("tender.stage"):
        play.act(c.IssueAwardLetter("L1", SHA))
    play.act(result())
    with refused("tender.digest"):
        play.act(c.IssueAwardLetter("L1", ""))
    play.act(c.IssueAwardLetter("L1", SHA))
    assert play.state.stage == "notified"


def test_an_agency_announces_within_its_contract() -> None:
    play = Play().awarded()
    for command in (result(), c.IssueAwardLetter("L1", SHA)):
        with refused("tender.mandate"):
            play.act(command, AGENCY, mandate=mandate(("publish",)))
        assert play.act(command, AGENCY, mandate=mandate(("result",)))


# Contract


def contract(day: date, price: Money = Money(4_500_000 * YUAN), **more: str) -> c.RecordContract:
    return c.RecordContract("L1", more.get("sha256", SHA), day, price, more.get("late_reason", ""))


def test_a_contract_signed_on_the_thirtieth_day_is_in_time() -> None:
    play = Play().notified()  # letter on 16 October; 15 November is a Sunday
    play.act(contract(date(2026, 11, 16)), at=bj(11, 20))
    assert breaches(play) == []
    assert play.state.stage == "contracted"


def test_a_contract_signed_a_day_later_says_why() -> None:
    play = Play().notified()
    with refused("limit.late", rule="T-19", limit_at=bj(11, 17, 0)):
        play.act(contract(date(2026, 11, 17)), at=bj(11, 20))
    play.act(contract(date(2026, 11, 17), late_reason="疫情"))
    assert breaches(play) == ["T-19"]


def test_a_contract_is_not_signed_tomorrow() -> None:
    play = Play().notified()
    with refused("contract.future"):
        play.act(contract(date(2026, 10, 21)), at=bj(10, 20))


def test_a_contract_is_not_older_than_its_letter() -> None:
    play = Play().notified()
    with refused("contract.before-letter"):
        play.act(contract(date(2026, 10, 15)), at=bj(10, 20))
    assert play.act(contract(date(2026, 10, 16)))


def test_a_contract_has_the_price_of_the_award_to_the_cent() -> None:
    play = Play().notified()
    with refused("contract.price", price="4500000.01", awarded="4500000.00"):
        play.act(contract(date(2026, 10, 16), Money(4_500_000 * YUAN + 1)))


def test_a_contract_is_named_by_its_digest_and_recorded_by_the_principal() -> None:
    play = Play().notified()
    with refused("tender.digest"):
        play.act(contract(date(2026, 10, 16), sha256=""))
    with refused("tender.not-entitled"):
        play.act(contract(date(2026, 10, 16)), AGENCY, mandate=mandate(("result",)))


def publish_contract(**more: str) -> c.PublishContract:
    return c.PublishContract("L1", more.get("title", "合同公告"), SHA, more.get("late_reason", ""))


def test_a_purchase_contract_is_public_within_two_working_days_and_once() -> None:
    play = Play(RS2).contracted()  # signed on Monday 2 November
    play.act(publish_contract(), at=bj(11, 5, 0) - 1)
    assert breaches(play) == []
    with refused("contract.published"):
        play.act(publish_contract())


def test_a_late_contract_notice_says_why() -> None:
    play = Play(RS2).contracted()
    with refused("limit.late", rule="T-42"):
        play.act(publish_contract(), at=bj(11, 5, 0))
    play.act(publish_contract(late_reason="脱密审查"))
    assert breaches(play) == ["T-42"]


def test_a_contract_notice_has_a_title() -> None:
    play = Play().contracted()
    with refused("notice.title"):
        play.act(publish_contract(title=""))


def test_the_performance_is_accepted_after_the_contract() -> None:
    play = Play().notified()
    with refused("tender.stage"):
        play.act(c.AcceptPerformance("L1", SHA))
    play.act(contract(date(2026, 10, 16)))
    play.act(c.AcceptPerformance("L1", SHA))
    assert play.state.stage == "completed"
    assert play.act(publish_contract())


# Failure, repetition, archive


def fail(ground: str, lot: str = "L1", title: str = "流标公告") -> c.DeclareFailure:
    return c.DeclareFailure(lot, ground, title, SHA)


def test_a_lot_with_two_bids_fails_and_keeps_its_ciphertexts_sealed() -> None:
    play = Play().published().close(2)
    play.act(fail("too-few-bids"))
    assert (play.lot().stage, play.lot().kept_sealed, play.state.stage) == ("failed", True, "failed")
    assert play.state.notices[-1].kind == "failure"


def test_a_lot_with_three_bids_does_not_fail_for_want_of_bids() -> None:
    play = Play().published().close(3)
    with refused("failure.not-so"):
        play.act(fail("too-few-bids"))


def test_bids_deemed_withdrawn_can_make_a_lot_fail() -> None:
    play = Play().opened()
    rows = (bid(0, 1), bid(1, 1), bid(2, 1, verdict="withdrawn"))
    play.act(c.RecordOpening("L1", rows, SHA), BELL)
    assert play.act(fail("too-few-bids"))


def test_bids_deemed_revoked_do_not() -> None:
    play = Play().opened()
    rows = (bid(0, 1), bid(1, 1), bid(2, 1, verdict="revoked"))
    play.act(c.RecordOpening("L1", rows, SHA), BELL)
    with refused("failure.not-so"):
        play.act(fail("too-few-bids"))


def test_a_lot_whose_bids_were_all_rejected_fails() -> None:
    play = Play().panelled()
    play.act(c.RecordEvaluation("L1", SHA, BLIND, (), (out(0), out(1), out(2))), BELL)
    assert play.act(fail("all-rejected"))


def test_a_lot_with_a_ranking_does_not_fail_as_all_rejected() -> None:
    play = Play().evaluated()
    with refused("failure.not-so"):
        play.act(fail("all-rejected"))


def test_a_lot_lacking_competition_fails() -> None:
    play = Play().panelled()
    play.act(c.RecordEvaluation("L1", SHA, BLIND, (place(2, 1, 4_500_000),), (out(0), out(1)), "lacking"), BELL)
    assert play.act(fail("no-competition"))


def test_a_lot_with_competition_does_not() -> None:
    play = Play().evaluated()
    with refused("failure.not-so"):
        play.act(fail("no-competition"))


def test_a_purchase_with_too_few_responsive_bids_fails_before_evaluation() -> None:
    assert Play(RS2).panelled().act(fail("too-few-responsive"))
    evaluated = Play(RS2).evaluated()
    with refused("failure.not-so"):
        evaluated.act(fail("too-few-responsive"))


def test_a_lot_whose_candidates_all_fell_away_fails() -> None:
    play = Play().publicised(place(2, 1, 4_500_000), place(1, 2, 4_600_000), place(0, 3, 4_700_000))
    for n in (2, 1, 0):
        play.act(award(n), at=bj(10, 14))
        play.act(c.RevokeAward("L1", "55-1", "放弃"))
    assert play.act(fail("no-winner"))


def test_a_lot_with_a_candidate_left_does_not() -> None:
    play = Play().publicised()
    with refused("failure.not-so"):
        play.act(fail("no-winner"))


def test_what_the_record_cannot_show_is_the_declarers_word() -> None:
    assert Play().evaluated().act(fail("unlawful"))


def test_an_unlisted_ground_is_refused() -> None:
    play = Play().evaluated()
    with refused("failure.ground"):
        play.act(fail("bad-luck"))


def test_a_failure_has_a_title() -> None:
    play = Play().published().close(2)
    with refused("notice.title"):
        play.act(fail("too-few-bids", title=""))


def test_a_lot_that_still_waits_does_not_fail() -> None:
    play = Play().published()
    with refused("tender.stage"):
        play.act(fail("unlawful"))


def test_a_regulator_declares_no_failure() -> None:
    play = Play().published().close(2)
    with refused("tender.not-entitled"):
        play.act(fail("too-few-bids"), REGULATOR)


def test_one_lot_fails_and_the_other_goes_on() -> None:
    play = Play().opened(3, 2, drafted=draft(lots=(spec("L1"), spec("L2"))))
    play.act(fail("too-few-bids", "L2"), BELL)
    assert play.state.stage == "opened"


def test_failed_lots_go_on_in_another_tender() -> None:
    play = Play().published().close(2)
    play.act(fail("too-few-bids"))
    play.act(c.Retender(("L1",), "T2"))
    assert (play.lot().stage, play.lot().successor) == ("retendered", "T2")


@pytest.mark.parametrize("lots", [(), ("L9",), ("L1", "L1")])
def test_only_failed_lots_are_tendered_again(lots: tuple[str, ...]) -> None:
    play = Play().published().close(2)
    play.act(fail("too-few-bids"))
    with refused("retender.lots"):
        play.act(c.Retender(lots, "T2"))


def test_a_successor_has_an_id() -> None:
    play = Play().published().close(2)
    play.act(fail("too-few-bids"))
    with refused("tender.name"):
        play.act(c.Retender(("L1",), "T 2"))


def test_others_do_not_repeat_a_tender() -> None:
    play = Play().published().close(2)
    play.act(fail("too-few-bids"))
    with refused("tender.not-entitled"):
        play.act(c.Retender(("L1",), "T2"), CENTRE)


def test_a_finished_tender_is_archived_once() -> None:
    play = Play().contracted()
    play.act(c.ArchiveTender(SHA), CENTRE, bj(12, 1))
    assert (play.state.stage, play.state.manifest_sha256, play.state.ended_at) == ("archived", SHA, bj(12, 1))
    with refused("tender.ended"):
        play.act(c.ArchiveTender(SHA), CENTRE)


@pytest.mark.parametrize("ending", ["failed", "terminated"])
def test_a_failed_or_terminated_tender_is_archived_too(ending: str) -> None:
    play = Play().published()
    if ending == "failed":
        play.close(2).act(fail("too-few-bids"))
    else:
        play.act(c.TerminateTender("purchase-dropped", "取消", "终止", SHA))
    assert play.act(c.ArchiveTender(SHA), BELL)


def test_a_living_tender_is_not_archived() -> None:
    play = Play().notified()
    with refused("archive.living", lots=["L1"]):
        play.act(c.ArchiveTender(SHA), CENTRE)


def test_a_tender_that_was_never_public_is_not_archived() -> None:
    play = Play().accepted()
    with refused("archive.living"):
        play.act(c.ArchiveTender(SHA), CENTRE)


@pytest.mark.parametrize(
    "command",
    [c.AcceptPerformance("L1", SHA), c.PublishContract("L1", "合同公告", SHA), c.Retender(("L1",), "T2"), c.ArchiveTender(SHA)],
)
def test_nothing_comes_after_the_archive(command: c.Command) -> None:
    play = Play().contracted()
    play.act(c.ArchiveTender(SHA), CENTRE)
    with refused("tender.ended"):
        play.act(command, BELL if isinstance(command, c.ArchiveTender) else PRINCIPAL)


def test_an_archive_is_named_by_its_manifest() -> None:
    play = Play().contracted()
    with refused("tender.digest"):
        play.act(c.ArchiveTender(""), CENTRE)


def test_a_bidder_archives_nothing() -> None:
    play = Play().contracted()
    with refused("tender.not-entitled"):
        play.act(c.ArchiveTender(SHA), REGULATOR)


def test_goods_below_the_large_amount_follow_the_same_path() -> None:
    assert Play(RS2, goods(nature="services")).contracted().state.stage == "contracted"


def test_the_principal_is_the_one_of_the_registration() -> None:
    play = Play().publicised()
    with refused("tender.not-entitled"):
        play.act(award(), Actor("u-9", "user", org="another", role="tenderer"), bj(10, 14), roles=("principal",))
    assert PRINCIPAL.org == (play.state.project and play.state.project.principal)


def test_others_neither_publish_a_contract_nor_accept_its_performance() -> None:
    play = Play().contracted()
    with refused("tender.not-entitled"):
        play.act(publish_contract(), CENTRE)
    with refused("tender.mandate"):
        play.act(publish_contract(), AGENCY, mandate=mandate(("publish",)))
    with refused("tender.not-entitled"):
        play.act(c.AcceptPerformance("L1", SHA), AGENCY, mandate=mandate(("result",)))
    assert play.act(publish_contract(), AGENCY, mandate=mandate(("result",)))


def test_a_revoked_award_leaves_none_of_its_times() -> None:
    play = Play().notified()
    play.act(c.RevokeAward("L1", "55-1", "放弃"))
    lot = play.lot()
    assert (lot.awarded_at, lot.result_at, lot.letter_at, lot.winner_name) == (0, 0, 0, "")


def test_only_the_last_failing_lot_ends_the_tender() -> None:
    play = Play().opened(3, 2, drafted=draft(lots=(spec("L1"), spec("L2"))))
    play.act(fail("too-few-bids", "L2"))
    assert play.state.ended_at == 0
    play.act(fail("unlawful", "L1"), at=play.at + DAY)
    assert (play.state.stage, play.state.ended_at) == ("failed", play.at)


def test_one_bid_deemed_withdrawn_of_four_leaves_enough() -> None:
    play = Play().opened(4)
    rows = (*(bid(n, 1) for n in range(3)), OpenedBid("fourth", "第四", "withdrawn"))
    play.act(c.RecordOpening("L1", rows, SHA), BELL)
    with refused("failure.not-so"):
        play.act(fail("too-few-bids"))


@pytest.mark.parametrize("ground", ["too-few-responsive", "over-budget"])
def test_a_purchase_fails_on_its_examination_only_after_the_record(ground: str) -> None:
    play = Play(RS2).opened()
    with refused("failure.not-so"):
        play.act(fail(ground))


def test_result_letters_follow_the_winners_in_as_many_acts_as_they_need() -> None:
    play = Play().announced()
    letters = tuple(c.Letter(f"{n:064x}") for n in range(3))
    with refused("tender.stage"):
        play.act(c.SendLetters("L1", letters), AGENCY, mandate=mandate(("result",)))
    play.act(c.IssueAwardLetter("L1", SHA))
    for part in (letters[:2], letters[2:]):
        (sent,) = play.act(c.SendLetters("L1", part), AGENCY, mandate=mandate(("result",)))
        assert isinstance(sent, LettersSent) and sent.letters == len(part)
    assert play.lot().stage == "notified"
    for wrong in ((), (letters[0], letters[0])):
        with refused("letters.none"):
            play.act(c.SendLetters("L1", wrong))
    with refused("tender.digest"):
        play.act(c.SendLetters("L1", (c.Letter("x"),)))
    with refused("tender.not-entitled"):
        play.act(c.SendLetters("L1", letters), BIDDER)
