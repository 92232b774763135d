"""What the sealer computes itself, because no platform does, against Python's standard library and ``cryptography``."""

import hashlib
import json
import random
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem

from bidding import index
from bidding.sealing import hpke, labelled, shamir
from tests.browser.platforms import Platform

SOURCE = random.Random(1)
SETS: dict[str, tuple[Any, Any]] = {
    "ML-DSA-44": (mldsa.MLDSA44PrivateKey, mldsa.MLDSA44PublicKey),
    "ML-DSA-65": (mldsa.MLDSA65PrivateKey, mldsa.MLDSA65PublicKey),
}


def test_hashes_of_every_length_about_the_blocks(platform: Platform) -> None:
    messages = [SOURCE.randbytes(n) for n in (*range(140), 167, 168, 169, 271, 272, 1000)]
    expected = [
        {
            **{name: hashlib.new(name, m).hexdigest() for name in ("sha256", "sha3_256", "sha3_512")},
            "shake_128": hashlib.shake_128(m).hexdigest(200),
            "shake_256": hashlib.shake_256(m).hexdigest(200),
        }
        for m in messages
    ]
    assert platform("hashes", messages=[m.hex() for m in messages]) == expected


@pytest.mark.parametrize(("k", "n"), [(2, 2), (2, 3), (3, 5), (128, 255)])
def test_shares_are_those_of_python_and_any_k_combine(platform: Platform, k: int, n: int) -> None:
    secret, coefficients = SOURCE.randbytes(32), [SOURCE.randbytes(32) for _ in range(k - 1)]
    found = platform("shamir", secret=secret.hex(), coefficients=[c.hex() for c in coefficients], n=n, k=k)
    assert found["shares"] == [shamir.share(secret, coefficients, j).hex() for j in range(1, n + 1)]
    assert found["combined"] == secret.hex()


def test_public_points_that_a_platform_keeps_to_itself_are_those_of_python(platform: Platform) -> None:
    scalars = [(1).to_bytes(32, "big"), *(SOURCE.randbytes(32) for _ in range(6))]
    assert platform("points", scalars=[s.hex() for s in scalars]) == [hpke.public_key(2, s).hex() for s in scalars]


def test_the_dependency_opens_an_encapsulation_made_here(platform: Platform) -> None:
    keys = [mlkem.MLKEM768PrivateKey.from_seed_bytes(SOURCE.randbytes(64)) for _ in range(5)]
    cases = [{"seed": key.private_bytes_raw().hex(), "message": SOURCE.randbytes(32).hex(), "ciphertexts": []} for key in keys]
    for key, found in zip(keys, platform("mlkem", cases=cases), strict=True):
        assert found["key"] == key.public_key().public_bytes_raw().hex()
        assert found["shared"] == key.decapsulate(bytes.fromhex(found["ciphertext"])).hex()


@pytest.mark.parametrize("name", SETS)
def test_ml_dsa_signs_for_the_dependency_and_verifies_what_it_signed(platform: Platform, name: str) -> None:
    private, public = SETS[name]
    cases = []
    for n in (0, 1, 200, 3000):
        seed, message = SOURCE.randbytes(32), SOURCE.randbytes(n)
        signature = private.from_seed_bytes(seed).sign(message)
        cases.append({"name": name, "seed": seed.hex(), "message": message.hex(), "signature": signature.hex()})
    for case, found in zip(cases, platform("mldsa", cases=cases), strict=True):
        assert found["pk"] == private.from_seed_bytes(bytes.fromhex(case["seed"])).public_key().public_bytes_raw().hex()
        assert (found["verifies"], found["bent"], found["other"]) == (True, False, False)
        key = public.from_public_bytes(bytes.fromhex(found["pk"]))
        key.verify(bytes.fromhex(found["signature"]), bytes.fromhex(case["message"]))
        with pytest.raises(InvalidSignature):
            key.verify(bytes.fromhex(found["signature"]), b"another message")


@pytest.mark.parametrize("suite", [1, 2, 3])
def test_a_wrap_is_that_of_python_byte_for_byte(platform: Platform, suite: int) -> None:
    for _ in range(3):
        sk, info, text = SOURCE.randbytes(32), SOURCE.randbytes(40), SOURCE.randbytes(65)
        ephemeral, pk = SOURCE.randbytes(hpke.WRAPS[suite].ephemeral), hpke.public_key(suite, sk)
        sealed = hpke.seal(suite, pk, ephemeral, info, text)
        given = {"pk": pk.hex(), "sk": sk.hex(), "ephemeral": ephemeral.hex(), "info": info.hex(), "plaintext": text.hex()}
        found = platform("hpke", suite=suite, **given, sealed=sealed.hex())
        assert found == {"sealed": sealed.hex(), "opened": text.hex()}
        bent = sealed[:-1] + bytes([sealed[-1] ^ 1])
        assert platform("hpke", suite=suite, **given, sealed=bent.hex())["opened"] is None


def test_public_keys_that_a_kem_refuses(platform: Platform) -> None:
    good = hpke.public_key(1, bytes([1]) * 32).hex()
    small = [
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    ]
    assert platform("accepts", suite=1, pks=[good, *small, good[2:]]) == [True, False, False, False, False, False]


def test_the_index_is_that_of_python(platform: Platform) -> None:
    files = (index.FileLine("标书 1.pdf", "application/pdf", 1, 0, 12, "ab" * 32),)
    form: dict[str, object] = {
        "price": "999000000",
        "z": [1, True, None, {"b": 'é\u2028"\\\n\x01', "a": "😀"}],
        "Ä".encode().hex(): 0,
    }
    made = index.make_index("91310000MA1FL0XX0X", bytes(32), form, files)
    ctx = SOURCE.randbytes(32)
    lengths = [*range(70), 255, 256, 257, 1000, 65_537, 1_000_003, 2**32 + 1, 5_000_000_001]
    found = platform("index", index=json.loads(index.encode_index(made)), ctx=ctx.hex(), lengths=lengths)
    assert bytes.fromhex(found["body"]) == index.encode_index(made)
    assert found["again"] is True
    assert found["digest"] == index.signed_digest(ctx, made).hex()
    assert found["padme"] == [index.padme(n) for n in lengths]
    assert labelled("sbe/1 bid", ctx, index.encode_index(made).rstrip(b" ")).hex() == found["digest"]
