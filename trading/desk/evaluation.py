"""评标: the room of a lot, from its opening to the signed report on the tender's record.

Members act on their own; the desk only opens the room with what the opening and the draw established, lets
each member in, and carries the submitted report to the tender.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from archive.bodies import Blob
from archive.canonical import decode, encode
from archive.errors import Refused
from archive.ledger import Recorded
from archive.ledger.export import acts
from archive.strict import base64
from archive.values import Actor, Money, money
from bidding.box import Box
from experts.brands import GROUND
from experts.correction import Correction
from experts.encoding import coefficient, tie_lot
from experts.evaluation import Room
from experts.evaluation.messages import ROOM as WHOLE_ROOM
from experts.evaluation.messages import (
    Bid,
    Clause,
    Command,
    ConcludeReview,
    EnterPrices,
    HandPart,
    Member,
    OpenRoom,
    PlaceBids,
    RevealMarks,
    ReviewConformity,
    ReviewQualification,
    SeatCommittee,
    Summarise,
)
from experts.evaluation.report import Report, long, report_of
from experts.methods import Method, coefficients
from experts.panel import Panel
from experts.proof import evaluated
from trading.commands import RecordEvaluation
from trading.desk import facts, plaintexts
from trading.desk.parting import parted
from trading.platform import Platform
from trading.rulebook import rulebook
from trading.tender import Ranked, Rejected, Tender

ROOM = Actor.system("room")
SUBMITTED = "evaluation.submitted"


def method_of(tender: Tender) -> Method:
    """The method that the tender's documents declare.

    Raises:
        Invalid: ``canonical.json`` when its text is no method.
    """
    assert tender.draft is not None
    return decode(tender.draft.method.text.encode(), Method)


def open_room(
    platform: Platform,
    name: str,
    lot: str,
    qualification: tuple[Clause, ...],
    conformity: tuple[Clause, ...],
    deductions: dict[str, str] | None = None,
    corrected: Sequence[Correction] = (),
) -> Recorded:
    """Open the room on the opened bids and the completed panel; coefficients come from the draw's seed.

    Where bids have two envelopes the room opens after the first opening and knows no price (`trading.desk.envelopes`).
    A ``corrected`` price (87号令 59) stands instead of the one read out; its bidder confirms it in the room, or the bid is
    invalid.  Where the documents name core products, bids come with the brands they state of them (87号令 31).
    """
    tender, box, panel = tender_of(platform, name), _box(platform, name, lot), _panel(platform, name, lot)
    book, method = rulebook(tender.rulebook), method_of(tender)
    spec = next(x.spec for x in tender.lots if x.spec.id == lot)
    seed = bytes.fromhex(panel.draw.seed) if panel.draw else b""
    drawn = {label: coefficient(seed, label, values) for label, values in coefficients(method.formula).items() if seed}
    without: tuple[str, ...] = ()
    if spec.envelopes == 2:
        bids = _unpriced(box, deductions or {}, spec.estimate.currency)
    else:
        bids, without = priced(box, deductions or {}, {c.bid: c.price for c in corrected}, spec.estimate.currency)
    brands = plaintexts.brands(platform, name, lot, method.core)
    command = OpenRoom(
        method=method,
        rule_set=book.rule_set,
        subject=tender.project.nature if tender.project else "",
        bids=tuple(structs.replace(bid, brands=brands.get(bid.org, ())) for bid in bids),
        members=_members(panel),
        qualification=qualification,
        conformity=conformity,
        ceiling=spec.ceiling,
        drawn=drawn,
        least=book.number("panel-least", 1),
        draw=panel.draw.result if panel.draw else "",
        opening=next(x.record_sha256 for x in tender.lots if x.spec.id == lot),
        corrections=tuple(c for c in corrected if c.bid not in without),
        lots=tuple(tie_lot(seed, [bid.id for bid in bids])) if seed and method.core else (),
        sealed_prices=spec.envelopes == 2,
        unpriced=without,
    )
    return act(platform, ROOM, name, lot, command)


def open_room_of_record(platform: Platform, name: str, lot: str, conformity: tuple[Clause, ...]) -> Recorded:
    """The room of a replayed foreign procedure: five seats that find what the source found, since its panel is unknown."""
    tender, box = tender_of(platform, name), _box(platform, name, lot)
    command = OpenRoom(
        method=method_of(tender),
        rule_set=rulebook(tender.rulebook).rule_set,
        subject=tender.project.nature if tender.project else "",
        bids=priced(box, {}, {})[0],
        members=tuple(Member(f"seat-{n}") for n in range(1, 6)),
        conformity=conformity,
        opening=next(x.record_sha256 for x in tender.lots if x.spec.id == lot),
    )
    return act(platform, ROOM, name, lot, command)


def seat_committee(platform: Platform, name: str, lot: str) -> Recorded:
    """The fresh committee that was ordered sits, once it is complete and screened against the bidders.

    Raises:
        Refused: ``panel.phase`` before that, the room's ``room.*``.
    """
    tender, panel = tender_of(platform, name), _panel(platform, name, lot)
    if panel.phase != "complete" or not panel.screened_at:
        raise Refused("panel.phase", phase=panel.phase)
    least = rulebook(tender.rulebook).number("panel-least", 1)
    draw = panel.draw.result if panel.draw else f"appointment/{panel.planned_at}"
    return act(platform, ROOM, name, lot, SeatCommittee(_members(panel), draw, least))


def _members(panel: Panel) -> tuple[Member, ...]:
    representatives = {r.id for r in panel.representatives}
    return tuple(
        Member(id, representative=id in representatives) for id in (*(s.id for s in panel.seats), *sorted(representatives))
    )


def _unpriced(box: Box, deductions: dict[str, str], currency: str) -> tuple[Bid, ...]:
    opened = {x.stream for x in box.on_stage if x.verdict == "opened"}
    bidders = (b.org for b in box.bidders if b.stream in opened)
    return tuple(Bid(org, org, Money(0, currency), deductions.get(org, "0")) for org in bidders)


def priced(
    box: Box, deductions: Mapping[str, str], corrected: Mapping[str, str], currency: str = ""
) -> tuple[tuple[Bid, ...], tuple[str, ...]]:
    """The bids that were opened, at the price read out or the corrected one, and who has none that can be compared.

    That is a price above nothing in the lot's ``currency``; an empty one takes any.
    """
    opened = {x.stream for x in box.on_stage if x.verdict == "opened"}
    forms = {b.stream: b.form for b in box.on_stage if b.form is not None}
    made, without = [], []
    for bidder in box.bidders:
        if bidder.stream in opened:
            price = forms[bidder.stream].money
            if price is None or not price.amount or currency not in ("", price.currency):
                without.append(bidder.org)
                continue
            price = money(corrected[bidder.org], price.currency) if bidder.org in corrected else price
            made.append(Bid(bidder.org, bidder.org, price, deductions.get(bidder.org, "0")))
    return tuple(made), tuple(without)


def act(platform: Platform, actor: Actor, name: str, lot: str, command: Command) -> Recorded:
    """Something that a member, a bidder or the room's clerk does in the room; what is too large for an entry goes in parts."""
    stream = facts.room(name, lot)
    with platform.ledger.begin(actor=actor, write={stream}) as tx:
        while isinstance(command, Summarise) and long(_room(tx.state(stream))):
            tx.act(stream, PlaceBids())
        for part in _in_parts(command):
            tx.act(stream, part)
        while isinstance(command, ConcludeReview) and command.stage not in tx.state(stream).concluded:
            tx.act(stream, command)
    return tx.recorded[-1]


