"""The rules of a panel, part one: who may ask what when, from the frozen plan to the disclosure (SPEC.md 4 to 8).

Pure.  Articles stand in `LAW`; the drawing itself is in `experts.panel.drawing`.
"""

import re
from typing import Final, assert_never

from archive.decider import Context
from archive.errors import Refused
from archive.values import MINUTE, Instant
from experts.beacon import MARGIN
from experts.encoding import hexed
from experts.entropy import commit
from experts.panel import drawing
from experts.panel.appointing import appoint, decide_appointment
from experts.panel.events import (
    CallDelivered,
    DepthAlarm,
    DrawPublished,
    Event,
    ExpertCalled,
    NonceCommitted,
    NonceRevealed,
    PanelCompleted,
    PanelDissolved,
    PanelRecalled,
    ReplyRecorded,
    RepresentativesNamed,
    SeatVacated,
)
from experts.panel.messages import (
    AppointExperts,
    CallExpert,
    Command,
    CommitNonce,
    CompletePanel,
    DecideAppointment,
    DisclosePanel,
    ExecuteDraw,
    Facts,
    NameRepresentatives,
    OpenFromEscrow,
    PlanDraw,
    PublishDraw,
    RecallPanel,
    RecordDelivery,
    RecordReply,
    ReplaceSeat,
    RevealNonce,
    ScreenConflicts,
    VacateSeat,
)
from experts.panel.planning import plan_draw
from experts.panel.state import Panel, Seat, reveal_deadline
from experts.plan import Plan

LAW: dict[str, str] = {
    "draw.plan.form": "招标投标法实施条例 第四十六条",
    "draw.plan.frozen": "招标投标法实施条例 第四十六条",
    "draw.plan.attempt": "招标投标法实施条例 第四十六条",
    "draw.plan.short-list": "招标投标法实施条例 第四十六条",
    "draw.plan.composition": "招标投标法 第三十七条",
    "draw.plan.entropy": "发改法规规〔2022〕1117号",
    "draw.plan.beacon": "发改法规规〔2022〕1117号",
    "draw.plan.deadline": "发改法规规〔2022〕1117号",
    "draw.snapshot.rule": "招标投标法实施条例 第四十六条",
    "draw.snapshot.mismatch": "招标投标法实施条例 第四十六条",
    "draw.facts": "发改法规规〔2022〕1117号",
    "draw.role": "发改法规规〔2022〕1117号",
    "draw.commit.twice": "发改法规规〔2022〕1117号",
    "draw.commit.late": "发改法规规〔2022〕1117号",
    "draw.reveal.early": "发改法规规〔2022〕1117号",
    "draw.reveal.late": "发改法规规〔2022〕1117号",
    "draw.reveal.twice": "发改法规规〔2022〕1117号",
    "draw.reveal.mismatch": "发改法规规〔2022〕1117号",
    "draw.escrow.openers": "发改法规规〔2022〕1117号",
    "draw.escrow.time": "发改法规规〔2022〕1117号",
    "draw.early": "发改法规规〔2022〕1117号",
    "draw.twice": "招标投标法实施条例 第四十六条",
    "draw.sealed.mismatch": "招标投标法实施条例 第四十六条",
    "draw.sealed.left": "招标投标法实施条例 第四十六条",
    "draw.beacon.forged": "发改法规规〔2022〕1117号",
    "draw.vrf": "发改法规规〔2022〕1117号",
    "draw.vrf.key": "发改法规规〔2022〕1117号",
    "panel.appoint.ground": "招标投标法实施条例 第四十七条",
    "panel.appoint.reason": "招标投标法实施条例 第四十七条",
    "panel.appoint.consent": "政府采购货物和服务招标投标管理办法（财政部令第87号）第四十八条",
    "panel.appoint.experts": "招标投标法 第三十七条",
    "panel.appoint.interest": "招标投标法 第三十七条",
    "panel.appoint.seat": "招标投标法实施条例 第四十七条",
    "panel.phase": "招标投标法 第三十七条",
    "panel.seat": "招标投标法实施条例 第四十六条",
    "panel.seat-state": "招标投标法实施条例 第四十六条",
    "panel.reply": "发改法规规〔2022〕1117号",
    "panel.reply.early": "发改法规规〔2022〕1117号",
    "panel.evidence": "发改法规规〔2022〕1117号",
    "panel.calls": "发改法规规〔2022〕1117号",
    "panel.representatives": "招标投标法 第三十七条",
    "panel.incomplete": "招标投标法 第三十七条",
    "panel.award": "招标投标法 第三十七条",
}

