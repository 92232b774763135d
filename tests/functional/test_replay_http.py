"""The regulator's replay from the page: run, verdict, divergences by name, JSON and PDF."""

from threading import Event

import pytest
from sqlalchemy import text

from archive.errors import Busy, Conflict
from archive.report import Report
from tests.functional.conftest import House
from trading.web.replays import Replays

HTML = {"Accept": "text/html"}


def finished_run(house: House) -> dict[str, object]:
    """Start a replay and wait for its thread."""
    answer = house.client.post("/api/replays", headers=house.login("regulator"))
    assert answer.status_code == 202, answer.text
    house.runs.join()
    run: dict[str, object] = house.client.get(f"/api/replays/{answer.json()['id']}").json()
    return run


def test_a_replay_of_an_untouched_log_finds_no_divergence(finished: House) -> None:
    run = finished_run(finished)
    assert (run["clean"], run["divergences"], run["fault"]) == (True, [], "")
    assert run["verdicts"] == {"L0": "pass", "L1": "pass", "L2": "pass", "L3": "pass"}
    page = finished.client.get("/replay", headers=HTML | {"Accept-Language": "zh"}).text
    assert "未发现不符" in page


def test_a_cell_changed_behind_the_platforms_back_is_named(finished: House) -> None:
    with finished.platform.engine.begin() as db:
        for (name,) in db.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'tender_lot'")
        ).all():
            db.execute(text(f"DROP TRIGGER {name}"))
        db.execute(text("UPDATE tender_lot SET price = price + 1"))
    run = finished_run(finished)
    assert run["clean"] is False
    found = run["divergences"]
    assert isinstance(found, list)
    assert [(d["code"], d["table"], d["column"]) for d in found] == [("CELL_DIFF", "tender_lot", "price")]
    page = finished.client.get("/replay", headers=HTML).text
    assert "CELL_DIFF" in page


def test_the_report_is_printed(finished: House) -> None:
    run = finished_run(finished)
    answer = finished.client.get(f"/replay/{run['id']}.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize("login", ["bidder", "agency"])
def test_not_everybody_may_start_a_replay(scratch: House, login: str) -> None:
    assert scratch.client.post("/api/replays", headers=scratch.login(login)).status_code == 403


def test_a_visitor_is_told_who_may(scratch: House) -> None:
    page = scratch.client.get("/replay", headers=HTML | {"Accept-Language": "en"}).text
    assert "can start a run" in page
    assert "<button" not in page


def test_a_second_replay_waits_for_the_first() -> None:
    go = Event()

    def slow() -> Report:
        go.wait(10)
        return Report("x")

    runs = Replays(slow, lambda _report: b"")
    runs.start("a", 1, lambda: 2)
    with pytest.raises(Conflict) as caught:
        runs.start("b", 1, lambda: 2)
    go.set()
    runs.join()
    assert caught.value.code == "replay.running"
    assert runs.run("a").clean


def test_a_replay_that_breaks_off_says_so_and_another_may_start() -> None:
    def busy() -> Report:
        raise Busy("ledger.busy", why="x")

    runs = Replays(busy, lambda _report: b"")
    runs.start("a", 1, lambda: 2)
    runs.join()
    assert runs.run("a").fault == "ledger.busy"
    runs.start("b", 1, lambda: 2)
    runs.join()
    assert runs.latest() == runs.run("b")


def test_only_the_last_runs_are_kept() -> None:
    runs = Replays(lambda: Report("x"), lambda _report: b"")
    for n in range(12):
        runs.start(str(n), n, lambda: 99)
        runs.join()
    assert [runs.latest() == runs.run("11"), runs.run("4").id] == [True, "4"]
