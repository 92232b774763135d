"""What happens without anybody asking: letters of the outbox, the bell at legal limits, the sequencer's round.

The truth is in the database: a letter is a row written with its act (`archive.outbox`), and what falls due is a
row too.  The broker is only a doorbell.  A message holds the letter's id and the ids it names, nothing else; it
is marked done after its effect, and one that was sent and not done in its lease is sent again, so every task is
idempotent.  A broker that forgets, or a worker that is killed, therefore costs time and nothing else; delays of
the broker are never used, since a deadline must not depend on a queue.

With ``broker.driver = "memory"`` workers and rounds run inside the web process.  With Redis they may run in
``sunlit work`` processes, as many as one likes: letters are claimed under row locks, and ringing a bell twice is
harmless, because whoever comes second finds that nothing is due any more.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Retries, ShutdownNotifications, TimeLimit
from dramatiq.worker import Worker
from sqlalchemy import Engine

from archive import outbox
from archive.database import reading
from archive.errors import Busy, Conflict, Refused, SunlitError
from archive.outbox import Due
from archive.values import MINUTE, SECOND, Instant
from trading.settings import Configuration

LOGGER = logging.getLogger("sunlit.actors")

Task = Callable[[dict[str, str | int]], None]
Ring = Callable[[Due], object]

QUEUE = "sunlit"
_TIME_LIMIT = 10 * 60 * 1000
_MAINTENANCE = 1_000_000  # of a million commands: look for dead workers' messages at every one
_HEARTBEAT = 15_000
_MOST_DUES = 1000
_LONGEST_WAIT: Instant = 10 * MINUTE


def broker(configuration: Configuration) -> dramatiq.Broker:
    """The doorbell that the settings name.

    Redis looks after the messages of dead workers at every command, where by default an idle system would not
    do so for minutes.  Retries are the outbox's, so the broker makes none.
    """
    middleware = [AgeLimit(), TimeLimit(time_limit=_TIME_LIMIT), ShutdownNotifications(), Retries(max_retries=0)]
    if configuration.settings.broker.driver == "redis":
        from dramatiq.brokers.redis import RedisBroker

        return RedisBroker(  # type: ignore[no-untyped-call]
            url=configuration.secret("redis_url"),
            middleware=middleware,
            maintenance_chance=_MAINTENANCE,
            heartbeat_timeout=_HEARTBEAT,
        )
    return StubBroker(middleware=middleware)


class Round:
    """A thread that does one thing again and again; a fault in one turn is logged and the next turn comes."""

    def __init__(self, name: str, turn: Callable[[], object], pause: float) -> None:
        self._turn = turn
        self._pause = pause
        self._wake = Event()
        self._over = False
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def hurry(self) -> None:
        """Take the next turn now."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the turn at hand and end."""
        self._over = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over:
            try:
                self._turn()
            except Busy as e:
                LOGGER.info("%s: %s", self._thread.name, e)
            except Exception:
                LOGGER.exception("%s", self._thread.name)
            self._wake.wait(self._pause)
            self._wake.clear()


class Staff:
    """The relay, the workers and the bell over one database.

    ``tasks`` are called with a letter's payload; ``ring`` is called with what has fallen due; ``turns`` are further
    rounds by name, with their pauses in seconds.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], Instant],
        configuration: Configuration,
        tasks: Mapping[str, Task],
        ring: Ring,
        turns: Mapping[str, tuple[Callable[[], object], float]] | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._ring = ring
        self._failed: dict[Due, tuple[int, Instant]] = {}
        self._broker = broker(configuration)
        self._embedded = configuration.settings.broker.driver == "memory"
        self._actors = {name: self._actor(name, task) for name, task in tasks.items()}
        self._worker = Worker(self._broker, worker_threads=configuration.settings.broker.threads, worker_timeout=100)
        pause = configuration.settings.broker.poll_ms / 1000
        self._rounds = [Round("relay", self.relay, pause), Round("bell", self.bell, pause)]
        self._rounds += [Round(name, turn, seconds) for name, (turn, seconds) in (turns or {}).items()]

    @contextmanager
    def working(self) -> Iterator["Staff"]:
        """At work for as long as the block lasts."""
        self._broker.declare_queue(QUEUE)
        if self._embedded:
            outbox.unsend(self._engine)
        self._worker.start()
        for each in self._rounds:
            each.start()
        try:
            yield self
        finally:
            for each in self._rounds:
                each.stop()
            self._worker.stop()
            self._broker.close()

    def hurry(self) -> None:
        """Something was committed: look now rather than at the next turn."""
        for each in self._rounds:
            each.hurry()

    def relay(self) -> int:
        """Send the letters that wait; how many.  One that nobody here knows stays for a release that does."""
        letters = outbox.claim(self._engine, self._clock())
        for letter in letters:
            actor = self._actors.get(letter.task)
            if actor is None:
                LOGGER.error("letter %s: no task %s", letter.id, letter.task)
                continue
            self._broker.enqueue(actor.message(letter.id, letter.payload))
        return len(letters)

    def bell(self) -> int:
        """Act on everything that has fallen due; how much was rung."""
        with reading(self._engine) as connection:
            due = outbox.rung(connection, self._clock(), _MOST_DUES)
        self._failed = {one: known for one, known in self._failed.items() if one in due}
        return sum(self._rung(one) for one in due)

    def _rung(self, due: Due) -> bool:
        tries, not_before = self._failed.get(due, (0, 0))
        if self._clock() < not_before:
            return False
        rung = True
        try:
            self._ring(due)
        except Conflict as e:
            # Somebody acted between reading and locking: the next turn sees what is there now.
            LOGGER.info("bell %s %s: %s", due.stream, due.what, e)
            return False
        except SunlitError as e:
            # One stream's trouble must not keep the others' bells from ringing.
            LOGGER.log(logging.INFO if isinstance(e, Refused) else logging.ERROR, "bell %s %s: %s", due.stream, due.what, e)
            rung = False
        if not rung:
            # A refusal is on record, so the same bell is not rung every second.
            self._failed[due] = (tries + 1, self._clock() + min(_LONGEST_WAIT, SECOND << tries))
        return rung

    def _actor(self, name: str, task: Task) -> "dramatiq.Actor[[str, dict[str, str | int]], None]":
        def act(id: str, payload: dict[str, str | int]) -> None:
            task(payload)
            outbox.done(self._engine, id, self._clock())

        made: Any = dramatiq.Actor(act, actor_name=name, queue_name=QUEUE, priority=0, broker=self._broker, options={})
        return made  # type: ignore[no-any-return]