def _room(state: object) -> Room:
    assert isinstance(state, Room)
    return state


def _in_parts(command: Command) -> Iterator[Command]:
    """The command, and before it whatever of it an entry has no place for; all stands twice in its entry."""
    match command:
        case OpenRoom() | EnterPrices():
            parts = list(parted(command.bids, _twice))
            if len(parts) > 1:
                yield from (HandPart(WHOLE_ROOM, bids=bids) for bids in parts)
                parts = [()]
            yield structs.replace(command, bids=parts[0])
        case ReviewQualification() | ReviewConformity():
            *first, rest = parted(command.votes, _twice)
            yield from (HandPart(command.member, votes=votes) for votes in first)
            yield structs.replace(command, votes=rest)
        case RevealMarks():
            *sheets, sheet = parted(command.marks.items(), _twice)
            yield from (HandPart(command.member, marks=dict(part)) for part in sheets)
            yield structs.replace(command, marks=dict(sheet))
        case _:
            yield command


def _twice(value: object) -> int:
    return 2 * len(encode(value))


def report(platform: Platform, name: str, lot: str) -> Report:
    """The report as it stands.

    Raises:
        Refused: ``room.phase`` before the summary.
    """
    state = room(platform, name, lot)
    if state.opened is None or state.summary is None:
        raise Refused("room.phase", phase=state.phase)
    return report_of(state, state.opened, state.summary)


