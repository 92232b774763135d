"""When something next falls due in a tender, and the bell that says so.

A `Due` is either a moment at which something happens by rule (the deadline, the end of a publicity period) or
the limit of somebody's duty; the bell records that it was reached, and the duty's lateness is a breach on
record.  While the tender stands still only the answers to objections and complaints fall due.
"""

from collections.abc import Iterator

from archive.errors import Refused
from archive.values import DAY, Instant, Value
from trading.calendar import Calendar, end_of_day
from trading.commands import RingBell
from trading.events import LimitReached
from trading.lifecycle.guards import Told, later, law_of, require, stretched
from trading.rulebook import Rulebook
from trading.statutes import most
from trading.tender import Lot, Tender

LAW: dict[str, str] = {
    "bell.none": "电子招标投标办法 第四十九条",
    "bell.early": "电子招标投标办法 第四十九条",
    "bell.closing": "招标投标法 第三十四条",
}

CLOSE = "close"
AWARD = "award"


class Due(Value, frozen=True):
    """Something that falls due at ``at``; ``breach`` where a duty was then not done in time."""

    what: str
    at: Instant
    lot: str = ""
    ref: str = ""
    rule: str = ""
    article: str = ""
    breach: bool = False
    provisional: bool = False

    @property
    def key(self) -> str:
        """One name for this due, never used again for another instant: ``what:lot:ref:at``."""
        return f"{self.what}:{self.lot}:{self.ref}:{self.at}"


def dues(state: Tender) -> tuple[Due, ...]:
    """Everything that is to fall due and was not rung yet, soonest first."""
    if not state.stage or state.stage in ("refused", "terminated", "archived"):
        return ()
    book, days = law_of(state)
    found = list(_answers(state))
    if not state.pauses:
        found += _closing(state)
        for lot in state.live():
            found += _of_lot(state, lot, book, days)
    return tuple(sorted((d for d in found if d.key not in state.rung), key=lambda d: (d.at, d.key)))


def due(state: Tender) -> tuple[Instant, str] | None:
    """The next instant at which something falls due by itself, and its key; ``close…`` asks for the closing of the bids."""
    waiting = dues(state)
    return (waiting[0].at, waiting[0].key) if waiting else None


def ring(state: Tender, command: RingBell, ctx: Told) -> tuple[LimitReached, ...]:
    """A limit has been reached."""
    require(state, ctx, "system")
    found = next((d for d in dues(state) if d.key == command.key), None)
    if found is None:
        raise Refused("bell.none", key=command.key)
    if found.what == CLOSE:
        raise Refused("bell.closing", key=command.key)
    if ctx.at < found.at:
        raise Refused("bell.early", key=command.key, due_at=found.at)
    return (LimitReached(ctx.at, found.key, found.at, found.rule, found.article, found.lot, found.breach),)


def _answers(state: Tender) -> Iterator[Due]:
    for objection in state.objections:
        if not objection.answered_at:
            what = "objection-answer"
            if objection.regime == "complaint":
                what = "complaint-decision" if objection.accepted_at else "complaint-examination"
            yield Due(what, objection.answer_by, objection.lot, objection.id, breach=True)


def _closing(state: Tender) -> Iterator[Due]:
    if state.stage == "published":
        yield Due(CLOSE, state.times.deadline)


def _of_lot(state: Tender, lot: Lot, book: Rulebook, days: Calendar) -> Iterator[Due]:
    def duty(key: str, start: Instant) -> Iterator[Due]:
        limit = stretched(state, most(book, days, key, start), start)
        if limit is not None:
            yield Due(key, limit.at, lot.spec.id, "", limit.rule, limit.article, True, limit.provisional)

    match lot.stage:
        case "evaluated" if lot.evaluation is not None:
            yield from duty("publicity-start", lot.evaluation.received_at)
            yield from duty(AWARD, lot.evaluation.received_at)
        case "publicised" if lot.publicity_to:
            yield Due("publicity-end", lot.publicity_to, lot.spec.id)
        case "awarded":
            yield from duty("result-publication", lot.awarded_at)
        case "notified":
            yield from duty("contract", lot.letter_at)
        case "contracted" if lot.contract is not None and not lot.contract.published_at:
            yield from duty("contract-publication", end_of_day(lot.contract.signed_on) - 1)
        case _:
            pass
    if lot.stage in ("evaluated", "publicised", "awarded", "announced") and state.draft is not None and state.draft.validity_days:
        ends = later(state, state.times.deadline, state.times.deadline + state.draft.validity_days * DAY)
        yield Due("bid-validity", ends, lot.spec.id, breach=True)
