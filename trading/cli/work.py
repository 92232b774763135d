"""The folder that a bidder or a trustee owns: all that their command line knows, and nothing of it anywhere else.

Every file is written whole or not at all: beside its place, synchronised, then renamed.  A crash leaves the file before or
the file after.  Secrets are readable by their owner alone.
"""

import os
import secrets
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from archive.errors import Denied, Invalid
from trading.client.record import Pinned
from trading.client.terms import Terms
from trading.client.web import Clock, Place, Web, clock_of

OWN = 0o700
SECRET = 0o600
PLAIN = 0o644

TERMS, TRUST, SESSION, EVIDENCE, LOG = "tender.json", "log-policy", "session.json", "evidence", "log"
"""The names in a folder: what the log says of the tender, its pinned keys, the session, entries' proofs, what was shown of it."""

T = TypeVar("T")


class Session(msgspec.Struct, frozen=True):
    """Who is logged in; the token is as good as a password while it lasts."""

    token: str
    org: str
    name: str
    login: str


class Work:
    """One folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, *names: str) -> Path:
        """A place in it."""
        return self.folder.joinpath(*names)

    def make(self, *names: str) -> Path:
        """A folder in it, for its owner alone."""
        self._folders(self.path(*names))
        return self.path(*names)

    def keep(self, raw: bytes, *names: str, secret: bool = False) -> Path:
        """Write a file for good; gives its path."""
        path = self.path(*names)
        self._folders(path.parent)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET if secret else PLAIN), "wb") as out:
                out.write(raw)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        synced(path.parent)
        return path

    def keep_json(self, value: object, *names: str, secret: bool = False) -> Path:
        """Write a value as JSON that people can read."""
        return self.keep(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n", *names, secret=secret)

    def read(self, *names: str) -> bytes | None:
        """A file, None where there is none."""
        try:
            return self.path(*names).read_bytes()
        except FileNotFoundError:
            return None

    def json(self, kind: type[T], *names: str) -> T | None:
        """A value, None where there is none.

        Raises:
            Invalid: ``client.folder`` for a file that is something else.
        """
        raw = self.read(*names)
        try:
            return None if raw is None else msgspec.json.decode(raw, type=kind)
        except msgspec.MsgspecError as e:
            raise Invalid("client.folder", folder=str(self.folder), why=f"{'/'.join(names)}: {e}") from None

    def terms(self) -> Terms:
        """What the folder knows of its tender.

        Raises:
            Invalid: ``client.folder``.
        """
        found = self.json(Terms, TERMS)
        if found is None:
            raise Invalid("client.folder", folder=str(self.folder), why=f"{TERMS} is missing")
        return found

    def place(self, lot: str = "") -> Place:
        """Where the tender is."""
        terms = self.terms()
        return Place(terms.base, terms.tender, lot)

    def pin(self, raw: bytes) -> Pinned:
        """The log's keys: kept at the first visit, and the same ever after.

        Raises:
            Invalid: ``client.pinned`` when they are others, ``client.policy`` when they are none.
        """
        known = self.read(TRUST)
        pinned = Pinned(raw if known is None else known)
        _ = pinned.policy
        if known is None:
            self.keep(raw, TRUST)
        elif known != raw:
            raise Invalid("client.pinned", file=str(self.path(TRUST)))
        return pinned

    def pinned(self) -> Pinned:
        """The keys that were kept.

        Raises:
            Invalid: ``client.folder``.
        """
        known = self.read(TRUST)
        if known is None:
            raise Invalid("client.folder", folder=str(self.folder), why=f"{TRUST} is missing")
        return Pinned(known)

    def prove(self, index: int, proof: bytes) -> None:
        """Keep the proof of an entry that was relied on."""
        self.keep(proof, EVIDENCE, f"{index}.tlog-proof")

    def session(self) -> Session | None:
        """Who is logged in."""
        return self.json(Session, SESSION)

    def web(self, base: str, logged_in: bool = False) -> Web:
        """The platform, with the session where there is one.

        Raises:
            Denied: ``client.login`` where one is needed.
        """
        session = self.session()
        if session is None and logged_in:
            raise Denied("client.login", folder=str(self.folder))
        return opened(Web(base, session.token if session else ""))

    def clock(self, web: Web) -> Clock:
        """The platform's clock, asked now and remembered with the terms."""
        clock, terms = clock_of(web), self.terms()
        self.keep_json(msgspec.structs.replace(terms, clock=clock), TERMS)
        return clock

    def _folders(self, folder: Path) -> None:
        missing = [f for f in (folder, *folder.parents) if not f.exists()]
        for each in reversed(missing):
            each.mkdir(mode=OWN, exist_ok=True)
            synced(each.parent)


def opened(web: Web) -> Web:
    """A connection that ends with the command."""
    click.get_current_context().call_on_close(web.close)
    return web


def synced(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def wiped(path: Path) -> None:
    """Overwrite a file with random bytes, then remove it.

    On a journalling or flash-backed file system older copies of the blocks may survive; that is what the passphrase is for.
    """
    length = path.stat().st_size
    with path.open("r+b", buffering=0) as out:
        for _ in range(3):
            out.seek(0)
            out.write(os.urandom(length))
            os.fsync(out.fileno())
    path.unlink()
    synced(path.parent)
