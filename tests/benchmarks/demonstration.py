"""Replay of the demonstration's log: small, but of all kinds, with files, private fields and the real rules.

In a process of its own, which knows of no other tables.  A small log bears the run's own cost, some twenty milliseconds.
"""

import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from archive.ledger.audit import audit

ROUNDS = 5


def run() -> list[tuple[str, float, str, str]]:
    """Name, value, unit, limit."""
    with tempfile.TemporaryDirectory() as folder:
        play = [sys.executable, "-c", "from trading.cli import main; main()", "demo", "--out", folder]
        subprocess.run(play, capture_output=True, check=True)
        again = [sys.executable, "-m", "tests.benchmarks.demonstration", folder]
        told = subprocess.run(again, capture_output=True, text=True, check=True).stdout.split()
    entries, streams, machinery, rules = map(float, told)
    limit = f"{entries:.0f} entries of {streams:.0f} streams"
    return [
        (
            "the demonstration's log, L1–L2",
            round(machinery * 1000),
            "ms",
            f"{machinery / entries * 1e6:.0f} µs an entry; {limit}",
        ),
        ("the demonstration's log, L1–L3", round(rules * 1000), "ms", f"{rules / entries * 1e6:.0f} µs an entry; {limit}"),
    ]


def _replayed(folder: Path) -> str:
    from trading import house
    from trading.app import system_clock
    from trading.cli.play import configured

    ledger = house.assemble(configured(folder), system_clock, secrets.token_bytes).ledger
    facts, used = audit(ledger).facts, list[float]()
    for decide in (False, True):
        rounds = []
        for _ in range(ROUNDS):
            start = time.process_time()
            assert audit(ledger, decide=decide).clean
            rounds.append(time.process_time() - start)
        used.append(min(rounds))
    return f"{facts['entries']} {facts['streams']} {used[0]} {used[1]}"


if __name__ == "__main__":
    print(_replayed(Path(sys.argv[1])))
