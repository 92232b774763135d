"""What a box remembers: its terms, the closing list, and for each listed envelope the answers and the verdict."""

from functools import lru_cache
from hashlib import sha256
from typing import Literal

from archive import canonical
from archive.values import HOUR, MINUTE, Instant, Value
from bidding.box.facts import Form, HeldBid
from bidding.opening import Answers, Effect, Fault, Verdict, octets
from bidding.sealing import Policy, parse_policy, policy_hash

Phase = Literal["none", "accepting", "kept", "opening", "concluded", "read", "between", "finished"]
"""``kept`` is 不开标; ``between`` waits for the next stage; ``finished`` is the end."""


class ListedBid(Value, frozen=True):
    """A bid on the closing list."""

    stream: str
    submission_hash: str
    envelopes: tuple[str, ...]
    received_at: Instant


class ClosingList(Value, frozen=True):
    """What trustees act on: every bid in force at the deadline, ascending by stream, which tells no order of arrival.

    Its hash is the SHA-256 of its canonical JSON.
    """

    tender: str
    lot: str
    closes_at: Instant
    policy_hash: str
    stages: tuple[int, ...]
    bids: tuple[ListedBid, ...]

    @property
    def hash(self) -> str:
        """The name that every release, complaint and seed carries."""
        return sha256(canonical.encode(self)).hexdigest()


class Bidder(Value, frozen=True):
    """Who stands behind a stream of the list, once named."""

    stream: str
    org: str
    name: str


class Ballot(Value, frozen=True):
    """One listed envelope: where it belongs, the answers that came in, and what became of it."""

    envelope: str
    stage: int
    stream: str
    answers: Answers = Answers()
    verdict: Verdict | None = None
    fault: Fault = "none"
    effect: Effect = "undecided"
    form: Form | None = None
    silent: tuple[int, ...] = ()


class PlatformFault(Value, frozen=True):
    """A fault of the platform during an opening."""

    stage: int
    what: str
    began_at: Instant


class Objection(Value, frozen=True):
    """开标异议 and its answer."""

    number: int
    org: str
    text: str
    at: Instant
    answer: str = ""
    answered_at: Instant = 0


class Confirmation(Value, frozen=True):
    """A bidder's 确认 of one stage's record."""

    stage: int
    org: str
    at: Instant


class Box(Value, frozen=True):
    """The state of a lot's box; members before ``phase`` are those of `OpenBox`.

    ``gathered`` are the bids of `BidsListed` until the box closes; ``drilled`` are the trustees that
    answered the last drill; windows end at ``first_ends`` (the bidders', where they come first) and ``ends_at``.
    ``destroyed`` are the trustees whose keys are no more.
    """

    tender: str = ""
    lot: str = ""
    opens_at: Instant = 0
    closes_at: Instant = 0
    stages: tuple[int, ...] = ()
    policy: str = ""
    least_bids: int = 0
    decrypt_minutes: int = 0
    remedy_minutes: int = 0
    grace_hours: int = 0
    price_stage: int = 0
    trustees: tuple[str, ...] = ()
    phase: Phase = "none"
    paused_at: Instant = 0
    drilled: tuple[int, ...] = ()
    drilled_at: Instant = 0
    gathered: tuple[HeldBid, ...] = ()
    closed_at: Instant = 0
    closing_list: str = ""
    count: int = 0
    listed: tuple[ListedBid, ...] = ()
    bidders: tuple[Bidder, ...] = ()
    stage: int = 0
    began_at: Instant = 0
    first_ends: Instant = 0
    ends_at: Instant = 0
    ballots: tuple[Ballot, ...] = ()
    faults: tuple[PlatformFault, ...] = ()
    below_least: bool = False
    objections: tuple[Objection, ...] = ()
    confirmed: tuple[Confirmation, ...] = ()
    destroyed: tuple[int, ...] = ()

    @property
    def rules(self) -> Policy:
        """The trustees' policy."""
        return read_policy(self.policy)

    @property
    def closing_at(self) -> Instant:
        """When the box may be closed: the deadline and the grace time."""
        return self.closes_at + self.grace_hours * HOUR

    @property
    def on_stage(self) -> tuple[Ballot, ...]:
        """The envelopes of the stage that is being opened."""
        return tuple(b for b in self.ballots if b.stage == self.stage)

    def windows(self, at: Instant) -> tuple[Instant, Instant]:
        """The ends of both windows of an opening that begins now; they are one where bidders do not come first."""
        first = at + self.decrypt_minutes * MINUTE
        two = self.rules.bidder_first
        return first, first + self.remedy_minutes * MINUTE if two else first

    def solved(self, ballot: Ballot) -> bool:
        """Whether the answers so far give the seed."""
        policy, answers = self.rules, ballot.answers
        if answers.seed is not None:
            return True
        halves = not policy.joint or answers.bidder is not None
        return policy.shared and halves and len(answers.releases) >= policy.k

    def over(self, at: Instant) -> bool:
        """Whether verdicts may be reached: the last window has ended, or nothing is left to wait for."""
        return at >= self.ends_at or all(map(self.solved, self.on_stage))

    def owner(self, stream: str) -> str:
        """The organisation behind a stream, empty until it is named."""
        return next((b.org for b in self.bidders if b.stream == stream), "")


@lru_cache(maxsize=256)
def read_policy(text: str) -> Policy:
    """The policy of its hex text."""
    return parse_policy(octets(text))


def closing_list(box: Box, bids: tuple[HeldBid, ...]) -> ClosingList:
    """The list over all bids that were found in the box."""
    pinned = policy_hash(octets(box.policy)).hex()
    listed = tuple(ListedBid(b.stream, b.submission_hash, b.envelopes, b.received_at) for b in bids if b.in_force)
    return ClosingList(box.tender, box.lot, box.closes_at, pinned, box.stages, listed)
