"""The experts' floor on the real ledger: from an expert's application to the signed report, its readers, its public proof.

Replay then finds nothing, on both databases.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from archive import canonical
from archive.envelope import RESTRICTED
from archive.errors import Refused
from archive.keys import Keys
from archive.ledger import Blob, Ledger
from archive.ledger.audit import audit
from archive.policy import Policy, parse_policy
from archive.values import DAY, MINUTE, Actor, Instant, Money
from archive.vault import Vault
from experts import evaluation, expert, panel, pool, queries
from experts.evaluation.marking import marks_commitment
from experts.evaluation.messages import (
    Bid,
    CheckIn,
    CommitMarks,
    ConcludeReview,
    ElectLeader,
    Member,
    OpenRoom,
    RevealMarks,
    SignLetter,
    SignReport,
    SubmitReport,
    Summarise,
)
from experts.expert.messages import Admit, Apply, Employment, IdentityFacts, Person, Review
from experts.methods import Item, LowPriceFirst, Method
from experts.panel.messages import (
    BidderFacts,
    CallExpert,
    CommitNonce,
    CompletePanel,
    DisclosePanel,
    ExecuteDraw,
    NameRepresentatives,
    PlanDraw,
    PoolFacts,
    PublishDraw,
    RecordReply,
    ReplaceSeat,
    RevealNonce,
    ScreenConflicts,
    SnapshotRef,
)
from experts.pool import TakeSnapshot
from experts.proof import build, verify_proof
from experts.snapshot import load, take
from tests.unit.experts import cast
from tests.unit.experts.cast import BEACON_AT, DEADLINE, K_SNAP, PLANNED, ROLES
from tests.unit.experts.plays import EVIDENCE, PURCHASER

DESK = Actor("desk", "system")
PANEL, ROOM, POOL = "panel/T1.L1", "evaluation/T1.L1", "pool/530500"
DECIDERS: dict[str, Any] = {d.kind: d for d in (expert.DECIDER, pool.DECIDER, panel.DECIDER, evaluation.DECIDER)}


class House:
    """A ledger whose clock stands where the last act left it."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        chance = Random(7)
        self.now: Instant = PLANNED - 10 * DAY
        self.vault = vault
        self.ledger = Ledger(
            engine, DECIDERS, Keys.fleeting(chance.randbytes), vault, lambda: self.now, chance.randbytes, "log.example/1", "r1"
        )
        self.snapshot: SnapshotRef | None = None
        self.blobs: tuple[Blob, ...] = ()

    def act(self, stream: str, command: Any, at: Instant = 0, facts: Any = None, blobs: tuple[Blob, ...] = ()) -> str:
        self.now = max(self.now + 1, at)
        return self.ledger.act(stream, command, actor=DESK, facts=facts, blobs=blobs, at=self.now).id

    @property
    def panel(self) -> panel.Panel:
        state: panel.Panel = self.ledger.state(PANEL)
        return state

    def admit(self, count: int) -> None:
        """Some experts of the pool apply and are admitted; the snapshot also holds the others."""
        for person in cast.pool()[:count]:
            stream, identity = f"expert/{person.id}", sha256(person.id.encode()).hexdigest()
            jobs = (Employment(person.orgs[0], 20200101),)
            command = Apply(
                identity=identity, cats=person.cats, region=person.region, employment=jobs, title="高级工程师", years=10
            )
            self.now += 1
            with self.ledger.begin(actor=DESK, write={stream}, at=self.now) as tx:
                tx.act(stream, replace(command, person=tx.hide(stream, Person(person.name))), IdentityFacts())
            self.act(stream, Review(True))
            self.act(stream, Admit(20300101))

    def take_snapshot(self) -> None:
        self.snapshot, blobs = cast.file_of(take(cast.pool(), K_SNAP))
        raw = blobs[self.snapshot.sha256]
        self.vault.put_bytes(raw)
        self.blobs = (Blob(self.snapshot.sha256, len(raw), f"application/jsonl{RESTRICTED}"),)
        self.act(POOL, TakeSnapshot(self.snapshot), PLANNED - MINUTE, blobs=self.blobs)

    def draw(self) -> list[str]:
        """Plan, contributions and draw; the ids of the entries whose receipts the proof carries."""
        assert self.snapshot is not None
        facts = PoolFacts(self.ledger.state(POOL).snapshots)
        ids = [self.act(PANEL, PlanDraw(cast.plan(), self.snapshot), PLANNED, facts)]
        for role in ROLES:
            ids.append(self.act(PANEL, CommitNonce(role, cast.commitment(self.panel.ctx, role))))
        for role in ROLES:
            self.act(PANEL, RevealNonce(role, cast.nonce(role).hex()), DEADLINE - MINUTE)
        self.act(PANEL, ExecuteDraw(), BEACON_AT, cast.inputs(), self.blobs)
        self.act(PANEL, PublishDraw())
        return ids

    def answer(self, seat: int, reply: str) -> None:
        self.act(PANEL, CallExpert(seat, "voice"))
        self.act(PANEL, RecordReply(seat, reply, EVIDENCE))

    def complete(self) -> None:
        self.answer(0, "decline")
        self.act(PANEL, ReplaceSeat(0), blobs=self.blobs)
        for seat in range(4):
            self.answer(seat, "accept")
        self.act(PANEL, ScreenConflicts(), facts=BidderFacts(("ORG999",)), blobs=self.blobs)
        self.act(PANEL, NameRepresentatives((PURCHASER,)))
        self.act(PANEL, CompletePanel())

    def evaluate(self) -> None:
        members = (*(Member(s.id) for s in self.panel.seats), Member("R1", representative=True))
        method = Method("m", "1", LowPriceFirst("30"), (Item("t", "技术", "70"),))
        bids = tuple(Bid(f"b{n}", f"org{n}", Money(1_000_000 + 50_000 * n)) for n in range(3))
        self.act(ROOM, OpenRoom(method, "RS-2", "goods", bids, members))
        for m in members:
            self.act(ROOM, CheckIn(m.id, "S1"))
            self.act(ROOM, SignLetter(m.id, EVIDENCE))
        self.act(ROOM, ElectLeader({m.id: members[0].id for m in members}))
        self.act(ROOM, ConcludeReview("conformity"))
        sheet = {b.id: {"t": "60"} for b in bids}
        for m in members:
            self.act(ROOM, CommitMarks(m.id, marks_commitment(m.id, bytes(32), sheet)))
        for m in members:
            self.act(ROOM, RevealMarks(m.id, "00" * 32, sheet))
        self.act(ROOM, Summarise())
        for m in members:
            self.act(ROOM, SignReport(m.id, self.ledger.state(ROOM).report))
        self.act(ROOM, SubmitReport())

    def policy(self) -> Policy:
        return parse_policy("".join(f"log {k.text}\n" for k in self.ledger.notary.keys).encode() + b"quorum none\n")

    def receipts(self, ids: list[str]) -> tuple[str, ...]:
        self.ledger.integrate()
        self.ledger.checkpoint()
        return tuple(b64encode(self.ledger.receipt(i)).decode() for i in ids)


