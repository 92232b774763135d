"""One suite for every shelf that a vault may stand on."""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import obstore
import pytest
from obstore.store import LocalStore, MemoryStore, S3Store

from archive.errors import Busy, Damaged, Invalid, Missing, TooLarge
from archive.shelves import CHUNK, Bucket, Folder, Shelf
from archive.vault import Vault


@pytest.fixture(params=["folder", "memory", "local"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """A directory, an object store in memory, an object store on disk."""
    match request.param:
        case "folder":
            return Folder(tmp_path / "shelf")
        case "memory":
            return Bucket(MemoryStore())
        case _:
            return Bucket(LocalStore(tmp_path / "bucket", mkdir=True))


@pytest.fixture
def vault(shelf: Shelf) -> Vault:
    return Vault(shelf)


def test_what_is_put_comes_back_by_its_digest(vault: Vault) -> None:
    stored = vault.put([b"a", b"", b"bc"])
    assert stored.sha256 == sha256(b"abc").hexdigest() and stored.len == 3
    assert vault.read(stored.sha256) == b"abc"
    assert stored.sha256 in vault and vault.size(stored.sha256) == 3


def test_the_empty_file_is_a_file(vault: Vault) -> None:
    assert vault.read(vault.put([]).sha256) == b""


def test_long_files_come_in_pieces(vault: Vault) -> None:
    pieces = [bytes([n]) * CHUNK for n in range(9)] + [b"end"]
    stored = vault.put(pieces)
    got = list(vault.open(stored.sha256))
    assert b"".join(got) == b"".join(pieces)
    assert vault.range(stored.sha256, CHUNK - 1, 3) == b"\x00\x01\x01"
    assert vault.range(stored.sha256, 9 * CHUNK + 1, 100) == b"nd"
    assert vault.range(stored.sha256, 9 * CHUNK + 50, 100) == b""


def test_the_same_bytes_are_stored_once(vault: Vault, shelf: Shelf) -> None:
    first, again = vault.put_bytes(b"same"), vault.put_bytes(b"same")
    assert first == again
    assert list(shelf.paths("blob/")) == [f"blob/{first.sha256[:2]}/{first.sha256}"]


def test_a_file_of_ones_own_is_adopted_and_may_go(shelf: Shelf, tmp_path: Path) -> None:
    file, raw = tmp_path / "mine", b"x" * (CHUNK + 3)
    file.write_bytes(raw)
    shelf.adopt(file, "body/1")
    file.unlink()
    assert b"".join(shelf.chunks("body/1")) == raw and shelf.size("body/1") == len(raw)
    assert list(shelf.paths("body/")) == ["body/1"]


def test_the_first_file_that_is_adopted_under_a_name_stays(shelf: Shelf, tmp_path: Path) -> None:
    for text in ("first", "second"):
        (tmp_path / text).write_text(text)
        shelf.adopt(tmp_path / text, "body/1")
    assert b"".join(shelf.chunks("body/1")) == b"first"


def test_a_file_of_another_file_system_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, file = Folder(tmp_path / "shelf"), tmp_path / "mine"
    file.write_bytes(b"from elsewhere")
    link = os.link

    def far(source: str, target: Path) -> None:
        if source == str(file):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        link(source, target)

    monkeypatch.setattr(os, "link", far)
    shelf.adopt(file, "body/1")
    assert b"".join(shelf.chunks("body/1")) == b"from elsewhere"
    assert (tmp_path / "shelf/body/1").stat().st_ino != file.stat().st_ino


def test_a_removed_file_is_gone_and_removing_it_again_is_no_fault(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    for name in ("body/1", "body/2"):
        shelf.adopt(tmp_path / "mine", name)
    for _ in range(2):
        shelf.remove("body/1")
    assert shelf.size("body/1") is None and list(shelf.paths("body/")) == ["body/2"]


def test_a_file_beyond_the_limit_leaves_nothing(vault: Vault, shelf: Shelf) -> None:
    with pytest.raises(TooLarge):
        vault.put([b"12345", b"6"], limit=5)
    assert vault.put([b"12345"], limit=5).len == 5
    assert len(list(shelf.paths(""))) == 1


def test_what_is_not_there_is_missing(vault: Vault) -> None:
    for digest in ("0" * 64, "nothing", "../../etc/passwd", "A" * 64):
        with pytest.raises(Missing):
            vault.read(digest)
        with pytest.raises(Missing):
            vault.range(digest, 0, 1)
    assert vault.size("0" * 64) is None and "0" * 64 not in vault


def test_altered_bytes_are_noticed_when_read(vault: Vault, shelf: Shelf) -> None:
    stored = vault.put_bytes(b"a bid")
    shelf.replace(f"blob/{stored.sha256[:2]}/{stored.sha256}", b"A bid")
    with pytest.raises(Damaged) as said:
        vault.read(stored.sha256)
    assert said.value.params == {"sha256": stored.sha256}


def test_a_file_on_a_shelf_is_written_once(shelf: Shelf) -> None:
    shelf.create([("tile/0/000", b"one"), ("tile/0/001", b"two")])
    shelf.create([("tile/0/000", b"other"), ("tile/0/002", b"three")])
    assert [b"".join(shelf.chunks(f"tile/0/00{n}")) for n in range(3)] == [b"one", b"two", b"three"]
    assert sorted(shelf.paths("tile/0/")) == ["tile/0/000", "tile/0/001", "tile/0/002"]


def test_lengths_of_many_files_come_in_the_order_that_was_asked(shelf: Shelf) -> None:
    shelf.create((f"tile/0/{n:03}", bytes(n)) for n in range(300))
    asked = [f"tile/0/{n:03}" for n in (299, 1, 300, 150)]
    assert shelf.sizes(asked) == [299, 1, None, 150] and shelf.sizes([]) == []


def test_of_many_writers_at_once_the_first_one_wins_for_all(shelf: Shelf) -> None:
    def write(n: int) -> bytes:
        shelf.create([("tile/0/000", b"%d" % n)])
        return b"".join(shelf.chunks("tile/0/000"))

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(write, range(64)))) == 1


def test_an_object_that_is_there_is_never_written_over_even_unseen() -> None:
    store = MemoryStore()
    shelf = Bucket(store)
    shelf.create([("tile/0/000", b"one")])
    was = obstore.head(store, "tile/0/000")
    shelf.create([("tile/0/000", b"one")])
    assert obstore.head(store, "tile/0/000") == was


@pytest.mark.parametrize("call", ["create", "create many", "keep", "replace", "chunks", "range", "size", "sizes", "paths"])
def test_a_store_that_does_not_answer_is_busy(call: str) -> None:
    nowhere = S3Store(
        "shelf",
        endpoint="http://127.0.0.1:1",
        region="nowhere",
        access_key_id="a",
        secret_access_key="b",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    shelf = Bucket(nowhere)
    with pytest.raises(Busy, match=r"shelf\.silent"):
        match call:
            case "create":
                shelf.create([("a", b"")])
            case "create many":
                shelf.create([("a", b""), ("b", b"")])
            case "sizes":
                shelf.sizes(["a", "b"])
            case "keep":
                shelf.keep(BytesIO(b"a"), "a")
            case "replace":
                shelf.replace("a", b"")
            case "chunks":
                list(shelf.chunks("a"))
            case "range":
                shelf.range("a", 0, 1)
            case "size":
                shelf.size("a")
            case _:
                list(shelf.paths("a/"))


def test_a_file_may_be_replaced_where_that_is_meant(shelf: Shelf) -> None:
    for text in (b"first", b"second"):
        shelf.replace("checkpoint", text)
        assert b"".join(shelf.chunks("checkpoint")) == text
        assert shelf.size("checkpoint") == len(text)


@pytest.mark.parametrize("path", ["", "../x", "a/../b", "/abs", "a//b", "a\\b", "./a"])
def test_a_path_stays_on_its_shelf(shelf: Shelf, path: str) -> None:
    with pytest.raises(Invalid):
        shelf.replace(path, b"")
    with pytest.raises(Invalid):
        shelf.create([(path, b"")])


def test_what_is_not_on_the_shelf_is_missing(shelf: Shelf) -> None:
    assert shelf.size("checkpoint") is None
    with pytest.raises(Missing):
        list(shelf.chunks("checkpoint"))
    with pytest.raises(Missing):
        shelf.range("checkpoint", 0, 1)


def test_a_stored_file_cannot_be_written_to_by_accident(tmp_path: Path) -> None:
    stored = Vault(Folder(tmp_path)).put_bytes(b"x")
    mode = (tmp_path / "blob" / stored.sha256[:2] / stored.sha256).stat().st_mode
    assert stat.S_IMODE(mode) == 0o444


def test_an_upload_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path)

    def broken() -> object:
        yield b"half"
        raise OSError("the line is down")

    with pytest.raises(OSError, match="the line is down"):
        Vault(folder).put(broken())  # type: ignore[arg-type]
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_what_a_crash_left_without_a_name_is_tidied_away(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    (tmp_path / ".incoming" / "in-left").write_bytes(b"half")
    kept = Vault(folder).put_bytes(b"whole")
    assert folder.tidy() == 1
    assert Vault(folder).read(kept.sha256) == b"whole"
    assert list((tmp_path / ".incoming").iterdir()) == []


@pytest.mark.parametrize("step", ["fsync", "link"])
def test_a_failing_disk_gives_no_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    vault = Vault(Folder(tmp_path))

    def fail(*_: object) -> None:
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="input/output error"):
        vault.put_bytes(b"a bid")
    monkeypatch.undo()
    assert [p for p in (tmp_path / "blob").rglob("*") if p.is_file()] == []
    assert vault.read(vault.put_bytes(b"a bid").sha256) == b"a bid"


def test_a_name_that_was_given_but_not_synced_is_made_good_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, digest, sync = Vault(Folder(tmp_path)), sha256(b"a bid").hexdigest(), os.fsync
    folder = tmp_path / "blob" / digest[:2]
    synced: list[int] = []

    def all_but_that_folder(handle: int) -> None:
        if folder.exists() and os.fstat(handle).st_ino == folder.stat().st_ino:
            raise OSError(5, "input/output error")
        sync(handle)

    monkeypatch.setattr(os, "fsync", all_but_that_folder)
    with pytest.raises(OSError, match="input/output error"):
        vault.put_bytes(b"a bid")
    assert (folder / digest).exists()
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    vault.put_bytes(b"a bid")
    assert folder.stat().st_ino in synced
