"""Verdicts of sealed-bid 3.6: every mode, every fault, every attack of 2.3 that an envelope can show."""

import io
from dataclasses import replace
from itertools import combinations

import pytest
from msgspec.structs import replace as with_

from archive.errors import Invalid
from bidding import sealing
from bidding.opening import (
    Answers,
    Finding,
    Proof,
    Release,
    Stored,
    Verdict,
    attribute,
    keyed,
    open_envelope,
    read_bodies,
    settle,
)
from bidding.sealing import hpke, shamir
from bidding.sealing.derive import share_commitment, share_info
from bidding.sealing.seal import Share
from tests.unit.bidding import parties
from tests.unit.bidding.parties import Bidder, SealedEnvelope, trustee_key


def verdict(e: SealedEnvelope, answers: Answers, stored: list[Stored] | None = None) -> str:
    sources = e.sources() if stored is None else stored
    return open_envelope(e.policy, e.parsed, answers, sources, [io.BytesIO() for _ in e.parsed.bodies]).verdict


def made(k: int = 2, n: int = 3, modes: int = 3, suites: tuple[int, ...] = ()) -> SealedEnvelope:
    return Bidder("a", parties.policy(k, n, modes, suites)).seal(b"index", b"attachments" * 1000)


T, B, TB, J, JB, B_T, B_J = 1, 2, 3, 4, 6, 11, 14


@pytest.mark.parametrize("trustees", [t for r in (3, 4, 5) for t in combinations(range(1, 6), r)])
def test_any_k_trustees_open(trustees: tuple[int, ...]) -> None:
    e = made(3, 5, T)
    result = open_envelope(e.policy, e.parsed, e.answers(*trustees), e.sources(), sinks := [io.BytesIO(), io.BytesIO()])
    assert result.verdict == "opened" and result.seed == e.seed
    assert [s.getvalue() for s in sinks] == e.plains


@pytest.mark.parametrize("trustees", [t for r in (0, 1, 2) for t in combinations(range(1, 6), r)])
def test_fewer_than_k_trustees_do_not(trustees: tuple[int, ...]) -> None:
    e = made(3, 5, T)
    assert verdict(e, e.answers(*trustees)) == "trustees-short"


@pytest.mark.parametrize("suites", [(2, 2, 2), (3, 3, 3), (1, 2, 3)])
def test_every_wrap_suite_opens(suites: tuple[int, ...]) -> None:
    e = made(suites=suites)
    for pair in combinations((1, 2, 3), 2):
        assert verdict(e, e.answers(*pair)) == "opened"


@pytest.mark.parametrize("modes", [B, TB, JB, B_T, B_J])
def test_a_published_seed_opens_where_the_modes_have_b(modes: int) -> None:
    e = made(modes=modes)
    assert verdict(e, Answers(seed=e.seed.hex())) == "opened"


@pytest.mark.parametrize("modes", [T, J])
def test_a_published_seed_does_not_count_elsewhere(modes: int) -> None:
    e = made(modes=modes)
    assert verdict(e, Answers(seed=e.seed.hex())) == "trustees-short"


@pytest.mark.parametrize("seed", ["", "00" * 16, "00" * 32, "00" * 33, "zz"])
def test_anything_else_published_is_ignored(seed: str) -> None:
    e = made(modes=TB)
    assert verdict(e, Answers(seed=seed)) == "trustees-short"
    assert verdict(e, with_(e.answers(1, 2), seed=seed)) == "opened"


def test_a_seed_with_a_zero_byte_more_is_not_the_seed() -> None:
    e = made(modes=B)
    assert verdict(e, Answers(seed=e.seed.hex() + "00")) == "bidder-absent"


def test_without_t_and_j_trustees_open_nothing() -> None:
    e = made(modes=B)
    assert verdict(e, e.answers(1, 2, 3)) == "bidder-absent"


@pytest.mark.parametrize("modes", [J, JB, B_J])
def test_mode_j_needs_trustees_and_bidder(modes: int) -> None:
    e = made(modes=modes)
    assert verdict(e, with_(e.answers(1, 3), bidder=e.half())) == "opened"
    assert verdict(e, e.answers(1, 2, 3)) == "bidder-absent"
    assert verdict(e, Answers(bidder=e.half())) == "trustees-short"


def test_in_mode_j_a_half_that_is_not_c_b_is_none() -> None:
    e = made(modes=J)
    for wrong in (with_(e.half(), share="00" * 32), with_(e.half(), r="00" * 32), with_(e.half(), share="00")):
        assert verdict(e, with_(e.answers(1, 2), bidder=wrong)) == "bidder-absent"


