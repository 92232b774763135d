"""Appointing experts without a draw: on which ground, with whose consent, on the public record (SPEC.md 18).  Pure.

The bidding law leaves it to the tenderer where a project is technically complex, highly specialised or has requirements of
the state, so that drawn experts could hardly do the work (招标投标法 37, 条例 47).  In government procurement the purchaser may
choose the experts of a technically complex or specialised project itself, with the consent of the budget unit in charge, where
a draw hardly finds suitable ones (87号令 48, 财库〔2016〕198号 13 from memory).  Nothing else allows it, and a draw that was made
is not undone by it.
"""

import re
from typing import Final

from archive.decider import Context
from archive.errors import Refused
from experts.draw import composed
from experts.panel.drawing import conflict, filed, told
from experts.panel.events import Appointment, AppointmentDecided, Event, ExpertsAppointed
from experts.panel.messages import AppointExperts, DecideAppointment, Facts, FileFacts
from experts.panel.planning import MOST, may_plan
from experts.panel.state import Panel
from experts.plan import BeaconChoice, Plan, Rules

DIRECT: Final = "direct"
"""``alg`` of a plan without a draw."""

GROUNDS: Final[dict[str, dict[str, str]]] = {
    "RS-1": {
        "complex": "招标投标法实施条例 第四十七条",
        "specialised": "招标投标法实施条例 第四十七条",
        "state": "招标投标法实施条例 第四十七条",
    },
    "RS-2": {
        "complex": "政府采购货物和服务招标投标管理办法(财政部令第87号)第四十八条",
        "specialised": "政府采购货物和服务招标投标管理办法(财政部令第87号)第四十八条",
    },
}
"""Rule set → ground → article: 技术复杂, 专业性强, 国家有特殊要求."""

CONSENT: Final = frozenset({"RS-2"})
"""Rule sets under which the budget unit in charge (主管预算单位) consents."""

_DIGEST: Final = re.compile("[0-9a-f]{64}")


def decide_appointment(state: Panel, command: DecideAppointment, ctx: Context[Facts]) -> tuple[Event, ...]:
    """Instead of a plan, where one could be made.

    Raises:
        Refused: ``draw.plan.frozen``, ``panel.appoint.ground``, ``panel.appoint.reason``, ``panel.appoint.consent``,
            ``draw.plan.form``, ``draw.plan.composition``.
    """
    may_plan(state, ctx.at)
    article = GROUNDS.get(command.rule_set, {}).get(command.ground, "")
    if not article:
        raise Refused("panel.appoint.ground", ground=command.ground, rule_set=command.rule_set)
    if not command.reason.strip():
        raise Refused("panel.appoint.reason")
    consented = command.consent_by.strip() and _DIGEST.fullmatch(command.consent_sha256)
    if command.rule_set in CONSENT and not consented:
        raise Refused("panel.appoint.consent", rule_set=command.rule_set)
    cats = [s.cat for s in command.seats]
    good = cats and len(set(cats)) == len(cats) and all(s.k > 0 and 0 < len(s.cat) <= 16 for s in command.seats)
    size = sum(s.k for s in command.seats) + command.representatives
    calls = 0 < command.call_attempts <= MOST and 0 < command.call_minutes <= 24 * 60
    if not good or not calls or size > MOST or command.representatives < 0:
        raise Refused("draw.plan.form", draw=DIRECT)
    if not composed(size, command.representatives, command.least):
        raise Refused("draw.plan.composition", size=size, representatives=command.representatives, least=command.least)
    plan = Plan(
        alg=DIRECT,
        draw_id=DIRECT,
        lot=command.lot,
        attempt=state.plan.attempt + 1 if state.plan else 1,
        seats=command.seats,
        rules=Rules(0, 0, 0, {}),
        sealed="",
        contributors=(),
        reveal_deadline="",
        beacon=BeaconChoice("none"),
        representatives=command.representatives,
        least=command.least,
        call_attempts=command.call_attempts,
        call_minutes=command.call_minutes,
    )
    why = Appointment(
        ctx.at, command.rule_set, command.ground, article, command.reason, command.consent_by, command.consent_sha256
    )
    return (AppointmentDecided(ctx.at, plan, why),)


def appoint(state: Panel, command: AppointExperts, ctx: Context[Facts]) -> tuple[Event, ...]:
    """One for every seat that is open, at first all of them; nobody twice, nobody who left, nobody with an interest.

    Raises:
        Refused: ``panel.phase``, ``panel.appoint.experts``, ``panel.appoint.interest``, ``draw.facts``.
    """
    if state.appointment is None or state.plan is None or state.phase not in ("appointing", "drawn"):
        raise Refused("panel.phase", phase=state.phase)
    facts = told(ctx, FileFacts)
    files = {r.id: r for r in filed(facts.sha256, ctx).records}
    open_ = [(i, s.cat) for i, s in enumerate(state.seats) if s.state == "vacant"]
    if state.phase == "appointing":
        open_ = list(enumerate(s.cat for s in state.plan.seats for _ in range(s.k)))
    experts = sorted(command.experts, key=lambda e: e.cat)
    wanted = sorted(open_, key=lambda seat: seat[1])
    ids = {e.id for e in experts}
    known = {*state.left, *(s.id for s in state.seats), *(r.id for r in state.representatives)}
    fits = [e.cat for e in experts] == [cat for _, cat in wanted]
    if not open_ or not fits or len(ids) < len(experts) or ids & known or not ids <= set(files):
        raise Refused("panel.appoint.experts", seats=len(open_), given=len(experts))
    barred = tuple(sorted({*facts.barred, *state.bidders}))
    for e in experts:
        if conflict(files[e.id], barred):
            raise Refused("panel.appoint.interest", expert=e.id)
    return (ExpertsAppointed(ctx.at, tuple(i for i, _ in wanted), tuple(experts), facts.sha256),)
