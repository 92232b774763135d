"""An opening hall for tests: one box, its bidders and trustees, driven through the public decider only."""

import io
from dataclasses import dataclass, field

import pytest

from archive import canonical
from archive.bodies import Kind
from archive.decider import Context, fold
from archive.errors import Refused
from archive.values import MINUTE, Actor, Instant
from bidding import box, sealing
from bidding.opening import Finding, Stored, keyed, read_bodies
from tests.unit.bidding import parties
from tests.unit.bidding.parties import CLOSES, LOT, OPENS, TENDER, Bidder, SealedEnvelope

KIND = Kind.of(box.DECIDER)
HOST = Actor("u-host", "user", org="host", role="host")


@dataclass
class Entered:
    """A bid in the box: its stream, who made it, one envelope for each stage."""

    stream: str
    bidder: Bidder
    envelopes: list[SealedEnvelope]
    stored: dict[bytes, list[Stored]] = field(default_factory=dict)

    def held(self, **changed: object) -> box.HeldBid:
        ids = tuple(e.id.hex() for e in self.envelopes)
        plain = {
            "stream": self.stream,
            "last_seq": 1,
            "last_leaf": "bGVhZg==",
            "submission_hash": parties.random(self.stream).hex(),
            "envelopes": ids,
            "received_at": OPENS + MINUTE,
        }
        return box.HeldBid(**(plain | changed))  # type: ignore[arg-type]


