"""Ciphertext made again, leaf by leaf and from anywhere, from its seed and the files it was sealed from.

An upload that broke off goes on without the ciphertext being kept: encryption is a function of seed and plaintext.  That makes
the *gate* a matter of life: one key and nonce must never cover two plaintexts, so a leaf whose hash is not that of
the first pass is never handed out.  Whoever changed a file since seals anew, under a new seed.
"""

from collections.abc import Sequence
from typing import Protocol

from archive.errors import Invalid
from bidding.index import padme
from bidding.sealing import Secrets
from bidding.sealing.cobblestone import BLOCK, LEAF, Encryptor, leaf_size, material
from bidding.sealing.envelope import HEADER
from bidding.sealing.tree import leaf_hash


class Plain(Protocol):
    """Plaintext that can be read from anywhere."""

    def read_at(self, offset: int, length: int) -> bytes:
        """The bytes from ``offset``, at most ``length`` and fewer only at the end."""


class Readable(Protocol):
    """A file opened ``rb``."""

    def seek(self, offset: int, /) -> int:
        """Go to a place."""

    def read(self, length: int, /) -> bytes:
        """At most so many bytes."""


class Bytes:
    """Plaintext in memory, such as an index."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def read_at(self, offset: int, length: int) -> bytes:
        """A piece."""
        return self._raw[offset : offset + length]


class Joined:
    """Files one after another, then zeros up to the Padmé length: body 1 as `bidding.index.Attachments` gives it."""

    def __init__(self, files: Sequence[tuple[Readable, int]]) -> None:
        """``files`` are each opened, with the length that the index states."""
        self._files = files
        self._length = sum(length for _, length in files)
        self._padded = padme(self._length)

    def read_at(self, offset: int, length: int) -> bytes:
        """A piece; a file that has become shorter gives fewer bytes than asked for, and so another leaf."""
        wanted = max(0, min(self._padded, offset + length) - offset)
        pieces, start, at = list[bytes](), 0, offset
        for file, size in self._files:
            if start <= at < start + size and wanted:
                take = min(wanted, start + size - at)
                file.seek(at - start)
                pieces.append(_whole(file, take))
                at, wanted = at + take, wanted - take
            start += size
        return b"".join([*pieces, bytes(wanted)])


def _whole(file: Readable, length: int) -> bytes:
    got = file.read(length)
    while len(got) < length and (more := file.read(length - len(got))):
        got += more
    return got


class Resealer:
    """Any leaf of body ``i``, made again; ``leaves`` are the hashes of the first pass."""

    def __init__(self, secrets: Secrets, i: int, plain: Plain, ct_len: int, leaves: Sequence[bytes]) -> None:
        salt = secrets.body_salt(i)
        self._cipher = Encryptor(salt, material(secrets.body_key(i), salt, secrets.body_context(i)))
        self._plain = plain
        self._ct_len = ct_len
        self._leaves = leaves

    def leaf(self, number: int) -> bytes:
        """The leaf, byte for byte as it was.

        Raises:
            Invalid: ``sealing.source-changed``: the file is another one by now; drop everything and seal anew.
        """
        size = leaf_size(number, self._ct_len)
        block = self._plain.read_at(number * BLOCK, BLOCK)
        out = memoryview(bytearray(HEADER + LEAF))
        used = self._cipher.seal_block(number, memoryview(block), out[HEADER:])
        start = 0 if number == 0 else HEADER
        out[:HEADER] = self._cipher.header
        made = bytes(out[start : HEADER + used])
        if len(made) != size or leaf_hash(made) != self._leaves[number]:
            raise Invalid("sealing.source-changed", leaf=number)
        return made
