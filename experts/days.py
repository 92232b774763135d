"""Legal days of 北京时间 as integers yyyymmdd.  Pure."""

from datetime import UTC, date, datetime, time, timedelta

from archive.errors import Invalid
from archive.values import HOUR, Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def beijing_day(at: Instant) -> int:
    """The day in Beijing (UTC+8, no summer time) of an instant."""
    return int((_EPOCH + timedelta(microseconds=at + 8 * HOUR)).strftime("%Y%m%d"))


def day(number: int) -> date:
    """The date of yyyymmdd.

    Raises:
        Invalid: ``expert.day`` when there is no such day.
    """
    try:
        return date(number // 10000, number // 100 % 100, number % 100)
    except ValueError:
        raise Invalid("expert.day", day=number) from None


def evening(number: int) -> Instant:
    """23:00 in Beijing of a day: when the pool of that day is stated."""
    return (datetime.combine(day(number), time(15), UTC) - _EPOCH) // timedelta(microseconds=1)


def years_before(number: int, years: int) -> int:
    """The same day ``years`` earlier; 29 February becomes the 28th."""
    day(number)
    earlier = number - years * 10000
    return earlier - 1 if number % 10000 == 229 and not _leap(earlier // 10000) else earlier


def days_before(number: int, days: int) -> int:
    """The day so many days earlier."""
    return int((day(number) - timedelta(days=days)).strftime("%Y%m%d"))


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
