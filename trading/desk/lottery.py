"""The draw of a lot's committee: the frozen plan, its rehearsal, commitments and reveals, the last input, the seats.

No one at the platform chooses: each desk checks that the organisation that speaks for a contributor is the
one the plan means, and passes the inputs on.  What the plan seals (organisations that may not be behind an
expert) is derived again when it is opened, so it is stored nowhere.
"""

from collections.abc import Callable, Mapping

from msgspec import structs

from archive.bodies import Blob
from archive.decider import Context
from archive.errors import Refused
from archive.ledger import Recorded
from archive.strict import HEX256
from archive.values import Actor, Instant
from experts import expert
from experts.days import beijing_day
from experts.draw import Rehearsal, audited
from experts.draw import rehearse as rehearsed
from experts.encoding import th
from experts.entropy import contributions, sealed_commitment
from experts.panel import Facts, Panel
from experts.panel.messages import (
    AppointExperts,
    CommitNonce,
    DecideAppointment,
    DrawFacts,
    ExecuteDraw,
    FileFacts,
    KeyOnRecord,
    OpenFromEscrow,
    PlanDraw,
    PoolFacts,
    PublishDraw,
    RevealNonce,
    SnapshotRef,
    VrfProof,
)
from experts.panel.planning import BIDDER, plan_draw
from experts.panel.state import last_input
from experts.plan import Plan, SealedPart
from experts.pool import Pool
from experts.proof.form import Opened
from experts.snapshot import lines, load, take
from trading.desk import facts
from trading.desk.committee import DRAW, RECORDS, entitled, keyholders, panel_of, records
from trading.parties.state import Org
from trading.platform import Platform
from trading.rulebook import rulebook
from trading.tender import Tender

PARTIES = ("agency", "principal", "regulator", "platform", "notary")
"""Who may contribute besides suppliers, by the role that their organisation holds."""


def sealed_part(platform: Platform, name: str, lot: str) -> tuple[SealedPart, bytes]:
    """The organisations that may not be behind an expert and who has left a seat of an earlier attempt; the salt that hides them.

    Principal and agency; the bidders are unknown to everybody before the opening and are screened after it.
    """
    state = platform.ledger.state(facts.tender(name))
    assert isinstance(state, Tender) and state.project is not None
    orgs = sorted({code for code in (state.project.principal, state.project.agency) if code})
    left = sorted(set(panel_of(platform, name, lot).left))
    return SealedPart(ban_orgs=tuple(orgs), excluded_ids=tuple(left)), platform.derive(f"draw/{name}.{lot}")


def plan(platform: Platform, actor: Actor, name: str, lot: str, wanted: Plan, pool: str) -> Recorded:
    """Freeze the plan of a draw on the snapshot that the rule fixes; gives it the sealed part's commitment.

    Raises:
        Refused: ``panel.not-entitled``, ``draw.role`` for a contributor that nobody could be, the rules' ``draw.*``.
    """
    frozen = _wanted(platform, actor, name, lot, wanted)
    holders = keyholders(platform, name, frozen)
    streams = {facts.org(code) for codes in holders.values() for code in codes}
    with platform.ledger.begin(actor=actor, write={facts.panel(name, lot)}, read={f"pool/{pool}", *streams}) as tx:
        known = tx.state(f"pool/{pool}")
        assert isinstance(known, Pool)
        told = PoolFacts(known.snapshots, _keys(holders, tx.state))
        tx.act(facts.panel(name, lot), PlanDraw(frozen, _latest(known, tx.at)), facts=told)
    return tx.recorded[0]


