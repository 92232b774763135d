"""A tender's life as a whole: the wire, the acts, secrecy, the rows, and four stories from the rule list."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archive.canonical import decode, encode
from archive.decider import fold
from archive.errors import Damaged
from archive.values import DAY, HOUR, Actor, Money
from tests.tender_play import (
    BELL,
    BIDDER,
    BIDDERS,
    BLIND,
    ITEM,
    REGISTER,
    REGULATOR,
    SHA,
    YUAN,
    Play,
    bid,
    bj,
    goods,
    notice,
    place,
    refused,
)
from trading import commands as c
from trading import tables
from trading.events import Event, LimitReached
from trading.lifecycle import ACTS, DECIDER, LAW
from trading.tender import (
    Closing,
    Contact,
    Draft,
    LotSpec,
    Method,
    Notice,
    OpenedBid,
    Predecessor,
    Project,
    Ranked,
    Rejected,
    SealedHead,
    Tender,
)

COMMANDS: tuple[type[c.Command], ...] = c.Command.__args__
EVENTS: tuple[type[Event], ...] = Event.__args__


def tag(kind: Any) -> str:
    return str(kind.__struct_config__.tag)


# The wire


def test_every_command_and_event_has_its_own_tag() -> None:
    tags = [tag(k) for k in (*COMMANDS, *EVENTS)]
    assert len(set(tags)) == len(tags)
    assert all(re.fullmatch(r"tender\.[a-z-]+", t) for t in tags)


def test_every_command_has_an_act_in_the_form_of_the_log() -> None:
    assert set(ACTS) == set(COMMANDS)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", act) and len(act) <= 64 for act in ACTS.values())
    assert len(set(ACTS.values())) == len(ACTS)


def test_decoders_for_command_event_state_and_facts_can_be_built() -> None:
    for kind in (DECIDER.commands, DECIDER.events, DECIDER.state, DECIDER.facts):
        msgspec.json.Decoder(kind)


def test_an_unknown_field_of_a_command_is_refused() -> None:
    with pytest.raises(Exception, match=r"canonical\.json"):
        decode(b'{"type":"tender.close","early":true}', c.Command)  # type: ignore[arg-type]


def test_folding_the_events_again_gives_the_same_state() -> None:
    for play in (Play().contracted(), Play("cn-rs2-2017").contracted()):
        events = [decode(encode(e), Event) for e in play.told]  # type: ignore[arg-type]
        assert encode(fold(DECIDER, Tender(), events)) == encode(play.state)


def test_every_refusal_code_is_met_by_a_test() -> None:
    here = Path(__file__).parent
    said = "".join(p.read_text("utf-8") for p in here.glob("test_*.py") if p.name != Path(__file__).name)
    assert not [code for code in LAW if f'refused("{code}"' not in said]


def test_a_tender_whose_rulebook_was_edited_decides_nothing() -> None:
    play = Play().published()
    play.state = msgspec.structs.replace(play.state, rulebook_digest="0" * 64)
    with pytest.raises(Damaged, match=r"rulebook\.changed"):
        play.close(3)


# Secrecy

PUBLIC = {
    c.PublishNotice, c.PublishClarification, c.AmendDeadline, c.AdoptCalendar, c.TerminateTender, c.SuspendTender, c.ResumeTender,
    c.CloseBids, c.OpenBids, c.RecordOpening, c.PublishCandidates, c.AnswerObjection, c.RevokeAward, c.PublishResult,
    c.IssueAwardLetter, c.RecordContract, c.PublishContract, c.AcceptPerformance, c.DeclareFailure, c.Retender, c.ArchiveTender,
    c.RingBell, c.ExamineComplaint, c.DecideComplaint, c.Reevaluate, c.SendLetters, c.OpenPrices,
}  # fmt: skip
PERSONAL = {c.FileObjection, c.FileChallenge, c.FileComplaint, c.RecordDeposits}
SECRET = set(COMMANDS) - PUBLIC - PERSONAL


def blank(kind: type[c.Command]) -> c.Command:
    """A command of the kind; only its type matters here."""
    return kind(*(None for field in msgspec.structs.fields(kind) if field.required))


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda k: k.__name__)
def test_what_is_withheld_is_withheld(kind: type[c.Command]) -> None:
    expected = "public" if kind in PUBLIC else "personal" if kind in PERSONAL else "secret"
    assert DECIDER.secrecy(blank(kind)) == expected


def test_before_the_closing_no_state_tells_how_many_bids_there_are() -> None:
    state = Play().published().state
    assert all(lot.count == 0 and lot.list_sha256 == "" and lot.rows == () for lot in state.lots)


# Rows


def row_tables(play: Play) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name, key, columns in DECIDER.rows("tender/T1", play.state):
        table = getattr(tables, name)
        assert set(columns) == {col.name for col in table.columns} - {col.name for col in table.primary_key.columns}, name
        assert len(key) == len(table.primary_key.columns)
        assert all(type(v) in (str, int, bool, bytes) for v in (*key, *columns.values())), name
        for column, value in columns.items():
            length = getattr(table.c[column].type, "length", None)
            assert not (length and isinstance(value, str) and len(value) > length), (name, column)
        found.setdefault(name, []).append(key)
    return found


def test_rows_fit_their_tables_at_every_step() -> None:
    for rulebook in ("cn-rs1-2019", "cn-rs2-2017"):
        for make in (Play.register, Play.drafted, Play.published, Play.opened, Play.evaluated, Play.awarded, Play.contracted):
            play = Play(rulebook)
            make(play)
            assert row_tables(play)["tender"] == [("T1",)]


def test_rows_of_matters_come_and_go() -> None:
    play = Play().published()
    play.act(c.AskQuestion("Q1", "工期?", BLIND), BIDDER, bj(9, 9))
    play.act(c.FileObjection("O1", "documents", "x", SHA, BLIND), BIDDER, bj(9, 10), interest="bidder")
    found = row_tables(play)
    assert found["tender_question"] == [("T1", "Q1")]
    assert found["tender_objection"] == [("T1", "O1")]
    assert found["tender_pause"] == [("T1", "objection.O1")]
    play.act(c.AnswerObjection("O1", "dismissed", SHA))
    assert "tender_pause" not in row_tables(play)


def test_rows_of_a_report_show_rejections_too() -> None:
    play = Play().panelled()
    ranking = (place(2, 1, 4_500_000), place(1, 2, 4_600_000))
    play.act(
        c.RecordEvaluation("L1", SHA, BLIND, ranking, (Rejected(BIDDERS[0], "投标人0", "51-3", "证书过期"),), "sufficient"), BELL
    )
    found = row_tables(play)
    assert found["tender_ranking"] == [("T1", "L1", 1), ("T1", "L1", 2)]
    assert found["tender_rejection"] == [("T1", "L1", 1)]


def test_an_empty_stream_has_no_rows() -> None:
    assert not list(DECIDER.rows("tender/T1", Tender()))


# Stories


def test_p1_a_construction_project_with_an_objection_to_its_result() -> None:
    play = Play().evaluated()
    play.act(c.PublishCandidates("L1", bj(10, 10), bj(10, 13, 17), "公示", SHA), at=bj(10, 10, 8))
    play.act(c.FileObjection("O1", "result", "party-1", SHA, BLIND, "L1"), BIDDER, bj(10, 12, 15), interest="bidder")
    assert play.state.objections[0].answer_by == bj(10, 16, 0)
    play.act(c.AnswerObjection("O1", "dismissed", SHA), at=bj(10, 15, 15))
    assert play.lot().publicity_to == bj(10, 16, 17)
    play.act(c.Award("L1", BIDDERS[2]), at=bj(10, 16, 17))
    play.act(c.PublishResult("L1", "中标结果", SHA))
    play.act(c.IssueAwardLetter("L1", SHA), at=bj(10, 16, 18))
    assert DECIDER.due(play.state) == (bj(11, 17, 0), f"contract:L1::{bj(11, 17, 0)}")
    keys = [m.key for m in play.state.timeline]
    assert keys[-6:] == ["suspended", "objection-answered", "pause-lifted", "resumed", "result-published", "letter-issued"]


def test_p2_a_purchase_by_its_published_dates() -> None:
    play = Play("cn-rs2-2017", goods()).approved()
    times = notice(documents_from=bj(9, 10), documents_to=bj(9, 17, 17), deadline=bj(10, 13, 9, 30))
    play.act(c.PublishNotice(times), at=bj(9, 10))
    play.close(5)
    heads = tuple(SealedHead(f"sealed/{n:032x}", 1, "x") for n in range(5))
    play.act(c.OpenBids(), BELL, heads=heads)
    rows = tuple(
        OpenedBid(f"b{n}", f"供应商{n}", "revoked" if n == 4 else "opened", Money((3_000_000 + n) * YUAN)) for n in range(5)
    )
    play.act(c.RecordOpening("L1", rows, SHA), BELL, play.at + HOUR)
    play.act(c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL)
    ranking = tuple(Ranked(f"b{n}", f"供应商{n}", n + 1, Money((3_000_000 + n) * YUAN), 9000 - n) for n in range(4))
    play.act(c.RecordEvaluation("L1", SHA, BLIND, ranking), BELL, bj(10, 15, 16))
    assert DECIDER.due(play.state) == (bj(10, 23, 0), f"award:L1::{bj(10, 23, 0)}")
    play.act(c.Award("L1", "b0"), at=bj(10, 22, 17))
    assert play.lot().winner == "b0"


def test_p6_two_bids_stay_sealed_and_the_project_is_tendered_again() -> None:
    first = Play().published().close(2)
    first.act(c.DeclareFailure("L1", "too-few-bids", "流标公告", SHA))
    first.act(c.Retender(("L1",), "T2"))
    second = Play(at=first.at)
    second.act(
        c.RegisterProject("T2", first.project, "cn-rs1-2019", "cn-2026", attempt=2, previous="T1", **REGISTER),
        catalogue=ITEM,
        predecessor=Predecessor("T1", 1, "T2"),
    )
    assert (second.state.attempt, second.state.previous) == (2, "T1")
    assert first.lot().kept_sealed


def test_a_supervision_order_stops_and_resumes_and_only_a_bell_reports_the_limit() -> None:
    play = Play("cn-rs2-2017").evaluated()
    play.act(c.SuspendTender("P1", "supervision-order", "核查报价", "监督指令1号"), REGULATOR, bj(10, 12))
    play.act(c.ResumeTender("P1", "核查完毕"), REGULATOR, bj(10, 14))
    due = DECIDER.due(play.state)
    assert due is not None
    assert due[0] == bj(10, 18, 0)
    (reached,) = play.act(c.RingBell(due[1]), BELL, due[0])
    assert isinstance(reached, LimitReached)
    assert reached.breach


IMPORT = Actor.system("import")


def imported() -> Play:
    """A foreign procedure with two lots, one bid each at least; nothing of our law applies."""
    project = Project("Тверде паливо", "UA-EDR-1", "Заклад", Money(176_500_000, "UAH"), "90", "imported")
    play = Play("imported-1", project)
    play.act(c.RegisterProject("UA-1", project, "imported-1", "cn-2026"), IMPORT, bj(1, 10))
    play.act(c.AcceptRegistration(), IMPORT)
    lots = (LotSpec("1", "Лот 1", Money(25_500_000, "UAH")), LotSpec("2", "Лот 2", Money(0, "UAH")))
    play.act(c.DraftTender(Draft("Тверде паливо", lots, Method("lowest", ""))), IMPORT)
    given = Notice("notice", SHA, bj(1, 10), bj(1, 18), bj(1, 18, 14), principal=Contact("Заклад"))
    play.act(c.PublishNotice(given), IMPORT, bj(1, 10) + 1)
    return play


def test_a_foreign_procedure_is_replayed_by_the_system_without_our_minimums() -> None:
    play = imported()
    play.act(c.CloseBids(), IMPORT, bj(1, 18, 14), closings=(Closing("1", 1, SHA), Closing("2", 0, SHA, True)))
    play.act(c.OpenBids(), IMPORT)
    play.act(c.RecordOpening("1", (bid(0, 1),), SHA), IMPORT)
    play.act(c.RecordEvaluation("1", SHA, BLIND, (Ranked(BIDDERS[0], "x", 1, Money(1, "UAH")),)), IMPORT)
    play.act(c.Award("1", BIDDERS[0]), IMPORT)
    play.act(c.RevokeAward("1", "imported", "cancelled"), IMPORT, play.at + DAY)
    play.act(c.DeclareFailure("1", "imported", "unsuccessful", SHA), IMPORT)
    play.act(c.TerminateTender("imported", "cancelled", "cancelled", SHA, ("2",)), IMPORT)
    assert [lot.stage for lot in play.state.lots] == ["failed", "cancelled"]
    assert play.act(c.ArchiveTender(SHA), IMPORT)


def test_a_foreign_committee_is_recorded_as_it_was() -> None:
    play = imported()
    with refused("committee.size"):
        play.act(c.RecordPanel("1", SHA, 0, 0, BLIND), IMPORT)
    assert play.act(c.RecordPanel("1", SHA, 2, 0, BLIND), IMPORT)


def test_a_foreign_tender_is_cancelled_after_its_opening() -> None:
    play = imported()
    play.act(c.CloseBids(), IMPORT, bj(1, 18, 14), closings=(Closing("1", 1, SHA), Closing("2", 2, SHA)))
    play.act(c.OpenBids(), IMPORT)
    play.act(c.TerminateTender("imported", "cancelled", "cancelled", SHA), IMPORT)
    assert play.state.stage == "terminated"


def test_a_foreign_deadline_lies_ahead_of_its_notice_too() -> None:
    play = imported()
    play.state = msgspec.structs.replace(play.state, stage="drafting")
    at = bj(2, 1)
    for deadline, documents_to in ((at, at), (at + 1, at - 1), (at + 1, at + 2)):
        given = Notice("notice", SHA, at, documents_to, deadline)
        with refused("notice.order"):
            play.act(c.PublishNotice(given), IMPORT, at)
    assert play.act(c.PublishNotice(Notice("notice", SHA, at, at, at + 1)), IMPORT, at)


def test_nobody_acts_for_the_system_in_our_own_procedures() -> None:
    play = Play().drafted()
    with refused("tender.not-entitled"):
        play.act(c.ApproveDocuments(SHA), IMPORT)
