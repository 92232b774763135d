"""Recompute vector files through the product's own public functions.

    python -m tests.vectors FILE…

One line a case: file, case, ``ok`` or what differs.  Exit 0 all agree, 1 some differ or a file holds no case,
2 a file is unreadable or not of a known format.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

FORMATS = {
    "trace-log vectors 1": "tests.vectors.log",
    "sbe/1 vectors": "tests.vectors.sbe",
    "xdraw/1 vectors": "tests.vectors.draw",
    "evaluation vectors 1": "tests.vectors.evaluation",
}


def document(path: str) -> dict[str, Any] | None:
    """A vector file of a known format, or None."""
    try:
        read = json.loads(Path(path).read_bytes(), object_pairs_hook=_members)
    except (OSError, ValueError, RecursionError) as e:
        print(f"{path}: {e}", file=sys.stderr)
        return None
    if not isinstance(read, dict) or not isinstance(read.get("format"), str) or read["format"] not in FORMATS:
        print(f"{path}: not a vector file of a known format", file=sys.stderr)
        return None
    return read


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a member that stands twice would hide the cases of the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a member stands twice among {sorted(found)}")
    return found


def main(paths: list[str]) -> int:
    """Run every file; the exit code."""
    if not paths:
        print("usage: python -m tests.vectors FILE…", file=sys.stderr)
        return 2
    differs = unknown = False
    for path in paths:
        if (read := document(path)) is None:
            unknown = True
            continue
        count = 0
        try:
            for name, difference in importlib.import_module(FORMATS[read["format"]]).cases(read):
                print(f"{path} {name} {'ok' if difference is None else difference}")
                differs |= difference is not None
                count += 1
        except Exception as e:  # a file that breaks its own format differs as a whole
            print(f"{path} - malformed: {type(e).__name__} {e}")
            differs = True
        else:
            if not count:
                print(f"{path} - malformed: no cases")
                differs = True
    return 2 if unknown else int(differs)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a name that no terminal shows ends nothing
    sys.exit(main(sys.argv[1:]))
