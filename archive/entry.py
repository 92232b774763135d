"""The public entry and what opens it: commitment, entry, opening, salt (trace-log 5.1).

An entry is 61 bytes that all look alike; the opening (salt and body, never apart) is what is
disclosed by rule.  Salts are made elsewhere, or derived here from one key for a sealed stream.
"""

from binascii import b2a_base64
from hashlib import sha256
from hmac import digest
from typing import Final

from archive.faults import Fault
from archive.merkle import leaf_hash
from archive.strict import unbase64

MAGIC: Final = b"sunlit/trace/v1\n"
SIZE: Final = 61
"""Length of every entry."""

SALT: Final = 32
"""Length of a salt: HMAC pads shorter keys with zeros, so another length would not bind."""

MAX_BODY: Final = 60_000
"""Longest body; what is larger spills to a blob."""

# HMAC by its definition (RFC 2104), a third faster than a keyed object for each event: the key is one half block.
INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))
INNER_REST: Final = b"\x36" * 32 + b"sunlit/event/v1\x00"
OUTER_REST: Final = b"\x5c" * 32
"""What `commitment` hashes beside salt and body; replay's inner loop spells it out once more."""

_DERIVE = b"sunlit/salt/v1\x00"
_BODY_AT = 45  # base64 of the salt and a line end


def commitment(salt: bytes, body: bytes) -> bytes:
    """HMAC-SHA256(salt, tag ‖ body), 32 bytes; ``salt`` is exactly 32 bytes."""
    assert len(salt) == SALT
    inner = sha256(salt.translate(INNER) + INNER_REST + body).digest()
    return sha256(salt.translate(OUTER) + OUTER_REST + inner).digest()


def entry_of(commitment: bytes) -> bytes:
    """The 61 bytes that stand in the log."""
    return MAGIC + b2a_base64(commitment)


def entry(salt: bytes, body: bytes) -> bytes:
    """The entry of a body."""
    return entry_of(commitment(salt, body))


def leaf(salt: bytes, body: bytes) -> bytes:
    """Leaf hash of the entry of a body."""
    return leaf_hash(entry(salt, body))


def well_formed(entry: bytes) -> bool:
    """Whether these bytes have the form of an entry."""
    return (
        len(entry) == SIZE
        and entry.startswith(MAGIC)
        and entry[-1:] == b"\n"
        and unbase64(entry[len(MAGIC) : -1], 32) is not None
    )


def opening(salt: bytes, body: bytes) -> bytes:
    """base64(salt) ‖ newline ‖ body: the file ``body/<N>``, the ``extra`` of a receipt, the unit of escrow."""
    return b2a_base64(salt) + body


def parse_opening(raw: bytes) -> tuple[bytes, bytes]:
    """Salt and body.

    Raises:
        Fault: ``BODY_BAD`` when the form is wrong, the salt is not 32 bytes or the body is empty or too long.
    """
    salt = unbase64(raw[: _BODY_AT - 1], SALT)
    if salt is None or raw[_BODY_AT - 1 : _BODY_AT] != b"\n":
        raise Fault("BODY_BAD", "does not begin with a salt of 32 bytes in base64 and a line end")
    body = raw[_BODY_AT:]
    if not 0 < len(body) <= MAX_BODY:
        raise Fault("BODY_BAD", f"body of {len(body)} bytes")
    return salt, body


def open_entry(raw: bytes, entry: bytes) -> tuple[bytes, bytes]:
    """Salt and body of an opening that opens this entry.

    Raises:
        Fault: ``BODY_BAD`` as `parse_opening`; ``BODY_MISMATCH`` when it opens another entry.
    """
    salt, body = parse_opening(raw)
    if entry_of(commitment(salt, body)) != entry:
        raise Fault("BODY_MISMATCH", "opens another entry")
    return salt, body


def derive_salt(key: bytes, event_id: str) -> bytes:
    """The salt of one event of a sealed stream under the stream's 32-byte key, so that escrow needs one key."""
    assert len(key) == SALT
    return digest(key, _DERIVE + event_id.encode("ascii"), "sha256")
