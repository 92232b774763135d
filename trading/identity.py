"""Accounts, sessions and certificates: how a request becomes an `Actor`.

Four small tables of its own, not projections of the log: a password must be changeable and a session
must be able to end without leaving anything for ever.  What matters for the record (a login, a denial)
is told to the ledger by the caller, in the stream ``session/<id>``.

Passwords are kept as Argon2id; of a session the database knows only the SHA-256 of its token.  An account
may log in with a password, or prove the Ed25519 key registered for it by signing `challenge_text`.
Failures are counted in the database before the password is looked at, so that parallel attempts and
several web processes share one count.  They are counted for an account *at one address* and for an
address over all accounts: a competitor who fails on purpose cannot lock a bidder out before a deadline.
Instants are microseconds; an account has exactly one role (三员分立: no one holds two).
"""

import hashlib
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    RowMapping,
    String,
    delete,
    func,
    insert,
    select,
    update,
)

from archive.database import reading, table
from archive.errors import Conflict, Denied, Invalid, Missing
from archive.values import HOUR, MINUTE, SECOND, Instant
from trading.roles import ROLES, Account, Opened, Visitor
from trading.settings import Identity as Limits

LEAST_PASSWORD = 10
CHALLENGE_LIFE: Instant = 5 * MINUTE
_SEEN_EVERY: Instant = MINUTE
_LOGIN = re.compile(r"[a-z0-9][a-z0-9.-]{2,63}")
_HASHER = PasswordHasher()
_AT_ONCE = BoundedSemaphore(3)  # an Argon2 check takes 64 MiB and a core: no more than this at one time

