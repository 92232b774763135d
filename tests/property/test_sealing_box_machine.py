"""Bidders, clock, trustees and pauses in any order, against a plain model of what has to stand in the box."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from archive import canonical
from archive.decider import Context, fold
from archive.errors import Refused
from archive.values import MINUTE, Actor
from bidding import box, sealed, sealing
from tests.unit.bidding import parties
from tests.unit.bidding.hall import Entered, Hall
from tests.unit.bidding.parties import CLOSES, LOT, OPENS, TENDER, Bidder, SealedEnvelope

BIDDERS = ("a", "b", "c", "d")
names = st.sampled_from(BIDDERS)
POLICY = parties.policy(modes=3)


class BoxMachine(RuleBasedStateMachine):
    """The real deciders on one side; ``model`` says for each bidder which envelope counts, if any."""

    @initialize()
    def a_box_is_opened(self) -> None:
        self.now = OPENS
        self.hall = Hall(POLICY).open()
        self.bidders = {name: Bidder(name, POLICY) for name in BIDDERS}
        self.chains = dict.fromkeys(BIDDERS, sealed.SealedBid())
        self.model: dict[str, SealedEnvelope] = {}
        self.deadline, self.paused_at = CLOSES, 0
        self.released: set[tuple[int, str]] = set()
        self.closed = False
        self.moves = 0
        for name in "abc":
            self.a_bidder_submits(name)

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(on=st.sampled_from([-1, 0, 1]))
    def time_comes_to_the_deadline(self, on: int) -> None:
        self.now = max(self.now, self.deadline + on)

    def _submit(self, name: str, raw: bytes, envelopes: list[SealedEnvelope]) -> str:
        state, bidder = self.chains[name], self.bidders[name]
        terms = sealed.Terms(
            tender=TENDER,
            lot=LOT,
            stages=(1,),
            policy=sealing.encode_policy(POLICY).hex(),
            closes_at=self.hall.state.closes_at,
            opens_at=OPENS,
            paused=bool(self.hall.state.paused_at),
        )
        command = sealed.Submit(raw.hex(), tuple(e.raw.hex() for e in envelopes))
        try:
            events = sealed.decide(state, command, Context(at=self.now, actor=bidder.actor, facts=terms, rx=self.now))
        except Refused as refusal:
            return refusal.code
        self.chains[name] = fold(sealed.DECIDER, state, events)
        bidder.accepted(raw)
        return "accepted"

    @rule(name=names)
    def a_bidder_submits(self, name: str) -> None:
        envelope = self.bidders[name].seal(b"index of " + name.encode())
        said = self._submit(name, self.bidders[name].message(envelope), [envelope])
        if self.now >= self.deadline:
            assert said == "bid.late"
        elif self.paused_at:
            assert said == "bid.paused"
        else:
            assert said == "accepted"
            self.model[name] = envelope

    @rule(name=names)
    def a_bidder_withdraws(self, name: str) -> None:
        said = self._submit(name, self.bidders[name].message(action=sealing.WITHDRAW), [])
        if self.now < self.deadline and not self.paused_at and name in self.model:
            assert said == "accepted"
            del self.model[name]
        else:
            assert said != "accepted"

    def _act(self, command: box.Command, actor: Actor = Actor.system("bell"), facts: Any = None) -> str:
        try:
            self.hall.act(command, self.now, actor, facts)
        except Refused as refusal:
            return refusal.code
        return "done"

    @precondition(lambda self: self.moves < 2)
    @rule(minutes=st.integers(1, 60))
    def the_deadline_is_moved(self, minutes: int) -> None:
        self.moves += 1
        said = self._act(box.MoveDeadline(self.deadline + minutes * MINUTE, "澄清"))
        if not self.closed and (self.paused_at or self.now) < self.deadline:
            assert said == "done"
            self.deadline += minutes * MINUTE
        else:
            assert said != "done"

    @precondition(lambda self: self.moves < 4)
    @rule()
    def the_box_is_paused(self) -> None:
        self.moves += 1
        said = self._act(box.PauseBox("投诉"))
        if said == "done":
            assert not self.paused_at
            self.paused_at = self.now

    @precondition(lambda self: self.paused_at)
    @rule()
    def the_box_is_resumed(self) -> None:
        assert self._act(box.ResumeBox(why="已处理")) == "done"
        if not self.closed and self.paused_at < self.deadline:
            self.deadline += self.now - self.paused_at
        self.paused_at = 0

    @rule()
    def the_bell_rings(self) -> None:
        entered = [Entered(f"sealed/{i:032x}", self.bidders[n], []) for i, n in enumerate(BIDDERS)]
        held = tuple(
            replace(e.held(), envelopes=self.chains[n].envelopes, received_at=self.chains[n].received_at)
            for e, n in zip(entered, BIDDERS, strict=True)
        )
        said = self._act(box.CloseBox(), facts=box.Held(held))
        if self.closed or self.paused_at or self.now < self.deadline:
            assert said != "done"
            return
        assert said == "done"
        self.closed = True
        listed = {i for b in self.hall.state.listed for i in b.envelopes}
        assert self.hall.state.count == len(self.model)
        if len(self.model) >= 3:
            assert listed == {e.id.hex() for e in self.model.values()}
            for e in entered:
                e.envelopes = [self.model[e.bidder.name]] if e.bidder.name in self.model else []
            self.hall.entered = [e for e in entered if e.envelopes]
            named = tuple(box.Named(e.stream, e.bidder.name, e.bidder.name) for e in self.hall.entered)
            assert self._act(box.NameBidders(), facts=box.Names(named)) == "done"
        else:
            assert self.hall.state.phase == "kept" and listed == set()

    @rule(late=st.integers(0, 2))
    def the_deadline_comes_and_the_bell_rings(self, late: int) -> None:
        self.now = max(self.now, self.deadline + late)
        self.the_bell_rings()

    @rule(j=st.integers(1, 3), name=names)
    def a_trustee_releases(self, j: int, name: str) -> None:
        if self.hall.state.phase != "opening" or name not in self.model:
            e = self.model.get(name)
            if e is not None:
                share = box.Share(e.id.hex(), e.releases(j)[0].share, e.releases(j)[0].r)
                line = box.Lines((box.Line(e.id.hex(), e.parsed.ctx.hex(), e.parsed.shares[j - 1].c.hex()),))
                command = box.ReleaseShares(self.hall.state.closing_list, j, (share,))
                assert self._act(command, self.hall.trustee(j), line) != "done"
            return
        command, _, actor, facts = self.hall.releasing(j, name, at=self.now)
        said = self._act(command, actor, facts)
        expected = self.now < self.hall.state.ends_at and not self.paused_at and (j, name) not in self.released
        assert (said == "done") == expected
        if expected:
            self.released.add((j, name))

    @precondition(lambda self: self.hall.state.phase == "opening")
    @rule(j=st.integers(1, 3))
    def a_trustee_releases_all(self, j: int) -> None:
        for name in self.model:
            self.a_trustee_releases(j, name)

    @precondition(lambda self: self.hall.state.phase == "opening" and not self.paused_at)
    @rule(name=names)
    def an_envelope_is_judged(self, name: str) -> None:
        if name not in self.model:
            return
        command, facts = self.hall.judging(name)
        said = self._act(command, facts=facts)
        answers = {n: {j for j, m in self.released if m == n} for n in self.model}
        over = self.now >= self.hall.state.ends_at or all(len(js) >= 2 for js in answers.values())
        ballot = next(b for b in self.hall.state.on_stage if b.envelope == self.model[name].id.hex())
        assert said in ("done", "box.judged") if over else said in ("box.window-open", "box.judged")
        if ballot.verdict is not None and said == "done":
            assert ballot.verdict == ("opened" if len(answers[name]) >= 2 else "trustees-short")

    @precondition(lambda self: self.hall.state.phase == "opening" and not self.paused_at)
    @rule()
    def all_are_judged_and_the_opening_is_concluded(self) -> None:
        for name in self.model:
            self.an_envelope_is_judged(name)
        done = all(b.verdict is not None for b in self.hall.state.on_stage)
        assert self._act(box.ConcludeOpening()) == ("done" if done else "box.not-judged")

    @invariant()
    def a_box_that_takes_bids_shows_none(self) -> None:
        if self.hall.state.phase == "accepting":
            text = canonical.encode(self.hall.state).decode()
            assert all(e.id.hex() not in text for e in self.model.values())
            assert [table for table, _, _ in box.rows("box/x", self.hall.state)] == ["box"]

    @invariant()
    def the_deadline_is_the_models(self) -> None:
        assert self.hall.state.closes_at == self.deadline and bool(self.hall.state.paused_at) == bool(self.paused_at)

    @invariant()
    def rows_hold_no_secret(self) -> None:
        shown = repr(list(box.rows("box/x", self.hall.state)))
        assert all(e.seed.hex() not in shown for e in self.model.values())


TestBoxMachine = BoxMachine.TestCase
TestBoxMachine.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
