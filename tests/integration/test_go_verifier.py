"""Two other implementations read our logs: a verifier in Go, and pymerkle for the root."""

import os
import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from sqlalchemy import Engine

from archive.checkpoints import Checkpoint
from archive.entry import entry
from archive.merkle import EMPTY_ROOT, Tree, leaf_hashes, root
from archive.notes import write_note
from archive.tileformat import build as tiles
from tests.logs import LOG, LOG_PQ, ORIGIN, tender_log
from tests.outsider import build
from tests.publishers import house

SIZES = (0, 1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537)
CHANCE = random.Random(6962)
ENTRIES = [entry(CHANCE.randbytes(32), b'{"n":%d}' % n) for n in range(max(SIZES))]
VKEYS = [part for key in (LOG.key, LOG_PQ.key) for part in ("-vkey", key.text)]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("go"))


def verified(program: Path, what: Path, vkeys: list[str] = VKEYS) -> tuple[int, str]:
    done = subprocess.run([str(program), *vkeys, str(what)], capture_output=True, text=True, check=False)
    assert done.stderr == "", done.stderr
    return done.returncode, done.stdout


def written(folder: Path, size: int) -> Path:
    """A served log of so many entries."""
    folder.mkdir(exist_ok=True)
    for path, raw in tiles(ENTRIES[:size]):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)
    text = Checkpoint(ORIGIN, size, root(leaf_hashes(ENTRIES[:size]))).text
    (folder / "checkpoint").write_bytes(write_note(text, [LOG.line(text), LOG_PQ.line(text, 1_700_000_000)]))
    return folder


@pytest.mark.parametrize("size", SIZES)
def test_a_log_of_any_size_is_clean_to_the_other_verifier(program: Path, tmp_path: Path, size: int) -> None:
    assert verified(program, written(tmp_path / "log", size)) == (0, "clean\n")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("tile/0/000", "TILE_MISMATCH"),
        ("tile/0/001.p/1", "TILE_MISMATCH"),
        ("tile/1/000.p/1", "TILE_MISMATCH"),
        ("tile/entries/000", "ROOT_MISMATCH"),
        ("checkpoint", "SIG_BAD"),
    ],
)
def test_one_flipped_bit_is_named_by_the_other_verifier(program: Path, tmp_path: Path, path: str, code: str) -> None:
    log = written(tmp_path / "log", 257)
    raw = bytearray((log / path).read_bytes())
    at = raw.index(b"\xe2\x80\x94") + 40 if path == "checkpoint" else 30  # in a signature, a hash, a commitment
    raw[at] = ord("B" if raw[at] == ord("A") else "A")
    (log / path).write_bytes(raw)
    status, said = verified(program, log)
    assert status == 1 and code in said


def test_the_other_verifier_wants_every_key_to_have_signed(program: Path, tmp_path: Path) -> None:
    log = written(tmp_path / "log", 3)
    text = Checkpoint(ORIGIN, 3, root(leaf_hashes(ENTRIES[:3]))).text
    (log / "checkpoint").write_bytes(write_note(text, [LOG.line(text)]))
    status, said = verified(program, log)
    assert status == 1 and "SIG_ABSENT" in said


def test_receipts_are_clean_to_the_other_verifier(program: Path, tmp_path: Path) -> None:
    log = tender_log()
    for index in range(len(log.entries)):
        file = tmp_path / "receipt.tlog-proof"
        file.write_bytes(log.receipt(index))
        assert verified(program, file, VKEYS[:2]) == (0, "clean\n")
    file.write_bytes(log.receipt(3).replace(b"index 3", b"index 4"))
    status, said = verified(program, file, VKEYS[:2])
    assert status == 1 and "INCLUSION_BAD" in said


def test_what_the_publisher_serves_is_clean_to_the_other_verifier(program: Path, sqlite: Engine, tmp_path: Path) -> None:
    home = house(sqlite, tmp_path)
    vkeys = [part for key in home.ledger.notary.keys for part in ("-vkey", key.text)]
    publishing = home.publishing()
    for acts in (1, 254, 1, 1, 300):
        home.act(acts)
        publishing.round()
        assert verified(program, home.public.root, vkeys) == (0, "clean\n")
        assert verified(program, home.escrow.root, vkeys) == (0, "clean\n")


@pytest.mark.parametrize("size", [size for size in SIZES if size > 0])
def test_pymerkle_gives_the_same_root(size: int) -> None:
    other = InmemoryTree(algorithm="sha256")
    for raw in ENTRIES[:size]:
        other.append_entry(raw)
    assert other.get_root() == root(leaf_hashes(ENTRIES[:size]))


@settings(max_examples=60, deadline=None)
@given(raw=st.lists(st.binary(max_size=40), max_size=70))
def test_pymerkle_gives_the_same_roots_of_every_size(raw: list[bytes]) -> None:
    other, ours = InmemoryTree(algorithm="sha256"), Tree(leaf_hashes(raw))
    assert ours.root(0) == EMPTY_ROOT
    for size, one in enumerate(raw, start=1):
        other.append_entry(one)
        assert other.get_root() == ours.root(size)


def test_without_go_nothing_passes_unseen_in_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.outsider.toolchain", lambda: None)
    monkeypatch.setitem(os.environ, "CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Go"):
        build(tmp_path)
