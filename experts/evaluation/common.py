"""What all rules of a room ask first: which phase, which member, whose act, which bid, how a vote went.  Pure."""

from collections.abc import Iterable, Mapping

from archive.errors import Refused
from archive.values import Actor
from experts.evaluation.messages import OpenRoom
from experts.evaluation.state import Room, Seat


def opened(state: Room, *phases: str) -> OpenRoom:
    """What the room was opened with, in one of these phases.

    Raises:
        Refused: ``room.phase``.
    """
    if state.opened is None or state.phase not in phases:
        raise Refused("room.phase", phase=state.phase)
    return state.opened


def seat_of(state: Room, member: str, actor: Actor) -> Seat:
    """The seat of an active member, on whose behalf the actor may act.

    Raises:
        Refused: ``room.member`` when he does not sit, ``room.not-self`` when the actor is somebody else.
    """
    seat = next((s for s in state.active if s.member.id == member), None)
    if seat is None:
        raise Refused("room.member", member=member)
    if seat.member.account and actor.id != seat.member.account:
        raise Refused("room.not-self", member=member)
    return seat


def ready(state: Room) -> None:
    """Every seat of the panel is filled, arrived and bound by the letter, and there is a leader.

    Raises:
        Refused: ``room.not-ready`` with who is missing, ``room.leader`` without one, ``room.vacant`` after a recusal.
    """
    size = len(state.opened.members) if state.opened else 0
    if len(state.active) < size:
        raise Refused("room.vacant", seats=size - len(state.active))
    missing = [s.member.id for s in state.active if not (s.arrived_at and s.letter)]
    if missing:
        raise Refused("room.not-ready", members=" ".join(missing))
    if not state.leader:
        raise Refused("room.leader", rounds=state.rounds)


def valid_bid(state: Room, bid: str) -> None:
    """That a bid is still in.

    Raises:
        Refused: ``room.bid``.
    """
    if bid not in {b.id for b in state.valid}:
        raise Refused("room.bid", bid=bid)


def carried(state: Room, votes: Mapping[str, bool]) -> bool:
    """Whether more than half of the members voted yes; every active member must have voted (87号令 61).

    Raises:
        Refused: ``room.votes``.
    """
    members = {s.member.id for s in state.active}
    if set(votes) != members:
        raise Refused("room.votes", given=len(votes), members=len(members))
    return majority(votes.values())


def majority(votes: Iterable[bool]) -> bool:
    """More than half."""
    given = list(votes)
    return 2 * sum(given) > len(given)
