"""ECVRF-EDWARDS25519-SHA512-TAI (RFC 9381): one output per key and input, provable with the public key alone.

Pure, plain integers, about 5 ms a verification.  What touches the secret goes a ladder of fixed length with a scalar that is
blinded anew for every input, so that neither the number nor the order of its steps tells of the key; but the integers of this
language are not constant time, and nothing here claims to be.  `prove` belongs on the holder's own machine (SECURITY.md).
A key is 32 bytes, a proof 80 bytes, an output 64 bytes.
"""

import hashlib
from typing import Final

from archive.errors import Invalid

P: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, P) % P
_ROOT: Final = pow(2, (P - 1) // 4, P)
_SUITE = b"\x03"

_BLIND: Final = 16
_LADDER: Final = 256 + 8 * _BLIND
"""Bytes that blind a scalar, and steps of the ladder: more than a blinded scalar has bits."""

Point = tuple[int, int, int, int]  # extended coordinates (X, Y, Z, T), x = X/Z, y = Y/Z, T = XY/Z
_IDENTITY: Final[Point] = (0, 1, 1, 0)


def prove(secret: bytes, alpha: bytes) -> tuple[bytes, bytes]:
    """The proof ``pi`` and the output ``beta`` for ``alpha`` under a 32-byte secret (RFC 9381 section 5.1)."""
    x, prefix = _expand(secret)
    blind = int.from_bytes(hashlib.sha512(b"blind" + prefix + alpha).digest()[:_BLIND], "little")
    public = _encode(_ladder(x, _BASE, blind))
    h = _to_curve(public, alpha)
    h_text = _encode(h)
    gamma = _ladder(x, h, blind)
    k = int.from_bytes(hashlib.sha512(prefix + h_text).digest(), "little") % ORDER
    c = _challenge(public, h_text, _encode(gamma), _ladder(k, _BASE, blind), _ladder(k, h, blind))
    s = (k + c * x) % ORDER
    return _encode(gamma) + c.to_bytes(16, "little") + s.to_bytes(32, "little"), _output(gamma)


def verify(public: bytes, alpha: bytes, pi: bytes) -> bytes:
    """The output ``beta`` that ``pi`` proves (RFC 9381 section 5.3, with key validation).

    Raises:
        Invalid: ``draw.vrf`` when the proof does not hold.
    """
    key = _decode(public)
    if len(pi) != 80 or key is None or _same(_times(8, key), _IDENTITY):
        raise Invalid("draw.vrf")
    gamma, c, s = _decode(pi[:32]), int.from_bytes(pi[32:48], "little"), int.from_bytes(pi[48:], "little")
    if gamma is None or s >= ORDER:
        raise Invalid("draw.vrf")
    h = _to_curve(public, alpha)
    v = _add(_times(s, h), _negative(_times(c, gamma)))
    u = _add(_times(s, _BASE), _negative(_times(c, key)))
    if _challenge(public, _encode(h), pi[:32], u, v) != c:
        raise Invalid("draw.vrf")
    return _output(gamma)


def public_key(secret: bytes) -> bytes:
    """The public key of a 32-byte secret, as in Ed25519 (RFC 8032)."""
    x, prefix = _expand(secret)
    return _encode(_ladder(x, _BASE, int.from_bytes(hashlib.sha512(b"blind" + prefix).digest()[:_BLIND], "little")))


def _expand(secret: bytes) -> tuple[int, bytes]:
    if len(secret) != 32:
        raise Invalid("draw.vrf")
    h = hashlib.sha512(secret).digest()
    x = int.from_bytes(h[:32], "little") & ((1 << 254) - 8) | 1 << 254
    return x, h[32:]


def _to_curve(salt: bytes, alpha: bytes) -> Point:
    """Try and increment (RFC 9381 section 5.4.1.1)."""
    counter = 0
    while True:
        text = hashlib.sha512(_SUITE + b"\x01" + salt + alpha + bytes([counter]) + b"\x00").digest()[:32]
        point = _decode(text)
        if point is not None:
            return _times(8, point)
        counter += 1


def _challenge(public: bytes, h: bytes, gamma: bytes, u: Point, v: Point) -> int:
    text = _SUITE + b"\x02" + public + h + gamma + _encode(u) + _encode(v) + b"\x00"
    return int.from_bytes(hashlib.sha512(text).digest()[:16], "little")


def _output(gamma: Point) -> bytes:
    return hashlib.sha512(_SUITE + b"\x03" + _encode(_times(8, gamma)) + b"\x00").digest()


def _add(a: Point, b: Point) -> Point:
    """RFC 8032 section 5.1.4; complete, so it also doubles."""
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * _D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, z - t, z + t, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(k: int, point: Point) -> Point:
    total = _IDENTITY
    while k:
        if k & 1:
            total = _add(total, point)
        point, k = _add(point, point), k >> 1
    return total


def _ladder(k: int, point: Point, blind: int) -> Point:
    """``k`` times a point of the prime order, by as many additions for every scalar: ``k + blind * ORDER`` is walked."""
    steps = k + blind * ORDER
    low, high = _IDENTITY, point
    for bit in range(_LADDER - 1, -1, -1):
        pair = (low, high) if steps >> bit & 1 == 0 else (high, low)
        pair = (_add(pair[0], pair[0]), _add(pair[0], pair[1]))
        low, high = pair if steps >> bit & 1 == 0 else (pair[1], pair[0])
    return low


def _negative(a: Point) -> Point:
    return -a[0] % P, a[1], a[2], -a[3] % P


def _same(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def _encode(a: Point) -> bytes:
    inverse = pow(a[2], -1, P)
    x, y = a[0] * inverse % P, a[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decode(text: bytes) -> Point | None:
    """RFC 8032 section 5.1.3; None when the text is no point."""
    if len(text) != 32:
        return None
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * _ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


def _base() -> Point:
    point = _decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    if point is None:
        raise AssertionError("the base point of edwards25519 is on its curve")
    return point


_BASE: Final = _base()
