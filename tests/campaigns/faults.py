"""Every step of the publisher goes wrong in every way, and its process is killed at random: the log must come out sound.

    python -m tests.campaigns.faults [SECONDS]

First the whole matrix of `tests.integration.test_publishing_faults`; then, for so many seconds, a real process that
acts and publishes is killed with SIGKILL at a random moment and started again.  Exits 0 when nothing was ever unsound.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from archive.database import engine
from archive.served import Served, folder
from tests.conftest import complete
from tests.faults import MODES
from tests.integration.test_publishing_faults import walk
from tests.publishers import ALICE, house, tree_of
from tests.till import Hide


def prepared(top: Path) -> Path:
    """A log that has published 254 entries and holds four more."""
    made = engine(f"sqlite:///{top}/log.db")
    complete(made)
    home = house(made, top, count=2, needed=1)
    home.act(253)
    home.publishing().round()
    home.time.passes(30)
    home.act(2)
    home.ledger.act("sealed/5e1", Hide(1), actor=ALICE)
    home.act()
    made.dispose()
    return top


def matrix(top: Path) -> None:
    """Every step, every mode."""
    (top / "log").mkdir()
    pristine = prepared(top / "log")
    for mode in MODES:
        tried, published = walk(pristine, top, mode)
        print(f"{mode}: {tried} steps, sound at each; {published} had published", flush=True)


def victim(top: Path) -> None:
    """Act and publish until killed."""
    home = house(engine(f"sqlite:///{top}/log.db"), top, count=2, needed=1)
    publishing = home.publishing()
    while True:
        home.time.now = time.time_ns() // 1000
        home.act(random.randrange(1, 40))
        publishing.round()


def killing(top: Path, seconds: float) -> None:
    """SIGKILL at random, then look from outside."""
    chance, end, kills, old = random.Random(1), time.monotonic() + seconds, 0, None
    made = engine(f"sqlite:///{top}/log.db")
    complete(made)
    made.dispose()
    while time.monotonic() < end:
        process = subprocess.Popen([sys.executable, "-m", "tests.campaigns.faults", "--victim", str(top)])
        time.sleep(2 + 2 * chance.random())
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
        home = house(engine(f"sqlite:///{top}/log.db"), top, count=2, needed=1)
        now = tree_of(home.public)
        if now.size:
            home.check()
            assert home.verdict().faults == ()
            assert old is None or Served(folder(home.public.root)).extends(old, now)
            old = now
        home.ledger.engine.dispose()
    assert old is not None
    print(f"killed {kills} times; {old.size} entries, sound each time", flush=True)


def main() -> None:
    """Run both."""
    if sys.argv[1:2] == ["--victim"]:
        victim(Path(sys.argv[2]))
    top = Path(tempfile.mkdtemp(prefix="sunlit-faults-"))
    try:
        matrix(top)
        (top / "killed").mkdir()
        killing(top / "killed", float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
    finally:
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    main()
