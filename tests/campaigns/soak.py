"""A log under load for minutes: actors, sequencer, publisher and witnesses, each a process, each killed at random.

    python -m tests.campaigns.soak [MINUTES]

Two actors act on PostgreSQL and take receipts; a publisher gives positions, signs, asks three witnesses over HTTP, two of
which must cosign, and publishes.  For two thirds of the time one process or another is killed with SIGKILL every few
seconds and started again; for the last third nothing is, and memory must stay as it is.  In the end the log is looked at
from outside: what is served extends everything that was ever seen served, every tile and bundle gives its root, every
act that was answered stands there, thousands of them, taken by chance, have a receipt under the quorum, every receipt that
was handed out can be upgraded to one, and a replay finds nothing.  Exits 0 when all of that held.
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sqlalchemy import select

from archive.checkpoints import Checkpoint
from archive.cosigning import Witnesses
from archive.database import engine, event_table, index_table, reading
from archive.errors import Busy, Missing
from archive.keys import Keys
from archive.ledger import Ledger, Sequencer
from archive.ledger.audit import audit
from archive.ledger.export import own_policy
from archive.policy import check_checkpoint, parse_policy
from archive.proofs import check_proof
from archive.publishing import Publishing
from archive.report import Report
from archive.served import Served, folder, tree_of
from archive.shelves import Folder
from archive.tileformat import HASH, WIDTH, tile_path
from archive.upgrading import upgraded
from archive.verify.files import Folder as Files
from archive.verify.tree import read_log
from tests.benchmarks.acts import ACTOR, ledger_on, opened
from tests.benchmarks.tally import MEMO, Add
from tests.campaigns.rush import server
from tests.conftest import new_database
from tests.witnesses import SUNLIT, Running, free_port, policy_of
from trading.witness_app import create

ACTORS = 2
WITNESSES, NEEDED = 3, 2
STREAMS = 50
WARM = 40.0
"""Seconds until whatever was killed last is up again and its caches are full."""

CHOSEN = 2000
"""Acts whose receipts are asked for in the end."""

FLAT = 8 << 10
"""KiB by which a process may grow while nothing is killed."""


def act(top: Path, url: str, me: str) -> None:
    """Act until killed; write down what was answered, and receipts as they are handed out."""
    ledger, dice = opened(engine(url), top, Keys.open(top / "keys")), random.Random()
    with (top / f"answered-{me}").open("a") as answered, (top / f"receipts-{me}").open("a") as receipts:
        mine = list[str]()
        while True:
            try:
                stream = f"tally/{me}-{dice.randrange(STREAMS)}"
                recorded = ledger.act(stream, Add(1, MEMO), actor=ACTOR, legal=dice.random() < 0.2)
            except Busy as fault:
                print(f"actor {me}: {fault}", flush=True)
                time.sleep(0.2)
                continue
            mine.append(recorded.id)
            answered.write(f"{recorded.id}\n")
            answered.flush()
            if len(mine) == 100:
                try:
                    receipts.write(b64encode(ledger.receipt(mine[0])).decode() + "\n")
                    receipts.flush()
                except Busy:
                    pass
                mine.clear()
            time.sleep(0.01)


def publishing_of(top: Path, ledger: Ledger) -> Publishing:
    """The publisher over the folders of this campaign."""
    witnesses = Witnesses((top / "policy").read_bytes())
    shelves = Folder(top / "public"), Folder(top / "escrow")
    return Publishing(ledger, *shelves, ledger.vault, witnesses, every=1.0, grease=True)  # type: ignore[arg-type]


def publish(top: Path, url: str, _me: str) -> None:
    """Give positions and publish until killed."""
    ledger = opened(engine(url), top, Keys.open(top / "keys"))
    Sequencer(ledger).start()
    publishing = publishing_of(top, ledger).start()
    said = ""
    while True:
        if publishing.fault != said:
            said = publishing.fault
            print(f"publisher: {said or 'goes on'}", flush=True)
        time.sleep(0.5)


class Part:
    """A process with its children that may be killed and started again."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name, self._command = name, command
        self._process = subprocess.Popen(command, start_new_session=True)

    def again(self) -> None:
        """SIGKILL, and a new one."""
        self.stop()
        self._process = subprocess.Popen(self._command, start_new_session=True)

    def stop(self) -> None:
        """SIGKILL, children included."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @property
    def memory(self) -> int:
        """Resident KiB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


@contextmanager
def witnesses(top: Path, ledger: Ledger) -> Iterator[tuple[list[Part], bytes]]:
    """Three witnesses of this log, each served over HTTP by a process, and the policy that wants two."""
    parts, vkeys = list[Part](), dict[str, list[str]]()
    with ExitStack() as stack:
        for n in range(WITNESSES):
            directory, name, port = top / f"w{n}", f"witness.example/{n}", free_port()
            create(directory, name, secrets.token_bytes)
            (directory / "witness.toml").write_text(f'name = "{name}"\nport = {port}\nlook_seconds = 5\n')
            (directory / "logs").write_text("".join(f"log {key.text}\n" for key in ledger.notary.keys) + "quorum none\n")
            command = [*SUNLIT, "witness", "serve", str(directory)]
            Running(command, port).kill()  # it can be reached, so it will be again
            vkeys[f"http://127.0.0.1:{port}"] = [s.key.text for s in Keys.open(directory / "keys").witness(name)]
            parts.append(Part(f"witness {n}", command))
            stack.callback(parts[-1].stop)
        yield parts, policy_of(ledger.notary.keys, vkeys, NEEDED)


