"""The rules of a panel about its plan: frozen before any entropy, one attempt after another, on the snapshot that a rule fixes.

Pure.  Articles stand in `experts.panel.rules.LAW`.
"""

from typing import Final

from archive.decider import Context
from archive.errors import Invalid, Refused
from archive.values import DAY, MINUTE, Instant
from experts.beacon import MARGIN, QUICKNET
from experts.days import beijing_day
from experts.draw import composed
from experts.encoding import cj, hexed
from experts.entropy import context
from experts.panel.contact import alarm_depth
from experts.panel.drawing import told
from experts.panel.events import DrawPlanned, Event
from experts.panel.messages import Facts, KeyOnRecord, PlanDraw, PoolFacts
from experts.panel.state import Panel, reveal_deadline
from experts.plan import ALGORITHM, Plan

BIDDER: Final = "bidder:"
MOST: Final = 64
"""Seats, contributors, rungs, caps and holders of a plan: far above any committee, and a plan stays computable."""


def plan_draw(state: Panel, command: PlanDraw, ctx: Context[Facts]) -> tuple[Event, ...]:
    """Freeze a plan.

    Raises:
        Refused: ``draw.plan.*``, ``draw.snapshot.rule``, ``draw.vrf.key``, ``draw.facts``.
    """
    may_plan(state, ctx.at)
    plan = command.plan
    _well_formed(plan, state.plan.attempt + 1 if state.plan else 1)
    if not composed(plan.size, plan.representatives, plan.least):
        raise Refused("draw.plan.composition", size=plan.size, representatives=plan.representatives, least=plan.least)
    _entropy(plan, ctx.at)
    today = beijing_day(ctx.at)
    known = [s for s in told(ctx, PoolFacts).snapshots if s.date < today]
    if not known or max(known, key=lambda s: s.date) != command.snapshot:
        raise Refused("draw.snapshot.rule", date=command.snapshot.date)
    _registered(plan, told(ctx, PoolFacts).keys)
    ctx_ = context(cj(plan), hexed(command.snapshot.root), command.snapshot.n)
    return (DrawPlanned(ctx.at, plan, command.snapshot, ctx_.hex(), alarm_depth(sum(s.k for s in plan.seats))),)


def _registered(plan: Plan, keys: tuple[KeyOnRecord, ...] | None) -> None:
    """Every last input is given with the key that its holder has on record, not with one that came with the plan (spec A3)."""
    if keys is None:
        return
    known = {(k.role, k.key) for k in keys}
    strange = [h.role for h in plan.vrf if (h.role, h.key) not in known]
    if strange:
        raise Refused("draw.vrf.key", role=strange[0])


def may_plan(state: Panel, at: Instant) -> None:
    """Whether an attempt may begin: nothing was drawn and nobody appointed, a list is exhausted, or the panel is dissolved.

    Raises:
        Refused: ``draw.plan.frozen``.
    """
    if state.phase in ("new", "appointing", "failed", "stopped", "dissolved"):
        return
    # A contributor that never commits must not hold the draw for ever; nothing has been drawn, so nothing is re-rolled.
    plan = state.plan
    if state.phase == "planned" and plan and at >= reveal_deadline(plan) and len(state.commits) < len(plan.contributors):
        return
    raise Refused("draw.plan.frozen", phase=state.phase)


def _well_formed(plan: Plan, attempt: int) -> None:
    cats = [s.cat for s in plan.seats]
    ladder = {r.cat for r in plan.ladder}
    good = (
        plan.alg == ALGORITHM
        and plan.draw_id
        and cats
        and len(set(cats)) == len(cats)
        and max(plan.size, len(plan.contributors), len(plan.vrf), len(plan.ladder), len(plan.rules.region_max)) <= MOST
        and all(len(rung.also) <= MOST for rung in plan.ladder)
        and all(s.k > 0 and 0 < len(s.cat) <= 16 for s in plan.seats)
        and len(set(plan.contributors)) == len(plan.contributors) > 0
        and plan.rules.max_per_employer > 0
        and all(n >= 0 for n in plan.rules.region_max.values())
        and ladder <= set(cats)
        and 0 < plan.call_attempts <= MOST
        and 0 < plan.call_minutes <= DAY // MINUTE
    )
    if not good:
        raise Refused("draw.plan.form", draw=plan.draw_id)
    if plan.attempt != attempt:
        raise Refused("draw.plan.attempt", attempt=plan.attempt, expected=attempt)
    if plan.min_list < 3 * max(s.k for s in plan.seats):
        raise Refused("draw.plan.short-list", least=3 * max(s.k for s in plan.seats), given=plan.min_list)


def _entropy(plan: Plan, at: Instant) -> None:
    """A last input after the deadline, and one input that neither platform nor regulator can know (spec A7)."""
    beacon = plan.beacon.type == "drand-quicknet"
    if not beacon and plan.beacon.type != "none":
        raise Refused("draw.plan.form", draw=plan.draw_id)
    bidder = any(role.startswith(BIDDER) for role in plan.contributors)
    if not beacon and not (plan.vrf and bidder):
        raise Refused("draw.plan.entropy", draw=plan.draw_id)
    try:
        deadline = reveal_deadline(plan)
    except Invalid:
        raise Refused("draw.plan.form", draw=plan.draw_id) from None
    if deadline <= at:
        raise Refused("draw.plan.deadline", deadline_at=deadline)
    if beacon and QUICKNET.time(plan.beacon.round) < deadline + MARGIN:
        raise Refused("draw.plan.beacon", round=plan.beacon.round, deadline_at=deadline)
