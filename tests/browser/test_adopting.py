"""A bid that a browser sealed, taken over by the command line: sent, handed in and decrypted there."""

import json
from pathlib import Path

from playwright.sync_api import Page

from bidding.box import Box
from tests.functional.test_cli_bid import Desk
from tests.market import CLOSES, NAME, Market, founded_market
from trading.demo import cast
from trading.desk import facts


def test_a_seed_file_that_the_browser_saved_is_all_that_the_command_line_needs(page: Page, origin: str, tmp_path: Path) -> None:
    with founded_market(tmp_path / "market") as market:
        market.publish()
        desk = Desk(market, tmp_path / "desk").begin()
        for n in (2, 3):
            Desk(market, tmp_path / f"other{n}").begin(who=f"bidder{n}").sealed(attach="").do("submit", "work")
        drawing = desk.folder / "图纸.bin"
        drawing.write_bytes(bytes(range(256)) * 12_345)
        page.goto(origin)
        page.set_input_files("input", [drawing, desk.folder / "offer.pdf"])
        policy = json.loads((desk.folder / "work/tender.json").read_text())["lots"][0]["policy"]
        bidder = cast.SUPPLIERS[1]
        order = {"policy": policy, "tender": NAME, "lot": "1", "stage": 1, "bidderId": bidder.code}
        form = {"bidder_name": bidder.name, "price": "450000000", "currency": "CNY"}
        script = "async (order) => (await import('/tests/browser/journey.mjs')).prepare(order)"
        saved = page.evaluate(script, {**order, "form": form})["seedFile"]
        (desk.folder / "saved.seed.json").write_text(json.dumps(saved, ensure_ascii=False))

        desk.do("adopt", "work", "saved.seed.json", "--attach", "offer.pdf", "--attach", drawing.name)
        assert desk.do("rehearse", "work").value("files") == "2"
        desk.do("submit", "work")
        market.ring(CLOSES)
        desk.do("login", "work", "bidder1", "--key", "bidder1.key")
        desk.do("decrypt", "work")
        market.ring(opened(market).ends_at)
        [mine] = [b for b in opened(market).ballots if b.envelope == saved["envelope_id"]]
    assert mine.form is not None
    assert (mine.verdict, mine.form.price) == ("opened", "450000000")


def opened(market: Market) -> Box:
    """The lot's box."""
    state = market.platform.ledger.state(facts.box(NAME, "1"))
    assert isinstance(state, Box)
    return state
