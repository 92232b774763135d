"""The few values that every floor speaks: instants, money, actors, streams.

Instants are integers: microseconds since the Unix epoch, UTC.  Money is integers in the minor unit
of its currency (分 for CNY).  Both are parsed once, at the edge, and refused when not exact.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from msgspec import Struct

from archive.errors import Invalid

Instant = int  # microseconds since 1970-01-01T00:00:00Z

SECOND: Instant = 1_000_000
MINUTE: Instant = 60 * SECOND
HOUR: Instant = 60 * MINUTE
DAY: Instant = 24 * HOUR

STREAM = re.compile(r"[a-z]{1,16}/[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_FORM = b"0000-00-00T00:00:00.000000Z"
_MINOR = {
    currency: digits
    for digits, currencies in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for currency in currencies.split()
}
"""Minor units that are not two digits (ISO 4217)."""


class Value(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Base of everything that is written to the log: immutable, strict, absent means default.

    What is immutable is in no cycle, so the collector need not look at it.
    """


class Message(Value, frozen=True, tag_field="type"):
    """Base of commands, events and facts: each subclass sets its wire ``tag``, append-only."""


class Money(Value, frozen=True):
    """An exact amount: ``amount`` in minor units of the ISO 4217 ``currency``."""

    amount: int
    currency: str = "CNY"


class Actor(Value, frozen=True):
    """Who acts: a pseudonymous id, its kind, and where known its organisation and role."""

    id: str
    kind: str
    org: str = ""
    role: str = ""

    @staticmethod
    def system(name: str) -> "Actor":
        """The platform itself acting by rule, such as the bell at a deadline."""
        return Actor(id=name, kind="system")


def instant(text: str) -> Instant:
    """Parse the log's own form ``YYYY-MM-DDThh:mm:ss.ffffffZ`` (trace-log 5.2).

    Raises:
        Invalid: ``value.instant`` for any other form.
    """
    try:
        if text.encode().translate(_ZEROS) != _FORM:  # `fromisoformat` takes other forms as well
            raise ValueError
        since = datetime.fromisoformat(text) - _EPOCH
    except ValueError:
        raise Invalid("value.instant", text=text[:40]) from None
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def instant_text(at: Instant) -> str:
    """The log's own form, 27 characters."""
    return f"{(_EPOCH + timedelta(microseconds=at)).isoformat(timespec='microseconds')[:26]}Z"


def parse_time(text: str) -> Instant:
    """An RFC 3339 date-time with an offset, as OCDS and people write it.

    Raises:
        Invalid: ``value.time`` when it has no offset or is not a date-time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise Invalid("value.time", text=str(text)[:40]) from None
    if moment.tzinfo is None:
        raise Invalid("value.time", text=text[:40])
    return (moment - _EPOCH) // timedelta(microseconds=1)


def minor_digits(currency: str) -> int:
    """Digits after the point of a currency's minor unit (ISO 4217)."""
    return _MINOR.get(currency, 2)


def money(amount: str | int | Decimal, currency: str = "CNY") -> Money:
    """An amount in major units, exactly.

    Raises:
        Invalid: ``value.money`` for a float, a non-number, a fraction of a minor unit or a bad currency.
    """
    if isinstance(amount, (bool, float)) or not re.fullmatch("[A-Z]{3}", currency):
        raise Invalid("value.money", text=str(amount)[:40], currency=currency[:8])
    try:
        sign, digits, exponent = Decimal(amount).as_tuple()
        if not isinstance(exponent, int) or abs(exponent) > 60 or len(digits) > 60:
            raise ValueError  # not a number, endless, or too long to be money
        minor = Fraction(int("".join(map(str, digits)) or "0")) * Fraction(10) ** (exponent + minor_digits(currency))
        whole = int(-minor if sign else minor)
    except (InvalidOperation, ValueError, OverflowError, TypeError):
        raise Invalid("value.money", text=str(amount)[:40], currency=currency) from None
    if abs(whole) != minor or abs(whole) >= 2**53:
        raise Invalid("value.money", text=str(amount)[:40], currency=currency)
    return Money(whole, currency)


def money_text(value: Money) -> str:
    """Plain decimal in major units: ``9990000.00``."""
    digits = minor_digits(value.currency)
    return f"{Decimal(value.amount).scaleb(-digits):.{digits}f}"
