"""The pages in a real browser: no violation of axe's rules, no outside request, no overflow at 360 px, keyboard, and the
whole way of a bid from the form to a receipt that holds.
"""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from archive.values import MINUTE
from tests.theatre import LOT, OPEN_FROM, OPENING, PASSWORD, TENDER, played
from trading.calendar import at_clock

ROOT = Path(__file__).parents[2]
PUBLIC = (
    "/",
    "/notices",
    "/notices?q=没有这样的词",
    "/tenders",
    f"/tenders/{TENDER}",
    f"/tenders/{TENDER}/notices/1",
    f"/tenders/{TENDER}/notices/3",
    f"/tenders/{TENDER}/lots/{LOT}",
    f"/tenders/{TENDER}/lots/{LOT}/opening",
    f"/tenders/{TENDER}/lots/{LOT}/draw",
    f"/tenders/{TENDER}/lots/{LOT}/result",
    "/rules",
    "/rules/cn-rs1-2019",
    "/log",
    "/log/1",
    "/replay",
    "/receipts",
    "/login",
    "/guide",
    "/no/such/page",
)


@dataclass
class Served:
    """A server of its own process."""

    url: str


def serving(moment: Path, folder: Path, now: int) -> Iterator[Served]:
    shutil.copytree(moment, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.browser.pages_server", str(folder), str(now), str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while True:
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.1)
        yield Served(f"http://localhost:{port}")
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serving(played().done, tmp_path_factory.mktemp("done") / "copy", at_clock(date(2027, 6, 1), 9))


@pytest.fixture(scope="module")
def bidding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serving(played().open, tmp_path_factory.mktemp("open") / "copy", OPEN_FROM + 30 * MINUTE)


@pytest.fixture(scope="module")
def opening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serving(played().opening, tmp_path_factory.mktemp("opening") / "copy", OPENING)


