"""A bid over HTTP: sealed on the bidder's side, uploaded in parts, handed in, replaced, refused, and its receipt checked."""

import hashlib
import secrets
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pytest

from archive.database import reading
from archive.errors import Refused
from archive.policy import parse_policy
from archive.proofs import check_proof
from archive.values import SECOND, Actor
from bidding import tool
from bidding.sealing import Policy, envelope_id, parse_envelope, trustee_open
from bidding.sealing import parse_policy as parse_bid_policy
from bidding.tool import Fresh, Identity, Place
from tests.functional.conftest import LOT, TENDER, House
from tests.theatre import played
from trading import queries
from trading.commands import RecordOpening
from trading.demo import cast
from trading.demo.players import Keeper
from trading.desk import evaluation, opening, publication, verdicts

BIDS = f"/api/tenders/{TENDER}/lots/{LOT}/bids"
PART = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


class Bidder:
    """A bidder with its own keys, that reaches the platform by HTTP alone."""

    def __init__(self, house: House, login: str = "bidder", org: str = cast.SUPPLIERS[2].code) -> None:
        self.house = house
        self.token = house.login(login)
        self.place = Place(TENDER, LOT)
        self.identity = Identity(org, secrets.token_bytes(32))
        self.rules: Policy = opening.policy_of(house.platform, TENDER, LOT)
        self.chain: list[bytes] = []

    def seal(self, *, priced: bool = True) -> tuple[bytes, list[bytes]]:
        fresh = Fresh(secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(32))
        sinks = [BytesIO(), BytesIO()]
        form: dict[str, object] = {"bidder_name": "演示", "duration_days": 118}
        form |= {"price": "458600000", "currency": "CNY"} if priced else {}
        files = [("技术标.pdf", "application/pdf", BytesIO(b"%PDF demo " * 150_000))]
        raw = tool.seal_bid(self.rules, self.place, self.identity, fresh, form, files, sinks)
        return raw, [sink.getvalue() for sink in sinks]

    def upload(self, body: bytes) -> str:
        client = self.house.client
        made = client.post("/api/uploads", headers=self.token | {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(body))})
        assert made.status_code == 201, made.text
        url = made.headers["location"]
        checksum = "sha256 " + b64encode(hashlib.sha256(body).digest()).decode()
        headers = self.token | PART | {"Upload-Offset": "0", "Upload-Checksum": checksum}
        sent = client.patch(url, content=body, headers=headers)
        assert (sent.status_code, sent.headers["upload-offset"]) == (204, str(len(body))), sent.text
        return str(url)

    def message(self, envelopes: list[bytes], seq: int = 0) -> dict[str, object]:
        before = self.chain[-1] if self.chain else b""
        raw = tool.submission(self.identity, self.place, envelopes, seq or len(self.chain) + 1, before, 1_790_000_000_000)
        return {"submission": b64encode(raw).decode(), "envelopes": [b64encode(e).decode() for e in envelopes], "raw": raw}

    def hand_in(self, envelopes: list[bytes], key: str = "", **more: object):  # type: ignore[no-untyped-def]
        message = self.message(envelopes) | more
        raw = message.pop("raw")
        headers = self.token | ({"Idempotency-Key": key} if key else {})
        answer = self.house.client.post(BIDS, json=message, headers=headers)
        if answer.status_code == 201:
            self.chain.append(raw)  # type: ignore[arg-type]
        return answer


def test_a_sealed_and_uploaded_bid_is_received_and_its_receipt_holds(scratch: House) -> None:
    bidder = Bidder(scratch)
    raw, bodies = bidder.seal()
    for body in bodies:
        bidder.upload(body)
    answer = bidder.hand_in([raw])
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert receipt["act"] == "bid.submitted"
    assert receipt["stream"].startswith("sealed/")
    policy = parse_policy(scratch.client.get("/log/policy").content)
    opened = check_proof(receipt["receipt"].encode(), policy)
    assert opened.body is not None
    assert raw.hex().encode() in opened.body


def test_a_receipt_is_checked_without_login(scratch: House) -> None:
    bidder = Bidder(scratch)
    raw, bodies = bidder.seal()
    for body in bodies:
        bidder.upload(body)
    receipt = bidder.hand_in([raw]).json()["receipt"]
    verdict = scratch.client.post("/api/receipts", json={"receipt": receipt}).json()
    assert (verdict["holds"], verdict["act"]) == (True, "bid.submitted")


