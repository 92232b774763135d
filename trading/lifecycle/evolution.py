"""How each event changes a tender.  What happened, happened: nothing here refuses or raises."""

from collections.abc import Callable
from typing import assert_never

from msgspec.structs import replace

from archive.values import Instant
from trading import events as e
from trading.lifecycle.changes import mark, noticed, overall
from trading.lifecycle.outcomes import after_deadline, after_report
from trading.tender import Lot, Mark, Objection, Pause, Question, Standstill, Tender, Times


def evolve(state: Tender, event: e.Event) -> Tender:
    """The state after an event."""
    match event:
        case (
            e.ProjectRegistered() | e.RegistrationAccepted() | e.RegistrationRefused() | e.TenderDrafted() | e.DocumentsApproved()
        ):
            return _before_notice(state, event)
        case e.NoticePublished() | e.QuestionAsked() | e.ClarificationPublished() | e.DeadlineAmended() | e.TenderTerminated():
            return _published(state, event)
        case (
            e.TenderSuspended()
            | e.PauseLifted()
            | e.TenderResumed()
            | e.ObjectionFiled()
            | e.ObjectionAnswered()
            | e.ComplaintAccepted()
            | e.CalendarAdopted()
            | e.LimitReached()
            | e.LimitExceeded()
        ):
            return _interrupted(state, event)
        case (
            e.BidsClosed()
            | e.HeadsListed()
            | e.BidsOpened()
            | e.RowsRecorded()
            | e.OpeningRecorded()
            | e.DepositsRecorded()
            | e.PricesOpened()
            | e.PanelRecorded()
            | e.PlacesRecorded()
            | e.EvaluationRecorded()
            | e.CandidatesPublished()
        ):
            return after_deadline(state, event)
        case (
            e.LotAwarded()
            | e.AwardRevoked()
            | e.ReevaluationOrdered()
            | e.ResultPublished()
            | e.AwardLetterIssued()
            | e.LettersSent()
            | e.ContractRecorded()
            | e.ContractPublished()
            | e.PerformanceAccepted()
            | e.FailureDeclared()
            | e.LotsRetendered()
            | e.TenderArchived()
        ):
            return after_report(state, event)
        case _:
            assert_never(event)


def _before_notice(
    state: Tender,
    event: e.ProjectRegistered | e.RegistrationAccepted | e.RegistrationRefused | e.TenderDrafted | e.DocumentsApproved,
) -> Tender:
    match event:
        case e.ProjectRegistered():
            return Tender(
                stage="filed",
                id=event.id,
                project=event.project,
                rulebook=event.rulebook,
                rulebook_digest=event.rulebook_digest,
                calendar=event.calendar,
                catalogue=event.catalogue,
                attempt=event.attempt,
                previous=event.previous,
                timeline=(Mark(event.at, "registered"),),
            )
        case e.RegistrationAccepted():
            return mark(replace(state, stage="registered"), event.at, "registration-accepted")
        case e.RegistrationRefused():
            ended = replace(state, stage="refused", refusal=event.grounds, ended_at=event.at)
            return mark(ended, event.at, "registration-refused")
        case e.TenderDrafted():
            lots = tuple(Lot(spec, stage_at=event.at) for spec in event.draft.lots)
            return replace(state, stage="drafting", draft=event.draft, lots=lots)
        case e.DocumentsApproved():
            return mark(replace(state, stage="approved"), event.at, "documents-approved", ref=event.draft_sha256)
        case _:
            assert_never(event)


def _published(
    state: Tender,
    event: e.NoticePublished | e.QuestionAsked | e.ClarificationPublished | e.DeadlineAmended | e.TenderTerminated,
) -> Tender:
    match event:
        case e.NoticePublished():
            n = event.notice
            times = Times(event.at, max(n.documents_from, event.at), n.documents_to, n.deadline)
            state = replace(state, stage="published", notice=n, times=times)
            return mark(noticed(state, "tender", event.at, n.title, n.sha256), event.at, "published")
        case e.QuestionAsked():
            asked = Question(event.question, event.text, event.at, event.blind)
            return replace(state, questions=(*state.questions, asked))
        case e.ClarificationPublished():
            left = tuple(q for q in state.questions if q.id not in event.answers)
            draft = state.draft and replace(state.draft, documents=(*state.draft.documents, *event.documents))
            state = noticed(replace(state, questions=left, draft=draft), "clarification", event.at, event.title, event.sha256)
            return mark(state, event.at, "clarified", ref=event.sha256)
        case e.DeadlineAmended():
            state = replace(state, times=replace(state.times, deadline=event.deadline))
            if event.reason != "clarification":
                state = noticed(state, "correction", event.at, event.title, event.sha256)
            return mark(state, event.at, "deadline-amended", ref=str(event.deadline))
        case e.TenderTerminated():
            lots = tuple(
                replace(lot, stage="cancelled", stage_at=event.at, failure=event.ground) if lot.spec.id in event.lots else lot
                for lot in state.lots
            )
            state = replace(state, lots=lots)
            state = replace(state, stage="terminated", ended_at=event.at) if event.whole else overall(state)
            state = noticed(state, "termination", event.at, event.title, event.sha256)
            return mark(state, event.at, "terminated", " ".join(event.lots), event.ground)
        case _:
            assert_never(event)


