"""Opening the room and who sits in it: arrival, letter, recusal, succession, leader, more time.  Pure."""

from collections.abc import Sequence

from msgspec.structs import replace

from archive.decider import Context
from archive.errors import Refused
from archive.values import Instant, Money, money_text
from experts.correction import Correction
from experts.draw import composed
from experts.evaluation import grounds
from experts.evaluation.common import opened, seat_of
from experts.evaluation.events import (
    BidRejected,
    CommitteeSeated,
    Event,
    LeaderVoted,
    MemberRecused,
    MemberReplaced,
    MoreTimeAsked,
    RoomOpened,
    TimeExtended,
)
from experts.evaluation.messages import (
    ROOM,
    AskMoreTime,
    Bid,
    ElectLeader,
    Member,
    OpenRoom,
    Recuse,
    ReplaceMember,
    SeatCommittee,
)
from experts.evaluation.state import UNPRICED, Room
from experts.methods import MeanBenchmark, RandomBenchmark, RangeBase, coefficients, objection
from experts.numbers import number


def open_room(state: Room, command: OpenRoom, ctx: Context[None]) -> tuple[Event, ...]:
    """Open once, on a lawful panel, method and list of bids; a bid without a comparable price is out, by nobody's vote."""
    if state.phase != "new":
        raise Refused("room.phase", phase=state.phase)
    said, command = command, replace(command, bids=state.handed(ROOM).bids + command.bids)
    members = command.members
    if len(command.rule_set) > 8:
        raise _miscomposed(members, command.least)
    lawful_committee(members, command.least)
    lawful_bids(command)
    if command.sealed_prices:
        without_prices(command)
    else:
        lawful_prices(command.bids, command.ceiling)
    broken = objection(command.method, command.rule_set, command.subject)
    if not broken and 2 * command.method.trim_members >= len(members):
        broken = "method.number"
    if broken:
        raise Refused(broken, method=command.method.id, rule_set=command.rule_set)
    needs_ceiling = isinstance(command.method.formula, RandomBenchmark | RangeBase)
    if (needs_ceiling and command.ceiling is None) or (command.ceiling is not None and command.ceiling.amount <= 0):
        raise Refused("room.ceiling", method=command.method.id)
    _drawn(command)
    lawful_corrections(command.bids, command.corrections)
    _branded(command)
    wrong = [c.id for c in (*command.qualification, *command.conformity) if not grounds.known(command.rule_set, c.ground)]
    if wrong:
        raise Refused("room.ground", ground=" ".join(wrong))
    return RoomOpened(ctx.at, said), *unpriced_out(command.rule_set, command.unpriced, ctx.at)


def lawful_committee(members: Sequence[Member], least: int) -> None:
    """Everybody once, odd, large enough, two thirds experts.

    Raises:
        Refused: ``room.composition``.
    """
    ids = [m.id for m in members]
    named = all(0 < len(id) <= 64 for id in ids) and len(set(ids)) == len(ids)
    if not named or not composed(len(ids), sum(m.representative for m in members), least):
        raise _miscomposed(members, least)


def _miscomposed(members: Sequence[Member], least: int) -> Refused:
    representatives = sum(m.representative for m in members)
    return Refused("room.composition", size=len(members), representatives=representatives, least=least)


def seat_committee(state: Room, command: SeatCommittee, ctx: Context[None]) -> Event:
    """After an order for a fresh committee: as lawful as the first, and no expert of those who sat here in it (87号令 67)."""
    opened(state, "vacated")
    lawful_committee(command.members, command.least)
    again = {m.id for m in command.members if not m.representative} & {s.member.id for s in state.seats}
    if again or not command.draw:
        raise Refused("room.successor", member=" ".join(sorted(again)))
    return CommitteeSeated(ctx.at, command.members, command.draw)


def lawful_bids(command: OpenRoom) -> None:
    """There are bids, each with an id of its own.

    Raises:
        Refused: ``room.bids``.
    """
    ids = [*(b.id for b in command.bids), *command.unpriced]
    if not ids or len(set(ids)) < len(ids) or not all(0 < len(id) <= 80 for id in (*ids, *(b.org for b in command.bids))):
        raise Refused("room.bids", bids=len(ids))


def lawful_prices(bids: Sequence[Bid], ceiling: Money | None) -> None:
    """Prices that hold, corrected too, in one currency, that of the ceiling.

    Raises:
        Refused: ``room.price``.
    """
    for bid in bids:
        rate = number(bid.deduction)
        corrected = number(money_text(bid.price)) * (1 - rate) + number(bid.correction)
        same = ceiling is None or ceiling.currency == bid.price.currency
        if bid.price.amount <= 0 or not 0 <= rate < 1 or corrected <= 0 or not same:
            raise Refused("room.price", bid=bid.id)
    if len({b.price.currency for b in bids}) > 1:
        raise Refused("room.price", bid=bids[0].id)


