"""Many small files are durable before the first of them has its name, whichever way they are synced."""

import os
from pathlib import Path

import pytest

from archive import shelves, syncing
from archive.shelves import MANY, Folder

MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:44 / /srv/remote rw shared:7 - fuse.sshfs remote: rw
"""


def files(n: int) -> list[tuple[str, bytes]]:
    return [(f"body/{k:03}", b"%d" % k) for k in range(n)]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a shelf asks the system for, in order."""
    told: list[str] = []
    sync, link = os.fsync, os.link

    def fsync(handle: int) -> None:
        told.append("fsync")
        sync(handle)

    def linked(source: str, target: Path) -> None:
        told.append("link")
        link(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", linked)
    monkeypatch.setattr(shelves, "syncfs", lambda _handle: told.append("syncfs"))
    return told


def folder(root: Path, whole: bool) -> Folder:
    made = Folder(root)
    made._whole = whole
    return made


def test_many_files_are_synced_at_once_and_named_afterwards(tmp_path: Path, said: list[str]) -> None:
    shelf = folder(tmp_path, whole=True)
    shelf.create(files(MANY))
    assert said.count("syncfs") == 1 and said.index("syncfs") < said.index("link")
    assert said[-1] == "fsync", "the directory, when every name stands in it"
    assert said.count("link") == MANY == sum(1 for _ in shelf.paths("body/"))


def test_a_few_files_are_synced_one_by_one(tmp_path: Path, said: list[str]) -> None:
    folder(tmp_path, whole=True).create(files(MANY - 1))
    assert "syncfs" not in said
    assert said[: MANY - 1] == ["fsync"] * (MANY - 1)


def test_where_a_whole_file_system_cannot_be_synced_every_file_is(tmp_path: Path, said: list[str]) -> None:
    folder(tmp_path, whole=False).create(files(MANY))
    assert said[:MANY] == ["fsync"] * MANY and "syncfs" not in said


def test_a_failing_sync_names_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_handle: int) -> None:
        raise OSError(5, "input/output error")

    shelf = folder(tmp_path, whole=True)
    monkeypatch.setattr(shelves, "syncfs", fail)
    with pytest.raises(OSError, match="input/output error"):
        shelf.create(files(MANY))
    assert not (tmp_path / "body").exists() or list((tmp_path / "body").iterdir()) == []


def test_the_system_says_when_it_cannot_sync() -> None:
    with pytest.raises(OSError, match="syncfs"):
        syncing.syncfs(-1)


def test_a_folder_is_synced_whole_only_on_file_systems_that_wait_for_the_disk() -> None:
    assert syncing.kind_of(os.makedev(254, 0), MOUNTS) == "ext4"
    assert syncing.kind_of(os.makedev(0, 44), MOUNTS) == "fuse.sshfs"
    assert syncing.kind_of(os.makedev(9, 9), MOUNTS) == ""
    assert {"fuse.sshfs", "overlay", "nfs4", ""} & syncing.WHOLE == set()


@pytest.mark.parametrize(
    ("said", "is_new_enough"), [("5.16.20-generic", False), ("5.17", True), ("6.1.0-17-amd64", True), ("odd", False)]
)
def test_only_a_kernel_that_tells_of_failures_is_trusted(said: str, is_new_enough: bool) -> None:
    assert (syncing.release(said) >= syncing.SINCE) is is_new_enough
