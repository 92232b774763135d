"""The platform behind nginx, as ``deploy/nginx.conf`` has it: TLS, the static log, a bidder's whole way, limits, a broken line.

    python -m tests.campaigns.front

Needs ``nginx`` and ``openssl``.  The sample is used as it is but for ports, paths and names; everything runs on loopback.
Exits 0 when everything held.
"""

import os
import re
import secrets
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

from tests import market as markets
from tests.functional.test_cli_bid import Desk
from tests.market import BIDDING, founded_market, free_port, reopened_market
from trading.web.tiles import FOREVER

SAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
LONG = 48 << 20
"""Bytes of the paper that is sealed and sent: more than nginx takes by default, and many parts."""

TOO_LONG = 3 << 20
"""Bytes of an ordinary request that the platform refuses by itself."""


class Front:
    """nginx in a folder, before a platform on ``upstream``."""

    def __init__(self, folder: Path, upstream: int, public: Path) -> None:
        self.folder, self.clear, self.port = folder, free_port(), free_port()
        self.certificate = folder / "cert.pem"
        _certificate(folder)
        text = SAMPLE.read_text("utf-8")
        for old, new in (
            ("127.0.0.1:8350", f"127.0.0.1:{upstream}"),
            ("listen 80;", f"listen 127.0.0.1:{self.clear};"),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("/etc/sunlit/tls/fullchain.pem", str(self.certificate)),
            ("/etc/sunlit/tls/key.pem", str(folder / "key.pem")),
            ("/var/lib/sunlit/public/", f"{public}/"),
            ("trade.example.cn", "localhost"),
        ):
            assert old in text, old
            text = text.replace(old, new)
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"user root;\nerror_log {folder}/error.log;\npid {folder}/pid;\ndaemon off;\nworker_processes 1;\nevents {{}}\n"
            f"http {{ access_log off; {temporary}\n{text}\n}}\n"
        )
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    @property
    def url(self) -> str:
        """Where readers come."""
        return f"https://localhost:{self.port}"

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One request over TLS: status, headers in lower case, body."""
        line = HTTPSConnection(
            "localhost", self.port, timeout=60, context=ssl.create_default_context(cafile=str(self.certificate))
        )
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        line.close()
        return answer.status, *told


def _certificate(folder: Path) -> None:
    given = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    given += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*given, "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)


@contextmanager
def fronted(folder: Path) -> Iterator[tuple[markets.Market, Front]]:
    """A tender that takes bids, behind nginx."""
    with founded_market(folder / "market") as made:
        made.publish()
    settings = folder / "market" / "sunlit.toml"
    with reopened_market(folder / "market", BIDDING) as made:
        (folder / "front").mkdir()
        front = Front(folder / "front", int(made.url.rpartition(":")[2]), made.configuration.data / "public")
        try:
            _up(front)
            print(f"{settings.parent} behind {front.url}", flush=True)
            yield made, front
        finally:
            front.process.terminate()
            front.process.wait(20)


def _up(front: Front) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            front.ask("/api/time")
            return
        except OSError:
            assert time.monotonic() < end and front.process.poll() is None, (front.folder / "error.log").read_text()
            time.sleep(0.05)


def served(made: markets.Market, front: Front) -> None:
    """Every file of the public shelf byte for byte, as the platform itself serves it, with its headers; and nothing else."""
    public, count = made.configuration.data / "public", 0
    plain = HTTPConnection("127.0.0.1", int(made.url.rpartition(":")[2]), timeout=60)
    for path in sorted(p for p in public.rglob("*") if p.is_file() and ".incoming" not in p.parts):
        name = f"/log/{path.relative_to(public).as_posix()}"
        status, headers, body = front.ask(name)
        assert (status, body) == (200, path.read_bytes()), name
        plain.request("GET", name)
        own = plain.getresponse()
        assert own.read() == body and own.status == 200, name
        for which in ("content-type", "cache-control"):
            assert headers.get(which) == own.headers.get(which), (name, which, headers, own.headers.items())
        forever = name.split("/")[2] in ("tile", "body", "blob", "anchor")
        assert (headers.get("cache-control") == FOREVER["Cache-Control"]) == forever, name
        count += 1
    for name in (
        "/log/tile/0/000.p/255",
        "/log/body/999",
        "/log/tile/..%2f..%2f..%2fsunlit.db",
        "/log/tile/%2e%2e/%2e%2e/sunlit.db",
        "/log/.incoming/",
        "/log/blob/",
    ):
        status = front.ask(name)[0]
        assert status in (400, 404), (name, status)
    for name, what in (
        ("/log", b"<html"),
        ("/log/0", b"<html"),
        ("/log/policy", b"log "),
        ("/log/0/receipt", b"c2sp.org/tlog-proof"),
    ):
        status, _, body = front.ask(name)
        assert status == 200 and what in body, name
    print(f"{count} files of the shelf as the platform serves them; pages, receipts and the policy from the platform", flush=True)


def clear(front: Front) -> None:
    """What comes without TLS is sent to it."""
    line = HTTPConnection("127.0.0.1", front.clear, timeout=20)
    line.request("GET", "/log/checkpoint?x=1", headers={"Host": "localhost"})
    answer = line.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, "https://localhost/log/checkpoint?x=1")


def limits(front: Front) -> None:
    """What is too large is refused by the platform, with its code, and not by nginx."""
    status, headers, body = front.ask("/api/session", "POST", b"{" + b" " * TOO_LONG, Content_Type="application/json")
    assert status == 413 and headers["content-type"].startswith("application/problem+json") and b"urn:sunlit:" in body, (
        status,
        body,
    )
    print("what is too large is refused with a code", flush=True)


def bids(made: markets.Market, front: Front, folder: Path) -> None:
    """A bidder's whole way over TLS, with a paper of many parts; on the way the line breaks once."""
    os.environ["SSL_CERT_FILE"] = str(front.certificate)
    desk = Desk(made, folder / "desk")
    (desk.folder / "long.pdf").write_bytes(secrets.token_bytes(LONG))
    desk.begin(front.url).sealed(attach="long.pdf")
    broken(front, desk)
    desk.do("upload", "work")
    desk.do("submit", "work")
    made.show()
    done = desk.do("verify", "work")
    assert done.values("receipt-withheld") == [] and desk.bid().seq == 1
    print(f"a bid of {LONG >> 20} MiB, sealed, sent, handed in and verified through {front.url}", flush=True)


