"""Properties of the envelope that hold for all values: codecs, sharing, bodies, the index, chains of submissions."""

import io
import json
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import Invalid, Refused
from bidding import sealing
from bidding.index import encode_index, make_index, padme, read_index
from bidding.opening import open_envelope
from bidding.sealing import hpke, shamir, signing
from bidding.sealing.envelope import possible_length
from tests.unit.bidding import parties
from tests.unit.bidding.parties import Bidder, SealedEnvelope

bytes32 = st.binary(min_size=32, max_size=32)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
lengths = st.integers(0, 2**40).map(sealing.sealed_length)
POLICY = parties.policy()
ENVELOPE = Bidder("a", POLICY).seal()
SUBMISSION = Bidder("a", POLICY).message(ENVELOPE)
READERS = {
    "policy": (sealing.parse_policy, sealing.encode_policy, sealing.encode_policy(POLICY)),
    "context": (sealing.parse_context, sealing.encode_context, sealing.encode_context(ENVELOPE.parsed.context)),
    "envelope": (sealing.parse_envelope, sealing.encode_envelope, ENVELOPE.raw),
    "submission": (sealing.parse_submission, sealing.encode_submission, SUBMISSION),
}


@st.composite
def contexts(draw: st.DrawFn) -> sealing.BidContext:
    sigalg = draw(st.sampled_from([1, 2, 4]))
    pk = draw(st.binary(min_size=signing.KEY_LENGTH[sigalg], max_size=signing.KEY_LENGTH[sigalg]))
    tender, lot = draw(names), draw(names | st.just(""))
    return sealing.BidContext(tender, lot, draw(st.integers(1, 255)), draw(bytes32), sigalg, pk, draw(bytes32), draw(bytes32))


@st.composite
def envelopes(draw: st.DrawFn) -> sealing.Envelope:
    n = draw(st.integers(0, 6))
    shares = tuple(sealing.ShareLine(j, draw(bytes32), draw(st.binary(max_size=200))) for j in range(1, n + 1))
    bodies = tuple(sealing.BodyLine(draw(lengths), draw(bytes32), draw(bytes32)) for _ in range(draw(st.integers(1, 4))))
    return sealing.Envelope(draw(contexts()), draw(st.integers(0, 255)), draw(bytes32), shares, bodies, draw(st.none() | bytes32))


@given(envelopes())
@settings(deadline=None)
def test_an_envelope_comes_back_as_it_went(envelope: sealing.Envelope) -> None:
    assert sealing.parse_envelope(sealing.encode_envelope(envelope)) == envelope


@given(
    st.builds(
        sealing.Submission, st.just(1), names, names | st.just(""), st.integers(0, 2**32 - 1), bytes32, st.integers(0, 2**64 - 1),
        st.lists(bytes32, min_size=1, max_size=4).map(tuple), st.binary(max_size=80), st.binary(max_size=80),
    )
)  # fmt: skip
@settings(deadline=None)
def test_a_submission_comes_back_as_it_went(submission: sealing.Submission) -> None:
    assert sealing.parse_submission(sealing.encode_submission(submission)) == submission


@pytest.mark.parametrize("kind", READERS)
@given(st.data())
@settings(max_examples=200, deadline=None)
def test_mutated_bytes_are_refused_or_are_the_bytes_of_what_was_read(kind: str, data: st.DataObject) -> None:
    read, write, honest = READERS[kind]
    raw = bytearray(honest)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
        if not raw:
            break
    try:
        found = read(bytes(raw))  # type: ignore[operator]
    except Invalid:
        return
    assert write(found) == bytes(raw)  # type: ignore[operator]