@pytest.fixture
def house(sqlite: Engine, vault: Vault) -> House:
    return House(sqlite, vault)


def play(house: House) -> tuple[House, list[str]]:
    house.admit(6)
    house.take_snapshot()
    ids = house.draw()
    house.complete()
    house.evaluate()
    return house, ids


@pytest.fixture
def played(house: House) -> tuple[House, list[str]]:
    return play(house)


def test_everything_replays_without_a_divergence_on_both_databases(database: Engine, vault: Vault) -> None:
    house, _ = play(House(database, vault))
    house.act(PANEL, DisclosePanel("tender/T1#9"), blobs=house.blobs)
    house.ledger.integrate()
    house.ledger.checkpoint()
    report = audit(house.ledger)
    assert report.text() == ""
    assert report.verdicts() == {"L1": "pass", "L2": "pass", "L3": "pass"}


def test_readers_show_names_when_they_may_be_known(played: tuple[House, list[str]]) -> None:
    house, _ = played
    with house.ledger.engine.connect() as connection:
        before = queries.panel_view(connection, "T1.L1")
        assert before is not None
        assert (before.phase, before.size, before.members) == ("complete", 5, ())
        assert before.lengths == {"A0801": 20, "A0802": 20, "B0301": 20}
        assert len(queries.seats(connection, "T1.L1")) == 4
        gone = next(r for r in queries.replies(connection, "T1.L1") if r.kind == "decline")
        assert [r.kind for r in queries.recorded_of(connection, gone.expert)] == ["decline"]
        assert queries.declines(connection)[gone.expert] == (1, 1)
        assert [(d.contacts, d.alarmed) for d in queries.depths(connection)] == [(5, False)]
        assert queries.panel_view(connection, "none") is None
    house.act(PANEL, DisclosePanel("tender/T1#9"), blobs=house.blobs)
    with house.ledger.engine.connect() as connection:
        after = queries.panel_view(connection, "T1.L1")
        assert after is not None
        assert [m.id for m in after.members] == [*(s.id for s in house.panel.seats), "R1"]


def test_readers_of_the_pool_show_files_to_their_owner_and_numbers_to_everybody(played: tuple[House, list[str]]) -> None:
    house, _ = played
    with house.ledger.engine.connect() as connection:
        view = queries.pool_view(connection, "530500")
        assert view is not None
        assert (view.n, view.date, view.codes) == (60, 20230914, 0)
        first = queries.expert_view(connection, "E0000000")
        assert first is not None
        assert (first.status, first.employer, first.cats) == ("active", "ORG000", ("A0801",))
        page = queries.experts(connection, status="active", limit=4)
        assert [e.expert for e in page] == [f"E000000{n}" for n in range(4)]
        assert [e.expert for e in queries.experts(connection, after=page[-1].expert)] == ["E0000004", "E0000005"]
        assert queries.identity_holder(connection, sha256(b"E0000003").hexdigest()) == "E0000003"
        assert queries.identity_holder(connection, "00") == ""
        assert queries.expert_view(connection, "E9") is None
        assert queries.pool_view(connection, "none") is None


