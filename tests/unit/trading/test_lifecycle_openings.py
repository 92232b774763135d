"""From the deadline to the report: closing by the clock, opening by rule, a record that matches, a lawful committee."""

from dataclasses import asdict
from typing import Any

import pytest
from msgspec.structs import replace

from archive.canonical import encode
from archive.decider import Head
from archive.entry import MAX_BODY
from archive.values import DAY, Actor, Money
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
)
from trading import commands as c
from trading.events import BidsOpened, HeadsListed, PlacesRecorded, RowsRecorded
from trading.lifecycle import DECIDER
from trading.lifecycle.openings import HEADS
from trading.lifecycle.records import rows_digest
from trading.tender import Closing, OpenedBid, Ranked, Rejected, SealedHead, TenderFacts

ROWS = (bid(0, 4_700_000), bid(1, 4_600_000), bid(2, 4_500_000))
TWO = draft(lots=(spec("L1"), spec("L2")))


def heads(n: int) -> tuple[SealedHead, ...]:
    return tuple(SealedHead(f"sealed/{i:032x}", 1, "x") for i in range(n))


# Closing


def test_bids_close_at_the_deadline_and_not_a_microsecond_before() -> None:
    play = Play().published()
    with refused("closing.early", deadline_at=bj(10, 9)):
        play.close(3, at=bj(10, 9) - 1)
    play.close(3, at=bj(10, 9))
    assert (play.state.stage, play.lot().count) == ("closed", 3)


def test_a_bell_that_rings_late_closes_too() -> None:
    assert Play().published().close(3, at=bj(10, 10)).state.stage == "closed"


@pytest.mark.parametrize("actor", [PRINCIPAL, CENTRE, REGULATOR], ids=lambda a: a.id)
def test_no_person_closes_bids(actor: Actor) -> None:
    play = Play().published()
    with refused("tender.not-entitled"):
        play.act(c.CloseBids(), actor, bj(10, 9), closings=(Closing("L1", 3, SHA),))


@pytest.mark.parametrize(
    "closings",
    [
        (),
        (Closing("L1", 3, SHA),),
        (Closing("L1", 3, SHA), Closing("L1", 3, SHA)),
        (Closing("L1", 3, SHA), Closing("L2", 3, SHA), Closing("L2", 3, SHA)),
        (Closing("L1", 3, SHA), Closing("L2", 3, SHA), Closing("L3", 3, SHA)),
    ],
)
def test_closing_tells_of_every_live_lot_once(closings: tuple[Closing, ...]) -> None:
    play = Play().published(TWO)
    with refused("closing.lots"):
        play.act(c.CloseBids(), BELL, bj(10, 9), closings=closings)


def test_closing_does_not_tell_of_a_lot_that_ended() -> None:
    play = Play().published(TWO)
    play.act(c.TerminateTender("purchase-dropped", "取消", "终止", SHA, ("L1",)))
    assert play.close(3).state.stage == "closed"


@pytest.mark.parametrize(("count", "kept"), [(2, False), (0, False), (3, True), (-1, True)])
def test_whether_a_lot_stays_sealed_follows_from_its_count(count: int, kept: bool) -> None:
    play = Play().published()
    if count == -1:
        with refused("closing.unlike-rule"):
            play.act(c.CloseBids(), BELL, bj(10, 9), closings=(Closing("L1", count, SHA, kept),))
        return
    with refused("closing.unlike-rule", least=3, article="招标投标法 第二十八条、招标投标法实施条例 第四十四条"):
        play.act(c.CloseBids(), BELL, bj(10, 9), closings=(Closing("L1", count, SHA, kept),))


def test_a_closing_list_is_named_by_its_digest() -> None:
    play = Play().published()
    with refused("tender.digest"):
        play.act(c.CloseBids(), BELL, bj(10, 9), closings=(Closing("L1", 3, ""),))


def test_bids_are_closed_once() -> None:
    play = Play().published().close(3)
    with refused("tender.stage"):
        play.close(3)


