"""How the cost of replaying an entry, and the memory, grow with the log: 10^4, 10^5 and 10^6 entries, five minutes.

The logs are those of `replay`: a longer one has more streams, not longer ones.  Rounds go over all three sizes, so that
what else the machine does falls on all of them; the least of the rounds counts.
"""

import tempfile
from pathlib import Path

from tests.benchmarks.replay import log_of, memory, replayed

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 3


def run() -> list[tuple[str, float, str, str]]:
    """Name, value, unit, limit."""
    found: list[tuple[str, float, str, str]] = []
    with tempfile.TemporaryDirectory() as name:
        folders = {entries: Path(name) / str(entries) for entries in SIZES}
        ledgers = {entries: log_of(folder, entries) for entries, folder in folders.items()}
        for decide, levels in ((False, "L1–L2"), (True, "L1–L3")):
            rounds = [[replayed(ledger, decide=decide) for ledger in ledgers.values()] for _ in range(ROUNDS)]
            least = [min(of_one) for of_one in zip(*rounds, strict=True)]
            found += [
                (
                    f"replay {levels} of {entries:,}",
                    round(used, 2),
                    "µs an entry",
                    f"{used / least[0]:.2f} × that of {SIZES[0]:,}",
                )
                for entries, used in zip(SIZES, least, strict=True)
            ]
        grown = {entries: memory(folder) for entries, folder in folders.items()}
        found += [
            (f"memory that replay of {entries:,} added", round(mib, 1), "MiB", f"{mib * 2**20 / entries:.0f} bytes an entry")
            for entries, mib in grown.items()
        ]
        for ledger in ledgers.values():
            ledger.engine.dispose()
    return found
