"""Signatures out of 32-byte seeds: the signing half of `archive.vkeys` (trace-log 1.3, 1.5).

Ed25519 is deterministic; ML-DSA-44 is hedged, so its lines differ from run to run and verify alike.
Seeds come in as arguments: where they are kept is the business of `archive.keys`.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from archive.checkpoints import cosignature_message, parse_checkpoint, subtree_message
from archive.notes import Line
from archive.vkeys import COSIGNATURE, ED25519, MLDSA44, Key, KeyType


@dataclass(frozen=True, slots=True)
class Signer:
    """A named key that signs; the seed shows in no repr."""

    key: Key
    _private: Ed25519PrivateKey | MLDSA44PrivateKey = field(repr=False)

    @staticmethod
    def from_seed(name: str, type: KeyType, seed: bytes) -> "Signer":
        """The key that a seed of 32 bytes stands for."""
        private: Ed25519PrivateKey | MLDSA44PrivateKey
        if type == MLDSA44:
            private = MLDSA44PrivateKey.from_seed_bytes(seed)
        else:
            private = Ed25519PrivateKey.from_private_bytes(seed)
        return Signer(Key(name, type, private.public_key().public_bytes_raw()), private)

    def sign(self, message: bytes) -> bytes:
        """The bare signature over ``message``."""
        return self._private.sign(message)

    def line(self, text: str, time: int = 0) -> Line:
        """The signature line over a note's text: ``time`` in POSIX seconds for types 04 and 06.

        Raises:
            Fault: ``NOTE_BAD`` when type 06 is to sign what is no checkpoint.
            ValueError: a witness line (type 04) without a time.
        """
        if self.key.type == ED25519:
            return self._line(b"", text.encode())
        if self.key.type == COSIGNATURE:
            if time <= 0:
                raise ValueError("a cosignature states a time")
            return self._line(time.to_bytes(8, "big"), cosignature_message(time, text))
        tree = parse_checkpoint(text)
        return self.subtree_line(tree.origin, 0, tree.size, tree.root, time)

    def subtree_line(self, origin: str, start: int, end: int, root: bytes, time: int) -> Line:
        """The type 06 line over a subtree [start, end) of the log ``origin``."""
        message = subtree_message(self.key.name, time, origin, start, end, root)
        return self._line(time.to_bytes(8, "big"), message)

    def _line(self, before: bytes, message: bytes) -> Line:
        return Line(self.key.name, self.key.id, before + self._private.sign(message))
