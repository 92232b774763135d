"""What the edge refuses, how it says so, and that nothing a client sends becomes a fault of ours."""

import json
import random
import string

import pytest

from tests.functional.conftest import LOT, TENDER, House

FORM = {"login": "bidder", "password": "wrong"}


def problem(answer: object, status: int, code: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text  # type: ignore[attr-defined]
    assert answer.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    found: dict[str, object] = answer.json()  # type: ignore[attr-defined]
    assert (found["type"], found["status"], found["code"]) == (f"urn:sunlit:{code}", status, code)
    assert found["title"] and found["detail"]
    return found


def test_a_program_is_answered_with_a_problem_document(reading: House) -> None:
    problem(reading.client.get("/api/nothing"), 404, "web.path")


def test_a_browser_is_answered_with_a_page_that_says_the_same(reading: House) -> None:
    answer = reading.client.get("/nothing", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert answer.status_code == 404
    assert "There is no page at /nothing" in answer.text


def test_the_interface_answers_programs_whatever_they_accept(reading: House) -> None:
    problem(reading.client.get("/api/nothing", headers={"Accept": "text/html"}), 404, "web.path")


def test_a_problem_is_told_in_the_readers_language(reading: House) -> None:
    zh = reading.client.get("/api/nothing", headers={"Accept-Language": "zh-CN"}).json()
    en = reading.client.get("/api/nothing", headers={"Accept-Language": "en-GB,zh;q=0.5"}).json()
    assert (zh["title"], en["title"]) == ("没有这个对象", "Nothing is here")


def test_a_wrong_method_names_the_right_ones(reading: House) -> None:
    answer = reading.client.delete("/api/time")
    problem(answer, 405, "web.method")
    assert "GET" in answer.headers["allow"]


def test_a_parameter_that_is_missing_is_named(reading: House) -> None:
    found = problem(reading.client.get("/api/log/heads"), 400, "web.input")
    assert found["params"]["where"] == "stream"


def test_a_query_out_of_range_says_which_and_why(reading: House) -> None:
    found = problem(reading.client.get("/api/notices?page=0"), 400, "web.input")
    assert found["params"] == {"where": "page", "why": "Expected `int` >= 1"}


def test_a_body_that_is_no_json_is_malformed(reading: House) -> None:
    problem(reading.client.post("/api/session", content=b"{", headers={"Content-Type": "application/json"}), 400, "web.malformed")


def test_an_unknown_member_is_refused(reading: House) -> None:
    problem(reading.client.post("/api/session", json={"login": "a", "pasword": "b"}), 400, "web.input")


def test_a_body_over_the_limit_is_too_large(reading: House) -> None:
    problem(reading.client.post("/api/session", content=b" " * 3_000_000), 413, "web.too_large")


def test_an_act_without_a_session_is_told_to_log_in(reading: House) -> None:
    answer = reading.client.post(f"/api/tenders/{TENDER}/questions", json={"text": "?"})
    problem(answer, 401, "session.absent")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_that_is_over_is_told_so(reading: House) -> None:
    problem(reading.client.get("/api/session", headers={"Authorization": "Bearer nonsense"}), 401, "session.expired")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_another_site_cannot_act_here(reading: House, headers: dict[str, str]) -> None:
    problem(reading.client.post("/login", data=FORM, headers=headers), 403, "web.origin")


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://sunlit.local"}]
)
def test_our_own_form_can(scratch: House, headers: dict[str, str]) -> None:
    assert scratch.client.post("/login", data=FORM, headers=headers).status_code == 401


def test_with_a_bearer_token_no_cookie_is_looked_at(scratch: House) -> None:
    answer = scratch.client.post("/login", data=FORM | {"password": "functional-tests-2026"}, follow_redirects=False)
    assert answer.status_code == 303
    assert scratch.client.get("/api/session").status_code == 200
    problem(scratch.client.get("/api/session", headers={"Authorization": "Bearer x"}), 401, "session.expired")


def test_errors_carry_the_same_headers_as_pages(reading: House) -> None:
    headers = reading.client.get("/nothing").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_a_rule_that_says_no_answers_422_with_its_article(scratch: House) -> None:
    token = scratch.login("centre")
    command = {"type": "tender.terminate", "ground": "order", "reason": "演示"}
    answer = scratch.client.post(f"/api/tenders/{TENDER}/acts", json=command, headers=token)
    assert problem(answer, 422, "tender.not-entitled")["law"]


STRANGE = (
    "/%00",
    "/%ff%fe",
    "/notices?q=%00",
    "/notices?q=%ff",
    "/notices?page=99999999999999999999",
    "/notices?page=-1",
    "/notices?page=1&page=2",
    "/notices?q=" + "a" * 5000,
    "/notices?region=%25",
    "/tenders?stage='%22%3E%3Cscript%3E",
    "/tenders/%ff",
    "/tenders/a%00b",
    "/tenders/" + "a" * 3000,
    "/tenders/..%2f..%2fetc%2fpasswd",
    f"/tenders/{TENDER}/lots/%e2%80%ae",
    f"/tenders/{TENDER}/notices/-1",
    f"/tenders/{TENDER}/notices/99999999999999999999999",
    f"/tenders/{TENDER}/documents/..",
    "/log/-1",
    "/log/999999999999999999999999",
    "/log?stream=%ff&page=10000000",
    "/log?stream='",
    "/log/tile/63/x999/x999/x999/999",
    "/log/tile/entries/000.p/0",
    "/log/body/x000/000",
    "/log/checkpoints/0",
    "/login?next=%0d%0aSet-Cookie:%20a=b",
    "/?lang=%ff",
    "/?lang=xx&lang=en",
    "/rules/%2e%2e",
    "/api/uploads/%ff",
    "/api/replays/%00",
    "/assets/%00",
    "/assets/bidding/%ff",
    "/assets//etc/passwd",
)


@pytest.mark.parametrize("path", STRANGE)
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_a_strange_address_is_never_a_fault_of_ours(reading: House, path: str, accept: str) -> None:
    assert reading.client.get(path, headers={"Accept": accept}, follow_redirects=False).status_code < 500


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "zh;q=abc, en;q=9, *"},
        {"Accept-Language": "," * 5000},
        {"Cookie": "sunlit_session=\xff; sunlit_lang=\xff"},
        {"Cookie": "===;;;="},
        {"Authorization": "Bearer \xff"},
        {"Authorization": "Basic AAAA"},
        {"Authorization": ""},
        {"X-Forwarded-For": "\xff, , ,"},
        {"Accept": "\xff"},
        {"Range": "bytes=9-1"},
        {"If-None-Match": '"x"'},
    ],
)
def test_a_strange_header_is_never_a_fault_of_ours(reading: House, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    for path in ("/", "/api/session", "/assets/style.css"):
        assert reading.client.get(path, headers=raw).status_code < 500  # type: ignore[arg-type]


BODIES = (
    b"",
    b"null",
    b"[]",
    b'"x"',
    b"{}",
    b'{"login":null}',
    b'{"login":"\\ud800","password":"\\ud800"}',
    b'{"login":"a","login":"b"}',
    b'{"login":"' + b"a" * 2000 + b'"}',
    b"\xff\xfe",
    b"[" * 3000,
    b'{"nonce":"x","signature":"!!"}',
    b'{"nonce":"\\u0000","signature":"AAAA"}',
    b'{"type":"tender.publish"}',
    b'{"type":"no.such"}',
    b'{"type":5}',
    b'{"submission":"AAAA","envelopes":["!!!"]}',
    b'{"submission":"AAAA","envelopes":["AAAA"]}',
    b'{"receipt":"\\ud800"}',
    b'{"receipt":"c2sp.org/tlog-proof@v1\\nindex 0\\n\\nx\\n0\\n\\n"}',
    b'{"text":"x","kind":"y","lot":"\\u0000"}',
)
TARGETS = (
    "/api/session",
    "/api/session/challenges",
    "/api/receipts",
    "/api/tenders",
    f"/api/tenders/{TENDER}/acts",
    "/api/tenders/no%00ne/acts",
    f"/api/tenders/{TENDER}/questions",
    f"/api/tenders/{TENDER}/objections",
    f"/api/tenders/{TENDER}/objections/none/answer",
    f"/api/tenders/{TENDER}/lots/{LOT}/bids",
    f"/api/tenders/none/lots/{LOT}/bids",
    f"/api/tenders/{TENDER}/lots/{LOT}/opening/acts",
    f"/api/tenders/{TENDER}/lots/{LOT}/draw/acts",
    f"/api/tenders/{TENDER}/lots/{LOT}/evaluation/acts",
    "/api/tenders/none/lots/none/evaluation/acts",
    "/api/organisations",
    "/api/uploads",
)


@pytest.mark.parametrize("target", TARGETS)
def test_a_strange_body_is_never_a_fault_of_ours(scratch: House, target: str) -> None:
    token = scratch.login("bidder")
    for body in BODIES:
        answer = scratch.client.post(target, content=body, headers=token | {"Content-Type": "application/json"})
        assert answer.status_code < 500, (body, answer.text)


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x", ""])
def test_a_strange_content_type_is_never_a_fault_of_ours(scratch: House, media: str) -> None:
    for target in ("/login", "/logout", "/receipts", "/replay", "/api/session", "/api/files"):
        answer = scratch.client.post(target, content=b"--x\r\n\r\n", headers={"Content-Type": media}, follow_redirects=False)
        assert answer.status_code < 500, (target, answer.text)


def test_commands_with_random_members_are_never_a_fault_of_ours(scratch: House) -> None:
    chance = random.Random(20260928)
    token = scratch.login("agency")
    tags = (
        "tender.publish", "tender.clarify", "tender.amend-deadline", "tender.suspend", "tender.resume", "tender.award",
        "tender.draft", "tender.record-contract", "tender.publish-candidates", "tender.terminate", "tender.object",
    )  # fmt: skip
    values: tuple[object, ...] = ("", "x", "\u0000", 0, -1, 2**53, 2**70, 1.5, True, None, [], {}, ["x"], "0" * 64, "甲" * 50)
    names = (
        "title",
        "sha256",
        "lot",
        "lots",
        "reason",
        "deadline",
        "pause",
        "ground",
        "draft",
        "winner",
        "price",
        "signed_on",
        "notice",
    )
    for _ in range(150):
        body = {name: chance.choice(values) for name in chance.sample(names, 4)} | {"type": chance.choice(tags)}
        answer = scratch.client.post(f"/api/tenders/{TENDER}/acts", content=json.dumps(body), headers=token)
        assert answer.status_code < 500, (body, answer.text)


def test_random_bytes_as_a_path_are_never_a_fault_of_ours(reading: House) -> None:
    chance = random.Random(20261009)
    letters = string.ascii_letters + "%/.?&=+'\";\\"
    for _ in range(200):
        path = "/" + "".join(chance.choice(letters) for _ in range(chance.randrange(1, 40)))
        assert reading.client.get(path, follow_redirects=False).status_code < 500, path
