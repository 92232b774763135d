"""My desk: what somebody who is logged in has to do here, by role."""

from litestar import Response, Router, get
from litestar.di import NamedDependency
from msgspec import Struct

from archive.values import DAY, Instant
from bidding import queries as bidding
from trading import queries
from trading.web import views
from trading.web.asking import AnyRequest
from trading.web.lists import TenderLine
from trading.web.site import Site

AHEAD: Instant = 30 * DAY


class OwnBid(Struct, frozen=True):
    """A submission of the reader's own organisation: nobody else sees it before the opening."""

    tender: str
    lot: str
    standing: str
    seq: int
    submission_hash: str
    received_at: Instant


class DueLine(Struct, frozen=True):
    """What falls due in a tender that concerns the reader."""

    tender: str
    title: str
    what: str
    at: Instant
    lot: str
    article: str
    breach: bool


class MyDesk(Struct, frozen=True):
    """The reader, his organisation's granted roles, and what concerns him."""

    name: str
    role: str
    org: str
    org_name: str
    roles: tuple[str, ...]
    bids: tuple[OwnBid, ...]
    tenders: tuple[TenderLine, ...]
    dues: tuple[DueLine, ...]


@get("/desk", include_in_schema=False, sync_to_thread=True)
def desk_page(request: AnyRequest, site: NamedDependency[Site]) -> Response[str]:
    """My desk."""
    return site.page(request, "desk.html", here="desk", api="/api/desk", desk=_desk(request, site))


@get("/desk", sync_to_thread=True, operation_id="my_desk", tags=["session"])
def read_desk(request: AnyRequest, site: NamedDependency[Site]) -> MyDesk:
    """What concerns whoever is logged in."""
    return _desk(request, site)


def _desk(request: AnyRequest, site: Site) -> MyDesk:
    visitor = site.somebody(request)
    viewer = site.viewer(visitor)
    own = site.ask(bidding.own_bids, bidding.Viewer("bidder", viewer.org))
    concerning = views.tenders(site.ask(queries.concerning, viewer, size=50))
    dues = site.ask(queries.dues, viewer, site.clock() + AHEAD, size=50) if viewer.roles else None
    org = site.organisation(viewer.org)
    return MyDesk(
        name=visitor.name,
        role=visitor.role,
        org=viewer.org,
        org_name=str(org["name"]) if org else "",
        roles=viewer.roles,
        bids=tuple(OwnBid(b.tender, b.lot, b.standing, b.seq, b.submission_hash, b.received_at) for b in own),
        tenders=concerning.items,
        dues=views.lines(dues.lines, DueLine) if dues else (),
    )


PAGES = Router("/", route_handlers=[desk_page])
RESOURCES = Router("/", route_handlers=[read_desk])
