"""The bell: what happens by rule when its time has come, and nothing else.

It reads the ``due`` rows that the deciders projected and acts as the system.  Ringing twice is harmless: whoever
comes second finds that nothing is due any more.
"""

from sqlalchemy import select

from archive import outbox
from archive.database import reading
from archive.outbox import Due, due_table
from archive.values import Instant
from trading.commands import Award, RingBell
from trading.desk import calls, facts, opening, pool, verdicts
from trading.lifecycle.awards import by_silence
from trading.lifecycle.dues import AWARD, CLOSE
from trading.platform import Platform

CALLS = ("panel.vacant", "panel.calls", "panel.reply")


def ring(platform: Platform, due: Due, channel: str = "") -> None:
    """Act on one thing that has fallen due; ``channel`` is how drawn experts are called by machine.

    Raises:
        Refused, Conflict: when it was done already or has moved.
    """
    kind, _, name = due.stream.partition("/")
    if kind == "tender" and due.what.split(":")[0] == CLOSE:
        opening.close(platform, name)
    elif kind == "tender":
        _limit(platform, name, due.what)
    elif kind == "box" and due.what == "conclude":
        tender, _, lot = name.rpartition(".")
        verdicts.conclude(platform, tender, lot)
    elif kind == "panel" and due.what in CALLS:
        tender, _, lot = name.rpartition(".")
        calls.ring(platform, tender, lot, channel)
    elif kind == "pool":
        pool.evening(platform, name)


def _limit(platform: Platform, name: str, key: str) -> None:
    """A limit is reached; where the law says what silence beyond it means, that is done in the same transaction."""
    what, lot = key.split(":")[:2]
    stream = facts.tender(name)
    with platform.ledger.begin(actor=verdicts.BELL, write={stream}) as tx:
        tx.act(stream, RingBell(key))
        winner = by_silence(tx.state(stream), lot) if what == AWARD else ""
        if winner:
            tx.act(stream, Award(lot, winner))


def rung(platform: Platform) -> int:
    """Everything that is due now; how much there was."""
    with reading(platform.engine) as connection:
        due = outbox.rung(connection, platform.clock())
    for one in due:
        ring(platform, one)
    return len(due)


def upcoming(platform: Platform, until: Instant) -> Instant | None:
    """The next instant from now up to ``until`` at which something falls due; what waits for a person is not waited for."""
    with reading(platform.engine) as connection:
        wanted = (
            select(due_table.c.at)
            .where(due_table.c.at > platform.clock(), due_table.c.at <= until)
            .order_by(due_table.c.at)
            .limit(1)
        )
        found = connection.execute(wanted).scalar()
    return None if found is None else int(found)
