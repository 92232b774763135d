"""Private fields as digests that can be forgotten (trace-log 5.3; RFC 9901).

A disclosure is base64url of the JSON ``[salt, name, value]`` without blanks; its digest stands in
the ``_sd`` of the object that the member was left out of.  Erasing the disclosure leaves a digest
that reveals nothing.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final

from archive import canonical
from archive.errors import Invalid
from archive.faults import Fault

DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
"""Base64url of 32 bytes without padding."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A private member: its salt in base64url (at least 128 bits, fresh for each field of each event), name and value."""

    salt: str
    name: str
    value: Any

    @property
    def text(self) -> str:
        """The disclosure as it is handed over."""
        return _base64url(canonical.encode([self.salt, self.name, self.value]))

    @property
    def digest(self) -> str:
        """What stands in ``_sd``."""
        return digest(self.text)


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def digest(disclosure: str) -> str:
    """Base64url of SHA-256 over the ASCII characters of a disclosure."""
    return _base64url(sha256(disclosure.encode("ascii")).digest())


def parse_disclosure(text: str) -> Disclosure:
    """A disclosure from its text, as any maker of RFC 9901 may have written it.

    Raises:
        Fault: ``SD_BAD`` when it is not base64url of a JSON array of salt, name and value.
    """
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        parts = canonical.decode(raw)
    except (ValueError, Invalid):
        raise Fault("SD_BAD", "not base64url of JSON") from None
    match parts:
        case [str() as salt, str() as name, value] if _base64url(raw) == text:
            return Disclosure(salt, name, value)
        case _:
            raise Fault("SD_BAD", "not an array of salt, name and value")


def digests_in(value: Any) -> Iterator[Any]:
    """Every ``_sd`` member of every object inside ``value``, whatever it is."""
    if isinstance(value, dict):
        if "_sd" in value:
            yield value["_sd"]
        for key, inner in value.items():
            if key != "_sd":
                yield from digests_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from digests_in(inner)


def well_formed(digests: Any) -> bool:
    """Whether an ``_sd`` member is what it must be: a non-empty ascending array of different digests."""
    return (
        isinstance(digests, list)
        and bool(digests)
        and all(isinstance(d, str) and DIGEST.fullmatch(d) for d in digests)
        and all(a < b for a, b in pairwise(digests))
    )
