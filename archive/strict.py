"""Reading strictly (trace-log 1): one text per value, so that no flipped bit passes unseen.

Base64 must re-encode to the same text (no spare bits, no missing ``=``); decimals have no sign and
no leading zero and are below 2^63; hex is lower case.  Each reader gives ``None`` for anything else,
because only its caller knows the code of the fault.
"""

import re
from binascii import Error, a2b_base64, b2a_base64, unhexlify

LIMIT = 2**63
"""First integer that no format of the log can carry."""

DIGEST_BASE64 = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=", re.ASCII)
"""Base64 of 32 bytes, spare bits zero: the form of a leaf hash in ``prev``."""

HEX256 = re.compile(r"[0-9a-f]{64}")
"""A SHA-256 or SM3 in lower-case hex."""

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def base64(raw: bytes) -> str:
    """Standard base64 with padding, no line end."""
    return b2a_base64(raw, newline=False).decode("ascii")


def unbase64(text: str | bytes, size: int | None = None) -> bytes | None:
    """The bytes of strict base64, or None; with ``size``, only exactly that many bytes."""
    try:
        given = text.encode("ascii") if isinstance(text, str) else text
        raw = a2b_base64(given, strict_mode=True)
    except (Error, ValueError):
        return None
    if b2a_base64(raw, newline=False) != given or (size is not None and len(raw) != size):
        return None
    return raw


def is_hex256(text: str) -> bool:
    """Whether `HEX256` matches, in a third of its time."""
    try:
        return len(text) == 64 and unhexlify(text).hex() == text
    except ValueError:
        return False


def number(text: str) -> int | None:
    """A decimal from 0 to 2^63 - 1, or None."""
    if _DECIMAL.fullmatch(text) is None:
        return None
    value = int(text)
    return value if value < LIMIT else None
