"""The simplest trade there is, to measure the ledger and replay rather than rules: a tally that adds."""

from sqlalchemy import BigInteger, Column, String

from archive.database import table
from archive.decider import Context, Decider, Row
from archive.values import Message, Value

tally_table = table(
    "bench_tally",
    Column("id", String(80), primary_key=True),
    Column("total", BigInteger, nullable=False),
    Column("times", BigInteger, nullable=False),
    traced=True,
)


class Add(Message, tag="tally.add"):
    amount: int
    memo: str = ""


class Added(Message, tag="tally.added"):
    amount: int


class Tally(Value):
    total: int = 0
    times: int = 0


def rows(stream: str, tally: Tally) -> list[Row]:
    return [("bench_tally", (stream,), {"total": tally.total, "times": tally.times})] if tally.times else []


def decide(_tally: Tally, command: Add, _ctx: Context[None]) -> tuple[Added, ...]:
    return (Added(command.amount),)


TALLY: Decider[Tally, Add, Added, None] = Decider(
    kind="tally",
    state=Tally,
    commands=Add,
    events=Added,
    facts=None,
    initial=Tally(),
    decide=decide,
    evolve=lambda tally, event: Tally(tally.total + event.amount, tally.times + 1),
    act=lambda _command: "tally.added",
    rows=rows,
)
MEMO = "x" * 120
"""Brings a body to about 500 bytes, the size of a typical entry."""