def test_a_bid_before_the_opening_is_withheld_in_the_log(scratch: House) -> None:
    bidder = Bidder(scratch)
    raw, bodies = bidder.seal()
    for body in bodies:
        bidder.upload(body)
    stream = bidder.hand_in([raw]).json()["stream"]
    scratch.platform.publishing.round()
    assert scratch.client.get(f"/api/log?stream={stream}").json()["items"] == []


def test_only_its_own_organisation_sees_a_bid_before_the_opening(bidding: House) -> None:
    bidder = Bidder(bidding)
    raw, bodies = bidder.seal()
    for body in bodies:
        bidder.upload(body)
    bidder.hand_in([raw])
    own = bidding.client.get("/api/desk", headers=bidder.token).json()["bids"]
    others = bidding.client.get("/api/desk", headers=bidding.login("other")).json()["bids"]
    assert [(b["tender"], b["standing"]) for b in own] == [(TENDER, "in-force")]
    assert others == []


def test_a_bid_is_replaced_and_withdrawn_by_the_same_chain(bidding: House) -> None:
    bidder = Bidder(bidding)
    for _ in range(2):
        raw, bodies = bidder.seal()
        for body in bodies:
            bidder.upload(body)
        assert bidder.hand_in([raw]).status_code == 201
    assert bidder.hand_in([]).json()["act"] == "bid.withdrawn"
    assert bidding.client.get("/api/desk", headers=bidder.token).json()["bids"][0]["standing"] == "withdrawn"


def test_where_a_submission_came_from_is_kept_and_shown_nowhere_in_public(bidding: House) -> None:
    bidder = Bidder(bidding)
    raw, bodies = bidder.seal()
    for body in bodies:
        bidder.upload(body)
    assert bidder.hand_in([raw]).status_code == 201
    with reading(bidding.platform.engine) as db:
        kept = queries.senders(db, TENDER, LOT)
        assert queries.senders(db, TENDER, "another") == {}
    ((address, network, device),) = kept[cast.SUPPLIERS[2].code]
    derive = bidding.platform.derive
    first = derive("origin//address/testclient").hex()[:32]
    assert address == derive(f"origin/{TENDER}/address/{first}").hex()[:32]
    assert address != derive(f"origin/another/address/{first}").hex()[:32]
    assert {len(digest) for digest in (address, network, device)} == {32}
    bidding.platform.publishing.round()
    lines = bidding.client.get("/api/log", params={"size": 50}).json()["items"]
    told = ("testclient", address, network, device)
    assert not [line for line in lines if any(word in line["text"] for word in told)]


def test_where_the_bodies_of_a_submission_were_sent_from_is_kept_with_it(bidding: House) -> None:
    bidder = Bidder(bidding)
    raw, bodies = bidder.seal()
    for agent, body in zip(("one tool", "another tool"), bodies, strict=True):
        bidding.client.headers["user-agent"] = agent
        bidder.upload(body)
    assert bidder.hand_in([raw]).status_code == 201
    with reading(bidding.platform.engine) as db:
        kept = queries.senders(db, TENDER, LOT)[cast.SUPPLIERS[2].code]
    assert len({device for _, _, device in kept}) == 2  # the submission's own tool sent a body as well
    assert len({place[:2] for place in kept}) == 1


def test_the_same_idempotency_key_gives_the_same_act(scratch: House) -> None:
    bidder = Bidder(scratch)
    raw, bodies = bidder.seal()
    for body in bodies:
        bidder.upload(body)
    message = bidder.message([raw])
    del message["raw"]
    headers = bidder.token | {"Idempotency-Key": "once"}
    first, second = (scratch.client.post(BIDS, json=message, headers=headers).json() for _ in range(2))
    assert first["event"] == second["event"]


def test_an_unsealed_file_is_refused_with_the_article(scratch: House) -> None:
    bidder = Bidder(scratch)
    answer = bidder.hand_in([b"%PDF-1.7 plain"], submission=b64encode(b"SBS1").decode())
    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["law"]) == ("bid.unsealed", "电子招标投标办法 第二十六条")


def test_a_bid_whose_ciphertext_did_not_arrive_is_refused(scratch: House) -> None:
    bidder = Bidder(scratch)
    raw, _ = bidder.seal()
    answer = bidder.hand_in([raw])
    assert (answer.status_code, answer.json()["code"]) == (422, "bid.incomplete")


