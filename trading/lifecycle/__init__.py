"""The rules of a tender's life: what is decided on each command, what each event changes, what falls due.

Pure: time, actor and everything read elsewhere arrive in ``Context`` and stand on record, so that replay
decides the same.  Each subject has its module; this one only joins them.  Articles are in `LAW`, layout and
reasons in ``trading/SPEC.md``.
"""

from collections.abc import Mapping
from typing import assert_never

from archive.decider import Decider, Head
from trading import commands as c
from trading.events import BidsOpened, Event, HeadsListed
from trading.lifecycle import (
    awards,
    complaints,
    deposits,
    drafting,
    dues,
    endings,
    guards,
    notices,
    objections,
    openings,
    pauses,
    records,
    reevaluations,
    registration,
)
from trading.lifecycle.dues import due
from trading.lifecycle.evolution import evolve
from trading.lifecycle.guards import Told
from trading.lifecycle.projection import rows
from trading.tender import Tender, TenderFacts

__all__ = ["ACTS", "DECIDER", "LAW", "decide", "due", "evolve", "rows", "secrecy"]

LAW: Mapping[str, str] = {
    **guards.LAW,
    **registration.LAW,
    **drafting.LAW,
    **notices.LAW,
    **pauses.LAW,
    **openings.LAW,
    **records.LAW,
    **deposits.LAW,
    **objections.LAW,
    **complaints.LAW,
    **awards.LAW,
    **reevaluations.LAW,
    **endings.LAW,
    **dues.LAW,
}
"""Every refusal code of a tender and the article that it rests on."""


def decide(state: Tender, command: c.Command, ctx: Told) -> tuple[Event, ...]:
    """The rules.

    Raises:
        Refused: one of the codes in `LAW`.
        Damaged: ``rulebook.changed`` when the published rulebook is not the one that the tender pinned.
    """
    match command:
        case c.RegisterProject():
            return registration.register(state, command, ctx)
        case c.AcceptRegistration():
            return registration.accept(state, command, ctx)
        case c.RefuseRegistration():
            return registration.refuse(state, command, ctx)
        case c.DraftTender():
            return drafting.draft(state, command, ctx)
        case c.ApproveDocuments():
            return drafting.approve(state, command, ctx)
        case c.PublishNotice():
            return notices.publish(state, command, ctx)
        case c.AskQuestion():
            return notices.ask(state, command, ctx)
        case c.PublishClarification():
            return notices.clarify(state, command, ctx)
        case c.AmendDeadline():
            return notices.amend_deadline(state, command, ctx)
        case c.TerminateTender():
            return notices.terminate(state, command, ctx)
        case c.SuspendTender():
            return pauses.suspend(state, command, ctx)
        case c.ResumeTender():
            return pauses.resume(state, command, ctx)
        case c.AdoptCalendar():
            return pauses.adopt(state, command, ctx)
        case c.CloseBids():
            return openings.close(state, command, ctx)
        case c.OpenBids():
            return openings.open_bids(state, command, ctx)
        case c.RecordOpening():
            return records.record_opening(state, command, ctx)
        case c.RecordDeposits():
            return deposits.record(state, command, ctx)
        case c.OpenPrices():
            return records.open_prices(state, command, ctx)
        case c.RecordPanel():
            return openings.record_panel(state, command, ctx)
        case c.RecordEvaluation():
            return openings.record_evaluation(state, command, ctx)
        case _:
            return _decide_after(state, command, ctx)


