"""The tender as a machine: every command with lawful and unlawful arguments, by anybody, at any time.

After every step: what is refused is refused by a known code and changes nothing; what is decided is decided
again to the same bytes; the state is the fold of the events; and the promises below hold.
"""

from datetime import date

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from archive.canonical import decode, encode
from archive.decider import Context, fold
from archive.errors import Refused
from archive.values import DAY, HOUR, Actor, Instant, Money
from tests.tender_play import (
    AGENCY,
    BELL,
    BIDDER,
    BIDDERS,
    BLIND,
    CENTRE,
    ITEM,
    OTHER_REGULATOR,
    PRINCIPAL,
    REGISTER,
    REGULATOR,
    ROLES,
    SHA,
    YUAN,
    bid,
    bj,
    draft,
    goods,
    mandate,
    notice,
    out,
    place,
    spec,
    works,
)
from trading import commands as c
from trading.events import BidsOpened, DeadlineAmended, Event, LimitExceeded, LotAwarded, TenderResumed
from trading.lifecycle import DECIDER, LAW
from trading.lifecycle.awards import candidates
from trading.lifecycle.drafting import draft_digest
from trading.lifecycle.dues import dues
from trading.lifecycle.records import rows_digest
from trading.parties import SCOPES
from trading.rulebook import rulebook
from trading.tender import ENDED, Closing, GroundFound, PassedOver, SealedHead, Tender, TenderFacts

ACTORS = (PRINCIPAL, AGENCY, CENTRE, REGULATOR, OTHER_REGULATOR, BIDDER, BELL)
FINAL = ("refused", "terminated", "failed", "archived")
LOTS = st.sampled_from(("L1", "L2", "L9"))
NAMES = st.sampled_from(("P1", "O1", "O2", "Q1"))
REASONS = st.sampled_from(("", "理由"))
RANKINGS = st.sampled_from(
    (
        ((place(2, 1, 4_500_000), place(1, 2, 4_600_000), place(0, 3, 4_700_000)), (), ""),
        ((place(2, 1, 4_500_000), place(1, 1, 4_500_000), place(0, 3, 4_700_000)), (), ""),
        ((place(2, 1, 4_500_000), place(1, 2, 4_600_000)), (out(0),), "sufficient"),
        ((place(2, 1, 4_500_000),), (out(0), out(1)), "lacking"),
        ((), (out(0), out(1), out(2)), ""),
        ((place(2, 1, 4_900_000), place(1, 2, 1), place(0, 3, 1)), (), ""),
    )
)
PASSED = st.lists(
    st.builds(PassedOver, st.sampled_from(BIDDERS), st.sampled_from(("55-1", "49-1", "dear"))),
    max_size=2,
    unique_by=lambda p: p.bidder,
).map(tuple)


