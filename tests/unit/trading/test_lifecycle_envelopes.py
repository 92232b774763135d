"""Lots of two envelopes: declared in the documents, the prices opened after the lock, two records, one report."""

from typing import Any

import pytest
from msgspec.structs import replace

from archive.values import Actor, Money
from tests.tender_play import (
    AGENCY,
    BELL,
    BIDDER,
    BIDDERS,
    BLIND,
    CENTRE,
    PRINCIPAL,
    SHA,
    YUAN,
    Play,
    bid,
    draft,
    mandate,
    out,
    place,
    refused,
    spec,
)
from trading import commands as c
from trading.lifecycle.records import rows_digest
from trading.tender import OpenedBid

TECHNICAL = tuple(OpenedBid(b, f"投标人{n}", quality="合格") for n, b in enumerate(BIDDERS))
PRICES = (
    bid(0, 4_700_000),
    bid(1, 4_600_000),
    OpenedBid(BIDDERS[2], "投标人2", "sealed", envelope="e3"),
)
LOCKED: dict[str, Any] = {"locked_at": 1, "admitted": 2}
OTHER = "c" * 64


def recorded() -> Play:
    play = Play().opened(drafted=draft(lots=(spec(envelopes=2),)))
    play.act(c.RecordOpening("L1", TECHNICAL, SHA), BELL)
    return play


def opened() -> Play:
    play = recorded()
    play.act(c.OpenPrices("L1"), PRINCIPAL, **LOCKED)
    return play


def record(play: Play, rows: tuple[OpenedBid, ...] = PRICES, **more: Any) -> None:
    play.act(c.RecordOpening("L1", rows, OTHER, envelope=2, **more), BELL)


def priced() -> Play:
    play = opened()
    record(play)
    play.act(c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL)
    return play


# The documents


@pytest.mark.parametrize("envelopes", [1, 2])
def test_construction_takes_bids_in_one_envelope_or_in_two(envelopes: int) -> None:
    assert Play().drafted(draft(lots=(spec(envelopes=envelopes),))).lot().spec.envelopes == envelopes


@pytest.mark.parametrize("envelopes", [0, 3])
def test_there_is_no_other_number_of_envelopes(envelopes: int) -> None:
    play = Play().accepted()
    with refused("draft.envelopes", lot="L1"):
        play.act(c.DraftTender(draft(lots=(spec(envelopes=envelopes),))))


def test_government_procurement_reads_prices_out_at_the_opening() -> None:
    play = Play("cn-rs2-2017").accepted()
    lot = spec(ceiling=None, deposit=None, estimate=Money(3_200_000 * YUAN), envelopes=2)
    with refused("draft.envelopes"):
        play.act(c.DraftTender(draft(lots=(lot,))))
    play.act(c.DraftTender(draft(lots=(replace(lot, envelopes=1),))))


# Opening the prices


@pytest.mark.parametrize("actor", [BELL, PRINCIPAL, AGENCY])
def test_the_host_opens_the_prices_once_the_technical_evaluation_is_locked(actor: Actor) -> None:
    play = recorded()
    play.act(c.OpenPrices("L1"), actor, mandate=mandate(("open",)), **LOCKED)
    assert play.lot().prices_at == play.at
    assert play.state.timeline[-1].key == "prices-opened"


@pytest.mark.parametrize("actor", [CENTRE, BIDDER])
def test_nobody_else_opens_them(actor: Actor) -> None:
    play = recorded()
    with refused("tender.not-entitled"):
        play.act(c.OpenPrices("L1"), actor, **LOCKED)


def test_prices_stay_sealed_until_the_lock() -> None:
    play = recorded()
    with refused("prices.not-locked"):
        play.act(c.OpenPrices("L1"), PRINCIPAL)


def test_prices_stay_sealed_where_nobody_was_admitted() -> None:
    play = recorded()
    with refused("prices.nobody"):
        play.act(c.OpenPrices("L1"), PRINCIPAL, locked_at=1)


def test_prices_are_opened_after_the_first_record_and_once() -> None:
    play = Play().opened(drafted=draft(lots=(spec(envelopes=2),)))
    with refused("tender.stage"):
        play.act(c.OpenPrices("L1"), PRINCIPAL, **LOCKED)
    play = opened()
    with refused("prices.opened"):
        play.act(c.OpenPrices("L1"), PRINCIPAL, **LOCKED)


def test_one_envelope_has_no_second_opening() -> None:
    play = Play().recorded()
    with refused("prices.one-envelope"):
        play.act(c.OpenPrices("L1"), PRINCIPAL, **LOCKED)


