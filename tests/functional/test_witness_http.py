"""The witness over HTTP: every status in the order of checking, its types, limits, and what it shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.merkle import EMPTY_ROOT
from archive.notes import open_note, parse_note, write_note
from archive.policy import check_checkpoint, parse_policy
from archive.signing import Signer
from archive.witnessing import MAX_REQUEST, SIZE_TYPE, TEXT, monitoring_path
from tests.logs import LOG, LOG_PQ, ORIGIN
from tests.witnesses import OTHER, TREE, checkpoint, request, witness_directory
from trading.witness_app import application, build

STRANGER = Signer.from_seed("else.example/x", 1, bytes(32))
FORGER = Signer.from_seed(ORIGIN, 1, bytes(32))
Client = TestClient[object]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    directory = witness_directory(tmp_path / "w1")
    witness, urls = build(directory)
    with TestClient(application(witness, urls)) as made:
        yield made  # type: ignore[misc]


def add(client: Client, body: bytes) -> tuple[int, str, str]:
    said = client.post("/add-checkpoint", content=body)
    return said.status_code, said.headers["content-type"], said.text


def test_a_first_checkpoint_is_cosigned_by_both_keys(client: Client) -> None:
    status, type, body = add(client, request(0, 5))
    assert (status, type) == (200, TEXT)
    vkeys = client.get("/").text.split()
    policy = f"log {LOG.key.text}\nwitness a {vkeys[0]}\nwitness b {vkeys[1]}\ngroup w all a b\nquorum w\n"
    verdict = check_checkpoint(checkpoint(5) + body.encode(), parse_policy(policy.encode()))
    assert len(verdict.times) == 3 and all(verdict.times[key] > 0 for key in verdict.times if key != LOG.key)


def empty(root: bytes, signer: Signer = LOG) -> bytes:
    text = Checkpoint(ORIGIN, 0, root).text
    return write_note(text, [signer.line(text)])


def failing() -> bytes:
    note = checkpoint(5, signers=[LOG])
    return write_note(parse_note(note).text, [LOG.line(Checkpoint(ORIGIN, 4, TREE.root(4)).text)])


@pytest.mark.parametrize(
    ("case", "body", "status", "type", "text"),
    [
        ("malformed", b"old 5\n", 400, TEXT, None),
        (
            "64 proof lines",
            b"old 5\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\n" + checkpoint(6),
            400,
            TEXT,
            None,
        ),
        ("no note", b"old 5\n\nnot a note\n", 400, TEXT, None),
        (
            "unknown before untrusted",
            request(9, 6, note=checkpoint(6, signers=[STRANGER], origin="else.example/x")),
            404,
            TEXT,
            None,
        ),
        ("untrusted before old > size", request(9, 6, note=checkpoint(6, signers=[FORGER])), 403, TEXT, None),
        ("a failing line", request(5, 6, note=failing()), 403, TEXT, None),
        ("old > size before conflict", request(7, 6), 400, TEXT, None),
        ("conflict before bad proof", request(3, 6, OTHER), 409, SIZE_TYPE, "5\n"),
        ("not known to be asked for", request(0, 6), 409, SIZE_TYPE, "5\n"),
        ("size 0 is conflict too", request(0, 0, note=empty(EMPTY_ROOT)), 409, SIZE_TYPE, "5\n"),
        ("bad proof", request(5, 6, OTHER), 422, TEXT, None),
        ("no proof", request(5, 5, note=checkpoint(6)), 422, TEXT, None),
        ("same size, other root", request(5, 5, OTHER), 422, TEXT, None),
        ("same size, same root", request(5, 5), 200, TEXT, None),
        ("extension", request(5, 70), 200, TEXT, None),
    ],
    ids=lambda case: case if isinstance(case, str) and " " in case else "",
)
def test_answers_in_checking_order(client: Client, case: str, body: bytes, status: int, type: str, text: str | None) -> None:
    assert add(client, request(0, 5))[0] == 200
    said = add(client, body)
    assert said[:2] == (status, type), case
    assert text is None or said[2] == text


@pytest.mark.parametrize(("body", "status"), [(empty(EMPTY_ROOT), 200), (empty(b"\x01" * 32), 422)])
def test_an_empty_tree_has_the_empty_root(client: Client, body: bytes, status: int) -> None:
    assert add(client, b"old 0\n\n" + body)[0] == status


def test_a_proof_from_nothing_is_unprocessable(client: Client) -> None:
    assert add(client, b"old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" + checkpoint(5))[0] == 422


def test_a_request_that_never_ends_is_cut_off(client: Client) -> None:
    assert add(client, b"o" * (MAX_REQUEST + 1))[0] == 400
    assert add(client, b"o" * (8 * MAX_REQUEST))[0] == 400


def test_the_last_checkpoint_is_shown_under_the_hash_of_its_origin(client: Client) -> None:
    path = "/" + monitoring_path(ORIGIN)
    assert client.get(path).status_code == 404
    add(client, request(0, 5))
    add(client, request(5, 70))
    add(client, request(70, 70, OTHER))
    shown = client.get(path)
    assert (shown.status_code, shown.headers["content-type"]) == (200, TEXT)
    text, signed = open_note(shown.content, [LOG.key, LOG_PQ.key])
    assert parse_checkpoint(text).size == 70
    assert signed == (LOG.key, LOG_PQ.key) and len(parse_note(shown.content).lines) == 4
    assert client.get("/" + monitoring_path("else.example/x")).status_code == 404


def test_other_methods_and_paths_are_not_there(client: Client) -> None:
    assert client.get("/add-checkpoint").status_code == 405
    assert client.get("/nothing/else").status_code == 404
