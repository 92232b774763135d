"""The published log as mirrors and monitors read it: C2SP tlog-tiles under ``/log`` (trace-log 1.2).

Any web server may serve the same folder.  Tiles, bundles, openings, blobs and tokens never change once they are there
and may be kept for ever.  What is not disclosed, and every other path, is a plain 404: a reason would tell the kind.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from archive import public
from archive.errors import Missing
from archive.tileformat import parse_tile_path, ungrouped
from trading.web.log import TEXT, newest
from trading.web.site import Site

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
BYTES = "application/octet-stream"
_BLOB = re.compile(r"/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_MOST = 1 << 63
_TOKEN = re.compile(r"/([0-9]{1,19})/([a-z0-9.-]{1,80})\.tsr")


@get("/log/tile/{rest:path}", sync_to_thread=True, include_in_schema=False)
def tile(site: NamedDependency[Site], rest: FromPath[str]) -> Stream:
    """A tile of hashes or a bundle of entries."""
    return _shelved(site, f"tile{rest}", parse_tile_path(f"tile{rest}") is not None)


@get("/log/body/{rest:path}", sync_to_thread=True, include_in_schema=False)
def body(site: NamedDependency[Site], rest: FromPath[str]) -> Stream:
    """The opening of a disclosed entry."""
    return _shelved(site, f"body{rest}", ungrouped(rest.removeprefix("/")) is not None, TEXT)


@get("/log/blob/{rest:path}", sync_to_thread=True, include_in_schema=False)
def blob(site: NamedDependency[Site], rest: FromPath[str]) -> Stream:
    """A file that a disclosed entry names."""
    return _shelved(site, f"blob{rest}", _BLOB.fullmatch(rest) is not None)


@get("/log/anchor/{rest:path}", sync_to_thread=True, include_in_schema=False)
def anchor(site: NamedDependency[Site], rest: FromPath[str]) -> Response[bytes]:
    """The token of a time-stamp authority over a published checkpoint."""
    asked = _TOKEN.fullmatch(rest)
    size = int(asked[1]) if asked else 0
    token = site.ask(public.token, size, asked[2]) if asked and size <= newest(site).checkpoint.size else None
    if token is None:
        raise _none(f"anchor{rest}")
    return Response(token, media_type="application/timestamp-reply", headers=FOREVER)


@get("/log/checkpoints/{size:int}", sync_to_thread=True, include_in_schema=False)
def retained(site: NamedDependency[Site], size: FromPath[int]) -> Response[bytes]:
    """A retained checkpoint; it may still gain signatures."""
    pieces = site.platform.publishing.public.chunks(f"checkpoints/{size}") if 0 <= size < _MOST else iter(())
    return Response(b"".join(_first(pieces, f"checkpoints/{size}")), media_type=TEXT)


def sent(pieces: Iterator[bytes], path: str, headers: Mapping[str, str], media: str = BYTES) -> Stream:
    """Bytes as they come; the first are taken before anything is answered.

    Raises:
        Missing: ``log.tile`` when there are none.
    """
    return Stream(_first(pieces, path), media_type=media, headers=dict(headers))


def _shelved(site: Site, path: str, well_formed: bool, media: str = BYTES) -> Stream:
    if not well_formed:
        raise _none(path)
    return sent(site.platform.publishing.public.chunks(path), path, FOREVER, media)


def _first(pieces: Iterator[bytes], path: str) -> Iterator[bytes]:
    try:
        head = next(pieces)
    except (StopIteration, Missing):
        raise _none(path) from None
    return chain((head,), pieces)


def _none(path: str) -> Missing:
    return Missing("log.tile", path=path[:200])


PAGES = Router("/", route_handlers=[tile, body, blob, anchor, retained])
RESOURCES = Router("/", route_handlers=[])
