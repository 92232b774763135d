"""What every handler is given: the platform's parts that the edge may use, and who is asking."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar, cast

from litestar import MediaType, Response
from litestar.concurrency import sync_to_thread

from archive.database import reading
from archive.errors import Denied, Missing
from archive.values import Instant
from trading import queries
from trading.ends import Ends
from trading.identity import Identity
from trading.platform import Platform
from trading.roles import Opened, Visitor
from trading.settings import Configuration
from trading.visibility import PUBLIC, Viewer
from trading.web.asking import AnyRequest, Asking, address, language, token
from trading.web.pages import Frame, Pages
from trading.web.record import SessionRecord

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Site:
    """The edge's side of the platform; built once by `trading.app`."""

    configuration: Configuration
    platform: Platform
    identity: Identity
    pages: Pages
    law: Mapping[str, str]
    record: SessionRecord
    ends: Ends

    @property
    def clock(self) -> Callable[[], Instant]:
        """The platform's clock, by which every deadline is judged."""
        return self.platform.clock

    def ask(self, query: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One question to a reader (`trading.queries` and its sisters), on a snapshot of its own."""
        with reading(self.platform.engine) as snapshot:
            return query(snapshot, *args, **kwargs)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Blocking work out of an asynchronous handler."""
        return await sync_to_thread(work)

    def viewer(self, visitor: Visitor | None) -> Viewer:
        """What a visitor is to the readers: his organisation with its granted roles, his own role."""
        if visitor is None:
            return PUBLIC
        org = self.organisation(visitor.account.org)
        return Viewer(visitor.account.org, visitor.role, tuple(str(org["roles"]).split()) if org else ())

    def organisation(self, code: str) -> queries.Line | None:
        """A registered organisation, None where there is none of that code."""
        with suppress(Missing):
            return self.ask(queries.organisation, code) if code else None
        return None

    @property
    def secure(self) -> bool:
        """Whether the platform is reached over TLS, so that cookies must be too."""
        return self.configuration.settings.web.origin.startswith("https:")

    def address(self, connection: Asking) -> str:
        """The network address of the caller."""
        return address(connection, self.configuration.settings.web.proxies)

    def came(self, connection: Asking, means: str, enter: Callable[[str], Opened], tried: str) -> Opened:
        """Let somebody in and put it on record, or put the failure on record and say no."""
        try:
            opened = enter(self.address(connection))
        except Denied as refusal:
            self.record.failed(tried, refusal.code)
            raise
        self.record.came(opened.visitor, means)
        return opened

    def left(self, connection: Asking) -> None:
        """End the session that a request belongs to, if any, and put it on record."""
        visitor = self.visitor(connection)
        if visitor is not None:
            self.identity.logout(token(connection) or "")
            self.record.left(visitor)

    def visitor(self, connection: Asking) -> Visitor | None:
        """Who is asking, or None; looks into the database."""
        given = token(connection)
        return self.identity.visitor(given) if given else None

    def somebody(self, connection: Asking, *roles: str) -> Visitor:
        """Who is asking, and he must be logged in, in one of ``roles`` where some are named.

        Raises:
            Denied: ``session.absent``, ``session.expired``, ``web.forbidden``.
        """
        visitor = self.visitor(connection)
        if visitor is None:
            raise Denied("session.expired" if token(connection) else "session.absent")
        if roles and visitor.role not in roles:
            self.deny(visitor, str(connection.scope["path"]))
        return visitor

    def deny(self, visitor: Visitor, what: str) -> NoReturn:
        """Turn somebody away, which is itself put on record.

        Raises:
            Denied: ``web.forbidden``.
        """
        self.record.denied(visitor, what, "web.forbidden")
        raise Denied("web.forbidden")

    def frame(self, connection: Asking, visitor: Visitor | None) -> Frame:
        """What the page of this request needs besides its subject."""
        query = bytes(connection.scope["query_string"]).decode("latin-1")
        return Frame(language(connection), str(connection.scope["path"]), query, visitor, self.clock())

    def page(self, request: AnyRequest, template: str, *, here: str = "", api: str = "", **context: Any) -> Response[str]:
        """A page for whoever is asking."""
        frame = self.frame(request, self.visitor(request))
        body = self.pages.render(template, frame, here=here, api=api, **context)
        headers = {"Cache-Control": "no-store" if frame.visitor else "no-cache", "Vary": "Accept-Language, Cookie"}
        return Response(
            body, media_type=MediaType.HTML, headers=headers | {"Content-Language": "zh-CN" if frame.lang == "zh" else "en"}
        )


def site_of(connection: Asking) -> Site:
    """The site of the application that a connection has reached."""
    return cast(Site, connection.app.state["site"])
