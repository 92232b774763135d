"""Calls to experts: what is said and what is not, how it is carried, how an answer proves itself."""

import email
import io
import socketserver
from collections.abc import Iterator
from email.policy import default
from pathlib import Path
from threading import Thread

import pytest

from archive.errors import Denied, Invalid
from archive.signing import Signer
from archive.values import MINUTE
from archive.vkeys import ED25519
from trading.calling import answers
from trading.calling.carriers import Carried, Console, Contact, Mail
from trading.calling.contacts import contact
from trading.calling.words import Call, words
from trading.settings import Calling

AT = 1_790_000_000_000_000
CALL = Call(
    "工程 / 房屋建筑工程", "演示公共资源交易中心", AT, AT - 60 * MINUTE, "abcdefghijklmnopqrstuvwx", "https://x.example/calls"
)
SIGNER = Signer.from_seed("account", ED25519, bytes(range(32)))


class Sink(socketserver.StreamRequestHandler):
    """A mail server that knows one mailbox and keeps what it is sent."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Post)
        self._say(server.greeting)
        while line := self.rfile.readline().strip():
            verb = line.split(b":")[0].split(b" ")[0].upper()
            if verb == b"RCPT":
                self._say("250 ok" if b"known@" in line else server.unknown)
            elif verb == b"DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                server.letters.append(b"".join(lines))
                self._say("250 2.0.0 queued as 7F3A")
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class Post(socketserver.ThreadingTCPServer):
    """The server behind `Sink`."""

    daemon_threads = True
    greeting = "220 sink"
    unknown = "550 5.1.1 <nobody@y.example> unknown"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Sink)
        self.letters: list[bytes] = []


@pytest.fixture
def post() -> Iterator[Post]:
    with Post() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def mail(server: Post) -> Mail:
    port = server.server_address[1]
    return Mail(Calling(channel="mail", sender="calls@x.example", host="127.0.0.1", port=port, security="none"), "")


def test_a_message_tells_time_place_category_and_the_question_in_both_languages() -> None:
    said = words(CALL)
    for text in (said.text, said.short):
        assert "房屋建筑工程" in text
        assert "演示公共资源交易中心" in text
        assert "2026-09-21" in text
        assert CALL.token in text
    assert "回避" in said.text
    assert "conflict" in said.text


def test_the_id_of_a_message_is_that_of_its_attempt_and_does_not_tell_the_code() -> None:
    assert words(CALL).id == words(CALL).id
    assert CALL.token not in words(CALL).id
    assert len(words(CALL).id) == 32


def test_mail_arrives_whole_and_the_servers_last_word_is_the_receipt(post: Post) -> None:
    said = words(CALL)
    carried = mail(post).carry(Contact("known@y.example"), said, AT)
    assert carried == Carried(True, "250 2.0.0 queued as 7F3A")
    got = email.message_from_bytes(post.letters[0], policy=default)
    assert got["Message-ID"] == f"<{said.id}@x.example>"
    assert (got["From"], got["To"], got["Subject"]) == ("calls@x.example", "known@y.example", said.subject)
    body = got.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == said.text


def test_a_mailbox_that_is_not_there_is_the_carriers_answer_and_keeps_no_address(post: Post) -> None:
    assert mail(post).carry(Contact("nobody@y.example"), words(CALL), AT) == Carried(False, "550 5.1.1 <<address>> unknown")


def test_without_an_address_nothing_is_sent(post: Post) -> None:
    assert mail(post).carry(Contact(), words(CALL), AT) == Carried(False, "no address")
    assert post.letters == []


def test_a_server_that_asks_to_come_again_is_no_answer(post: Post) -> None:
    post.unknown = "451 later"
    with pytest.raises(OSError, match="come again"):
        mail(post).carry(Contact("nobody@y.example"), words(CALL), AT)


def test_a_server_that_is_not_there_is_no_answer(post: Post) -> None:
    gone = mail(post)
    post.server_close()
    with pytest.raises(OSError):
        gone.carry(Contact("known@y.example"), words(CALL), AT)


def test_a_server_that_is_closed_for_now_is_no_answer(post: Post) -> None:
    post.greeting = "421 closing"
    with pytest.raises(OSError):
        mail(post).carry(Contact("known@y.example"), words(CALL), AT)


def test_the_console_prints_the_message() -> None:
    out = io.StringIO()
    assert Console(out).carry(Contact(), words(CALL), AT) == Carried(True, "printed")
    assert words(CALL).text in out.getvalue()


def test_contacts_are_read_anew_each_time_and_a_stranger_has_none(tmp_path: Path) -> None:
    file = tmp_path / "contacts.json"
    assert contact(None, "E1") == contact(file, "E1") == Contact()
    file.write_text('{"E1": {"mail": "one@y.example"}}')
    assert contact(file, "E1") == Contact("one@y.example")
    assert contact(file, "E2") == Contact()
    file.write_text('{"E1": {"phone": "138****0001"}}')
    assert contact(file, "E1") == Contact("", "138****0001")


def test_a_file_of_contacts_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "contacts.json").write_text('{"E1": "one@y.example"}')
    with pytest.raises(Invalid) as wrong:
        contact(tmp_path / "contacts.json", "E1")
    assert wrong.value.code == "call.contacts"


def derive(label: str) -> bytes:
    return answers.sha256(label.encode()).digest()


def test_every_attempt_seat_panel_and_expert_has_a_code_of_its_own() -> None:
    given = {answers.code(derive, p, s, a, e) for p in ("T.1", "T.2") for s in (0, 1) for a in (1, 2) for e in ("E1", "E2")}
    assert len(given) == 16
    assert all(len(c) == 24 and c.isalnum() and c.islower() for c in given)


def test_a_code_is_the_same_with_blanks_and_capitals_and_not_with_another_sign() -> None:
    code = answers.code(derive, "T.1", 0, 1, "E1")
    assert answers.same(f" {code[:12]} {code[12:].upper()}\n", code)
    assert not answers.same(code[:-1], code)
    assert not answers.same("", code)


def test_an_answer_without_a_signature_is_proved_by_its_code_whose_digest_is_kept() -> None:
    means, proof = answers.proved("x.example/log", "abc", "decline", b"", lambda *_: False)
    assert means == "code"
    assert proof == answers.sha256(b"abc").hexdigest()


def test_a_signature_by_the_accounts_key_proves_the_answer_it_was_made_for() -> None:
    signature = SIGNER.sign(b"sunlit/call/v1\nx.example/log\nabc\naccept\n")
    assert answers.proved("x.example/log", "abc", "accept", signature, SIGNER.key.verifies) == ("signature", signature.hex())


def test_a_signature_over_another_answer_proves_nothing() -> None:
    signature = SIGNER.sign(answers.answer_text("x.example/log", "abc", "accept"))
    with pytest.raises(Denied) as no:
        answers.proved("x.example/log", "abc", "decline", signature, SIGNER.key.verifies)
    assert no.value.code == "call.proof"


def test_an_answer_that_was_not_asked_for_is_none() -> None:
    with pytest.raises(Invalid) as wrong:
        answers.proved("x.example/log", "abc", "perhaps", b"", lambda *_: False)
    assert wrong.value.code == "call.answer"