def seen(top: Path, old: Checkpoint | None) -> Checkpoint | None:
    """What is served now: valid under the policy, and an extension of what was served before."""
    try:
        note = Served(folder(top / "public")).checkpoint()
    except Missing:
        assert old is None
        return None
    now = check_checkpoint(note, parse_policy((top / "policy").read_bytes())).tree
    assert old is None or (now.size >= old.size and Served(folder(top / "public")).extends(old, now))
    return now


def run(top: Path, url: str, seconds: float) -> None:
    """Load and kills, then quiet, then the look from outside."""
    ledger = ledger_on(engine(url), top, Keys.create(top / "keys", secrets.token_bytes))
    ledger.open()
    dice, old, kills, start = random.Random(), None, dict[str, int](), time.monotonic()
    with witnesses(top, ledger) as (parts, policy):
        (top / "policy").write_bytes(policy)
        command = [sys.executable, "-m", "tests.campaigns.soak"]
        own = [Part("publisher", [*command, "publish", str(top), url, ""])]
        own += [Part(f"actor {n}", [*command, "act", str(top), url, str(n)]) for n in range(ACTORS)]
        try:
            while time.monotonic() - start < seconds * 2 / 3:
                time.sleep(2 + 4 * dice.random())
                victim = dice.choice([own[0], *own, *parts])
                victim.again()
                kills[victim.name] = kills.get(victim.name, 0) + 1
                old = seen(top, old)
            time.sleep(WARM)
            before = {part.name: part.memory for part in own}
            while time.monotonic() - start < seconds + WARM:
                time.sleep(2)
                old = seen(top, old)
            grown = {part.name: part.memory - before[part.name] for part in own}
        finally:
            for part in own:
                part.stop()
        print(f"killed: {kills}; grown by KiB: {grown}", flush=True)
        settled(top, ledger, old)
        ledger.engine.dispose()
    assert all(kib < FLAT for kib in grown.values()), "memory is not flat"


def settled(top: Path, ledger: Ledger, old: Checkpoint | None) -> None:
    """Publish what is left, then look from outside."""
    publishing, policy = publishing_of(top, ledger), parse_policy((top / "policy").read_bytes())
    end = time.monotonic() + 120
    while publishing.standing().published < ledger_size(ledger) and time.monotonic() < end:
        publishing.round()
    publishing.stop()
    last = seen(top, old)
    assert last is not None and last.size == ledger_size(ledger), publishing.standing()
    for shelf in ("public", "escrow"):
        report = Report("served")
        read_log(Files(top / shelf), tree_of(Served(folder(top / shelf)).checkpoint()), report)
        assert {code for code in report.counts if code != "TILE_EXTRA"} == set(), report.text()
    answered = [line for file in top.glob("answered-*") for line in file.read_text().splitlines() if len(line) == 36]
    served = Served(folder(top / "public"))
    stands = leaves(top / "public", last.size)
    wanted = select(event_table.c.id, event_table.c.leaf, index_table.c.idx).join(index_table)
    with reading(ledger.engine) as connection:
        assert {row.id for row in connection.execute(wanted) if stands[row.idx] == row.leaf} >= set(answered)
    for id in random.sample(answered, min(CHOSEN, len(answered))):
        check_proof(ledger.receipt(id), policy)
    handed = [line for file in top.glob("receipts-*") for line in file.read_text().splitlines()]
    own = parse_policy(own_policy(ledger.notary.keys))
    for line in handed:
        check_proof(b64decode(line), own)
        check_proof(upgraded(b64decode(line), served, policy), policy)
    report = audit(ledger)
    assert report.clean, report.text()
    said = f"{last.size} entries, all {len(answered)} answered among them; {len(handed)} receipts upgraded; replay clean"
    print(said, flush=True)


def leaves(public: Path, size: int) -> list[bytes]:
    """The leaf hashes that are served, whose root was checked before."""
    paths = [tile_path(0, n, min(WIDTH, size - n * WIDTH)) for n in range(-(-size // WIDTH))]
    raw = b"".join((public / path).read_bytes() for path in paths)
    return [raw[at : at + HASH] for at in range(0, len(raw), HASH)]


def ledger_size(ledger: Ledger) -> int:
    """Entries on record, placed after this."""
    while ledger.integrate():
        pass
    return tree_of(ledger.checkpoint()).size


def main(arguments: list[str]) -> None:
    """The campaign, or one of its processes."""
    match arguments:
        case ["act", top, url, me]:
            act(Path(top), url, me)
        case ["publish", top, url, me]:
            publish(Path(top), url, me)
        case _:
            minutes = float(arguments[0]) if arguments else 10.0
            with (
                tempfile.TemporaryDirectory(prefix="sunlit-soak-") as name,
                server(Path(name)) as url,
                new_database(url, f"sunlit_soak_{os.getpid()}") as database,
            ):
                run(Path(name), database, minutes * 60)


if __name__ == "__main__":
    main(sys.argv[1:])
