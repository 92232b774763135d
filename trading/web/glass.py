"""What is sealed of a tender, read before its time by the supervising department with its custodians' consent."""

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from archive.errors import Denied
from archive.strict import base64
from archive.values import Instant
from trading.desk import glass
from trading.glass import AskToRead, Custodian
from trading.web.asking import AnyRequest
from trading.web.bids import Receipt, receipted
from trading.web.site import Site

GLASS = "/tenders/{name:str}/glass"
WATCHING = ("regulator", "supervisor")


class Asking(Struct, frozen=True):
    """Why what is sealed has to be read, on which legal basis, and for how many minutes from now."""

    reason: str
    basis: str
    minutes: int


class Request(Struct, frozen=True):
    """A request as custodians and supervising departments see it."""

    number: int
    org: str
    until: Instant
    needed: int
    approvals: tuple[str, ...]
    reads: int


class Readings(Struct, frozen=True):
    """The receipt of the reading, and every sealed opening of the tender in base64, in the order of their streams."""

    receipt: Receipt
    openings: tuple[str, ...]


@post(GLASS, sync_to_thread=True, status_code=201, operation_id="ask_to_read", tags=["acts"])
def ask(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], data: JSONBody[Asking]) -> Receipt:
    """Ask to read what is sealed; only the supervising department may, and only while bids are taken."""
    visitor = site.somebody(request, *WATCHING)
    log = site.configuration.settings.log
    command = AskToRead(data.reason, data.basis, data.minutes)
    recorded = glass.ask(site.platform, visitor.actor, name, command, _custodians(site), log.custodians_needed)
    return receipted(site, recorded)


@post(f"{GLASS}/{{number:int}}/approval", sync_to_thread=True, status_code=201, operation_id="approve_reading", tags=["acts"])
def approve(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], number: FromPath[int]) -> Receipt:
    """A custodian agrees to a request."""
    visitor = site.somebody(request)
    return receipted(site, glass.approve(site.platform, visitor.actor, name, number))


@post(f"{GLASS}/{{number:int}}/reading", sync_to_thread=True, status_code=201, operation_id="read_sealed", tags=["acts"])
def read(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], number: FromPath[int]) -> Readings:
    """Read, once enough custodians agreed and before the time is over; each reading is an entry."""
    visitor = site.somebody(request, *WATCHING)
    recorded, found = glass.read(site.platform, visitor.actor, name, number)
    return Readings(receipted(site, recorded), tuple(map(base64, found)))


@get(GLASS, sync_to_thread=True, operation_id="readings_asked", tags=["tenders"])
def asked(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str]) -> tuple[Request, ...]:
    """The requests for a tender: for its custodians and the supervising departments."""
    visitor = site.somebody(request)
    me = Custodian(visitor.actor.id, visitor.actor.org)
    if visitor.role not in WATCHING and me not in _custodians(site):
        raise Denied("web.forbidden")
    return tuple(
        Request(r.number, r.by.org, r.until, r.needed, tuple(by.org for by in r.approvals), r.reads)
        for r in glass.requests(site.platform, name).requests
    )


def _custodians(site: Site) -> tuple[Custodian, ...]:
    """Those of the settings, as the log names them."""
    actors = (site.identity.account(login).actor for login in site.configuration.settings.log.custodians)
    return tuple(Custodian(actor.id, actor.org) for actor in actors)


PAGES = Router("/", route_handlers=[])
RESOURCES = Router("/", route_handlers=[ask, approve, read, asked])
