"""A tender as a machine through the desks: anybody asks anything at any time; model = projection = replay after every step.

The model is a plain dictionary of what must be so: the stage, the deadline, who has how many versions in force, what
was paused.  After every step the projected rows say the same, replay finds nothing, and the tree extends the last one.
"""

import atexit
import secrets
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from archive import merkle
from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.database import reading
from archive.errors import Refused, SunlitError
from archive.ledger import tree as ledger_tree
from archive.notes import parse_note
from archive.values import DAY, HOUR, SECOND, Actor, Instant
from bidding.tables import box as box_table
from bidding.tables import sealed_bid
from bidding.tool import Place
from tests.conftest import complete
from trading import house
from trading.cli.play import configured
from trading.commands import AmendDeadline, Award, CloseBids, OpenBids, ResumeTender, TerminateTender
from trading.demo import cast, entry, works
from trading.demo.players import Keeper, Supplier, speak, supplier
from trading.demo.programme import Programme
from trading.demo.prologue import prologue
from trading.demo.run import OPENS
from trading.demo.stage import Stage
from trading.desk import audit, bell, bids, facts, opening, publication, result
from trading.platform import Platform
from trading.tables import tender as tender_table

BIDDERS = st.sampled_from((0, 1, 2, 4))
OUTSIDERS = st.sampled_from(
    (
        speak(cast.SUPPLIERS[6], "bidder"),
        speak(cast.AGENCY_GOODS, "agency"),
        speak(cast.REGULATOR, "regulator", "regulator"),
        Actor(id="nobody", kind="user"),
    )
)


@dataclass
class Model:
    """What must be so."""

    stage: str = "published"
    deadline: Instant = 0
    versions: dict[int, int] = field(default_factory=dict)
    in_force: set[int] = field(default_factory=set)
    paused: str = ""
    checkpoint: Checkpoint | None = None


