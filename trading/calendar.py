"""The working-day calendar: how a legal period is counted (cn-rules C-1 to C-6).

Instants are microseconds UTC; legal days are dates of 北京时间 (UTC+8, no summer time).  D is a calendar day
日, W a working day 工作日.  The first day is not counted; a last day that is a 法定休假日 moves to the next day
that is not (民法典 201, 203).  Whether an ordinary weekend counts as such is a policy flag of the rulebook.
A period that touches a year without a published table is ``provisional`` (暂定): it is counted as if that
year had no holidays, and counted again once a tender adopts the calendar that knows the year.
"""

from datetime import date, timedelta
from functools import cached_property

from archive.values import DAY, HOUR, Instant, Value
from trading.rulebooks.holidays import YEAR_2025, YEAR_2026, Year

_EPOCH = date(1970, 1, 1)
_OFFSET: Instant = 8 * HOUR


def legal_date(at: Instant) -> date:
    """The day in 北京时间 on which an instant falls."""
    return _EPOCH + timedelta(days=(at + _OFFSET) // DAY)


def start_of_day(day: date) -> Instant:
    """00:00 北京时间 of that day."""
    return (day - _EPOCH).days * DAY - _OFFSET


def end_of_day(day: date) -> Instant:
    """24:00 of that day: the first instant that is too late."""
    return start_of_day(day) + DAY


def clock_of(at: Instant) -> Instant:
    """The time of day in 北京时间, as microseconds since midnight."""
    return (at + _OFFSET) % DAY


class Period(Value, frozen=True):
    """The last day of a counted period, and whether it rests on a year without a table."""

    last: date
    provisional: bool = False


class Calendar:
    """One published state of the holiday tables; immutable.

    ``id`` is what a tender pins; years are those with an official table.
    """

    def __init__(self, id: str, years: tuple[Year, ...]) -> None:
        self.id = id
        self.years = years

    @cached_property
    def _off(self) -> frozenset[date]:
        return frozenset(day for year in self.years for day in year.off)

    @cached_property
    def _worked(self) -> frozenset[date]:
        return frozenset(day for year in self.years for day in year.worked)

    @cached_property
    def _known(self) -> frozenset[int]:
        return frozenset(year.year for year in self.years)

    def knows(self, first: date, last: date) -> bool:
        """Whether every year from ``first`` to ``last`` has a published table."""
        return all(year in self._known for year in range(first.year, last.year + 1))

    def works(self, day: date) -> bool:
        """工作日: a weekday that is not given off, or a weekend day that is worked."""
        return day in self._worked or (day.weekday() < 5 and day not in self._off)

    def rests(self, day: date, weekend_counts: bool) -> bool:
        """法定休假日 in the sense of 民法典 203; ``weekend_counts`` adds ordinary weekends."""
        return day in self._off or (weekend_counts and not self.works(day))

    def days_after(self, start: date, days: int, weekend_counts: bool = True) -> Period:
        """The last day of a period of ``days`` 日 that begins on ``start`` (not counted)."""
        last = start + timedelta(days=days)
        while self.rests(last, weekend_counts):
            last += timedelta(days=1)
        return Period(last, not self.knows(start, last))

    def working_days_after(self, start: date, days: int) -> Period:
        """The last day of a period of ``days`` 工作日 that begins on ``start`` (not counted)."""
        last = start
        while days > 0:
            last += timedelta(days=1)
            if self.works(last):
                days -= 1
        return Period(last, not self.knows(start, last))

    def working_days_before(self, end: date, days: int) -> Period:
        """The latest day that has ``days`` 工作日 after it up to and including ``end``."""
        day = end
        while days > 0:
            if self.works(day):
                days -= 1
            day -= timedelta(days=1)
        return Period(day, not self.knows(day, end))

    def earliest_end(self, start: Instant, count: int, unit: str, weekend_counts: bool = True) -> tuple[Instant, bool]:
        """The first instant at which a minimum period from ``start`` has run, and whether it is provisional.

        On the last day the same clock time as at the start has to be reached; where the last day was moved
        off a holiday more than the whole period is over and the day's beginning suffices.
        """
        first = legal_date(start)
        if unit == "W":
            period = self.working_days_after(first, count)
            moved = False
        else:
            period = self.days_after(first, count, weekend_counts)
            moved = period.last != first + timedelta(days=count)
        clock = 0 if moved else clock_of(start)
        return start_of_day(period.last) + clock, period.provisional

    def latest_end(self, start: Instant, count: int, unit: str, weekend_counts: bool = True) -> tuple[Instant, bool]:
        """The first instant that is too late for a duty with a maximum of ``count`` from ``start`` (24:00 of the last day)."""
        first = legal_date(start)
        period = self.working_days_after(first, count) if unit == "W" else self.days_after(first, count, weekend_counts)
        return end_of_day(period.last), period.provisional

    def latest_start(self, end: Instant, count: int, unit: str) -> tuple[Instant, bool]:
        """The last instant from which a minimum of ``count`` before ``end`` is kept (C-3), the clock time included.

        A backward minimum is counted in whole days from date to date and never moved by a holiday.
        """
        last = legal_date(end)
        if unit == "W":
            period = self.working_days_before(last, count)
            return start_of_day(period.last) + clock_of(end), period.provisional
        return end - count * DAY, False


CALENDARS: dict[str, Calendar] = {
    c.id: c for c in (Calendar("cn-2025", (YEAR_2025,)), Calendar("cn-2026", (YEAR_2025, YEAR_2026)))
}
"""Every calendar ever published; the last is the current one."""

CURRENT = "cn-2026"


def at_clock(day: date, hour: int, minute: int = 0) -> Instant:
    """A clock time of a day in 北京时间."""
    return start_of_day(day) + hour * HOUR + minute * (HOUR // 60)