@given(bytes32, bytes32, st.integers(2, 7).flatmap(lambda n: st.tuples(st.integers(n // 2 + 1, n), st.just(n))))
@settings(deadline=None)
def test_any_k_shares_give_the_seed_and_no_fewer_do(seed: bytes, ctx: bytes, kn: tuple[int, int]) -> None:
    k, n = max(2, kn[0]), kn[1]
    secrets = sealing.Secrets(seed, ctx)
    shares = {j: shamir.share(seed, secrets.coefficients(k), j) for j in range(1, n + 1)}
    for subset in combinations(shares, k):
        assert shamir.combine({j: shares[j] for j in subset}) == seed
    for subset in combinations(shares, k - 1):
        guess = shamir.combine({j: shares[j] for j in subset})
        assert sealing.commit_of(guess, ctx) != secrets.commit


@given(
    st.binary(min_size=1, max_size=8), st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=4), st.integers(1, 255)
)
@settings(deadline=None)
def test_sharing_is_the_polynomial(secret: bytes, coefficients: list[bytes], x: int) -> None:
    cut = [a[: len(secret)] for a in coefficients]
    value, power = secret, 1
    for a in cut:
        power = _times(power, x)
        value = bytes(v ^ _times(c, power) for v, c in zip(value, a, strict=True))
    assert shamir.share(secret, cut, x) == value


def _times(a: int, b: int) -> int:
    """Multiplication modulo x^8 + x^4 + x^3 + x + 1, by shifting."""
    product = 0
    for i in range(8):
        if b >> i & 1:
            product ^= a << i
    for i in range(14, 7, -1):
        if product >> i & 1:
            product ^= 0x11B << (i - 8)
    return product


@given(st.sampled_from([hpke.X25519, hpke.P256]), bytes32, bytes32, st.binary(max_size=40), st.binary(max_size=80))
@settings(max_examples=40, deadline=None)
def test_what_is_sealed_to_a_key_opens_with_it_and_its_info_only(
    suite: int, ikm: bytes, ephemeral: bytes, info: bytes, text: bytes
) -> None:
    sk = hpke.derive_private(suite, ikm)
    sealed = hpke.seal(suite, hpke.public_key(suite, sk), ephemeral, info, text)
    assert hpke.unseal(suite, sk, info, sealed) == text
    assert hpke.unseal(suite, sk, info + b"\0", sealed) is None
    assert hpke.unseal(suite, hpke.derive_private(suite, ikm[::-1] + b"\0"), info, sealed) is None


@given(bytes32, bytes32)
@settings(max_examples=8, deadline=None)
def test_xwing_opens_what_it_sealed(sk: bytes, ephemeral: bytes) -> None:
    sealed = hpke.seal(hpke.XWING, hpke.public_key(hpke.XWING, sk), ephemeral * 2, b"info", b"text")
    assert hpke.unseal(hpke.XWING, sk, b"info", sealed) == b"text"


@given(st.integers(0, 40_000), st.integers(0, 65_535))
@settings(max_examples=50, deadline=None)
def test_a_body_of_any_length_and_number_opens(length: int, number: int) -> None:
    secrets, plain, sink, out = (
        sealing.Secrets(bytes(32), bytes(32)),
        bytes(i % 251 for i in range(length)),
        io.BytesIO(),
        io.BytesIO(),
    )
    line = sealing.seal_body(secrets, number, io.BytesIO(plain), sink).line
    assert line.ct_len == len(sink.getvalue()) == sealing.sealed_length(length) and possible_length(line.ct_len)
    assert sealing.stored_intact(line, io.BytesIO(sink.getvalue()))
    assert sealing.open_body(secrets, number, line, io.BytesIO(sink.getvalue()), out).good and out.getvalue() == plain


@given(st.integers(0, 2**60))
@settings(deadline=None)
def test_padding_costs_at_most_twelve_per_cent(length: int) -> None:
    padded = padme(length)
    assert length <= padded <= length + length // 8 and padme(padded) == padded


texts = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.recursive(texts | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.none(), lambda v: st.lists(v, max_size=3))
forms = st.dictionaries(st.text(st.characters(codec="ascii", categories=["L"]), min_size=12, max_size=16), values, max_size=5)


@given(forms, texts)
@settings(deadline=None)
def test_an_index_is_rfc_8785_and_comes_back_as_it_went(form: dict[str, object], manager: str) -> None:
    index = make_index("a", Bidder("a", POLICY).blind, form | {"manager": manager})
    body = encode_index(index)
    assert json.dumps(index, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() == body.rstrip(
        b" "
    ) or "\x7f" in repr(index)
    read = read_index(body, ENVELOPE.parsed, parties.TENDER)
    assert read is not None and read.answers == form | {"manager": manager} and read.form.manager == manager


@given(st.lists(st.sampled_from(["submit", "again", "withdraw", "replay", "fork", "skip", "steal"]), max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_chain_follows_its_model_whatever_is_tried(acts: list[str]) -> None:
    log, bidder, thief = parties.log(POLICY), Bidder("a", POLICY), Bidder("thief", POLICY)
    in_force: SealedEnvelope | None = None
    messages: list[tuple[bytes, list[SealedEnvelope]]] = []

    def attempt(raw: bytes, delivered: list[SealedEnvelope]) -> str:
        try:
            log.commit(raw, delivered)
        except Refused as refusal:
            return refusal.code
        bidder.accepted(raw)
        messages.append((raw, delivered))
        return "accepted"

    for act in acts:
        match act:
            case "submit":
                fresh = bidder.seal()
                assert attempt(bidder.message(fresh), [fresh]) == "accepted"
                in_force = fresh
            case "again" if in_force is not None:
                assert attempt(bidder.message(in_force), [in_force]) == "accepted"
            case "withdraw":
                expected = "accepted" if in_force is not None else "bid.bad-chain"
                assert attempt(bidder.message(action=sealing.WITHDRAW), []) == expected
                in_force = None
            case "replay" if messages:
                assert attempt(*messages[0]) != "accepted"
            case "fork" | "skip":
                fresh = bidder.seal()
                seq = bidder.seq if act == "fork" else bidder.seq + 2
                assert attempt(bidder.message(fresh, seq=seq), [fresh]) == "bid.bad-chain"
            case "steal" if in_force is not None:
                assert attempt(thief.message(in_force), [in_force]) == "bid.wrong-context"
            case _:
                pass
        chain = log.chains.get((bidder.tender, bidder.lot, bidder.pk), sealing.Chain())
        assert chain.envelopes == (() if in_force is None else (in_force.id,))
        assert (chain.seq, chain.last) == (bidder.seq, bidder.last)


@given(st.integers(2, 5), st.data())
@settings(max_examples=25, deadline=None)
def test_the_verdict_does_not_depend_on_who_answers(k: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(k, 2 * k - 1))
    bidder = Bidder("a", parties.policy(k, n))
    e = bidder.seal()
    bad = data.draw(st.sets(st.integers(1, n), max_size=n - 1))
    lines = [replace(s, sealed=s.sealed[:-1] + bytes((s.sealed[-1] ^ 1,))) if s.j in bad else s for s in e.parsed.shares]
    cheated = replace(e, raw=sealing.encode_envelope(replace(e.parsed, shares=tuple(lines))))
    able = [j for j in range(1, n + 1) if j not in bad]
    chosen = data.draw(st.lists(st.sampled_from(able), min_size=min(k, len(able)), unique=True))
    expected = "trustees-short" if len(chosen) < k else ("malformed(bidder)" if bad else "opened")
    assert open_envelope(e.policy, cheated.parsed, cheated.answers(*chosen), e.sources(), [io.BytesIO()]).verdict == expected