def broken(front: Front, desk: Desk) -> None:
    """Of a part whose line breaks the platform keeps whole leaves: it was given what came, while it came."""
    token = re.search(r'"token": *"([^"]+)"', (desk.folder / "work" / "session.json").read_text())
    assert token is not None
    entitled = {"Authorization": f"Bearer {token[1]}", "Tus_Resumable": "1.0.0"}
    status, headers, _ = front.ask("/api/uploads", "POST", b"", Upload_Length=str(LONG), **entitled)
    assert status == 201
    where = headers["location"]
    line = HTTPSConnection("localhost", front.port, timeout=60, context=ssl.create_default_context(cafile=str(front.certificate)))
    line.putrequest("PATCH", where)
    for name, value in (
        ("Upload-Offset", "0"),
        ("Content-Type", "application/offset+octet-stream"),
        ("Content-Length", str(LONG)),
    ):
        line.putheader(name, value)
    for name, value in entitled.items():
        line.putheader(name.replace("_", "-"), value)
    line.endheaders()
    line.send(secrets.token_bytes(LONG // 2))
    line.close()
    end, kept = time.monotonic() + 20, 0
    while not kept and time.monotonic() < end:
        kept = int(front.ask(where, "HEAD", **entitled)[1]["upload-offset"])
        time.sleep(0.1)
    assert 0 < kept <= LONG // 2
    print(f"a line that broke half way: {kept} bytes were kept", flush=True)


def main() -> None:
    """All of it."""
    assert shutil.which("nginx"), "nginx is not installed"
    with tempfile.TemporaryDirectory(prefix="sunlit-front-") as name, fronted(Path(name)) as (made, front):
        served(made, front)
        clear(front)
        limits(front)
        bids(made, front, Path(name))
        told = [line for line in (front.folder / "error.log").read_text().splitlines() if "[error]" in line]
        assert all("No such file" in line or "is a directory" in line for line in told), told


if __name__ == "__main__":
    main()
