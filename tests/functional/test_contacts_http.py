"""Who stands for an organisation: in no byte of the log, readable by rule and on record, gone with one key."""

import pytest
from sqlalchemy import select

from archive.database import event_table
from archive.ledger.audit import audit
from archive.ledger.export import blobs_of, regulators_log
from archive.replay import replay
from archive.replay.packs import PackSource
from archive.verify import verify_files
from archive.verify.files import Memory
from tests.functional.conftest import House
from trading.demo import cast
from trading.kinds import DECIDERS

CODE = cast.SUPPLIERS[2].code
PEOPLE = f"/api/organisations/{CODE}/people"
ZHENG = {"duty": "contact", "name": "郑示演", "phone": "0875-5550142", "mail": "zheng@example.test"}
ASKED = f"{PEOPLE}?purpose=核对主体信息"


def named(house: House) -> None:
    answer = house.client.post(PEOPLE, json=ZHENG, headers=house.login("bidder"))
    assert answer.status_code == 201, answer.text


def known(house: House, login: str) -> object:
    return house.client.get(ASKED, headers=house.login(login)).json()


def test_what_is_named_stands_in_no_entry_and_is_read_by_those_who_may(bidding: House) -> None:
    named(bidding)
    assert known(bidding, "bidder") == known(bidding, "regulator") == [ZHENG]
    with bidding.platform.engine.connect() as db:
        bodies = b"".join(db.execute(select(event_table.c.body)).scalars())
    public = b"".join(bidding.client.get(f"/log/body/{n:03}").content for n in range(120))
    for private in ("郑示演", "0875-5550142", "zheng@example.test"):
        assert private.encode() not in bodies + public
    assert "核对主体信息".encode() in bodies, "who read it, and what for, is on record"


@pytest.mark.parametrize("login", ["agency", "other"])
def test_nobody_else_reads_it(bidding: House, login: str) -> None:
    named(bidding)
    answer = bidding.client.get(ASKED, headers=bidding.login(login))
    assert (answer.status_code, answer.json()["code"]) == (422, "org.private")


def test_a_reading_has_a_purpose_and_a_reader(bidding: House) -> None:
    assert bidding.client.get(ASKED).status_code == 401
    assert bidding.client.get(PEOPLE, headers=bidding.login("regulator")).status_code == 400


def test_another_organisation_is_not_spoken_for(bidding: House) -> None:
    other = bidding.login("other")
    answer = bidding.client.post(PEOPLE, json=ZHENG, headers=other)
    assert (answer.status_code, answer.json()["code"]) == (422, "org.not-entitled")
    assert bidding.client.post(f"{PEOPLE}/forget", json={"basis": "好奇"}, headers=other).json()["code"] == "org.not-entitled"


def test_whoever_stood_for_it_is_forgotten_and_the_log_verifies_as_before(bidding: House) -> None:
    named(bidding)
    ledger = bidding.platform.ledger
    before = audit(ledger)
    basis = {"basis": "个人信息保护法 第四十七条"}
    assert bidding.client.post(f"{PEOPLE}/forget", json=basis, headers=bidding.login("bidder")).status_code == 201
    assert known(bidding, "bidder") == known(bidding, "regulator") == []
    after = audit(ledger)
    assert (before.text(), after.text(), after.note_counts["ERASED"] - before.note_counts.get("ERASED", 0)) == ("", "", 1)
    pack = regulators_log(ledger, blobs=blobs_of(bidding.platform.vault.read), private=True)
    assert verify_files(pack, policy=pack["policy"]).text() == ""
    assert replay(PackSource(Memory(pack)), DECIDERS).text() == ""
