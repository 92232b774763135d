"""The Litestar application: routes, limits, error handling, static files."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from litestar import Litestar, Router
from litestar.concurrency import set_asyncio_executor
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from trading.web import docs, session
from trading.web.edge import OwnPagesOnly, dress
from trading.web.faults import answer
from trading.web.pages import STATIC
from trading.web.site import Site

FOREVER = CacheControlHeader(max_age=31_536_000, public=True, immutable=True)


def application(site: Site, folders: Mapping[str, Path]) -> Litestar:
    """The application for a site; ``folders`` are further static folders by name under ``/assets``.

    Handlers are synchronous; they run in an executor of ``web.threads`` threads, since asyncio's own has six
    on two cores and one slow handler in six would hold up everybody.
    """
    settings = site.configuration.settings.web
    set_asyncio_executor(ThreadPoolExecutor(settings.threads, thread_name_prefix="handler"))
    static = [
        create_static_files_router(
            f"/assets/{name}".rstrip("/"), [folder], cache_control=FOREVER, include_in_schema=False, name=f"assets-{name}"
        )
        for name, folder in {"": STATIC, **folders}.items()
    ]
    return Litestar(
        route_handlers=[
            *static,
            session.PAGES,
            Router("/api", route_handlers=[docs.RESOURCES, session.RESOURCES]),
        ],
        dependencies={"site": Provide(lambda: site, sync_to_thread=False)},
        exception_handlers={Exception: answer},
        middleware=[OwnPagesOnly()],
        before_send=[dress(site.secure)],
        request_max_body_size=settings.max_body_bytes,
        openapi_config=docs.OPENAPI,
        state=State({"site": site}),
        logging_config=None,
        debug=False,
    )
