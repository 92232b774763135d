"""A served log from outside: its checkpoint and tiles by path, from a folder or over HTTP, and proofs out of them.

Everything read is untrusted: a proof that is computed from tiles proves nothing until it is checked against a signed
root, which `archive.merkle` does.  Where a partial tile is gone the full one serves (trace-log 1.2).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from archive import merkle
from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.errors import Busy, Missing
from archive.notes import MAX_BYTES as MAX_NOTE
from archive.notes import parse_note
from archive.tileformat import FULL, HASH, WIDTH, split_tile, tile_path
from archive.wire import get

PATIENCE: Final = 30.0
"""Seconds for one file."""

Read = Callable[[str, int], bytes | None]
"""The bytes of a path, None where there is none; the number is the greatest length that is wanted."""


def folder(root: Path) -> Read:
    """A prefix that lies on this machine."""

    def read(path: str, limit: int) -> bytes | None:
        try:
            with (root / path).open("rb") as file:
                return file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    return read


def remote(url: str, token: str = "") -> Read:
    """A prefix under a url; ``token`` for one that asks who comes."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def read(path: str, limit: int) -> bytes | None:
        reply = get(f"{url.rstrip('/')}/{path}", limit=limit, timeout=PATIENCE, headers=headers)
        if reply.status == 404:
            return None
        if reply.status != 200:
            raise Busy("wire.silent", url=url, why=f"status {reply.status}")
        return reply.body

    return read


def at(where: str, token: str = "") -> Read:
    """A url or a folder, as a person names it."""
    return remote(where, token) if where.startswith(("http://", "https://")) else folder(Path(where))


class Served:
    """The log behind ``read``; tiles are read once."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self._tiles: dict[tuple[int, int, int], list[bytes]] = {}

    def checkpoint(self) -> bytes:
        """The newest signed note, not verified.

        Raises:
            Missing: ``served.none``.
        """
        raw = self.read("checkpoint", MAX_NOTE)
        if raw is None:
            raise Missing("served.none", path="checkpoint")
        return raw

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The path from an entry to the root of ``size``.

        Raises:
            IndexError: no such entry.
            Missing: ``served.none`` when a tile is not there.
        """
        return merkle.inclusion(index, size, self._hash_in(size))

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof from an old size to a new one; raises as `inclusion`."""
        return merkle.consistency(old, new, self._hash_in(new))

    def extends(self, old: Checkpoint, new: Checkpoint) -> bool:
        """Whether the tiles prove that one tree begins with the other."""
        proof = self.consistency(old.size, new.size)
        return merkle.check_consistency(old.size, new.size, old.root, new.root, proof)

    def _hash_in(self, size: int) -> Callable[[int, int], bytes]:
        def hash_of(level: int, place: int) -> bytes:
            row, rest = divmod(level, 8)
            n, first = divmod(place << rest, WIDTH)
            width = min(WIDTH, (size >> 8 * row) - n * WIDTH)
            hashes = self._tile(row, n, width)[first : first + (1 << rest)]
            if len(hashes) != 1 << rest:
                raise Missing("served.none", path=tile_path(row, n, width))
            return merkle.root(hashes)

        return hash_of

    def _tile(self, level: int, n: int, width: int) -> list[bytes]:
        known = self._tiles.get((level, n, width))
        if known is None:
            raw = self.read(tile_path(level, n, width), FULL)
            if raw is None and width < WIDTH:
                raw = self.read(tile_path(level, n), FULL)
            whole = (raw or b"")[: width * HASH]
            known = self._tiles[level, n, width] = split_tile(whole) if len(whole) == width * HASH else []
        return known


def tree_of(note: bytes) -> Checkpoint:
    """What a signed note says.

    Raises:
        Fault: ``NOTE_BAD``.
    """
    return parse_checkpoint(parse_note(note).text)
