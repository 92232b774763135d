"""What all transactions of one ledger share, and on what terms one is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from archive.bodies import Kind, kind_of
from archive.errors import Invalid
from archive.ledger.states import States
from archive.ledger.subjects import Subjects
from archive.values import Actor, Instant


class Blobs(Protocol):
    """What the ledger needs of the vault."""

    def read(self, sha256_hex: str) -> bytes:
        """The bytes of a blob, verified."""


@dataclass(frozen=True, slots=True)
class House:
    """What all transactions of a ledger share; ``token`` is a MAC of 16 bytes for what must be compared and not guessed."""

    kinds: Mapping[str, Kind]
    states: States
    release: str
    random: Callable[[int], bytes]
    vault: Blobs
    subjects: Subjects
    token: Callable[[bytes], bytes]

    def kind(self, stream: str) -> Kind:
        """The rules of a stream.

        Raises:
            Invalid: ``ledger.kind`` for a stream without rules.
        """
        kind = self.kinds.get(kind_of(stream))
        if kind is None:
            raise Invalid("ledger.kind", stream=stream)
        return kind

    def key(self, actor: str, key: str) -> str:
        """What stands for an actor's idempotency key in the log and in ``trace_key``: 32 hex digits."""
        return self.token(f"{actor}\0{key}".encode()).hex()


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a transaction is asked for: see `Ledger.begin`."""

    actor: Actor
    write: frozenset[str]
    read: frozenset[str] = frozenset()
    rx: Instant | None = None
    key: str | None = None
    asked: bytes | None = None
    at: Instant | None = None
    cause: Mapping[str, str] = field(default_factory=dict)
