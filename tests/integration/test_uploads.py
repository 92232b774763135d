"""What an account's uploads count, when they go, and what a submission makes of them."""

import random
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, insert, select

from archive.errors import Conflict, Missing, TooLarge
from archive.shelves import Folder
from archive.vault import Vault
from bidding.envelopes import remember_bodies
from bidding.sealing import Secrets, seal_body
from bidding.uploads import KEEP, MARGIN, NAMED, WHOLE, Body, Upload, Uploads, upload_table

NOW = 1_800_000_000_000_000
QUOTA = 4000


def sealed(length: int) -> bytes:
    """A sealed body of ``length`` bytes."""
    sink = BytesIO()
    seal_body(Secrets(random.Random(length).randbytes(32), bytes(32)), 1, BytesIO(bytes(length - 72)), sink)
    return sink.getvalue()


BODY = sealed(2000)


class Shelf:
    """The store of one account."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.kept = Folder(folder / "vault")
        self.engine = engine
        self.folder = folder / "uploads"
        self.uploads = Uploads(engine, self.kept, self.folder, random.Random(1).randbytes, quota=QUOTA, largest=QUOTA)

    def whole(self, now: int = NOW) -> Upload:
        """An upload of `BODY`, brought to its end."""
        made = self.uploads.create("a", len(BODY), now)
        return self.uploads.append(made.id, "a", 0, [BODY], now)

    def name(self, upload: Upload) -> None:
        """As a submission does."""
        with self.engine.begin() as db:
            remember_bodies(db, [upload.root])
            self.uploads.keep(db, [upload.root])

    def whole_ones(self, upload: Upload, now: int, length: int = len(BODY)) -> set[str]:
        """What a submission that arrives now finds."""
        with self.engine.connect() as db:
            return self.uploads.whole(db, [(upload.root, length)], now)

    def files(self) -> list[str]:
        """What is on disk, whole or not."""
        return sorted([*self.kept.paths(""), *(path.name for path in self.folder.iterdir())])

    def gone(self, upload: Upload) -> bool:
        """Whether the account has it no more."""
        try:
            return not self.uploads.get(upload.id, "a")
        except Missing:
            return True


@pytest.fixture
def shelf(database: Engine, tmp_path: Path) -> Shelf:
    """An empty store."""
    return Shelf(database, tmp_path)


def test_an_upload_that_fills_the_quota_is_taken_and_one_byte_more_is_not(shelf: Shelf) -> None:
    shelf.whole()
    with pytest.raises(TooLarge) as refused:
        shelf.uploads.create("a", QUOTA - len(BODY) + 1, NOW)
    assert refused.value.code == "upload.quota"
    shelf.uploads.create("a", QUOTA - len(BODY), NOW)


def test_a_quota_is_one_accounts_own(shelf: Shelf) -> None:
    shelf.uploads.create("b", QUOTA, NOW)
    shelf.uploads.create("a", QUOTA, NOW)


@pytest.mark.parametrize(("finished", "kept"), [(False, KEEP), (True, WHOLE)])
def test_an_upload_counts_until_it_expires_and_no_longer(shelf: Shelf, finished: bool, kept: int) -> None:
    if finished:
        shelf.whole()
    else:
        shelf.uploads.create("a", len(BODY), NOW)
    with pytest.raises(TooLarge):
        shelf.uploads.create("a", QUOTA, NOW + kept - 1)
    shelf.uploads.create("a", QUOTA, NOW + kept)


def test_a_body_that_a_submission_names_leaves_the_quota(shelf: Shelf) -> None:
    shelf.name(shelf.whole())
    shelf.uploads.create("a", QUOTA, NOW)


def test_a_body_that_was_named_before_it_was_whole_leaves_the_quota_when_it_is(shelf: Shelf) -> None:
    first = shelf.whole()
    shelf.uploads.terminate(first.id, "a")
    with shelf.engine.begin() as db:
        remember_bodies(db, [first.root])
    shelf.whole()
    shelf.uploads.create("a", QUOTA, NOW)


def test_what_expired_is_swept_after_the_margin_and_not_before(shelf: Shelf) -> None:
    begun, whole = shelf.uploads.create("a", len(BODY), NOW), shelf.whole()
    assert shelf.uploads.sweep(NOW + KEEP + MARGIN - 1) == 0
    assert shelf.uploads.sweep(NOW + KEEP + MARGIN) == 1
    assert shelf.gone(begun) and not shelf.gone(whole)
    assert shelf.uploads.sweep(NOW + WHOLE + MARGIN - 1) == 0
    assert shelf.uploads.sweep(NOW + WHOLE + MARGIN) == 1
    assert shelf.gone(whole) and shelf.uploads.locate(whole.root) is None
    assert shelf.files() == []


def test_a_named_body_is_never_swept(shelf: Shelf) -> None:
    whole = shelf.whole()
    shelf.name(whole)
    assert shelf.uploads.sweep(NOW + 100 * WHOLE) == 0
    found = shelf.uploads.locate(whole.root)
    assert found is not None and b"".join(shelf.uploads.pieces(found)) == BODY


def test_a_named_body_cannot_be_taken_back(shelf: Shelf) -> None:
    whole = shelf.whole()
    shelf.name(whole)
    with pytest.raises(Conflict) as refused:
        shelf.uploads.terminate(whole.id, "a")
    assert refused.value.code == "upload.named"
    assert shelf.uploads.locate(whole.root) is not None


def test_two_requests_in_two_processes_do_not_write_to_one_upload(shelf: Shelf) -> None:
    made = shelf.uploads.create("a", len(BODY), NOW)

    def body() -> Iterator[bytes]:
        with pytest.raises(Conflict) as refused:
            shelf.uploads.append(made.id, "a", 0, [BODY], NOW)
        assert refused.value.code == "upload.locked"
        yield BODY

    assert shelf.uploads.append(made.id, "a", 0, body(), NOW).root


@pytest.mark.parametrize("step", ["adopted", "recorded"])
def test_a_body_whose_process_died_while_it_was_finished_is_finished_by_the_next_question(
    shelf: Shelf, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = shelf.uploads.create("a", len(BODY), NOW)
    adopt, unlink = Folder.adopt, Path.unlink

    def dies(folder: Folder, file: Path, path: str) -> None:
        adopt(folder, file, path)
        raise KeyboardInterrupt

    def stays(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".part":
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    if step == "adopted":
        monkeypatch.setattr(Folder, "adopt", dies)
    else:
        monkeypatch.setattr(Path, "unlink", stays)
    with pytest.raises(KeyboardInterrupt):
        shelf.uploads.append(made.id, "a", 0, [BODY], NOW)
    monkeypatch.undo()
    root = shelf.uploads.get(made.id, "a").root
    found = shelf.uploads.locate(root)
    assert found is not None and b"".join(shelf.uploads.pieces(found)) == BODY


def test_a_body_is_there_to_be_named_until_it_expires_and_for_ever_once_it_is(shelf: Shelf) -> None:
    whole = shelf.whole()
    assert shelf.whole_ones(whole, NOW + WHOLE - 1) == {whole.root}
    assert shelf.whole_ones(whole, NOW + WHOLE) == set()
    assert shelf.whole_ones(whole, NOW, len(BODY) + 1) == set()
    shelf.name(whole)
    assert shelf.whole_ones(whole, NOW + 100 * WHOLE) == {whole.root}


def test_an_upload_whose_files_went_this_moment_is_as_missing_as_none(shelf: Shelf) -> None:
    made = shelf.uploads.create("a", len(BODY), NOW)
    for path in shelf.folder.iterdir():
        path.unlink()
    with pytest.raises(Missing) as refused:
        shelf.uploads.get(made.id, "a")
    assert refused.value.code == "upload.none"


def test_the_same_bytes_uploaded_twice_are_two_bodies_and_one_goes_without_the_other(shelf: Shelf) -> None:
    first, second = shelf.whole(), shelf.whole(NOW + MARGIN)
    assert shelf.uploads.sweep(NOW + WHOLE + MARGIN) == 1
    assert shelf.gone(first) and not shelf.gone(second)
    found = shelf.uploads.locate(second.root)
    assert found is not None and b"".join(shelf.uploads.pieces(found)) == BODY


def test_bytes_that_a_document_has_too_stay_when_the_upload_goes(shelf: Shelf) -> None:
    document = Vault(shelf.kept).put_bytes(BODY)
    shelf.uploads.terminate(shelf.whole().id, "a")
    assert Vault(shelf.kept).read(document.sha256) == BODY


@pytest.mark.parametrize("dying", ["bytes", "row"])
def test_a_sweep_that_dies_leaves_what_the_next_one_drops(shelf: Shelf, dying: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, remove = shelf.whole(), Folder.remove

    def dies(folder: Folder, path: str) -> None:
        if dying == "row":
            remove(folder, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(Folder, "remove", dies)
    with pytest.raises(KeyboardInterrupt):
        shelf.uploads.sweep(NOW + WHOLE + MARGIN)
    monkeypatch.undo()
    assert shelf.gone(whole) and shelf.whole_ones(whole, NOW) == set()
    assert shelf.uploads.sweep(NOW + WHOLE + MARGIN) == 1
    assert shelf.files() == []


@pytest.mark.parametrize("drop", ["swept", "taken back"])
def test_a_body_that_a_submission_is_naming_is_not_dropped_meanwhile(shelf: Shelf, drop: str) -> None:
    """The submission's transaction is open when the other begins, and commits before that can go on."""
    whole, done, begun = shelf.whole(), list[int](), Event()

    def other() -> None:
        begun.set()
        with suppress(Conflict):
            if drop == "swept":
                done.append(shelf.uploads.sweep(NOW + 100 * WHOLE))
            else:
                shelf.uploads.terminate(whole.id, "a")
                done.append(1)

    thread = Thread(target=other)
    with shelf.engine.begin() as db:
        assert shelf.uploads.whole(db, [(whole.root, len(BODY))], NOW) == {whole.root}
        shelf.uploads.keep(db, [whole.root])
        thread.start()
        begun.wait()
        remember_bodies(db, [whole.root])
    thread.join()
    assert sum(done) == 0 and not shelf.gone(whole)
    assert shelf.files() == [f"body/{whole.id}", f"{whole.id}.leaves"]


