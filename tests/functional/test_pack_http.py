"""The published log as a file: what anybody downloads checks out away from the platform, and shows nothing hidden."""

from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from archive.database import reading as reading_of
from archive.errors import Busy, Refused
from archive.public import Published, entries
from archive.shelves import Folder
from archive.tileformat import blob_path, body_path
from archive.values import MINUTE
from tests.functional.conftest import House
from trading import packs
from trading.cli.trail import verify
from trading.packs import Packs, published_blobs


def test_a_downloaded_pack_verifies_off_line(reading: House, tmp_path: Path) -> None:
    answer = reading.client.get("/log/pack.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith("attachment")
    (tmp_path / "log.zip").write_bytes(answer.content)
    (tmp_path / "policy").write_bytes(reading.client.get("/log/policy").content)
    said = CliRunner().invoke(verify, [str(tmp_path / "log.zip"), "--policy", str(tmp_path / "policy")])
    assert said.exit_code == 0, said.output


def test_a_pack_holds_every_opening_that_is_disclosed_and_no_other(bidding: House) -> None:
    bidding.platform.publishing.round()
    with ZipFile(BytesIO(bidding.client.get("/log/pack.zip").content)) as pack:
        names = {name for name in pack.namelist() if name.startswith("body/")}
    with reading_of(bidding.platform.engine) as db:
        found = entries(db, 0, 10_000)
    assert names == {body_path(e.index) for e in found if e.opening}
    assert len(names) < len(found)


def test_a_pack_is_used_for_a_minute_and_then_made_again(bidding: House) -> None:
    folder = bidding.platform.publishing.public.root.parent / "packs"  # type: ignore[attr-defined]
    for wait, number in ((0, 1), (0, 1), (MINUTE, 2), (MINUTE, 2)):
        bidding.clock.now += wait
        bidding.client.get("/log/pack.zip")
        assert len(list(folder.glob("*.zip"))) == number
    assert not list(folder.glob("*.part"))


def test_while_a_pack_is_made_others_are_asked_to_come_back_or_get_the_one_before(bidding: House, tmp_path: Path) -> None:
    go, begun = Event(), Event()
    newest = packs_of(bidding, tmp_path)._newest

    def slow() -> Published:
        begun.set()
        go.wait(10)
        return newest()

    slowly = Packs(bidding.platform, tmp_path, slow, lambda: b"quorum none\n")
    first = Thread(target=slowly.file)
    first.start()
    begun.wait(10)
    with pytest.raises(Busy, match=r"log\.pack_busy"):
        slowly.file()
    go.set()
    first.join()
    made = slowly.file()
    bidding.clock.now += MINUTE
    go.clear()
    begun.clear()
    second = Thread(target=slowly.file)
    second.start()
    begun.wait(10)
    assert slowly.file() == made
    go.set()
    second.join()


def test_a_log_that_is_too_large_for_a_file_is_for_mirrors(
    reading: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "MOST_ENTRIES", 10)
    with pytest.raises(Refused, match=r"log\.pack_large"):
        packs_of(reading, tmp_path).file()
    assert list(tmp_path.iterdir()) == []


def test_files_beyond_the_limit_stay_out_of_a_pack(tmp_path: Path) -> None:
    shelf = Folder(tmp_path)
    small, large = "a" * 64, "b" * 64
    shelf.create([(blob_path(small), b"12345"), (blob_path(large), b"123456")])
    blob = published_blobs(shelf, 10)
    assert [blob(small), blob(large), blob("c" * 64), blob(small)] == [b"12345", None, None, b"12345"]


def packs_of(house: House, folder: Path) -> Packs:
    """Packs of a house in a folder of their own."""
    from trading.web import log

    site = house.application.state["site"]
    return Packs(house.platform, folder, lambda: log.newest(site), lambda: log.policy(site).encode())
