"""What holds of every counted period, whatever its start and length."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archive.values import DAY
from trading.calendar import CALENDARS, clock_of, legal_date, start_of_day

CN = CALENDARS["cn-2026"]
STARTS = st.dates(date(2025, 1, 1), date(2026, 12, 31))
LENGTHS = st.integers(0, 60)
INSTANTS = st.integers(start_of_day(date(2025, 1, 1)), start_of_day(date(2026, 12, 31)))


@given(STARTS, LENGTHS, st.booleans())
def test_a_period_never_ends_early_nor_on_a_day_of_rest(start: date, days: int, weekend_counts: bool) -> None:
    last = CN.days_after(start, days, weekend_counts).last
    assert last >= start + timedelta(days=days)
    assert not CN.rests(last, weekend_counts)


@given(STARTS, LENGTHS, st.booleans())
def test_between_the_nominal_and_the_real_last_day_everybody_rests(start: date, days: int, weekend_counts: bool) -> None:
    nominal, last = start + timedelta(days=days), CN.days_after(start, days, weekend_counts).last
    assert all(CN.rests(nominal + timedelta(days=n), weekend_counts) for n in range((last - nominal).days))


@given(STARTS, LENGTHS)
def test_counting_weekends_as_rest_never_shortens_a_period(start: date, days: int) -> None:
    assert CN.days_after(start, days, True).last >= CN.days_after(start, days, False).last


@given(STARTS, LENGTHS)
def test_a_period_of_working_days_holds_exactly_so_many(start: date, days: int) -> None:
    last = CN.working_days_after(start, days).last
    between = [start + timedelta(days=n) for n in range(1, (last - start).days + 1)]
    assert sum(CN.works(d) for d in between) == days


@given(STARTS, st.integers(1, 60))
def test_working_days_back_hold_exactly_so_many(end: date, days: int) -> None:
    first = CN.working_days_before(end, days).last
    between = [first + timedelta(days=n) for n in range(1, (end - first).days + 1)]
    assert sum(CN.works(d) for d in between) == days


@given(STARTS, LENGTHS, LENGTHS)
def test_a_longer_period_never_ends_before_a_shorter(start: date, one: int, other: int) -> None:
    short, long = sorted((one, other))
    assert CN.days_after(start, short).last <= CN.days_after(start, long).last
    assert CN.working_days_after(start, short).last <= CN.working_days_after(start, long).last


@given(INSTANTS, LENGTHS)
def test_a_minimum_in_days_gives_at_least_that_many_whole_days(start: int, days: int) -> None:
    at, _ = CN.earliest_end(start, days, "D")
    assert at >= start + days * DAY


@given(INSTANTS, LENGTHS, st.sampled_from("DW"))
def test_what_is_too_late_begins_at_midnight(start: int, count: int, unit: str) -> None:
    at, _ = CN.latest_end(start, count, unit)
    assert clock_of(at) == 0
    assert at > start


@given(INSTANTS, LENGTHS)
def test_a_backward_minimum_is_kept_exactly_until_its_last_instant(end: int, days: int) -> None:
    at, _ = CN.latest_start(end, days, "D")
    assert (legal_date(end) - legal_date(at)).days == days
    assert clock_of(at) == clock_of(end)


@given(INSTANTS)
def test_an_instant_lies_within_its_legal_day(at: int) -> None:
    assert start_of_day(legal_date(at)) + clock_of(at) == at


@given(STARTS, LENGTHS)
def test_knowing_more_years_changes_only_what_was_provisional(start: date, days: int) -> None:
    older, newer = CALENDARS["cn-2025"].days_after(start, days), CN.days_after(start, days)
    assert older.provisional or older.last == newer.last