def test_a_bid_whose_last_byte_comes_at_the_deadline_is_late(bidding: House) -> None:
    deadline = bidding.client.get(f"/api/tenders/{TENDER}").json()["times"]["deadline"]
    bidding.clock.now = deadline - SECOND
    bidder = Bidder(bidding)
    raw, bodies = bidder.seal()
    for body in bodies:
        bidder.upload(body)
    bidding.clock.now = deadline - 1
    answer = bidder.hand_in([raw])
    assert (answer.status_code, answer.json()["code"]) == (422, "bid.late")


def test_an_account_that_is_no_bidders_hands_in_nothing(scratch: House) -> None:
    bidder = Bidder(scratch, "agency")
    answer = bidder.hand_in([])
    assert (answer.status_code, answer.json()["code"]) == (403, "web.forbidden")


def test_an_upload_goes_on_where_it_stood(scratch: House) -> None:
    bidder = Bidder(scratch)
    _, bodies = bidder.seal()
    body = bodies[1]
    client = scratch.client
    made = client.post("/api/uploads", headers=bidder.token | {"Upload-Length": str(len(body))})
    url = made.headers["location"]
    first = client.patch(url, content=body[: len(body) - 1000], headers=bidder.token | PART | {"Upload-Offset": "0"})
    offset = int(first.headers["upload-offset"])
    assert 0 < offset < len(body)
    assert client.head(url, headers=bidder.token).headers["upload-offset"] == str(offset)
    rest = client.patch(url, content=body[offset:], headers=bidder.token | PART | {"Upload-Offset": str(offset)})
    assert rest.headers["upload-offset"] == str(len(body))


def test_a_part_with_a_wrong_checksum_is_not_kept(scratch: House) -> None:
    bidder = Bidder(scratch)
    body = bidder.seal()[1][0]
    url = scratch.client.post("/api/uploads", headers=bidder.token | {"Upload-Length": str(len(body))}).headers["location"]
    headers = bidder.token | PART | {"Upload-Offset": "0", "Upload-Checksum": "sha256 " + b64encode(bytes(32)).decode()}
    assert scratch.client.patch(url, content=body, headers=headers).status_code == 460
    assert scratch.client.head(url, headers=bidder.token).headers["upload-offset"] == "0"


def test_anothers_upload_is_as_missing_as_none(scratch: House) -> None:
    bidder = Bidder(scratch)
    url = bidder.upload(bidder.seal()[1][0])
    assert scratch.client.head(url, headers=scratch.login("other")).status_code == 404


def test_a_dropped_upload_is_gone(scratch: House) -> None:
    bidder = Bidder(scratch)
    url = bidder.upload(bidder.seal()[1][0])
    assert scratch.client.delete(url, headers=bidder.token).status_code == 204
    assert scratch.client.head(url, headers=bidder.token).status_code == 404


def test_the_protocol_is_told_to_who_asks(scratch: House) -> None:
    answer = scratch.client.options("/api/uploads")
    assert (answer.headers["tus-version"], answer.headers["tus-checksum-algorithm"]) == ("1.0.0", "sha256")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Tus-Resumable": "0.2"}, 400),
        ({"Upload-Checksum": "md5 x"}, 400),
        ({"Upload-Offset": "7"}, 409),
    ],
)
def test_a_part_that_does_not_speak_the_protocol_is_refused(scratch: House, change: dict[str, str], status: int) -> None:
    bidder = Bidder(scratch)
    body = bidder.seal()[1][0]
    url = scratch.client.post("/api/uploads", headers=bidder.token | {"Upload-Length": str(len(body))}).headers["location"]
    answer = scratch.client.patch(url, content=body[7:], headers=bidder.token | PART | {"Upload-Offset": "0"} | change)
    assert answer.status_code == status


def test_the_arrival_of_the_last_byte_stands_in_the_entry(scratch: House) -> None:
    bidder = Bidder(scratch)
    raw, bodies = bidder.seal()
    for body in bodies:
        bidder.upload(body)
    before = scratch.clock.now
    receipt = bidder.hand_in([raw]).json()["receipt"]
    verdict = scratch.client.post("/api/receipts", json={"receipt": receipt}).json()
    assert verdict["rx"] and verdict["rx"] <= verdict["at"]
    assert scratch.clock.now - before < SECOND


