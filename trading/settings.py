"""What can be set, parsed once from one TOML file and a secrets folder into frozen structs.

Without a file everything has a default that runs the embedded platform: SQLite and a directory vault
under ``sunlit-data/``, the broker inside the process, 127.0.0.1:8350::

    [web]
    port = 8350
    origin = "https://trade.example.cn"

    [database]
    url = "postgresql://sunlit@db/sunlit"

Relative paths start at the folder of the file (or the working folder when there is none).  A key that
is not listed here is an error, never ignored.  Secrets never stand in the file: each is a file of its
name in ``secrets``, or the environment variable ``SUNLIT_SECRET_<NAME>`` in capitals, which wins.
Every floor is given its own slice and nothing else.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import quote

import msgspec
from msgspec import Meta, Struct

from archive.errors import Invalid
from trading.reasons import reason

SECRETS = (
    "database_password",
    "redis_url",
    "s3_access_key_id",
    "s3_secret_access_key",
    *(f"{shelf}_{half}" for shelf in ("public", "escrow") for half in ("access_key_id", "secret_access_key")),
    "escrow_token",
    "smtp_password",
)
"""The names under which secrets are looked for; a shelf without keys of its own takes those of ``s3``."""


class Secret:
    """A value that prints as ``***`` wherever it is shown; `reveal` gives the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, at the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***" if self._text else ""


class Slice(Struct, frozen=True, forbid_unknown_fields=True):
    """A section of the file."""


class Web(Slice, frozen=True):
    """The HTTP edge."""

    bind: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535, description="port to listen on")] = 8350
    origin: Annotated[
        str,
        Meta(pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+)?$", description="public address; https makes cookies secure"),
    ] = ""
    workers: Annotated[int, Meta(ge=1, le=64, description="web processes; more than one needs PostgreSQL and a Redis broker")] = 1
    threads: Annotated[int, Meta(ge=1, le=256, description="threads for handlers in each web process")] = 32
    max_body_bytes: Annotated[int, Meta(ge=1024, description="largest body of an ordinary request")] = 2 * 1024 * 1024
    max_file_bytes: Annotated[int, Meta(ge=1024, description="largest paper sent for an act to name")] = 200 * 1024 * 1024
    proxies: Annotated[int, Meta(ge=0, le=4, description="trusted reverse proxies in front; 0 ignores X-Forwarded-For")] = 0


class Site(Slice, frozen=True):
    """What the platform calls itself on its pages."""

    name_zh: Annotated[str, Meta(description="name in Chinese")] = "阳光交易"
    name_en: Annotated[str, Meta(description="name in English")] = "Sunlit"
    operator_zh: Annotated[str, Meta(description="operating body in Chinese")] = "公共资源交易中心"
    operator_en: Annotated[str, Meta(description="operating body in English")] = "Public Resource Trading Centre"
    contact: Annotated[str, Meta(description="telephone or e-mail shown in the footer")] = ""
    ocid: Annotated[str, Meta(pattern=r"^ocds-[a-z0-9]{6}$", description="prefix of the ocids of open data, as registered")] = (
        "ocds-000000"
    )
    demo: Annotated[bool, Meta(description="mark every page as demonstration data")] = False


class Identity(Slice, frozen=True):
    """Accounts and sessions."""

    session_minutes: Annotated[int, Meta(ge=5, le=1440, description="a session ends after this long without a request")] = 120
    session_hours: Annotated[int, Meta(ge=1, le=72, description="and at the latest after this long")] = 12
    failures: Annotated[int, Meta(ge=3, le=100, description="failed logins of one account in the window before it must wait")] = 5
    failures_from_address: Annotated[int, Meta(ge=3, le=10000, description="the same for one network address")] = 30
    window_minutes: Annotated[int, Meta(ge=1, le=1440, description="window in which failures are counted")] = 15


class Database(Slice, frozen=True):
    """Where the ledger and its projections live."""

    url: Annotated[str, Meta(description="SQLAlchemy URL; empty is SQLite in the data folder; a password is a secret")] = ""
    pool: Annotated[int, Meta(ge=1, le=256, description="connections for each process")] = 32


class Shelf(Slice, frozen=True):
    """Where finished files live: the vault's, the published log's, or the log's with every opening."""

    driver: Annotated[
        Literal["directory", "s3"], Meta(description="directory, or s3 for any S3-compatible store with conditional PUT")
    ] = "directory"
    bucket: Annotated[str, Meta(description="bucket, for s3")] = ""
    prefix: Annotated[
        str,
        Meta(
            pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]*(/(?!$)|$))*$", description="folder in the bucket, for s3; empty: all of it"
        ),
    ] = ""
    endpoint: Annotated[str, Meta(description="address of the store, for s3")] = ""
    region: Annotated[str, Meta(description="region, for s3")] = "us-east-1"


