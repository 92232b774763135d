"""评标委员会: the frozen plan, commitments and reveals, the draw, calls, replacements, disclosure.

No one at the platform chooses: each desk checks that the organisation that speaks for a contributor is the
one the plan means, and passes the inputs on.  What the plan seals (organisations that may not be behind an
expert) is derived again when it is opened, so it is stored nowhere.
"""

from archive.bodies import Blob
from archive.envelope import RESTRICTED
from archive.errors import Refused
from archive.ledger import Recorded
from archive.ledger.export import acts
from archive.ledger.transaction import Transaction
from archive.strict import base64
from archive.values import Actor
from bidding.box import Box
from experts.entropy import sealed_commitment
from experts.panel import Panel
from experts.panel.messages import (
    BidderFacts,
    CallExpert,
    CommitNonce,
    CompletePanel,
    DisclosePanel,
    DrawFacts,
    ExecuteDraw,
    Named,
    NameRepresentatives,
    OpenFromEscrow,
    PlanDraw,
    PoolFacts,
    PublishDraw,
    RecordReply,
    ReplaceSeat,
    RevealNonce,
    ScreenConflicts,
    VacateSeat,
    VrfProof,
)
from experts.plan import Plan, SealedPart
from experts.pool import Pool
from experts.proof import build
from experts.snapshot import load
from trading.calling import AUTOMATIC
from trading.commands import RecordPanel
from trading.desk import facts
from trading.parties import Org
from trading.platform import Platform
from trading.tender import Tender

DRAW = Actor.system("draw")
RECORDS = f"application/jsonl{RESTRICTED}"
PLANNED, COMMITTED = "panel.planned", "panel.committed"
LETTER = "panel.call"
"""The outbox's task that takes a call to the expert; the letter holds panel, seat, attempt and expert."""


def sealed_part(platform: Platform, name: str, lot: str) -> tuple[SealedPart, bytes]:
    """The organisations that may not be behind an expert, and the salt that hides them in the plan.

    Principal and agency; the bidders are unknown to everybody before the opening and are screened after it.
    """
    state = platform.ledger.state(facts.tender(name))
    assert isinstance(state, Tender) and state.project is not None
    orgs = sorted({code for code in (state.project.principal, state.project.agency) if code})
    return SealedPart(ban_orgs=tuple(orgs)), platform.derive(f"draw/{name}.{lot}")


def plan(platform: Platform, actor: Actor, name: str, lot: str, wanted: Plan, pool: str) -> Recorded:
    """Freeze the plan of a draw on the snapshot that the rule fixes; gives it the sealed part's commitment."""
    _only(platform, actor, name, "agency", "principal")
    part, salt = sealed_part(platform, name, lot)
    frozen = Plan(**{f: getattr(wanted, f) for f in wanted.__struct_fields__} | {"sealed": sealed_commitment(part, salt).hex()})
    with platform.ledger.begin(actor=actor, write={facts.panel(name, lot)}, read={f"pool/{pool}"}) as tx:
        known = tx.state(f"pool/{pool}")
        assert isinstance(known, Pool)
        snapshot = known.snapshots[-1] if known.snapshots else None
        if snapshot is None:
            raise Refused("draw.snapshot.rule", date=0)
        tx.act(facts.panel(name, lot), PlanDraw(frozen, snapshot), facts=PoolFacts(known.snapshots))
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
    _only(platform, actor, name, "regulator", "platform", "notary")
    return platform.ledger.act(facts.panel(name, lot), command, actor=actor)


def execute(
    platform: Platform, name: str, lot: str, proofs: tuple[VrfProof, ...] = (), signature: str = ""
) -> tuple[Recorded, Recorded]:
    """Draw, once, and publish what everybody may know at once."""
    part, salt = sealed_part(platform, name, lot)
    told = DrawFacts(part, salt.hex(), signature, proofs)
    drawn = platform.ledger.act(
        facts.panel(name, lot), ExecuteDraw(), actor=DRAW, facts=told, blobs=(_records(platform, name, lot),)
    )
    return drawn, platform.ledger.act(facts.panel(name, lot), PublishDraw(), actor=DRAW)


def call(platform: Platform, name: str, lot: str, seat: int, channel: str) -> Recorded:
    """The candidate of a seat is called; the next name is not released before the answer is on record.

    On an automatic channel the message goes out by the letter that is committed with the call (`trading.desk.calls`).
    """
    stream = facts.panel(name, lot)
    with platform.ledger.begin(actor=DRAW, write={stream}) as tx:
        _ring_up(tx, stream, seat, channel)
    return tx.recorded[0]


def _ring_up(tx: Transaction, stream: str, seat: int, channel: str) -> None:
    tx.act(stream, CallExpert(seat, channel))
    if channel in AUTOMATIC:
        held = tx.state(stream)
        assert isinstance(held, Panel)
        called = held.seats[seat]
        tx.post(LETTER, panel=stream.partition("/")[2], seat=seat, attempt=called.calls, expert=called.id)


def reply(platform: Platform, actor: Actor, name: str, lot: str, command: RecordReply) -> Recorded:
    """The expert's answer, or the proof that there was none; a seat that falls vacant is filled at once."""
    stream = facts.panel(name, lot)
    recorded = platform.ledger.act(stream, command, actor=actor)
    if command.reply != "accept":
        refill(platform, name, lot)
    return recorded


