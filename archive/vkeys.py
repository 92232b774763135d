"""Verifier keys: name, type and public key in one line, and what a signature by one must verify over (trace-log 1.3, 1.5).

    trace.example/ptp+0bf164a6+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4

A name is non-empty and has neither a ``+`` nor a Unicode space.  The signing half is `archive.signing`.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from archive.faults import Fault
from archive.strict import base64, unbase64

KeyType = Literal[1, 4, 6]

ED25519: Final = 1
"""A log's signature over the note text."""

COSIGNATURE: Final = 4
"""Ed25519 cosignature/v1 of a witness: a time and the note text."""

MLDSA44: Final = 6
"""ML-DSA-44 over a subtree, a time and both names: a witness, or the log itself."""

_LENGTHS: dict[int, int] = {ED25519: 32, COSIGNATURE: 32, MLDSA44: 1312}


@dataclass(frozen=True, slots=True)
class Key:
    """A public key under a name; `id` is the four bytes that stand before each of its signatures."""

    name: str
    type: KeyType
    public: bytes

    @property
    def id(self) -> bytes:
        """SHA-256(name ‖ newline ‖ type ‖ public key), first four bytes."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    @property
    def label(self) -> str:
        """``name+id``: the key without its bytes, as reports name it."""
        return f"{self.name}+{self.id.hex()}"

    @property
    def text(self) -> str:
        """The vkey."""
        return f"{self.label}+{base64(bytes([self.type]) + self.public)}"

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` is this key's over ``message``; never raises."""
        try:
            if self.type == MLDSA44:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def valid_name(name: str) -> bool:
    """Whether a key may bear this name."""
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


def parse_vkey(text: str) -> Key:
    """A key from its line.

    Raises:
        Fault: ``VKEY_BAD`` for a bad name, a wrong id, an unknown type or a key of the wrong length.
    """
    name, _, rest = text.partition("+")
    key_id, plus, encoded = rest.partition("+")
    raw = unbase64(encoded)
    if not plus or not valid_name(name) or raw is None or not raw:
        raise Fault("VKEY_BAD", "not name+id+key")
    kind, public = raw[0], raw[1:]
    if len(public) != _LENGTHS.get(kind):
        raise Fault("VKEY_BAD", f"type {kind:#04x} with a key of {len(public)} bytes")
    key = Key(name, kind, public)  # type: ignore[arg-type]  # kind is a key of _LENGTHS by now
    try:
        wanted = key.id.hex()
    except UnicodeEncodeError:
        raise Fault("VKEY_BAD", "a name that is no UTF-8") from None
    if key_id != wanted:
        raise Fault("VKEY_BAD", f"id {key_id[:16]!a} is not that of its key, {wanted}")
    return key
