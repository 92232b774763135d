"""What pages and interfaces read of the trading floor; the only readers, and they ask `trading.visibility` first.

Every function takes a connection that it only reads with.  A `Line` is one row by column names as in
`trading.tables`: times are µs UTC (0: not yet), money in minor units.  What a viewer may not see is not
blanked on the page but never leaves this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, or_, select

from archive.canonical import decode
from archive.errors import Missing
from archive.values import Instant, Money
from trading import tables as t
from trading.rulebook import rulebook
from trading.tender import Ranked, Rejected
from trading.visibility import PUBLIC, Seen, Viewer, may_see, phase_of

Line = Mapping[str, str | int | bool]

SIZES = (10, 20, 50, 100)
_LIST = (
    "tender", "stage", "title", "principal", "principal_name", "agency_name", "region", "trade", "nature", "method", "estimate",
    "currency", "attempt", "published_at", "documents_to", "deadline", "paused_at", "ended_at",
)  # fmt: skip
_AWARD = (
    "winner", "winner_name", "price", "price_currency", "awarded_at", "result_at", "letter_at", "contract_sha256",
    "contract_signed", "contract_price",
)  # fmt: skip
_REPORT = ("report_sha256", "report_at", "panel_size")
_NEVER = ("search",)


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list: its lines, how many there are in all, which page of what size this is (from 1)."""

    lines: tuple[Line, ...]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True)
class LotView:
    """A lot as one viewer may see it; what he may not is absent or empty."""

    lot: Line
    items: tuple[Line, ...]
    opening: tuple[Line, ...]
    ranking: tuple[Line, ...]
    rejected: tuple[Line, ...]
    voided: tuple["VoidedView", ...] = ()


@dataclass(frozen=True, slots=True)
class VoidedView:
    """A result of a lot that an order made void, as one viewer may see it."""

    line: Line
    ranking: tuple[Line, ...]
    rejected: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class TenderView:
    """A tender as one viewer may see it."""

    tender: Line
    lots: tuple[LotView, ...]
    documents: tuple[Line, ...]
    notices: tuple[Line, ...]
    timeline: tuple[Line, ...]
    objections: tuple[Line, ...]
    questions: tuple[Line, ...]
    pauses: tuple[Line, ...]
    dues: tuple[Line, ...]


def tenders(
    db: Connection,
    *,
    text: str = "",
    trade: str = "",
    region: str = "",
    stage: str = "",
    principal: str = "",
    page: int = 1,
    size: int = 20,
) -> Page:
    """Published tenders, newest first.

    ``text`` finds all its words in title, parties, lots and items; ``region`` of a prefecture (ending in 00)
    includes its counties; ``stage`` is a tender's stage.
    """
    row = t.tender.c
    wanted = [row.published_at > 0, *_filters(text, trade, region)]
    if stage:
        wanted.append(row.stage == stage)
    if principal:
        wanted.append(row.principal == principal)
    shown = select(*(row[name] for name in _LIST)).where(and_(*wanted)).order_by(row.published_at.desc(), row.tender)
    return _page(db, shown, page, size)


def notices(
    db: Connection, *, text: str = "", trade: str = "", region: str = "", kind: str = "", page: int = 1, size: int = 20
) -> Page:
    """Published notices of all kinds (`trading.tender.NoticeRef`), newest first."""
    row, note = t.tender.c, t.tender_notice.c
    wanted = [row.tender == note.tender, row.published_at > 0, *_filters(text, trade, region)]
    if kind:
        wanted.append(note.kind == kind)
    columns = (note.tender, note.n, note.kind, note.at, note.title, note.sha256, note.lot)
    about = (row.title.label("tender_title"), row.principal_name, row.region, row.trade, row.stage, row.deadline)
    shown = select(*columns, *about).where(and_(*wanted)).order_by(note.at.desc(), note.tender, note.n.desc())
    return _page(db, shown, page, size)


