"""Requests that no client library would write, on a socket: each has an answer, and none is a fault of ours.

Of a request line or a header that is none the server itself says 400 or 431; whatever reaches the application is answered with
a problem document or a page.
"""

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from bidding.sealing.cobblestone import LEAF
from bidding.sealing.envelope import HEADER
from tests.functional.test_tus import sealed, token
from tests.market import Market, founded_market

__all__ = ["token"]

HOST = b"Host: localhost\r\nConnection: close\r\n"
POST = b"POST /api/session HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = b"9" * 400

LINES = {
    "no request": b"\x00\x01\xff\xfe\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "an odd version": b"GET / HTTP/3.0\r\n" + HOST + b"\r\n",
    "a method of no letters": b"G\xc3\x89T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a blank in the path": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a nul in the path": b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\n" + HOST + b"Broken\r\n\r\n",
    "a thousand headers": b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X%d: a\r\n" % n for n in range(1000)) + b"\r\n",
    "a megabyte of path": b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "a length below nought": POST + b"Content-Length: -1\r\n\r\n{}",
    "an unknown coding": POST + b"Transfer-Encoding: gzip\r\n\r\n{}",
    "chunks in HTTP/1.0": b"POST /api/session HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
}
BODIES = {
    "a size that is no number": CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a size below nought": CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n",
    "a size of eighty bits": CHUNKED + b"ffffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    "a size that is too small": CHUNKED + b"1\r\n{}\r\n0\r\n\r\n",
    "an endless extension": CHUNKED + b"2;" + b"x" * 70_000 + b"\r\n{}\r\n0\r\n\r\n",
}
PATHS = (
    b"/%",
    b"/%zz",
    b"/%ff",
    b"/%c0%af",
    b"/%00",
    b"/%ed%a0%80",
    b"/tenders/%f4%90%80%80",
    b"/..%2f..%2fetc/passwd",
    b"/a#b",
    b"//",
    b"/assets/" + LONG,
    b"/assets/bidding/" + LONG,
    b"/assets/%2e%2e/app.py",
    b"/log/" + LONG,
    b"/log/-1",
    b"/log/%D9%A1",
    b"/log/checkpoints/" + LONG,
    b"/log/checkpoints/-1",
    b"/log/tile/" + LONG,
    b"/log/blob/" + LONG,
    b"/tenders/" + LONG,
    b"/notices?page=" + LONG,
    b"/notices?page=%ff",
    b"/log?page=-1",
    b"/log?page=1e9",
    b"/tenders/x/notices/" + LONG,
    b"/replay/" + LONG,
    b"/rules/%ff",
)
HEADERS = (
    b"Cookie: \xff=;;;,,",
    b"Cookie: session=%ff; lang=%zz",
    b"Accept: */*;q=zzz",
    b"Accept-Language: \xff",
    b"Authorization: Bearer \xff",
    b"Authorization: Basic ====",
    b"Range: bytes=99999999999999999999-",
    b"Range: bytes=5-1",
    b"If-None-Match: \xff",
    b"Content-Type: \xff",
    b"X-Forwarded-For: \xff",
    b"Origin: \xff",
)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with founded_market(tmp_path_factory.mktemp("raw") / "market") as made:
        yield made


def answered(market: Market, raw: bytes, *, cut: bool = False) -> tuple[int, bytes]:
    """Status and all that came back; ``cut`` ends our side of the line after the request."""
    where = urlsplit(market.url)
    said = b""
    with socket.create_connection((where.hostname, where.port or 80), timeout=20) as line:
        line.sendall(raw)
        if cut:
            line.shutdown(socket.SHUT_WR)
        while piece := line.recv(65536):
            said += piece
    return int(said.split(b" ", 2)[1]), said


def problem(said: bytes) -> str:
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    return str(json.loads(body)["code"])


@pytest.mark.parametrize("name", LINES)
def test_what_is_no_request_is_answered_by_the_server_itself(market: Market, name: str) -> None:
    assert answered(market, LINES[name])[0] in (400, 413, 431)


@pytest.mark.parametrize("name", BODIES)
def test_chunks_that_nobody_can_tell_apart_are_a_refusal(market: Market, name: str) -> None:
    status, said = answered(market, BODIES[name])
    assert (status, problem(said)) == (400, "web.cut")


@pytest.mark.parametrize("path", ["/api/session", "/api/receipts", "/login", "/calls"])
def test_a_body_that_breaks_off_is_a_refusal(market: Market, path: str) -> None:
    kind = b"application/json" if path.startswith("/api") else b"application/x-www-form-urlencoded"
    head = f"POST {path} HTTP/1.1\r\n".encode() + HOST + b"Content-Type: " + kind + b"\r\nContent-Length: 100\r\n\r\n"
    status, said = answered(market, head + b"{", cut=True)
    assert (status, problem(said)) == (400, "web.cut")


@pytest.mark.parametrize(("path", "status"), [("/api/session", 413), ("/api/files", 401)])
def test_who_is_refused_while_he_is_sending_gets_the_answer_all_the_same(market: Market, path: str, status: int) -> None:
    head, length = POST.replace(b"/api/session", path.encode()), 3 << 20  # a connection that ended meanwhile would break
    said = answered(market, head + b"Content-Length: %d\r\n\r\n" % length + b" " * length)
    assert said[0] == status and problem(said[1])


def test_who_expects_to_be_told_before_he_sends_is_told(market: Market) -> None:
    head = POST.replace(b"/api/session", b"/api/files") + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n"
    assert answered(market, head)[0] == 401


def test_whole_leaves_of_a_part_that_breaks_off_are_kept(market: Market, token: str) -> None:
    raw, _ = sealed(3, 9)
    login = f"Authorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n".encode()
    begun = answered(market, b"POST /api/uploads HTTP/1.1\r\n" + HOST + login + b"Upload-Length: %d\r\n\r\n" % len(raw))
    assert begun[0] == 201
    place = begun[1].lower().split(b"location: ")[1].split(b"\r\n")[0]
    kind = b"Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
    part = b"PATCH " + place + b" HTTP/1.1\r\n" + HOST + login + kind
    answered(market, part + b"Content-Length: %d\r\n\r\n" % len(raw) + raw[: HEADER + LEAF + 99], cut=True)
    told = answered(market, b"HEAD " + place + b" HTTP/1.1\r\n" + HOST + login + b"\r\n")[1].lower()
    assert b"upload-offset: %d\r\n" % (HEADER + LEAF) in told


@pytest.mark.parametrize("path", PATHS)
def test_an_address_of_any_bytes_is_found_or_not(market: Market, path: bytes) -> None:
    assert answered(market, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")[0] in (200, 302, 400, 404)


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("path", [b"/login", b"/api/notices", b"/assets/style.css"])
def test_a_header_of_any_bytes_is_no_fault(market: Market, header: bytes, path: bytes) -> None:
    assert answered(market, b"GET " + path + b" HTTP/1.1\r\n" + HOST + header + b"\r\n\r\n")[0] < 500