def data(platform: Platform, name: str, lot: str) -> bytes:
    """The public data of the evaluation in force, with the log's receipt of the report (experts/SPEC.md 19).

    Raises:
        Refused: ``room.phase`` before the report is submitted.
    """
    state, done = room(platform, name, lot), acts(platform.ledger, facts.room(name, lot))
    last = [id for act, id in done if act == SUBMITTED][-1:]
    return evaluated(state, [base64(platform.ledger.receipt(id)) for id in last])


def record(platform: Platform, name: str, lot: str, printed: Blob) -> Recorded:
    """The submitted report goes on the tender's record: who is ranked where, who is rejected on which ground.

    Raises:
        Refused: ``room.phase`` before the report is submitted.
    """
    with platform.ledger.begin(actor=ROOM, write={facts.tender(name)}, read={facts.room(name, lot)}) as tx:
        state, tender = tx.state(facts.room(name, lot)), tx.state(facts.tender(name))
        assert isinstance(state, Room) and isinstance(tender, Tender)
        if state.phase != "submitted":
            raise Refused("room.phase", phase=state.phase)
        ranking, rejected = _judged(state, {row.bidder: row.name for x in tender.lots if x.spec.id == lot for row in x.rows})
        finding = state.competition if 0 < len(ranking) < 3 and tender.rulebook.startswith("cn-rs1") else ""
        blind = platform.derive(f"evaluation/{name}.{lot}{_again(tender, lot)}").hex()
        parts = list(parted((*ranking, *rejected), _twice))
        for n, part in enumerate(parts, 1):
            last = n == len(parts)
            places = tuple(x for x in part if isinstance(x, Ranked))
            out = tuple(x for x in part if isinstance(x, Rejected))
            command = RecordEvaluation(lot, printed.sha256, blind, places, out, finding if last else "", more=not last)
            tx.act(facts.tender(name), command, blobs=(printed,) if last else ())
    return tx.recorded[-1]


def _judged(state: Room, names: Mapping[str, str]) -> tuple[tuple[Ranked, ...], tuple[Rejected, ...]]:
    assert state.opened is not None and state.summary is not None
    prices = {b.id: b.price for b in state.opened.bids}
    ranking = tuple(Ranked(p.bid, names[p.bid], p.place, prices[p.bid], _hundredths(p.total)) for p in state.summary.ranking)
    rejected = [Rejected(r.bid, names[r.bid], r.ground, r.reason) for r in state.rejected]
    for y in state.summary.yielded:
        # Scored, and no candidate: the tender's record knows candidates and the others, whose ground says why.
        reason = f"与{names[y.to]}核心产品品牌相同且得分较低，不作为中标候选人（87号令第三十一条）"
        rejected.append(Rejected(y.bid, names[y.bid], GROUND, reason))
    return ranking, tuple(rejected)


def room(platform: Platform, name: str, lot: str) -> Room:
    """The state of a room."""
    state = platform.ledger.state(facts.room(name, lot))
    assert isinstance(state, Room)
    return state


def _again(tender: Tender, lot: str) -> str:
    return next(x.again for x in tender.lots if x.spec.id == lot)


def _hundredths(total: str) -> int:
    whole, _, rest = total.partition(".")
    return int(whole or "0") * 100 + int((rest + "00")[:2])


def tender_of(platform: Platform, name: str) -> Tender:
    """The state of a tender."""
    state = platform.ledger.state(facts.tender(name))
    assert isinstance(state, Tender)
    return state


def _box(platform: Platform, name: str, lot: str) -> Box:
    state = platform.ledger.state(facts.box(name, lot))
    assert isinstance(state, Box)
    return state


def _panel(platform: Platform, name: str, lot: str) -> Panel:
    state = platform.ledger.state(facts.panel(name, lot))
    assert isinstance(state, Panel)
    return state
