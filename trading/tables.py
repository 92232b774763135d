"""Projections of the trading floor, all traced: only the ledger writes them, replay makes them again.

Times are microseconds since the epoch (0: not yet), money is in minor units, scores in hundredths of a point,
weights in basis points, hashes in hex.  Texts that people write have no length of their own here: their limits are the
rules'.  Some rows and columns are confidential for a time (drafts, rankings,
awards, questions): pages read them through `trading.queries` alone.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Text

from archive.database import table


def _id() -> "Column[str]":
    return Column("tender", String(40), primary_key=True)


def _text(name: str, index: bool = False) -> "Column[str]":
    return Column(name, Text, nullable=False, index=index)


def _time(name: str, index: bool = False) -> "Column[int]":
    return Column(name, BigInteger, nullable=False, index=index)


def _number(name: str) -> "Column[int]":
    return Column(name, Integer, nullable=False)


tender = table(
    "tender",
    _id(),
    _text("stage"),
    _text("title"),
    _text("project_title"),
    _text("principal", index=True),
    _text("principal_name"),
    _text("agency", index=True),
    _text("agency_name"),
    _text("region"),
    _text("trade"),
    _text("nature"),
    _text("method"),
    _text("funds"),
    _text("scope"),
    _text("supervisor"),
    _text("code"),
    _text("trade_code"),
    _time("estimate"),
    _text("currency"),
    _text("rulebook"),
    _text("calendar"),
    _text("catalogue"),
    _number("catalogue_version"),
    _text("catalogue_item"),
    _number("attempt"),
    _text("previous"),
    _time("registered_at"),
    _time("published_at", index=True),
    _time("documents_from"),
    _time("documents_to"),
    _time("deadline", index=True),
    _time("paused_at"),
    _time("ended_at"),
    _text("qualification"),
    Column("consortium", Boolean, nullable=False),
    _text("evaluation_kind"),
    _text("evaluation_text"),
    _number("price_weight"),
    _text("policy"),
    _text("policy_hash"),
    _number("decrypt_minutes"),
    _number("validity_days"),
    _text("objection_channel"),
    _text("platform_url"),
    _text("manifest_sha256"),
    _text("search"),
    traced=True,
)

tender_lot = table(
    "tender_lot",
    _id(),
    Column("lot", String(20), primary_key=True),
    _number("n"),
    _text("title"),
    _text("category"),
    _text("code"),
    _time("estimate"),
    _text("currency"),
    _time("ceiling"),
    _time("deposit"),
    _text("duration"),
    _text("quality"),
    _number("envelopes"),
    _text("stage"),
    _time("stage_at"),
    Column("kept_sealed", Boolean, nullable=False),
    _number("bids"),
    _text("list_sha256"),
    _text("record_sha256"),
    _time("prices_at"),
    _text("prices_sha256"),
    _text("report_sha256"),
    _time("report_at"),
    _number("panel_size"),
    _time("publicity_from"),
    _time("publicity_to"),
    _text("winner"),
    _text("winner_name"),
    _time("price"),
    _text("price_currency"),
    _time("awarded_at"),
    _time("result_at"),
    _time("letter_at"),
    _text("contract_sha256"),
    _text("contract_signed"),
    _time("contract_price"),
    _time("contract_published_at"),
    _text("failure"),
    _text("successor"),
    traced=True,
)

tender_item = table(
    "tender_item",
    _id(),
    Column("lot", String(20), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("item"),
    _text("description"),
    _text("quantity"),
    _text("unit"),
    _text("code"),
    traced=True,
)

tender_document = table(
    "tender_document",
    _id(),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("sha256"),
    _time("length"),
    _text("name"),
    _text("media_type"),
    _text("kind"),
    traced=True,
)

tender_notice = table(
    "tender_notice",
    _id(),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("kind"),
    _time("at", index=True),
    _text("title"),
    _text("sha256"),
    _text("lot"),
    traced=True,
)

tender_mark = table(
    "tender_mark",
    _id(),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _time("at"),
    _text("key"),
    _text("lot"),
    _text("ref"),
    traced=True,
)

tender_opening = table(
    "tender_opening",
    _id(),
    Column("lot", String(20), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("bidder", index=True),
    _text("name"),
    _text("verdict"),
    Column("priced", Boolean, nullable=False),
    _time("price"),
    _text("currency"),
    _text("duration"),
    _text("quality"),
    _text("manager"),
    _time("received_at"),
    _text("envelope"),
    _text("deposit"),
    _text("note"),
    traced=True,
)

tender_ranking = table(
    "tender_ranking",
    _id(),
    Column("lot", String(20), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("bidder"),
    _text("name"),
    _number("rank"),
    _time("score"),
    _time("price"),
    _text("currency"),
    traced=True,
)

tender_rejection = table(
    "tender_rejection",
    _id(),
    Column("lot", String(20), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("bidder"),
    _text("name"),
    _text("ground"),
    _text("text"),
    traced=True,
)

tender_voided = table(
    "tender_voided",
    _id(),
    Column("lot", String(20), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _time("at"),
    _text("objection"),
    _text("ground"),
    _text("article"),
    _text("reason"),
    _text("committee"),
    _text("report_sha256"),
    _time("report_at"),
    _time("publicity_from"),
    _time("publicity_to"),
    _text("winner"),
    _text("winner_name"),
    _time("price"),
    _text("price_currency"),
    _time("awarded_at"),
    _time("result_at"),
    _text("ranking"),
    _text("rejected"),
    traced=True,
)

tender_objection = table(
    "tender_objection",
    _id(),
    Column("objection", String(20), primary_key=True),
    _text("kind"),
    _text("regime"),
    _text("lot"),
    _text("text_sha256"),
    _time("filed_at"),
    _time("answer_by"),
    _time("answered_at"),
    _text("outcome"),
    _text("answer_sha256"),
    traced=True,
)

tender_question = table(
    "tender_question",
    _id(),
    Column("question", String(20), primary_key=True),
    _text("text"),
    _time("at"),
    traced=True,
)

tender_pause = table(
    "tender_pause",
    _id(),
    Column("pause", String(40), primary_key=True),
    _text("ground"),
    _text("authority"),
    _text("by_org"),
    _time("at"),
    _text("reference"),
    traced=True,
)

tender_due = table(
    "tender_due",
    _id(),
    Column("key", Text, primary_key=True),
    _text("what"),
    _time("at", index=True),
    _text("lot"),
    _text("ref"),
    _text("rule"),
    _text("article"),
    Column("breach", Boolean, nullable=False),
    Column("provisional", Boolean, nullable=False),
    traced=True,
)

org = table(
    "org",
    Column("org", String(64), primary_key=True),
    _text("scheme"),
    _text("code"),
    _text("name"),
    _text("region"),
    _text("address"),
    _text("roles"),
    _time("registered_at"),
    _time("verified_at"),
    _text("suspended"),
    _time("suspended_until"),
    traced=True,
)

agency_contract = table(
    "agency_contract",
    Column("principal", String(64), primary_key=True),
    Column("contract", Text, primary_key=True),
    _text("agency", index=True),
    _text("scopes"),
    _time("from_at"),
    _time("to_at"),
    _text("sha256"),
    traced=True,
)

catalogue_item = table(
    "catalogue_item",
    Column("catalogue", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("item", Text, primary_key=True),
    _text("kind"),
    _text("name"),
    _text("scope"),
    _text("legal_basis"),
    _text("threshold_text"),
    _time("threshold"),
    _text("currency"),
    _text("level"),
    _text("from_day"),
    _text("to_day"),
    _text("publisher"),
    traced=True,
)

session_record = table(
    "session_record",
    Column("session", String(64), primary_key=True),
    _text("actor", index=True),
    _text("org"),
    _text("means"),
    _time("began_at"),
    _time("last_at"),
    _time("ended_at"),
    _number("views"),
    _number("denials"),
    _number("failures"),
    traced=True,
)

session_hand_in = table(
    "session_hand_in",
    Column("session", String(64), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("org"),
    _time("at"),
    _text("tender", index=True),
    _text("lot"),
    _text("event"),
    _text("address"),
    _text("client"),
    _text("network"),
    _text("device"),
    traced=True,
)
"""Where submissions came from; read by `trading.desk.clues` alone, after the opening."""

Index("ix_tender_trade_region", tender.c.trade, tender.c.region)
