"""The published log as one evidence pack for whoever wants to check it on a machine of his own.

A pack is made from what is published and nothing else, so it is for everybody.  It is a file under the data folder,
used for a minute however many ask; one is made at a time.  A log that has outgrown a file is for mirrors, which read
tiles (trace-log 1.2).
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from archive import public
from archive.database import reading
from archive.errors import Busy, Refused
from archive.evidence import Basis, Blobs, log_pack, write_zip
from archive.public import Published
from archive.shelves import Shelf
from archive.tileformat import blob_path
from archive.values import MINUTE, Instant
from trading.platform import Platform

MOST_ENTRIES = 200_000
MOST_BLOB_BYTES = 64 << 20
"""Bytes of files in one pack; what is beyond stays out and is listed as absent.  ``/log/blob`` has them all."""

FRESH: Instant = MINUTE


class Packs:
    """Packs of one platform; ``newest`` is the published checkpoint, ``policy`` the file that goes with it."""

    def __init__(self, platform: Platform, folder: Path, newest: Callable[[], Published], policy: Callable[[], bytes]) -> None:
        self._platform = platform
        self._folder = folder
        self._newest = newest
        self._policy = policy
        self._making = Lock()  # held while a pack is made; nobody waits for it

    def file(self) -> Path:
        """A pack that is at most a minute old, or, while one is being made, the one before.

        Raises:
            Missing: ``log.empty``.
            Refused: ``log.pack_large``.
            Busy: ``log.pack_busy`` while the first one is being made.
        """
        made = self._made()
        if made and self._platform.clock() - _age(made[-1]) < FRESH:
            return made[-1]
        if not self._making.acquire(blocking=False):
            if made:
                return made[-1]
            raise Busy("log.pack_busy")
        try:
            path = self._make()
        finally:
            self._making.release()
        for old in made[:-1]:  # the last one may be on its way to somebody
            old.unlink(missing_ok=True)
        return path

    def _made(self) -> list[Path]:
        return sorted(self._folder.glob("*.zip"), key=_age)

    def _make(self) -> Path:
        head, now = self._newest(), self._platform.clock()
        size = head.checkpoint.size
        if size > MOST_ENTRIES:
            raise Refused("log.pack_large", size=size, limit=MOST_ENTRIES)
        with reading(self._platform.engine) as db:
            entries = public.entries(db, 0, size)
        files = log_pack(
            Basis(head.note, self._policy(), now),
            [e.entry for e in entries],
            {e.index: e.opening for e in entries if e.opening},
            published_blobs(self._platform.publishing.public, MOST_BLOB_BYTES),
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{size}-{now}.zip"
        being_made = path.with_suffix(".part")
        try:
            with being_made.open("wb") as out:
                write_zip(files, out)
            return being_made.rename(path)
        finally:
            with suppress(FileNotFoundError):
                being_made.unlink()


def published_blobs(shelf: Shelf, most: int) -> Blobs:
    """The files of the public shelf, as long as they come to no more than ``most`` bytes; a greater one is left out."""
    left = most

    def blob(digest: str) -> bytes | None:
        nonlocal left
        length = shelf.size(blob_path(digest))
        if length is None or length > left:
            return None
        left -= length
        return b"".join(shelf.chunks(blob_path(digest)))

    return blob


def _age(path: Path) -> Instant:
    return int(path.stem.partition("-")[2])
