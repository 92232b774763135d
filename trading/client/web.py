"""Asking a platform: one connection that is kept, a time limit on everything, problems as the errors they are.

What the platform refuses comes back as the error of `archive.errors` that it was there, with its code and parameters, so
that the sentence is the same as on a page.  A line that breaks is `Busy` ``client.offline``: nothing is known of
the act, and it may be repeated under its key.
"""

import json
import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import time_ns
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from archive.errors import Busy, Conflict, Damaged, Denied, Invalid, Missing, Refused, SunlitError, TooLarge
from archive.values import Instant

SECONDS = 30.0
LARGEST = 64 * 1024 * 1024
AGENT = "sunlit"
URN = "urn:sunlit:"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TENDER = re.compile(r"(?:/api)?/tenders/([^/]+)(?:/lots/([^/]+))?(?:/.*)?")
_FAMILIES: dict[int, type[SunlitError]] = {
    401: Denied,
    403: Denied,
    404: Missing,
    409: Conflict,
    413: TooLarge,
    422: Refused,
    423: Conflict,
    429: Denied,
    503: Busy,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A tender at a platform: ``base`` is its address without a path; ``lot`` is empty where the URL named none."""

    base: str
    tender: str
    lot: str = ""


def place_of(url: str) -> Place:
    """The tender that a page's or the interface's URL is about.

    Raises:
        Invalid: ``client.url``.
    """
    parts = urlsplit(url)
    found = _TENDER.fullmatch(parts.path)
    if parts.scheme not in ("http", "https") or not parts.hostname or found is None:
        raise Invalid("client.url", url=url[:200])
    return Place(f"{parts.scheme}://{parts.netloc}", unquote(found[1]), unquote(found[2] or ""))


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of success; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body's value.

        Raises:
            Damaged: ``client.answer`` when it is no JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError:
            raise Damaged("client.answer", status=self.status, why="JSON") from None


class Web:
    """One platform.  ``base`` is ``https://host[:port]``; ``token`` that of a session.  Not shared between threads."""

    def __init__(self, base: str, token: str = "", seconds: float = SECONDS) -> None:
        self.base = base
        self.token = token
        self._parts = urlsplit(base)
        self._seconds = seconds
        self._line: HTTPConnection | None = None

    @property
    def in_clear(self) -> bool:
        """Whether others on the way could read along: plain HTTP to another machine."""
        return self._parts.scheme == "http" and self._parts.hostname not in _LOOPBACK

    def get(self, path: str) -> Answer:
        """A GET."""
        return self.ask("GET", path)

    def post(self, path: str, value: object, headers: Mapping[str, str] | None = None) -> Answer:
        """A POST of a JSON value."""
        body = json.dumps(value).encode()
        return self.ask("POST", path, [body], {"Content-Type": "application/json", **(headers or {})})

    def ask(
        self, method: str, path: str, body: Iterable[bytes] = (), headers: Mapping[str, str] | None = None, again: bool = True
    ) -> Answer:
        """One request; ``path`` may be an absolute URL of this platform.

        Raises:
            Busy: ``client.offline`` when the line broke.  SunlitError: whatever the platform said.
            Invalid: ``client.url`` for another platform's URL: the session is for this one alone.
        """
        pieces = list(body)
        given = {
            "Accept": "application/json",
            "User-Agent": AGENT,
            **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            **({"Content-Length": str(sum(map(len, pieces)))} if pieces or method in ("POST", "PATCH") else {}),
            **(headers or {}),
        }
        fresh = self._line is None
        try:
            answer = self._once(method, self._inside(path), pieces, given)
        except (OSError, HTTPException) as fault:
            self.close()
            # A kept connection may have been closed meanwhile: one more try on a new one, of what changes nothing.
            if not fresh and again and method in ("GET", "HEAD"):
                return self.ask(method, path, pieces, headers, again=False)
            raise Busy("client.offline", host=self._parts.netloc, why=str(fault) or type(fault).__name__) from fault
        if answer.status >= 300:
            raise _told(answer)
        return answer

    def close(self) -> None:
        """End the connection."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _once(self, method: str, path: str, pieces: list[bytes], headers: Mapping[str, str]) -> Answer:
        line = self._line = self._line or self._connect()
        line.request(method, path, iter(pieces) if pieces else None, dict(headers))
        response = line.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, told, self._read(response))

    def _read(self, response: HTTPResponse) -> bytes:
        body = response.read(LARGEST + 1)
        if len(body) > LARGEST:
            self.close()
            raise TooLarge("client.answer-length", limit_bytes=LARGEST)
        return body

    def _connect(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return HTTPSConnection(host, port, timeout=self._seconds, context=ssl.create_default_context())
        return HTTPConnection(host, port, timeout=self._seconds)

    def _inside(self, path: str) -> str:
        if path.startswith("/"):
            return path
        parts = urlsplit(path)
        if f"{parts.scheme}://{parts.netloc}" != self.base:
            raise Invalid("client.url", url=path[:200])
        return parts.path + (f"?{parts.query}" if parts.query else "")


def _told(answer: Answer) -> SunlitError:
    """The error that a problem document describes."""
    family = _FAMILIES.get(answer.status) or (Damaged if answer.status >= 500 else Invalid)
    try:
        problem = json.loads(answer.body) if answer.body else {}
        code, params = str(problem["type"]).removeprefix(URN), dict(problem.get("params", {}))
    except (ValueError, KeyError, TypeError):
        # Such as a proxy's page; of trouble there one may expect that it passes.
        family = Busy if answer.status >= 500 else family
        return family("client.status", status=answer.status)
    return family(code, **params)


def quoted(text: str) -> str:
    """A name inside a path."""
    return quote(text, safe="")


def lot_path(place: Place) -> str:
    """The interface's path of a lot."""
    return f"/api/tenders/{quoted(place.tender)}/lots/{quoted(place.lot)}"


@dataclass(frozen=True, slots=True)
class Clock:
    """The platform's clock as seen from here: ``offset`` is what to add to one's own, give or take ``error``; microseconds."""

    offset: Instant = 0
    error: Instant = 0

    def now(self) -> Instant:
        """The platform's time, by one's own clock and the offset."""
        return own_clock() + self.offset


def own_clock() -> Instant:
    """This machine's clock, microseconds."""
    return time_ns() // 1000


def clock_of(web: Web, times: int = 5) -> Clock:
    """Ask the platform's clock a few times; the quickest answer counts."""
    best: Clock | None = None
    for _ in range(times):
        before = own_clock()
        now = int(web.get("/api/time").json()["now"])
        after = own_clock()
        error = (after - before) // 2
        if best is None or error < best.error:
            best = Clock(now - (before + after) // 2, error)
    return best or Clock()
