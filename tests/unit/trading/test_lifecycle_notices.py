"""Notice, questions, clarification, deadline, termination: the minimums to the microsecond and their articles."""

from typing import Any

import pytest

from archive.values import DAY, Actor, Instant
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
    draft,
    goods,
    mandate,
    notice,
    refused,
    spec,
    works,
)
from trading import commands as c
from trading.events import ClarificationPublished, DeadlineAmended
from trading.tender import Contact, Document, Notice

RS2 = "cn-rs2-2017"


def out(rulebook: str = "cn-rs1-2019", at: Instant = bj(9, 8), **more: Any) -> Play:
    play = Play(rulebook).approved()
    play.act(c.PublishNotice(notice(**more)), at=at)
    return play


def test_a_published_notice_sets_the_times_and_goes_on_the_timeline() -> None:
    state = out().state
    assert (state.stage, state.times.deadline, state.times.published_at) == ("published", bj(10, 9), bj(9, 8))
    assert [(n.kind, n.n) for n in state.notices] == [("tender", 1)]
    assert state.timeline[-1].key == "published"


@pytest.mark.parametrize("unit", [1, 0])
def test_the_deadline_is_twenty_days_after_the_documents_to_the_microsecond(unit: int) -> None:
    earliest = bj(9, 28)
    times = {"documents_to": bj(9, 15, 17), "deadline": earliest - unit}
    if unit:
        with refused("notice.deadline-too-early", earliest_at=earliest, rule="T-03", article="招标投标法 第二十四条"):
            out(**times)
    else:
        assert out(**times).state.times.deadline == earliest


def test_a_deadline_whose_twentieth_day_is_a_holiday_is_moved_behind_it() -> None:
    times = {"documents_from": bj(9, 11), "documents_to": bj(9, 18), "deadline": bj(10, 8, 0) - 1}
    with refused("notice.deadline-too-early", earliest_at=bj(10, 8, 0)):
        out(**times)
    assert out(**(times | {"deadline": bj(10, 8, 0)})).state.stage == "published"


def test_government_procurement_rests_on_its_own_article() -> None:
    with refused("notice.deadline-too-early", rule="T-32", article="政府采购法 第三十五条"):
        out(RS2, deadline=bj(9, 28) - 1)


def test_documents_are_given_out_for_five_days_in_construction() -> None:
    earliest = bj(9, 14)  # 13 September is a Sunday
    with refused("notice.sale-too-short", rule="T-01", earliest_at=bj(9, 14, 0)):
        out(documents_to=bj(9, 14, 0) - 1)
    assert out(documents_to=earliest).state.stage == "published"


def test_documents_are_given_out_for_five_working_days_in_government_procurement() -> None:
    with refused("notice.sale-too-short", rule="T-31", earliest_at=bj(9, 15)):
        out(RS2, documents_to=bj(9, 15) - 1)
    assert out(RS2, documents_to=bj(9, 15)).state.stage == "published"


def test_documents_may_be_given_out_until_the_deadline_itself() -> None:
    assert out(documents_to=bj(10, 9)).state.times.documents_to == bj(10, 9)


def test_the_notice_period_is_five_working_days_in_government_procurement() -> None:
    with refused("notice.period-too-short", least=5):
        out(RS2, notice_days=4)


def test_documents_are_not_given_out_on_a_day_before_the_notice() -> None:
    with refused("notice.backdated"):
        out(at=bj(9, 9, 0))
    assert out(at=bj(9, 9, 0) - 1).state.times.documents_from == bj(9, 9, 0) - 1


def test_a_notice_that_goes_out_a_moment_later_than_it_says_counts_from_that_moment() -> None:
    with refused("notice.deadline-too-early", earliest_at=bj(9, 28) + 1):
        out(at=bj(9, 8) + 1, deadline=bj(9, 28))
    with refused("notice.sale-too-short", earliest_at=bj(9, 15) + 1):
        out(RS2, at=bj(9, 8) + 1, documents_to=bj(9, 15))


