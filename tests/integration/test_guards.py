"""The guards in the database: nobody goes around the ledger by accident, whatever they connect with."""

import os
import re
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from archive.database import METADATA, MIGRATIONS, check, engine, migrate, traced_tables
from archive.errors import Invalid
from archive.guards import APPEND_ONLY, FROZEN, OTHERS, grants, keep, trace
from archive.ledger import Ledger
from archive.values import Actor
from migrations.declared import DECLARING, declare
from tests.conftest import new_database
from tests.till import TILL, Take

declare()

ALICE = Actor(id="u-1", kind="user")


@pytest.fixture
def used(ledger: Ledger) -> Engine:
    ledger.act("till/A", Take(1), actor=ALICE, key="k")
    ledger.integrate()
    ledger.checkpoint()
    return ledger.engine


def refused(made: Engine, *statements: str) -> str:
    with pytest.raises(DBAPIError) as said, made.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    return str(said.value.orig)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trace_event SET body = body",
        "DELETE FROM trace_event",
        "UPDATE trace_index SET leaf = leaf",
        "DELETE FROM trace_index",
        "UPDATE trace_checkpoint SET note = note",
        "UPDATE trace_checkpoint SET signed_at = signed_at + 1",
        "DELETE FROM trace_checkpoint",
        "UPDATE trace_key SET asked = asked",
        "DELETE FROM trace_key",
        "UPDATE trace_disclosed SET reason = 'other'",
        "DELETE FROM trace_disclosed",
    ],
)
def test_what_is_on_record_stays(used: Engine, statement: str) -> None:
    if statement == "UPDATE trace_checkpoint SET note = note":
        statement = "UPDATE trace_checkpoint SET note = 'other'"
    assert "append-only" in refused(used, statement)


@pytest.mark.parametrize("table", FROZEN + APPEND_ONLY)
def test_a_frozen_table_is_not_emptied(postgres_ledger: Ledger, table: str) -> None:
    postgres_ledger.open()
    assert "append-only" in refused(postgres_ledger.engine, f"TRUNCATE {table} CASCADE")


def test_insert_or_replace_replaces_nothing(sqlite_ledger: Ledger) -> None:
    sqlite_ledger.act("till/A", Take(1), actor=ALICE)
    said = refused(
        sqlite_ledger.engine,
        "INSERT OR REPLACE INTO trace_event SELECT eid, id, stream, seq, x'00', salt, entry, leaf FROM trace_event",
    )
    assert "append-only" in said


def test_a_connection_without_recursive_triggers_cannot_replace_either(sqlite_ledger: Ledger) -> None:
    sqlite_ledger.act("till/A", Take(1), actor=ALICE)
    raw = sqlite3.connect(str(sqlite_ledger.engine.url.database), isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="recursive triggers are off"):
        raw.execute("INSERT OR REPLACE INTO trace_event SELECT eid, id, stream, seq, x'00', salt, entry, leaf FROM trace_event")
    raw.close()


def test_a_checkpoint_is_published_once(used: Engine) -> None:
    with used.begin() as connection:
        connection.execute(text("UPDATE trace_checkpoint SET published_at = 5"))
    assert "append-only" in refused(used, "UPDATE trace_checkpoint SET published_at = 6")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE till SET held = 7",
        "DELETE FROM coin",
        "INSERT INTO coin VALUES ('A', 9, 9)",
    ],
)
def test_no_traced_row_changes_off_the_record(used: Engine, statement: str) -> None:
    said = refused(used, statement)
    assert "untraced" in said or "FOREIGN KEY" in said


def test_an_old_entry_does_not_vouch_for_a_new_change(used: Engine) -> None:
    for _ in range(2):
        said = refused(used, "UPDATE till SET held = 7", "SELECT count(*) FROM trace_event")
        assert "untraced" in said or "FOREIGN KEY" in said


def test_a_traced_change_after_the_entry_is_off_the_record_too(sqlite_ledger: Ledger) -> None:
    sqlite_ledger.act("till/A", Take(1), actor=ALICE)
    entry = "INSERT INTO trace_event SELECT NULL, 'x', stream, 99, body, salt, entry, leaf FROM trace_event LIMIT 1"
    with sqlite_ledger.engine.connect() as connection:
        connection.execute(text("UPDATE till SET held = 7"))
        connection.execute(text(entry))
        connection.execute(text("SELECT 1"))
        connection.rollback()
    assert "FOREIGN KEY" in refused(sqlite_ledger.engine, entry, "UPDATE till SET held = 7")


