"""Fewer than three bids, over HTTP as a user does it: the box stays shut, the lot fails, and goes on in a tender of its own."""

from msgspec import to_builtins

from bidding.box import Box
from tests.functional.conftest import LOT, TENDER, House
from tests.functional.test_bids_http import closed, handed_in
from trading.demo.prologue import CATALOGUE
from trading.tender import Tender

AGAIN = "BS-2026-P1-2"


def acts(house: House, login: str, body: dict[str, object], name: str = TENDER):  # type: ignore[no-untyped-def]
    return house.client.post(f"/api/tenders/{name}/acts", json=body, headers=house.login(login))


def registered(house: House, **changes: object):  # type: ignore[no-untyped-def]
    state = house.platform.ledger.state(f"tender/{TENDER}")
    assert isinstance(state, Tender) and state.project is not None and state.catalogue is not None
    body = {
        "id": AGAIN,
        "project": to_builtins(state.project),
        "rulebook": state.rulebook,
        "calendar": state.calendar,
        "catalogue": CATALOGUE,
        "catalogue_item": state.catalogue.item,
        "attempt": 2,
        "previous": TENDER,
    }
    return house.client.post("/api/tenders", json={"type": "tender.register"} | body | changes, headers=house.login("agency"))


def failed(house: House) -> dict[str, object]:
    """Two bids, the deadline, and the notice that the lot has failed."""
    handed_in(house, (("bidder", 2), ("other", 3)))
    closed(house)
    paper = house.client.post("/api/files", content="招标失败公告(演示)".encode(), headers=house.login("agency")).json()["sha256"]
    return {"type": "tender.declare-failure", "lot": LOT, "ground": "too-few-bids", "title": "招标失败公告", "sha256": paper}


def steps(house: House, name: str = TENDER) -> str:
    return str(house.client.get(f"/tenders/{name}", headers={"Accept-Language": "en"}).text)


def test_two_bids_stay_sealed_the_lot_fails_and_goes_on_in_a_second_attempt(bidding: House) -> None:
    early = {"type": "tender.declare-failure", "lot": LOT, "ground": "too-few-bids", "title": "x", "sha256": "0" * 64}
    assert acts(bidding, "agency", early).json()["code"] == "tender.stage"
    notice = failed(bidding)
    assert "Too few bids" in steps(bidding)
    assert acts(bidding, "bidder", notice).status_code == 403
    assert acts(bidding, "agency", notice).status_code == 201
    assert "Tender the lot again" in steps(bidding)
    assert registered(bidding).json()["code"] == "registration.predecessor"
    again = {"type": "tender.retender", "lots": [LOT], "successor": AGAIN}
    assert acts(bidding, "bidder", again).status_code == 403
    assert acts(bidding, "agency", again).status_code == 201
    answer = registered(bidding)
    assert answer.status_code == 201, answer.text
    state = bidding.platform.ledger.state(f"tender/{AGAIN}")
    assert isinstance(state, Tender) and (state.attempt, state.previous) == (2, TENDER)
    assert acts(bidding, "centre", {"type": "tender.accept-registration"}, AGAIN).status_code == 201
    lot = bidding.client.get(f"/api/tenders/{TENDER}").json()["lots"][0]
    assert (lot["stage"], lot["failure"], lot["successor"]) == ("retendered", "too-few-bids", AGAIN)
    assert f"/tenders/{AGAIN}" in bidding.client.get(f"/tenders/{TENDER}/lots/{LOT}").text
    box = bidding.platform.ledger.state(f"box/{TENDER}.{LOT}")
    assert isinstance(box, Box) and (box.phase, box.listed, box.bidders) == ("kept", (), ())


OTHERS: tuple[dict[str, object], ...] = (
    {"attempt": 1},
    {"attempt": 3},
    {"previous": "BS-2026-NONE"},
    {"previous": ""},
    {"id": "BS-2026-OTHER"},
)


def test_a_second_attempt_is_the_one_that_the_first_named(bidding: House) -> None:
    assert acts(bidding, "agency", failed(bidding)).status_code == 201
    assert acts(bidding, "agency", {"type": "tender.retender", "lots": [LOT], "successor": AGAIN}).status_code == 201
    for changes in OTHERS:
        answer = registered(bidding, **changes)
        assert (answer.status_code, answer.json()["code"]) == (422, "registration.predecessor"), changes
    odd = registered(bidding, previous="../x")
    assert odd.status_code in (400, 422), odd.text
