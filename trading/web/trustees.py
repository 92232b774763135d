"""Trustees before the deadline: the test envelope of a lot, and their answers to it.  What they do at an opening is `rooms`'."""

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from bidding.opening import Release
from trading.desk import trustees
from trading.web.asking import AnyRequest
from trading.web.bids import Receipt, receipted
from trading.web.site import Site
from trading.web.tenders import lot_for

LOT = "/tenders/{name:str}/lots/{lot:str}"


class Test(Struct, frozen=True):
    """A test envelope, hex; its context names a tender that no bid can have."""

    envelope: str


@get(f"{LOT}/drill", sync_to_thread=True, operation_id="read_drill", tags=["tenders"])
def read_drill(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Test:
    """The test envelope that the trustees of a lot open before the deadline (试解密)."""
    lot_for(site, name, lot, site.visitor(request))
    return Test(trustees.test_envelope(site.platform, name, lot).hex())


@post(f"{LOT}/drill", sync_to_thread=True, status_code=201, operation_id="answer_drill", tags=["acts"])
def answer_drill(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str], data: JSONBody[Release]
) -> Receipt:
    """A trustee's share of the test envelope; who answered is open to all."""
    visitor = site.somebody(request)
    return receipted(site, trustees.drill(site.platform, visitor.actor, name, lot, data))


PAGES = Router("/", route_handlers=[])
RESOURCES = Router("/", route_handlers=[read_drill, answer_drill])
