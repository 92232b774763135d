"""Back-pressure: while too many entries wait for their positions, acts that can wait are turned away (trace-log 5.5)."""

from threading import Lock
from time import monotonic

from sqlalchemy import Engine

from archive.errors import Busy
from archive.sql import Sql

_WAITING = Sql("SELECT count(*) FROM (SELECT 1 FROM trace_pending LIMIT :limit) AS waiting")
EVERY = 1.0  # seconds between two looks at a short queue


class Pressure:
    """Counts the queue now and then; safe to share between threads.

    The lock guards three numbers and is held for no query.
    """

    def __init__(self, engine: Engine, limit: int) -> None:
        self._engine = engine
        self._limit = limit
        self._lock = Lock()
        self._waiting = 0
        self._acts = 0
        self._looked = 0.0

    def admit(self) -> None:
        """Let an act pass.

        Raises:
            Busy: ``ledger.backlog``; nothing was done.
        """
        if self._stale():
            with self._engine.connect() as connection:
                waiting = _WAITING(connection, {"limit": self._limit + 1}).scalar() or 0
            with self._lock:
                self._waiting, self._acts, self._looked = waiting, 0, monotonic()
        if self._waiting > self._limit:
            raise Busy("ledger.backlog", limit=self._limit)

    def _stale(self) -> bool:
        with self._lock:
            self._acts += 1
            long = self._waiting > self._limit or self._acts * 4 > self._limit
            return long or monotonic() - self._looked > EVERY
