"""Cobblestone-256 (C2SP chunked-encryption) with caller-chosen salt; sealed-bid 3.4 has it in full.

``ct = salt[24] || commitment[32] || chunks``: 16,384 plaintext bytes a chunk, AES-256-GCM, nonce =
base nonce XOR chunk number, the last chunk always shorter.  Decryption is ``cryptography``'s.
"""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from bidding.sealing.envelope import CHUNK, HEADER, SEALED_CHUNK

CHUNKS = 64
BLOCK = CHUNKS * CHUNK  # 1 MiB of plaintext, one leaf
LEAF = CHUNKS * SEALED_CHUNK
_NAME = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"


def material(key: bytes, salt: bytes, context: bytes) -> bytes:
    """Key, base nonce and commitment of a ciphertext: 32, 12 and 32 bytes."""
    return HKDFExpand(SHA512(), 76, _NAME + salt + context).derive(key)


class Encryptor:
    """Encrypts numbered chunks under the 76 bytes of `material`; ``header`` is what the ciphertext begins with.

    Chunks may be sealed in any order and from several threads: nothing here changes.
    """

    __slots__ = ("_aead", "_nonce", "header")

    def __init__(self, salt: bytes, material: bytes) -> None:
        self._aead = AESGCM(material[:32])
        self._nonce = int.from_bytes(material[32:44], "big")
        self.header = salt + material[44:]

    def seal_chunk(self, number: int, plain: memoryview, into: memoryview) -> None:
        """Encrypt chunk ``number`` into ``into``, which is 16 bytes longer than ``plain``."""
        nonce = (self._nonce ^ number).to_bytes(12, "big")
        self._aead.encrypt_into(nonce, plain, None, into)

    def seal_block(self, block: int, plain: memoryview, into: memoryview) -> int:
        """Encrypt the ``block``-th MiB (0-based) into ``into``, `LEAF` bytes long; how many were used.

        A block shorter than 1 MiB is the last one and ends with the short chunk, empty or not.
        """
        whole, rest = divmod(len(plain), CHUNK)
        first = block * CHUNKS
        for c in range(whole):
            out = into[c * SEALED_CHUNK : (c + 1) * SEALED_CHUNK]
            self.seal_chunk(first + c, plain[c * CHUNK : (c + 1) * CHUNK], out)
        if whole == CHUNKS:
            return LEAF
        end = whole * SEALED_CHUNK + rest + 16
        self.seal_chunk(first + whole, plain[whole * CHUNK :], into[whole * SEALED_CHUNK : end])
        return end


def leaf_count(ct_len: int) -> int:
    """How many leaves a ciphertext of ``ct_len`` bytes has."""
    return max(1, -(-(ct_len - HEADER) // LEAF))


def leaf_size(number: int, ct_len: int) -> int:
    """Bytes of leaf ``number`` of a ciphertext of ``ct_len`` bytes; leaf 0 has the header in front."""
    start = 0 if number == 0 else HEADER + number * LEAF
    return min(ct_len, HEADER + (number + 1) * LEAF) - start
