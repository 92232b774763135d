"""Tiles, entries and root of a pack of scope log (trace-log 1.2, section 4 "which file is to blame").

The entries are hashed anew; every tile is compared with what they, or failing them the level-0
tiles, give.  What is absent is counted, not walked through, so a checkpoint that states an absurd
size costs nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, overload

from archive.checkpoints import Checkpoint
from archive.entry import MAGIC, SIZE, well_formed
from archive.faults import Fault
from archive.merkle import leaf_hashes
from archive.report import CAP, Report
from archive.tileformat import (
    FULL,
    HASH,
    MAX_BUNDLE,
    WIDTH,
    Level,
    Levels,
    parse_bundle,
    parse_tile_path,
    split_tile,
    tile_path,
    widths,
    write_bundle,
)
from archive.verify.files import Files

_SLACK: Final = 4096
"""Absent tiles that are still filled with zeros so that the rest can be checked in its place."""

_UNKNOWN = bytes(HASH)
_STRIDE = 2 + SIZE
# A bundle of nothing but well-formed entries, as every honest one is.
_UNIFORM = re.compile(rb"(?:\x00=" + re.escape(MAGIC) + rb"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n)*")


class Leaves(Sequence[bytes]):
    """Leaf hashes in one string."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def __len__(self) -> int:
        return len(self.raw) // HASH

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return split_tile(self.raw)[index]
        at = index * HASH
        return self.raw[at : at + HASH]


@dataclass(slots=True)
class Log:
    """What could be read of a log.

    ``leaves`` are zeros where unknown, ``proved`` are the tile levels when they give the checkpoint's root.
    """

    files: Files
    size: int
    leaves: Leaves
    proved: Levels | None
    bundles: frozenset[int]

    def entries(self, n: int) -> list[bytes]:
        """The entries of a sound bundle, none of an unsound one."""
        if n not in self.bundles:
            return []
        return parse_bundle(self.files.read(_called(self.size, "entries", n), MAX_BUNDLE) or b"")


def _width(size: int, level: int, n: int) -> int:
    """Width that the log's size calls for, 0 when there is no such tile."""
    hashes = size >> 8 * level
    return min(WIDTH, max(0, hashes - n * WIDTH))


def _called(size: int, level: Level, n: int) -> str:
    return tile_path(level, n, _width(size, level if isinstance(level, int) else 0, n))


