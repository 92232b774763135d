"""The invisible salamander (sealed-bid 2.3): one AES-256-GCM ciphertext with one tag, two keys, two prices.

A 16-byte nonce can be solved for, so the first block reads as one likes under either key; the second block
is the solution of one linear equation in GCM's field and makes both tags equal.
"""

import io
from dataclasses import replace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bidding import sealing
from bidding.opening import Answers, open_envelope
from bidding.sealing.tree import TreeHash, leaf_hash
from tests.unit.bidding import parties
from tests.unit.bidding.parties import Bidder

DEAR, CHEAP = b'{"price":9990000', b'{"price":8500000'
ONE = 1 << 127


def times(a: int, b: int) -> int:
    """Multiplication in GCM's field, bits reflected as in NIST SP 800-38D."""
    product = 0
    for i in range(127, -1, -1):
        if b >> i & 1:
            product ^= a
        a = a >> 1 ^ (0xE1 << 120 if a & 1 else 0)
    return product


def inverse(a: int) -> int:
    """``a`` to the power of 2^128 - 2."""
    result = ONE
    for _ in range(127):
        a = times(a, a)
        result = times(result, a)
    return result


def block(key: bytes, value: int, backwards: bool = False) -> int:
    """AES of one block."""
    cipher = Cipher(algorithms.AES(key), modes.ECB())
    worker = cipher.decryptor() if backwards else cipher.encryptor()
    return int.from_bytes(worker.update(value.to_bytes(16, "big")), "big")


def number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def salamander(one: bytes, two: bytes) -> tuple[bytes, bytes, bytes]:
    """Nonces for both keys, and the 48 bytes of ciphertext and tag that open under both."""
    h1, h2 = block(one, 0), block(two, 0)
    start1 = number(bytes(12) + b"\0\0\0\1")
    first = number(DEAR) ^ block(one, start1 + 1)
    start2 = block(two, first ^ number(CHEAP), backwards=True) - 1
    nonce2 = times(start2 ^ times(128, h2), inverse(times(h2, h2)))
    squares = times(h1, h1) ^ times(h2, h2)
    cubes = times(h1, times(h1, h1)) ^ times(h2, times(h2, h2))
    difference = block(one, start1) ^ block(two, start2) ^ times(first, cubes) ^ times(256, h1 ^ h2)
    second = times(difference, inverse(squares))
    hashed = times(first, times(h1, times(h1, h1))) ^ times(second, times(h1, h1)) ^ times(256, h1)
    parts = (first, second, block(one, start1) ^ hashed)
    return bytes(12), nonce2.to_bytes(16, "big"), b"".join(p.to_bytes(16, "big") for p in parts)


def test_the_field_inverts() -> None:
    for a in (ONE, 2, 12345678901234567890, (1 << 128) - 1):
        assert times(a, inverse(a)) == ONE


def test_plain_gcm_opens_one_ciphertext_to_two_prices() -> None:
    one, two = parties.random("one"), parties.random("two")
    nonce1, nonce2, sealed = salamander(one, two)
    assert AESGCM(one).decrypt(nonce1, sealed, None)[:16] == DEAR
    assert AESGCM(two).decrypt(nonce2, sealed, None)[:16] == CHEAP


def test_an_envelope_around_a_salamander_is_malformed_under_either_seed() -> None:
    policy = parties.policy(modes=3)
    bidder = Bidder("a", policy)
    honest = bidder.seal(DEAR + b"0" * 16)
    _, _, sealed = salamander(honest.secrets.body_key(0), parties.random("second key"))
    stored = honest.stored[0][:56] + sealed
    tree = TreeHash()
    tree.push(leaf_hash(stored))
    line = replace(honest.parsed.bodies[0], ct_len=len(stored), root=tree.root())
    envelope = sealing.parse_envelope(sealing.build(policy, honest.parsed.context, honest.seed, [line]))
    for seed, verdict in ((honest.seed, "malformed(bidder)"), (parties.random("second seed"), "trustees-short")):
        result = open_envelope(policy, envelope, Answers(seed=seed.hex()), [lambda: io.BytesIO(stored)], [io.BytesIO()])
        assert result.verdict == verdict
