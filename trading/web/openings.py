"""The opening of a lot: the sealed box before, the decryption while it runs, the record afterwards."""

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from archive.errors import Missing
from archive.values import Instant
from bidding import queries
from bidding.box import Box
from bidding.queries import BoxView, EnvelopeView, Viewer
from trading.desk import envelopes, printing
from trading.desk import opening as desk
from trading.lifecycle.records import SEALED
from trading.roles import Visitor
from trading.web import senders
from trading.web.asking import AnyRequest
from trading.web.bids import Receipt, receipted
from trading.web.shapes import Amount, Lot, Tender
from trading.web.site import Site
from trading.web.tenders import lot_for

HOSTS = ("platform", "regulator")


class OpenedBid(Struct, frozen=True):
    """A bid on the closing list: who, when, whether its stored bytes agree with its receipt, what became of it.

    ``seal`` is intact, damaged or empty while nobody looked; ``effect`` opened, revoked (视为撤销), withdrawn (视为撤回),
    undecided (待认定) or pending, in a second opening also sealed (not admitted, so never opened); the form's fields are there
    once they are read aloud.
    """

    name: str
    org: str
    received_at: Instant
    envelope: str
    seal: str
    effect: str
    released: int
    price: Amount | None = None
    duration: str = ""
    quality: str = ""
    manager: str = ""
    deposit: str = ""
    remarks: str = ""


class Objection(Struct, frozen=True):
    """An objection on the spot and its answer; the public does not see by whom."""

    number: int
    text: str
    at: Instant
    answer: str
    answered_at: Instant
    org: str = ""


class Opening(Struct, frozen=True):
    """The box of a lot; ``count`` is None before the closing, for nobody knows it then.

    ``envelope`` of the ``envelopes`` that each bid has is being opened or was opened last, 0 before the closing; ``bids`` are
    of it, ``technical`` of the first one once the second, with the prices, is opened.
    """

    tender: str
    lot: str
    phase: str
    paused: bool
    opens_at: Instant
    closes_at: Instant
    closed_at: Instant
    ends_at: Instant
    least_bids: int
    below_least: bool
    count: int | None
    intact: int
    closing_list: str
    policy_hash: str
    record_sha256: str
    bids: tuple[OpenedBid, ...]
    objections: tuple[Objection, ...]
    envelopes: int = 1
    envelope: int = 0
    prices_sha256: str = ""
    technical: tuple[OpenedBid, ...] = ()


def opening_for(site: Site, name: str, lot: str, visitor: Visitor | None) -> tuple[Tender, Lot, Opening]:
    """An opening as a visitor may see it.

    Raises:
        Missing: ``tender.missing``, ``lot.missing``, ``box.missing`` before the notice.
    """
    t, found = lot_for(site, name, lot, visitor)
    box = site.ask(queries.box_of, name, lot)
    if box is None:
        raise Missing("box.missing", tender=name, lot=lot)
    viewer = _viewer(site, t, visitor)
    found_there = site.ask(queries.envelopes, name, lot, viewer)
    bids = tuple(_bid(e) for e in found_there if e.stage == box.stage or not box.stage)
    technical = tuple(e for e in found_there if e.stage == box.stages[0] != box.stage)
    said = site.ask(queries.objections, box.stream, viewer)
    objections = tuple(Objection(o.number, o.text, o.at, o.answer, o.answered_at, o.org) for o in said)
    bids += tuple(_shut(site, box, e) for e in technical if e.org not in {b.org for b in bids})
    return t, found, _opening(box, found, bids, objections, tuple(map(_bid, technical)))