def rehearse(platform: Platform, actor: Actor, name: str, lot: str, wanted: Plan, pool: str) -> tuple[SnapshotRef, Rehearsal]:
    """What freezing this plan now would rest on: list lengths, rule counts, and whether it can seat anybody.

    Nobody is drawn and nothing is frozen: counts do not depend on a seed, and there is none.

    Raises:
        Refused: what `plan` would refuse; nothing of it is put on record.
    """
    frozen = _wanted(platform, actor, name, lot, wanted)
    known, at = platform.ledger.state(f"pool/{pool}"), platform.clock()
    assert isinstance(known, Pool)
    snapshot = _latest(known, at)
    keys = _keys(keyholders(platform, name, frozen), platform.ledger.state)
    told: Context[Facts] = Context(at, actor, PoolFacts(known.snapshots, keys))
    plan_draw(panel_of(platform, name, lot), PlanDraw(frozen, snapshot), told)
    part, _ = sealed_part(platform, name, lot)
    return snapshot, rehearsed(frozen, load(snapshot.sha256, platform.vault.read), part)


def _wanted(platform: Platform, actor: Actor, name: str, lot: str, wanted: Plan) -> Plan:
    """The plan as it would be frozen, its sealed part committed to."""
    entitled(platform, actor, name, "agency", "principal")
    for role in wanted.contributors:
        if role not in PARTIES and not role.startswith(BIDDER):
            raise Refused("draw.role", role=role)
    part, salt = sealed_part(platform, name, lot)
    sealed = sealed_commitment(part, salt).hex()
    if wanted.lot != lot or wanted.sealed not in ("", sealed):
        raise Refused("draw.plan.form", draw=wanted.draw_id)
    return structs.replace(wanted, sealed=sealed)


def _keys(holders: Mapping[str, tuple[str, ...]], state: Callable[[str], object]) -> tuple[KeyOnRecord, ...]:
    """The keys in force of organisations by role."""
    found = []
    for role, codes in holders.items():
        for code in codes:
            held = state(facts.org(code))
            assert isinstance(held, Org)
            if held.draw_key:
                found.append(KeyOnRecord(role, code, held.draw_key, held.draw_key_at))
    return tuple(found)


def _latest(known: Pool, at: Instant) -> SnapshotRef:
    """The last snapshot whose day is over, which is the one that the rule fixes."""
    over = [s for s in known.snapshots if s.date < beijing_day(at)]
    if not over:
        raise Refused("draw.snapshot.rule", date=0)
    return max(over, key=lambda s: s.date)


def audit(platform: Platform, name: str, lot: str) -> tuple[str, tuple[Opened, ...]]:
    """The root of a drawn panel's snapshot, and the records that its seed chose for audit, each with its path to the root.

    Raises:
        Refused: ``panel.phase`` before the draw.
    """
    state = panel_of(platform, name, lot)
    if state.draw is None or state.snapshot is None:
        raise Refused("panel.phase", phase=state.phase)
    pool = load(state.snapshot.sha256, platform.vault.read)
    rows = audited(bytes.fromhex(state.draw.seed), pool.n)
    opened = (
        Opened(pool.records[row], pool.salt(row).hex(), row, tuple(node.hex() for node in path))
        for row, path in zip(rows, pool.paths(rows), strict=True)
    )
    return state.snapshot.root, tuple(opened)


def decide_appointment(platform: Platform, actor: Actor, name: str, lot: str, command: DecideAppointment) -> Recorded:
    """The purchaser's own decision, under the rules of its tender, to appoint the experts and not to draw them.

    Raises:
        Refused: ``panel.not-entitled``, the rules' ``panel.appoint.*``, ``panel.appoint.consent`` also for a paper nobody sent.
    """
    entitled(platform, actor, name, "principal")
    tender = platform.ledger.state(facts.tender(name))
    assert isinstance(tender, Tender)
    kept = platform.vault.size(command.consent_sha256) if HEX256.fullmatch(command.consent_sha256) else None
    if command.consent_sha256 and kept is None:
        raise Refused("panel.appoint.consent", rule_set=command.rule_set)
    book = rulebook(tender.rulebook)
    wanted = structs.replace(command, lot=lot, rule_set=book.rule_set, least=max(5, book.number("panel-least", 1)))
    return platform.ledger.act(facts.panel(name, lot), wanted, actor=actor)


