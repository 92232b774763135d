"""Acts at an opening and in an evaluation room: one command in, its receipt out.

The floors below say who a trustee or a bidder is.  Where their rules take a command from whoever
hands it in, because they know no tender, the edge says who may: the tender's principal and agency host its opening,
the centre keeps the evaluation room's minutes, and nobody speaks for another member.
"""

from typing import Annotated

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct, field

from archive.bodies import Blob
from archive.errors import Missing
from bidding import box
from experts.evaluation import messages as r
from trading.desk import clues, committee, deposits, envelopes, evaluation, facts, opening, printing
from trading.roles import Visitor
from trading.tender import Tender
from trading.web.asking import AnyRequest
from trading.web.bids import Receipt, receipted
from trading.web.site import Site
from trading.web.tenders import lot_for

HOST = (box.RecordFault, box.ExtendWindow, box.RuleOnFault, box.AnswerObjection)
PARTY = (box.ReleaseByBidder, box.ObjectToOpening, box.ConfirmRecord, box.DestroyKey)
BY_MEMBER = (
    r.CheckIn, r.SignLetter, r.Recuse, r.ReviewConformity, r.AskMoreTime, r.CommitMarks, r.RevealMarks, r.RecordDissent,
    r.SignReport, r.RefuseSign,
)  # fmt: skip
BY_CLERK = (
    r.ElectLeader, r.ConcludeReview, r.AskClarification, r.RejectBid, r.AskExplanation, r.DecideExplanation,
    r.AskConfirmation, r.LapseCorrection, r.JudgeCompetition, r.CorrectMark, r.Summarise, r.ReopenReport, r.SubmitReport,
    r.LockTechnical,
)  # fmt: skip
CLERKS = ("centre", "witness")
LOT = "/tenders/{name:str}/lots/{lot:str}"


class Confirmed(Struct, frozen=True, forbid_unknown_fields=True):
    """What the bank's statement says, which was sent as a file before; at most as many lines as bids."""

    statement_sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    paid: Annotated[tuple[deposits.Paid, ...], Meta(min_length=1, max_length=500)]


class RoomTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """What the documents ask of a bid, clause by clause, and who has which deduction (per cent, by organisation).

    Everything else a room needs (bids, members, coefficients, corrected prices) is on record already.
    """

    conformity: tuple[r.Clause, ...]
    qualification: tuple[r.Clause, ...] = ()
    deductions: dict[str, str] = field(default_factory=dict)


@post(f"{LOT}/opening/acts", sync_to_thread=True, status_code=201, operation_id="act_at_opening", tags=["acts"])
def act_at_opening(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str], data: JSONBody[box.Command]
) -> Receipt:
    """A trustee's shares, a bidder's seed, an objection on the spot, the host's rulings."""
    visitor, platform = site.somebody(request), site.platform
    match data:
        case box.ReleaseShares():
            done = opening.release(platform, visitor.actor, name, lot, data)
        case box.Complain():
            done = opening.complain(platform, visitor.actor, name, lot, data)
        case box.PublishSeed():
            done = opening.publish_seed(platform, visitor.actor, name, lot, data)
        case box.FinishOpening():
            _host(site, visitor, name)
            done = opening.finish(platform, visitor.actor, name, lot)
        case _ if isinstance(data, HOST):
            _host(site, visitor, name)
            done = platform.ledger.act(facts.box(name, lot), data, actor=visitor.actor)
        case _ if isinstance(data, PARTY):
            done = platform.ledger.act(facts.box(name, lot), data, actor=visitor.actor)
        case _:
            site.deny(visitor, request.url.path)
    return receipted(site, done)


@post(f"{LOT}/deposits", sync_to_thread=True, status_code=201, operation_id="confirm_deposits", tags=["acts"])
def confirm_deposits(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str], data: JSONBody[Confirmed]
) -> Receipt:
    """Who paid the bid securities, as the bank confirmed it: after the opening; the accounts go on record as digests."""
    visitor, size = site.somebody(request), site.platform.vault.size(data.statement_sha256)
    if size is None:
        raise Missing("deposit.statement", sha256=data.statement_sha256)
    statement = Blob(data.statement_sha256, size, "application/octet-stream")
    return receipted(site, deposits.confirm(site.platform, visitor.actor, name, lot, data.paid, statement))


