"""Logging in by form, by password and by certificate; what of it is on record; my desk."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from archive.database import reading
from tests.functional.conftest import PASSWORD, TENDER, House
from trading import app
from trading.tables import session_record

HTML = {"Accept": "text/html"}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def records(house: House) -> list[dict[str, object]]:
    with reading(house.platform.engine) as db:
        return [dict(row) for row in db.execute(select(session_record)).mappings()]


def test_the_form_leads_to_where_the_visitor_was_going(bidding: House) -> None:
    form = {"login": "agency", "password": PASSWORD, "next": f"/tenders/{TENDER}"}
    answer = bidding.client.post("/login", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tenders/{TENDER}")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "", "/a\r\nX: y"]
)
def test_the_form_leads_nowhere_else(bidding: House, target: str) -> None:
    form = {"login": "agency", "password": PASSWORD, "next": target}
    assert bidding.client.post("/login", data=form, follow_redirects=False).headers["location"] == "/desk"


def test_a_wrong_password_brings_the_form_back_with_the_reason(bidding: House) -> None:
    answer = bidding.client.post("/login", data={"login": "agency", "password": "wrong"}, headers={"Accept-Language": "en"})
    assert answer.status_code == 401
    assert "The account or the password is not right." in answer.text
    assert 'value="agency"' in answer.text


def test_a_login_and_a_logout_are_on_record(bidding: House) -> None:
    token = bidding.login("agency")
    assert bidding.client.delete("/api/session", headers=token).status_code == 204
    found = [r for r in records(bidding) if r["began_at"]]
    assert [(r["means"], bool(r["ended_at"])) for r in found] == [("password", True)]
    assert bidding.client.get("/api/session", headers=token).status_code == 401


def test_failures_are_on_record_under_a_keyed_digest_of_the_name(bidding: House) -> None:
    for _ in range(2):
        bidding.client.post("/api/session", json={"login": "agency", "password": "wrong"})
    found = [r for r in records(bidding) if r["failures"]]
    assert [r["failures"] for r in found] == [2]
    assert "agency" not in str(found)


def test_throttled_attempts_are_told_when_to_come_back_and_not_recorded_again(bidding: House) -> None:
    answers = [bidding.client.post("/api/session", json={"login": "agency", "password": "wrong"}) for _ in range(7)]
    assert [a.status_code for a in answers] == [401] * 5 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0
    assert [r["failures"] for r in records(bidding) if r["failures"]] == [5]


def test_a_certificate_logs_in_by_a_signed_challenge(bidding: House) -> None:
    public = b64encode(KEY.public_key().public_bytes_raw()).decode()
    accounts = app.identity(bidding.platform, app_configuration(bidding))
    accounts.register("robot", "演示系统", "agency", key=public)
    asked = bidding.client.post("/api/session/challenges", json={"login": "robot"}).json()
    signature = b64encode(KEY.sign(asked["text"].encode())).decode()
    answer = bidding.client.post("/api/session", json={"nonce": asked["nonce"], "signature": signature})
    assert (answer.status_code, answer.json()["role"]) == (201, "agency")
    assert [r["means"] for r in records(bidding) if r["began_at"]] == ["certificate"]


def test_a_challenge_signed_by_another_key_opens_nothing(bidding: House) -> None:
    asked = bidding.client.post("/api/session/challenges", json={"login": "agency"}).json()
    signature = b64encode(KEY.sign(asked["text"].encode())).decode()
    answer = bidding.client.post("/api/session", json={"nonce": asked["nonce"], "signature": signature})
    assert (answer.status_code, answer.json()["code"]) == (401, "login.signature")


def test_demonstration_accounts_are_named_on_the_login_page_without_their_passwords(bidding: House) -> None:
    page = bidding.client.get("/login", headers=HTML).text
    assert "<code>regulator</code>" in page
    assert PASSWORD not in page


def test_my_desk_needs_a_login_and_says_so(bidding: House) -> None:
    bidding.client.cookies.clear()
    answer = bidding.client.get("/desk", headers=HTML)
    assert answer.status_code == 401
    assert 'href="/login?next=/desk"' in answer.text


def test_my_desk_shows_an_agency_its_tenders(bidding: House) -> None:
    desk = bidding.client.get("/api/desk", headers=bidding.login("agency")).json()
    assert [t["tender"] for t in desk["tenders"]] == [TENDER]
    assert [d["what"] for d in desk["dues"]] == ["close"]


def test_my_desk_shows_a_bidder_nobody_elses_work(bidding: House) -> None:
    desk = bidding.client.get("/api/desk", headers=bidding.login("bidder")).json()
    assert (desk["bids"], desk["tenders"], desk["dues"]) == ([], [], [])


def test_a_page_for_somebody_is_not_kept_by_caches(bidding: House) -> None:
    assert bidding.client.get("/", headers=HTML).headers["cache-control"] == "no-cache"
    assert bidding.client.get("/", headers=HTML | bidding.login("agency")).headers["cache-control"] == "no-store"


def app_configuration(house: House):  # type: ignore[no-untyped-def]
    return house.application.state["site"].configuration
