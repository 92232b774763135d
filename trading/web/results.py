"""Evaluation and award of a lot, and the rule sets that govern them."""

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from archive.errors import Missing
from trading.calendar import CALENDARS, CURRENT
from trading.desk import committee, evaluation
from trading.rulebook import digest_of, published
from trading.rulebooks.shape import Rulebook
from trading.web.asking import AnyRequest, language
from trading.web.shapes import Lot
from trading.web.site import Site
from trading.web.tenders import lot_for


class Book(Struct, frozen=True):
    """A published rulebook and the digest that tenders pin."""

    digest: str
    book: Rulebook


class Books(Struct, frozen=True):
    """Every rulebook ever published."""

    items: tuple[Book, ...]


@get("/tenders/{name:str}/lots/{lot:str}/result", include_in_schema=False, sync_to_thread=True)
def result_page(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Response[str]:
    """Ranking, rejections, award."""
    t, found = lot_for(site, name, lot, site.visitor(request))
    book = _book(t.rulebook).book
    chinese = language(request) == "zh"
    grounds = {g.code: f"{g.zh}（{g.article}）" if chinese else f"{g.en} ({g.article})" for g in book.rejections}
    api = f"/api/tenders/{t.id}/lots/{found.spec.id}"
    return site.page(
        request, "result.html", here="notices", api=api, t=t, lot=found, grounds=grounds, data=shown(site, t.id, found)
    )


@get(
    "/tenders/{name:str}/lots/{lot:str}/evaluation/data",
    sync_to_thread=True,
    operation_id="download_evaluation",
    tags=["tenders"],
)
def evaluation_data(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Response[bytes]:
    """What `sunlit verify` computes an evaluation again from; for whoever sees the scores, once the committee is named."""
    _, found = lot_for(site, name, lot, site.visitor(request))
    if not shown(site, name, found):
        raise Missing("evaluation.undisclosed", tender=name, lot=lot[:40])
    named = f'attachment; filename="{name}.{lot}.evaluation.json"'
    raw = evaluation.data(site.platform, name, lot)
    return Response(raw, media_type="application/json", headers={"Content-Disposition": named})


def shown(site: Site, name: str, lot: Lot) -> bool:
    """Whether the reader sees every score and the committee is named; only then are marks his to see."""
    scored = bool(lot.ranking) and all(r.score is not None for r in lot.ranking)
    return scored and committee.panel_of(site.platform, name, lot.spec.id).phase == "disclosed"


@get("/rules", include_in_schema=False, sync_to_thread=True)
def rules_page(request: AnyRequest, site: NamedDependency[Site]) -> Response[str]:
    """All rule sets."""
    return site.page(request, "rules.html", api="/api/rules", books=_books().items, years=CALENDARS[CURRENT].years)


@get("/rules", sync_to_thread=False, operation_id="list_rules", tags=["tenders"])
def list_rules() -> Books:
    """Every published rulebook with its rules and articles."""
    return _books()


@get("/rules/{id:str}", include_in_schema=False, sync_to_thread=True)
def rulebook_page(request: AnyRequest, site: NamedDependency[Site], id: FromPath[str]) -> Response[str]:
    """One rule set: periods, numbers, coded grounds, with their articles."""
    found = _book(id)
    return site.page(request, "rulebook.html", api=f"/api/rules/{id}", book=found.book, digest=found.digest)


@get("/rules/{id:str}", sync_to_thread=False, operation_id="read_rules", tags=["tenders"])
def read_rules(id: FromPath[str]) -> Book:
    """One rulebook."""
    return _book(id)


def _books() -> Books:
    return Books(tuple(Book(digest_of(book.id), book) for book in published()))


def _book(id: str) -> Book:
    found = next((book for book in _books().items if book.book.id == id), None)
    if found is None:
        raise Missing("rules.missing", rulebook=id[:60])
    return found


PAGES = Router("/", route_handlers=[result_page, rules_page, rulebook_page])
RESOURCES = Router("/", route_handlers=[evaluation_data, list_rules, read_rules])
