"""A tender, its lots and its documents."""

from collections.abc import Iterator
from urllib.parse import quote

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from archive.errors import Missing
from trading import queries
from trading.roles import Visitor
from trading.rulebook import rulebook
from trading.web import views
from trading.web.ahead import limits, steps
from trading.web.asking import AnyRequest
from trading.web.shapes import Due, File, Lot, Tender
from trading.web.site import Site

_AT_ONCE = 8 * 1024 * 1024


def tender_for(site: Site, name: str, visitor: Visitor | None) -> Tender:
    """A tender as a visitor may see it.

    Raises:
        Missing: ``tender.missing``.
    """
    return views.tender(site.ask(queries.tender, name, site.viewer(visitor)))


def lot_for(site: Site, name: str, lot: str, visitor: Visitor | None) -> tuple[Tender, Lot]:
    """A lot and its tender, likewise.

    Raises:
        Missing: ``tender.missing``, ``tender.no-lot``.
    """
    tender = tender_for(site, name, visitor)
    found = tender.lot(lot)
    if found is None:
        raise Missing("lot.missing", tender=name, lot=lot[:40])
    return tender, found


@get("/tenders/{name:str}", include_in_schema=False, sync_to_thread=True)
def tender_page(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str]) -> Response[str]:
    """A tender: its life, lots, documents, rules, times."""
    t = tender_for(site, name, site.visitor(request))
    now = site.clock()
    parts = {"ahead": _ahead(t), "steps": steps(t, now), "limits": limits(t, now), "book": rulebook(t.rulebook)}
    return site.page(request, "tender.html", here="notices", api=f"/api/tenders/{t.id}", t=t, **parts)


@get("/tenders/{name:str}", sync_to_thread=True, operation_id="read_tender", tags=["tenders"])
def read_tender(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str]) -> Tender:
    """A tender with its lots, as its reader may see it."""
    return tender_for(site, name, site.visitor(request))


@get("/tenders/{name:str}/lots/{lot:str}", include_in_schema=False, sync_to_thread=True)
def lot_page(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Response[str]:
    """A lot."""
    t, found = lot_for(site, name, lot, site.visitor(request))
    return site.page(request, "lot.html", here="notices", api=f"/api/tenders/{t.id}/lots/{found.spec.id}", t=t, lot=found)


@get("/tenders/{name:str}/lots/{lot:str}", sync_to_thread=True, operation_id="read_lot", tags=["tenders"])
def read_lot(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Lot:
    """A lot, as its reader may see it."""
    return lot_for(site, name, lot, site.visitor(request))[1]


@get("/tenders/{name:str}/documents/{sha256:str}", sync_to_thread=True, operation_id="read_document", tags=["tenders"])
def read_document(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], sha256: FromPath[str]
) -> Response[bytes] | Stream:
    """A document of a tender: its files, notices, opening record, and the report and contract once they are public."""
    return _sent(site, _document(tender_for(site, name, site.visitor(request)), sha256))


@get("/tenders/{name:str}/documents/{sha256:str}", include_in_schema=False, sync_to_thread=True)
def document(
    request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], sha256: FromPath[str]
) -> Response[bytes] | Stream:
    """The same document from a page."""
    return _sent(site, _document(tender_for(site, name, site.visitor(request)), sha256))


def _ahead(t: Tender) -> tuple[Due, ...]:
    """What lies ahead on the timeline: all dues for those who watch, the deadline for everybody."""
    if t.dues or t.stage != "published" or t.pauses:
        return t.dues
    return (Due("close", t.times.deadline, "", "招标投标法 第三十四条"),)


def _document(t: Tender, sha256: str) -> File:
    """A document that this tender names and its reader may see.

    Raises:
        Missing: ``document.missing`` for every other digest.
    """
    for file in t.documents:
        if file.sha256 == sha256:
            return file
    for notice in t.notices:
        if notice.sha256 == sha256:
            return File(sha256, 0, f"{t.id}-{notice.kind}-{notice.n}", "", notice.kind)
    for lot in t.lots:
        for kind in ("record", "report", "contract"):
            if sha256 and getattr(lot, f"{kind}_sha256") == sha256:
                return File(sha256, 0, f"{t.id}-{lot.spec.id}-{kind}", "", kind)
        for former in lot.voided:
            if former.report_sha256 == sha256:
                return File(sha256, 0, f"{t.id}-{lot.spec.id}-report-{former.n}-void", "", "report")
    raise Missing("document.missing", tender=t.id, sha256=sha256[:64])


def _sent(site: Site, file: File) -> Response[bytes] | Stream:
    """The bytes: small ones are verified before the first is sent, large ones while they are."""
    vault = site.platform.vault
    length = vault.size(file.sha256)
    if length is None:
        raise Missing("document.missing", tender="", sha256=file.sha256)
    pieces: Iterator[bytes] = vault.open(file.sha256)
    first = next(pieces, b"")
    pdf = first.startswith(b"%PDF")
    name = file.name if "." in file.name else file.name + (".pdf" if pdf else ".txt")
    media = "application/pdf" if pdf else file.media_type if _plain(file.media_type) else "application/octet-stream"
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Length": str(length),
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    if length <= _AT_ONCE:
        return Response(first + b"".join(pieces), media_type=media, headers=headers)
    return Stream(_chained(first, pieces), media_type=media, headers=headers)


def _plain(media_type: str) -> bool:
    """A media type that may go into a header, and is no page that a browser would run."""
    return media_type.isascii() and media_type.isprintable() and media_type.count("/") == 1 and "html" not in media_type


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


PAGES = Router("/", route_handlers=[tender_page, lot_page, document])
RESOURCES = Router("/", route_handlers=[read_tender, read_lot, read_document])