def test_a_bid_in_time_is_received_a_microsecond_before_the_deadline(bidding: House) -> None:
    deadline = bidding.client.get(f"/api/tenders/{TENDER}").json()["times"]["deadline"]
    bidding.clock.now = deadline - SECOND
    bidder = Bidder(bidding)
    raw, bodies = bidder.seal()
    for body in bodies:
        bidder.upload(body)
    bidding.clock.now = deadline - 2  # the next reading of the clock, at the last byte, is one microsecond before
    assert bidder.hand_in([raw]).status_code == 201


def handed_in(house: House, logins: tuple[tuple[str, int], ...], unpriced: str = "") -> list[str]:
    """One bid from each, without a price from one; their envelope ids."""
    ids = []
    for login, place in logins:
        bidder = Bidder(house, login, cast.SUPPLIERS[place].code)
        raw, bodies = bidder.seal(priced=login != unpriced)
        for body in bodies:
            bidder.upload(body)
        assert bidder.hand_in([raw]).status_code == 201
        ids.append(envelope_id(raw).hex())
    return ids


def closed(house: House) -> None:
    house.clock.now = house.client.get(f"/api/tenders/{TENDER}").json()["times"]["deadline"]
    opening.close(house.platform, TENDER)


def released(house: House, keeper: Keeper, login: str, j: int):  # type: ignore[no-untyped-def]
    """What a trustee does with the listed envelopes: open its shares and hand them over."""
    listed = house.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/envelopes").json()
    rules = parse_bid_policy(bytes.fromhex(listed["policy"]))
    shares = []
    for envelope in listed["envelopes"]:
        share = trustee_open(rules, parse_envelope(bytes.fromhex(envelope["envelope"])), j, keeper.sk)
        assert share is not None
        shares.append({"envelope": envelope["id"], "share": share.share.hex(), "r": share.blind.hex()})
    command = {"type": "box.release", "closing_list": listed["closing_list"], "j": j, "shares": shares}
    url = f"/api/tenders/{TENDER}/lots/{LOT}/opening/acts"
    return house.client.post(url, json=command, headers=house.login(login))


def test_a_box_with_two_bids_stays_shut_and_names_nobody(bidding: House) -> None:
    handed_in(bidding, (("bidder", 2), ("other", 3)))
    closed(bidding)
    view = bidding.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/opening").json()
    assert (view["phase"], view["count"], view["bids"]) == ("kept", 2, [])
    assert bidding.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/envelopes").status_code == 404


def answered(house: House, unpriced: str = "") -> list[str]:
    """Three bids, for which two of the three trustees released their shares; their envelope ids."""
    ids = handed_in(house, (("bidder", 2), ("other", 3), ("third", 4)), unpriced)
    closed(house)
    agency, regulator, _ = played().keepers
    for keeper, login, j in ((agency, "agency", 1), (regulator, "regulator", 2)):
        answer = released(house, keeper, login, j)
        assert answer.status_code == 201, answer.text
    return ids


def opened(house: House, unpriced: str = "") -> list[str]:
    """The same, judged and read aloud."""
    ids = answered(house, unpriced)
    verdicts.conclude(house.platform, TENDER, LOT)
    return ids


def test_the_host_puts_the_finished_opening_on_record_and_nobody_writes_it(bidding: House) -> None:
    opened(bidding)
    agency, place = bidding.login("agency"), f"/api/tenders/{TENDER}/lots/{LOT}/opening"
    early = bidding.client.post(f"{place}/record", headers=agency)
    assert (early.status_code, early.json()["code"]) == (422, "box.wrong-phase")
    assert bidding.client.post(f"{place}/acts", json={"type": "box.finish"}, headers=agency).status_code == 201
    written = {"type": "tender.record-opening", "lot": LOT, "rows": [], "record_sha256": "0" * 64}
    for login in ("bidder", "agency", "owner", "centre", "regulator"):
        answer = bidding.client.post(f"/api/tenders/{TENDER}/acts", json=written, headers=bidding.login(login))
        assert (answer.status_code, answer.json()["code"]) == (403, "web.forbidden")
    assert bidding.client.post(f"{place}/record", headers=bidding.login("bidder")).status_code == 403
    done = bidding.client.post(f"{place}/record", headers=agency)
    assert (done.status_code, done.json()["act"]) == (201, "tender.opening_recorded"), done.text
    lot = bidding.platform.ledger.state(f"tender/{TENDER}").lot(LOT)
    assert (lot.stage, {row.verdict for row in lot.rows}, lot.record_sha256 != "") == ("recorded", {"opened"}, True)
    again = bidding.client.post(f"{place}/record", headers=agency)
    assert (again.status_code, again.json()["code"]) == (422, "tender.stage")


