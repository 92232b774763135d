"""Every page answers in both languages, says the same as its JSON, and tells nothing before its time."""

import re
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.functional.conftest import LOT, TENDER, House

PAGES = (
    "/",
    "/notices",
    "/notices?q=永昌&trade=01&region=530500",
    "/tenders",
    "/tenders?stage=archived",
    f"/tenders/{TENDER}",
    f"/tenders/{TENDER}/notices/1",
    f"/tenders/{TENDER}/notices/3",
    f"/tenders/{TENDER}/lots/{LOT}",
    f"/tenders/{TENDER}/lots/{LOT}/opening",
    f"/tenders/{TENDER}/lots/{LOT}/draw",
    f"/tenders/{TENDER}/lots/{LOT}/result",
    "/rules",
    "/rules/cn-rs1-2019",
    "/rules/cn-rs2-2017",
    "/log",
    f"/log?stream=tender/{TENDER}",
    "/log/0",
    "/replay",
    "/receipts",
    "/login",
    "/guide",
    "/api",
)
HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_answers_in_the_language_that_was_asked_for(reading: House, path: str, lang: str) -> None:
    answer = reading.client.get(path, headers=HTML | {"Accept-Language": lang})
    assert answer.status_code == 200
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_carries_a_strict_policy_and_no_inline_code(reading: House, path: str) -> None:
    answer = reading.client.get(path, headers=HTML)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_for_nothing_outside(reading: House, path: str) -> None:
    links = re.findall(r'(?:src|href|action)="([^"]*)"', reading.client.get(path, headers=HTML).text)
    assert links
    assert not [link for link in links if "//" in link]


