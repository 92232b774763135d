"""异议 (RS-1) and 质疑 (RS-2): who may raise what until when, the pause it brings, the answer and its time.

The objector stands in the state under a pseudonym that the desk drew; the organisation is only in the entry,
which is withheld.
"""

from archive.errors import Refused
from archive.values import Instant
from trading.calendar import Calendar
from trading.commands import AnswerObjection, FileChallenge, FileComplaint, FileObjection
from trading.events import Event, LimitExceeded, ObjectionAnswered, ObjectionFiled, TenderSuspended
from trading.lifecycle.guards import (
    Told,
    acts_as,
    blind,
    facts,
    law_of,
    lot_at,
    lot_name,
    require,
    sha256,
    stretched,
    unarchived,
)
from trading.lifecycle.pauses import lifted
from trading.rulebook import Rulebook
from trading.statutes import before, least, most
from trading.tender import Objection, Tender

LAW: dict[str, str] = {
    "objection.regime": "招标投标法实施条例 第二十二条；政府采购法 第五十二条",
    "objection.kind": "招标投标法实施条例 第二十二条、第四十四条、第五十四条",
    "objection.exists": "招标投标法实施条例 第二十二条",
    "objection.interest": "招标投标法 第六十五条；政府采购法 第五十二条",
    "objection.pseudonym": "政府采购质疑和投诉办法 第十二条",
    "objection.not-yet": "招标投标法实施条例 第二十二条",
    "objection.late": "招标投标法实施条例 第二十二条、第四十四条、第五十四条",
    "objection.none": "招标投标法实施条例 第五十四条",
    "objection.answered": "招标投标法实施条例 第五十四条",
    "objection.outcome": "招标投标法实施条例 第五十四条",
    "objection.answer-late": "招标投标法实施条例 第二十二条、第五十四条；政府采购法 第五十三条",
}

OBJECTIONS = ("documents", "opening", "result")
CHALLENGES = ("documents", "process", "result")
OUTCOMES = ("dismissed", "upheld", "withdrawn")
_OBJECTION_PAUSE = "objection."
_RESULT_OUT = ("announced", "notified", "contracted", "completed")


def pause_id(objection: str) -> str:
    """The id of the pause that an objection brings."""
    return f"{_OBJECTION_PAUSE}{objection}"


def object_to(state: Tender, command: FileObjection, ctx: Told) -> tuple[Event, ...]:
    """异议 to the documents, the opening or the result; documents and result pause the tender at once."""
    book, days = entered(state, command, ctx, "objection-answer")
    if command.kind not in OBJECTIONS:
        raise Refused("objection.kind", kind=command.kind, allowed=list(OBJECTIONS))
    answer = "objection-answer"
    match command.kind:
        case "documents":
            _documents_window(state, book, days, ctx.at)
        case "opening":
            # An opening lasts until its record; with two envelopes there are two.
            held = state.lot(command.lot)
            second = held is not None and held.prices_at > 0 and not held.prices_sha256
            lot_at(state, command.lot, "recorded" if second else "opened")
            answer = "objection-opening-answer"
        case _:
            lot = lot_at(state, command.lot, "publicised")
            if not lot.publicity_from <= ctx.at < lot.publicity_to:
                raise Refused("objection.late", kind=command.kind, limit_at=lot.publicity_to, article=book.article(answer))
    limit = most(book, days, answer, ctx.at)
    assert limit is not None
    raised = filed(command, "objection", ctx.at, limit.at)
    if command.kind == "opening" or not book.flag("objection-suspends"):
        return (raised,)
    return (raised, TenderSuspended(ctx.at, pause_id(command.objection), "objection", "answer"))


def _documents_window(state: Tender, book: Rulebook, days: Calendar, at: Instant) -> None:
    limit = before(book, days, "objection-to-deadline", state.times.deadline)
    assert limit is not None
    # While the tender stands still its clock does not run: what counts is the time it stopped at.
    now = state.paused_at if state.pauses else at
    if state.stage != "published" or now > limit.at:
        raise Refused("objection.late", kind="documents", limit_at=limit.at, article=limit.article)


def challenge(state: Tender, command: FileChallenge, ctx: Told) -> tuple[Event, ...]:
    """质疑 of the documents, the process or the result, within seven working days of knowing."""
    book, days = entered(state, command, ctx, "challenge")
    if command.kind not in CHALLENGES:
        raise Refused("objection.kind", kind=command.kind, allowed=list(CHALLENGES))
    start = _challenge_start(state, command, ctx, book, days)
    limit = stretched(state, most(book, days, "challenge", start), start)
    assert limit is not None
    if ctx.at >= limit.at:
        raise Refused("objection.late", kind=command.kind, limit_at=limit.at, article=limit.article)
    answer = most(book, days, "challenge-answer", ctx.at)
    assert answer is not None
    return (filed(command, "challenge", ctx.at, answer.at),)


