"""What an account's uploads count, when they go, and what a submission makes of them."""

import random
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from archive.errors import Conflict, Missing, TooLarge
from archive.shelves import Folder
from archive.vault import Vault
from bidding.envelopes import remember_bodies
from bidding.sealing import Secrets, seal_body
from bidding.uploads import KEEP, MARGIN, WHOLE, Upload, Uploads

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
        vault, draw = Vault(Folder(folder / "vault")), random.Random(1).randbytes
        self.vault = vault
        self.engine = engine
        self.folder = folder / "uploads"
        self.uploads = Uploads(engine, vault, self.folder, draw, quota=QUOTA, largest=QUOTA)

    def whole(self, now: int = NOW) -> Upload:
        """An upload of `BODY`, brought to its end."""
        made = self.uploads.create("a", len(BODY), now)
        return self.uploads.append(made.id, "a", 0, [BODY], now)

    def name(self, upload: Upload) -> None:
        """As a submission does."""
        with self.engine.begin() as db:
            remember_bodies(db, [upload.root])

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
    shelf.name(first)
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
    assert list(shelf.folder.iterdir()) == []


def test_a_named_body_is_never_swept(shelf: Shelf) -> None:
    whole = shelf.whole()
    shelf.name(whole)
    assert shelf.uploads.sweep(NOW + 100 * WHOLE) == 0
    assert shelf.uploads.locate(whole.root) == (whole.sha256, len(BODY))


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
    adopt, unlink = Vault.adopt, Path.unlink

    def dies(vault: Vault, file: Path) -> Any:
        adopt(vault, file)
        raise KeyboardInterrupt

    def stays(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".part":
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    if step == "adopted":
        monkeypatch.setattr(Vault, "adopt", dies)
    else:
        monkeypatch.setattr(Path, "unlink", stays)
    with pytest.raises(KeyboardInterrupt):
        shelf.uploads.append(made.id, "a", 0, [BODY], NOW)
    monkeypatch.undo()
    found = shelf.uploads.get(made.id, "a")
    assert found.root and shelf.vault.read(found.sha256) == BODY
    assert shelf.uploads.locate(found.root) == (found.sha256, len(BODY))


def test_a_body_is_there_to_be_named_until_it_expires_and_for_ever_once_it_is(shelf: Shelf) -> None:
    whole = shelf.whole()
    assert shelf.uploads.holds(whole.root, len(BODY), NOW + WHOLE - 1)
    assert not shelf.uploads.holds(whole.root, len(BODY), NOW + WHOLE)
    assert not shelf.uploads.holds(whole.root, len(BODY) + 1, NOW)
    shelf.name(whole)
    assert shelf.uploads.holds(whole.root, len(BODY), NOW + 100 * WHOLE)
