"""A trustee's key at rest: what opens it, what does not; and certificates read from PEM."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from archive.canonical import encode
from archive.errors import Denied, Invalid
from bidding.sealing import hpke, signing
from bidding.sealing.keyfile import KeyFile, make_key, open_key, read_certificate, read_key
from tests.unit.bidding import parties

PHRASE = "four words of no one else"


def made(suite: int = 1) -> KeyFile:
    _, raw = make_key("公证处", "T-1", 4, suite, PHRASE, parties.random("ikm"), bytes(16), bytes(12))
    return read_key(raw)


@pytest.mark.parametrize("suite", [1, 2, 3])
def test_a_key_opens_with_its_passphrase_and_is_the_public_parts(suite: int) -> None:
    file = made(suite)
    assert hpke.public_key(suite, open_key(file, PHRASE)).hex() == file.public.pk


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(Denied, match=r"keyfile\.passphrase"):
        open_key(made(), PHRASE + "x")


@pytest.mark.parametrize("change", [{"tender": "T-2"}, {"role": 1}, {"operator": "x"}, {"pk": "00" * 32}])
def test_a_file_is_good_for_what_it_names_and_nothing_else(change: dict[str, object]) -> None:
    file = made()
    with pytest.raises(Denied):
        open_key(replace(file, public=replace(file.public, **change)), PHRASE)


def test_a_short_passphrase_makes_no_key() -> None:
    with pytest.raises(Invalid, match=r"keyfile\.passphrase-short"):
        make_key("x", "T-1", 4, 1, "short", bytes(32), bytes(16), bytes(12))


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", encode({"format": "other"}), b"\xff"])
def test_what_is_no_key_file_is_named_so(raw: bytes) -> None:
    with pytest.raises(Invalid, match=r"keyfile\.form"):
        read_key(raw)


@pytest.mark.parametrize(("name", "value"), [("memory_kib", 2**30), ("iterations", 10**6), ("lanes", 0), ("name", "scrypt")])
def test_a_file_cannot_make_its_reader_work_for_ever(name: str, value: object) -> None:
    file = made()
    with pytest.raises(Invalid, match=r"keyfile\.form"):
        read_key(encode(replace(file, kdf=replace(file.kdf, **{name: value}))))


def pem(
    key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, password: bytes = b""
) -> tuple[bytes, bytes]:
    name = x509.Name([x509.NameAttribute(NameOID.SERIAL_NUMBER, "91530100MA9YDM03X8")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, start, start + timedelta(days=365))
    certificate = builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256())
    how = BestAvailableEncryption(password) if password else NoEncryption()
    return certificate.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


@pytest.mark.parametrize(
    ("key", "alg"),
    [(ed25519.Ed25519PrivateKey.generate(), signing.ED25519), (ec.generate_private_key(ec.SECP256R1()), signing.ECDSA_P256)],
)
def test_a_certificate_and_its_key_are_read(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, alg: int) -> None:
    chain, found, sk = read_certificate(*pem(key, b"pass"), b"pass")
    signature = signing.sign(found, sk, b"x")
    assert found == alg and signing.verify(alg, signing.public_key(alg, sk), signature, b"x") and len(chain) == 1


def test_a_key_that_is_not_the_certificates_is_refused() -> None:
    certificate, _ = pem(ed25519.Ed25519PrivateKey.generate())
    _, key = pem(ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(Invalid, match=r"keyfile\.pem"):
        read_certificate(certificate, key, None)


@pytest.mark.parametrize("case", ["rsa", "no password", "no pem"])
def test_what_cannot_sign_a_bid_is_named_so(case: str) -> None:
    certificate, key = pem(ed25519.Ed25519PrivateKey.generate(), b"pass" if case == "no password" else b"")
    if case == "rsa":
        certificate, key = pem(rsa.generate_private_key(65537, 2048))
    with pytest.raises(Invalid, match=r"keyfile\.pem"):
        read_certificate(certificate, b"nothing" if case == "no pem" else key, None)
