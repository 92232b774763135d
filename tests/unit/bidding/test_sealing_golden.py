"""The golden vector of sealed-bid 3.1, and the vendored cases through the same door as acceptance."""

import io
import json
from pathlib import Path

import pytest

from bidding import sealing
from bidding.sealing import hpke
from tests.vectors import sbe

SEED = bytes(range(32))
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sbe-public.json").read_text())


def _trustee_key(j: int) -> bytes:
    return hpke.derive_private(hpke.X25519, sealing.labelled("tv", b"trustee", bytes((j,))))


@pytest.fixture(scope="module")
def policy() -> sealing.Policy:
    keys = [hpke.public_key(hpke.X25519, _trustee_key(j)) for j in (1, 2, 3)]
    return sealing.Policy(2, tuple(sealing.Trustee(j, 1, pk, f"trustee-{j}") for j, pk in enumerate(keys, 1)), 3)


@pytest.fixture(scope="module")
def context(policy: sealing.Policy) -> sealing.BidContext:
    pinned = sealing.policy_hash(sealing.encode_policy(policy))
    return sealing.BidContext("T-2026-001", "L1", 1, pinned, 1, b"\x11" * 32, b"\x22" * 32, b"\x33" * 32)


@pytest.fixture(scope="module")
def stored() -> list[io.BytesIO]:
    return [io.BytesIO(), io.BytesIO()]


@pytest.fixture(scope="module")
def sealed(policy: sealing.Policy, context: sealing.BidContext, stored: list[io.BytesIO]) -> sealing.Sealed:
    plains = [b'{"price":"9990000.00"}', sbe.SQUARES * 17]
    return sealing.seal(policy, context, SEED, [(io.BytesIO(p), s) for p, s in zip(plains, stored, strict=True)])


def test_the_policy_hash_is_the_published_one(policy: sealing.Policy) -> None:
    got = sealing.policy_hash(sealing.encode_policy(policy)).hex()
    assert got == "e914394bdd093e14c1324c898d46e4b9591c444474281922066e8831de17c662"


def test_the_secrets_are_the_published_ones(policy: sealing.Policy, context: sealing.BidContext) -> None:
    secrets = sealing.Secrets(SEED, sealing.context_hash(sealing.encode_context(context)))
    first = sealing.shares(policy, secrets)[0]
    got = [x.hex() for x in (secrets.ctx, secrets.commit, first.share, secrets.body_key(0), secrets.body_salt(0))]
    assert got == [
        "d15785db641429142b6704d0c5008e42aa031b5bb30cab3c75bd37ac0fe96865",
        "148535380617c435f92a7626252ff3d67a8cc0311dd4145a6490483cd65f230b",
        "5f0eb8d03d7263748a63c7aa755703d6e4a6f2a835232aabe7f7aaab66a8fc50",
        "4bb8f7747a74e83c9fff3fe8efbf47f30006172633ce93758afa0d607e2b74c0",
        "58f4cda9182e7f7716d28455940c4ecc09ab9c591d5de11c",
    ]


def test_the_first_share_line_is_the_published_one(sealed: sealing.Sealed) -> None:
    line = sealing.parse_envelope(sealed.envelope).shares[0]
    assert line.c.hex() == "e67102d446d3de651ca68180198f2d59d02b5ae5e53e6f3e161f5578621096ce"
    assert line.sealed.hex() == (
        "bec7039a5daf82537b18dc968fca5fafb74ff12b457ef86fe934acbe827aca20927d9eda785ea75633fe093f30801171d0087bb3203f58354ffc2f1ab2ca3913"
        "a06fffb3d3de5c5c10497383ccced0103036d267716b6bcaaa5a22adbb1380b68b3ec048f20cbdf2f3ee009730fbad4d82"
    )


def test_the_body_lines_are_the_published_ones(sealed: sealing.Sealed) -> None:
    first, second = (b.line for b in sealed.bodies)
    assert (first.root.hex(), first.pc.hex()) == (
        "a127784360ca1868d209ea43cdc166b355ff26e76c8eab37a841b8a7883c3ecb",
        "fe8efa8df270bd7d1d0bc6fd01fdea61a2ee5b5fff100b3b57f99a243b7fa867",
    )
    assert (second.ct_len, second.root.hex(), second.pc.hex()) == (
        1_115_272,
        "a47c877dd50886f4b2632cf1fbc13ac79a4468cbd1cb581feec53efe2fb95b8d",
        "6033da45f889894788218bf84a1155e123c5cfe9c2bd76257a0ca80b84525cfe",
    )


def test_the_envelope_is_the_published_one(sealed: sealing.Sealed) -> None:
    assert len(sealed.envelope) == 784
    assert sealed.id.hex() == "dc8b4de650eb9122d305665778e1a7bfd250465e5e9e9854961e34b246d21715"


@pytest.mark.parametrize("j", [1, 2, 3])
def test_each_trustee_opens_its_share(policy: sealing.Policy, sealed: sealing.Sealed, j: int) -> None:
    envelope = sealing.parse_envelope(sealed.envelope)
    assert (
        sealing.trustee_open(policy, envelope, j, _trustee_key(j))
        == sealing.shares(policy, sealing.Secrets(SEED, envelope.ctx))[j - 1]
    )


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["id"]))
def test_a_public_vector_comes_out(case: dict[str, object]) -> None:
    assert list(sbe.cases({"cases": [case]})) == [(case["id"], None)]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["id"]))
def test_a_changed_vector_is_reported(case: dict[str, object]) -> None:
    out = case["out"]
    assert isinstance(out, dict)
    first = next(iter(out))
    wrong = {**case, "out": {**out, first: "something else"}}
    ((_, outcome),) = sbe.cases({"cases": [wrong]})
    assert outcome is not None and first in outcome
