"""Some streams of a mirror as a source of replay: their openings by index, and nothing of the tree."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from archive.disclosures import Hidden
from archive.entry import parse_opening
from archive.errors import Damaged
from archive.replay import Item, Tail
from archive.shelves import Shelf
from archive.tileformat import blob_path, body_path


class Place(msgspec.Struct, frozen=True):
    """Where an event stands, out of its body."""

    stream: str
    seq: int


PLACE = msgspec.json.Decoder(Place)


class Streams:
    """Streams by name, each with the indices of its entries in order."""

    name = "mirror"

    def __init__(self, home: Shelf, streams: Mapping[str, Sequence[int]]) -> None:
        self._home = home
        self._streams = streams

    def streams(self) -> Iterator[tuple[str, Iterable[Item]]]:
        """In the order given."""
        for name in self._streams:
            yield name, self.stream(name)

    def stream(self, name: str) -> Iterable[Item]:
        """One stream; what its entries are was compared when they came."""
        for idx in self._streams[name]:
            salt, body = parse_opening(b"".join(self._home.chunks(body_path(idx))))
            yield Item(idx, None, PLACE.decode(body).seq, body, salt, None, None, name)

    def leaves(self) -> None:
        """The tree is checked elsewhere."""
        return

    def leaf(self, idx: int) -> None:
        """The index is checked elsewhere."""
        return

    def roots(self) -> list[tuple[int, str, bytes]]:
        """None."""
        return []

    def tails(self) -> Iterator[Tail] | None:
        """A mirror does not say."""
        return None

    def blob(self, sha256_hex: str) -> bytes:
        """From the mirror, verified."""
        raw = b"".join(self._home.chunks(blob_path(sha256_hex)))
        if sha256(raw).hexdigest() != sha256_hex:
            raise Damaged("vault.damaged", sha256=sha256_hex)
        return raw

    def left_out(self, sha256_hex: str) -> bool:
        """Escrow holds every file."""
        return False

    def private(self, hidden: Hidden) -> Mapping[str, Any] | None:
        """A mirror has none."""
        return None

    def faults(self, tiles: list[bytes]) -> Iterable[tuple[str, str, str]]:
        """None of its own."""
        return ()

    def withheld(self) -> int:
        """What is missing was named when it was new."""
        return 0