@pytest.mark.parametrize("times", [{"documents_to": bj(9, 8) - 1}, {"deadline": bj(9, 15, 17) - 1}, {"deadline": bj(9, 1)}])
def test_times_out_of_order_are_refused(times: dict[str, int]) -> None:
    with refused("notice.order"):
        out(**times)


EMPTY = Contact()
GAPS: list[tuple[str, Notice, str]] = [
    ("documents_how", notice(documents_how=" "), "第三项"),
    ("submit_how", notice(submit_how=""), "第四项"),
    ("principal_name", notice(principal=Contact("", "地址", "人", "电话")), "第五项"),
    ("principal_address", notice(principal=Contact("单位", "", "人", "电话")), "第五项"),
    ("principal_person", notice(principal=Contact("单位", "地址", "", "电话")), "第五项"),
    ("principal_phone", notice(principal=Contact("单位", "地址", "人", "")), "第五项"),
    ("agency_name", notice(agency=EMPTY), "第五项"),
]


@pytest.mark.parametrize(("field", "given", "article"), GAPS, ids=[g[0] for g in GAPS])
def test_a_construction_notice_that_lacks_a_content_is_refused_with_the_article(field: str, given: Notice, article: str) -> None:
    play = Play().approved()
    with refused("notice.incomplete", fields=[field]) as said:
        play.act(c.PublishNotice(given), at=bj(9, 8))
    assert article in said["article"]


def test_what_the_registration_left_out_is_missed_in_the_notice() -> None:
    play = Play(project=works(scope="")).approved()
    with refused("notice.incomplete", fields=["scope"]):
        play.act(c.PublishNotice(notice()), at=bj(9, 8))


def test_a_notice_without_the_platforms_address_is_refused() -> None:
    play = Play().approved(draft(platform_url=""))
    with refused("notice.incomplete", article="电子招标投标办法 第十七条"):
        play.act(c.PublishNotice(notice()), at=bj(9, 8))


@pytest.mark.parametrize("more", [{"opening_place": ""}, {"notice_days": 0}, {"agency": Contact("代理")}])
def test_a_purchase_notice_needs_place_period_and_the_agencys_phone(more: dict[str, Any]) -> None:
    with refused("notice.incomplete"):
        out(RS2, **more)


def test_a_tender_without_an_agency_needs_no_agency_in_its_notice() -> None:
    play = Play(RS2, goods(agency="", agency_name="")).approved()
    assert play.act(c.PublishNotice(notice(agency=EMPTY)), at=bj(9, 8))


def test_a_notice_has_a_title() -> None:
    with refused("notice.incomplete", fields=["title"]):
        out(title=" ")


def test_a_notice_names_the_digest_of_its_text() -> None:
    with refused("tender.digest"):
        out(sha256="")


def test_an_unapproved_draft_is_not_published() -> None:
    play = Play().drafted()
    with refused("tender.stage"):
        play.act(c.PublishNotice(notice()), at=bj(9, 8))


def test_a_notice_is_not_published_twice() -> None:
    play = out()
    with refused("tender.stage"):
        play.act(c.PublishNotice(notice()))


def test_an_agency_publishes_within_its_contract() -> None:
    play = Play().approved()
    assert play.act(c.PublishNotice(notice()), AGENCY, bj(9, 8), mandate=mandate(("publish",)))


@pytest.mark.parametrize("actor", [CENTRE, REGULATOR, BIDDER, BELL], ids=lambda a: a.id)
def test_others_do_not_publish(actor: Actor) -> None:
    play = Play().approved()
    with refused("tender.not-entitled"):
        play.act(c.PublishNotice(notice()), actor, bj(9, 8))


# Questions


def question(id: str = "Q1", text: str = "工期如何计算?", blind: str = BLIND) -> c.AskQuestion:
    return c.AskQuestion(id, text, blind)


