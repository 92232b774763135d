"""Time-stamp tokens of a small authority made here: verified under its certificates, refused under others."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archive.verify.anchors import trusted_anchors
from archive.verify.files import Unreadable
from tests.logs import tender_log
from tests.packs import codes, verify

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    length = (
        bytes([size]) if size < 128 else (n := size.to_bytes((size.bit_length() + 7) // 8, "big")) and bytes([0x80 | len(n)]) + n
    )
    return bytes([tag]) + length + content


def sequence(*parts: bytes) -> bytes:
    return der(0x30, *parts)


def integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = bytes([first * 40 + second])
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return der(0x06, content)


SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"))
TST_INFO = oid("1.2.840.113549.1.9.16.1.4")


class Authority:
    """A time-stamp authority under a root of its own."""

    def __init__(self) -> None:
        self.root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
        self.root = self._certificate(name, self.root_key, 1).add_extension(x509.BasicConstraints(True, None), True)
        self.root_certificate = self.root.sign(self.root_key, hashes.SHA256())
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        leaf = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tsa")])
        made = self._certificate(leaf, self.key, 2).add_extension(usage, critical=True)
        self.certificate = made.sign(self.root_key, hashes.SHA256())
        self.pem = self.root_certificate.public_bytes(Encoding.PEM)

    def _certificate(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, serial: int) -> x509.CertificateBuilder:
        root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(root).public_key(key.public_key())
        builder = builder.serial_number(serial).not_valid_before(NOW - timedelta(days=365))
        return builder.not_valid_after(NOW + timedelta(days=3650))

    def token(self, text: bytes) -> bytes:
        """A whole TimeStampResp (RFC 3161) over the SHA-256 of a text."""
        imprint = sequence(SHA256, der(0x04, sha256(text).digest()))
        info = sequence(integer(1), oid("1.2.3.4"), imprint, integer(7), der(0x18, NOW.strftime("%Y%m%d%H%M%SZ").encode()))
        certificate = self.certificate.public_bytes(Encoding.DER)
        attributes = b"".join(
            sorted(
                [
                    sequence(oid("1.2.840.113549.1.9.3"), der(0x31, TST_INFO)),
                    sequence(oid("1.2.840.113549.1.9.4"), der(0x31, der(0x04, sha256(info).digest()))),
                    sequence(
                        oid("1.2.840.113549.1.9.16.2.47"),
                        der(0x31, sequence(sequence(sequence(der(0x04, sha256(certificate).digest()))))),
                    ),
                ]
            )
        )
        signature = self.key.sign(der(0x31, attributes), ec.ECDSA(hashes.SHA256()))
        issuer = self.certificate.issuer.public_bytes()
        signer = sequence(
            integer(1),
            sequence(issuer, integer(2)),
            SHA256,
            der(0xA0, attributes),
            sequence(oid("1.2.840.10045.4.3.2")),
            der(0x04, signature),
        )
        signed = sequence(
            integer(3),
            der(0x31, SHA256),
            sequence(TST_INFO, der(0xA0, der(0x04, info))),
            der(0xA0, certificate),
            der(0x31, signer),
        )
        return sequence(sequence(integer(0)), sequence(oid("1.2.840.113549.1.7.2"), der(0xA0, signed)))


AUTHORITY, OTHER = Authority(), Authority()
LOG = tender_log()
TEXT = LOG.checkpoint().split(b"\n\n")[0] + b"\n"


def anchored(token: bytes) -> dict[str, bytes]:
    return LOG.pack(more={"anchor/10/tsa.tsr": token})


def test_a_token_under_a_trusted_certificate_verifies() -> None:
    report = verify(anchored(AUTHORITY.token(TEXT)), anchors=trusted_anchors(AUTHORITY.pem))
    assert report.lines() == []
    assert "anchors_unverified" not in report.facts


def test_one_of_several_trusted_certificates_is_enough() -> None:
    assert codes(anchored(AUTHORITY.token(TEXT)), anchors=trusted_anchors(OTHER.pem + AUTHORITY.pem)) == []


def test_a_token_of_another_authority_is_bad() -> None:
    assert codes(anchored(AUTHORITY.token(TEXT)), anchors=trusted_anchors(OTHER.pem)) == ["ANCHOR_BAD"]


def test_a_token_over_another_text_is_bad() -> None:
    assert codes(anchored(AUTHORITY.token(b"other")), anchors=trusted_anchors(AUTHORITY.pem)) == ["ANCHOR_BAD"]


@pytest.mark.parametrize("at", [0, 5, 40, 100, 200, -1, -20])
def test_a_token_with_a_flipped_bit_is_bad(at: int) -> None:
    token = bytearray(AUTHORITY.token(TEXT))
    token[at] ^= 1
    assert codes(anchored(bytes(token)), anchors=trusted_anchors(AUTHORITY.pem)) == ["ANCHOR_BAD"]


def test_what_is_no_token_is_bad() -> None:
    fake = b"\x04\x20" + sha256(TEXT).digest()
    assert codes(anchored(fake), anchors=trusted_anchors(AUTHORITY.pem)) == ["ANCHOR_BAD"]


def test_certificates_that_are_none_cannot_be_trusted() -> None:
    with pytest.raises(Unreadable):
        trusted_anchors(b"x")
    assert trusted_anchors(None) is None
