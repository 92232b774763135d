"""Checking a receipt: anybody may, without login; the page checks in the browser too and says how to do it off line."""

from typing import Annotated

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import JSONBody, MultipartBody
from msgspec import Meta, Struct

from archive import proofs
from archive.envelope import Body, examine
from archive.errors import TooLarge
from archive.faults import FAULTS, Fault
from archive.policy import check_checkpoint, parse_policy
from archive.strict import base64
from trading.messages import sentence
from trading.web.asking import AnyRequest, language
from trading.web.log import policy
from trading.web.site import Site

MAX = proofs.MAX_BYTES


class Form(Struct, frozen=True):
    """What the page sends: a file, or its text."""

    file: UploadFile | None = None
    text: str = ""


class ReceiptText(Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt as text, exactly as the file has it."""

    receipt: Annotated[str, Meta(max_length=MAX)]


class Verdict(Struct, frozen=True):
    """Whether a receipt holds under this log's keys, and what it shows; ``code`` and ``why`` where it does not."""

    holds: bool
    code: str = ""
    why: str = ""
    index: int = 0
    size: int = 0
    origin: str = ""
    root: str = ""
    signers: tuple[str, ...] = ()
    act: str = ""
    stream: str = ""
    seq: int = 0
    at: str = ""
    rx: str = ""
    id: str = ""


@get("/receipts", include_in_schema=False, sync_to_thread=True)
def receipts_page(request: AnyRequest, site: NamedDependency[Site]) -> Response[str]:
    """The form."""
    return _page(request, site)


@post("/receipts", include_in_schema=False, status_code=200)
async def check_form(request: AnyRequest, site: NamedDependency[Site], data: MultipartBody[Form]) -> Response[str]:
    """The verdict over what was pasted or uploaded."""
    raw = await data.file.read(MAX + 1) if data.file is not None else b""
    if not raw:
        # A form's text comes with the line ends of the web; a receipt has line feeds.
        raw = data.text.replace("\r\n", "\n").encode("utf-8", "replace")
    if len(raw) > MAX:
        raise TooLarge("web.too_large", limit_bytes=MAX)
    text = raw.decode("utf-8", "replace")
    return await site.in_thread(lambda: _page(request, site, checked(site, raw), text))


@post("/receipts", sync_to_thread=True, status_code=200, operation_id="check_receipt", tags=["log"])
def check_receipt(site: NamedDependency[Site], data: JSONBody[ReceiptText]) -> Verdict:
    """The verdict over a receipt."""
    return checked(site, data.receipt.encode("utf-8", "replace"))


def _page(request: AnyRequest, site: Site, verdict: Verdict | None = None, text: str = "") -> Response[str]:
    """The form and a verdict; the browser's own check has each fault's sentence, a line's end where its clause stands."""
    faults = {code: sentence(code, {"why": "\n"}, language(request)) for code in sorted(FAULTS)}
    keys = policy(site)
    return site.page(request, "receipts.html", here="receipts", verdict=verdict, text=text, policy=keys, faults=faults)


def checked(site: Site, raw: bytes) -> Verdict:
    """The steps of trace-log 1.7 under the keys of this platform's log."""
    pinned = parse_policy(policy(site).encode())
    try:
        opened = proofs.check_proof(raw, pinned)
        judged = check_checkpoint(proofs.parse_proof(raw).checkpoint, pinned)
    except Fault as fault:
        return Verdict(holds=False, code=fault.code, why=fault.why)
    body = _body(opened)
    return Verdict(
        holds=True,
        index=opened.index,
        size=opened.size,
        origin=judged.tree.origin,
        root=base64(opened.root),
        signers=tuple(key.label for key in judged.times),
        act=body.act if body else "",
        stream=body.stream if body else "",
        seq=body.seq if body else 0,
        at=body.at if body else "",
        rx=(body.rx or "") if body else "",
        id=body.id if body else "",
    )


def _body(opened: proofs.Opened) -> Body | None:
    return examine(opened.body)[0] if opened.body else None


PAGES = Router("/", route_handlers=[receipts_page, check_form])
RESOURCES = Router("/", route_handlers=[check_receipt])
