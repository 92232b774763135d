"""The bidder's certificate inside body 0: chain, validity, whose it is, and the signature over the bid.

Keys are Ed25519 or P-256; signatures are the raw 64 bytes of `bidding.sealing.signing`.  Authorities and
certificates made here are for demonstrations and tests, and say so in their subject.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from archive.errors import Invalid
from archive.values import Instant
from bidding.sealing import signing

DEMONSTRATION = "演示证书,不构成可靠电子签名"
LONGEST_CHAIN = 4
WHOSE = (NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_IDENTIFIER)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(at: Instant) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def _load(chain: Sequence[bytes]) -> list[x509.Certificate]:
    if not 1 <= len(chain) <= LONGEST_CHAIN:
        raise Invalid("sealing.certificate", why="no chain of one to four certificates")
    try:
        return [x509.load_der_x509_certificate(der) for der in chain]
    except ValueError:
        raise Invalid("sealing.certificate", why="not a certificate") from None


def signature_good(chain: Sequence[bytes], signature: bytes, message: bytes) -> bool:
    """Whether the first certificate's key made ``signature`` over ``message``.

    Raises:
        Invalid: ``sealing.certificate`` for what is no certificate or has a key of another kind.
    """
    try:
        key = _load(chain)[0].public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise Invalid("sealing.certificate", why="a key of an unknown kind") from None
    if isinstance(key, Ed25519PublicKey):
        return signing.verify(signing.ED25519, key.public_bytes_raw(), signature, message)
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        return signing.verify(signing.ECDSA_P256, signing.point_bytes(key), signature, message)
    raise Invalid("sealing.certificate", why="neither an Ed25519 nor a P-256 key")


def check_chain(chain: Sequence[bytes], anchors: Sequence[bytes], owner: str, at: Instant) -> None:
    """Hold a chain, the signer's certificate first, to its anchors, its owner's code and a moment.

    ``at`` is when the bid was received: a certificate renewed or run out since then takes nothing away.

    Raises:
        Invalid: ``sealing.certificate`` with ``why``.
    """
    certificates, roots = _load(chain), [x509.load_der_x509_certificate(der) for der in anchors]
    moment = _moment(at)
    for c in certificates:
        if not c.not_valid_before_utc <= moment <= c.not_valid_after_utc:
            raise Invalid("sealing.certificate", why="not valid when the bid was received")
    for c, issuer in pairwise(certificates):
        _issued(c, issuer)
    last = certificates[-1]
    if last not in roots:
        _anchored(last, roots)
    codes = {a.value for oid in WHOSE for a in certificates[0].subject.get_attributes_for_oid(oid)}
    if owner not in codes:
        raise Invalid("sealing.certificate", why="another party's certificate")


def _anchored(last: x509.Certificate, roots: Sequence[x509.Certificate]) -> None:
    for root in roots:
        try:
            _issued(last, root)
        except Invalid:
            continue
        return
    raise Invalid("sealing.certificate", why="not issued under a recognised authority")


def _issued(c: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        c.verify_directly_issued_by(issuer)
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        raise Invalid("sealing.certificate", why="not issued by the next one") from None
    if not basic.ca:
        raise Invalid("sealing.certificate", why="issued by a certificate that may not issue")


def _subject(name: str, code: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, DEMONSTRATION),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, code),
        ]
    )


def demonstration_authority(sk: bytes, name: str, serial: int, start: Instant, end: Instant) -> bytes:
    """A self-signed authority for demonstrations, DER; ``sk`` is an Ed25519 seed, ``serial`` a random positive number."""
    key, subject = Ed25519PrivateKey.from_private_bytes(sk), _subject(name, "DEMO")
    made = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=subject, public_key=key.public_key())
        .serial_number(serial)
        .not_valid_before(_moment(start))
        .not_valid_after(_moment(end))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    return made.sign(key, None).public_bytes(Encoding.DER)


def demonstration_certificate(
    authority: bytes, authority_sk: bytes, pk: bytes, name: str, code: str, serial: int, start: Instant, end: Instant
) -> bytes:
    """A bidder's certificate for demonstrations, DER; ``pk`` is its Ed25519 key, ``code`` its 统一社会信用代码."""
    made = (
        x509.CertificateBuilder(
            subject_name=_subject(name, code),
            issuer_name=x509.load_der_x509_certificate(authority).subject,
            public_key=Ed25519PublicKey.from_public_bytes(pk),
        )
        .serial_number(serial)
        .not_valid_before(_moment(start))
        .not_valid_after(_moment(end))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    return made.sign(Ed25519PrivateKey.from_private_bytes(authority_sk), None).public_bytes(Encoding.DER)
