"""The pool is stated by the bell: each evening at its hour, once, and once after a standstill."""

from datetime import date

from archive.values import MINUTE
from experts.pool import Pool
from tests.functional.conftest import House
from trading.calendar import at_clock
from trading.demo.prologue import POOL
from trading.desk import bell


def dates(house: House) -> list[int]:
    state = house.platform.ledger.state(f"pool/{POOL}")
    assert isinstance(state, Pool)
    return [s.date for s in state.snapshots]


def ring(house: House, day: int, hour: int, minute: int = 0) -> int:
    """Ring at that hour of a day of October 2026, and again a minute later; how much there was the second time."""
    house.clock.now = at_clock(date(2026, 10, day), hour, minute)
    bell.rung(house.platform)
    house.clock.now += MINUTE
    return bell.rung(house.platform)


def test_the_evening_is_due_once_a_day_and_once_after_a_standstill(bidding: House) -> None:
    assert ring(bidding, 1, 23) == 0 and dates(bidding) == []
    asked = bidding.client.post(f"/api/pools/{POOL}/snapshots", headers=bidding.login("centre"))
    assert asked.status_code == 201, asked.text
    assert dates(bidding) == [20261001]
    ring(bidding, 2, 22, 58)
    assert dates(bidding) == [20261001]
    ring(bidding, 2, 23)
    assert dates(bidding) == [20261001, 20261002]
    ring(bidding, 7, 10)  # nothing ran for four evenings: one snapshot, of the day on which it is taken
    assert dates(bidding) == [20261001, 20261002, 20261007]
    ring(bidding, 7, 23)
    ring(bidding, 8, 23)
    assert dates(bidding) == [20261001, 20261002, 20261007, 20261008]


def test_what_the_bell_took_is_on_record_with_its_file(bidding: House) -> None:
    bidding.client.post(f"/api/pools/{POOL}/snapshots", headers=bidding.login("centre"))
    ring(bidding, 1, 23)
    bidding.platform.publishing.round()
    (newest, *_) = bidding.client.get("/api/log", params={"stream": f"pool/{POOL}"}).json()["items"]
    assert '"date":20261001' in newest["text"] and '"blob":[{"len":' in newest["text"]
