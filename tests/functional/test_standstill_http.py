"""A fault of the platform, over HTTP as a user meets it: the tender stands still, no time is lost, windows are extended.

The centre calls the standstill and lifts it.  What was left of a deadline or of a window is kept to the microsecond.
"""

from archive.values import HOUR, MINUTE, SECOND, Instant
from bidding.box import Box
from tests.functional.conftest import LOT, TENDER, House
from tests.functional.test_bids_http import Bidder, answered, closed, handed_in, released
from tests.theatre import played
from trading.demo import cast
from trading.desk import bell
from trading.tender import Tender

FAULT = {"type": "tender.suspend", "pause": "P1", "ground": "system-fault", "reason": "存储故障(演示)"}
OVER = {"type": "tender.resume", "pause": "P1", "reason": "故障排除(演示)"}
OPENING = f"/api/tenders/{TENDER}/lots/{LOT}/opening"


def acts(house: House, login: str, body: dict[str, object]):  # type: ignore[no-untyped-def]
    return house.client.post(f"/api/tenders/{TENDER}/acts", json=body, headers=house.login(login))


def host(house: House, body: dict[str, object], login: str = "agency"):  # type: ignore[no-untyped-def]
    return house.client.post(f"{OPENING}/acts", json=body, headers=house.login(login))


def box(house: House) -> Box:
    state = house.platform.ledger.state(f"box/{TENDER}.{LOT}")
    assert isinstance(state, Box)
    return state


def deadline(house: House) -> Instant:
    state = house.platform.ledger.state(f"tender/{TENDER}")
    assert isinstance(state, Tender)
    return state.times.deadline


def test_the_time_of_a_fault_is_given_back_to_the_microsecond_and_bids_are_taken_in_it(bidding: House) -> None:
    before = deadline(bidding)
    bidding.clock.now = before - HOUR
    bidder = Bidder(bidding)
    raw, bodies = bidder.seal()
    for body in bodies:
        bidder.upload(body)
    assert acts(bidding, "agency", FAULT).status_code == 403
    assert acts(bidding, "centre", FAULT).status_code == 201
    began = box(bidding).paused_at
    assert bidder.hand_in([raw]).json()["code"] == "bid.paused"
    assert "suspended" in bidding.client.get(f"/tenders/{TENDER}", headers={"Accept-Language": "en"}).text
    bidding.clock.now = before + 2 * HOUR  # the deadline passes meanwhile, and the bell finds nothing to close
    bell.rung(bidding.platform)
    assert box(bidding).phase == "accepting"
    assert acts(bidding, "agency", OVER).status_code == 403
    assert acts(bidding, "centre", OVER).status_code == 201
    left = before - began
    assert deadline(bidding) == box(bidding).closes_at
    bidding.clock.now = deadline(bidding) - SECOND
    bidder.token = bidding.login("bidder")
    assert bidder.hand_in([raw]).status_code == 201
    bidding.clock.now = deadline(bidding)
    assert bidder.hand_in([raw]).json()["code"] == "bid.late"
    resumed = bidding.platform.ledger.state(f"tender/{TENDER}").stood[-1].to_at
    assert deadline(bidding) - resumed == left


def test_more_time_may_be_given_than_was_lost_and_never_less(bidding: House) -> None:
    before = deadline(bidding)
    bidding.clock.now = before - HOUR
    acts(bidding, "centre", FAULT)
    bidding.clock.now = before - MINUTE
    early = acts(bidding, "centre", OVER | {"deadline": before})
    assert (early.status_code, early.json()["code"]) == (422, "pause.too-soon")
    assert acts(bidding, "centre", OVER | {"deadline": before + 24 * HOUR}).status_code == 201
    assert deadline(bidding) == box(bidding).closes_at == before + 24 * HOUR


def test_an_opening_stands_still_with_its_tender_and_keeps_the_rest_of_its_window(bidding: House) -> None:
    handed_in(bidding, (("bidder", 2), ("other", 3), ("third", 4)))
    closed(bidding)
    until = box(bidding).ends_at
    assert acts(bidding, "centre", FAULT).status_code == 201
    paused = box(bidding).paused_at
    share = released(bidding, played().keepers[0], "agency", 1)
    assert (share.status_code, share.json()["code"]) == (422, "box.paused")
    bidding.clock.now = until + HOUR
    bell.rung(bidding.platform)
    assert box(bidding).phase == "opening"
    assert acts(bidding, "centre", OVER).status_code == 201
    assert not box(bidding).paused_at
    assert box(bidding).ends_at - (bidding.platform.ledger.state(f"tender/{TENDER}").stood[-1].to_at) == until - paused
    assert released(bidding, played().keepers[0], "agency", 1).status_code == 201


def test_a_window_is_extended_by_the_host_once_the_fault_is_on_record_and_while_it_runs(bidding: House) -> None:
    handed_in(bidding, (("bidder", 2), ("other", 3), ("third", 4)))
    closed(bidding)
    until = box(bidding).ends_at
    more = {"type": "box.extend-window", "minutes": 30, "why": "平台故障，延长解密时间"}
    assert host(bidding, more).json()["code"] == "box.no-fault"
    fault = {"type": "box.record-fault", "what": "平台不能访问（演示）", "began_at": until - MINUTE}
    assert host(bidding, fault).json()["code"] == "box.not-yet"
    assert host(bidding, fault | {"began_at": box(bidding).began_at}).status_code == 201
    assert host(bidding, more, "bidder").status_code == 403
    assert host(bidding, more).status_code == 201
    assert box(bidding).ends_at == until + 30 * MINUTE
    assert bidding.client.get(OPENING).json()["ends_at"] == until + 30 * MINUTE
    bidding.clock.now = until + 30 * MINUTE
    assert host(bidding, more).json()["code"] == "box.window-over"


def test_what_is_solved_waits_for_the_end_of_a_standstill_and_is_judged_then(bidding: House) -> None:
    answered(bidding)
    assert acts(bidding, "centre", FAULT).status_code == 201
    bell.rung(bidding.platform)
    assert box(bidding).phase == "opening"
    acts(bidding, "centre", OVER)
    bell.rung(bidding.platform)
    assert box(bidding).phase == "read"
    assert {b.verdict for b in box(bidding).ballots} == {"opened"}
    assert cast.SUPPLIERS[2].code in {b.org for b in box(bidding).bidders}