def _challenge_start(state: Tender, command: FileChallenge, ctx: Told, book: Rulebook, days: Calendar) -> Instant:
    """When the seven days begin (条例 53): documents obtained or notice period over; the step's end; the result notice over."""
    known = facts(ctx).known_at
    match command.kind:
        case "documents":
            over = least(book, days, "notice-period", state.times.published_at)
            return known or (over.at if over else state.times.published_at)
        case "process":
            return max(
                known,
                lot_at(
                    state, command.lot, "closed", "opened", "recorded", "evaluated", "publicised", "awarded", *_RESULT_OUT
                ).stage_at,
            )
        case _:
            lot = lot_at(state, command.lot, *_RESULT_OUT)
            over = least(book, days, "result-notice", lot.result_at)
            return over.at if over else lot.result_at


Filing = FileObjection | FileChallenge | FileComplaint


def entered(state: Tender, command: Filing, ctx: Told, rule: str) -> tuple[Rulebook, Calendar]:
    """What is common to all: the tender lives and is public, the law knows this remedy, the objector has an interest."""
    unarchived(state)
    if not state.times.published_at:
        raise Refused("objection.not-yet", kind=command.kind)
    book, days = law_of(state)
    if book.rule(rule) is None:
        raise Refused("objection.regime", rule_set=book.rule_set)
    told = facts(ctx)
    if told.interest not in ("bidder", "participant", "other") or told.suspended:
        raise Refused("objection.interest", actor=ctx.actor.id)
    if acts_as(state, ctx) & {"principal", "platform", "regulator", "system"}:
        raise Refused("objection.interest", actor=ctx.actor.id)
    lot_name(command.objection)
    if any(o.id == command.objection for o in state.objections):
        raise Refused("objection.exists", objection=command.objection)
    if not command.objector or command.objector == ctx.actor.org:
        raise Refused("objection.pseudonym")
    sha256(command.text_sha256, "text_sha256")
    blind(command.blind)
    return book, days


def filed(command: Filing, regime: str, at: Instant, answer_by: Instant) -> ObjectionFiled:
    return ObjectionFiled(
        at,
        command.objection,
        command.kind,
        regime,
        command.objector,
        command.text_sha256,
        answer_by,
        command.blind,
        command.lot,
        command.about if isinstance(command, FileComplaint) else "",
    )


def answer(state: Tender, command: AnswerObjection, ctx: Told) -> tuple[Event, ...]:
    """The answer; with it the pause that the objection brought is lifted.  A tender that ended still owes it."""
    unarchived(state)
    require(state, ctx, "principal", "agency", scope="answer")
    held = waiting(state, command.objection, "objection", "challenge")
    known_outcome(command.outcome)
    sha256(command.answer_sha256, "answer_sha256")
    events: list[Event] = [ObjectionAnswered(ctx.at, held.id, command.outcome, command.answer_sha256)]
    if ctx.at >= held.answer_by:
        if not command.late_reason.strip():
            raise Refused("objection.answer-late", objection=held.id, limit_at=held.answer_by)
        book, _ = law_of(state)
        rule = book.rule(_answer_rule(held))
        assert rule is not None
        events.append(LimitExceeded(ctx.at, rule.id, rule.article, held.answer_by, command.late_reason, held.lot))
    pause = next((p for p in state.pauses if p.id == pause_id(held.id)), None)
    if pause is not None:
        events += lifted(state, pause, ctx.at, command.outcome)
    return tuple(events)


def _answer_rule(held: Objection) -> str:
    if held.regime == "challenge":
        return "challenge-answer"
    return "objection-opening-answer" if held.kind == "opening" else "objection-answer"


def waiting(state: Tender, id: str, *regimes: str) -> Objection:
    """An objection of one of the regimes that still waits.

    Raises:
        Refused: ``objection.none`` or ``objection.answered``.
    """
    held = next((o for o in state.objections if o.id == id and o.regime in regimes), None)
    if held is None:
        raise Refused("objection.none", objection=id)
    if held.answered_at:
        raise Refused("objection.answered", objection=id, answered_at=held.answered_at)
    return held


def known_outcome(outcome: str) -> None:
    """Refuse an outcome that is none of `OUTCOMES`.

    Raises:
        Refused: ``objection.outcome``.
    """
    if outcome not in OUTCOMES:
        raise Refused("objection.outcome", outcome=outcome, allowed=list(OUTCOMES))
