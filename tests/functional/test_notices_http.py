"""A notice has a page of its own, which says what its print says, and a receipt."""

import html
import re
from collections.abc import Iterator
from hashlib import sha256

import pytest
from msgspec import Struct, to_builtins
from msgspec.structs import replace

from archive.canonical import decode, encode
from archive.paper.press import pdf
from archive.paper.tree import Code, Document
from archive.paper.typeface import spelled
from archive.policy import parse_policy
from archive.proofs import check_proof
from archive.values import DAY, HOUR
from tests import market
from tests.functional.conftest import LOT, TENDER, House
from trading.demo import cast, entry, works
from trading.demo.players import policy, policy_hex
from trading.desk import bell

HTML = {"Accept": "text/html"}
PRINTED = (1, 2, 3, 4)
OTHER = "BS-2026-H1"


def words(value: object) -> Iterator[str]:
    """Every text of a tree but the code that leads to the page."""
    match value:
        case Code():
            return
        case str():
            yield from value.split("\n")
        case tuple():
            for item in value:
                yield from words(item)
        case Struct():
            for name in value.__struct_fields__:
                if name not in ("style", "align", "english", "subtitle", "platform", "empty"):
                    yield from words(getattr(value, name))
        case _:
            return


def shown(house: House, n: int) -> str:
    page = house.client.get(f"/tenders/{TENDER}/notices/{n}", headers=HTML)
    assert page.status_code == 200
    return html.unescape(re.sub("<[^>]+>", "", page.text))


def paper(house: House, n: int) -> tuple[dict[str, object], Document]:
    found = house.client.get(f"/api/tenders/{TENDER}/notices/{n}").json()
    return found["notice"], decode(encode(found["paper"]), type=Document)


@pytest.mark.parametrize("n", PRINTED)
def test_the_tree_of_a_notice_prints_the_very_file_that_the_log_names(reading: House, n: int) -> None:
    notice, tree = paper(reading, n)
    assert sha256(pdf(spelled(tree))).hexdigest() == notice["sha256"]


@pytest.mark.parametrize("n", PRINTED)
def test_the_page_of_a_notice_says_every_word_of_its_print(reading: House, n: int) -> None:
    page, (_, tree) = shown(reading, n), paper(reading, n)
    said = [word for section in tree.sections for word in words(section)]
    assert len(said) > 10
    assert not [word for word in said if word not in page]


@pytest.mark.parametrize("n", PRINTED)
def test_the_receipt_of_a_notice_opens_the_act_that_published_it(reading: House, n: int) -> None:
    page = reading.client.get(f"/tenders/{TENDER}/notices/{n}", headers=HTML).text
    link = re.search(r'href="(/log/\d+/receipt)"', page)
    assert link
    opened = check_proof(reading.client.get(link[1]).content, parse_policy(reading.client.get("/log/policy").content))
    assert opened.body is not None
    assert str(paper(reading, n)[0]["sha256"]).encode() in opened.body


def test_a_file_that_was_sent_is_no_text_of_the_platforms(bidding: House) -> None:
    token = bidding.login("agency")
    raw = encode(paper(bidding, 1)[1])
    stored = bidding.client.post("/api/files", content=raw, headers=token).json()
    command = {"type": "tender.clarify", "title": "第 2 号澄清", "sha256": stored["sha256"], "affects_bids": False}
    assert bidding.client.post(f"/api/tenders/{TENDER}/acts", json=command, headers=token).status_code == 201
    n = bidding.client.get(f"/api/tenders/{TENDER}").json()["notices"][-1]["n"]
    found = bidding.client.get(f"/api/tenders/{TENDER}/notices/{n}").json()
    assert (found["paper"], found["text"]) == (None, [raw.decode()])


def test_a_notice_that_is_a_file_is_there_to_be_fetched(bidding: House) -> None:
    token = bidding.login("agency")
    stored = bidding.client.post("/api/files", content=b"%PDF-1.7 a file", headers=token).json()
    command = {"type": "tender.clarify", "title": "第 3 号澄清", "sha256": stored["sha256"], "affects_bids": False}
    assert bidding.client.post(f"/api/tenders/{TENDER}/acts", json=command, headers=token).status_code == 201
    n = bidding.client.get(f"/api/tenders/{TENDER}").json()["notices"][-1]["n"]
    assert "本公告以文件形式发布" in shown(bidding, n)
    assert bidding.client.get(f"/tenders/{TENDER}/documents/{stored['sha256']}").content == b"%PDF-1.7 a file"