def test_readers_of_a_room_show_every_outcome_and_a_bidder_its_own(played: tuple[House, list[str]]) -> None:
    house, _ = played
    with house.ledger.engine.connect() as connection:
        room = queries.room_view(connection, "T1.L1")
        assert room is not None
        assert (room.phase, room.candidates, len(room.members)) == ("submitted", ("b0", "b1", "b2"), 5)
        assert [(b.bid, b.place, b.price_score, b.total) for b in queries.bids(connection, "T1.L1")] == [
            ("b0", 1, "30.00", "90.00"),
            ("b1", 2, "28.57", "88.57"),
            ("b2", 3, "27.27", "87.27"),
        ]
        assert [b.bid for b in queries.own_result(connection, "T1.L1", "org1")] == ["b1"]
        assert queries.room_view(connection, "none") is None


def test_the_public_proof_carries_receipts_that_hold_under_the_logs_policy(played: tuple[House, list[str]]) -> None:
    house, ids = played
    house.act(PANEL, DisclosePanel("tender/T1#9"), blobs=house.blobs)
    assert house.snapshot is not None
    snapshot = load(house.snapshot.sha256, house.vault.read)
    raw = build(house.panel, snapshot, house.receipts(ids))
    report = verify_proof(raw, house.policy())
    assert report.holds, report.text()
    assert [c.name for c in report.checks][-1] == "log"
    unchecked = verify_proof(raw)
    assert "the log's receipts were not checked" in unchecked.notes
    none = verify_proof(build(house.panel, snapshot))
    assert "the file carries no receipts of the log" in none.notes


Tamper = Callable[[list[str]], list[str]]


def elsewhere(receipt: str) -> str:
    """A receipt whose path leads to another root."""
    lines = b64decode(receipt).split(b"\n")
    lines[next(n for n, line in enumerate(lines) if line.startswith(b"index ")) + 1] = b64encode(bytes(32))
    return b64encode(b"\n".join(lines)).decode()


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("no receipt of the plan", lambda log: log[1:]),
        ("not every commitment has its receipt", lambda log: log[:-1]),
        ("INCLUSION_BAD", lambda log: [log[0], elsewhere(log[1]), *log[2:]]),
        ("Error", lambda log: ["!", *log[1:]]),
    ],
)
def test_receipts_that_do_not_hold_are_named(played: tuple[House, list[str]], said: str, change: Tamper) -> None:
    house, ids = played
    house.act(PANEL, DisclosePanel("tender/T1#9"), blobs=house.blobs)
    assert house.snapshot is not None
    snapshot = load(house.snapshot.sha256, house.vault.read)
    raw = build(house.panel, snapshot, change(list(house.receipts(ids))))
    report = verify_proof(raw, house.policy())
    assert not report.holds
    assert [c.name for c in report.checks if c.wrong] == ["log"]
    assert said in report.checks[-1].wrong


def test_a_proof_of_another_draw_does_not_borrow_receipts(played: tuple[House, list[str]]) -> None:
    house, ids = played
    house.act(PANEL, DisclosePanel("tender/T1#9"), blobs=house.blobs)
    assert house.snapshot is not None
    state = house.panel
    assert state.plan is not None
    other = replace(state, plan=replace(state.plan, lot="T1.L2"))
    report = verify_proof(build(other, load(house.snapshot.sha256, house.vault.read), house.receipts(ids)), house.policy())
    wrong = {c.name: c.wrong for c in report.checks if c.wrong}
    assert wrong["log"] == "the plan in the log is another, or later than the last input"


def test_no_public_entry_before_the_disclosure_names_anybody(played: tuple[House, list[str]]) -> None:
    house, _ = played
    names = {s.id for s in house.panel.seats} | {s.rc for s in house.panel.seats}
    with house.ledger.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT body FROM trace_event e JOIN trace_disclosed d ON d.eid = e.eid WHERE stream IN (?, ?)", (PANEL, ROOM)
        ).fetchall()
    bodies = [bytes(row[0]) for row in rows]
    acts = {canonical.decode(body)["act"] for body in bodies}
    assert acts == {"panel.planned", "panel.committed", "panel.published"}
    assert not any(name.encode() in body for name in names for body in bodies)


def test_one_identity_holds_one_place_in_the_pool(house: House) -> None:
    house.admit(1)
    with house.ledger.engine.connect() as connection:
        holder = queries.identity_holder(connection, sha256(b"E0000000").hexdigest())
    again = Apply(
        name="同一人",
        identity=sha256(b"E0000000").hexdigest(),
        cats=("A0801",),
        region="530500",
        employment=(Employment("O", 20200101),),
        title="高工",
        years=10,
    )
    with pytest.raises(Refused, match=r"expert\.identity"):
        house.act("expert/E0000099", again, facts=IdentityFacts(holder=holder))
