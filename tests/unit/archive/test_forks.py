"""Two checkpoints as a proof of a fork."""

import pytest

from archive.checkpoints import Checkpoint
from archive.faults import Fault
from archive.forks import MAX_BYTES, fork_proof, parse_fork, write_fork
from archive.notes import write_note
from archive.policy import parse_policy
from archive.signing import Signer
from tests.logs import LOG, ORIGIN, POLICY, WITNESS

TRUSTED = parse_policy(POLICY)


def signed(size: int, root: int, origin: str = ORIGIN, signer: Signer = LOG) -> bytes:
    text = Checkpoint(origin, size, bytes([root]) * 32).text
    return write_note(text, [signer.line(text, 1)])


def test_two_roots_of_one_size_are_a_fork() -> None:
    found = fork_proof(signed(5, 1), signed(5, 2), TRUSTED)
    assert found is not None
    assert [tree.root[0] for tree in found] == [1, 2]


@pytest.mark.parametrize("second", [signed(5, 1), signed(6, 2)])
def test_the_same_tree_or_another_size_is_no_proof(second: bytes) -> None:
    assert fork_proof(signed(5, 1), second, TRUSTED) is None


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (b"x", "NOTE_BAD"),
        (signed(5, 2, signer=WITNESS), "SIG_MISSING"),
        (signed(5, 2, origin="else.example/x"), "ORIGIN_BAD"),
        (signed(5, 2).replace(b"\n5\n", b"\n6\n"), "SIG_BAD"),
    ],
)
def test_a_checkpoint_that_does_not_speak_for_the_log_proves_nothing(second: bytes, code: str) -> None:
    with pytest.raises(Fault, match=code):
        fork_proof(signed(5, 1), second, TRUSTED)


def test_checkpoints_of_two_trusted_logs_do_not_contradict() -> None:
    other = Signer.from_seed("else.example/x", 1, bytes(32))
    with pytest.raises(Fault, match="ORIGIN_BAD"):
        fork_proof(signed(5, 1), signed(5, 2, "else.example/x", other), None, [LOG.key, other.key])


def test_a_proof_in_one_file_is_what_was_put_in() -> None:
    first, second = signed(5, 1), signed(5, 2)
    assert parse_fork(write_fork(first, second)) == (first, second)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"sunlit/fork/v1\n",
        b"sunlit/fork/v1\n1\nxx",
        b"sunlit/fork/v1\n1 2\nxx",
        b"sunlit/fork/v1\n01 1\nxx",
        b"sunlit/fork/v2\n1 1\nxx",
        b"sunlit/fork/v1\n1 1\nxxx",
        b"sunlit/fork/v1\n1 -1\nx",
        write_fork(b"x" * MAX_BYTES, b"x"),
    ],
)
def test_what_is_no_such_file_is_refused(raw: bytes) -> None:
    with pytest.raises(Fault, match="PROOF_BAD"):
        parse_fork(raw)
