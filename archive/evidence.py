"""Evidence packs: everything an outside verifier needs, the same bytes each time (trace-log section 7).

A pack is a mapping of relative path to bytes, made from what the log serves; `write_zip` makes one
file of it that depends on nothing but that content.  What may be disclosed is decided by the caller:
openings that are not handed in are withheld.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, BinaryIO, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from archive import canonical, envelope
from archive.checkpoints import parse_checkpoint
from archive.entry import parse_opening
from archive.notes import parse_note
from archive.strict import base64
from archive.tileformat import blob_path, body_path, build
from archive.values import Instant, instant_text

FORMAT: Final = "sunlit pack 1"
UNDISCLOSED: Final = "undisclosed"
"""The only reason that a pack for the public gives; another one would tell the kind."""

_UNLISTED = ("tile/", "body/", "blob/", "stream/")
_EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644

Blobs = Callable[[str], bytes | None]
"""The blob of a SHA-256 in hex, or None when the pack leaves it out."""


@dataclass(frozen=True, slots=True)
class StreamEvidence:
    """One stream of a dossier: openings of events 1 to last, receipts of the last and of a heads event, head proof.

    ``earlier`` are receipts of its last events in earlier epochs by their numbers; ``last`` is None when the stream has no
    event since.
    """

    openings: Sequence[bytes]
    last: bytes | None
    heads: bytes
    head: bytes
    earlier: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Basis:
    """What every pack has: the published checkpoint, the maker's policy, the time of making, and optional files.

    ``more`` holds listed files by path: ``checkpoints/<size>``, ``anchor/<size>/<tsa>.tsr``, ``key/…``,
    ``disclosure/<event id>``, ``epoch/<k>.tlog-proof``, ``schema/<act>/<sv>.json``, ``state/…``.
    """

    checkpoint: bytes
    policy: bytes
    made_at: Instant
    more: Mapping[str, bytes] = field(default_factory=dict)


def no_blobs(_digest: str) -> None:
    """Leave every blob out."""


def log_pack(
    basis: Basis,
    entries: Sequence[bytes],
    openings: Mapping[int, bytes],
    blobs: Blobs = no_blobs,
    reason: Callable[[int], str] = lambda _index: UNDISCLOSED,
    *,
    restricted: bool = False,
) -> dict[str, bytes]:
    """A pack of scope log: all tiles and bundles of the checkpoint's size, and these openings.

    ``entries`` are all of the log up to the checkpoint; ``reason`` says why an index has no opening; restricted files are
    left out unless the pack is for somebody who may read them.

    Raises:
        Fault: ``NOTE_BAD`` when the checkpoint is none.
    """
    size = parse_checkpoint(parse_note(basis.checkpoint).text).size
    assert len(entries) == size
    files = dict(build(entries))
    for index in sorted(openings):
        files[body_path(index)] = openings[index]
    absent = _add_blobs(files, openings.values(), blobs, restricted)
    withheld = list(_ranges((index, reason(index)) for index in range(size) if index not in openings))
    return _finished(basis, files, {"scope": "log", "withheld": withheld}, absent)


def dossier_pack(
    basis: Basis, streams: Mapping[str, StreamEvidence], blobs: Blobs = no_blobs, *, restricted: bool = False
) -> dict[str, bytes]:
    """A pack of scope dossier; both receipts of each stream are made for the checkpoint.

    Raises:
        Fault: ``NOTE_BAD`` when the checkpoint is none.
    """
    files: dict[str, bytes] = {}
    for stream, evidence in streams.items():
        top = f"stream/{stream}/"
        for seq, raw in enumerate(evidence.openings, start=1):
            files[f"{top}{seq}"] = raw
        if evidence.last is not None:
            files[top + "last.tlog-proof"] = evidence.last
        files |= {f"{top}epoch-{epoch}.tlog-proof": raw for epoch, raw in evidence.earlier.items()}
        files |= {
            top + "heads.tlog-proof": evidence.heads,
            top + "head.json": evidence.head,
        }
    absent = _add_blobs(files, (raw for s in streams.values() for raw in s.openings), blobs, restricted)
    return _finished(basis, files, {"scope": "dossier", "streams": sorted(streams)}, absent)


def _add_blobs(files: dict[str, bytes], openings: Any, blobs: Blobs, restricted: bool) -> list[str]:
    """Put in every blob that an opening names; the digests of those left out."""
    absent = set()
    for raw in openings:
        body, _ = envelope.examine(parse_opening(raw)[1])
        for named in (body.blob if body is not None else None) or ():
            if (restricted or not named.restricted) and (blob := blobs(named.sha256)) is not None:
                files[blob_path(named.sha256)] = blob
            else:
                absent.add(named.sha256)
    return sorted(digest for digest in absent if blob_path(digest) not in files)


def _ranges(withheld: Iterator[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Ascending (index, reason) as the fewest [first, last, reason]."""
    current: tuple[int, int, str] | None = None
    for index, reason in withheld:
        if current is not None and current[1] == index - 1 and current[2] == reason:
            current = current[0], index, reason
        else:
            if current is not None:
                yield current
            current = index, index, reason
    if current is not None:
        yield current


def _finished(basis: Basis, files: dict[str, bytes], members: dict[str, Any], absent: list[str]) -> dict[str, bytes]:
    tree = parse_checkpoint(parse_note(basis.checkpoint).text)
    files |= {**basis.more, "checkpoint": basis.checkpoint, "policy": basis.policy}
    listed = {path: sha256(raw).hexdigest() for path, raw in files.items() if not path.startswith(_UNLISTED)}
    manifest = {
        "files": listed,
        "format": FORMAT,
        "made_at": instant_text(basis.made_at),
        "origin": tree.origin,
        "root": base64(tree.root),
        "size": tree.size,
        **members,
    }
    if absent:
        manifest["blobs_absent"] = absent
    files["manifest.json"] = canonical.write(manifest)
    return dict(sorted(files.items()))


def write_zip(files: Mapping[str, bytes], target: BinaryIO) -> None:
    """The pack as one zip, members stored in byte order of their names: the same content is the same file.

    Stored and not deflated, because compressed bytes depend on the version of the compressor.  ``target`` can seek.
    """
    with ZipFile(target, "w", ZIP_STORED) as archive:
        for path in sorted(files, key=str.encode):
            member = ZipInfo(path, _EPOCH_OF_ZIP)
            member.create_system, member.external_attr = 3, _MODE << 16
            archive.writestr(member, files[path])
