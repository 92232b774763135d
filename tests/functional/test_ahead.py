"""A tender's page says what comes next, by whom, until when and on which article, from the law's calendar."""

from datetime import date
from typing import Any

import msgspec.structs
import pytest

from archive.values import DAY
from tests.functional.conftest import LOT, TENDER, House
from trading.calendar import at_clock
from trading.web.ahead import Step, limits, steps
from trading.web.shapes import Due, Objection, Pause, Tender
from trading.web.site import Site
from trading.web.tenders import tender_for

HTML = {"Accept": "text/html"}
DEADLINE = at_clock(date(2026, 10, 9), 9)
CLARIFY, OBJECT = DEADLINE - 15 * DAY, DEADLINE - 10 * DAY


@pytest.fixture(scope="module")
def taking(before: House) -> Tender:
    """The tender while bids are taken, as the public sees it."""
    site: Site = before.application.state["site"]
    return tender_for(site, TENDER, None)


def at_stage(t: Tender, stage: str, lot: str, **changed: Any) -> Tender:
    lots = tuple(msgspec.structs.replace(one, stage=lot) for one in t.lots)
    return msgspec.structs.replace(t, **{"stage": stage, "lots": lots} | changed)


def test_until_the_deadline_bids_are_submitted(taking: Tender) -> None:
    assert [s.what for s in steps(taking, DEADLINE - 1)] == ["submit"]
    assert [s.what for s in steps(taking, DEADLINE)] == ["open-bids"]


@pytest.mark.parametrize(
    ("now", "what"),
    [
        (CLARIFY, ["submit", "clarify", "object-documents"]),
        (CLARIFY + 1, ["submit", "object-documents"]),
        (OBJECT, ["submit", "object-documents"]),
        (OBJECT + 1, ["submit"]),
    ],
)
def test_a_clarification_and_an_objection_end_with_their_periods(taking: Tender, now: int, what: list[str]) -> None:
    assert [s.what for s in steps(taking, now)] == what


def test_a_step_names_who_takes_it_and_its_article(taking: Tender) -> None:
    found = {s.what: s for s in steps(taking, CLARIFY)}
    assert (found["clarify"].who, found["clarify"].at) == ("agency", CLARIFY)
    assert "第二十三条" in found["clarify"].article


@pytest.mark.parametrize(
    ("stage", "lot", "what"),
    [
        ("filed", "waiting", ["accept-registration"]),
        ("drafting", "waiting", ["fix-documents"]),
        ("approved", "waiting", ["publish-notice"]),
        ("recorded", "recorded", ["evaluate"]),
        ("evaluated", "evaluated", ["publish-candidates"]),
        ("publicised", "publicised", ["object-result", "award"]),
        ("awarded", "awarded", ["publish-result"]),
        ("announced", "announced", ["issue-letter"]),
        ("notified", "notified", ["sign-contract"]),
        ("contracted", "contracted", ["archive"]),
        ("archived", "contracted", []),
        ("failed", "failed", []),
    ],
)
def test_every_stage_has_its_next_step(taking: Tender, stage: str, lot: str, what: list[str]) -> None:
    assert [s.what for s in steps(at_stage(taking, stage, lot), DEADLINE + DAY)] == what


def test_where_there_is_no_publicity_the_award_follows_the_report(taking: Tender) -> None:
    bought = at_stage(taking, "evaluated", "evaluated", rulebook="cn-rs2-2017")
    assert [s.what for s in steps(bought, DEADLINE + DAY)] == ["award"]


def test_a_contract_of_government_procurement_is_published_once(taking: Tender) -> None:
    bought = at_stage(taking, "contracted", "contracted", rulebook="cn-rs2-2017")
    assert [s.what for s in steps(bought, DEADLINE + DAY)] == ["publish-contract"]
    notice = msgspec.structs.replace(taking.notices[0], kind="contract", lot=LOT)
    done = msgspec.structs.replace(bought, notices=(notice,))
    assert [s.what for s in steps(done, DEADLINE + DAY)] == ["archive"]


def test_a_duty_takes_its_limit_from_the_dues_and_tells_none_without_them(taking: Tender) -> None:
    due = Due("contract", DEADLINE + 30 * DAY, LOT, "招标投标法 第四十六条")
    watched = at_stage(taking, "notified", "notified", dues=(due,))
    assert steps(watched, DEADLINE) == (Step("sign-contract", "principal", due.at, "until", LOT, due.article),)
    assert steps(at_stage(taking, "notified", "notified"), DEADLINE)[0].at == 0


def test_while_a_tender_stands_still_only_answers_are_due(taking: Tender) -> None:
    objection = Objection("o1", "documents", "objection", "", "", CLARIFY, OBJECT, 0, "", "")
    pause = Pause("objection", "answer", CLARIFY, "")
    still = msgspec.structs.replace(taking, objections=(objection,), pauses=(pause,))
    assert [(s.what, s.at) for s in steps(still, CLARIFY)] == [("answer", OBJECT)]


def test_before_the_notice_the_law_is_counted_from_now(taking: Tender) -> None:
    blank = msgspec.structs.replace(taking.times, published_at=0, documents_from=0, documents_to=0, deadline=0)
    planned = msgspec.structs.replace(taking, stage="approved", times=blank)
    now = at_clock(date(2026, 9, 8), 9)
    assert [(x.key, x.at) for x in limits(planned, now)] == [
        ("document-sale", at_clock(date(2026, 9, 14), 0)),  # the thirteenth is a Sunday
        ("documents-to-deadline", at_clock(date(2026, 9, 28), 9)),
    ]


def test_the_page_of_a_tender_shows_next_steps_and_the_periods_of_the_law(before: House) -> None:
    page = before.client.get(f"/tenders/{TENDER}", headers=HTML).text
    assert '<h2 id="next">下一步</h2>' in page
    assert "密封并递交投标文件" in page and "2026年10月9日 09:00 止" in page
    assert '<h2 id="calendar">法定期限</h2>' in page and "招标投标法 第二十四条" in page


def test_a_tender_that_has_ended_has_no_next_step(reading: House) -> None:
    assert 'id="next"' not in reading.client.get(f"/tenders/{TENDER}", headers=HTML).text


def test_the_home_page_leads_each_of_its_readers_to_the_guide(before: House) -> None:
    page = before.client.get("/", headers=HTML).text
    guide = before.client.get("/guide", headers=HTML).text
    for place in ("bid", "publish", "replay"):
        assert f'href="/guide#{place}"' in page
        assert f'<h2 id="{place}">' in guide