def test_a_half_for_an_envelope_without_one_is_none() -> None:
    e = made(modes=T)
    assert not sealing.joint_good(e.parsed, sealing.joint_share(e.secrets))


def test_in_mode_j_all_trustees_together_do_not_have_the_seed() -> None:
    e = made(modes=J)
    good = sealing.good_releases(e.parsed, (Share(r.j, bytes.fromhex(r.share), bytes.fromhex(r.r)) for r in e.releases(1, 2, 3)))
    combined = sealing.combine(e.policy, good)
    assert combined is not None and not sealing.seed_good(e.parsed, combined)


def test_wrong_releases_are_passed_over() -> None:
    e = made()
    one, two = e.releases(1, 2)
    wrong = (
        with_(one, share=two.share),
        with_(two, j=3),
        with_(one, j=0),
        with_(one, j=200),
        with_(one, r="00"),
        Release(3, "x", "y"),
    )
    assert verdict(e, Answers((*wrong, two))) == "trustees-short"
    assert verdict(e, Answers((*wrong, one, two))) == "opened"


def test_one_trustee_answering_twice_counts_once() -> None:
    e = made()
    assert verdict(e, e.answers(1, 1)) == "trustees-short"


def test_releases_for_another_envelope_open_nothing() -> None:
    bidder = Bidder("a", parties.policy())
    first, second = bidder.seal(b"one"), bidder.seal(b"two")
    assert verdict(first, second.answers(1, 2, 3)) == "trustees-short"


@pytest.mark.parametrize("j", [1, 2, 3])
def test_an_unfounded_complaint_is_silence(j: int) -> None:
    e = made()
    assert verdict(e, with_(e.answers(1, 2), complaints=(Proof(j, trustee_key(1, j).hex()),))) == "opened"


@pytest.mark.parametrize("sk", ["", "zz", "00" * 32, trustee_key(1, 2).hex()])
def test_a_complaint_with_another_key_is_silence(sk: str) -> None:
    e = made()
    assert verdict(e, with_(e.answers(2, 3), complaints=(Proof(1, sk),))) == "opened"


@pytest.mark.parametrize("j", [0, 4, 255])
def test_a_complaint_of_nobody_is_silence(j: int) -> None:
    e = made()
    assert verdict(e, with_(e.answers(2, 3), complaints=(Proof(j, trustee_key(1, 1).hex()),))) == "opened"


def _with_line(e: SealedEnvelope, j: int, **changed: bytes) -> SealedEnvelope:
    """An envelope of a cheating bidder: line ``j`` is another one."""
    lines = list(e.parsed.shares)
    lines[j - 1] = replace(lines[j - 1], **changed)  # type: ignore[arg-type]
    return replace(e, raw=sealing.encode_envelope(replace(e.parsed, shares=tuple(lines))))


@pytest.mark.parametrize("j", [1, 2, 3])
def test_a_proven_complaint_makes_the_bidder_malformed_however_many_release(j: int) -> None:
    e = made()
    cheated = _with_line(e, j, sealed=bytes(113))
    assert sealing.trustee_open(e.policy, cheated.parsed, j, trustee_key(1, j)) is None
    others = cheated.answers(*({1, 2, 3} - {j}))
    proven = with_(others, complaints=(Proof(j, trustee_key(1, j).hex()),))
    assert verdict(cheated, proven) == "malformed(bidder)"


def test_garbage_for_a_silent_trustee_is_found_by_re_derivation() -> None:
    cheated = _with_line(made(), 3, sealed=bytes(113))
    assert verdict(cheated, cheated.answers(1, 2)) == "malformed(bidder)"


@pytest.mark.parametrize("subset", list(combinations(range(1, 6), 3)))
def test_an_optional_bid_is_malformed_whoever_answers(subset: tuple[int, ...]) -> None:
    """The bidder seals a share that fits its commitment but no polynomial: it would open only with friends."""
    e = made(3, 5, TB)
    secrets, j = e.secrets, 4
    bad = shamir.xor(sealing.shares(e.policy, secrets)[j - 1].share, bytes(31) + b"\1")
    text = bytes((j,)) + bad + secrets.share_blind(j)
    sealed = hpke.seal(1, e.policy.trustee(j).pk, secrets.ephemeral(j, 32), share_info(secrets.ctx, j), text)
    cheated = _with_line(e, j, c=share_commitment(secrets.ctx, j, bad, secrets.share_blind(j)), sealed=sealed)
    assert verdict(cheated, cheated.answers(*subset)) == "malformed(bidder)"
    assert verdict(cheated, Answers(seed=e.seed.hex())) == "malformed(bidder)"


