"""Evaluation and award of a lot, and the rule sets that govern them."""

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from archive.errors import Missing
from trading.calendar import CALENDARS, CURRENT
from trading.rulebook import digest_of, published
from trading.rulebooks.shape import Rulebook
from trading.web.asking import AnyRequest, language
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
    return site.page(request, "result.html", here="notices", api=api, t=t, lot=found, grounds=grounds)


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
RESOURCES = Router("/", route_handlers=[list_rules, read_rules])
