"""The log as its mirrors and monitors read it: C2SP tlog-tiles under ``/log`` (trace-log 1.2).

Tiles and bundles never change once they are there and may be kept for ever.  What is not disclosed, and every other
path, is a plain 404: a reason would tell the kind.
"""

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from archive import public
from archive.errors import Missing
from archive.tileformat import parse_tile_path, ungrouped
from trading.web.log import TEXT, newest
from trading.web.site import Site

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
BYTES = "application/octet-stream"


@get("/log/tile/{rest:path}", sync_to_thread=True, include_in_schema=False)
def tile(site: NamedDependency[Site], rest: FromPath[str]) -> Response[bytes]:
    """A tile of hashes or a bundle of entries."""
    asked = parse_tile_path(f"tile{rest}")
    if asked is None:
        raise Missing("log.tile", path=f"tile{rest}"[:200])
    level, n, width = asked
    size = newest(site).checkpoint.size
    if isinstance(level, int):
        raw = site.ask(public.tile, level, n, width, size)
    else:
        raw = site.ask(public.bundle, n, width, size)
    return Response(raw, media_type=BYTES, headers=FOREVER)


@get("/log/body/{rest:path}", sync_to_thread=True, include_in_schema=False)
def body(site: NamedDependency[Site], rest: FromPath[str]) -> Response[bytes]:
    """The opening of a disclosed entry."""
    index = ungrouped(rest.removeprefix("/"))
    shown = site.ask(public.entry, index, newest(site).checkpoint.size) if index is not None else None
    if shown is None or not shown.opening:
        raise Missing("log.tile", path=f"body{rest}"[:200])
    return Response(shown.opening, media_type=TEXT, headers=FOREVER)


@get("/log/checkpoints/{size:int}", sync_to_thread=True, include_in_schema=False)
def retained(site: NamedDependency[Site], size: FromPath[int]) -> Response[bytes]:
    """A retained checkpoint with every signature it has by now."""
    return Response(site.ask(public.retained, size).note, media_type=TEXT)


PAGES = Router("/", route_handlers=[tile, body, retained])
RESOURCES = Router("/", route_handlers=[])
