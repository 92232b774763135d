"""Bids and awards of one release: each bid is kept or refused by itself, and awards find their bid.

Pure.  A bid is read for one lot; the same id in several lots is one bid a lot.  Nothing is divided,
chosen or completed: what the file does not say is refused with its code.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from msgspec.structs import replace

from archive.values import Instant
from trading.intake.plan import Note, PlanAward, PlanBid, PlanLot, Problem, Tenderer
from trading.intake.wire import MAX_NAME, Fault, Node, attempt

BID_STATUSES = frozenset(("invited", "pending", "valid", "disqualified", "withdrawn"))
AWARD_STATUSES = frozenset(("pending", "active", "cancelled", "unsuccessful"))


@dataclass(frozen=True, slots=True)
class Frame:
    """What bids and awards are read against: the lots, the currency, the start, names by party id."""

    lots: tuple[PlanLot, ...]
    currency: str
    starts_at: Instant
    names: dict[str, str]

    def lot(self, original: str) -> str | None:
        """Our id of a lot of the file."""
        return next((lot.id for lot in self.lots if lot.original == original), None)


@dataclass(slots=True)
class Found:
    """What was read so far."""

    bids: list[PlanBid] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read_bids(details: tuple[Node, ...], frame: Frame) -> Found:
    """Every bid of ``bids/details``, kept or refused."""
    found = Found()
    for node in details:
        bid = attempt(found.refused, partial(_bid, node, frame, found.notes))
        if bid is not None:
            found.bids.append(bid)
    _without_duplicates(found)
    _one_for_each_tenderer(found)
    return found


def read_tenderers(nodes: Iterable[Node], names: dict[str, str]) -> tuple[Tenderer, ...]:
    """Organisation references; a name left out is taken from the parties of the release."""
    return tuple(read_tenderer(node, names) for node in nodes)


def read_tenderer(node: Node, names: dict[str, str]) -> Tenderer:
    """One organisation reference."""
    id, name = node.need("id").ident(), node.child("name")
    if name is None and id in names:
        return Tenderer(id, names[id])
    return Tenderer(id, node.need("name").text(MAX_NAME))


def read_awards(nodes: tuple[Node, ...], frame: Frame, bids: list[PlanBid], notes: list[Note]) -> tuple[PlanAward, ...]:
    """The last word on each lot's bid: of several awards for one bid the latest that was not cancelled, if any.

    Raises:
        Fault: an award that cannot be read, or ``intake.award-conflict`` when two contradict each other at one instant.
    """
    read = [(node, award) for node in nodes for award in _award(node, frame, bids, notes)]
    final: dict[tuple[str, str], PlanAward] = {}
    for node, award in read:
        key = (award.lot, award.bid or f"award {award.id}")
        before = final.get(key)
        if before is not None and before.status != "cancelled" != award.status and (before.at or 0) == (award.at or 0):
            if before.status != award.status:
                raise Fault("intake.award-conflict", node.pointer, bid=award.bid)
        if before is None or _weight(award) >= _weight(before):
            final[key] = award
    winners = Counter(award.lot for award in final.values() if award.status == "active")
    notes.extend(Note("intake.note.several-winners", {"lot": lot}) for lot, count in winners.items() if count > 1)
    return tuple(final.values())


def _weight(award: PlanAward) -> tuple[bool, Instant]:
    return award.status != "cancelled", award.at or 0


def _bid(node: Node, frame: Frame, notes: list[Note]) -> PlanBid:
    id = node.need("id").ident()
    stated = node.child("status")
    status = stated.status(BID_STATUSES) if stated else ""
    at, value = node.child("date"), node.child("value")
    if at is None and value is None and status == "withdrawn":
        bid = PlanBid(id, _lot_of(node, frame, withdrawn=True), status, pointer=node.pointer)
        notes.append(Note("intake.note.nothing-to-seal", {"bid": id}))
        return bid
    if at is None:
        raise Fault("intake.bid-date", node.pointer, bid=id)
    amount = value.money(frame.currency) if value else None
    if amount is None:
        raise Fault("intake.bid-value", node.pointer, bid=id)
    moment = at.time()
    if amount.amount == 0:
        raise Fault("intake.bid-zero", node.pointer, bid=id)
    if moment < frame.starts_at:
        raise Fault("intake.bid-early", at.pointer, bid=id)
    tenderers = node.child("tenderers")
    who = read_tenderers(tenderers.each(), frame.names) if tenderers else ()
    if not who:
        raise Fault("intake.bid-tenderer", node.pointer, bid=id)
    documents = node.child("documents")
    titles = tuple(document.words("title") for document in documents.each()) if documents else ()
    lot = _lot_of(node, frame, withdrawn=False)
    return PlanBid(id, lot, status, who, amount, moment, titles, node.pointer)


def _lot_of(node: Node, frame: Frame, *, withdrawn: bool) -> str:
    related = node.child("relatedLots")
    lots = related.each() if related else ()
    if len(lots) > 1:
        raise Fault("intake.bid-several-lots", node.pointer, count=str(len(lots)))
    if lots:
        lot = frame.lot(lots[0].ident())
        if lot is None:
            raise Fault("intake.lot-unknown", lots[0].pointer, lot=lots[0].ident())
        return lot
    if len(frame.lots) == 1:
        return frame.lots[0].id
    if withdrawn:
        return ""
    raise Fault("intake.bid-lot-missing", node.pointer)


def _without_duplicates(found: Found) -> None:
    """The same id twice in a lot: a repetition is refused, a contradiction refuses all of them."""
    kept: dict[tuple[str, str], PlanBid] = {}
    contradicted: set[tuple[str, str]] = set()
    for bid in found.bids:
        key = (bid.id, bid.lot)
        if key in kept:
            found.refused.append(Problem("intake.bid-duplicate", bid.pointer, {"bid": bid.id}))
            if replace(bid, pointer="") != replace(kept[key], pointer=""):
                contradicted.add(key)
        else:
            kept[key] = bid
    for key in contradicted:
        bid = kept.pop(key)
        found.refused.append(Problem("intake.bid-duplicate", bid.pointer, {"bid": bid.id}))
    found.bids[:] = kept.values()


def _one_for_each_tenderer(found: Found) -> None:
    """Two bids of one tenderer in a lot: the file does not say which stands, so neither is replayed.

    One that was withdrawn before the other came does not stand against it.
    """
    held: dict[tuple[str, tuple[str, ...]], list[PlanBid]] = {}
    for bid in found.bids:
        if bid.tenderers:
            held.setdefault((bid.lot, tuple(sorted(t.id for t in bid.tenderers))), []).append(bid)
    twice: dict[str, PlanBid] = {}
    for bids in held.values():
        last = max(bid.at or 0 for bid in bids)
        standing = [bid for bid in bids if bid.status != "withdrawn" or (bid.at or 0) == last]
        if len(standing) > 1:
            twice |= {bid.pointer: bid for bid in bids}
    found.refused.extend(Problem("intake.bid-second", bid.pointer, {"bid": bid.id}) for bid in twice.values())
    found.bids[:] = [bid for bid in found.bids if bid.pointer not in twice]


def _award(node: Node, frame: Frame, bids: list[PlanBid], notes: list[Note]) -> list[PlanAward]:
    id = node.need("id").ident()
    status = node.need("status").status(AWARD_STATUSES)
    at, value, suppliers = node.child("date"), node.child("value"), node.child("suppliers")
    award = PlanAward(
        id,
        "",
        status,
        suppliers=read_tenderers(suppliers.each(), frame.names) if suppliers else (),
        value=value.money(frame.currency) if value else None,
        at=at.time() if at else None,
    )
    related = node.child("relatedLots")
    lots = [(n, frame.lot(n.ident())) for n in related.each()] if related else []
    for lot_node, lot in lots:
        if lot is None:
            raise Fault("intake.lot-unknown", lot_node.pointer, lot=lot_node.ident())
    named = node.child("relatedBid")
    name = named.ident() if named else ""
    places = [lot for _, lot in lots if lot] or _lots_of_bid(name, bids, frame)
    return [replace(award, lot=lot, bid=_bid_of(award, name, lot, bids, notes)) for lot in places]


def _lots_of_bid(name: str, bids: list[PlanBid], frame: Frame) -> list[str]:
    """The lots of an award that names none: its bid's, else the only one there is."""
    lots = [bid.lot for bid in bids if name and bid.id == name and bid.lot]
    return lots or [frame.lots[0].id if len(frame.lots) == 1 else ""]


def _bid_of(award: PlanAward, name: str, lot: str, bids: list[PlanBid], notes: list[Note]) -> str:
    """The bid that an award is about: by its id, else the only bid of its suppliers in the lot, else none."""
    if any(bid.id == name and bid.lot == lot for bid in bids):
        found = name
    else:
        suppliers = {s.id for s in award.suppliers}
        same = [bid.id for bid in bids if bid.lot == lot and bid.tenderers and {t.id for t in bid.tenderers} == suppliers]
        found = same[0] if len(same) == 1 else ""
        code = "intake.note.award-by-supplier" if found else "intake.note.award-unmatched"
        notes.append(Note(code, {"award": award.id, "bid": found or name}))
    offered = next((bid.amount for bid in bids if bid.id == found and bid.lot == lot), None)
    if award.status == "active" and offered and award.value and offered != award.value:
        notes.append(Note("intake.note.award-value", {"award": award.id, "bid": found}))
    return found
