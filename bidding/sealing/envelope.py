"""The envelope and the context inside it (sealed-bid 3 and 3.4): parse strictly, encode, hash.

``context  = "SBX1" suite v8(tender) v8(lot) stage policy_hash[32] sigalg v16(submit_pk) bidder_tag[32] nonce[32]``
``envelope = "SBE1" v16(context) k n commit[32] n*{ j c[32] v16(sealed) } m m*{ ct_len root[32] pc[32] } exts …``
"""

from dataclasses import dataclass
from functools import lru_cache

from bidding.sealing.derive import labelled
from bidding.sealing.grammar import Reader, u8, u16, u64, v8, v16
from bidding.sealing.signing import KEY_LENGTH

BODY_SUITE = 1
CHUNK = 16_384
SEALED_CHUNK = CHUNK + 16
HEADER = 56
MAX_CIPHERTEXT = 2**52
EXT_JOINT = 1


def sealed_length(plain: int) -> int:
    """Bytes of the ciphertext of a body of ``plain`` bytes."""
    return HEADER + plain + 16 * (plain // CHUNK + 1)


def possible_length(ct_len: int) -> bool:
    """Whether some plaintext has a ciphertext of ``ct_len`` bytes."""
    return HEADER + 16 <= ct_len < MAX_CIPHERTEXT and (ct_len - HEADER) % SEALED_CHUNK >= 16


@dataclass(frozen=True, slots=True)
class BidContext:
    """What an envelope is for; its hash ``ctx`` is bound into every key and commitment."""

    tender: str
    lot: str
    stage: int
    policy_hash: bytes
    sigalg: int
    submit_pk: bytes
    bidder_tag: bytes
    nonce: bytes


@dataclass(frozen=True, slots=True)
class ShareLine:
    """Trustee ``j``'s commitment ``c_j`` and sealed share."""

    j: int
    c: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class BodyLine:
    """One body: ciphertext length in bytes, tree hash of the ciphertext, blinded commitment to the plaintext."""

    ct_len: int
    root: bytes
    pc: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A whole envelope; ``joint`` is ``c_B`` where mode J put it there."""

    context: BidContext
    k: int
    commit: bytes
    shares: tuple[ShareLine, ...]
    bodies: tuple[BodyLine, ...]
    joint: bytes | None = None

    @property
    def n(self) -> int:
        """How many trustees it is sealed to."""
        return len(self.shares)

    @property
    def ctx(self) -> bytes:
        """The hash of its context."""
        return _ctx(self.context)


def encode_context(c: BidContext) -> bytes:
    """The bytes of a context, within the limits.

    Raises:
        Invalid: ``sealing.context``.
    """
    where = v8(c.tender) + v8(c.lot) + u8(c.stage) + c.policy_hash
    raw = b"SBX1" + u16(BODY_SUITE) + where + u8(c.sigalg) + v16(c.submit_pk) + c.bidder_tag + c.nonce
    parse_context(raw)
    return raw


def parse_context(raw: bytes, code: str = "sealing.context") -> BidContext:
    """Read a context and hold it to the limits of 3.4.

    Raises:
        Invalid: ``code`` with ``why``.
    """
    r = Reader(raw, code)
    r.magic(b"SBX1")
    r.need(r.integer(2) == BODY_SUITE, "another body suite")
    c = BidContext(r.text(1), r.text(1), r.integer(1), r.take(32), r.integer(1), r.string(2), r.take(32), r.take(32))
    r.end()
    r.need(c.tender != "", "no tender")
    r.need(c.stage >= 1, "stage 0")
    r.need(KEY_LENGTH.get(c.sigalg) == len(c.submit_pk), f"sigalg {c.sigalg} with a key of {len(c.submit_pk)} bytes")
    return c


@lru_cache(maxsize=1024)
def _ctx(context: BidContext) -> bytes:
    """The hash of a context; an opening asks for it at every share and every body."""
    return context_hash(encode_context(context))


def context_hash(raw: bytes) -> bytes:
    """``ctx``."""
    return labelled("sbe/1 context", raw)


def encode_envelope(e: Envelope) -> bytes:
    """The bytes of an envelope, within the limits that need no policy.

    Raises:
        Invalid: ``sealing.envelope`` or ``sealing.context``.
    """
    shares = b"".join(u8(s.j) + s.c + v16(s.sealed) for s in e.shares)
    bodies = b"".join(u64(b.ct_len) + b.root + b.pc for b in e.bodies)
    exts = u16(0) if e.joint is None else u16(1) + u16(EXT_JOINT) + v16(e.joint)
    head = b"SBE1" + v16(encode_context(e.context)) + u8(e.k) + u8(e.n) + e.commit
    raw = head + shares + u16(len(e.bodies)) + bodies + exts
    parse_envelope(raw)
    return raw


def parse_envelope(raw: bytes) -> Envelope:
    """Read an envelope; what only its policy can tell is checked by `bidding.sealing.accept`.

    Raises:
        Invalid: ``sealing.envelope`` with ``why``, for the context inside as well.
    """
    r = Reader(raw, "sealing.envelope")
    r.magic(b"SBE1")
    context = parse_context(r.string(2), r.code)
    k, n = r.integer(1), r.integer(1)
    commit = r.take(32)
    shares = tuple(ShareLine(r.integer(1), r.take(32), r.string(2)) for _ in range(n))
    r.need([s.j for s in shares] == list(range(1, n + 1)), "trustees out of order")
    bodies = tuple(BodyLine(r.integer(8), r.take(32), r.take(32)) for _ in range(r.integer(2)))
    r.need(bool(bodies), "no body")
    r.need(all(possible_length(b.ct_len) for b in bodies), "a length that no ciphertext has")
    joint = _extension(r)
    r.end()
    return Envelope(context, k, commit, shares, bodies, joint)


def _extension(r: Reader) -> bytes | None:
    count = r.integer(2)
    r.need(count <= 1, "more extensions than there are")
    if count == 0:
        return None
    r.need(r.integer(2) == EXT_JOINT, "an unknown extension")
    joint = r.string(2)
    r.need(len(joint) == 32, "extension 1 has not 32 bytes")
    return joint


def envelope_id(raw: bytes) -> bytes:
    """The name under which an envelope is submitted, listed and opened."""
    return labelled("sbe/1 envelope", raw)