def _decide_after(
    state: Tender,
    command: c.PublishCandidates
    | c.FileObjection
    | c.FileChallenge
    | c.AnswerObjection
    | c.FileComplaint
    | c.ExamineComplaint
    | c.DecideComplaint
    | c.Award
    | c.RevokeAward
    | c.Reevaluate
    | c.PublishResult
    | c.IssueAwardLetter
    | c.SendLetters
    | c.RecordContract
    | c.PublishContract
    | c.AcceptPerformance
    | c.DeclareFailure
    | c.Retender
    | c.ArchiveTender
    | c.RingBell,
    ctx: Told,
) -> tuple[Event, ...]:
    match command:
        case c.PublishCandidates():
            return awards.publish_candidates(state, command, ctx)
        case c.FileObjection():
            return objections.object_to(state, command, ctx)
        case c.FileChallenge():
            return objections.challenge(state, command, ctx)
        case c.AnswerObjection():
            return objections.answer(state, command, ctx)
        case c.FileComplaint():
            return complaints.complain(state, command, ctx)
        case c.ExamineComplaint():
            return complaints.examine(state, command, ctx)
        case c.DecideComplaint():
            return complaints.decide_complaint(state, command, ctx)
        case c.Award():
            return awards.award(state, command, ctx)
        case c.RevokeAward():
            return awards.revoke(state, command, ctx)
        case c.Reevaluate():
            return reevaluations.reevaluate(state, command, ctx)
        case c.PublishResult():
            return awards.publish_result(state, command, ctx)
        case c.IssueAwardLetter():
            return awards.issue_letter(state, command, ctx)
        case c.SendLetters():
            return awards.send_letters(state, command, ctx)
        case c.RecordContract():
            return endings.record_contract(state, command, ctx)
        case c.PublishContract():
            return endings.publish_contract(state, command, ctx)
        case c.AcceptPerformance():
            return endings.accept_performance(state, command, ctx)
        case c.DeclareFailure():
            return endings.declare_failure(state, command, ctx)
        case c.Retender():
            return endings.retender(state, command, ctx)
        case c.ArchiveTender():
            return endings.archive(state, command, ctx)
        case c.RingBell():
            return dues.ring(state, command, ctx)
        case _:
            assert_never(command)


ACTS: dict[type[c.Command], str] = {
    c.RegisterProject: "tender.registered",
    c.AcceptRegistration: "tender.registration_accepted",
    c.RefuseRegistration: "tender.registration_refused",
    c.DraftTender: "tender.drafted",
    c.ApproveDocuments: "tender.documents_approved",
    c.PublishNotice: "tender.published",
    c.AskQuestion: "tender.asked",
    c.PublishClarification: "tender.clarified",
    c.AmendDeadline: "tender.deadline_amended",
    c.AdoptCalendar: "tender.calendar_adopted",
    c.TerminateTender: "tender.terminated",
    c.SuspendTender: "tender.suspended",
    c.ResumeTender: "tender.resumed",
    c.CloseBids: "tender.closed",
    c.OpenBids: "tender.opened",
    c.RecordOpening: "tender.opening_recorded",
    c.RecordDeposits: "tender.deposits_recorded",
    c.OpenPrices: "tender.prices_opened",
    c.RecordPanel: "tender.panel_recorded",
    c.RecordEvaluation: "tender.evaluated",
    c.PublishCandidates: "tender.candidates_published",
    c.FileObjection: "tender.objected",
    c.FileChallenge: "tender.challenged",
    c.AnswerObjection: "tender.objection_answered",
    c.FileComplaint: "tender.complained",
    c.ExamineComplaint: "tender.complaint_examined",
    c.DecideComplaint: "tender.complaint_decided",
    c.Award: "tender.awarded",
    c.RevokeAward: "tender.award_revoked",
    c.Reevaluate: "tender.reevaluation_ordered",
    c.PublishResult: "tender.result_published",
    c.IssueAwardLetter: "tender.letter_issued",
    c.SendLetters: "tender.letters_sent",
    c.RecordContract: "tender.contract_recorded",
    c.PublishContract: "tender.contract_published",
    c.AcceptPerformance: "tender.performance_accepted",
    c.DeclareFailure: "tender.failed",
    c.Retender: "tender.retendered",
    c.ArchiveTender: "tender.archived",
    c.RingBell: "tender.limit_reached",
}
"""How the log names each act."""

_SECRET = (
    c.RegisterProject, c.AcceptRegistration, c.RefuseRegistration, c.DraftTender, c.ApproveDocuments, c.AskQuestion,
    c.RecordPanel, c.RecordEvaluation, c.Award,
)  # fmt: skip
_PERSONAL = (c.FileObjection, c.FileChallenge, c.FileComplaint, c.RecordDeposits)


def secrecy(command: c.Command) -> str:
    """What is withheld at first: drafts to the notice, committee, report, award to the result, objectors and payers for good."""
    if isinstance(command, _PERSONAL):
        return "personal"
    return "secret" if isinstance(command, _SECRET) else "public"


def _heads(event: Event) -> tuple[Head, ...]:
    if not isinstance(event, HeadsListed | BidsOpened):
        return ()
    return tuple(Head(h.stream, h.last_seq, h.last_leaf) for h in event.heads)


DECIDER: Decider[Tender, c.Command, Event, TenderFacts | None] = Decider(
    kind="tender",
    state=Tender,
    commands=c.Command,
    events=Event,
    facts=TenderFacts | None,
    initial=Tender(),
    decide=decide,
    evolve=evolve,
    act=lambda command: ACTS[type(command)],
    rows=rows,
    due=due,
    secrecy=secrecy,
    heads=_heads,
)
