"""The manifest of a pack: an index, not evidence (trace-log section 7).

Every rule that it breaks is ``MANIFEST_BAD``; what is sound of it is used all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from archive import canonical
from archive.envelope import is_stream, is_time
from archive.faults import Fault
from archive.report import Report
from archive.strict import HEX256, unbase64

NAME: Final = "manifest.json"
FORMAT: Final = "sunlit pack 1"
REASONS: Final = frozenset({"sealed", "personal", "secret", "decoy", "lost", "undisclosed"})
MAX_BYTES: Final = 64 << 20
UNLISTED: Final = ("tile/", "body/", "blob/", "stream/")
"""What the manifest does not list: other things bind these files."""

_ALWAYS = {"format", "scope", "origin", "size", "root", "made_at", "files"}
_ONLY = {"log": {"withheld"}, "dossier": {"streams"}}

Withheld = tuple[int, int, str]


@dataclass(slots=True)
class Manifest:
    """What could be used of a manifest; None where it says nothing sound."""

    scope: str | None = None
    origin: str | None = None
    size: int | None = None
    root: bytes | None = None
    files: dict[str, str] | None = None
    withheld: list[Withheld] | None = None
    streams: list[str] | None = None
    blobs_absent: frozenset[str] = field(default_factory=frozenset)


def read_manifest(raw: bytes | None, report: Report) -> Manifest:
    """The manifest from its file; None is an absent one."""
    if raw is None:
        report.add("FILE_MISSING", NAME, "the pack has no manifest")
        return Manifest()
    if len(raw) > MAX_BYTES:
        report.add("MANIFEST_BAD", NAME, f"longer than {MAX_BYTES} bytes")
        return Manifest()

    def bad(why: str) -> None:
        report.add("MANIFEST_BAD", NAME, why)

    try:
        value, exact = canonical.parse(raw)
    except Fault as e:
        bad(e.why)
        return Manifest()
    if not exact:
        bad("not canonical")
    return _read(value, bad)


def _read(value: dict[str, Any], bad: Callable[[str], None]) -> Manifest:
    manifest = Manifest()
    scope = value.get("scope")
    if scope in ("log", "dossier"):
        manifest.scope = scope
        needed = _ALWAYS | _ONLY[scope]
    else:
        bad("scope is neither log nor dossier")
        needed = _ALWAYS
    for name in sorted(needed - value.keys()):
        bad(f"lacks {name}")
    for name in sorted(value.keys() - needed - {"blobs_absent"}):
        if scope in _ONLY or name not in ("withheld", "streams"):
            bad(f"has {name}")
    if value.get("format") != FORMAT:
        bad(f"format is not {FORMAT!r}")
    made_at = value.get("made_at")
    if not isinstance(made_at, str) or not is_time(made_at):
        bad("made_at is no time")
    _read_tree(value, manifest, bad)
    _read_lists(value, manifest, bad)
    return manifest


def _read_tree(value: dict[str, Any], manifest: Manifest, bad: Callable[[str], None]) -> None:
    origin, size, root = value.get("origin"), value.get("size"), value.get("root")
    if isinstance(origin, str) and origin:
        manifest.origin = origin
    else:
        bad("origin is no name")
    if type(size) is int and size >= 0:
        manifest.size = size
    else:
        bad("size is no number")
    manifest.root = unbase64(root, 32) if isinstance(root, str) else None
    if manifest.root is None:
        bad("root is no hash")


def _read_lists(value: dict[str, Any], manifest: Manifest, bad: Callable[[str], None]) -> None:
    files = value.get("files")
    if isinstance(files, dict) and all(isinstance(d, str) and HEX256.fullmatch(d) for d in files.values()):
        manifest.files = files
        for path in files:
            if path == NAME or path.startswith(UNLISTED):
                bad(f"lists {path}")
    else:
        bad("files is not an object of SHA-256 in hex")
    if "blobs_absent" in value:
        absent = value["blobs_absent"]
        if isinstance(absent, list) and all(isinstance(d, str) and HEX256.fullmatch(d) for d in absent):
            manifest.blobs_absent = frozenset(absent)
        else:
            bad("blobs_absent is not an array of SHA-256 in hex")
    if manifest.scope != "dossier" and "withheld" in value:
        manifest.withheld = _withheld(value["withheld"], manifest.size, bad)
    if manifest.scope != "log" and "streams" in value:
        manifest.streams = _streams(value["streams"], bad)


def _withheld(value: Any, size: int | None, bad: Callable[[str], None]) -> list[Withheld] | None:
    """The ranges as they stand when each has the form of one; their order is judged besides."""
    ranges: list[Withheld] = []
    for item in value if isinstance(value, list) else [None]:
        match item:
            case [int() as first, int() as last, str() as reason] if type(first) is type(last) is int:
                ranges.append((first, last, reason))
            case _:
                bad("withheld is not an array of [first, last, reason]")
                return None
    if any(reason not in REASONS for _, _, reason in ranges):
        bad("withheld gives a reason that is none")
    if any(not 0 <= first <= last or (size is not None and last >= size) for first, last, _ in ranges):
        bad("withheld has a range that is none below size")
        return None
    for (_, last, reason), (first, _, other) in pairwise(ranges):
        if first <= last:
            bad("withheld is not ascending and disjoint")
            return None
        if first == last + 1 and reason == other:
            bad("withheld has neighbours of one reason that are not merged")
    return ranges


def _streams(value: Any, bad: Callable[[str], None]) -> list[str] | None:
    if not isinstance(value, list) or not all(isinstance(name, str) and is_stream(name) for name in value):
        bad("streams is not an array of names of streams")
        return None
    if value != sorted(set(value)):
        bad("streams is not ascending, each once")
    return sorted(set(value))
