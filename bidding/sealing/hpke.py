"""HPKE base mode (RFC 9180) for one message to one trustee, with the ephemeral chosen by the caller.

Sealing is written out here over X25519, P-256, ML-KEM-768, HMAC and AES-GCM, since an envelope is
re-derived from its seed; opening is ``cryptography``'s own HPKE, so two implementations check each
other at every use.  KDF HKDF-SHA256, AEAD AES-256-GCM; sizes stand in sealed-bid 3.4.
"""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from archive.errors import Invalid
from bidding.sealing import mlkem
from bidding.sealing.signing import point, point_bytes, scalar

X25519, P256, XWING = 1, 2, 3
ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PrivateKey = X25519PrivateKey | ec.EllipticCurvePrivateKey | MLKEM768X25519PrivateKey


@dataclass(frozen=True, slots=True)
class Wrap:
    """The numbers of one wrap suite: HPKE KEM id, bytes of a public key, of ``enc`` and of the ephemeral."""

    kem: int
    pk: int
    enc: int
    ephemeral: int

    @property
    def sealed(self) -> int:
        """Bytes of a sealed share: ``enc``, 65 bytes of plaintext, the tag."""
        return self.enc + 65 + 16


WRAPS = {X25519: Wrap(0x0020, 32, 32, 32), P256: Wrap(0x0010, 65, 65, 32), XWING: Wrap(0x647A, 1216, 1120, 64)}
XWING_LABEL = bytes.fromhex("5c2e2f2f5e5c")
KEMS = {X25519: KEM.X25519, P256: KEM.P256, XWING: KEM.MLKEM768_X25519}


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(SHA256(), length, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info).derive(prk)


def derive_private(suite: int, ikm: bytes) -> bytes:
    """RFC 9180 DeriveKeyPair for X25519 and P-256: the private key's 32 bytes.

    For X-Wing a private key is its 32-byte seed, and ``ikm`` already is one.
    """
    kem = b"KEM" + WRAPS[suite].kem.to_bytes(2, "big")
    match suite:
        case 1:
            return _expand(kem, _extract(kem, b"", b"dkp_prk", ikm), b"sk", b"", 32)
        case 2:
            prk = _extract(kem, b"", b"dkp_prk", ikm)
            candidates = (_expand(kem, prk, b"candidate", bytes((i,)), 32) for i in range(256))
            return next(c for c in candidates if 0 < int.from_bytes(c, "big") < ORDER_P256)
        case _:
            return ikm


def private_key(suite: int, sk: bytes) -> PrivateKey:
    """A trustee's private key: X25519 32 bytes, P-256 scalar of 32 bytes, X-Wing seed of 32 bytes.

    Raises:
        Invalid: ``sealing.key``.
    """
    try:
        match suite:
            case 1:
                return X25519PrivateKey.from_private_bytes(sk)
            case 2:
                return scalar(sk)
            case _:
                if suite != XWING or len(sk) != 32:
                    raise ValueError
                seeds = hashlib.shake_256(sk).digest(96)
                inner = X25519PrivateKey.from_private_bytes(seeds[64:])
                return MLKEM768X25519PrivateKey(MLKEM768PrivateKey.from_seed_bytes(seeds[:64]), inner)
    except ValueError:
        raise Invalid("sealing.key", suite=suite) from None


def public_key(suite: int, sk: bytes) -> bytes:
    """The public key that belongs to ``sk``, as a policy writes it.

    Raises:
        Invalid: ``sealing.key``.
    """
    key = private_key(suite, sk)
    if isinstance(key, X25519PrivateKey):
        return key.public_key().public_bytes_raw()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return point_bytes(key.public_key())
    seeds = hashlib.shake_256(sk).digest(96)
    inner = X25519PrivateKey.from_private_bytes(seeds[64:]).public_key().public_bytes_raw()
    return MLKEM768PrivateKey.from_seed_bytes(seeds[:64]).public_key().public_bytes_raw() + inner