def test_a_lot_without_any_bid_closes_and_stays_sealed() -> None:
    play = Play().published().close(0)
    assert (play.lot().count, play.lot().kept_sealed) == (0, True)


# Opening


def test_two_bids_are_not_opened() -> None:
    play = Play().published().close(2)
    with refused("opening.nothing"):
        play.act(c.OpenBids(), BELL)
    assert play.lot().kept_sealed


def test_lots_with_enough_bids_are_opened_and_the_others_stay_sealed() -> None:
    play = Play().opened(3, 2, drafted=TWO)
    assert [(lot.stage, lot.kept_sealed) for lot in play.state.lots] == [("opened", False), ("closed", True)]
    assert play.state.stage == "closed"


def test_the_opening_names_the_sealed_streams_in_order() -> None:
    play = Play().published().close(3)
    (opened,) = play.act(c.OpenBids(), BELL, heads=tuple(reversed(heads(4))))
    assert isinstance(opened, BidsOpened)
    assert DECIDER.heads(opened) == tuple(Head(h.stream, 1, "x") for h in heads(4))


@pytest.mark.parametrize("given", [heads(2), (*heads(2), heads(1)[0]), (*heads(2), SealedHead("sealed/x", 0, ""))])
def test_an_opening_without_every_sealed_stream_is_refused(given: tuple[SealedHead, ...]) -> None:
    play = Play().published().close(3)
    with refused("opening.heads"):
        play.act(c.OpenBids(), BELL, heads=given)


def test_an_opening_of_many_bids_comes_in_parts_and_is_one_with_the_last() -> None:
    play = Play().published().close(170)
    every = heads(170)
    for part in (every[:80], every[80:160]):
        (listed,) = play.act(c.OpenBids(more=True), BELL, heads=part)
        assert isinstance(listed, HeadsListed)
        assert DECIDER.heads(listed) == tuple(Head(h.stream, 1, "x") for h in part)
        assert play.lot().stage == "closed"
    (opened,) = play.act(c.OpenBids(), BELL, heads=every[160:])
    assert isinstance(opened, BidsOpened) and (opened.lots, opened.heads) == (("L1",), every[160:])
    assert play.lot().stage == "opened"


@pytest.mark.parametrize("given", [heads(81), (), heads(3)[1:2]], ids=["too many", "none", "not the next"])
def test_a_part_of_an_opening_goes_on_where_the_last_ended(given: tuple[SealedHead, ...]) -> None:
    play = Play().published().close(90)
    play.act(c.OpenBids(more=True), BELL, heads=heads(3))
    with refused("opening.heads"):
        play.act(c.OpenBids(more=True), BELL, heads=given)


def test_the_parts_of_an_opening_together_name_every_bid() -> None:
    play = Play().published().close(90)
    play.act(c.OpenBids(more=True), BELL, heads=heads(80))
    with refused("opening.heads"):
        play.act(c.OpenBids(), BELL, heads=heads(89)[80:])


@pytest.mark.parametrize("more", [False, True])
def test_a_full_part_of_an_opening_fits_an_entry(more: bool) -> None:
    told = tuple(SealedHead(f"sealed/{i:032x}", 10**6, "A" * 43 + "=") for i in range(HEADS))
    play = Play().published().close(HEADS)
    (event,) = play.act(c.OpenBids(more=more), BELL, heads=told)
    sealed = [asdict(h) for h in DECIDER.heads(event)]
    assert len(encode(TenderFacts(heads=told))) + len(encode(event)) + len(encode(sealed)) < MAX_BODY - 8_000


def test_nobody_opens_before_the_closing() -> None:
    play = Play().published()
    with refused("opening.nothing"):
        play.act(c.OpenBids(), BELL, heads=heads(3))


def test_no_person_opens() -> None:
    play = Play().published().close(3)
    with refused("tender.not-entitled"):
        play.act(c.OpenBids(), PRINCIPAL, heads=heads(3))