def test_a_copied_envelope_with_the_thiefs_key_opens_for_no_trustee() -> None:
    victim, thief = made(), Bidder("thief", parties.policy())
    context = replace(victim.parsed.context, submit_pk=thief.pk)
    copied = replace(victim, raw=sealing.encode_envelope(replace(victim.parsed, context=context)))
    keys = {j: trustee_key(1, j) for j in (1, 2, 3)}
    assert all(sealing.trustee_open(copied.policy, copied.parsed, j, sk) is None for j, sk in keys.items())
    complaint = Answers(complaints=(Proof(1, keys[1].hex()),))
    assert verdict(copied, complaint) == "malformed(bidder)"


@pytest.mark.parametrize("field", ["tender", "lot", "stage", "policy_hash", "bidder_tag", "nonce"])
def test_an_envelope_moved_to_another_place_opens_for_no_trustee(field: str) -> None:
    e = made()
    other = {"tender": "T-other", "lot": "L2", "stage": 2}.get(field, bytes(32))
    context = replace(e.parsed.context, **{field: other})  # type: ignore[arg-type]
    moved = replace(e.parsed, context=context)
    assert all(sealing.trustee_open(e.policy, moved, j, trustee_key(1, j)) is None for j in (1, 2, 3))


def test_exchanged_shares_open_for_neither_trustee() -> None:
    e = made()
    one, two, three = e.parsed.shares
    swapped = replace(e.parsed, shares=(replace(one, sealed=two.sealed), replace(two, sealed=one.sealed), three))
    assert sealing.trustee_open(e.policy, swapped, 1, trustee_key(1, 1)) is None
    assert sealing.trustee_open(e.policy, swapped, 2, trustee_key(1, 2)) is None


def test_a_share_of_another_j_sealed_to_a_trustee_is_a_complaint() -> None:
    e = made()
    secrets = e.secrets
    second = sealing.shares(e.policy, secrets)[1]
    text = bytes((2,)) + second.share + second.blind
    sealed = hpke.seal(1, e.policy.trustee(1).pk, secrets.ephemeral(1, 32), share_info(secrets.ctx, 1), text)
    assert sealing.trustee_open(e.policy, _with_line(e, 1, sealed=sealed).parsed, 1, trustee_key(1, 1)) is None


@pytest.mark.parametrize("length", [0, 64, 66])
def test_a_share_of_another_length_is_a_complaint(length: int) -> None:
    e = made()
    sealed = hpke.seal(1, e.policy.trustee(1).pk, bytes(32), share_info(e.secrets.ctx, 1), b"\1" * length)
    assert sealing.trustee_open(e.policy, _with_line(e, 1, sealed=sealed).parsed, 1, trustee_key(1, 1)) is None


def test_an_enc_of_small_order_is_a_complaint() -> None:
    e = made()
    cheated = _with_line(e, 1, sealed=bytes(32) + e.parsed.shares[0].sealed[32:])
    assert sealing.complaint_proven(e.policy, cheated.parsed, 1, trustee_key(1, 1))


@pytest.mark.parametrize("j", [0, 4])
def test_a_trustee_that_is_not_there_opens_nothing(j: int) -> None:
    e = made()
    with pytest.raises(Invalid) as refused:
        sealing.trustee_open(e.policy, e.parsed, j, trustee_key(1, 1))
    assert refused.value.code == "sealing.trustee"


def test_an_envelope_is_built_only_under_the_policy_it_names() -> None:
    e = made()
    with pytest.raises(Invalid) as refused:
        sealing.build(parties.policy(3, 5), e.parsed.context, e.seed, e.parsed.bodies)
    assert refused.value.code == "sealing.policy"


@pytest.mark.parametrize("change", ["commit", "c", "sealed", "body"])
def test_an_envelope_that_its_seed_does_not_give_is_malformed(change: str) -> None:
    e = made(modes=TB)
    parsed = e.parsed
    one = parsed.shares[2]
    changed = {
        "commit": replace(parsed, commit=bytes(32)),
        "c": replace(parsed, shares=(*parsed.shares[:2], replace(one, c=bytes(32)))),
        "sealed": replace(parsed, shares=(*parsed.shares[:2], replace(one, sealed=one.sealed[:-1] + b"\0"))),
        "body": replace(parsed, bodies=(parsed.bodies[0], replace(parsed.bodies[1], pc=bytes(32)))),
    }[change]
    assert verdict(replace(e, raw=sealing.encode_envelope(changed)), e.answers(1, 2)) == "malformed(bidder)"


