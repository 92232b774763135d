"""Files of others played to their ends: nothing in one holds up another, and what the file says is what comes out."""

import json
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from pypdf import PdfReader

from archive.errors import TooLarge
from archive.values import Instant
from trading import house
from trading.app import system_clock
from trading.cli.play import configured
from trading.demo.imported import guarded
from trading.demo.programme import Programme
from trading.intake import Taken, take
from trading.platform import Platform

Json = dict[str, Any]


def bid(number: int, amount: float, **told: Any) -> Json:
    who = [{"id": f"F-{number}", "name": f"Firm {number}"}]
    value = {"amount": amount, "currency": "EUR"}
    return {
        "id": f"b{number}",
        "date": f"2024-03-10T10:0{number}:00Z",
        "status": "valid",
        "tenderers": who,
        "value": value,
    } | told


def release(*bids: Json, name: str = "T-1", **tender: Any) -> Json:
    period = {"startDate": "2024-03-01T08:00:00Z", "endDate": "2024-03-20T12:00:00Z"}
    items = [{"id": "1", "description": "thing", "quantity": 1}]
    told = {"id": name, "title": f"Tender {name}", "status": "complete", "tenderPeriod": period, "items": items} | tender
    return {
        "ocid": f"ocds-x-{name}",
        "id": f"r-{name}",
        "date": "2024-06-01T00:00:00Z",
        "buyer": {"id": "B-1", "name": "Buyer"},
        "tender": told,
        "bids": {"details": list(bids) or [bid(1, 1000), bid(2, 900), bid(3, 1100.5)]},
    }


LATE = release(bid(1, 1000), bid(2, 900), bid(3, 800, date="2024-03-30T00:00:00Z"), name="late")
CONSORTIUM = [{"id": "F-2", "name": "Firm 2"}, {"id": "F-9", "name": "Firm 9"}]
TOGETHER = release(bid(1, 1000, tenderers=CONSORTIUM), bid(2, 900), bid(3, 1100), name="together")
STRANGE = "شركة 🏗 \x1b[31m"
NAMES = release(bid(1, 1000, tenderers=[{"id": "F-4", "name": STRANGE}]), bid(2, 900), name="names", title=STRANGE)
ITEMS = release(items=[{"id": str(i), "description": f"item {i} " * 5, "quantity": i} for i in range(3000)], name="items")
LOTS = [{"id": "A", "title": "a"}, {"id": "B"}]
IN_LOTS = [bid(1, 10, relatedLots=["A"]), bid(2, 20, relatedLots=["B"])]
FAILED_LOT = release(*IN_LOTS, lots=[LOTS[0], {"id": "B", "status": "unsuccessful"}], items=[], name="lot")
FAILED = release(*IN_LOTS, lots=LOTS, items=[], status="unsuccessful", name="failed")
FILE = json.dumps({"releases": [LATE, TOGETHER, NAMES, ITEMS, FAILED_LOT, FAILED]}).encode()


class Hall:
    """Where the file was played."""

    def __init__(self, platform: Platform, said: str, papers: Path) -> None:
        self.platform, self.said, self.papers = platform, said, papers

    def lots(self, name: str) -> Any:
        return self.platform.ledger.state(f"tender/{name}").lots

    def paper(self, words: str) -> str:
        (found,) = self.papers.glob(f"*{words}*.pdf")
        return "".join(page.extract_text() for page in PdfReader(BytesIO(found.read_bytes())).pages).replace("\n", "")


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("imported")
    (folder / "file.json").write_bytes(FILE)
    asked = [sys.executable, "-m", "trading.cli", "demo", "--input", str(folder / "file.json"), "--out", str(folder / "out")]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    platform = house.assemble(configured(folder / "out"), system_clock, token_bytes)
    yield Hall(platform, done.stdout + done.stderr, folder / "out" / "papers")
    platform.engine.dispose()


def test_all_is_replayed_without_a_difference(hall: Hall) -> None:
    assert "L0 pass L1 pass L2 pass L3 pass：没有差异" in hall.said
    assert "未能重演到底" not in hall.said


def test_a_bid_days_after_the_closing_is_refused_at_its_time_and_holds_up_no_opening(hall: Hall) -> None:
    (lot,) = hall.lots("late")
    assert [row.verdict for row in lot.rows] == ["opened", "opened"]
    assert [r.bidder for r in lot.evaluation.ranking] == ["F-2", "F-1"]
    assert "2024-03-30 08:00:00 late 拒绝 投标 b3：bid.late" in hall.said


def test_a_consortium_and_one_of_its_members_alone_are_two_bidders(hall: Hall) -> None:
    (lot,) = hall.lots("together")
    assert sorted(row.price.amount for row in lot.rows) == [90000, 100000, 110000]
    assert {row.name for row in lot.rows} == {"Firm 2、Firm 9", "Firm 2", "Firm 3"}


def test_names_in_scripts_that_no_face_draws_are_spelled_on_paper_and_whole_on_record(hall: Hall) -> None:
    (lot,) = hall.lots("names")
    assert STRANGE in {row.name for row in lot.rows}
    record = hall.paper("names-开标记录")
    assert all(f"〔U+{code}〕" in record for code in ("0634", "1F3D7", "001B"))


def test_what_a_title_would_do_to_a_terminal_is_shown_instead(hall: Hall) -> None:
    assert "\x1b" not in hall.said and "\N{REPLACEMENT CHARACTER}[31m" in hall.said


def test_thousands_of_items_stand_in_the_file_of_the_notice(hall: Hall) -> None:
    state = hall.platform.ledger.state("tender/items")
    (lot,) = state.lots
    assert len(lot.spec.items) == 1 and len(lot.rows) == 3
    notice = json.loads(hall.platform.vault.read(state.notice.sha256))
    assert [item["id"] for item in notice["items"]["1"]] == [str(i) for i in range(3000)]


@pytest.mark.parametrize(("name", "ends"), [("lot", ["", "imported"]), ("failed", ["imported", "imported"])])
def test_a_lot_that_the_file_calls_unsuccessful_ends_so(hall: Hall, name: str, ends: list[str]) -> None:
    assert [lot.failure for lot in hall.lots(name)] == ends


def test_a_tender_that_cannot_be_carried_on_stops_with_the_reason_and_raises_nothing(hall: Hall) -> None:
    def script() -> Iterator[Instant]:
        yield 1
        raise TooLarge("ledger.body", bytes=60_001, limit=60_000)

    (answer,) = take(json.dumps(release()).encode()).answers
    assert isinstance(answer, Taken)
    said: list[tuple[str, str]] = []
    show = Programme(hall.platform, lambda play, text: said.append((play, text)))
    assert list(guarded(show, answer.plan, script())) == [1]
    assert show.stopped == [("T-1", "ledger.body")]
    assert said[0][0] == "T-1" and "60000" in said[0][1]
