"""The few values that every floor speaks: instants, money, actors, streams.

Instants are integers: microseconds since the Unix epoch, UTC.  Money is integers in the minor unit
of its currency (分 for CNY).  Both are parsed once, at the edge, and refused when not exact.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from archive.errors import Invalid

Instant = int  # microseconds since 1970-01-01T00:00:00Z

SECOND: Instant = 1_000_000
MINUTE: Instant = 60 * SECOND
HOUR: Instant = 60 * MINUTE
DAY: Instant = 24 * HOUR

STREAM = re.compile(r"[a-z]{1,16}/[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{6})Z")
_MINOR = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "UGX": 0, "XAF": 0, "XOF": 0, "BHD": 3, "KWD": 3, "TND": 3, "OMR": 3, "JOD": 3}


class Value(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of everything that is written to the log: immutable, strict, absent means default."""


class Message(Value, frozen=True, tag_field="type"):
    """Base of commands, events and facts: each subclass sets its wire ``tag``, append-only."""


class Money(Value):
    """An exact amount: ``amount`` in minor units of the ISO 4217 ``currency``."""

    amount: int
    currency: str = "CNY"


class Actor(Value):
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
    m = _TEXT.fullmatch(text)
    try:
        if m is None:
            raise ValueError
        y, mo, d, h, mi, s, us = map(int, m.groups())
        moment = datetime(y, mo, d, h, mi, s, us, tzinfo=UTC)
    except ValueError:
        raise Invalid("value.instant", text=text[:40]) from None
    return (moment - _EPOCH) // timedelta(microseconds=1)


def instant_text(at: Instant) -> str:
    """The log's own form, 27 characters."""
    return (_EPOCH + timedelta(microseconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)


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
        minor = Decimal(amount).scaleb(minor_digits(currency))
        whole = int(minor)
    except (InvalidOperation, ValueError, OverflowError, TypeError):
        raise Invalid("value.money", text=str(amount)[:40], currency=currency) from None
    if whole != minor or abs(whole) >= 2**53:
        raise Invalid("value.money", text=str(amount)[:40], currency=currency)
    return Money(whole, currency)


def money_text(value: Money) -> str:
    """Plain decimal in major units: ``9990000.00``."""
    digits = minor_digits(value.currency)
    return f"{Decimal(value.amount).scaleb(-digits):.{digits}f}"
