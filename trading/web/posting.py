"""One notice: its page, and the same as JSON.

A notice that this platform printed is shown from the tree that it was printed from (`archive.paper.tree`), which the entry
names beside the print: page and PDF say the same.  What somebody else wrote is shown where it is text, and is a file to be
fetched where it is none.
"""

from contextlib import suppress

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from archive import public
from archive.canonical import decode
from archive.errors import Missing
from archive.paper.tree import Block, Document
from trading.desk.facts import tender as stream_of
from trading.desk.printing import TREE
from trading.web.asking import AnyRequest
from trading.web.log import newest
from trading.web.shapes import NoticeRef, Tender
from trading.web.site import Site
from trading.web.tenders import tender_for

_TEXT = 200_000


class Posted(Struct, frozen=True):
    """A notice: ``entry`` is its place in the log once that is published, ``paper`` what it says where the platform printed it,
    ``text`` its paragraphs where it is a plain text.
    """

    tender: str
    notice: NoticeRef
    entry: int | None = None
    paper: Document | None = None
    text: tuple[str, ...] = ()


def posted(site: Site, t: Tender, n: int) -> Posted:
    """The ``n``-th notice of a tender.

    Raises:
        Missing: ``notice.missing``.
    """
    notice = next((notice for notice in t.notices if notice.n == n), None)
    if notice is None:
        raise Missing("notice.missing", tender=t.id, n=n)
    entry, beside = site.ask(public.naming, stream_of(t.id), notice.sha256) or (None, {})
    paper = decode(site.platform.vault.read(beside[TREE]), type=Document) if TREE in beside else None
    on_show = entry is not None and entry < _size(site)
    return Posted(t.id, notice, entry if on_show else None, paper, () if paper else _paragraphs(site, notice.sha256))


@get("/tenders/{name:str}/notices/{n:int}", include_in_schema=False, sync_to_thread=True)
def notice_page(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], n: FromPath[int]) -> Response[str]:
    """One notice."""
    t = tender_for(site, name, site.visitor(request))
    found = posted(site, t, n)
    api = f"/api/tenders/{t.id}/notices/{n}"
    return site.page(request, "notice.html", here="notices", api=api, t=t, found=found, form=_form)


@get("/tenders/{name:str}/notices/{n:int}", sync_to_thread=True, operation_id="read_notice", tags=["tenders"])
def read_notice(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], n: FromPath[int]) -> Posted:
    """A notice: what it says, its file by digest, its place in the log."""
    return posted(site, tender_for(site, name, site.visitor(request)), n)


def _form(block: Block) -> str:
    """Which of the tree's blocks it is, by the name it has on the wire."""
    return str(type(block).__struct_config__.tag)


def _size(site: Site) -> int:
    """How long the log is that everybody may see."""
    with suppress(Missing):
        return newest(site).checkpoint.size
    return 0


def _paragraphs(site: Site, sha256: str) -> tuple[str, ...]:
    """The text of a notice, nothing where it is no text or the vault has it not."""
    length = site.platform.vault.size(sha256)
    if length is None or length > _TEXT:
        return ()
    try:
        text = site.platform.vault.read(sha256).decode("utf-8")
    except UnicodeDecodeError:
        return ()
    if text.startswith("%PDF") or "\0" in text:
        return ()
    return tuple(line.strip() for line in text.splitlines() if line.strip())


PAGES = Router("/", route_handlers=[notice_page])
RESOURCES = Router("/", route_handlers=[read_notice])
