"""Those who take part in a tender, simulated with fixed keys: trustees, bidders, a store, a log of submissions.

They use the product's public functions only; where one of them cheats, the cheating is written out here.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from archive.values import MINUTE, Actor
from bidding import sealing
from bidding.opening import Answers, Release, Stored
from bidding.sealing import hpke, signing
from bidding.sealing.seal import Share

TENDER, LOT = "T-2026-009", "L1"
OPENS, CLOSES = 1_000 * MINUTE, 2_000 * MINUTE


def random(*names: object) -> bytes:
    """32 bytes that look random and are the same in every run."""
    return hashlib.sha256(repr(names).encode()).digest()


def trustee_key(suite: int, j: int) -> bytes:
    """The private key of trustee ``j``."""
    return hpke.derive_private(suite, random("trustee", suite, j))


def policy(k: int = 2, n: int = 3, modes: int = 3, suites: Sequence[int] = ()) -> sealing.Policy:
    """``k`` of ``n`` institutions ``org-1`` …; all on X25519 unless ``suites`` says otherwise."""
    chosen = suites or [hpke.X25519] * n
    lines = (
        sealing.Trustee((j - 1) % 4 + 1, suite, hpke.public_key(suite, trustee_key(suite, j)), f"org-{j}")
        for j, suite in enumerate(chosen, 1)
    )
    return sealing.Policy(k, tuple(lines), modes)


def release_of(envelope_policy: sealing.Policy, envelope: sealing.Envelope, j: int) -> Release:
    """What an honest trustee ``j`` releases."""
    suite = envelope_policy.trustee(j).suite
    share = sealing.trustee_open(envelope_policy, envelope, j, trustee_key(suite, j))
    assert share is not None
    return as_release(share)


def as_release(share: Share) -> Release:
    """A share as it stands in the log."""
    return Release(share.j, share.share.hex(), share.blind.hex())


@dataclass
class SealedEnvelope:
    """An envelope with what its maker knows and what the store holds."""

    policy: sealing.Policy
    seed: bytes
    raw: bytes
    stored: list[bytes]
    plains: list[bytes]

    @property
    def parsed(self) -> sealing.Envelope:
        return sealing.parse_envelope(self.raw)

    @property
    def id(self) -> bytes:
        return sealing.envelope_id(self.raw)

    @property
    def secrets(self) -> sealing.Secrets:
        return sealing.Secrets(self.seed, self.parsed.ctx)

    def sources(self) -> list[Stored]:
        return [lambda raw=raw: io.BytesIO(raw) for raw in self.stored]

    def releases(self, *trustees: int) -> tuple[Release, ...]:
        return tuple(release_of(self.policy, self.parsed, j) for j in trustees)

    def answers(self, *trustees: int) -> Answers:
        return Answers(self.releases(*trustees))

    def half(self) -> Release:
        return as_release(sealing.joint_share(self.secrets))


@dataclass
class Bidder:
    """A bidder with its submit key; ``name`` makes all its choices different from everybody else's."""

    name: str
    policy: sealing.Policy
    tender: str = TENDER
    lot: str = LOT
    sigalg: int = signing.ED25519
    made: int = 0
    last: bytes = bytes(32)
    seq: int = 0
    blind: bytes = field(default=b"")

    def __post_init__(self) -> None:
        self.blind = random(self.name, "blind")

    @property
    def sk(self) -> bytes:
        return random(self.name, "submit key")

    @property
    def pk(self) -> bytes:
        return signing.public_key(self.sigalg, self.sk)

    @property
    def actor(self) -> Actor:
        return Actor(id=f"u-{self.name}", kind="user", org=self.name)

    def context(self, stage: int = 1) -> sealing.BidContext:
        self.made += 1
        pinned = sealing.policy_hash(sealing.encode_policy(self.policy))
        tag = sealing.bidder_tag(self.tender, self.name, self.blind)
        nonce = random(self.name, "nonce", self.made)
        return sealing.BidContext(self.tender, self.lot, stage, pinned, self.sigalg, self.pk, tag, nonce)

    def seal(self, *plains: bytes, stage: int = 1, context: sealing.BidContext | None = None) -> SealedEnvelope:
        bodies = list(plains) or [b'{"price":"9990000.00"}']
        where = context or self.context(stage)
        seed = random(self.name, "seed", self.made)
        sinks = [io.BytesIO() for _ in bodies]
        sealed = sealing.seal(self.policy, where, seed, [(io.BytesIO(p), s) for p, s in zip(bodies, sinks, strict=True)])
        return SealedEnvelope(self.policy, seed, sealed.envelope, [s.getvalue() for s in sinks], bodies)

    def message(self, *envelopes: SealedEnvelope, action: int = sealing.SUBMIT, **changed: object) -> bytes:
        """The next submission of this bidder's chain; `accepted` moves the chain on."""
        ids = tuple(e.id for e in envelopes)
        plain = sealing.Submission(action, self.tender, self.lot, self.seq + 1, self.last, 1_780_000_000_000, ids, self.pk)
        plain = replace(plain, **changed)  # type: ignore[arg-type]
        return sealing.encode_submission(replace(plain, sig=signing.sign(self.sigalg, self.sk, sealing.signed_message(plain))))

    def accepted(self, raw: bytes) -> None:
        self.seq, self.last = self.seq + 1, sealing.submission_hash(raw)


@dataclass
class Log:
    """What was accepted so far, in order."""

    call: sealing.Call
    chains: dict[tuple[str, str, bytes], sealing.Chain] = field(default_factory=dict)
    known: set[bytes] = field(default_factory=set)

    def commit(self, raw: bytes, envelopes: Sequence[SealedEnvelope | bytes] = ()) -> sealing.Accepted:
        delivered = [e if isinstance(e, bytes) else e.raw for e in envelopes]
        done = sealing.accept(
            self.call, raw, delivered, lambda s: self.chains.get((s.tender, s.lot, s.submit_pk), sealing.Chain()), self.known
        )
        s = done.submission
        self.chains[s.tender, s.lot, s.submit_pk] = done.chain
        self.known.update(done.in_force)
        return done


def log(under: sealing.Policy, lots: tuple[str, ...] = (LOT, "L2"), stages: tuple[int, ...] = (1,)) -> Log:
    """The log of a tender."""
    return Log(sealing.Call(TENDER, lots, stages, sealing.encode_policy(under)))
