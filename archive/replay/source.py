"""What replay reads: the openings of a log in stream order, and where there are any, live tables."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from archive.disclosures import Hidden


class Item(NamedTuple):
    """One opening.

    ``entry`` is what the log holds at ``idx`` and ``leaf`` the leaf hash as stored with the event; each is None where the
    source has none.  ``id`` and ``seq`` are what the source says beside the body.
    """

    idx: int | None
    id: str | None
    seq: int
    body: bytes
    salt: bytes
    entry: bytes | None
    leaf: bytes | None
    stream: str


class Tail(Struct, frozen=True, gc=False):
    """Where a live stream is said to end."""

    stream: str
    seq: int
    leaf: bytes
    at: int
    closed: bool


class Tables(Protocol):
    """The live projections, in the same snapshot as the entries."""

    def names(self) -> tuple[str, ...]:
        """The traced tables."""

    def keys(self, table: str) -> tuple[str, ...]:
        """Names of a table's primary key columns, in order."""

    def find(self, table: str, keys: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The rows under these primary keys: their other columns by name."""

    def count(self, table: str) -> int:
        """Number of rows."""

    def all_keys(self, table: str) -> Iterator[tuple[Any, ...]]:
        """The primary key of every row."""


class Source(Protocol):
    """A log to replay."""

    name: str

    def streams(self) -> Iterator[tuple[str, Iterable[Item]]]:
        """Each stream once, its openings by ascending ``seq``; a stream must be read before the next is taken."""

    def stream(self, name: str) -> Iterable[Item]:
        """The openings of one stream again."""

    def leaves(self) -> Iterator[list[bytes]] | None:
        """The leaf hashes of the whole log by index, 256 at a time and then the rest; None where the source holds none."""

    def leaf(self, idx: int) -> bytes | None:
        """The leaf hash that stands in the index at ``idx``, None where the source has no index beside the entries."""

    def roots(self) -> list[tuple[int, str, bytes]]:
        """Roots that the source states, by ascending size: the size, whose statement it is, the root."""

    def tails(self) -> Iterator[Tail] | None:
        """Where streams are said to end, None where the source does not say."""

    def blob(self, sha256_hex: str) -> bytes:
        """The verified bytes of a blob.

        Raises:
            Missing, Damaged: it is not there, or not those bytes.
        """

    def left_out(self, sha256_hex: str) -> bool:
        """Whether a file is not there because whoever made the source says so, and not by a fault."""

    def private(self, hidden: Hidden) -> Mapping[str, Any] | None:
        """The private members behind digests by name, None where the source has not all of them."""

    def faults(self, tiles: list[bytes]) -> Iterable[tuple[str, str, str]]:
        """Code, place and text of what the source itself finds wrong; ``tiles`` are the roots of each 256 leaves."""

    def withheld(self) -> int:
        """How many entries have no opening here."""
