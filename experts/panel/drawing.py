"""The rules of a panel, part two: what needs the pool itself, that is the draw, replacements, the second check, the names.

Pure: the snapshot's record file is a blob that the entry names, so it is a value.
"""

from typing import TypeVar

from archive.decider import Context
from archive.errors import Invalid, Refused
from experts.beacon import QUICKNET
from experts.draw import hold, lists_of, result_commitment
from experts.encoding import hexed
from experts.entropy import sealed_commitment, seed_from
from experts.panel.events import (
    BiddersScreened,
    DrawExecuted,
    DrawFailed,
    Event,
    PanelDisclosed,
    SeatExhausted,
    SeatReplaced,
    SeatVacated,
)
from experts.panel.messages import (
    BidderFacts,
    DrawFacts,
    Facts,
    Named,
    NameFacts,
    Skip,
)
from experts.panel.state import Draw, Panel, last_input
from experts.plan import Selected
from experts.seating import Infeasible, next_candidate
from experts.snapshot import Record, Snapshot, load

F = TypeVar("F")


def told(ctx: Context[Facts], kind: type[F]) -> F:
    """The facts of this act.

    Raises:
        Refused: ``draw.facts`` when they are of another kind or missing.
    """
    if not isinstance(ctx.facts, kind):
        raise Refused("draw.facts", needed=kind.__name__)
    return ctx.facts


def execute(state: Panel, ctx: Context[Facts]) -> tuple[Event, ...]:
    """The one draw of this panel."""
    if state.draw is not None:
        raise Refused("draw.twice", drawn_at=state.draw.at)
    if state.phase != "planned" or state.plan is None:
        raise Refused("panel.phase", phase=state.phase)
    plan, facts = state.plan, told(ctx, DrawFacts)
    if len(state.commits) < len(plan.contributors) or ctx.at < last_input(plan):
        raise Refused("draw.early", committed=len(state.commits), ready_at=last_input(plan))
    if sealed_commitment(facts.sealed, hexed(facts.salt)).hex() != plan.sealed:
        raise Refused("draw.sealed.mismatch")
    missing = set(state.left) - set(facts.sealed.excluded_ids)
    if missing:
        raise Refused("draw.sealed.left", left=len(missing))
    pool = pool_of(state, ctx)
    try:
        seed = seed_from(
            hexed(state.ctx),
            plan.contributors,
            {role: hexed(c) for role, c in state.commits.items()},
            {role: hexed(r) for role, r in state.reveals.items()},
            _proofs(state, facts),
            QUICKNET.value(plan.beacon.round, facts.signature) if plan.beacon.type != "none" else b"",
        )
    except Invalid as wrong:
        raise Refused(wrong.code, **wrong.params) from None
    try:
        drawn = hold(plan, pool, facts.sealed, seed.value)
    except Infeasible as failed:
        return (DrawFailed(ctx.at, failed.reason, failed.cat, {cat: dict(c) for cat, c in failed.counts.items()}),)
    lists = drawn.lists
    return (
        DrawExecuted(
            at=ctx.at,
            seed=seed.value.hex(),
            ctx1=seed.ctx1.hex(),
            withheld=seed.withheld,
            sealed=facts.sealed,
            salt=facts.salt,
            signature=facts.signature,
            proofs=facts.proofs,
            selected=drawn.selected,
            lengths={cat: len(rows) for cat, rows in lists.rows.items()},
            counts={cat: dict(counts) for cat, counts in lists.counts.items()},
            widened=dict(lists.widened),
            result=result_commitment(seed.value, drawn.selected).hex(),
        ),
    )


def _proofs(state: Panel, facts: DrawFacts) -> list[tuple[str, bytes, bytes]]:
    holders = state.plan.vrf if state.plan else ()
    given = {p.role: p.pi for p in facts.proofs}
    if set(given) != {h.role for h in holders}:
        raise Refused("draw.vrf")
    return [(h.role, hexed(h.key), hexed(given[h.role], 80)) for h in holders]


def pool_of(state: Panel, ctx: Context[Facts]) -> Snapshot:
    """The snapshot that the plan was frozen on.

    Raises:
        Refused: ``draw.facts`` without its file, ``draw.snapshot.mismatch`` when the file is not the one the plan is bound to.
    """
    if state.snapshot is None:
        raise Refused("draw.facts", needed="record file")
    pool = filed(state.snapshot.sha256, ctx)
    if pool.root.hex() != state.snapshot.root or pool.n != state.snapshot.n:
        raise Refused("draw.snapshot.mismatch", root=pool.root.hex(), n=pool.n)
    return pool


