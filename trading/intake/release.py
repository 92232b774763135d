"""One release (or the merged record of one ocid) becomes a `Plan`, or all the reasons why it cannot.

Pure.  Closing: the end of the tender period; but where the file has bids from that end up to the start of the
award period, the procedure took prices after its tender period (an auction), and the closing instant is the
start of the award period.  Bids dated at or after the closing are kept: on record they are late.
"""

import re
from collections import Counter
from functools import partial
from hashlib import sha256

from archive.values import Instant, Money
from trading.intake.bids import Found, Frame, read_awards, read_bids, read_tenderer
from trading.intake.plan import Note, Plan, PlanBid, PlanItem, PlanLot, Problem, Tenderer
from trading.intake.wire import MAX_NAME, Fault, Node, attempt

TENDER_STATUSES = frozenset(("planning", "planned", "active", "cancelled", "unsuccessful", "complete", "withdrawn"))
CATEGORIES = frozenset(("goods", "works", "services"))
TENDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
LOT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
MAX_TITLE = 1_000
MAX_BYTES_OF_LOTS = 20_000
"""What titles of a tender and its lots may come to in UTF-8: they stand together in one entry of the log."""
BYTES_OF_A_LOT = 200


def read_release(release: Node) -> Plan | tuple[Problem, ...]:
    """The plan, or every reason against it, the first in the order of the standard's own fields."""
    faults: list[Problem] = []
    notes: list[Note] = []
    ocid = attempt(faults, lambda: release.need("ocid").ident())
    tender = attempt(faults, lambda: release.need("tender"))
    if ocid is None or tender is None or not isinstance(tender.value, dict):
        if tender is not None and not isinstance(tender.value, dict):
            attempt(faults, lambda: tender.wrong("object"))
        return tuple(faults)
    names = attempt(faults, lambda: _names(release)) or {}
    original = attempt(faults, lambda: tender.need("id").ident())
    title = attempt(faults, lambda: tender.need("title").text(MAX_TITLE))
    status = attempt(faults, lambda: tender.need("status").status(TENDER_STATUSES))
    buyer = attempt(faults, lambda: _buyer(release, tender, names, notes))
    category = attempt(faults, lambda: _optional_status(tender, "mainProcurementCategory", CATEGORIES))
    criteria = attempt(faults, lambda: tender.words("awardCriteria"))
    currency = attempt(faults, lambda: _currency(release, tender))
    value = attempt(faults, lambda: child.money(currency) if (child := tender.child("value")) else None)
    period = attempt(faults, lambda: _period(tender))
    lots = attempt(faults, lambda: _lots(tender, title or "", value, currency, notes))
    details = attempt(faults, lambda: _details(release))
    if not (original and title and status and buyer and currency and period and lots and details) or faults:
        return tuple(faults)
    heavy = sum(len(text.encode()) for text in (title, *(lot.title or title for lot in lots))) + BYTES_OF_A_LOT * len(lots)
    if heavy > MAX_BYTES_OF_LOTS:
        return (Problem("intake.lots-heavy", tender.pointer, {"size": str(heavy), "limit": str(MAX_BYTES_OF_LOTS)}),)
    lots, common = _items(tender, lots, faults)
    frame = Frame(lots, currency, period[0], names)
    found = read_bids(details, frame)
    awards = attempt(faults, lambda: read_awards(_each(release, "awards"), frame, found.bids, notes))
    closes_at = attempt(faults, lambda: _closing(tender, period[1], found, notes))
    if not found.bids:
        faults += (
            Problem("intake.no-bid-left", details[0].pointer.rpartition("/")[0], {"count": str(len(details))}),
            *found.refused,
        )
    if faults or awards is None or closes_at is None:
        return tuple(faults)
    if value is None:
        notes.append(Note("intake.note.no-value"))
    rejected = dict.fromkeys((a.bid, a.lot) for a in awards if a.status == "unsuccessful" and a.bid)
    rejected |= dict.fromkeys((b.id, b.lot) for b in found.bids if b.status == "disqualified")
    return Plan(
        id=_mapped(original, notes),
        original=original,
        ocid=ocid,
        title=title,
        buyer=buyer,
        currency=currency,
        lots=lots,
        starts_at=period[0],
        ends_at=period[1],
        closes_at=closes_at,
        status=status,
        category=category or "",
        value=value,
        criteria=criteria or "",
        common_items=common,
        bids=tuple(found.bids),
        refused=tuple(found.refused),
        rejected=tuple(rejected),
        awards=awards,
        notes=(*notes, *found.notes),
    )


def _each(node: Node, name: str) -> tuple[Node, ...]:
    child = node.child(name)
    return child.each() if child else ()


def _optional_status(node: Node, name: str, known: frozenset[str]) -> str:
    child = node.child(name)
    return child.status(known) if child else ""


def _names(release: Node) -> dict[str, str]:
    """Names of the parties by their id, for references that give the id alone."""
    names = {}
    for party in _each(release, "parties"):
        id, name = party.child("id"), party.words("name", MAX_NAME)
        if id is not None and id.value != "" and name:
            names[id.ident()] = name
    return names


def _buyer(release: Node, tender: Node, names: dict[str, str], notes: list[Note]) -> Tenderer:
    """The buyer; where the file has none that is named and identified, the procuring entity."""
    faults: list[Problem] = []
    for node in (release.child("buyer"), tender.child("procuringEntity")):
        if node is None:
            continue
        found = attempt(faults, partial(read_tenderer, node, names))
        if found is not None:
            if faults or release.child("buyer") is None:
                notes.append(Note("intake.note.procuring-entity"))
            return found
    if faults:
        raise Fault(faults[0].code, faults[0].pointer, **faults[0].params)
    raise Fault("intake.missing", release.pointer or "/", field="buyer")


