"""Zips by the rules of packs: what is opened, what is not, what is reported."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from archive.evidence import write_zip
from archive.verify.files import Unreadable
from archive.verify.zips import Zip

FILES = {"a": b"", "b/c": b"hello", "评标": b"x" * 100_000}


def written(path: Path, files: dict[str, bytes] = FILES, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, raw in files.items():
            made.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), raw, method)
    return path


def content(path: Path, limit: int = 1 << 20) -> dict[str, bytes | None]:
    opened = Zip(path)
    try:
        return {name: opened.read(name, limit) for name in opened.names()}
    finally:
        opened.close()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_stored_and_deflated_members_are_read(tmp_path: Path, method: int) -> None:
    assert content(written(tmp_path / "p.zip", method=method)) == FILES


def test_our_own_zips_are_read_and_the_same_each_time(tmp_path: Path) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    write_zip(FILES, first)
    write_zip(dict(reversed(FILES.items())), second)
    assert first.getvalue() == second.getvalue()
    (tmp_path / "p.zip").write_bytes(first.getvalue())
    assert content(tmp_path / "p.zip") == FILES


def test_a_member_is_unfolded_only_as_far_as_asked(tmp_path: Path) -> None:
    bomb = {"a": b"\0" * 50_000_000}
    opened = Zip(written(tmp_path / "p.zip", bomb, zipfile.ZIP_DEFLATED))
    assert opened.read("a", 10) == b"\0" * 11
    assert sum(map(len, opened.chunks("a", 3_000_000))) == 3_000_001
    assert opened.faults() == []
    opened.close()


def test_a_zip_that_unfolds_beyond_measure_is_not_opened(tmp_path: Path) -> None:
    path = patched(written(tmp_path / "p.zip", {"a": b"x" * 100}, zipfile.ZIP_DEFLATED), 24, "<L", 0x7FFFFFFF)
    with pytest.raises(Unreadable):
        Zip(path)


def test_a_member_longer_than_its_stated_length_is_cut_and_reported(tmp_path: Path) -> None:
    path = patched(written(tmp_path / "p.zip", {"a": b"x" * 100}, zipfile.ZIP_DEFLATED), 24, "<L", 5)
    opened = Zip(path)
    assert opened.read("a", 1000) == b"x" * 6
    assert [name for name, _ in opened.faults()] == ["a"]
    opened.close()


def test_what_is_not_there_reads_as_none(tmp_path: Path) -> None:
    opened = Zip(written(tmp_path / "p.zip"))
    assert opened.read("none", 10) is None
    assert list(opened.chunks("none", 10)) == []
    opened.close()


@pytest.mark.parametrize("name", ["/a", "../a", "a/../b", "a//b", "./a", "a/", "c:a", "a\\b", "a/."])
def test_a_name_that_leads_elsewhere_is_not_opened(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "p.zip", {"x" * len(name): b""})
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name.encode()))
    with pytest.raises(Unreadable):
        Zip(path)


def test_a_name_given_twice_is_not_opened(tmp_path: Path) -> None:
    path = written(tmp_path / "p.zip", {"a1": b"", "a2": b""})
    path.write_bytes(path.read_bytes().replace(b"a2", b"a1"))
    with pytest.raises(Unreadable):
        Zip(path)


def patched(path: Path, at: int, form: str, value: int) -> Path:
    """The first directory entry with one field changed."""
    raw = bytearray(path.read_bytes())
    struct.pack_into(form, raw, raw.rindex(b"PK\x01\x02", 0, raw.index(b"PK\x05\x06")) + at, value)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    ("at", "form", "value"),
    [
        (8, "<H", 1),
        (8, "<H", 0x40),
        (10, "<H", 12),
        (10, "<H", 99),
        (24, "<L", 6),
        (34, "<H", 1),
        (38, "<L", 0o120777 << 16),
        (38, "<L", 0o040755 << 16),
        (42, "<L", 0x7FFFFFFF),
        (28, "<H", 60_000),
        (42, "<L", 0xFFFFFFFF),
    ],
)
def test_a_member_that_breaks_a_rule_is_not_opened(tmp_path: Path, at: int, form: str, value: int) -> None:
    path = patched(written(tmp_path / "p.zip", {"b": b"hello"}), at, form, value)
    if at == 38:
        patched(path, 4, "<H", 3 << 8)
    with pytest.raises(Unreadable):
        Zip(path)


@pytest.mark.parametrize("raw", [b"", b"PK", b"x" * 100, b"PK\x05\x06" + b"\0" * 17, b"PK\x05\x06" + b"\0" * 18 + b"x"])
def test_what_is_no_zip_is_not_opened(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(raw)
    with pytest.raises(Unreadable):
        Zip(path)


def test_every_cut_of_a_zip_is_not_opened(tmp_path: Path) -> None:
    raw = written(tmp_path / "p.zip", {"a": b"hello", "b": b"there"}).read_bytes()
    path = tmp_path / "cut.zip"
    for length in range(len(raw)):
        path.write_bytes(raw[:length])
        with pytest.raises(Unreadable):
            Zip(path)


def test_members_that_overlap_are_not_opened(tmp_path: Path) -> None:
    path = written(tmp_path / "p.zip", {"a": b"hello", "b": b"hello"})
    with pytest.raises(Unreadable):
        Zip(patched(path, 42, "<L", 0))


def test_a_file_that_is_not_there_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        Zip(tmp_path / "none.zip")


def test_damage_inside_a_member_is_reported_by_name(tmp_path: Path) -> None:
    path = written(tmp_path / "p.zip", {"a": b"hello", "b": b"there" * 100})
    path.write_bytes(path.read_bytes().replace(b"hello", b"hallo"))
    opened = Zip(path)
    assert opened.read("a", 100) == b"hallo"
    assert opened.read("b", 10) == b"there" * 2 + b"t"
    assert [name for name, _ in opened.faults()] == ["a"]
    opened.close()


def test_a_broken_stream_is_reported_by_name(tmp_path: Path) -> None:
    packed = zlib.compress(b"x" * 1000)[2:-4]
    path = written(tmp_path / "p.zip", {"a": b"x" * 1000}, zipfile.ZIP_DEFLATED)
    raw = path.read_bytes()
    at = raw.index(b"a", 30) + 1
    path.write_bytes(raw[:at] + b"\xff" * len(packed) + raw[at + len(packed) :])
    opened = Zip(path)
    opened.read("a", 2000)
    assert [name for name, _ in opened.faults()] == ["a"]
    opened.close()


def test_two_names_for_one_member_are_reported(tmp_path: Path) -> None:
    path = written(tmp_path / "p.zip", {"aa": b"hello"})
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"aa", b"bb", 1))
    opened = Zip(path)
    assert opened.read("aa", 10) == b""
    assert [name for name, _ in opened.faults()] == ["aa"]
    opened.close()


def test_zip64_sizes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as made, made.open(zipfile.ZipInfo("a"), "w", force_zip64=True) as member:
        member.write(b"hello")
    assert content(path) == {"a": b"hello"}


def wide(directory_extra: bytes) -> bytes:
    """A zip of one stored member whose sizes and offset stand in a zip64 field, with a zip64 end."""
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 45, 0, 0, 0, 33, zlib.crc32(b"hello"), 5, 5, 1, 0) + b"a" + b"hello"
    central = struct.pack(
        "<4s6H3L5H2L",
        b"PK\x01\x02", 45, 45, 0, 0, 0, 33, zlib.crc32(b"hello"), 0xFFFFFFFF, 0xFFFFFFFF, 1, len(directory_extra), 0, 0, 0, 0,
        0xFFFFFFFF,
    )  # fmt: skip
    central += b"a" + directory_extra
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(central), len(local))
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(local) + len(central), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return local + central + end64 + locator + end


def test_zip64_directories_are_read(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(wide(struct.pack("<HH1s", 9, 1, b"x") + struct.pack("<HHQQQ", 1, 24, 5, 5, 0)))
    assert content(path) == {"a": b"hello"}


@pytest.mark.parametrize("extra", [b"", struct.pack("<HHQ", 1, 8, 5), struct.pack("<HHQQQ", 2, 24, 5, 5, 0)])
def test_a_zip64_member_without_its_field_is_not_opened(tmp_path: Path, extra: bytes) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(wide(extra))
    with pytest.raises(Unreadable):
        Zip(path)


def test_a_zip64_end_that_is_none_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(wide(struct.pack("<HHQQQ", 1, 24, 5, 5, 0)).replace(b"PK\x06\x06", b"PK\x06\x05"))
    with pytest.raises(Unreadable):
        Zip(path)
