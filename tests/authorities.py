"""Time-stamp authorities for tests: a root, a signer and ``openssl ts`` behind a loopback port."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

CONFIG = """
[ca]
basicConstraints = critical,CA:TRUE
[tsa]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping
[ts]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""


class Authority:
    """One authority; ``root`` is what its customers trust."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._config = folder / "config"
        self._config.write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        for name in ("ca", "tsa"):
            self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{folder}/{name}.key")
            self._openssl("req", "-new", "-key", f"{folder}/{name}.key", "-subj", f"/CN={name}", "-out", f"{folder}/{name}.csr")
        given = ("-days", "30", "-extfile", str(self._config), "-in")
        self._openssl("x509", "-req", "-signkey", f"{folder}/ca.key", "-extensions", "ca", *given, f"{folder}/ca.csr",
                      "-out", f"{folder}/ca.pem")  # fmt: skip
        self._openssl("x509", "-req", "-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key", "-set_serial", "2",
                      "-extensions", "tsa", *given, f"{folder}/tsa.csr", "-out", f"{folder}/tsa.pem")  # fmt: skip
        self.root = (folder / "ca.pem").read_bytes()

    def answer(self, query: bytes) -> bytes:
        """A whole TimeStampResp."""
        (self._folder / "query").write_bytes(query)
        self._openssl("ts", "-reply", "-config", str(self._config), "-section", "here", "-queryfile", f"{self._folder}/query",
                      "-out", f"{self._folder}/reply")  # fmt: skip
        return (self._folder / "reply").read_bytes()

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@contextmanager
def listening(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """The url of a time-stamp service that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
