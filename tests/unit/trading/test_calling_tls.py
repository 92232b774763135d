"""Mail over TLS to a real server on this machine: certificate and name checked, STARTTLS insisted on, nothing in the clear."""

import logging
import socketserver
import ssl
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from archive.errors import Invalid
from tests.unit.trading.test_calling import AT, CALL
from trading.calling.carriers import Carried, Contact, Mail
from trading.calling.words import words
from trading.settings import Calling

PASSWORD = "correct horse battery"
TO = Contact("known@y.example")


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for a host with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    raw = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(raw + made.public_bytes(pem))
    return path


class Session(socketserver.BaseRequestHandler):
    """One connection: TLS from the first byte or after STARTTLS, AUTH PLAIN, one letter."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        try:
            if server.security == "tls":
                self.request = server.tls.wrap_socket(self.request, server_side=True)
            self._talk(server, secure=server.security == "tls")
        except (ssl.SSLError, ConnectionError):
            server.broken += 1  # who does not trust the certificate hangs up
        finally:
            self.request.close()

    def _talk(self, server: "Server", *, secure: bool) -> None:
        line = self.request
        said = line.makefile("rb")
        line.sendall(b"220 here\r\n")
        while text := said.readline().strip():
            verb = text.upper()
            server.heard.append((secure, text))
            if verb.startswith(b"EHLO"):
                offers = b"250-AUTH PLAIN\r\n" if secure else b"250-STARTTLS\r\n" if server.security == "starttls" else b""
                line.sendall(b"250-here\r\n" + offers + b"250 8BITMIME\r\n")
            elif verb == b"STARTTLS":
                line.sendall(b"220 go on\r\n")
                said.close()
                self.request = line = server.tls.wrap_socket(line, server_side=True)
                secure = True
                said = line.makefile("rb")
            elif verb.startswith(b"AUTH PLAIN"):
                right = b64decode(text.split()[2]).split(b"\0")[1:] == [b"calls", PASSWORD.encode()]
                line.sendall(b"235 welcome\r\n" if right else b"535 5.7.8 wrong\r\n")
            elif verb == b"DATA":
                line.sendall(b"354 go on\r\n")
                server.letters.append(b"".join(iter(said.readline, b".\r\n")))
                line.sendall(b"250 queued over TLS\r\n")
            elif verb == b"QUIT":
                line.sendall(b"221 bye\r\n")
                return
            else:
                line.sendall(b"250 ok\r\n")


class Server(socketserver.ThreadingTCPServer):
    """A mail server with a certificate; ``heard`` is every line and whether it came over TLS."""

    daemon_threads = True

    def __init__(self, security: str, pem: Path) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.security = security
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(pem)
        self.heard: list[tuple[bool, bytes]] = []
        self.letters: list[bytes] = []
        self.broken = 0


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("ca"), "localhost")


@pytest.fixture(params=["tls", "starttls"])
def server(request: pytest.FixtureRequest, pem: Path) -> Iterator[Server]:
    with Server(request.param, pem) as up:
        thread = Thread(target=up.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield up
        up.shutdown()
        thread.join()


Security = Literal["none", "starttls", "tls"]


def mail(server: Server, host: str = "localhost", password: str = PASSWORD, security: Security | None = None) -> Mail:
    chosen: Security = security or ("tls" if server.security == "tls" else "starttls")
    port = server.server_address[1]
    return Mail(Calling(channel="mail", sender="calls@x.example", host=host, port=port, security=chosen, user="calls"), password)


def test_a_letter_goes_over_tls_with_the_account_of_the_settings(
    server: Server, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    assert mail(server).carry(TO, words(CALL), AT) == Carried(True, "250 queued over TLS")
    assert len(server.letters) == 1
    assert all(secure for secure, text in server.heard if not text.upper().startswith((b"EHLO", b"STARTTLS")))


def test_a_certificate_that_nobody_vouches_for_is_not_taken_and_nothing_is_told(server: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        mail(server).carry(TO, words(CALL), AT)
    assert not [text for _, text in server.heard if text.upper().startswith((b"AUTH", b"MAIL", b"RCPT"))]


def test_a_certificate_for_another_host_is_not_taken(server: Server, pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with pytest.raises(ssl.SSLCertVerificationError):
        mail(server, host="127.0.0.1").carry(TO, words(CALL), AT)
    assert server.letters == []


def test_a_wrong_password_sends_nothing_and_stands_in_no_text(
    server: Server, pem: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    carrier = mail(server, password="another secret")
    with caplog.at_level(logging.DEBUG), pytest.raises(OSError) as wrong:
        carrier.carry(TO, words(CALL), AT)
    assert server.letters == []
    for text in (repr(carrier), str(carrier), str(wrong.value), repr(wrong.value), caplog.text):
        assert "another secret" not in text


def test_a_server_without_starttls_is_told_nothing(pem: Path) -> None:
    with Server("plain", pem) as up:
        thread = Thread(target=up.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        with pytest.raises(OSError, match="STARTTLS"):
            mail(up, security="starttls").carry(TO, words(CALL), AT)
        assert not [text for _, text in up.heard if text.upper().startswith((b"AUTH", b"MAIL"))]
        up.shutdown()
        thread.join()


def test_an_account_without_tls_is_no_setting() -> None:
    with pytest.raises(Invalid) as wrong:
        Mail(Calling(security="none", user="calls", host="mail.example"), PASSWORD)
    assert wrong.value.code == "call.mail"
    assert Mail(Calling(security="none"), "").name == "mail"
