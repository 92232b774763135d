"""Clues of collusion in an opened lot, for the regulator and the lot's committee, and over all lots, for the regulator.

Nobody types a fact (experts/SPEC.md 15).  Every reading is on record with the digest of what was shown.
"""

import hashlib

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from archive.canonical import encode
from experts.collusion import Clue
from trading.desk import clues, evaluation, facts
from trading.desk.contents import Looked
from trading.web.asking import AnyRequest
from trading.web.drawing import WATCHERS
from trading.web.shapes import Lot, Tender
from trading.web.site import Site
from trading.web.tenders import lot_for

MEMBERS = ("expert", "member")


class Clues(Struct, frozen=True):
    """What the opened bids have in common and should not, and the files that were looked at; a clue never rejects a bid."""

    items: tuple[Clue, ...]
    files: tuple[Looked, ...]


class Patterns(Struct, frozen=True):
    """What bidders do over many lots; reasons to look, and no finding."""

    items: tuple[Clue, ...]


@get("/tenders/{name:str}/lots/{lot:str}/clues", include_in_schema=False, sync_to_thread=True)
def clues_page(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Response[str]:
    """The clues of a lot, the files that only people can compare, and what a clue is not."""
    tender, own, found = _found(request, site, name, lot)
    api = f"/api/tenders/{tender.id}/lots/{own.spec.id}/clues"
    parts = {
        "t": tender,
        "lot": own,
        "found": found.clues,
        "unread": found.unread,
        "names": found.names,
        "looked": len(found.looked),
    }
    return site.page(request, "clues.html", here="notices", api=api, **parts)


@get("/tenders/{name:str}/lots/{lot:str}/clues", sync_to_thread=True, operation_id="read_clues", tags=["acts"])
def read_clues(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Clues:
    """Clues over the opened bids of a lot, none before the opening; on record.

    The regulator sees all; a member of the lot's committee what the law presumes, without accounts and addresses.
    """
    found = _found(request, site, name, lot)[2]
    return Clues(found.clues, found.looked)


@get("/clues", include_in_schema=False, sync_to_thread=True)
def patterns_page(request: AnyRequest, site: NamedDependency[Site]) -> Response[str]:
    """Patterns over all awarded lots."""
    found = _patterns(request, site)
    orgs = {org: site.organisation(org) for clue in found for org in clue.bids}
    names = {org: str(known["name"]) for org, known in orgs.items() if known}
    return site.page(request, "clues.html", here="desk", api="/api/clues", t=None, found=found, names=names, unread=(), looked=0)


@get("/clues", sync_to_thread=True, operation_id="read_patterns", tags=["acts"])
def read_patterns(request: AnyRequest, site: NamedDependency[Site]) -> Patterns:
    """Bidders that keep meeting, win in turn or only ever lose over all awarded lots; for the regulator, on record."""
    return Patterns(_patterns(request, site))


def _found(request: AnyRequest, site: Site, name: str, lot: str) -> tuple[Tender, Lot, clues.Found]:
    visitor = site.somebody(request, *WATCHERS, *MEMBERS)
    tender, own = lot_for(site, name, lot, visitor)
    if visitor.role in MEMBERS:
        if visitor.actor.id not in {seat.member.id for seat in evaluation.room(site.platform, name, lot).active}:
            site.deny(visitor, request.url.path)
        found = clues.for_committee(clues.found(site.platform, name, lot))
    else:
        found = clues.found(site.platform, name, lot)
    site.record.viewed(visitor, facts.room(name, lot), _shown("clues", encode(found)))
    return tender, own, found


def _patterns(request: AnyRequest, site: Site) -> tuple[Clue, ...]:
    visitor = site.somebody(request, *WATCHERS)
    found = clues.across_lots(site.platform)
    site.record.viewed(visitor, "awarded lots", _shown("patterns", encode(found)))
    return found


def _shown(what: str, canonical: bytes) -> str:
    """What was read, and the SHA-256 of its canonical form."""
    return f"{what} sha256:{hashlib.sha256(canonical).hexdigest()}"


PAGES = Router("/", route_handlers=[clues_page, patterns_page])
RESOURCES = Router("/", route_handlers=[read_clues, read_patterns])
