"""Parts of what is about to be said whole.  Pure.

An entry of the log has a largest size, and with hundreds of bids a room's bids, a reviewer's votes and a member's marks go
beyond it.  The parts are handed in first; the rules then judge the whole, as if it had come in one piece.
"""

from archive.decider import Context
from archive.errors import Refused
from experts.evaluation.common import opened, seat_of
from experts.evaluation.events import Event, PartHanded
from experts.evaluation.messages import ROOM, HandPart
from experts.evaluation.review import PURCHASER, reviewers
from experts.evaluation.state import Room

MOST_BIDS = 5_000


def hand_part(state: Room, command: HandPart, ctx: Context[None]) -> Event:
    """Bids only before the room opens or its prices come in, votes and marks only of who may say the whole."""
    held = state.handed(command.member)
    if command.member == ROOM:
        awaited = state.phase == "new" or (state.priceless and state.locked_at > 0)
        alone = awaited and not command.votes and not command.marks
        fits = alone and 0 < len(command.bids) <= MOST_BIDS - len(held.bids)
    else:
        room = opened(state, "open")
        if command.member != PURCHASER or PURCHASER not in reviewers(state, room, "qualification"):
            seat_of(state, command.member, ctx.actor)
        missing = [s.member.id for s in state.active if s.member.id not in state.commitments]
        if command.marks and missing:
            raise Refused("room.marks.early", members=" ".join(missing))
        valid, clauses = {b.id for b in state.valid}, max(len(room.qualification), len(room.conformity))
        few = len(held.votes) + len(command.votes) <= len(valid) * clauses and set(command.marks) <= valid
        fits = few and not command.bids and bool(command.votes or command.marks)
    if not fits:
        raise Refused("room.part", member=command.member)
    return PartHanded(ctx.at, command.member, command.bids, command.votes, command.marks)