def commands(now: Instant, state: Tender) -> st.SearchStrategy[c.Command]:
    """Any command, near enough to the state to be lawful now and then."""
    soon = st.sampled_from((0, 1, HOUR, DAY, 3 * DAY, 20 * DAY, 40 * DAY)).map(lambda d: now + d)
    papers = st.sampled_from((("公告", SHA), ("", SHA), ("公告", "")))
    digest = draft_digest(state.draft) if state.draft else SHA
    keys = [d.key for d in dues(state)] or ["none:::0"]
    return st.one_of(
        st.builds(c.AcceptRegistration),
        st.builds(lambda g: c.RefuseRegistration((GroundFound(g, SHA),), "说明"), st.sampled_from(("restricted", "mood"))),
        st.sampled_from((draft(), draft(lots=(spec("L1"), spec("L2"))), draft(lots=()))).map(c.DraftTender),
        st.sampled_from((digest, SHA)).map(c.ApproveDocuments),
        st.builds(lambda a, b: c.PublishNotice(notice(documents_from=now, documents_to=a, deadline=b)), soon, soon),
        st.builds(lambda q: c.AskQuestion(q, "问", BLIND), NAMES),
        st.builds(
            lambda affects, deadline: c.PublishClarification("澄清", SHA, affects, deadline=deadline),
            st.booleans(),
            st.one_of(st.just(0), soon),
        ),
        st.builds(lambda at: c.AmendDeadline(at, "变更", "延期", SHA), soon),
        st.sampled_from(("cn-2025", "cn-2026")).map(c.AdoptCalendar),
        st.builds(
            lambda g, lots: c.TerminateTender(g, "理由", "终止", SHA, lots),
            st.sampled_from(("purchase-dropped", "order", "force-majeure")),
            st.sampled_from(((), ("L1",), ("L2",))),
        ),
        st.builds(
            lambda p, g: c.SuspendTender(p, g, "理由", "1号"),
            NAMES,
            st.sampled_from(("system-fault", "supervision-order", "other")),
        ),
        st.builds(
            lambda p, at: c.ResumeTender(p, "好了", at),
            st.one_of(NAMES, st.sampled_from(("objection.O1",))),
            st.one_of(st.just(0), soon),
        ),
        st.builds(c.CloseBids),
        st.builds(c.OpenBids),
        st.builds(
            lambda lot, verdict: c.RecordOpening(lot, (bid(0, 1), bid(1, 1), bid(2, 1, verdict=verdict)), SHA),
            LOTS,
            st.sampled_from(("opened", "revoked", "withdrawn", "lost")),
        ),
        st.builds(
            lambda lot, size, experts: c.RecordPanel(lot, SHA, size, experts, BLIND), LOTS, st.integers(3, 9), st.integers(2, 9)
        ),
        st.builds(lambda lot, r: c.RecordEvaluation(lot, SHA, BLIND, *r), LOTS, RANKINGS),
        st.builds(lambda lot, a, b, why: c.PublishCandidates(lot, a, b, "公示", SHA, why), LOTS, soon, soon, REASONS),
        st.builds(
            lambda id, k, lot: c.FileObjection(id, k, "party", SHA, BLIND, lot),
            NAMES,
            st.sampled_from(("documents", "opening", "result")),
            LOTS,
        ),
        st.builds(
            lambda id, k, lot: c.FileChallenge(id, k, "party", SHA, BLIND, lot),
            NAMES,
            st.sampled_from(("documents", "process", "result")),
            LOTS,
        ),
        st.builds(lambda id, yes: c.ExamineComplaint(id, yes, SHA), NAMES, st.booleans()),
        st.builds(lambda id: c.DecideComplaint(id, "upheld", SHA), NAMES),
        st.builds(lambda id, about: c.FileComplaint(id, "documents", "party", SHA, BLIND, "", about), NAMES, NAMES),
        st.builds(lambda id, why: c.AnswerObjection(id, "dismissed", SHA, why), NAMES, REASONS),
        st.builds(
            lambda lot, w, p, tie, why: c.Award(lot, w, p, tie, SHA if tie else "", why),
            LOTS,
            st.sampled_from((*BIDDERS, "stranger")),
            PASSED,
            st.sampled_from(("", "draw")),
            REASONS,
        ),
        st.builds(lambda lot, g: c.RevokeAward(lot, g, "理由"), LOTS, st.sampled_from(("55-1", "49-1"))),
        st.builds(lambda lot, p, why: c.PublishResult(lot, *p, why), LOTS, papers, REASONS),
        st.builds(lambda lot: c.IssueAwardLetter(lot, SHA), LOTS),
        st.builds(
            lambda lot, day, price, why: c.RecordContract(lot, SHA, day, Money(price * YUAN), why),
            LOTS,
            st.dates(date(2026, 9, 1), date(2027, 3, 1)),
            st.sampled_from((4_500_000, 4_600_000, 1)),
            REASONS,
        ),
        st.builds(lambda lot, p, why: c.PublishContract(lot, *p, why), LOTS, papers, REASONS),
        st.builds(lambda lot: c.AcceptPerformance(lot, SHA), LOTS),
        st.builds(
            lambda lot, g: c.DeclareFailure(lot, g, "流标", SHA),
            LOTS,
            st.sampled_from(("too-few-bids", "all-rejected", "no-winner", "unlawful")),
        ),
        st.builds(lambda lots: c.Retender(lots, "T2"), st.sampled_from((("L1",), ("L2",), ()))),
        st.builds(lambda: c.ArchiveTender(SHA)),
        st.sampled_from(keys).map(c.RingBell),
    )


