"""Checking a public proof file offline: no pool, no database, no network (SPEC.md 12).

Every check is made and named, whatever the others say; what a file cannot show by itself is said as a note.  The optional
policy names the keys of the log whose receipts the file carries.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from archive.canonical import decode, encode
from archive.errors import Invalid, SunlitError
from archive.merkle import check_inclusion, leaf_hash
from archive.policy import Policy
from experts.beacon import CHAIN, MARGIN, QUICKNET
from experts.draw import composed, objection, rank_of, result_commitment, result_salt, seat_order
from experts.encoding import cj, hexed
from experts.entropy import commit, context, contributions, sealed_commitment, seed_from
from experts.panel.state import reveal_deadline
from experts.proof import appointment, evaluation
from experts.proof.appointment import Appointed
from experts.proof.form import FORMAT, Proof
from experts.proof.receipts import receipts, tells_keys
from experts.proof.walk import replacements, replies, walk
from experts.seating import clash
from experts.snapshot import commitment_of

F = TypeVar("F")
FAULTS = (SunlitError, ArithmeticError, LookupError, ValueError, AssertionError, StopIteration)
"""What a malformed file makes of the arithmetic."""
BEGINNING = 1 << 20


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: empty ``wrong`` means that it holds."""

    name: str
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All checks, and notes on what this file alone cannot show; ``subject`` is what holds or does not."""

    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()
    subject: str = "the draw"

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(not c.wrong for c in self.checks)

    def text(self) -> str:
        """One line a check, one a note, and the verdict."""
        lines = [f"{c.name}: {c.wrong or 'ok'}" for c in self.checks]
        lines += [f"note: {n}" for n in self.notes]
        verdict = f"{self.subject} holds" if self.holds else f"{self.subject} does not hold".upper()
        return "\n".join([*lines, verdict]) + "\n"


def verify_proof(raw: bytes, policy: Policy | None = None) -> Report:
    """Check a proof file, or the file of an appointment; never raises."""
    if f'"format":"{appointment.FORMAT}"'.encode() in raw:
        return _appointed(raw, policy)
    if f'"format":"{evaluation.FORMAT}"'.encode() in raw[:BEGINNING]:
        return _evaluated(raw, policy)
    try:
        proof = decode(raw, Proof)
    except Invalid as e:
        return Report((Check("form", str(e)),))
    checks = [Check("form", "" if proof.format == FORMAT and encode(proof) == raw else "not the canonical form of its format")]
    notes = ["that the filter treated closed records honestly is for the regulator's audit of the whole snapshot"]
    for name, check in CHECKS.items():
        checks.append(Check(name, _wrong(check, proof)))
    if policy is None or not proof.log:
        notes.append("the log's receipts were not checked" if proof.log else "the file carries no receipts of the log")
    else:
        given = policy
        checks.append(Check("log", _wrong(lambda p: receipts(p, given), proof)))
        if proof.plan.vrf and not checks[-1].wrong and not tells_keys(proof, given):
            notes.append("the file does not show since when the VRF keys are on record")
    if any(p.rule in ("S2_EMPLOYER", "S3_REGION", "DEAD_END") for p in proof.passed):
        notes.append("some candidates were passed over by caps; their records are closed, so the rule is the platform's word")
    return Report(tuple(checks), tuple(notes))


def _appointed(raw: bytes, policy: Policy | None) -> Report:
    try:
        file = decode(raw, Appointed)
    except Invalid as e:
        return Report((Check("form", str(e)),), subject="the appointment")
    canonical = file.format == appointment.FORMAT and encode(file) == raw
    checks = [Check("form", "" if canonical else "not the canonical form of its format")]
    checks += [Check("ground", _wrong(appointment.ground, file)), Check("members", _wrong(appointment.seated, file))]
    notes = ["NOBODY WAS DRAWN: the experts were appointed, and there is nothing to compute again"]
    if policy is None:
        notes.append("the log's receipts were not checked")
    else:
        given = policy
        checks.append(Check("log", _wrong(lambda f: appointment.receipts(f, given), file)))
    return Report(tuple(checks), tuple(notes), "the appointment")


def _evaluated(raw: bytes, policy: Policy | None) -> Report:
    """Each divergence is a check of its own, named by the mark, value or place that it is of."""
    subject = "the evaluation"
    try:
        file = evaluation.parse(raw)
    except Invalid as e:
        return Report((Check("form", str(e)),), subject=subject)
    steps: dict[str, Callable[[evaluation.Evaluated], evaluation.Divergences]] = dict(evaluation.STEPS)
    notes = ["that these are the marks the members gave is shown by the log, to whoever may read the room's entries"]
    if policy is None or not file.log:
        notes.append("the log's receipts were not checked" if file.log else "the file carries no receipts of the log")
    else:
        given = policy
        steps["log"] = lambda f: evaluation.logged(f, given)
    checks = [Check("form")]
    for name, step in steps.items():
        found: list[Check] = []
        try:
            for wrong in step(file):
                found.append(Check(*wrong))
        except FAULTS as e:
            found.append(Check(name, f"cannot be computed: {type(e).__name__}: {e}"))
        checks += found or [Check(name)]
        if found and name == "method":  # whose parameters bound what the other steps compute
            break
    return Report(tuple(checks), tuple(notes), subject)


def _wrong(check: Callable[[F], Iterator[str]], proof: F) -> str:
    """The first thing that is wrong, if any; whatever a malformed proof makes of the arithmetic is wrong too."""
    try:
        return next(check(proof), "")
    except FAULTS as e:
        return f"{type(e).__name__}: {e}"


def _plan(proof: Proof) -> Iterator[str]:
    plan = proof.plan
    if context(cj(plan), hexed(proof.root), proof.n).hex() != proof.ctx:
        yield "ctx is not the hash of plan, root and size"
    if sealed_commitment(proof.sealed, hexed(proof.seal_salt)).hex() != plan.sealed:
        yield "the sealed part does not open the plan's commitment"
    if not composed(plan.size, plan.representatives, plan.least):
        yield "the composition is not lawful"


def _contributions(proof: Proof) -> Iterator[str]:
    roles = proof.plan.contributors
    ctx = hexed(proof.ctx)
    for role, r in proof.reveals.items():
        if role not in roles or commit(ctx, role, hexed(r)).hex() != proof.commits[role]:
            yield f"the reveal of {role} does not open its commitment"
    commits = {role: hexed(proof.commits[role]) for role in roles}
    ctx1, _, withheld = contributions(ctx, roles, commits, {k: hexed(r) for k, r in proof.reveals.items()})
    if ctx1.hex() != proof.ctx1 or withheld != proof.withheld or set(proof.commits) != set(roles):
        yield "ctx1 or the list of those who withheld differs"


def _last_input(proof: Proof) -> Iterator[str]:
    plan = proof.plan
    if plan.beacon.type != "none":
        if (proof.beacon.chain, proof.beacon.round) != (CHAIN, plan.beacon.round):
            yield "the beacon is not the plan's"
        if QUICKNET.time(plan.beacon.round) < reveal_deadline(plan) + MARGIN:
            yield "the beacon's round is too early"
        QUICKNET.value(plan.beacon.round, proof.beacon.signature)
    elif not plan.vrf:
        yield "the plan has no last input"
    if [(v.role, v.pk) for v in proof.vrf] != [(h.role, h.key) for h in plan.vrf]:
        yield "the VRF keys are not the plan's"


def _seed(proof: Proof) -> Iterator[str]:
    plan = proof.plan
    beacon = QUICKNET.value(plan.beacon.round, proof.beacon.signature) if plan.beacon.type != "none" else b""
    seed = seed_from(
        hexed(proof.ctx),
        plan.contributors,
        {role: hexed(c) for role, c in proof.commits.items()},
        {role: hexed(r) for role, r in proof.reveals.items()},
        [(v.role, hexed(v.pk), hexed(v.pi, 80)) for v in proof.vrf],
        beacon,
    )
    if seed.value.hex() != proof.seed:
        yield "the seed differs"
    if any(v.alpha != seed.alpha.hex() for v in proof.vrf):
        yield "a VRF input differs"
    if tuple(seat_order(hexed(proof.seed), plan.seats)) != proof.seat_order:
        yield "the seat order differs"


def _lists(proof: Proof) -> Iterator[str]:
    seed = hexed(proof.seed)
    if set(proof.lists) != {s.cat for s in proof.plan.seats} or set(proof.tails) != set(proof.lists):
        yield "the lists are not the plan's categories"
    for cat, listed in proof.lists.items():
        tail = proof.tails[cat]
        if len({*listed, *tail}) != len(listed) + len(tail):
            yield f"{cat}: a commitment stands twice"
        order = [(rank_of(seed, cat, hexed(rc)), rc) for rc in listed]
        if order != sorted(order):
            yield f"{cat}: the list is not in rank order"
        if len(listed) + sum(proof.counts[cat].values()) != proof.n:
            yield f"{cat}: list and counts do not add up to the pool"
        if len(listed) < proof.plan.min_list:
            yield f"{cat}: the list is shorter than the plan's minimum"


def _result(proof: Proof) -> Iterator[str]:
    seed = hexed(proof.seed)
    if result_salt(seed).hex() != proof.result_salt:
        yield "the result's salt differs"
    if result_commitment(seed, proof.selected).hex() != proof.result:
        yield "the published commitment does not open to this result"


def _members(proof: Proof) -> Iterator[str]:
    plan, rules = proof.plan, proof.plan.rules
    final = [s.rc for s in proof.selected]
    cats = [s.cat for s in proof.selected]
    for line in proof.replacements:
        if line.position >= 0:
            final[line.seat] = line.rc
    if len(proof.opened) != len(final):
        yield "not every seat is opened"
    for seat, opened in enumerate(proof.opened):
        rc = commitment_of(opened.record, hexed(opened.salt))
        path = [hexed(node) for node in opened.path]
        if rc.hex() != final[seat]:
            yield f"seat {seat}: the record does not open its commitment"
        if not check_inclusion(opened.leaf_index, proof.n, leaf_hash(rc), hexed(proof.root), path):
            yield f"seat {seat}: the record is not in the pool"
        extra = [c for r in plan.ladder if r.cat == cats[seat] for c in r.also]
        if rule := objection(opened.record, rules, [cats[seat], *extra], proof.sealed):
            yield f"seat {seat}: {rule}"
        others = [o.record for i, o in enumerate(proof.opened) if i != seat]
        if rule := clash(opened.record, others, rules.max_per_employer, rules.region_max):
            yield f"seat {seat}: {rule}"


CHECKS: dict[str, Callable[[Proof], Iterator[str]]] = {
    "plan": _plan,
    "contributions": _contributions,
    "last input": _last_input,
    "seed": _seed,
    "lists": _lists,
    "seating": walk,
    "result": _result,
    "replies": replies,
    "replacements": replacements,
    "members": _members,
}