def test_missing_bytes_are_seen_before_any_body_is_decrypted() -> None:
    e = made()
    bad_plaintext = replace(e.parsed, bodies=(replace(e.parsed.bodies[0], pc=bytes(32)), e.parsed.bodies[1]))
    cheated = replace(e, raw=sealing.encode_envelope(bad_plaintext))
    assert verdict(cheated, cheated.answers(1, 2), [e.sources()[0], None]) == "bytes-missing"


@pytest.mark.parametrize("stored", [b"", b"x", None])
def test_bytes_that_are_not_there_are_the_verdict(stored: bytes | None) -> None:
    e = made()
    sources: list[Stored] = [e.sources()[0], None if stored is None else lambda: io.BytesIO(stored)]
    assert verdict(e, e.answers(1, 2), sources) == "bytes-missing"


def test_every_body_is_read_once() -> None:
    e = made()
    readings = [iter([io.BytesIO(stored)]) for stored in e.stored]
    sources: list[Stored] = [lambda r=r: next(r) for r in readings]  # type: ignore[misc]
    assert verdict(e, e.answers(1, 2), sources) == "opened"


@pytest.mark.parametrize("bad", [0, 1])
def test_bytes_that_do_not_even_decrypt_are_missing_and_never_the_bidders_fault(bad: int) -> None:
    e = made()
    stored = [io.BytesIO(raw if i != bad else raw[:-1] + bytes([raw[-1] ^ 1])) for i, raw in enumerate(e.stored)]
    sources: list[Stored] = [lambda s=s: s for s in stored]  # type: ignore[misc]
    assert read_bodies(e.parsed, e.seed, sources, [io.BytesIO(), io.BytesIO()]) == Finding(tuple(i != bad for i in (0, 1)))


def test_no_body_is_decrypted_while_another_is_missing() -> None:
    e, sinks = made(), [io.BytesIO(), io.BytesIO()]
    assert read_bodies(e.parsed, e.seed, [e.sources()[0], None], sinks) == Finding((True, False))
    assert sinks[0].getvalue() == b""


@pytest.mark.parametrize("number", [1, 3])
def test_bodies_and_readers_have_to_match_in_number(number: int) -> None:
    e = made()
    with pytest.raises(Invalid) as refused:
        read_bodies(e.parsed, e.seed, e.sources() * number, [io.BytesIO()] * number)
    assert refused.value.code == "sealing.bodies"


def test_without_a_seed_only_the_stored_bytes_are_looked_at() -> None:
    e = made()
    assert read_bodies(e.parsed, None, [e.sources()[0], None], []) == Finding((True, False))


def test_an_index_that_fails_turns_the_verdict() -> None:
    e = made()
    found = keyed(e.policy, e.parsed, e.answers(1, 2))
    assert settle(found, Finding((True, True), (True, True), index=False)) == "malformed(bidder)"
    assert settle(found, Finding((True, True), (True, True), index=True)) == "opened"


@pytest.mark.parametrize("finding", [Finding(()), Finding((True, False)), Finding((True, False), (True, True), index=True)])
def test_bytes_come_before_plaintext(finding: Finding) -> None:
    e = made()
    assert settle(keyed(e.policy, e.parsed, e.answers(1, 2)), finding) == "bytes-missing"


@pytest.mark.parametrize("plain", [(), (True,), (True, False)])
def test_a_body_without_its_plaintext_is_malformed(plain: tuple[bool, ...]) -> None:
    e = made()
    found = keyed(e.policy, e.parsed, e.answers(1, 2))
    assert settle(found, Finding((True, True), plain, index=True)) == "malformed(bidder)"


@pytest.mark.parametrize(
    ("verdict", "intact", "platform_fault", "expected"),
    [
        ("opened", (True,), False, ("none", "counted")),
        ("opened", (True,), True, ("none", "counted")),
        ("malformed(bidder)", (True,), False, ("bidder", "revoked")),
        ("malformed(bidder)", (True,), True, ("bidder", "revoked")),
        ("bytes-missing", (False,), False, ("platform", "withdrawn")),
        ("bytes-missing", (False,), True, ("platform", "withdrawn")),
        ("trustees-short", (True,), False, ("trustee", "withdrawn")),
        ("trustees-short", (True,), True, ("undecided", "withdrawn")),
        ("bidder-absent", (True,), False, ("bidder", "revoked")),
        ("bidder-absent", (True,), True, ("undecided", "undecided")),
        ("bidder-absent", (True, False), False, ("undecided", "undecided")),
        ("bidder-absent", (), False, ("undecided", "undecided")),
    ],
)
def test_the_dispute_matrix_blames_nobody_by_default(
    verdict: Verdict, intact: tuple[bool, ...], platform_fault: bool, expected: tuple[str, str]
) -> None:
    assert attribute(verdict, intact, platform_fault) == expected
