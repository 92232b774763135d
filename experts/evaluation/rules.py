"""The rules of an evaluation room: which function answers which command, and the article behind each refusal (SPEC.md 9).

Pure.
"""

from typing import assert_never

from archive.decider import Context
from archive.errors import Refused
from experts.evaluation import attendance, envelopes, marking, report, review
from experts.evaluation.common import opened, seat_of
from experts.evaluation.events import Event, LetterSigned, MemberArrived
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
from experts.evaluation.parts import hand_part
from experts.evaluation.state import Room

LAW: dict[str, str] = {
    "room.phase": "招标投标法 第四十条",
    "room.composition": "招标投标法 第三十七条",
    "room.bids": "招标投标法 第四十条",
    "room.price": "招标投标法 第四十条",
    "room.ceiling": "招标投标法实施条例 第二十七条",
    "room.coefficients": "招标投标法实施条例 第四十九条",
    "room.member": "招标投标法 第三十七条",
    "room.not-self": "招标投标法 第四十四条",
    "room.not-ready": "政府采购货物和服务招标投标管理办法（财政部令第87号）第四十五条",
    "room.vacant": "招标投标法实施条例 第四十八条",
    "room.successor": "招标投标法实施条例 第四十六条",
    "room.leader": "政府采购货物和服务招标投标管理办法（财政部令第87号）第四十五条",
    "room.leader.known": "政府采购货物和服务招标投标管理办法（财政部令第87号）第四十五条",
    "room.leader.representative": "政府采购货物和服务招标投标管理办法（财政部令第87号）第四十五条",
    "room.votes": "政府采购货物和服务招标投标管理办法（财政部令第87号）第六十一条",
    "room.not-carried": "政府采购货物和服务招标投标管理办法（财政部令第87号）第六十一条",
    "room.twice": "招标投标法 第四十条",
    "room.reason": "招标投标法实施条例 第五十三条",
    "room.stage": "招标投标法 第四十条",
    "room.bid": "招标投标法 第四十条",
    "room.ground": "招标投标法实施条例 第五十一条",
    "room.review.incomplete": "招标投标法 第四十条",
    "room.review.missing": "招标投标法 第四十条",
    "room.question": "招标投标法实施条例 第五十二条",
    "room.part": "招标投标法 第四十条",
    "room.price-review": "财库〔2026〕2号",
    "room.price-late": "财库〔2026〕2号",
    "room.price-early": "财库〔2026〕2号",
    "room.correction": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十九条",
    "room.correction.late": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十九条",
    "room.correction.early": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十九条",
    "room.correction.open": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十九条",
    "room.brands": "政府采购货物和服务招标投标管理办法（财政部令第87号）第三十一条",
    "room.brand-lot": "政府采购货物和服务招标投标管理办法（财政部令第87号）第三十一条",
    "room.one-envelope": "招标投标法 第四十条",
    "room.locked": "招标投标法 第四十条",
    "room.not-locked": "招标投标法 第四十条",
    "room.prices": "招标投标法 第四十条",
    "room.prices-sealed": "招标投标法 第四十条",
    "room.competition": "政府采购法 第三十六条",
    "room.competition.open": "招标投标法 第四十二条",
    "room.marks.early": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十五条",
    "room.marks.mismatch": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十五条",
    "room.marks.incomplete": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十五条",
    "room.marks.missing": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十五条",
    "room.marks.range": "政府采购货物和服务招标投标管理办法（财政部令第87号）第六十四条",
    "room.objective": "政府采购货物和服务招标投标管理办法（财政部令第87号）第六十四条",
    "room.correct.ground": "政府采购货物和服务招标投标管理办法（财政部令第87号）第六十四条",
    "room.signed": "政府采购货物和服务招标投标管理办法（财政部令第87号）第六十四条",
    "room.unsigned": "政府采购货物和服务招标投标管理办法（财政部令第87号）第六十四条",
    "room.unsigned.members": "招标投标法实施条例 第五十三条",
    "room.report": "招标投标法实施条例 第五十三条",
}


def decide(state: Room, command: Command, ctx: Context[None]) -> tuple[Event, ...]:
    """The rules.

    Raises:
        Refused: one of the codes in `LAW`, or of `experts.methods.LAW` when the room opens.
        Invalid: a number or hex text that is none.
    """
    match command:
        case OpenRoom():
            return attendance.open_room(state, command, ctx)
        case CheckIn():
            opened(state, "open", "summarised")
            if seat_of(state, command.member, ctx.actor).arrived_at:
                raise Refused("room.twice", member=command.member)
            return (MemberArrived(ctx.at, command.member, command.station, command.proof),)
        case SignLetter():
            opened(state, "open", "summarised")
            if seat_of(state, command.member, ctx.actor).letter or not command.sha256:
                raise Refused("room.twice", member=command.member)
            return (LetterSigned(ctx.at, command.member, command.sha256),)
        case Recuse():
            return (attendance.recuse(state, command, ctx),)
        case ReplaceMember():
            return (attendance.replace_member(state, command, ctx),)
        case ElectLeader():
            return (attendance.elect(state, command, ctx),)
        case ReviewQualification() | ReviewConformity():
            return (review.review(state, command, ctx),)
        case ConcludeReview():
            return review.conclude(state, command, ctx)
        case AskClarification():
            return (review.ask(state, command, ctx),)
        case AnswerClarification():
            return (review.answer(state, command, ctx),)
        case RejectBid():
            return (review.reject(state, command, ctx),)
        case AskExplanation():
            return (review.ask_price(state, command, ctx),)
        case ExplainPrice():
            return (review.explain_price(state, command, ctx),)
        case DecideExplanation():
            return review.decide_price(state, command, ctx)
        case AskConfirmation():
            return (review.ask_confirmation(state, command, ctx),)
        case ConfirmCorrection():
            return review.confirm(state, command, ctx)
        case LapseCorrection():
            return (review.lapse(state, command, ctx),)
        case JudgeCompetition():
            return (review.competition(state, command, ctx),)
        case LockTechnical():
            return (envelopes.lock(state, ctx),)
        case EnterPrices():
            return envelopes.enter_prices(state, command, ctx)
        case AskMoreTime():
            return attendance.more_time(state, command, ctx)
        case CommitMarks():
            return (marking.commit_marks(state, command, ctx),)
        case RevealMarks():
            return (marking.reveal_marks(state, command, ctx),)
        case CorrectMark():
            return (marking.correct(state, command, ctx),)
        case PlaceBids():
            return report.place(state, ctx)
        case Summarise():
            return report.conclude(state, ctx)
        case RecordDissent():
            return (report.dissent(state, command, ctx),)
        case SignReport():
            return (report.sign(state, command, ctx),)
        case RefuseSign():
            return (report.refuse_sign(state, command, ctx),)
        case ReopenReport():
            return (report.reopen(state, command, ctx),)
        case SubmitReport():
            return (report.submit(state, ctx),)
        case HandPart():
            return (hand_part(state, command, ctx),)
        case VoidReport():
            return (report.void(state, command, ctx),)
        case SeatCommittee():
            return (attendance.seat_committee(state, command, ctx),)
        case _:
            assert_never(command)
