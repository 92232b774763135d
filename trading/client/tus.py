"""Sending one ciphertext: a tus 1.0 client (core, creation, checksum) that sends whole leaves.

The server keeps whole leaves only, so an offset is always a leaf's boundary; after any interruption, its own death
included, the client asks where the server stands and sends the rest.  No name, type or bidder goes into a header.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from time import monotonic, sleep

from archive.errors import Busy, Conflict, Damaged, Missing, SunlitError
from bidding.sealing.cobblestone import LEAF, leaf_count, leaf_size
from bidding.sealing.envelope import HEADER
from trading.client.web import Answer, Web

VERSION = "1.0.0"
PARTS = "application/offset+octet-stream"
MOST_LEAVES = 8
QUICK, SLOW = 1.0, 4.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
PATIENCE = 15 * 60.0

Leaf = Callable[[int], bytes]
"""The ciphertext's leaf of that number; it raises when the source has changed, which ends the upload."""


def send(
    web: Web,
    url: str,
    length: int,
    leaf: Leaf,
    *,
    endpoint: str = "/api/uploads",
    created: Callable[[str], object] = lambda _url: None,
    progress: Callable[[int], object] = lambda _offset: None,
    patience: float = PATIENCE,
    pause: Callable[[float], object] = sleep,
) -> str:
    """Bring an upload of ``length`` bytes to its end; gives its address.

    ``url`` is that of an upload that was begun, or empty.  ``created`` is told a new address before anything is sent,
    ``progress`` the offset that the server has.  Trouble that may pass is waited out for ``patience`` seconds
    since the last success.

    Raises:
        Invalid: as ``leaf`` does.  SunlitError: what the platform refused for good, or the last trouble.
    """
    offset: int | None = None
    leaves, wait, success = 1, FIRST_PAUSE, monotonic()
    while offset != length:
        try:
            if not url:
                url = _create(web, endpoint, length)
                created(url)
                offset = 0
            if offset is None:
                offset = _offset(web.ask("HEAD", url, headers=_common()))
            progress(offset)
            if offset < length:
                began = monotonic()
                at, offset = offset, None
                offset = _part(web, url, at, length, leaf, leaves)
                leaves = _paced(leaves, monotonic() - began)
                progress(offset)
            success, wait = monotonic(), FIRST_PAUSE
        except SunlitError as trouble:
            gone = isinstance(trouble, Missing) and url != ""
            if not (gone or _passes(trouble)) or monotonic() - success > patience:
                raise
            url = "" if gone else url  # it was swept there: begin again
            offset, leaves = None, 1
            pause(wait)
            wait = min(2 * wait, LONGEST_PAUSE)
    return url


def _create(web: Web, endpoint: str, length: int) -> str:
    return web.ask("POST", endpoint, headers=_common() | {"Upload-Length": str(length)}).headers["location"]


def _part(web: Web, url: str, offset: int, length: int, leaf: Leaf, leaves: int) -> int:
    first = 0 if offset == 0 else (offset - HEADER) // LEAF
    batch = [leaf(n) for n in range(first, min(first + leaves, leaf_count(length)))]
    whole = hashlib.sha256()
    for piece in batch:
        whole.update(piece)
    headers = {
        "Content-Type": PARTS,
        "Upload-Offset": str(offset),
        "Upload-Checksum": "sha256 " + b64encode(whole.digest()).decode(),
    }
    return _offset(web.ask("PATCH", url, batch, _common() | headers))


def _offset(answer: Answer) -> int:
    told = answer.headers.get("upload-offset", "")
    if not told.isascii() or not told.isdigit():
        raise Damaged("client.answer", status=answer.status, why="Upload-Offset")
    return int(told)


def _common() -> dict[str, str]:
    return {"Tus-Resumable": VERSION}


def _paced(leaves: int, took: float) -> int:
    if took < QUICK:
        return min(2 * leaves, MOST_LEAVES)
    return max(1, leaves // 2) if took > SLOW else leaves


def _passes(trouble: SunlitError) -> bool:
    """Whether the same request may succeed later: no line, busy, locked, out of step, a damaged part, trouble there."""
    return isinstance(trouble, Busy | Conflict | Damaged) or trouble.code == "upload.checksum"


def leaf_start(number: int) -> int:
    """Where a leaf begins in its ciphertext."""
    return 0 if number == 0 else HEADER + number * LEAF


__all__ = ["leaf_size", "leaf_start", "send"]
