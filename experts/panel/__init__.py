"""The panel of one lot: one draw, calls, declines, replacements, composition, disclosure (kind ``panel``; SPEC.md 4 to 8).

``messages`` holds commands and facts, ``events`` what can happen, ``state`` the state and its evolution, ``rules``, ``planning``
and ``drawing`` the rules.
Names are secret until the award: only the plan, the commitments, the published counts and the disclosure are public.
"""

from collections.abc import Iterable

from archive.canonical import encode
from archive.decider import Decider, Row
from archive.values import MINUTE, Instant
from experts.panel.events import Event
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
from experts.panel.planning import BIDDER
from experts.panel.rules import LAW, decide
from experts.panel.state import Panel, evolve, last_input, reveal_deadline

__all__ = ["DECIDER", "LAW", "Command", "Event", "Facts", "Panel"]

ACTS: dict[type[Command], str] = {
    PlanDraw: "panel.planned",
    DecideAppointment: "panel.appointment_decided",
    AppointExperts: "panel.appointed",
    CommitNonce: "panel.committed",
    RevealNonce: "panel.revealed",
    OpenFromEscrow: "panel.escrow_opened",
    ExecuteDraw: "panel.drawn",
    PublishDraw: "panel.published",
    CallExpert: "panel.called",
    RecordDelivery: "panel.delivered",
    RecordReply: "panel.replied",
    ReplaceSeat: "panel.replaced",
    VacateSeat: "panel.vacated",
    ScreenConflicts: "panel.screened",
    NameRepresentatives: "panel.representatives_named",
    CompletePanel: "panel.completed",
    DisclosePanel: "panel.disclosed",
    RecallPanel: "panel.recalled",
}

PUBLIC = (PlanDraw, DecideAppointment, CommitNonce, PublishDraw, DisclosePanel)
"""All else is withheld until the award; a refusal to complete would tell how many seats are still open."""


def secrecy(command: Command) -> str:
    """Who committed as a bidder stays unknown until the award: his entry names an organisation that may be about to bid."""
    bidders = isinstance(command, CommitNonce) and command.role.startswith(BIDDER)
    return "public" if isinstance(command, PUBLIC) and not bidders else "secret"


def due(state: Panel) -> tuple[Instant, str] | None:
    """Missing commitments, the draw, the first calls, a seat left vacant, the end of the earliest call's answering time."""
    if state.phase == "planned" and state.plan is not None:
        if len(state.commits) < len(state.plan.contributors):
            return reveal_deadline(state.plan), "panel.commitments"
        return last_input(state.plan), "panel.draw"
    if state.phase == "drawn" and state.plan is not None:
        if any(s.state == "vacant" for s in state.seats) and state.appointment is None:
            # Whoever vacated a seat fills it at once; a minute later nobody did, so the bell does.
            return (state.replies[-1].at + MINUTE, "panel.vacant")
        if state.draw is not None and not state.contacts:
            return (state.draw.at, "panel.calls")
        ends = [s.called_at + state.plan.call_minutes * MINUTE for s in state.seats if s.state == "called"]
        return (min(ends), "panel.reply") if ends else None
    return None


def rows(stream: str, state: Panel) -> Iterable[Row]:
    """One ``panel`` row, a ``panel_seat`` row for each seat, a ``panel_reply`` row for each line of the reply log."""
    if state.phase == "new":
        return
    panel = stream.partition("/")[2]
    plan, draw = state.plan, state.draw
    yield (
        "panel",
        (panel,),
        {
            "phase": state.phase,
            "draw": plan.draw_id if plan else "",
            "lot": plan.lot if plan else "",
            "attempt": plan.attempt if plan else 0,
            "size": plan.size if plan else 0,
            "representatives": plan.representatives if plan else 0,
            "ctx": state.ctx,
            "root": state.snapshot.root if state.snapshot else "",
            "pool": state.snapshot.n if state.snapshot else 0,
            "planned_at": state.planned_at,
            "drawn_at": draw.at if draw else 0,
            "completed_at": state.completed_at,
            "result": draw.result if draw and draw.published else "",
            "lengths": encode(draw.lengths if draw and draw.published else {}).decode(),
            "counts": encode(draw.counts if draw and draw.published else {}).decode(),
            "contacts": state.contacts,
            "alarmed": state.alarmed,
            "award": state.award,
            "members": encode(state.members).decode(),
        },
    )
    for i, seat in enumerate(state.seats):
        yield (
            "panel_seat",
            (panel, i),
            {
                "cat": seat.cat,
                "position": seat.position,
                "expert": seat.id,
                "state": seat.state,
                "calls": seat.calls,
                "called_at": seat.called_at,
            },
        )
    for i, reply in enumerate(state.replies):
        columns = {"seat": reply.seat, "expert": reply.id, "kind": reply.kind, "at": reply.at, "evidence": reply.evidence}
        yield "panel_reply", (panel, i), columns


DECIDER: Decider[Panel, Command, Event, Facts] = Decider(
    kind="panel",
    state=Panel,
    commands=Command,
    events=Event,
    facts=Facts,
    initial=Panel(),
    decide=decide,
    evolve=evolve,
    act=lambda command: ACTS[type(command)],
    rows=rows,
    due=due,
    secrecy=secrecy,
)
