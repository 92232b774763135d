"""ML-KEM-768 encapsulation with caller-chosen randomness (FIPS 203, K-PKE.Encrypt and Encaps_internal).

``cryptography`` encapsulates only with randomness of its own, and an envelope must come out the same
every time.  Encapsulation alone is here; keys are checked and opened by ``cryptography``.  What runs
here is the bidder's own secret on the bidder's own machine, so it need not run in constant time.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

PUBLIC_LENGTH = 1184
Q, N, K, DU, DV = 3329, 256, 3, 10, 4

Poly = list[int]


def _reverse7(i: int) -> int:
    return int(f"{i:07b}"[::-1], 2)


ZETAS = [pow(17, _reverse7(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * _reverse7(i) + 1, Q) for i in range(128)]


def _unpack(raw: bytes, bits: int) -> Poly:
    number, mask = int.from_bytes(raw, "little"), (1 << bits) - 1
    return [(number >> (bits * i)) & mask for i in range(N)]


def _pack(values: Poly, bits: int) -> bytes:
    number = 0
    for value in reversed(values):
        number = number << bits | value
    return number.to_bytes(32 * bits, "little")


def _compress(poly: Poly, bits: int) -> Poly:
    return [((x << (bits + 1)) + Q) // (2 * Q) % (1 << bits) for x in poly]


def _uniform(seed: bytes, row: int, column: int) -> Poly:
    """SampleNTT: as many bytes of the stream as it takes, mostly 480 or so."""
    length = 480
    while True:
        stream = hashlib.shake_128(seed + bytes((column, row))).digest(length)
        triples = zip(stream[0::3], stream[1::3], stream[2::3], strict=True)
        pairs = chain.from_iterable((a + ((b & 15) << 8), (b >> 4) + (c << 4)) for a, b, c in triples)
        found = [d for d in pairs if d < Q][:N]
        if len(found) == N:
            return found
        length *= 2


@lru_cache(maxsize=256)
def _transposed(rho: bytes) -> tuple[tuple[Poly, ...], ...]:
    """The matrix of a key, transposed: one key is sealed to many times.  SampleNTT takes its indices the other way round."""
    return tuple(tuple(_uniform(rho, column, row) for column in range(K)) for row in range(K))


def _noise(seed: bytes, nonce: int) -> Poly:
    """SamplePolyCBD with eta 2."""
    nibbles = _unpack(hashlib.shake_256(seed + bytes((nonce,))).digest(128), 4)
    return [((x & 1) + (x >> 1 & 1) - (x >> 2 & 1) - (x >> 3)) % Q for x in nibbles]


def _ntt(f: Poly) -> Poly:
    f, i, length = f[:], 1, 128
    while length >= 2:
        for start in range(0, N, 2 * length):
            zeta = ZETAS[i]
            i += 1
            for j in range(start, start + length):
                t = zeta * f[j + length] % Q
                f[j], f[j + length] = (f[j] + t) % Q, (f[j] - t) % Q
        length //= 2
    return f


def _inverse_ntt(f: Poly) -> Poly:
    f, i, length = f[:], 127, 2
    while length <= 128:
        for start in range(0, N, 2 * length):
            zeta = ZETAS[i]
            i -= 1
            for j in range(start, start + length):
                t = f[j]
                f[j], f[j + length] = (t + f[j + length]) % Q, zeta * (f[j + length] - t) % Q
        length *= 2
    return [x * 3303 % Q for x in f]


def _dot(left: Sequence[Poly], right: Sequence[Poly]) -> Poly:
    """The sum of products in the NTT domain."""
    out = [0] * N
    for f, g in zip(left, right, strict=True):
        for i, gamma in enumerate(GAMMAS):
            a, b, c, d = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
            out[2 * i] += a * c + b * d % Q * gamma
            out[2 * i + 1] += a * d + b * c
    return [x % Q for x in out]


def _add(*polys: Poly) -> Poly:
    return [sum(column) % Q for column in zip(*polys, strict=True)]


def encapsulate(pk: bytes, message: bytes) -> tuple[bytes, bytes]:
    """The shared secret (32 bytes) and the ciphertext (1,088 bytes) for ``message`` of 32 random bytes.

    ``pk`` has been checked before (`bidding.sealing.hpke.check_public`).
    """
    secret_and_coins = hashlib.sha3_512(message + hashlib.sha3_256(pk).digest()).digest()
    coins, rho = secret_and_coins[32:], pk[1152:]
    t = [_unpack(pk[384 * i : 384 * (i + 1)], 12) for i in range(K)]
    y = [_ntt(_noise(coins, i)) for i in range(K)]
    u = [_add(_inverse_ntt(_dot(row, y)), _noise(coins, K + i)) for i, row in enumerate(_transposed(rho))]
    bits = [(x * Q + 1) // 2 for x in _unpack(message, 1)]
    v = _add(_inverse_ntt(_dot(t, y)), _noise(coins, 2 * K), bits)
    packed = b"".join(_pack(_compress(p, DU), DU) for p in u) + _pack(_compress(v, DV), DV)
    return secret_and_coins[:32], packed