def test_a_raw_connection_without_foreign_keys_is_refused(sqlite_ledger: Ledger) -> None:
    sqlite_ledger.act("till/A", Take(1), actor=ALICE)
    raw = sqlite3.connect(str(sqlite_ledger.engine.url.database), isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="foreign keys are off"):
        raw.execute("UPDATE till SET held = 7")
    raw.close()


def test_a_traced_table_is_not_emptied(postgres_ledger: Ledger) -> None:
    postgres_ledger.act("till/A", Take(1), actor=ALICE)
    assert "append-only" in refused(postgres_ledger.engine, "TRUNCATE till CASCADE")


@pytest.mark.parametrize(
    ("setting", "bad"),
    [("synchronous", "NORMAL"), ("synchronous", "OFF"), ("foreign_keys", "OFF"), ("recursive_triggers", "OFF")],
)
def test_an_unsafe_sqlite_is_refused_at_start(sqlite: Engine, setting: str, bad: str) -> None:
    check(sqlite)
    made = engine(sqlite.url.render_as_string(hide_password=False))
    event.listen(made, "connect", lambda raw, _: raw.execute(f"PRAGMA {setting}={bad}"))
    with pytest.raises(Invalid) as said:
        check(made)
    assert said.value.params["setting"] == setting
    made.dispose()


def test_a_postgres_that_answers_before_it_writes_is_refused_at_start(postgres: Engine) -> None:
    check(postgres)
    made = engine(postgres.url.render_as_string(hide_password=False))
    with made.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {postgres.url.database} SET synchronous_commit = off"))
        connection.commit()
    made.dispose()
    try:
        with pytest.raises(Invalid) as said:
            check(made)
        assert said.value.params == {"setting": "synchronous_commit", "found": "off", "must": "on / remote_apply"}
    finally:
        with made.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {postgres.url.database} RESET synchronous_commit"))
            connection.commit()
        made.dispose()


def test_another_database_is_refused() -> None:
    with pytest.raises(Invalid) as said:
        engine("mysql://localhost/x")
    assert said.value.params == {"backend": "mysql"}


def test_the_roles_can_do_their_work_and_no_more(postgres_ledger: Ledger) -> None:
    made = postgres_ledger.engine
    others = [t.name for t in METADATA.sorted_tables if not t.info["traced"] and not t.name.startswith("trace_")]
    with made.begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS sunlit_app, sunlit_sequencer")
        connection.exec_driver_sql("CREATE ROLE sunlit_app")
        connection.exec_driver_sql("CREATE ROLE sunlit_sequencer")
        for statement in grants("sunlit_app", "sunlit_sequencer", [t.name for t in traced_tables()], others):
            connection.exec_driver_sql(statement)
    app, sequencer = (replace(postgres_ledger, as_role(made, role)) for role in ("sunlit_app", "sunlit_sequencer"))
    done = app.act("till/A", Take(1), actor=ALICE, key="k")
    assert sequencer.integrate() == 2
    sequencer.checkpoint()
    with made.begin() as connection:
        connection.exec_driver_sql("INSERT INTO trace_cosig (size, key, line) VALUES (2, 'w', '')")
    assert sequencer.notary.prune(0, 9, 1 << 60, lambda _size: False) == 2
    assert app.receipt(done.id)
    assert app.state("till/A").coins == {"1": 1}
    for ledger, attempts in (
        (
            app,
            (
                "DELETE FROM trace_pending",
                "INSERT INTO trace_index VALUES (9, 9, '')",
                "UPDATE trace_tree SET size = 9",
                "DELETE FROM trace_event",
                "UPDATE trace_event SET body = body",
                "TRUNCATE trace_event CASCADE",
                "INSERT INTO trace_event (id, stream, seq, body, salt, entry, leaf, xid) VALUES ('', '', 1, '', '', '', '', '3')",
                "ALTER TABLE till DISABLE TRIGGER ALL",
                "SET session_replication_role = replica",
            ),
        ),
        (
            sequencer,
            (
                "INSERT INTO trace_event (id, stream, seq, body, salt, entry, leaf) VALUES ('', '', 1, '', '', '', '')",
                "UPDATE till SET held = 7",
                "UPDATE trace_stream SET last_seq = 9",
                "DELETE FROM trace_checkpoint",
            ),
        ),
    ):
        for statement in attempts:
            said = refused(ledger.engine, statement)
            assert "permission denied" in said or "must be owner" in said, statement
        ledger.engine.dispose()
    with made.begin() as connection:
        connection.exec_driver_sql("DROP OWNED BY sunlit_app, sunlit_sequencer")
        connection.exec_driver_sql("DROP ROLE sunlit_app, sunlit_sequencer")


