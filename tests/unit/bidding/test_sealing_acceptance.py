"""What a commit refuses, each for its own reason and in the order of sealed-bid 3.5."""

from dataclasses import replace

import pytest

from archive.errors import Refused
from bidding import sealing
from bidding.sealing import signing
from tests.unit.bidding import parties
from tests.unit.bidding.parties import Bidder, Log, SealedEnvelope

POLICY = parties.policy()


def refusal(log: Log, raw: bytes, *envelopes: SealedEnvelope | bytes) -> str:
    with pytest.raises(Refused) as e:
        log.commit(raw, envelopes)
    return e.value.code.removeprefix("bid.")


@pytest.fixture
def log() -> Log:
    return parties.log(POLICY)


@pytest.fixture
def bidder() -> Bidder:
    return Bidder("a", POLICY)


def commit(log: Log, bidder: Bidder, *envelopes: SealedEnvelope, action: int = 1) -> sealing.Accepted:
    raw = bidder.message(*envelopes, action=action)
    done = log.commit(raw, envelopes)
    bidder.accepted(raw)
    return done


def test_a_first_submission_is_accepted(log: Log, bidder: Bidder) -> None:
    envelope = bidder.seal()
    assert commit(log, bidder, envelope).in_force == (envelope.id,)


@pytest.mark.parametrize("sigalg", [signing.ECDSA_P256, signing.ML_DSA_65])
def test_other_signature_algorithms_are_accepted(log: Log, sigalg: int) -> None:
    other = Bidder("b", POLICY, sigalg=sigalg)
    commit(log, other, other.seal())
    assert commit(log, other, action=sealing.WITHDRAW).in_force == ()


def test_a_submission_replaces_the_one_before_whole(log: Log, bidder: Bidder) -> None:
    commit(log, bidder, bidder.seal())
    second = bidder.seal()
    assert commit(log, bidder, second).in_force == (second.id,)


def test_a_withdrawal_leaves_nothing_in_force_and_a_new_bid_may_follow(log: Log, bidder: Bidder) -> None:
    commit(log, bidder, bidder.seal())
    assert commit(log, bidder, action=sealing.WITHDRAW).in_force == ()
    again = bidder.seal()
    assert commit(log, bidder, again).in_force == (again.id,)


def test_an_envelope_of_the_submission_before_may_be_named_again() -> None:
    two = parties.log(POLICY, stages=(1, 2))
    bidder = Bidder("a", POLICY)
    technical, price, better = bidder.seal(), bidder.seal(stage=2), bidder.seal(stage=2)
    commit(two, bidder, technical, price)
    assert commit(two, bidder, technical, better).in_force == (technical.id, better.id)


def test_two_chains_of_one_tender_do_not_touch(log: Log, bidder: Bidder) -> None:
    other = Bidder("b", POLICY)
    commit(log, bidder, bidder.seal())
    assert commit(log, other, other.seal()).chain.seq == 1


def test_a_key_has_a_chain_of_its_own_in_each_lot(log: Log, bidder: Bidder) -> None:
    commit(log, bidder, bidder.seal())
    elsewhere = Bidder("a", POLICY, lot="L2", made=9)
    assert commit(log, elsewhere, elsewhere.seal()).chain.seq == 1


def test_a_policy_that_does_not_hold_comes_before_everything(log: Log) -> None:
    broken = Log(replace(log.call, policy=b"SBP1"))
    assert refusal(broken, b"nonsense", b"nonsense") == "bad-policy"


def test_a_submission_is_read_before_its_envelopes(log: Log) -> None:
    assert refusal(log, b"nonsense", b"nonsense") == "bad-submission"


def test_an_envelope_is_read_before_ids_are_compared(log: Log, bidder: Bidder) -> None:
    assert refusal(log, bidder.message(bidder.seal()), b"nonsense") == "bad-envelope"


@pytest.mark.parametrize("case", ["none", "another", "swapped", "one more"])
def test_other_envelopes_than_those_named_are_refused(bidder: Bidder, case: str) -> None:
    log = parties.log(POLICY, stages=(1, 2))
    first, second, third = bidder.seal(), bidder.seal(stage=2), bidder.seal(stage=2)
    delivered = {"none": [], "another": [first, third], "swapped": [second, first], "one more": [first, second, third]}
    assert refusal(log, bidder.message(first, second), *delivered[case]) == "id-mismatch"


def test_a_withdrawal_with_an_envelope_beside_it_is_refused(log: Log, bidder: Bidder) -> None:
    envelope = bidder.seal()
    commit(log, bidder, envelope)
    assert refusal(log, bidder.message(action=sealing.WITHDRAW), envelope) == "id-mismatch"


