"""The ledger's own small values: what was recorded, and the end of a stream under its lock."""

from dataclasses import dataclass
from typing import Any

from archive.bodies import Blob, Rows
from archive.values import Instant


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry that is on record: ``leaf`` is its 32-byte leaf hash, ``idx`` its position once it has one."""

    id: str
    stream: str
    seq: int
    leaf: bytes
    at: Instant
    act: str
    idx: int | None = None


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a stream: all zero for one that has no entry."""

    seq: int = 0
    leaf: bytes = b""
    at: Instant = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree as it stands: ``edge`` is its compact range, ``at`` the greatest time on record.

    ``epoch`` is negative once nothing more is put on record.
    """

    size: int
    root: bytes
    edge: bytes
    at: Instant
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class Written:
    """An entry that is decided and ready to be inserted."""

    id: str
    stream: str
    seq: int
    act: str
    at: Instant
    body: bytes
    salt: bytes
    entry: bytes
    leaf: bytes
    asked: bytes
    public: bool
    blobs: tuple[Blob, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """An act that an idempotency key stands for already."""

    asked: bytes
    body: bytes
    recorded: Recorded


@dataclass(frozen=True, slots=True)
class Held:
    """The state of a stream at its entry ``seq``, whose leaf is ``leaf``, and the rows it projects to."""

    seq: int
    leaf: bytes
    state: Any
    rows: Rows
