"""Every error of the tree is a problem document with a stable name and a sentence in the reader's language."""

import errno

import pytest

from archive import errors
from archive.errors import Busy, Conflict, Damaged, Denied, Invalid, Missing, Refused, SunlitError, TooLarge
from archive.values import Money
from trading.problems import STATUS, TITLES, family, headers, problem, status
from trading.web.faults import translated


def test_every_class_of_the_tree_has_a_status_and_a_title() -> None:
    tree = {c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, SunlitError)} - {SunlitError}
    assert tree == set(STATUS) == set(TITLES)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Invalid, 400),
        (Denied, 403),
        (Missing, 404),
        (Conflict, 409),
        (TooLarge, 413),
        (Refused, 422),
        (Busy, 503),
        (Damaged, 500),
    ],
)
def test_the_class_gives_the_status(kind: type[SunlitError], expected: int) -> None:
    assert status(kind("some.code")) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Denied("session.absent"), 401),
        (Denied("login.throttled", retry_after=9), 429),
        (Invalid("web.method"), 405),
        (Invalid("web.media"), 415),
    ],
)
def test_where_http_has_a_word_of_its_own_it_is_used(error: SunlitError, expected: int) -> None:
    assert status(error) == expected


def test_an_error_of_a_derived_class_belongs_to_its_family() -> None:
    class Late(Refused):
        """A refusal of its own."""

    assert family(Late("bid.late")) is Refused


def test_an_error_outside_every_family_is_ours() -> None:
    assert status(SunlitError("odd")) == 500


def test_the_type_is_a_urn_of_the_code() -> None:
    assert problem(Missing("web.path", path="/x"), "zh").type == "urn:sunlit:web.path"


def test_title_and_detail_follow_the_language() -> None:
    error = Missing("web.path", path="/x")
    zh, en = problem(error, "zh"), problem(error, "en")
    assert (zh.title, en.title) == ("没有这个对象", "Nothing is here")
    assert "没有这个地址" in zh.detail
    assert "There is no page" in en.detail


def test_a_refusal_names_the_article_it_rests_on() -> None:
    found = problem(Refused("bid.late"), "zh", {"bid.late": "招标投标法 第二十八条"})
    assert found.law == "招标投标法 第二十八条"


def test_parameters_are_plain_values() -> None:
    found = problem(Refused("x", money=Money(5), many=("a", 1), odd=object), "en").params
    assert found["money"] == {"amount": 5}
    assert found["many"] == ["a", 1]
    assert isinstance(found["odd"], str)


def test_a_busy_platform_says_when_to_come_back() -> None:
    assert headers(Busy("web.busy", retry_after=7)) == {"Retry-After": "7"}
    for code in ("ledger.backlog", "ledger.lag"):
        assert headers(Busy(code, limit=5))["Retry-After"].isdecimal()


def test_a_throttled_login_says_when_to_come_back() -> None:
    assert headers(Denied("login.throttled", retry_after=90)) == {"Retry-After": "90"}


def test_who_is_not_logged_in_is_told_how_to() -> None:
    assert headers(Denied("session.absent")) == {"WWW-Authenticate": 'Bearer realm="sunlit"'}


def test_a_wrong_method_is_told_the_right_ones() -> None:
    assert headers(Invalid("web.method", allow="GET, HEAD")) == {"Allow": "GET, HEAD"}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_state_of_the_platform_and_not_an_incident(number: int) -> None:
    known = translated(OSError(number, "full"), "/api/uploads/1", "PATCH", 1)
    assert known is not None and (known.code, status(known)) == ("web.storage", 503)


def test_another_fault_of_a_disk_is_an_incident() -> None:
    assert translated(OSError(errno.EIO, "broken"), "/api/uploads/1", "PATCH", 1) is None
