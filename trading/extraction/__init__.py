"""Texts, and what files say of their making, out of PDF and DOCX that bidders wrote (experts/SPEC.md 15.6).

Files of strangers are read in a process of its own, `trading.extraction.reader`, under limits of processor, memory, pages,
letters and unpacked bytes, without environment and unable to write.  Whatever is wrong with a file, a bomb, a lock, a break,
its `Contents` say so under ``why``; nothing is raised for it.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final

import msgspec

from archive.values import Value

SECONDS: Final = 30
"""Of processor, for one file."""
WALL: Final = 180
"""Seconds for all files of one call; what is left then is not read."""
MEMORY: Final = 1 << 30
STREAM: Final = 64 << 20
"""Bytes that one stream of a PDF or one part of a DOCX may unpack to."""
PAGES: Final = 2_000
LETTERS: Final = 2_000_000

_READER: Final = Path(__file__).with_name("reader.py")
_ONE = Lock()
"""One reader at a time in a process: what reads bids must not take the processors from what receives them."""


class Limits(Value, frozen=True):
    """What a file may cost: seconds of processor, bytes of memory, pages, letters, bytes of one unpacked stream."""

    cpu: int = SECONDS
    memory: int = MEMORY
    pages: int = PAGES
    letters: int = LETTERS
    stream: int = STREAM


class Contents(Value, frozen=True):
    """What is in a file.

    ``pages`` are its texts, one for each page where it is ``paged``, else one in all; ``authors`` who it says wrote or kept it,
    ``documents`` the identifiers that copies keep, ``stamps`` with what and when it was made.  ``why`` it was not read, or not to
    its end: encrypted, broken, limit, time, memory, no-text, or failed (the reader itself); empty when it was.
    """

    pages: tuple[str, ...] = ()
    paged: bool = False
    authors: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    why: str = ""


def kind(media_type: str, name: str) -> str:
    """``pdf`` or ``docx`` by the name's ending or else by media type, ``""`` for what is not read here."""
    ending = name.lower().rpartition(".")[2]
    return ending if ending in KINDS.values() else KINDS.get(media_type, "")


KINDS: Final = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


def extract(files: Sequence[tuple[str, bytes]], limits: Limits | None = None) -> tuple[Contents, ...]:
    """The contents of files of a `kind`, in order; never raises for what is in them."""
    found: list[Contents] = []
    with _ONE:
        until = monotonic() + WALL
        while len(found) < len(files):
            left = until - monotonic()
            found += _batch(files[len(found) :], limits or Limits(), left) if left > 0 else [Contents(why="time")]
    return tuple(found)


def _batch(files: Sequence[tuple[str, bytes]], limits: Limits, seconds: float) -> list[Contents]:
    """As many files as one process gets through, the one that ended it included."""
    head = json.dumps(msgspec.structs.asdict(limits) | {"files": [[kind, len(raw)] for kind, raw in files]}).encode()
    why = "time"
    try:
        done = subprocess.run(  # noqa: S603 — this interpreter and a file of this package
            [sys.executable, "-I", str(_READER)],
            input=b"\n".join((head, b"".join(raw for _, raw in files))),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            timeout=seconds,
            check=False,
        )
        said = done.stdout
        why = "time" if done.returncode == -signal.SIGXCPU else "failed"
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
    found = [_contents(line) for line in said.split(b"\n")[:-1]]
    return found if len(found) == len(files) else [*found, Contents(why=why)]


def _contents(line: bytes) -> Contents:
    """A line of the reader; what each list holds is trimmed, and empty or repeated entries say nothing."""
    told = msgspec.json.decode(line, type=Contents)
    lists = {
        k: tuple(dict.fromkeys(v.strip() for v in getattr(told, k) if v.strip())) for k in ("authors", "documents", "stamps")
    }
    return msgspec.structs.replace(told, **lists)
