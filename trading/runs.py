"""Replays of the live log, one at a time, and their reports.

A run is a thread of one process and a row of the database, so that every web process can tell how it stands and its
report outlives the process.  The row is small and no projection: a report can be made again from the log whenever it
is wanted, and only the last few are kept.  A run whose process died stops saying that it is alive, and is over.
"""

import logging
from collections.abc import Callable
from threading import Thread
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Engine, LargeBinary, String, delete, insert, select, update

from archive.database import reading, table
from archive.errors import Conflict, Missing, SunlitError
from archive.report import Divergence, Note, Report
from archive.values import MINUTE, Instant
from trading.actors import Round

LOGGER = logging.getLogger("sunlit.runs")
KEPT = 8
ALIVE_EVERY = 5.0
DEAD_AFTER: Instant = MINUTE

run_table = table(
    "replay_run",
    Column("id", String(40), primary_key=True),
    Column("began_at", BigInteger, nullable=False),
    Column("alive_at", BigInteger, nullable=False),
    Column("done_at", BigInteger, nullable=False),
    Column("run", LargeBinary, nullable=False),
    Column("pdf", LargeBinary, nullable=False),
)
_T = run_table.c


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


class Replays:
    """The runs over one database; ``replay`` makes a report, ``printed`` its PDF."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], Instant],
        replay: Callable[[], Report],
        printed: Callable[[Report], bytes],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._replay = replay
        self._printed = printed
        self._thread: Thread | None = None

    def start(self, id: str) -> Run:
        """Begin a run in a thread of its own.

        Raises:
            Conflict: ``replay.running`` while another one runs.
        """
        now = self._clock()
        run = Run(id, now)
        with self._engine.begin() as db:
            if db.execute(select(_T.id).where(_T.done_at == 0, _T.alive_at > now - DEAD_AFTER)).first():
                raise Conflict("replay.running")
            old = db.execute(select(_T.id).order_by(_T.began_at.desc(), _T.id.desc()).offset(KEPT - 1)).scalars().all()
            db.execute(delete(run_table).where(_T.id.in_(old)))
            row = {"id": id, "began_at": now, "alive_at": now, "done_at": 0, "run": msgspec.json.encode(run), "pdf": b""}
            db.execute(insert(run_table).values(row))
        self._thread = Thread(target=self._work, args=(run,), name="replay", daemon=True)
        self._thread.start()
        return run

    def join(self) -> None:
        """Wait for the run that this process has at hand."""
        if self._thread is not None:
            self._thread.join()

    def run(self, id: str) -> Run:
        """A run by its id.

        Raises:
            Missing: ``replay.missing``.
        """
        with reading(self._engine) as db:
            row = db.execute(select(_T.run, _T.done_at, _T.alive_at).where(_T.id == id)).first()
        if row is None:
            raise Missing("replay.missing", id=id[:40])
        return self._told(row.run, row.done_at, row.alive_at)

    def latest(self) -> Run | None:
        """The run that began last."""
        wanted = select(_T.run, _T.done_at, _T.alive_at).order_by(_T.began_at.desc(), _T.id.desc()).limit(1)
        with reading(self._engine) as db:
            row = db.execute(wanted).first()
        return None if row is None else self._told(row.run, row.done_at, row.alive_at)

    def pdf(self, id: str) -> bytes:
        """The report of a finished run, printed.

        Raises:
            Missing: ``replay.missing`` when there is none.
        """
        with reading(self._engine) as db:
            found = db.execute(select(_T.pdf).where(_T.id == id)).scalar()
        if not found:
            raise Missing("replay.missing", id=id[:40])
        return bytes(found)

    def _told(self, raw: bytes, done_at: Instant, alive_at: Instant) -> Run:
        run = msgspec.json.decode(raw, type=Run)
        if not done_at and alive_at <= self._clock() - DEAD_AFTER:
            return replace(run, done_at=alive_at, fault="replay.failed")
        return run

    def _work(self, run: Run) -> None:
        pdf = b""
        alive = Round("replay-alive", lambda: self._say(run.id, alive_at=self._clock()), ALIVE_EVERY)
        alive.start()
        try:
            report = self._replay()
            pdf = self._printed(report)
            done = _done(run, report, self._clock())
        except SunlitError as e:
            params = msgspec.to_builtins(e.params, enc_hook=str)
            done = replace(run, done_at=self._clock(), fault=e.code, fault_params=params)
        except Exception:
            LOGGER.exception("replay %s", run.id)
            done = replace(run, done_at=self._clock(), fault="replay.failed")
        alive.stop()
        self._say(run.id, done_at=done.done_at, run=msgspec.json.encode(done), pdf=pdf)

    def _say(self, id: str, **what: int | bytes) -> None:
        with self._engine.begin() as db:
            db.execute(update(run_table).where(_T.id == id).values(what))


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
