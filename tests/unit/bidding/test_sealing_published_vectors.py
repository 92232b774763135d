"""Published vectors: Cobblestone (Wycheproof), RFC 9180, hpke-pq, ML-KEM, as ``cryptography_vectors`` ships them."""

import hashlib
import json
import re
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography.cobblestone import Cobblestone256Encryptor
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bidding.sealing import hpke, mlkem
from bidding.sealing.cobblestone import BLOCK, LEAF, Encryptor, material

FOLDER = Path(cryptography_vectors.__file__).parent


def _json(*path: str) -> Any:
    return json.loads(FOLDER.joinpath(*path).read_text())


CHUNKED = _json("chunked-encryption", "vectors.json")["vectors"]
GOOD = [v for v in CHUNKED if v["aead"] == "AEAD_AES_256_GCM" and v["expect"] == "success"]
RFC9180 = [v for v in _json("HPKE", "test-vectors.json") if v["mode"] == 0]
DHKEM = [v for v in RFC9180 if v["kem_id"] in (0x0010, 0x0020)]

XWING = [v for v in _json("HPKE", "hpke-pq-test-vectors.json") if int(v["kem_id"]) == 0x647A]
SUITES = {0x0020: hpke.X25519, 0x0010: hpke.P256}


def _name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def _name(vector: dict[str, Any]) -> str:
    return f"kem-{vector['kem_id']}-kdf-{vector['kdf_id']}-aead-{vector['aead_id']}"


def _encrypt(salt: bytes, keys: bytes, plain: bytes) -> bytes:
    cipher = Encryptor(salt, keys)
    out, buffer = [cipher.header], bytearray(LEAF)
    for block in range(len(plain) // BLOCK + 1):
        used = cipher.seal_block(block, memoryview(plain)[block * BLOCK : (block + 1) * BLOCK], memoryview(buffer))
        out.append(bytes(buffer[:used]))
    return b"".join(out)


def _stored(vector: dict[str, Any]) -> bytes:
    """The ciphertext; longer ones are shipped compressed."""
    raw = b64decode(vector["ciphertext"])
    return zlib.decompress(raw) if vector["payload_length"] > 16_000 else raw


def _plaintext(stored: bytes, key: bytes, nonce: int) -> bytes:
    chunks = [stored[at : at + 16_400] for at in range(56, len(stored), 16_400)]
    return b"".join(AESGCM(key).decrypt((nonce ^ i).to_bytes(12, "big"), chunk, None) for i, chunk in enumerate(chunks))


def test_there_are_as_many_vectors_as_published() -> None:
    assert len(GOOD) == 9 and len(RFC9180) == 32 and len(XWING) == 2


@pytest.mark.parametrize("vector", GOOD, ids=lambda v: str(v["name"]))
def test_a_chunked_ciphertext_comes_out_of_our_encryptor(vector: dict[str, Any]) -> None:
    # These vectors stretch the key with SHA-256, Cobblestone-256 with SHA-512: what comes after is the same.
    stored, key, nonce = _stored(vector), bytes.fromhex(vector["aead_key"]), bytes.fromhex(vector["base_nonce"])
    plain = _plaintext(stored, key, int.from_bytes(nonce, "big"))
    assert hashlib.sha256(plain).hexdigest() == vector["payload_sha256"]
    assert _encrypt(stored[:24], key + nonce + stored[24:56], plain) == stored


@pytest.mark.parametrize("length", [0, 1, 16_383, 16_384, 16_385, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
def test_our_cobblestone_is_that_of_the_library(length: int) -> None:
    key, plain = bytes(range(32)), hashlib.shake_128(b"plain").digest(length)
    theirs = Cobblestone256Encryptor(key, b"a context")
    stored = theirs.update(plain) + theirs.finalize()
    assert _encrypt(stored[:24], material(key, stored[:24], b"a context"), plain) == stored


@pytest.mark.parametrize("vector", DHKEM, ids=_name)
def test_rfc_9180_encapsulation_comes_out(vector: dict[str, Any]) -> None:
    suite = SUITES[vector["kem_id"]]
    shared, enc = hpke.encapsulate(suite, bytes.fromhex(vector["pkRm"]), bytes.fromhex(vector["ikmE"]))
    assert (shared.hex(), enc.hex()) == (vector["shared_secret"], vector["enc"])


@pytest.mark.parametrize("vector", DHKEM, ids=_name)
def test_rfc_9180_key_derivation_comes_out(vector: dict[str, Any]) -> None:
    suite = SUITES[vector["kem_id"]]
    sk = hpke.derive_private(suite, bytes.fromhex(vector["ikmR"]))
    assert (sk.hex(), hpke.public_key(suite, sk).hex()) == (vector["skRm"], vector["pkRm"])


@pytest.mark.parametrize("vector", [v for v in RFC9180 if (v["kdf_id"], v["aead_id"]) == (1, 2)], ids=lambda v: str(v["kem_id"]))
def test_rfc_9180_key_schedule_comes_out(vector: dict[str, Any]) -> None:
    key, nonce = hpke.key_schedule(vector["kem_id"], bytes.fromhex(vector["shared_secret"]), bytes.fromhex(vector["info"]))
    assert (key.hex(), nonce.hex()) == (vector["key"], vector["base_nonce"])


@pytest.mark.parametrize("vector", XWING, ids=lambda v: str(v["kdf_id"]))
def test_xwing_encapsulation_of_the_drafts_vectors_comes_out(vector: dict[str, Any]) -> None:
    shared, enc = hpke.encapsulate(hpke.XWING, bytes.fromhex(vector["pkRm"]), bytes.fromhex(vector["ikmE"]))
    assert (shared.hex(), enc.hex()) == (vector["shared_secret"], vector["enc"])


@pytest.mark.parametrize("vector", XWING, ids=lambda v: str(v["kdf_id"]))
def test_the_drafts_xwing_seed_gives_its_public_key(vector: dict[str, Any]) -> None:
    assert hpke.public_key(hpke.XWING, bytes.fromhex(vector["skRm"])).hex() == vector["pkRm"]


def test_ml_kem_768_encapsulation_comes_out() -> None:
    text = (FOLDER / "asymmetric" / "MLKEM" / "kat_MLKEM_768.rsp").read_text()
    columns = (re.findall(rf"^{name} = (\w+)", text, re.M)[::40] for name in ("pk", "msg", "ct", "ss"))
    answers = [tuple(map(bytes.fromhex, row)) for row in zip(*columns, strict=True)]
    assert len(answers) == 25
    for pk, message, ciphertext, secret in answers:
        assert mlkem.encapsulate(pk, message) == (secret, ciphertext)
