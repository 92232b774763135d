"""How a tender changes from the deadline on: its lots' own lives."""

from typing import assert_never

from msgspec.structs import replace

from archive.values import Instant
from trading import events as e
from trading.lifecycle.changes import change_lot, mark, noticed
from trading.lifecycle.records import priced
from trading.tender import Closing, Contract, Evaluation, Lot, Panel, PassedOver, Tender, Voided


def after_deadline(
    state: Tender,
    event: e.BidsClosed
    | e.HeadsListed
    | e.BidsOpened
    | e.RowsRecorded
    | e.OpeningRecorded
    | e.DepositsRecorded
    | e.PricesOpened
    | e.PanelRecorded
    | e.PlacesRecorded
    | e.EvaluationRecorded
    | e.CandidatesPublished,
) -> Tender:
    """Closing, opening, record, committee, report, candidates."""
    match event:
        case e.BidsClosed():
            said = {closing.lot: closing for closing in event.closings}
            for id in said:
                state = change_lot(state, id, lambda lot: _closed(lot, said[lot.spec.id], event.at))
            return mark(state, event.at, "closed")
        case e.HeadsListed():
            return replace(state, heads_listed=state.heads_listed + len(event.heads), last_head=event.heads[-1].stream)
        case e.BidsOpened():
            for id in event.lots:
                state = change_lot(state, id, lambda lot: replace(lot, stage="opened", stage_at=event.at))
            return mark(state, event.at, "opened", " ".join(event.lots))
        case e.RowsRecorded():
            return change_lot(state, event.lot, lambda lot: _told(lot, event))
        case e.OpeningRecorded():
            key = "opening-recorded" if event.envelope == 1 else "prices-recorded"
            return mark(
                change_lot(state, event.lot, lambda lot: _recorded(lot, event)), event.at, key, event.lot, event.record_sha256
            )
        case e.DepositsRecorded():
            return change_lot(state, event.lot, lambda lot: _confirmed(lot, event))
        case e.PricesOpened():
            state = change_lot(state, event.lot, lambda lot: replace(lot, prices_at=event.at))
            return mark(state, event.at, "prices-opened", event.lot)
        case e.PanelRecorded():
            panel = Panel(event.sha256, event.size, event.experts, event.blind)
            return change_lot(state, event.lot, lambda lot: replace(lot, panel=panel))
        case e.PlacesRecorded():
            return change_lot(
                state,
                event.lot,
                lambda lot: replace(lot, placed=lot.placed + event.ranking, dropped=lot.dropped + event.rejected),
            )
        case e.EvaluationRecorded():
            return change_lot(state, event.lot, lambda lot: _reported(lot, event))
        case e.CandidatesPublished():
            state = change_lot(
                state,
                event.lot,
                lambda lot: replace(
                    lot, stage="publicised", stage_at=event.at, publicity_from=event.from_at, publicity_to=event.to_at
                ),
            )
            state = noticed(state, "candidates", event.at, event.title, event.sha256, event.lot)
            return mark(state, event.at, "candidates-published", event.lot)
        case _:
            assert_never(event)


def _confirmed(lot: Lot, event: e.DepositsRecorded) -> Lot:
    said = {line.bidder: line for line in (*lot.deposits, *event.deposits)}
    return replace(lot, deposits=tuple(said[bidder] for bidder in sorted(said)))


