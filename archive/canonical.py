"""One byte string per value: the canonical JSON of the log (trace-log 5.2).

Object keys sorted by byte, no blanks, no floats, no null, integers within 2^53, strings in NFC,
escapes only where JSON demands them: equal to RFC 8785 on this profile.
"""

from typing import Any, TypeVar, overload

import msgspec

from archive.errors import Invalid

T = TypeVar("T")
_ENCODER = msgspec.json.Encoder(order="sorted")


def encode(value: Any) -> bytes:
    """Canonical bytes of a `Value` or of plain JSON values."""
    return _ENCODER.encode(value)


@overload
def decode(raw: bytes, type: type[T]) -> T: ...
@overload
def decode(raw: bytes) -> Any: ...
def decode(raw: bytes, type: Any = Any) -> Any:
    """Parse strictly into ``type``.

    Raises:
        Invalid: ``canonical.json`` when the bytes are not that type's JSON.
    """
    try:
        return msgspec.json.decode(raw, type=type)
    except (msgspec.MsgspecError, RecursionError) as e:
        raise Invalid("canonical.json", why=str(e)) from None
