"""Drawing a lot's committee, step by step: rehearse, freeze, bind, reveal, draw, call, answer, name.

Nobody chooses at any of these steps.  `WHO` says who may ask for which; the desk then checks that the organisation behind an
account is the tender's own, and the panel's rules say whether the step is due.  What needs no person has no route: a seat that
falls vacant is filled, and silence on a machine's call is recorded, by the platform itself.
"""

from collections.abc import Mapping
from typing import Final

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from archive.errors import Missing
from archive.ledger import Recorded
from experts import queries
from experts.panel import Panel
from experts.panel import messages as p
from experts.panel.planning import BIDDER
from experts.queries import PoolView
from trading.desk import committee, facts, lottery, pool, registry
from trading.roles import Visitor
from trading.web.asking import AnyRequest
from trading.web.bids import Receipt, receipted
from trading.web.drawn import (
    AuditSample,
    Contacts,
    DrawKey,
    Inputs,
    LastInput,
    OwnLine,
    OwnLines,
    Planning,
    Preview,
    ReplyLine,
    SeatLine,
)
from trading.web.site import Site
from trading.web.tenders import lot_for

DRAW: Final = "/tenders/{name:str}/lots/{lot:str}/draw"
PLANNERS: Final = ("agency", "tenderer")
DRAWERS: Final = ("agency", "tenderer", "regulator", "centre")
WATCHERS: Final = ("regulator", "supervisor")
SPEAKERS: Final = {
    "agency": "agency",
    "principal": "tenderer",
    "regulator": "regulator",
    "platform": "centre",
    "notary": "notary",
}
"""Whose account speaks for which contributor; a ``bidder:`` is spoken for by a supplier's."""
WHO: Mapping[type[p.Command], tuple[str, ...]] = {
    p.DecideAppointment: ("tenderer",),
    p.AppointExperts: ("tenderer",),
    p.CommitNonce: (*SPEAKERS.values(), "bidder"),
    p.RevealNonce: (*SPEAKERS.values(), "bidder"),
    p.OpenFromEscrow: ("regulator", "notary", "centre"),
    p.CallExpert: ("centre",),
    p.RecordReply: ("expert", "centre"),
    p.VacateSeat: ("expert",),
    p.ScreenConflicts: ("centre", "regulator"),
    p.NameRepresentatives: ("tenderer",),
    p.CompletePanel: ("centre",),
    p.DisclosePanel: ("agency", "tenderer", "centre"),
}
"""Acts in a draw and the accounts that may ask for them; whatever is not here is the platform's own."""


@get("/pools/{pool:str}", sync_to_thread=True, operation_id="read_pool", tags=["tenders"])
def read_pool(site: NamedDependency[Site], pool: FromPath[str]) -> PoolView:
    """A pool of experts: its tree of specialities, root and size of its last snapshot; no name."""
    found = site.ask(queries.pool_view, pool)
    if found is None:
        raise Missing("pool.missing", pool=pool[:64])
    return found


@post("/pools/{name:str}/snapshots", sync_to_thread=True, status_code=201, operation_id="take_snapshot", tags=["acts"])
def take_snapshot(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str]) -> Receipt:
    """State the pool as it is today; a plan rests on the last snapshot of an earlier day."""
    site.somebody(request, "centre")
    if site.ask(queries.pool_view, name) is None:
        raise Missing("pool.missing", pool=name[:64])
    return receipted(site, pool.snapshot(site.platform, name))


@post(f"{DRAW}/preview", sync_to_thread=True, status_code=200, operation_id="preview_draw", tags=["acts"])
def preview(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str], data: JSONBody[Planning]
) -> Preview:
    """Rehearse a plan; it is on record in the session that somebody tried it, so that shopping for a short list is seen."""
    visitor = _asked(site, request, name, lot, PLANNERS)
    snapshot, told = lottery.rehearse(site.platform, visitor.actor, name, lot, data.plan, data.pool)
    site.record.viewed(visitor, f"{facts.panel(name, lot)}?preview", " ".join(f"{c}:{n}" for c, n in told.lengths.items()))
    counts = {cat: dict(turned) for cat, turned in told.counts.items()}
    return Preview(snapshot.date, snapshot.root, snapshot.n, dict(told.lengths), counts, told.reason)


@post(f"{DRAW}/plan", sync_to_thread=True, status_code=201, operation_id="plan_draw", tags=["acts"])
def plan_draw(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str], data: JSONBody[Planning]
) -> Receipt:
    """Freeze the plan of an attempt."""
    visitor = _asked(site, request, name, lot, PLANNERS)
    return receipted(site, lottery.plan(site.platform, visitor.actor, name, lot, data.plan, data.pool))


@post(f"{DRAW}/acts", sync_to_thread=True, status_code=201, operation_id="act_in_draw", tags=["acts"])
def act_in_draw(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str], data: JSONBody[p.Command]
) -> Receipt:
    """A contributor's commitment and its opening, calls and answers, the purchaser's members, the standing panel, its names."""
    visitor = _asked(site, request, name, lot, WHO.get(type(data), ()))
    return receipted(site, _act(site, visitor, name, lot, data))


@get(f"{DRAW}/alpha", sync_to_thread=True, operation_id="read_last_input", tags=["acts"])
def read_alpha(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> LastInput:
    """What the plan's VRF holder proves over, once the contributions can no longer change."""
    visitor = _asked(site, request, name, lot, DRAWERS)
    return LastInput(lottery.alpha(site.platform, visitor.actor, name, lot).hex())


@post(f"{DRAW}/execution", sync_to_thread=True, status_code=201, operation_id="execute_draw", tags=["acts"])
def execute(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str], data: JSONBody[Inputs]
) -> Receipt:
    """Draw, once: any of the parties may hand in the last inputs, since they leave nothing to choose."""
    visitor = _asked(site, request, name, lot, DRAWERS)
    return receipted(site, lottery.execute(site.platform, name, lot, data.proofs, data.signature, visitor.actor))