def unpriced_out(rule_set: str, bids: Sequence[str], at: Instant) -> tuple[BidRejected, ...]:
    """The rejections of bids without a price that could be compared with others."""
    return tuple(BidRejected(at, bid, grounds.unpriced(rule_set), "投标文件未载明可以比较的投标报价", UNPRICED) for bid in bids)


def without_prices(command: OpenRoom) -> None:
    """No bid of a room with sealed prices comes with one, nor with a correction or a brand, which stand beside prices."""
    for bid in command.bids:
        if bid.price.amount or number(bid.correction) or bid.brands or not 0 <= number(bid.deduction) < 1:
            raise Refused("room.price", bid=bid.id)


def lawful_corrections(bids: Sequence[Bid], corrections: Sequence[Correction]) -> None:
    """Corrections are of bids here at their corrected price.

    Raises:
        Refused: ``room.correction``.
    """
    prices = {b.id: money_text(b.price) for b in bids}
    told = [c.bid for c in corrections]
    for c in corrections:
        if not c.confirm or told.count(c.bid) > 1 or number(prices.get(c.bid, "0")) != number(c.price):
            raise Refused("room.correction", bid=c.bid)


def _branded(command: OpenRoom) -> None:
    """Brands are of products that the documents name, lots of all bids."""
    for bid in command.bids:
        products = [x.product for x in bid.brands]
        if not set(products) <= set(command.method.core) or len(set(products)) < len(products):
            raise Refused("room.brands", bid=bid.id)
    if command.lots and sorted(command.lots) != sorted(b.id for b in command.bids):
        raise Refused("room.brands", bid=command.lots[0])


def _drawn(command: OpenRoom) -> None:
    wanted = coefficients(command.method.formula)
    good = set(command.drawn) == set(wanted) and all(command.drawn[name] in values for name, values in wanted.items())
    plain = isinstance(command.method.formula, MeanBenchmark) and not wanted and not command.drawn
    if not (good or plain):
        raise Refused("room.coefficients", wanted=" ".join(sorted(wanted)))


def recuse(state: Room, command: Recuse, ctx: Context[None]) -> Event:
    """Out before the report is submitted, with a ground."""
    opened(state, "open", "summarised")
    if not command.ground.strip():
        raise Refused("room.reason")
    if command.member not in {s.member.id for s in state.active}:
        raise Refused("room.member", member=command.member)
    return MemberRecused(ctx.at, command.member, command.ground)


def replace_member(state: Room, command: ReplaceMember, ctx: Context[None]) -> Event:
    """A successor drawn by the same rule takes the seat of an active or recused member."""
    opened(state, "open", "summarised")
    old = next((s for s in state.seats if s.member.id == command.member and s.state != "replaced"), None)
    if old is None:
        raise Refused("room.member", member=command.member)
    sat = {s.member.id for s in state.seats}
    successor = command.successor
    same_kind = old.member.representative == successor.representative
    if successor.id in sat or not 0 < len(successor.id) <= 64 or not same_kind or not command.draw:
        raise Refused("room.successor", member=command.successor.id)
    return MemberReplaced(ctx.at, command.member, command.successor, command.draw)


def elect(state: Room, command: ElectLeader, ctx: Context[None]) -> Event:
    """One round; more than half elects.  Under RS-2 a purchaser's representative cannot lead (87号令 45)."""
    room = opened(state, "open")
    members = {s.member.id: s.member for s in state.active}
    if state.leader:
        raise Refused("room.leader.known", leader=state.leader)
    if set(command.votes) != set(members) or not set(command.votes.values()) <= set(members):
        raise Refused("room.votes", given=len(command.votes), members=len(members))
    counts = {c: sum(v == c for v in command.votes.values()) for c in command.votes.values()}
    leader = next((c for c, n in counts.items() if 2 * n > len(members)), "")
    if leader and room.rule_set == "RS-2" and members[leader].representative:
        raise Refused("room.leader.representative", member=leader)
    return LeaderVoted(ctx.at, command.votes, leader)


def more_time(state: Room, command: AskMoreTime, ctx: Context[None]) -> tuple[Event, ...]:
    """More than a third asking extends the time (条例 48: 2 of 5, 3 of 7)."""
    opened(state, "open")
    seat_of(state, command.member, ctx.actor)
    if command.member in state.time_asked:
        raise Refused("room.twice", member=command.member)
    asked = MoreTimeAsked(ctx.at, command.member, command.reason)
    count = len(state.time_asked) + 1
    if 3 * count > len(state.active):
        return asked, TimeExtended(ctx.at, count, len(state.active))
    return (asked,)
