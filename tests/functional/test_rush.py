"""At the deadline: one microsecond before, at it, after it; a closing that overtakes nobody; and a rush over PostgreSQL."""

import json
import secrets
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from archive import public
from archive.database import reading
from archive.errors import Conflict, Refused
from archive.values import MINUTE, SECOND, Instant
from bidding import tool
from bidding.box import Box
from bidding.sealing import envelope_id
from bidding.tool import Fresh, Identity, Place
from tests.conftest import new_database
from tests.market import BIDDING, CLOSES, FOUNDED, NAME, Market, founded, market
from tests.rushing import rushed
from trading.arrivals import PATIENCE
from trading.commands import AmendDeadline
from trading.demo import cast, works
from trading.demo.players import speak
from trading.desk import bids, facts, opening, publication

PLACE = Place(NAME, "1")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Market]:
    """A tender that takes bids, without a server."""
    shutil.copytree(founded(), tmp_path / "market")
    made = market(tmp_path / "market", FOUNDED).publish()
    yield made
    made.platform.engine.dispose()


class Bid:
    """A sealed bid with its ciphertext there, not handed in."""

    def __init__(self, market: Market, n: int) -> None:
        self.market, self.actor = market, speak(cast.SUPPLIERS[n], "bidder")
        platform, who = market.platform, Identity(cast.SUPPLIERS[n].code, secrets.token_bytes(32))
        rules, sinks = opening.policy_of(platform, NAME, "1"), [BytesIO(), BytesIO()]
        fresh = Fresh(secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(32))
        self.raw = tool.seal_bid(rules, PLACE, who, fresh, {"bidder_name": "演示", "price": "450000000"}, [], sinks)
        for sink in sinks:
            made = platform.uploads.create(self.actor.id, len(sink.getvalue()), BIDDING)
            platform.uploads.append(made.id, self.actor.id, 0, [sink.getvalue()], BIDDING)
        self.message = tool.submission(who, PLACE, [self.raw], 1, b"", 1)

    @property
    def id(self) -> str:
        return envelope_id(self.raw).hex()

    def hand_in(self, arrived: Instant, key: str | None = None) -> bids.Receipt:
        return bids.submit(self.market.platform, self.actor, NAME, "1", self.message, (self.raw,), arrived, key)


def box_of(made: Market) -> Box:
    state = made.platform.ledger.state(facts.box(NAME, "1"))
    assert isinstance(state, Box)
    return state


def listed(made: Market) -> set[str]:
    return {id for bid in box_of(made).listed for id in bid.envelopes}


def three(made: Market) -> list[Bid]:
    """Three bids that were handed in well before the deadline."""
    early = [Bid(made, n) for n in range(3)]
    for bid in early:
        bid.hand_in(BIDDING)
    return early


def alarms(made: Market) -> list[dict[str, object]]:
    """What the log shows everybody of alarms."""
    made.show()
    with reading(made.platform.engine) as db:
        head = public.newest(db)
        assert head is not None
        _, found = public.stream(db, bids.ALARMS, head.checkpoint.size, 1, 50)
    return [json.loads(e.body)["data"]["outcome"]["alarm"] for e in found]


@pytest.mark.parametrize(("arrived", "received"), [(-1, True), (0, False), (1, False)])
def test_the_last_byte_decides_to_the_microsecond_however_late_it_is_dealt_with(
    place: Market, arrived: int, received: bool
) -> None:
    three(place)
    bid = Bid(place, 3)
    place.clock.now = CLOSES + 5 * SECOND
    if received:
        assert bid.hand_in(CLOSES + arrived).proof
    else:
        with pytest.raises(Refused, match=r"bid\.late"):
            bid.hand_in(CLOSES + arrived)
    place.ring()
    assert (bid.id in listed(place)) is received
    assert not alarms(place)


def test_a_closing_waits_for_a_bid_that_has_arrived_and_lists_it(place: Market) -> None:
    three(place)
    bid = Bid(place, 3)
    place.clock.now = CLOSES - 2
    number, arrived = place.platform.arrivals.begin()
    assert arrived < CLOSES
    place.clock.now = CLOSES
    with pytest.raises(Conflict, match=r"desk\.arriving"):
        opening.close(place.platform, NAME)
    bid.hand_in(arrived)
    place.platform.arrivals.end(number)
    place.ring()
    assert bid.id in listed(place) and len(listed(place)) == 4


