"""A pack as a zip, read by the rules of trace-log section 7 and no others.

Names are relative, with ``/`` only, each once; members are plain files, stored or deflated, not
encrypted; zip64 is understood.  What breaks one of these rules is not opened.  Members may not
overlap, so a small file cannot unfold without bound, and a member is unfolded only as far as its
reader asks.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from struct import error as ShortRead
from typing import BinaryIO, Final, NamedTuple

from archive.verify.files import CHUNK, Unreadable

_END = Struct("<4s4H2LH")
_END64 = Struct("<4sQ2H2L4Q")
_LOCATOR = Struct("<4sLQL")
_CENTRAL = Struct("<4s6H3L5H2L")
_LOCAL = Struct("<4s5H3L2H")
_MAX_COMMENT = 65_535
_STORED, _DEFLATED = 0, 8
_UTF8 = 0x800
_ENCRYPTED = 0x2041
_REGULAR, _KIND = 0o100000, 0o170000
_NO_STEP = frozenset(("", ".", ".."))
_ELSEWHERE = 0xFFFFFFFF  # the number is in the zip64 extra field

MAX_DIRECTORY: Final = 1 << 30
"""Longest central directory, in bytes."""

MAX_RATIO: Final = 256
"""How much larger than the zip its content may be, beyond `MIN_UNFOLDED` bytes: no honest pack comes near."""

MIN_UNFOLDED: Final = 256 << 20


class _Member(NamedTuple):
    offset: int
    packed: int
    size: int
    crc: int
    method: int


def _valid_name(name: str) -> bool:
    return _NO_STEP.isdisjoint(name.split("/")) and "\\" not in name and ":" not in name and "\x00" not in name


class Zip:
    """The members of a zip file."""

    def __init__(self, path: Path) -> None:
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as e:
            raise Unreadable(e.strerror or "cannot be opened") from None
        self._members: dict[str, _Member] = {}
        self._odd: dict[str, str] = {}
        self._sorted: list[str] = []
        try:
            self._read_directory()
        except (ShortRead, OSError, UnicodeDecodeError, ValueError, OverflowError):
            self._file.close()
            raise Unreadable("not a well-formed zip") from None
        except Unreadable:
            self._file.close()
            raise

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _at(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        raw = self._file.read(length)
        if len(raw) != length:
            raise Unreadable("cut short")
        return raw

    def _read_directory(self) -> None:
        size = self._file.seek(0, 2)
        start, length, count = self._find_directory(size)
        if length > MAX_DIRECTORY:
            raise Unreadable("too many members")
        directory, at = self._at(start, length), 0
        for _ in range(count):
            at = self._add(directory, at)
        if at != length:
            raise Unreadable("more in its directory than it counts")
        self._refuse_overlaps(start)
        if sum(member.size for member in self._members.values()) > MAX_RATIO * size + MIN_UNFOLDED:
            raise Unreadable(f"unfolds to more than {MAX_RATIO} times its size")
        self._sorted = sorted(self._members)

    def _find_directory(self, size: int) -> tuple[int, int, int]:
        tail_at = max(0, size - _MAX_COMMENT - _END.size)
        tail = self._at(tail_at, size - tail_at)
        found = tail.rfind(b"PK\x05\x06")
        if found < 0:
            raise Unreadable("no zip")
        _, disk, first, here, count, length, start, comment = _END.unpack_from(tail, found)
        end_at = tail_at + found
        if end_at + _END.size + comment != size:
            raise Unreadable("something after its end")
        if 0xFFFF in (disk, here, count) or 0xFFFFFFFF in (length, start):
            magic, _, at, disks = _LOCATOR.unpack(self._at(end_at - _LOCATOR.size, _LOCATOR.size))
            end64 = _END64.unpack(self._at(at, _END64.size))
            if magic != b"PK\x06\x07" or end64[0] != b"PK\x06\x06" or disks > 1:
                raise Unreadable("a broken zip64 end")
            disk, first, here, count, length, start = end64[4:]
        if disk or first or here != count:
            raise Unreadable("in several parts")
        return start, length, count

    def _add(self, directory: bytes, at: int) -> int:
        """Take in the member whose directory entry begins at ``at``; where the next one does."""
        (magic, made, _, flags, method, _, _, crc, packed, size, named, extra, said, disk, _, attributes, offset) = (
            _CENTRAL.unpack_from(directory, at)
        )
        name_at = at + _CENTRAL.size
        extra_at = name_at + named
        after: int = extra_at + extra + said
        if magic != b"PK\x01\x02" or after > len(directory):
            raise Unreadable("a broken directory")
        raw = directory[name_at:extra_at]
        name = raw.decode("utf-8") if flags & _UTF8 else raw.decode("ascii")
        if _ELSEWHERE in (size, packed, offset):
            size, packed, offset = _wide(directory[extra_at : extra_at + extra], size, packed, offset)
        kind = attributes >> 16 & _KIND if made >> 8 == 3 else 0
        if not _valid_name(name) or name in self._members:
            raise Unreadable("a name that is not relative, plain and given once")
        if flags & _ENCRYPTED or method not in (_STORED, _DEFLATED) or kind not in (0, _REGULAR) or disk:
            raise Unreadable("a member that is encrypted, packed in another way or no plain file")
        if method == _STORED and packed != size:
            raise Unreadable("a stored member of two lengths")
        self._members[name] = _Member(offset, packed, size, crc, method)
        return after

    def _refuse_overlaps(self, directory_at: int) -> None:
        end = 0
        for member in sorted(self._members.values(), key=lambda m: m.offset):
            if member.offset < end:
                raise Unreadable("members that overlap")
            end = member.offset + _LOCAL.size + member.packed
        if end > directory_at:
            raise Unreadable("a member that runs into the directory")

    def names(self) -> list[str]:
        return self._sorted

    def read(self, path: str, limit: int) -> bytes | None:
        return b"".join(self.chunks(path, limit)) if path in self._members else None

    def chunks(self, path: str, limit: int) -> Iterator[bytes]:
        member = self._members.get(path)
        if member is None:
            return
        crc, given = 0, 0
        try:
            for piece in self._unfold(path, member, min(limit, member.size) + 1):
                crc, given = zlib.crc32(piece, crc), given + len(piece)
                yield piece
        except (zlib.error, ShortRead, OSError, Unreadable):
            self._odd[path] = "its packed bytes are damaged"
            return
        if given <= limit and (crc != member.crc or given != member.size):
            self._odd[path] = "not of the length or checksum that its zip states"

    def _unfold(self, path: str, member: _Member, most: int) -> Iterator[bytes]:
        name = path.encode("utf-8")
        head = self._at(member.offset, _LOCAL.size + len(name))
        magic, _, _, method, _, _, _, _, _, named, extra = _LOCAL.unpack_from(head)
        if magic != b"PK\x03\x04" or method != member.method or named != len(name) or head[_LOCAL.size :] != name:
            raise Unreadable("two names for one member")
        at, left = member.offset + len(head) + extra, member.packed
        inflate = zlib.decompressobj(-15) if method == _DEFLATED else None
        while left and most > 0:
            packed = self._at(at, min(left, CHUNK))
            at, left = at + len(packed), left - len(packed)
            while packed and most > 0:
                piece = packed[:most] if inflate is None else inflate.decompress(packed, min(most, CHUNK))
                packed = b"" if inflate is None else inflate.unconsumed_tail
                most -= len(piece)
                yield piece
                if inflate is not None and inflate.eof:
                    return

    def faults(self) -> list[tuple[str, str]]:
        return sorted(self._odd.items())


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The 64-bit fields, where the 32-bit ones point to the zip64 extra field."""
    wanted = [value == _ELSEWHERE for value in (size, packed, offset)]
    values = [size, packed, offset]
    at = 0
    while at + 4 <= len(extra):
        tag, length = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        field = extra[at + 4 : at + 4 + length]
        if tag == 1:
            for place, wide in enumerate(wanted):
                if wide:
                    if len(field) < 8:
                        raise Unreadable("a broken zip64 field")
                    values[place], field = int.from_bytes(field[:8], "little"), field[8:]
            return values[0], values[1], values[2]
        at += 4 + length
    raise Unreadable("no zip64 field")