def concerning(db: Connection, viewer: Viewer, *, page: int = 1, size: int = 20) -> Page:
    """The tenders, drafts included, of which the viewer's organisation is principal or agency; centre and regulators see all."""
    row = t.tender.c
    shown = select(*(row[name] for name in _LIST), row.registered_at).where(_mine(viewer))
    return _page(db, shown.order_by(row.registered_at.desc(), row.tender), page, size)


def tender(db: Connection, name: str, viewer: Viewer = PUBLIC) -> TenderView:
    """One tender as the viewer may see it.

    Raises:
        Missing: ``tender.missing`` - also for a draft that is not his to see, since a reason would tell that there is one.
    """
    found = db.execute(select(t.tender).where(t.tender.c.tender == name)).mappings().one_or_none()
    if found is None:
        raise Missing("tender.missing", tender=name)
    head = dict(found)
    public = bool(head["published_at"])
    whole = _seen(head)
    if not may_see(viewer, "draft", phase_of(public, "waiting"), whole):
        raise Missing("tender.missing", tender=name)
    inside = may_see(viewer, "questions", "before", whole)
    lots = tuple(_lot(db, line, head, viewer) for line in _of(db, t.tender_lot, name, "n"))
    watched = inside or bool({"regulator", "platform"} & set(viewer.roles))
    return TenderView(
        tender=_without(head, _NEVER),
        lots=lots,
        documents=_of(db, t.tender_document, name, "n"),
        notices=_of(db, t.tender_notice, name, "n"),
        timeline=_public_marks(_of(db, t.tender_mark, name, "n"), watched),
        objections=_of(db, t.tender_objection, name, "filed_at"),
        questions=_of(db, t.tender_question, name, "at") if inside else (),
        pauses=_of(db, t.tender_pause, name, "at"),
        dues=_of(db, t.tender_due, name, "at") if watched else (),
    )


def dues(db: Connection, viewer: Viewer, until: Instant, *, page: int = 1, size: int = 20) -> Page:
    """What falls due until an instant in the tenders that concern the viewer, soonest first (电子监察)."""
    row, due = t.tender.c, t.tender_due.c
    wanted = (row.tender == due.tender, due.at <= until, _mine(viewer))
    shown = select(due.tender, due.key, due.what, due.at, due.lot, due.rule, due.article, due.breach, due.provisional, row.title)
    return _page(db, shown.where(and_(*wanted)).order_by(due.at, due.tender, due.key), page, size)


def organisations(db: Connection, *, role: str = "", text: str = "", page: int = 1, size: int = 20) -> Page:
    """Registered organisations by name."""
    row = t.org.c
    wanted: list[ColumnElement[bool]] = [row.registered_at > 0]
    if role:
        wanted.append((" " + row.roles + " ").contains(f" {role} ", autoescape=True))
    if text:
        wanted.append(or_(row.name.contains(text, autoescape=True), row.code.contains(text.upper(), autoescape=True)))
    return _page(db, select(t.org).where(and_(*wanted)).order_by(row.name, row.org), page, size)


def holders(db: Connection, role: str) -> tuple[str, ...]:
    """The codes of the organisations that hold a role, in order."""
    row = t.org.c
    wanted = select(row.org).where((" " + row.roles + " ").contains(f" {role} ", autoescape=True)).order_by(row.org)
    return tuple(db.execute(wanted).scalars())


def organisation(db: Connection, name: str) -> Line:
    """One organisation.

    Raises:
        Missing: ``org.missing``.
    """
    found = db.execute(select(t.org).where(t.org.c.org == name)).mappings().one_or_none()
    if found is None:
        raise Missing("org.missing", org=name)
    return dict(found)


def catalogue(db: Connection) -> tuple[Line, ...]:
    """The items of all catalogues in force, by code."""
    row = t.catalogue_item.c
    found = db.execute(select(t.catalogue_item).order_by(row.catalogue, row.kind, row.item)).mappings()
    return tuple(dict(line) for line in found)


