"""投诉: to the regulator, after an objection or challenge; acceptance and decision within the regulator's own limits.

A complaint pauses nothing by itself: the regulator orders a pause where it is needed (`trading.lifecycle.pauses`).
If two could accept, the one that accepted first keeps it (条例 61).
"""

from archive.errors import Refused
from archive.values import Instant
from trading.commands import DecideComplaint, ExamineComplaint, FileComplaint
from trading.events import ComplaintAccepted, Event, LimitExceeded, ObjectionAnswered, ObjectionFiled
from trading.lifecycle.guards import Told, facts, law_of, require, sha256, stretched, unarchived
from trading.lifecycle.objections import entered, filed, known_outcome, waiting
from trading.rulebook import Rulebook
from trading.statutes import most
from trading.tender import Objection, Tender

LAW: dict[str, str] = {
    "complaint.kind": "招标投标法实施条例 第六十条；政府采购质疑和投诉办法 第十七条",
    "complaint.prior": "招标投标法实施条例 第六十条；政府采购质疑和投诉办法 第十七条",
    "complaint.unanswered": "招标投标法实施条例 第六十条；政府采购质疑和投诉办法 第十七条",
    "complaint.late": "招标投标法实施条例 第六十条；政府采购质疑和投诉办法 第十七条",
    "complaint.not-accepted": "招标投标法实施条例 第六十一条；政府采购质疑和投诉办法 第二十一条",
    "complaint.taken": "招标投标法实施条例 第六十一条",
    "complaint.limit": "招标投标法实施条例 第六十一条；政府采购质疑和投诉办法 第二十六条",
}

KINDS = ("documents", "opening", "process", "result", "other")
_NEEDS_PRIOR = ("documents", "opening", "result")


def complain(state: Tender, command: FileComplaint, ctx: Told) -> tuple[ObjectionFiled, ...]:
    """A complaint in its time: after the answer that did not satisfy, or after the answer that did not come."""
    book, days = entered(state, command, ctx, "complaint")
    if command.kind not in KINDS:
        raise Refused("complaint.kind", kind=command.kind, allowed=list(KINDS))
    start = _start(state, command, ctx, book)
    limit = stretched(state, most(book, days, "complaint", start), start)
    assert limit is not None
    if ctx.at >= limit.at:
        raise Refused("complaint.late", limit_at=limit.at, article=limit.article)
    examined = most(book, days, _examination(book), ctx.at)
    assert examined is not None
    return (filed(command, "complaint", ctx.at, examined.at),)


def _start(state: Tender, command: FileComplaint, ctx: Told, book: Rulebook) -> Instant:
    """When the time to complain begins; the time of the objection itself is not counted in (条例 60)."""
    everything = book.rule("challenge") is not None  # RS-2: nothing without a challenge before it
    if not command.about:
        if everything or command.kind in _NEEDS_PRIOR:
            raise Refused("complaint.prior", kind=command.kind)
        return facts(ctx).known_at or ctx.at
    prior = next((o for o in state.objections if o.id == command.about and o.regime != "complaint"), None)
    if prior is None or prior.kind != command.kind:
        raise Refused("complaint.prior", kind=command.kind)
    if not prior.answered_at and ctx.at < prior.answer_by:
        raise Refused("complaint.unanswered", objection=prior.id, answer_by_at=prior.answer_by)
    return prior.answered_at or prior.answer_by


def _examination(book: Rulebook) -> str:
    return "complaint-examination" if book.rule("complaint-examination") else "complaint-acceptance"


def examine(state: Tender, command: ExamineComplaint, ctx: Told) -> tuple[Event, ...]:
    """受理, or 不予受理 which ends it."""
    unarchived(state)
    require(state, ctx, "regulator")
    held = waiting(state, command.objection, "complaint")
    if held.accepted_at:
        raise Refused("complaint.taken", objection=held.id, authority=held.authority)
    sha256(command.answer_sha256, "answer_sha256")
    book, days = law_of(state)
    late = _overdue(held, book, _examination(book), ctx.at, command.late_reason)
    if not command.accepted:
        return (ObjectionAnswered(ctx.at, held.id, "not-accepted", command.answer_sha256), *late)
    decision = most(book, days, "complaint-decision", ctx.at)
    assert decision is not None
    return (ComplaintAccepted(ctx.at, held.id, ctx.actor.org, decision.at, command.answer_sha256), *late)


def decide_complaint(state: Tender, command: DecideComplaint, ctx: Told) -> tuple[Event, ...]:
    """处理决定 by the regulator that accepted."""
    unarchived(state)
    require(state, ctx, "regulator")
    held = waiting(state, command.objection, "complaint")
    if not held.accepted_at:
        raise Refused("complaint.not-accepted", objection=held.id)
    if held.authority != ctx.actor.org:
        raise Refused("complaint.taken", objection=held.id, authority=held.authority)
    known_outcome(command.outcome)
    sha256(command.answer_sha256, "answer_sha256")
    book, _ = law_of(state)
    late = _overdue(held, book, "complaint-decision", ctx.at, command.late_reason)
    return (ObjectionAnswered(ctx.at, held.id, command.outcome, command.answer_sha256), *late)


def _overdue(held: Objection, book: Rulebook, key: str, at: Instant, reason: str) -> tuple[LimitExceeded, ...]:
    if at < held.answer_by:
        return ()
    rule = book.rule(key)
    assert rule is not None
    if not reason.strip():
        raise Refused("complaint.limit", objection=held.id, limit_at=held.answer_by, article=rule.article)
    return (LimitExceeded(at, rule.id, rule.article, held.answer_by, reason, held.lot),)
