"""The database: one metadata for every floor, engines that are safe to promise receipts on, the ledger's tables.

SQLite 3.37+ and PostgreSQL 15–18 alike.  Times are microseconds since the epoch (BIGINT), ids are text,
JSON columns hold canonical JSON text.  A *traced* table is a projection of streams: only the ledger writes
it, and the guards (`archive.guards`) refuse a COMMIT that changed it and recorded nothing (trace-log 3.5).
Table shapes follow trace-log 5.4; ``migrations/`` makes them, nothing else does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    ExceptionContext,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    exc,
    make_url,
)
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from archive.errors import Invalid

ischema_names.setdefault("xid8", BigInteger)  # the transaction number that only the guards read

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
POOL = 36  # one connection for each of the 32 handler threads, and a few for the sequencer and the relay

IDLE = 1.0  # seconds in the pool after which a connection is asked whether it still works


@compiles(String, "sqlite")
@compiles(Text, "sqlite")
def _text(_type: Any, _compiler: Any, **_kw: Any) -> str:
    return "TEXT"  # STRICT tables know TEXT, INTEGER and BLOB only


@compiles(Boolean, "sqlite")
@compiles(BigInteger, "sqlite")
def _integer(_type: Any, _compiler: Any, **_kw: Any) -> str:
    return "INTEGER"


def table(name: str, *columns: Any, traced: bool = False) -> Table:
    """Declare a table in `METADATA`; ``traced`` says that it is a projection which only the ledger writes."""
    return Table(name, METADATA, *columns, sqlite_strict=True, info={"traced": traced})


def traced_tables() -> list[Table]:
    """Every projection that is declared so far, in the order of their foreign keys."""
    return [t for t in METADATA.sorted_tables if t.info.get("traced")]


event_table = table(
    "trace_event",  # INSERT only; on PostgreSQL also ``xid``, which the guards read
    Column("eid", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("stream", String(80), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("stream", "seq"),
)
stream_table = table(
    "trace_stream",  # its row lock is the order of the stream
    Column("stream", String(80), primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_leaf", LargeBinary, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("closed", Boolean, nullable=False),
)
pending_table = table("trace_pending", Column("eid", ForeignKey("trace_event.eid"), primary_key=True, autoincrement=False))
index_table = table(
    "trace_index",  # INSERT only: the position of each entry in the tree
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("eid", ForeignKey("trace_event.eid"), nullable=False, unique=True),
    Column("leaf", LargeBinary, nullable=False),
)
tree_table = table(
    "trace_tree",  # one row; ``edge`` is the compact range, largest subtree first; ``at`` the greatest time on record
    Column("k", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("edge", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
)
tile_table = table(
    "trace_tile",  # levels 1 and up, ``w`` hashes wide; level 0 stands in trace_index
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("w", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
checkpoint_table = table(
    "trace_checkpoint",  # INSERT only, but for ``published_at`` which is set once
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
    Column("published_at", BigInteger),
)
cosig_table = table(
    "trace_cosig",
    Column("size", ForeignKey("trace_checkpoint.size"), primary_key=True, autoincrement=False),
    Column("key", String(300), primary_key=True),
    Column("line", Text, nullable=False),
)
anchor_table = table(
    "trace_anchor",
    Column("size", ForeignKey("trace_checkpoint.size"), primary_key=True, autoincrement=False),
    Column("kind", String(80), primary_key=True),
    Column("token", LargeBinary, nullable=False),
)
disclosed_table = table(
    "trace_disclosed",  # an entry's opening is public iff it is listed here
    Column("eid", ForeignKey("trace_event.eid"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("reason", String(80), nullable=False),
)
disclosure_table = table(
    "trace_disclosure",  # private fields (trace-log 5.3): erased with their subject's key
    Column("id", String(36), primary_key=True),
    Column("path", String(200), primary_key=True, index=True),  # the digest that stands for it
    Column("salt", String(64), nullable=False),  # empty: it is inside the next, so that none outlives its key
    Column("value_enc", LargeBinary, nullable=False),
    Column("subject", String(80), nullable=False, index=True),
    Column("key_id", String(80), nullable=False),  # the purpose of the key that wraps the subject's
)
subject_key_table = table(
    "trace_subject_key",
    Column("subject", String(80), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("destroyed_at", BigInteger),
)
key_table = table(
    "trace_key",  # idempotency keys: the n-th act under a key, and what was asked; both as MACs, as in the entry's cause
    Column("actor", String(200), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("asked", LargeBinary, nullable=False),
    Column("eid", ForeignKey("trace_event.eid"), nullable=False),
)
blob_table = table(
    "trace_blob",  # which entry names which blob
    Column("eid", ForeignKey("trace_event.eid"), primary_key=True, autoincrement=False),
    Column("sha256", String(64), primary_key=True, index=True),
    Column("len", BigInteger, nullable=False),
    Column("mt", String(200), nullable=False),
)


def engine(url: str) -> Engine:
    """An engine with the settings that the ledger demands; opens no connection yet.

    ``sqlite:///path`` or ``postgresql://…`` (psycopg 3).  Pass it to `check` before use.

    Raises:
        Invalid: ``database.url`` for another database.
    """
    where = make_url(url)
    match where.get_backend_name():
        case "sqlite":
            # An in-memory database is one connection, so it is handed to one thread at a time.
            memory = where.database in (None, "", ":memory:")
            made = create_engine(
                where,
                poolclass=QueuePool,
                pool_size=1 if memory else POOL,
                max_overflow=0 if memory else 10,
                connect_args={"check_same_thread": False, "isolation_level": None},
            )
            event.listen(made, "connect", _sqlite_settings)
            event.listen(made, "begin", _sqlite_begin)
        case "postgresql":
            limits = "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
            made = create_engine(
                where.set(drivername="postgresql+psycopg"),
                pool_size=POOL,
                pool_use_lifo=True,  # the one used last has its statements prepared and its caches warm
                connect_args={"options": limits, "client_encoding": "UTF8"},
            )
            _look_after(made)
        case other:
            raise Invalid("database.url", backend=other)
    event.listen(made, "handle_error", _let_go)
    return made


def _look_after(made: Engine) -> None:
    """Ask a connection that has lain in the pool for a while whether its server is still there.

    One that has just been used is not asked, which would be one more round trip for each act; if it is gone all the
    same, its transaction fails as one whose server goes away a moment later would.
    """

    def laid_down(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["laid down"] = monotonic()

    def taken(connection: Any, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        if monotonic() - record.info.get("laid down", monotonic()) > IDLE:
            try:
                made.dialect.do_ping(connection)
            except made.dialect.loaded_dbapi.Error as fault:
                raise exc.InvalidatePoolError from fault

    event.listen(made, "checkin", laid_down)
    event.listen(made, "checkout", taken)


def _let_go(context: ExceptionContext) -> None:
    # A COMMIT or ROLLBACK that failed leaves the connection inside its transaction, and the pool would hand it on like
    # that: it is closed instead, which the server takes for a rollback.
    if context.statement is None and context.connection is not None:
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def _sqlite_settings(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another has written between, whatever
    # the busy timeout; so only those that promise to read are deferred.
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one snapshot and writes nothing."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            snapshot = connection.execution_options(reads=True)
        else:
            snapshot = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with snapshot.begin():
            yield snapshot


def check(engine: Engine) -> None:
    """Refuse a database that could lose an acknowledged COMMIT or garble text.

    Raises:
        Invalid: ``database.unsafe`` with the setting, what it is and what it must be.
    """
    with engine.connect() as connection:
        ask = connection.exec_driver_sql
        if engine.dialect.name == "sqlite":
            memory = engine.url.database in (None, "", ":memory:")
            found = {name: str(ask(f"PRAGMA {name}").scalar()).lower() for name in _SQLITE_MUST}
            must = _SQLITE_MUST | ({"journal_mode": ("memory",)} if memory else {})
        else:
            found = {name: str(ask(f"SHOW {name}").scalar()).lower() for name in _POSTGRES_MUST}
            must = _POSTGRES_MUST
            found["server_version_num"] = str(int(ask("SHOW server_version_num").scalar_one()) // 10000)
    for name, allowed in must.items():
        if found[name] not in allowed:
            raise Invalid("database.unsafe", setting=name, found=found[name], must=" / ".join(allowed))


_SQLITE_MUST: dict[str, tuple[str, ...]] = {
    "synchronous": ("2", "3"),
    "journal_mode": ("wal",),
    "foreign_keys": ("1",),
    "recursive_triggers": ("1",),
    "encoding": ("utf-8",),
}
_POSTGRES_MUST: dict[str, tuple[str, ...]] = {
    "synchronous_commit": ("on", "remote_apply"),
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "server_encoding": ("utf8",),
    "server_version_num": ("15", "16", "17", "18"),
}


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to ``revision``; one process at a time, all or nothing."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310001)")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
