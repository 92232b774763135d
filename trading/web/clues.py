"""Clues of collusion in an opened lot and over all lots, for the regulator, and nobody types a fact (experts/SPEC.md 15)."""

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from experts.collusion import Clue
from trading.desk import clues, facts
from trading.desk.contents import Looked
from trading.web.asking import AnyRequest
from trading.web.drawing import WATCHERS
from trading.web.site import Site
from trading.web.tenders import lot_for


class Clues(Struct, frozen=True):
    """What the opened bids have in common and should not, and the files that were looked at; a clue never rejects a bid."""

    items: tuple[Clue, ...]
    files: tuple[Looked, ...]


class Patterns(Struct, frozen=True):
    """What bidders do over many lots; reasons to look, and no finding."""

    items: tuple[Clue, ...]


@get("/tenders/{name:str}/lots/{lot:str}/clues", sync_to_thread=True, operation_id="read_clues", tags=["acts"])
def read_clues(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Clues:
    """Clues over the opened bids of a lot, none before the opening; for the regulator, whose reading is on record."""
    visitor = site.somebody(request, *WATCHERS)
    lot_for(site, name, lot, visitor)
    site.record.viewed(visitor, facts.room(name, lot), "clues")
    found = clues.found(site.platform, name, lot)
    return Clues(found.clues, found.looked)


@get("/clues", sync_to_thread=True, operation_id="read_patterns", tags=["acts"])
def read_patterns(request: AnyRequest, site: NamedDependency[Site]) -> Patterns:
    """Pairs of bidders that keep meeting, take turns or cover each other over all awarded lots; for the regulator, on record."""
    visitor = site.somebody(request, *WATCHERS)
    site.record.viewed(visitor, "awarded lots", "patterns")
    return Patterns(clues.across_lots(site.platform))


PAGES = Router("/", route_handlers=[])
RESOURCES = Router("/", route_handlers=[read_clues, read_patterns])
