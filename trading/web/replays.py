"""The regulator's replay: run it, watch it, read the verdict, take the report away.

Regulators, the centre and the audit administrator may start one; the verdict is for everybody.
"""

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from trading.messages import sentence
from trading.runs import Replays, Run
from trading.web.asking import AnyRequest, language
from trading.web.site import Site

STARTERS = ("regulator", "supervisor", "auditor", "centre")
LEVELS = ("L0", "L1", "L2", "L3")


@get("/replay", include_in_schema=False, sync_to_thread=True)
def replay_page(request: AnyRequest, site: NamedDependency[Site], replays: NamedDependency[Replays]) -> Response[str]:
    """The last run, or the invitation to make one."""
    return _page(request, site, replays.latest())


@get("/replay/{id:str}", include_in_schema=False, sync_to_thread=True)
def run_page(
    request: AnyRequest, site: NamedDependency[Site], replays: NamedDependency[Replays], id: FromPath[str]
) -> Response[str] | Response[bytes]:
    """One run; with ``.pdf`` behind its id, its report."""
    if id.endswith(".pdf"):
        disposition = f'attachment; filename="replay-{id}"'
        raw = replays.pdf(id.removesuffix(".pdf"))
        return Response(raw, media_type="application/pdf", headers={"Content-Disposition": disposition})
    return _page(request, site, replays.run(id))


@post("/replay", include_in_schema=False, sync_to_thread=True)
def start_from_page(request: AnyRequest, site: NamedDependency[Site], replays: NamedDependency[Replays]) -> Redirect:
    """Begin a run."""
    return Redirect(f"/replay/{_start(request, site, replays).id}", status_code=303)


@post("/replays", sync_to_thread=True, status_code=202, operation_id="start_replay", tags=["log"])
def start_replay(request: AnyRequest, site: NamedDependency[Site], replays: NamedDependency[Replays]) -> Run:
    """Begin a replay of the whole log; for regulators, the centre and the audit administrator."""
    return _start(request, site, replays)


@get("/replays/{id:str}", sync_to_thread=True, operation_id="read_replay", tags=["log"])
def read_replay(replays: NamedDependency[Replays], id: FromPath[str]) -> Run:
    """A replay and, once it is done, its verdict."""
    return replays.run(id)


def _start(request: AnyRequest, site: Site, replays: Replays) -> Run:
    site.somebody(request, *STARTERS)
    return replays.start(site.platform.random(8).hex())


def _page(request: AnyRequest, site: Site, run: Run | None) -> Response[str]:
    fault = sentence(run.fault, run.fault_params, language(request)) if run and run.fault else ""
    visitor = site.visitor(request)
    may_start = visitor is not None and visitor.role in STARTERS
    api = f"/api/replays/{run.id}" if run else ""
    return site.page(request, "replay.html", here="replay", api=api, run=run, fault=fault, levels=LEVELS, may_start=may_start)


PAGES = Router("/", route_handlers=[replay_page, run_page, start_from_page])
RESOURCES = Router("/", route_handlers=[start_replay, read_replay])
