"""The regulator's replay: run it, watch it, read the verdict, take the report away.

One run at a time, in a thread of its own; the last few reports are kept in memory, since each can be made again from
the log.  Regulators, the centre and the audit administrator may start one; the verdict is for everybody.
"""

import logging
from collections.abc import Callable
from threading import Lock, Thread
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import replace

from archive.errors import Conflict, Missing, SunlitError
from archive.report import Divergence, Note, Report
from archive.values import Instant
from trading.messages import sentence
from trading.web.asking import AnyRequest, language
from trading.web.site import Site

LOGGER = logging.getLogger("sunlit.web")
STARTERS = ("regulator", "supervisor", "auditor", "centre")
LEVELS = ("L0", "L1", "L2", "L3")
KEPT = 8


class Run(Struct, frozen=True):
    """A replay: when it began, and once it is done, its verdict for each level and every divergence by name."""

    id: str
    began_at: Instant
    done_at: Instant = 0
    fault: str = ""
    fault_params: dict[str, Any] = {}
    clean: bool = False
    facts: dict[str, str | int] = {}
    verdicts: dict[str, str] = {}
    counts: dict[str, int] = {}
    divergences: tuple[Divergence, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def count(self) -> int:
        """All divergences, also those that are too many to name."""
        return sum(self.counts.values())


Replay = Callable[[], Report]
Printed = Callable[[Report], bytes]


class Replays:
    """The runs of this process; ``replay`` makes a report, ``printed`` its PDF."""

    def __init__(self, replay: Replay, printed: Printed) -> None:
        self._replay = replay
        self._printed = printed
        self._lock = Lock()  # guards the two mappings below, for a moment only; no replay runs under it
        self._runs: dict[str, Run] = {}
        self._reports: dict[str, Report] = {}
        self._thread: Thread | None = None

    def start(self, id: str, now: Instant, clock: Callable[[], Instant]) -> Run:
        """Begin a run in a thread of its own.

        Raises:
            Conflict: ``replay.running`` while another one runs.
        """
        with self._lock:
            if any(not run.done_at for run in self._runs.values()):
                raise Conflict("replay.running")
            run = self._runs[id] = Run(id, now)
            for old in list(self._runs)[:-KEPT]:
                self._runs.pop(old)
                self._reports.pop(old, None)
            self._thread = Thread(target=self._work, args=(run, clock), name="replay", daemon=True)
        self._thread.start()
        return run

    def join(self) -> None:
        """Wait for the run at hand."""
        if self._thread is not None:
            self._thread.join()

    def run(self, id: str) -> Run:
        """A run by its id.

        Raises:
            Missing: ``replay.missing``.
        """
        with self._lock:
            found = self._runs.get(id)
        if found is None:
            raise Missing("replay.missing", id=id[:40])
        return found

    def latest(self) -> Run | None:
        """The run that began last."""
        with self._lock:
            return next(reversed(self._runs.values()), None)

    def pdf(self, id: str) -> bytes:
        """The report of a finished run, printed.

        Raises:
            Missing: ``replay.missing`` when there is none to print.
        """
        with self._lock:
            report = self._reports.get(id)
        if report is None:
            raise Missing("replay.missing", id=id[:40])
        return self._printed(report)

    def _work(self, run: Run, clock: Callable[[], Instant]) -> None:
        report = None
        try:
            report = self._replay()
            done = _done(run, report, clock())
        except SunlitError as e:
            done = replace(run, done_at=clock(), fault=e.code, fault_params=msgspec.to_builtins(e.params, enc_hook=str))
        except Exception:
            LOGGER.exception("replay %s", run.id)
            done = replace(run, done_at=clock(), fault="replay.failed")
        with self._lock:
            self._runs[run.id] = done
            if report is not None:
                self._reports[run.id] = report


def _done(run: Run, report: Report, now: Instant) -> Run:
    return replace(
        run,
        done_at=now,
        clean=report.clean,
        facts=dict(report.facts),
        verdicts=dict(report.verdicts()),
        counts=dict(report.counts),
        divergences=tuple(report.divergences),
        notes=tuple(report.notes),
    )


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
    return replays.start(site.platform.random(8).hex(), site.clock(), site.clock)


def _page(request: AnyRequest, site: Site, run: Run | None) -> Response[str]:
    fault = sentence(run.fault, run.fault_params, language(request)) if run and run.fault else ""
    visitor = site.visitor(request)
    may_start = visitor is not None and visitor.role in STARTERS
    api = f"/api/replays/{run.id}" if run else ""
    return site.page(request, "replay.html", here="replay", api=api, run=run, fault=fault, levels=LEVELS, may_start=may_start)


PAGES = Router("/", route_handlers=[replay_page, run_page, start_from_page])
RESOURCES = Router("/", route_handlers=[start_replay, read_replay])
