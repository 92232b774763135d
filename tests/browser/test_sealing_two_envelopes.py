"""A lot of two envelopes in the browser: both sealed under one key, one submission, and the price alone replaced."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, FilePayload, Page

from archive.database import reading
from archive.ledger.store import since
from bidding.box import Box
from bidding.envelopes import streams_of
from bidding.sealed import SealedBid
from bidding.tool import Place
from tests.browser.test_pages import violations
from tests.market import BIDDING, CLOSES, NAME, PASSWORD, Market, founded_market
from trading.demo import cast, works
from trading.demo.players import supplier
from trading.desk import facts, opening

LOGIN, UNIT = "browser", cast.SUPPLIERS[1]
TECHNICAL: FilePayload = {"name": "技术标.pdf", "mimeType": "application/pdf", "buffer": b"%PDF technical " * 5000}
BILL: FilePayload = {"name": "清单.pdf", "mimeType": "application/pdf", "buffer": b"%PDF prices " * 1000}


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    with founded_market(tmp_path / "market") as made:
        made.publish(envelopes=2)
        made.account(LOGIN, UNIT.code, password=PASSWORD)
        yield made


def log_in(page: Page, market: Market) -> None:
    page.goto(f"{market.url}/login")
    page.fill("#login", LOGIN)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/desk")


def rivals(market: Market) -> None:
    """Two bids by others, so that the box opens."""
    platform = market.platform
    for unit in cast.SUPPLIERS[2:4]:
        who, rules = supplier(unit, platform.random), opening.policy_of(platform, NAME, "1")
        made = [
            who.seal(platform, Place(NAME, "1", stage), rules, works.form(unit, 4_500_000, 100, "演示"), {}, BIDDING)
            for stage in (1, 2)
        ]
        who.hand_in(platform, Place(NAME, "1"), made, platform.clock())


def sealed(page: Page, folder: Path, price: str, files: int) -> dict[int, Path]:
    """Fill in the price, seal, keep the key files, hand in; the key files by stage."""
    page.fill("#price", price)
    got: list[Download] = []

    def keep(download: Download) -> None:
        got.append(download)

    page.on("download", keep)
    with page.expect_event("download", lambda _download: len(got) == files):
        page.click("form button")
    page.wait_for_selector("[data-sealed]:not([hidden])")
    page.check("[data-kept]")
    page.click("[data-hand-in]")
    page.wait_for_selector("[data-done]:not([hidden])")
    assert "已递交" in page.inner_text("[data-state]")
    assert len(got) == files
    kept = {}
    for download in got:
        path = folder / download.suggested_filename
        download.save_as(path)
        kept[int(json.loads(path.read_text())["stage"])] = path
    return kept


def in_force(market: Market) -> SealedBid:
    """The bid as its chain has it."""
    with reading(market.platform.engine) as db:
        [[stream]] = streams_of(db, NAME).values()
    state = market.platform.ledger.state(stream)
    assert isinstance(state, SealedBid)
    return state


def test_a_price_is_replaced_in_the_browser_and_its_key_is_not_sent_to_the_first_opening(
    browser: Browser, market: Market, tmp_path: Path
) -> None:
    context = browser.new_context(locale="zh-CN")
    page, faults = context.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    log_in(page, market)
    page.goto(f"{market.url}/tenders/{NAME}/lots/1/bid")
    assert "双信封" in page.inner_text("form")
    assert violations(page) == []
    page.fill("#quality", "合格")
    page.set_input_files("#files", [TECHNICAL])
    page.set_input_files("#bill", [BILL])
    keys = sealed(page, tmp_path, "4600000", files=2)
    seeds = {stage: json.loads(path.read_text()) for stage, path in keys.items()}
    assert "price" not in seeds[1]["index"]["form"] and seeds[2]["index"]["form"]["price"] == "460000000"
    assert seeds[1]["submit_sk"] == seeds[2]["submit_sk"]
    first = in_force(market)
    assert first.envelopes == (seeds[1]["envelope_id"], seeds[2]["envelope_id"])

    page.goto(f"{market.url}/tenders/{NAME}/lots/1/bid")
    assert page.is_disabled("#keep")
    page.set_input_files("[data-key]", list(keys.values()))
    page.wait_for_selector("[data-state].good")
    page.check("#keep")
    again = sealed(page, tmp_path, "4590000", files=1)
    second = in_force(market)
    assert (second.seq, second.envelopes[0]) == (2, first.envelopes[0])
    assert second.envelopes[1] != first.envelopes[1]
    rivals(market)
    market.ring(CLOSES)
    log_in(page, market)
    page.goto(f"{market.url}/tenders/{NAME}/lots/1/opening")
    page.set_input_files("#seed", [again[2]])
    page.click("[data-decrypt] button")
    page.wait_for_selector("[data-said].bad")  # the price's key file alone: nothing is sent
    page.set_input_files("#seed", [keys[1], again[2]])
    page.click("[data-decrypt] button")
    page.wait_for_selector("[data-said].good")
    box = market.platform.ledger.state(facts.box(NAME, "1"))
    assert isinstance(box, Box)
    assert {b.envelope for b in box.ballots if b.answers.seed} == {first.envelopes[0]}
    price = json.loads(again[2].read_text())["seed"]
    with reading(market.platform.engine) as db:  # nor is it in a refused entry: it never left the device
        assert not any(price.encode() in body for _, body, _, _ in since(db, facts.box(NAME, "1"), 0, 2**62))
    assert faults == []
    context.close()