def check_public(suite: int, pk: bytes) -> None:
    """Refuse a public key that its KEM refuses: length, off the curve, small order, coefficients over q.

    Raises:
        Invalid: ``sealing.key``.
    """
    if suite not in WRAPS or len(pk) != WRAPS[suite].pk:
        raise Invalid("sealing.key", suite=suite)
    try:
        match suite:
            case 1:
                _refuse_small_order(pk)
            case 2:
                point(pk)
            case _:
                MLKEM768PublicKey.from_public_bytes(pk[: mlkem.PUBLIC_LENGTH])
                _refuse_small_order(pk[mlkem.PUBLIC_LENGTH :])
    except ValueError:
        raise Invalid("sealing.key", suite=suite) from None


def _refuse_small_order(pk: bytes) -> None:
    # Clamping makes every scalar a multiple of 8, so a point of small order gives zero with any; the exchange refuses zero.
    X25519PrivateKey.from_private_bytes(bytes(32)).exchange(X25519PublicKey.from_public_bytes(pk))


def _dhkem(suite: int, pk: bytes, ephemeral: bytes) -> tuple[bytes, bytes]:
    sk = derive_private(suite, ephemeral)
    enc = public_key(suite, sk)
    if suite == X25519:
        dh = X25519PrivateKey.from_private_bytes(sk).exchange(X25519PublicKey.from_public_bytes(pk))
    else:
        dh = scalar(sk).exchange(ec.ECDH(), point(pk))
    kem = b"KEM" + WRAPS[suite].kem.to_bytes(2, "big")
    return _expand(kem, _extract(kem, b"", b"eae_prk", dh), b"shared_secret", enc + pk, 32), enc


def _xwing(pk: bytes, ephemeral: bytes) -> tuple[bytes, bytes]:
    message, sk = ephemeral[:32], ephemeral[32:]
    secret_m, enc_m = mlkem.encapsulate(pk[: mlkem.PUBLIC_LENGTH], message)
    pk_x = pk[mlkem.PUBLIC_LENGTH :]
    inner = X25519PrivateKey.from_private_bytes(sk)
    enc_x = inner.public_key().public_bytes_raw()
    secret_x = inner.exchange(X25519PublicKey.from_public_bytes(pk_x))
    return hashlib.sha3_256(secret_m + secret_x + enc_x + pk_x + XWING_LABEL).digest(), enc_m + enc_x


def encapsulate(suite: int, pk: bytes, ephemeral: bytes) -> tuple[bytes, bytes]:
    """The shared secret and ``enc``; ``pk`` passed `check_public`, ``ephemeral`` has the suite's length."""
    return _xwing(pk, ephemeral) if suite == XWING else _dhkem(suite, pk, ephemeral)


def key_schedule(kem: int, shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of the first message in base mode, for HKDF-SHA256 and AES-256-GCM; ``kem`` is the KEM's id."""
    hpke = b"HPKE" + kem.to_bytes(2, "big") + b"\x00\x01\x00\x02"
    context = b"\0" + _extract(hpke, b"", b"psk_id_hash", b"") + _extract(hpke, b"", b"info_hash", info)
    secret = _extract(hpke, shared, b"secret", b"")
    return _expand(hpke, secret, b"key", context, 32), _expand(hpke, secret, b"base_nonce", context, 12)


def seal(suite: int, pk: bytes, ephemeral: bytes, info: bytes, plaintext: bytes) -> bytes:
    """``enc`` and the ciphertext of one message with empty AAD: always the same for the same arguments."""
    shared, enc = encapsulate(suite, pk, ephemeral)
    key, nonce = key_schedule(WRAPS[suite].kem, shared, info)
    return enc + AESGCM(key).encrypt(nonce, plaintext, None)


def unseal(suite: int, sk: bytes, info: bytes, sealed: bytes) -> bytes | None:
    """The plaintext, or None where ``sealed`` does not open with this key and ``info``.

    Raises:
        Invalid: ``sealing.key`` when ``sk`` is no private key of the suite.
    """
    key = private_key(suite, sk)
    try:
        return Suite(KEMS[suite], KDF.HKDF_SHA256, AEAD.AES_256_GCM).decrypt(sealed, key, info)
    except (InvalidTag, ValueError):
        return None
