"""Promises that are part of a transaction: messages to send, and when something next falls due.

A message is a row written with the act that causes it; the relay sends it to the broker, which is only a
doorbell, and a worker marks it done.  A message that was sent and not done within its lease is sent again, so
actors are idempotent; nothing is lost and nothing is sent for an act that was not committed.
``due`` holds, for each stream, the next instant at which something happens by itself, as its decider says.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Engine, Index, Integer, String, Text, delete, insert, or_, select, update

from archive import canonical
from archive.database import table
from archive.errors import Invalid
from archive.sql import Sql
from archive.values import SECOND, Instant

outbox_table = table(
    "outbox",
    Column("id", String(36), primary_key=True),
    Column("task", String(80), nullable=False),
    Column("payload", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("done_at", BigInteger),
    Column("tries", Integer, nullable=False),
    Index("ix_outbox_done_at_due_at", "done_at", "due_at"),
)
due_table = table(
    "due",
    Column("stream", String(80), primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("what", String(80), nullable=False),
)

_NEXT = Sql(
    "INSERT INTO due (stream, at, what) VALUES (:stream, :at, :what) "
    "ON CONFLICT (stream) DO UPDATE SET at = excluded.at, what = excluded.what"
)
_NOTHING = Sql("DELETE FROM due WHERE stream = :stream")

LEASE: Instant = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that was committed and is to be sent: ids only, the actor reads the rest."""

    id: str
    task: str
    payload: dict[str, str | int]
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """Something in ``stream`` falls due at ``at``; ``what`` is its name in the stream's decider."""

    stream: str
    at: Instant
    what: str


def post(connection: Connection, letters: list[Letter], due_at: Instant) -> None:
    """Write messages as part of the caller's transaction."""
    if letters:
        rows = [
            {"id": x.id, "task": x.task, "payload": canonical.encode(x.payload).decode(), "due_at": due_at, "tries": 0}
            for x in letters
        ]
        connection.execute(insert(outbox_table), rows)


def claim(engine: Engine, now: Instant, limit: int = 100, lease: Instant = LEASE) -> tuple[Letter, ...]:
    """Take messages that are due and not in another's hands; they come again unless `done` within ``lease``."""
    late = now - lease
    t = outbox_table.c
    wanted = (
        select(t.id, t.task, t.payload, t.tries)
        .where(t.done_at.is_(None), t.due_at <= now, or_(t.sent_at.is_(None), t.sent_at <= late))
        .order_by(t.due_at, t.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with engine.begin() as connection:
        found = connection.execute(wanted).all()
        if found:
            ids = [row.id for row in found]
            connection.execute(update(outbox_table).where(t.id.in_(ids)).values(sent_at=now, tries=t.tries + 1))
    return tuple(Letter(r.id, r.task, canonical.decode(r.payload.encode(), dict[str, str | int]), r.tries + 1) for r in found)


def done(engine: Engine, id: str, now: Instant) -> None:
    """The message had its effect; telling it twice is harmless."""
    with engine.begin() as connection:
        connection.execute(
            update(outbox_table).where(outbox_table.c.id == id, outbox_table.c.done_at.is_(None)).values(done_at=now)
        )


def unsend(engine: Engine) -> int:
    """Forget what a dead worker of this same process had in hand; for a start with an embedded worker."""
    with engine.begin() as connection:
        t = outbox_table.c
        return connection.execute(
            update(outbox_table).where(t.done_at.is_(None), t.sent_at.is_not(None)).values(sent_at=None)
        ).rowcount


def sweep(engine: Engine, before: Instant) -> int:
    """Delete messages that were done before an instant."""
    with engine.begin() as connection:
        return connection.execute(delete(outbox_table).where(outbox_table.c.done_at < before)).rowcount


def fall_due(connection: Connection, stream: str, next_due: tuple[Instant, str] | None) -> None:
    """Say when something in ``stream`` next happens by itself, as part of the caller's transaction."""
    if next_due is None:
        _NOTHING(connection, {"stream": stream})
        return
    at, what = next_due
    if not what or len(what) > 80:
        raise Invalid("outbox.what", what=what[:80])
    _NEXT(connection, {"stream": stream, "at": at, "what": what})


def rung(connection: Connection, now: Instant, limit: int = 100) -> tuple[Due, ...]:
    """What is due at ``now``, the earliest first.  Acting on it through the ledger moves it on, so reading locks nothing."""
    t = due_table.c
    found = connection.execute(select(t.stream, t.at, t.what).where(t.at <= now).order_by(t.at, t.stream).limit(limit))
    return tuple(Due(r.stream, r.at, r.what) for r in found)


def next_bell(connection: Connection) -> Instant | None:
    """The earliest instant at which anything falls due."""
    at: int | None = connection.execute(select(due_table.c.at).order_by(due_table.c.at).limit(1)).scalar()
    return at