@get(f"{DRAW}/contacts", sync_to_thread=True, operation_id="read_contacts", tags=["acts"])
def read_contacts(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Contacts:
    """Seats, answers and depth of a draw, at once, for the regulator; the reading is on record."""
    visitor = _asked(site, request, name, lot, WATCHERS)
    site.record.viewed(visitor, facts.panel(name, lot), "contacts")
    panel = f"{name}.{lot}"
    depth = next((d for d in site.ask(queries.depths) if d.panel == panel), None)
    seats = site.ask(queries.seats, panel)
    return Contacts(
        contacts=depth.contacts if depth else 0,
        alarmed=bool(depth and depth.alarmed),
        seats=tuple(SeatLine(s.seat, s.cat, s.position, s.expert, s.state, s.calls, s.called_at) for s in seats),
        replies=tuple(ReplyLine(r.at, r.seat, r.expert, r.kind, r.evidence) for r in site.ask(queries.replies, panel)),
    )


@post("/draw-keys", sync_to_thread=True, status_code=201, operation_id="register_draw_key", tags=["acts"])
def register_key(request: AnyRequest, site: NamedDependency[Site], data: JSONBody[DrawKey]) -> Receipt:
    """The VRF key of one's organisation goes on record, before any plan that names it."""
    visitor = site.somebody(request)
    if visitor.role not in SPEAKERS.values():
        site.deny(visitor, request.url.path)
    return receipted(site, registry.register_draw_key(site.platform, visitor.actor, data.key))


@get(f"{DRAW}/audit", sync_to_thread=True, operation_id="read_draw_audit", tags=["acts"])
def read_audit(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> AuditSample:
    """One record in a hundred of the pool that was drawn from, chosen by the seed; for the regulator to compare with files."""
    visitor = _asked(site, request, name, lot, WATCHERS)
    site.record.viewed(visitor, facts.panel(name, lot), "audit")
    return AuditSample(*lottery.audit(site.platform, name, lot))


@get("/calls", sync_to_thread=True, operation_id="read_own_calls", tags=["acts"])
def read_own(request: AnyRequest, site: NamedDependency[Site]) -> OwnLines:
    """What panels recorded of the expert who asks; what is wrong he disputes in his file."""
    visitor = site.somebody(request, "expert")
    return OwnLines(tuple(OwnLine(r.at, r.kind, r.evidence) for r in site.ask(queries.recorded_of, visitor.actor.id)))


def _asked(site: Site, request: AnyRequest, name: str, lot: str, roles: tuple[str, ...]) -> Visitor:
    """Who asks, in one of these roles, about a lot that he may see."""
    visitor = site.somebody(request)
    if visitor.role not in roles:
        site.deny(visitor, request.url.path)
    lot_for(site, name, lot, visitor)
    return visitor


def _act(site: Site, visitor: Visitor, name: str, lot: str, command: p.Command) -> Recorded:
    platform, actor = site.platform, visitor.actor
    match command:
        case p.CommitNonce() | p.RevealNonce() if visitor.role != _speaker(command.role):
            site.deny(visitor, facts.panel(name, lot))
        case p.DecideAppointment():
            done = lottery.decide_appointment(platform, actor, name, lot, command)
        case p.AppointExperts():
            done = lottery.appoint(platform, actor, name, lot, command)
        case p.CommitNonce():
            done = lottery.commit(platform, actor, name, lot, command)
        case p.RevealNonce():
            done = lottery.reveal(platform, actor, name, lot, command)
        case p.OpenFromEscrow():
            done = lottery.open_escrow(platform, actor, name, lot, command)
        case p.CallExpert():
            done = committee.call(platform, name, lot, command.seat, command.channel)
        case p.RecordReply():
            if not (visitor.role == "centre" and command.reply == "timeout"):
                _seated(site, visitor, name, lot, command.seat)
            done = committee.reply(platform, actor, name, lot, command)
        case p.VacateSeat():
            _seated(site, visitor, name, lot, command.seat)
            done = committee.vacate(platform, actor, name, lot, command)
        case p.ScreenConflicts():
            done = committee.screen(platform, name, lot)[0]
        case p.NameRepresentatives():
            done = committee.represent(platform, actor, name, lot, command.representatives)
        case p.CompletePanel():
            done = committee.complete(platform, name, lot)
        case p.DisclosePanel():
            done = committee.disclose(platform, name, lot, actor)
        case _:
            site.deny(visitor, facts.panel(name, lot))
    return done


def _speaker(role: str) -> str:
    return "bidder" if role.startswith(BIDDER) else SPEAKERS.get(role, "")


def _seated(site: Site, visitor: Visitor, name: str, lot: str, seat: int) -> None:
    """Only whoever was called answers for his seat."""
    state = site.platform.ledger.state(facts.panel(name, lot))
    assert isinstance(state, Panel)
    if not 0 <= seat < len(state.seats) or state.seats[seat].id != visitor.actor.id:
        site.deny(visitor, facts.panel(name, lot))


PAGES = Router("/", route_handlers=[])
RESOURCES = Router(
    "/",
    route_handlers=[
        read_pool, take_snapshot, preview, plan_draw, act_in_draw, read_alpha, execute, read_contacts, read_audit, read_own,
        register_key,
    ],
)  # fmt: skip