@pytest.mark.parametrize("changed", [{"tender": "T-other"}, {"lot": "L2"}, {"lot": "L9"}, {"lot": ""}], ids=str)
def test_a_submission_for_another_tender_or_lot_than_its_envelope_is_refused(
    log: Log, bidder: Bidder, changed: dict[str, object]
) -> None:
    envelope = bidder.seal()
    assert refusal(log, bidder.message(envelope, **changed), envelope) == "wrong-context"


def test_a_withdrawal_for_a_lot_that_is_not_there_is_refused_as_such(log: Log, bidder: Bidder) -> None:
    assert refusal(log, bidder.message(action=sealing.WITHDRAW, lot="L9")) == "wrong-context"


@pytest.mark.parametrize(
    "changed",
    [{"tender": "T-other"}, {"lot": "L2"}, {"stage": 2}, {"policy_hash": bytes(32)}, {"submit_pk": b"\x11" * 32}],
    ids=lambda c: next(iter(c)),
)
def test_an_envelope_with_one_field_of_its_context_from_elsewhere_is_refused(
    log: Log, bidder: Bidder, changed: dict[str, object]
) -> None:
    context = replace(bidder.context(), **changed)  # type: ignore[arg-type]
    parsed = bidder.seal().parsed
    moved = sealing.encode_envelope(replace(parsed, context=context))
    raw = _naming(bidder, moved)
    assert refusal(log, raw, moved) == "wrong-context"


def _naming(bidder: Bidder, *raw: bytes, **changed: object) -> bytes:
    """A signed submission that names these envelopes."""
    ids = tuple(map(sealing.envelope_id, raw))
    s = sealing.Submission(1, bidder.tender, bidder.lot, bidder.seq + 1, bidder.last, 0, ids, bidder.pk)
    s = replace(s, **changed)  # type: ignore[arg-type]
    return sealing.encode_submission(replace(s, sig=signing.sign(bidder.sigalg, bidder.sk, sealing.signed_message(s))))


def test_fewer_stages_than_the_tender_has_are_refused(bidder: Bidder) -> None:
    log = parties.log(POLICY, stages=(1, 2))
    envelope = bidder.seal()
    assert refusal(log, bidder.message(envelope), envelope) == "wrong-context"


def test_stages_in_another_order_are_refused(bidder: Bidder) -> None:
    log = parties.log(POLICY, stages=(1, 2))
    first, second = bidder.seal(stage=2), bidder.seal()
    assert refusal(log, bidder.message(first, second), first, second) == "wrong-context"


def test_envelopes_with_different_sigalgs_are_refused(bidder: Bidder) -> None:
    log = parties.log(POLICY, stages=(1, 2))
    first, parsed = bidder.seal(), bidder.seal(stage=2).parsed
    other = sealing.encode_envelope(
        replace(parsed, context=replace(parsed.context, sigalg=2, submit_pk=signing.public_key(2, bidder.sk)))
    )
    assert refusal(log, _naming(bidder, first.raw, other), first, other) == "wrong-context"


@pytest.mark.parametrize("case", ["k", "one trustee fewer", "a short share", "ext 1"])
def test_an_envelope_unlike_its_policy_is_refused(log: Log, bidder: Bidder, case: str) -> None:
    e = bidder.seal().parsed
    short = (replace(e.shares[0], sealed=e.shares[0].sealed[:-1]), *e.shares[1:])
    changed = {
        "k": replace(e, k=3),
        "one trustee fewer": replace(e, shares=e.shares[:2]),
        "a short share": replace(e, shares=short),
        "ext 1": replace(e, joint=bytes(32)),
    }
    raw = sealing.encode_envelope(changed[case])
    assert refusal(log, _naming(bidder, raw), raw) == "unlike-policy"


def test_a_joint_policy_demands_ext_1() -> None:
    policy = parties.policy(modes=4)
    bidder = Bidder("a", policy)
    raw = sealing.encode_envelope(replace(bidder.seal().parsed, joint=None))
    assert refusal(parties.log(policy), _naming(bidder, raw), raw) == "unlike-policy"


def test_a_withdrawal_in_an_empty_chain_is_refused_whatever_its_signature(log: Log, bidder: Bidder) -> None:
    s = sealing.Submission(sealing.WITHDRAW, bidder.tender, bidder.lot, 1, bytes(32), 0, (), bidder.pk, b"no signature")
    assert refusal(log, sealing.encode_submission(s)) == "bad-chain"


@pytest.mark.parametrize("sig", [b"", bytes(64), bytes(65)], ids=len)
def test_a_signature_that_does_not_verify_is_refused(log: Log, bidder: Bidder, sig: bytes) -> None:
    envelope = bidder.seal()
    s = sealing.parse_submission(bidder.message(envelope))
    assert refusal(log, sealing.encode_submission(replace(s, sig=sig)), envelope) == "bad-signature"


