"""The verdict over one envelope once the last window is over (sealed-bid 3.6), and who bears it.

The order of the steps is the rule: the first that fails names the verdict.  Steps 1 and 2 need only
what is on record; steps 3 and 4 read stored bytes, of which the log keeps the outcome.  The box, the
vectors and the verifier all come through here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from archive.errors import Invalid
from archive.values import Value
from bidding import sealing
from bidding.sealing import Envelope, Policy, Share, Sink, Source
from bidding.sealing.shamir import xor

Verdict = Literal["opened", "malformed(bidder)", "bytes-missing", "trustees-short", "bidder-absent"]
Fault = Literal["none", "bidder", "trustee", "platform", "undecided"]
Effect = Literal["counted", "revoked", "withdrawn", "undecided"]
"""``revoked`` is 视为撤销 (the bidder's cause), ``withdrawn`` 视为撤回 (any other), ``undecided`` 待认定."""

Stored = Callable[[], Source] | None
"""Opens the stored bytes of a body anew at each call; None where nothing was stored."""


class Release(Value, frozen=True):
    """A share as trustee ``j`` released it, hex; the bidder's half in mode J has ``j`` 0."""

    j: int
    share: str
    r: str


class Proof(Value, frozen=True):
    """A complaint of trustee ``j`` with its private key for this tender, hex."""

    j: int
    sk: str


class Answers(Value, frozen=True):
    """What is there after the last window, for one envelope; ``seed`` as the bidder published it."""

    releases: tuple[Release, ...] = ()
    seed: str | None = None
    bidder: Release | None = None
    complaints: tuple[Proof, ...] = ()


class Finding(Value, frozen=True):
    """What reading the stored bodies gave: one flag each, ``plain`` only where all are ``intact``.

    ``index`` tells that body 0 is a valid index with its inner signature and bidder tag.
    """

    intact: tuple[bool, ...]
    plain: tuple[bool, ...] = ()
    index: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """An opening of steps 1-4: the verdict, and S where step 2 passed."""

    verdict: Verdict
    seed: bytes | None = None
    finding: Finding | None = None


def octets(text: str) -> bytes:
    """The bytes of a hex string; what is not hex has none, and so fits no commitment."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def as_share(release: Release) -> Share:
    """The share of a logged release."""
    return Share(release.j, octets(release.share), octets(release.r))


def find_seed(policy: Policy, envelope: Envelope, answers: Answers) -> bytes | Verdict:
    """Step 1: S, or the verdict that stands instead."""
    if any(sealing.complaint_proven(policy, envelope, p.j, octets(p.sk)) for p in answers.complaints):
        return "malformed(bidder)"
    published = b"" if answers.seed is None else octets(answers.seed)
    if policy.bidder and sealing.seed_good(envelope, published):
        return published
    if not policy.shared:
        return "bidder-absent"
    secret = sealing.combine(policy, sealing.good_releases(envelope, map(as_share, answers.releases)))
    if secret is None:
        return "trustees-short"
    if not policy.joint:
        return secret
    if answers.bidder is None or not sealing.joint_good(envelope, as_share(answers.bidder)):
        return "bidder-absent"
    return xor(secret, octets(answers.bidder.share))


def keyed(policy: Policy, envelope: Envelope, answers: Answers) -> bytes | Verdict:
    """Steps 1 and 2: an S that re-creates the envelope byte for byte, or the verdict that stands instead."""
    found = find_seed(policy, envelope, answers)
    if isinstance(found, str) or _derives(policy, envelope, found):
        return found
    return "malformed(bidder)"


@lru_cache(maxsize=512)
def _derives(policy: Policy, envelope: Envelope, seed: bytes) -> bool:
    """`sealing.derives` once: whoever reads the bodies asks it, and the rule that judges them asks it again."""
    return sealing.derives(policy, envelope, seed)


def read_bodies(envelope: Envelope, seed: bytes | None, stored: Sequence[Stored], sinks: Sequence[Sink]) -> Finding:
    """Steps 3 and 4 over the stored bytes, each body read once; without ``seed`` only whether they are intact.

    Plaintext in ``sinks`` is to be used only when `Finding.plain` is true throughout.

    Raises:
        Invalid: ``sealing.bodies`` when ``stored`` or ``sinks`` do not match the envelope's bodies.
    """
    lines = envelope.bodies
    if len(stored) != len(lines) or (seed is not None and len(sinks) != len(lines)):
        raise Invalid("sealing.bodies", expected=len(lines))

    if seed is None or None in stored:
        return Finding(tuple(f is not None and sealing.stored_intact(line, f()) for line, f in zip(lines, stored, strict=True)))
    secrets = sealing.Secrets(seed, envelope.ctx)
    read = tuple(
        sealing.open_body(secrets, i, line, reopen(), sink)
        for i, (line, reopen, sink) in enumerate(zip(lines, filter(None, stored), sinks, strict=True))
    )
    intact = tuple(body.intact for body in read)
    # Bytes come before plaintext: where some are missing, nothing is said of what the others hold.
    return Finding(intact, tuple(body.plain for body in read) if all(intact) else ())


def settle(found: bytes | Verdict, finding: Finding) -> Verdict:
    """Steps 3 to 5 on what `keyed` and `read_bodies` found."""
    if isinstance(found, str):
        return found
    if not finding.intact or not all(finding.intact):
        return "bytes-missing"
    if len(finding.plain) != len(finding.intact) or not all(finding.plain) or not finding.index:
        return "malformed(bidder)"
    return "opened"


def open_envelope(
    policy: Policy, envelope: Envelope, answers: Answers, stored: Sequence[Stored], sinks: Sequence[Sink]
) -> Opened:
    """Steps 1 to 4, bodies taken as opaque bytes; the index is the layer above."""
    found = keyed(policy, envelope, answers)
    if isinstance(found, str):
        return Opened(found)
    finding = read_bodies(envelope, found, stored, sinks)
    verdict = settle(found, Finding(finding.intact, finding.plain, index=True))
    return Opened(verdict, found, finding)


def attribute(verdict: Verdict, intact: Sequence[bool], platform_fault: bool) -> tuple[Fault, Effect]:
    """Who bears a verdict and what it means in law; nobody is blamed by default.

    ``platform_fault`` tells that a fault of the platform was recorded in the window.  A bidder that did
    not answer bears it only where the platform's own part, bytes and window, was in order; otherwise a
    person rules on it (20号令 第三十一条).
    """
    match verdict:
        case "opened":
            return "none", "counted"
        case "malformed(bidder)":
            return "bidder", "revoked"
        case "bytes-missing":
            return "platform", "withdrawn"
        case "trustees-short":
            return ("undecided" if platform_fault else "trustee"), "withdrawn"
        case _:
            clear = not platform_fault and bool(intact) and all(intact)
            return ("bidder", "revoked") if clear else ("undecided", "undecided")
