"""The sealed bid envelope SBE/1: seal, check, open; ``bidding/SPEC.md`` and the format's own page say how.

This package is this floor's only door to ``cryptography``.  It draws no randomness and reads no
clock: seeds, nonces and keys are arguments, so the same call always gives the same bytes.
"""

from bidding.sealing.accept import Accepted, Call, Chain, accept
from bidding.sealing.bodies import SealedBody, Sink, Source, open_body, plain_tree, seal_body, stored_intact
from bidding.sealing.derive import Secrets, bidder_tag, check_seed, labelled, plain_commitment
from bidding.sealing.envelope import (
    BidContext,
    BodyLine,
    Envelope,
    ShareLine,
    context_hash,
    encode_context,
    encode_envelope,
    envelope_id,
    parse_context,
    parse_envelope,
    sealed_length,
)
from bidding.sealing.policy import Policy, Trustee, encode_policy, parse_policy, policy_hash
from bidding.sealing.seal import Sealed, Share, build, derives, joint_share, seal, shares
from bidding.sealing.submission import (
    SUBMIT,
    WITHDRAW,
    Submission,
    before_signature,
    encode_submission,
    leaf,
    parse_submission,
    signed_message,
    submission_hash,
)
from bidding.sealing.trustee import (
    combine,
    complaint_proven,
    good_releases,
    joint_good,
    release_good,
    seed_good,
    trustee_open,
)

__all__ = [
    "SUBMIT",
    "WITHDRAW",
    "Accepted",
    "BidContext",
    "BodyLine",
    "Call",
    "Chain",
    "Envelope",
    "Policy",
    "Sealed",
    "SealedBody",
    "Secrets",
    "Share",
    "ShareLine",
    "Sink",
    "Source",
    "Submission",
    "Trustee",
    "accept",
    "before_signature",
    "bidder_tag",
    "build",
    "check_seed",
    "combine",
    "complaint_proven",
    "context_hash",
    "derives",
    "encode_context",
    "encode_envelope",
    "encode_policy",
    "encode_submission",
    "envelope_id",
    "good_releases",
    "joint_good",
    "joint_share",
    "labelled",
    "leaf",
    "open_body",
    "parse_context",
    "parse_envelope",
    "parse_policy",
    "parse_submission",
    "plain_commitment",
    "plain_tree",
    "policy_hash",
    "release_good",
    "seal",
    "seal_body",
    "sealed_length",
    "seed_good",
    "shares",
    "signed_message",
    "stored_intact",
    "submission_hash",
    "trustee_open",
]
