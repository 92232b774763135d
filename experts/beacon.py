"""The public beacon: drand quicknet, one BLS-signed value every three seconds (SPEC.md 5).

The signature check needs the optional package ``drand-verify`` (extra ``beacon``); everything else here is plain.
Times are microseconds since the Unix epoch, UTC.
"""

import re
from collections.abc import Callable
from importlib import import_module
from typing import Final, Protocol

from archive.errors import Invalid, Missing
from archive.values import MINUTE, SECOND, Instant
from experts.encoding import digest

CHAIN: Final = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
GENESIS: Final[Instant] = 1_692_803_367 * SECOND
PERIOD: Final[Instant] = 3 * SECOND
MARGIN: Final[Instant] = 10 * MINUTE
_SIGNATURE = re.compile("[0-9a-f]{96}")


class Beacon(Protocol):
    """A source of public randomness whose every value can be checked offline."""

    def time(self, round_: int) -> Instant:
        """When the round's value appears."""
        ...

    def value(self, round_: int, signature: str) -> bytes:
        """The 32-byte value that the signature yields; raises `Invalid` when it is not that round's."""
        ...


class Quicknet:
    """drand's quicknet chain; ``signature`` is 48 bytes in lower-case hex."""

    def time(self, round_: int) -> Instant:
        """``genesis + 3 s * (round - 1)``."""
        return GENESIS + PERIOD * (round_ - 1)

    def value(self, round_: int, signature: str) -> bytes:
        """SHA-256 of the verified signature.

        Raises:
            Invalid: ``draw.beacon.forged`` when the signature is not that round's.
            Missing: ``draw.beacon.verifier`` when the verifying package is not installed.
        """
        # Checked here because the package panics on text that is not hex.
        if round_ < 1 or not _SIGNATURE.fullmatch(signature):
            raise Invalid("draw.beacon.forged", round=round_)
        verify = _verifier()
        try:
            verify(round_, signature)
        except ValueError:
            raise Invalid("draw.beacon.forged", round=round_) from None
        return digest(bytes.fromhex(signature))


def _verifier() -> Callable[[int, str], str]:
    try:
        verify: Callable[[int, str], str] = import_module("drand_verify").verify_quicknet
    except ImportError:
        raise Missing("draw.beacon.verifier") from None
    return verify


def first_round(after: Instant) -> int:
    """The first round whose value appears at ``after`` or later."""
    return max(1, -((GENESIS - after) // PERIOD) + 1)


QUICKNET: Final[Beacon] = Quicknet()
