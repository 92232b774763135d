"""Keys: made once, readable by their owner only, and never seen from outside."""

import random
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.errors import Damaged, Invalid, Missing
from archive.keys import ESCROW, LOG_ED25519, PURPOSES, SESSIONS, Keys
from archive.vkeys import ED25519, MLDSA44


@pytest.fixture
def source() -> Callable[[int], bytes]:
    return random.Random(1).randbytes


def test_each_purpose_is_one_file_that_only_its_owner_reads(tmp_path: Path, source: Callable[[int], bytes]) -> None:
    Keys.create(tmp_path / "keys", source)
    files = sorted((tmp_path / "keys").iterdir())
    assert [f.name for f in files] == sorted(f"{p}.seed" for p in PURPOSES)
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o400}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_making_keys_again_leaves_those_that_are_there(tmp_path: Path, source: Callable[[int], bytes]) -> None:
    first = Keys.create(tmp_path, source).log("log.example/1")
    again = Keys.create(tmp_path, source, (*PURPOSES, "later"))
    assert [s.key for s in again.log("log.example/1")] == [s.key for s in first]
    assert "later" in again.purposes


def test_the_log_signs_with_two_algorithms_under_its_origin(source: Callable[[int], bytes]) -> None:
    classic, quantum = Keys.fleeting(source).log("log.example/1")
    assert (classic.key.type, quantum.key.type) == (ED25519, MLDSA44)
    assert {classic.key.name, quantum.key.name} == {"log.example/1"}
    assert classic.key.verifies(classic.sign(b"text"), b"text")


def test_a_key_that_others_may_read_is_refused(tmp_path: Path, source: Callable[[int], bytes]) -> None:
    Keys.create(tmp_path, source)
    (tmp_path / f"{LOG_ED25519}.seed").chmod(0o440)
    with pytest.raises(Invalid) as said:
        Keys.open(tmp_path)
    assert said.value.params == {"file": "log-ed25519.seed"}


@pytest.mark.parametrize("text", ["", "00", "zz" * 32, "00" * 33])
def test_a_file_that_is_no_seed_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.seed"
    path.write_text(text)
    path.chmod(0o400)
    with pytest.raises(Invalid) as said:
        Keys.open(tmp_path)
    assert said.value.code == "keys.seed"


def test_an_empty_directory_has_no_keys(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        Keys.open(tmp_path)


@pytest.mark.parametrize("purpose", ["", "../x", "a b", "Ä", "a/b"])
def test_a_purpose_is_a_plain_word(tmp_path: Path, source: Callable[[int], bytes], purpose: str) -> None:
    with pytest.raises(Invalid):
        Keys.create(tmp_path, source, (purpose,))


def test_an_unknown_purpose_has_no_key(source: Callable[[int], bytes]) -> None:
    with pytest.raises(Missing) as said:
        Keys.fleeting(source).mac("nothing", b"")
    assert said.value.params == {"purpose": "nothing"}


def test_macs_differ_by_purpose_and_message(source: Callable[[int], bytes]) -> None:
    keys = Keys.fleeting(source)
    assert len({keys.mac(ESCROW, b"a"), keys.mac(ESCROW, b"b"), keys.mac(SESSIONS, b"a")}) == 3
    assert keys.mac(ESCROW, b"a") == keys.mac(ESCROW, b"a")


def test_what_is_wrapped_opens_only_where_it_belongs(source: Callable[[int], bytes]) -> None:
    keys = Keys.fleeting(source)
    wrapped = keys.wrap(ESCROW, b"secret", b"subject 7", source(12))
    assert keys.unwrap(ESCROW, wrapped, b"subject 7") == b"secret"
    for purpose, raw, bound in (
        (ESCROW, wrapped, b"subject 8"),
        (SESSIONS, wrapped, b"subject 7"),
        (ESCROW, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"subject 7"),
        (ESCROW, wrapped[:5], b"subject 7"),
    ):
        with pytest.raises(Damaged):
            keys.unwrap(purpose, raw, bound)


def test_no_seed_shows_in_what_is_printed(tmp_path: Path, source: Callable[[int], bytes]) -> None:
    keys = Keys.create(tmp_path, source)
    shown = repr(keys) + str(keys) + repr(keys.log("log.example/1"))
    for file in tmp_path.iterdir():
        assert file.read_text().strip() not in shown
