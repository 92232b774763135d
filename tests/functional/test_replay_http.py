"""The regulator's replay from the page: run, verdict, divergences by name, JSON and PDF."""

import pytest
from sqlalchemy import text

from tests.functional.conftest import House

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
    assert "fact." not in page


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
    page = finished.client.get("/replay", headers=HTML | {"Accept-Language": "zh"}).text
    assert "CELL_DIFF" in page and "数据库的值与日志不符：" in page


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
