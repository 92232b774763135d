"""How fast a log is replayed: authenticity, chain, state digests, rows (L1, L2), and decisions on top (L3).

The log is of tallies, whose rules cost next to nothing, so that the machinery is what is measured: 50 entries a stream, as
far apart in the log as they can be, bodies of 600 bytes.  Beside it, in the same run: the least that any replay must do for
each entry, two hashes of its bytes and one pass of a JSON decoder; and `sunlit verify` (L0, L1) of a pack.  How the cost
grows with the log is `growth`'s to say, what the real rules cost `demonstration`'s.
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
from archive.evidence import write_zip
from archive.keys import Keys
from archive.ledger import Ledger
from archive.ledger.audit import audit
from archive.ledger.export import own_policy, regulators_log
from archive.values import DAY
from archive.verify.packs import verify_pack
from tests.benchmarks.acts import ACTOR, ledger_on, opened, system_clock
from tests.benchmarks.tally import MEMO, Add

ENTRIES = 200_000
PACKED = 20_000
PER_STREAM = 50
ROUNDS = 3
_BATCH = 1000


def log_of(folder: Path, entries: int) -> Ledger:
    """A log of a year with so many acts, put on record in large transactions, which measures nothing."""
    folder.mkdir()
    streams, now, done = entries // PER_STREAM, system_clock(), 0
    keys = Keys.create(folder / "keys", secrets.token_bytes)
    # Every stream is written in turn: one whose state is not at hand would be folded anew for each entry.
    ledger = ledger_on(
        engine(f"sqlite:///{folder}/log.db"),
        folder,
        keys,
        lambda: now - 365 * DAY * (entries - done) // entries,
        held=streams + 1,
    )
    while done < entries:
        names = [f"tally/{n % streams}" for n in range(done, done + min(_BATCH, streams, entries - done))]
        with ledger.begin(actor=ACTOR, write=set(names)) as tx:
            for name in names:
                tx.act(name, Add(done, MEMO))
        done += len(names)
    ledger.checkpoint()
    return ledger


def replayed(ledger: Ledger, *, decide: bool) -> float:
    """Processor microseconds an entry of a replay that finds nothing."""
    gc.collect()
    start = time.process_time()
    report = audit(ledger, decide=decide)
    used = time.process_time() - start
    assert report.clean, report.text()
    return used / int(report.facts["entries"]) * 1e6


def memory(folder: Path) -> float:
    """By how many MiB a process grows that does nothing but replay the log in ``folder`` once more."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.replay", str(folder)], capture_output=True, text=True, check=True
    )
    return float(told.stdout)


def _least(ledger: Ledger) -> float:
    """Processor microseconds for each entry that nobody can save."""
    with reading(ledger.engine) as connection:
        bodies = list(connection.execute(text("SELECT body FROM trace_event LIMIT 20000")).scalars())
    salt, decode = bytes(32), msgspec.json.Decoder().decode
    start = time.process_time()
    for body in bodies:
        sha256(digest(salt, body, "sha256")).digest()
        decode(body)
    return (time.process_time() - start) / len(bodies) * 1e6


def _verified(folder: Path) -> float:
    """Processor microseconds an entry for a pack in one file with every opening."""
    ledger, pack = log_of(folder, PACKED), folder / "pack.zip"
    with pack.open("wb") as target:
        write_zip(regulators_log(ledger), target)
    policy = own_policy(ledger.notary.keys)
    ledger.engine.dispose()
    gc.collect()
    start = time.process_time()
    report = verify_pack(pack, policy)
    used = time.process_time() - start
    assert report.clean, report.text()
    return used / PACKED * 1e6


def _peak() -> int:
    """Most memory that this process has had so far, in KiB; `getrusage` would begin with its parent's."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def run(entries: int = ENTRIES) -> list[tuple[str, float, str, str]]:
    """Name, value, unit, limit."""
    found: list[tuple[str, float, str, str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = log_of(folder / "log", entries)
        least = _least(ledger)
        for decide, levels in ((False, "L1–L2"), (True, "L1–L3")):
            used = min(replayed(ledger, decide=decide) for _ in range(ROUNDS))
            limit = f"{used / least:.1f} × hashing and decoding alone; a million: {used:.1f} s of processor"
            found.append((f"replay {levels}", round(1e6 / used), "entries/CPU s", limit))
        ledger.engine.dispose()
        limit = "40 bytes an entry, 8 a row, one stream's state, two pages"
        found.append(("memory that replay added", round(memory(folder / "log"), 1), "MiB", limit))
        found.append(
            ("verify L0–L1", round(_verified(folder / "pack"), 1), "µs an entry", f"a pack of {PACKED} entries, all opened")
        )
    return found


if __name__ == "__main__":
    here = Path(sys.argv[1])
    kept = opened(engine(f"sqlite:///{here}/log.db"), here, Keys.open(here / "keys"))
    kept.state("tally/0")
    small = _peak()
    assert audit(kept).clean
    print((_peak() - small) / 1024)
