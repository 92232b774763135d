"""Making the public proof file from a panel and the snapshot it was drawn from.  Pure."""

from collections.abc import Sequence

from archive.canonical import encode
from archive.errors import Refused
from experts.beacon import CHAIN
from experts.draw import Lists, lists_of, result_salt, seat_order
from experts.encoding import hexed, th
from experts.entropy import contributions
from experts.panel.state import Draw, Panel
from experts.plan import Plan
from experts.proof.form import ENGINE, FORMAT, BeaconPart, Opened, Passed, Proof, ReplacementLine, ReplyLine, VrfPart
from experts.seating import clash
from experts.snapshot import Record, Snapshot


def build(state: Panel, pool: Snapshot, log: Sequence[str] = ()) -> bytes:
    """The proof file; ``log`` are receipts in base64.

    Raises:
        Refused: ``panel.phase`` before the panel is disclosed.
    """
    plan, draw = state.plan, state.draw
    if plan is None or draw is None or state.phase != "disclosed":
        raise Refused("panel.phase", phase=state.phase)
    seed = hexed(draw.seed)
    lists = lists_of(plan, pool, draw.sealed, seed)
    rcs = {line.id: line.rc for line in (*draw.selected, *(r.selected for r in state.replacements if r.selected))}
    holders = {h.role: h.key for h in plan.vrf}
    alpha = _alpha(state, plan)
    proof = Proof(
        format=FORMAT,
        engine=ENGINE,
        plan=plan,
        sealed=draw.sealed,
        seal_salt=draw.salt,
        root=pool.root.hex(),
        n=pool.n,
        ctx=state.ctx,
        commits=state.commits,
        reveals=state.reveals,
        withheld=draw.withheld,
        ctx1=draw.ctx1,
        vrf=tuple(VrfPart(p.role, holders[p.role], alpha, p.pi) for p in draw.proofs),
        beacon=BeaconPart(CHAIN if draw.signature else "", plan.beacon.round, draw.signature),
        seed=draw.seed,
        seat_order=tuple(seat_order(seed, plan.seats)),
        lists={cat: tuple(pool.rc(row).hex() for row in rows) for cat, rows in lists.rows.items()},
        tails={cat: tuple(pool.rc(row).hex() for row in rows) for cat, rows in lists.tails.items()},
        counts=draw.counts,
        widened=draw.widened,
        selected=draw.selected,
        passed=_passed(plan, draw, pool, lists),
        opened=_opened(state, pool),
        replies=tuple(ReplyLine(i, r.seat, rcs[r.id], r.kind, r.at, r.evidence) for i, r in enumerate(state.replies)),
        replacements=tuple(
            ReplacementLine(
                r.seat,
                rcs[r.vacated],
                tuple(Passed(draw.selected[r.seat].cat, s.position, s.rule) for s in r.skipped),
                r.selected.position if r.selected else -1,
                r.selected.rc if r.selected else "",
            )
            for r in state.replacements
        ),
        result_salt=result_salt(seed).hex(),
        result=draw.result,
        log=tuple(log),
    )
    return encode(proof)


def _alpha(state: Panel, plan: Plan) -> str:
    commits = {role: hexed(c) for role, c in state.commits.items()}
    reveals = {role: hexed(r) for role, r in state.reveals.items()}
    ctx1, blob, _ = contributions(hexed(state.ctx), plan.contributors, commits, reveals)
    return th("vrf", ctx1, blob).hex()


def _passed(plan: Plan, draw: Draw, pool: Snapshot, lists: Lists) -> tuple[Passed, ...]:
    """Whom the first filling passed over in front of each seat, and why."""
    seated: list[Record] = []
    start: dict[str, int] = {}
    passed: list[Passed] = []
    for chosen in draw.selected:
        rows = lists.rows[chosen.cat]
        for at in range(start.get(chosen.cat, 0), chosen.position):
            rule = clash(pool.records[rows[at]], seated, plan.rules.max_per_employer, plan.rules.region_max)
            passed.append(Passed(chosen.cat, at, rule or "DEAD_END"))
        start[chosen.cat] = chosen.position + 1
        seated.append(pool.records[rows[chosen.position]])
    return tuple(passed)


def _opened(state: Panel, pool: Snapshot) -> tuple[Opened, ...]:
    rows = [pool.row_of[s.id] for s in state.seats]
    paths = pool.paths(rows)
    return tuple(
        Opened(pool.records[row], pool.salt(row).hex(), row, tuple(node.hex() for node in path))
        for row, path in zip(rows, paths, strict=True)
    )
