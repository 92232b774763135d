"""投诉: after what, until when, to whom, and how long the regulator itself may take."""

from typing import Any

import pytest
from msgspec.structs import replace

from archive.canonical import encode
from archive.values import Actor, Instant
from tests.tender_play import (
    BELL,
    BIDDER,
    BLIND,
    CENTRE,
    OTHER_REGULATOR,
    PRINCIPAL,
    REGULATOR,
    SHA,
    Play,
    bj,
    refused,
)
from trading import commands as c
from trading.events import LimitExceeded
from trading.lifecycle.dues import dues

RS2 = "cn-rs2-2017"


def complaint(kind: str = "documents", about: str = "O1", id: str = "K1", lot: str = "") -> c.FileComplaint:
    return c.FileComplaint(id, kind, "party-7", SHA, BLIND, lot, about)


def file(play: Play, command: c.Command, at: Instant | None = None, **facts: Any) -> Any:
    return play.act(command, facts.pop("actor", BIDDER), at, **({"interest": "bidder"} | facts))


def objected(answered: bool = True) -> Play:
    """An objection to the documents on 20 September, answered on the 22nd."""
    play = Play().published()
    file(play, c.FileObjection("O1", "documents", "party-7", SHA, BLIND), bj(9, 20))
    if answered:
        play.act(c.AnswerObjection("O1", "dismissed", SHA), at=bj(9, 22))
    return play


def challenged() -> Play:
    """A challenge of the documents on 10 September, answered on the 15th."""
    play = Play(RS2).published()
    file(play, c.FileChallenge("O1", "documents", "party-7", SHA, BLIND), bj(9, 10), known_at=bj(9, 9))
    play.act(c.AnswerObjection("O1", "dismissed", SHA), at=bj(9, 15))
    return play


def test_a_complaint_follows_the_answer_within_ten_days() -> None:
    limit = bj(10, 9, 0)  # 22 September + 10 D = 2 October, a holiday; 8 October works
    play = objected()
    file(play, complaint(), limit - 1)
    held = play.state.objections[-1]
    assert (held.regime, held.about, held.answer_by) == ("complaint", "O1", bj(10, 13, 0))


def test_a_complaint_after_its_time_is_refused() -> None:
    play = objected()
    with refused("complaint.late", limit_at=bj(10, 9, 0), article="招标投标法实施条例 第六十条"):
        file(play, complaint(), bj(10, 9, 0))


def test_an_objection_that_waits_is_not_complained_about_until_its_answer_is_overdue() -> None:
    play = objected(answered=False)
    overdue = bj(9, 24, 0)
    with refused("complaint.unanswered", answer_by_at=overdue):
        file(play, complaint(), overdue - 1)
    assert file(play, complaint(), overdue)


@pytest.mark.parametrize(
    ("kind", "about"), [("documents", ""), ("result", "O1"), ("documents", "O9"), ("opening", ""), ("result", "")]
)
def test_what_can_be_objected_to_is_objected_to_first(kind: str, about: str) -> None:
    play = objected()
    with refused("complaint.prior"):
        file(play, complaint(kind, about))


def test_a_complaint_does_not_follow_a_complaint() -> None:
    play = objected()
    file(play, complaint())
    with refused("complaint.prior"):
        file(play, complaint(about="K1", id="K2"))


def test_other_matters_need_no_objection_in_construction_but_have_their_time() -> None:
    play = Play().published()
    with refused("complaint.late"):
        file(play, complaint("other", ""), bj(9, 21, 0), known_at=bj(9, 10))
    assert file(play, complaint("other", ""), bj(9, 20, 23), known_at=bj(9, 10))


def test_procurement_needs_a_challenge_before_every_complaint() -> None:
    play = Play(RS2).published()
    with refused("complaint.prior"):
        file(play, complaint("other", ""))


def test_a_purchase_is_complained_about_within_fifteen_working_days_of_the_answer() -> None:
    play = challenged()
    limit = bj(10, 13, 0)  # 16..18, 20..24, 28..30 September; 8, 9, 10, 12 October
    with refused("complaint.late", limit_at=limit):
        file(play, complaint(), limit)
    file(play, complaint(), limit - 1)
    assert play.state.objections[-1].answer_by == bj(10, 20, 0)


def test_an_unknown_kind_is_refused() -> None:
    play = objected()
    with refused("complaint.kind"):
        file(play, complaint("weather"))


def test_a_foreign_procedure_knows_no_complaint() -> None:
    play = objected()
    play.state = replace(play.state, rulebook="imported-1", rulebook_digest="")
    with refused("objection.regime", rule_set="RS-9"):
        file(play, complaint())


def test_a_complainant_stands_under_a_pseudonym_with_an_interest() -> None:
    play = objected()
    with refused("objection.interest"):
        file(play, complaint(), interest="")
    events = file(play, complaint())
    assert BIDDER.org.encode() not in encode(play.state) + encode(events)


def test_a_complaint_pauses_nothing_by_itself() -> None:
    play = objected()
    file(play, complaint())
    assert play.state.pauses == ()


def test_a_failed_tender_can_still_be_complained_about() -> None:
    play = objected().close(2)
    play.act(c.DeclareFailure("L1", "too-few-bids", "流标", SHA))
    with refused("complaint.late"):
        file(play, complaint(), bj(11, 20))
    assert file(play, complaint("other", "", "K2"), known_at=bj(11, 19))


