"""重新评审: which upheld objection makes a result void, on whose order, on which ground, and what begins again."""

from archive.values import DAY
from tests.tender_play import (
    AGENCY,
    BELL,
    BIDDER,
    BIDDERS,
    BLIND,
    OTHER_REGULATOR,
    PRINCIPAL,
    REGULATOR,
    SHA,
    Play,
    bid,
    bj,
    mandate,
    place,
    refused,
)
from trading import commands as c
from trading.calendar import legal_date
from trading.events import ReevaluationOrdered
from trading.lifecycle import DECIDER
from trading.tender import Voided

RS2 = "cn-rs2-2017"
RANKING = (place(2, 1, 4_500_000), place(1, 2, 4_600_000), place(0, 3, 4_700_000))
WRONG = "按投诉处理决定重新评审"


def objected(play: Play, id: str = "O1", outcome: str = "upheld") -> Play:
    """An objection to the candidates, answered within its three days."""
    begins = max(play.at + 1, play.lot().publicity_from)
    play.act(c.FileObjection(id, "result", "p" * 16, SHA, BLIND, "L1"), BIDDER, begins, interest="bidder")
    play.act(c.AnswerObjection(id, outcome, SHA), PRINCIPAL, play.at + 1)
    return play


def complained(play: Play, outcome: str = "upheld") -> Play:
    """An objection that was dismissed, and the complaint after it."""
    objected(play, outcome="dismissed")
    play.act(c.FileComplaint("K1", "result", "p" * 16, SHA, BLIND, "L1", "O1"), BIDDER, play.at + 1, interest="bidder")
    play.act(c.ExamineComplaint("K1", True, SHA), REGULATOR, play.at + 1)
    play.act(c.DecideComplaint("K1", outcome, SHA), REGULATOR, play.at + 1)
    return play


def challenged(play: Play) -> Play:
    """A challenge to the announced result of a purchase, upheld."""
    play.act(c.FileChallenge("O1", "result", "p" * 16, SHA, BLIND, "L1"), BIDDER, play.at + 1, interest="bidder")
    play.act(c.AnswerObjection("O1", "upheld", SHA), PRINCIPAL, play.at + 1)
    return play


def order(
    objection: str = "O1", ground: str = "54", committee: str = "same", report: str = "", reason: str = WRONG
) -> c.Reevaluate:
    return c.Reevaluate("L1", objection, ground, reason, committee, "更正公告", SHA, report)


def test_an_upheld_objection_sets_the_lot_back_and_keeps_the_result_as_void() -> None:
    play = objected(Play().publicised())
    before = play.lot()
    (told,) = play.act(order())
    lot = play.lot()
    assert isinstance(told, ReevaluationOrdered) and told.article == "招标投标法实施条例 第五十四条"
    assert (lot.stage, lot.evaluation, lot.publicity_to, play.state.stage) == ("recorded", None, 0, "recorded")
    assert before.evaluation is not None and lot.panel == before.panel
    assert lot.voided == (
        Voided(told.at, "O1", "54", told.article, WRONG, "same", before.evaluation, before.publicity_from, before.publicity_to),
    )
    assert (play.state.notices[-1].kind, play.state.notices[-1].lot) == ("correction", "L1")
    assert play.state.timeline[-1].key == "reevaluation-ordered"
    assert lot.again == "-2"


def test_after_it_the_lot_goes_the_whole_way_again_and_may_be_objected_to_anew() -> None:
    play = objected(Play().publicised())
    play.act(order())
    ranking = (place(1, 1, 4_600_000), place(2, 2, 4_500_000), place(0, 3, 4_700_000))
    play.act(c.RecordEvaluation("L1", "c" * 64, BLIND, ranking), BELL, play.at + DAY)
    begins = play.at + 1
    play.act(c.PublishCandidates("L1", begins, begins + 6 * DAY, "中标候选人公示", SHA), at=begins)
    objected(play, "O2", "dismissed")
    lot = play.lot()
    play.act(c.Award("L1", BIDDERS[1]), at=lot.publicity_to)
    assert play.lot().winner == BIDDERS[1] and play.lot().voided[0].evaluation.ranking[0].bidder == BIDDERS[2]