def test_a_submission_that_names_what_was_dropped_meanwhile_is_not_done(shelf: Shelf) -> None:
    whole = shelf.whole()
    found = shelf.whole_ones(whole, NOW)
    shelf.uploads.sweep(NOW + 100 * WHOLE)
    with pytest.raises(Conflict) as refused, shelf.engine.begin() as db:
        shelf.uploads.keep(db, found)
    assert refused.value.code == "upload.swept"


def test_a_part_that_comes_to_an_expired_upload_keeps_it_from_the_sweep(shelf: Shelf) -> None:
    made, late = shelf.uploads.create("a", len(BODY), NOW), NOW + KEEP + MARGIN

    def body() -> Iterator[bytes]:
        assert shelf.uploads.sweep(late) == 0
        yield BODY

    assert shelf.uploads.append(made.id, "a", 0, body(), late).root


def test_a_body_from_before_bodies_had_names_of_their_own_is_found_among_the_vaults_files(shelf: Shelf) -> None:
    stored = Vault(shelf.kept).put_bytes(BODY)
    row = {"id": "old", "account": "a", "length": len(BODY), "expires_at": NOW, "sha256": stored.sha256, "root": "ab" * 32}
    with shelf.engine.begin() as db:
        db.execute(insert(upload_table).values(row))
    found = shelf.uploads.locate("ab" * 32)
    assert found == Body(f"blob/{stored.sha256[:2]}/{stored.sha256}", len(BODY))
    assert shelf.uploads.sweep(NOW + MARGIN) == 1
    assert Vault(shelf.kept).read(stored.sha256) == BODY  # a document may have the same bytes


def test_a_named_upload_says_that_it_never_expires(shelf: Shelf) -> None:
    whole = shelf.whole()
    shelf.name(whole)
    assert shelf.uploads.get(whole.id, "a").expires_at == NAMED
    with shelf.engine.connect() as db:
        assert db.execute(select(upload_table.c.sha256)).scalars().all() == [""]
