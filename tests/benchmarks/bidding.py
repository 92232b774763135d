"""The bidder's command line beside OpenSSL's bare cipher, and the opening of five hundred bids under five trustees.

The opening is measured twice, in processor time: its cryptography alone, and the desk's whole with ledger, rows and files
on SQLite.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from archive.values import SECOND
from bidding.box import Box
from bidding.opening import Answers, Release, keyed
from bidding.sealing import Policy, parse_envelope, trustee_open
from tests import hundreds
from tests.hundreds import Sealed
from tests.market import CLOSES, NAME, Market, market
from trading.cli.work import TERMS, Work
from trading.client.terms import Terms, _terms
from trading.client.web import Clock
from trading.demo.players import Keeper, policy
from trading.desk import facts, opening, verdicts

MIB = 2**20
SIZE = 512
BIDS, TRUSTEES, NEEDED = 500, 5, 3
TARGET = 3.0
ROOT = Path(__file__).resolve().parents[2]
PEAK = (
    "import re, sys\nfrom trading.cli import sunlit\nsunlit(sys.argv[1:], standalone_mode=False)\n"
    "print('peak-kib:', re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
)
Row = tuple[str, float, str, str]


def openssl() -> float:
    """MB/s of AES-256-GCM alone, 16 KiB at a time; 0 where there is no openssl."""
    if shutil.which("openssl") is None:
        return 0.0
    command = ["openssl", "speed", "-evp", "aes-256-gcm", "-bytes", "16384", "-seconds", "2"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"AES-256-GCM\s+([0-9.]+)k", said, re.I)
    assert found is not None
    return float(found[1]) * 1000 / 1e6


def sunlit(folder: Path, *arguments: str) -> tuple[float, float]:
    """Seconds and peak MiB of a command in a process of its own."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return time.perf_counter() - began, int(done.stdout.rsplit("peak-kib: ", 1)[1]) / 1024


def command_line(folder: Path) -> list[Row]:
    made = market(folder / "market").found().publish()
    box = made.platform.ledger.state(facts.box(NAME, "1"))
    assert isinstance(box, Box)
    terms(folder / "work", box)
    made.platform.engine.dispose()
    with (folder / "big.bin").open("wb") as out:
        for _ in range(SIZE):
            out.write(os.urandom(MIB))
    (folder / "form.toml").write_text('price = "4586000.00"\n')
    bare = openssl()
    both, peak = sunlit(folder, "bid", "seal", "work", "--bidder", "X", "--form", "form.toml", "--attach", "big.bin")
    test, test_peak = sunlit(folder, "bid", "rehearse", "work")
    start, _ = sunlit(folder, "bid", "--help")
    size = SIZE * MIB / 1e6
    seal = size / (both - test)
    return [
        ("bid.openssl", bare, "MB/s", "AES-256-GCM of OpenSSL alone, 16 KiB at a time: the limit"),
        ("bid.seal", seal, "MB/s", f"{SIZE} MiB from file to file; the cipher, two trees and the files' hashes"),
        ("bid.seal.of-openssl", 100 * seal / bare if bare else 0.0, "%", "of the bare cipher in the same run"),
        ("bid.open", size / (test - start), "MB/s", "opened again as a test: checked, decrypted, every file compared"),
        ("bid.peak", max(peak, test_peak), "MiB", "resident; goal below 64 whatever the size"),
    ]


def terms(work: Path, box: Box) -> None:
    """A bidder's folder as ``sunlit bid tender`` leaves it."""
    Work(work).keep_json(Terms("http://127.0.0.1:9", NAME, "x", "", "", (_terms(box),), Clock(), 0), TERMS)


def cryptography(rules: Policy, keepers: list[Keeper], envelopes: list[bytes]) -> list[Row]:
    parsed, shares = [parse_envelope(e) for e in envelopes], dict[int, list[Release]]()
    began = time.process_time()
    for j, keeper in enumerate(keepers, 1):
        opened = [trustee_open(rules, e, j, keeper.sk) for e in parsed]
        shares[j] = [Release(s.j, s.share.hex(), s.blind.hex()) for s in opened if s is not None]
    trustees = time.process_time() - began
    began = time.process_time()
    for n, e in enumerate(parsed):
        assert isinstance(keyed(rules, e, Answers(tuple(shares[j][n] for j in range(1, NEEDED + 1)))), bytes)
    reached = time.process_time() - began
    return [
        ("opening.trustees", trustees, "s", f"{TRUSTEES} trustees open their shares of {BIDS} envelopes"),
        ("opening.verdicts", reached, "s", f"{NEEDED} shares combined, every envelope made again and compared"),
        ("opening.cryptography", trustees + reached, "s", f"both; goal {TARGET:.0f}"),
    ]


def desk(made: Market, keepers: list[Keeper], people: list[Sealed]) -> list[Row]:
    """Processor time of the platform alone: what trustees do at home is not in it."""
    platform, times = made.platform, list[float]()

    def timed(work: Callable[[], object]) -> None:
        began = time.process_time()
        work()
        times.append(time.process_time() - began)

    timed(lambda: [hundreds.hand_in(made, bid) for bid in people])
    made.clock.now = CLOSES
    timed(lambda: opening.close(platform, NAME))
    answers = hundreds.turns(made, keepers[:NEEDED])
    timed(lambda: [hundreds.release(made, keeper, command) for keeper, command in answers])
    made.clock.now += SECOND
    timed(lambda: verdicts.conclude(platform, NAME, "1"))
    assert {b.verdict for b in hundreds.box(made).ballots} == {"opened"}
    return [
        ("desk.submit", len(people) / times[0], "bids/s", "uploaded, received, receipt made; a processor second, SQLite"),
        ("desk.close", times[1], "s", f"截标 of {BIDS} bids: the list, the heads, the names, in parts"),
        ("desk.release", times[2], "s", f"{NEEDED} trustees, {BIDS} shares each, on record"),
        ("desk.conclude", times[3], "s", "a verdict for each on record, stored bytes read, read aloud"),
        ("desk.opening", sum(times[1:]), "s", "from the deadline to the reading aloud, the whole desk; goal 3"),
    ]


def run() -> list[Row]:
    """Name, value, unit and note of each measurement."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        rows = command_line(Path(folder))
    keepers = hundreds.five()
    rules = policy(keepers, NEEDED, 3)
    rows += cryptography(rules, keepers, [hundreds.sealed(rules, n).envelope for n in range(BIDS)])
    with tempfile.TemporaryDirectory() as folder:
        made = market(Path(folder) / "market").found().publish(rules)
        rows += desk(made, keepers, [hundreds.sealed(rules, n) for n in range(BIDS)])
        made.platform.engine.dispose()
    return rows


if __name__ == "__main__":
    for name, value, unit, note in run():
        print(f"{name:28} {value:9.2f} {unit:7}  {note}")
