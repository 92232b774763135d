"""The end of a lot's life and of the tender's: contract, performance, failure, repetition, archive."""

from archive.errors import Refused
from archive.values import money_text
from trading.calendar import end_of_day, legal_date, start_of_day
from trading.commands import (
    AcceptPerformance,
    ArchiveTender,
    DeclareFailure,
    PublishContract,
    RecordContract,
    Retender,
)
from trading.events import (
    ContractPublished,
    ContractRecorded,
    Event,
    FailureDeclared,
    LotsRetendered,
    PerformanceAccepted,
    TenderArchived,
)
from trading.lifecycle.awards import candidates, duty, overdue, titled
from trading.lifecycle.guards import Told, ended, law_of, lot_at, require, running, sha256, tender_name, unarchived
from trading.rulebook import Rulebook
from trading.tender import Lot, Tender

LAW: dict[str, str] = {
    "contract.future": "招标投标法 第四十六条",
    "contract.before-letter": "招标投标法 第四十六条",
    "contract.price": "招标投标法 第四十六条；政府采购货物和服务招标投标管理办法 第七十一条",
    "contract.published": "政府采购法实施条例 第五十条",
    "failure.ground": "招标投标法实施条例 第四十四条、第五十五条；政府采购法 第三十六条",
    "failure.not-so": "招标投标法实施条例 第四十四条、第五十五条；政府采购法 第三十六条",
    "retender.lots": "招标投标法实施条例 第四十四条",
    "archive.living": "电子招标投标办法 第四十条",
}

_PENDING = ("closed", "opened", "recorded", "evaluated", "publicised", "awarded", "announced", "notified")


def record_contract(state: Tender, command: RecordContract, ctx: Told) -> tuple[Event, ...]:
    """The contract as signed: within thirty days of the letter, at the price of the award."""
    require(state, ctx, "principal")
    running(state)
    lot = lot_at(state, command.lot, "notified")
    book, _ = law_of(state)
    sha256(command.sha256, "contract")
    if command.signed_on > legal_date(ctx.at):
        raise Refused("contract.future", signed_on=command.signed_on.isoformat())
    if command.signed_on < legal_date(lot.letter_at):
        raise Refused("contract.before-letter", signed_on=command.signed_on.isoformat(), letter_at=lot.letter_at)
    if book.flag("contract-as-awarded") and lot.price is not None and command.price != lot.price:
        raise Refused("contract.price", price=money_text(command.price), awarded=money_text(lot.price))
    signed = start_of_day(command.signed_on)
    late = overdue(duty(state, "contract", lot.letter_at), signed, command.late_reason, command.lot)
    return (ContractRecorded(ctx.at, command.lot, command.sha256, command.signed_on, command.price), *late)


def publish_contract(state: Tender, command: PublishContract, ctx: Told) -> tuple[Event, ...]:
    """合同公告."""
    require(state, ctx, "principal", "agency", scope="result")
    unarchived(state)
    lot = lot_at(state, command.lot, "contracted", "completed")
    assert lot.contract is not None
    if lot.contract.published_at:
        raise Refused("contract.published", lot=command.lot)
    titled(command.title, command.sha256)
    signed = end_of_day(lot.contract.signed_on) - 1
    late = overdue(duty(state, "contract-publication", signed), ctx.at, command.late_reason, command.lot)
    return (ContractPublished(ctx.at, command.lot, command.title, command.sha256), *late)


def accept_performance(state: Tender, command: AcceptPerformance, ctx: Told) -> tuple[PerformanceAccepted, ...]:
    """验收."""
    require(state, ctx, "principal")
    unarchived(state)
    lot_at(state, command.lot, "contracted")
    return (PerformanceAccepted(ctx.at, command.lot, sha256(command.sha256, "sha256")),)


def declare_failure(state: Tender, command: DeclareFailure, ctx: Told) -> tuple[FailureDeclared, ...]:
    """流标/废标 of a lot, if the ground is the law's and is so."""
    require(state, ctx, "principal", "agency", "platform", "system", scope="result")
    running(state)
    lot = lot_at(state, command.lot, *_PENDING)
    book, _ = law_of(state)
    grounds = {g.code for g in book.failures}
    if command.ground not in grounds:
        raise Refused("failure.ground", ground=command.ground, allowed=sorted(grounds))
    if not _is_so(lot, command.ground, book):
        raise Refused("failure.not-so", lot=command.lot, ground=command.ground)
    titled(command.title, command.sha256)
    return (FailureDeclared(ctx.at, command.lot, command.ground, command.title, command.sha256),)


def _is_so(lot: Lot, ground: str, book: Rulebook) -> bool:
    """Whether the state shows the ground; those that it cannot show are the declarer's word."""
    match ground:
        case "too-few-bids":
            counted = lot.stood or lot.count - sum(1 for row in lot.rows if row.verdict == "withdrawn")
            return lot.evaluation is None and counted < book.number("least-bids")
        case "all-rejected":
            return lot.evaluation is not None and not lot.evaluation.ranking
        case "no-competition":
            return lot.evaluation is not None and lot.evaluation.competition == "lacking"
        case "too-few-responsive" | "over-budget":
            return lot.stage == "recorded" and lot.evaluation is None
        case "no-winner":
            gone = {p.bidder for p in lot.passed_over}
            return lot.evaluation is not None and all(c.bidder in gone for c in candidates(lot, book))
        case _:
            return True


def retender(state: Tender, command: Retender, ctx: Told) -> tuple[LotsRetendered, ...]:
    """Failed lots go on in a new tender, whose attempt is one higher."""
    require(state, ctx, "principal", "agency", scope="register")
    unarchived(state)
    tender_name(command.successor)
    failed = {lot.spec.id for lot in state.lots if lot.stage == "failed"}
    if not command.lots or not set(command.lots) <= failed or len(set(command.lots)) != len(command.lots):
        raise Refused("retender.lots", lots=sorted(set(command.lots) - failed))
    return (LotsRetendered(ctx.at, command.lots, command.successor),)


def archive(state: Tender, command: ArchiveTender, ctx: Told) -> tuple[TenderArchived, ...]:
    """归档, when every lot's life is over."""
    require(state, ctx, "principal", "agency", "platform", "system", scope="archive")
    unarchived(state)
    living = [lot.spec.id for lot in state.lots if not ended(lot) and lot.stage != "contracted"]
    if living or not state.times.published_at:
        raise Refused("archive.living", lots=living)
    return (TenderArchived(ctx.at, sha256(command.manifest_sha256, "manifest_sha256")),)
