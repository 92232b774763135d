"""The bidder's command line beside OpenSSL's bare cipher, and the opening of five hundred bids under five trustees.

The opening is measured twice: its cryptography alone, and the desk's whole with ledger, rows and files on SQLite.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from archive.values import SECOND
from bidding import tool
from bidding.box import Box, ClosingList
from bidding.box.facts import SHARES
from bidding.custody import soft, take_turn
from bidding.opening import Answers, Release, keyed
from bidding.sealing import Policy, encode_policy, parse_envelope, policy_hash, trustee_open
from bidding.tool import Fresh, Identity, Place
from tests.market import BIDDING, CLOSES, NAME, Market, market
from trading.cli.work import TERMS, Work
from trading.client.terms import Terms, _terms
from trading.client.web import Clock
from trading.demo import cast
from trading.demo.players import Keeper, policy, speak
from trading.desk import bids, facts, opening

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


def five() -> list[Keeper]:
    """Five trustees of five institutions."""
    units = (cast.AGENCY_WORKS, cast.REGULATOR, cast.CENTRE, cast.NOTARY, cast.PURCHASER)
    roles = ("agency", "regulator", "platform", "notary", "regulator")
    return [Keeper.make(unit, role, secrets.token_bytes) for unit, role in zip(units, roles, strict=True)]


def sealed(rules: Policy, n: int) -> tuple[Identity, bytes, list[bytes]]:
    """A bidder with its envelope and its bodies."""
    who, sinks = Identity(f"9153050{n:011d}", secrets.token_bytes(32)), [BytesIO(), BytesIO()]
    fresh = Fresh(secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(32))
    form: dict[str, object] = {"bidder_name": f"演示{n}", "price": str(450_000_000 + n)}
    raw = tool.seal_bid(rules, Place(NAME, "1"), who, fresh, form, [], sinks)
    return who, raw, [s.getvalue() for s in sinks]


def cryptography(rules: Policy, keepers: list[Keeper], envelopes: list[bytes]) -> list[Row]:
    parsed, shares = [parse_envelope(e) for e in envelopes], dict[int, list[Release]]()
    began = time.perf_counter()
    for j, keeper in enumerate(keepers, 1):
        opened = [trustee_open(rules, e, j, keeper.sk) for e in parsed]
        shares[j] = [Release(s.j, s.share.hex(), s.blind.hex()) for s in opened if s is not None]
    trustees = time.perf_counter() - began
    began = time.perf_counter()
    for n, e in enumerate(parsed):
        assert isinstance(keyed(rules, e, Answers(tuple(shares[j][n] for j in range(1, NEEDED + 1)))), bytes)
    verdicts = time.perf_counter() - began
    return [
        ("opening.trustees", trustees, "s", f"{TRUSTEES} trustees open their shares of {BIDS} envelopes"),
        ("opening.verdicts", verdicts, "s", f"{NEEDED} shares combined, every envelope made again and compared"),
        ("opening.cryptography", trustees + verdicts, "s", f"both; goal {TARGET:.0f}"),
    ]


def desk(made: Market, keepers: list[Keeper], people: list[tuple[Identity, bytes, list[bytes]]]) -> list[Row]:
    platform, times = made.platform, list[float]()

    def lap() -> None:
        times.append(time.perf_counter())

    lap()
    for n, (who, raw, bodies) in enumerate(people):
        actor = speak(cast.SUPPLIERS[n % 7]._replace(code=who.bidder), "bidder")
        for body in bodies:
            upload = platform.uploads.create(actor.id, len(body), BIDDING)
            platform.uploads.append(upload.id, actor.id, 0, [body], BIDDING)
        message = tool.submission(who, Place(NAME, "1"), [raw], 1, b"", 1)
        bids.submit(platform, actor, NAME, "1", message, (raw,), platform.clock())
    lap()
    made.clock.now = CLOSES
    opening.close(platform, NAME)
    lap()
    box = platform.ledger.state(facts.box(NAME, "1"))
    assert isinstance(box, Box) and len(box.listed) == len(people)
    listed = ClosingList(box.tender, box.lot, box.closes_at, _hash(box), box.stages, box.listed)
    envelopes = dict(opening.listed(platform, NAME, "1"))
    for j, keeper in enumerate(keepers[:NEEDED], 1):
        turn = take_turn(listed, box.closing_list, 1, encode_policy(box.rules), envelopes, j, soft(keeper.sk))
        for release in turn.releases:
            assert len(release.shares) <= SHARES
            opening.release(platform, speak(keeper.unit, keeper.role), NAME, "1", release)
    lap()
    made.clock.now += SECOND
    opening.conclude(platform, NAME, "1")
    lap()
    state = platform.ledger.state(facts.box(NAME, "1"))
    assert {b.verdict for b in state.ballots} == {"opened"}
    took = [b - a for a, b in pairwise(times)]
    return [
        ("desk.submit", len(people) / took[0], "bids/s", "uploaded, received, receipt made; one thread, SQLite"),
        ("desk.close", took[1], "s", f"截标 of {BIDS} bids: the list, the heads, the names, in parts"),
        ("desk.release", took[2], "s", f"{NEEDED} trustees, {BIDS} shares each, on record"),
        ("desk.conclude", took[3], "s", "a verdict for each on record, stored bytes read, read aloud"),
        ("desk.opening", sum(took[1:]), "s", "from the deadline to the reading aloud, the whole desk"),
    ]


def _hash(box: Box) -> str:
    return policy_hash(bytes.fromhex(box.policy)).hex()


def run() -> list[Row]:
    """Name, value, unit and note of each measurement."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        rows = command_line(Path(folder))
    keepers = five()
    rules = policy(keepers, NEEDED, 3)
    people = [sealed(rules, n) for n in range(BIDS)]
    rows += cryptography(rules, keepers, [raw for _, raw, _ in people])
    with tempfile.TemporaryDirectory() as folder:
        made = market(Path(folder) / "market").found().publish(rules)
        rows += desk(made, keepers, people)
        made.platform.engine.dispose()
    return rows


if __name__ == "__main__":
    for name, value, unit, note in run():
        print(f"{name:28} {value:9.2f} {unit:7}  {note}")