def vacate(platform: Platform, actor: Actor, name: str, lot: str, command: VacateSeat) -> Recorded:
    """A member leaves before the work is done; forward to the next of the list."""
    recorded = platform.ledger.act(facts.panel(name, lot), command, actor=actor)
    refill(platform, name, lot)
    return recorded


def screen(platform: Platform, name: str, lot: str) -> tuple[int, ...]:
    """The second check, now that the bidders are known; the seats that fell vacant."""
    box = platform.ledger.state(facts.box(name, lot))
    assert isinstance(box, Box)
    told = BidderFacts(tuple(sorted({b.org for b in box.bidders})))
    platform.ledger.act(facts.panel(name, lot), ScreenConflicts(), actor=DRAW, facts=told, blobs=(_records(platform, name, lot),))
    vacant = tuple(i for i, seat in enumerate(_panel(platform, name, lot).seats) if seat.state == "vacant")
    refill(platform, name, lot)
    return vacant


def represent(platform: Platform, actor: Actor, name: str, lot: str, members: tuple[Named, ...]) -> Recorded:
    """The purchaser names its own members."""
    _only(platform, actor, name, "principal")
    return platform.ledger.act(facts.panel(name, lot), NameRepresentatives(members), actor=actor)


def complete(platform: Platform, name: str, lot: str) -> Recorded:
    """Every seat accepted: the panel stands, and the tender knows its size and a salted digest of its list."""
    platform.ledger.act(facts.panel(name, lot), CompletePanel(), actor=DRAW)
    state = _panel(platform, name, lot)
    blind = platform.derive(f"panel/{name}.{lot}").hex()
    listing = "\n".join([blind, *(s.id for s in state.seats), *(r.id for r in state.representatives)])
    digest = platform.keep(listing.encode(), "panel", "text/plain").sha256
    size = len(state.seats) + len(state.representatives)
    command = RecordPanel(lot, digest, size, len(state.seats), blind)
    return platform.ledger.act(facts.tender(name), command, actor=DRAW)


def disclose(platform: Platform, name: str, lot: str, award: str) -> Recorded:
    """The members by name, after the award."""
    stream = facts.panel(name, lot)
    recorded = platform.ledger.act(stream, DisclosePanel(award), actor=DRAW, blobs=(_records(platform, name, lot),))
    platform.ledger.disclose([stream], "awarded")
    return recorded


def proof(platform: Platform, name: str, lot: str) -> bytes:
    """The public proof of the draw, with the log's receipts of its plan and commitments (experts/SPEC.md 12).

    Raises:
        Refused: ``panel.phase`` before the panel is disclosed.
    """
    state, done = _panel(platform, name, lot), acts(platform.ledger, facts.panel(name, lot))
    if state.snapshot is None:
        raise Refused("panel.phase", phase=state.phase)
    planned = max((i for i, (act, _) in enumerate(done) if act == PLANNED), default=0)
    bound = [id for act, id in done[planned:] if act in (PLANNED, COMMITTED)]
    receipts = [base64(platform.ledger.receipt(id)) for id in bound] if state.phase == "disclosed" else []
    return build(state, load(state.snapshot.sha256, platform.vault.read), receipts)


def members(platform: Platform, name: str, lot: str) -> tuple[str, ...]:
    """The names of a disclosed panel."""
    return tuple(m.name for m in _panel(platform, name, lot).members)


def refill(platform: Platform, name: str, lot: str) -> None:
    """Fill every vacant seat; who follows somebody that the machine called is called by the machine, in the same act."""
    stream = facts.panel(name, lot)
    records = (_records(platform, name, lot),)
    while vacant := [i for i, s in enumerate(_panel(platform, name, lot).seats) if s.state == "vacant"]:
        seat, channel = vacant[0], _panel(platform, name, lot).seats[vacant[0]].channel
        with platform.ledger.begin(actor=DRAW, write={stream}) as tx:
            tx.act(stream, ReplaceSeat(seat), None, records)
            held = tx.state(stream)
            assert isinstance(held, Panel)
            if channel in AUTOMATIC and held.seats[seat].state == "drawn":
                _ring_up(tx, stream, seat, channel)


def _panel(platform: Platform, name: str, lot: str) -> Panel:
    state = platform.ledger.state(facts.panel(name, lot))
    assert isinstance(state, Panel)
    return state


def _records(platform: Platform, name: str, lot: str) -> Blob:
    state = _panel(platform, name, lot)
    digest = state.snapshot.sha256 if state.snapshot else ""
    return Blob(digest, platform.vault.size(digest) or 0, RECORDS)


def _speaks_for(platform: Platform, actor: Actor, name: str, role: str) -> None:
    """A bidder's nonce comes from any registered organisation; every other role from the organisation that holds it."""
    if not role.startswith("bidder:"):
        _only(platform, actor, name, role)


def _only(platform: Platform, actor: Actor, name: str, *roles: str) -> None:
    """The actor's organisation holds one of these roles, and principal or agency are this tender's own.

    Raises:
        Refused: ``panel.not-entitled``.
    """
    tender, own = platform.ledger.state(facts.tender(name)), platform.ledger.state(facts.org(actor.org or "none"))
    assert isinstance(tender, Tender) and isinstance(own, Org)
    project = tender.project
    parties = {"principal": project.principal, "agency": project.agency} if project else {}
    held = {r for r in roles if r in own.roles and parties.get(r, actor.org) == actor.org}
    if actor.kind != "system" and not held:
        raise Refused("panel.not-entitled", actor=actor.id, allowed=list(roles))
