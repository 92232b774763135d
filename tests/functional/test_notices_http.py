"""A notice has a page of its own, which says what its print says, and a receipt."""

import html
import re
from collections.abc import Iterator
from hashlib import sha256

import pytest
from msgspec import Struct

from archive.canonical import decode, encode
from archive.paper.press import pdf
from archive.paper.tree import Code, Document
from archive.paper.typeface import spelled
from archive.policy import parse_policy
from archive.proofs import check_proof
from tests.functional.conftest import TENDER, House

HTML = {"Accept": "text/html"}
PRINTED = (1, 2, 3, 4)


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


def test_there_is_no_notice_beyond_the_last(reading: House) -> None:
    answer = reading.client.get(f"/api/tenders/{TENDER}/notices/99")
    assert (answer.status_code, answer.json()["code"]) == (404, "notice.missing")
