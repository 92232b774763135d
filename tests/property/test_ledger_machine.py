"""Random acts, refusals, repeated keys and closings: the ledger agrees with a plain model, and with its own replay."""

import random
import shutil
import tempfile
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from archive.checkpoints import parse_checkpoint
from archive.database import engine
from archive.errors import Conflict, Refused
from archive.ledger.audit import audit
from archive.ledger.tree import Hashes
from archive.merkle import check_consistency, consistency
from archive.notes import parse_note
from archive.shelves import Folder
from archive.values import Actor
from archive.vault import Vault
from tests.conftest import complete, till_ledger
from tests.till import Pay, Rate, Take, coin_table

ACTORS = (Actor(id="u-1", kind="user"), Actor(id="u-2", kind="service"))
STREAMS = st.sampled_from(["till/A", "till/B", "till/C"])
AMOUNTS = st.integers(-1, 4)


class LedgerMachine(RuleBasedStateMachine):
    """A till by dictionary, beside the ledger's."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.made = engine(f"sqlite:///{self.folder}/log.db")
        complete(self.made)
        self.now = 1_767_574_800_000_000
        self.ledger = till_ledger(self.made, Vault(Folder(self.folder / "vault")), self.clock)
        self.ledger.open()
        self.coins: dict[str, list[int]] = {"till/A": [], "till/B": [], "till/C": []}
        self.closed: set[str] = set()
        self.entries = 0
        self.keys: dict[str, tuple[str, int, str]] = {}
        self.signed = parse_checkpoint(parse_note(self.ledger.checkpoint()).text)
        self.dice = random.Random(1)

    def clock(self) -> int:
        return self.now

    def teardown(self) -> None:
        self.made.dispose()
        shutil.rmtree(self.folder)

    @rule(seconds=st.integers(0, 90))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * 1_000_000

    @rule(stream=STREAMS, amount=AMOUNTS, who=st.sampled_from(ACTORS), percent=st.sampled_from([0, 50, 100]))
    def take(self, stream: str, amount: int, who: Actor, percent: int) -> None:
        worth = amount * (100 - percent) // 100
        if stream in self.closed:
            with pytest.raises(Conflict):
                self.ledger.act(stream, Take(amount), actor=who, facts=Rate(percent))
            return
        self.entries += 1
        if worth <= 0:
            with pytest.raises(Refused):
                self.ledger.act(stream, Take(amount), actor=who, facts=Rate(percent))
            return
        self.ledger.act(stream, Take(amount), actor=who, facts=Rate(percent))
        self.coins[stream].append(worth)

    @rule(amounts=st.lists(AMOUNTS, min_size=3, max_size=3))
    def all_at_once(self, amounts: list[int]) -> None:
        """One act on each stream, in threads of their own."""
        ended: dict[str, str] = {}

        def take(stream: str, amount: int) -> None:
            try:
                self.ledger.act(stream, Take(amount), actor=ACTORS[0])
                ended[stream] = "taken"
            except (Conflict, Refused) as fault:
                ended[stream] = fault.code

        asked = list(zip(self.coins, amounts, strict=True))
        threads = [Thread(target=take, args=one) for one in asked]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for stream, amount in asked:
            if stream in self.closed:
                assert ended[stream] == "ledger.closed"
                continue
            self.entries += 1
            assert ended[stream] == ("taken" if amount > 0 else "till.nothing")
            if amount > 0:
                self.coins[stream].append(amount)

    @rule(first=STREAMS, second=STREAMS, amount=AMOUNTS)
    def move(self, first: str, second: str, amount: int) -> None:
        if {first, second} & self.closed or first == second:
            return
        held = amount in self.coins[first] and amount > 0
        self.entries += 2 if held else 1
        if not held:
            with pytest.raises(Refused), self.ledger.begin(actor=ACTORS[0], write={first, second}) as tx:
                tx.act(first, Pay(amount))
            return
        with self.ledger.begin(actor=ACTORS[0], write={first, second}) as tx:
            tx.act(first, Pay(amount))
            tx.act(second, Take(amount))
        self.coins[first].remove(amount)
        self.coins[second].append(amount)

    @rule(key=st.sampled_from("xyz"), stream=STREAMS, amount=st.integers(1, 2))
    def same_key_twice(self, key: str, stream: str, amount: int) -> None:
        known = self.keys.get(key)
        if known is None and stream in self.closed:
            return
        if known is not None and known[:2] != (stream, amount):
            with pytest.raises(Conflict):
                self.ledger.act(stream, Take(amount), actor=ACTORS[0], key=key)
            return
        done = self.ledger.act(stream, Take(amount), actor=ACTORS[0], key=key)
        if known is None:
            self.keys[key] = (stream, amount, done.id)
            self.coins[stream].append(amount)
            self.entries += 1
        else:
            assert done.id == known[2]

    @rule(stream=STREAMS)
    def close(self, stream: str) -> None:
        if self.dice.random() < 0.8 or stream in self.closed:
            return
        self.ledger.close_stream(stream, actor=ACTORS[0])
        self.closed.add(stream)
        self.entries += 1

    @rule()
    def restart(self) -> None:
        self.ledger.forget()

    @invariant()
    def the_model_the_state_the_rows_and_the_replay_agree(self) -> None:
        for stream, coins in self.coins.items():
            assert sorted(self.ledger.state(stream).coins.values()) == sorted(coins)
        with self.made.connect() as connection:
            rows = connection.execute(select(coin_table.c.amount)).scalars().all()
        assert sorted(rows) == sorted(c for coins in self.coins.values() for c in coins)
        report = audit(self.ledger)
        assert report.text() == ""
        assert report.facts["entries"] == self.entries + 1

    @invariant()
    def each_root_extends_the_last(self) -> None:
        now = parse_checkpoint(parse_note(self.ledger.checkpoint()).text)
        with self.made.connect() as connection:
            proof = consistency(self.signed.size, now.size, Hashes(connection).hash_of)
        assert check_consistency(self.signed.size, now.size, self.signed.root, now.root, proof)
        self.signed = now


LedgerMachine.TestCase.settings = settings(
    max_examples=12, stateful_step_count=18, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLedgerMachine = LedgerMachine.TestCase