def test_what_comes_through_after_the_list_was_made_is_refused_on_record_and_alarms_everybody(place: Market) -> None:
    three(place)
    bid = Bid(place, 3)
    place.ring(CLOSES)
    before = box_of(place).closing_list
    for _ in range(2):
        with pytest.raises(Refused, match=r"bid\.missed"):
            bid.hand_in(CLOSES - 1, key="the same")
    assert bid.id not in listed(place) and box_of(place).closing_list == before
    (alarm,) = alarms(place)
    assert alarm == {"code": "bid.missed", "tender": NAME, "lot": "1", "arrived_at": CLOSES - 1, "closed_at": CLOSES}


@pytest.mark.parametrize("arrived", [0, 1])
def test_what_is_late_is_late_after_the_closing_too_and_alarms_nobody(place: Market, arrived: int) -> None:
    three(place)
    bid = Bid(place, 3)
    place.ring(CLOSES)
    with pytest.raises(Refused, match=r"bid\.late"):
        bid.hand_in(CLOSES + arrived)
    assert not alarms(place)


def test_a_closing_that_waited_long_enough_goes_on_and_the_straggler_is_missed(place: Market) -> None:
    three(place)
    bid = Bid(place, 3)
    place.clock.now = CLOSES - 2
    _, arrived = place.platform.arrivals.begin()
    place.clock.now = CLOSES
    with pytest.raises(Conflict, match=r"desk\.arriving"):
        opening.close(place.platform, NAME)
    place.clock.now = CLOSES + PATIENCE
    place.ring()
    with pytest.raises(Refused, match=r"bid\.missed"):
        bid.hand_in(arrived)
    assert len(listed(place)) == 3 and len(alarms(place)) == 1


def test_a_bid_between_the_old_deadline_and_an_extension_is_received_and_an_old_bell_closes_nothing(place: Market) -> None:
    three(place)
    bid, later = Bid(place, 3), CLOSES + 3 * 24 * 60 * MINUTE
    place.clock.now = CLOSES - MINUTE
    sha256 = place.platform.keep("更正公告".encode(), "correction.txt", "text/plain").sha256
    publication.act(
        place.platform, works.AGENCY, NAME, AmendDeadline(deadline=later, reason="correction", title="更正公告", sha256=sha256)
    )
    place.clock.now = CLOSES
    with pytest.raises((Refused, Conflict)):
        opening.close(place.platform, NAME)
    assert bid.hand_in(CLOSES).proof
    place.ring()
    assert box_of(place).phase == "accepting"
    place.ring(later)
    assert len(listed(place)) == 4


def test_a_restart_between_arrival_and_closing_loses_no_bid_that_has_a_receipt(place: Market, tmp_path: Path) -> None:
    three(place)
    bid = Bid(place, 3)
    place.clock.now = CLOSES - 2
    place.platform.arrivals.begin()
    bid.hand_in(CLOSES - 1)
    place.platform.engine.dispose()
    again = market(tmp_path / "market", CLOSES)
    again.ring()
    assert bid.id in listed(again) and len(listed(again)) == 4
    again.platform.engine.dispose()


def test_a_chain_that_begins_twice_at_once_is_one_chain(place: Market) -> None:
    bid = Bid(place, 3)
    assert bid.hand_in(BIDDING).recorded.stream == bids._stream(place.platform, NAME, "1", bids._key_of(bid.message))
    with pytest.raises(Refused, match=r"bid\.bad-chain"):
        bid.hand_in(BIDDING)


def test_a_rush_of_bidders_over_several_processes_of_which_one_dies(postgres_server: str, tmp_path: Path) -> None:
    with new_database(postgres_server, f"sunlit_rush_{secrets.token_hex(4)}") as url:
        report = rushed(tmp_path / "rush", url, 40, window=6, n=2, kill=1)
    assert not report.faults
    assert (report.missed, report.conflicts) == (0, 0)
    assert report.received == report.listed and report.received + report.late == 40
    assert report.received >= 30
