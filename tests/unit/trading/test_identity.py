"""Accounts, passwords, certificates and sessions, and what throttles whom."""

import re
from base64 import b64encode

import pytest
from argon2 import PasswordHasher
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Engine, select

from archive.errors import Conflict, Denied, Invalid, Missing
from archive.values import HOUR, MINUTE, SECOND
from trading.identity import Identity, account_table, attempt_table, session_table
from trading.roles import ROLES
from trading.settings import Identity as Limits

NOW = 1_767_574_800_000_000
PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = b64encode(KEY.public_key().public_bytes_raw()).decode()


def proves(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


class House:
    """An identity whose clock and randomness the test holds."""

    def __init__(self, engine: Engine) -> None:
        self.now = NOW
        self.drawn = 0
        limits = Limits(session_minutes=30, session_hours=2, failures=3, failures_from_address=5, window_minutes=10)
        self.identity = Identity(engine, limits, lambda: self.now, self.random, proves, "trade.example", CHEAP)
        self.engine = engine

    def random(self, n: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(n, "big")

    def fail(self, login: str = "bidder", address: str = "10.0.0.1", times: int = 1) -> str:
        code = ""
        for _ in range(times):
            with pytest.raises(Denied) as caught:
                self.identity.login(login, "wrong", address)
            code = caught.value.code
        return code


@pytest.fixture
def house(database: Engine) -> House:
    made = House(database)
    made.identity.register("bidder", "演示建筑", "bidder", org="91530502MA9YDM0137", password=PASSWORD)
    return made


@pytest.fixture
def small(sqlite: Engine) -> House:
    return House(sqlite)


def test_the_right_password_opens_a_session(house: House) -> None:
    opened = house.identity.login("bidder", PASSWORD, "10.0.0.1")
    assert house.identity.visitor(opened.token) == opened.visitor


def test_the_actor_is_named_by_a_pseudonym_and_has_organisation_and_role(house: House) -> None:
    actor = house.identity.login("bidder", PASSWORD, "10.0.0.1").visitor.actor
    assert re.fullmatch(r"u-[0-9a-f]{24}", actor.id)
    assert (actor.kind, actor.org, actor.role) == ("user", "91530502MA9YDM0137", "bidder")


def test_a_wrong_password_opens_nothing(house: House) -> None:
    assert house.fail() == "login.failed"


def test_an_unknown_account_fails_like_a_wrong_password(house: House) -> None:
    assert house.fail("nobody") == "login.failed"


def test_the_placeholder_for_unknown_accounts_is_not_a_password(house: House) -> None:
    with pytest.raises(Denied):
        house.identity.login("nobody", "nobody has this password", "10.0.0.1")


def test_a_password_that_cannot_be_encoded_fails_like_any_other(house: House) -> None:
    with pytest.raises(Denied) as caught:
        house.identity.login("bidder", "\ud800", "10.0.0.1")
    assert caught.value.code == "login.failed"


def test_after_three_failures_the_account_waits_at_that_address(house: House) -> None:
    house.fail(times=3)
    with pytest.raises(Denied) as caught:
        house.identity.login("bidder", PASSWORD, "10.0.0.1")
    assert caught.value.code == "login.throttled"
    assert caught.value.params["retry_after"] == 601


def test_failures_at_another_address_lock_nobody_out(house: House) -> None:
    house.fail(address="10.6.6.6", times=3)
    assert house.identity.login("bidder", PASSWORD, "10.0.0.1").token


def test_one_address_cannot_try_many_accounts(house: House) -> None:
    for n in range(5):
        house.fail(f"guess-{n}", "10.6.6.6")
    assert house.fail("guess-9", "10.6.6.6") == "login.throttled"


def test_the_wait_ends_with_the_window(house: House) -> None:
    house.fail(times=3)
    house.now += 10 * MINUTE
    assert house.identity.login("bidder", PASSWORD, "10.0.0.1").token


def test_a_success_forgives_the_failures_before_it(house: House) -> None:
    house.fail(times=2)
    house.identity.login("bidder", PASSWORD, "10.0.0.1")
    assert house.fail(times=2) == "login.failed"


def test_successes_are_not_counted_against_an_address(house: House) -> None:
    for _ in range(8):
        house.identity.login("bidder", PASSWORD, "10.0.0.1")
    with house.engine.connect() as db:
        assert db.execute(select(attempt_table)).all() == []


def test_a_session_ends_when_nobody_uses_it(house: House) -> None:
    opened = house.identity.login("bidder", PASSWORD, "10.0.0.1")
    house.now += 30 * MINUTE
    assert house.identity.visitor(opened.token) is None


def test_a_used_session_goes_on(house: House) -> None:
    opened = house.identity.login("bidder", PASSWORD, "10.0.0.1")
    for _ in range(3):
        house.now += 29 * MINUTE
        assert house.identity.visitor(opened.token) is not None


def test_a_session_ends_at_the_latest_after_its_hours(house: House) -> None:
    opened = house.identity.login("bidder", PASSWORD, "10.0.0.1")
    for _ in range(5):
        house.now += 20 * MINUTE
        house.identity.visitor(opened.token)
    house.now = NOW + 2 * HOUR
    assert house.identity.visitor(opened.token) is None


def test_logging_out_ends_the_session(house: House) -> None:
    opened = house.identity.login("bidder", PASSWORD, "10.0.0.1")
    house.identity.logout(opened.token)
    assert house.identity.visitor(opened.token) is None


def test_a_token_that_was_never_given_is_nobody(house: House) -> None:
    assert house.identity.visitor("\udcff") is None


def test_a_disabled_account_is_out_at_once_and_stays_out(house: House) -> None:
    opened = house.identity.login("bidder", PASSWORD, "10.0.0.1")
    house.identity.disable("bidder")
    assert house.identity.visitor(opened.token) is None
    with pytest.raises(Denied):
        house.identity.login("bidder", PASSWORD, "10.0.0.1")


def test_the_database_holds_neither_password_nor_token(house: House) -> None:
    opened = house.identity.login("bidder", PASSWORD, "10.0.0.1")
    with house.engine.connect() as db:
        held = repr(db.execute(select(account_table)).all()) + repr(db.execute(select(session_table)).all())
    assert PASSWORD not in held
    assert opened.token not in held


def certified(house: House) -> str:
    house.identity.register("robot", "演示系统", "agency", key=PUBLIC)
    return house.identity.challenge("robot")


def test_a_signed_challenge_opens_a_session(house: House) -> None:
    nonce = certified(house)
    signature = KEY.sign(f"sunlit/login/v1\ntrade.example\nrobot\n{nonce}\n".encode())
    assert house.identity.answer(nonce, signature, "10.0.0.1").visitor.role == "agency"


def test_a_challenge_serves_once(house: House) -> None:
    nonce = certified(house)
    signature = KEY.sign(house.identity.challenge_text("robot", nonce))
    house.identity.answer(nonce, signature, "10.0.0.1")
    with pytest.raises(Denied) as caught:
        house.identity.answer(nonce, signature, "10.0.0.1")
    assert caught.value.code == "login.signature"


def test_a_challenge_is_good_for_five_minutes(house: House) -> None:
    nonce = certified(house)
    house.now += 5 * MINUTE
    with pytest.raises(Denied):
        house.identity.answer(nonce, KEY.sign(house.identity.challenge_text("robot", nonce)), "10.0.0.1")


def test_a_signature_for_another_platform_does_not_open_this_one(house: House) -> None:
    nonce = certified(house)
    with pytest.raises(Denied):
        house.identity.answer(nonce, KEY.sign(f"sunlit/login/v1\nother.example\nrobot\n{nonce}\n".encode()), "10.0.0.1")


def test_a_challenge_is_given_for_an_account_that_does_not_exist(house: House) -> None:
    nonce = house.identity.challenge("nobody")
    with pytest.raises(Denied) as caught:
        house.identity.answer(nonce, KEY.sign(house.identity.challenge_text("nobody", nonce)), "10.0.0.1")
    assert caught.value.code == "login.signature"


def test_an_account_with_a_key_only_has_no_password(house: House) -> None:
    certified(house)
    assert house.fail("robot") == "login.failed"


def test_an_account_with_a_password_only_has_no_key(house: House) -> None:
    nonce = house.identity.challenge("bidder")
    with pytest.raises(Denied):
        house.identity.answer(nonce, KEY.sign(house.identity.challenge_text("bidder", nonce)), "10.0.0.1")


@pytest.mark.parametrize("login", ["ab", "Bidder", "a b c", "-abc", "x" * 65, "投标人一"])
def test_a_login_name_has_one_form(small: House, login: str) -> None:
    with pytest.raises(Invalid) as caught:
        small.identity.register(login, "n", "bidder", password=PASSWORD)
    assert caught.value.code == "account.login"


def test_a_login_name_is_given_once(house: House) -> None:
    with pytest.raises(Conflict) as caught:
        house.identity.register("bidder", "n", "bidder", password=PASSWORD)
    assert caught.value.code == "account.taken"


def test_an_account_needs_a_role_of_this_platform(small: House) -> None:
    with pytest.raises(Invalid) as caught:
        small.identity.register("abc", "n", "king", password=PASSWORD)
    assert caught.value.code == "account.role"


@pytest.mark.parametrize("password", ["", "short"])
def test_a_short_password_is_refused(small: House, password: str) -> None:
    with pytest.raises(Invalid) as caught:
        small.identity.register("abc", "n", "bidder", password=password)
    assert caught.value.code == "account.password"


@pytest.mark.parametrize("key", ["AAAA", "not base64", b64encode(bytes(33)).decode()])
def test_a_key_that_is_no_ed25519_key_is_refused(small: House, key: str) -> None:
    with pytest.raises(Invalid) as caught:
        small.identity.register("abc", "n", "bidder", key=key)
    assert caught.value.code == "account.key"


def test_an_account_is_found_by_its_login_name(house: House) -> None:
    assert house.identity.account("bidder").name == "演示建筑"


def test_a_login_name_without_account_is_missing(small: House) -> None:
    with pytest.raises(Missing) as caught:
        small.identity.account("nobody")
    assert caught.value.code == "account.missing"


def test_demonstration_accounts_are_listed_by_name(small: House) -> None:
    for login, demo in (("zoe", True), ("real", False), ("amy", True)):
        small.identity.register(login, login, "expert", password=PASSWORD, demo=demo)
    assert [account.login for account in small.identity.demo_accounts()] == ["amy", "zoe"]


def test_a_session_is_noted_as_used_at_most_once_a_minute(small: House) -> None:
    small.identity.register("abc", "n", "bidder", password=PASSWORD)
    opened = small.identity.login("abc", PASSWORD, "10.0.0.1")
    seen = []
    for step in (59 * SECOND, SECOND, 59 * SECOND):
        small.now += step
        small.identity.visitor(opened.token)
        with small.engine.connect() as db:
            seen.append(db.execute(select(session_table.c.seen_at)).scalar_one() - NOW)
    assert seen == [0, MINUTE, MINUTE]


def test_every_role_has_a_kind_that_the_log_knows() -> None:
    assert {kind for kind, _, _ in ROLES.values()} <= {"user", "regulator"}
