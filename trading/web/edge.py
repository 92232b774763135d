"""The outermost layer: headers that every response carries, HEAD wherever there is GET, whose pages may act here, bodies that
break off, and answers that do not wait for a body's end.

A request that changes something and comes from a browser must come from our own pages.  Browsers say so
themselves, in ``Sec-Fetch-Site`` or, the older ones and on plain HTTP, in ``Origin``; a request with neither
is no browser's and carries no cookie that its sender did not put there.  With an ``Authorization`` header the
cookie is not looked at, so nothing is to be forged.
"""

from asyncio import timeout
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import HttpMethod, ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from archive.errors import Denied, Invalid
from trading.web.asking import LANGUAGE_COOKIE

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}

MOST_UNREAD = 16 << 20
UNREAD_SECONDS = 10.0
"""How much of a body, and how long, is read on for the sake of an answer that comes before its end."""

_YEAR = 365 * 24 * 3600

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class OwnPagesOnly(ASGIMiddleware):
    """Refuses acts that come from other sites' pages."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request.

        Raises:
            Denied: ``web.origin``.
        """
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE:
            given = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
            if not ours(given):
                raise Denied("web.origin")
        await next_app(scope, receive, send)


class WholeBodies(ASGIMiddleware):
    """Refuses, while it is read, a body that the client does not finish or whose chunks nobody can tell apart."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request.

        Raises:
            Invalid: ``web.cut``, out of the reading of the body.
        """
        whole = (
            scope["type"] != ScopeType.HTTP or scope["method"] in SAFE
        )  # whose handlers wait for nothing but the end of the connection

        async def reading() -> Any:
            nonlocal whole
            message = await receive()
            if message["type"] == "http.disconnect" and not whole:
                raise Invalid("web.cut")
            whole = whole or not message.get("more_body", False)
            return message

        await next_app(scope, reading, send)


def patient(inner: ASGIApp) -> ASGIApp:
    """Answers whoever is still sending once he has sent all, or much: a connection that ends under his hands is to him, and to a
    proxy, a failure without an answer.  Who expects to be told before he sends (``100-continue``) is told at once.
    """

    async def handler(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            return await inner(scope, receive, send)
        whole = scope["method"] in SAFE or any(name.lower() == b"expect" for name, _ in scope["headers"])

        async def reading() -> Any:
            nonlocal whole
            message = await receive()
            whole = whole or message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def answering(message: Message) -> None:
            left = MOST_UNREAD
            if message["type"] == "http.response.start":
                with suppress(TimeoutError):
                    async with timeout(UNREAD_SECONDS):
                        while not whole and left > 0:
                            left -= len((await reading()).get("body", b""))
            await send(message)

        return await inner(scope, reading, answering)

    return handler


def headless(inner: ASGIApp, own: str) -> ASGIApp:
    """Answers HEAD as GET would be answered, without the body (RFC 9110 9.3.2); paths under ``own`` do so themselves."""

    async def handler(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD" or scope["path"].startswith(own):
            return await inner(scope, receive, send)

        async def bare(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        scope["method"] = HttpMethod.GET
        return await inner(scope, receive, bare)

    return handler


def dress(secure: bool) -> Callable[[Message, Scope], Awaitable[None]]:
    """The hook that puts `HEADERS` on every response, errors included, and remembers a language that was chosen."""
    always = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})

    async def hook(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in always.items():
            headers.setdefault(name, value)
        chosen = dict(parse_qsl(bytes(scope["query_string"]).decode("latin-1"))).get("lang")
        if chosen in ("zh", "en") and message["status"] < 400:
            cookie = Cookie(LANGUAGE_COOKIE, value=chosen, max_age=_YEAR, path="/", secure=secure, httponly=True, samesite="lax")
            headers.add("Set-Cookie", cookie.to_header(header=""))

    return hook


def ours(headers: Mapping[str, str]) -> bool:
    """Whether a changing request may have come from our own pages, or from no page at all."""
    if "authorization" in headers:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