def test_what_was_not_upheld_leads_to_nothing() -> None:
    for outcome in ("dismissed", "withdrawn"):
        play = objected(Play().publicised(), outcome=outcome)
        with refused("reevaluation.not-upheld", outcome=outcome):
            play.act(order())


def test_an_objection_that_still_waits_orders_nothing() -> None:
    play = Play().publicised()
    play.act(c.FileObjection("O1", "result", "p" * 16, SHA, BLIND, "L1"), BIDDER, bj(10, 11), interest="bidder")
    with refused("reevaluation.not-upheld", outcome="none"):
        play.act(order())


def test_an_upheld_objection_to_the_opening_is_no_ground_to_evaluate_again() -> None:
    play = Play().opened()
    play.act(c.FileObjection("O1", "opening", "p" * 16, SHA, BLIND, "L1"), BIDDER, play.at, interest="bidder")
    play.act(c.AnswerObjection("O1", "upheld", SHA))
    play.act(c.RecordOpening("L1", (bid(0, 4_700_000), bid(1, 4_600_000), bid(2, 4_500_000)), SHA), BELL)
    play.act(c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL)
    play.act(c.RecordEvaluation("L1", SHA, BLIND, RANKING), BELL, play.at + DAY // 6)
    with refused("reevaluation.not-upheld", kind="opening"):
        play.act(order())


def test_nobody_knows_the_objection() -> None:
    play = Play().publicised()
    with refused("objection.none"):
        play.act(order("O9"))


def test_the_same_objection_orders_once() -> None:
    play = objected(Play().publicised())
    play.act(order())
    with refused("tender.stage", stage="recorded"):
        play.act(order())
    play.act(c.RecordEvaluation("L1", SHA, BLIND, RANKING), BELL, play.at + DAY)
    with refused("reevaluation.former", objection="O1", ordered_at=play.lot().voided[0].at):
        play.act(order())


def test_an_upheld_objection_to_the_second_result_orders_a_third_evaluation() -> None:
    play = objected(Play().publicised())
    play.act(order())
    play.act(c.RecordEvaluation("L1", SHA, BLIND, RANKING), BELL, play.at + DAY)
    begins = play.at + 1
    play.act(c.PublishCandidates("L1", begins, begins + 6 * DAY, "中标候选人公示", SHA), at=begins)
    objected(play, "O2")
    play.act(order("O2"))
    assert (len(play.lot().voided), play.lot().again) == (2, "-3")


def test_a_complaint_about_an_objection_to_the_former_result_is_answered_with_it() -> None:
    play = objected(Play().publicised(), "O1", "dismissed")
    objected(play, "O2")
    play.act(order("O2"))
    play.act(c.FileComplaint("K1", "result", "p" * 16, SHA, BLIND, "L1", "O1"), BIDDER, play.at + 1, interest="bidder")
    play.act(c.ExamineComplaint("K1", True, SHA), REGULATOR, play.at + 1)
    play.act(c.DecideComplaint("K1", "upheld", SHA), REGULATOR, play.at + 1)
    play.act(c.RecordEvaluation("L1", SHA, BLIND, RANKING), BELL, play.at + DAY)
    with refused("reevaluation.former", objection="K1"):
        play.act(order("K1", "81"), REGULATOR)


def test_after_the_contract_nothing_is_evaluated_again() -> None:
    play = complained(Play().publicised())
    play.act(c.Award("L1", BIDDERS[2]), at=play.lot().publicity_to)
    play.act(c.PublishResult("L1", "中标结果", SHA), at=play.at + DAY)
    play.act(c.IssueAwardLetter("L1", SHA))
    before = play.state
    assert play.act(order("K1", "81"), REGULATOR)
    play.state = before
    signed = play.at + 2 * DAY
    won = play.lot().price
    assert won is not None
    play.act(c.RecordContract("L1", SHA, legal_date(signed), won), at=signed)
    with refused("tender.stage", stage="contracted"):
        play.act(order("K1", "81"), REGULATOR)


def test_the_regulator_orders_after_a_complaint_and_no_other_regulator() -> None:
    play = complained(Play().publicised())
    with refused("complaint.taken", authority=REGULATOR.org):
        play.act(order("K1", "81"), OTHER_REGULATOR)
    with refused("tender.not-entitled"):
        play.act(order("K1", "81"), PRINCIPAL)
    assert play.act(order("K1", "81"), REGULATOR)


def test_the_tenderer_orders_after_an_objection_and_the_regulator_does_not() -> None:
    play = objected(Play().publicised())
    with refused("tender.not-entitled"):
        play.act(order(), REGULATOR)
    with refused("tender.mandate"):
        play.act(order(), AGENCY)
    assert play.act(order(), AGENCY, mandate=mandate(("answer",)))


def test_the_regulators_own_pause_does_not_hinder_its_order_but_the_tenderer_waits() -> None:
    play = complained(objected(Play().publicised(), "O0"))
    play.act(c.SuspendTender("P1", "complaint", "投诉", "令1"), REGULATOR)
    with refused("tender.paused"):
        play.act(order("O0"))
    assert play.act(order("K1", "71"), REGULATOR)


def test_a_ground_fits_the_law_the_committee_and_whoever_orders() -> None:
    play = objected(Play().publicised())
    for ground, committee in (("54", "fresh"), ("81", "same"), ("64-1", "same"), ("", "same"), ("54", "")):
        with refused("reevaluation.ground", ground=ground, committee=committee):
            play.act(order(ground=ground, committee=committee))
    with refused("reevaluation.ground"):
        play.act(order(reason=" "))
    play = complained(Play().publicised())
    with refused("reevaluation.ground", allowed=["70", "71", "81"]):
        play.act(order("K1", "64-1", "fresh"), REGULATOR)
    with refused("reevaluation.ground", ground="70"):
        play.act(order("K1", "70", "same"), REGULATOR)


def test_a_fresh_committee_has_to_be_on_record_before_its_report() -> None:
    play = complained(Play().publicised())
    play.act(order("K1", "70", "fresh"), REGULATOR)
    with refused("committee.none"):
        play.act(c.RecordEvaluation("L1", SHA, BLIND, RANKING), BELL)
    play.act(c.RecordPanel("L1", "d" * 64, 5, 4, BLIND), BELL)
    assert play.act(c.RecordEvaluation("L1", SHA, BLIND, RANKING), BELL)


def test_a_purchaser_reports_to_the_finance_department() -> None:
    play = challenged(Play(RS2).announced())
    with refused("reevaluation.report"):
        play.act(order(ground="64-3"))
    with refused("tender.digest", field="report_sha256"):
        play.act(order(ground="64-3", report="x"))
    assert play.act(order(ground="64-3", report="e" * 64))
    assert play.lot().winner == "" and play.lot().voided[0].winner == BIDDERS[2]


def test_four_grounds_are_for_the_same_committee_and_four_for_a_fresh_one() -> None:
    for n in range(1, 5):
        for ground, right, wrong in ((f"64-{n}", "same", "fresh"), (f"67-{n}", "fresh", "same")):
            play = challenged(Play(RS2).announced())
            with refused("reevaluation.ground"):
                play.act(order(ground=ground, committee=wrong, report=SHA))
            assert play.act(order(ground=ground, committee=right, report=SHA))


def test_without_a_correction_notice_nothing_is_ordered() -> None:
    play = objected(Play().publicised())
    with refused("notice.title"):
        play.act(c.Reevaluate("L1", "O1", "54", WRONG, "same", " ", SHA))
    with refused("tender.digest"):
        play.act(c.Reevaluate("L1", "O1", "54", WRONG, "same", "更正公告", "x"))


def test_the_void_result_is_projected_with_its_ranking() -> None:
    play = objected(Play().publicised())
    play.act(order())
    (row,) = [values for table, _, values in DECIDER.rows("tender/T1", play.state) if table == "tender_voided"]
    assert (
        row["ground"] == "54" and BIDDERS[2] in str(row["ranking"]) and row["publicity_to"] == play.lot().voided[0].publicity_to
    )
