"""One byte string per value: the canonical JSON of the log (trace-log 5.2).

Object keys sorted by byte, no blanks, no floats, no null, integers within 2^53, strings in NFC,
escapes only where JSON demands them: equal to RFC 8785 on this profile.

`encode` is the fast writer of values known to fit the profile, `write` also proves it; `decode` is
the typed reader of our own bytes.  `parse` is the strict reader of anybody's bytes, and `exact`
tells in a few microseconds what `parse` would have said of nearly all honest ones.
"""

import json
import re
import unicodedata
from typing import Any, Final, NoReturn, TypeVar, overload

import msgspec

from archive.errors import Invalid
from archive.faults import Fault

T = TypeVar("T")

MAX_DEPTH: Final = 32
"""Nesting of arrays and objects; the outermost object is 1."""

_SAFE = 2**53
_ENCODER = msgspec.json.Encoder(order="sorted")
plain: Final = _ENCODER.encode
"""`encode` of a value whose strings are in NFC already, as all that is ASCII is."""
_KEY = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")
# From the first byte that a key may not hold through the closing quote, and the colon if it was a key's.
_UNUSUAL = re.compile(rb'[\\\x7f-\xff][^"]*":?')
_NOT_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[^\[\]{}"]+', re.DOTALL)
_LONG_NUMBER = b"0" * 16
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_PLAIN_BYTES = bytes(c for c in range(0x7F) if c not in b'":\\')
_COLON = 58
_OPENING = b"[{"


def encode(value: Any) -> bytes:
    """Canonical bytes of a `Value` or of plain JSON values; strings are brought to NFC."""
    raw = plain(value)
    return raw if raw.isascii() else composed(raw, value)


def composed(raw: bytes, value: Any) -> bytes:
    """What `encode` makes of a value for which `plain` gave these bytes, beyond ASCII."""
    if unicodedata.is_normalized("NFC", raw.decode()):
        return raw
    return plain(_composed(msgspec.to_builtins(value)))


def _composed(value: Any) -> Any:
    # String by string: in the whole text, the n of an escaped newline would take the next accent.
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {key: _composed(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_composed(v) for v in value]
    return value


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
    except (msgspec.MsgspecError, RecursionError, ValueError) as e:
        raise Invalid("canonical.json", why=str(e)) from None


def _no_float(text: str) -> NoReturn:
    raise Fault("CANON_BAD", f"a number that is no integer: {text[:40]}")


def decoder(type: type[T]) -> msgspec.json.Decoder[T]:
    """A msgspec decoder that refuses floats: the one whose values `exact` understands."""
    return msgspec.json.Decoder(type, float_hook=_no_float)


_PLAIN: msgspec.json.Decoder[Any] = decoder(Any)


def write(value: Any) -> bytes:
    """`encode`, proved to stay within the profile.

    Raises:
        Fault: ``CANON_BAD`` for a float, a null, a key or an integer that the profile excludes.
    """
    try:
        raw = encode(value)
        plain = _PLAIN.decode(raw)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as e:
        raise Fault("CANON_BAD", str(e)) from None
    if not exact(raw, plain):
        parse(raw)
    return raw


def exact(raw: bytes, value: Any) -> bool:
    """Whether ``raw``, which a `decoder` turned into ``value``, is canonical.

    True is certain.  False means either that it is not or that it has a rare shape (sixteen digits
    in a row, the letters ``null``) which only `parse` can judge.
    """
    if _ENCODER.encode(value) != raw or raw[:1] != b"{" or b"null" in raw or b'"":' in raw:
        return False
    if not (raw.isascii() and b"\\" not in raw and b"\x7f" not in raw) and _has_odd_key(raw):
        return False
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        return False
    return _LONG_NUMBER not in raw.translate(_ZEROS)


def _has_odd_key(raw: bytes) -> bool:
    """Whether well-formed JSON has a key with an escape or a byte beyond printable ASCII."""
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"\x7f\x7f").replace(b'\\"', b"\x7f\x7f")  # every quote left delimits a string
    found = _UNUSUAL.findall(raw.translate(None, _PLAIN_BYTES))
    return any(string[-1] == _COLON for string in found)


def _depth(raw: bytes) -> int:
    """Deepest nesting of well-formed JSON."""
    depth = deepest = 0
    for bracket in _NOT_BRACKETS.sub(b"", raw):
        depth += 1 if bracket in _OPENING else -1
        deepest = max(deepest, depth)
    return deepest


def parse(raw: bytes) -> tuple[dict[str, Any], bool]:
    """Anybody's bytes as one object of the profile, and whether they are its canonical form.

    Unicode normalisation is the writer's duty and is not tested here: its tables change over the years.

    Raises:
        Fault: ``CANON_BAD`` when the bytes are not JSON or hold what the profile excludes.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_object, parse_float=_no_float, parse_int=_integer, parse_constant=_no_float
        )
        if not isinstance(value, dict):
            raise Fault("CANON_BAD", "not one object")
        _check_values(value, 1)
        return value, _ENCODER.encode(value) == raw  # refuses lone surrogates
    except (ValueError, RecursionError) as e:
        raise Fault("CANON_BAD", str(e)[:200]) from None


def _integer(text: str) -> int:
    if text == "-0" or len(text) > 17 or abs(value := int(text)) >= _SAFE:
        raise Fault("CANON_BAD", f"not an integer within 2^53: {text[:40]}")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Fault("CANON_BAD", "a member twice")
    for key in members:
        if _KEY.fullmatch(key) is None:
            raise Fault("CANON_BAD", f"not a key of printable ASCII: {key[:40]!a}")
    return members


def _check_values(value: Any, depth: int) -> None:
    if isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise Fault("CANON_BAD", f"nested deeper than {MAX_DEPTH}")
        for inner in value.values() if isinstance(value, dict) else value:
            _check_values(inner, depth + 1)
    elif value is None:
        raise Fault("CANON_BAD", "null")
