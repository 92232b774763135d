"""Acts by HTTP: papers first, then the command that names them; who may; and every act with its receipt."""

import pytest
from sqlalchemy import select

from archive.database import reading
from archive.policy import parse_policy
from archive.proofs import check_proof
from tests.functional.conftest import LOT, TENDER, House
from trading.tables import session_record

ACTS = f"/api/tenders/{TENDER}/acts"


def clarification(house: House, token: dict[str, str]) -> dict[str, object]:
    stored = house.client.post("/api/files", content="澄清:以图纸为准。".encode(), headers=token).json()
    return {"type": "tender.clarify", "title": "第 2 号澄清", "sha256": stored["sha256"], "affects_bids": False}


def test_a_clarification_is_published_with_its_text(bidding: House) -> None:
    token = bidding.login("agency")
    answer = bidding.client.post(ACTS, json=clarification(bidding, token), headers=token)
    assert answer.status_code == 201, answer.text
    notices = bidding.client.get(f"/api/tenders/{TENDER}").json()["notices"]
    assert notices[-1]["title"] == "第 2 号澄清"
    page = bidding.client.get(f"/tenders/{TENDER}/notices/{notices[-1]['n']}", headers={"Accept": "text/html"}).text
    assert "澄清:以图纸为准。" in page


def test_an_act_is_answered_with_a_receipt_that_holds(bidding: House) -> None:
    token = bidding.login("agency")
    receipt = bidding.client.post(ACTS, json=clarification(bidding, token), headers=token).json()
    opened = check_proof(receipt["receipt"].encode(), parse_policy(bidding.client.get("/log/policy").content))
    assert opened.body is not None
    assert receipt["event"].encode() in opened.body


def test_the_entry_names_the_paper_by_length_and_digest(bidding: House) -> None:
    token = bidding.login("agency")
    command = clarification(bidding, token)
    receipt = bidding.client.post(ACTS, json=command, headers=token).json()["receipt"]
    body = check_proof(receipt.encode(), parse_policy(bidding.client.get("/log/policy").content)).body
    assert body is not None
    assert f'"sha256":"{command["sha256"]}"'.encode() in body
    assert b'"blob":[{"len":' in body


def test_who_may_not_do_this_to_a_tender_is_refused_and_the_refusal_is_on_record(bidding: House) -> None:
    token = bidding.login("centre")
    before = bidding.platform.ledger.state(f"tender/{TENDER}")
    command = {"type": "tender.terminate", "ground": "order", "reason": "演示"}
    answer = bidding.client.post(ACTS, json=command, headers=token)
    assert (answer.status_code, answer.json()["code"]) == (422, "tender.not-entitled")
    assert bidding.platform.ledger.state(f"tender/{TENDER}") == before
    bidding.platform.publishing.round()
    newest = bidding.client.get(f"/api/log?stream=tender/{TENDER}").json()["items"][0]
    assert "tender.not-entitled" in newest["text"]


def test_a_role_that_does_not_send_a_command_is_turned_away_before_any_rule(bidding: House) -> None:
    before = bidding.platform.ledger.state(f"tender/{TENDER}")
    answer = bidding.client.post(ACTS, json=clarification(bidding, bidding.login("agency")), headers=bidding.login("bidder"))
    assert (answer.status_code, answer.json()["code"]) == (403, "web.forbidden")
    assert bidding.platform.ledger.state(f"tender/{TENDER}") == before


def test_a_complaint_follows_the_answer_to_its_objection(bidding: House) -> None:
    token, base = bidding.login("bidder"), f"/api/tenders/{TENDER}"
    said = {"kind": "documents", "text": "演示", "interest": "participant"}
    objection = bidding.client.post(f"{base}/objections", json=said, headers=token).json()["objection"]
    early = bidding.client.post(f"{base}/complaints", json=said | {"about": objection}, headers=token)
    assert (early.status_code, early.json()["code"]) == (422, "complaint.unanswered")
    answer = {"outcome": "dismissed", "text": "演示答复"}
    bidding.client.post(f"{base}/objections/{objection}/answer", json=answer, headers=bidding.login("agency"))
    filed = bidding.client.post(f"{base}/complaints", json=said | {"about": objection}, headers=token)
    assert filed.status_code == 201, filed.text
    found = bidding.platform.ledger.state(f"tender/{TENDER}").objections[-1]
    assert (found.id, found.regime) == (filed.json()["objection"], "complaint")


