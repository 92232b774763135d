"""Policies, contexts, envelopes and submissions: what their readers refuse (sealed-bid 3.4)."""

from dataclasses import replace

import pytest

from archive.errors import Invalid
from bidding import sealing
from bidding.sealing import hpke, signing
from bidding.sealing.envelope import possible_length
from bidding.sealing.policy import Trustee
from tests.unit.bidding import parties
from tests.unit.bidding.parties import Bidder

POLICY = parties.policy()
SMALL_ORDER = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")


def _refused(code: str, read: object, raw: bytes) -> str:
    with pytest.raises(Invalid) as e:
        read(raw)  # type: ignore[operator]
    assert e.value.code == code
    return str(e.value.params["why"])


def _policy_bytes(policy: sealing.Policy) -> bytes:
    """The bytes of a policy, within its limits or not."""
    lines = b"".join(
        bytes((t.role,)) + t.suite.to_bytes(2, "big") + len(t.pk).to_bytes(2, "big") + t.pk
        + len(t.operator.encode()).to_bytes(2, "big") + t.operator.encode()
        for t in policy.trustees
    )  # fmt: skip
    return b"SBP1" + bytes((policy.k, policy.n)) + lines + bytes((policy.modes,))


def _line(policy: sealing.Policy, j: int, **changed: object) -> sealing.Policy:
    lines = list(policy.trustees)
    lines[j - 1] = replace(lines[j - 1], **changed)  # type: ignore[arg-type]
    return replace(policy, trustees=tuple(lines))


@pytest.mark.parametrize("modes", [1, 2, 3, 4, 6, 11, 14])
def test_a_combination_of_modes_that_makes_sense_is_read(modes: int) -> None:
    policy = replace(POLICY, modes=modes)
    assert sealing.parse_policy(sealing.encode_policy(policy)) == policy


@pytest.mark.parametrize("modes", [*sorted(set(range(17)) - {1, 2, 3, 4, 6, 11, 14}), 255])
def test_any_other_combination_of_modes_spoils_the_policy(modes: int) -> None:
    assert _refused("sealing.policy", sealing.parse_policy, _policy_bytes(replace(POLICY, modes=modes)))