def as_role(made: Engine, role: str) -> Engine:
    """An engine whose connections act as a role."""
    other = engine(made.url.render_as_string(hide_password=False))
    event.listen(other, "connect", lambda raw, _: set_role(raw, role))
    return other


def set_role(raw: Any, role: str) -> None:
    raw.execute(f"SET ROLE {role}")
    raw.commit()


def replace(ledger: Ledger, made: Engine) -> Ledger:
    """The same ledger on another engine."""
    house = ledger._house
    return Ledger(made, {"till": TILL}, ledger._keys, house.vault, ledger.clock, house.random, ledger.origin, house.release)


@pytest.fixture(params=["sqlite", "postgres"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database that the revisions alone have made."""
    if request.param == "sqlite":
        made = engine(f"sqlite:///{tmp_path}/migrated.db")
        migrate(made)
        yield made
        made.dispose()
        return
    with new_database(request.getfixturevalue("postgres_server"), f"sunlit_migrated_{os.getpid()}") as url:
        made = engine(url)
        migrate(made)
        yield made
        made.dispose()


def test_migrations_leave_the_schema_that_the_tables_declare(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, METADATA) == [], "a table changed: python -m migrations, see its docstring"


def ours(_object: object, name: str, *_more: object) -> bool:
    return name not in ("trace_touch", "till", "coin", "xid", "ix_trace_event_xid")


def test_migrating_twice_changes_nothing(migrated: Engine) -> None:
    before = inspect(migrated).get_table_names()
    migrate(migrated)
    assert inspect(migrated).get_table_names() == before


def test_the_ledger_is_not_taken_down(sqlite: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with pytest.raises(RuntimeError, match="what is on record stays"), sqlite.begin() as connection:
        connection.exec_driver_sql("DROP TABLE coin")
        connection.exec_driver_sql("DROP TABLE till")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")


def test_every_traced_table_has_its_guard(migrated: Engine) -> None:
    with migrated.connect() as connection:
        if migrated.dialect.name == "sqlite":
            found = connection.execute(
                text("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'must_trace%'")
            )
            times = 3
        else:
            found = connection.execute(text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'must_trace'"))
            times = 1
        guarded = list(found.scalars())
    assert sorted(guarded) == sorted([t.name for t in traced_tables() if t.name not in ("till", "coin")] * times)


def test_every_table_of_the_ledger_is_one_of_the_guards_lists() -> None:
    ledgers = {t.name for t in METADATA.sorted_tables if t.name.startswith("trace_")}
    assert ledgers == {*FROZEN, *APPEND_ONLY, *OTHERS}


def test_every_module_that_declares_tables_is_known_to_migrations() -> None:
    found = set()
    for floor in ("archive", "bidding", "experts", "trading"):
        for path in (MIGRATIONS.parent / floor).rglob("*.py"):
            if re.search(r"^from archive\.database import .*\btable\b", path.read_text("utf-8"), re.M):
                found.add(".".join(path.relative_to(MIGRATIONS.parent).with_suffix("").parts))
    assert found == set(DECLARING)


def test_no_revision_after_the_first_touches_the_ledger() -> None:
    first, *later = sorted((MIGRATIONS / "versions").glob("*.py"))
    assert first.name == "2026_01_05_ledger.py"
    for path in later:
        steps = path.read_text("utf-8").split('"""', 2)[2]
        steps = re.sub(r"op\.(create|drop)_index\(.*\)", "", steps)  # an index changes no row
        assert not re.search(r"trace_(?!touch)", steps), path.name


def test_the_first_revision_is_frozen() -> None:
    # The ledger's tables and guards as they were first made.  A change needs another revision, not another digest.
    said = sha256((MIGRATIONS / "versions" / "2026_01_05_ledger.py").read_bytes())
    for dialect in ("sqlite", "postgresql"):
        for statement in (*keep(dialect), *trace(dialect, "t")):
            said.update(statement.encode())
    assert said.hexdigest() == "321d3f147e0030bbe3bf05a334497e50decc061eb80ac3813b9f212a14b58099"