def _interrupted(
    state: Tender,
    event: e.TenderSuspended
    | e.PauseLifted
    | e.TenderResumed
    | e.ObjectionFiled
    | e.ObjectionAnswered
    | e.ComplaintAccepted
    | e.CalendarAdopted
    | e.LimitReached
    | e.LimitExceeded,
) -> Tender:
    match event:
        case e.TenderSuspended():
            pause = Pause(event.pause, event.ground, event.authority, event.by, event.at, event.reference)
            since = state.paused_at if state.pauses else event.at
            return mark(replace(state, pauses=(*state.pauses, pause), paused_at=since), event.at, "suspended", ref=event.ground)
        case e.PauseLifted():
            left = tuple(p for p in state.pauses if p.id != event.pause)
            return mark(replace(state, pauses=left), event.at, "pause-lifted", ref=event.pause)
        case e.TenderResumed():
            return mark(_resumed(state, event), event.at, "resumed")
        case e.ObjectionFiled():
            filed = Objection(
                event.objection,
                event.kind,
                event.regime,
                event.lot,
                event.objector,
                event.text_sha256,
                event.at,
                event.answer_by,
                blind=event.blind,
                about=event.about,
            )
            state = replace(state, objections=(*state.objections, filed))
            return mark(state, event.at, f"{event.regime}-filed", event.lot, event.kind)
        case e.ObjectionAnswered():

            def answered(o: Objection) -> Objection:
                return replace(o, answered_at=event.at, outcome=event.outcome, answer_sha256=event.answer_sha256)

            state = _objection(state, event.objection, answered)
            key = "complaint-decided" if _regime(state, event.objection) == "complaint" else "objection-answered"
            return mark(state, event.at, key, ref=event.outcome)
        case e.ComplaintAccepted():

            def accepted(o: Objection) -> Objection:
                return replace(o, accepted_at=event.at, authority=event.authority, answer_by=event.answer_by)

            return mark(_objection(state, event.objection, accepted), event.at, "complaint-accepted")
        case e.CalendarAdopted():
            return replace(state, calendar=event.calendar)
        case e.LimitReached():
            state = replace(state, rung=(*state.rung, event.key))
            return mark(
                state, event.at, "limit-breached" if event.breach else "limit-reached", event.lot, event.key.partition(":")[0]
            )
        case e.LimitExceeded():
            return mark(state, event.at, "limit-exceeded", event.lot, event.rule)
        case _:
            assert_never(event)


def _objection(state: Tender, id: str, change: Callable[[Objection], Objection]) -> Tender:
    return replace(state, objections=tuple(change(o) if o.id == id else o for o in state.objections))


def _regime(state: Tender, id: str) -> str:
    return next((o.regime for o in state.objections if o.id == id), "")


def _resumed(state: Tender, event: e.TenderResumed) -> Tender:
    """Running times move by the length of the standstill; what was over before it stays."""
    since = state.paused_at
    lots = tuple(_publicity_later(lot, since, event.shift) for lot in state.lots)
    times = replace(state.times, deadline=event.deadline) if event.deadline else state.times
    if times.documents_to > since and state.stage == "published":
        times = replace(times, documents_to=times.documents_to + event.shift)
    stood = (*state.stood, Standstill(since, event.at))
    return replace(state, lots=lots, times=times, stood=stood, paused_at=0)


def _publicity_later(lot: Lot, since: Instant, shift: Instant) -> Lot:
    if lot.publicity_to <= since:
        return lot
    begins = lot.publicity_from + (shift if lot.publicity_from > since else 0)
    return replace(lot, publicity_from=begins, publicity_to=lot.publicity_to + shift)