class Log(Slice, frozen=True):
    """The trace log."""

    origin: Annotated[str, Meta(pattern=r"^[^\s+]+$", description="the log's name in its checkpoints, for ever")] = (
        "sunlit.localhost/log"
    )
    tick_ms: Annotated[int, Meta(ge=20, le=10_000, description="pause between two runs of the sequencer, on PostgreSQL")] = 150
    policy: Annotated[str, Meta(description="policy file: this log's keys, its witnesses with their urls, the quorum")] = ""
    public: Annotated[str, Meta(description="folder of the published log; empty is <data>/public; for s3 see [public]")] = ""
    escrow: Annotated[
        str, Meta(description="folder of the log with every opening, for escrow; empty is <data>/escrow; for s3 see [escrow]")
    ] = ""
    publish_seconds: Annotated[int, Meta(ge=1, le=600, description="longest pause before new entries are published")] = 5
    quantum: Annotated[int, Meta(ge=0, le=65536, description="published sizes are multiples of this; 0 is off; for ever")] = 0
    tick: Annotated[int, Meta(ge=0, le=3600, description="seconds between publications where there is a quantum; for ever")] = 0
    authorities: Annotated[tuple[str, ...], Meta(description="time-stamp authorities, each a name, a blank, a url")] = ()
    authority_roots: Annotated[str, Meta(description="certificates (PEM) that their tokens must verify under")] = ""
    custodians: Annotated[
        tuple[str, ...], Meta(description="accounts that may agree to a reading of what is sealed, of different organisations")
    ] = ()
    custodians_needed: Annotated[int, Meta(ge=2, le=9, description="how many of them have to agree")] = 2
    grease: Annotated[bool, Meta(description="now and then a signature line by nobody, which readers must pass over")] = False


class Broker(Slice, frozen=True):
    """The doorbell between the outbox and the workers."""

    driver: Annotated[
        Literal["memory", "redis"],
        Meta(description="memory runs the workers inside the web process; with redis they run in `sunlit work`"),
    ] = "memory"
    threads: Annotated[int, Meta(ge=1, le=64, description="worker threads")] = 2
    poll_ms: Annotated[int, Meta(ge=50, le=60_000, description="pause between two looks at what has fallen due")] = 1000


class Bidding(Slice, frozen=True):
    """Sealed bids."""

    max_bid_bytes: Annotated[
        int, Meta(ge=1024, le=1 << 40, description="largest ciphertext of one bid; an account may have eight of them under way")
    ] = 8 * 1024**3


class Calling(Slice, frozen=True):
    """Calling experts by machine."""

    channel: Annotated[
        Literal["", "console", "mail", "sms-gateway", "voice-gateway"],
        Meta(description="how experts are called as soon as they are drawn; empty: by an operator's device, which records it"),
    ] = ""
    contacts: Annotated[
        str, Meta(description="JSON file of experts' addresses by id, {mail, phone}, readable by the platform alone")
    ] = ""
    sender: Annotated[str, Meta(pattern=r"^([^\s<>@]+@[^\s<>@]+)?$", description="address that mail comes from")] = ""
    host: Annotated[str, Meta(description="mail server")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535, description="its port")] = 25
    security: Annotated[
        Literal["none", "starttls", "tls"], Meta(description="starttls or tls; none is for a server on this machine")
    ] = "starttls"
    user: Annotated[str, Meta(description="account at the mail server; its password is the secret smtp_password")] = ""


class Settings(Slice, frozen=True):
    """Everything, one section for each concern."""

    data: Annotated[str, Meta(description="folder of the database, the vault, the tiles and the keys")] = "sunlit-data"
    secrets: Annotated[str, Meta(description="folder with one file for each secret; empty is <data>/secrets")] = ""
    web: Web = Web()
    site: Site = Site()
    identity: Identity = Identity()
    database: Database = Database()
    vault: Shelf = Shelf()
    public: Shelf = Shelf()
    escrow: Shelf = Shelf()
    log: Log = Log()
    broker: Broker = Broker()
    bidding: Bidding = Bidding()
    calling: Calling = Calling()


class Configuration(Struct, frozen=True):
    """The parsed settings, the folder that relative paths start from, and the secrets."""

    settings: Settings
    home: Path
    secrets: Mapping[str, Secret]

    @property
    def data(self) -> Path:
        """The data folder, absolute."""
        return self.home / self.settings.data

    @property
    def database_url(self) -> str:
        """The URL for the engine; the password is put in here, from its secret, and stands nowhere else."""
        url = self.settings.database.url or f"sqlite:///{self.data / 'sunlit.db'}"
        password = self.secret("database_password")
        scheme, _, rest = url.partition("://")
        user, at, host = rest.partition("@")
        return f"{scheme}://{user}:{quote(password, safe='')}@{host}" if password and at and ":" not in user else url

    def secret(self, name: str) -> str:
        """A secret's text, empty when it was not given."""
        return self.secrets.get(name, Secret("")).reveal()


