"""Identifiers of entries: UUIDv7 (RFC 9562 §5.7), from an instant and ten random bytes; pure."""

from archive.values import Instant


def uuid7(at: Instant, random: bytes) -> str:
    """36 lower-case characters: 48 bits of milliseconds, version, 12 + 62 random bits and the variant between."""
    value = (at // 1000 & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(random[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
