"""Somebody on the line: a proxy on loopback that passes everything on, writes it down, and does harm on order."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import urlsplit


@dataclass
class Passed:
    """A request as it came, and the answer as it was before any harm."""

    method: str
    path: str
    body: bytes
    status: int = 0
    answer: bytes = b""


class Cut(Exception):
    """Close the line without a word."""


Asked = Callable[[Passed], None]
"""Looks at a request before it is passed on, and may point it elsewhere; `Cut` ends it there."""

Told = Callable[[Passed], bytes | None]
"""Looks at an answer; gives another body in its place, or None; `Cut` loses it."""


@dataclass
class Between:
    """The proxy's memory and its orders."""

    upstream: str
    url: str = ""
    passed: list[Passed] = field(default_factory=list)
    asked: Asked = lambda _passed: None
    told: Told = lambda _passed: None

    def sent(self, method: str) -> int:
        """Bytes of all bodies that went up with a method."""
        return sum(len(p.body) for p in self.passed if p.method == method)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer is written in two pieces: the second is not to wait for the first one's echo
    between: ClassVar[Between]

    def pass_on(self) -> None:
        """One request and its answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        passed = Passed(self.command, self.path, body)
        self.between.passed.append(passed)
        try:
            self.between.asked(passed)
            line = HTTPConnection(urlsplit(self.between.upstream).netloc, timeout=60)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
            line.request(self.command, passed.path, body or None, headers)
            response = line.getresponse()
            passed.status, passed.answer = response.status, response.read()
            line.close()
            instead = self.between.told(passed)
        except Cut:
            self.close_connection = True
            self.connection.close()
            return
        answer = passed.answer if instead is None else instead
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        bare = response.status in (204, 304)
        if not bare:
            length = response.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(answer))
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD" and not bare:
            self.wfile.write(answer)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = do_OPTIONS = pass_on

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""


class Server(ThreadingHTTPServer):
    """Threads that end with the test; a client that hangs up is no fault."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing to say."""


@contextmanager
def between(upstream: str) -> Iterator[Between]:
    """Somebody between a client and a platform."""
    made = Between(upstream)
    handler = type("Here", (Handler,), {"between": made})
    server = Server(("127.0.0.1", 0), handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
