"""How transactions get to the database: one alone, or all that wait at once under one COMMIT.

Together is an economy and nothing else.  A sitting takes the streams and keys that are free and waits for none; its acts are
decided one after the other in memory, and what fails there is left out before anything is written.  Whatever cannot sit, and
whatever a sitting that fails had taken, is done alone, where it meets its own fault; only a COMMIT that leaves open whether it
took effect is never tried again.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from archive.errors import Busy, Conflict, Damaged
from archive.ledger import store
from archive.ledger.house import House, Terms
from archive.ledger.records import Known, Tail, Tree
from archive.ledger.sitting import Sitting
from archive.ledger.transaction import Transaction
from archive.ledger.waiting import Waiter, Waiting
from archive.values import MINUTE, SECOND, Instant

LOG = logging.getLogger("sunlit.writer")

BEHIND: Instant = SECOND  # how far a time may lie before the greatest on record; replay allows a minute
STUCK: Instant = MINUTE


class Writer:
    """The write path of one ledger; safe to share between threads.

    ``inline`` says that entries get their positions in the act's own transaction.
    """

    def __init__(self, engine: Engine, house: House, clock: Callable[[], Instant], origin: str, *, inline: bool) -> None:
        self._engine = engine
        self._house = house
        self._clock = clock
        self._origin = origin
        self._inline = inline
        self._one_writer = engine.dialect.name == "sqlite"
        self._turn = Lock()
        self.waiting = Waiting()

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """On SQLite, the turn to write.

        SQLite lets waiting writers sleep and try again, which starves them; within the process they queue up here
        instead, for the length of a transaction.  Other processes still wait by the busy timeout.
        """
        if not self._one_writer:
            yield
            return
        if not self._turn.acquire(timeout=10):
            raise Busy("ledger.busy", why="queue")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def alone(self, terms: Terms) -> Iterator[Transaction]:
        """One transaction with a COMMIT of its own; raises what `Ledger.begin` raises."""
        refused: BaseException | None = None
        try:
            with self.one_at_a_time(), self._engine.connect() as connection:
                with connection.begin() as commit:
                    if terms.key is not None:
                        store.hold_key(connection, terms.actor.id, terms.key)
                    sitting = self._sitting(connection, *store.lock(connection, terms.write, terms.read, self._house.states))
                    tx = self._transaction(sitting, terms)
                    try:
                        yield tx
                    except BaseException as fault:
                        if tx.refused is None:
                            raise
                        refused = fault
                    else:
                        refused = tx.refused
                    tx.settle()
                    sitting.write()
                    _commit(commit)
                sitting.committed()
        except OperationalError as fault:
            raise Busy("ledger.busy", why=type(fault.orig).__name__) from fault
        except IntegrityError as fault:
            raise Damaged("ledger.projection", table="", pk=str(fault.orig).split("\n")[0]) from fault
        if refused is not None:
            raise refused

    def together(self, terms: Terms, body: Callable[[Transaction], object]) -> Transaction:
        """One transaction that may share its COMMIT with others that wait; raises what `alone` raises.

        ``body`` acts, in whichever thread leads, and does nothing else: it may be called a second time.
        """
        waiter = Waiter(terms, body)
        try:
            if self.waiting.join(waiter):
                self._lead()
        except BaseException:  # a thread of a worker may be interrupted anywhere; nobody is to wait for it
            self.waiting.abandon(waiter)
            raise
        if waiter.fault is not None:
            raise waiter.fault
        if waiter.done is not None:
            return waiter.done
        with self.alone(terms) as tx:
            body(tx)
        return tx

    def _lead(self) -> None:
        taken: list[Waiter] = []
        try:
            with self.one_at_a_time(), self._engine.connect() as connection:
                with connection.begin() as commit:
                    taken = self.waiting.take()
                    sitting, seated = self._seat(connection, taken)
                    said = [(waiter, *self._decide(sitting, waiter)) for waiter in seated]
                    sitting.write()
                    for waiter, done, _ in said:
                        waiter.fault = None if done is None else Busy("ledger.unsure", why="COMMIT")  # until it is known
                    try:
                        _commit(commit)
                    except SQLAlchemyError:  # it is known: the database said no
                        for waiter, _, _ in said:
                            waiter.fault = None
                        raise
                sitting.committed()
            for waiter, done, fault in said:
                waiter.done, waiter.fault = done, fault
        except Exception as fault:
            # Its name only: the text of a database's error quotes what was to be written.
            LOG.warning("acts that waited together are done one by one: %s", type(fault).__name__)
        finally:
            self.waiting.leave(taken or self.waiting.take())

    def _seat(self, connection: Connection, taken: Sequence[Waiter]) -> tuple[Sitting, list[Waiter]]:
        """Lock what is free of what they ask for; those who have all of it take part."""
        asked = [(waiter, waiter.terms) for waiter in taken]
        free = [
            (waiter, terms)
            for waiter, terms in asked
            if terms.key is None or store.hold_key(connection, terms.actor.id, terms.key, wait=False)
        ]
        write = frozenset[str]().union(*(terms.write for _, terms in free))
        read = frozenset[str]().union(*(terms.read for _, terms in free))
        tails, log = store.lock(connection, write, read, self._house.states, wait=False)
        return self._sitting(connection, tails, log), [
            waiter for waiter, terms in free if terms.write | terms.read <= tails.keys()
        ]

    def _decide(self, sitting: Sitting, waiter: Waiter) -> tuple[Transaction | None, Exception | None]:
        """Let one act: what he did, none if it left nothing; and what he is to be told instead."""
        tx = None
        try:
            tx = self._transaction(sitting, waiter.terms)
            waiter.body(tx)
        except SQLAlchemyError:
            raise  # the connection is not to be used for others
        except Exception as fault:
            if tx is None or tx.refused is None:
                return None, fault
            tx.settle()
            return tx, fault
        tx.settle()
        return tx, tx.refused

    def _sitting(self, connection: Connection, tails: dict[str, Tail], log: Tree) -> Sitting:
        if log.epoch < 0:
            raise Conflict("ledger.ended", origin=self._origin)
        return Sitting(self._house, connection, tails, log, inline=self._inline)

    def _transaction(self, sitting: Sitting, terms: Terms) -> Transaction:
        known: tuple[Known, ...] = ()
        if terms.key is not None:
            known = store.known_acts(sitting.connection, terms.actor.id, self._house.key(terms.actor.id, terms.key))
        floor = max((*(sitting.tails[name].at for name in terms.write), sitting.log.at - BEHIND))
        now = self._clock() if terms.at is None else terms.at
        if floor - now > STUCK:
            raise Busy("ledger.clock", behind=(floor - now) // SECOND)
        return Transaction(sitting, terms, max(now, floor), known)


def _commit(transaction: RootTransaction) -> None:
    try:
        transaction.commit()
    except OperationalError as fault:
        # A disk that fails, or a server that is gone, may have kept what it did not confirm.
        raise Busy("ledger.unsure", why=type(fault.orig).__name__) from fault
