"""Ticks and decoys: how large a log is to be at a moment, so that its size tells nothing of sealed acts (trace-log 5.5).

Pure.  With a quantum q and a tick of t seconds the published size grows by q each tick.  Between ticks entries get
their positions once a second, in batches whose sizes follow a fixed schedule: what is missing is filled up with
decoys, and the few that are too many wait a second or two.  Only where more than a thirty-second of the quantum would
have to wait the log goes on to a later size of the schedule, or to the next multiple.  An eighth of the quantum is
left for the tick itself.

    q = 120, t = 60:   1000   1001   1003   1005  …  1103   1120      a size a second, decoys or bids
"""

from archive.values import SECOND, Instant


def wanted(quantum: int, tick: int, published: int, placed: int, waiting: int, elapsed: Instant, busy: bool) -> int:
    """The size that the log is to have after the batch of a whole second, at least ``placed``.

    ``published`` is the size of the last tick, ``waiting`` the length of the queue, ``elapsed`` the microseconds since
    the tick, ``tick`` in seconds.  Without ``busy``, when no submission window is open, nobody waits and nothing has
    to be hidden but the remainder to a multiple.
    """
    grown = placed + waiting - published
    patient = max(2, quantum // 32) if busy else 0
    if elapsed >= tick * SECOND:
        least = quantum if busy and grown <= quantum + patient else grown
        return published + least + -least % quantum
    if not busy:
        return placed + waiting
    line = max(1, quantum - -(-quantum // 8))
    due = line * (elapsed // SECOND) // tick
    if grown > due + patient:
        due = line * -(-grown * tick // line) // tick  # the first size of the schedule that has room for all
    return published + max(placed - published, due)


def since_tick(tick: int, now: Instant) -> Instant:
    """Microseconds since the last POSIX time divisible by ``tick`` seconds; those of a whole tick in its first second."""
    elapsed = now % (tick * SECOND)
    return tick * SECOND if elapsed < SECOND else elapsed
