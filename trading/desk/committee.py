"""评标委员会 from its draw on: calls, answers, replacements, the second check, the standing panel, its names and its proof.

No one at the platform chooses: who follows at a vacant seat is the list's next, and is filled in at once.  How the seats
were drawn is `trading.desk.lottery`'s.
"""

from archive.bodies import Blob
from archive.database import reading
from archive.envelope import RESTRICTED
from archive.errors import Refused
from archive.ledger import Recorded
from archive.ledger.export import acts
from archive.ledger.transaction import Transaction
from archive.strict import base64
from archive.values import Actor
from bidding.box import Box
from experts.panel import Panel
from experts.panel.messages import (
    BidderFacts,
    CallExpert,
    CompletePanel,
    DisclosePanel,
    Named,
    NameFacts,
    NameRepresentatives,
    RecordReply,
    ReplaceSeat,
    ScreenConflicts,
    VacateSeat,
)
from experts.plan import Plan
from experts.proof import appointed, build
from experts.snapshot import load
from trading import queries
from trading.calling import AUTOMATIC
from trading.commands import RecordPanel
from trading.desk import facts, people
from trading.parties.state import Org
from trading.platform import Platform
from trading.tender import Tender

DRAW = Actor.system("draw")
RECORDS = f"application/jsonl{RESTRICTED}"
PLANNED, COMMITTED, DECIDED = "panel.planned", "panel.committed", "panel.appointment_decided"
KEY_REGISTERED = "org.draw_key_registered"
LETTER = "panel.call"
"""The outbox's task that takes a call to the expert; the letter holds panel, seat, attempt and expert."""


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


def screen(platform: Platform, name: str, lot: str) -> tuple[Recorded, int]:
    """The second check, now that the bidders are known, and how many seats fell vacant by it."""
    box = platform.ledger.state(facts.box(name, lot))
    assert isinstance(box, Box)
    told = BidderFacts(tuple(sorted({b.org for b in box.bidders})))
    blobs = records(platform, name, lot)
    done = platform.ledger.act(facts.panel(name, lot), ScreenConflicts(), actor=DRAW, facts=told, blobs=blobs)
    vacant = sum(seat.state == "vacant" for seat in panel_of(platform, name, lot).seats)
    refill(platform, name, lot)
    return done, vacant


def represent(platform: Platform, actor: Actor, name: str, lot: str, members: tuple[Named, ...]) -> Recorded:
    """The purchaser names its own members."""
    entitled(platform, actor, name, "principal")
    return platform.ledger.act(facts.panel(name, lot), NameRepresentatives(members), actor=actor)


def complete(platform: Platform, name: str, lot: str) -> Recorded:
    """Every seat accepted: the panel stands, and in the same act the tender knows its size and a salted digest of its list."""
    stream = facts.panel(name, lot)
    with platform.ledger.begin(actor=DRAW, write={stream, facts.tender(name)}) as tx:
        tx.act(stream, CompletePanel())
        state = tx.state(stream)
        assert isinstance(state, Panel)
        tender = tx.state(facts.tender(name))
        assert isinstance(tender, Tender)
        again = next((x.again for x in tender.lots if x.spec.id == lot), "")
        blind = platform.derive(f"panel/{name}.{lot}{again}").hex()
        listing = "\n".join([blind, *(s.id for s in state.seats), *(r.id for r in state.representatives)])
        digest = platform.keep(listing.encode(), "panel", "text/plain").sha256
        size = len(state.seats) + len(state.representatives)
        tx.act(facts.tender(name), RecordPanel(lot, digest, size, len(state.seats), blind))
    return tx.recorded[1]


def disclose(platform: Platform, name: str, lot: str, actor: Actor = DRAW) -> Recorded:
    """The members by name, after the award.

    Raises:
        Refused: ``panel.not-entitled``, ``panel.award`` while the lot has no winner (招标投标法 第三十七条).
    """
    entitled(platform, actor, name, "agency", "principal", "platform")
    stream, tender = facts.panel(name, lot), platform.ledger.state(facts.tender(name))
    assert isinstance(tender, Tender)
    award = next((f"{name}.{lot}" for x in tender.lots if x.spec.id == lot and x.winner), "")
    panel = panel_of(platform, name, lot)
    due = panel.seats if award and panel.phase == "complete" else ()  # a refusal is public as well, and must name nobody
    told = NameFacts(people.names(platform, (seat.id for seat in due)))
    with platform.ledger.begin(actor=actor, write={stream}) as tx:
        tx.act(stream, DisclosePanel(award), told, records(platform, name, lot))
        tx.disclose(stream, "awarded")
    return tx.recorded[0]


