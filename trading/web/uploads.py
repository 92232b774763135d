"""Uploads of ciphertext: a tus 1.0 server (core, creation, termination, checksum, expiration) over `bidding.uploads`.

A body of an envelope goes up as anonymous bytes before the submission that names it.  Each request is spooled to its
end before anything of it is kept; only whole leaves are kept, so a broken line costs at most one leaf.  An upload
belongs to the account that made it and is as missing as none to everybody else.
"""

from base64 import b64decode
from email.utils import formatdate
from typing import Annotated

from litestar import Response, Router, delete, head, patch, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter

from archive.canonical import encode
from archive.errors import Conflict, Invalid
from archive.values import SECOND
from bidding.uploads import Upload
from trading.web.asking import AnyRequest
from trading.web.origins import origin
from trading.web.site import Site
from trading.web.spool import Spool

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,checksum,expiration"

Length = Annotated[int, HeaderParameter(name="Upload-Length", ge=1, lt=2**53, description="bytes of ciphertext")]
Offset = Annotated[int, HeaderParameter(name="Upload-Offset", ge=0, lt=2**53, description="where this part begins")]
Checksum = Annotated[str, HeaderParameter(name="Upload-Checksum", max_length=100, description="``sha256`` and its base64")]
Resumable = Annotated[str, HeaderParameter(name="Tus-Resumable", max_length=20, description="the protocol's version, 1.0.0")]

_busy: set[str] = set()  # uploads that a request of this process is writing to; only the event loop touches it


@route("/uploads", http_method=["OPTIONS"], sync_to_thread=False, include_in_schema=False, status_code=204)
def what_is_offered(site: NamedDependency[Site]) -> Response[None]:
    """The protocol's own question."""
    largest = site.configuration.settings.bidding.max_bid_bytes
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(largest),
        "Tus-Checksum-Algorithm": "sha256",
    }
    return Response(None, status_code=204, headers=_tus() | headers)


@post("/uploads", sync_to_thread=True, status_code=201, operation_id="create_upload", tags=["acts"])
def create(request: AnyRequest, site: NamedDependency[Site], length: Length, resumable: Resumable = VERSION) -> Response[None]:
    """Room for one body of ciphertext; answers with its address in ``Location``."""
    _version(resumable)
    account, came = site.somebody(request).account.id, encode(origin(site, request)).decode()
    made = site.platform.uploads.create(account, length, site.clock(), came)
    return Response(None, status_code=201, headers=_state(made) | {"Location": f"/api/uploads/{made.id}"})


@head("/uploads/{id:str}", sync_to_thread=True, operation_id="read_upload", tags=["acts"])
def where(request: AnyRequest, site: NamedDependency[Site], id: FromPath[str]) -> Response[None]:
    """Where an upload stands."""
    account = site.somebody(request).account.id
    return Response(None, headers=_state(site.platform.uploads.get(id, account)) | {"Cache-Control": "no-store"})


@patch("/uploads/{id:str}", status_code=204, request_max_body_size=None, operation_id="send_part", tags=["acts"])
async def append(
    request: AnyRequest,
    site: NamedDependency[Site],
    id: FromPath[str],
    offset: Offset,
    checksum: Checksum = "",
    resumable: Resumable = VERSION,
) -> Response[None]:
    """The next part, as ``application/offset+octet-stream``; with a checksum nothing is kept unless it agrees."""
    _version(resumable)
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/offset+octet-stream":
        raise Invalid("web.media")
    wanted = _sha256(checksum)
    account = (await site.in_thread(lambda: site.somebody(request))).account.id
    state = await site.in_thread(lambda: site.platform.uploads.get(id, account))
    if id in _busy:
        raise Conflict("upload.locked")
    _busy.add(id)
    try:
        with Spool() as spool:
            # Where the line broke, what arrived is kept as far as it makes whole leaves; with a checksum nothing is.
            await spool.fill(request, max(0, state.length - offset))
            part = spool.pieces()
            done = await site.in_thread(lambda: site.platform.uploads.append(id, account, offset, part, site.clock(), wanted))
    finally:
        _busy.discard(id)
    return Response(None, status_code=204, headers=_state(done))


@delete("/uploads/{id:str}", sync_to_thread=True, operation_id="drop_upload", tags=["acts"])
def terminate(request: AnyRequest, site: NamedDependency[Site], id: FromPath[str]) -> Response[None]:
    """Forget an upload."""
    site.platform.uploads.terminate(id, site.somebody(request).account.id)
    return Response(None, status_code=204, headers=_tus())


def _sha256(header: str) -> bytes | None:
    if not header:
        return None
    algorithm, _, text = header.partition(" ")
    try:
        digest = b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if algorithm != "sha256" or len(digest) != 32:
        raise Invalid("web.input", where="Upload-Checksum", why="sha256 <base64>")
    return digest


def _version(text: str) -> None:
    if text != VERSION:
        raise Invalid("upload.version", version=text, supported=VERSION)


def _tus() -> dict[str, str]:
    return {"Tus-Resumable": VERSION}


def _state(upload: Upload) -> dict[str, str]:
    return _tus() | {
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.length),
        "Upload-Expires": formatdate(upload.expires_at // SECOND, usegmt=True),
    }


PAGES = Router("/", route_handlers=[])
RESOURCES = Router("/", route_handlers=[what_is_offered, create, where, append, terminate])
