"""What an entry says, typed by the kind of its stream (trace-log 5.2); pure.

A body is one canonical JSON object.  `Kind` holds a decider with its ready decoders, so that the ledger and
replay read and write the same shapes, at one pass an entry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from archive import canonical
from archive.decider import Decider
from archive.envelope import After
from archive.envelope import BlobRef as Blob
from archive.errors import Invalid, Refused
from archive.strict import is_hex256
from archive.values import Actor, Value

__all__ = [
    "CLOSED",
    "After",
    "Blob",
    "Body",
    "Data",
    "Kind",
    "Outcome",
    "Refusal",
    "Rows",
    "Sealed",
    "kind_of",
    "kinds",
    "refusal",
    "rows_of",
    "state_digest",
    "title",
]

C = TypeVar("C")
E = TypeVar("E")
F = TypeVar("F")


class Refusal(Value, frozen=True):
    """A rule said no: its code and what its sentence quotes."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


class Sealed(Value, frozen=True):
    """The end of a sealed stream, as the event that opens it lists it."""

    last_leaf: str
    last_seq: int
    stream: str


class Outcome(Value, Generic[E], frozen=True):
    """What was decided: events or a refusal."""

    events: tuple[E, ...] | UnsetType = UNSET
    refused: Refusal | UnsetType = UNSET
    sealed: tuple[Sealed, ...] = ()


class Data(Value, Generic[C, F, E], frozen=True):
    """What was asked, everything the rules depended on, what they decided."""

    command: C | UnsetType = UNSET
    context: F | UnsetType = UNSET
    outcome: Outcome[E] | UnsetType = UNSET


class Body(Value, Generic[C, F, E], frozen=True):
    """The envelope, version 1."""

    act: str
    actor: Actor
    at: str
    data: Data[C, F, E]
    id: str
    prev: str
    rel: str
    seq: int
    stream: str
    sv: int
    v: int
    rx: str = ""
    cause: dict[str, str] = field(default_factory=dict)
    after: tuple[After, ...] = ()
    blob: tuple[Blob, ...] = ()


class Title(Struct, frozen=True):
    """Two members of any body, for those who need no more."""

    act: str
    at: str


title: Callable[[bytes], Title] = msgspec.json.Decoder(Title).decode

CLOSED = "stream.closed"
"""The act that ends a stream of any kind; its data is empty."""


def kind_of(stream: str) -> str:
    """The kind of a stream: what stands before the slash."""
    return stream.partition("/")[0]


def state_digest(state: object) -> str:
    """SHA-256 of the canonical JSON of a state, in hex (trace-log 5.2, ``after``)."""
    return sha256(canonical.encode(state)).hexdigest()


def refusal(said: Refused) -> Refusal:
    """A refusal as it stands on record: parameters without a value are left out."""
    return Refusal(said.code, {k: v for k, v in said.params.items() if v is not None})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of stream with its decoders."""

    decider: Decider[Any, Any, Any, Any]
    body: Callable[[bytes], Body[Any, Any, Any]]
    quick: Callable[[bytes], Body[Any, Any, Any]]
    """`body` for readers that compare the digests of `after` themselves: it takes any text for one."""
    command: Callable[[bytes], Any]
    facts: Callable[[bytes], Any]
    events: Callable[[bytes], tuple[Any, ...]]

    @staticmethod
    def of(decider: Decider[Any, Any, Any, Any]) -> "Kind":
        """Prepare the decoders of one decider."""
        facts = type(None) if decider.facts is None else decider.facts
        shape: Any = Body
        quick = msgspec.json.Decoder(shape[decider.commands, facts, decider.events]).decode
        return Kind(
            decider,
            _strict(quick),
            quick,
            msgspec.json.Decoder(decider.commands).decode,
            msgspec.json.Decoder(facts).decode,
            msgspec.json.Decoder(tuple[decider.events, ...]).decode,  # type: ignore[name-defined]
        )

    def read(self, raw: bytes) -> Body[Any, Any, Any]:
        """Read an entry's body.

        Raises:
            Invalid: ``body.shape`` when it is not of this kind.
        """
        return _read(self.body, raw)

    def fixed(self, command: object, facts: object) -> tuple[Any, Any]:
        """The command and the facts as they will be read back from the log: decisions rest on these.

        Raises:
            Invalid: ``body.shape`` when a value is not of its declared type.
        """
        asked = _read(self.command, canonical.encode(command))
        return asked, None if facts is None else _read(self.facts, canonical.encode(facts))

    def settled(self, events: tuple[Any, ...]) -> tuple[Any, ...]:
        """Events as they will be read back."""
        return _read(self.events, canonical.encode(events))


Rows = dict[tuple[str, tuple[Any, ...]], dict[str, Any]]
"""Projected rows by table and primary key."""


def rows_of(decider: Decider[Any, Any, Any, Any], stream: str, state: object) -> Rows:
    """The rows of a stream's state."""
    return {(table, pk): dict(columns) for table, pk, columns in decider.rows(stream, state)}


def _strict(decode: Callable[[bytes], Body[Any, Any, Any]]) -> Callable[[bytes], Body[Any, Any, Any]]:
    """A reader of bodies that refuses a digest of another form as `archive.envelope` does."""

    def read(raw: bytes) -> Body[Any, Any, Any]:
        body = decode(raw)
        for changed in body.after:
            if not is_hex256(changed.h):
                raise msgspec.ValidationError("`after` holds a digest that is not of SHA-256 in hex")
        return body

    return read


def kinds(deciders: Mapping[str, Decider[Any, Any, Any, Any]]) -> dict[str, Kind]:
    """The kinds by name."""
    return {name: Kind.of(decider) for name, decider in deciders.items()}


T = TypeVar("T")


def _read(decode: Callable[[bytes], T], raw: bytes) -> T:
    try:
        return decode(raw)
    except (msgspec.MsgspecError, RecursionError) as e:
        raise Invalid("body.shape", why=str(e)) from None
