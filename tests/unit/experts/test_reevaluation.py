"""A report that an order made void: what stays in the room, who sits again, and the panel behind it."""

from msgspec.structs import replace

from archive.values import DAY, MINUTE, instant_text
from experts.evaluation import Room
from experts.evaluation.messages import (
    AnswerClarification,
    AskClarification,
    CheckIn,
    ElectLeader,
    Member,
    Recuse,
    ReplaceMember,
    SeatCommittee,
    SubmitReport,
    Summarise,
    VoidReport,
)
from experts.evaluation.report import report_digest, report_of
from experts.panel import Panel
from experts.panel.messages import (
    CompletePanel,
    DisclosePanel,
    ExecuteDraw,
    PlanDraw,
    PoolFacts,
    RecallPanel,
    ReplaceSeat,
    VacateSeat,
)
from experts.plan import BeaconChoice
from tests.unit.experts import cast
from tests.unit.experts.cast import BEACON_AT
from tests.unit.experts.plays import EVIDENCE, accepted, answer, disclosed, drawn
from tests.unit.experts.stage import Stage
from tests.unit.experts.test_evaluation import AT, SEATS, SHA, arrive, marked, reviewed, seated, sheet, signed, summarised

SAME = VoidReport("O1", "64-4", "财政部令第87号 第六十四条第四项", "评分畸高")
FRESH = VoidReport("K1", "67-1", "财政部令第87号 第六十七条第一项", "组成不合法", fresh=True)
OTHERS = tuple(Member(f"n{i}", representative=i == 5) for i in range(1, 6))


def submitted() -> Stage[Room]:
    room = signed(summarised())
    room.act(SubmitReport(), AT)
    return room


def again(room: Stage[Room], tech: str = "30") -> Stage[Room]:
    """Whoever sits does the whole work again, with other marks."""
    sitting = [s.member.id for s in room.state.active]
    for member in sitting:
        arrive(room, member)
    room.act(ElectLeader(dict.fromkeys(sitting, sitting[0])), AT)
    reviewed(room)
    marked(room, {m: sheet(room, tech) for m in sitting})
    room.act(Summarise(), AT)
    return room


def test_the_same_committee_begins_afresh_and_nothing_that_it_said_is_left() -> None:
    room = submitted()
    first = room.state
    room.act(SAME, AT)
    state = room.state
    assert (state.phase, state.leader, state.summary, state.report, state.submitted_at) == ("open", "", None, "", 0)
    assert not (state.marks or state.commitments or state.reviews or state.concluded or state.signatures or state.rejected)
    assert [(s.member.id, s.arrived_at, s.letter) for s in state.active] == [(m, 0, "") for m in SEATS]
    (former,) = state.former
    assert (former.number, former.report, former.members, former.order) == (1, first.report, SEATS, "O1")
    again(room)
    assert room.state.summary is not None and room.state.summary.ranking[0].marks == "40.00"


def test_no_mark_of_the_former_report_stands_in_the_state_or_in_the_new_report() -> None:
    room = submitted()
    marks = room.state.marks
    room.act(SAME, AT)
    assert not any(m in str(room.state.former) for m in ("tech", "years")) and marks
    again(room)
    assert room.state.opened is not None and room.state.summary is not None
    report = report_of(room.state, room.state.opened, room.state.summary)
    assert report.former == room.state.former
    assert {m for sheets in report.marks.values() for s in sheets.values() for m in s.values()} == {"30", "10"}


def test_the_second_report_has_another_digest_although_all_found_the_same() -> None:
    room = submitted()
    first = room.state.report
    room.act(SAME, AT)
    again(room, "40")
    second = room.state.report
    assert room.state.opened is not None and room.state.summary is not None and second != first
    without = report_of(replace(room.state, former=()), room.state.opened, room.state.summary)
    assert report_digest(without) == first


def test_what_bidders_said_stays() -> None:
    room = seated()
    room.act(AskClarification("b1", "请说明规范版本"), AT)
    room.act(AnswerClarification(1, "现行有效版本"), AT)
    reviewed(room)
    marked(room)
    room.act(Summarise(), AT)
    signed(room)
    room.act(SubmitReport(), AT)
    room.act(SAME, AT)
    assert [c.answer for c in room.state.clarifications] == ["现行有效版本"]


def test_only_a_submitted_report_can_fall_and_only_with_its_ground() -> None:
    room = summarised()
    room.refuses("room.phase", SAME, AT)
    signed(room)
    room.act(SubmitReport(), AT)
    for wrong in (replace(SAME, order=""), replace(SAME, ground=""), replace(SAME, reason=" ")):
        room.refuses("room.reason", wrong, AT)
    room.act(SAME, AT)
    room.refuses("room.phase", SAME, AT)


