"""Who waits to act, and who leads: the first to come takes all that came meanwhile into one COMMIT (trace-log 3.4, D).

A leader leads once.  When he is done the first of those who came too late leads next, so nobody works for others longer than
for himself, and with nobody else about an act is led by who asked for it, in his own thread, at once.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock
from time import sleep

from archive.ledger.house import Terms
from archive.ledger.transaction import Transaction

MOST = 32
"""How many acts one COMMIT holds at most."""

MOMENT = 0.00005
"""Seconds that a leader gives to those with whom he shared the last COMMIT: they heard of it when he did and may be coming back.

Without it he would lead himself alone each other time, and the rest would wait for that.
"""


class Waiter:
    """One who asked to act: ``body`` acts in the transaction that he is given.

    Whoever leads says what came of it: ``done``, ``fault``, or both for a refusal that is on record.  One of whom nothing is
    said acts alone, in his own thread.
    """

    def __init__(self, terms: Terms, body: Callable[[Transaction], object]) -> None:
        self.terms = terms
        self.body = body
        self.done: Transaction | None = None
        self.fault: Exception | None = None
        self.gate = Lock()  # held for as long as he waits
        self.gate.acquire()


class Waiting:
    """The queue of one process; its lock guards the queue and is held for no act."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._queue: deque[Waiter] = deque()
        self._leader: Waiter | None = None
        self._last = 1  # how many shared the last COMMIT

    def __len__(self) -> int:
        """How many wait and were not taken yet."""
        return len(self._queue)

    def join(self, waiter: Waiter) -> bool:
        """Wait until it is over, or until ``waiter`` is to lead: then it is True, and he calls `leave`, whatever happens."""
        with self._lock:
            self._queue.append(waiter)
            if self._leader is None:
                self._leader = waiter
        if self._leader is not waiter:
            waiter.gate.acquire()
        return self._leader is waiter

    def abandon(self, waiter: Waiter) -> None:
        """One was interrupted: if he still waits he waits no more, and if he was to lead the others act alone."""
        with self._lock:
            leads = self._leader is waiter
            if not leads and waiter in self._queue:
                self._queue.remove(waiter)
        if leads:
            self.leave(self.take())

    def take(self) -> list[Waiter]:
        """The leader and those behind him, up to `MOST`, without any who would repeat another's idempotency key."""
        if len(self._queue) < self._last:
            sleep(MOMENT)
        taken: list[Waiter] = []
        with self._lock:
            keys: set[tuple[str, str]] = set()
            for _ in range(len(self._queue)):
                waiter = self._queue.popleft()
                key = waiter.terms.key and (waiter.terms.actor.id, waiter.terms.key)
                if len(taken) == MOST or key in keys:
                    self._queue.append(waiter)
                    continue
                taken.append(waiter)
                if key:
                    keys.add(key)
            self._last = len(taken)
        return taken

    def leave(self, taken: list[Waiter]) -> None:
        """Tell those taken, the leader first among them, that it is over, and the next one to lead."""
        with self._lock:
            self._leader = following = self._queue[0] if self._queue else None
        if following is not None:
            following.gate.release()
        for waiter in taken[1:]:
            waiter.gate.release()