def test_a_bid_that_states_no_price_holds_up_nobodys_record_and_is_left_out_of_the_comparison(bidding: House) -> None:
    opened(bidding, unpriced="third")
    agency, place = bidding.login("agency"), f"/api/tenders/{TENDER}/lots/{LOT}/opening"
    assert bidding.client.post(f"{place}/acts", json={"type": "box.finish"}, headers=agency).status_code == 201
    assert bidding.client.post(f"{place}/record", headers=agency).status_code == 201
    rows = bidding.platform.ledger.state(f"tender/{TENDER}").lot(LOT).rows
    assert [row.price.amount if row.price else None for row in rows] == [458_600_000, 458_600_000, None]
    bids, without = evaluation.priced(bidding.platform.ledger.state(f"box/{TENDER}.{LOT}"), {}, {}, "CNY")
    assert {bid.org for bid in bids} == {cast.SUPPLIERS[2].code, cast.SUPPLIERS[3].code}
    assert without == (cast.SUPPLIERS[4].code,)


def test_the_rules_refuse_an_opening_record_that_did_not_come_through_the_desk(bidding: House) -> None:
    opened(bidding)
    agency = Actor(id="u-agency", kind="user", org=cast.AGENCY_WORKS.code, role="agency")
    box = bidding.platform.ledger.state(f"box/{TENDER}.{LOT}")
    with pytest.raises(Refused, match=r"opening\.unlike-box"):
        publication.act(bidding.platform, agency, TENDER, RecordOpening(LOT, opening.rows(box), "0" * 64))
    assert bidding.platform.ledger.state(f"tender/{TENDER}").lot(LOT).stage == "opened"


def test_two_of_three_trustees_open_what_three_bidders_sealed(bidding: House) -> None:
    ids = opened(bidding)
    listed = bidding.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/envelopes").json()
    assert sorted(e["id"] for e in listed["envelopes"]) == sorted(ids)
    bids = bidding.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/opening").json()["bids"]
    assert [(b["effect"], b["price"]["amount"]) for b in bids] == [("opened", 458_600_000)] * 3


@pytest.mark.parametrize("harm", ["a flipped bit", "cut", "gone"])
def test_stored_bytes_that_went_bad_are_the_platforms_fault_and_hold_up_nobody(bidding: House, tmp_path: Path, harm: str) -> None:
    ids = answered(bidding)
    raw = verdicts.raw_envelopes(bidding.platform, ids[:1])[ids[0]]
    body = bidding.platform.uploads.locate(parse_envelope(raw).bodies[1].root.hex())
    assert body is not None
    (file,) = tmp_path.rglob(body.path)
    stored = bytearray(file.read_bytes())
    stored[-1] ^= 1
    file.unlink()
    if harm != "gone":
        file.write_bytes(stored if harm == "a flipped bit" else stored[:-1])
    verdicts.conclude(bidding.platform, TENDER, LOT)
    ballots = {b.envelope: b.verdict for b in bidding.platform.ledger.state(f"box/{TENDER}.{LOT}").ballots}
    assert ballots == {ids[0]: "bytes-missing", ids[1]: "opened", ids[2]: "opened"}


def test_an_organisation_that_is_no_trustee_releases_nothing(bidding: House) -> None:
    handed_in(bidding, (("bidder", 2), ("other", 3), ("third", 4)))
    closed(bidding)
    answer = released(bidding, played().keepers[0], "bidder", 1)
    assert (answer.status_code, answer.json()["code"]) == (422, "box.not-trustee")


def test_only_the_host_rules_at_an_opening(scratch: House) -> None:
    command = {"type": "box.record-fault", "what": "演示故障", "began_at": 1}
    url = f"/api/tenders/{TENDER}/lots/{LOT}/opening/acts"
    answer = scratch.client.post(url, json=command, headers=scratch.login("bidder"))
    assert (answer.status_code, answer.json()["code"]) == (403, "web.forbidden")
