"""Policies, and checkpoints judged under them and under bare keys."""

import pytest

from archive.checkpoints import Checkpoint
from archive.faults import Fault
from archive.notes import write_note
from archive.policy import check_checkpoint, judge, parse_policy
from archive.signing import Signer
from tests.logs import LOG, LOG_PQ, ORIGIN, POLICY, WITNESS

TEXT = Checkpoint(ORIGIN, 5, b"\x01" * 32).text
SIGNED = write_note(TEXT, [LOG.line(TEXT), WITNESS.line(TEXT, 1)])
WITNESSES = [Signer.from_seed(f"w{n}", 4, bytes([n]) * 32) for n in range(40)]


def codes(raw: bytes, *keys: Signer, policy: bytes | None = None, quorum: bool = True) -> list[str]:
    trusted = None if policy is None else parse_policy(policy)
    return [fault.code for fault in judge(raw, trusted, [k.key for k in keys], quorum=quorum).faults]


def test_a_checkpoint_with_all_it_needs_is_valid() -> None:
    verdict = check_checkpoint(SIGNED, parse_policy(POLICY))
    assert verdict.tree == Checkpoint(ORIGIN, 5, b"\x01" * 32)
    assert verdict.times == {LOG.key: 0, WITNESS.key: 1}


def test_a_policy_of_forty_witnesses_and_as_many_groups_is_read() -> None:
    lines = [f"log {LOG.key.text}", *(f"witness n{n} {w.key.text}" for n, w in enumerate(WITNESSES))]
    lines += [f"group g{n} any n{n}" for n in range(40)]
    lines += [f"group all all {' '.join(f'g{n}' for n in range(40))}", "quorum all"]
    policy = "\n".join([*lines, ""]).encode()
    full = write_note(TEXT, [LOG.line(TEXT), *(w.line(TEXT, 1) for w in WITNESSES)])
    assert codes(full, policy=policy) == []
    short = write_note(TEXT, [LOG.line(TEXT), *(w.line(TEXT, 1) for w in WITNESSES[1:])])
    assert codes(short, policy=policy) == ["QUORUM_MISSING"]


def test_of_bare_keys_each_must_have_signed() -> None:
    assert codes(SIGNED, LOG) == []
    assert codes(SIGNED, LOG, WITNESS) == []
    assert codes(SIGNED, LOG, LOG_PQ) == ["SIG_ABSENT"]


def test_a_stripped_post_quantum_line_shows_beside_a_met_quorum() -> None:
    assert codes(SIGNED, LOG_PQ, policy=POLICY) == ["SIG_ABSENT"]


def test_a_failing_line_is_bad_and_not_absent() -> None:
    broken = write_note(TEXT, [LOG.line(TEXT + "x\n")])
    assert codes(broken, LOG) == ["SIG_BAD", "SIG_MISSING"]


def test_keys_of_another_log_do_not_speak_for_this_origin() -> None:
    other = Signer.from_seed("else.example/x", 1, bytes(32))
    assert codes(SIGNED, other) == ["ORIGIN_BAD", "SIG_ABSENT"]


def test_a_key_of_a_witness_alone_names_no_log() -> None:
    assert codes(SIGNED, WITNESS) == ["ORIGIN_BAD"]


def test_a_retained_checkpoint_needs_the_log_and_no_quorum() -> None:
    alone = write_note(TEXT, [LOG.line(TEXT)])
    assert codes(alone, policy=POLICY) == ["QUORUM_MISSING"]
    assert codes(alone, policy=POLICY, quorum=False) == []


def test_one_answer_is_the_first_that_applies() -> None:
    with pytest.raises(Fault, match="SIG_MISSING"):
        check_checkpoint(write_note(TEXT, [LOG_PQ.line(TEXT, 1)]), parse_policy(POLICY))


@pytest.mark.parametrize(
    "lines",
    ["quorum none\nlog\n", "quorum\n", "group g any\nquorum none\n", "witness w1\nquorum none\n", "log x y z w\nquorum none\n"],
)
def test_an_item_with_too_few_or_too_many_words_is_refused(lines: str) -> None:
    with pytest.raises(Fault, match="POLICY_BAD"):
        parse_policy(lines.encode())


@pytest.mark.parametrize(
    "raw", [b"quorum none\x0b\n", b"quorum none\x7f\n", b"\x00\n", b"quorum none\n" + b"#" * (1 << 20) + b"\n"]
)
def test_bytes_that_no_policy_holds_are_refused(raw: bytes) -> None:
    with pytest.raises(Fault, match="POLICY_BAD"):
        parse_policy(raw)


def test_a_comment_may_hold_any_byte_above_7f() -> None:
    assert parse_policy(b"# \xff\xfe\nquorum none\n").quorum == "none"