account_table = table(
    "identity_account",
    Column("id", String(40), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("org", String(64), nullable=False),
    Column("password", String(200), nullable=False),
    Column("key", String(64), nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
session_table = table(
    "identity_session",
    Column("token", String(64), primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("account", String(40), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)
attempt_table = table(
    "identity_attempt",
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("subject", String(400), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
)
challenge_table = table(
    "identity_challenge",
    Column("nonce", String(64), primary_key=True),
    Column("login", String(64), nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)


class Identity:
    """The door of the house.

    ``clock`` gives microseconds, ``random`` n random bytes, ``proves`` (key, signature, message) whether an
    Ed25519 signature holds; ``origin`` is the platform's own name inside a signed challenge.
    """

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        clock: Callable[[], Instant],
        random: Callable[[int], bytes],
        proves: Callable[[bytes, bytes, bytes], bool],
        origin: str,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._engine = engine
        self._limits = limits
        self._clock = clock
        self._random = random
        self._proves = proves
        self._origin = origin
        self._hasher = hasher or _HASHER
        self._nobody = _nobody(self._hasher)

    def register(
        self, login: str, name: str, role: str, *, org: str = "", password: str = "", key: str = "", demo: bool = False
    ) -> Account:
        """A new account with a password, a base64 Ed25519 key, or both.

        Raises:
            Invalid: ``account.login``, ``account.role``, ``account.password``, ``account.key``.
            Conflict: ``account.taken``.
        """
        if not _LOGIN.fullmatch(login):
            raise Invalid("account.login", login=login[:64])
        if role not in ROLES:
            raise Invalid("account.role", role=role[:40])
        if (password or not key) and len(password) < LEAST_PASSWORD:
            raise Invalid("account.password", least=LEAST_PASSWORD)
        if key and _public_key(key) is None:
            raise Invalid("account.key")
        account = Account("u-" + self._random(12).hex(), login, name, role, org, demo)
        hashed = self._hasher.hash(password) if password else ""
        with self._engine.begin() as db:
            if db.execute(select(account_table.c.id).where(account_table.c.login == login)).first() is not None:
                raise Conflict("account.taken", login=login)
            row = {"password": hashed, "key": key, "disabled": False, "created_at": self._clock()}
            row |= {f: getattr(account, f) for f in account.__struct_fields__}
            db.execute(insert(account_table).values(row))
        return account

    def account(self, login: str) -> Account:
        """The account of that login name.

        Raises:
            Missing: ``account.missing``.
        """
        with reading(self._engine) as db:
            row = db.execute(select(account_table).where(account_table.c.login == login)).mappings().first()
        if row is None:
            raise Missing("account.missing", login=login[:64])
        return _account(row)

    def signed(self, id: str, signature: bytes, message: bytes) -> bool:
        """Whether the key registered for the account with that id signed a message; false without a key."""
        with reading(self._engine) as db:
            row = db.execute(select(account_table).where(account_table.c.id == id)).mappings().first()
        key = _public_key(row["key"]) if row is not None and not row["disabled"] else None
        return key is not None and self._proves(key, signature, message)

    def demo_accounts(self) -> tuple[Account, ...]:
        """The accounts that were made for the demonstration, by login name."""
        with reading(self._engine) as db:
            rows = db.execute(select(account_table).where(account_table.c.demo).order_by(account_table.c.login)).mappings().all()
        return tuple(map(_account, rows))

    def login(self, login: str, password: str, address: str) -> Opened:
        """A session for a login name and its password.

        Raises:
            Denied: ``login.throttled`` with ``retry_after`` seconds, ``login.failed`` without saying which part was wrong.
        """
        subjects = (f"at {address[:64]} {login[:64]}", f"from {address[:64]}")
        found, attempt = self._attempt(login, subjects)
        known = found["password"] if found is not None and not found["disabled"] and found["password"] else self._nobody
        with _AT_ONCE:
            try:
                self._hasher.verify(known, password)
            except (Argon2Error, InvalidHashError, UnicodeEncodeError):
                raise Denied("login.failed") from None
        if known is self._nobody or found is None:
            raise Denied("login.failed")
        return self._open(found, attempt, subjects[0])

    def challenge(self, login: str) -> str:
        """A nonce to sign; given for any login name, so that it does not tell which exist."""
        nonce = self._random(32).hex()
        with self._engine.begin() as db:
            db.execute(delete(challenge_table).where(challenge_table.c.ends_at <= self._clock()))
            db.execute(insert(challenge_table).values(nonce=nonce, login=login[:64], ends_at=self._clock() + CHALLENGE_LIFE))
        return nonce

    def challenge_text(self, login: str, nonce: str) -> bytes:
        """The exact bytes that the account's key signs: four lines, each ended by a line feed."""
        return f"sunlit/login/v1\n{self._origin}\n{login}\n{nonce}\n".encode()

    def answer(self, nonce: str, signature: bytes, address: str) -> Opened:
        """A session for a signed challenge; a challenge serves once.

        Raises:
            Denied: ``login.throttled``; ``login.signature`` when it is unknown, over, or not signed by the account's key.
        """
        with self._engine.begin() as db:
            asked = db.execute(select(challenge_table).where(challenge_table.c.nonce == nonce)).mappings().first()
            db.execute(delete(challenge_table).where(challenge_table.c.nonce == nonce))
        if asked is None or asked["ends_at"] <= self._clock():
            raise Denied("login.signature")
        found, attempt = self._attempt(asked["login"], (f"from {address[:64]}",))
        key = _public_key(found["key"]) if found is not None and not found["disabled"] else None
        if found is None or key is None or not self._proves(key, signature, self.challenge_text(asked["login"], nonce)):
            raise Denied("login.signature")
        return self._open(found, attempt)

    def visitor(self, token: str) -> Visitor | None:
        """Who holds this token, or None when it is unknown or its session is over."""
        now = self._clock()
        digest = _digest(token)
        with reading(self._engine) as db:
            row = db.execute(select(session_table).where(session_table.c.token == digest)).mappings().first()
            if row is None or now >= row["ends_at"] or now >= row["seen_at"] + self._limits.session_minutes * MINUTE:
                return None
            who = db.execute(select(account_table).where(account_table.c.id == row["account"])).mappings().one()
        if who["disabled"]:
            return None
        if now >= row["seen_at"] + _SEEN_EVERY:
            with self._engine.begin() as db:
                db.execute(update(session_table).where(session_table.c.token == digest).values(seen_at=now))
        return Visitor(_account(who), row["id"], row["ends_at"])

    def logout(self, token: str) -> None:
        """End a session; an unknown token is no error."""
        with self._engine.begin() as db:
            db.execute(delete(session_table).where(session_table.c.token == _digest(token)))

    def disable(self, login: str) -> None:
        """Close an account and end its sessions at once."""
        account = self.account(login)
        with self._engine.begin() as db:
            db.execute(update(account_table).where(account_table.c.id == account.id).values(disabled=True))
            db.execute(delete(session_table).where(session_table.c.account == account.id))

    def _attempt(self, login: str, subjects: tuple[str, ...]) -> tuple[RowMapping | None, list[int]]:
        """Count this attempt as failed until it proves otherwise; the account, and the rows that say so."""
        now, window = self._clock(), self._limits.window_minutes * MINUTE
        allowed = {"at": self._limits.failures, "from": self._limits.failures_from_address}
        with self._engine.begin() as db:
            db.execute(delete(attempt_table).where(attempt_table.c.at <= now - window))
            for subject in subjects:
                oldest = _oldest(db, subject, allowed[subject.split(" ", 1)[0]])
                if oldest is not None:
                    raise Denied("login.throttled", retry_after=max(1, (oldest + window - now) // SECOND + 1))
            counted = [
                db.execute(insert(attempt_table).values(subject=subject, at=now).returning(attempt_table.c.n)).scalar_one()
                for subject in subjects
            ]
            return db.execute(select(account_table).where(account_table.c.login == login)).mappings().first(), counted

    def _open(self, found: RowMapping, attempt: list[int], forgiven: str = "") -> Opened:
        now = self._clock()
        token = urlsafe_b64encode(self._random(32)).decode().rstrip("=")
        visitor = Visitor(_account(found), self._random(16).hex(), now + self._limits.session_hours * HOUR)
        with self._engine.begin() as db:
            db.execute(delete(session_table).where(session_table.c.ends_at <= now))
            db.execute(delete(attempt_table).where(attempt_table.c.n.in_(attempt) | (attempt_table.c.subject == forgiven)))
            row = {"token": _digest(token), "id": visitor.session, "account": found["id"]}
            db.execute(insert(session_table).values(row | {"created_at": now, "seen_at": now, "ends_at": visitor.ends_at}))
        return Opened(token, visitor)


def _oldest(db: Connection, subject: str, allowed: int) -> Instant | None:
    """The oldest counted failure of a subject that has used up what is allowed, else None."""
    counted = select(func.count(), func.min(attempt_table.c.at)).where(attempt_table.c.subject == subject)
    n, oldest = db.execute(counted).one()
    return int(oldest) if n >= allowed else None


@cache
def _nobody(hasher: PasswordHasher) -> str:
    """A hash that no password is held against in vain: who does not exist costs as much time as who does."""
    return hasher.hash("nobody has this password")


def _account(row: RowMapping) -> Account:
    return Account(row["id"], row["login"], row["name"], row["role"], row["org"], bool(row["demo"]))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _public_key(text: str) -> bytes | None:
    try:
        raw = b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if len(raw) == 32 else None
