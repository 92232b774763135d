"""A mirror: everything that a log holds, kept by somebody else and replayed as it grows (trace-log 5.9).

For the supervision department.  Tiles and checkpoints come from the public prefix, so that what is checked is what
everybody sees; openings and blobs come from the escrow prefix, sealed ones included.  One turn fetches what is new,
holds every byte against the signed checkpoint, keeps it durably, and decides what is new again; a stream whose state is
not at hand, after a restart or among too many, from its beginning.  Whatever differs is named; what contradicts an
earlier checkpoint is kept as evidence and changes nothing.  An opening or a blob that escrow does not hold is named once and
asked for again each turn; when it comes, its stream is decided from the beginning.

Memory: 32 bytes for every 256 entries, 8 bytes an entry, the states of `HELD` streams.  A crash leaves files that the
next turn finds.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any, Final

import msgspec

from archive import envelope
from archive.checkpoints import Checkpoint
from archive.decider import Decider
from archive.entry import MAX_BODY, open_entry, parse_opening
from archive.errors import Missing
from archive.faults import Fault
from archive.forks import write_fork
from archive.ledger.mixing import DECOYS
from archive.merkle import EMPTY_ROOT, leaf_hashes, root_from
from archive.merkle import root as merkle_root
from archive.mirrored import PLACE, Streams
from archive.policy import Policy, judge
from archive.replay import Progress, replay
from archive.report import Report
from archive.served import Read, Served, tree_of
from archive.shelves import Folder
from archive.tileformat import FULL, HASH, MAX_BUNDLE, WIDTH, blob_path, body_path, parse_bundle, tile_path, widths, write_bundle

_MAX_OPENING = MAX_BODY + 64
_AT_ONCE = 8

HELD: Final = 4096
"""Streams whose states are kept from one turn to the next, those that grew last."""


class Mirror:
    """The copy in ``home`` of the log that ``policy`` trusts; one thread at a time."""

    def __init__(
        self, home: Folder, public: Read, escrow: Read, policy: Policy, deciders: Mapping[str, Decider[Any, Any, Any, Any]]
    ) -> None:
        self._home = home
        self._public = public
        self._escrow = escrow
        self._policy = policy
        self._deciders = deciders
        self._roots: list[list[bytes]] = []
        self._streams: dict[str, list[int]] = {}
        self._owed: dict[int, set[str]] = {}  # entries whose opening or blobs are not here, and what was named of each
        self._progress = Progress()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="mirror")
        self.tree = self._kept()

    def turn(self) -> Report:
        """Fetch, check, keep and replay what is new; every divergence of it.

        Raises:
            Busy: nobody answers; what was kept stays as it was.
        """
        report = Report("mirror")
        note = Served(self._public).checkpoint()
        tree = self._trusted(note, report)
        if tree is None:
            return report
        if tree.size < self.tree.size:
            report.add("ROLLBACK", "checkpoint", f"size {self.tree.size} was seen before, the log has {tree.size}")
            self._accuse(note, tree)
            return report
        entries = self._entries(tree, report)
        if entries is None:
            self._accuse(note, tree)
            return report
        grown = self._openings(tree, entries, report)
        self._home.replace(f"checkpoints/{tree.size}", note)
        self._home.replace("checkpoint", note)
        self.tree = tree
        report.facts |= {"size": tree.size, "streams": len(grown)}
        self._replayed(grown, report)
        return report

    def close(self) -> None:
        """Fetch nothing any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _kept(self) -> Checkpoint:
        """What is here already; its places are read anew."""
        try:
            tree = tree_of(b"".join(self._home.chunks("checkpoint")))
        except Missing:
            return Checkpoint("", 0, EMPTY_ROOT)
        for n in range(tree.size // WIDTH):
            self._extend(merkle_root(_split(b"".join(self._home.chunks(tile_path(0, n))))))
        for idx in range(tree.size):
            try:
                raw = b"".join(self._home.chunks(body_path(idx)))
            except Missing:
                self._owed[idx] = set()
                continue
            self._take(idx, raw)
            if b'"blob":[' in raw and any(self._home.size(blob_path(b.sha256)) is None for b in _blobs_in(raw)):
                self._owed[idx] = set()
        return tree

    def _trusted(self, note: bytes, report: Report) -> Checkpoint | None:
        try:
            verdict = judge(note, self._policy)
        except Fault as fault:
            report.fault(fault, "checkpoint")
            return None
        for found in verdict.faults:
            report.fault(found, "checkpoint")
        return None if verdict.faults else verdict.tree

    def _entries(self, tree: Checkpoint, report: Report) -> list[bytes] | None:
        """The new entries, their bundles and tiles kept; None when they do not lead from the old root to the new one."""
        old, found, leaves = self.tree.size, list[bytes](), list[bytes]()
        files: list[tuple[str, bytes]] = []
        for n in range(old // WIDTH, -(-tree.size // WIDTH)):
            width = min(WIDTH, tree.size - n * WIDTH)
            entries = self._bundle(n, width, report)
            if entries is None:
                return None
            hashes = leaf_hashes(entries)
            files += [(tile_path("entries", n, width), write_bundle(entries)), (tile_path(0, n, width), b"".join(hashes))]
            found, leaves = found + entries, leaves + hashes
        first = old - old % WIDTH
        if self._root(old, leaves) != self.tree.root:
            report.add("FORK", "checkpoint", f"the log's first {old} entries have another root")
            return None
        if self._root(tree.size, leaves) != tree.root:
            report.add("ROOT_MISMATCH", "checkpoint", "the entries give another root")
            return None
        full = (tree.size - first) // WIDTH
        for n in range(full):
            self._extend(merkle_root(leaves[n * WIDTH : (n + 1) * WIDTH]))
        files += list(self._upper(old, tree.size))
        self._home.create(files)
        self._compare(files, report)
        return found[old - first :]

    def _bundle(self, n: int, width: int, report: Report) -> list[bytes] | None:
        path = tile_path("entries", n, width)
        raw = self._public(path, MAX_BUNDLE) or self._public(tile_path("entries", n), MAX_BUNDLE)
        try:
            if raw is None:
                report.add("TILE_MISSING", path, "not served")
                return None
            entries = parse_bundle(raw)[:width]
            if len(entries) < width:
                raise Fault("BUNDLE_BAD", f"{len(entries)} entries instead of {width}")
        except Fault as fault:
            report.fault(fault, path)
            return None
        return entries

    def _root(self, size: int, leaves: list[bytes]) -> bytes:
        """Root of the first ``size`` entries; ``leaves`` begin with the bundle in which the kept ones end."""
        first, kept = self.tree.size // WIDTH, self._roots[0] if self._roots else []

        def hash_of(level: int, place: int) -> bytes:
            if level >= 8:
                whole = range(place << level - 8, place + 1 << level - 8)
                return merkle_root([kept[n] if n < first else _whole(leaves, n - first) for n in whole])
            start = (place << level) - first * WIDTH
            return merkle_root(leaves[start : start + (1 << level)])

        return root_from(0, size, hash_of)

    def _extend(self, root: bytes) -> None:
        """One more full tile at level 0; its root rises as far as tiles are full."""
        for level in range(64):
            if level == len(self._roots):
                self._roots.append([])
            self._roots[level].append(root)
            if len(self._roots[level]) % WIDTH:
                return
            root = merkle_root(self._roots[level][-WIDTH:])

    def _upper(self, old: int, size: int) -> Iterator[tuple[str, bytes]]:
        for level, full, partial in widths(size):
            if level:
                for n in range(old >> 8 * (level + 1), full + bool(partial)):
                    width = WIDTH if n < full else partial
                    yield tile_path(level, n, width), b"".join(self._roots[level - 1][n * WIDTH : n * WIDTH + width])

    def _compare(self, files: list[tuple[str, bytes]], report: Report) -> None:
        """Every tile that the public is served must be the one that the entries give."""
        paths = [(path, raw) for path, raw in files if not path.startswith("tile/entries/")]
        for (path, raw), served in zip(paths, self._pool.map(lambda f: self._public(f[0], FULL), paths), strict=True):
            if served is None:
                if ".p/" not in path:
                    report.add("TILE_MISSING", path, "not served")
            elif served != raw:
                report.add("TILE_MISMATCH", path, "not the hashes that the entries give")

    def _openings(self, tree: Checkpoint, entries: list[bytes], report: Report) -> dict[str, list[int]]:
        """Keep the openings of new entries and the blobs they name, and what was owed; streams that grew, with new indices."""
        first, grown, kept = tree.size - len(entries), dict[str, list[int]](), list[tuple[str, bytes]]()
        wanted = [(idx, self._entry(idx)) for idx in sorted(self._owed)] + list(enumerate(entries, first))
        had = {idx for idx in self._owed if self._home.size(body_path(idx)) is not None}
        for (idx, entry), raw in zip(wanted, self._pool.map(lambda w: self._opening_of(w[0], w[0] in had), wanted), strict=True):
            stream = self._opened(idx, entry, raw, report)
            if raw is not None and stream is not None:
                kept.append((body_path(idx), raw))
                if self._blobs(raw, idx, report):
                    self._owed.pop(idx, None)
                elif idx in had:
                    continue  # nothing has come
                if idx < first:  # what follows it was decided without it
                    self._progress.streams.pop(stream, None)
                grown.setdefault(stream, []).append(idx)
        self._home.create(kept)
        return grown

    def _opening_of(self, idx: int, had: bool) -> bytes | None:
        return b"".join(self._home.chunks(body_path(idx))) if had else self._escrow(body_path(idx), _MAX_OPENING)

    def _entry(self, idx: int) -> bytes:
        """An entry that is kept."""
        n, width = idx // WIDTH, min(WIDTH, self.tree.size - idx // WIDTH * WIDTH)
        return parse_bundle(b"".join(self._home.chunks(tile_path("entries", n, width))))[idx % WIDTH]

    def _opened(self, idx: int, entry: bytes, raw: bytes | None, report: Report) -> str | None:
        """The stream of an entry, None where there is no opening that can be used."""
        where = f"entry {idx}"
        if raw is None:
            self._owe(report, "BODY_MISSING", where, "escrow does not hold it", idx)
            return None
        try:
            open_entry(raw, entry)
        except Fault as fault:
            self._owe(report, fault.code, where, fault.why, idx)
            return None
        stream = self._take(idx, raw)
        if stream is None:
            report.add("SCHEMA_BAD", where, "no envelope", idx=idx)
        return stream

    def _take(self, idx: int, raw: bytes) -> str | None:
        try:
            place = PLACE.decode(parse_opening(raw)[1])
        except (Fault, msgspec.MsgspecError, ValueError, RecursionError):
            return None
        known = self._streams.setdefault(place.stream, [])
        at = bisect_left(known, idx)
        if known[at : at + 1] != [idx]:
            known.insert(at, idx)
        return place.stream

    def _blobs(self, raw: bytes, idx: int, report: Report) -> bool:
        """Keep what an opening names; whether all of it is here."""
        whole = True
        for named in _blobs_in(raw):
            path = blob_path(named.sha256)
            if self._home.size(path) is not None:
                continue
            blob = self._escrow(path, named.len)
            if blob is not None and sha256(blob).hexdigest() == named.sha256 and len(blob) == named.len:
                self._home.create([(path, blob)])
                continue
            whole = False
            if blob is None:
                self._owe(report, "BLOB_MISSING", path, f"named by entry {idx}", idx)
            else:
                self._owe(report, "BLOB_MISMATCH", path, f"not the file that entry {idx} names", idx)
        return whole

    def _owe(self, report: Report, code: str, where: str, text: str, idx: int) -> None:
        """Ask again next turn; named once, however often it is asked for."""
        said = self._owed.setdefault(idx, set())
        if f"{code} {where}" not in said:
            said.add(f"{code} {where}")
            report.add(code, where, text, idx=idx)

    def _replayed(self, grown: Mapping[str, list[int]], report: Report) -> None:
        """Decide again what is new."""
        progress, self._progress = self._progress, Progress()  # a run that fails leaves nothing to go on from
        named = {
            name: new if name in progress.streams else self._streams[name]
            for name, new in sorted(grown.items())
            if name != DECOYS
        }
        again = replay(Streams(self._home, named), self._deciders, progress=progress)
        for name in list(progress.streams)[:-HELD]:
            del progress.streams[name]
        self._progress = progress
        for divergence in again.divergences:
            report.add(
                divergence.code,
                divergence.where,
                divergence.text,
                idx=divergence.idx,
                stream=divergence.stream,
                event=divergence.event,
            )
        report.facts |= {"entries replayed": again.facts["entries"], "decisions": again.facts["decisions"]}

    def _accuse(self, note: bytes, tree: Checkpoint) -> None:
        """Keep what contradicts the log's own past."""
        theirs = sha256(note).hexdigest()[:16]
        ours = b"".join(self._home.chunks("checkpoint")) if self.tree.size else b""
        if ours and tree.size == self.tree.size:
            self._home.replace(f"evidence/{tree.size}-{theirs}.fork", write_fork(ours, note))
        else:
            self._home.replace(f"evidence/{tree.size}-{theirs}.checkpoint", note)


def _blobs_in(raw: bytes) -> Sequence[envelope.BlobRef]:
    body, _ = envelope.examine(parse_opening(raw)[1])
    return (body.blob if body is not None else None) or ()


def _split(raw: bytes) -> list[bytes]:
    return [raw[at : at + HASH] for at in range(0, len(raw), HASH)]


def _whole(leaves: list[bytes], n: int) -> bytes:
    return merkle_root(leaves[n * WIDTH : (n + 1) * WIDTH])
