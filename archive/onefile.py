"""The verifier as one file for a machine without a network: a zipapp of `archive.verify` and of nothing else of the platform.

    python3 verify.pyz PACK --policy my-policy.txt

Needs Python 3.11 and, installed there, msgspec and cryptography; or it carries those of this machine with it, for the
same kind of machine and Python, and unpacks them where it runs.  The same source gives the same bytes.
"""

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path
from typing import Final

from archive.evidence import write_zip

ENTRY: Final = "archive.verify.__main__"
SHEBANG: Final = b"#!/usr/bin/env python3\n"
LIBRARIES: Final = ("msgspec", "cryptography", "cffi", "pycparser", "rfc3161-client")
"""Distributions that are carried along; rfc3161-client only verifies time-stamp tokens."""

_START = """\
import sys

if sys.version_info < (3, 11):
    sys.exit("verify: Python 3.11 or newer is needed")
try:
    import cryptography
    import msgspec
except ImportError:
    import tempfile
    import zipfile

    with zipfile.ZipFile(sys.argv[0]) as archive:
        carried = [name for name in archive.namelist() if name.startswith("site/")]
        if not carried:
            sys.exit("verify: install msgspec and cryptography, or take the file that carries them")
        unpacked = tempfile.TemporaryDirectory(prefix="verify-")
        archive.extractall(unpacked.name, carried)
    sys.path.insert(0, unpacked.name + "/site")

from archive.verify.command import run

run()
"""


def build(libraries: bool = False) -> bytes:
    """The file."""
    here = Path(__file__).resolve().parent.parent
    files = {path.relative_to(here).as_posix(): path.read_bytes() for path in sorted(set(modules(here, ENTRY)))}
    files["__main__.py"] = _START.encode()
    if libraries:
        files |= dict(_carried())
    packed = BytesIO()
    write_zip(files, packed)
    return SHEBANG + packed.getvalue()


def modules(root: Path, name: str) -> Iterator[Path]:
    """The source of a module of this project and of all that it imports, their packages included."""
    waiting, seen = [name], set[str]()
    while waiting:
        wanted = waiting.pop()
        if wanted in seen or not wanted.startswith("archive"):
            continue
        seen.add(wanted)
        path = root.joinpath(*wanted.split("."))
        source = next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.exists()), None)
        if source is None:
            continue  # a name inside a module
        yield source
        waiting.append(wanted.rpartition(".")[0])
        for node in ast.walk(ast.parse(source.read_bytes())):
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]


def _carried() -> Iterator[tuple[str, bytes]]:
    for name in LIBRARIES:
        for file in distribution(name).files or ():
            path = Path(str(file.locate()))
            if ".." not in file.parts and file.suffix != ".pyc" and path.is_file():
                yield f"site/{file.as_posix()}", path.read_bytes()
    yield "site/README", f"for {sys.platform}, Python {sys.version_info.major}.{sys.version_info.minor}\n".encode()
