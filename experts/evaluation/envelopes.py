"""Two envelopes (双信封): the technical part is locked before any price is known, and the prices come in once.  Pure.

Only bids that are still in when the technical part is locked are admitted, and only the prices of admitted bids ever come
in.  What was locked binds: marks are not corrected any more, and a bid that was not admitted stays out even where a
member is replaced afterwards and the panel has to review anew (条例 48).
"""

from functools import reduce

from msgspec.structs import replace

from archive.decider import Context
from archive.errors import Refused
from experts.evaluation.attendance import lawful_corrections, lawful_prices, unpriced_out
from experts.evaluation.common import opened, ready
from experts.evaluation.events import Event, PricesEntered, TechnicalLocked
from experts.evaluation.messages import ROOM, EnterPrices
from experts.evaluation.report import complete
from experts.evaluation.review import abnormal
from experts.evaluation.state import Room, evolve

EFFECTS = ("revoked", "withdrawn")


def lock(state: Room, ctx: Context[None]) -> Event:
    """Once, after conformity is concluded and every member has marked every bid that is still in."""
    room = opened(state, "open")
    if not room.sealed_prices:
        raise Refused("room.one-envelope")
    if state.locked_at:
        raise Refused("room.locked", locked_at=state.locked_at)
    ready(state)
    if "conformity" not in state.concluded:
        raise Refused("room.stage", stage="conformity")
    complete(state, room)
    return TechnicalLocked(ctx.at, tuple(b.id for b in state.valid))


def enter_prices(state: Room, command: EnterPrices, ctx: Context[None]) -> tuple[Event, ...]:
    """Once, after the lock: of every admitted bid a price, that it has none, or that it fell; triggers are looked for at once."""
    room = opened(state, "open")
    if not room.sealed_prices:
        raise Refused("room.one-envelope")
    if not state.locked_at:
        raise Refused("room.not-locked")
    if state.priced_at:
        raise Refused("room.twice", member=ROOM)
    bids = (*state.handed(ROOM).bids, *command.bids)
    told = [*(b.id for b in bids), *command.unpriced, *(f.bid for f in command.fallen)]
    known = {b.id: b for b in room.bids}
    if sorted(told) != sorted(state.admitted) or any(f.effect not in EFFECTS for f in command.fallen):
        raise Refused("room.prices", told=len(told), admitted=len(state.admitted))
    for bid in bids:
        # The price comes in, and nothing else of a bid changes.
        if replace(bid, price=known[bid.id].price) != known[bid.id]:
            raise Refused("room.price", bid=bid.id)
    if bids:
        lawful_prices(bids, room.ceiling)
    lawful_corrections(bids, command.corrections)
    entered = PricesEntered(ctx.at, command.bids, command.fallen, command.corrections, command.opening)
    out = unpriced_out(room.rule_set, command.unpriced, ctx.at)
    after = reduce(evolve, out, evolve(state, entered))
    assert after.opened is not None
    # After a replacement the review is open again, and finds them when it is concluded.
    found = abnormal(after, after.opened, set(), ctx.at) if "conformity" in state.concluded else []
    return (entered, *out, *found)
