"""A tender as open data: valid by the standard's schema, the same as its page says, and no bid before the opening."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema

from tests.functional.conftest import LOT, TENDER, House

SCHEMA = Path(__file__).parents[1] / "vectors/ocds/release-schema-1.1.5+bids+lots-1.1.5.json"


def release(house: House, headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = house.client.get(f"/api/tenders/{TENDER}/ocds", headers=headers or {})
    assert answer.status_code == 200, answer.text
    package = json.loads(answer.text, parse_float=Decimal)
    (found,) = package["releases"]
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(json.loads(answer.text)["releases"][0])
    assert isinstance(found, dict)
    return found


def test_a_finished_tender_is_whole(reading: House) -> None:
    found = release(reading)
    lot = reading.client.get(f"/api/tenders/{TENDER}/lots/{LOT}").json()
    assert found["ocid"] == f"ocds-000000-{TENDER}"
    assert found["tender"]["status"] == "complete"
    said = {(d["tenderers"][0]["id"], d["value"]["amount"]) for d in found["bids"]["details"] if "value" in d}
    assert said == {(row["bidder"], Decimal(row["price"]["amount"]) / 100) for row in lot["rows"] if row["price"]}
    assert [(a["suppliers"][0]["id"], a["value"]["amount"]) for a in found["awards"]] == [
        (lot["winner"], Decimal(lot["price"]["amount"]) / 100)
    ]
    assert [c["awardID"] for c in found["contracts"]] == [found["awards"][0]["id"]]
    assert {d["status"] for d in found["bids"]["details"]} == {"valid", "disqualified"}


def test_each_document_of_the_release_is_there(reading: House) -> None:
    documents = release(reading)["tender"]["documents"]
    assert {"tenderNotice", "biddingDocuments", "clarifications", "awardNotice"} <= {d["documentType"] for d in documents}
    for document in documents:
        path = "/tenders/" + document["url"].split("/tenders/")[1]
        assert reading.client.get(path).status_code == 200


def test_before_the_opening_there_is_no_bid_and_no_number_of_bids(before: House) -> None:
    found = release(before)
    assert found["tender"]["status"] == "active"
    assert not {"bids", "awards", "contracts"} & found.keys()


def test_whoever_asks_gets_what_everybody_gets(reading: House) -> None:
    assert release(reading, reading.login("regulator")) == release(reading)


def test_a_tender_that_is_not_public_is_not_there(reading: House) -> None:
    assert reading.client.get("/api/tenders/NONE/ocds").status_code == 404
