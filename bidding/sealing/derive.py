"""Labelled hashes, and every value that an envelope's seed S gives (sealed-bid 3, *secrets*).

All random choices of an envelope come out of S and the context, so whoever is given S re-creates
the envelope byte for byte.  S has 32 bytes, fresh for every envelope; the caller draws it.
"""

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from archive.errors import Invalid
from bidding.sealing.grammar import u8, u16, u64

SEED_LENGTH = 32


def labelled(label: str, *parts: bytes) -> bytes:
    """``H(L; x1..xm)``: SHA-256 over the label and the parts, each behind its u64 length."""
    h = hashlib.sha256()
    for part in (label.encode(), *parts):
        h.update(u64(len(part)))
        h.update(part)
    return h.digest()


def check_seed(seed: bytes) -> bytes:
    """``seed`` itself when it has 32 bytes; HMAC would pad a shorter one and make it ambiguous.

    Raises:
        Invalid: ``sealing.seed``.
    """
    if len(seed) != SEED_LENGTH:
        raise Invalid("sealing.seed", length=len(seed))
    return seed


def bidder_tag(tender: str, bidder_id: str, blind: bytes) -> bytes:
    """The blinded name of a bidder that a context carries; ``blind`` travels sealed in body 0."""
    return labelled("sbe/1 bidder", tender.encode(), bidder_id.encode(), blind)


def share_commitment(ctx: bytes, j: int, share: bytes, blind: bytes) -> bytes:
    """``c_j``, by which anybody checks the share that trustee ``j`` releases."""
    return labelled("sbe/1 share", ctx, u8(j), share, blind)


def joint_commitment(ctx: bytes, share: bytes, blind: bytes) -> bytes:
    """``c_B`` of mode J, by which anybody checks the bidder's own half."""
    return labelled("sbe/1 bshare", ctx, share, blind)


def plain_commitment(ctx: bytes, i: int, blind: bytes, tree: bytes) -> bytes:
    """``pc_i``: ``tree`` is the hash of body ``i``'s plaintext in 1 MiB blocks.

    With ``blind`` (`Secrets.plain_blind`) alone a bidder proves one body to a court and keeps S.
    """
    return labelled("sbe/1 plain", ctx, u16(i), blind, tree)


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """What ``seed`` gives under the context hash ``ctx``; never printed.

    Raises:
        Invalid: ``sealing.seed`` when the seed has not 32 bytes.
    """

    seed: bytes
    ctx: bytes

    def __post_init__(self) -> None:
        check_seed(self.seed)

    def expand(self, label: bytes, length: int) -> bytes:
        """``X(label, length)``: HKDF-Expand-SHA512 under S, bound to the context."""
        return HKDFExpand(SHA512(), length, b"sbe/1 " + label + b"\0" + self.ctx).derive(self.seed)

    @property
    def commit(self) -> bytes:
        """The commitment to S that stands in the envelope."""
        return self.expand(b"commit", 32)

    def coefficients(self, k: int) -> tuple[bytes, ...]:
        """``a_1 .. a_{k-1}`` of the sharing polynomial."""
        return tuple(self.expand(b"coef" + u8(t), 32) for t in range(1, k))

    def share_blind(self, j: int) -> bytes:
        """``r_j``."""
        return self.expand(b"blind" + u8(j), 32)

    def ephemeral(self, j: int, length: int) -> bytes:
        """``e_j``: 32 bytes, or 64 for X-Wing."""
        return self.expand(b"eph" + u8(j), length)

    @property
    def joint(self) -> bytes:
        """``S_B``, the bidder's half in mode J."""
        return self.expand(b"joint", 32)

    @property
    def joint_blind(self) -> bytes:
        """The blinding of ``c_B``."""
        return self.expand(b"bblind", 32)

    def body_key(self, i: int) -> bytes:
        """``K_i``."""
        return self.expand(b"body" + u16(i), 32)

    def body_salt(self, i: int) -> bytes:
        """``salt_i``, the first 24 bytes of the ciphertext."""
        return self.expand(b"salt" + u16(i), 24)

    def plain_blind(self, i: int) -> bytes:
        """The blinding of ``pc_i``."""
        return self.expand(b"pblind" + u16(i), 32)

    def body_context(self, i: int) -> bytes:
        """The Cobblestone context of body ``i``."""
        return b"sbe/1 body\0" + self.ctx + u16(i)


def commit_of(seed: bytes, ctx: bytes) -> bytes:
    """The commitment to ``seed`` in an envelope of this context.

    Raises:
        Invalid: ``sealing.seed``.
    """
    return Secrets(seed, ctx).commit


def share_info(ctx: bytes, j: int) -> bytes:
    """The HPKE ``info`` of the share sealed to trustee ``j``."""
    return b"sbe/1 share\0" + ctx + u8(j)
