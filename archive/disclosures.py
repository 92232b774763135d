"""Private fields as digests that can be forgotten (trace-log 5.3; RFC 9901).

A disclosure is base64url of the JSON ``[salt, name, value]`` without blanks; its digest stands in
the ``_sd`` of the object that the member was left out of.  Erasing the disclosure leaves a digest
that reveals nothing.

A message of this project declares what is private of it as a member of type `Hidden`: an object all of whose members are
left out.  It goes from command to event to state as it is, so nothing that is decided or digested depends on a value that
may be forgotten; a rule that must look asks `archive.decider.Context.revealed`.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final

from msgspec import field, to_builtins

from archive import canonical
from archive.errors import Invalid
from archive.faults import Fault
from archive.values import Value

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


class Hidden(Value, frozen=True):
    """What is on record of an object all of whose members are private: their digests, ascending."""

    sd: tuple[str, ...] = field(name="_sd")


Reveal = Callable[[Hidden], Mapping[str, Any] | None]
"""Gives the private members behind digests by name; None where they are not for the reader, or not there any more."""


def nothing(_hidden: Hidden) -> None:
    """The `Reveal` of those who may see no private field."""


def conceal(value: Value, salt: Callable[[str], bytes]) -> tuple[Hidden, tuple[Disclosure, ...]]:
    """The digests of all members of ``value``, and their disclosures; ``salt`` gives 16 fresh bytes for each name."""
    made = tuple(Disclosure(_base64url(salt(name)), name, member) for name, member in to_builtins(value).items())
    return Hidden(tuple(sorted(d.digest for d in made))), made


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
