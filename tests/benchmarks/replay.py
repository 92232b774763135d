"""How fast a log is replayed: authenticity, chain, state digests, rows (L1, L2), and decisions on top (L3).

Beside it, in the same run, the least that any replay must do for each entry: two hashes of its bytes and one pass of a
JSON decoder.
"""

import gc
import secrets
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from hmac import digest
from pathlib import Path

import msgspec
from sqlalchemy import text

from archive.database import engine, reading
from archive.keys import Keys
from archive.ledger import Ledger
from archive.ledger.audit import audit
from tests.benchmarks.acts import ACTOR, ledger_on
from tests.benchmarks.tally import MEMO, Add

ENTRIES = 200_000
STREAMS = 4000


def fill(ledger: Ledger, entries: int) -> None:
    """Acts in large transactions, which measure nothing."""
    done, per = 0, 50
    while done < entries:
        names = [f"tally/{(done // per + k) % STREAMS}" for k in range(20)]
        with ledger.begin(actor=ACTOR, write=set(names)) as tx:
            for n in range(per):
                for name in names:
                    tx.act(name, Add(n, MEMO))
        done += per * len(names)
    ledger.checkpoint()


def least(ledger: Ledger) -> float:
    """CPU seconds for each entry that nobody can save."""
    with reading(ledger.engine) as connection:
        bodies = list(connection.execute(text("SELECT body FROM trace_event LIMIT 20000")).scalars())
    salt, decode = bytes(32), msgspec.json.Decoder().decode
    start = time.process_time()
    for body in bodies:
        sha256(digest(salt, body, "sha256")).digest()
        decode(body)
    return (time.process_time() - start) / len(bodies)


def _in_a_process_of_its_own(folder: Path) -> float:
    """Replay once more where nothing else has used memory; by how many MiB it grew."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.replay", str(folder)], capture_output=True, text=True, check=True
    )
    return float(told.stdout)


def _peak() -> int:
    """Most memory that this process has had so far, in KiB; `getrusage` would begin with its parent's."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def run(entries: int = ENTRIES) -> list[tuple[str, float, str, str]]:
    """Name, value, unit, limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = ledger_on(engine(f"sqlite:///{folder}/log.db"), folder, Keys.create(folder / "keys", secrets.token_bytes))
        fill(ledger, entries)
        gc.collect()
        floor, found = least(ledger), []
        for decide, levels in ((False, "L1–L2"), (True, "L1–L3")):
            start, cpu = time.perf_counter(), time.process_time()
            report = audit(ledger, decide=decide)
            wall, used = time.perf_counter() - start, time.process_time() - cpu
            assert report.clean
            rate = float(report.facts["entries"]) / used
            ratio, million = used / entries / floor, used / entries * 1e6
            limit = (
                f"{ratio:.1f} × hashing and decoding alone; a million: {million:.1f} s of CPU, {wall / entries * 1e6:.1f} s here"
            )
            found.append((f"replay {levels}", round(rate), "entries/CPU s", limit))
        grown = _in_a_process_of_its_own(folder)
        found.append(
            ("memory that replay added", round(grown, 1), "MiB", "8 bytes an entry, 8 a row, one stream's state, one page")
        )
        ledger.engine.dispose()
    return found


if __name__ == "__main__":
    here = Path(sys.argv[1])
    opened = ledger_on(engine(f"sqlite:///{here}/log.db"), here, Keys.open(here / "keys"))
    opened.state("tally/0")
    small = _peak()
    assert audit(opened).clean
    print((_peak() - small) / 1024)
