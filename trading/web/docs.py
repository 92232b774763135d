"""The description of the interface: OpenAPI 3.1 as JSON, and Swagger UI from our own files."""

from litestar import Litestar, Response, Router, get
from litestar.di import NamedDependency
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    Contact,
    License,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Reference,
    Schema,
    SecurityScheme,
    Tag,
)
from msgspec import Struct

from archive.values import Instant
from trading.problems import MEDIA_TYPE
from trading.web.asking import AnyRequest
from trading.web.site import Site

OPENAPI = OpenAPIConfig(
    title="Sunlit 阳光交易",
    version="1",
    description=(
        "Public-resource trading on record. Reading needs no account. Acts need a session (`POST /api/session`) sent as "
        "`Authorization: Bearer`. Errors are RFC 9457 problem details with `type` `urn:sunlit:<code>`; `Accept-Language` "
        "chooses the language of their sentences. Times are microseconds since the Unix epoch, UTC; money is in minor units."
    ),
    path="/schema",
    render_plugins=[JsonRenderPlugin(path="/openapi.json")],
    use_handler_docstrings=True,
    license=License(name="Apache-2.0", identifier="Apache-2.0"),
    contact=Contact(name="Sunlit"),
    tags=[
        Tag(name="tenders", description="Notices, tenders, openings, draws, results"),
        Tag(name="log", description="The trace log, receipts, replay"),
        Tag(name="session", description="Logging in"),
        Tag(name="acts", description="Acts of tenderers, agencies, bidders, experts and the centre"),
    ],
    components=Components(security_schemes={"session": SecurityScheme(type="http", scheme="bearer")}),
)


_PROBLEM = "#/components/schemas/Problem"
PROBLEM = Schema(
    type=OpenAPIType.OBJECT,
    description="RFC 9457 problem details; `type` is `urn:sunlit:` and `code`, `law` the article that a refusal rests on",
    required=["type", "title", "status", "detail", "code"],
    properties={
        "type": Schema(type=OpenAPIType.STRING),
        "title": Schema(type=OpenAPIType.STRING),
        "status": Schema(type=OpenAPIType.INTEGER),
        "detail": Schema(type=OpenAPIType.STRING),
        "code": Schema(type=OpenAPIType.STRING),
        "params": Schema(type=OpenAPIType.OBJECT),
        "law": Schema(type=OpenAPIType.STRING),
        "instance": Schema(type=OpenAPIType.STRING),
    },
)


def complete(app: Litestar) -> None:
    """Say of every operation that anything else than its success is a problem document, and of acts that they need a session."""
    described = app.openapi_schema
    described.components.schemas["Problem"] = PROBLEM
    said = OpenAPIResponse(description="A problem document", content={MEDIA_TYPE: OpenAPIMediaType(schema=Reference(_PROBLEM))})
    for item in (described.paths or {}).values():
        for operation in (item.get, item.post, item.put, item.patch, item.delete, item.head):
            if operation is None or operation.responses is None:
                continue
            operation.responses = {status: known for status, known in operation.responses.items() if status < "400"}
            operation.responses["default"] = said
            if "acts" in (operation.tags or ()):
                operation.security = [{"session": []}]


class ServerTime(Struct, frozen=True):
    """The clock that decides: ``now`` in microseconds since the Unix epoch, UTC."""

    now: Instant


@get("/time", sync_to_thread=False, operation_id="server_time", tags=["log"])
def server_time(site: NamedDependency[Site]) -> Response[ServerTime]:
    """The server's time, by which every deadline is judged."""
    return Response(ServerTime(site.clock()), headers={"Cache-Control": "no-store"})


@get("/api", include_in_schema=False, sync_to_thread=True)
def interface(request: AnyRequest, site: NamedDependency[Site]) -> Response[str]:
    """The interface to read and to try: Swagger UI inside a page of ours, started by a file, not by an inline script."""
    return site.page(request, "interface.html")


PAGES = Router("/", route_handlers=[interface])
RESOURCES = Router("/", route_handlers=[server_time])
