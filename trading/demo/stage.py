"""The controllable clock and the order of play.

A *script* is a generator that yields the instant at which it wants to go on.  The stage advances
its clock to the earliest wish, rings the bell for whatever fell due before it, and resumes that
script; so several tenders of any years interleave in true order of time in one log.
"""

import heapq
from collections.abc import Callable, Generator, Iterable
from itertools import count

from archive.values import Instant

Script = Generator[Instant, None, None]


class Stage:
    """Time as an argument: ``clock`` is handed to the platform in place of the machine's."""

    def __init__(self, start: Instant) -> None:
        self.now = start
        self._ticks = 0

    def clock(self) -> Instant:
        """The present instant; each reading is one microsecond after the last, as on any real clock."""
        self._ticks += 1
        return self.now + self._ticks

    def advance(self, to: Instant) -> None:
        """Move on to ``to``; never back."""
        if to > self.clock():
            self.now, self._ticks = to, 0

    def play(self, scripts: Iterable[Script], bell: Callable[[Instant], Instant | None]) -> None:
        """Run all scripts to their ends in order of time.

        ``bell(until)`` gives the next instant at or before ``until`` at which something falls due,
        after having done what was due by now; None when nothing is left before ``until``.
        """
        order = count()
        waiting: list[tuple[Instant, int, Script]] = []
        for script in scripts:
            self._resume(script, waiting, order)
        while waiting:
            wish, _, script = heapq.heappop(waiting)
            while (due := bell(wish)) is not None:
                self.advance(due)
            self.advance(wish)
            self._resume(script, waiting, order)

    @staticmethod
    def _resume(script: Script, waiting: list[tuple[Instant, int, Script]], order: "count[int]") -> None:
        wish = next(script, None)
        if wish is not None:
            heapq.heappush(waiting, (wish, next(order), script))