@pytest.mark.parametrize(
    "command", [{"type": "tender.close"}, {"type": "tender.open"}, {"type": "tender.ring", "key": "close:::1"}]
)
def test_what_happens_by_rule_is_nobodys_to_ask_for(bidding: House, command: dict[str, str]) -> None:
    answer = bidding.client.post(ACTS, json=command, headers=bidding.login("centre"))
    assert (answer.status_code, answer.json()["code"]) == (403, "web.forbidden")


def test_a_question_is_answered_with_a_receipt_and_shows_nobody_who_asked(bidding: House) -> None:
    answer = bidding.client.post(f"/api/tenders/{TENDER}/questions", json={"text": "演示提问?"}, headers=bidding.login("bidder"))
    assert answer.status_code == 201
    seen = bidding.client.get(f"/api/tenders/{TENDER}", headers=bidding.login("agency")).json()["questions"]
    assert [q["text"] for q in seen][-1] == "演示提问?"
    assert bidding.client.get(f"/api/tenders/{TENDER}").json()["questions"] == []


def test_an_objection_pauses_the_tender_until_it_is_answered(bidding: House) -> None:
    filed = {"kind": "documents", "text": "演示异议", "interest": "participant"}
    answer = bidding.client.post(f"/api/tenders/{TENDER}/objections", json=filed, headers=bidding.login("bidder"))
    assert answer.status_code == 201, answer.text
    assert bidding.client.get(f"/api/tenders/{TENDER}").json()["paused_at"] > 0
    page = bidding.client.get(f"/tenders/{TENDER}", headers={"Accept": "text/html"}).text
    assert "自 2026年9月28日" in page
    url = f"/api/tenders/{TENDER}/objections/{answer.json()['objection']}/answer"
    done = bidding.client.post(url, json={"outcome": "dismissed", "text": "演示答复"}, headers=bidding.login("agency"))
    assert done.status_code == 201, done.text
    tender = bidding.client.get(f"/api/tenders/{TENDER}").json()
    assert tender["pauses"] == []
    assert tender["objections"][-1]["outcome"] == "dismissed"


def test_the_same_key_with_another_command_is_a_conflict(bidding: House) -> None:
    token = bidding.login("agency")
    headers = token | {"Idempotency-Key": "k"}
    assert bidding.client.post(ACTS, json=clarification(bidding, token), headers=headers).status_code == 201
    other = clarification(bidding, token) | {"title": "另一件事"}
    assert bidding.client.post(ACTS, json=other, headers=headers).status_code == 409


def test_a_member_cannot_speak_for_another_in_the_room(bidding: House) -> None:
    url = f"/api/tenders/{TENDER}/lots/{LOT}/evaluation/acts"
    command = {"type": "room.check-in", "member": "E0000001", "station": "1", "proof": "0" * 64}
    answer = bidding.client.post(url, json=command, headers=bidding.login("centre"))
    assert (answer.status_code, answer.json()["code"]) == (403, "web.forbidden")


def test_only_the_called_expert_answers_for_his_seat(bidding: House) -> None:
    url = f"/api/tenders/{TENDER}/lots/{LOT}/draw/acts"
    answer = bidding.client.post(url, json={"type": "panel.reply", "seat": 0, "reply": "accept"}, headers=bidding.login("bidder"))
    assert (answer.status_code, answer.json()["code"]) == (403, "web.forbidden")


def test_a_file_over_the_limit_is_too_large(bidding: House) -> None:
    token = bidding.login("agency")
    site = bidding.application.state["site"]
    limit = site.configuration.settings.web.max_file_bytes
    pieces = (b"x" * 1_000_000 for _ in range(limit // 1_000_000 + 2))
    answer = bidding.client.post("/api/files", content=pieces, headers=token)
    assert (answer.status_code, answer.json()["code"]) == (413, "web.too_large")


@pytest.mark.parametrize("url", ["/api/replays", f"/api/tenders/{TENDER}/lots/{LOT}/evaluation/acts"])
def test_a_denial_is_itself_on_record_in_the_session(bidding: House, url: str) -> None:
    token = bidding.login("bidder")
    body = {"type": "room.summarise"}
    assert bidding.client.post(url, json=body, headers=token).status_code == 403
    with reading(bidding.platform.engine) as db:
        assert db.execute(select(session_record.c.denials).where(session_record.c.began_at > 0)).scalars().all() == [1]
