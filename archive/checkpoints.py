"""Checkpoints and what cosigners sign of them (trace-log 1.4, 1.5).

    trace.example/ptp
    5
    h9UMXqS06cZqY1DcnPgMhWQabcLU6G++7tynUvpM20w=

Times are whole POSIX seconds; 0 means that a line states no time.
"""

from dataclasses import dataclass
from typing import Final

from archive.faults import Fault
from archive.merkle import EMPTY_ROOT
from archive.strict import LIMIT, base64, number, unbase64
from archive.vkeys import COSIGNATURE, ED25519, MLDSA44, Key

_SUBTREE: Final = b"subtree/v1\n\x00"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree that a log states: its name, number of entries and root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64(self.root)}\n"


def parse_checkpoint(text: str, *, any_empty_root: bool = False) -> Checkpoint:
    """A checkpoint from the text of a note; extension lines are read over.

    ``any_empty_root`` leaves a tree of size 0 with another root to the caller (a witness has its own answer for it).

    Raises:
        Fault: ``NOTE_BAD`` when the text is no checkpoint.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise Fault("NOTE_BAD", "not lines of origin, size and root")
    size, root = number(lines[1]), unbase64(lines[2], 32)
    if size is None or root is None:
        raise Fault("NOTE_BAD", "size or root is not in its strict form")
    if size == 0 and root != EMPTY_ROOT and not any_empty_root:
        raise Fault("NOTE_BAD", "size 0 with another root than the empty one")
    return Checkpoint(lines[0], size, root)


def cosignature_message(time: int, text: str) -> bytes:
    """What a type 04 cosigner signs."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def subtree_message(cosigner: str, time: int, origin: str, start: int, end: int, root: bytes) -> bytes:
    """What a type 06 cosigner signs; for a checkpoint start is 0 and end its size.

    Raises:
        Fault: ``NOTE_BAD`` when a name is longer than 255 bytes, which this message cannot carry.
    """
    name, log = cosigner.encode(), origin.encode()
    if len(name) > 255 or len(log) > 255:
        raise Fault("NOTE_BAD", "a name longer than 255 bytes")
    return b"".join(
        (
            _SUBTREE,
            bytes([len(name)]),
            name,
            time.to_bytes(8, "big"),
            bytes([len(log)]),
            log,
            start.to_bytes(8, "big"),
            end.to_bytes(8, "big"),
            root,
        )
    )


def line_time(key: Key, text: str, signature: bytes) -> int | None:
    """The time stated by a signature of ``key`` over a note's text, 0 for none; None when it does not verify."""
    if key.type == ED25519:
        return 0 if key.verifies(signature, text.encode()) else None
    time, rest = int.from_bytes(signature[:8], "big"), signature[8:]
    if len(signature) <= 8 or time >= LIMIT:
        return None
    if key.type == COSIGNATURE:
        return time if time and key.verifies(rest, cosignature_message(time, text)) else None
    assert key.type == MLDSA44
    try:
        tree = parse_checkpoint(text)
        message = subtree_message(key.name, time, tree.origin, 0, tree.size, tree.root)
    except Fault:
        return None
    # A log may leave its time unsaid; a witness, whose name is another, says nothing but a time.
    if time == 0 and key.name != tree.origin:
        return None
    return time if key.verifies(rest, message) else None
