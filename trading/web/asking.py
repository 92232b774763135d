"""What a request says about itself besides its subject: language, page or data, who, from where."""

import re
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection

from trading.words import Language

Asking = ASGIConnection[Any, Any, Any, Any]
AnyRequest = Request[Any, Any, Any]

SESSION_COOKIE = "sunlit_session"
LANGUAGE_COOKIE = "sunlit_lang"
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


def language(connection: Asking) -> Language:
    """``?lang=``, else the cookie, else Accept-Language, else Chinese."""
    for chosen in (_first(connection, "lang"), connection.cookies.get(LANGUAGE_COOKIE)):
        if chosen in ("zh", "en"):
            return "en" if chosen == "en" else "zh"
    return preferred(connection.headers.get("accept-language", ""))


def preferred(accepted: str) -> Language:
    """The better liked of the two languages in an Accept-Language header; Chinese where it says neither."""
    best: tuple[float, Language] = (0.0, "zh")
    for part in accepted[:500].split(","):
        m = _RANGE.fullmatch(part)
        if m is None or m[1].lower() not in ("zh", "en"):
            continue
        weight = float(m[2] or 1)
        if weight > best[0]:
            best = (weight, "en" if m[1].lower() == "en" else "zh")
    return best[1]


def wants_page(connection: Asking) -> bool:
    """A reader with a browser, outside the interface for machines."""
    path = str(connection.scope["path"])
    machine = path == "/api" or path.startswith("/api/")
    return not machine and "text/html" in connection.headers.get("accept", "")


def bearer(connection: Asking) -> str | None:
    """The token of an ``Authorization: Bearer`` header."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def token(connection: Asking) -> str | None:
    """The session's token; where an Authorization header is sent the cookie is not looked at."""
    if "authorization" in connection.headers:
        return bearer(connection)
    return connection.cookies.get(SESSION_COOKIE)


def address(connection: Asking, proxies: int) -> str:
    """The network address of the caller; ``proxies`` is how many trusted ones stand in front."""
    if proxies:
        hops = [hop.strip() for hop in connection.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            return hops[-proxies][:64]
    return connection.client.host if connection.client else "unknown"


def _first(connection: Asking, name: str) -> str | None:
    values = connection.query_params.getall(name, [])
    return values[0] if values else None