def opened(browser: Browser, lang: str, width: int) -> tuple[Page, list[str]]:
    """A page in that language and width, and what went wrong on it."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN" if lang == "zh" else "en-GB")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" and "404" not in said.text else None)
    page.on(
        "request",
        lambda asked: faults.append(asked.url) if not asked.url.startswith(("http://localhost", "data:", "blob:")) else None,
    )
    return page, faults


def violations(page: Page) -> list[str]:
    page.evaluate("document.fonts.ready.then(() => true)")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{v['id']}: {node['html'][:120]}" for v in found for node in v["nodes"]]


@pytest.fixture(scope="module", params=[("zh", 1280), ("en", 360)], ids=["zh-1280", "en-360"])
def reader(browser: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, list[str]]]:
    """One reader who goes from page to page, so that fonts and styles come once."""
    page, faults = opened(browser, *request.param)
    yield page, faults
    page.context.close()


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_breaks_no_rule_of_accessibility(reader: tuple[Page, list[str]], finished: Served, path: str) -> None:
    page, faults = reader
    faults.clear()
    page.goto(finished.url + path)
    assert violations(page) == []
    assert faults == []
    assert page.viewport_size
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def logged_in(browser: Browser, served: Served, login: str, lang: str = "zh") -> tuple[Page, list[str]]:
    page, faults = opened(browser, lang, 1280)
    page.goto(f"{served.url}/login")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/desk")
    return page, faults


@pytest.mark.parametrize("login", ["bidder", "agency", "regulator"])
def test_the_desk_of_each_role_breaks_no_rule_of_accessibility(browser: Browser, bidding: Served, login: str) -> None:
    page, faults = logged_in(browser, bidding, login)
    assert violations(page) == []
    assert faults == []
    page.context.close()


@pytest.mark.parametrize(("lang", "width"), [("zh", 1280), ("en", 360)])
def test_the_page_of_clues_breaks_no_rule_of_accessibility(browser: Browser, finished: Served, lang: str, width: int) -> None:
    page, faults = logged_in(browser, finished, "regulator", lang)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{finished.url}/tenders/{TENDER}/lots/{LOT}/clues?lang={lang}")
    page.wait_for_load_state("networkidle")
    assert page.locator("section.clue").count() > 0
    assert violations(page) == []
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_the_form_of_a_bid_breaks_no_rule_of_accessibility(browser: Browser, bidding: Served) -> None:
    page, faults = logged_in(browser, bidding, "other")
    page.goto(f"{bidding.url}/tenders/{TENDER}/lots/{LOT}/bid")
    assert violations(page) == []
    assert faults == []
    page.context.close()


def test_the_first_stop_of_the_keyboard_leads_past_the_masthead(browser: Browser, finished: Served) -> None:
    page, _ = opened(browser, "zh", 1280)
    page.goto(f"{finished.url}/notices")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()


def test_the_clock_of_the_page_is_the_servers(browser: Browser, bidding: Served) -> None:
    page, _ = opened(browser, "zh", 1280)
    page.goto(f"{bidding.url}/tenders/{TENDER}")
    page.locator("[data-offset]", has_text="以服务器时间为准").wait_for()
    assert "2026年9月28日" in page.inner_text("[data-clock-face]")
    assert "天" in page.inner_text("[data-left]")
    page.context.close()


def test_without_javascript_a_tender_still_tells_its_deadline(browser: Browser, bidding: Served) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{bidding.url}/tenders/{TENDER}")
    assert "2026年10月9日 09:00" in page.inner_text("main")
    assert "11天" in page.inner_text("[data-left]")
    context.close()


def test_a_receipt_is_checked_in_the_browser(browser: Browser, finished: Served) -> None:
    page, faults = opened(browser, "en", 1280)
    receipt = page.request.get(f"{finished.url}/log/5/receipt").text()
    page.goto(f"{finished.url}/receipts")
    page.fill("#text", receipt)
    page.locator("#text").dispatch_event("change")
    page.wait_for_selector("[data-verdict].good")
    page.fill("#text", receipt.replace("index 5", "index 6"))
    page.locator("#text").dispatch_event("change")
    page.wait_for_selector("[data-verdict].bad")
    assert "INCLUSION_BAD" in page.inner_text("[data-verdict]")
    assert faults == []
    page.context.close()


def test_a_bid_goes_from_the_form_to_a_receipt_that_holds(browser: Browser, bidding: Served, tmp_path: Path) -> None:
    page, faults = logged_in(browser, bidding, "bidder")
    page.goto(f"{bidding.url}/tenders/{TENDER}/lots/{LOT}/bid")
    page.fill("#price", "4,586,000.00")
    page.fill("#days", "118")
    page.set_input_files("#files", [{"name": "技术标.pdf", "mimeType": "application/pdf", "buffer": b"%PDF " * 300_000}])
    with page.expect_download() as key_file:
        page.click("form button")
    key_file.value.save_as(tmp_path / "key.json")
    seed = json.loads((tmp_path / "key.json").read_text())
    assert (seed["format"], seed["tender"]) == ("sbe/1 seed", TENDER)
    assert page.is_disabled("[data-hand-in]")
    page.check("[data-kept]")
    page.click("[data-hand-in]")
    page.wait_for_selector("[data-done]:not([hidden])")
    assert "已递交" in page.inner_text("[data-state]")
    with page.expect_download() as receipt:
        page.click("[data-receipt]")
    receipt.value.save_as(tmp_path / "r.tlog-proof")
    verdict = page.request.post(f"{bidding.url}/api/receipts", data={"receipt": (tmp_path / "r.tlog-proof").read_text()}).json()
    assert (verdict["holds"], verdict["act"]) == (True, "bid.submitted")
    assert faults == []
    withdraw(page, bidding, tmp_path / "key.json")
    page.context.close()


def withdraw(page: Page, served: Served, key_file: Path) -> None:
    """The same bidder takes the bid back, which needs the key file of the version in force."""
    page.goto(f"{served.url}/tenders/{TENDER}/lots/{LOT}/bid")
    page.click("[data-withdraw]")
    page.wait_for_selector("[data-state].warn")
    page.set_input_files("[data-key]", key_file)
    page.wait_for_selector("[data-state].good")
    page.click("[data-withdraw]")
    page.wait_for_selector("[data-done]:not([hidden])")
    assert "已撤回" in page.inner_text("[data-state]")


def test_an_amount_that_is_none_is_not_sealed(browser: Browser, bidding: Served) -> None:
    page, _ = logged_in(browser, bidding, "third")
    page.goto(f"{bidding.url}/tenders/{TENDER}/lots/{LOT}/bid")
    page.fill("#price", "四百万")
    page.click("form button")
    assert page.evaluate("document.querySelector('#price').validationMessage") == "请填写以元为单位、精确到分的金额。"
    assert page.is_hidden("[data-sealed]")
    page.context.close()


def test_a_regulator_runs_a_replay_from_the_page(browser: Browser, finished: Served) -> None:
    page, faults = logged_in(browser, finished, "regulator")
    page.goto(f"{finished.url}/replay")
    page.click("main form button")
    page.wait_for_selector(".statement.good, .statement.bad", timeout=60_000)
    assert "未发现不符" in page.inner_text(".statement.good")
    assert violations(page) == []
    assert faults == []
    page.context.close()


HALL = f"/tenders/{TENDER}/lots/{LOT}/opening"
NO_KEY = {"name": "k.json", "mimeType": "application/json", "buffer": b"{}"}


def test_while_bids_are_opened_the_page_counts_down_to_the_end_of_decryption(browser: Browser, opening: Served) -> None:
    page, faults = logged_in(browser, opening, "bidder")
    page.goto(opening.url + HALL)
    page.locator("[data-offset]", has_text="以服务器时间为准").wait_for()
    assert "距解密截止" in page.inner_text(".countdown")
    assert page.inner_text("[data-left]").startswith("2")  # of thirty minutes, five are gone
    assert violations(page) == []
    assert faults == []
    page.context.close()


def test_a_file_that_is_no_key_decrypts_nothing_and_is_said_to_be_none(browser: Browser, opening: Served) -> None:
    page, _ = logged_in(browser, opening, "bidder")
    page.goto(opening.url + HALL)
    page.click("[data-decrypt] button")
    assert page.evaluate("document.querySelector('#seed').validity.valueMissing")
    page.set_input_files("#seed", [NO_KEY])
    page.click("[data-decrypt] button")
    page.wait_for_selector("[data-said].bad")
    assert page.inner_text("[data-said]") == "这不是投标密钥文件。"
    page.context.close()


def test_what_is_decrypted_appears_without_the_page_being_loaded_again(browser: Browser, opening: Served) -> None:
    page, faults = logged_in(browser, opening, "bidder")
    page.clock.install()
    page.goto(opening.url + HALL)
    page.set_input_files("#seed", [NO_KEY])

    def later(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("待解密", "已解密"))

    page.route(f"**{HALL}", later)
    page.clock.run_for(6000)
    page.locator("[data-live]", has_text="已解密").wait_for()
    assert page.evaluate("document.querySelector('#seed').files.length") == 1
    assert faults == []
    page.context.close()
