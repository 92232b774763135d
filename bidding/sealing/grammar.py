"""Reading and writing the byte strings of SBE/1: big-endian integers, ``v8`` and ``v16`` strings.

A `Reader` never guesses: it refuses what is cut short, what goes on after the end, and text that is
not UTF-8.  Text is compared byte by byte and never normalised (sealed-bid 3).
"""

from archive.errors import Invalid


class Reader:
    """A cursor over ``raw``; every refusal is ``Invalid(code, at=offset, why=…)``."""

    __slots__ = ("at", "code", "raw")

    def __init__(self, raw: bytes, code: str) -> None:
        self.raw, self.code, self.at = raw, code, 0

    def refuse(self, why: str) -> Invalid:
        """The refusal to raise, pointing at the current offset."""
        return Invalid(self.code, at=self.at, why=why)

    def need(self, holds: bool, why: str) -> None:
        """Refuse unless ``holds``."""
        if not holds:
            raise self.refuse(why)

    def take(self, n: int) -> bytes:
        """The next ``n`` bytes."""
        self.need(self.at + n <= len(self.raw), f"{n} bytes expected, {len(self.raw) - self.at} left")
        self.at += n
        return self.raw[self.at - n : self.at]

    def integer(self, n: int) -> int:
        """The next ``n`` bytes as a number."""
        return int.from_bytes(self.take(n), "big")

    def string(self, n: int) -> bytes:
        """A byte string behind its length of ``n`` bytes: ``v8`` or ``v16``."""
        return self.take(self.integer(n))

    def text(self, n: int) -> str:
        """`string`, which has to be UTF-8."""
        try:
            return self.string(n).decode()
        except UnicodeDecodeError:
            raise self.refuse("not UTF-8") from None

    def magic(self, magic: bytes) -> None:
        """The four bytes that every structure begins with."""
        self.need(self.raw[:4] == magic, f"does not begin with {magic.decode()}")
        self.at = 4

    def end(self) -> None:
        """Nothing may follow."""
        self.need(self.at == len(self.raw), f"{len(self.raw) - self.at} bytes after the end")


def _integer(n: int, size: int) -> bytes:
    try:
        return n.to_bytes(size, "big")
    except OverflowError:
        raise Invalid("sealing.range", value=n, limit=256**size - 1) from None


def u8(n: int) -> bytes:
    """One byte; this and the others raise ``Invalid("sealing.range")`` for what does not fit."""
    return _integer(n, 1)


def u16(n: int) -> bytes:
    """Two bytes."""
    return _integer(n, 2)


def u32(n: int) -> bytes:
    """Four bytes."""
    return _integer(n, 4)


def u64(n: int) -> bytes:
    """Eight bytes."""
    return _integer(n, 8)


def v8(x: bytes | str) -> bytes:
    """A string of at most 255 bytes behind its length."""
    raw = x.encode() if isinstance(x, str) else x
    return u8(len(raw)) + raw


def v16(x: bytes | str) -> bytes:
    """A string of at most 65,535 bytes behind its length."""
    raw = x.encode() if isinstance(x, str) else x
    return u16(len(raw)) + raw