def approved(house: House) -> dict[str, object]:
    """Another tender whose documents are fixed, and the command that publishes it without a file."""
    platform = house.platform
    entry.admit(platform, works.AGENCY, OTHER, market.project(7), "cn-rs1-2019", "A0101")
    rules = policy_hex(policy(entry.trustees(platform, cast.AGENCY_WORKS), 2, 3))
    entry.fix(platform, works.AGENCY, works.OWNER, OTHER, market.draft(platform, rules, ("1",)))
    now = house.clock()
    times = {"documents_from": now + HOUR, "documents_to": now + 20 * DAY, "deadline": now + 40 * DAY}
    return {"type": "tender.publish", "notice": to_builtins(replace(market.notice(), sha256="", **times))}


def test_a_notice_that_names_no_file_is_printed_by_the_platform(bidding: House) -> None:
    command, token = approved(bidding), bidding.login("agency") | {"Idempotency-Key": "notice"}
    first = bidding.client.post(f"/api/tenders/{OTHER}/acts", json=command, headers=token)
    assert first.status_code == 201, first.text
    assert bidding.client.post(f"/api/tenders/{OTHER}/acts", json=command, headers=token).json()["event"] == first.json()["event"]
    found = bidding.client.get(f"/api/tenders/{OTHER}/notices/1").json()
    tree = decode(encode(found["paper"]), type=Document)
    assert sha256(pdf(spelled(tree))).hexdigest() == found["notice"]["sha256"]
    page = bidding.client.get(f"/tenders/{OTHER}/notices/1", headers=HTML).text
    assert "资质" in page and "0875-***0001" in page


def test_the_result_that_names_no_file_is_printed_by_the_platform(shown: House) -> None:
    acts, lot = f"/api/tenders/{TENDER}/acts", shown.client.get(f"/api/tenders/{TENDER}/lots/{LOT}").json()
    early = {"type": "tender.publish-result", "lot": LOT, "title": "中标结果公示", "sha256": ""}
    assert shown.client.post(acts, json=early, headers=shown.login("agency")).json()["code"] == "tender.stage"
    shown.clock.now = lot["publicity_to"] + HOUR
    bell.rung(shown.platform)
    award = {"type": "tender.award", "lot": LOT, "winner": lot["ranking"][0]["bidder"]}
    assert shown.client.post(acts, json=award, headers=shown.login("owner")).status_code == 201
    done = shown.client.post(acts, json=early, headers=shown.login("agency"))
    assert done.status_code == 201, done.text
    n = shown.client.get(f"/api/tenders/{TENDER}").json()["notices"][-1]["n"]
    notice, tree = paper(shown, n)
    assert (notice["kind"], sha256(pdf(spelled(tree))).hexdigest()) == ("result", notice["sha256"])


def test_a_notice_without_what_the_law_asks_for_is_not_printed(bidding: House) -> None:
    command, token = approved(bidding), bidding.login("agency")
    command["notice"] = dict(command["notice"]) | {"submit_how": ""}  # type: ignore[call-overload]
    answer = bidding.client.post(f"/api/tenders/{OTHER}/acts", json=command, headers=token)
    assert (answer.status_code, answer.json()["code"]) == (400, "paper.missing")


def test_before_there_are_documents_there_is_nothing_to_print(bidding: House) -> None:
    entry.admit(bidding.platform, works.AGENCY, OTHER, market.project(7), "cn-rs1-2019", "A0101")
    command = {"type": "tender.publish", "notice": to_builtins(replace(market.notice(), sha256=""))}
    answer = bidding.client.post(f"/api/tenders/{OTHER}/acts", json=command, headers=bidding.login("agency"))
    assert (answer.status_code, answer.json()["code"]) == (422, "tender.stage")


def test_there_is_no_notice_beyond_the_last(reading: House) -> None:
    answer = reading.client.get(f"/api/tenders/{TENDER}/notices/99")
    assert (answer.status_code, answer.json()["code"]) == (404, "notice.missing")
