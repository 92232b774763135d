"""What the browser's sealer refuses at commit is what Python refuses, and by the same name (sealed-bid 3.4, 3.5)."""

import random
from dataclasses import replace
from typing import Any

import pytest

from archive.errors import Invalid, Refused
from bidding import sealing
from bidding.sealing import hpke
from bidding.sealing.grammar import u8, u16, v16
from tests.browser.deliveries import BOTH, CALL, CASES, FIRST, GOOD, POLICY, SKS, Delivery, policy
from tests.browser.platforms import Platform


def in_python(d: Delivery) -> str:
    chains: dict[tuple[str, str, bytes], sealing.Chain] = {}
    known: set[bytes] = set()
    for step in (*d.log, d):
        try:
            done = sealing.accept(
                step.call,
                step.submit,
                step.envelopes,
                lambda s: chains.get((s.tender, s.lot, s.submit_pk), sealing.Chain()),
                known,
            )
        except Refused as refusal:
            return refusal.code.removeprefix("bid.")
        s = done.submission
        chains[s.tender, s.lot, s.submit_pk] = done.chain
        known.update(done.in_force)
    return "accepted"


def as_json(d: Delivery) -> dict[str, Any]:
    call = {"tender": d.call.tender, "lots": d.call.lots, "stages": d.call.stages, "policy": d.call.policy.hex()}
    log = [{"submit": x.submit.hex(), "envelopes": [e.hex() for e in x.envelopes]} for x in d.log]
    return {"tender": call, "log": log, "submit": d.submit.hex(), "envelopes": [e.hex() for e in d.envelopes]}


def test_every_named_case_has_its_verdict(platform: Platform) -> None:
    found = platform("acceptances", all=[as_json(d) for _, d in CASES.values()])
    assert dict(zip(CASES, found, strict=True)) == {name: verdict for name, (verdict, _) in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_python_has_the_same_verdict(name: str) -> None:
    verdict, delivery = CASES[name]
    assert in_python(delivery) == verdict


def flips(raw: bytes) -> list[bytes]:
    """The bytes with each bit of each byte flipped in turn, one bit a byte, another one each time."""
    return [raw[:i] + bytes([raw[i] ^ (1 << i % 8)]) + raw[i + 1 :] for i in range(len(raw))]


def test_no_flipped_byte_of_an_envelope_passes_and_both_say_why_alike(platform: Platform) -> None:
    deliveries = [Delivery(CALL, FIRST.submit, (bent, BOTH[1])) for bent in flips(GOOD)]
    found = platform("acceptances", all=[as_json(d) for d in deliveries])
    assert found == [in_python(d) for d in deliveries]
    assert set(found) == {"bad-envelope", "id-mismatch"}


def test_no_flipped_byte_of_a_submission_passes_and_both_say_why_alike(platform: Platform) -> None:
    deliveries = [replace(FIRST, submit=bent) for bent in flips(FIRST.submit)]
    found = platform("acceptances", all=[as_json(d) for d in deliveries])
    assert found == [in_python(d) for d in deliveries]
    assert "accepted" not in found


def read_python(policy: bytes) -> str | None:
    try:
        sealing.parse_policy(policy)
    except Invalid:
        return "bad-policy"
    return None


def policies() -> list[bytes]:
    """Policies about the limits: every flipped byte for each wrap suite, and edits of each member."""
    made = [bent for suite in (1, 2) for bent in flips(sealing.encode_policy(policy(suite)))]
    wide = sealing.encode_policy(policy(3))
    made += [bent for i, bent in enumerate(flips(wide)) if i < 40 or i % 37 == 0]
    keys = [hpke.public_key(1, bytes([j]) * 32) for j in range(1, 7)]
    for k, n in ((1, 1), (1, 2), (2, 2), (2, 3), (2, 4), (3, 3), (3, 5), (3, 6), (0, 0), (4, 3)):
        made.append(b"SBP1" + u8(k) + u8(n) + b"".join(u8(1) + u16(1) + v16(keys[j]) + v16(f"o{j}") for j in range(n)) + u8(1))
    for modes in range(32):
        made.append(POLICY[:-1] + u8(modes))
    for pk in (
        bytes(32),
        u8(1) + bytes(31),
        bytes.fromhex("ec" + "ff" * 30 + "7f"),
        bytes.fromhex("ed" + "ff" * 30 + "7f"),
        bytes(31),
        bytes(33),
    ):
        made.append(b"SBP1\2\2" + u8(1) + u16(1) + v16(pk) + v16("a") + u8(2) + u16(1) + v16(keys[0]) + v16("b") + u8(1))
    point = hpke.public_key(2, SKS[0])
    for pk in (u8(6 + point[-1] % 2) + point[1:], u8(2 + point[-1] % 2) + point[1:33], b"\4" + bytes(64), b"\0", point[:-1]):
        made.append(b"SBP1\2\2" + u8(1) + u16(2) + v16(pk) + v16("a") + u8(2) + u16(1) + v16(keys[0]) + v16("b") + u8(1))
    hybrid = hpke.public_key(3, SKS[0])
    for pk in (b"\xff" * 1184 + hybrid[1184:], hybrid[:1184] + bytes(32), hybrid[:-1], hybrid + b"\0", bytes(1216)):
        made.append(b"SBP1\2\2" + u8(1) + u16(3) + v16(pk) + v16("a") + u8(2) + u16(1) + v16(keys[0]) + v16("b") + u8(1))
    for suite in (0, 4, 0x101):
        made.append(b"SBP1\2\2" + u8(1) + u16(suite) + v16(keys[1]) + v16("a") + u8(2) + u16(1) + v16(keys[0]) + v16("b") + u8(1))
    for operators in (("a", "a"), ("a", ""), ("é", "e\u0301")):
        lines = (u8(1) + u16(1) + v16(pk) + v16(o) for pk, o in zip(keys, operators, strict=False))
        made.append(b"SBP1\2\2" + b"".join(lines) + u8(1))
    made.append(b"SBP1\2\2" + 2 * (u8(1) + u16(1) + v16(keys[0]) + v16("a")) + u8(1))
    made.append(b"SBP1\2\2" + u8(1) + u16(1) + v16(keys[0]) + v16(b"\xc3\x28") + u8(1) + u16(1) + v16(keys[1]) + v16("b") + u8(1))
    return made


def test_both_read_every_policy_alike(platform: Platform) -> None:
    made = policies()
    found = platform("readings", all=[{"policy": raw.hex()} for raw in made])
    expected = [read_python(raw) for raw in made]
    assert [(i, f, e) for i, (f, e) in enumerate(zip(found, expected, strict=True)) if f != e] == []
    assert {None, "bad-policy"} == set(found)


def test_random_edits_of_an_envelope_are_read_alike(platform: Platform) -> None:
    source = random.Random(20260105)
    made = []
    for _ in range(600):
        raw = bytearray(GOOD)
        for _ in range(source.randint(1, 3)):
            at = source.randrange(len(raw))
            match source.randrange(3):
                case 0:
                    raw[at] = source.randrange(256)
                case 1:
                    del raw[at]
                case _:
                    raw.insert(at, source.randrange(256))
        made.append(bytes(raw))

    def read(raw: bytes) -> str | None:
        try:
            sealing.parse_envelope(raw)
        except Invalid:
            return "bad-envelope"
        return None

    assert platform("readings", all=[{"envelope": raw.hex()} for raw in made]) == [read(raw) for raw in made]
