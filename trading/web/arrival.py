"""When a request's last byte arrived: what counts for a deadline (电子招标投标办法 第二十七条).

The moment is taken when the server hands over the last piece of the body, before anything parses it or waits for
a thread, and is found again by `arrived`.  Of a submission it is noted in the same step as on its way, until its
response is sent, so that no closing overtakes it (`trading.arrivals`).
"""

import re
from collections.abc import Callable
from typing import Any

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from archive.values import Instant
from trading.arrivals import Arrivals
from trading.web.asking import Asking

_KEY = "sunlit_arrived"
_SUBMISSIONS = re.compile(r"/api/tenders/[^/]+/lots/[^/]+/bids/?")


class LastByte(ASGIMiddleware):
    """Notes the arrival of each request's last byte."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, clock: Callable[[], Instant], arrivals: Arrivals) -> None:
        self._clock = clock
        self._arrivals = arrivals

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request."""
        state = scope["state"]
        submits = scope["type"] == ScopeType.HTTP and scope["method"] == "POST" and _SUBMISSIONS.fullmatch(scope["path"])
        number: int | None = None

        async def noting() -> Any:
            nonlocal number
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False) and _KEY not in state:
                if submits:
                    number, state[_KEY] = self._arrivals.begin()
                else:
                    state[_KEY] = self._clock()
            return message

        try:
            await next_app(scope, noting, send)
        finally:
            if number is not None:
                self._arrivals.end(number)


def arrived(request: Asking, clock: Callable[[], Instant]) -> Instant:
    """The arrival of the last byte; the present where a body was never read."""
    found: Instant | None = request.scope["state"].get(_KEY)
    return clock() if found is None else found