def proof(platform: Platform, name: str, lot: str) -> bytes:
    """The public proof of the draw, with the log's receipts of its plan and commitments (experts/SPEC.md 12); of an appointment
    the file that says so (18).

    Raises:
        Refused: ``panel.phase`` before the panel is disclosed.
    """
    state, done = panel_of(platform, name, lot), acts(platform.ledger, facts.panel(name, lot))
    if state.appointment is not None:
        decided = [id for act, id in done if act == DECIDED][-1:] if state.phase == "disclosed" else []
        return appointed(state, [base64(platform.ledger.receipt(id)) for id in decided])
    if state.snapshot is None:
        raise Refused("panel.phase", phase=state.phase)
    planned = max((i for i, (act, _) in enumerate(done) if act == PLANNED), default=0)
    bound = [id for act, id in done[planned:] if act in (PLANNED, COMMITTED)]
    bound = [*_registrations(platform, name, state), *bound]
    receipts = [base64(platform.ledger.receipt(id)) for id in bound] if state.phase == "disclosed" else []
    return build(state, load(state.snapshot.sha256, platform.vault.read), receipts)


def _registrations(platform: Platform, name: str, state: Panel) -> list[str]:
    """The entries by which holders of the plan's last inputs registered their keys."""
    holders = keyholders(platform, name, state.plan) if state.plan else {}
    streams = dict.fromkeys(facts.org(code) for codes in holders.values() for code in codes)
    return [id for stream in streams for act, id in acts(platform.ledger, stream) if act == KEY_REGISTERED]


def keyholders(platform: Platform, name: str, plan: Plan) -> dict[str, tuple[str, ...]]:
    """By role of the plan's last inputs: who may give it.  Principal and agency are this tender's own."""
    tender = platform.ledger.state(facts.tender(name))
    assert isinstance(tender, Tender)
    project = tender.project
    own = {"principal": project.principal, "agency": project.agency} if project else {}
    found = {}
    with reading(platform.engine) as db:
        for role in dict.fromkeys(h.role for h in plan.vrf):
            found[role] = (own[role],) if own.get(role) else queries.holders(db, role)
    return found


def members(platform: Platform, name: str, lot: str) -> tuple[str, ...]:
    """The names of a disclosed panel."""
    return tuple(m.name for m in panel_of(platform, name, lot).members)


def refill(platform: Platform, name: str, lot: str) -> None:
    """Fill every vacant seat; who follows somebody that the machine called is called by the machine, in the same act.

    Where the purchaser appointed its experts it appoints their successors too.
    """
    if panel_of(platform, name, lot).appointment is not None:
        return
    stream = facts.panel(name, lot)
    pool = records(platform, name, lot)
    while vacant := [i for i, s in enumerate(panel_of(platform, name, lot).seats) if s.state == "vacant"]:
        seat, channel = vacant[0], panel_of(platform, name, lot).seats[vacant[0]].channel
        with platform.ledger.begin(actor=DRAW, write={stream}) as tx:
            tx.act(stream, ReplaceSeat(seat), None, pool)
            held = tx.state(stream)
            assert isinstance(held, Panel)
            if channel in AUTOMATIC and held.seats[seat].state == "drawn":
                _ring_up(tx, stream, seat, channel)


def panel_of(platform: Platform, name: str, lot: str) -> Panel:
    """The state of a panel."""
    state = platform.ledger.state(facts.panel(name, lot))
    assert isinstance(state, Panel)
    return state


def records(platform: Platform, name: str, lot: str) -> tuple[Blob, ...]:
    """The record file of the snapshot that the plan is bound to, or those of the experts who were appointed without one."""
    state = panel_of(platform, name, lot)
    named = (state.snapshot.sha256,) if state.snapshot else state.records
    return tuple(Blob(sha256, platform.vault.size(sha256) or 0, RECORDS) for sha256 in named)


def entitled(platform: Platform, actor: Actor, name: str, *roles: str) -> None:
    """The actor's organisation holds one of these roles, and principal or agency are this tender's own.

    Raises:
        Refused: ``panel.not-entitled``.
    """
    tender, own = platform.ledger.state(facts.tender(name)), platform.ledger.state(facts.org(actor.org or "none"))
    assert isinstance(tender, Tender) and isinstance(own, Org)
    project = tender.project
    parties = {"principal": project.principal, "agency": project.agency} if project else {}
    held = {r for r in roles if r in own.roles and parties.get(r, actor.org) == actor.org}
    if actor.org in parties.values():
        held.discard("bidder")
    if actor.kind != "system" and not held:
        raise Refused("panel.not-entitled", actor=actor.id, allowed=list(roles))
