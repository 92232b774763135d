"""Tokens of a real authority (openssl) over published checkpoints: stored when they verify, published, checked in packs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from archive.anchors import Anchors
from archive.errors import Invalid
from archive.ledger.export import public_log
from archive.verify import verify_files
from archive.verify.anchors import trusted_anchors
from archive.wire import Reply
from tests.authorities import Authority, listening
from tests.publishers import House, house, read


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "two")


@pytest.fixture
def home(sqlite: Engine, tmp_path: Path) -> House:
    made = house(sqlite, tmp_path, count=0)
    made.act(3)
    made.publishing().round()
    return made


def anchors(home: House, roots: bytes | None = None, **answers: Callable[[bytes], bytes]) -> Anchors:
    def ask(url: str, query: bytes) -> Reply:
        return Reply(200, "application/timestamp-reply", answers[url](query))

    return Anchors(home.ledger, home.public, {name: name for name in answers}, roots, ask)


def test_a_token_over_http_is_published_and_verifies_in_a_pack(home: House, authority: Authority, stranger: Authority) -> None:
    with listening(authority.answer) as url:
        assert Anchors(home.ledger, home.public, {"tsa.example": url}, authority.root).turn() == 1
    home.act()
    home.publishing().round()
    token = read(home.public, "anchor/4/tsa.example.tsr")
    text = read(home.public, "checkpoints/4").partition(b"\n\n")[0] + b"\n"
    trusted = trusted_anchors(authority.root)
    assert trusted is not None
    trusted(token, text)
    pack = public_log(home.ledger)
    assert verify_files(pack, policy=pack["policy"], anchors=trusted).text() == ""
    distrusted = trusted_anchors(stranger.root)
    assert distrusted is not None
    with pytest.raises(ValueError, match=r".+"):
        distrusted(token, text)


def test_a_pack_of_an_anchored_size_holds_its_token(home: House, authority: Authority, stranger: Authority) -> None:
    assert anchors(home, **{"tsa.example": authority.answer}).turn() == 1
    pack = public_log(home.ledger)
    assert "anchor/4/tsa.example.tsr" in pack
    assert verify_files(pack, policy=pack["policy"], anchors=trusted_anchors(authority.root)).text() == ""
    report = verify_files(pack, policy=pack["policy"], anchors=trusted_anchors(stranger.root))
    assert set(report.counts) == {"ANCHOR_BAD"}


def test_an_hour_or_a_legal_limit_lies_between_tokens(home: House, authority: Authority) -> None:
    made = anchors(home, one=authority.answer, two=authority.answer)
    assert made.turn() == 2
    home.act()
    home.publishing().round()
    assert made.turn() == 0
    made.hurry()
    assert made.turn() == 2
    home.act()
    home.publishing().round()
    home.time.passes(3600)
    assert made.turn() == 2
    home.time.passes(3600)
    assert made.turn() == 0, "the same checkpoint is not stamped twice"


def test_a_silent_authority_stops_nothing_and_is_asked_again(home: House, authority: Authority) -> None:
    answering = False

    def sometimes(query: bytes) -> bytes:
        return authority.answer(query) if answering else b"no token"

    made = anchors(home, one=authority.answer, two=sometimes)
    assert made.turn() == 1 and list(made.faults) == ["two"]
    answering = True
    assert made.turn() == 1 and made.faults == {}
    down = Anchors(home.ledger, home.public, {"down": "http://127.0.0.1:1/"})
    assert down.turn() == 0 and "wire.silent" in down.faults["down"]


def test_a_token_of_another_query_or_authority_is_not_stored(home: House, authority: Authority, stranger: Authority) -> None:
    kept: list[bytes] = []

    def replayed(query: bytes) -> bytes:
        kept.append(authority.answer(query))
        return kept[0]

    anchors(home, first=replayed).turn()
    again = anchors(home, second=replayed)
    assert again.turn() == 0 and "anchors.other" in again.faults["second"]
    other = anchors(home, authority.root, third=stranger.answer)
    assert other.turn() == 0 and "third" in other.faults


def test_before_anything_is_published_nobody_is_asked(sqlite: Engine, tmp_path: Path) -> None:
    empty = house(sqlite, tmp_path, count=0)
    assert anchors(empty, one=lambda _query: b"").turn() == 0


@pytest.mark.parametrize("name", ["", "TSA", "a/b", "..", "a b", "x" * 81])
def test_an_authority_has_a_name_that_can_be_a_file(home: House, name: str) -> None:
    with pytest.raises(Invalid):
        Anchors(home.ledger, home.public, {name: "http://127.0.0.1:1/"})
