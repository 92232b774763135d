"""The signatures under submissions: Ed25519, ECDSA P-256, ML-DSA-65, by the numbers of sealed-bid 3.4.

Keys and signatures are raw bytes.  Private keys: Ed25519 and ML-DSA-65 seeds of 32 bytes, a P-256
scalar of 32 bytes.  ECDSA signs deterministically (RFC 6979); verification takes s and order - s.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archive.errors import Invalid

ED25519, ECDSA_P256, ML_DSA_65 = 1, 2, 4
KEY_LENGTH = {ED25519: 32, ECDSA_P256: 65, ML_DSA_65: 1952}
SIGNATURE_LENGTH = {ED25519: 64, ECDSA_P256: 64, ML_DSA_65: 3309}


def point(pk: bytes) -> ec.EllipticCurvePublicKey:
    """An uncompressed P-256 point.

    Raises:
        ValueError: another form, or off the curve.
    """
    if len(pk) != 65 or pk[0] != 4:
        raise ValueError("not an uncompressed point")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), pk)


def point_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    """The 65 bytes of an uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def scalar(sk: bytes) -> ec.EllipticCurvePrivateKey:
    """A P-256 private key from its 32-byte scalar.

    Raises:
        ValueError: another length, zero, or not below the order.
    """
    if len(sk) != 32:
        raise ValueError("not a scalar of 32 bytes")
    return ec.derive_private_key(int.from_bytes(sk, "big"), ec.SECP256R1())


def public_key(sigalg: int, sk: bytes) -> bytes:
    """The public key of the private key ``sk``.

    Raises:
        Invalid: ``sealing.sigalg`` for an unknown algorithm or a private key that is none of its.
    """
    try:
        match sigalg:
            case 1:
                return ed25519.Ed25519PrivateKey.from_private_bytes(sk).public_key().public_bytes_raw()
            case 2:
                return point_bytes(scalar(sk).public_key())
            case 4:
                return mldsa.MLDSA65PrivateKey.from_seed_bytes(sk).public_key().public_bytes_raw()
            case _:
                raise ValueError
    except ValueError:
        raise Invalid("sealing.sigalg", sigalg=sigalg) from None


def sign(sigalg: int, sk: bytes, message: bytes) -> bytes:
    """Sign ``message`` with the private key ``sk``.

    Raises:
        Invalid: ``sealing.sigalg`` as `public_key` does.
    """
    public_key(sigalg, sk)
    match sigalg:
        case 1:
            return ed25519.Ed25519PrivateKey.from_private_bytes(sk).sign(message)
        case 2:
            der = scalar(sk).sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
            return b"".join(n.to_bytes(32, "big") for n in decode_dss_signature(der))
        case _:
            return mldsa.MLDSA65PrivateKey.from_seed_bytes(sk).sign(message)


def verify(sigalg: int, pk: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` is good; a key or signature of another form is not."""
    if SIGNATURE_LENGTH.get(sigalg) != len(signature):
        return False
    try:
        match sigalg:
            case 1:
                ed25519.Ed25519PublicKey.from_public_bytes(pk).verify(signature, message)
            case 2:
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                point(pk).verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
            case _:
                mldsa.MLDSA65PublicKey.from_public_bytes(pk).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