def test_a_verified_organisation_asks_until_the_last_microsecond() -> None:
    play = out()
    play.act(question(), BIDDER, bj(10, 9) - 1)
    assert [q.id for q in play.state.questions] == ["Q1"]


def test_a_question_at_the_deadline_is_late() -> None:
    play = out()
    with refused("question.late"):
        play.act(question(), BIDDER, bj(10, 9))


def test_a_question_before_the_notice_is_refused() -> None:
    play = Play().approved()
    with refused("tender.stage"):
        play.act(question(), BIDDER)


@pytest.mark.parametrize("text", ["", "  ", "问" * 4001])
def test_an_empty_or_endless_question_is_refused(text: str) -> None:
    play = out()
    with refused("question.empty"):
        play.act(question(text=text), BIDDER)


def test_the_longest_question_is_taken() -> None:
    assert out().act(question(text="问" * 4000), BIDDER)


def test_a_question_number_has_its_form() -> None:
    play = out()
    with refused("tender.name"):
        play.act(question("第一问"), BIDDER)


def test_a_question_number_is_used_once() -> None:
    play = out()
    play.act(question(), BIDDER)
    with refused("question.exists"):
        play.act(question(), BIDDER)


@pytest.mark.parametrize("actor", [PRINCIPAL, AGENCY, CENTRE, REGULATOR], ids=lambda a: a.id)
def test_the_organisers_side_does_not_ask(actor: Actor) -> None:
    play = out()
    with refused("question.own"):
        play.act(question(), actor)


@pytest.mark.parametrize("told", [{"verified": False}, {"suspended": True}])
def test_an_unverified_or_barred_organisation_does_not_ask(told: dict[str, bool]) -> None:
    play = out()
    with refused("tender.unverified-actor"):
        play.act(question(), BIDDER, **told)


def test_a_question_is_blinded() -> None:
    play = out()
    with refused("tender.blind"):
        play.act(question(blind="b" * 31), BIDDER)


# Clarification


def clarify(affects: bool = True, **more: Any) -> c.PublishClarification:
    return c.PublishClarification("澄清公告", SHA, affects, **more)


def test_a_clarification_fifteen_days_before_leaves_the_deadline() -> None:
    play = out()
    events = play.act(clarify(), at=bj(9, 24))
    assert [type(e) for e in events] == [ClarificationPublished]
    assert play.state.times.deadline == bj(10, 9)


def test_a_clarification_one_microsecond_later_needs_a_later_deadline() -> None:
    play = out()
    with refused(
        "clarification.too-late", earliest_at=bj(10, 9) + 1, article="招标投标法 第二十三条、招标投标法实施条例 第二十一条"
    ):
        play.act(clarify(), at=bj(9, 24) + 1)


def test_a_late_clarification_moves_the_deadline_with_it() -> None:
    play = out()
    events = play.act(clarify(deadline=bj(10, 15)), at=bj(9, 30))
    assert isinstance(events[1], DeadlineAmended)
    assert (events[1].deadline, events[1].previous, events[1].rule) == (bj(10, 15), bj(10, 9), "T-12")
    assert play.state.times.deadline == bj(10, 15)
    assert [n.kind for n in play.state.notices] == ["tender", "clarification"]


def test_a_late_clarification_whose_deadline_is_still_too_early_is_refused() -> None:
    play = out()
    with refused("clarification.too-late"):
        play.act(clarify(deadline=bj(10, 15) - 1), at=bj(9, 30))


def test_a_late_clarification_that_does_not_affect_bids_leaves_the_deadline() -> None:
    play = out()
    assert len(play.act(clarify(False), at=bj(10, 8))) == 1


def test_government_procurement_rests_on_its_own_article_for_clarifications() -> None:
    play = out(RS2)
    with refused("clarification.too-late", article="政府采购货物和服务招标投标管理办法 第二十七条"):
        play.act(clarify(), at=bj(9, 25))


