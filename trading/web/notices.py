"""The home page, the guide, the list of notices and the list of tenders."""

from contextlib import suppress
from typing import Annotated
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from msgspec import Struct

from archive.errors import Missing
from trading import queries
from trading.rulebooks.regions import REGIONS
from trading.web import views
from trading.web.asking import AnyRequest
from trading.web.lists import NoticeList, TenderList
from trading.web.log import newest
from trading.web.site import Site

KINDS = ("tender", "clarification", "correction", "termination", "candidates", "result", "contract", "failure")
TRADES = ("01", "02", "03", "04", "05", "90")
STAGES = (
    "published", "closed", "opened", "recorded", "evaluated", "publicised", "awarded", "announced", "notified", "contracted",
    "completed", "archived", "failed", "terminated",
)  # fmt: skip
_LATEST = 6
_SIZE = 20

Words = Annotated[str, QueryParameter(max_length=100, description="words to be found in title, parties, lots and items")]
Kind = Annotated[str, QueryParameter(max_length=20, description="kind of notice")]
Trade = Annotated[str, QueryParameter(max_length=4, description="交易类别, 01 to 05 or 90")]
Region = Annotated[str, QueryParameter(max_length=12, description="行政区划 (GB/T 2260); a prefecture includes its counties")]
Stage = Annotated[str, QueryParameter(max_length=20, description="stage of the tender")]
PageNo = Annotated[int, QueryParameter(ge=1, le=1_000_000, description="page, from 1")]
Size = Annotated[int, QueryParameter(ge=1, le=100, description="lines on a page")]


class Asked(Struct, frozen=True):
    """What the reader is looking for, and which page of how many lines."""

    q: str = ""
    kind: str = ""
    trade: str = ""
    region: str = ""
    stage: str = ""
    page: int = 1
    size: int = _SIZE

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return any((self.q, self.kind, self.trade, self.region, self.stage))

    def url(self, base: str, page: int) -> str:
        """The address of another page of the same search."""
        kept = {name: value for name in ("q", "kind", "trade", "region", "stage") if (value := getattr(self, name))}
        size = {} if self.size == _SIZE else {"size": self.size}
        return f"{base}?{urlencode(kept | size | {'page': page})}"


def about_notices(
    q: Words = "", kind: Kind = "", trade: Trade = "", region: Region = "", page: PageNo = 1, size: Size = _SIZE
) -> Asked:
    """A search of notices out of the query."""
    return Asked(q.strip(), kind, trade, region, "", page, size)


def about_tenders(
    q: Words = "", trade: Trade = "", region: Region = "", stage: Stage = "", page: PageNo = 1, size: Size = _SIZE
) -> Asked:
    """A search of tenders out of the query."""
    return Asked(q.strip(), "", trade, region, stage, page, size)


OF_NOTICES = {"asked": Provide(about_notices, sync_to_thread=False)}
OF_TENDERS = {"asked": Provide(about_tenders, sync_to_thread=False)}


@get("/", include_in_schema=False, sync_to_thread=True)
def home(request: AnyRequest, site: NamedDependency[Site]) -> Response[str]:
    """What this is, three doors, the latest notices, the log at this moment."""
    latest = _notices(site, Asked(size=_LATEST))
    checkpoint = None
    with suppress(Missing):
        checkpoint = newest(site).checkpoint
    return site.page(request, "home.html", notices=latest.items, checkpoint=checkpoint)


@get("/guide", include_in_schema=False, sync_to_thread=True)
def guide(request: AnyRequest, site: NamedDependency[Site]) -> Response[str]:
    """The few steps of a bidder, an agency, a regulator."""
    return site.page(request, "guide.html")


@get("/notices", include_in_schema=False, sync_to_thread=True, dependencies=OF_NOTICES)
def notices_page(request: AnyRequest, site: NamedDependency[Site], asked: NamedDependency[Asked]) -> Response[str]:
    """All notices, newest first, with search."""
    choices = {"kinds": KINDS, "trades": TRADES, "regions": REGIONS, "url": lambda n: asked.url("/notices", n)}
    api = asked.url("/api/notices", asked.page)
    return site.page(request, "notices.html", here="notices", api=api, found=_notices(site, asked), asked=asked, **choices)


@get("/notices", sync_to_thread=True, operation_id="list_notices", tags=["tenders"], dependencies=OF_NOTICES)
def list_notices(site: NamedDependency[Site], asked: NamedDependency[Asked]) -> NoticeList:
    """Published notices of all kinds, newest first."""
    return _notices(site, asked)


@get("/tenders", include_in_schema=False, sync_to_thread=True, dependencies=OF_TENDERS)
def tenders_page(request: AnyRequest, site: NamedDependency[Site], asked: NamedDependency[Asked]) -> Response[str]:
    """All published tenders, newest first, by stage."""
    choices = {"stages": STAGES, "trades": TRADES, "regions": REGIONS, "url": lambda n: asked.url("/tenders", n)}
    api = asked.url("/api/tenders", asked.page)
    return site.page(request, "tenders.html", here="notices", api=api, found=_tenders(site, asked), asked=asked, **choices)


@get("/tenders", sync_to_thread=True, operation_id="list_tenders", tags=["tenders"], dependencies=OF_TENDERS)
def list_tenders(site: NamedDependency[Site], asked: NamedDependency[Asked]) -> TenderList:
    """Published tenders, newest first."""
    return _tenders(site, asked)


def _notices(site: Site, asked: Asked) -> NoticeList:
    wanted = {"text": asked.q, "trade": asked.trade, "region": asked.region, "kind": asked.kind}
    return views.notices(site.ask(queries.notices, **wanted, page=asked.page, size=asked.size))


def _tenders(site: Site, asked: Asked) -> TenderList:
    wanted = {"text": asked.q, "trade": asked.trade, "region": asked.region, "stage": asked.stage}
    return views.tenders(site.ask(queries.tenders, **wanted, page=asked.page, size=asked.size))


PAGES = Router("/", route_handlers=[home, guide, notices_page, tenders_page])
RESOURCES = Router("/", route_handlers=[list_notices, list_tenders])