def test_a_paused_tender_is_not_opened() -> None:
    play = Play().published().close(3)
    play.act(c.SuspendTender("P1", "system-fault", "故障"), CENTRE)
    with refused("tender.paused"):
        play.act(c.OpenBids(), BELL, heads=heads(3))


def test_only_the_opening_discloses_sealed_streams() -> None:
    play = Play().contracted()
    assert [type(e) for e in play.told if DECIDER.heads(e)] == [BidsOpened]


# The record


def test_the_record_has_a_row_for_every_bid() -> None:
    play = Play().opened()
    play.act(c.RecordOpening("L1", ROWS, SHA), BELL)
    assert (play.lot().stage, play.lot().rows) == ("recorded", ROWS)


@pytest.mark.parametrize("rows", [ROWS[:2], (*ROWS, bid(0, 1)), (ROWS[0], ROWS[1], ROWS[1])])
def test_a_record_with_a_bid_too_few_too_many_or_twice_is_refused(rows: tuple[OpenedBid, ...]) -> None:
    play = Play().opened()
    with refused("opening.rows"):
        play.act(c.RecordOpening("L1", rows, SHA), BELL)


def test_a_record_of_many_bids_comes_in_parts() -> None:
    play = Play().opened()
    (part,) = play.act(c.RecordOpening("L1", ROWS[:2], SHA, more=True), BELL)
    assert isinstance(part, RowsRecorded) and play.lot().stage == "opened"
    play.act(c.RecordOpening("L1", ROWS[2:], SHA), BELL)
    assert (play.lot().stage, play.lot().rows) == ("recorded", ROWS)


@pytest.mark.parametrize("rows", [(), ROWS[:1], ROWS[1:]], ids=["none", "twice", "the last"])
def test_a_part_of_a_record_adds_bids_and_is_never_the_last(rows: tuple[OpenedBid, ...]) -> None:
    play = Play().opened()
    play.act(c.RecordOpening("L1", ROWS[:1], SHA, more=True), BELL)
    with refused("opening.rows"):
        play.act(c.RecordOpening("L1", rows, SHA, more=True), BELL)


@pytest.mark.parametrize("row", [OpenedBid("b", "名", "lost"), OpenedBid("", "名"), OpenedBid("b", "")])
def test_a_row_has_a_verdict_and_a_name(row: OpenedBid) -> None:
    play = Play().opened()
    with refused("opening.verdict"):
        play.act(c.RecordOpening("L1", (*ROWS[:2], row), SHA), BELL)


def test_a_record_is_named_by_its_digest() -> None:
    play = Play().opened()
    with refused("tender.digest"):
        play.act(c.RecordOpening("L1", ROWS, ""), BELL)


def test_an_unknown_lot_has_no_record() -> None:
    play = Play().opened()
    with refused("tender.no-lot"):
        play.act(c.RecordOpening("L9", ROWS, SHA), BELL)


def test_an_unopened_lot_has_no_record() -> None:
    play = Play().published().close(3)
    with refused("tender.stage", lot="L1"):
        play.act(c.RecordOpening("L1", ROWS, SHA), BELL)


def test_an_objection_to_the_opening_is_answered_before_the_record() -> None:
    play = Play().opened()
    play.act(c.FileObjection("O1", "opening", "x1", SHA, BLIND, "L1"), BIDDER, interest="bidder")
    with refused("opening.objection", objections=["O1"]):
        play.act(c.RecordOpening("L1", ROWS, SHA), BELL)
    play.act(c.AnswerObjection("O1", "dismissed", SHA))
    assert play.act(c.RecordOpening("L1", ROWS, SHA), BELL)


@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize("actor", [BELL, AGENCY, PRINCIPAL])
def test_nobody_records_rows_without_the_word_of_the_box(actor: Actor, more: bool) -> None:
    play = Play().opened()
    rows = ROWS[:2] if more else ROWS
    with refused("opening.unlike-box", lot="L1"):
        play.act(c.RecordOpening("L1", rows, SHA, more=more), actor, mandate=mandate(("open",)), opening="")


