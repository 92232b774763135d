"""The evaluation room of a lot: who sits, what is reviewed, marks, the four grounds, report and signatures."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archive.values import MINUTE, Actor, Instant, Money, parse_time
from experts import evaluation
from experts.correction import Correction, Step
from experts.evaluation import DECIDER, LAW, Room
from experts.evaluation.events import AbnormalFound, BidRejected, TimeExtended
from experts.evaluation.marking import marks_commitment
from experts.evaluation.messages import (
    ROOM,
    AnswerClarification,
    AskClarification,
    AskConfirmation,
    AskExplanation,
    AskMoreTime,
    Bid,
    CheckIn,
    Clause,
    ClauseVote,
    CommitMarks,
    ConcludeReview,
    ConfirmCorrection,
    CorrectMark,
    DecideExplanation,
    ElectLeader,
    ExplainPrice,
    HandPart,
    JudgeCompetition,
    LapseCorrection,
    Marks,
    Member,
    OpenRoom,
    RecordDissent,
    Recuse,
    RefuseSign,
    RejectBid,
    ReopenReport,
    ReplaceMember,
    RevealMarks,
    ReviewConformity,
    ReviewQualification,
    SignLetter,
    SignReport,
    SubmitReport,
    Summarise,
)
from experts.evaluation.report import report_digest, report_of
from experts.evaluation.summary import indicators, scores
from experts.methods import (
    ABNORMAL,
    Item,
    LowestEvaluated,
    LowPriceFirst,
    MeanBenchmark,
    Method,
    Places,
    RandomBenchmark,
    RangeBase,
    Trim,
)
from tests.unit.experts.stage import Stage

AT: Instant = parse_time("2026-10-13T10:00:00+08:00")
SEATS = ("m1", "m2", "m3", "m4", "m5")
MEMBERS = tuple(Member(m, representative=m == "m5") for m in SEATS)
BIDS = (
    Bid("b1", "org1", Money(100_000_000), deduction="0.10"),
    Bid("b2", "org2", Money(96_000_000)),
    Bid("b3", "org3", Money(120_000_000)),
)
SCORING = Method(
    "m",
    "1",
    LowPriceFirst("30"),
    (Item("tech", "技术方案", "50"), Item("years", "类似业绩", "20", objective=True)),
    abnormal=ABNORMAL,
)
PRICE_ONLY = Method("price", "1", LowestEvaluated())
CLAUSES = (Clause("c1", "签字盖章", "63-2"), Clause("c2", "附加条件", "63-5"))
QUALIFICATION = (Clause("q1", "营业执照", "63-3"),)
SHA = sha256(b"text").hexdigest()
SALT = "5a" * 32


def command(**changes: Any) -> OpenRoom:
    usual: dict[str, Any] = {
        "method": SCORING,
        "rule_set": "RS-2",
        "subject": "goods",
        "bids": BIDS,
        "members": MEMBERS,
        "conformity": CLAUSES,
        "draw": "panel/T1.L1#9",
        "opening": "box/T1.L1#30",
    }
    return OpenRoom(**(usual | changes))


def opened(**changes: Any) -> Stage[Room]:
    room = Stage(DECIDER, "evaluation/T1.L1")
    room.act(command(**changes), AT)
    return room


def seated(leader: str = "m1", **changes: Any) -> Stage[Room]:
    room = opened(**changes)
    for seat in room.state.seats:
        arrive(room, seat.member.id)
    room.act(ElectLeader({s.member.id: leader for s in room.state.seats}), AT)
    return room


def arrive(room: Stage[Room], member: str) -> None:
    room.act(CheckIn(member, "S1", SHA), AT)
    room.act(SignLetter(member, SHA), AT)


def findings(room: Stage[Room], failed: dict[tuple[str, str], str] | None = None) -> tuple[ClauseVote, ...]:
    assert room.state.opened is not None
    pairs = [(b.id, c.id) for b in room.state.valid for c in room.state.opened.conformity]
    return tuple(ClauseVote(b, c, (b, c) not in (failed or {}), (failed or {}).get((b, c), "")) for b, c in pairs)


def reviewed(room: Stage[Room], failed: dict[tuple[str, str], str] | None = None, by: int = 5) -> tuple[Any, ...]:
    assert room.state.opened is not None
    if room.state.opened.conformity:
        for i, seat in enumerate(room.state.active):
            room.act(ReviewConformity(seat.member.id, findings(room, failed if i < by else None)), AT)
    return room.act(ConcludeReview("conformity"), AT)


def sheet(room: Stage[Room], tech: str, years: str = "10") -> Marks:
    return {b.id: {"tech": tech, "years": years} for b in room.state.valid}


def marked(room: Stage[Room], marks: dict[str, Marks] | None = None) -> Stage[Room]:
    given = marks or {s.member.id: sheet(room, "40") for s in room.state.active}
    for member, own in given.items():
        room.act(CommitMarks(member, marks_commitment(member, bytes.fromhex(SALT), own)), AT)
    for member, own in given.items():
        room.act(RevealMarks(member, SALT, own), AT)
    return room


def summarised(**changes: Any) -> Stage[Room]:
    room = seated(**changes)
    reviewed(room)
    marked(room)
    room.act(Summarise(), AT)
    return room


def signed(room: Stage[Room], *members: str) -> Stage[Room]:
    for member in members or tuple(s.member.id for s in room.state.active):
        room.act(SignReport(member, room.state.report), AT)
    return room


def yes(room: Stage[Room], noes: int = 0) -> dict[str, bool]:
    return {s.member.id: i >= noes for i, s in enumerate(room.state.active)}


def test_a_whole_evaluation_from_the_door_to_the_report() -> None:
    room = signed(summarised())
    (event,) = room.act(SubmitReport(), AT)
    assert event.candidates == ("b1", "b2", "b3")
    summary = room.state.summary
    assert summary is not None
    assert [(p.place, p.bid, p.price_score, p.marks, p.total) for p in summary.ranking] == [
        (1, "b1", "30.00", "50.00", "80.00"),
        (2, "b2", "28.13", "50.00", "78.13"),
        (3, "b3", "22.50", "50.00", "72.50"),
    ]


def test_every_entry_of_a_room_is_withheld() -> None:
    assert {DECIDER.secrecy(c) for c in (command(), Summarise(), SubmitReport())} == {"secret"}


def test_a_price_alone_decides_an_imported_tender_with_five_members() -> None:
    room = seated(method=PRICE_ONLY, rule_set="RS-9", subject="goods", bids=(BIDS[0],), conformity=())
    reviewed(room)
    room.act(Summarise(), AT)
    signed(room)
    (event,) = room.act(SubmitReport(), AT)
    assert event.candidates == ("b1",)


# Opening the room


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("room.composition", {"members": MEMBERS[:4]}),
        ("room.composition", {"members": (*MEMBERS[:4], MEMBERS[0])}),
        ("room.composition", {"members": (*MEMBERS[:3], Member("m4", representative=True), MEMBERS[4])}),
        ("room.composition", {"least": 7}),
        ("room.bids", {"bids": ()}),
        ("room.bids", {"bids": (BIDS[0], BIDS[0])}),
        ("room.price", {"bids": (Bid("b1", "o", Money(0)),)}),
        ("room.price", {"bids": (Bid("b1", "o", Money(5), deduction="1"),)}),
        ("room.price", {"bids": (BIDS[0], Bid("b2", "o", Money(5, "USD")))}),
        ("room.price", {"bids": (Bid("b1", "o", Money(500), correction="-5"),)}),
        ("room.composition", {"members": (*MEMBERS[:4], Member("m" * 65))}),
        ("room.bids", {"bids": (Bid("b" * 81, "o", Money(5)),)}),
        ("room.ceiling", {"ceiling": Money(0)}),
        ("method.number", {"method": Method("m", "1", LowPriceFirst("100"), trim_members=3)}),
        ("method.number", {"method": Method("m", "1", LowPriceFirst("100"), trim_members=-1)}),
        ("method.number", {"method": Method("m", "1", MeanBenchmark("100", "2", "1", factor="0"))}),
        ("method.number", {"method": Method("m", "1", MeanBenchmark("100", "2", "1", trims=(Trim(2, 1, 1),)))}),
        ("method.number", {"method": Method("m", "1", MeanBenchmark("100", "2", "1", trims=(Trim(5, -1, 1),)))}),
        ("method.number", {"method": Method("m", "1", RandomBenchmark("100", "2", "1", "0.8", "0.9", ("0",), ("0",), ("1",)))}),
        ("method.number", {"method": Method("m", "1", RandomBenchmark("100", "2", "1", "0.8", "0.9", ("1",), ("1.1",), ("1",)))}),
        ("method.number", {"method": Method("m", "1", RandomBenchmark("100", "2", "1", "0.8", "0.9", (), ("1",), ("1",)))}),
        ("method.number", {"method": Method("m", "1", RangeBase("100", "40", "0", "0.9", "1", "1"))}),
        ("method.number", {"method": Method("m", "1", RangeBase("100", "40", "0.95", "0.9", "1", "1"))}),
        ("method.number", {"method": Method("m", "1", LowPriceFirst("100"), places=Places(price=7))}),
        ("method.number", {"method": Method("m", "1", LowPriceFirst("30"), (Item("t", "t", "35"), Item("t", "t", "35")))}),
        ("method.whole", {"method": Method("m", "1", LowestEvaluated(), (Item("t", "t", "100"),))}),
        ("room.ground", {"conformity": (Clause("c", "x", "51-1"),)}),
        ("room.coefficients", {"drawn": {"K": "1"}}),
        ("method.weight", {"method": Method("m", "1", LowPriceFirst("20"), (Item("t", "t", "80"),))}),
        ("method.whole", {"method": Method("m", "1", LowPriceFirst("30"), (Item("t", "t", "60"),))}),
        ("method.number", {"method": Method("m", "1", LowPriceFirst("-30"))}),
        ("method.abnormal", {"method": Method("m", "1", LowPriceFirst("100"), abnormal=("0.70", "0.50", "0.45"))}),
        ("method.candidates", {"method": Method("m", "1", LowPriceFirst("100"), candidates=4)}),
        ("method.ties", {"method": Method("m", "1", LowPriceFirst("100"), ties="coin")}),
        (
            "room.ceiling",
            {"method": Method("m", "1", RandomBenchmark("100", "2", "1", "0.85", "0.90", ("0.9",), ("0.5",), ("0.88",)))},
        ),
    ],
)
def test_a_room_that_breaks_a_rule_is_not_opened(code: str, changes: dict[str, Any]) -> None:
    Stage(DECIDER, "evaluation/T1.L1").refuses(code, command(**changes), AT)


def test_drawn_coefficients_are_of_the_declared_values() -> None:
    method = Method("m", "1", MeanBenchmark("100", "2", "1", factors=("0.95", "0.97")))
    stage = Stage(DECIDER, "evaluation/T1.L1")
    for drawn in ({}, {"factor": "0.96"}, {"factor": "0.95", "K": "1"}):
        stage.refuses("room.coefficients", command(method=method, drawn=drawn), AT)
    stage.act(command(method=method, drawn={"factor": "0.97"}), AT)
    stage.refuses("room.phase", command(), AT)


# Who sits


def test_nobody_acts_for_a_member_whose_account_is_known() -> None:
    members = (Member("m1", account="acc-1"), *MEMBERS[1:])
    room = opened(members=members)
    room.refuses("room.not-self", CheckIn("m1", "S1"), AT)
    room.act(CheckIn("m1", "S1"), AT, actor=Actor("acc-1", "user", role="expert"))
    room.refuses("room.member", CheckIn("m9", "S1"), AT)


def test_review_waits_for_arrival_letter_and_leader() -> None:
    room = opened()
    room.refuses("room.not-ready", ReviewConformity("m1", findings(room)), AT)
    for m in SEATS:
        arrive(room, m)
    room.refuses("room.twice", CheckIn("m1", "S1"), AT)
    room.refuses("room.twice", SignLetter("m1", SHA), AT)
    room.refuses("room.leader", ReviewConformity("m1", findings(room)), AT)


def test_a_leader_needs_more_than_half_and_several_rounds_if_must_be() -> None:
    room = opened()
    split = dict(zip(SEATS, ("m1", "m1", "m2", "m2", "m3"), strict=True))
    (round_,) = room.act(ElectLeader(split), AT)
    assert round_.leader == ""
    room.refuses("room.votes", ElectLeader({"m1": "m1"}), AT)
    room.act(ElectLeader(split | {"m5": "m2"}), AT)
    assert room.state.leader == "m2"
    room.refuses("room.leader.known", ElectLeader(split), AT)


def test_a_purchasers_representative_does_not_lead_under_the_procurement_rules() -> None:
    room = opened()
    room.refuses("room.leader.representative", ElectLeader(dict.fromkeys(SEATS, "m5")), AT)
    works = opened(rule_set="RS-1", conformity=())
    works.act(ElectLeader(dict.fromkeys(SEATS, "m5")), AT)


def test_more_than_a_third_asking_extends_the_time() -> None:
    room = opened()
    room.act(AskMoreTime("m1", "材料多"), AT)
    room.refuses("room.twice", AskMoreTime("m1", "材料多"), AT)
    events = room.act(AskMoreTime("m2", "材料多"), AT)
    assert [e for e in events if isinstance(e, TimeExtended)] == [TimeExtended(AT, 2, 5)]
    seven = opened(members=(*MEMBERS, Member("m6"), Member("m7")))
    assert len(seven.act(AskMoreTime("m1", "x"), AT)) == len(seven.act(AskMoreTime("m2", "x"), AT)) == 1
    assert len(seven.act(AskMoreTime("m3", "x"), AT)) == 2


def test_a_replaced_members_opinions_are_void_and_the_successor_starts_afresh() -> None:
    room = summarised()
    room.refuses("room.successor", ReplaceMember("m2", Member("m3"), "draw"), AT)
    room.refuses("room.successor", ReplaceMember("m2", Member("m9", representative=True), "draw"), AT)
    room.refuses("room.member", ReplaceMember("m9", Member("m10"), "draw"), AT)
    room.refuses("room.reason", Recuse("m2", " "), AT)
    room.act(Recuse("m2", "与投标人有利害关系"), AT)
    room.refuses("room.vacant", ConcludeReview("conformity"), AT)
    room.act(ReplaceMember("m2", Member("m9"), "panel/T1.L1#20"), AT)
    state = room.state
    assert state.summary is None
    assert state.concluded == ()
    assert "m2" not in state.marks and "m2" not in state.reviews["conformity"]
    assert set(state.marks) == {"m1", "m3", "m4", "m5"}
    arrive(room, "m9")
    room.refuses("room.review.missing", ConcludeReview("conformity"), AT)
    room.act(ReviewConformity("m9", findings(room)), AT)
    room.act(ConcludeReview("conformity"), AT)
    room.refuses("room.marks.missing", Summarise(), AT)
    own = sheet(room, "30")
    room.act(CommitMarks("m9", marks_commitment("m9", bytes.fromhex(SALT), own)), AT)
    room.act(RevealMarks("m9", SALT, own), AT)
    room.act(Summarise(), AT)


def test_a_replaced_leader_leaves_the_lead_open() -> None:
    room = seated("m2")
    room.act(ReplaceMember("m2", Member("m9"), "draw"), AT)
    arrive(room, "m9")
    room.refuses("room.leader", ConcludeReview("conformity"), AT)
    room.act(ElectLeader({s.member.id: "m9" for s in room.state.active}), AT)


# Reviews


def test_a_bid_that_fails_a_clause_by_majority_is_rejected_on_its_ground() -> None:
    room = seated()
    events = reviewed(room, {("b2", "c1"): "缺法定代表人签字"}, by=3)
    assert [(e.bid, e.ground, e.reason) for e in events if isinstance(e, BidRejected)] == [("b2", "63-2", "缺法定代表人签字")]
    assert [b.id for b in room.state.valid] == ["b1", "b3"]


def test_a_minority_does_not_reject() -> None:
    room = seated()
    reviewed(room, {("b2", "c1"): "缺签字"}, by=2)
    assert len(room.state.valid) == 3


def test_findings_are_complete_and_a_failure_says_why() -> None:
    room = seated()
    room.refuses("room.review.incomplete", ReviewConformity("m1", findings(room)[1:]), AT)
    room.refuses("room.review.incomplete", ReviewConformity("m1", (*findings(room)[1:], findings(room)[1])), AT)
    silent = (ClauseVote("b1", "c1", False), *findings(room)[1:])
    room.refuses("room.reason", ReviewConformity("m1", silent), AT)
    room.refuses("room.member", ReviewConformity("purchaser", findings(room)), AT)
    room.refuses("room.review.missing", ConcludeReview("conformity"), AT)
    room.refuses("room.stage", ConcludeReview("beauty"), AT)


def test_under_the_procurement_rules_the_purchaser_reviews_qualification_first() -> None:
    room = seated(qualification=QUALIFICATION)
    room.refuses("room.stage", ReviewConformity("m1", findings(room)), AT)
    room.refuses("room.stage", ConcludeReview("conformity"), AT)
    votes = tuple(ClauseVote(b.id, "q1", b.id != "b3", "" if b.id != "b3" else "执照过期") for b in BIDS)
    room.refuses("room.member", ReviewQualification("m1", votes), AT)
    room.act(ReviewQualification("purchaser", votes), AT)
    room.act(ConcludeReview("qualification"), AT)
    assert [b.id for b in room.state.valid] == ["b1", "b2"]
    room.refuses("room.stage", ReviewQualification("purchaser", votes), AT)


def test_the_members_review_qualification_under_the_bidding_law() -> None:
    room = seated(rule_set="RS-1", qualification=(Clause("q1", "资质", "51-3"),), conformity=())
    votes = tuple(ClauseVote(b.id, "q1", True) for b in BIDS)
    for m in SEATS:
        room.act(ReviewQualification(m, votes), AT)
    room.act(ConcludeReview("qualification"), AT)
    assert len(room.state.valid) == 3


def test_clarifications_are_numbered_and_answered_once() -> None:
    room = seated()
    room.refuses("room.reason", AskClarification("b1", " "), AT)
    room.refuses("room.bid", AskClarification("b9", "?"), AT)
    room.act(AskClarification("b1", "大写与小写金额不一致,请书面说明"), AT)
    room.refuses("room.question", AnswerClarification(2, "x"), AT)
    room.act(AnswerClarification(1, "以大写为准"), AT + MINUTE)
    room.refuses("room.question", AnswerClarification(1, "再答"), AT)
    assert room.state.clarifications[0].answered_at == AT + MINUTE


def test_a_rejection_by_vote_needs_a_coded_ground_a_reason_and_a_majority_of_all() -> None:
    room = seated()
    room.refuses("room.ground", RejectBid("b1", "51-7", "串通", yes(room)), AT)
    room.refuses("room.reason", RejectBid("b1", "37", "", yes(room)), AT)
    room.refuses("room.votes", RejectBid("b1", "37", "报价规律性差异", {"m1": True}), AT)
    room.refuses("room.not-carried", RejectBid("b1", "37", "报价规律性差异", yes(room, 3)), AT)
    room.act(RejectBid("b1", "37", "报价规律性差异", yes(room, 2)), AT)
    room.refuses("room.bid", RejectBid("b1", "37", "again", yes(room)), AT)


CHEAP = (Bid("b1", "o1", Money(4_000)), Bid("b2", "o2", Money(10_000)), Bid("b3", "o3", Money(11_000)))


def test_an_abnormally_low_price_is_asked_explained_and_decided() -> None:
    room = seated(bids=CHEAP)
    events = reviewed(room)
    assert [(e.bid, e.triggers) for e in events if isinstance(e, AbnormalFound)] == [("b1", ("T1_AVG", "T2_SECOND"))]
    room.refuses("room.price-review", Summarise(), AT)
    room.refuses("room.price-review", AskExplanation("b2"), AT)
    room.refuses("room.price-review", ExplainPrice("b1", SHA), AT)
    room.act(AskExplanation("b1"), AT)
    assert DECIDER.due(room.state) == (AT + 30 * MINUTE, "evaluation.price")
    room.refuses("room.price-early", DecideExplanation("b1", yes(room), "x"), AT + 30 * MINUTE - 1)
    room.refuses("room.price-late", ExplainPrice("b1", SHA), AT + 31 * MINUTE, rx=AT + 30 * MINUTE)
    room.act(ExplainPrice("b1", SHA), AT + 31 * MINUTE, rx=AT + 30 * MINUTE - 1)
    room.refuses("room.reason", DecideExplanation("b1", yes(room), ""), AT + 31 * MINUTE)
    room.act(DecideExplanation("b1", yes(room), "有规模采购合同为证", "查询市场价"), AT + 31 * MINUTE)
    assert len(room.state.valid) == 3
    room.refuses("room.price-review", DecideExplanation("b1", yes(room), "again"), AT + 31 * MINUTE)


def test_a_price_that_nobody_proves_reasonable_is_invalid() -> None:
    room = seated(bids=CHEAP)
    reviewed(room)
    room.act(AskExplanation("b1"), AT)
    events = room.act(DecideExplanation("b1", yes(room, 3), "逾期未说明"), AT + 30 * MINUTE)
    assert [(e.bid, e.ground) for e in events if isinstance(e, BidRejected)] == [("b1", "60")]


FIXED = Correction("b3", "1250000.00", "1200000.00", (Step("capitals", "87号令 59(二)", "x", "1250000.00", "1200000.00"),), True)
ALONE = {"bids": BIDS[2:], "corrections": (FIXED,), "rule_set": "RS-1", "conformity": (Clause("c1", "签章", "51-1"),)}


def corrected(**changes: Any) -> Stage[Room]:
    room = seated(corrections=(FIXED,), **changes)
    reviewed(room)
    return room


def test_a_corrected_price_is_asked_and_confirmed_and_then_evaluated() -> None:
    room = corrected()
    room.refuses("room.correction", ConfirmCorrection("b3", True), AT)
    room.refuses("room.correction", AskConfirmation("b1"), AT)
    room.act(AskConfirmation("b3"), AT)
    assert DECIDER.due(room.state) == (AT + 30 * MINUTE, "evaluation.correction")
    room.refuses("room.correction", AskConfirmation("b3"), AT)
    room.act(ConfirmCorrection("b3", True), AT + 30 * MINUTE - 1)
    room.refuses("room.correction", ConfirmCorrection("b3", False), AT + 1)
    assert (room.state.unconfirmed, DECIDER.due(room.state)) == ((), None)
    marked(room)
    room.act(Summarise(), AT)
    assert room.state.summary is not None
    assert "b3" in {p.bid for p in room.state.summary.ranking}


def test_nothing_is_summarised_while_a_corrected_price_is_unconfirmed_whatever_the_panel_votes() -> None:
    room = corrected(bids=(*BIDS, Bid("b4", "o4", Money(110_000_000))))
    marked(room)
    room.refuses("room.correction.open", Summarise(), AT)
    room.act(AskConfirmation("b3"), AT)
    room.refuses("room.correction.open", Summarise(), AT)
    room.refuses("room.correction.early", LapseCorrection("b3"), AT + 30 * MINUTE - 1)


def test_a_bidder_that_does_not_confirm_is_rejected_at_once_and_by_nobodys_vote() -> None:
    room = corrected()
    room.act(AskConfirmation("b3"), AT)
    _, out = room.act(ConfirmCorrection("b3", False), AT)
    assert (out.bid, out.ground, out.source) == ("b3", "63-6", "correction")
    assert "b3" not in {b.id for b in room.state.valid}


def test_silence_until_the_time_is_over_is_the_same() -> None:
    room = corrected()
    room.act(AskConfirmation("b3"), AT)
    room.refuses("room.correction.late", ConfirmCorrection("b3", True), AT + 30 * MINUTE)
    (out,) = room.act(LapseCorrection("b3"), AT + 30 * MINUTE)
    assert (out.ground, out.source) == ("63-6", "correction")
    room.refuses("room.correction", LapseCorrection("b3"), AT + 31 * MINUTE)


def test_under_the_bidding_law_the_ground_is_its_own() -> None:
    room = seated(**ALONE)
    reviewed(room)
    room.act(AskConfirmation("b3"), AT)
    assert room.act(ConfirmCorrection("b3", False), AT)[1].ground == "51-6"


def test_competition_is_not_judged_before_every_correction_is_settled() -> None:
    room = seated(**ALONE)
    reviewed(room)
    room.refuses("room.correction.open", JudgeCompetition(yes(room), "充分"), AT)


def test_a_rejection_for_want_of_confirmation_outlives_the_member_who_leaves() -> None:
    room = corrected()
    room.act(AskConfirmation("b3"), AT)
    room.act(ConfirmCorrection("b3", False), AT)
    room.act(RejectBid("b2", "63-5", "附加条件", yes(room)), AT)
    room.act(Recuse("m2", "回避"), AT)
    assert [r.bid for r in room.state.rejected] == ["b3"]


@pytest.mark.parametrize(
    "wrong",
    [
        Correction("b3", "1", "1199999.00", (), True),
        Correction("b9", "1", "2", (), True),
        Correction("b3", "1", "1200000.00"),
    ],
)
def test_a_correction_is_of_a_bid_here_at_the_price_it_came_in_with(wrong: Correction) -> None:
    Stage(DECIDER, "evaluation/T1.L1").refuses("room.correction", command(corrections=(wrong,)), AT)


def test_few_valid_bids_need_a_judgement_of_competition() -> None:
    room = seated(rule_set="RS-1", conformity=(Clause("c1", "响应", "51-6"), Clause("c2", "x", "51-1")))
    reviewed(room, {("b3", "c1"): "未响应"})
    marked(room)
    room.refuses("room.competition.open", Summarise(), AT)
    room.refuses("room.votes", JudgeCompetition({}, "仍有竞争"), AT)
    room.refuses("room.reason", JudgeCompetition(yes(room), ""), AT)
    room.act(JudgeCompetition(yes(room), "报价仍有竞争"), AT)
    room.act(Summarise(), AT)
    assert room.state.summary is not None
    assert room.state.summary.candidates == ("b1", "b2")


def test_without_competition_the_report_ranks_nobody() -> None:
    room = seated(rule_set="RS-1", conformity=(Clause("c1", "响应", "51-6"),))
    reviewed(room, {("b3", "c1"): "未响应"})
    room.act(JudgeCompetition(yes(room, 3), "明显缺乏竞争"), AT)
    room.act(Summarise(), AT)
    signed(room)
    (event,) = room.act(SubmitReport(), AT)
    assert (event.candidates, event.failed) == ((), "no-competition")


def test_under_the_procurement_rules_two_bids_never_suffice() -> None:
    room = seated()
    room.refuses("room.competition", JudgeCompetition(yes(room), "x"), AT)
    reviewed(room, {("b3", "c1"): "缺签字"})
    room.refuses("room.competition", JudgeCompetition(yes(room), "仍有竞争"), AT)
    room.act(JudgeCompetition(yes(room, 5), "不足三家"), AT)


def test_when_every_bid_is_rejected_the_report_says_so() -> None:
    room = seated()
    reviewed(room, {(b, "c1"): "缺签字" for b in ("b1", "b2", "b3")})
    room.act(Summarise(), AT)
    assert room.state.summary is not None
    assert room.state.summary.failed == "all-rejected"


# Marks


def test_marks_come_after_the_reviews_and_nobody_reveals_before_all_are_bound() -> None:
    room = seated()
    own = sheet(room, "40")
    bound = marks_commitment("m1", bytes.fromhex(SALT), own)
    room.refuses("room.stage", CommitMarks("m1", bound), AT)
    reviewed(room)
    room.act(CommitMarks("m1", bound), AT)
    room.refuses("room.twice", CommitMarks("m1", bound), AT)
    room.refuses("room.marks.early", RevealMarks("m1", SALT, own), AT)


def test_revealed_marks_open_the_commitment_cover_every_bid_and_stay_in_range() -> None:
    room = seated()
    reviewed(room)
    sheets = {m: sheet(room, "40") for m in SEATS}
    sheets["m2"] = {"b1": {"tech": "40", "years": "10"}}
    sheets["m3"] = sheet(room, "50.01")
    sheets["m4"] = sheet(room, "forty")
    for m, own in sheets.items():
        room.act(CommitMarks(m, marks_commitment(m, bytes.fromhex(SALT), own)), AT)
    room.refuses("room.marks.mismatch", RevealMarks("m1", SALT, sheet(room, "41")), AT)
    room.refuses("room.marks.incomplete", RevealMarks("m2", SALT, sheets["m2"]), AT)
    room.refuses("room.marks.range", RevealMarks("m3", SALT, sheets["m3"]), AT)
    room.refuses("room.marks.range", RevealMarks("m4", SALT, sheets["m4"]), AT)
    room.act(RevealMarks("m1", SALT, sheets["m1"]), AT)
    room.refuses("room.twice", RevealMarks("m1", SALT, sheets["m1"]), AT)
    room.refuses("room.twice", CommitMarks("m1", SHA), AT)


def test_objective_items_must_be_unanimous_or_the_summary_stops() -> None:
    room = seated()
    reviewed(room)
    marked(room, {m: sheet(room, "40", "10" if m != "m3" else "12") for m in SEATS})
    room.refuses("room.objective", Summarise(), AT)
    for bid in ("b1", "b2", "b3"):
        room.act(CorrectMark("m3", bid, "years", "10", "objective", "客观项应一致"), AT)
    room.act(Summarise(), AT)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("room.correct.ground", {"ground": "mood"}),
        ("room.correct.ground", {"ground": "objective"}),
        ("room.correct.ground", {"item": "years", "ground": "sum"}),
        ("room.reason", {"reason": ""}),
        ("room.marks.range", {"mark": "51"}),
        ("room.marks.incomplete", {"item": "beauty"}),
        ("room.votes", {"ground": "abnormal"}),
    ],
)
def test_a_mark_changes_on_the_four_grounds_only(code: str, change: dict[str, Any]) -> None:
    room = summarised()
    usual = {"member": "m1", "bid": "b1", "item": "tech", "mark": "45", "ground": "sum", "reason": "分值汇总计算错误"}
    room.refuses(code, CorrectMark(**(usual | change)), AT)


def test_a_correction_undoes_the_summary_and_stays_on_record() -> None:
    room = summarised()
    before = room.state.report
    room.refuses("room.not-carried", CorrectMark("m1", "b1", "tech", "45", "abnormal", "畸低", yes(room, 3)), AT)
    room.act(CorrectMark("m1", "b1", "tech", "45", "abnormal", "畸低", yes(room)), AT)
    assert room.state.summary is None
    room.act(Summarise(), AT)
    assert room.state.report != before
    assert [(c.was, c.mark, c.ground) for c in room.state.corrected] == [("40", "45", "abnormal")]


def test_after_a_signature_only_the_same_panels_re_evaluation_changes_anything() -> None:
    room = summarised()
    room.refuses("room.unsigned", ReopenReport("sum", "x"), AT)
    signed(room, "m1")
    room.refuses("room.signed", CorrectMark("m1", "b1", "tech", "45", "sum", "x"), AT)
    room.refuses("room.correct.ground", ReopenReport("mood", "x"), AT)
    room.act(ReopenReport("sum", "分值汇总计算错误"), AT)
    assert (room.state.signatures, room.state.phase) == ({}, "open")
    room.act(CorrectMark("m1", "b1", "tech", "45", "sum", "x"), AT)
    room.act(Summarise(), AT)
    assert room.state.opened is not None and room.state.summary is not None
    assert report_of(room.state, room.state.opened, room.state.summary).reopened[0].ground == "sum"


# Report


def test_members_sign_the_digest_of_the_report_that_stands() -> None:
    room = summarised()
    assert room.state.opened is not None and room.state.summary is not None
    assert room.state.report == report_digest(report_of(room.state, room.state.opened, room.state.summary))
    room.refuses("room.report", SignReport("m1", SHA), AT)
    signed(room, "m1")
    room.refuses("room.twice", SignReport("m1", room.state.report), AT)
    room.refuses("room.unsigned.members", SubmitReport(), AT)


def test_refusing_to_sign_without_written_dissent_counts_as_agreement() -> None:
    room = summarised()
    room.refuses("room.reason", RecordDissent("m2", ""), AT)
    room.act(RecordDissent("m2", "b1 的技术方案不满足要求"), AT)
    (with_dissent,) = room.act(RefuseSign("m2", "不同意排序"), AT)
    (without,) = room.act(RefuseSign("m3"), AT)
    assert (with_dissent.agreed, without.agreed) == (False, True)
    room.refuses("room.twice", RefuseSign("m3"), AT)
    signed(room, "m1", "m4", "m5")
    room.act(SubmitReport(), AT)
    room.refuses("room.phase", Summarise(), AT)


def test_a_dissent_does_not_change_what_the_others_signed() -> None:
    room = signed(summarised(), "m1")
    before = room.state.report
    room.act(RecordDissent("m2", "不同意"), AT)
    assert room.state.report == before


def test_equal_totals_are_ordered_by_the_bids_own_price_and_then_share_a_place() -> None:
    even = tuple(Bid(f"b{i}", f"o{i}", Money(price)) for i, price in enumerate((10_000, 10_000, 10_001), 1))
    room = seated(bids=even, method=Method("m", "1", LowPriceFirst("30"), SCORING.items))
    reviewed(room)
    marked(room)
    room.act(Summarise(), AT)
    summary = room.state.summary
    assert summary is not None
    assert [(p.place, p.bid, p.total) for p in summary.ranking] == [(1, "b1", "80.00"), (1, "b2", "80.00"), (3, "b3", "80.00")]
    assert summary.ties == (1,)


def test_every_computed_value_explains_itself_and_is_bound_by_digest() -> None:
    room = summarised()
    assert room.state.opened is not None
    computed = {(c.what, c.bid): c for c in scores(room.state, room.state.opened).computed}
    assert computed["evaluation_price", "b1"].inputs == {"price": "1000000.00", "deduction": "0.10", "correction": "0"}
    assert computed["price_score", "b2"].value == "28.13"
    assert computed["price_score", "b2"].inputs == {"lowest": "900000", "price": "960000", "full": "30"}
    assert computed["marks_mean", "b3"].value == "50.00"


def test_indicators_point_at_the_pivotal_member_and_change_nothing() -> None:
    table = {"m1": ("42", "44"), "m2": ("40", "45"), "m3": ("43", "44"), "m4": ("41", "43"), "m5": ("50", "20")}
    room = seated(bids=BIDS[:2], rule_set="RS-9", conformity=())
    reviewed(room)
    marked(room, {m: {"b1": {"tech": a, "years": "10"}, "b2": {"tech": b, "years": "10"}} for m, (a, b) in table.items()})
    assert room.state.opened is not None
    room.act(Summarise(), AT)
    found = indicators(room.state, room.state.opened)
    assert found.outliers.pivotal == ("m5",)
    assert found.reasons == (("m5", "b2"),)
    assert found.screens["SPD"] == "0.041667"
    assert room.state.summary is not None
    assert room.state.summary.ranking[0].bid == "b1"


def test_every_refusal_of_the_law_is_one_that_the_rules_raise() -> None:
    text = "".join(p.read_text("utf-8") for p in Path(evaluation.__file__).parent.glob("*.py"))
    assert [code for code in LAW if f'Refused("{code}"' not in text] == []


# Parts


def test_a_room_opened_in_parts_is_the_room_opened_whole() -> None:
    parts = Stage(DECIDER, "evaluation/T1.L1")
    parts.act(HandPart(ROOM, bids=BIDS[:2]), AT)
    parts.act(command(bids=BIDS[2:]), AT)
    assert parts.state == opened().state


def test_a_room_opened_in_parts_has_no_bid_twice() -> None:
    room = Stage(DECIDER, "evaluation/T1.L1")
    room.act(HandPart(ROOM, bids=BIDS[:2]), AT)
    room.refuses("room.bids", command(bids=BIDS[1:]), AT)


def test_findings_in_parts_count_as_if_they_had_come_whole() -> None:
    whole, parts = seated(), seated()
    failed = {("b2", "c2"): "附加条件"}
    said = findings(parts, failed)
    for room in (whole, parts):
        for member in SEATS:
            if room is parts:
                room.act(HandPart(member, votes=said[:2]), AT)
                room.act(HandPart(member, votes=said[2:5]), AT)
            room.act(ReviewConformity(member, said[5:] if room is parts else said), AT)
        room.act(ConcludeReview("conformity"), AT)
    assert parts.state == whole.state and [r.bid for r in parts.state.rejected] == ["b2"]


def test_findings_in_parts_are_complete_and_none_is_said_twice() -> None:
    room = seated()
    said = findings(room)
    room.act(HandPart("m1", votes=said[:2]), AT)
    room.refuses("room.review.incomplete", ReviewConformity("m1", said[3:]), AT)
    room.refuses("room.review.incomplete", ReviewConformity("m1", said[1:]), AT)
    room.act(ReviewConformity("m1", said[2:]), AT)


def test_marks_in_parts_open_the_commitment_to_the_whole() -> None:
    room = seated()
    reviewed(room)
    own = sheet(room, "40")
    first = {"b1": own["b1"]}
    rest = {bid: marks for bid, marks in own.items() if bid != "b1"}
    bound = marks_commitment("m1", bytes.fromhex(SALT), own)
    room.act(CommitMarks("m1", bound), AT)
    room.refuses("room.marks.early", HandPart("m1", marks=first), AT)
    for member in SEATS[1:]:
        room.act(CommitMarks(member, marks_commitment(member, bytes.fromhex(SALT), own)), AT)
    room.act(HandPart("m1", marks=first), AT)
    assert "m1" not in room.state.marks
    room.refuses("room.marks.mismatch", RevealMarks("m1", SALT, {"b2": own["b2"]}), AT)
    room.act(RevealMarks("m1", SALT, rest), AT)
    assert room.state.marks["m1"] == own and room.state.parts == {}


@pytest.mark.parametrize(
    "part",
    [
        HandPart("m1"),
        HandPart("m1", bids=BIDS[:1]),
        HandPart("m1", marks={"b9": {"tech": "1"}}),
        HandPart("m1", votes=(ClauseVote("b1", "c1", True),) * 7),
        HandPart(ROOM, bids=BIDS[:1]),
    ],
)
def test_a_part_belongs_to_what_its_sender_may_say(part: HandPart) -> None:
    room = seated()
    reviewed(room)
    for member in SEATS:
        room.act(CommitMarks(member, SHA), AT)
    room.refuses("room.part", part, AT)


def test_who_does_not_sit_hands_in_no_part() -> None:
    room = seated()
    room.refuses("room.member", HandPart("m9", votes=findings(room)[:1]), AT)


def test_a_replaced_members_parts_are_void_like_all_it_said() -> None:
    room = seated()
    room.act(HandPart("m1", votes=findings(room)[:1]), AT)
    room.act(Recuse("m1", "回避"), AT)
    assert room.state.parts == {}


def test_rejections_that_no_entry_holds_come_before_the_conclusion() -> None:
    bids = tuple(Bid(f"b{n}", f"org{n}", Money(100_000_000 + n)) for n in range(200))
    room = seated(bids=bids)
    failed = {(b.id, "c1"): "投标函缺少单位负责人签字" * 8 for b in bids[:150]}
    for member in SEATS:
        room.act(ReviewConformity(member, findings(room, failed)), AT)
    first = room.act(ConcludeReview("conformity"), AT)
    assert 0 < len(first) < 150 and "conformity" not in room.state.concluded
    while "conformity" not in room.state.concluded:
        room.act(ConcludeReview("conformity"), AT)
    assert [r.bid for r in room.state.rejected] == [b.id for b in bids[:150]]
