"""Where the files of a pack come from: a directory, a zip, or memory (trace-log section 7).

Whoever made the files may be hostile: links and special files are never followed or read, a read
stops at its limit, and nothing is written anywhere.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from archive.errors import Invalid

CHUNK = 1 << 20


class Unreadable(Invalid):
    """The pack cannot be opened at all; the checker could not run."""

    def __init__(self, why: str) -> None:
        super().__init__("pack.unreadable", why=why)


class Files(Protocol):
    """The files of a pack by relative path with ``/``."""

    def names(self) -> list[str]:
        """Every path, in byte order."""
        ...

    def read(self, path: str, limit: int) -> bytes | None:
        """The bytes, cut after ``limit`` + 1 of them so that "too long" shows; None when there is no such file."""
        ...

    def chunks(self, path: str, limit: int) -> Iterator[bytes]:
        """The bytes in pieces, cut like `read`; nothing when there is no such file."""
        ...

    def faults(self) -> list[tuple[str, str]]:
        """Paths that are no plain files or whose container is damaged, and why, as far as they were read."""
        ...


class Memory:
    """Files held in a mapping."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._sorted = sorted(files)

    def names(self) -> list[str]:
        return self._sorted

    def read(self, path: str, limit: int) -> bytes | None:
        raw = self._files.get(path)
        return None if raw is None else raw[: limit + 1]

    def chunks(self, path: str, limit: int) -> Iterator[bytes]:
        yield self._files.get(path, b"")[: limit + 1]

    def faults(self) -> list[tuple[str, str]]:
        return []


class Folder:
    """A directory; links and special files count as faults and are not followed."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._odd: list[tuple[str, str]] = []
        self._names: set[str] = set()
        try:
            self._walk(top, "")
        except OSError as e:
            raise Unreadable(e.strerror or "cannot be listed") from None
        self._sorted = sorted(self._names)

    def _walk(self, folder: Path, prefix: str) -> None:
        waiting = [(folder, prefix)]
        while waiting:
            here, before = waiting.pop()
            with os.scandir(here) as found:
                for item in found:
                    path = before + item.name
                    if item.is_dir(follow_symlinks=False):
                        waiting.append((here / item.name, path + "/"))
                    elif item.is_file(follow_symlinks=False):
                        self._names.add(path)
                    else:
                        self._odd.append((path, "not a plain file"))

    def names(self) -> list[str]:
        return self._sorted

    def read(self, path: str, limit: int) -> bytes | None:
        if path not in self._names:
            return None
        return b"".join(self.chunks(path, limit))

    def chunks(self, path: str, limit: int) -> Iterator[bytes]:
        if path not in self._names:
            return
        left = limit + 1
        try:
            # The file may have become another one since it was listed: not a link, not a pipe.
            handle = os.open(self._top / path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise OSError("not a plain file")
                while left and (piece := file.read(min(left, CHUNK))):
                    left -= len(piece)
                    yield piece
        except OSError as e:
            self._odd.append((path, e.strerror or str(e)))

    def faults(self) -> list[tuple[str, str]]:
        return sorted(set(self._odd))
