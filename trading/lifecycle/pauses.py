"""中止交易 and its lifting: what stops a tender, who alone may let it go on, and that no time is lost.

A pause keeps the time that was left: when the last pause is lifted, every running time moves by as long as the
tender stood (cn-rules 3.1, L-6).  The deadline is the box's own as well: whoever suspends or resumes through the
desk hands the new deadline on to the boxes in the same transaction.
"""

from archive.errors import Refused
from archive.values import Instant
from trading.calendar import CALENDARS
from trading.commands import AdoptCalendar, ResumeTender, SuspendTender
from trading.events import CalendarAdopted, Event, PauseLifted, TenderResumed, TenderSuspended
from trading.lifecycle.guards import Told, alive, lot_name, require
from trading.statutes import calendar
from trading.tender import Pause, Tender

GROUNDS: dict[str, str] = {
    "system-fault": "platform",
    "force-majeure": "platform",
    "title-dispute": "platform",
    "other": "platform",
    "supervision-order": "regulator",
    "complaint": "regulator",
}
"""Ground of a pause: the role that may call it and alone may lift it.  Objections pause by themselves."""

LAW: dict[str, str] = {
    "pause.ground": "宁波市公共资源交易管理条例 第二十五条",
    "pause.reference": "电子招标投标办法 第五十二条",
    "pause.exists": "宁波市公共资源交易管理条例 第二十五条",
    "pause.none": "宁波市公共资源交易管理条例 第二十五条",
    "pause.authority": "电子招标投标办法 第五十二条",
    "pause.too-soon": "招标投标法实施条例 第二十二条",
    "calendar.older": "民法典 第二百零三条",
}


def suspend(state: Tender, command: SuspendTender, ctx: Told) -> tuple[TenderSuspended, ...]:
    """The tender stands still from now on."""
    alive(state)
    authority = GROUNDS.get(command.ground)
    if authority is None or not command.reason.strip():
        raise Refused("pause.ground", ground=command.ground, allowed=sorted(GROUNDS))
    require(state, ctx, authority, *(("system",) if command.ground == "system-fault" else ()))
    lot_name(command.pause)
    if authority == "regulator" and not command.reference.strip():
        raise Refused("pause.reference", ground=command.ground)
    if any(p.id == command.pause for p in state.pauses):
        raise Refused("pause.exists", pause=command.pause)
    by = ctx.actor.org if authority == "regulator" else ""
    return (TenderSuspended(ctx.at, command.pause, command.ground, authority, by, command.reason, command.reference),)


def resume(state: Tender, command: ResumeTender, ctx: Told) -> tuple[Event, ...]:
    """One pause is lifted by the authority that called it; with the last one the clocks run again."""
    alive(state)
    held = next((p for p in state.pauses if p.id == command.pause), None)
    if held is None:
        raise Refused("pause.none", pause=command.pause)
    if held.authority not in GROUNDS.values():
        raise Refused("pause.authority", pause=held.id, authority=held.authority)
    require(state, ctx, held.authority, *(("system",) if held.ground == "system-fault" else ()))
    if held.by and ctx.actor.org != held.by:
        raise Refused("pause.authority", pause=held.id, authority=held.by)
    return lifted(state, held, ctx.at, command.reason, command.deadline)


def lifted(state: Tender, held: Pause, at: Instant, reason: str, deadline: Instant = 0) -> tuple[Event, ...]:
    """The events of lifting one pause; ``deadline`` may give more than the time that was left.

    Raises:
        Refused: ``pause.too-soon`` for a deadline that takes time away.
    """
    gone = PauseLifted(at, held.id, reason)
    if len(state.pauses) > 1:
        return (gone,)
    shift = at - state.paused_at
    runs = state.stage == "published" and state.times.deadline > state.paused_at
    kept = state.times.deadline + shift if runs else 0
    if deadline and (not runs or deadline < kept):
        raise Refused("pause.too-soon", earliest_at=kept)
    return (gone, TenderResumed(at, shift, max(kept, deadline)))


def adopt(state: Tender, command: AdoptCalendar, ctx: Told) -> tuple[CalendarAdopted, ...]:
    """A newer holiday table is out: what was provisional is counted again by it."""
    alive(state)
    require(state, ctx, "system", "platform")
    calendar(command.calendar)
    order = list(CALENDARS)
    if order.index(command.calendar) <= order.index(state.calendar):
        raise Refused("calendar.older", calendar=command.calendar, pinned=state.calendar)
    return (CalendarAdopted(ctx.at, command.calendar),)
