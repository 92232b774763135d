"""The Litestar application: routes, limits, error handling, static files."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from litestar import Litestar, Router
from litestar.concurrency import set_asyncio_executor
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from trading.packs import Packs
from trading.runs import Replays
from trading.web import (
    acts,
    bids,
    calls,
    clues,
    contacts,
    desk,
    docs,
    drawing,
    draws,
    escrow,
    glass,
    log,
    notices,
    ocds,
    openings,
    posting,
    receipts,
    replays,
    results,
    rooms,
    session,
    tenders,
    tiles,
    trustees,
    uploads,
)
from trading.web.arrival import LastByte
from trading.web.edge import OwnPagesOnly, WholeBodies, dress, headless, patient
from trading.web.faults import answer
from trading.web.pages import STATIC
from trading.web.site import Site

FOREVER = CacheControlHeader(max_age=31_536_000, public=True, immutable=True)

SUBJECTS = (
    notices,
    ocds,
    tenders,
    openings,
    posting,
    draws,
    drawing,
    results,
    log,
    tiles,
    escrow,
    glass,
    receipts,
    replays,
    desk,
    session,
    uploads,
    bids,
    trustees,
    acts,
    contacts,
    rooms,
    calls,
    clues,
)

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def application(
    site: Site, runs: Replays, packs: Packs, folders: Mapping[str, Path], lifespans: Sequence[Lifespan] = ()
) -> Litestar:
    """The application for a site, its ``runs`` of replay and its ``packs``; ``folders`` hold more static files, by name.

    Handlers are synchronous; they run in an executor of ``web.threads`` threads, since asyncio's own has six
    on two cores and one slow handler in six would hold up everybody.
    """
    settings = site.configuration.settings.web
    set_asyncio_executor(ThreadPoolExecutor(settings.threads, thread_name_prefix="handler"))
    static = [
        create_static_files_router(
            f"/assets/{name}".rstrip("/"),
            [folder],
            cache_control=CacheControlHeader(no_cache=True) if name else FOREVER,
            include_in_schema=False,
            name=f"assets-{name}",
        )
        for name, folder in {"": STATIC, **folders}.items()
    ]
    app = Litestar(
        route_handlers=[
            *static,
            docs.PAGES,
            *(subject.PAGES for subject in SUBJECTS),
            Router("/api", route_handlers=[docs.RESOURCES, *(subject.RESOURCES for subject in SUBJECTS)]),
        ],
        dependencies={
            "site": Provide(lambda: site, sync_to_thread=False),
            "replays": Provide(lambda: runs, sync_to_thread=False),
            "packs": Provide(lambda: packs, sync_to_thread=False),
        },
        exception_handlers={Exception: answer},
        middleware=[WholeBodies(), LastByte(site.platform.arrivals), OwnPagesOnly()],
        before_send=[dress(site.secure)],
        request_max_body_size=settings.max_body_bytes,
        openapi_config=docs.OPENAPI,
        lifespan=list(lifespans),
        state=State({"site": site, "runs": runs}),
        logging_config=None,
        debug=False,
    )
    app.asgi_handler = patient(headless(app.asgi_handler, "/api/uploads/"))
    docs.complete(app)
    return app
