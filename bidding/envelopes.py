"""Where submitted envelopes are found again: by id, chains by their key, and which bodies they name.  Confidential until
the opening.

The tables index what stands in sealed entries of the log; they hold nothing of their own and are
rebuilt from it.  A row is reserved in the transaction of the submission, so two chains that name one envelope
at the same moment wait for each other and the second one sees it as repeated.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Column, Connection, LargeBinary, String, delete, select

from archive.database import table
from archive.sql import Sql
from bidding.tables import sealed_bid

envelope_table = table(
    "envelope",
    Column("id", String(64), primary_key=True),
    Column("stream", String(80), nullable=False, index=True),
    Column("raw", LargeBinary, nullable=False),
)
chain_table = table(
    "chain",
    Column("tender", String(80), primary_key=True),
    Column("lot", String(80), primary_key=True),
    Column("submit_pk", String(4000), primary_key=True),
    Column("stream", String(80), nullable=False),
)
body_table = table("envelope_body", Column("root", String(64), primary_key=True))

_CHAIN = Sql("SELECT stream FROM chain WHERE tender = :tender AND lot = :lot AND submit_pk = :submit_pk")
_RESERVE = Sql("INSERT INTO envelope (id, stream, raw) VALUES (:id, :stream, :raw) ON CONFLICT DO NOTHING")
_HOLDER = Sql("SELECT stream FROM envelope WHERE id = :id")
_REMEMBER_CHAIN = Sql(
    "INSERT INTO chain (tender, lot, submit_pk, stream) VALUES (:tender, :lot, :submit_pk, :stream) ON CONFLICT DO NOTHING"
)
_REMEMBER_BODY = Sql("INSERT INTO envelope_body (root) VALUES (:root) ON CONFLICT DO NOTHING")

TOGETHER = 500
"""Envelopes asked for in one query at most."""


def chain_of(db: Connection, tender: str, lot: str, submit_pk: str) -> str | None:
    """The sealed stream of the chain with that key (hex), if it has one."""
    found: str | None = _CHAIN(db, {"tender": tender, "lot": lot, "submit_pk": submit_pk}).scalar()
    return found


def reserve(db: Connection, stream: str, envelopes: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
    """Claim envelope ids (hex, with their bytes) for ``stream``; those that another stream has already."""
    if envelopes:
        _RESERVE(db, [{"id": id, "stream": stream, "raw": raw} for id, raw in sorted(envelopes)])
    return tuple(sorted(id for id, _ in envelopes if _HOLDER(db, {"id": id}).scalar() != stream))


def release(db: Connection, stream: str, ids: Iterable[str], named: Iterable[str]) -> None:
    """Give back what a refused submission claimed, except what the chain had ``named`` before."""
    gone = sorted(set(ids) - set(named))
    db.execute(delete(envelope_table).where(envelope_table.c.stream == stream, envelope_table.c.id.in_(gone)))


def remember_chain(db: Connection, tender: str, lot: str, submit_pk: str, stream: str) -> None:
    """Keep where a chain's stream is."""
    _REMEMBER_CHAIN(db, {"tender": tender, "lot": lot, "submit_pk": submit_pk, "stream": stream})


def remember_bodies(db: Connection, roots: Iterable[str]) -> None:
    """Keep which bodies (roots, hex) are named; also those that are still to come."""
    if named := [{"root": root} for root in sorted(set(roots))]:
        _REMEMBER_BODY(db, named)


def envelopes(db: Connection, ids: Sequence[str]) -> dict[str, bytes]:
    """The bytes of submitted envelopes by id, in the order asked; those that nobody submitted are left out."""
    c, found = envelope_table.c, dict[str, bytes]()
    for at in range(0, len(ids), TOGETHER):
        wanted = select(c.id, c.raw).where(c.id.in_(ids[at : at + TOGETHER]))
        found |= {row.id: row.raw for row in db.execute(wanted)}
    return {id: found[id] for id in ids if id in found}


def streams_of(db: Connection, tender: str) -> dict[str, tuple[str, ...]]:
    """Every sealed stream of a tender that holds at least one submission, by lot, ascending."""
    c = sealed_bid.c
    found: dict[str, list[str]] = {}
    for row in db.execute(select(c.lot, c.stream).where(c.tender == tender).order_by(c.stream)):
        found.setdefault(row.lot, []).append(row.stream)
    return {lot: tuple(streams) for lot, streams in found.items()}
