"""The trace log: its checkpoint and policy as text, its entries with what is disclosed of them, proofs and receipts."""

from contextlib import suppress
from typing import Annotated
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import File
from msgspec import Struct

from archive import public
from archive.envelope import Body, examine
from archive.errors import Missing
from archive.ledger.export import own_policy
from archive.proofs import write_proof
from archive.public import Published, Shown
from archive.strict import base64
from trading.outlet import policy_of
from trading.packs import Packs
from trading.web.asking import AnyRequest
from trading.web.site import Site

TEXT = "text/plain"
"""``text/plain; charset=utf-8`` on the wire: the framework adds the character set to every text by itself."""
MANY = 50

StreamName = Annotated[str, QueryParameter(max_length=80, description="a stream such as tender/P1")]
PageNo = Annotated[int, QueryParameter(ge=1, le=10_000_000, description="page, from 1; newest first")]


class Checkpoint(Struct, frozen=True):
    """The newest checkpoint: name, size, root in base64, and the signed note as text."""

    origin: str
    size: int
    root: str
    note: str


class Entry(Struct, frozen=True):
    """An entry; ``text`` is its body byte for byte, empty where it is withheld.  Hashes are hex."""

    index: int
    leaf: str
    entry: str
    text: str = ""


class EntryList(Struct, frozen=True):
    """A page of entries, newest first; of a stream only what is disclosed."""

    items: tuple[Entry, ...]
    checkpoint: Checkpoint
    total: int
    page: int
    pages: int


class Proven(Struct, frozen=True):
    """An entry with its inclusion proof under the newest checkpoint; path from the leaf up, hex."""

    entry: Entry
    path: tuple[str, ...]
    checkpoint: Checkpoint


class StreamEnd(Struct, frozen=True):
    """Where a stream ended when the heads event at ``index`` was recorded: a head proof, canonical JSON as text."""

    index: int
    proof: str


def newest(site: Site) -> Published:
    """The published checkpoint; before any it is the newest stored one, unless sizes are to tell nothing.

    Raises:
        Missing: ``log.empty``.
    """
    with suppress(Missing):
        return public.published(b"".join(site.platform.publishing.public.chunks("checkpoint")))
    found = site.ask(public.newest) if not site.platform.ledger.quantum else None
    if found is None:
        raise Missing("log.empty")
    return found


