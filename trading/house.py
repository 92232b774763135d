"""Put the platform together: engine, vault, keys, ledger, desks' parts.  The only caller of their constructors.

Everything that a rule must not reach for itself is chosen here: the clock, the randomness, the secrets.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, make_url

from archive import database
from archive.keys import PURPOSES, Keys, log_purposes
from archive.ledger import Ledger
from archive.values import Instant
from archive.vault import Vault
from bidding import envelopes
from bidding import tables as bidding_tables
from bidding.uploads import Uploads
from experts import tables as experts_tables
from trading import tables
from trading.arrivals import Arrivals
from trading.kinds import DECIDERS
from trading.outlet import publishing_of
from trading.platform import Platform
from trading.settings import Configuration
from trading.shelving import vault_shelf

TABLES = (bidding_tables, experts_tables, envelopes, tables)
"""What the streams project into: declared by being imported."""

DESK = "desk"
"""The purpose of the key that salts are derived from."""


def release() -> str:
    """The release id that every entry carries: the version and a digest of the rules' source."""
    here = Path(__file__).resolve().parent.parent
    rules = sha256()
    for floor in ("archive", "bidding", "experts", "trading"):
        for path in sorted((here / floor).rglob("*.py")):
            rules.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"0.1.0+{rules.hexdigest()[:12]}"


def engine_of(configuration: Configuration) -> Engine:
    """The database that the settings name, its schema brought up to date."""
    configuration.data.mkdir(parents=True, exist_ok=True)
    engine = database.engine(configuration.database_url)
    database.migrate(engine)
    return engine


def has_begun(configuration: Configuration) -> bool:
    """Whether there is anything in the database file that the settings name; a server's is asked when it is used."""
    url = make_url(configuration.database_url)
    file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
    return file is None or (file.is_file() and file.stat().st_size > 0)


def vault_of(configuration: Configuration) -> Vault:
    """The vault that the settings name."""
    return Vault(vault_shelf(configuration))


def assemble(
    configuration: Configuration, clock: Callable[[], Instant], random: Callable[[int], bytes], *, begin: bool = True
) -> Platform:
    """The platform over its data folder; the log is opened, and its first entry written if it is new.

    Without ``begin`` it is not: what an empty database has lost is on escrow's shelf, first entry included.

    Raises:
        Invalid: ``database.unsafe`` when the database could lose what was promised.
    """
    engine, vault = engine_of(configuration), vault_of(configuration)
    log = configuration.settings.log
    keys = Keys.create(configuration.data / "keys", random, (*PURPOSES, *log_purposes(log.origin), DESK))
    ledger = Ledger(engine, DECIDERS, keys, vault, clock, random, log.origin, release(), log.quantum, log.tick)
    publishing = publishing_of(configuration, ledger, vault, random)
    if begin:
        ledger.open()
    limit = configuration.settings.bidding.max_bid_bytes
    uploads = Uploads(engine, vault_shelf(configuration), configuration.data / "uploads", random, quota=8 * limit, largest=limit)
    web = configuration.settings.web
    url = web.origin or f"http://{web.bind}:{web.port}"
    site = configuration.settings.site
    return Platform(
        engine,
        ledger,
        vault,
        uploads,
        clock,
        random,
        lambda label: keys.mac(DESK, label),
        url,
        site.operator_zh,
        site.demo,
        release(),
        Arrivals(engine, clock, random(16).hex()),
        publishing,
    )
