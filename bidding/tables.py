"""Projections of the bidding floor, all traced: only the ledger writes them, replay makes them again.

``sealed_bid`` is confidential until the opening: only `bidding.queries` and the platform's own code that
closes a box read it.  Times are microseconds since the epoch, hashes and ids hex, lists canonical JSON text.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Text

from archive.database import table

sealed_bid = table(
    "sealed_bid",
    Column("stream", String(80), primary_key=True),
    Column("tender", String(80), nullable=False),
    Column("lot", String(80), nullable=False),
    Column("org", String(80), nullable=False, index=True),
    Column("seq", BigInteger, nullable=False),
    Column("standing", String(16), nullable=False),
    Column("submission_hash", String(64), nullable=False),
    Column("envelopes", Text, nullable=False),
    Column("named", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Index("ix_sealed_bid_tender_lot", "tender", "lot"),
    traced=True,
)

box = table(
    "box",
    Column("stream", String(80), primary_key=True),
    Column("tender", String(80), nullable=False, index=True),
    Column("lot", String(80), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("opens_at", BigInteger, nullable=False),
    Column("closes_at", BigInteger, nullable=False),
    Column("closing_at", BigInteger, nullable=False),
    Column("stages", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("policy_hash", String(64), nullable=False),
    Column("trustees", Text, nullable=False),
    Column("least_bids", Integer, nullable=False),
    Column("drilled", Text, nullable=False),
    Column("drilled_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger, nullable=False),
    Column("closing_list", String(64), nullable=False),
    Column("count", Integer, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("first_ends", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("below_least", Boolean, nullable=False),
    Column("faults", Text, nullable=False),
    Column("confirmed", Text, nullable=False),
    traced=True,
)

box_envelope = table(
    "box_envelope",
    Column("box", String(80), primary_key=True),
    Column("envelope", String(64), primary_key=True),
    Column("tender", String(80), nullable=False, index=True),
    Column("lot", String(80), nullable=False),
    Column("stage", Integer, nullable=False),
    Column("sealed", String(80), nullable=False),
    Column("org", String(80), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("submission_hash", String(64), nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("released", Text, nullable=False),
    Column("bidder_answered", Boolean, nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("fault", String(12), nullable=False),
    Column("effect", String(12), nullable=False),
    Column("silent", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("read", Boolean, nullable=False),
    traced=True,
)

box_objection = table(
    "box_objection",
    Column("box", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("org", String(80), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_at", BigInteger, nullable=False),
    traced=True,
)