def listed(site: Site, stream: str, page: int) -> EntryList:
    """A page of entries."""
    head = newest(site)
    size = head.checkpoint.size
    if stream:
        total, found = site.ask(public.stream, stream, size, page, MANY)
    else:
        total, end = size, size - (page - 1) * MANY
        found = tuple(reversed(site.ask(public.entries, max(0, end - MANY), max(0, end))))
    return EntryList(tuple(map(_entry, found)), _checkpoint(head), total, page, max(1, -(-total // MANY)))


def proven(site: Site, index: int) -> Proven:
    """An entry and its proof.

    Raises:
        Missing: ``log.empty``, ``log.entry``.
    """
    head = newest(site)
    found = site.ask(public.entry, index, head.checkpoint.size)
    path = site.ask(public.path, index, head.checkpoint.size)
    return Proven(_entry(found), tuple(h.hex() for h in path), _checkpoint(head))


def policy(site: Site) -> str:
    """The policy file of this log: its keys, and its witnesses with their quorum where the settings name them."""
    return policy_of(site.configuration, site.platform.ledger).decode()


def keys_alone(site: Site) -> str:
    """The policy that asks for the log's own signature: for a receipt that is seconds old, whose witnesses may be late."""
    return own_policy(site.platform.ledger.notary.keys).decode()


@get("/log", include_in_schema=False, sync_to_thread=True)
def log_page(request: AnyRequest, site: NamedDependency[Site], stream: StreamName = "", page: PageNo = 1) -> Response[str]:
    """Checkpoint, keys, entries."""
    found = listed(site, stream.strip(), page)
    kept = {"stream": stream.strip()} if stream.strip() else {}
    return site.page(
        request,
        "log.html",
        here="log",
        api=f"/api/log?{urlencode(kept | {'page': page})}",
        found=found,
        entries=[(entry, body_of(entry)) for entry in found.items],
        stream=stream.strip(),
        keys=[key.text for key in site.platform.ledger.notary.keys],
        url=lambda n: f"/log?{urlencode(kept | {'page': n})}",
    )


@get("/log", sync_to_thread=True, operation_id="list_entries", tags=["log"])
def list_entries(site: NamedDependency[Site], stream: StreamName = "", page: PageNo = 1) -> EntryList:
    """Entries, newest first, with the newest checkpoint."""
    return listed(site, stream.strip(), page)


@get("/log/heads", sync_to_thread=True, operation_id="read_end", tags=["log"])
def read_end(site: NamedDependency[Site], stream: StreamName) -> StreamEnd:
    """The head proof of a tender's, box's or catalogue's stream under the newest published heads event."""
    index, proof = site.ends.proof(stream.strip(), newest(site).checkpoint.size)
    return StreamEnd(index, proof.decode())


@get("/log/{index:int}", include_in_schema=False, sync_to_thread=True)
def entry_page(request: AnyRequest, site: NamedDependency[Site], index: FromPath[int]) -> Response[str]:
    """One entry and its proof."""
    found = proven(site, index)
    return site.page(request, "entry.html", here="log", api=f"/api/log/{index}", found=found, body=body_of(found.entry))


@get("/log/{index:int}", sync_to_thread=True, operation_id="read_entry", tags=["log"])
def read_entry(site: NamedDependency[Site], index: FromPath[int]) -> Proven:
    """One entry with its inclusion proof."""
    return proven(site, index)


@get("/log/{index:int}/receipt", sync_to_thread=True, include_in_schema=False)
def receipt(site: NamedDependency[Site], index: FromPath[int]) -> Response[bytes]:
    """The proof file of a disclosed entry; of a withheld one the bare proof."""
    head = newest(site)
    found = site.ask(public.entry, index, head.checkpoint.size)
    path = site.ask(public.path, index, head.checkpoint.size)
    raw = write_proof(index, path, head.note, found.opening or None)
    name = f"{found.id or index}.tlog-proof"
    return Response(raw, media_type=TEXT, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@get("/log/checkpoint", sync_to_thread=True, include_in_schema=False)
def checkpoint(site: NamedDependency[Site]) -> Response[bytes]:
    """The newest checkpoint as a signed note."""
    return Response(newest(site).note, media_type=TEXT, headers={"Cache-Control": "max-age=3"})


@get("/log/policy", sync_to_thread=True, include_in_schema=False)
def policy_file(site: NamedDependency[Site]) -> Response[str]:
    """The policy file of this log."""
    return Response(policy(site), media_type=TEXT)


@get("/log/pack.zip", sync_to_thread=True, include_in_schema=False)
def pack(packs: NamedDependency[Packs]) -> File:
    """The published log as an evidence pack."""
    path = packs.file()
    return File(path, filename=f"log-{path.stem.partition('-')[0]}.zip", media_type="application/zip")


def body_of(entry: Entry) -> Body | None:
    """The parsed body of a disclosed entry; None where it is withheld or of a form this release does not know."""
    return examine(entry.text.encode())[0] if entry.text else None


def _entry(shown: Shown) -> Entry:
    return Entry(shown.index, shown.leaf.hex(), shown.entry.decode("ascii"), shown.body.decode("utf-8", "replace"))


def _checkpoint(head: Published) -> Checkpoint:
    tree = head.checkpoint
    return Checkpoint(tree.origin, tree.size, base64(tree.root), head.note.decode())


PAGES = Router("/", route_handlers=[log_page, entry_page, receipt, checkpoint, policy_file, pack])
RESOURCES = Router("/", route_handlers=[list_entries, read_entry, read_end])
