"""Ticks and decoys: how large a log is to be at a moment, so that its size tells nothing of sealed acts (trace-log 5.5).

Pure.  With a quantum q and a tick of t seconds the published size grows by q each tick, or by the next multiple when
a tick was busier.  Between ticks checkpoints are signed once a second, whatever happens, over sizes of a fixed
schedule: what is missing is filled up with decoys, what is too much goes on to the next size of the schedule.

    q = 120, t = 60:   1000   1002   1004  …  1118   1120      one size a second, decoys or bids
"""

from archive.values import SECOND, Instant


def wanted(quantum: int, tick: int, published: int, size: int, elapsed: Instant, busy: bool) -> int:
    """The size that the log is to be filled up to, at least ``size``.

    ``published`` is the size of the last tick, ``elapsed`` the microseconds since, ``tick`` in seconds.  Without
    ``busy``, when no submission window is open, nothing has to be hidden but the remainder to a multiple.
    """
    grown = size - published
    if elapsed >= tick * SECOND:
        least = max(grown, quantum if busy else 0)
        return published + least + -least % quantum
    if not busy:
        return size
    seconds = elapsed // SECOND
    # The first second at which the schedule has what there is already, if that lies ahead.
    ahead = -(-grown * tick // quantum)
    return published + max(grown, quantum * max(seconds, ahead) // tick)


def since_tick(tick: int, now: Instant) -> Instant:
    """Microseconds since the last POSIX time divisible by ``tick`` seconds; those of a whole tick in its first second."""
    elapsed = now % (tick * SECOND)
    return tick * SECOND if elapsed < SECOND else elapsed