@cache
def published() -> tuple[Path, Instant, tuple[Keeper, ...]]:
    """The works tender of the demonstration, published and nobody has bid: folder, time, trustees; each journey has a copy."""
    root = Path(tempfile.mkdtemp(prefix="sunlit-journey-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    stage = Stage(OPENS)
    platform = house.assemble(configured(root), stage.clock, secrets.token_bytes)
    complete(platform.engine)  # projections that other tests declared in this process
    show = Programme(platform, lambda _play, _text: None)
    stage.play([prologue(show, 0), works.publish_only(show)], lambda until: ring(platform, until))
    platform.engine.dispose()
    return root, stage.now, show.keepers


def ring(platform: Platform, until: Instant) -> Instant | None:
    """The bell rings for what is due; the next that will be."""
    bell.rung(platform)
    return bell.upcoming(platform, until)


class Journey(RuleBasedStateMachine):
    """From the notice to the opening, in any order."""

    def __init__(self) -> None:
        super().__init__()
        root, now, self.keepers = published()
        self.folder = tempfile.TemporaryDirectory()
        copy = Path(self.folder.name) / "copy"
        shutil.copytree(root, copy)
        self.stage = Stage(now + SECOND)
        self.platform = house.assemble(configured(copy), self.stage.clock, secrets.token_bytes)
        self.model = Model()
        self.suppliers: dict[int, Supplier] = {}

    @initialize()
    def begin(self) -> None:
        """Nobody has bid."""
        self.model.deadline = result.state_of(self.platform, works.NAME).times.deadline
        self.suppliers = {n: supplier(cast.SUPPLIERS[n], secrets.token_bytes) for n in (0, 1, 2, 4)}

    def teardown(self) -> None:
        self.platform.engine.dispose()
        self.folder.cleanup()

    @property
    def open_for_bids(self) -> bool:
        """Whether a bid that arrives now is in time."""
        m = self.model
        return m.stage == "published" and not m.paused and self.platform.clock() < m.deadline

    @rule(who=BIDDERS, yuan=st.integers(3_000_000, 4_700_000))
    def somebody_bids(self, who: int, yuan: int) -> None:
        """A bid in time is received, or replaces; any other is refused and changes nothing."""
        bidder, place = self.suppliers[who], Place(works.NAME, works.LOT)
        rules = opening.policy_of(self.platform, works.NAME, works.LOT)
        form = works.form(bidder.unit, yuan, 100, "演")
        envelope = bidder.seal(self.platform, place, rules, form, {"a.pdf": b"a"}, self.platform.clock())
        expected = self.open_for_bids
        try:
            bidder.hand_in(self.platform, place, [envelope], self.platform.clock())
        except Refused as no:
            assert not expected, no
            return
        assert expected
        self.model.versions[who] = self.model.versions.get(who, 0) + 1
        self.model.in_force.add(who)

    @rule(who=BIDDERS)
    def somebody_withdraws(self, who: int) -> None:
        """Only what is in force can be withdrawn, and only in time."""
        expected = self.open_for_bids and who in self.model.in_force
        try:
            self.suppliers[who].hand_in(self.platform, Place(works.NAME, works.LOT), [], self.platform.clock())
        except Refused as no:
            assert not expected, no
            return
        assert expected
        self.model.versions[who] += 1
        self.model.in_force.discard(who)

    @rule(raw=st.binary(max_size=60), envelope=st.binary(max_size=60))
    def somebody_sends_rubbish(self, raw: bytes, envelope: bytes) -> None:
        """Whatever bytes: a coded refusal."""
        with suppress(Refused):
            actor = self.suppliers[0].actor
            bids.submit(self.platform, actor, works.NAME, works.LOT, raw, (envelope,), self.platform.clock())
            raise AssertionError("rubbish was received")

    @rule(actor=OUTSIDERS, pick=st.integers(0, 5))
    def an_outsider_asks(self, actor: Actor, pick: int) -> None:
        """Acts of others than the parties: refused, on record, without effect."""
        commands = (
            AmendDeadline(self.model.deadline + DAY, "x", "x", "0" * 64),
            CloseBids(),
            OpenBids(),
            Award(works.LOT, cast.SUPPLIERS[0].code),
            TerminateTender("order", "x", "x", "0" * 64),
            ResumeTender("none", "x"),
        )
        with suppress(SunlitError):
            publication.act(self.platform, actor, works.NAME, commands[pick])
            raise AssertionError(f"{actor} could {commands[pick]}")

    @rule(days=st.integers(1, 20))
    def the_agency_extends(self, days: int) -> None:
        """Later, and only before the deadline in force."""
        expected = self.open_for_bids
        wanted = self.model.deadline + days * DAY
        text = self.platform.keep(f"延期 {wanted}".encode(), "extension.txt", "text/plain").sha256
        try:
            publication.act(self.platform, works.AGENCY, works.NAME, AmendDeadline(wanted, "延期", "延期公告", text))
        except Refused as no:
            assert not expected, no
            return
        assert expected
        self.model.deadline = wanted

    @precondition(lambda self: self.model.stage == "published")
    @rule()
    def the_regulator_suspends_or_resumes(self) -> None:
        """One pause at a time; what was left of the time is kept."""
        m = self.model
        if m.paused:
            publication.act(self.platform, entry.REGULATOR, works.NAME, ResumeTender(m.paused, "核查完毕"))
            m.paused = ""
            m.deadline = result.state_of(self.platform, works.NAME).times.deadline
            assert m.deadline > self.platform.clock()
        elif self.platform.clock() < m.deadline:
            m.paused = publication.suspend(self.platform, entry.REGULATOR, works.NAME, "supervision-order", "核查", "令1")

    @rule(hours=st.sampled_from((1, 7, 49, 500)))
    def time_passes(self, hours: int) -> None:
        """The bell rings for whatever falls due on the way."""
        until = self.stage.now + hours * HOUR
        while (due := ring(self.platform, until)) is not None:
            self.stage.advance(due)
        self.stage.advance(until)
        bell.rung(self.platform)
        if self.model.stage == "published" and not self.model.paused and self.platform.clock() >= self.model.deadline:
            self.model.stage = "closed"

    @precondition(lambda self: self.model.stage == "closed" and len(self.model.in_force) >= 3)
    @rule(j=st.sampled_from((1, 2, 3)))
    def a_trustee_releases(self, j: int) -> None:
        """At any time after the closing, also twice, also too late."""
        with suppress(Refused):
            self.keepers[j - 1].release(self.platform, works.NAME, works.LOT, j)

    @invariant()
    def model_and_projection_and_replay_agree(self) -> None:
        """Nothing diverges, nothing is lost, the tree only grows."""
        if not self.suppliers:
            return
        m = self.model
        with reading(self.platform.engine) as db:
            row = db.execute(select(tender_table).where(tender_table.c.tender == works.NAME)).mappings().one()
            box = db.execute(select(box_table).where(box_table.c.stream == facts.box(works.NAME, works.LOT))).mappings().one()
            chains = db.execute(select(sealed_bid.c.org, sealed_bid.c.seq, sealed_bid.c.standing)).all()
        known = {cast.SUPPLIERS[n].code: (v, "in-force" if n in m.in_force else "withdrawn") for n, v in m.versions.items()}
        assert {c.org: (c.seq, c.standing) for c in chains} == known
        if m.stage == "published":
            assert (row["stage"], row["deadline"], box["phase"], box["closes_at"]) == (
                "published",
                m.deadline,
                "accepting",
                m.deadline,
            )
            assert box["count"] == 0, "a box that takes bids tells how many there are"
        else:
            assert box["count"] == len(m.in_force)
            assert (box["phase"] == "kept") == (len(m.in_force) < 3)
        report = audit.replay(self.platform)
        assert report.clean, report.text()
        note = parse_checkpoint(parse_note(self.platform.ledger.checkpoint()).text)
        if m.checkpoint is not None:
            with reading(self.platform.engine) as db:
                proof = merkle.consistency(m.checkpoint.size, note.size, ledger_tree.Hashes(db).hash_of)
            assert merkle.check_consistency(m.checkpoint.size, note.size, m.checkpoint.root, note.root, proof)
        m.checkpoint = note

    @invariant()
    def no_price_is_readable_before_the_opening(self) -> None:
        """No projected row holds a form while the box takes bids."""
        if not self.suppliers or self.model.stage != "published":
            return
        with reading(self.platform.engine) as db:
            assert db.exec_driver_sql("SELECT count(*) FROM box_envelope").scalar_one() == 0


Journey.TestCase.settings = settings(
    max_examples=4, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
TestJourney = Journey.TestCase
