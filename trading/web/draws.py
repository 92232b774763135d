"""The drawing of a lot's experts: what is public of it at each moment, so that anybody can compute it again.

Plan, list and commitments are public from the start; what was revealed, the last input, the seed and the seats appear
with the disclosure after the award (招标投标法 第三十七条), when the stream's entries are opened too.
"""

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from archive.canonical import encode
from archive.errors import Missing
from archive.values import Instant
from experts import queries
from experts.panel import Panel
from experts.panel.events import Appointment
from experts.panel.state import reveal_deadline
from experts.plan import Plan
from experts.queries import PanelView
from trading.desk import committee, facts, pool
from trading.roles import Visitor
from trading.web.asking import AnyRequest
from trading.web.shapes import Lot, Tender
from trading.web.site import Site
from trading.web.tenders import lot_for


class Contribution(Struct, frozen=True):
    """A party's commitment, what it revealed, or that it withheld."""

    role: str
    c: str = ""
    r: str = ""
    withheld: bool = False


class Proof(Struct, frozen=True):
    """A holder's VRF proof."""

    role: str
    proof: str


class Seat(Struct, frozen=True):
    """A seat: category, position in its list, the expert's commitment; id and name once they are disclosed."""

    cat: str
    position: int
    rc: str
    id: str
    name: str


class Reply(Struct, frozen=True):
    """A line of the reply log."""

    at: Instant
    seat: int
    kind: str


class Draw(Struct, frozen=True):
    """A draw as everybody may see it; what is not public yet is empty.  ``plan_text`` is the plan byte for byte.

    Where there is an ``appointment`` the experts were appointed and not drawn.
    """

    tender: str
    lot: str
    phase: str = "new"
    alarmed: bool = False
    plan: Plan | None = None
    plan_text: str = ""
    planned_at: Instant = 0
    reveal_by: Instant = 0
    root: str = ""
    pool: int = 0
    ctx: str = ""
    contributions: tuple[Contribution, ...] = ()
    lengths: dict[str, int] = {}
    counts: dict[str, dict[str, int]] = {}
    result: str = ""
    drawn_at: Instant = 0
    completed_at: Instant = 0
    seed: str = ""
    beacon_signature: str = ""
    proofs: tuple[Proof, ...] = ()
    seats: tuple[Seat, ...] = ()
    replies: tuple[Reply, ...] = ()
    appointment: Appointment | None = None


def draw_for(site: Site, name: str, lot: str, visitor: Visitor | None) -> tuple[Tender, Lot, Draw]:
    """The draw of a lot's committee.

    Raises:
        Missing: ``tender.missing``, ``lot.missing``.
    """
    t, found = lot_for(site, name, lot, visitor)
    view = site.ask(queries.panel_view, f"{name}.{lot}")
    if view is None:
        return t, found, Draw(name, lot)
    state = site.platform.ledger.state(facts.panel(name, lot))
    assert isinstance(state, Panel)
    return t, found, _draw(name, view, state)


@get("/tenders/{name:str}/lots/{lot:str}/draw", include_in_schema=False, sync_to_thread=True)
def draw_page(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Response[str]:
    """The proof of a draw."""
    t, found, draw = draw_for(site, name, lot, site.visitor(request))
    api = f"/api/tenders/{t.id}/lots/{found.spec.id}/draw"
    titles = {seat.cat: pool.title(site.platform, seat.cat) for seat in (draw.plan.seats if draw.plan else ())}
    return site.page(request, "draw.html", here="notices", api=api, t=t, lot=found, draw=draw, titles=titles)


@get("/tenders/{name:str}/lots/{lot:str}/draw", sync_to_thread=True, operation_id="read_draw", tags=["tenders"])
def read_draw(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Draw:
    """The draw of a lot's experts."""
    return draw_for(site, name, lot, site.visitor(request))[2]


@get("/tenders/{name:str}/lots/{lot:str}/draw/proof", sync_to_thread=True, operation_id="download_draw_proof", tags=["tenders"])
def draw_proof(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Response[bytes]:
    """The proof file that `sunlit verify` checks offline; there is one once the committee is disclosed after the award."""
    _, _, draw = draw_for(site, name, lot, site.visitor(request))
    if draw.phase != "disclosed":
        raise Missing("draw.undisclosed", phase=draw.phase)
    raw = committee.proof(site.platform, name, lot)
    named = f'attachment; filename="{name}.{lot}.draw.json"'
    return Response(raw, media_type="application/json", headers={"Content-Disposition": named})


def _draw(name: str, view: PanelView, state: Panel) -> Draw:
    assert state.plan is not None
    open_ = view.phase == "disclosed"
    if state.appointment is not None:
        return _appointed(name, view, state, state.plan, state.appointment)
    drawn = state.draw if open_ else None
    contributions = tuple(_contribution(role, state, open_) for role in state.plan.contributors)
    names = {m.id: m.name for m in view.members}
    return Draw(
        tender=name,
        lot=state.plan.lot,
        phase=view.phase,
        alarmed=state.alarmed and open_,
        plan=state.plan,
        plan_text=encode(state.plan).decode(),
        planned_at=view.planned_at,
        reveal_by=reveal_deadline(state.plan),
        root=view.root,
        pool=view.pool,
        ctx=view.ctx,
        contributions=contributions,
        lengths=view.lengths,
        counts=view.counts,
        result=view.result,
        drawn_at=view.drawn_at,
        completed_at=view.completed_at,
        seed=drawn.seed if drawn else "",
        beacon_signature=drawn.signature if drawn else "",
        proofs=tuple(Proof(p.role, p.pi) for p in drawn.proofs) if drawn else (),
        seats=tuple(Seat(s.cat, s.position, s.rc, s.id, names.get(s.id, "")) for s in state.seats) if open_ else (),
        replies=tuple(Reply(r.at, r.seat, r.kind) for r in state.replies) if open_ else (),
    )


def _appointed(name: str, view: PanelView, state: Panel, plan: Plan, why: Appointment) -> Draw:
    """A panel without a draw: the decision is public at once, its members with the award."""
    names = {m.id: m.name for m in view.members}
    seats = tuple(Seat(s.cat, s.position, s.rc, s.id, names.get(s.id, "")) for s in state.seats) if names else ()
    replies = tuple(Reply(r.at, r.seat, r.kind) for r in state.replies) if names else ()
    return Draw(
        name, plan.lot, view.phase, plan=plan, planned_at=view.planned_at, completed_at=view.completed_at,
        seats=seats, replies=replies, appointment=why,
    )  # fmt: skip


def _contribution(role: str, state: Panel, open_: bool) -> Contribution:
    withheld = open_ and state.draw is not None and role in state.draw.withheld
    return Contribution(role, state.commits.get(role, ""), state.reveals.get(role, "") if open_ else "", withheld)


PAGES = Router("/", route_handlers=[draw_page])
RESOURCES = Router("/", route_handlers=[read_draw, draw_proof])