def test_a_clarification_may_give_more_time_of_its_own() -> None:
    play = out()
    events = play.act(clarify(deadline=bj(10, 20)), at=bj(9, 10))
    assert isinstance(events[1], DeadlineAmended)
    assert events[1].rule == ""


def test_a_clarification_never_takes_time_away() -> None:
    play = out()
    with refused("deadline.not-later"):
        play.act(clarify(deadline=bj(10, 9) - 1), at=bj(9, 10))


def test_a_clarification_may_name_the_deadline_as_it_is() -> None:
    play = out()
    assert len(play.act(clarify(deadline=bj(10, 9)), at=bj(9, 10))) == 1


def test_nothing_is_clarified_before_the_notice() -> None:
    play = Play().approved()
    with refused("tender.stage"):
        play.act(clarify(False))


@pytest.mark.parametrize("actor", [CENTRE, REGULATOR, BIDDER, BELL], ids=lambda a: a.id)
def test_others_do_not_move_the_deadline(actor: Actor) -> None:
    play = out()
    with refused("tender.not-entitled"):
        play.act(amend(bj(10, 20)), actor)


def test_a_clarification_answers_questions_and_adds_documents() -> None:
    play = out()
    play.act(question(), BIDDER, bj(9, 10))
    added = Document("c" * 64, 5, "澄清.pdf", "application/pdf", "clarification")
    play.act(clarify(answers=("Q1",), documents=(added,)), at=bj(9, 11))
    assert play.state.questions == ()
    assert play.state.draft is not None
    assert play.state.draft.documents[-1] == added


def test_a_clarification_answers_only_questions_that_wait() -> None:
    play = out()
    with refused("question.none", questions=["Q9"]):
        play.act(clarify(answers=("Q9",)), at=bj(9, 11))


def test_a_clarification_after_the_deadline_is_refused() -> None:
    play = out()
    with refused("deadline.passed"):
        play.act(clarify(False), at=bj(10, 9))


def test_a_clarification_names_the_digests_of_text_and_documents() -> None:
    play = out()
    with refused("tender.digest"):
        play.act(c.PublishClarification("澄清", "", False))
    with refused("tender.digest"):
        play.act(clarify(documents=(Document("", 5, "澄清.pdf", "application/pdf"),)))


def test_an_agency_clarifies_within_its_contract() -> None:
    play = out()
    with refused("tender.mandate"):
        play.act(clarify(), AGENCY, mandate=mandate(("publish",)))
    assert play.act(clarify(), AGENCY, mandate=mandate(("clarify",)))


# Deadline


def amend(to: Instant, reason: str = "设计变更", title: str = "延期公告", sha256: str = SHA) -> c.AmendDeadline:
    return c.AmendDeadline(to, reason, title, sha256)


def test_a_deadline_moves_later_until_the_last_microsecond_of_the_old_one() -> None:
    play = out()
    play.act(amend(bj(10, 9) + 1), at=bj(10, 9) - 1)
    assert play.state.times.deadline == bj(10, 9) + 1
    assert [n.kind for n in play.state.notices] == ["tender", "correction"]


def test_a_deadline_that_has_passed_is_not_moved() -> None:
    play = out()
    with refused("deadline.passed"):
        play.act(amend(bj(10, 20)), at=bj(10, 9))


@pytest.mark.parametrize("to", [bj(10, 9), bj(10, 9) - 1])
def test_a_deadline_only_moves_later(to: Instant) -> None:
    play = out()
    with refused("deadline.not-later"):
        play.act(amend(to), at=bj(9, 20))


@pytest.mark.parametrize("more", [{"reason": " "}, {"title": ""}])
def test_a_later_deadline_says_why(more: dict[str, str]) -> None:
    play = out()
    with refused("deadline.reason"):
        play.act(amend(bj(10, 20), **more), at=bj(9, 20))


def test_a_later_deadline_names_its_notice() -> None:
    play = out()
    with refused("tender.digest"):
        play.act(amend(bj(10, 20), sha256="x"), at=bj(9, 20))