KEEPERS: Final = ("regulator", "notary", "platform")
"""Who hold the parts of the escrow key, two of three."""

_DIGEST = re.compile("[0-9a-f]{64}")
GROUNDS: Final = ("recusal", "absent", "unable", "dismissed")


def decide(state: Panel, command: Command, ctx: Context[Facts]) -> tuple[Event, ...]:
    """The rules.

    Raises:
        Refused: one of the codes in `LAW`.
        Invalid: a hex text that is none.
    """
    match command:
        case PlanDraw():
            return plan_draw(state, command, ctx)
        case DecideAppointment():
            return decide_appointment(state, command, ctx)
        case AppointExperts():
            return appoint(state, command, ctx)
        case CommitNonce():
            return _commit(state, command, ctx.at)
        case RevealNonce():
            _reveal(state, command.role, command.r)
            if ctx.at >= reveal_deadline(planned(state)):
                raise Refused("draw.reveal.late", deadline_at=reveal_deadline(planned(state)))
            return (NonceRevealed(command.role, command.r),)
        case OpenFromEscrow():
            return _escrow(state, command, ctx.at)
        case ExecuteDraw():
            return drawing.execute(state, ctx)
        case PublishDraw():
            if state.draw is None or state.draw.published:
                raise Refused("panel.phase", phase=state.phase)
            d = state.draw
            return (DrawPublished(d.result, d.lengths, d.counts, d.withheld),)
        case CallExpert():
            return _call(state, command, ctx.at)
        case RecordDelivery():
            return (_delivered(state, command, ctx.at),)
        case RecordReply():
            return (_reply(state, command, ctx.at),)
        case ReplaceSeat():
            _phase(state, "drawn")
            _seat(state, command.seat, "vacant")
            if state.appointment is not None:
                raise Refused("panel.appoint.seat", seat=command.seat)
            return drawing.replacement(state, command.seat, ctx)
        case VacateSeat():
            return (_vacate(state, command, ctx.at),)
        case ScreenConflicts():
            _phase(state, "drawn", "complete")
            return drawing.screen(state, ctx)
        case NameRepresentatives():
            return (_representatives(state, command),)
        case CompletePanel():
            return (_complete(state, ctx.at),)
        case DisclosePanel():
            _phase(state, "complete")
            if not command.award:
                raise Refused("panel.award")
            return (drawing.disclosure(state, command.award, ctx),)
        case RecallPanel():
            _phase(state, "complete", "disclosed")
            again = PanelDissolved if command.fresh else PanelRecalled
            return (again(ctx.at, command.order),)
        case _:
            assert_never(command)


def planned(state: Panel) -> Plan:
    """The plan in force.

    Raises:
        Refused: ``panel.phase`` when there is none.
    """
    if state.plan is None:
        raise Refused("panel.phase", phase=state.phase)
    return state.plan


def _commit(state: Panel, command: CommitNonce, at: Instant) -> tuple[Event, ...]:
    _phase(state, "planned")
    plan = planned(state)
    if command.role not in plan.contributors:
        raise Refused("draw.role", role=command.role)
    if command.role in state.commits:
        raise Refused("draw.commit.twice", role=command.role)
    if at >= reveal_deadline(plan):
        raise Refused("draw.commit.late", deadline_at=reveal_deadline(plan))
    hexed(command.c)
    if command.escrow:
        hexed(command.escrow)
    return (NonceCommitted(command.role, command.c, command.escrow),)


def _reveal(state: Panel, role: str, r: str) -> None:
    _phase(state, "planned")
    plan = planned(state)
    if role not in plan.contributors:
        raise Refused("draw.role", role=role)
    if len(state.commits) < len(plan.contributors):
        raise Refused("draw.reveal.early", committed=len(state.commits), contributors=len(plan.contributors))
    if role in state.reveals:
        raise Refused("draw.reveal.twice", role=role)
    if commit(hexed(state.ctx), role, hexed(r)).hex() != state.commits[role]:
        raise Refused("draw.reveal.mismatch", role=role)