def _currency(release: Node, tender: Node) -> str:
    """The one currency: of the tender's value, else of its lots, else of all bids."""
    places = [tender.child("value"), *(lot.child("value") for lot in _each(tender, "lots"))]
    bids = release.child("bids")
    places += [bid.child("value") for bid in _each(bids, "details")] if bids else []
    for value in places:
        code = value.child("currency") if value else None
        if code is not None:
            return code.currency()
    raise Fault("intake.missing", tender.pointer, field="value/currency")


def _period(tender: Node) -> tuple[Instant, Instant]:
    period = tender.need("tenderPeriod")
    start, end = period.need("startDate").time(), period.need("endDate").time()
    if start >= end:
        raise Fault("intake.period-order", period.pointer)
    return start, end


def _lots(tender: Node, title: str, value: Money | None, currency: str | None, notes: list[Note]) -> tuple[PlanLot, ...]:
    nodes = _each(tender, "lots")
    if not nodes:
        notes.append(Note("intake.note.one-lot"))
        return (PlanLot("1", "", title, value, _optional_status(tender, "status", TENDER_STATUSES)),)
    originals = [node.need("id").ident() for node in nodes]
    times = Counter(originals)
    for node, original in zip(nodes, originals, strict=True):
        if times[original] > 1:
            raise Fault("intake.duplicate-id", node.pointer, id=original)
    kept = all(LOT_ID.fullmatch(original) for original in originals)
    if not kept:
        notes.append(Note("intake.note.lots-numbered", {"count": str(len(nodes))}))
    return tuple(
        PlanLot(
            original if kept else str(i),
            original,
            _lot_title(node, original, notes),
            amount.money(currency) if (amount := node.child("value")) else None,
            _optional_status(node, "status", TENDER_STATUSES),
        )
        for i, (node, original) in enumerate(zip(nodes, originals, strict=True), start=1)
    )


def _lot_title(node: Node, original: str, notes: list[Note]) -> str:
    """A lot that the file does not title is called by its identifier."""
    title = node.words("title", MAX_TITLE)
    if not title:
        notes.append(Note("intake.note.lot-untitled", {"lot": original[:60]}))
    return title or original


def _details(release: Node) -> tuple[Node, ...]:
    bids = release.child("bids")
    details = _each(bids, "details") if bids else ()
    if not details:
        raise Fault("intake.no-bids", release.pointer or "/")
    return details


def _items(tender: Node, lots: tuple[PlanLot, ...], faults: list[Problem]) -> tuple[tuple[PlanLot, ...], tuple[PlanItem, ...]]:
    """Items into their lots; those of no lot in particular are common to all."""
    placed: dict[str, list[PlanItem]] = {lot.id: [] for lot in lots}
    common: list[PlanItem] = []
    try:
        nodes = _each(tender, "items")
        if not nodes and not tender.child("lots"):
            raise Fault("intake.no-items", tender.pointer)
        times = Counter(node.need("id").ident() for node in nodes)
        for node in nodes:
            id, related = node.need("id").ident(), node.child("relatedLot")
            if times[id] > 1:
                raise Fault("intake.duplicate-id", node.pointer, id=id)
            lot = _lot_of_item(related, lots)
            (placed[lot] if lot else common).append(_item(node, id))
    except Fault as fault:
        faults.append(fault.problem)
    filled = tuple(PlanLot(lot.id, lot.original, lot.title, lot.value, lot.status, tuple(placed[lot.id])) for lot in lots)
    return filled, tuple(common)


def _lot_of_item(related: Node | None, lots: tuple[PlanLot, ...]) -> str:
    if related is None:
        return lots[0].id if len(lots) == 1 else ""
    for lot in lots:
        if lot.original == related.ident():
            return lot.id
    raise Fault("intake.lot-unknown", related.pointer, lot=related.ident())


def _item(node: Node, id: str) -> PlanItem:
    quantity, unit = node.child("quantity"), node.child("unit")
    return PlanItem(id, node.words("description"), quantity.quantity() if quantity else "", unit.words("name") if unit else "")


def _closing(tender: Node, end: Instant, found: Found, notes: list[Note]) -> Instant:
    period = tender.child("awardPeriod")
    start = period.child("startDate") if period else None
    evaluation = start.time() if start else end
    dated = [(bid, bid.at) for bid in found.bids if bid.at is not None]
    auctioned = [bid for bid, at in dated if end <= at < evaluation]
    closes_at = evaluation if auctioned else end
    if auctioned:
        notes.append(Note("intake.note.auction", {"count": str(len(auctioned))}))
    notes.extend(_late(bid) for bid, at in dated if at >= closes_at)
    return closes_at


def _late(bid: PlanBid) -> Note:
    return Note("intake.note.late", {"bid": bid.id, "lot": bid.lot})


def _mapped(original: str, notes: list[Note]) -> str:
    """Our tender id: the file's own where it fits, else its readable part with 12 digits of its SHA-256."""
    if TENDER_ID.fullmatch(original):
        return original
    readable = re.sub(r"[^A-Za-z0-9_]+", "-", original).strip("-_")[:27]
    id = f"{readable or 'T'}-{sha256(original.encode()).hexdigest()[:12]}"
    notes.append(Note("intake.note.id-mapped", {"original": original[:60], "id": id}))
    return id
