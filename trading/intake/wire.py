"""Anybody's JSON, read without losing or inventing anything.

Pure.  Numbers are `Decimal`, never binary floats; a repeated key, a byte that is not UTF-8, a number
that is none and an amount wrapped in an object are kept findable instead of being smoothed over.
Every reader raises `Fault` with a code and a JSON pointer; `attempt` collects faults so that a person
sees all of them at once.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import NoReturn, TypeVar

from archive.values import Instant, Money, minor_digits
from trading.intake.plan import Problem

T = TypeVar("T")

MAX_DEPTH = 64
MAX_ID = 200
MAX_TEXT = 8_000
MAX_NAME = 500
MAX_DIGITS = 60

# Currencies of ISO 4217, those of funds and of closed books among them; another is refused rather than scaled by guess.
_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
    "HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG "
    "QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD UYU UYW UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL "
)
CURRENCIES = frozenset(_CODES.split())

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?:[Zz]|([+-])(\d\d):(\d\d))")
_SURROGATE = re.compile("[\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The first days of 1970 are what an empty date becomes in other people's databases, never when somebody bought something.
_EARLIEST, _LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_NONE = Decimal("NaN")


class Members(dict[str, "Json"]):
    """A JSON object that remembers which of its keys were written twice."""

    twice: tuple[str, ...] = ()


Json = None | bool | Decimal | str | list["Json"] | Members


class Fault(Exception):
    """Something in the file is not what it should be."""

    def __init__(self, code: str, pointer: str, **params: str) -> None:
        super().__init__(code)
        self.problem = Problem(code, pointer, {name: shown(text) for name, text in params.items()})


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file with the pointer to it; a null is as good as absent."""

    value: Json
    pointer: str

    def child(self, name: str) -> "Node | None":
        """The member ``name`` of an object, or None."""
        if not isinstance(self.value, Members):
            self.wrong("object")
        found = self.value.get(name)
        return None if found is None else Node(found, f"{self.pointer}/{escaped(name)}")

    def need(self, name: str) -> "Node":
        """The member ``name``, which must be there."""
        found = self.child(name)
        if found is None:
            raise Fault("intake.missing", self.pointer or "/", field=name)
        return found

    def each(self) -> "tuple[Node, ...]":
        """The elements of an array."""
        if not isinstance(self.value, list):
            self.wrong("array")
        return tuple(Node(value, f"{self.pointer}/{i}") for i, value in enumerate(self.value))

    def text(self, limit: int = MAX_TEXT) -> str:
        """A string that is not blank, of at most ``limit`` characters."""
        if not isinstance(self.value, str):
            self.wrong("string")
        if not self.value.strip():
            raise Fault("intake.blank", self.pointer)
        if len(self.value) > limit:
            raise Fault("intake.long", self.pointer, limit=str(limit))
        return self.value

    def words(self, name: str, limit: int = MAX_TEXT) -> str:
        """The text of an optional member; absent and blank are both empty."""
        found = self.child(name)
        return "" if found is None or (isinstance(found.value, str) and not found.value.strip()) else found.text(limit)

    def ident(self) -> str:
        """An identifier: a string, or an integer as its decimal text."""
        if isinstance(self.value, Decimal) and self.value.is_finite() and self.value.adjusted() < 28:
            if self.value == self.value.to_integral_value():
                return f"{self.value:.0f}"
        return self.text(MAX_ID)

    def number(self) -> Decimal:
        """A finite number."""
        if not isinstance(self.value, Decimal):
            self.wrong("number")
        if not self.value.is_finite():
            raise Fault("intake.number", self.pointer)
        return self.value

    def quantity(self) -> str:
        """A number that is not negative, as plain decimal text."""
        number = self.number()
        exponent = number.as_tuple().exponent
        if number < 0:
            raise Fault("intake.negative", self.pointer)
        if not isinstance(exponent, int) or abs(exponent) > MAX_DIGITS:
            raise Fault("intake.number", self.pointer)
        return f"{number:f}"

    def status(self, known: frozenset[str]) -> str:
        """One word of a closed list."""
        text = self.text()
        if text not in known:
            raise Fault("intake.status", self.pointer, status=text)
        return text

    def currency(self) -> str:
        """A currency whose minor unit is known."""
        text = self.text()
        if text not in CURRENCIES:
            raise Fault("intake.currency", self.pointer, currency=text)
        return text

    def time(self) -> Instant:
        """An RFC 3339 date-time with an offset, exact to the microsecond."""
        text = self.text()
        m = _TIME.fullmatch(text)
        if m is None:
            raise Fault("intake.time", self.pointer, text=text)
        year, month, day, hour, minute, second = map(int, m.groups()[:6])
        fraction = (m[7] or "").ljust(6, "0")
        if fraction[6:].strip("0"):
            raise Fault("intake.time-precision", self.pointer, text=text)
        try:
            local = datetime(year, month, day, hour, minute, second, int(fraction[:6]), tzinfo=UTC)
            if m[8] and (int(m[9]) > 23 or int(m[10]) > 59):
                raise ValueError
            away = timedelta(hours=int(m[9]), minutes=int(m[10])) if m[8] else timedelta()
            moment = local + away if m[8] == "-" else local - away
        except (ValueError, OverflowError):
            raise Fault("intake.time", self.pointer, text=text) from None
        if not _EARLIEST <= moment < _LATEST:
            raise Fault("intake.time-range", self.pointer, text=text)
        return (moment - _EPOCH) // timedelta(microseconds=1)

    def money(self, currency: str | None = None) -> Money | None:
        """A value: amount and currency; None when it has no amount, ``currency`` is the one it must be in."""
        amount, code = self.child("amount"), self.child("currency")
        if amount is None:
            return None
        if code is None:
            raise Fault("intake.missing", self.pointer, field="currency")
        found = code.currency()
        if currency is not None and found != currency:
            raise Fault("intake.currency-differs", code.pointer, currency=found, expected=currency)
        return Money(_minor(amount, found), found)

    def wrong(self, expected: str) -> NoReturn:
        """Another type than ``expected``."""
        raise Fault("intake.type", self.pointer or "/", expected=expected, found=kind(self.value))