def test_a_submission_signed_by_somebody_else_is_refused(log: Log, bidder: Bidder) -> None:
    envelope = bidder.seal()
    s = sealing.parse_submission(bidder.message(envelope))
    forged = replace(s, sig=signing.sign(1, Bidder("b", POLICY).sk, sealing.signed_message(s)))
    assert refusal(log, sealing.encode_submission(forged), envelope) == "bad-signature"


def test_a_signature_is_looked_at_before_the_place_in_the_chain(log: Log, bidder: Bidder) -> None:
    envelope = bidder.seal()
    s = replace(sealing.parse_submission(bidder.message(envelope)), seq=7, sig=bytes(64))
    assert refusal(log, sealing.encode_submission(s), envelope) == "bad-signature"


@pytest.mark.parametrize("changed", [{"seq": 0}, {"seq": 2}, {"prev": b"\1" * 32}, {"seq": 2**32 - 1}], ids=str)
def test_a_first_submission_has_seq_1_and_no_prev(log: Log, bidder: Bidder, changed: dict[str, object]) -> None:
    envelope = bidder.seal()
    assert refusal(log, bidder.message(envelope, **changed), envelope) == "bad-chain"


def test_a_chain_that_is_out_of_order_says_which_number_is_next(log: Log, bidder: Bidder) -> None:
    envelope = bidder.seal()
    attempts = [(bidder.message(action=sealing.WITHDRAW), [], 1), (bidder.message(envelope, seq=5), [envelope], 1)]
    commit(log, bidder, bidder.seal())
    attempts.append((bidder.message(envelope, seq=5), [envelope], 2))
    for raw, delivered, expected in attempts[2:]:
        with pytest.raises(Refused) as e:
            log.commit(raw, delivered)
        assert e.value.params == {"expected": expected}
    for raw, delivered, expected in attempts[:2]:
        with pytest.raises(Refused) as e:
            parties.log(POLICY).commit(raw, delivered)
        assert e.value.params == {"expected": expected}
    commit(log, bidder, action=sealing.WITHDRAW)
    with pytest.raises(Refused) as e:
        log.commit(bidder.message(action=sealing.WITHDRAW))
    assert e.value.params == {"expected": 3}


@pytest.mark.parametrize("changed", [{"seq": 1}, {"seq": 3}, {"prev": bytes(32)}], ids=str)
def test_a_fork_or_a_gap_in_the_chain_is_refused(log: Log, bidder: Bidder, changed: dict[str, object]) -> None:
    commit(log, bidder, bidder.seal())
    envelope = bidder.seal()
    assert refusal(log, bidder.message(envelope, **changed), envelope) == "bad-chain"


def test_a_withdrawal_right_after_a_withdrawal_is_refused(log: Log, bidder: Bidder) -> None:
    commit(log, bidder, bidder.seal())
    commit(log, bidder, action=sealing.WITHDRAW)
    assert refusal(log, bidder.message(action=sealing.WITHDRAW)) == "bad-chain"


def test_a_replayed_submission_is_refused(log: Log, bidder: Bidder) -> None:
    envelope = bidder.seal()
    raw = bidder.message(envelope)
    log.commit(raw, [envelope])
    assert refusal(log, raw, envelope) == "bad-chain"


def test_a_superseded_envelope_cannot_come_back(log: Log, bidder: Bidder) -> None:
    first = bidder.seal()
    commit(log, bidder, first)
    commit(log, bidder, bidder.seal())
    assert refusal(log, bidder.message(first), first) == "repeated-envelope"


def test_a_withdrawn_envelope_cannot_come_back(log: Log, bidder: Bidder) -> None:
    first = bidder.seal()
    commit(log, bidder, first)
    commit(log, bidder, action=sealing.WITHDRAW)
    assert refusal(log, bidder.message(first), first) == "repeated-envelope"


def test_a_refused_submission_leaves_its_envelope_free(log: Log, bidder: Bidder) -> None:
    envelope = bidder.seal()
    refusal(log, bidder.message(envelope, seq=5), envelope)
    assert commit(log, bidder, envelope).in_force == (envelope.id,)


def test_every_flipped_bit_of_an_envelope_is_refused(log: Log, bidder: Bidder) -> None:
    envelope = bidder.seal()
    raw = bidder.message(envelope)
    for at in range(len(envelope.raw)):
        flipped = bytearray(envelope.raw)
        flipped[at] ^= 1 << at % 8
        assert refusal(log, raw, bytes(flipped)) in {"bad-envelope", "id-mismatch"}


def test_every_flipped_bit_of_a_submission_is_refused(log: Log, bidder: Bidder) -> None:
    envelope = bidder.seal()
    raw = bidder.message(envelope)
    for at in range(len(raw)):
        flipped = bytearray(raw)
        flipped[at] ^= 1 << at % 8
        assert refusal(log, bytes(flipped), envelope) in {"bad-submission", "id-mismatch", "wrong-context", "bad-signature"}
