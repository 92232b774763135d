"""The openings of a pack, or of a mirrored prefix, as a source of replay (trace-log 1.2 and 7).

Withheld entries are skipped: a stream with a hole is followed by its chain, its state is not rebuilt.  Who signed the
checkpoint and whether every tile is sound is `archive.verify`'s to say; run it first.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.disclosures import Disclosure, Hidden, parse_disclosure
from archive.entry import MAX_BODY, parse_opening
from archive.errors import Damaged, Missing
from archive.faults import Fault
from archive.merkle import leaf_hashes
from archive.notes import MAX_BYTES, parse_note
from archive.replay.source import Item, Tail
from archive.strict import number
from archive.tileformat import MAX_BUNDLE, WIDTH, blob_path, body_path, parse_bundle, tile_path, ungrouped
from archive.verify.files import Files
from archive.verify.manifest import MAX_BYTES as MAX_MANIFEST

MAX_BLOB = 1 << 31
_MAX_OPENING = MAX_BODY + 64


class _Place(msgspec.Struct, frozen=True):
    stream: str
    seq: int
    id: str


_PLACE = msgspec.json.Decoder(_Place)


class _Manifest(msgspec.Struct, frozen=True):
    blobs_absent: frozenset[str] = frozenset()


_MANIFEST = msgspec.json.Decoder(_Manifest)


class PackSource:
    """The openings among ``files``, whichever scope they have."""

    name = "pack"

    def __init__(self, files: Files) -> None:
        self._files = files
        self._faults: list[tuple[str, str, str]] = []
        self._streams: dict[str, list[tuple[int, int | None]]] = {}
        self._bundle = lru_cache(64)(self._read_bundle)
        note = files.read("checkpoint", MAX_BYTES)
        self._tree = Checkpoint("", 0, b"") if note is None else parse_checkpoint(parse_note(note).text)
        self._openings = 0
        self._absent: frozenset[str] = frozenset()
        self._disclosed: dict[str, Disclosure] | None = None
        with suppress(msgspec.MsgspecError):  # `archive.verify` says what is wrong with a manifest
            self._absent = _MANIFEST.decode(files.read("manifest.json", MAX_MANIFEST) or b"{}").blobs_absent
        for path in files.names():
            self._note_down(path)

    def streams(self) -> Iterator[tuple[str, Iterable[Item]]]:
        """In byte order of their names."""
        for stream in sorted(self._streams):
            yield stream, self.stream(stream)

    def stream(self, name: str) -> Iterator[Item]:
        """One stream."""
        for seq, idx in sorted(self._streams[name], key=lambda at: at[0]):
            raw = self._files.read(f"stream/{name}/{seq}" if idx is None else body_path(idx), _MAX_OPENING) or b""
            salt, body = parse_opening(raw)
            entry = None if idx is None else self._entry(idx)
            yield Item(idx, None, seq, body, salt, entry, None, name)

    def leaves(self) -> Iterator[list[bytes]] | None:
        """Out of the entry bundles; None for a dossier."""
        if self._tree.size and self._bundle(0):
            return (leaf_hashes(self._bundle(n)) for n in range(-(-self._tree.size // WIDTH)))
        return None

    def leaf(self, idx: int) -> None:
        """A pack has entries only."""
        return

    def roots(self) -> list[tuple[int, str, bytes]]:
        """The checkpoint's."""
        return [(self._tree.size, "checkpoint", self._tree.root)] if self._tree.size else []

    def tails(self) -> Iterator[Tail] | None:
        """A pack does not say."""
        return None

    def blob(self, sha256_hex: str) -> bytes:
        """A blob of the pack."""
        raw = self._files.read(blob_path(sha256_hex), MAX_BLOB)
        if raw is None:
            raise Missing("pack.blob", sha256=sha256_hex)
        if sha256(raw).hexdigest() != sha256_hex:
            raise Damaged("pack.blob", sha256=sha256_hex)
        return raw

    def left_out(self, sha256_hex: str) -> bool:
        """Whether the manifest lists it as absent."""
        return sha256_hex in self._absent

    def private(self, hidden: Hidden) -> Mapping[str, Any] | None:
        """Out of the disclosures that the pack carries for an entitled reader."""
        if self._disclosed is None:
            self._disclosed = {d.digest: d for d in self._disclosures()}
        found = [self._disclosed[digest] for digest in hidden.sd if digest in self._disclosed]
        return {d.name: d.value for d in found} if len(found) == len(hidden.sd) else None

    def faults(self, tiles: list[bytes]) -> Iterable[tuple[str, str, str]]:
        """Openings that are none."""
        return self._faults

    def withheld(self) -> int:
        """Entries below the checkpoint's size without an opening; 0 for a dossier."""
        return max(0, self._tree.size - self._openings) if self._tree.size and self._bundle(0) else 0

    def _disclosures(self) -> Iterator[Disclosure]:
        for path in self._files.names():
            if path.startswith("disclosure/"):
                for line in (self._files.read(path, _MAX_OPENING) or b"").decode("ascii", "replace").splitlines():
                    with suppress(Fault):  # `archive.verify` names a line that is none
                        yield parse_disclosure(line)

    def _note_down(self, path: str) -> None:
        top, _, rest = path.partition("/")
        stream, _, last = rest.rpartition("/")
        if top == "body":
            idx = ungrouped(rest)
        elif top == "stream" and number(last) is not None:
            idx = None
        else:
            return
        try:
            if top == "body" and idx is None:
                raise Fault("BODY_BAD", "no path of an opening")
            place = _PLACE.decode(parse_opening(self._files.read(path, _MAX_OPENING) or b"")[1])
        except Fault as fault:
            self._faults.append((fault.code, path, fault.why))
            return
        except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
            self._faults.append(("SCHEMA_BAD", path, str(fault)[:200]))
            return
        self._openings += 1
        # An opening of a dossier stands under the name and number that the path gives, whatever its body says.
        self._streams.setdefault(place.stream if idx is not None else stream, []).append(
            (place.seq if idx is not None else number(last) or 0, idx)
        )

    def _entry(self, idx: int) -> bytes | None:
        entries = self._bundle(idx // WIDTH)
        return entries[idx % WIDTH] if idx % WIDTH < len(entries) else None

    def _read_bundle(self, n: int) -> list[bytes]:
        width = min(WIDTH, self._tree.size - n * WIDTH)
        raw = self._files.read(tile_path("entries", n, width), MAX_BUNDLE) or self._files.read(
            tile_path("entries", n), MAX_BUNDLE
        )
        return parse_bundle(raw)[:width] if raw else []
