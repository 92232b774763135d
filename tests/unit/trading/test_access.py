"""Sessions: who came in, who was turned away, who looked - all withheld from the public."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from archive.canonical import decode, encode
from archive.decider import Context, fold
from archive.errors import Refused
from archive.values import Actor
from tests.tender_play import bj
from trading import access as a
from trading.messages import LANGUAGES, sentence

SOMEBODY = Actor("u-1", "user", org="11530502MB9Y0B227D")
ANOTHER = Actor("u-2", "user")
BELL = Actor.system("bell")
AT = bj(9, 1)
EVERY: tuple[a.Command, ...] = (
    a.LogIn("password"),
    a.FailLogIn("d" * 64, "password"),
    a.Deny("tender/T1", "tender.missing"),
    a.View("blob/abc"),
    a.HandIn("T1", "1", "e" * 36, "192.0.2.7", "tool/1"),
    a.LogOut(),
)


def act(state: a.Session, command: a.Command, actor: Actor = SOMEBODY, at: int = AT) -> a.Session:
    asked: a.Command = decode(encode(command), a.Command)  # type: ignore[arg-type]
    events = a.DECIDER.decide(state, asked, Context(at, actor, None))
    return decode(encode(fold(a.DECIDER, state, events)), a.Session)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as found:
        yield
    assert found.value.code == code
    assert a.LAW[code]
    assert all("{" not in sentence(code, found.value.params, lang) for lang in LANGUAGES)


IN = act(a.Session(), a.LogIn("certificate"))


def test_a_log_in_begins_the_session_of_its_actor() -> None:
    assert (IN.actor, IN.org, IN.means, IN.began_at) == (SOMEBODY.id, SOMEBODY.org, "certificate", AT)


def test_a_session_begins_once() -> None:
    with refused("session.open"):
        act(IN, a.LogIn("password"))


def test_failures_and_denials_are_on_record_without_a_session() -> None:
    state = act(act(a.Session(), a.FailLogIn("d" * 64, "password"), BELL), a.Deny("tender/T1", "tender.missing"), ANOTHER)
    assert (state.failures, state.denials, state.began_at) == (1, 1, 0)


def test_views_are_counted() -> None:
    assert act(act(IN, a.View("blob/a")), a.View("blob/b", "复核"), at=AT + 5).views == 2


SENT = a.HandIn("T1", "1", "e" * 36, "192.0.2.7", "tool/1")


def test_where_submissions_came_from_stands_in_the_session_with_its_organisation() -> None:
    state = act(act(IN, SENT, at=AT + 1), a.HandIn("T1", "2", "f" * 36, "9" * 90, "c" * 900), at=AT + 2)
    state = act(state, replace(SENT, network="n" * 90, device="d" * 90), at=AT + 3)
    kept = [(h.at, h.lot, len(h.address), len(h.client), len(h.network), len(h.device)) for h in state.handed_in]
    assert kept == [(AT + 1, "1", 9, 6, 0, 0), (AT + 2, "2", 64, 200, 0, 0), (AT + 3, "1", 9, 6, 64, 64)]
    rows = [columns for table, _, columns in a.DECIDER.rows("session/s1", state) if table == "session_hand_in"]
    assert [(r["org"], r["event"][:1]) for r in rows] == [(SOMEBODY.org, e) for e in "efe"]


def test_every_place_that_the_bodies_were_sent_from_has_a_row_beside_the_submissions() -> None:
    sent = replace(SENT, uploads=(a.Place("p", "q", "r"), a.Place("s", "t", "u")))
    rows = [
        (key, columns)
        for table, key, columns in a.DECIDER.rows("session/s1", act(act(IN, sent), SENT))
        if table == "session_hand_in"
    ]
    assert [(key, columns["address"], columns["client"]) for key, columns in rows] == [
        (("s1", 0), "192.0.2.7", "tool/1"),
        (("s1", 1), "p", ""),
        (("s1", 2), "s", ""),
        (("s1", 3), "192.0.2.7", "tool/1"),
    ]


def test_a_submission_without_its_senders_session_says_nothing_of_where_it_came_from() -> None:
    with refused("session.none"):
        act(a.Session(), SENT)
    with refused("session.other"):
        act(IN, SENT, ANOTHER)


def test_a_view_needs_a_session() -> None:
    with refused("session.none"):
        act(a.Session(), a.View("blob/a"))


def test_a_view_in_somebody_elses_session_is_refused() -> None:
    with refused("session.other"):
        act(IN, a.View("blob/a"), ANOTHER)


def test_a_session_ends_by_its_owner_or_by_the_system() -> None:
    assert act(IN, a.LogOut("asked"), at=AT + 1).ended_at == AT + 1
    assert act(IN, a.LogOut("expired"), BELL, AT + 2).ended_at == AT + 2


def test_a_session_is_not_ended_by_another() -> None:
    with refused("session.other"):
        act(IN, a.LogOut(), ANOTHER)


def test_a_session_that_never_began_cannot_end() -> None:
    with refused("session.none"):
        act(a.Session(), a.LogOut("expired"), BELL)


@pytest.mark.parametrize("command", EVERY, ids=lambda c: type(c).__name__)
def test_a_closed_session_takes_nothing_more(command: a.Command) -> None:
    with refused("session.closed"):
        act(act(IN, a.LogOut()), command)


@pytest.mark.parametrize("command", EVERY, ids=lambda c: type(c).__name__)
def test_everything_about_sessions_is_withheld(command: a.Command) -> None:
    assert a.DECIDER.secrecy(command) == "secret"
    assert a.DECIDER.act(command).startswith("session.")


def test_one_row_tells_of_a_session() -> None:
    rows = list(a.DECIDER.rows("session/s1", IN))
    assert [(name, key) for name, key, _ in rows] == [("session_record", ("s1",))]
    assert rows[0][2]["actor"] == SOMEBODY.id


def test_a_session_in_which_nothing_happened_has_no_row() -> None:
    assert not list(a.DECIDER.rows("session/s1", a.Session()))
