"""The published log as mirrors and monitors read it: C2SP tlog-tiles under ``/log`` (trace-log 1.2).

Any web server may serve the same folder.  Tiles, bundles, openings and blobs never change once they are there and
may be kept for ever.  What is not disclosed, and every other path, is a plain 404: a reason would tell the kind.
"""

import re

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from archive.errors import Missing
from archive.tileformat import parse_tile_path, ungrouped
from trading.web.log import TEXT
from trading.web.site import Site

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
BYTES = "application/octet-stream"
_BLOB = re.compile(r"/([0-9a-f]{2})/(\1[0-9a-f]{62})")


@get("/log/tile/{rest:path}", sync_to_thread=True, include_in_schema=False)
def tile(site: NamedDependency[Site], rest: FromPath[str]) -> Response[bytes]:
    """A tile of hashes or a bundle of entries."""
    return _served(site, f"tile{rest}", parse_tile_path(f"tile{rest}") is not None, BYTES)


@get("/log/body/{rest:path}", sync_to_thread=True, include_in_schema=False)
def body(site: NamedDependency[Site], rest: FromPath[str]) -> Response[bytes]:
    """The opening of a disclosed entry."""
    return _served(site, f"body{rest}", ungrouped(rest.removeprefix("/")) is not None, TEXT)


@get("/log/blob/{rest:path}", sync_to_thread=True, include_in_schema=False)
def blob(site: NamedDependency[Site], rest: FromPath[str]) -> Response[bytes]:
    """A file that a disclosed entry names."""
    return _served(site, f"blob{rest}", _BLOB.fullmatch(rest) is not None, BYTES)


@get("/log/checkpoints/{size:int}", sync_to_thread=True, include_in_schema=False)
def retained(site: NamedDependency[Site], size: FromPath[int]) -> Response[bytes]:
    """A retained checkpoint."""
    return _served(site, f"checkpoints/{size}", 0 <= size < 2**63, TEXT)


def _served(site: Site, path: str, well_formed: bool, media_type: str) -> Response[bytes]:
    shelf = site.platform.publishing.public
    if not well_formed or shelf.size(path) is None:
        raise Missing("log.tile", path=path[:200])
    return Response(b"".join(shelf.chunks(path)), media_type=media_type, headers=FOREVER)


PAGES = Router("/", route_handlers=[tile, body, blob, retained])
RESOURCES = Router("/", route_handlers=[])
