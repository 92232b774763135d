"""The byte encodings of xdraw/1 (SPEC.md 2): canonical JSON, tagged hashes, HKDF and the stream of uniform integers.

Pure.  Hashes are SHA-256, integers on the wire are big-endian, a digest is 32 raw bytes until it is shown (lower-case hex).
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from struct import Struct, pack
from typing import Any, Final, TypeVar

from archive.canonical import write
from archive.errors import Invalid

T = TypeVar("T")

WORD: Final = 1 << 64
_PREFIX = "xdraw/1/"


def digest(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def hexed(text: str, size: int = 32) -> bytes:
    """The bytes of a lower-case hex digest of ``size`` bytes.

    Raises:
        Invalid: ``draw.hex`` for anything else.
    """
    if len(text) != 2 * size or text.lower() != text:
        raise Invalid("draw.hex", text=text[:80], size=size)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Invalid("draw.hex", text=text[:80], size=size) from None


def cj(value: Any) -> bytes:
    """Canonical JSON of an object: NFC strings, sorted ASCII keys, no blanks, integers within 2^53-1, no floats, no null.

    Raises:
        Fault: ``CANON_BAD`` for a value that has no canonical form.
    """
    return write(value)


def th(tag: str, *parts: bytes) -> bytes:
    """The tagged hash: SHA-256 over ``u16 len | "xdraw/1/"+tag``, then ``u64 len | part`` for each part."""
    return digest(_named(tag) + b"".join(pack(">Q", len(p)) + p for p in parts))


def th_each(tag: str, pairs: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """`th` of each pair, in a tight loop."""
    name, sha, u64 = _named(tag), hashlib.sha256, Struct(">Q").pack
    return [sha(name + u64(len(a)) + a + u64(len(b)) + b).digest() for a, b in pairs]


def _named(tag: str) -> bytes:
    name = (_PREFIX + tag).encode()
    return pack(">H", len(name)) + name


def lp(label: str, value: bytes) -> bytes:
    """``u16 len | label | u16 len | value``."""
    name = label.encode()
    return pack(">H", len(name)) + name + pack(">H", len(value)) + value


def prf(key: bytes, *message: bytes) -> bytes:
    """HMAC-SHA256 of the message's parts joined with a zero byte."""
    return hmac.digest(key, b"\0".join(message), "sha256")


def macs(key: bytes, head: bytes, tails: Iterable[bytes]) -> list[bytes]:
    """HMAC-SHA256 of ``head + tail`` for each tail, at a third of the cost: the padded keys are hashed once (RFC 2104)."""
    block = key.ljust(64, b"\0") if len(key) <= 64 else digest(key).ljust(64, b"\0")
    inner, outer = hashlib.sha256(bytes(b ^ 0x36 for b in block) + head), hashlib.sha256(bytes(b ^ 0x5C for b in block))
    found = []
    for tail in tails:
        once, twice = inner.copy(), outer.copy()
        once.update(tail)
        twice.update(once.digest())
        found.append(twice.digest())
    return found


def hkdf(salt: bytes, ikm: bytes, info: bytes, length: int = 32) -> bytes:
    """HKDF-SHA256, extract and expand (RFC 5869)."""
    key = hmac.digest(salt or bytes(32), ikm, "sha256")
    out = block = b""
    for i in range(1, -(-length // 32) + 1):
        block = hmac.digest(key, block + info + bytes([i]), "sha256")
        out += block
    return out[:length]


class Stream:
    """Uniform integers from a seed (SPEC.md 8): 8-byte words of SHAKE256 over ``TH("stream", seed, label)``.

    ``rejected`` counts the words that fell into the incomplete last residue class.
    """

    def __init__(self, seed: bytes, label: str) -> None:
        self._source = hashlib.shake_256(th("stream", seed, label.encode()))
        self._words = b""
        self._at = 0
        self.rejected = 0

    def word(self) -> int:
        """The next 64 bits."""
        if self._at == len(self._words):
            # SHAKE's output for a longer length starts with the shorter one, so the stream only grows.
            self._words = self._source.digest(max(256, 2 * len(self._words)))
        self._at += 8
        return int.from_bytes(self._words[self._at - 8 : self._at], "big")

    def below(self, n: int) -> int:
        """A uniform integer in [0, n), 0 < n <= 2^64.

        Raises:
            Invalid: ``draw.bound`` for any other bound.
        """
        if not 0 < n <= WORD:
            raise Invalid("draw.bound", n=n)
        limit = WORD - WORD % n
        while (w := self.word()) >= limit:
            self.rejected += 1
        return w % n


def shuffled(items: Sequence[T], stream: Stream, k: int | None = None) -> list[T]:
    """The first ``k`` (all by default) of a Fisher-Yates shuffle whose j-th step swaps j with ``j + below(n - j)``."""
    out = list(items)
    for j in range(len(out) if k is None else k):
        other = j + stream.below(len(out) - j)
        out[j], out[other] = out[other], out[j]
    return out if k is None else out[:k]


def coefficient(seed: bytes, name: str, values: Sequence[T]) -> T:
    """One of the values that the documents name, drawn at the opening (K, C, a float rate)."""
    return values[Stream(seed, "coef:" + name).below(len(values))]


def tie_lot(seed: bytes, bidders: Sequence[str]) -> list[str]:
    """Equal bidders in the order of their lots."""
    return sorted(bidders, key=lambda bidder: (prf(seed, b"tie", bidder.encode()), bidder))
