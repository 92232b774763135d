"""When a request's last byte arrived: what counts for a deadline (电子招标投标办法 第二十七条).

The moment is taken when the server hands over the last piece of the body, before anything parses it or waits for
a thread, and is found again by `arrived`.
"""

from collections.abc import Callable
from typing import Any

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from archive.values import Instant
from trading.web.asking import Asking

_KEY = "sunlit_arrived"


class LastByte(ASGIMiddleware):
    """Notes the arrival of each request's last byte."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, clock: Callable[[], Instant]) -> None:
        self._clock = clock

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request."""
        state = scope["state"]

        async def noting() -> Any:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                state.setdefault(_KEY, self._clock())
            return message

        await next_app(scope, noting, send)


def arrived(request: Asking, clock: Callable[[], Instant]) -> Instant:
    """The arrival of the last byte; the present where a body was never read."""
    found: Instant | None = request.scope["state"].get(_KEY)
    return clock() if found is None else found
