"""Tiles, entry bundles and the paths of a served log (trace-log 1.2; C2SP tlog-tiles).

    tile/0/000              256 leaf hashes, 8,192 bytes
    tile/1/000.p/17         17 hashes of full tiles below
    tile/entries/x001/234   256 entries, each with two bytes of length before it
    body/000                the opening of entry 0

Level ≥ 1 holds hashes of full tiles only.  A tile of width 256 has no ``.p``.
"""

import re
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Final

from archive.faults import Fault
from archive.merkle import leaf_hashes, root, root_from
from archive.strict import LIMIT

Level = int | str
"""0 to 63, or ``"entries"``."""

WIDTH: Final = 256
HASH: Final = 32
FULL: Final = WIDTH * HASH
"""Bytes of a full tile."""

MAX_ENTRY: Final = 65_535
MAX_BUNDLE: Final = WIDTH * (MAX_ENTRY + 2)

_LENGTH = Struct(">H")
_GROUPS = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}")
_TILE = re.compile(r"tile/(entries|0|[1-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def grouped(n: int) -> str:
    """A number as a path: ``1234067`` is ``x001/x234/067``."""
    path = f"{n % 1000:03}"
    while n := n // 1000:
        path = f"x{n % 1000:03}/{path}"
    return path


def ungrouped(path: str) -> int | None:
    """The number of a `grouped` path, or None."""
    if _GROUPS.fullmatch(path) is None:
        return None
    n = int(path.replace("/", "").replace("x", ""))
    return n if n < LIMIT and grouped(n) == path else None


def tile_path(level: Level, n: int, width: int = WIDTH) -> str:
    """Path of tile ``n`` of a level, under the log's prefix."""
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{grouped(n)}{partial}"


def parse_tile_path(path: str) -> tuple[Level, int, int] | None:
    """Level, number and width of a tile, or None when that is no path of one."""
    m = _TILE.fullmatch(path)
    if m is None or (n := ungrouped(m[2])) is None:
        return None
    width = WIDTH if m[3] is None else int(m[3])
    if m[3] is not None and width >= WIDTH:
        return None
    return (m[1] if m[1] == "entries" else int(m[1])), n, width


def body_path(index: int) -> str:
    """Path of the opening of an entry."""
    return f"body/{grouped(index)}"


def blob_path(digest: str) -> str:
    """Path of a blob by its SHA-256 in hex."""
    return f"blob/{digest[:2]}/{digest}"


def widths(size: int) -> Iterator[tuple[int, int, int]]:
    """For a log of ``size``: each level that has tiles, how many full ones, and the width of the partial one (or 0)."""
    level = 0
    while size:
        yield level, size // WIDTH, size % WIDTH
        size //= WIDTH
        level += 1


def tiles_of(size: int) -> Iterator[tuple[Level, int, int]]:
    """Level, number and width of every tile and bundle that a log of ``size`` has."""
    for level, full, partial in widths(size):
        for kind in (level, "entries") if level == 0 else (level,):
            for n in range(full):
                yield kind, n, WIDTH
            if partial:
                yield kind, full, partial


def write_bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle."""
    pack = _LENGTH.pack
    return b"".join([part for entry in entries for part in (pack(len(entry)), entry)])


def parse_bundle(raw: bytes) -> list[bytes]:
    """The entries of a bundle, however many.

    Raises:
        Fault: ``BUNDLE_BAD`` when a length runs past the end.
    """
    entries, at, end, length = [], 0, len(raw), _LENGTH.unpack_from
    while at < end:
        if at + 2 > end:
            raise Fault("BUNDLE_BAD", "half a length at the end")
        (size,) = length(raw, at)
        after = at + 2 + size
        if after > end:
            raise Fault("BUNDLE_BAD", "an entry runs past the end")
        entries.append(raw[at + 2 : after])
        at = after
    return entries


def split_tile(raw: bytes) -> list[bytes]:
    """The hashes of a tile whose length is a multiple of 32."""
    return [raw[at : at + HASH] for at in range(0, len(raw), HASH)]


def upper_tiles(leaves: bytes) -> Iterator[tuple[int, bytes]]:
    """Each level from 0 as one string of hashes, out of all leaf hashes: tile ``n`` is its ``n``-th 8,192 bytes."""
    level = 0
    while leaves:
        yield level, leaves
        full = len(leaves) // FULL
        leaves = b"".join([root(split_tile(leaves[n * FULL : (n + 1) * FULL])) for n in range(full)])
        level += 1


class Levels:
    """All tiles of one log, a string of hashes a level; gives the root of every size up to its own."""

    def __init__(self, leaves: bytes) -> None:
        self.size = len(leaves) // HASH
        self.hashes = [hashes for _, hashes in upper_tiles(leaves)]

    def tile(self, level: int, n: int, width: int) -> bytes:
        """The first ``width`` hashes of a tile."""
        return self.hashes[level][n * FULL : n * FULL + width * HASH]

    def hash_of(self, level: int, place: int) -> bytes:
        """The hash of a complete subtree, out of at most 128 hashes of one tile level."""
        tile_level, within = divmod(level, 8)
        span = HASH << within
        return root(split_tile(self.hashes[tile_level][place * span : (place + 1) * span]))

    def root(self, size: int) -> bytes:
        """Root of the first ``size`` leaves."""
        return root_from(0, size, self.hash_of)


def build(entries: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every tile and bundle of a log of these entries."""
    for n in range(0, len(entries), WIDTH):
        part = entries[n : n + WIDTH]
        yield tile_path("entries", n // WIDTH, len(part)), write_bundle(part)
    for level, hashes in upper_tiles(b"".join(leaf_hashes(entries))):
        for n in range(0, len(hashes), FULL):
            tile = hashes[n : n + FULL]
            yield tile_path(level, n // FULL, len(tile) // HASH), tile
