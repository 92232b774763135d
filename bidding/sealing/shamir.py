"""Shamir sharing of 32 bytes over GF(2^8), polynomial 0x11B, byte by byte, x = 1..255.

The arithmetic is that of Vault and Privy.  Secrets here are shared once, in the bidder's own
client, and combined after they stopped being secret, so no step needs constant time.
"""

from collections.abc import Mapping, Sequence
from functools import cache


def _multiply(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= 0x11B
        b >>= 1
    return product


@cache
def _times(factor: int) -> bytes:
    """The translation table that multiplies every byte by ``factor``."""
    return bytes(_multiply(factor, x) for x in range(256))


def _inverse(a: int) -> int:
    return _times(a).index(1)


def xor(a: bytes, b: bytes) -> bytes:
    """Addition in the field, byte by byte; both of one length."""
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def share(secret: bytes, coefficients: Sequence[bytes], x: int) -> bytes:
    """``secret ^ a_1*x ^ a_2*x^2 …`` by Horner's rule; the threshold is ``len(coefficients) + 1``."""
    value = bytes(len(secret))
    for a in reversed(coefficients):
        value = xor(value, a).translate(_times(x))
    return xor(value, secret)


def combine(shares: Mapping[int, bytes]) -> bytes:
    """The polynomial's value at 0 through the points ``{x: share}``: the secret when they are enough.

    Nothing here tells whether they were: that is what the envelope's ``commit`` is for.
    """
    secret = bytes(len(next(iter(shares.values()))))
    for x, value in shares.items():
        weight = 1
        for other in shares:
            if other != x:
                weight = _multiply(weight, _multiply(other, _inverse(other ^ x)))
        secret = xor(secret, value.translate(_times(weight)))
    return secret
