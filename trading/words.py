"""How instants, money, sizes and durations are written for people, in both languages.

Times are shown in Beijing time (UTC+8, no summer time since 1991), whatever the reader's own zone is,
because the law counts in it.  Money is in minor units (分 for CNY), sizes in bytes, durations in
microseconds.  Pure: the present moment is always an argument.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Literal

from archive.values import DAY, HOUR, MINUTE, SECOND, Instant, Money, minor_digits

Language = Literal["zh", "en"]

BEIJING = timezone(timedelta(hours=8))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_SIGNS = {"CNY": "¥", "USD": "US$", "EUR": "€", "HKD": "HK$"}


def beijing(at: Instant) -> datetime:
    """The moment on a Beijing clock."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(BEIJING)


def day(at: Instant, lang: Language) -> str:
    """``2026年10月9日`` or ``9 October 2026``."""
    return civil(beijing(at), lang)


def civil(day: date, lang: Language) -> str:
    """A calendar day in the same form; months and days have no leading zero (GB/T 9704)."""
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def months(off: Iterable[date], worked: Iterable[date], lang: Language) -> tuple[tuple[str, str, str], ...]:
    """Two sets of days by month, runs as ``1–3``: for each month that has any, its name and the days of either."""
    comma = "、" if lang == "zh" else ", "
    found: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
    for which, days in enumerate((off, worked)):
        for day in days:
            found.setdefault((day.year, day.month), ([], []))[which].append(day.day)
    return tuple(
        (f"{year}年{month}月" if lang == "zh" else f"{_MONTHS[month - 1]} {year}", _runs(free, comma), _runs(busy, comma))
        for (year, month), (free, busy) in sorted(found.items())
    )


def _runs(days: list[int], comma: str) -> str:
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return comma.join(f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def minute(at: Instant, lang: Language) -> str:
    """``2026年10月9日 09:00`` where the page says whose time it is; seconds appear only when they are not zero."""
    t = beijing(at)
    clock = f"{t:%H:%M}" if t.second == 0 else f"{t:%H:%M:%S}"
    return f"{day(at, lang)} {clock}"


def moment(at: Instant, lang: Language) -> str:
    """``2026年10月9日 09:00（北京时间）``: the whole form, for whatever may be read alone."""
    return minute(at, lang) + ("（北京时间）" if lang == "zh" else " (Beijing time)")


def exact(at: Instant) -> str:
    """``2026-10-09 09:00:00.000000 +08:00``: for tables of evidence, where a microsecond may decide."""
    return f"{beijing(at):%Y-%m-%d %H:%M:%S.%f} +08:00"


def machine(at: Instant) -> str:
    """RFC 3339 with the Beijing offset, for ``<time datetime>`` and JSON."""
    t = beijing(at)
    return t.isoformat(timespec="microseconds" if t.microsecond else "seconds")


def yuan(value: Money) -> str:
    """``¥4,860,000.00``; an unknown currency stands before the figure by its code."""
    digits = minor_digits(value.currency)
    figure = f"{abs(Decimal(value.amount).scaleb(-digits)):,.{digits}f}"
    return ("-" if value.amount < 0 else "") + _SIGNS.get(value.currency, value.currency + " ") + figure


def money(value: Money, lang: Language) -> str:
    """``4,860,000.00 元`` or ``¥4,860,000.00``; an amount that is not in yuan is written the same in both languages."""
    if lang == "en" or value.currency != "CNY":
        return yuan(value)
    return f"{Decimal(value.amount).scaleb(-2):,.2f} 元"


def size(octets: int) -> str:
    """``1.4 MiB``, ``812 B``."""
    if octets < 1024:
        return f"{octets} B"
    power = min(4, (octets.bit_length() - 1) // 10)
    return f"{Decimal(octets) / 1024**power:.1f} {_UNITS[power]}"


_MEASURES = {
    "D": ("日", "days"),
    "W": ("个工作日", "working days"),
    "Y": ("年", "years"),
    "min": ("分钟", "minutes"),
    "n": ("", ""),
}


def measured(value: int, unit: str, lang: Language) -> str:
    """A rule's number with its unit (those of `trading.rulebooks.shape`): ``20 日``, ``2%``, ``4,000,000.00 元``."""
    match unit:
        case "fen":
            return money(Money(value), lang)
        case "bp":
            return f"{Decimal(value) / 100:f}%"
        case _:
            zh, en = _MEASURES.get(unit, (unit, unit))
            return f"{value} {zh if lang == 'zh' else en}".rstrip()


def span(length: Instant, lang: Language) -> str:
    """A duration in its two greatest units: ``3天4小时`` or ``3 d 4 h``; never negative."""
    length = max(0, length)
    parts = (
        (length // DAY, "天", "d"),
        (length % DAY // HOUR, "小时", "h"),
        (length % HOUR // MINUTE, "分", "min"),
        (length % MINUTE // SECOND, "秒", "s"),
    )
    first = next((i for i, part in enumerate(parts) if part[0]), len(parts) - 1)
    said = [part for part in parts[first : first + 2] if part[0]] or [parts[-1]]
    return "".join(f"{n}{zh}" for n, zh, _ in said) if lang == "zh" else " ".join(f"{n} {en}" for n, _, en in said)