def test_a_second_order_makes_the_second_report_void_and_counts_on() -> None:
    room = submitted()
    room.act(SAME, AT)
    signed(again(room))
    room.act(SubmitReport(), AT)
    room.act(SAME, AT)
    assert [f.number for f in room.state.former] == [1, 2]


def test_a_member_who_cannot_come_again_is_replaced_and_never_comes_back() -> None:
    room = submitted()
    room.act(SAME, AT)
    room.act(Recuse("m2", "生病"), AT)
    room.act(ReplaceMember("m2", Member("m6"), "panel/T1.L1#12"), AT)
    again(room)
    assert [s.member.id for s in room.state.active][-1] == "m6"
    room.refuses("room.successor", ReplaceMember("m1", Member("m2"), "panel/T1.L1#13"), AT)


def test_a_fresh_committee_sits_and_the_former_one_is_out() -> None:
    room = submitted()
    room.act(FRESH, AT)
    assert (room.state.phase, room.state.active) == ("vacated", ())
    room.refuses("room.phase", CheckIn("m1", "S1", SHA), AT)
    room.act(SeatCommittee(OTHERS, "panel/T1.L1#30"), AT)
    room.refuses("room.member", CheckIn("m1", "S1", SHA), AT)
    again(room)
    assert room.state.opened is not None and room.state.summary is not None
    report = report_of(room.state, room.state.opened, room.state.summary)
    assert (report.draw, room.state.opened.draw) == ("panel/T1.L1#30", "panel/T1.L1#9")
    assert [s.member.id for s in report.members if s.state == "active"] == [m.id for m in OTHERS]


def test_a_fresh_committee_is_lawful_and_has_no_expert_of_the_former_one() -> None:
    room = submitted()
    room.refuses("room.phase", SeatCommittee(OTHERS, "d"), AT)
    room.act(FRESH, AT)
    room.refuses("room.composition", SeatCommittee(OTHERS[:4], "d"), AT)
    room.refuses("room.composition", SeatCommittee((*OTHERS[:4], OTHERS[0]), "d"), AT)
    room.refuses("room.successor", SeatCommittee((Member("m1"), *OTHERS[1:]), "d"), AT)
    room.refuses("room.successor", SeatCommittee(OTHERS, ""), AT)
    room.act(SeatCommittee((*OTHERS[:4], Member("m5", representative=True)), "d"), AT)


def test_a_fresh_committee_is_drawn_without_anybody_of_the_former_one() -> None:
    panel = disclosed(drawn())
    before = {s.id for s in panel.state.seats}
    panel.act(RecallPanel("K1", fresh=True), BEACON_AT + DAY)
    assert (panel.state.phase, panel.state.members, set(panel.state.left)) == ("dissolved", (), before)
    reference = panel.state.snapshot
    assert reference is not None
    later = cast.plan(
        attempt=2, beacon=BeaconChoice("drand-quicknet", cast.ROUND + 100_000), reveal_deadline=instant_text(BEACON_AT + 2 * DAY)
    )
    panel.act(PlanDraw(later, reference), BEACON_AT + DAY + 1, PoolFacts((reference,)))
    assert before <= set(panel.state.left)


def test_the_recalled_panel_is_secret_again_and_a_seat_may_be_vacated() -> None:
    panel: Stage[Panel] = disclosed(drawn())
    panel.refuses("panel.phase", VacateSeat(0, "absent", EVIDENCE), BEACON_AT + DAY)
    panel.act(RecallPanel("O1"), BEACON_AT + DAY)
    assert (panel.state.phase, panel.state.members, panel.state.award) == ("complete", (), "")
    panel.act(VacateSeat(0, "absent", EVIDENCE), BEACON_AT + DAY)
    panel.act(ReplaceSeat(0), BEACON_AT + DAY)
    answer(panel, 0, "accept", BEACON_AT + DAY)
    panel.act(CompletePanel(), BEACON_AT + DAY + MINUTE)
    panel.act(DisclosePanel("tender/T1#40"), BEACON_AT + 2 * DAY)


def test_a_panel_that_does_not_stand_is_not_recalled() -> None:
    panel = accepted(drawn(), 0)
    panel.refuses("panel.phase", RecallPanel("O1"), BEACON_AT + DAY)
    panel.refuses("draw.twice", ExecuteDraw(), BEACON_AT + DAY, cast.inputs())
