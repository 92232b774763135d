"""A log with its shelves and witnesses for tests, everything real but the network and the clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from archive.checkpoints import Checkpoint, parse_checkpoint
from archive.cosigning import Ask, Witnesses
from archive.decoys import Look, always_open
from archive.errors import Missing
from archive.keys import Keys
from archive.ledger import Ledger
from archive.notes import parse_note
from archive.policy import Verdict, judge, parse_policy
from archive.publishing import Publishing
from archive.report import Report
from archive.shelves import Folder
from archive.values import SECOND, Actor
from archive.vault import Vault
from archive.verify.files import Folder as Files
from archive.verify.tree import read_log
from archive.wire import Reply
from archive.witness import Witness
from tests.conftest import till_ledger
from tests.till import Take
from tests.witnesses import over_calls, policy_of

ALICE = Actor(id="u-1", kind="user")
START = 1_767_574_800_000_000


class Time:
    """A clock that a test moves."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


@dataclass
class House:
    """One log on disk."""

    folder: Path
    time: Time
    ledger: Ledger
    vault: Vault
    public: Folder
    escrow: Folder
    witnesses: dict[str, Witness]
    policy: bytes
    ask: Ask
    look: Look = always_open
    every: float = 0.02

    def publishing(self, **more: Any) -> Publishing:
        """A publisher as a fresh process has it."""
        asking = Witnesses(self.policy, self.ask) if self.witnesses else None
        given = {"look": self.look, "every": self.every} | more
        return Publishing(self.ledger, self.public, self.escrow, self.vault, asking, **given)

    def act(self, n: int = 1) -> None:
        """So many entries in one transaction."""
        with self.ledger.begin(actor=ALICE, write={"till/A"}) as tx:
            for _ in range(n):
                tx.act("till/A", Take(1))

    @property
    def served(self) -> Checkpoint:
        """What the public sees."""
        return tree_of(self.public)

    def verdict(self) -> Verdict:
        """The served checkpoint under the policy."""
        return judge(read(self.public, "checkpoint"), parse_policy(self.policy))

    def check(self) -> None:
        """The outside check: tiles, bundles and root of the served log."""
        for shelf in (self.public, self.escrow):
            report = Report("served")
            read_log(Files(shelf.root), tree_of(shelf), report)
            assert {code for code in report.counts if code != "TILE_EXTRA"} == set(), report.text()


def read(shelf: Folder, path: str) -> bytes:
    return b"".join(shelf.chunks(path))


def tree_of(shelf: Folder) -> Checkpoint:
    try:
        return parse_checkpoint(parse_note(read(shelf, "checkpoint")).text)
    except Missing:
        return Checkpoint("log.example/1", 0, b"")


def witness_at(file: Path, ledger: Ledger, clock: Callable[[], int], n: int, followed: bool = False) -> Witness:
    """A witness of that log."""
    signers = Keys({"witness-ed25519": bytes([n] * 32), "witness-mldsa44": bytes([n] * 32)}).witness(f"witness.example/{n}")
    keys = {ledger.origin: ledger.notary.keys}
    return Witness(file, keys, signers, clock, frozenset(keys) if followed else frozenset())


def house(engine: Engine, folder: Path, count: int = 3, needed: int = 2, **ledger: int) -> House:
    """A log that asks ``count`` witnesses and wants ``needed`` of them."""
    time, vault = Time(), Vault(Folder(folder / "vault"))
    made = till_ledger(engine, vault, time, **ledger)
    witnesses = {f"http://w{n}": witness_at(folder / f"w{n}.db", made, time, n) for n in range(count)}
    policy = policy_of(made.notary.keys, {url: w.vkeys for url, w in witnesses.items()}, needed) if count else b""
    shelves = Folder(folder / "public"), Folder(folder / "escrow")
    return House(folder, time, made, vault, *shelves, witnesses, policy, over_calls(witnesses))


def silent(witnesses: Mapping[str, Witness], *urls: str) -> Ask:
    """Ask, but that some do not answer."""
    ask = over_calls(witnesses)

    def asking(url: str, body: bytes) -> Reply:
        if url in urls:
            raise ConnectionRefusedError(url)
        return ask(url, body)

    return asking