@pytest.mark.parametrize("change", [{"price": Money(1)}, {"verdict": "revoked"}, {"name": "另一家"}, {"received_at": 1}])
def test_a_record_differs_from_the_box_in_nothing(change: dict[str, Any]) -> None:
    play = Play().opened()
    with refused("opening.unlike-box"):
        play.act(c.RecordOpening("L1", (*ROWS[:2], replace(ROWS[2], **change)), SHA), BELL, opening=rows_digest(ROWS))
    assert play.act(c.RecordOpening("L1", ROWS, SHA), BELL, opening=rows_digest(ROWS))


def test_the_host_records_as_principal_or_agency() -> None:
    host = Actor(PRINCIPAL.id, "user", org=PRINCIPAL.org, role="host")
    assert Play().opened().act(c.RecordOpening("L1", ROWS, SHA), host)
    assert Play().opened().act(c.RecordOpening("L1", ROWS, SHA), AGENCY, mandate=mandate(("open",)))


def test_a_bidder_records_nothing() -> None:
    play = Play().opened()
    with refused("tender.not-entitled"):
        play.act(c.RecordOpening("L1", ROWS, SHA), BIDDER)


# The committee


def panel(size: int = 5, experts: int = 4, lot: str = "L1", sha256: str = SHA, blind: str = BLIND) -> c.RecordPanel:
    return c.RecordPanel(lot, sha256, size, experts, blind)


@pytest.mark.parametrize(("size", "experts"), [(5, 4), (7, 5), (9, 6), (5, 5)])
def test_a_committee_of_odd_size_with_two_thirds_experts_is_formed(size: int, experts: int) -> None:
    play = Play().recorded()
    play.act(panel(size, experts), BELL)
    assert play.lot().panel is not None


@pytest.mark.parametrize("size", [1, 3, 4, 6])
def test_a_committee_too_small_or_even_is_refused(size: int) -> None:
    play = Play().recorded()
    with refused("committee.size", least=5):
        play.act(panel(size, size), BELL)


@pytest.mark.parametrize(("size", "experts"), [(5, 3), (7, 4), (9, 5), (5, 6), (5, -1)])
def test_a_committee_with_too_few_experts_is_refused(size: int, experts: int) -> None:
    play = Play().recorded()
    with refused("committee.experts"):
        play.act(panel(size, experts), BELL)


def test_a_large_purchase_has_seven_members() -> None:
    large = Play("cn-rs2-2017", goods(estimate=Money(10_000_000 * YUAN))).recorded()
    with refused("committee.size", least=7):
        large.act(panel(), BELL)
    assert large.act(panel(7, 5), BELL)
    smaller = Play("cn-rs2-2017", goods(estimate=Money(10_000_000 * YUAN - 1))).recorded()
    assert smaller.act(panel(), BELL)


def test_a_committee_may_be_formed_from_the_notice_on() -> None:
    assert Play().published().act(panel(), CENTRE)
    drafted = Play().drafted()
    with refused("tender.stage"):
        drafted.act(panel(), CENTRE)


def test_no_committee_is_formed_for_a_lot_kept_sealed() -> None:
    play = Play().published().close(2)
    with refused("opening.nothing"):
        play.act(panel(), BELL)


def test_a_committee_may_be_replaced_until_it_has_judged() -> None:
    play = Play().panelled()
    assert play.act(panel(7, 5), BELL)
    play = Play().evaluated()
    with refused("tender.stage"):
        play.act(panel(), BELL)


@pytest.mark.parametrize("actor", [PRINCIPAL, AGENCY, REGULATOR], ids=lambda a: a.id)
def test_nobody_with_an_interest_forms_the_committee(actor: Actor) -> None:
    play = Play().recorded()
    with refused("tender.not-entitled"):
        play.act(panel(), actor)


@pytest.mark.parametrize(("more", "code"), [({"sha256": ""}, "tender.digest"), ({"blind": ""}, "tender.blind")])
def test_a_committee_is_named_by_a_blinded_digest(more: dict[str, str], code: str) -> None:
    play = Play().recorded()
    with refused(code):
        play.act(panel(**more), BELL)