def sessions(db: Connection, viewer: Viewer, *, page: int = 1, size: int = 20) -> Page:
    """Who came in and how much each session did: for regulators and the audit administrator only."""
    row = t.session_record.c
    allowed = "regulator" in viewer.roles or viewer.role == "auditor"
    shown = select(t.session_record).where(row.last_at > 0 if allowed else row.last_at < 0)
    return _page(db, shown.order_by(row.last_at.desc(), row.session), page, size)


def _mine(viewer: Viewer) -> ColumnElement[bool]:
    """The tenders that concern a viewer; nobody has none, least of all those without an agency."""
    row = t.tender.c
    mine: list[ColumnElement[bool]] = [row.registered_at < 0]
    if {"platform", "regulator"} & set(viewer.roles):
        mine.append(row.registered_at > 0)
    if "principal" in viewer.roles and viewer.org:
        mine.append(row.principal == viewer.org)
    if "agency" in viewer.roles and viewer.org:
        mine.append(row.agency == viewer.org)
    return or_(*mine)


def _filters(text: str, trade: str, region: str) -> list[ColumnElement[bool]]:
    row = t.tender.c
    found = [row.search.contains(word, autoescape=True) for word in text.lower().split()[:8]]
    if trade:
        found.append(row.trade == trade)
    if region:
        prefix = region.rstrip("0") if region.endswith("00") else region
        found.append(row.region.startswith(prefix, autoescape=True) if prefix else row.region != "")
    return found


def _page(db: Connection, shown: "Select[*tuple[object, ...]]", page: int, size: int) -> Page:
    size = min(max(1, size), SIZES[-1])
    page = max(1, page)
    total = db.execute(select(func.count()).select_from(shown.order_by(None).subquery())).scalar_one()
    lines = db.execute(shown.limit(size).offset((page - 1) * size)).mappings()
    return Page(tuple(dict(line) for line in lines), total, page, size)


def _of(db: Connection, table: Table, name: str, order: str) -> tuple[Line, ...]:
    found = db.execute(
        select(table).where(table.c.tender == name).order_by(table.c[order], *table.primary_key.columns)
    ).mappings()
    return tuple(dict(line) for line in found)


def _without(line: Line, names: tuple[str, ...]) -> Line:
    return {k: v for k, v in line.items() if k not in names}


def _seen(head: Line, lot: str = "", bidders: tuple[str, ...] = (), candidates_out: bool = False) -> Seen:
    rule_set = rulebook(str(head["rulebook"])).rule_set
    return Seen(str(head["principal"]), str(head["agency"]), rule_set, lot, bidders, candidates_out)


def _lot(db: Connection, line: Line, head: Line, viewer: Viewer) -> LotView:
    name, lot = str(head["tender"]), str(line["lot"])

    def rows(table: Table, order: str = "n") -> tuple[Line, ...]:
        found = db.execute(select(table).where(table.c.tender == name, table.c.lot == lot).order_by(table.c[order])).mappings()
        return tuple(dict(each) for each in found)

    opening = rows(t.tender_opening)
    candidates_out = bool(line["publicity_from"])
    seen = _seen(head, f"{name}.{lot}", tuple(str(o["bidder"]) for o in opening), candidates_out)
    phase = phase_of(bool(head["published_at"]), str(line["stage"]))
    hidden: tuple[str, ...] = ()
    if not may_see(viewer, "bids", phase, seen):
        hidden += ("bids", "list_sha256", "kept_sealed")
    if not may_see(viewer, "award", phase, seen):
        hidden += _AWARD
    if not may_see(viewer, "ranking", phase, seen):
        hidden += _REPORT
    shows_ranking = may_see(viewer, "ranking", phase, seen)
    ranking = rows(t.tender_ranking) if shows_ranking else ()
    return LotView(
        lot=_without(line, hidden),
        items=rows(t.tender_item),
        opening=opening if may_see(viewer, "opening-fields", phase, seen) else (),
        ranking=_scored(ranking, viewer, may_see(viewer, "scores", phase, seen), may_see(viewer, "own-score", phase, seen)),
        rejected=rows(t.tender_rejection) if shows_ranking else (),
        voided=tuple(view for former in rows(t.tender_voided) if (view := _voided(former, viewer, seen)) is not None),
    )


