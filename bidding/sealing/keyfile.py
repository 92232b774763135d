"""A trustee's key at rest, under a passphrase; and a bidder's certificate with its key, from PEM files.

    {"format": "sunlit/trustee-key/1",
     "kdf": {"iterations": 3, "lanes": 4, "memory_kib": 65536, "name": "argon2id", "salt": "<16 bytes hex>"},
     "nonce": "<12 bytes hex>",
     "public": {"operator": "…", "pk": "<hex>", "role": 4, "suite": 1, "tender": "T-1"},
     "sealed": "<hex>"}

``sealed`` is the private key under AES-256-GCM with the key that Argon2id (RFC 9106, its second recommended choice) makes of
the passphrase in UTF-8; the associated data is ``format`` NUL and the canonical JSON of ``kdf`` and ``public``, so that a
file is good for the tender, role and public key that it names and for no other.
"""

from typing import Annotated, Literal

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from msgspec import Meta

from archive.canonical import encode
from archive.errors import Denied, Invalid
from archive.values import Value
from bidding.sealing import hpke, signing

FORMAT: Literal["sunlit/trustee-key/1"] = "sunlit/trustee-key/1"
LEAST_PASSPHRASE = 12
Hex = Annotated[str, Meta(pattern=r"^([0-9a-f]{2})+$", max_length=10_000)]


class PublicPart(Value, frozen=True, omit_defaults=False):
    """What a trustee gives the agency: a line of the policy, and the tender it is for.  ``pk`` is hex."""

    operator: Annotated[str, Meta(min_length=1, max_length=200)]
    pk: Hex
    role: Annotated[int, Meta(ge=1, le=4)]
    suite: Annotated[int, Meta(ge=1, le=3)]
    tender: Annotated[str, Meta(min_length=1, max_length=80)]


class Stretch(Value, frozen=True, omit_defaults=False):
    """How the passphrase is stretched; bounded, so that no file makes its reader work for ever."""

    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
    iterations: Annotated[int, Meta(ge=1, le=32)] = 3
    lanes: Annotated[int, Meta(ge=1, le=16)] = 4
    memory_kib: Annotated[int, Meta(ge=8 * 1024, le=1024 * 1024)] = 64 * 1024
    name: Literal["argon2id"] = "argon2id"


class KeyFile(Value, frozen=True, omit_defaults=False):
    """The file."""

    kdf: Stretch
    nonce: Annotated[str, Meta(pattern=r"^[0-9a-f]{24}$")]
    public: PublicPart
    sealed: Hex
    format: Literal["sunlit/trustee-key/1"] = FORMAT


def make_key(
    operator: str, tender: str, role: int, suite: int, passphrase: str, ikm: bytes, salt: bytes, nonce: bytes
) -> tuple[PublicPart, bytes]:
    """A fresh key pair and its file; ``ikm`` has 32 random bytes, ``salt`` 16, ``nonce`` 12.

    Raises:
        Invalid: ``keyfile.passphrase-short``; ``keyfile.form`` for an operator or tender that is none.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise Invalid("keyfile.passphrase-short", least=LEAST_PASSPHRASE)
    sk = hpke.derive_private(suite, ikm)
    public = PublicPart(operator, hpke.public_key(suite, sk).hex(), role, suite, tender)
    stretch = Stretch(salt.hex())
    sealed = AESGCM(_stretched(stretch, passphrase)).encrypt(nonce, sk, _bound(stretch, public))
    raw = encode(KeyFile(stretch, nonce.hex(), public, sealed.hex()))
    read_key(raw)
    return public, raw


def read_key(raw: bytes) -> KeyFile:
    """The file's parts, nothing opened.

    Raises:
        Invalid: ``keyfile.form``.
    """
    try:
        return msgspec.json.decode(raw, type=KeyFile)
    except (msgspec.MsgspecError, UnicodeDecodeError) as e:
        raise Invalid("keyfile.form", why=str(e)[:200]) from None


def open_key(file: KeyFile, passphrase: str) -> bytes:
    """The private key.

    Raises:
        Denied: ``keyfile.passphrase`` for another passphrase, or a file that was changed.
    """
    try:
        key = _stretched(file.kdf, passphrase)
        sk = AESGCM(key).decrypt(bytes.fromhex(file.nonce), bytes.fromhex(file.sealed), _bound(file.kdf, file.public))
    except InvalidTag:
        raise Denied("keyfile.passphrase") from None
    if hpke.public_key(file.public.suite, sk).hex() != file.public.pk:
        raise Denied("keyfile.passphrase")
    return sk


def _stretched(kdf: Stretch, passphrase: str) -> bytes:
    stretch = Argon2id(
        salt=bytes.fromhex(kdf.salt), length=32, iterations=kdf.iterations, lanes=kdf.lanes, memory_cost=kdf.memory_kib
    )
    return stretch.derive(passphrase.encode("utf-8", "surrogateescape"))


def _bound(kdf: Stretch, public: PublicPart) -> bytes:
    return FORMAT.encode() + b"\0" + encode({"kdf": kdf, "public": public})


def read_certificate(chain_pem: bytes, key_pem: bytes, password: bytes | None) -> tuple[tuple[bytes, ...], int, bytes]:
    """A bidder's certificate chain (DER, its own first), the number of its signature algorithm and its private key.

    Raises:
        Invalid: ``keyfile.pem`` for what cannot be read, or a key that is neither Ed25519 nor P-256 or not the certificate's.
    """
    try:
        chain = tuple(c.public_bytes(Encoding.DER) for c in x509.load_pem_x509_certificates(chain_pem))
        key = load_pem_private_key(key_pem, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as e:
        raise Invalid("keyfile.pem", why=str(e)[:200]) from None
    match key:
        case Ed25519PrivateKey():
            alg, sk = signing.ED25519, key.private_bytes_raw()
        case EllipticCurvePrivateKey() if key.curve.name == "secp256r1":
            alg, sk = signing.ECDSA_P256, key.private_numbers().private_value.to_bytes(32, "big")
        case _:
            raise Invalid("keyfile.pem", why="neither an Ed25519 nor a P-256 key")
    if x509.load_der_x509_certificate(chain[0]).public_key() != key.public_key():
        raise Invalid("keyfile.pem", why="the key is not the certificate's")
    return chain, alg, sk