@pytest.mark.parametrize("path", PAGES)
def test_no_label_of_a_page_is_left_as_its_code(reading: House, path: str) -> None:
    text = re.sub(r"<(code|pre)\b.*?</\1>|<[^>]+>", " ", reading.client.get(path, headers=HTML).text, flags=re.S)
    left = re.findall(
        r"\b(?:stage|notice|mark|due|verdict|seal|panel|rule|trust|bound|outcome|objection|fact|kind|party|trade|method|act|step)\.[a-zA-Z0-9_-]+",
        text,
    )
    assert not left


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_has_one_first_heading_and_skips_no_level(reading: House, path: str, lang: str) -> None:
    page = reading.client.get(path, headers=HTML | {"Accept-Language": lang}).text
    levels = [int(n) for n in re.findall(r"<h([1-6])\b", page)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_two_subjects_have_one_title(reading: House, lang: str) -> None:
    subjects = [path for path in PAGES if "?" not in path]
    titles = [
        re.search("<title>(.*?)</title>", reading.client.get(path, headers=HTML | {"Accept-Language": lang}).text)
        for path in subjects
    ]
    assert len({found[1] for found in titles if found}) == len(subjects)


@pytest.mark.parametrize("path", PAGES)
def test_every_field_of_a_page_has_a_label(reading: House, path: str) -> None:
    page = reading.client.get(path, headers=HTML).text
    fields = re.findall(r'<(?:input|select|textarea)\b(?![^>]*type="hidden")[^>]*?\bid="([^"]+)"', page)
    assert len(fields) == len(re.findall(r'<(?:input|select|textarea)\b(?![^>]*type="hidden")', page))
    assert not [name for name in fields if f'<label for="{name}">' not in page]


@pytest.mark.parametrize("path", PAGES)
def test_chinese_on_an_english_page_is_marked_as_such(reading: House, path: str) -> None:
    page = reading.client.get(path, headers=HTML | {"Accept-Language": "en"}).text
    text = re.sub(r"<(title|option|textarea)\b.*?</\1>|<(\w+)[^>]* lang=\"zh-CN\"[^>]*>[^<]*</\2>", " ", page, flags=re.S)
    assert not re.findall("[\u4e00-\u9fff]+", re.sub("<[^>]+>", " ", text))


@pytest.mark.parametrize("path", [p for p in PAGES if p.startswith("/tenders/")])
def test_what_a_page_links_as_its_json_is_there(reading: House, path: str) -> None:
    page = reading.client.get(path, headers=HTML).text
    for link in re.findall(r'<link rel="alternate" type="application/json" href="([^"]+)"', page):
        assert reading.client.get(link).status_code == 200


def test_the_language_is_remembered_once_it_was_chosen(reading: House) -> None:
    reading.client.cookies.clear()
    reading.client.get("/?lang=en", headers=HTML)
    assert '<html lang="en">' in reading.client.get("/notices", headers=HTML | {"Accept-Language": "zh"}).text
    reading.client.cookies.clear()


def test_rule_sets_have_chinese_titles_on_a_chinese_page(reading: House) -> None:
    page = reading.client.get("/rules", headers=HTML | {"Accept-Language": "zh"}).text
    titles = re.findall(r'<td data-label="标题">([^<]+)</td>', page)
    assert len(titles) == 3
    assert not [title for title in titles if re.search("[A-Za-z]", title)]


def test_a_search_that_finds_nothing_says_so(reading: House) -> None:
    assert "没有符合条件的公告" in reading.client.get("/notices?q=没有这样的词", headers=HTML).text


def test_a_search_finds_all_its_words_and_keeps_them_in_the_form(reading: House) -> None:
    answer = reading.client.get("/notices?q=永昌 改造", headers=HTML).text
    assert 'value="永昌 改造"' in answer
    assert f"/tenders/{TENDER}/notices/1" in answer


def test_a_list_is_paged_and_says_of_how_many(reading: House) -> None:
    first = reading.client.get("/api/notices?size=2").json()
    second = reading.client.get("/api/notices?size=2&page=2").json()
    assert (first["total"], first["pages"], len(first["items"])) == (4, 2, 2)
    assert not {(n["tender"], n["n"]) for n in first["items"]} & {(n["tender"], n["n"]) for n in second["items"]}


def test_the_next_page_of_a_list_keeps_the_search_and_the_size(reading: House) -> None:
    page = reading.client.get("/notices?q=永昌&size=2", headers=HTML).text
    found = re.search(r'<a rel="next" href="([^"]+)"', page)
    assert found
    assert parse_qs(urlsplit(found[1].replace("&amp;", "&")).query) == {"q": ["永昌"], "size": ["2"], "page": ["2"]}


@pytest.mark.parametrize("path", ["/notices?page=99", "/tenders?page=99"])
def test_a_page_past_the_end_says_so(reading: House, path: str) -> None:
    assert "已超出最后一页" in reading.client.get(path, headers=HTML | {"Accept-Language": "zh"}).text


def test_before_the_opening_nothing_tells_that_there_are_bids(before: House) -> None:
    opening = before.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/opening").json()
    lot = before.client.get(f"/api/tenders/{TENDER}/lots/{LOT}").json()
    assert (opening["phase"], opening["count"], opening["bids"]) == ("accepting", None, [])
    assert (lot["bids"], lot["rows"]) == (None, [])


def test_before_the_opening_envelopes_are_as_missing_as_everything_else(before: House) -> None:
    assert before.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/envelopes").status_code == 404


def test_after_the_opening_prices_are_public_to_the_fen(reading: House) -> None:
    opening = reading.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/opening").json()
    assert opening["count"] == len(opening["bids"]) == 5
    assert all(bid["price"]["amount"] > 0 and bid["effect"] == "opened" for bid in opening["bids"])
    assert "人民币" in reading.client.get(f"/tenders/{TENDER}/lots/{LOT}/opening", headers=HTML).text


def test_the_names_of_experts_appear_with_the_disclosure(reading: House) -> None:
    draw = reading.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/draw").json()
    assert draw["phase"] == "disclosed"
    assert len(draw["seats"]) == 4 and all(seat["name"] for seat in draw["seats"])
    assert re.fullmatch("[0-9a-f]{64}", draw["seed"])


def test_a_speciality_of_the_draw_stands_with_its_name(reading: House) -> None:
    page = reading.client.get(f"/tenders/{TENDER}/lots/{LOT}/draw", headers=HTML | {"Accept-Language": "zh"}).text
    assert re.search(r"[\u4e00-\u9fff]+ <code>A0801</code> × 1", page)


def test_a_lot_without_a_draw_has_an_empty_one(before: House) -> None:
    draw = before.client.get(f"/api/tenders/{TENDER}/lots/{LOT}/draw").json()
    assert (draw["phase"], draw["plan"], draw["seats"]) == ("new", None, [])


def test_the_result_names_the_winner_and_why_a_bid_was_rejected(reading: House) -> None:
    page = reading.client.get(f"/tenders/{TENDER}/lots/{LOT}/result", headers=HTML).text
    assert "第五十一条" in page
    assert "投标函缺少单位负责人签字" in page


def test_a_document_is_sent_as_an_attachment_that_no_browser_runs(reading: House) -> None:
    tender = reading.client.get(f"/api/tenders/{TENDER}").json()
    answer = reading.client.get(f"/tenders/{TENDER}/documents/{tender['documents'][0]['sha256']}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "招标文件".encode() in answer.content


def test_the_printed_opening_record_is_a_document_of_its_tender(reading: House) -> None:
    lot = reading.client.get(f"/api/tenders/{TENDER}/lots/{LOT}").json()
    answer = reading.client.get(f"/tenders/{TENDER}/documents/{lot['record_sha256']}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    "path",
    [
        "/tenders/none",
        f"/tenders/{TENDER}/lots/none",
        f"/tenders/{TENDER}/notices/99",
        f"/tenders/{TENDER}/documents/{'0' * 64}",
        f"/tenders/{TENDER}/lots/none/opening",
        "/rules/none",
        "/log/99999999",
        "/log/tile/0/999",
        "/log/tile/nonsense",
        "/log/body/999",
        "/replay/none",
        "/no/such/page",
    ],
)
def test_what_is_not_there_is_said_to_be_missing_in_words(reading: House, path: str) -> None:
    answer = reading.client.get(path, headers=HTML)
    assert answer.status_code == 404
    assert "没有" in answer.text


def test_an_error_does_not_tell_somebody_who_is_logged_in_to_log_in(reading: House) -> None:
    login = reading.login("bidder")
    page = reading.client.get("/no/such/page", headers=HTML | login).text
    assert 'href="/login' not in page
    refused = reading.client.get("/desk", headers=HTML).text
    assert 'href="/login?next=/desk"' in refused


def test_static_files_may_be_kept_for_ever_under_their_digest(reading: House) -> None:
    page = reading.client.get("/", headers=HTML).text
    style = re.search(r'href="(/assets/style\.css\?v=[0-9a-f]{12})"', page)
    assert style
    assert "immutable" in reading.client.get(style[1]).headers["cache-control"]


def test_the_bidding_modules_are_served_beside_the_pages(reading: House) -> None:
    answer = reading.client.get("/assets/bidding/seal.js")
    assert answer.headers["content-type"].startswith(("text/javascript", "application/javascript"))


def test_a_path_out_of_the_static_folder_is_missing(reading: House) -> None:
    assert reading.client.get("/assets/..%2f..%2fpyproject.toml").status_code == 404


def test_the_servers_clock_is_told_in_microseconds(reading: House) -> None:
    assert reading.client.get("/api/time").json()["now"] > 1_700_000_000_000_000