def _escrow(state: Panel, command: OpenFromEscrow, at: Instant) -> tuple[Event, ...]:
    _reveal(state, command.role, command.r)
    deadline = reveal_deadline(planned(state))
    # After the margin the last input may be known, and to open or not to open would be a choice between two draws.
    if not deadline <= at < deadline + MARGIN:
        raise Refused("draw.escrow.time", deadline_at=reveal_deadline(planned(state)))
    if len(set(command.openers)) < 2 or not set(command.openers) <= set(KEEPERS) or not state.escrows.get(command.role):
        raise Refused("draw.escrow.openers", openers=" ".join(command.openers))
    return (NonceRevealed(command.role, command.r, command.openers),)


def _call(state: Panel, command: CallExpert, at: Instant) -> tuple[Event, ...]:
    _phase(state, "drawn")
    seat = _seat(state, command.seat, "drawn", "called")
    if seat.calls >= planned(state).call_attempts:
        raise Refused("panel.calls", attempts=seat.calls)
    called = ExpertCalled(at, command.seat, seat.id, seat.calls + 1, command.channel)
    contacts = state.contacts + (seat.calls == 0)
    alarm = not state.alarmed and contacts >= state.alarm
    return (called, DepthAlarm(at, contacts)) if alarm else (called,)


def _delivered(state: Panel, command: RecordDelivery, at: Instant) -> Event:
    """Of the attempt at hand, once; whoever was quick may have accepted before the carrier's word is on record."""
    _phase(state, "drawn", "complete")
    seat = _seat(state, command.seat, "called", "accepted")
    if not seat.delivered < command.attempt == seat.calls:
        raise Refused("panel.seat-state", seat=command.seat, state=seat.state)
    if not _DIGEST.fullmatch(command.evidence):
        raise Refused("panel.evidence", seat=command.seat)
    return CallDelivered(at, command.seat, seat.id, command.attempt, command.evidence, command.reached)


def _reply(state: Panel, command: RecordReply, at: Instant) -> Event:
    _phase(state, "drawn")
    seat = _seat(state, command.seat, "called")
    plan = planned(state)
    if command.reply not in ("accept", "decline", "timeout"):
        raise Refused("panel.reply", reply=command.reply)
    if not _DIGEST.fullmatch(command.evidence) and not (command.reply == "accept" and not command.evidence):
        raise Refused("panel.evidence", seat=command.seat)
    over = seat.calls >= plan.call_attempts and at >= seat.called_at + plan.call_minutes * MINUTE
    if command.reply == "timeout" and not over:
        raise Refused("panel.reply.early", calls=seat.calls, attempts=plan.call_attempts, minutes=plan.call_minutes)
    return ReplyRecorded(at, command.seat, seat.id, command.reply, command.evidence)


def _vacate(state: Panel, command: VacateSeat, at: Instant) -> Event:
    _phase(state, "drawn", "complete")
    seat = _seat(state, command.seat, "accepted")
    if command.ground not in GROUNDS:
        raise Refused("panel.reply", reply=command.ground)
    if not _DIGEST.fullmatch(command.evidence):
        raise Refused("panel.evidence", seat=command.seat)
    return SeatVacated(at, command.seat, seat.id, command.ground, command.evidence)


def _representatives(state: Panel, command: NameRepresentatives) -> Event:
    _phase(state, "planned", "appointing", "drawn")
    given = {r.id for r in command.representatives}
    seated = {s.id for s in state.seats}
    if len(given) != len(command.representatives) or len(given) != planned(state).representatives or given & seated:
        raise Refused("panel.representatives", expected=planned(state).representatives, given=len(command.representatives))
    return RepresentativesNamed(command.representatives)


def _complete(state: Panel, at: Instant) -> Event:
    _phase(state, "drawn")
    plan = planned(state)
    open_seats = [i for i, s in enumerate(state.seats) if s.state != "accepted"]
    if open_seats:
        raise Refused("panel.incomplete", seats=" ".join(map(str, open_seats)))
    if len(state.representatives) != plan.representatives:
        raise Refused("panel.representatives", expected=plan.representatives, given=len(state.representatives))
    return PanelCompleted(at, plan.size, plan.representatives)


def _phase(state: Panel, *phases: str) -> None:
    if state.phase not in phases:
        raise Refused("panel.phase", phase=state.phase)


def _seat(state: Panel, at: int, *states: str) -> Seat:
    if not 0 <= at < len(state.seats):
        raise Refused("panel.seat", seat=at)
    seat = state.seats[at]
    if seat.state not in states:
        raise Refused("panel.seat-state", seat=at, state=seat.state)
    return seat
