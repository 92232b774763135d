"""Marks: committed before any is seen, revealed, corrected only on four grounds (87号令 64).  Pure."""

from archive.decider import Context
from archive.errors import Invalid, Refused
from experts.encoding import cj, hexed, th
from experts.evaluation.common import carried, opened, ready, seat_of, valid_bid
from experts.evaluation.events import Event, MarkCorrected, MarksCommitted, MarksRevealed
from experts.evaluation.messages import CommitMarks, CorrectMark, Marks, OpenRoom, RevealMarks
from experts.evaluation.state import Room
from experts.methods import Item
from experts.numbers import number

CORRECTIONS = ("sum", "range", "objective", "abnormal")


def marks_commitment(member: str, salt: bytes, marks: Marks) -> str:
    """``TH("marks", member, salt, cj(marks))`` in hex: what a member commits to."""
    return th("marks", member.encode(), salt, cj(marks)).hex()


def covers(state: Room, room: OpenRoom, marks: Marks) -> bool:
    """Whether a sheet has a mark for every item of every valid bid."""
    items = {i.id for i in room.method.items}
    return all(set(marks.get(b.id, {})) == items for b in state.valid)


def commit_marks(state: Room, command: CommitMarks, ctx: Context[None]) -> Event:
    """After the reviews, once; again only when a bid came back that the sheet does not cover."""
    room = opened(state, "open")
    ready(state)
    seat_of(state, command.member, ctx.actor)
    if not room.method.items or "conformity" not in state.concluded:
        raise Refused("room.stage", stage="marks")
    sheet = state.marks.get(command.member)
    if command.member in state.commitments and (sheet is None or covers(state, room, sheet)):
        raise Refused("room.twice", member=command.member)
    hexed(command.commitment)
    return MarksCommitted(ctx.at, command.member, command.commitment)


def reveal_marks(state: Room, command: RevealMarks, ctx: Context[None]) -> Event:
    """When every member is bound: marks that open the commitment, cover every valid bid and stay in range."""
    room = opened(state, "open")
    seat_of(state, command.member, ctx.actor)
    missing = [s.member.id for s in state.active if s.member.id not in state.commitments]
    if missing:
        raise Refused("room.marks.early", members=" ".join(missing))
    known = state.marks.get(command.member)
    if known is not None and covers(state, room, known):
        raise Refused("room.twice", member=command.member)
    marks = {**state.handed(command.member).marks, **command.marks}
    if marks_commitment(command.member, hexed(command.salt), marks) != state.commitments[command.member]:
        raise Refused("room.marks.mismatch", member=command.member)
    if not covers(state, room, marks):
        raise Refused("room.marks.incomplete", member=command.member)
    items = {i.id: i for i in room.method.items}
    for bid, sheet in marks.items():
        for item, mark in sheet.items():
            if item not in items or not _in_range(items[item], mark):
                raise Refused("room.marks.range", bid=bid, item=item, mark=mark)
    return MarksRevealed(ctx.at, command.member, command.marks)


def correct(state: Room, command: CorrectMark, ctx: Context[None]) -> Event:
    """Before any signature and before the technical part is locked, on one of the four grounds, with a reason."""
    room = opened(state, "open", "summarised")
    if state.locked_at:
        raise Refused("room.locked", locked_at=state.locked_at)
    if state.signatures:
        raise Refused("room.signed", signed=len(state.signatures))
    seat_of(state, command.member, ctx.actor)
    valid_bid(state, command.bid)
    item = next((i for i in room.method.items if i.id == command.item), None)
    if item is None or command.member not in state.marks:
        raise Refused("room.marks.incomplete", member=command.member)
    if command.ground not in CORRECTIONS or (command.ground == "objective") != item.objective:
        raise Refused("room.correct.ground", ground=command.ground, item=item.id)
    if not command.reason.strip():
        raise Refused("room.reason")
    if not _in_range(item, command.mark):
        raise Refused("room.marks.range", bid=command.bid, item=item.id, mark=command.mark)
    if command.ground == "abnormal" and not carried(state, command.votes):
        raise Refused("room.not-carried", bid=command.bid)
    was = state.marks[command.member][command.bid][command.item]
    return MarkCorrected(
        ctx.at,
        command.member,
        command.bid,
        command.item,
        was,
        command.mark,
        command.ground,
        command.reason,
        command.votes,
    )


def _in_range(item: Item, mark: str) -> bool:
    try:
        return 0 <= number(mark) <= number(item.full)
    except Invalid:
        return False