def load(path: Path | None, environ: Mapping[str, str], home: Path) -> Configuration:
    """Parse the file at ``path``, or the defaults when it is None; ``home`` is where paths start then.

    Raises:
        Invalid: ``settings.file`` when it cannot be read or is not TOML, ``settings.unknown`` for a key that
            does not exist, ``settings.value`` for a value of the wrong kind, ``settings.together`` for values
            that exclude each other.
    """
    given: dict[str, Any] = {}
    if path is not None:
        home = path.resolve().parent
        try:
            given = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
            raise Invalid("settings.file", file=str(path), why=str(e)) from None
    _refuse_unknown(Settings, given, "")
    try:
        settings = msgspec.convert(given, Settings)
    except msgspec.ValidationError as e:
        raise Invalid("settings.value", why=reason(str(e))) from None
    _refuse_together(settings)
    folder = home / (settings.secrets or f"{settings.data}/secrets")
    return Configuration(settings, home, {name: _secret(name, folder, environ) for name in SECRETS})


def redacted(configuration: Configuration) -> str:
    """The whole of what is in force as TOML, secrets as ``***``, each key with its meaning."""
    lines = [f"# paths start at {configuration.home}"]
    section = ""
    for where, value, meaning in described(configuration.settings):
        head, _, key = where.rpartition(".")
        if head != section:
            section = head
            lines += ["", f"[{head}]"]
        said = str(value).lower() if isinstance(value, bool) else msgspec.json.encode(value).decode()
        lines.append(f"{key} = {said}  # {meaning}")
    lines += ["", "# secrets"] + [f"# {name} = {secret!r}" for name, secret in configuration.secrets.items()]
    return "\n".join(lines) + "\n"


def described(settings: Slice, prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    """Every setting as dotted name, value in force, meaning; sections after plain keys."""
    hints = get_type_hints(type(settings), include_extras=True)
    sections = []
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if isinstance(value, Slice):
            sections.append((name, value))
            continue
        meta = next(m for m in hints[name].__metadata__ if isinstance(m, Meta))
        yield prefix + name, value, str(meta.description)
    for name, inner in sections:
        yield from described(inner, f"{prefix}{name}.")


def _refuse_unknown(kind: type[Slice], given: Mapping[str, Any], prefix: str) -> None:
    hints = get_type_hints(kind)
    for name, value in given.items():
        if name not in hints:
            near = difflib.get_close_matches(name, hints, n=1)
            raise Invalid("settings.unknown", key=prefix + name, near=prefix + near[0] if near else "—")
        if isinstance(value, dict) and isinstance(hints[name], type) and issubclass(hints[name], Slice):
            _refuse_unknown(hints[name], value, f"{prefix}{name}.")


def _refuse_together(settings: Settings) -> None:
    embedded = not settings.database.url or settings.database.url.startswith("sqlite")
    if settings.web.workers > 1 and (embedded or settings.broker.driver == "memory"):
        raise Invalid("settings.together", keys=("web.workers", "database.url", "broker.driver"))
    if (settings.log.quantum > 0) != (settings.log.tick > 0):
        raise Invalid("settings.together", keys=("log.quantum", "log.tick"))
    if settings.calling.channel == "mail" and not settings.calling.sender:
        raise Invalid("settings.together", keys=("calling.channel", "calling.sender"))
    _refuse_shelves(settings)


def _refuse_shelves(settings: Settings) -> None:
    """A bucket has a name and an address, is no folder as well, and is one shelf's alone: two would show each other's files."""
    stores: dict[tuple[str, str, str], str] = {}
    for name, shelf in (("vault", settings.vault), ("public", settings.public), ("escrow", settings.escrow)):
        if shelf.driver == "directory":
            continue
        if not (shelf.bucket and shelf.endpoint):
            raise Invalid("settings.together", keys=(f"{name}.driver", f"{name}.bucket", f"{name}.endpoint"))
        if getattr(settings.log, name, ""):
            raise Invalid("settings.together", keys=(f"{name}.driver", f"log.{name}"))
        other = stores.setdefault((shelf.endpoint, shelf.bucket, shelf.prefix), name)
        if other != name:
            raise Invalid("settings.together", keys=(f"{other}.bucket", f"{name}.bucket"))


def _secret(name: str, folder: Path, environ: Mapping[str, str]) -> Secret:
    named = environ.get(f"SUNLIT_SECRET_{name.upper()}")
    if named is not None:
        return Secret(named)
    file = folder / name
    try:
        return Secret(file.read_text("utf-8").strip()) if file.is_file() else Secret("")
    except (OSError, UnicodeDecodeError) as e:
        raise Invalid("settings.file", file=str(file), why=str(e)) from None