# The report


RANKING = (place(2, 1, 4_500_000), place(1, 2, 4_600_000), place(0, 3, 4_700_000))


def report(ranking: tuple[Ranked, ...] = RANKING, rejected: tuple[Rejected, ...] = (), **more: Any) -> c.RecordEvaluation:
    return c.RecordEvaluation("L1", more.pop("report_sha256", SHA), more.pop("blind", BLIND), ranking, rejected, **more)


def test_a_report_ranks_every_opened_bid() -> None:
    play = Play().panelled()
    play.act(report(), BELL)
    assert play.lot().stage == "evaluated"
    assert play.lot().evaluation is not None


def test_a_report_on_many_bids_comes_in_parts() -> None:
    parts, whole = Play().panelled(), Play().panelled()
    (first,) = parts.act(report(RANKING[:1], more=True), BELL)
    assert isinstance(first, PlacesRecorded) and parts.lot().stage == "recorded" and parts.lot().evaluation is None
    parts.act(report(RANKING[1:2], (out(0),), competition="sufficient"), BELL)
    whole.act(report(RANKING[:2], (out(0),), competition="sufficient"), BELL)
    assert parts.state == whole.state


@pytest.mark.parametrize("ranking", [(), RANKING[:1], RANKING[1:]], ids=["none", "twice", "the last"])
def test_a_part_of_a_report_adds_bids_and_is_never_the_last(ranking: tuple[Ranked, ...]) -> None:
    play = Play().panelled()
    play.act(report(RANKING[:1], more=True), BELL)
    with refused("evaluation.bidders"):
        play.act(report(ranking, more=True), BELL)


def test_places_go_on_from_one_part_to_the_next() -> None:
    play = Play().panelled()
    play.act(report(RANKING[:1], more=True), BELL)
    with refused("evaluation.ranks"):
        play.act(report((place(1, 3, 4_600_000), place(0, 4, 4_700_000))), BELL)


def test_the_chair_of_the_committee_submits_it_too() -> None:
    chair = Actor("x-1", "user", role="expert")
    assert Play().panelled().act(report(), chair, roles=("panel",))


@pytest.mark.parametrize("actor", [PRINCIPAL, AGENCY, CENTRE, REGULATOR], ids=lambda a: a.id)
def test_nobody_else_submits_a_report(actor: Actor) -> None:
    play = Play().panelled()
    with refused("tender.not-entitled"):
        play.act(report(), actor)


def test_without_a_committee_there_is_no_report() -> None:
    play = Play().recorded()
    with refused("committee.none"):
        play.act(report(), BELL)


@pytest.mark.parametrize(
    ("ranking", "rejected"),
    [
        (RANKING[:2], ()),
        (RANKING, (out(0),)),
        (RANKING[:2], (Rejected("stranger", "某", "51-3"),)),
        ((*RANKING[:2], place(1, 3, 1)), (out(0),)),
    ],
)
def test_a_bid_left_out_or_judged_twice_is_refused(ranking: tuple[Ranked, ...], rejected: tuple[Rejected, ...]) -> None:
    play = Play().panelled()
    with refused("evaluation.bidders"):
        play.act(report(ranking, rejected, competition="sufficient"), BELL)


@pytest.mark.parametrize("ranks", [(2, 3, 4), (1, 3, 4), (1, 2, 1), (1, 2, 4), (1, 1, 2), (0, 1, 2)])
def test_ranks_that_skip_or_step_back_are_refused(ranks: tuple[int, int, int]) -> None:
    play = Play().panelled()
    ranking = tuple(place(n, rank, 4_500_000) for n, rank in zip((2, 1, 0), ranks, strict=True))
    with refused("evaluation.ranks"):
        play.act(report(ranking), BELL)