def test_after_the_archive_nobody_complains() -> None:
    play = Play().contracted()
    play.act(c.ArchiveTender(SHA), CENTRE)
    with refused("tender.ended"):
        file(play, complaint("other", ""))


# Examination


def examine(accepted: bool = True, reason: str = "", sha256: str = SHA) -> c.ExamineComplaint:
    return c.ExamineComplaint("K1", accepted, sha256, reason)


def complained() -> Play:
    play = objected()
    file(play, complaint(), bj(9, 23))
    return play


def test_a_regulator_accepts_within_three_working_days() -> None:
    play = complained()
    assert play.state.objections[-1].answer_by == bj(9, 30, 0)
    play.act(examine(), REGULATOR, bj(9, 30, 0) - 1)
    held = play.state.objections[-1]
    assert (held.authority, held.accepted_at, held.answered_at) == (REGULATOR.org, bj(9, 30, 0) - 1, 0)
    assert not [e for e in play.told if isinstance(e, LimitExceeded)]


def test_a_late_acceptance_says_why() -> None:
    play = complained()
    with refused("complaint.limit", limit_at=bj(9, 30, 0)):
        play.act(examine(), REGULATOR, bj(9, 30, 0))
    play.act(examine(reason="移送"), REGULATOR)
    assert [e.rule for e in play.told if isinstance(e, LimitExceeded)] == ["T-23"]


def test_a_complaint_that_is_not_accepted_is_over() -> None:
    play = complained()
    play.act(examine(False), REGULATOR, bj(9, 24))
    assert play.state.objections[-1].outcome == "not-accepted"
    with refused("objection.answered"):
        play.act(examine(), REGULATOR)


def test_the_first_receiver_keeps_it() -> None:
    play = complained()
    play.act(examine(), REGULATOR)
    with refused("complaint.taken"):
        play.act(examine(), OTHER_REGULATOR)
    with refused("complaint.taken"):
        play.act(decide(), OTHER_REGULATOR)


@pytest.mark.parametrize("actor", [PRINCIPAL, CENTRE, BELL], ids=lambda a: a.id)
def test_only_regulators_examine_and_decide(actor: Actor) -> None:
    play = complained()
    for command in (examine(), decide()):
        with refused("tender.not-entitled"):
            play.act(command, actor)


def test_an_objection_is_not_examined_and_a_complaint_not_answered_by_the_principal() -> None:
    play = objected(answered=False)
    with refused("objection.none"):
        play.act(c.ExamineComplaint("O1", True, SHA), REGULATOR)
    play = complained()
    with refused("objection.none"):
        play.act(c.AnswerObjection("K1", "dismissed", SHA))


def test_an_examination_is_named_by_its_digest() -> None:
    play = complained()
    with refused("tender.digest"):
        play.act(examine(sha256=""), REGULATOR)


# Decision


def decide(outcome: str = "upheld", reason: str = "", sha256: str = SHA) -> c.DecideComplaint:
    return c.DecideComplaint("K1", outcome, sha256, reason)


def test_a_decision_is_due_within_thirty_working_days_of_acceptance() -> None:
    play = complained()
    play.act(examine(), REGULATOR, bj(9, 24))
    limit = play.state.objections[-1].answer_by
    assert limit == bj(11, 13, 0)
    play.act(decide(), REGULATOR, limit - 1)
    assert play.state.objections[-1].outcome == "upheld"
    assert play.state.timeline[-1].key == "complaint-decided"


def test_a_late_decision_says_why() -> None:
    play = complained()
    play.act(examine(), REGULATOR, bj(9, 24))
    with refused("complaint.limit"):
        play.act(decide(), REGULATOR, bj(11, 13, 0))
    play.act(decide(reason="委托鉴定"), REGULATOR)
    assert [e.rule for e in play.told if isinstance(e, LimitExceeded)] == ["T-23d"]


def test_a_complaint_is_decided_after_its_acceptance_only() -> None:
    play = complained()
    with refused("complaint.not-accepted"):
        play.act(decide(), REGULATOR)


def test_a_decision_has_a_known_outcome_and_a_text() -> None:
    play = complained()
    play.act(examine(), REGULATOR)
    with refused("objection.outcome"):
        play.act(decide("ignored"), REGULATOR)
    with refused("tender.digest"):
        play.act(decide(sha256=""), REGULATOR)


def test_the_regulators_own_limits_fall_due() -> None:
    play = complained()
    assert dues(play.state)[0].what == "complaint-examination"
    play.act(examine(), REGULATOR, bj(9, 24))
    assert [d.what for d in dues(play.state) if d.ref == "K1"] == ["complaint-decision"]
    play.act(decide(), REGULATOR)
    assert not [d for d in dues(play.state) if d.ref == "K1"]


def test_nothing_more_is_done_with_a_complaint_after_the_archive() -> None:
    play = Play().contracted()
    file(play, complaint("other", ""), known_at=play.at)
    play.act(c.ArchiveTender(SHA), CENTRE)
    for command in (examine(), decide()):
        with refused("tender.ended"):
            play.act(command, REGULATOR)
