"""A panel under any sequence of acts: invariants after every step, and at the end a proof that holds."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from archive.errors import Refused
from archive.values import MINUTE
from experts.panel import Panel
from experts.panel.messages import (
    BidderFacts,
    CallExpert,
    CompletePanel,
    DisclosePanel,
    ExecuteDraw,
    NameRepresentatives,
    RecordReply,
    ReplaceSeat,
    ScreenConflicts,
    VacateSeat,
)
from experts.plan import Rules, Rung
from experts.proof import build, verify_proof
from experts.snapshot import take
from tests.unit.experts import cast, plays
from tests.unit.experts.cast import BEACON_AT, K_SNAP
from tests.unit.experts.plays import EVIDENCE, PURCHASER
from tests.unit.experts.stage import Stage

SITTING = ("drawn", "called", "accepted")
seats = st.integers(0, 4)


class PanelMachine(RuleBasedStateMachine):
    """All acts after the draw, legal and illegal; whatever is refused changes nothing."""

    panel: Stage[Panel]

    def __init__(self) -> None:
        super().__init__()
        self.now = BEACON_AT
        self.furthest: dict[str, int] = {}

    @initialize(capped=st.booleans(), withheld=st.booleans())
    def drawn(self, capped: bool, withheld: bool) -> None:
        caps = {"530500": 2} if capped else {}
        plan = cast.plan(rules=Rules(20230101, 5, 1, caps), ladder=(Rung("B0301", ("A0802",)),))
        self.panel = plays.revealed(plan, without=("agency",) if withheld else ())
        self.panel.act(ExecuteDraw(), self.now, cast.inputs())
        self.records = {r.id: r for r in cast.pool()}

    def try_(self, command: object, facts: object = None) -> None:
        self.now += 20 * MINUTE
        before = self.panel.state
        try:
            self.panel.act(command, self.now, facts)
        except Refused:
            assert self.panel.state is before

    @rule(seat=seats)
    def call(self, seat: int) -> None:
        self.try_(CallExpert(seat, "voice"))

    @rule(seat=seats, reply=st.sampled_from(("accept", "decline", "timeout", "maybe")))
    def reply(self, seat: int, reply: str) -> None:
        self.try_(CallExpert(seat, "sms"))
        self.try_(RecordReply(seat, reply, EVIDENCE))

    @rule(seat=seats)
    def replace(self, seat: int) -> None:
        self.try_(ReplaceSeat(seat))

    @rule(seat=seats)
    def vacate(self, seat: int) -> None:
        self.try_(VacateSeat(seat, "recusal", EVIDENCE))

    @rule(orgs=st.lists(st.integers(0, 19), max_size=3, unique=True))
    def screen(self, orgs: list[int]) -> None:
        self.try_(ScreenConflicts(), BidderFacts(tuple(f"ORG{n:03d}" for n in orgs)))

    @rule()
    def draw_again(self) -> None:
        before = self.panel.state.seats
        self.try_(ExecuteDraw(), cast.inputs())
        assert self.panel.state.seats == before

    @rule()
    def complete(self) -> None:
        self.try_(NameRepresentatives((PURCHASER,)))
        self.try_(CompletePanel())

    @precondition(lambda self: self.panel.state.phase in ("drawn", "complete"))
    @rule()
    def finish(self) -> None:
        """Everybody still wanted accepts, vacancies are filled, the names come out, and the proof holds."""
        for _ in range(80):
            open_seats = [i for i, s in enumerate(self.panel.state.seats) if s.state != "accepted"]
            if not open_seats or self.panel.state.phase not in ("drawn", "complete"):
                break
            for seat in open_seats:
                self.try_(ReplaceSeat(seat))
                self.reply(seat, "accept")
        self.complete()
        self.try_(DisclosePanel("tender/T1#9"))
        if self.panel.state.phase == "disclosed":
            report = verify_proof(build(self.panel.state, take(cast.pool(), K_SNAP)))
            assert report.holds, report.text()

    @invariant()
    def holds(self) -> None:
        state = self.panel.state
        sitting = [s for s in state.seats if s.state in SITTING]
        assert len({s.id for s in sitting}) == len(sitting)
        assert not {s.id for s in sitting} & set(state.left)
        employers = [self.records[s.id].orgs[0] for s in sitting]
        assert len(set(employers)) == len(employers)
        for cat, at in state.furthest.items():
            assert at >= self.furthest.get(cat, -1)
        self.furthest = dict(state.furthest)
        if state.phase in ("complete", "disclosed"):
            assert all(s.state == "accepted" for s in state.seats)


TestPanelMachine = PanelMachine.TestCase
TestPanelMachine.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
