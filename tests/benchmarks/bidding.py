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
from dataclasses import dataclass
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
TOLD = (
    "import re, sys, time\nfrom trading.cli import sunlit\nsunlit(sys.argv[1:], standalone_mode=False)\n"
    "print('told:', time.process_time(), re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
)
Row = tuple[str, float, str, str]


def openssl(name: str, size: int) -> float:
    """MB/s of a primitive alone on one core, ``size`` bytes at a time; 0 where there is no openssl."""
    if shutil.which("openssl") is None:
        return 0.0
    command = ["openssl", "speed", "-evp", name, "-bytes", str(size), "-seconds", "2"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(rf"{name}\s+([0-9.]+)k", said, re.I)
    assert found is not None
    return float(found[1]) * 1000 / 1e6


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds by the clock and of the processor, and its peak in MiB."""

    wall: float
    cpu: float
    peak: float


def sunlit(folder: Path, *arguments: str) -> Cost:
    """A command in a process of its own."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", TOLD, *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    cpu, peak = done.stdout.rsplit("told: ", 1)[1].split()
    return Cost(time.perf_counter() - began, float(cpu), int(peak) / 1024)


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
    both = sunlit(folder, "bid", "seal", "work", "--bidder", "X", "--form", "form.toml", "--attach", "big.bin")
    test = sunlit(folder, "bid", "rehearse", "work")
    start = sunlit(folder, "bid", "--help")
    hashing = openssl("sha256", MIB)
    size, gib = SIZE * MIB / 1e6, SIZE / 1024
    return [
        ("bid.sha256", hashing, "MB/s", "SHA-256 of OpenSSL alone on one core: the limit of all that follows"),
        ("bid.aes-256-gcm", openssl("aes-256-gcm", 16_384), "MB/s", "its AES-256-GCM, 16 KiB at a time"),
        (
            "bid.seal",
            size / (both.wall - test.wall),
            "MB/s",
            f"{SIZE} MiB from file to file; the cipher, two trees, the files' hashes",
        ),
        ("bid.seal.cpu", (both.cpu - test.cpu) / gib, "s/GiB", "processor time of it"),
        ("bid.seal.hashing", 3 * 1.073741824e3 / hashing if hashing else 0.0, "s/GiB", "of which the format's three SHA-256"),
        ("bid.test", size / (test.wall - start.wall), "MB/s", "opened again as a test: decrypted, every file compared"),
        ("bid.test.cpu", (test.cpu - start.cpu) / gib, "s/GiB", "processor time of it; two SHA-256"),
        ("bid.peak", max(both.peak, test.peak), "MiB", "resident; goal below 64 whatever the size"),
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
