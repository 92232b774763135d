"""Reading what is sealed over HTTP: nothing without consent, everything of one tender with it, and all of it on record."""

import shutil
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.canonical import decode
from archive.ledger.audit import audit
from archive.ledger.export import public_log
from archive.values import MINUTE
from tests.functional.conftest import TENDER, House, opened
from tests.functional.test_bids_http import closed, handed_in
from tests.theatre import OPEN_FROM, World

GLASS = f"/api/tenders/{TENDER}/glass"
WHY = {"reason": "接到串通投标举报", "basis": "招标投标法实施条例 第六十二条", "minutes": 60}
STREAM = f"glass/{TENDER}"


@pytest.fixture
def house(world: World, tmp_path: Path) -> Iterator[House]:
    """While bids are taken; three custodians of three organisations, two of whom have to agree."""
    shutil.copytree(world.open, tmp_path / "copy")
    named = 'custodians = ["centre", "owner", "agency"]\n'
    yield from opened(tmp_path / "copy", OPEN_FROM + 30 * MINUTE, named)


def said(house: House, login: str, path: str = "", body: object = None) -> tuple[int, Any]:
    answer = house.client.post(GLASS + path, json=body, headers=house.login(login))
    return answer.status_code, answer.json()


def agreed(house: House, *logins: str) -> None:
    assert said(house, "regulator", "", WHY)[0] == 201
    for login in logins:
        assert said(house, login, "/1/approval")[0] == 201


def test_with_consent_every_sealed_opening_of_the_tender_is_read_and_the_reading_has_a_receipt(house: House) -> None:
    handed_in(house, (("bidder", 2), ("other", 3)))
    agreed(house, "centre", "owner")
    status, found = said(house, "regulator", "/1/reading")
    assert status == 201 and found["receipt"]["act"] == "glass.read"
    bodies = [decode(b64decode(raw).partition(b"\n")[2]) for raw in found["openings"]]
    assert [body["act"] for body in bodies] == ["bid.submitted"] * 2
    assert {body["stream"].partition("/")[0] for body in bodies} == {"sealed"}
    (asked,) = house.client.get(GLASS, headers=house.login("agency")).json()
    assert (asked["needed"], len(asked["approvals"]), asked["reads"]) == (2, 2, 1)
    assert audit(house.platform.ledger).text() == ""


@pytest.mark.parametrize("logins", [(), ("centre",)])
def test_with_less_consent_nothing_is_read(house: House, logins: tuple[str, ...]) -> None:
    handed_in(house, (("bidder", 2),))
    agreed(house, *logins)
    status, problem = said(house, "regulator", "/1/reading")
    assert (status, problem["code"]) == (422, "glass.short") and "openings" not in problem


def test_when_the_time_is_over_nothing_is_read(house: House) -> None:
    agreed(house, "centre", "owner")
    house.clock.now += 61 * MINUTE
    assert said(house, "regulator", "/1/reading")[1]["code"] == "glass.expired"


@pytest.mark.parametrize(
    ("login", "path", "body", "status"),
    [
        ("owner", "", WHY, 403),
        ("bidder", "/1/approval", None, 422),
        ("centre", "/1/reading", None, 403),
        ("regulator", "/9/reading", None, 422),
        ("regulator", "", {**WHY, "reason": ""}, 422),
        ("regulator", "", {"reason": "r"}, 400),
    ],
)
def test_who_may_not_is_told_so(house: House, login: str, path: str, body: object, status: int) -> None:
    agreed(house)
    assert said(house, login, path, body)[0] == status


def test_requests_are_seen_by_custodians_and_who_supervises_alone(house: House) -> None:
    agreed(house)
    for login, status in (("centre", 200), ("regulator", 200), ("bidder", 403), ("third", 403)):
        assert house.client.get(GLASS, headers=house.login(login)).status_code == status
    assert house.client.get(GLASS).status_code == 401


def test_a_tender_that_is_none_has_no_glass(house: House) -> None:
    answer = house.client.post("/api/tenders/NONE/glass", json=WHY, headers=house.login("regulator"))
    assert answer.status_code == 404
    assert house.platform.ledger.state("glass/NONE").requests == ()


def test_bidders_do_not_learn_of_it_while_bids_are_taken_and_everybody_does_at_the_closing(house: House) -> None:
    agreed(house, "centre", "owner")
    said(house, "regulator", "/1/reading")
    assert STREAM.encode() not in b"".join(public_log(house.platform.ledger).values())
    closed(house)
    shown = b"".join(public_log(house.platform.ledger).values())
    assert all(f'"act":"glass.{act}"'.encode() in shown for act in ("asked", "approved", "read"))
    assert said(house, "regulator", "/1/reading")[1]["code"] == "glass.opened"


def test_without_custodians_in_the_settings_there_is_no_such_reading(bidding: House) -> None:
    assert said(bidding, "regulator", "", WHY)[1]["code"] == "glass.custodians"
