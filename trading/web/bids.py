"""Handing in a bid: the page that seals it in the browser, and the act itself.

What arrives here is a signed submission of about a kilobyte with its envelopes; the ciphertext they name went up
before (`trading.web.uploads`).  The time that counts is the arrival of the last byte of this request.  The answer is
the receipt, and only after the act stands in the log for good.
"""

from base64 import b64decode
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Meta, Struct

from archive.canonical import decode
from archive.errors import Invalid, Missing
from archive.ledger import Recorded
from archive.values import Instant
from bidding import queries as bidding
from trading.access import HandIn, Place
from trading.desk import bids, opening
from trading.web.arrival import COUNTS, arrived
from trading.web.asking import AnyRequest
from trading.web.log import keys_alone
from trading.web.origins import origin, within
from trading.web.site import Site
from trading.web.tenders import lot_for

LOT = "/tenders/{name:str}/lots/{lot:str}"
Text = Annotated[str, Meta(max_length=20_000)]
LARGEST = 4 * 1024 * 1024

Key = Annotated[
    str, HeaderParameter(name="Idempotency-Key", max_length=200, description="the same key again gives the same receipt")
]


class Submission(Struct, frozen=True, forbid_unknown_fields=True):
    """The signed submission and the envelopes it names, in base64; a withdrawal names none."""

    submission: Annotated[str, Meta(min_length=1, max_length=2 * LARGEST)]
    envelopes: Annotated[tuple[str, ...], Meta(max_length=16)] = ()


class Receipt(Struct, frozen=True):
    """An act on record: ``receipt`` is the proof file, to be kept."""

    event: str
    stream: str
    seq: int
    act: str
    at: Instant
    index: int | None
    receipt: str


class Envelope(Struct, frozen=True):
    """A listed envelope, hex: what a trustee downloads, and may since the opening."""

    id: str
    envelope: str


class Listed(Struct, frozen=True):
    """The closing list's hash, the policy in hex, and every envelope of the stage that is being opened."""

    closing_list: str
    policy: str
    envelopes: tuple[Envelope, ...]


def receipted(site: Site, recorded: Recorded, proof: bytes | None = None) -> Receipt:
    """An act with its proof file."""
    raw = site.platform.receipt(recorded) if proof is None else proof
    return Receipt(recorded.id, recorded.stream, recorded.seq, recorded.act, recorded.at, recorded.idx, raw.decode())


@get(f"{LOT}/bid", include_in_schema=False, sync_to_thread=True)
def bid_page(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Response[str]:
    """Seal and submit in the browser."""
    visitor = site.somebody(request)
    t, found = lot_for(site, name, lot, visitor)
    box = site.ask(bidding.box_of, name, lot)
    if box is None:
        raise Missing("box.missing", tender=name, lot=lot)
    own = [
        b for b in site.ask(bidding.own_bids, bidding.Viewer("bidder", visitor.account.org)) if (b.tender, b.lot) == (name, lot)
    ]
    org = site.organisation(visitor.account.org)
    may_bid = visitor.role == "bidder" and bool(visitor.account.org)
    return site.page(
        request, "bid.html", here="notices", t=t, lot=found, box=box, own=own, may_bid=may_bid, policy=keys_alone(site),
        largest=site.configuration.settings.bidding.max_bid_bytes,
        org=visitor.account.org, org_name=str(org["name"]) if org else "",
        keepers={code: str(keeper["name"]) if (keeper := site.organisation(code)) else "" for code in box.trustees},
    )  # fmt: skip


@post(
    f"{LOT}/bids",
    status_code=201,
    request_max_body_size=4 * LARGEST,
    operation_id="submit_bid",
    tags=["acts"],
    opt=COUNTS,
)
async def submit(
    request: AnyRequest,
    site: NamedDependency[Site],
    name: FromPath[str],
    lot: FromPath[str],
    data: JSONBody[Submission],
    key: Key = "",
) -> Receipt:
    """Hand in, replace or withdraw a bid before the deadline; the answer holds the receipt."""
    at = arrived(request)
    raw, envelopes = _bytes("submission", data.submission), tuple(_bytes("envelopes", e) for e in data.envelopes)

    def act() -> Receipt:
        visitor = site.somebody(request, "bidder")
        if not visitor.account.org:
            site.deny(visitor, request.url.path)
        made = bids.submit(site.platform, visitor.actor, name, lot, raw, envelopes, at, key or None)
        came, client = within(site, origin(site, request), name), request.headers.get("user-agent", "")
        sent_from = site.platform.uploads.origins(visitor.account.id, bids.roots(envelopes))
        uploads = tuple(within(site, decode(text.encode(), Place), name) for text in sent_from)
        sent = HandIn(name, lot, made.recorded.id, came.address, client, came.network, came.device, uploads)
        site.record.handed_in(visitor, sent)
        return receipted(site, made.recorded, made.proof)

    return await site.in_thread(act)


@get(f"{LOT}/envelopes", sync_to_thread=True, operation_id="list_envelopes", tags=["tenders"])
def envelopes(request: AnyRequest, site: NamedDependency[Site], name: FromPath[str], lot: FromPath[str]) -> Listed:
    """The envelopes on the closing list; none before the closing, and none of a box that stays shut."""
    lot_for(site, name, lot, site.visitor(request))
    box = site.ask(bidding.box_of, name, lot)
    if box is None or box.phase in ("none", "accepting", "kept"):
        raise Missing("box.missing", tender=name, lot=lot)
    found = tuple(Envelope(id, raw.hex()) for id, raw in opening.listed(site.platform, name, lot))
    return Listed(box.closing_list, box.policy, found)


def _bytes(where: str, text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Invalid("web.input", where=where, why="base64") from None


PAGES = Router("/", route_handlers=[bid_page])
RESOURCES = Router("/", route_handlers=[submit, envelopes])
