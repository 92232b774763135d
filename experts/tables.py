"""Projections of the experts' floor, all traced: only the ledger writes them, replay makes them again.

Names, seats and scores are confidential for a time: pages read them through `experts.queries` alone.  Times are microseconds
since the epoch (0: not yet), dates yyyymmdd, prices and scores decimal text, lists canonical JSON text, digests hex.
"""

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Text

from archive.database import table

expert = table(
    "expert",
    Column("expert", String(64), primary_key=True),
    Column("status", String(12), nullable=False, index=True),
    Column("person", Text, nullable=False),  # digests of what is private
    Column("identity", String(64), nullable=False, unique=True),
    Column("cats", Text, nullable=False),
    Column("region", String(12), nullable=False),
    Column("employer", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("admitted", Integer, nullable=False),
    Column("term_until", Integer, nullable=False),
    Column("grade", Text, nullable=False),
    Column("duties", Integer, nullable=False),
    Column("disputes", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    traced=True,
)

expert_pool = table(
    "expert_pool",
    Column("pool", String(64), primary_key=True),
    Column("categories", Text, nullable=False),
    Column("codes", Integer, nullable=False),
    Column("date", Integer, nullable=False),
    Column("root", String(64), nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    traced=True,
)

panel = table(
    "panel",
    Column("panel", String(64), primary_key=True),
    Column("phase", String(12), nullable=False),
    Column("draw", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("representatives", Integer, nullable=False),
    Column("ctx", String(64), nullable=False),
    Column("root", String(64), nullable=False),
    Column("pool", BigInteger, nullable=False),
    Column("planned_at", BigInteger, nullable=False),
    Column("drawn_at", BigInteger, nullable=False),
    Column("completed_at", BigInteger, nullable=False),
    Column("result", String(64), nullable=False),
    Column("lengths", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("contacts", Integer, nullable=False),
    Column("alarmed", Boolean, nullable=False),
    Column("award", Text, nullable=False),
    Column("members", Text, nullable=False),
    traced=True,
)

panel_seat = table(
    "panel_seat",
    Column("panel", String(64), primary_key=True),
    Column("seat", Integer, primary_key=True, autoincrement=False),
    Column("cat", String(16), nullable=False),
    Column("position", Integer, nullable=False),
    Column("expert", String(64), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("calls", Integer, nullable=False),
    Column("called_at", BigInteger, nullable=False),
    traced=True,
)

panel_reply = table(
    "panel_reply",
    Column("panel", String(64), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("seat", Integer, nullable=False),
    Column("expert", String(64), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("evidence", String(64), nullable=False),
    traced=True,
)

evaluation = table(
    "evaluation",
    Column("room", String(64), primary_key=True),
    Column("phase", String(12), nullable=False),
    Column("rule_set", String(8), nullable=False),
    Column("method", Text, nullable=False),
    Column("members", Text, nullable=False),
    Column("leader", String(64), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("summarised_at", BigInteger, nullable=False),
    Column("submitted_at", BigInteger, nullable=False),
    Column("report", String(64), nullable=False),
    Column("candidates", Text, nullable=False),
    Column("failed", String(20), nullable=False),
    Column("dissents", Integer, nullable=False),
    traced=True,
)

evaluation_bid = table(
    "evaluation_bid",
    Column("room", String(64), primary_key=True),
    Column("bid", String(80), primary_key=True),
    Column("org", String(80), nullable=False, index=True),
    Column("price", String(32), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("place", Integer, nullable=False),
    Column("price_score", String(32), nullable=False),
    Column("marks", String(32), nullable=False),
    Column("total", String(32), nullable=False),
    Column("ground", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    traced=True,
)
