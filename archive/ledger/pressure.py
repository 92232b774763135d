"""Back-pressure: while positions are given too slowly, acts that can wait are turned away (trace-log 5.5).

Too slowly is: too many entries in the queue, or one that has waited too long.  Both are facts of the database, so every
process that shares it judges alike; how long an entry has waited is the clock that is passed in less the time it states.
"""

import logging
from collections.abc import Callable
from threading import Lock
from time import monotonic

from sqlalchemy import Engine

from archive.bodies import title
from archive.database import reading
from archive.errors import Busy
from archive.sql import Sql
from archive.values import SECOND, Instant, instant

LOGGER = logging.getLogger("sunlit.pressure")

_WAITING = Sql(
    "SELECT (SELECT count(*) FROM (SELECT 1 FROM trace_pending LIMIT :limit) AS waiting), "
    "(SELECT body FROM trace_event WHERE eid = (SELECT min(eid) FROM trace_pending))"
)
EVERY = 1.0  # seconds between two looks at a queue that is short and moves

LAG: Instant = 5 * SECOND
"""How long an entry may wait for its position before acts that can wait are turned away."""


class Pressure:
    """Looks at the queue now and then; safe to share between threads.

    The lock guards four values and is held for no query.
    """

    def __init__(self, engine: Engine, limit: int, clock: Callable[[], Instant]) -> None:
        self._engine = engine
        self._limit = limit
        self._clock = clock
        self._lock = Lock()
        self._waiting = 0
        self._lag: Instant = 0
        self._acts = 0
        self._looked = 0.0

    def admit(self) -> None:
        """Let an act pass.

        Raises:
            Busy: ``ledger.backlog`` when more entries wait than the limit, ``ledger.lag`` when one has waited more than
                `LAG`; nothing was done.
        """
        if self._stale():
            self._look()
        if self._waiting > self._limit:
            raise Busy("ledger.backlog", limit=self._limit)
        if self._lag > LAG:
            raise Busy("ledger.lag", limit=LAG // SECOND)

    def _look(self) -> None:
        with reading(self._engine) as connection:  # ended by COMMIT: after a ROLLBACK the driver forgets what it had prepared
            waiting, oldest = _WAITING(connection, {"limit": self._limit + 1}).one()
        lag = 0 if oldest is None else self._clock() - instant(title(oldest).at)
        with self._lock:
            was, self._waiting, self._lag, self._acts, self._looked = self._over(), waiting, lag, 0, monotonic()
        if self._over() and not was:
            LOGGER.error("acts that can wait are turned away: %d entries wait, one for %d s", waiting, lag // SECOND)

    def _over(self) -> bool:
        return self._waiting > self._limit or self._lag > LAG

    def _stale(self) -> bool:
        with self._lock:
            self._acts += 1
            return self._over() or self._acts * 4 > self._limit or monotonic() - self._looked > EVERY
