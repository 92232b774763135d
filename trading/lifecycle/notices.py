"""What goes out to everybody: the tender notice, questions and clarifications, a later deadline, termination.

A notice cannot be taken back, only corrected or ended by another (cn-rules 3.1).
"""

from archive.errors import Refused
from archive.values import Instant
from trading.calendar import Calendar, legal_date
from trading.commands import AmendDeadline, AskQuestion, PublishClarification, PublishNotice, TerminateTender
from trading.events import (
    ClarificationPublished,
    DeadlineAmended,
    Event,
    NoticePublished,
    QuestionAsked,
    TenderTerminated,
)
from trading.lifecycle.guards import (
    Told,
    acts_as,
    alive,
    at_stage,
    blind,
    facts,
    law_of,
    lot_name,
    require,
    running,
    sha256,
)
from trading.rulebook import Rulebook
from trading.statutes import after_change, before, least
from trading.tender import ENDED, Draft, Notice, Project, Tender

LAW: dict[str, str] = {
    "notice.incomplete": "招标公告和公示信息发布管理办法 第五条；政府采购货物和服务招标投标管理办法 第十三条",
    "notice.backdated": "招标投标法 第二十四条",
    "notice.order": "招标投标法 第三十四条",
    "notice.sale-too-short": "招标投标法实施条例 第十六条",
    "notice.period-too-short": "政府采购货物和服务招标投标管理办法 第十六条",
    "notice.deadline-too-early": "招标投标法 第二十四条",
    "question.late": "招标投标法实施条例 第二十二条",
    "question.empty": "招标投标法实施条例 第二十二条",
    "question.exists": "招标投标法实施条例 第二十二条",
    "question.none": "招标投标法实施条例 第二十一条",
    "question.own": "招标投标法实施条例 第二十二条",
    "clarification.too-late": "招标投标法 第二十三条；招标投标法实施条例 第二十一条",
    "deadline.passed": "招标投标法 第二十三条",
    "deadline.not-later": "招标投标法实施条例 第二十一条",
    "deadline.reason": "招标投标法实施条例 第二十一条",
    "termination.ground": "招标投标法实施条例 第三十一条",
    "termination.opened": "招标投标法实施条例 第三十一条",
    "termination.notice": "招标投标法实施条例 第三十一条",
    "termination.contracted": "招标投标法 第四十六条",
}

_LONGEST_QUESTION = 4000
_AFTER_OPENING = ("order", "force-majeure", "object-lost")
_NO_NOTICE_YET = ("filed", "registered", "drafting", "approved")


def contents(notice: Notice, project: Project, drafted: Draft) -> dict[str, str]:
    """The contents that N-1 and N-4 ask for, by the names that rulebooks use."""
    return {
        "scope": project.scope,
        "funds": project.funds,
        "qualification": drafted.qualification,
        "documents_how": notice.documents_how,
        "submit_how": notice.submit_how,
        "opening_place": notice.opening_place,
        "notice_days": str(notice.notice_days or ""),
        "principal_name": notice.principal.name,
        "principal_address": notice.principal.address,
        "principal_person": notice.principal.person,
        "principal_phone": notice.principal.phone,
        "agency_name": notice.agency.name if project.agency else "-",
        "agency_phone": notice.agency.phone if project.agency else "-",
        "platform_url": drafted.platform_url,
    }


def publish(state: Tender, command: PublishNotice, ctx: Told) -> tuple[NoticePublished, ...]:
    """招标公告 goes out."""
    require(state, ctx, "principal", "agency", scope="publish")
    book, days = law_of(state)
    at_stage(state, "approved", *(("drafting",) if book.flag("replayed") else ()))
    running(state)
    assert state.project is not None and state.draft is not None
    sha256(command.notice.sha256, "notice")
    have = contents(command.notice, state.project, state.draft)
    missing = [r for r in book.notice if not have[r.field].strip()]
    if not command.notice.title.strip():
        raise Refused("notice.incomplete", fields=["title"], article=book.title)
    if missing:
        raise Refused("notice.incomplete", fields=[r.field for r in missing], article=missing[0].article)
    check_times(command.notice, book, days, ctx.at)
    return (NoticePublished(ctx.at, command.notice),)


def check_times(notice: Notice, book: Rulebook, days: Calendar, at: Instant) -> None:
    """The notice's times against the rulebook's minimums; ``at`` is when it goes out.

    Documents are out when the notice is, whatever earlier minute of that day it names.

    Raises:
        Refused: ``notice.backdated``, ``notice.order``, ``notice.sale-too-short``, ``notice.period-too-short`` or
            ``notice.deadline-too-early``.
    """
    issued = max(notice.documents_from, at)
    if legal_date(notice.documents_from) < legal_date(at) and not book.flag("replayed"):
        raise Refused("notice.backdated", documents_from_at=notice.documents_from, published_at=at)
    if not notice.documents_from <= notice.documents_to <= notice.deadline or notice.deadline <= at:
        raise Refused("notice.order", documents_to_at=notice.documents_to, deadline_at=notice.deadline)
    period = book.rule("notice-period")
    if period is not None and notice.notice_days < period.value:
        raise Refused("notice.period-too-short", days=notice.notice_days, least=period.value, article=period.article)
    sale = least(book, days, "document-sale", issued)
    if sale is not None and notice.documents_to < sale.at:
        raise Refused(
            "notice.sale-too-short",
            documents_to_at=notice.documents_to,
            earliest_at=sale.at,
            rule=sale.rule,
            article=sale.article,
        )
    first = least(book, days, "documents-to-deadline", issued)
    if first is not None and notice.deadline < first.at:
        raise Refused(
            "notice.deadline-too-early", deadline_at=notice.deadline, earliest_at=first.at, rule=first.rule, article=first.article
        )


