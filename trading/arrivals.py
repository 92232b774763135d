"""Submissions on their way: the last byte is here, the act is not done yet; and the roll that a closing calls.

What counts for a deadline is the arrival of the last byte (电子招标投标办法 第二十七条); parsing, a queue of threads and
locks come after it and may reach beyond the deadline.  A closing therefore waits until whatever arrived before the
deadline is done, at most `PATIENCE`; what still comes through later is refused as ``bid.missed`` and raises an alarm.

Within a process nothing can slip between the stamp and the note of it: both are one step under one lock.  Several
processes over one PostgreSQL answer a *roll call*: the closing writes its deadline down, each process that takes
submissions says up to when all its arrivals are done, and only an answer counts, never silence.  Who does not
answer in time is dead or stuck and is struck off; one that lives puts itself on the roll again.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, Lock, Thread

from sqlalchemy import BigInteger, Column, Connection, Engine, String, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from archive.database import reading, table
from archive.sql import Sql
from archive.values import DAY, SECOND, Instant

LOGGER = logging.getLogger("sunlit.arrivals")

PATIENCE: Instant = 10 * SECOND
"""How long a closing waits, from its first look."""

EVERY = 0.2
"""Seconds between two looks at the calls."""

roll_table = table(
    "arrival_roll",  # one row for each process that takes submissions; all its arrivals before ``done_to`` are done
    Column("process", String(32), primary_key=True),
    Column("done_to", BigInteger, nullable=False),
)
call_table = table(
    "arrival_call",  # deadlines whose closing asked, and when it did so first
    Column("deadline", BigInteger, primary_key=True, autoincrement=False),
    Column("called_at", BigInteger, nullable=False),
)
_CALL = Sql("INSERT INTO arrival_call (deadline, called_at) VALUES (:deadline, :now) ON CONFLICT DO NOTHING")


class Arrivals:
    """The arrivals of one process, and its place on the roll; safe to share between threads.

    The lock guards the clock's reading together with the list of open arrivals and is held for no query.
    """

    def __init__(self, engine: Engine, clock: Callable[[], Instant], name: str) -> None:
        self._engine = engine
        self._clock = clock
        self._name = name
        self._alone = engine.dialect.name == "sqlite"  # which is one process by the settings
        self._lock = Lock()
        self._numbers = count()
        self._open: dict[int, Instant] = {}
        self._last: Instant = 0
        self._asked: dict[Instant, Instant] = {}

    def begin(self) -> tuple[int, Instant]:
        """A submission's last byte is here: its number, for `end`, and the instant that counts."""
        with self._lock:
            number, at = next(self._numbers), self._now()
            self._open[number] = at
            return number, at

    def end(self, number: int) -> None:
        """Its act is done, one way or the other."""
        with self._lock:
            self._open.pop(number, None)

    def done_to(self) -> Instant:
        """Everything that arrived before this instant is done, and what arrives from now on does so at it or later."""
        with self._lock:
            return min(self._open.values(), default=self._now())

    def settled(self, deadline: Instant) -> bool:
        """Whether a closing of ``deadline`` may go on: nothing from before it is on its way, or the patience is over."""
        now = self._clock()
        asked = self._call(deadline, now) if not self._alone else self._asked.setdefault(deadline, now)
        waited = now - asked >= PATIENCE
        own = self.done_to() >= deadline
        others = self._alone or self._answered(deadline, strike=waited)
        if waited and not (own and others):
            LOGGER.error("closing of %s: arrivals were not done in time", deadline)
        if waited or (own and others):
            self._asked.pop(deadline, None)
            return True
        return False

    @contextmanager
    def attending(self) -> Iterator[None]:
        """On the roll for as long as the block lasts: around everything that takes submissions."""
        if self._alone:
            yield
            return
        over = Event()
        self._enrol()
        thread = Thread(target=self._attend, args=(over,), name="arrivals", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            with self._engine.begin() as db:
                db.execute(delete(roll_table).where(roll_table.c.process == self._name))

    def answer(self) -> None:
        """Say how far this process is, if a closing asks for more than it has said."""
        with reading(self._engine) as db:
            wanted = db.execute(select(func.max(call_table.c.deadline))).scalar()
            said = db.execute(select(roll_table.c.done_to).where(roll_table.c.process == self._name)).scalar()
        if said is None:
            self._enrol()
        elif wanted is not None and wanted > said:
            with self._engine.begin() as db:
                db.execute(update(roll_table).where(roll_table.c.process == self._name).values(done_to=self.done_to()))

    def _attend(self, over: Event) -> None:
        while not over.wait(EVERY):
            try:
                self.answer()
            except SQLAlchemyError:
                LOGGER.exception("no answer to the roll call")

    def _enrol(self) -> None:
        with self._engine.begin() as db:
            db.execute(insert(roll_table).values(process=self._name, done_to=0))

    def _call(self, deadline: Instant, now: Instant) -> Instant:
        with self._engine.begin() as db:
            db.execute(delete(call_table).where(call_table.c.deadline < now - DAY))
            _CALL(db, {"deadline": deadline, "now": now})
            return int(db.execute(select(call_table.c.called_at).where(call_table.c.deadline == deadline)).scalar_one())

    def _answered(self, deadline: Instant, strike: bool) -> bool:
        with self._engine.begin() as db:
            silent = _silent(db, deadline, self._name)
            if strike and silent:
                LOGGER.error("no answer from %s: struck off", ", ".join(silent))
                db.execute(delete(roll_table).where(roll_table.c.process.in_(silent)))
        return not silent

    def _now(self) -> Instant:
        self._last = max(self._last, self._clock())  # a clock that is set back must not undo what was answered
        return self._last


def _silent(db: Connection, deadline: Instant, own: str) -> list[str]:
    wanted = select(roll_table.c.process).where(roll_table.c.done_to < deadline, roll_table.c.process != own)
    return list(db.execute(wanted).scalars())
