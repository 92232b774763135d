"""The log with every opening, for those who hold escrow: the supervision department's mirror (trace-log 1.2, 5.9).

The same paths as under ``/log``, under ``/escrow``, for whoever brings the token ``escrow_token`` of the secrets as
``Authorization: Bearer …``.  Without that secret there is no such place.
"""

from hmac import compare_digest

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from archive.errors import Missing
from archive.tileformat import parse_tile_path, ungrouped
from trading.web.asking import AnyRequest
from trading.web.log import TEXT
from trading.web.site import Site
from trading.web.tiles import BYTES, sent

PRIVATE = {"Cache-Control": "no-store"}


@get("/escrow/{path:path}", sync_to_thread=True, include_in_schema=False)
def escrow(request: AnyRequest, site: NamedDependency[Site], path: FromPath[str]) -> Stream:
    """A tile, a bundle, any opening, any blob that an entry names, or the newest signed checkpoint."""
    wanted, given = site.configuration.secret("escrow_token"), request.headers.get("Authorization", "")
    asked = path.removeprefix("/")
    if not wanted or not compare_digest(given.encode(), f"Bearer {wanted}".encode()):
        raise Missing("log.tile", path=asked[:200])
    top, _, rest = asked.partition("/")
    if top == "blob":
        pieces = site.platform.vault.open(rest[3:] if rest[2:3] == "/" and rest[:2] == rest[3:5] else "")
    elif asked == "checkpoint" or parse_tile_path(asked) or (top == "body" and ungrouped(rest) is not None):
        pieces = site.platform.publishing.escrow.chunks(asked)
    else:
        raise Missing("log.tile", path=asked[:200])
    return sent(pieces, asked, PRIVATE, TEXT if top in ("body", "checkpoint") else BYTES)


PAGES = Router("/", route_handlers=[escrow])
RESOURCES = Router("/", route_handlers=[])
