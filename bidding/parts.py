"""The bytes of uploads that are not whole yet, on a folder that several processes may share.

``<id>.part`` holds the bytes, ``<id>.leaves`` the 32-byte leaf hashes.  Only whole leaves are kept (leaf 0 is 1,049,656
bytes, every further one 1,049,600, the last one shorter).  Bytes are durable before their leaf hashes, so what a crash
leaves behind is cut back to the leaves.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from archive.errors import Conflict, Invalid, Missing
from bidding.sealing.cobblestone import LEAF
from bidding.sealing.envelope import HEADER
from bidding.sealing.tree import leaf_hash, tree_of


class Parts:
    """Unfinished bodies by the id of their upload."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, id: str) -> None:
        """Room for a body of which nothing is there."""
        self.path(id).touch()
        self._leaves(id).touch()

    def path(self, id: str) -> Path:
        """Where the bytes are."""
        return self._folder / f"{id}.part"

    def offset(self, id: str, length: int) -> int:
        """How many bytes of a body of ``length`` are there.

        Raises:
            Missing: ``upload.none`` when it was dropped.
        """
        try:
            leaves = self._leaves(id).stat().st_size // 32
        except FileNotFoundError:
            raise Missing("upload.none") from None
        return 0 if leaves == 0 else min(length, HEADER + leaves * LEAF)

    def root(self, id: str) -> bytes:
        """The tree hash over the leaves that are there."""
        hashes = self._leaves(id).read_bytes()
        return tree_of(hashes[at : at + 32] for at in range(0, len(hashes), 32))

    def drop(self, id: str) -> None:
        """Forget a body, whatever is there of it."""
        self.path(id).unlink(missing_ok=True)
        self._leaves(id).unlink(missing_ok=True)

    @contextmanager
    def writing(self, id: str) -> Iterator[BinaryIO]:
        """The bytes of an unfinished upload, to be written to by nobody else.

        Raises:
            Conflict: ``upload.locked`` while another request writes to it, in whatever process, or has just finished it.
        """
        try:
            part = self.path(id).open("r+b")
        except FileNotFoundError:
            raise Conflict("upload.locked") from None  # finished or dropped a moment ago: the client asks where it stands
        with part:
            try:
                fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict("upload.locked") from None
            yield part

    def take(
        self, part: BinaryIO, id: str, length: int, offset: int, body: Iterable[bytes], checksum: bytes | None = None
    ) -> int:
        """Write down the whole leaves of a request's body; the new offset.

        Raises:
            Invalid: ``upload.checksum``, ``upload.part-leaf`` (not one whole leaf), ``upload.over`` (past the length), after
                which the offset is what it was.
        """
        hashes: list[bytes] = []
        whole = hashlib.sha256()
        at = offset
        part.truncate(offset)
        part.seek(offset)
        for leaf in _cut(_told(body, whole.update) if checksum is not None else body, offset, length):
            part.write(leaf)
            hashes.append(leaf_hash(leaf))
            at += len(leaf)
        if checksum is not None and whole.digest() != checksum:
            part.truncate(offset)
            raise Invalid("upload.checksum")
        if not hashes:
            part.truncate(offset)
            raise Invalid("upload.part-leaf", leaf=leaf_end(offset, length) - offset)
        part.flush()
        os.fsync(part.fileno())
        self._append(id, offset, hashes)
        return at

    def _append(self, id: str, offset: int, hashes: list[bytes]) -> None:
        known = offset // LEAF  # the header is shorter than a leaf
        with self._leaves(id).open("r+b") as out:
            out.truncate(known * 32)
            out.seek(known * 32)
            out.write(b"".join(hashes))
            out.flush()
            os.fsync(out.fileno())

    def _leaves(self, id: str) -> Path:
        return self._folder / f"{id}.leaves"


def leaf_end(offset: int, length: int) -> int:
    """Where the leaf that begins at ``offset`` ends in a body of ``length`` bytes."""
    return min(length, offset + LEAF + (HEADER if offset == 0 else 0))


def _told(body: Iterable[bytes], heard: Callable[[bytes], object]) -> Iterator[bytes]:
    """The same bytes, which somebody is told as they pass, also those that are dropped."""
    for piece in body:
        heard(piece)
        yield piece


def _cut(body: Iterable[bytes], offset: int, length: int) -> Iterator[bytes]:
    """The whole leaves of a request's body."""
    held = bytearray()
    end = leaf_end(offset, length)
    for piece in body:
        held += piece
        while end > offset and len(held) >= end - offset:
            yield bytes(held[: end - offset])
            del held[: end - offset]
            offset, end = end, leaf_end(end, length)
        if offset == length and held:
            raise Invalid("upload.over", length=length)