def _voided(line: Line, viewer: Viewer, seen: Seen) -> VoidedView | None:
    """A void result as far as it had come: what was public of it stays so, the rest is for who saw it; None for others."""
    reached = "announced" if line["result_at"] else "publicised" if line["publicity_from"] else "evaluated"
    phase, then = phase_of(True, reached), replace(seen, candidates_out=bool(line["publicity_from"]))
    if not may_see(viewer, "ranking", phase, then):
        return None
    ranking = tuple(_place(r) for r in decode(str(line["ranking"]).encode(), tuple[Ranked, ...]))
    rejected: tuple[Line, ...] = tuple(
        {"bidder": r.bidder, "name": r.name, "ground": r.ground, "text": r.text}
        for r in decode(str(line["rejected"]).encode(), tuple[Rejected, ...])
    )
    hidden: tuple[str, ...] = ("ranking", "rejected")
    if not may_see(viewer, "award", phase, then):
        hidden += _AWARD
    scored = _scored(ranking, viewer, may_see(viewer, "scores", phase, then), may_see(viewer, "own-score", phase, then))
    return VoidedView(_without(line, hidden), scored, rejected)


def _place(r: Ranked) -> Line:
    price = r.price or Money(0, "")
    amount: Line = {"price": price.amount, "currency": price.currency}
    return {"bidder": r.bidder, "name": r.name, "rank": r.rank, "score": r.score, **amount}


def _scored(ranking: tuple[Line, ...], viewer: Viewer, all_scores: bool, own_score: bool) -> tuple[Line, ...]:
    """Scores for those who may see all; a bidder sees his own; the others see places without them."""
    return tuple(
        line if all_scores or (own_score and line["bidder"] == viewer.org) else _without(line, ("score",)) for line in ranking
    )


_INSIDE_MARKS = ("registered", "registration-accepted", "registration-refused", "documents-approved")


def _public_marks(marks: tuple[Line, ...], watched: bool) -> tuple[Line, ...]:
    """The timeline; what came before the notice is for those inside and those who watch."""
    return tuple(m for m in marks if watched or m["key"] not in _INSIDE_MARKS)


def senders(db: Connection, name: str, lot: str) -> dict[str, tuple[tuple[str, str, str], ...]]:
    """By organisation: address, network and device that its submissions for a lot came from; for clues, after the opening."""
    c = t.session_hand_in.c
    wanted = select(c.org, c.address, c.network, c.device).where(c.tender == name, c.lot == lot).distinct()
    found: dict[str, tuple[tuple[str, str, str], ...]] = {}
    for org, *place in db.execute(wanted.order_by(c.org, c.address, c.network, c.device)):
        found[org] = (*found.get(org, ()), (place[0], place[1], place[2]))
    return found


def awarded(db: Connection) -> list[tuple[str, str, str, int, str]]:
    """Lot, winner, bidder, price in minor units, method's text, of every opened bid of every awarded lot, in order of award."""
    lot, row = t.tender_lot.c, t.tender_opening.c
    joined = t.tender_lot.join(t.tender_opening, and_(lot.tender == row.tender, lot.lot == row.lot))
    joined = joined.join(t.tender, t.tender.c.tender == lot.tender)
    wanted = select(lot.tender, lot.lot, lot.winner, row.bidder, row.price, t.tender.c.evaluation_text).select_from(joined)
    kept = wanted.where(lot.winner != "", row.verdict == "opened", row.priced).order_by(
        lot.awarded_at, lot.tender, lot.lot, row.n
    )
    return [(f"{tender}.{id}", winner, bidder, int(price), text) for tender, id, winner, bidder, price, text in db.execute(kept)]
