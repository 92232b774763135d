"""The platform put together: the bell closes a tender at its deadline, and everything starts and stops."""

from litestar.testing import TestClient

from tests.functional.conftest import LOT, TENDER, House
from trading import app


def configuration(house: House):  # type: ignore[no-untyped-def]
    return house.application.state["site"].configuration


def test_the_bell_closes_a_tender_at_its_deadline_and_not_before(bidding: House) -> None:
    staff = app.staff(bidding.platform, configuration(bidding))
    deadline = bidding.client.get(f"/api/tenders/{TENDER}").json()["times"]["deadline"]
    bidding.clock.now = deadline - 1_000_000
    staff.bell()
    assert bidding.client.get(f"/api/tenders/{TENDER}").json()["stage"] == "published"
    bidding.clock.now = deadline
    staff.bell()
    assert bidding.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/opening").json()["phase"] == "kept"
    assert bidding.client.get(f"/api/tenders/{TENDER}").json()["timeline"][-1]["key"] == "closed"


def test_a_bell_that_has_rung_does_not_ring_again(bidding: House) -> None:
    staff = app.staff(bidding.platform, configuration(bidding))
    bidding.clock.now = bidding.client.get(f"/api/tenders/{TENDER}").json()["times"]["deadline"]
    staff.bell()
    size = bidding.platform.ledger.checkpoint()
    staff.bell()
    assert bidding.platform.ledger.checkpoint() == size


def test_the_embedded_platform_starts_works_and_stops(finished: House) -> None:
    made = app.web(finished.platform, configuration(finished), embedded=True)
    with TestClient(made) as client:
        assert client.get("/api/time").status_code == 200


def test_every_refusal_of_every_kind_has_its_article() -> None:
    law = app.law()
    assert len(law) > 150
    assert all(law.values())
