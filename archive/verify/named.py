"""Files that a pack holds because something names them: listed files, blobs, disclosures, time-stamp tokens."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.hashes import SM3, Hash

from archive import disclosures
from archive.faults import Fault
from archive.policy import Verdict
from archive.report import Report
from archive.strict import number
from archive.tileformat import blob_path
from archive.verify.bodies import Disclosed
from archive.verify.files import Files
from archive.verify.manifest import NAME, UNLISTED, Manifest

MAX_DISCLOSURES: Final = 16 << 20
MAX_TOKEN: Final = 1 << 20
_ALL: Final = 1 << 62
_SHA256_STRING = b"\x04\x20"  # DER of an octet string of 32 bytes

Anchors = Callable[[bytes, bytes], None]
"""Verifies a time-stamp token (DER) over the text of a checkpoint; raises ValueError when it fails."""


def check_listed(files: Files, manifest: Manifest, report: Report) -> None:
    """Every listed file is there with its bytes; ``checkpoint`` and ``policy`` are there whether listed or not."""
    names = set(files.names())
    for path, wanted in (manifest.files or {}).items():
        if path.startswith(UNLISTED) or path == NAME:
            continue
        if path not in names:
            if path != "checkpoint":  # an absent checkpoint is no note, and reported as that
                report.add("FILE_MISSING", path, "listed and not there")
            continue
        digest = sha256()
        for piece in files.chunks(path, _ALL):
            digest.update(piece)
        if digest.hexdigest() != wanted:
            report.add("FILE_MISMATCH", path, "other bytes than the manifest lists")
    if "policy" not in names and "policy" not in (manifest.files or {}):
        report.add("FILE_MISSING", "policy", "every pack has one")


def check_extra(files: Files, manifest: Manifest, called: set[str], report: Report) -> None:
    """Files that neither the manifest lists nor anything else calls for; tiles are judged by `tree`."""
    for path in files.names():
        if path == NAME or path in called or path.startswith("tile/"):
            continue
        if path.startswith(UNLISTED) or (manifest.files is not None and path not in manifest.files):
            report.add("FILE_EXTRA", path, "not listed and not called for")
    for path, why in files.faults():
        report.add("FILE_MISMATCH" if path in set(files.names()) else "FILE_EXTRA", path, why)


def check_blobs(files: Files, manifest: Manifest, gathered: Disclosed, report: Report) -> set[str]:
    """Every blob that a disclosed event names: there with its length and hashes, or stated to be left out."""
    names = set(files.names())
    called = set()
    for (name, length, sm3), where in gathered.blobs.items():
        path = blob_path(name)
        called.add(path)
        if name in manifest.blobs_absent:
            if path in names:
                report.add("MANIFEST_BAD", path, "is here and stated to be left out")
            else:
                report.note("BLOB_WITHHELD", path, f"named by {where}")
                continue
        if path not in names:
            report.add("BLOB_MISSING", path, f"named by {where}")
        elif (why := _differs(files, path, name, length, sm3)) is not None:
            report.add("BLOB_MISMATCH", path, f"{why} of {where}")
    return called


def _differs(files: Files, path: str, name: str, length: int, sm3: str | None) -> str | None:
    plain, domestic, size = sha256(), Hash(SM3()), 0
    for piece in files.chunks(path, length):
        size += len(piece)
        plain.update(piece)
        if sm3 is not None:
            domestic.update(piece)
    if size != length:
        return "not the length"
    if plain.hexdigest() != name:
        return "not the SHA-256"
    if sm3 is not None and domestic.finalize().hex() != sm3:
        return "not the SM3"
    return None


def check_disclosures(files: Files, gathered: Disclosed, report: Report) -> None:
    """Every disclosure has its digest in the event that its file is named after."""
    for event in sorted(gathered.wanted):
        path = f"disclosure/{event}"
        raw = files.read(path, MAX_DISCLOSURES) or b""
        known = gathered.digests.get(event)
        try:
            if known is None:
                raise Fault("SD_BAD", "no disclosed event has this id")
            if not raw.endswith(b"\n") or len(raw) > MAX_DISCLOSURES:
                raise Fault("SD_BAD", "not lines")
            for line in raw[:-1].decode("ascii").split("\n"):
                disclosures.parse_disclosure(line)
                if disclosures.digest(line) not in known:
                    raise Fault("SD_BAD", f"a disclosure whose digest does not stand in the event: {line[:40]}")
        except UnicodeDecodeError:
            report.add("SD_BAD", path, "not base64url")
        except Fault as e:
            report.fault(e, path, event=event)


def check_anchors(files: Files, by_size: Mapping[int, Verdict], anchors: Anchors | None, report: Report) -> int:
    """Time-stamp tokens over the text of a checkpoint of the pack; how many could not be verified for want of certificates.

    Without ``anchors`` a token is still held to contain the SHA-256 of that text.
    """
    unverified = 0
    for path in files.names():
        if not path.startswith("anchor/"):
            continue
        parts = path.split("/")
        size = number(parts[1]) if len(parts) == 3 and parts[2].endswith(".tsr") else None
        verdict = None if size is None else by_size.get(size)
        if verdict is None:
            report.add("ANCHOR_BAD", path, "not a token over a checkpoint of this pack")
            continue
        token, text = files.read(path, MAX_TOKEN) or b"", verdict.note.text.encode()
        try:
            if _SHA256_STRING + sha256(text).digest() not in token:
                raise ValueError("over another text")
            if anchors is None:
                unverified += 1
            else:
                anchors(token, text)
        except ValueError as e:
            report.add("ANCHOR_BAD", path, str(e)[:200] or "does not verify")
    return unverified
