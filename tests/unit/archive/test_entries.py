"""Entries, openings, salts, disclosures, bundles and paths beyond the vectors."""

import hashlib
import hmac

import pytest

from archive import disclosures, entry, tileformat
from archive.faults import Fault
from archive.merkle import Tree, leaf_hashes

SALT = bytes(range(32))


@pytest.mark.parametrize("body", [b"", b"{}", b"x" * 500, b"x" * 60_000])
def test_a_commitment_is_the_library_hmac(body: bytes) -> None:
    for salt in (SALT, bytes(32), b"\xff" * 32):
        wanted = hmac.new(salt, b"sunlit/event/v1\x00" + body, hashlib.sha256).digest()
        assert entry.commitment(salt, body) == wanted


def test_an_entry_has_61_bytes_and_its_form() -> None:
    made = entry.entry(SALT, b"{}")
    assert len(made) == entry.SIZE
    assert entry.well_formed(made)
    assert not entry.well_formed(made[:-1])
    assert not entry.well_formed(b"x" + made[1:])
    assert not entry.well_formed(made[:-3] + b"==\n")


@pytest.mark.parametrize("length", [1, 60_000])
def test_a_body_up_to_60000_bytes_is_opened(length: int) -> None:
    body = b"x" * length
    assert entry.open_entry(entry.opening(SALT, body), entry.entry(SALT, body)) == (SALT, body)


@pytest.mark.parametrize("length", [0, 60_001])
def test_an_empty_or_longer_body_is_bad(length: int) -> None:
    with pytest.raises(Fault, match="BODY_BAD"):
        entry.parse_opening(entry.opening(SALT, b"x" * length))


def test_a_disclosure_is_read_back() -> None:
    made = disclosures.Disclosure("AAECAwQFBgcICQoLDA0ODw", "name", {"b": 1, "a": "张三"})
    assert disclosures.parse_disclosure(made.text) == made


@pytest.mark.parametrize(
    "text", ["", "WyJh", "W10", "WyJhIiwiYiJd", "WyJhIiwiYiIsMV0=", "é", "WyJhIiwiYiIsMV1", "{", "WzEsImIiLDFd"]
)
def test_what_is_no_disclosure_is_refused(text: str) -> None:
    with pytest.raises(Fault, match="SD_BAD"):
        disclosures.parse_disclosure(text)


@pytest.mark.parametrize("n", [0, 1, 255, 256, 999, 1000, 70_000, 999_999, 1_000_000, 1_234_067, 2**63 - 1])
def test_a_grouped_number_is_read_back(n: int) -> None:
    assert tileformat.ungrouped(tileformat.grouped(n)) == n


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "00",
        "0000",
        "x000/000",
        "x001",
        "x01/000",
        "x001/000/",
        "001/000",
        "x9223372036854775808",
        "x009/x223/x372/x036/x854/x775/808",
    ],
)
def test_another_spelling_of_a_number_is_none(path: str) -> None:
    assert tileformat.ungrouped(path) is None


def test_a_number_past_2_to_the_63_is_none() -> None:
    assert tileformat.ungrouped("x010/x000/x000/x000/x000/x000/000") is None


@pytest.mark.parametrize("path", ["tile/0/000", "tile/63/x001/234.p/255", "tile/entries/000.p/1"])
def test_a_tile_path_is_read_back(path: str) -> None:
    tile = tileformat.parse_tile_path(path)
    assert tile is not None
    assert tileformat.tile_path(*tile) == path


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/0",
        "tile/x/000",
        "tile/0/000/",
    ],
)
def test_what_is_no_tile_path_is_none(path: str) -> None:
    assert tileformat.parse_tile_path(path) is None


def test_a_log_of_70000_has_551_tiles() -> None:
    tiles = list(tileformat.tiles_of(70_000))
    assert len(tiles) == 551
    assert {(0, 273, 112), ("entries", 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)} <= set(tiles)


def test_a_log_of_256_has_a_full_tile_and_one_above_it() -> None:
    assert list(tileformat.tiles_of(256)) == [(0, 0, 256), ("entries", 0, 256), (1, 0, 1)]
    assert list(tileformat.tiles_of(0)) == []


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_levels_give_the_root_of_every_size(size: int) -> None:
    leaves = leaf_hashes(b"%d" % n for n in range(size))
    levels, tree = tileformat.Levels(b"".join(leaves)), Tree(leaves)
    assert all(levels.root(n) == tree.root(n) for n in range(size + 1))


def test_built_files_are_those_that_the_size_has() -> None:
    entries = [b"%d" % n for n in range(600)]
    assert {path for path, _ in tileformat.build(entries)} == {tileformat.tile_path(*t) for t in tileformat.tiles_of(600)}


def test_a_bundle_is_read_back() -> None:
    entries = [b"", b"x", b"y" * 65_535]
    assert tileformat.parse_bundle(tileformat.write_bundle(entries)) == entries