def test_a_paused_tender_opens_no_prices() -> None:
    play = recorded()
    play.act(c.SuspendTender("P1", "system-fault", "故障"), CENTRE)
    with refused("tender.paused"):
        play.act(c.OpenPrices("L1"), PRINCIPAL, **LOCKED)


def test_the_second_opening_is_objected_to_until_its_record_and_the_record_waits_for_the_answer() -> None:
    objection = c.FileObjection("O1", "opening", "x1", SHA, BLIND, "L1")
    play = recorded()
    with refused("tender.stage"):
        play.act(objection, BIDDER, interest="bidder")
    play.act(c.OpenPrices("L1"), PRINCIPAL, **LOCKED)
    play.act(objection, BIDDER, interest="bidder")
    with refused("opening.objection"):
        record(play)
    play.act(c.AnswerObjection("O1", "dismissed", SHA))
    record(play)
    with refused("tender.stage"):
        play.act(replace(objection, objection="O2"), BIDDER, interest="bidder")


# The second record


def test_the_second_record_brings_the_prices_and_leaves_who_was_not_admitted_as_he_was() -> None:
    lot = priced().lot()
    assert (lot.record_sha256, lot.prices_sha256) == (SHA, OTHER)
    assert [row.price for row in lot.rows] == [Money(4_700_000 * YUAN), Money(4_600_000 * YUAN), None]
    assert [row.verdict for row in lot.rows] == ["opened"] * 3
    assert [row.quality for row in lot.rows] == ["合格"] * 3


def test_the_second_record_comes_in_parts_too() -> None:
    play = opened()
    record(play, PRICES[:2], more=True)
    assert play.lot().rows == TECHNICAL
    record(play, PRICES[2:])
    assert play.lot().rows[0].price == Money(4_700_000 * YUAN)
    assert play.lot().priced == ()


def test_there_is_no_second_record_before_the_second_opening_nor_after_it_was_made() -> None:
    play = recorded()
    with refused("prices.not-opened"):
        record(play)
    play = priced()
    with refused("prices.opened"):
        record(play)


@pytest.mark.parametrize("envelope", [0, 3])
def test_there_is_no_record_of_an_envelope_that_is_not(envelope: int) -> None:
    play = opened()
    with refused("prices.not-opened"):
        play.act(c.RecordOpening("L1", PRICES, OTHER, envelope=envelope), BELL, opening=rows_digest(PRICES))


def test_nothing_stays_sealed_in_the_first_record() -> None:
    play = Play().opened(drafted=draft(lots=(spec(envelopes=2),)))
    with refused("opening.verdict"):
        play.act(c.RecordOpening("L1", PRICES, SHA), BELL, opening=rows_digest(PRICES))


def test_the_second_record_too_is_the_word_of_the_box() -> None:
    play = opened()
    with refused("opening.unlike-box"):
        play.act(c.RecordOpening("L1", PRICES, OTHER, envelope=2), BELL, opening=SHA)


# The report


def test_a_ranking_waits_for_the_prices() -> None:
    play = recorded()
    play.act(c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL)
    ranking = (place(1, 1, 4_600_000), place(0, 2, 4_700_000))
    report = c.RecordEvaluation("L1", SHA, BLIND, ranking, (out(2),), "sufficient")
    with refused("prices.sealed"):
        play.act(report, BELL)
    play = priced()
    play.act(report, BELL)
    assert play.lot().stage == "evaluated"


def test_a_report_that_rejects_everybody_needs_no_prices() -> None:
    play = recorded()
    play.act(c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL)
    play.act(c.RecordEvaluation("L1", SHA, BLIND, (), (out(0), out(1), out(2))), BELL)
    assert play.lot().stage == "evaluated"


@pytest.mark.parametrize("fate", ["revoked", "withdrawn"])
def test_who_fell_at_the_second_opening_is_not_judged_and_makes_the_bids_no_fewer(fate: str) -> None:
    play = opened()
    record(play, (PRICES[0], replace(PRICES[1], verdict=fate, price=None), PRICES[2]))
    play.act(c.RecordPanel("L1", SHA, 5, 4, BLIND), BELL)
    with refused("evaluation.bidders"):
        play.act(c.RecordEvaluation("L1", SHA, BLIND, (place(0, 1, 4_700_000),), (out(1), out(2)), "sufficient"), BELL)
    play.act(c.RecordEvaluation("L1", SHA, BLIND, (place(0, 1, 4_700_000),), (out(2),), "sufficient"), BELL)
    assert play.lot().stage == "evaluated"