def read_log(files: Files, tree: Checkpoint, report: Report) -> Log:
    """Check every tile and bundle of the pack against ``tree``; give what the later checks read."""
    present = _sort_tiles(files, tree.size, report)
    hashed, bundles = _read_bundles(files, tree.size, present, report)
    stored = _read_tiles(files, tree.size, present, report)
    count = -(-tree.size // WIDTH)
    if count > len(hashed.keys() | stored.keys()) + _SLACK:
        return Log(files, 0, Leaves(b""), None, frozenset())
    levels = _blame(tree, count, hashed, stored, report)
    if levels is not None:
        _check_upper(files, tree.size, levels, present, report)
        _check_beginnings(files, tree.size, levels, present, report)
    parts = [hashed.get(n) or stored.get(n) or _UNKNOWN * _width(tree.size, 0, n) for n in range(count)]
    leaves = levels.hashes[0] if levels is not None and tree.size else b"".join(parts)
    proved = levels if levels is not None and levels.root(tree.size) == tree.root else None
    return Log(files, tree.size, Leaves(leaves), proved, frozenset(bundles))


def _sort_tiles(files: Files, size: int, report: Report) -> dict[tuple[Level, int], list[int]]:
    """Widths present for each tile; what the size does not call for is extra, what it calls for and is not there missing."""
    present: dict[tuple[Level, int], list[int]] = {}
    called: dict[Level, int] = {}
    for path in files.names():
        if not path.startswith("tile/"):
            continue
        tile = parse_tile_path(path)
        wanted = 0 if tile is None else _width(size, tile[0] if isinstance(tile[0], int) else 0, tile[1])
        if tile is None or tile[2] > wanted:
            report.add("TILE_EXTRA", path, f"not called for by size {size}")
            continue
        present.setdefault(tile[:2], []).append(tile[2])
        if tile[2] == wanted:
            called[tile[0]] = called.get(tile[0], 0) + 1
    for level, full, partial in widths(size):
        for kind in (level, "entries") if level == 0 else (level,):
            _count_missing(kind, full + bool(partial), called.get(kind, 0), size, present, report)
    return present


def _count_missing(
    kind: Level, wanted: int, called: int, size: int, present: dict[tuple[Level, int], list[int]], report: Report
) -> None:
    missing = wanted - called
    named = n = 0
    while named < min(missing, CAP):
        if _width(size, kind if isinstance(kind, int) else 0, n) not in present.get((kind, n), ()):
            report.add("TILE_MISSING", _called(size, kind, n), f"called for by size {size}")
            named += 1
        n += 1
    report.more("TILE_MISSING", missing - named)


def _read_bundles(
    files: Files, size: int, present: dict[tuple[Level, int], list[int]], report: Report
) -> tuple[dict[int, bytes], list[int]]:
    """Leaf hashes of each sound bundle, as its level-0 tile should hold them."""
    hashed, sound = {}, []
    for kind, n in present:
        if kind != "entries" or (width := _width(size, 0, n)) not in present[kind, n]:
            continue
        path = tile_path("entries", n, width)
        raw = files.read(path, MAX_BUNDLE) or b""
        sound.append(n)
        if len(raw) == width * _STRIDE and _UNIFORM.fullmatch(raw):
            hashed[n] = b"".join(leaf_hashes([raw[at : at + SIZE] for at in range(2, len(raw), _STRIDE)]))
            continue
        try:
            entries = parse_bundle(raw)
            if len(entries) != width:
                raise Fault("BUNDLE_BAD", f"{len(entries)} entries instead of {width}")
        except Fault as e:
            report.fault(e, path)
            sound.pop()
            continue
        for place, entry in enumerate(entries, start=n * WIDTH):
            if not well_formed(entry):
                report.add("ENTRY_BAD", f"entry {place}", "not of the 61-byte form", idx=place)
        hashed[n] = b"".join(leaf_hashes(entries))
    return hashed, sound


def _read_tiles(files: Files, size: int, present: dict[tuple[Level, int], list[int]], report: Report) -> dict[int, bytes]:
    """Level-0 tiles of the right length."""
    stored = {}
    for kind, n in present:
        if kind == 0 and (width := _width(size, 0, n)) in present[kind, n]:
            raw = files.read(path := tile_path(0, n, width), FULL) or b""
            if len(raw) == width * HASH:
                stored[n] = raw
            else:
                report.add("TILE_MISMATCH", path, f"not {width * HASH} bytes")
    return stored


def _levels(count: int, first: dict[int, bytes], second: dict[int, bytes]) -> Levels | None:
    parts = [first.get(n) or second.get(n) for n in range(count)]
    known = [part for part in parts if part is not None]
    return Levels(b"".join(known)) if len(known) == count else None


def _blame(tree: Checkpoint, count: int, hashed: dict[int, bytes], stored: dict[int, bytes], report: Report) -> Levels | None:
    """Compare entries, level-0 tiles and root; the levels to trust, None when some hash is in neither."""
    levels = _levels(count, hashed, stored)
    differing = sorted(n for n in hashed.keys() & stored.keys() if hashed[n] != stored[n])
    if levels is not None and levels.root(tree.size) == tree.root:
        for n in differing:
            report.add("TILE_MISMATCH", _called(tree.size, 0, n), "not the hashes of the entries, which give the root")
        return levels
    if levels is not None:
        by_tiles = _levels(count, stored, hashed)
        assert by_tiles is not None
        given = by_tiles.root(tree.size) == tree.root
        report.add("ROOT_MISMATCH", "checkpoint", "not the root of the entries" + (", but of the tiles" if given else ""))
        levels = by_tiles
    for n in differing:
        pairs = zip(split_tile(hashed[n]), split_tile(stored[n]), strict=True)
        for place, (ours, theirs) in enumerate(pairs, start=n * WIDTH):
            if ours != theirs:
                report.add("ENTRY_MISMATCH", f"entry {place}", "does not hash to its leaf", idx=place)
    return levels


def _check_upper(files: Files, size: int, levels: Levels, present: dict[tuple[Level, int], list[int]], report: Report) -> None:
    """Tiles of level 1 and up that the size calls for."""
    for kind, n in present:
        if isinstance(kind, int) and kind > 0 and (width := _width(size, kind, n)) in present[kind, n]:
            path = tile_path(kind, n, width)
            if files.read(path, FULL) != levels.tile(kind, n, width):
                report.add("TILE_MISMATCH", path, "not the hashes of the tiles below")


def _check_beginnings(
    files: Files, size: int, levels: Levels, present: dict[tuple[Level, int], list[int]], report: Report
) -> None:
    """Older partial tiles that were kept: each must be the beginning of the present one."""
    for (kind, n), found in present.items():
        called = _width(size, kind if isinstance(kind, int) else 0, n)
        for width in found:
            if width == called:
                continue
            path = tile_path(kind, n, width)
            raw = files.read(path, MAX_BUNDLE if kind == "entries" else FULL) or b""
            if raw != _beginning(files, size, levels, kind, n, width, called in found):
                report.add("TILE_MISMATCH", path, "not the beginning of the present tile")


def _beginning(files: Files, size: int, levels: Levels, kind: Level, n: int, width: int, whole: bool) -> bytes | None:
    if isinstance(kind, int):
        return levels.tile(kind, n, width)
    try:
        raw = files.read(_called(size, kind, n), MAX_BUNDLE) if whole else None
        return None if raw is None else write_bundle(parse_bundle(raw)[:width])
    except Fault:
        return None
