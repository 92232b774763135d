"""The evaluation room of one lot (kind ``evaluation``; SPEC.md 9 to 11).

``messages`` and ``events`` hold what can be asked and what can happen, ``state`` the state, ``rules`` the table of rules with
``attendance``, ``review``, ``marking``, ``envelopes`` and ``report`` behind it, ``summary`` the computation.  Every entry is
withheld until the award.
"""

from collections.abc import Iterable

from archive.canonical import encode
from archive.decider import Decider, Row
from archive.values import Instant, money_text
from experts.evaluation.events import Event
from experts.evaluation.messages import (
    AnswerClarification,
    AskClarification,
    AskConfirmation,
    AskExplanation,
    AskMoreTime,
    CheckIn,
    Command,
    CommitMarks,
    ConcludeReview,
    ConfirmCorrection,
    CorrectMark,
    DecideExplanation,
    ElectLeader,
    EnterPrices,
    ExplainPrice,
    HandPart,
    JudgeCompetition,
    LapseCorrection,
    LockTechnical,
    OpenRoom,
    PlaceBids,
    RecordDissent,
    Recuse,
    RefuseSign,
    RejectBid,
    ReopenReport,
    ReplaceMember,
    RevealMarks,
    ReviewConformity,
    ReviewQualification,
    SeatCommittee,
    SignLetter,
    SignReport,
    SubmitReport,
    Summarise,
    VoidReport,
)
from experts.evaluation.rules import LAW, decide
from experts.evaluation.state import Room, evolve

__all__ = ["DECIDER", "LAW", "Command", "Event", "Room"]

ACTS: dict[type[Command], str] = {
    OpenRoom: "evaluation.opened",
    CheckIn: "evaluation.arrived",
    SignLetter: "evaluation.letter_signed",
    Recuse: "evaluation.recused",
    ReplaceMember: "evaluation.replaced",
    ElectLeader: "evaluation.voted",
    ReviewQualification: "evaluation.qualified",
    ReviewConformity: "evaluation.conformed",
    ConcludeReview: "evaluation.review_concluded",
    AskClarification: "evaluation.asked",
    AnswerClarification: "evaluation.answered",
    RejectBid: "evaluation.rejected",
    AskExplanation: "evaluation.price_asked",
    ExplainPrice: "evaluation.price_explained",
    DecideExplanation: "evaluation.price_decided",
    AskConfirmation: "evaluation.correction_asked",
    ConfirmCorrection: "evaluation.correction_answered",
    LapseCorrection: "evaluation.correction_lapsed",
    JudgeCompetition: "evaluation.competition_judged",
    AskMoreTime: "evaluation.time_asked",
    CommitMarks: "evaluation.marks_committed",
    RevealMarks: "evaluation.marks_revealed",
    CorrectMark: "evaluation.corrected",
    Summarise: "evaluation.summarised",
    RecordDissent: "evaluation.dissented",
    SignReport: "evaluation.signed",
    RefuseSign: "evaluation.sign_refused",
    ReopenReport: "evaluation.reopened",
    SubmitReport: "evaluation.submitted",
    HandPart: "evaluation.part_handed",
    VoidReport: "evaluation.voided",
    SeatCommittee: "evaluation.seated",
    PlaceBids: "evaluation.placed",
    LockTechnical: "evaluation.technical_locked",
    EnterPrices: "evaluation.prices_entered",
}


def due(state: Room) -> tuple[Instant, str] | None:
    """The end of the earliest time to explain a price or to confirm a corrected one."""
    low = [
        (p.due_at, "evaluation.price") for p in state.low_prices.values() if p.asked_at and not p.explained_at and not p.finding
    ]
    asked = [(state.confirmations[b].due_at, "evaluation.correction") for b in state.unconfirmed if b in state.confirmations]
    return min(low + asked, default=None) if state.phase == "open" else None


def rows(stream: str, state: Room) -> Iterable[Row]:
    """One ``evaluation`` row, and one ``evaluation_bid`` row for each bid."""
    if state.phase == "new":
        return
    room = stream.partition("/")[2]
    yield (
        "evaluation",
        (room,),
        {
            "phase": state.phase,
            "rule_set": state.opened.rule_set if state.opened else "",
            "method": state.opened.method.id if state.opened else "",
            "members": encode([s.member.id for s in state.active]).decode(),
            "leader": state.leader,
            "opened_at": state.opened_at,
            "summarised_at": state.summarised_at,
            "submitted_at": state.submitted_at,
            "report": state.report,
            "candidates": encode(state.summary.candidates if state.summary else ()).decode(),
            "failed": state.summary.failed if state.summary else "",
            "dissents": len(state.dissents),
        },
    )
    if state.opened is None:
        return
    placed = {p.bid: p for p in state.summary.ranking} if state.summary else {}
    rejected = {r.bid: r for r in state.rejected}
    for bid in state.opened.bids:
        place, out = placed.get(bid.id), rejected.get(bid.id)
        yield (
            "evaluation_bid",
            (room, bid.id),
            {
                "org": bid.org,
                "price": money_text(bid.price) if bid.price.amount else "",
                "currency": bid.price.currency,
                "place": place.place if place else 0,
                "price_score": place.price_score if place else "",
                "marks": place.marks if place else "",
                "total": place.total if place else "",
                "ground": out.ground if out else "",
                "reason": out.reason if out else "",
            },
        )


DECIDER: Decider[Room, Command, Event, None] = Decider(
    kind="evaluation",
    state=Room,
    commands=Command,
    events=Event,
    facts=None,
    initial=Room(),
    decide=decide,
    evolve=evolve,
    act=lambda command: ACTS[type(command)],
    rows=rows,
    due=due,
    secrecy=lambda _command: "secret",
)
