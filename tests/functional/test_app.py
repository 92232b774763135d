"""The platform put together: the bell closes a tender at its deadline, and everything starts and stops."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from litestar.testing import TestClient

from archive import outbox
from archive.errors import Missing
from archive.outbox import Letter
from archive.values import DAY, MINUTE
from tests.functional.conftest import LOT, TENDER, House
from trading import app


def configuration(house: House):  # type: ignore[no-untyped-def]
    return house.application.state["site"].configuration


def test_the_bell_closes_a_tender_at_its_deadline_and_not_before(bidding: House) -> None:
    staff = app.staff(bidding.platform, configuration(bidding))
    deadline = bidding.client.get(f"/api/tenders/{TENDER}").json()["times"]["deadline"]
    bidding.clock.now = deadline - 1_000_000
    staff.bell()
    assert bidding.client.get(f"/api/tenders/{TENDER}").json()["stage"] == "published"
    bidding.clock.now = deadline
    staff.bell()
    assert bidding.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/opening").json()["phase"] == "kept"
    assert bidding.client.get(f"/api/tenders/{TENDER}").json()["timeline"][-1]["key"] == "closed"


def test_a_bell_that_has_rung_does_not_ring_again(bidding: House) -> None:
    staff = app.staff(bidding.platform, configuration(bidding))
    bidding.clock.now = bidding.client.get(f"/api/tenders/{TENDER}").json()["times"]["deadline"]
    staff.bell()
    size = bidding.platform.ledger.checkpoint()
    staff.bell()
    assert bidding.platform.ledger.checkpoint() == size


def test_the_embedded_platform_starts_works_and_stops(finished: House) -> None:
    made = app.web(finished.platform, configuration(finished), embedded=True)
    with TestClient(made) as client:
        assert client.get("/api/time").status_code == 200


def test_every_refusal_of_every_kind_has_its_article() -> None:
    law = app.law()
    assert len(law) > 150
    assert all(law.values())


def test_what_is_over_is_tidied_away(bidding: House) -> None:
    platform = bidding.platform
    now = platform.clock()
    upload = platform.uploads.create("somebody", 1000, now)
    with platform.engine.begin() as db:
        outbox.post(db, [Letter("l-1", "note", {}), Letter("l-2", "note", {})], now)
    outbox.done(platform.engine, "l-1", now)
    app.tidy(platform)
    assert platform.uploads.get(upload.id, "somebody").offset == 0
    bidding.clock.now += 31 * DAY
    app.tidy(platform)
    with pytest.raises(Missing):
        platform.uploads.get(upload.id, "somebody")
    waiting = [letter.id for letter in outbox.claim(platform.engine, platform.clock())]
    assert "l-2" in waiting
    assert "l-1" not in waiting


def test_the_heads_go_on_record_daily_and_after_a_legal_limit(bidding: House) -> None:
    ledger, clock, heads = bidding.platform.ledger, bidding.clock, app.Heads(bidding.platform)
    assert ledger.heads_at() == 0
    heads.turn()
    first = ledger.heads_at()
    assert first > 0
    clock.now += DAY - MINUTE
    heads.turn()
    assert ledger.heads_at() == first
    heads.limit()
    heads.turn()
    second = ledger.heads_at()
    assert second >= first + DAY - 2 * MINUTE
    heads.turn()
    assert ledger.heads_at() == second
    clock.now += DAY
    heads.turn()
    assert ledger.heads_at() > second


def test_sunlit_work_publishes_and_stops_when_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "sunlit.toml").write_text('data = "data"\n')
    command = [sys.executable, "-c", "from trading.cli import main; main()", "work", "--config", str(tmp_path / "sunlit.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as worker:
        try:
            assert worker.stderr is not None
            while "at work" not in (line := worker.stderr.readline()):
                assert line, "it ended"
            published, end = tmp_path / "data" / "public" / "checkpoint", time.monotonic() + 30
            while not published.exists():
                assert time.monotonic() < end
                time.sleep(0.05)
        finally:
            worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
