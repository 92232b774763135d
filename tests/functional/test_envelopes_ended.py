"""A lot of two envelopes that ends before its prices are opened: they stay shut, and the keys may be destroyed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.errors import Refused
from bidding.box import Box, DestroyKey
from bidding.tool import Place
from tests.market import BIDDING, CLOSES, NAME, Market, founded_market
from trading.commands import DeclareFailure, TerminateTender
from trading.demo import cast, works
from trading.demo.players import speak, supplier
from trading.desk import audit, envelopes, facts, opening, printing, publication

NOTICE = "0" * 64


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    with founded_market(tmp_path / "market") as made:
        yield made.publish(envelopes=2)


def bid(market: Market, bidders: int) -> None:
    platform = market.platform
    for unit in cast.SUPPLIERS[:bidders]:
        who, rules = supplier(unit, platform.random), opening.policy_of(platform, NAME, "1")
        form = works.form(unit, 4_500_000, 100, "演示")
        made = [who.seal(platform, Place(NAME, "1", stage), rules, form, {}, BIDDING) for stage in (1, 2)]
        who.hand_in(platform, Place(NAME, "1"), made, platform.clock())
    market.ring(CLOSES)


def box(market: Market) -> Box:
    state = market.platform.ledger.state(facts.box(NAME, "1"))
    assert isinstance(state, Box)
    return state


def test_a_tender_that_ends_between_its_openings_leaves_every_price_shut_for_good(market: Market) -> None:
    bid(market, 3)
    platform = market.platform
    for j in (1, 2):
        market.keepers[j - 1].release(platform, NAME, "1", j)
    market.ring()
    opening.finish(platform, works.AGENCY, NAME, "1")
    opening.record(platform, works.AGENCY, NAME, "1", printing.opening(platform, NAME, "1"))
    with pytest.raises(Refused, match=r"prices\.not-locked"):
        envelopes.open_prices(platform, works.AGENCY, NAME, "1")
    regulator = speak(cast.REGULATOR, "regulator")
    ended = TerminateTender("order", "监督部门责令终止(演示)", "终止公告", NOTICE)
    publication.act(platform, regulator, NAME, ended)
    assert box(market).phase == "finished"
    with pytest.raises(Refused, match=r"tender\.no-lot|tender\.stage|tender\.ended"):
        envelopes.open_prices(platform, works.AGENCY, NAME, "1")
    holder = speak(market.keepers[0].unit, market.keepers[0].role)
    platform.ledger.act(facts.box(NAME, "1"), DestroyKey(1), actor=holder)
    assert {b.stage for b in box(market).ballots} == {1}
    assert audit.replay(platform).clean


def test_a_lot_of_two_envelopes_with_two_bids_fails_without_any_being_opened(market: Market) -> None:
    bid(market, 2)
    assert box(market).phase == "kept"
    publication.act(market.platform, works.AGENCY, NAME, DeclareFailure("1", "too-few-bids", "招标失败公告", NOTICE))
    assert (box(market).phase, box(market).ballots) == ("kept", ())
