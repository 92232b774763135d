"""The witness beyond the vectors: order of its checks, rollback, limits."""

from collections.abc import Sequence

import pytest

from archive.checkpoints import Checkpoint
from archive.merkle import EMPTY_ROOT, Tree, leaf_hashes
from archive.notes import Line, write_note
from archive.signing import Signer
from archive.strict import base64
from archive.vkeys import Key
from archive.witnessing import (
    MAX_REQUEST,
    SIZE_TYPE,
    TEXT,
    Answer,
    Seen,
    answer,
    monitoring_path,
    write_request,
)
from tests.logs import LOG, LOG_PQ, ORIGIN, WITNESS

TREE = Tree(leaf_hashes(b'{"n":%d}' % n for n in range(70)))
LOGS: dict[str, Sequence[Key]] = {ORIGIN: [LOG.key, LOG_PQ.key]}


def cosign(text: str) -> list[Line]:
    return [WITNESS.line(text, 1_700_000_000)]


def ask(old: int, size: int, seen: Seen, proof: Sequence[bytes] | None = None, **edit: object) -> tuple[Answer, Seen | None]:
    root = edit.get("root", TREE.root(size))
    assert isinstance(root, bytes)
    text = Checkpoint(ORIGIN, size, root).text
    signers = edit.get("signers", [LOG])
    assert isinstance(signers, list)
    hashes = proof if proof is not None else TREE.consistency(old, size) if old <= size else []
    note = write_note(text, [s.line(text, 1) for s in signers])
    said, _, after = answer(write_request(old, list(map(base64, hashes)), note), LOGS, lambda _origin: seen, cosign)
    return said, after


def at(size: int) -> Seen:
    return Seen(size, TREE.root(size))


def test_a_tree_that_extends_the_last_is_cosigned_and_remembered() -> None:
    said, after = ask(3, 5, at(3))
    text = Checkpoint(ORIGIN, 5, TREE.root(5)).text
    assert said == Answer(200, TEXT, cosign(text)[0].text)
    assert after == at(5)


def test_the_first_checkpoint_needs_no_proof() -> None:
    assert ask(0, 40, Seen())[1] == at(40)


def test_the_same_checkpoint_again_is_cosigned_afresh() -> None:
    said, after = ask(40, 40, at(40))
    assert said.status == 200
    assert after == at(40)


def test_a_client_that_knows_less_is_told_the_size() -> None:
    assert ask(3, 40, at(33))[0] == Answer(409, SIZE_TYPE, "33\n")


def test_a_rollback_that_names_its_own_old_size_is_told_the_size() -> None:
    said, after = ask(3, 3, at(40))
    assert said == Answer(409, SIZE_TYPE, "40\n")
    assert after is None


def test_a_rollback_that_names_the_true_size_is_malformed() -> None:
    assert ask(40, 3, at(40))[0].status == 400


@pytest.mark.parametrize(
    ("old", "size", "edit"),
    [
        (3, 5, {"root": b"\x01" * 32}),
        (3, 3, {"root": b"\x01" * 32}),
        (0, 5, {"proof": [b"\x01" * 32]}),
        (0, 0, {"root": b"\x01" * 32}),
        (0, 0, {"proof": [b"\x01" * 32]}),
        (3, 5, {"proof": []}),
    ],
)
def test_a_tree_without_proof_is_unprocessable(old: int, size: int, edit: dict[str, object]) -> None:
    said, after = ask(old, size, at(old) if old else Seen(), **edit)  # type: ignore[arg-type]
    assert said.status == 422
    assert after is None


def test_an_empty_tree_is_cosigned() -> None:
    assert ask(0, 0, Seen(), root=EMPTY_ROOT)[1] == Seen()


def test_a_conflict_comes_before_a_bad_proof() -> None:
    assert ask(3, 5, at(4), [b"\x01" * 32])[0].status == 409


def test_a_stranger_is_unknown_before_it_is_untrusted() -> None:
    text = Checkpoint("else.example/x", 3, TREE.root(3)).text
    said, _, _ = answer(write_request(0, [], write_note(text, [LOG.line(text)])), LOGS, lambda _o: Seen(), cosign)
    assert said.status == 404


def test_one_failing_line_of_a_trusted_key_is_enough_to_refuse() -> None:
    text, other = Checkpoint(ORIGIN, 3, TREE.root(3)).text, Checkpoint(ORIGIN, 4, TREE.root(4)).text
    note = write_note(text, [LOG.line(text), LOG_PQ.line(other, 1)])
    assert answer(write_request(0, [], note), LOGS, lambda _o: Seen(), cosign)[0].status == 403


def test_either_key_of_a_log_will_do() -> None:
    assert ask(0, 3, Seen(), signers=[LOG_PQ])[0].status == 200
    assert ask(0, 3, Seen(), signers=[Signer.from_seed(ORIGIN, 1, bytes(32))])[0].status == 403


def test_63_hashes_are_read_and_64_are_not() -> None:
    assert ask(3, 5, at(3), [b"\x01" * 32] * 63)[0].status == 422
    assert ask(3, 5, at(3), [b"\x01" * 32] * 64)[0].status == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"old",
        b"old 0",
        b"old 0\n\n",
        b"old 0\n\nx\n",
        b"old -1\n\n",
        b"\xff\n\n",
        b"old 0\nAA==\n\n",
        b"x" * (MAX_REQUEST + 1),
    ],
)
def test_a_malformed_request_is_told_so(raw: bytes) -> None:
    assert answer(raw, LOGS, lambda _o: Seen(), cosign)[0].status == 400


def test_the_monitoring_path_is_the_hash_of_the_origin() -> None:
    assert monitoring_path(ORIGIN) == "41cf6c5dcdfb66e5c51f7ad4845b4e1d2c984ac9a5c2efaba8946063ae605390/checkpoint"
