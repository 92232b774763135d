"""Shares at the opening: what a trustee releases, how anybody checks it, and how k of them combine."""

import hmac
from collections.abc import Iterable

from archive.errors import Invalid
from bidding.sealing import hpke, shamir
from bidding.sealing.derive import Secrets, check_seed, joint_commitment, share_commitment, share_info
from bidding.sealing.envelope import Envelope
from bidding.sealing.policy import Policy
from bidding.sealing.seal import Share

TEXT_LENGTH = 65


def trustee_open(policy: Policy, envelope: Envelope, j: int, sk: bytes) -> Share | None:
    """Trustee ``j``'s share, checked against ``c_j``; None where it has to complain.

    Raises:
        Invalid: ``sealing.trustee`` when there is no such trustee, ``sealing.key`` when ``sk`` is no private key.
    """
    if not 1 <= j <= min(policy.n, envelope.n):
        raise Invalid("sealing.trustee", j=j)
    text = hpke.unseal(policy.trustee(j).suite, sk, share_info(envelope.ctx, j), envelope.shares[j - 1].sealed)
    if text is None or len(text) != TEXT_LENGTH or text[0] != j:
        return None
    share = Share(j, text[1:33], text[33:])
    return share if release_good(envelope, share) else None


def release_good(envelope: Envelope, share: Share) -> bool:
    """Whether a released share satisfies the commitment ``c_j`` of its line."""
    if not 1 <= share.j <= envelope.n or len(share.share) != 32 or len(share.blind) != 32:
        return False
    made = share_commitment(envelope.ctx, share.j, share.share, share.blind)
    return hmac.compare_digest(made, envelope.shares[share.j - 1].c)


def joint_good(envelope: Envelope, share: Share) -> bool:
    """Whether the bidder's release of mode J satisfies ``c_B``."""
    if envelope.joint is None or len(share.share) != 32 or len(share.blind) != 32:
        return False
    return hmac.compare_digest(joint_commitment(envelope.ctx, share.share, share.blind), envelope.joint)


def seed_good(envelope: Envelope, seed: bytes) -> bool:
    """Whether a published seed has 32 bytes and is the one that the envelope commits to."""
    try:
        check_seed(seed)
    except Invalid:
        return False
    return hmac.compare_digest(Secrets(seed, envelope.ctx).commit, envelope.commit)


def complaint_proven(policy: Policy, envelope: Envelope, j: int, sk: bytes) -> bool:
    """Whether the private key shown is trustee ``j``'s and the sealed share fails with it too."""
    if not 1 <= j <= min(policy.n, envelope.n):
        return False
    trustee = policy.trustee(j)
    try:
        if not hmac.compare_digest(hpke.public_key(trustee.suite, sk), trustee.pk):
            return False
    except Invalid:
        return False
    return trustee_open(policy, envelope, j, sk) is None


def good_releases(envelope: Envelope, releases: Iterable[Share]) -> dict[int, Share]:
    """The releases that satisfy their commitments, one for each ``j``."""
    return {share.j: share for share in releases if release_good(envelope, share)}


def combine(policy: Policy, good: dict[int, Share]) -> bytes | None:
    """S, or S_T in mode J, from the first k of ``good``; None when they are fewer."""
    if len(good) < policy.k:
        return None
    return shamir.combine({j: good[j].share for j in sorted(good)[: policy.k]})