class Hall:
    """A box at work.  Commands, facts and events go through the log's codec; a refusal changes nothing."""

    def __init__(self, policy: sealing.Policy | None = None, stages: tuple[int, ...] = (1,), **terms: object) -> None:
        self.policy = policy or parties.policy()
        self.state = box.Box()
        self.entered: list[Entered] = []
        self.events: list[box.Event] = []
        raw = sealing.encode_policy(self.policy).hex()
        self.stages = stages
        self.opening = box.OpenBox(TENDER, LOT, OPENS, CLOSES, stages, raw, **terms)  # type: ignore[arg-type]

    def act(
        self, command: box.Command, at: Instant, actor: Actor = HOST, facts: box.Facts | None = None
    ) -> tuple[box.Event, ...]:
        command, told = KIND.fixed(command, facts)
        events = KIND.settled(box.decide(self.state, command, Context(at=at, actor=actor, facts=told)))
        self.state = fold(box.DECIDER, self.state, events)
        assert canonical.decode(canonical.encode(self.state), box.Box) == self.state
        self.events += events
        return events

    def refuses(self, command: box.Command, at: Instant, actor: Actor = HOST, facts: box.Facts | None = None) -> str:
        before = self.state
        with pytest.raises(Refused) as e:
            self.act(command, at, actor, facts)
        assert self.state == before and e.value.code in box.LAW
        return e.value.code

    def open(self) -> "Hall":
        self.act(self.opening, OPENS)
        return self

    def enter(self, *names: str) -> "Hall":
        for name in names:
            bidder = Bidder(name, self.policy)
            envelopes = [bidder.seal(b"index of " + name.encode(), stage=s) for s in self.stages]
            stream = f"sealed/{parties.random(name, 'stream').hex()[:32]}"
            self.entered.append(Entered(stream, bidder, envelopes))
        self.entered.sort(key=lambda e: e.stream)
        return self

    def close(self, at: Instant = CLOSES, named: bool = True) -> "Hall":
        self.act(box.CloseBox(), at, facts=box.Held(tuple(e.held() for e in self.entered)))
        if named and self.state.phase == "opening":
            names = (box.Named(e.stream, e.bidder.name, f"{e.bidder.name}公司") for e in self.entered)
            self.act(box.NameBidders(), at, facts=box.Names(tuple(names)))
        return self

    def by(self, name: str) -> Entered:
        return next(e for e in self.entered if e.bidder.name == name)

    def envelope(self, name: str) -> SealedEnvelope:
        return self.by(name).envelopes[self.stages.index(self.state.stage)]

    def trustee(self, j: int) -> Actor:
        return Actor(f"u-trustee-{j}", "user", org=f"org-{j}")

    def release(self, j: int, *names: str, at: Instant) -> tuple[box.Event, ...]:
        return self.act(*self.releasing(j, *names, at=at))

    def releasing(
        self, j: int, *names: str, at: Instant, bad: tuple[str, ...] = ()
    ) -> tuple[box.Command, Instant, Actor, box.Facts]:
        shares, lines = [], []
        for e, name in ((self.envelope(n), n) for n in names):
            r = parties.release_of(self.policy, e.parsed, j)
            shares.append(box.Share(e.id.hex(), "00" * 32 if name in bad else r.share, r.r))
            lines.append(box.Line(e.id.hex(), e.parsed.ctx.hex(), e.parsed.shares[j - 1].c.hex()))
        return box.ReleaseShares(self.state.closing_list, j, tuple(shares)), at, self.trustee(j), box.Lines(tuple(lines))

    def publishing(self, name: str, at: Instant, seed: str = "") -> tuple[box.Command, Instant, Actor, box.Facts]:
        e = self.envelope(name)
        command = box.PublishSeed(self.state.closing_list, (box.Seed(e.id.hex(), seed or e.seed.hex()),))
        line = box.Line(e.id.hex(), e.parsed.ctx.hex(), e.parsed.commit.hex())
        return command, at, self.by(name).bidder.actor, box.Lines((line,))

    def publish(self, name: str, at: Instant) -> tuple[box.Event, ...]:
        return self.act(*self.publishing(name, at))

    def halving(self, name: str, at: Instant, share: str = "") -> tuple[box.Command, Instant, Actor, box.Facts]:
        e = self.envelope(name)
        half = e.half()
        command = box.ReleaseByBidder(self.state.closing_list, (box.Share(e.id.hex(), share or half.share, half.r),))
        line = box.Line(e.id.hex(), e.parsed.ctx.hex(), (e.parsed.joint or b"").hex())
        return command, at, self.by(name).bidder.actor, box.Lines((line,))

    def judging(self, name: str, index: bool = True, stored: list[Stored] | None = None) -> tuple[box.Command, box.Facts]:
        e = self.envelope(name)
        ballot = next(b for b in self.state.on_stage if b.envelope == e.id.hex())
        found = keyed(self.policy, e.parsed, ballot.answers)
        seed = None if isinstance(found, str) else found
        sources = e.sources() if stored is None else stored
        finding = read_bodies(e.parsed, seed, sources, [io.BytesIO() for _ in e.parsed.bodies])
        told = Finding(finding.intact, finding.plain, index=index and bool(finding.plain))
        form = box.Form(bidder_id=name, bidder_name=f"{name}公司", price="999000000") if told.index else None
        return box.JudgeEnvelope(e.id.hex()), box.Judged(e.raw.hex(), told, form)

    def judge(self, name: str, at: Instant, index: bool = True, stored: list[Stored] | None = None) -> box.EnvelopeJudged:
        command, facts = self.judging(name, index, stored)
        (event,) = self.act(command, at, Actor.system("bell"), facts)
        assert isinstance(event, box.EnvelopeJudged)
        return event

    def conclude(self, at: Instant) -> box.OpeningConcluded:
        (event,) = self.act(box.ConcludeOpening(), at, Actor.system("bell"))
        assert isinstance(event, box.OpeningConcluded)
        return event

    def opened(self, *names: str) -> "Hall":
        """An opening in which trustees 1 and 2 open every bid, up to the conclusion."""
        for j in range(1, self.policy.k + 1):
            self.release(j, *names, at=self.state.began_at + j)
        for name in names:
            self.judge(name, self.state.began_at + 10)
        self.conclude(self.state.began_at + 11)
        return self


def three(policy: sealing.Policy | None = None, **terms: object) -> Hall:
    """A box with three bids, closed at its deadline."""
    return Hall(policy, **terms).open().enter("a", "b", "c").close()  # type: ignore[arg-type]
