"""The shape of every rule on this platform: state and a command in, events out.

A *kind* of stream (``tender``, ``box``, ``panel`` …) has one `Decider`.  ``decide`` and ``evolve``
are pure: time, actor, randomness and whatever else a rule depends on arrive in `Context` and stand
in the log, so replay runs the same functions on the same values and must get the same bytes.

Commands, events and facts are frozen `archive.values.Value` structs with an explicit wire ``tag``;
tags are append-only and never a class path.  A later shape of an event is a new tag.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from msgspec import Struct, convert

from archive.disclosures import Hidden, Reveal, nothing
from archive.errors import Missing
from archive.values import Actor, Instant

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")
F = TypeVar("F")
T = TypeVar("T")

Row = tuple[str, tuple[Any, ...], Mapping[str, Any]]
"""A projected row: table name, primary key values, the other columns."""


class NotAtHand(Exception):
    """What a rule reads is not for this reader, or is gone: a restricted file, a private field.

    Only replay meets it: it then takes the outcome as recorded and counts it under ``code``, one of `archive.faults.NOTES`.
    """

    def __init__(self, code: str, what: str) -> None:
        super().__init__(code, what)
        self.code = code
        self.what = what


class Context(Struct, Generic[F], frozen=True):
    """Everything a decision may depend on besides its stream's state and the command.

    ``at`` is the server's time of decision, ``rx`` the arrival of the last byte where that is what
    a deadline counts; ``facts`` are values read elsewhere under the same locks; ``blob`` gives the
    bytes of a content-addressed input that the entry names by SHA-256 (so it is a value, not I/O), ``private`` likewise the
    private members of which the entry has the digests.
    """

    at: Instant
    actor: Actor
    facts: F
    rx: Instant | None = None
    blob: Callable[[str], bytes] | None = None
    private: Reveal = nothing

    def revealed(self, hidden: Hidden, type: type[T]) -> T:
        """The private members behind digests, as ``type``.

        Raises:
            Missing: ``ledger.private`` when they are not there any more.
        """
        found = self.private(hidden)
        if found is None:
            raise Missing("ledger.private")
        return convert(found, type)

    @property
    def arrived(self) -> Instant:
        """The time that counts for a deadline."""
        return self.at if self.rx is None else self.rx


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a sealed stream, as the opening event of its tender lists it (trace-log 5.2)."""

    stream: str
    last_seq: int
    last_leaf: str


@dataclass(frozen=True, slots=True)
class Decider(Generic[S, C, E, F]):
    """One kind of stream.

    ``commands``, ``events``, ``facts`` and ``state`` are the types to decode (unions of tagged
    structs); ``act`` names the entry in the past tense after a command; ``rows`` is the projection
    of one stream's state; ``due`` says when something next falls due by itself; ``secrecy`` is
    ``"public"`` or the reason an entry's opening is withheld (``sealed``, ``personal``, ``secret``);
    ``heads`` are the sealed streams that an event opens; ``forgets`` tells whether an event ends what may be known of the
    person whom the stream is about.
    """

    kind: str
    state: Any
    commands: Any
    events: Any
    facts: Any
    initial: S
    decide: Callable[[S, C, Context[F]], tuple[E, ...]]
    evolve: Callable[[S, E], S]
    act: Callable[[C], str]
    rows: Callable[[str, S], Iterable[Row]] = lambda _stream, _state: ()
    due: Callable[[S], tuple[Instant, str] | None] = lambda _state: None
    secrecy: Callable[[C], str] = lambda _command: "public"
    heads: Callable[[E], tuple[Head, ...]] = lambda _event: ()
    forgets: Callable[[E], bool] = lambda _event: False


def fold(decider: Decider[S, C, E, F], state: S, events: Iterable[E]) -> S:
    """The state after ``events``."""
    for event in events:
        state = decider.evolve(state, event)
    return state
