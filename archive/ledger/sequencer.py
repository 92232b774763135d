"""The sequencer's thread: drains the queue and tells those who wait for a position.

Several processes may run one; an advisory lock lets one at a time drain.  Stopping it loses nothing: the queue is
in the database.
"""

import logging
from collections.abc import Callable
from threading import Condition, Event, Thread
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from archive.errors import Busy, SunlitError
from archive.ledger.ledger import Ledger
from archive.ledger.records import Recorded

LOG = logging.getLogger("sunlit.sequencer")


class Sequencer:
    """Integrates every ``tick`` seconds, at once when `wake`d; ``after`` runs in its thread once entries got positions."""

    def __init__(self, ledger: Ledger, tick: float = 0.15, after: Callable[[], None] | None = None) -> None:
        self._ledger = ledger
        self._tick = tick
        self._after = after
        self._bell = Event()
        self._stopping = False
        self._placed = Condition()  # guards nothing but its own wait; held for no query
        self._thread = Thread(target=self._run, name="sequencer", daemon=True)
        self.fault: Exception | None = None

    def start(self) -> "Sequencer":
        """Begin to drain."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish the round and end; give up leadership."""
        self._stopping = True
        self._bell.set()
        self._thread.join()

    def wake(self) -> None:
        """Do not wait for the tick: a legal act wants its receipt."""
        self._bell.set()

    def place(self, recorded: Recorded, timeout: float = 5.0) -> Recorded:
        """Wait until an entry has its position.

        Raises:
            Busy: ``ledger.pending`` after ``timeout`` seconds; it is on record all the same, its receipt comes later.
        """
        end = monotonic() + timeout
        found = self._ledger.placed(recorded)
        while found.idx is None:
            self.wake()
            left = end - monotonic()
            if left <= 0:
                raise Busy("ledger.pending", id=recorded.id)
            with self._placed:
                self._placed.wait(min(left, self._tick))
            found = self._ledger.placed(recorded)
        return found

    def _run(self) -> None:
        while not self._stopping:
            self._bell.wait(self._tick)
            self._bell.clear()
            self._round()

    def _round(self) -> None:
        try:
            placed = n = self._ledger.integrate()
            while n:
                with self._placed:
                    self._placed.notify_all()
                n = self._ledger.integrate()
                placed += n
            if placed and self._after is not None:
                self._after()
            self.fault = None
        except (SunlitError, SQLAlchemyError, OSError) as fault:
            # Nothing was given a position; acts go on, receipts wait, and the health page shows this.
            self.fault = fault
            LOG.exception("no positions were given")
