"""Sealing an envelope, and building it anew from its seed: the same function does both.

An envelope is its context, the policy, S and the body lines; nothing else goes in, so re-derivation
(sealed-bid 3.6 step 2) is this function and a comparison of bytes.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from archive.errors import Invalid
from bidding.sealing import hpke, shamir
from bidding.sealing.bodies import Progress, SealedBody, Sink, Source, seal_body
from bidding.sealing.derive import Secrets, joint_commitment, share_commitment, share_info
from bidding.sealing.envelope import (
    BidContext,
    BodyLine,
    Envelope,
    ShareLine,
    context_hash,
    encode_context,
    encode_envelope,
    envelope_id,
)
from bidding.sealing.grammar import u8
from bidding.sealing.policy import Policy, encode_policy, policy_hash


@dataclass(frozen=True, slots=True)
class Share:
    """What trustee ``j`` gets, or releases: 32 bytes of share and 32 of blinding."""

    j: int
    share: bytes
    blind: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed envelope: its bytes, its id, and what each body gave."""

    envelope: bytes
    id: bytes
    bodies: tuple[SealedBody, ...]


def shares(policy: Policy, secrets: Secrets) -> tuple[Share, ...]:
    """All ``n`` shares of S, or in mode J of S_T."""
    secret = shamir.xor(secrets.seed, secrets.joint) if policy.joint else secrets.seed
    coefficients = secrets.coefficients(policy.k)
    return tuple(Share(j, shamir.share(secret, coefficients, j), secrets.share_blind(j)) for j in range(1, policy.n + 1))


def joint_share(secrets: Secrets) -> Share:
    """The bidder's own half in mode J, as its release carries it: ``j`` is 0."""
    return Share(0, secrets.joint, secrets.joint_blind)


def _line(policy: Policy, secrets: Secrets, share: Share) -> ShareLine:
    trustee, j = policy.trustee(share.j), share.j
    ephemeral = secrets.ephemeral(j, hpke.WRAPS[trustee.suite].ephemeral)
    text = u8(j) + share.share + share.blind
    sealed = hpke.seal(trustee.suite, trustee.pk, ephemeral, share_info(secrets.ctx, j), text)
    return ShareLine(j, share_commitment(secrets.ctx, j, share.share, share.blind), sealed)


def build(policy: Policy, context: BidContext, seed: bytes, bodies: Sequence[BodyLine]) -> bytes:
    """The bytes of the envelope that ``seed`` gives for these body lines.

    Raises:
        Invalid: ``sealing.seed``, ``sealing.policy`` when the context names another policy, or a limit of 3.4.
    """
    _of_policy(policy, context)
    secrets = Secrets(seed, context_hash(encode_context(context)))
    lines = tuple(_line(policy, secrets, share) for share in shares(policy, secrets))
    joint = joint_commitment(secrets.ctx, secrets.joint, secrets.joint_blind) if policy.joint else None
    return encode_envelope(Envelope(context, policy.k, secrets.commit, lines, tuple(bodies), joint))


def seal(
    policy: Policy,
    context: BidContext,
    seed: bytes,
    bodies: Sequence[tuple[Source, Sink]],
    progress: Progress | None = None,
) -> Sealed:
    """Seal ``bodies``, each read from its source and written as ciphertext to its sink.

    ``seed`` and ``context.nonce`` are 32 random bytes each, new for every envelope.

    Raises:
        Invalid: as `build` and `seal_body` do.
    """
    _of_policy(policy, context)
    secrets = Secrets(seed, context_hash(encode_context(context)))
    done = tuple(seal_body(secrets, i, source, sink, progress=progress) for i, (source, sink) in enumerate(bodies))
    raw = build(policy, context, seed, [body.line for body in done])
    return Sealed(raw, envelope_id(raw), done)


def derives(policy: Policy, envelope: Envelope, seed: bytes) -> bool:
    """Whether ``seed`` gives exactly this envelope, commitments, shares and all."""
    return hmac.compare_digest(build(policy, envelope.context, seed, envelope.bodies), encode_envelope(envelope))


def _of_policy(policy: Policy, context: BidContext) -> None:
    if _name_of(policy) != context.policy_hash:
        raise Invalid("sealing.policy", at=0, why="the context names another policy")


@lru_cache(maxsize=64)
def _name_of(policy: Policy) -> bytes:
    """The policy's hash, once for the hundreds of envelopes of a lot."""
    return policy_hash(encode_policy(policy))
