"""The official holiday tables, by year: 休 and 上班 days as the State Council's office publishes them.

A table is data with a source.  Calendars are append-only: a new year's table makes a new calendar, and the
older ones stay as they were, because decisions were taken by them.
"""

from datetime import date, timedelta

from archive.values import Value


class Year(Value, frozen=True):
    """One year's table: days off (休), weekend days worked (上班), where it comes from, how far it is trusted."""

    year: int
    off: tuple[date, ...]
    worked: tuple[date, ...]
    source: str
    trust: str


def _span(year: int, *runs: tuple[int, int, int]) -> tuple[date, ...]:
    return tuple(date(year, month, day) + timedelta(n) for month, day, length in runs for n in range(length))


YEAR_2025 = Year(
    year=2025,
    off=_span(2025, (1, 1, 1), (1, 28, 8), (4, 4, 3), (5, 1, 5), (5, 31, 3), (10, 1, 8)),
    worked=_span(2025, (1, 26, 1), (2, 8, 1), (4, 27, 1), (9, 28, 1), (10, 11, 1)),
    source="国务院办公厅关于2025年部分节假日安排的通知",
    trust="M",
)

YEAR_2026 = Year(
    year=2026,
    off=_span(2026, (1, 1, 3), (2, 15, 9), (4, 4, 3), (5, 1, 5), (6, 19, 3), (9, 25, 3), (10, 1, 7)),
    worked=_span(2026, (1, 4, 1), (2, 14, 1), (2, 28, 1), (5, 9, 1), (9, 20, 1), (10, 10, 1)),
    source="国务院办公厅关于2026年部分节假日安排的通知(2025-11-04)",
    trust="T",
)
