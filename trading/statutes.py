"""Statutory periods as instants: what a rulebook's number means on a calendar, with the article it rests on.

Three questions, each answered with a `Limit` or None where the law in question has no such rule:
`least` - from when on has a minimum period run; `most` - which instant is the first one too late;
`before` - until when is a minimum before a later instant still kept.  Instants are µs UTC.
"""

from archive.errors import Refused
from archive.values import DAY, Instant, Value
from trading.calendar import CALENDARS, Calendar
from trading.rulebook import Rulebook


class Limit(Value, frozen=True):
    """One limit.  ``at`` is the first allowed instant (least), the first forbidden (most) or the last allowed (before)."""

    key: str
    rule: str
    kind: str
    at: Instant
    article: str
    trust: str
    provisional: bool = False


def calendar(id: str) -> Calendar:
    """A published calendar.

    Raises:
        Refused: ``calendar.unknown``.
    """
    found = CALENDARS.get(id)
    if found is None:
        raise Refused("calendar.unknown", calendar=id)
    return found


def least(book: Rulebook, days: Calendar, key: str, start: Instant) -> Limit | None:
    """The first instant at which the minimum period ``key`` from ``start`` has run."""
    rule = book.rule(key)
    if rule is None:
        return None
    at, provisional = days.earliest_end(start, rule.value, rule.unit, book.flag("weekend-rests"))
    return Limit(key, rule.id, "least", at, rule.article, rule.trust, provisional)


def most(book: Rulebook, days: Calendar, key: str, start: Instant) -> Limit | None:
    """The first instant that is too late for the duty ``key`` which began at ``start``."""
    rule = book.rule(key)
    if rule is None:
        return None
    at, provisional = days.latest_end(start, rule.value, rule.unit, book.flag("weekend-rests"))
    return Limit(key, rule.id, "most", at, rule.article, rule.trust, provisional)


def before(book: Rulebook, days: Calendar, key: str, end: Instant) -> Limit | None:
    """The last instant that is still the minimum ``key`` before ``end``."""
    rule = book.rule(key)
    if rule is None:
        return None
    at, provisional = days.latest_start(end, rule.value, rule.unit)
    return Limit(key, rule.id, "before", at, rule.article, rule.trust, provisional)


def after_change(book: Rulebook, at: Instant) -> Limit | None:
    """The earliest deadline that a change of the documents at ``at`` leaves (T-12, T-34): a minimum before it, seen from here."""
    rule = book.rule("clarification-to-deadline")
    if rule is None:
        return None
    return Limit(rule.key, rule.id, "least", at + rule.value * DAY, rule.article, rule.trust)


def timetable(book: Rulebook, days: Calendar, issued: Instant, deadline: Instant = 0) -> tuple[Limit, ...]:
    """What a tender whose documents go out at ``issued`` has to keep, for the person who plans it.

    With a ``deadline`` the limits that count back from it are listed too.
    """
    found = [least(book, days, key, issued) for key in ("notice-period", "document-sale", "documents-to-deadline")]
    if deadline:
        found += [before(book, days, key, deadline) for key in ("clarification-to-deadline", "objection-to-deadline")]
    return tuple(limit for limit in found if limit is not None)