@post(f"{LOT}/evaluation", sync_to_thread=True, status_code=201, operation_id="open_room", tags=["acts"])
def open_room(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str], data: JSONBody[RoomTerms]
) -> Receipt:
    """The centre opens the evaluation room on the opened bids and the completed panel."""
    _clerk(site, request, name, lot)
    corrected = clues.corrections(site.platform, name, lot)
    done = evaluation.open_room(site.platform, name, lot, data.qualification, data.conformity, data.deductions, corrected)
    return receipted(site, done)


@post(f"{LOT}/evaluation/committee", sync_to_thread=True, status_code=201, operation_id="seat_committee", tags=["acts"])
def seat_committee(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Receipt:
    """The centre seats the fresh committee that an order to evaluate again asked for, once its draw is complete."""
    _clerk(site, request, name, lot)
    return receipted(site, evaluation.seat_committee(site.platform, name, lot))


@post(f"{LOT}/evaluation/prices", sync_to_thread=True, status_code=201, operation_id="enter_prices", tags=["acts"])
def enter_prices(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Receipt:
    """The centre brings the prices of a finished second opening into the room."""
    _clerk(site, request, name, lot)
    corrected = clues.corrections(site.platform, name, lot)
    return receipted(site, envelopes.enter_prices(site.platform, name, lot, corrected))


@post(f"{LOT}/evaluation/record", sync_to_thread=True, status_code=201, operation_id="record_evaluation", tags=["acts"])
def record_evaluation(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Receipt:
    """评标报告: printed from the room whose report is submitted, and put on the tender's record with its ranking."""
    _clerk(site, request, name, lot)
    evaluation.report(site.platform, name, lot)
    return receipted(site, evaluation.record(site.platform, name, lot, printing.evaluation(site.platform, name, lot)))


@post(f"{LOT}/evaluation/acts", sync_to_thread=True, status_code=201, operation_id="act_in_room", tags=["acts"])
def act_in_room(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str], data: JSONBody[r.Command]
) -> Receipt:
    """What a member, a bidder that is asked, or the room's clerk does in the evaluation room."""
    visitor = site.somebody(request)
    if not _may(site, visitor, name, lot, data):
        site.deny(visitor, request.url.path)
    return receipted(site, evaluation.act(site.platform, visitor.actor, name, lot, data))


def _may(site: Site, visitor: Visitor, name: str, lot: str, command: r.Command) -> bool:
    org, who = visitor.account.org, visitor.actor.id
    match command:
        case r.ReviewQualification():
            return org in _parties(site, name) if command.member == "purchaser" else command.member == who
        case r.ExplainPrice() | r.ConfirmCorrection():
            return command.bid == org != ""
        case r.AnswerClarification():
            asked = evaluation.room(site.platform, name, lot).clarifications
            return 0 < command.number <= len(asked) and asked[command.number - 1].bid == org != ""
        case r.ReplaceMember():
            seats = committee.panel_of(site.platform, name, lot).seats
            drawn = any(s.id == command.successor.id and s.state == "accepted" for s in seats)
            return visitor.role in CLERKS and drawn and not command.successor.representative
        case _ if isinstance(command, BY_MEMBER):
            return command.member == who
        case _:
            return isinstance(command, BY_CLERK) and visitor.role in CLERKS


def _clerk(site: Site, request: AnyRequest, name: str, lot: str) -> None:
    visitor = site.somebody(request)
    if visitor.role not in CLERKS:
        site.deny(visitor, request.url.path)
    lot_for(site, name, lot, visitor)


def _host(site: Site, visitor: Visitor, name: str) -> None:
    if visitor.account.org not in _parties(site, name):
        site.deny(visitor, facts.tender(name))


def _parties(site: Site, name: str) -> set[str]:
    """The principal and the agency of a tender."""
    state = site.platform.ledger.state(facts.tender(name))
    assert isinstance(state, Tender)
    project = state.project
    return {code for code in (project.principal, project.agency) if code} if project else set()


PAGES = Router("/", route_handlers=[])
RESOURCES = Router(
    "/",
    route_handlers=[act_at_opening, confirm_deposits, open_room, seat_committee, enter_prices, record_evaluation, act_in_room],
)
