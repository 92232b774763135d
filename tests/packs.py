"""Verifying packs in tests: the codes found, and packs whose manifest was made anew after an edit."""

import hashlib
from collections.abc import Mapping
from typing import Any

from archive import canonical
from archive.verify import Report, verify_files
from tests.logs import POLICY


def codes(files: Mapping[str, bytes], **options: Any) -> list[str]:
    return sorted(verify(files, **options).counts)


def verify(files: Mapping[str, bytes], **options: Any) -> Report:
    return verify_files(files, **{"policy": POLICY, **options})


def with_manifest(files: Mapping[str, bytes], /, **members: Any) -> dict[str, bytes]:
    """The pack with its manifest's digests made anew and some members replaced (… removes)."""
    manifest = canonical.decode(files["manifest.json"])
    manifest["files"] = {
        path: hashlib.sha256(raw).hexdigest()
        for path, raw in files.items()
        if path != "manifest.json" and not path.startswith(("tile/", "body/", "blob/", "stream/"))
    }
    manifest = {k: v for k, v in {**manifest, **members}.items() if v is not ...}
    return {**files, "manifest.json": canonical.encode(manifest)}