def after_report(
    state: Tender,
    event: e.LotAwarded
    | e.AwardRevoked
    | e.ReevaluationOrdered
    | e.ResultPublished
    | e.AwardLetterIssued
    | e.LettersSent
    | e.ContractRecorded
    | e.ContractPublished
    | e.PerformanceAccepted
    | e.FailureDeclared
    | e.LotsRetendered
    | e.TenderArchived,
) -> Tender:
    """Award, result, letter, contract; failure, repetition, archive."""
    at = event.at
    match event:
        case e.LotAwarded():

            def fixed(lot: Lot) -> Lot:
                return replace(
                    lot,
                    stage="awarded",
                    stage_at=at,
                    awarded_at=at,
                    winner=event.winner,
                    winner_name=event.winner_name,
                    price=event.price,
                    passed_over=(*lot.passed_over, *event.passed_over),
                )

            return change_lot(state, event.lot, fixed)
        case e.AwardRevoked():
            return mark(
                change_lot(state, event.lot, lambda lot: _fallen(lot, event)), at, "award-revoked", event.lot, event.ground
            )
        case e.ReevaluationOrdered():
            state = noticed(
                change_lot(state, event.lot, lambda lot: _void(lot, event)),
                "correction",
                at,
                event.title,
                event.sha256,
                event.lot,
            )
            return mark(state, at, "reevaluation-ordered", event.lot, event.ground)
        case e.ResultPublished():
            state = change_lot(state, event.lot, lambda lot: replace(lot, stage="announced", stage_at=at, result_at=at))
            state = noticed(state, "result", at, event.title, event.sha256, event.lot)
            return mark(state, at, "result-published", event.lot)
        case e.AwardLetterIssued():
            state = change_lot(state, event.lot, lambda lot: replace(lot, stage="notified", stage_at=at, letter_at=at))
            return mark(state, at, "letter-issued", event.lot, event.letter_sha256)
        case e.LettersSent():
            return state
        case e.ContractRecorded():
            contract = Contract(event.sha256, event.signed_on, event.price)
            state = change_lot(state, event.lot, lambda lot: replace(lot, stage="contracted", stage_at=at, contract=contract))
            return mark(state, at, "contract-recorded", event.lot)
        case e.ContractPublished():
            state = change_lot(
                state,
                event.lot,
                lambda lot: replace(lot, contract=replace(lot.contract, published_at=at)) if lot.contract else lot,
            )
            state = noticed(state, "contract", at, event.title, event.sha256, event.lot)
            return mark(state, at, "contract-published", event.lot)
        case e.PerformanceAccepted():
            state = change_lot(state, event.lot, lambda lot: replace(lot, stage="completed", stage_at=at))
            return mark(state, at, "performance-accepted", event.lot)
        case e.FailureDeclared():
            state = change_lot(state, event.lot, lambda lot: replace(lot, stage="failed", stage_at=at, failure=event.ground))
            if state.stage == "failed":
                state = replace(state, ended_at=at)
            state = noticed(state, "failure", at, event.title, event.sha256, event.lot)
            return mark(state, at, "failed", event.lot, event.ground)
        case e.LotsRetendered():
            for id in event.lots:
                state = change_lot(
                    state, id, lambda lot: replace(lot, stage="retendered", stage_at=at, successor=event.successor)
                )
            return mark(state, at, "retendered", " ".join(event.lots), event.successor)
        case e.TenderArchived():
            state = replace(state, stage="archived", ended_at=at, manifest_sha256=event.manifest_sha256)
            return mark(state, at, "archived", ref=event.manifest_sha256)
        case _:
            assert_never(event)


def _told(lot: Lot, event: e.RowsRecorded) -> Lot:
    if event.envelope == 1:
        return replace(lot, rows=lot.rows + event.rows)
    return replace(lot, priced=lot.priced + event.rows)


def _recorded(lot: Lot, event: e.OpeningRecorded) -> Lot:
    if event.envelope == 1:
        rows = lot.rows + event.rows
        return replace(lot, stage="recorded", stage_at=event.at, rows=rows, record_sha256=event.record_sha256)
    stood = sum(1 for row in lot.rows if row.verdict != "withdrawn")
    rows = priced(lot, lot.priced + event.rows)
    return replace(lot, rows=rows, stood=stood, priced=(), prices_sha256=event.record_sha256)


def _reported(lot: Lot, event: e.EvaluationRecorded) -> Lot:
    ranking, rejected = lot.placed + event.ranking, lot.dropped + event.rejected
    report = Evaluation(event.report_sha256, event.at, ranking, rejected, event.competition, event.blind)
    return replace(lot, stage="evaluated", stage_at=event.at, evaluation=report, placed=(), dropped=())


def _fallen(lot: Lot, event: e.AwardRevoked) -> Lot:
    return replace(
        lot,
        stage="publicised" if lot.publicity_to else "evaluated",
        stage_at=event.at,
        winner="",
        winner_name="",
        price=None,
        awarded_at=0,
        result_at=0,
        letter_at=0,
        passed_over=(*lot.passed_over, PassedOver(event.winner, event.ground)),
    )


def _void(lot: Lot, event: e.ReevaluationOrdered) -> Lot:
    """Back before the evaluation; everything that rested on the former report goes with it, and stands in ``voided``."""
    assert lot.evaluation is not None
    former = Voided(
        event.at,
        event.objection,
        event.ground,
        event.article,
        event.reason,
        event.committee,
        lot.evaluation,
        lot.publicity_from,
        lot.publicity_to,
        lot.winner,
        lot.winner_name,
        lot.price,
        lot.awarded_at,
        lot.result_at,
    )
    return replace(
        lot,
        stage="recorded",
        stage_at=event.at,
        panel=lot.panel if event.committee == "same" else None,
        evaluation=None,
        publicity_from=0,
        publicity_to=0,
        winner="",
        winner_name="",
        price=None,
        awarded_at=0,
        result_at=0,
        letter_at=0,
        voided=(*lot.voided, former),
    )


def _closed(lot: Lot, said: Closing, at: Instant) -> Lot:
    return replace(lot, stage="closed", stage_at=at, count=said.count, list_sha256=said.list_sha256, kept_sealed=said.kept_sealed)
