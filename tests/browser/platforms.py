"""The platforms that run the browser's sealer: Node 20, Debian's Chromium and, where it is asked for, its Firefox; and a
server on loopback for its pages.

All call ``driver.mjs``: a job's name and JSON in, JSON out, bytes as hex.
"""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Protocol

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM, FIREFOX = "chromium", "firefox-esr"
PATIENCE = 120.0  # seconds for one job of a browser that is driven by nobody


class Missing(Exception):
    """A program that these tests need is not on the machine; the message says how to get it."""


class Platform(Protocol):
    """Somewhere that the sealer runs."""

    def __call__(self, job: str, **given: Any) -> Any:
        """One job of ``driver.mjs``."""


class Node:
    """One process of Node for as many jobs as come."""

    def __init__(self) -> None:
        program = shutil.which("node")
        if program is None:
            raise Missing(
                "Node 20 or newer is needed to test the browser's sealer: apt-get install -y nodejs (or any newer build)"
            )
        command = [program, str(ROOT / "tests/browser/node.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def __call__(self, job: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"job": job, "given": given}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["result"]

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)


class Files(SimpleHTTPRequestHandler):
    """The repository's modules, and one empty page."""

    def guess_type(self, path: Any) -> str:
        """Modules of either ending."""
        return "text/javascript" if str(path).endswith((".js", ".mjs")) else super().guess_type(path)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests print nothing."""

    def end_headers(self) -> None:
        """The policy that the product's own pages have: nothing inline, nothing from elsewhere."""
        self.send_header(
            "Content-Security-Policy", "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'"
        )
        super().end_headers()

    def do_GET(self) -> None:
        """A page without anything, or a module."""
        if self.path.startswith(("/bidding/browser/", "/tests/browser/", "/tests/benchmarks/")):
            return super().do_GET()
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>sealer</title><input type=file multiple>" if self.path == "/" else b"")
        return None


@contextmanager
def serving(handler: type[SimpleHTTPRequestHandler] = Files) -> Iterator[str]:
    """The address of a server on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(ROOT)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    program = shutil.which(CHROMIUM)
    if program is None:
        raise Missing("Chromium is needed to test the browser's sealer: apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class InPage:
    """Jobs in a page of Chromium."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def __call__(self, job: str, **given: Any) -> Any:
        script = (
            "async ([job, given]) => { const { JOBS } = await import('/tests/browser/driver.mjs'); return JOBS[job](given); }"
        )
        return self.page.evaluate(script, [job, given])


class Jobs(Files):
    """The same, and a page that asks for jobs and posts what they gave: for a browser that nobody drives."""

    jobs: ClassVar[SimpleQueue[Any]]
    answers: ClassVar[SimpleQueue[Any]]

    def do_GET(self) -> None:
        """The page, or the next job once there is one."""
        match self.path:
            case "/job":
                self._say(json.dumps(self.jobs.get()).encode(), "application/json")
            case "/jobs":
                self._say(b'<!doctype html><script type="module" src="/tests/browser/remote.mjs"></script>', "text/html")
            case _:
                super().do_GET()

    def do_POST(self) -> None:
        """What a job gave."""
        self.answers.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._say(b"", "text/plain")

    def _say(self, body: bytes, type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Remote:
    """Jobs in a browser that fetches them."""

    def __init__(self, handler: type[Jobs]) -> None:
        self._handler = handler

    def __call__(self, job: str, **given: Any) -> Any:
        self._handler.jobs.put({"job": job, "given": given})
        answer = self._handler.answers.get(timeout=PATIENCE)
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer.get("result")


def wants_firefox() -> bool:
    """Whether Firefox was asked for: ``FIREFOX=1``."""
    return os.environ.get("FIREFOX") == "1"


@contextmanager
def firefox() -> Iterator[Platform]:
    """Debian's Firefox, headless, with a profile of its own."""
    handler = type("Here", (Jobs,), {"jobs": SimpleQueue(), "answers": SimpleQueue()})
    with serving(handler) as origin, TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [FIREFOX, "--headless", "--no-remote", "--profile", profile, f"{origin}/jobs"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield Remote(handler)
        finally:
            handler.jobs.put(None)  # whoever still waits for one waits no longer
            process.terminate()
            process.wait(30)
