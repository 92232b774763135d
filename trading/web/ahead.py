"""What comes next in a tender: who may or must do what, until when or from when, and on which article it rests.

Told from what the reader sees of the tender and from its pinned rulebook and working-day calendar; deciding stays with
`trading.lifecycle`.  A limit that a standstill may have moved is taken from the tender's own dues and stated only to
whom they are shown.  Instants are microseconds, UTC.
"""

from collections.abc import Iterator

from msgspec import Struct

from archive.values import Instant
from trading.rulebook import Rulebook, rulebook
from trading.statutes import Limit, before, calendar, timetable
from trading.web.shapes import Lot, Tender


class Step(Struct, frozen=True):
    """A step that is open: ``what`` of the labels ``step.…``, ``who`` a party; ``at`` is 0 where no instant binds it.

    ``bound`` is ``until`` or ``from``.
    """

    what: str
    who: str
    at: Instant = 0
    bound: str = "until"
    lot: str = ""
    article: str = ""


def limits(t: Tender, now: Instant) -> tuple[Limit, ...]:
    """The periods of the law around the documents and the deadline, as dates; before the notice as if it came out now."""
    book, days = rulebook(t.rulebook), calendar(t.calendar)
    issued = max(t.times.published_at, t.times.documents_from)
    return timetable(book, days, issued or now, t.times.deadline)


def steps(t: Tender, now: Instant) -> tuple[Step, ...]:
    """The steps that are open now; while the tender stands still only answers are."""
    host = "agency" if t.project.agency else "principal"
    found = [Step("answer", host, o.answer_by, lot=o.lot) for o in t.objections if not o.answered_at]
    if t.pauses or t.stage in ("refused", "terminated"):
        return tuple(found)
    match t.stage:
        case "filed":
            found.append(Step("accept-registration", "platform"))
        case "registered" | "drafting":
            found.append(Step("fix-documents", host))
        case "approved":
            found.append(Step("publish-notice", host))
        case "published" if t.times.deadline > now:
            found += _accepting(t, host, now)
        case _:
            book = rulebook(t.rulebook)
            for lot in t.lots:
                found += _after_closing(t, lot, book, host)
    return tuple(found)


def _accepting(t: Tender, host: str, now: Instant) -> Iterator[Step]:
    book, days = rulebook(t.rulebook), calendar(t.calendar)
    yield Step("submit", "bidder", t.times.deadline, article="招标投标法 第三十四条")
    kept = (("clarify", host, "clarification-to-deadline"), ("object-documents", "bidder", "objection-to-deadline"))
    for what, who, key in kept:
        limit = before(book, days, key, t.times.deadline)
        if limit is not None and limit.at >= now:
            yield Step(what, who, limit.at, article=limit.article)


def _after_closing(t: Tender, lot: Lot, book: Rulebook, host: str) -> Iterator[Step]:
    def duty(what: str, who: str, key: str) -> Step:
        due = next((d for d in t.dues if d.what == key and d.lot == lot.spec.id), None)
        rule = book.rule(key)
        article = due.article if due else rule.article if rule else ""
        return Step(what, who, due.at if due else 0, lot=lot.spec.id, article=article)

    match lot.stage:
        case "closed" if lot.kept_sealed:
            yield Step("declare-failure", host, lot=lot.spec.id, article=book.article("least-bids"))
        case "failed" if lot.failure == "too-few-bids" and not lot.successor:
            yield Step("retender", host, lot=lot.spec.id, article=book.article("least-bids"))
        case "waiting" | "closed" | "opened":
            yield duty("open-bids", "platform", "")
        case "recorded" if lot.spec.envelopes == 2 and not lot.prices_sha256:
            # Whether the technical evaluation is locked is not to be seen yet.
            yield duty("record-prices", host, "") if lot.prices_at else duty("evaluate-technical", "panel", "")
            if not lot.prices_at:
                yield duty("open-prices", host, "")
        case "recorded":
            yield duty("evaluate", "panel", "")
        case "evaluated" if book.rule("publicity-period"):
            yield duty("publish-candidates", host, "publicity-start")
        case "evaluated":
            yield duty("award", "principal", "award")
        case "publicised":
            yield Step("object-result", "bidder", lot.publicity_to, "until", lot.spec.id, book.article("publicity-period"))
            yield Step("award", "principal", lot.publicity_to, "from", lot.spec.id, book.article("publicity-period"))
        case "awarded":
            yield duty("publish-result", host, "result-publication")
        case "announced":
            yield duty("issue-letter", host, "")
        case "notified":
            yield duty("sign-contract", "principal", "contract")
        case "contracted" if book.rule("contract-publication") and not any(
            n.kind == "contract" and n.lot == lot.spec.id for n in t.notices
        ):
            yield duty("publish-contract", "principal", "contract-publication")
        case "contracted" | "completed" if t.stage != "archived":
            yield duty("archive", "platform", "")
        case _:
            pass