class Life(RuleBasedStateMachine):
    """One tender; ``told`` are all its events, ``now`` its clock."""

    def __init__(self) -> None:
        super().__init__()
        self.state: Tender = DECIDER.initial
        self.told: list[Event] = []
        self.now: Instant = bj(9, 1)
        self.counts = (3, 3)
        self.book = "cn-rs1-2019"

    def facts(self, actor: Actor) -> TenderFacts:
        living = self.state.live()
        closings = tuple(Closing(lot.spec.id, n, SHA, n < 3) for lot, n in zip(living, self.counts, strict=False))
        held = mandate(tuple(SCOPES)) if actor is AGENCY else None
        heads = tuple(SealedHead(f"sealed/{n:032x}", 1, "x") for n in range(6))
        return TenderFacts(ROLES.get(actor.id, ()), True, False, held, ITEM, closings, heads, "bidder" if actor is BIDDER else "")

    def ask(self, command: c.Command, actor: Actor) -> tuple[Event, ...]:
        """Decide twice; take over what was decided; nothing on a refusal."""
        told = self.facts(actor)
        if isinstance(command, c.RecordOpening):
            told = replace(told, opening=rows_digest(command.rows))
        context = Context(self.now, actor, told)
        before = encode(self.state)
        try:
            events = DECIDER.decide(self.state, command, context)
        except Refused as e:
            assert e.code in LAW
            encode(e.params)
            assert encode(self.state) == before
            return ()
        again = DECIDER.decide(
            decode(before, Tender),
            decode(encode(command), c.Command),  # type: ignore[arg-type]
            Context(self.now, actor, decode(encode(context.facts), TenderFacts)),
        )
        assert encode(events) == encode(again)
        assert events
        assert self.state.stage not in ("archived", "refused")
        self.promises(events)
        self.state = fold(DECIDER, self.state, events)
        self.told += events
        return events

    def promises(self, events: tuple[Event, ...]) -> None:
        """What no event may ever do to the state before it."""
        for event in events:
            match event:
                case DeadlineAmended():
                    assert event.deadline > event.previous == self.state.times.deadline
                    assert event.at < self.state.times.deadline
                case TenderResumed() if event.deadline:
                    assert event.deadline - event.at >= self.state.times.deadline - self.state.paused_at
                case BidsOpened():
                    assert event.at >= self.state.times.deadline
                    assert all(lot.count >= 3 for lot in self.state.lots if lot.spec.id in event.lots)
                case LotAwarded():
                    lot = self.state.lot(event.lot)
                    assert lot is not None
                    gone = {p.bidder for p in (*lot.passed_over, *event.passed_over)}
                    assert event.winner in {r.bidder for r in candidates(lot, rulebook(self.state.rulebook))} - gone
                    assert not self.state.pauses
                case LimitExceeded():
                    assert event.reason
                case _:
                    pass

    @initialize(two=st.booleans(), counts=st.tuples(st.sampled_from((0, 2, 3)), st.sampled_from((2, 3))), rs2=st.booleans())
    def begin(self, two: bool, counts: tuple[int, int], rs2: bool) -> None:
        """A tender as far as its notice, so that most runs come to the interesting part."""
        self.counts, self.book = counts, "cn-rs2-2017" if rs2 else "cn-rs1-2019"
        project = goods() if rs2 else works()
        self.ask(c.RegisterProject("T1", project, self.book, "cn-2025", **REGISTER), PRINCIPAL)
        self.ask(c.AcceptRegistration(), CENTRE)
        self.ask(c.DraftTender(draft(lots=(spec("L1"), spec("L2")) if two else (spec("L1"),))), PRINCIPAL)
        assert self.state.draft is not None
        self.ask(c.ApproveDocuments(draft_digest(self.state.draft)), PRINCIPAL)
        self.now = bj(9, 8)
        self.ask(c.PublishNotice(notice()), AGENCY)

    @rule(by=st.sampled_from((1, HOUR, DAY, 4 * DAY, 31 * DAY)))
    def time_passes(self, by: Instant) -> None:
        self.now += by

    @rule()
    def the_next_due_comes(self) -> None:
        """What falls due by itself is always possible when its time has come."""
        due = DECIDER.due(self.state)
        if due is None:
            return
        self.now = max(self.now, due[0])
        if due[1].startswith("close:"):
            assert self.ask(c.CloseBids(), BELL)
            self.ask(c.OpenBids(), BELL)
        else:
            assert self.ask(c.RingBell(due[1]), BELL)

    @rule(data=st.data())
    def the_next_step_is_taken(self, data: st.DataObject) -> None:
        """The ordinary next act of some lot, by whom it is for."""
        lots = [lot for lot in self.state.live() if lot.stage != "waiting"]
        if not lots:
            return
        lot = data.draw(st.sampled_from(lots))
        id = lot.spec.id
        match lot.stage:
            case "closed":
                self.ask(c.DeclareFailure(id, "too-few-bids", "流标", SHA), PRINCIPAL)
            case "opened":
                self.ask(c.RecordOpening(id, (bid(0, 1), bid(1, 1), bid(2, 1)), SHA), BELL)
            case "recorded":
                self.ask(c.RecordPanel(id, SHA, 5, 4, BLIND), CENTRE)
                self.ask(c.RecordEvaluation(id, SHA, BLIND, *data.draw(RANKINGS)), BELL)
            case "evaluated":
                self.ask(c.PublishCandidates(id, self.now, self.now + 9 * DAY, "公示", SHA, "理由"), AGENCY)
            case "publicised":
                self.now = max(self.now, lot.publicity_to)
                self.ask(c.Award(id, data.draw(st.sampled_from(BIDDERS)), (), "draw", SHA, "理由"), PRINCIPAL)
            case "awarded":
                self.ask(c.PublishResult(id, "结果", SHA, "理由"), AGENCY)
            case "announced":
                self.ask(c.IssueAwardLetter(id, SHA), AGENCY)
            case _:
                self.ask(c.ArchiveTender(SHA), CENTRE)

    @rule(kind=st.sampled_from(("documents", "opening", "result", "process")), lot=LOTS)
    def somebody_objects(self, kind: str, lot: str) -> None:
        """By whichever remedy the law has; the answer may come late."""
        id = f"O{len(self.state.objections)}"
        self.ask(c.FileObjection(id, kind, "party", SHA, BLIND, lot), BIDDER)
        self.ask(c.FileChallenge(id, kind, "party", SHA, BLIND, lot), BIDDER)

    @rule(late=st.booleans())
    def an_objection_is_answered(self, late: bool) -> None:
        waiting = [o for o in self.state.objections if not o.answered_at and o.regime != "complaint"]
        if waiting:
            self.now = max(self.now, waiting[0].answer_by) if late else self.now
            assert self.ask(c.AnswerObjection(waiting[0].id, "upheld", SHA, "理由"), PRINCIPAL) or self.state.stage in FINAL

    @rule()
    def somebody_complains(self) -> None:
        """After the latest answer; a regulator takes it up and decides."""
        answered = [o for o in self.state.objections if o.answered_at and o.regime != "complaint"]
        if answered:
            last, id = answered[-1], f"K{len(self.state.objections)}"
            self.ask(c.FileComplaint(id, last.kind, "party", SHA, BLIND, last.lot, last.id), BIDDER)
            self.ask(c.ExamineComplaint(id, True, SHA), REGULATOR)
            self.ask(c.DecideComplaint(id, "dismissed", SHA), OTHER_REGULATOR if last.lot == "L2" else REGULATOR)

    @rule(data=st.data(), actor=st.sampled_from(ACTORS))
    def anybody_asks_anything(self, data: st.DataObject, actor: Actor) -> None:
        self.ask(data.draw(commands(self.now, self.state)), actor)

    @invariant()
    def the_state_is_the_fold_of_its_events(self) -> None:
        again = fold(DECIDER, DECIDER.initial, self.told)
        assert encode(again) == encode(self.state)
        assert encode(decode(encode(self.state), Tender)) == encode(self.state)

    @invariant()
    def before_the_closing_nothing_tells_of_bids(self) -> None:
        for lot in self.state.lots:
            if lot.stage == "waiting":
                assert (lot.count, lot.list_sha256, lot.rows, lot.kept_sealed) == (0, "", (), False)

    @invariant()
    def a_lot_kept_sealed_is_never_opened(self) -> None:
        assert all(lot.stage == "closed" or lot.stage in ENDED for lot in self.state.lots if lot.kept_sealed)

    @invariant()
    def a_winner_stands_exactly_between_award_and_end(self) -> None:
        for lot in self.state.lots:
            if lot.stage in ("awarded", "announced", "notified", "contracted", "completed"):
                assert lot.winner in BIDDERS
            elif lot.stage not in ENDED:
                assert lot.winner == ""

    @invariant()
    def a_paused_tender_has_a_time_since_when(self) -> None:
        assert bool(self.state.pauses) == bool(self.state.paused_at)

    @invariant()
    def rows_can_be_made_and_keys_are_unique(self) -> None:
        keys = [(name, key) for name, key, _ in DECIDER.rows("tender/T1", self.state)]
        assert len(set(keys)) == len(keys)
        due = [d.key for d in dues(self.state)]
        assert len(set(due)) == len(due)

    @invariant()
    def nothing_due_was_rung_already(self) -> None:
        assert not {d.key for d in dues(self.state)} & set(self.state.rung)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
