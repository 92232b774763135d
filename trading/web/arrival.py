"""When a submission's last byte arrived: what counts for a deadline (电子招标投标办法 第二十七条).

The moment is taken when the server hands over the last piece of the body, before anything parses it or waits for a
thread, and in the same step the submission is noted as on its way, so that no closing overtakes it
(`trading.arrivals`).  A handler asks for this with ``opt=COUNTS``.
"""

from typing import Any

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from archive.values import Instant
from trading.arrivals import Arrivals
from trading.web.asking import Asking

COUNTS = {"last_byte_counts": True}
_KEY = "sunlit_arrived"


class LastByte(ASGIMiddleware):
    """Notes the arrival of the last byte where it counts, and its end."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request."""
        if not scope["route_handler"].opt.get("last_byte_counts"):
            await next_app(scope, receive, send)
            return
        number: int | None = None

        async def noting() -> Any:
            nonlocal number
            message = await receive()
            if number is None and message["type"] == "http.request" and not message.get("more_body", False):
                number, scope["state"][_KEY] = self._arrivals.begin()
            return message

        try:
            await next_app(scope, noting, send)
        finally:
            if number is not None:
                self._arrivals.end(number)


def arrived(request: Asking) -> Instant:
    """The arrival of the last byte of a request whose handler counts it."""
    at: Instant = request.scope["state"][_KEY]
    return at