@pytest.mark.parametrize("ranks", [(1, 2, 3), (1, 1, 3), (1, 2, 2), (1, 1, 1)])
def test_shared_ranks_leave_the_next_ones_out(ranks: tuple[int, int, int]) -> None:
    ranking = tuple(place(n, rank, 4_500_000) for n, rank in zip((2, 1, 0), ranks, strict=True))
    assert Play().panelled().act(report(ranking), BELL)


def test_a_price_over_the_ceiling_is_not_ranked_to_the_cent() -> None:
    ceiling = Money(4_800_000 * YUAN)
    play = Play().panelled()
    over = Ranked(BIDDERS[0], "投标人0", 3, Money(ceiling.amount + 1))
    with refused("evaluation.over-ceiling", ceiling="4800000.00"):
        play.act(report((*RANKING[:2], over)), BELL)
    assert play.act(report((*RANKING[:2], Ranked(BIDDERS[0], "投标人0", 3, ceiling))), BELL)


def test_a_rejection_has_a_ground_of_its_law() -> None:
    play = Play().panelled()
    with refused("evaluation.ground"):
        play.act(report(RANKING[:2], (out(0, "63-1"),), competition="sufficient"), BELL)
    assert play.act(report(RANKING[:2], (out(0, "51-7"),), competition="sufficient"), BELL)


@pytest.mark.parametrize("finding", ["", "perhaps"])
def test_fewer_than_three_valid_bids_want_a_finding_on_competition(finding: str) -> None:
    play = Play().panelled()
    with refused("evaluation.competition", count=2):
        play.act(report(RANKING[:2], (out(0),), competition=finding), BELL)


def test_one_valid_bid_wants_a_finding_too() -> None:
    play = Play().panelled()
    with refused("evaluation.competition", count=1):
        play.act(report(RANKING[:1], (out(0), out(1))), BELL)
    assert play.act(report(RANKING[:1], (out(0), out(1)), competition="sufficient"), BELL)


def test_three_valid_bids_want_no_finding() -> None:
    play = Play().panelled()
    with refused("evaluation.competition", count=3):
        play.act(report(competition="sufficient"), BELL)


def test_a_report_that_rejects_everybody_is_a_report() -> None:
    play = Play().panelled()
    play.act(report((), (out(0), out(1), out(2))), BELL)
    assert play.lot().stage == "evaluated"


def test_a_purchase_with_two_responsive_bids_is_not_evaluated() -> None:
    play = Play("cn-rs2-2017").panelled()
    with refused("evaluation.too-few-responsive", count=2):
        play.act(report(RANKING[:2], (out(0, "63-3"),)), BELL)


def opened_with(*verdicts: str) -> Play:
    rows = tuple(bid(n, 4_500_000, verdict=v) for n, v in enumerate(verdicts))
    play = Play().opened()
    play.act(c.RecordOpening("L1", rows, SHA), BELL)
    play.act(panel(), BELL)
    return play


def test_a_bid_deemed_withdrawn_does_not_count_as_submitted() -> None:
    play = opened_with("opened", "opened", "withdrawn")
    with refused("evaluation.too-few", count=2):
        play.act(report((place(0, 1, 4_500_000), place(1, 1, 4_500_000)), competition="sufficient"), BELL)


def test_a_bid_deemed_revoked_counts_as_submitted_and_is_not_judged() -> None:
    play = opened_with("opened", "opened", "revoked")
    ranking = (place(0, 1, 4_500_000), place(1, 1, 4_500_000))
    assert play.act(report(ranking, competition="sufficient"), BELL, play.at + DAY)


@pytest.mark.parametrize(("more", "code"), [({"report_sha256": ""}, "tender.digest"), ({"blind": "x"}, "tender.blind")])
def test_a_report_is_named_by_a_digest_and_blinded(more: dict[str, str], code: str) -> None:
    play = Play().panelled()
    with refused(code):
        play.act(report(**more), BELL)


def test_a_committee_cannot_be_replaced_after_a_revoked_award() -> None:
    play = Play().awarded()
    play.act(c.RevokeAward("L1", "55-1", "放弃"))
    with refused("tender.stage"):
        play.act(panel(), BELL)