def appoint(platform: Platform, actor: Actor, name: str, lot: str, command: AppointExperts) -> Recorded:
    """Who sits: named by the purchaser out of those who have a file, secret until the award like everybody who sits."""
    entitled(platform, actor, name, "principal")
    tender = platform.ledger.state(facts.tender(name))
    assert isinstance(tender, Tender) and tender.project is not None
    barred = (tender.project.agency,) if tender.project.agency else ()
    today, ids = beijing_day(platform.clock()), sorted({e.id for e in command.experts})
    with platform.ledger.begin(actor=actor, write={facts.panel(name, lot)}, read={f"expert/{id}" for id in ids}) as tx:
        files = [(id, tx.state(f"expert/{id}")) for id in ids]
        held = [expert.record(id, file, today) for id, file in files if file.status not in ("new", "exited")]
        kept = platform.keep(lines(take(held, platform.random(32))), "appointed.jsonl", RECORDS)
        named = (Blob(kept.sha256, kept.length, RECORDS),)
        tx.act(facts.panel(name, lot), command, FileFacts(kept.sha256, barred), blobs=named)
    return tx.recorded[0]


def commit(platform: Platform, actor: Actor, name: str, lot: str, command: CommitNonce) -> Recorded:
    """A contributor binds itself to a nonce."""
    _speaks_for(platform, actor, name, command.role)
    return platform.ledger.act(facts.panel(name, lot), command, actor=actor)


def reveal(platform: Platform, actor: Actor, name: str, lot: str, command: RevealNonce) -> Recorded:
    """A contributor opens its commitment."""
    _speaks_for(platform, actor, name, command.role)
    return platform.ledger.act(facts.panel(name, lot), command, actor=actor)


def open_escrow(platform: Platform, actor: Actor, name: str, lot: str, command: OpenFromEscrow) -> Recorded:
    """Two of the three keepers open what a contributor withheld."""
    entitled(platform, actor, name, "regulator", "platform", "notary")
    return platform.ledger.act(facts.panel(name, lot), command, actor=actor)


def alpha(platform: Platform, actor: Actor, name: str, lot: str) -> bytes:
    """What a holder of the last input proves his VRF over, once the contributions can no longer change (SPEC.md 5.4).

    Earlier he could compute the seed while a withheld nonce may still be opened or not.

    Raises:
        Refused: ``panel.not-entitled``, ``panel.phase``, ``draw.early``.
    """
    state = panel_of(platform, name, lot)
    if state.plan is None or state.phase != "planned":
        raise Refused("panel.phase", phase=state.phase)
    entitled(platform, actor, name, *(holder.role for holder in state.plan.vrf))
    if platform.clock() < last_input(state.plan) or len(state.commits) < len(state.plan.contributors):
        raise Refused("draw.early", committed=len(state.commits), ready_at=last_input(state.plan))
    commits, reveals = ({r: bytes.fromhex(x) for r, x in said.items()} for said in (state.commits, state.reveals))
    ctx1, blob, _ = contributions(bytes.fromhex(state.ctx), state.plan.contributors, commits, reveals)
    return th("vrf", ctx1, blob)


def execute(
    platform: Platform, name: str, lot: str, proofs: tuple[VrfProof, ...] = (), signature: str = "", actor: Actor = DRAW
) -> Recorded:
    """Draw, once, and publish in the same transaction what everybody may know at once; who asks for it chooses nothing."""
    entitled(platform, actor, name, "agency", "principal", "regulator", "platform")
    part, salt = sealed_part(platform, name, lot)
    stream, told = facts.panel(name, lot), DrawFacts(part, salt.hex(), signature, proofs)
    with platform.ledger.begin(actor=actor, write={stream}) as tx:
        tx.act(stream, ExecuteDraw(), told, records(platform, name, lot))
        held = tx.state(stream)
        assert isinstance(held, Panel)
        if held.phase == "drawn":
            tx.act(stream, PublishDraw())
    return tx.recorded[0]


def _speaks_for(platform: Platform, actor: Actor, name: str, role: str) -> None:
    """A bidder's nonce comes from any registered supplier but the parties themselves; every other role from who holds it."""
    entitled(platform, actor, name, "bidder" if role.startswith(BIDDER) else role)