def ask(state: Tender, command: AskQuestion, ctx: Told) -> tuple[QuestionAsked, ...]:
    """Somebody asks about the documents."""
    at_stage(state, "published")
    if ctx.at >= state.times.deadline:
        raise Refused("question.late", deadline_at=state.times.deadline)
    if acts_as(state, ctx) & {"principal", "platform", "regulator"} or _own_agency(state, ctx):
        raise Refused("question.own", actor=ctx.actor.id)
    told = facts(ctx)
    if not told.verified or told.suspended:
        raise Refused("tender.unverified-actor", actor=ctx.actor.id)
    lot_name(command.question)
    if not command.text.strip() or len(command.text) > _LONGEST_QUESTION:
        raise Refused("question.empty", longest=_LONGEST_QUESTION)
    if any(q.id == command.question for q in state.questions):
        raise Refused("question.exists", question=command.question)
    return (QuestionAsked(ctx.at, command.question, command.text, blind(command.blind)),)


def _own_agency(state: Tender, ctx: Told) -> bool:
    return state.project is not None and ctx.actor.org != "" and ctx.actor.org == state.project.agency


def clarify(state: Tender, command: PublishClarification, ctx: Told) -> tuple[Event, ...]:
    """澄清/修改; where it may affect bids and comes too late, the deadline moves with it or it is refused (T-12, T-34)."""
    require(state, ctx, "principal", "agency", scope="clarify")
    at_stage(state, "published")
    running(state)
    book, days = law_of(state)
    current = state.times.deadline
    _before_deadline(state, ctx.at)
    sha256(command.sha256, "clarification")
    for document in command.documents:
        sha256(document.sha256, "documents")
    unknown = set(command.answers) - {q.id for q in state.questions}
    if unknown:
        raise Refused("question.none", questions=sorted(unknown))
    said = ClarificationPublished(ctx.at, command.title, command.sha256, command.affects_bids, command.answers, command.documents)
    if command.deadline and command.deadline < current:
        raise Refused("deadline.not-later", deadline_at=current)
    moved = max(current, command.deadline)
    rule = ""
    kept = before(book, days, "clarification-to-deadline", current)
    if command.affects_bids and kept is not None and ctx.at > kept.at:
        needed = after_change(book, ctx.at)
        assert needed is not None
        if moved < needed.at:
            raise Refused("clarification.too-late", earliest_at=needed.at, deadline_at=current, article=needed.article)
        rule = needed.rule
    if moved == current:
        return (said,)
    return (said, DeadlineAmended(ctx.at, moved, current, "clarification", rule, command.title, command.sha256))


def _before_deadline(state: Tender, at: Instant) -> None:
    if at >= state.times.deadline:
        raise Refused("deadline.passed", deadline_at=state.times.deadline)


def amend_deadline(state: Tender, command: AmendDeadline, ctx: Told) -> tuple[DeadlineAmended, ...]:
    """延期: only later, and only while the deadline in force has not passed."""
    require(state, ctx, "principal", "agency", scope="publish")
    at_stage(state, "published")
    running(state)
    _before_deadline(state, ctx.at)
    if command.deadline <= state.times.deadline:
        raise Refused("deadline.not-later", deadline_at=state.times.deadline)
    if not command.reason.strip() or not command.title.strip():
        raise Refused("deadline.reason")
    sha256(command.sha256, "notice")
    return (DeadlineAmended(ctx.at, command.deadline, state.times.deadline, command.reason, "", command.title, command.sha256),)


def terminate(state: Tender, command: TerminateTender, ctx: Told) -> tuple[TenderTerminated, ...]:
    """终止 of the named lots or of all that live."""
    alive(state)
    book, _ = law_of(state)
    grounds = {g.code for g in book.terminations}
    if command.ground not in grounds or not command.reason.strip():
        raise Refused("termination.ground", ground=command.ground, allowed=sorted(grounds))
    allowed = {"order": ("regulator",), "idle": ("platform",), "object-lost": ("principal", "platform")}
    require(state, ctx, *allowed.get(command.ground, ("principal",)))
    living = {lot.spec.id: lot for lot in state.live()}
    named = command.lots or tuple(living)
    for id in named:
        lot = living.get(id)
        if lot is None:
            raise Refused("tender.no-lot", lot=id)
        if lot.stage in ("contracted", "completed"):
            raise Refused("termination.contracted", lot=id)
        opened = lot.stage != "waiting"
        if opened and command.ground not in _AFTER_OPENING and not book.flag("cancel-after-opening"):
            raise Refused("termination.opened", lot=id, ground=command.ground)
    if state.stage not in _NO_NOTICE_YET:
        if not command.title.strip():
            raise Refused("termination.notice")
        sha256(command.sha256, "notice")
    whole = all(lot.stage in ENDED or lot.spec.id in named for lot in state.lots)
    return (TenderTerminated(ctx.at, command.ground, command.reason, tuple(named), whole, command.title, command.sha256),)
