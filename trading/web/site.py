"""What every handler is given: the platform's parts that the edge may use, and who is asking."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from litestar import MediaType, Response

from archive.errors import Denied
from archive.values import Instant
from trading.identity import Identity
from trading.roles import Opened, Visitor
from trading.settings import Configuration
from trading.web.asking import AnyRequest, Connection, address, language, token
from trading.web.pages import Frame, Pages


@dataclass(frozen=True, slots=True)
class Site:
    """The edge's side of the platform; built once by `trading.app`."""

    configuration: Configuration
    clock: Callable[[], Instant]
    identity: Identity
    pages: Pages
    law: Mapping[str, str]
    witness: "Witness"

    @property
    def secure(self) -> bool:
        """Whether the platform is reached over TLS, so that cookies must be too."""
        return self.configuration.settings.web.origin.startswith("https:")

    def address(self, connection: Connection) -> str:
        """The network address of the caller."""
        return address(connection, self.configuration.settings.web.proxies)

    def came(self, connection: Connection, means: str, enter: Callable[[str], Opened], tried: str) -> Opened:
        """Let somebody in and put it on record, or put the failure on record and say no."""
        try:
            opened = enter(self.address(connection))
        except Denied as refusal:
            self.witness.failed(tried, refusal.code)
            raise
        self.witness.came(opened.visitor, means)
        return opened

    def left(self, connection: Connection) -> None:
        """End the session that a request belongs to, if any, and put it on record."""
        visitor = self.visitor(connection)
        if visitor is not None:
            self.identity.logout(token(connection) or "")
            self.witness.left(visitor)

    def visitor(self, connection: Connection) -> Visitor | None:
        """Who is asking, or None; looks into the database."""
        given = token(connection)
        return self.identity.visitor(given) if given else None

    def somebody(self, connection: Connection, *roles: str) -> Visitor:
        """Who is asking, and he must be logged in, in one of ``roles`` where some are named.

        Raises:
            Denied: ``session.absent``, ``session.expired``, ``web.forbidden``.
        """
        visitor = self.visitor(connection)
        if visitor is None:
            raise Denied("session.expired" if token(connection) else "session.absent")
        if roles and visitor.role not in roles:
            raise Denied("web.forbidden")
        return visitor

    def frame(self, connection: Connection, visitor: Visitor | None) -> Frame:
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


class Witness(Protocol):
    """Puts comings, goings and denials on record, in ``session/<id>``."""

    def came(self, visitor: Visitor, means: str) -> None:
        """Somebody logged in."""

    def failed(self, tried: str, code: str) -> None:
        """Somebody could not."""

    def left(self, visitor: Visitor) -> None:
        """Somebody logged out."""

    def denied(self, visitor: Visitor, what: str, code: str) -> None:
        """Somebody asked for what is not his."""


def site_of(connection: Connection) -> Site:
    """The site of the application that a connection has reached."""
    return cast(Site, connection.app.state["site"])
