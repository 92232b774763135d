"""The vault: files by the SHA-256 of their bytes, written once, verified when read.

``blob/<first two hex digits>/<sha256>`` on a shelf (`archive.shelves`).  A file is durable before its digest is
given back, so an entry never names what is not there.  Whole reads verify; a range cannot, so it is for
formats that authenticate their own pieces.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from archive.errors import Damaged, Missing, TooLarge
from archive.shelves import Shelf
from archive.strict import HEX256
from archive.tileformat import blob_path


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is in the vault: SHA-256 in hex, length in bytes."""

    sha256: str
    len: int


class Vault:
    """Content-addressed files on one shelf; safe to share between threads."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def put(self, pieces: Iterable[bytes], limit: int | None = None) -> Stored:
        """Store bytes as they come; only one piece is in memory at a time.

        Raises:
            TooLarge: ``vault.large`` beyond ``limit`` bytes; nothing is kept.
        """
        hasher, length = sha256(), 0
        with self._shelf.spool() as spooled:
            for piece in pieces:
                length += len(piece)
                if limit is not None and length > limit:
                    raise TooLarge("vault.large", limit=limit)
                hasher.update(piece)
                spooled.write(piece)
            name = hasher.hexdigest()
            self._shelf.keep(spooled, blob_path(name))
        return Stored(name, length)

    def put_bytes(self, raw: bytes) -> Stored:
        """Store bytes that are at hand."""
        return self.put((raw,))

    def open(self, sha256_hex: str) -> Iterator[bytes]:
        """The bytes of a file, piece by piece; the last step verifies, so use nothing before it has been taken.

        Raises:
            Missing: ``vault.none``.
            Damaged: ``vault.damaged`` after the last piece, when they are not the bytes of that name.
        """
        path, hasher = self._path(sha256_hex), sha256()
        try:
            for piece in self._shelf.chunks(path):
                hasher.update(piece)
                yield piece
        except Missing:
            raise Missing("vault.none", sha256=sha256_hex) from None
        if hasher.hexdigest() != sha256_hex:
            raise Damaged("vault.damaged", sha256=sha256_hex)

    def read(self, sha256_hex: str) -> bytes:
        """The whole of a file, verified; raises as `open`."""
        return b"".join(self.open(sha256_hex))

    def range(self, sha256_hex: str, start: int, length: int) -> bytes:
        """Some bytes of a file, not verified; fewer at its end.

        Raises:
            Missing: ``vault.none``.
        """
        try:
            return self._shelf.range(self._path(sha256_hex), start, length)
        except Missing:
            raise Missing("vault.none", sha256=sha256_hex) from None

    def size(self, sha256_hex: str) -> int | None:
        """Length of a file in bytes, None if the vault has none of that name."""
        return self._shelf.size(self._path(sha256_hex))

    def __contains__(self, sha256_hex: str) -> bool:
        return self.size(sha256_hex) is not None

    def _path(self, sha256_hex: str) -> str:
        if HEX256.fullmatch(sha256_hex) is None:
            raise Missing("vault.none", sha256=sha256_hex[:64])
        return blob_path(sha256_hex)
