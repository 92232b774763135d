"""One HTTP request to a machine of somebody else's: bounded in bytes and in seconds, no redirects, no proxies.

Used towards witnesses, time-stamp authorities and served logs.  What comes back is untrusted bytes.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from urllib.parse import urlsplit

from archive.errors import Busy, Invalid, TooLarge

_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: status, content type, body."""

    status: int
    type: str
    body: bytes


def get(url: str, *, limit: int, timeout: float, headers: Mapping[str, str] | None = None) -> Reply:
    """`ask` without a body."""
    return ask("GET", url, b"", headers or {}, limit=limit, timeout=timeout)


def post(url: str, body: bytes, type: str, *, limit: int, timeout: float) -> Reply:
    """`ask` with a body of a content type."""
    return ask("POST", url, body, {"Content-Type": type}, limit=limit, timeout=timeout)


def ask(method: str, url: str, body: bytes, headers: Mapping[str, str], *, limit: int, timeout: float) -> Reply:
    """One request to ``http://…`` or ``https://…``; ``timeout`` seconds for all of it.

    Raises:
        Invalid: ``wire.url``.
        Busy: ``wire.silent`` when nobody answers, or not in time.
        TooLarge: ``wire.large`` for an answer of more than ``limit`` bytes.
    """
    end = monotonic() + timeout
    try:
        at = urlsplit(url)
        kind = {"http": HTTPConnection, "https": HTTPSConnection}[at.scheme]
        connection = kind(at.hostname or "", at.port, timeout=timeout)
    except (KeyError, ValueError, HTTPException):
        raise Invalid("wire.url", url=url[:200]) from None
    target = (at.path or "/") + (f"?{at.query}" if at.query else "")
    try:
        with closing(connection):
            connection.request(method, target, body or None, dict(headers))
            answer = connection.getresponse()
            raw = _read(answer, connection, limit, end)
    except (OSError, HTTPException, ValueError) as fault:
        raise Busy("wire.silent", url=url[:200], why=str(fault) or fault.__class__.__name__) from None
    return Reply(answer.status, answer.headers.get("Content-Type", ""), raw)


def _read(answer: HTTPResponse, connection: HTTPConnection, limit: int, end: float) -> bytes:
    """The body; a server that drips it out byte by byte does not get more time for that."""
    parts, length = [], 0
    while piece := answer.read1(_PIECE):
        parts.append(piece)
        length += len(piece)
        if length > limit:
            raise TooLarge("wire.large", limit=limit)
        left = end - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        if connection.sock is not None:
            connection.sock.settimeout(left)
    return b"".join(parts)