def parse(text: str) -> Json:
    """JSON text.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply to be anything.
    """
    value: Json = json.loads(
        text, object_pairs_hook=_members, parse_float=_number, parse_int=_number, parse_constant=lambda _: _NONE
    )
    return value


def flaws(node: Node, depth: int = 0) -> Iterator[Problem]:
    """What makes a record untrustworthy wherever in it it stands."""
    value = node.value
    if depth > MAX_DEPTH:
        yield Problem("intake.depth", node.pointer, {"limit": str(MAX_DEPTH)})
    elif isinstance(value, str):
        if _broken(value):
            yield Problem("intake.utf8", node.pointer)
    elif isinstance(value, Decimal):
        if not value.is_finite():
            yield Problem("intake.number", node.pointer)
    elif isinstance(value, list):
        for inner in node.each():
            yield from flaws(inner, depth + 1)
    elif isinstance(value, Members):
        yield from (Problem("intake.duplicate-key", node.pointer or "/", {"key": shown(key)}) for key in value.twice)
        for key in value:
            if key.startswith("$number"):
                yield Problem("intake.wrapped-number", node.pointer, {"key": shown(key)})
        for key, inner_value in value.items():
            if _broken(key):
                yield Problem("intake.utf8", node.pointer or "/")
            yield from flaws(Node(inner_value, f"{node.pointer}/{escaped(key)}"), depth + 1)


def attempt(faults: list[Problem], read: Callable[[], T]) -> T | None:
    """What ``read`` gives, or None with its fault added to ``faults``."""
    try:
        return read()
    except Fault as fault:
        faults.append(fault.problem)
        return None


def escaped(name: str) -> str:
    """A key as a part of a JSON pointer."""
    return shown(name).replace("~", "~0").replace("/", "~1")


def kind(value: Json) -> str:
    """The name of a JSON type."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case Decimal():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _minor(node: Node, currency: str) -> int:
    """Minor units, exactly: by digits and exponent, because decimal arithmetic would round at its precision."""
    sign, digits, exponent = node.number().as_tuple()
    if not isinstance(exponent, int) or len(digits) > MAX_DIGITS or abs(exponent) > MAX_DIGITS:
        raise Fault("intake.amount", node.pointer, currency=currency)
    units: int = int("".join(map(str, digits)))
    shift = exponent + minor_digits(currency)
    units, rest = (units * 10**shift, 0) if shift >= 0 else divmod(units, 10**-shift)
    if rest or units >= 2**53:
        raise Fault("intake.amount", node.pointer, currency=currency)
    if sign and units:
        raise Fault("intake.negative", node.pointer)
    return units


def _members(pairs: list[tuple[str, Json]]) -> Members:
    members = Members(pairs)
    if len(members) != len(pairs):
        members.twice = tuple(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return members


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return _NONE


def _broken(text: str) -> bool:
    """Whether a byte was not UTF-8 (kept as a lone surrogate), or an escape names half a character."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def shown(text: str) -> str:
    """A text of the file fit to be quoted: whole characters, not long."""
    return text.encode("utf-8", "replace").decode()[:60]
