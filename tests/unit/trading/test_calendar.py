"""How legal periods are counted: the published vectors, boundaries to the microsecond, years without a table."""

from datetime import date, timedelta

import pytest

from archive.values import DAY, HOUR
from tests.tender_play import bj
from trading.calendar import CALENDARS, CURRENT, at_clock, end_of_day, legal_date, start_of_day

CN = CALENDARS["cn-2026"]


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("days", "start", "weekend_counts", "last"),
    [
        (20, "03-02", False, "03-22"),
        (20, "03-02", True, "03-23"),
        (20, "04-13", True, "05-06"),
        (20, "04-13", False, "05-06"),
        (20, "09-11", True, "10-08"),
        (3, "09-24", True, "09-28"),
        (30, "09-04", True, "10-08"),
        (20, "09-08", True, "09-28"),
        (30, "10-16", True, "11-16"),
        (15, "10-16", True, "11-02"),
    ],
)
def test_a_period_of_days_ends_on_its_vector(days: int, start: str, weekend_counts: bool, last: str) -> None:
    assert CN.days_after(day(start), days, weekend_counts).last == day(last)


@pytest.mark.parametrize(
    ("days", "start", "last"),
    [
        (5, "02-09", "02-14"),
        (5, "02-11", "02-25"),
        (7, "09-18", "09-29"),
        (2, "04-30", "05-07"),
        (30, "03-02", "04-14"),
        (5, "09-10", "09-17"),
        (2, "10-13", "10-15"),
        (5, "10-15", "10-22"),
    ],
)
def test_a_period_of_working_days_ends_on_its_vector(days: int, start: str, last: str) -> None:
    assert CN.working_days_after(day(start), days).last == day(last)


def test_fifteen_days_before_a_deadline_are_counted_back_to_the_same_clock_time() -> None:
    assert CN.latest_start(bj(6, 4), 15, "D") == (bj(5, 20), False)


def test_three_working_days_before_a_deadline_skip_holidays_but_not_worked_weekends() -> None:
    assert CN.latest_start(bj(10, 12), 3, "W") == (bj(10, 8), False)


def test_a_worked_saturday_works_and_a_holiday_on_a_weekday_does_not() -> None:
    assert CN.works(day("02-14"))
    assert not CN.works(day("02-16"))


def test_an_ordinary_weekend_rests_only_where_the_policy_counts_it() -> None:
    sunday = day("03-22")
    assert CN.rests(sunday, weekend_counts=True)
    assert not CN.rests(sunday, weekend_counts=False)


def test_the_table_of_2025_moves_a_last_day_too() -> None:
    assert CN.days_after(date(2025, 9, 11), 20).last == date(2025, 10, 9)


def test_a_period_within_published_years_is_final() -> None:
    assert not CN.days_after(day("12-01"), 30).provisional


def test_a_period_that_runs_into_a_year_without_a_table_is_provisional() -> None:
    period = CN.days_after(day("12-15"), 20)
    assert period.provisional
    assert period.last == date(2027, 1, 4)


def test_working_days_into_a_year_without_a_table_are_provisional() -> None:
    assert CN.working_days_after(day("12-30"), 3).provisional


def test_a_backward_period_of_working_days_out_of_an_unknown_year_is_provisional() -> None:
    assert CN.latest_start(bj(1, 4, year=2027), 5, "W")[1]


def test_an_older_calendar_does_not_know_the_newer_year() -> None:
    assert CALENDARS["cn-2025"].days_after(day("03-02"), 20).provisional


def test_the_current_calendar_is_the_last_published() -> None:
    assert list(CALENDARS)[-1] == CURRENT


def test_the_legal_day_begins_at_midnight_in_beijing() -> None:
    midnight = start_of_day(day("10-08"))
    assert legal_date(midnight) == day("10-08")
    assert legal_date(midnight - 1) == day("10-07")
    assert midnight == bj(10, 8, 0)


def test_the_legal_day_ends_where_the_next_begins() -> None:
    assert end_of_day(day("10-07")) == start_of_day(day("10-08"))


def test_a_minimum_that_was_not_moved_needs_the_same_clock_time() -> None:
    assert CN.earliest_end(bj(9, 8, 14, 30), 20, "D") == (bj(9, 28, 14, 30), False)


def test_a_minimum_that_was_moved_off_a_holiday_is_over_when_the_day_begins() -> None:
    assert CN.earliest_end(bj(9, 11, 14, 30), 20, "D") == (bj(10, 8, 0), False)


def test_a_minimum_of_working_days_needs_the_same_clock_time() -> None:
    assert CN.earliest_end(bj(9, 10, 14, 30), 5, "W") == (bj(9, 17, 14, 30), False)


def test_a_maximum_lasts_to_the_end_of_its_last_day() -> None:
    assert CN.latest_end(bj(10, 12, 16), 3, "D") == (bj(10, 16, 0), False)


def test_a_maximum_of_working_days_lasts_to_the_end_of_its_last_day() -> None:
    assert CN.latest_end(bj(10, 13), 2, "W") == (bj(10, 16, 0), False)


@pytest.mark.parametrize(("unit", "ends"), [("W", 23), ("D", 21)])
def test_a_maximum_over_a_weekend_counts_it_only_in_days(unit: str, ends: int) -> None:
    assert CN.latest_end(bj(10, 15), 5, unit) == (bj(10, ends, 0), False)


@pytest.mark.parametrize(("weekend_counts", "last"), [(True, 9), (False, 7)])
def test_a_last_day_on_a_weekend_is_moved_only_where_the_policy_counts_it(weekend_counts: bool, last: int) -> None:
    assert CN.latest_end(bj(11, 4), 3, "D", weekend_counts) == (bj(11, last + 1, 0), False)
    assert CN.earliest_end(bj(11, 4, 10), 3, "D", weekend_counts) == (bj(11, last, 0 if weekend_counts else 10), False)


def test_a_maximum_of_no_days_is_over_at_the_end_of_the_same_day() -> None:
    assert CN.latest_end(bj(10, 9, 10), 0, "D") == (bj(10, 10, 0), False)


def test_every_holiday_table_stays_within_its_year_and_says_where_it_comes_from() -> None:
    for year in CN.years:
        assert all(d.year == year.year for d in (*year.off, *year.worked))
        assert year.source
        assert year.trust in ("T", "S", "M")


def test_worked_days_are_weekend_days_and_never_days_off() -> None:
    for year in CN.years:
        assert all(d.weekday() >= 5 for d in year.worked)
        assert not set(year.off) & set(year.worked)


def test_the_table_of_2026_gives_off_the_days_of_the_official_notice() -> None:
    runs = {"01-01": 3, "02-15": 9, "04-04": 3, "05-01": 5, "06-19": 3, "09-25": 3, "10-01": 7}
    expected = [day(first) + timedelta(days=n) for first, length in runs.items() for n in range(length)]
    assert list(CN.years[-1].off) == expected
    assert [d.isoformat()[5:] for d in CN.years[-1].worked] == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


def test_beijing_is_eight_hours_ahead() -> None:
    assert start_of_day(date(1970, 1, 2)) == DAY - 8 * HOUR


def test_a_clock_time_is_that_of_beijing() -> None:
    assert at_clock(day("10-09"), 9, 30) == bj(10, 9, 9, 30)
    assert at_clock(day("10-09"), 9) == bj(10, 9)