def filed(sha256: str, ctx: Context[Facts]) -> Snapshot:
    """The record file with that digest.

    Raises:
        Refused: ``draw.facts`` where it does not come with the act.
    """
    if ctx.blob is None:
        raise Refused("draw.facts", needed="record file")
    return load(sha256, ctx.blob)


def done(state: Panel) -> Draw:
    """The draw that was made.

    Raises:
        Refused: ``panel.phase`` when there was none.
    """
    if state.draw is None:
        raise Refused("panel.phase", phase=state.phase)
    return state.draw


def replacement(state: Panel, at: int, ctx: Context[Facts]) -> tuple[Event, ...]:
    """Who follows at a vacant seat: the next position of its category after the furthest one reached."""
    draw, pool = done(state), pool_of(state, ctx)
    plan = state.plan
    if plan is None:
        raise Refused("panel.phase", phase=state.phase)
    seat = state.seats[at]
    rows = lists_of(plan, pool, draw.sealed, hexed(draw.seed)).whole(seat.cat)
    listed = [pool.records[row] for row in rows]
    people = {r.id: r for r in _seated_records(state, pool)}
    seated = [people[s.id] for s in state.seats if s.state in ("drawn", "called", "accepted")]
    start = state.furthest.get(seat.cat, -1) + 1
    skipped, found = next_candidate(listed, start, seated, state.left, plan.rules.max_per_employer, plan.rules.region_max)
    skips = tuple(Skip(position, rule) for position, rule in skipped)
    if found < 0:
        return (SeatExhausted(ctx.at, at, seat.id, skips),)
    chosen = Selected(seat.cat, found, listed[found].id, pool.rc(rows[found]).hex())
    replaced = SeatReplaced(ctx.at, at, seat.id, chosen, skips)
    # Once the bidders are known, a candidate with an interest leaves at once and the search goes on from him.
    rule = conflict(listed[found], state.bidders)
    return (replaced, SeatVacated(ctx.at, at, chosen.id, rule)) if rule else (replaced,)


def screen(state: Panel, ctx: Context[Facts]) -> tuple[Event, ...]:
    """The second check (cn-rules X-5): seats whose holder has an interest in an organisation behind a bid fall vacant."""
    orgs = tuple(sorted(set(told(ctx, BidderFacts).orgs)))
    people = _people(state, ctx)
    vacated = [
        SeatVacated(ctx.at, i, seat.id, rule)
        for i, seat in enumerate(state.seats)
        if seat.state in ("drawn", "called", "accepted") and (rule := conflict(people[seat.id], orgs))
    ]
    return (BiddersScreened(ctx.at, orgs), *vacated)


def conflict(record: Record, orgs: tuple[str, ...]) -> str:
    """The eligibility rule by which a record conflicts with organisations, or the empty string."""
    ban = set(orgs)
    checks = (("E5_EMPLOYER", record.orgs), ("E6_KIN", record.kin), ("E7_SELF_DECLARED", record.decl))
    return next((rule for rule, own in checks if not ban.isdisjoint(own)), "")


def disclosure(state: Panel, award: str, ctx: Context[Facts]) -> Event:
    """The members by name, experts in seat order, then the representatives.

    Names come as facts; older record files hold them as well.
    """
    people = {id: r.name for id, r in _people(state, ctx).items()}
    if isinstance(ctx.facts, NameFacts):
        people |= ctx.facts.names
    experts = tuple(Named(s.id, people[s.id], s.cat) for s in state.seats)
    return PanelDisclosed(ctx.at, award, (*experts, *state.representatives))


def _people(state: Panel, ctx: Context[Facts]) -> dict[str, Record]:
    """The records of everybody who holds a seat: out of the pool's snapshot, or as his file stood when he was appointed."""
    if state.appointment is not None:
        return {r.id: r for sha256 in state.records for r in filed(sha256, ctx).records}
    return {r.id: r for r in _seated_records(state, pool_of(state, ctx))}


def _seated_records(state: Panel, pool: Snapshot) -> list[Record]:
    """The records of everybody who holds a seat."""
    return [pool.records[pool.row_of[s.id]] for s in state.seats]