def test_nobody_moves_a_deadline_before_the_notice() -> None:
    play = Play().approved()
    with refused("tender.stage"):
        play.act(amend(bj(10, 20)))


# Termination


def terminate(
    ground: str = "purchase-dropped",
    reason: str = "项目取消",
    title: str = "终止公告",
    sha256: str = SHA,
    lots: tuple[str, ...] = (),
) -> c.TerminateTender:
    return c.TerminateTender(ground, reason, title, sha256, lots)


def test_a_published_tender_ends_by_a_notice() -> None:
    play = out()
    play.act(terminate(), at=bj(9, 20))
    assert (play.state.stage, play.lot().stage, play.state.ended_at) == ("terminated", "cancelled", bj(9, 20))
    assert play.state.notices[-1].kind == "termination"


def test_a_tender_that_was_never_published_ends_without_a_notice() -> None:
    play = Play().drafted()
    play.act(terminate(title="", sha256=""))
    assert play.state.stage == "terminated"
    assert play.state.notices == ()


def test_one_lot_ends_and_the_others_go_on() -> None:
    play = Play().published(draft(lots=(spec("L1"), spec("L2"))))
    play.act(terminate(lots=("L1",)))
    assert [lot.stage for lot in play.state.lots] == ["cancelled", "waiting"]
    assert play.state.stage == "published"


def test_the_last_lot_ends_the_tender() -> None:
    play = Play().published(draft(lots=(spec("L1"), spec("L2"))))
    play.act(terminate(lots=("L1",)))
    play.act(terminate(lots=("L2",)))
    assert play.state.stage == "terminated"


@pytest.mark.parametrize(("ground", "reason"), [("tired", "累"), ("purchase-dropped", " ")])
def test_a_termination_has_a_lawful_ground_and_a_reason(ground: str, reason: str) -> None:
    play = out()
    with refused("termination.ground"):
        play.act(terminate(ground, reason))


def test_a_termination_of_an_unknown_lot_is_refused() -> None:
    play = out()
    with refused("tender.no-lot"):
        play.act(terminate(lots=("L9",)))


def test_a_published_tender_does_not_end_in_silence() -> None:
    play = out()
    with refused("termination.notice"):
        play.act(terminate(title=" "))
    with refused("tender.digest"):
        play.act(terminate(sha256=""))


def test_opened_bids_are_not_terminated_for_a_dropped_purchase() -> None:
    play = Play().opened()
    with refused("termination.opened"):
        play.act(terminate())


def test_an_order_ends_a_tender_even_after_opening() -> None:
    play = Play().opened()
    play.act(terminate("order", "责令终止"), REGULATOR)
    assert play.state.stage == "terminated"


def test_a_contracted_lot_is_not_terminated() -> None:
    play = Play().contracted()
    with refused("termination.contracted"):
        play.act(terminate("force-majeure", "地震"))


@pytest.mark.parametrize(
    ("ground", "actor"), [("order", PRINCIPAL), ("idle", PRINCIPAL), ("purchase-dropped", CENTRE), ("object-lost", REGULATOR)]
)
def test_each_ground_has_its_own_authority(ground: str, actor: Actor) -> None:
    play = out()
    with refused("tender.not-entitled"):
        play.act(terminate(ground, "理由"), actor)


@pytest.mark.parametrize(
    ("ground", "actor"), [("order", REGULATOR), ("idle", CENTRE), ("object-lost", CENTRE), ("object-lost", PRINCIPAL)]
)
def test_each_authority_ends_on_its_ground(ground: str, actor: Actor) -> None:
    play = out()
    play.act(terminate(ground, "理由"), actor, at=play.at + DAY)
    assert play.state.stage == "terminated"


def test_a_terminated_tender_is_at_its_end() -> None:
    play = out()
    play.act(terminate())
    with refused("tender.ended"):
        play.act(terminate())
