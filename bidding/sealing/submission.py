"""The signed submission: one bidder's act on one lot, naming the envelopes that count from now on.

``submit = "SBS1" action v8(tender) v8(lot) seq prev[32] client_ms cnt cnt*envelope_id v16(submit_pk) v16(sig)``
"""

import hashlib
from dataclasses import dataclass

from bidding.sealing.derive import labelled
from bidding.sealing.grammar import Reader, u8, u32, u64, v8, v16

SUBMIT, WITHDRAW = 1, 2
FIRST = bytes(32)


@dataclass(frozen=True, slots=True)
class Submission:
    """``prev`` is the hash of the submission before in the chain, 32 zero bytes when ``seq`` is 1."""

    action: int
    tender: str
    lot: str
    seq: int
    prev: bytes
    client_ms: int
    envelopes: tuple[bytes, ...]
    submit_pk: bytes
    sig: bytes = b""


def before_signature(s: Submission) -> bytes:
    """All bytes before ``v16(sig)``."""
    head = b"SBS1" + u8(s.action) + v8(s.tender) + v8(s.lot) + u32(s.seq) + s.prev + u64(s.client_ms)
    return head + u8(len(s.envelopes)) + b"".join(s.envelopes) + v16(s.submit_pk)


def signed_message(s: Submission) -> bytes:
    """What the submit key signs."""
    return b"sbe/1 submission\0" + hashlib.sha256(before_signature(s)).digest()


def encode_submission(s: Submission) -> bytes:
    """The bytes of a signed submission.

    Raises:
        Invalid: ``sealing.submission``.
    """
    raw = before_signature(s) + v16(s.sig)
    parse_submission(raw)
    return raw


def parse_submission(raw: bytes) -> Submission:
    """Read a submission and what of it needs neither tender nor chain.

    Raises:
        Invalid: ``sealing.submission`` with ``why``.
    """
    r = Reader(raw, "sealing.submission")
    r.magic(b"SBS1")
    action, tender, lot, seq, prev, client_ms = r.integer(1), r.text(1), r.text(1), r.integer(4), r.take(32), r.integer(8)
    envelopes = tuple(r.take(32) for _ in range(r.integer(1)))
    s = Submission(action, tender, lot, seq, prev, client_ms, envelopes, r.string(2), r.string(2))
    r.end()
    r.need(tender != "", "no tender")
    r.need(action in (SUBMIT, WITHDRAW), f"action {action}")
    r.need(bool(envelopes) == (action == SUBMIT), "a submission without envelopes, or a withdrawal with some")
    return s


def submission_hash(raw: bytes) -> bytes:
    """The hash that the next submission names as ``prev``; the signature is inside."""
    return labelled("sbe/1 submission", raw)


def leaf(salt: bytes, digest: bytes) -> bytes:
    """The 32 bytes that go to the log for a submission hash; ``salt`` is 32 random bytes of the platform's."""
    return labelled("sbe/1 leaf", salt, digest)