@get("/tenders/{name:str}/lots/{lot:str}/opening", include_in_schema=False, sync_to_thread=True)
def opening_page(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Response[str]:
    """The opening record."""
    t, found, opening = opening_for(site, name, lot, site.visitor(request))
    api = f"/api/tenders/{t.id}/lots/{found.spec.id}/opening"
    return site.page(request, "opening.html", here="notices", api=api, t=t, lot=found, box=opening)


@get("/tenders/{name:str}/lots/{lot:str}/opening", sync_to_thread=True, operation_id="read_opening", tags=["tenders"])
def read_opening(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Opening:
    """The opening of a lot, as its reader may see it."""
    return opening_for(site, name, lot, site.visitor(request))[2]


@post(
    "/tenders/{name:str}/lots/{lot:str}/opening/record",
    sync_to_thread=True,
    status_code=201,
    operation_id="record_opening",
    tags=["acts"],
)
def record_opening(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Receipt:
    """开标记录: printed from the finished opening and put on the tender's record by whoever hosts it; of each envelope."""
    visitor = site.somebody(request)
    if visitor.role not in senders.HOSTS:
        site.deny(visitor, request.url.path)
    lot_for(site, name, lot, visitor)
    desk.finished(site.platform, name, lot)
    return receipted(site, desk.record(site.platform, visitor.actor, name, lot, printing.opening(site.platform, name, lot)))


@post(
    "/tenders/{name:str}/lots/{lot:str}/opening/prices",
    sync_to_thread=True,
    status_code=201,
    operation_id="open_prices",
    tags=["acts"],
)
def open_prices(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Receipt:
    """开启第二信封: the host opens the prices of the bids that the locked technical evaluation left in."""
    visitor = site.somebody(request)
    if visitor.role not in senders.HOSTS:
        site.deny(visitor, request.url.path)
    lot_for(site, name, lot, visitor)
    return receipted(site, envelopes.open_prices(site.platform, visitor.actor, name, lot))


def _viewer(site: Site, t: Tender, visitor: Visitor | None) -> Viewer:
    """The parties to the tender host its opening, and the centre and regulators watch it."""
    if visitor is None:
        return queries.PUBLIC
    seen = site.viewer(visitor)
    hosts = bool(set(HOSTS) & set(seen.roles)) or (seen.org != "" and seen.org in (t.project.principal, t.project.agency))
    return Viewer("host" if hosts else "bidder", seen.org)


def _shut(site: Site, box: BoxView, first: EnvelopeView) -> OpenedBid:
    """The row of a bid that was not admitted to the second opening: the envelope that stays sealed."""
    state = site.platform.ledger.state(box.stream)
    assert isinstance(state, Box)
    id = next(b.envelopes[box.stages.index(box.stage)] for b in state.listed if b.stream == first.sealed)
    return OpenedBid(first.name, first.org, first.received_at, id, "", SEALED, 0)


def _opening(
    box: BoxView,
    lot: Lot,
    bids: tuple[OpenedBid, ...],
    objections: tuple[Objection, ...],
    technical: tuple[OpenedBid, ...],
) -> Opening:
    return Opening(
        tender=box.tender,
        lot=box.lot,
        phase=box.phase,
        paused=box.paused,
        opens_at=box.opens_at,
        closes_at=box.closes_at,
        closed_at=box.closed_at,
        ends_at=box.ends_at,
        least_bids=box.least_bids,
        below_least=box.below_least,
        count=box.count,
        intact=sum(bid.seal != "damaged" for bid in bids),
        closing_list=box.closing_list,
        policy_hash=box.policy_hash,
        record_sha256=lot.record_sha256,
        bids=bids,
        objections=objections,
        envelopes=len(box.stages),
        envelope=box.stages.index(box.stage) + 1 if box.stage else 0,
        prices_sha256=lot.prices_sha256,
        technical=technical,
    )


def _bid(e: EnvelopeView) -> OpenedBid:
    form = e.form
    money = form.money if form else None
    seal = "" if not e.verdict else "damaged" if e.verdict == "bytes-missing" else "intact"
    effect = {"counted": "opened"}.get(e.effect, e.effect) if e.verdict else "pending"
    return OpenedBid(
        name=e.name,
        org=e.org,
        received_at=e.received_at,
        envelope=e.envelope,
        seal=seal,
        effect=effect,
        released=len(e.released),
        price=Amount(money.amount, money.currency) if money else None,
        duration=f"{form.duration_days}" if form and form.duration_days else "",
        quality=form.quality if form else "",
        manager=form.manager if form else "",
        deposit=form.deposit if form else "",
        remarks=form.remarks if form else "",
    )


PAGES = Router("/", route_handlers=[opening_page])
RESOURCES = Router("/", route_handlers=[read_opening, record_opening, open_prices])