@pytest.mark.parametrize(("k", "n"), [(1, 1), (1, 2), (0, 3), (2, 4), (4, 3), (3, 6), (2, 0)])
def test_k_of_n_needs_two_and_more_than_half(k: int, n: int) -> None:
    policy = replace(parties.policy(max(2, n // 2 + 1), max(n, 3)), k=k)
    policy = replace(policy, trustees=policy.trustees[:n])
    assert _refused("sealing.policy", sealing.parse_policy, _policy_bytes(policy))


@pytest.mark.parametrize(("k", "n"), [(2, 2), (2, 3), (3, 5), (4, 7), (128, 255)])
def test_k_of_n_up_to_255_trustees_is_read(k: int, n: int) -> None:
    policy = parties.policy(k, n)
    assert sealing.parse_policy(sealing.encode_policy(policy)).n == n


@pytest.mark.parametrize("role", [0, 5, 255])
def test_a_role_that_does_not_exist_spoils_the_policy(role: int) -> None:
    assert "role" in _refused("sealing.policy", sealing.parse_policy, _policy_bytes(_line(POLICY, 2, role=role)))


def test_several_trustees_may_share_a_role() -> None:
    assert sealing.parse_policy(_policy_bytes(_line(POLICY, 2, role=1))).trustee(2).role == 1


def test_a_key_that_stands_twice_spoils_the_policy() -> None:
    twice = _line(POLICY, 2, pk=POLICY.trustee(1).pk)
    assert "twice" in _refused("sealing.policy", sealing.parse_policy, _policy_bytes(twice))


def test_an_operator_without_a_name_spoils_the_policy() -> None:
    assert "name" in _refused("sealing.policy", sealing.parse_policy, _policy_bytes(_line(POLICY, 2, operator="")))


def test_an_operator_that_holds_k_keys_spoils_the_policy() -> None:
    one = _line(POLICY, 2, operator="org-1")
    assert "alone" in _refused("sealing.policy", sealing.parse_policy, _policy_bytes(one))


def test_operators_are_compared_byte_by_byte() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    policy = _line(_line(POLICY, 1, operator=composed), 2, operator=decomposed)
    assert sealing.parse_policy(_policy_bytes(policy)) == policy


def test_an_operator_that_is_not_utf_8_spoils_the_policy() -> None:
    raw = _policy_bytes(POLICY).replace(b"org-2", b"org-\xff")
    assert "UTF-8" in _refused("sealing.policy", sealing.parse_policy, raw)


XPK = hpke.public_key(hpke.XWING, parties.trustee_key(hpke.XWING, 1))
PPK = hpke.public_key(hpke.P256, parties.trustee_key(hpke.P256, 1))


@pytest.mark.parametrize(
    ("suite", "pk"),
    [
        (1, POLICY.trustee(1).pk[:31]),
        (1, POLICY.trustee(1).pk + b"\0"),
        (1, bytes(32)),
        (1, b"\1" + bytes(31)),
        (1, SMALL_ORDER),
        (2, PPK[:64]),
        (2, PPK[:64] + bytes((PPK[64] ^ 1,))),
        (2, b"\2" + PPK[1:33]),
        (2, b"\6" + PPK[1:]),
        (2, bytes(65)),
        (3, XPK[:1215]),
        (3, b"\xff" * 1184 + XPK[1184:]),
        (3, XPK[:1184] + bytes(32)),
        (0x101, bytes(65)),
        (0, POLICY.trustee(1).pk),
        (4, POLICY.trustee(1).pk),
    ],
)
def test_a_key_that_its_kem_refuses_spoils_the_policy(suite: int, pk: bytes) -> None:
    policy = replace(POLICY, trustees=(Trustee(1, suite, pk, "org-1"), *POLICY.trustees[1:]))
    assert "sealing.key" in _refused("sealing.policy", sealing.parse_policy, _policy_bytes(policy))


def test_wrap_suites_may_differ_from_line_to_line() -> None:
    policy = parties.policy(suites=(1, 2, 3))
    assert [t.suite for t in sealing.parse_policy(sealing.encode_policy(policy)).trustees] == [1, 2, 3]


def _cut_and_stretched(raw: bytes) -> list[bytes]:
    return [*(raw[:n] for n in range(len(raw))), raw + b"\0"]


def test_every_cut_and_every_tail_of_a_policy_is_refused() -> None:
    for raw in _cut_and_stretched(sealing.encode_policy(POLICY)):
        _refused("sealing.policy", sealing.parse_policy, raw)


def test_every_cut_and_every_tail_of_an_envelope_is_refused() -> None:
    for raw in _cut_and_stretched(Bidder("a", POLICY).seal().raw):
        _refused("sealing.envelope", sealing.parse_envelope, raw)


def test_every_cut_and_every_tail_of_a_submission_is_refused() -> None:
    bidder = Bidder("a", POLICY)
    for raw in _cut_and_stretched(bidder.message(bidder.seal())):
        _refused("sealing.submission", sealing.parse_submission, raw)


@pytest.mark.parametrize("magic", [b"SBP2", b"sbp1", b"SBE1"])
def test_another_magic_is_refused(magic: bytes) -> None:
    assert "SBP1" in _refused("sealing.policy", sealing.parse_policy, magic + sealing.encode_policy(POLICY)[4:])


CONTEXT = Bidder("a", POLICY).context()


@pytest.mark.parametrize(
    "changed",
    [
        {"tender": ""},
        {"stage": 0},
        {"sigalg": 3},
        {"sigalg": 0},
        {"sigalg": 2},
        {"submit_pk": b"\x11" * 31},
        {"submit_pk": b""},
    ],
    ids=str,
)
def test_a_context_beyond_the_limits_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Invalid) as e:
        sealing.encode_context(replace(CONTEXT, **changed))  # type: ignore[arg-type]
    assert e.value.code == "sealing.context"


@pytest.mark.parametrize(
    "changed", [{"tender": "t" * 256}, {"stage": 256}, {"stage": -1}, {"submit_pk": bytes(65_536)}], ids=lambda c: next(iter(c))
)
def test_what_does_not_fit_its_place_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Invalid) as e:
        sealing.encode_context(replace(CONTEXT, **changed))  # type: ignore[arg-type]
    assert e.value.code == "sealing.range"


def test_another_body_suite_is_refused() -> None:
    raw = bytearray(sealing.encode_context(CONTEXT))
    raw[5] = 2
    assert "suite" in _refused("sealing.context", sealing.parse_context, bytes(raw))


def test_a_lot_may_be_empty_and_a_tender_may_have_255_bytes() -> None:
    longest = replace(CONTEXT, lot="", tender="标" * 85, stage=255)
    assert sealing.parse_context(sealing.encode_context(longest)) == longest


def test_a_tender_that_is_not_utf_8_is_refused() -> None:
    raw = sealing.encode_context(replace(CONTEXT, tender="ab")).replace(b"\2ab", b"\2\xffb", 1)
    assert "UTF-8" in _refused("sealing.context", sealing.parse_context, raw)


@pytest.mark.parametrize(
    ("length", "possible"),
    [
        (0, False), (56, False), (71, False), (72, True), (73, True), (56 + 16_383 + 16, True), (56 + 16_400, False),
        (56 + 16_400 + 15, False), (56 + 16_400 + 16, True), (2**52 - 1, True), (2**52, False),
    ],
)  # fmt: skip
def test_only_lengths_that_some_plaintext_gives_are_possible(length: int, possible: bool) -> None:
    assert possible_length(length) is possible


@pytest.mark.parametrize("plain", [0, 1, 16_383, 16_384, 16_385, 2**20 - 1, 2**20, 2**20 + 1])
def test_the_length_of_a_ciphertext_is_that_of_the_formula(plain: int) -> None:
    assert sealing.sealed_length(plain) == 56 + plain + 16 * (plain // 16_384 + 1)
    assert possible_length(sealing.sealed_length(plain))


ENVELOPE = Bidder("a", POLICY).seal().parsed


@pytest.mark.parametrize(
    "envelope",
    [
        replace(ENVELOPE, bodies=()),
        replace(ENVELOPE, bodies=(replace(ENVELOPE.bodies[0], ct_len=71),)),
        replace(ENVELOPE, joint=b"x" * 31),
        replace(ENVELOPE, shares=ENVELOPE.shares[::-1]),
        replace(ENVELOPE, shares=(ENVELOPE.shares[0], ENVELOPE.shares[0], ENVELOPE.shares[2])),
        replace(ENVELOPE, shares=ENVELOPE.shares[1:]),
    ],
    ids=["no body", "impossible length", "c_B of 31 bytes", "lines backwards", "a line twice", "lines from 2"],
)
def test_an_envelope_beyond_the_limits_is_refused(envelope: sealing.Envelope) -> None:
    with pytest.raises(Invalid) as e:
        sealing.encode_envelope(envelope)
    assert e.value.code == "sealing.envelope"


@pytest.mark.parametrize(
    "exts",
    [
        b"\0\1\0\2\0\x20" + bytes(32),
        b"\0\1\0\1\0\x21" + bytes(33),
        b"\0\2\0\1\0\x20" + bytes(32) + b"\0\1\0\x20" + bytes(32),
        b"\0\1\0\0\0\0",
    ],
    ids=["unknown type", "33 bytes", "twice", "type 0"],
)
def test_an_extension_that_does_not_exist_is_refused(exts: bytes) -> None:
    raw = sealing.encode_envelope(ENVELOPE)[:-2] + exts
    _refused("sealing.envelope", sealing.parse_envelope, raw)


def test_an_envelope_without_trustees_is_read_and_left_to_its_policy() -> None:
    assert sealing.parse_envelope(sealing.encode_envelope(replace(ENVELOPE, k=0, shares=()))).n == 0


@pytest.mark.parametrize(
    "changed",
    [{"action": 0}, {"action": 3}, {"tender": ""}, {"action": 1, "envelopes": ()}, {"action": 2}],
    ids=["action 0", "action 3", "no tender", "nothing submitted", "a withdrawal that names an envelope"],
)
def test_a_submission_beyond_its_grammar_is_refused(changed: dict[str, object]) -> None:
    bidder = Bidder("a", POLICY)
    s = sealing.parse_submission(bidder.message(bidder.seal()))
    with pytest.raises(Invalid) as e:
        sealing.encode_submission(replace(s, **changed))  # type: ignore[arg-type]
    assert e.value.code == "sealing.submission"


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_seed_of_another_length_than_32_is_refused(length: int) -> None:
    with pytest.raises(Invalid) as e:
        sealing.Secrets(bytes(length), bytes(32))
    assert e.value.code == "sealing.seed"


def test_a_seed_is_never_printed() -> None:
    assert "00" * 8 not in repr(sealing.Secrets(bytes(32), bytes(32))) and "\\x00" not in repr(
        sealing.Secrets(bytes(32), bytes(32))
    )


@pytest.mark.parametrize("sigalg", [1, 2, 4])
def test_a_signature_verifies_and_only_with_its_message(sigalg: int) -> None:
    sk = parties.random("sk")
    pk, sig = signing.public_key(sigalg, sk), signing.sign(sigalg, sk, b"message")
    assert (len(pk), len(sig)) == (signing.KEY_LENGTH[sigalg], signing.SIGNATURE_LENGTH[sigalg])
    assert signing.verify(sigalg, pk, sig, b"message") and not signing.verify(sigalg, pk, sig, b"another")


def test_an_ecdsa_signature_may_have_s_or_its_complement() -> None:
    sk = parties.random("sk")
    sig = signing.sign(2, sk, b"message")
    other = sig[:32] + (hpke.ORDER_P256 - int.from_bytes(sig[32:], "big")).to_bytes(32, "big")
    assert signing.verify(2, signing.public_key(2, sk), other, b"message")


@pytest.mark.parametrize(
    ("sigalg", "pk", "sig"),
    [
        (1, b"\x11" * 32, bytes(63)), (1, b"\xff" * 32, bytes(64)), (2, bytes(65), bytes(64)), (2, PPK, bytes(64)),
        (2, PPK, b"\x30" + bytes(70)), (3, PPK, bytes(64)), (4, bytes(1952), bytes(3309)), (4, bytes(3), bytes(3309)),
    ],
)  # fmt: skip
def test_what_is_no_signature_does_not_verify(sigalg: int, pk: bytes, sig: bytes) -> None:
    assert not signing.verify(sigalg, pk, sig, b"message")


@pytest.mark.parametrize(
    ("sigalg", "sk"), [(1, bytes(31)), (2, bytes(32)), (2, b"\xff" * 32), (2, bytes(31)), (3, bytes(32)), (4, bytes(5))]
)
def test_what_is_no_private_key_is_refused(sigalg: int, sk: bytes) -> None:
    with pytest.raises(Invalid) as e:
        signing.sign(sigalg, sk, b"message")
    assert e.value.code == "sealing.sigalg"


@pytest.mark.parametrize(("suite", "sk"), [(1, bytes(31)), (2, bytes(32)), (2, bytes(33)), (3, bytes(31)), (4, bytes(32))])
def test_what_is_no_trustee_key_is_refused(suite: int, sk: bytes) -> None:
    with pytest.raises(Invalid) as e:
        hpke.public_key(suite, sk)
    assert e.value.code == "sealing.key"
