"""What a crash leaves at each step: never an answer without a record, never half an act.

The table: {projection, entries, COMMIT} by {failed, kept though it failed, process killed} gives
{answered?, on record?, sound afterwards?}.
"""

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text

from archive import database
from archive.checkpoints import parse_checkpoint
from archive.database import engine, event_table
from archive.errors import Busy, Damaged
from archive.ledger import Ledger, Sequencer, pressure, sequencing
from archive.ledger.audit import audit
from archive.notes import parse_note
from archive.values import SECOND, Actor
from archive.vault import Vault
from tests.conftest import till_ledger
from tests.till import Take

ALICE = Actor(id="u-1", kind="user")


@contextmanager
def failing(made: Engine, word: str) -> Iterator[None]:
    """The next statement that holds ``word`` fails before it runs."""

    def fail(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if word in statement:
            raise made.dialect.dbapi.OperationalError("disk I/O error")

    event.listen(made, "before_cursor_execute", fail)
    yield
    event.remove(made, "before_cursor_execute", fail)


@contextmanager
def failing_commit(made: Engine, monkeypatch: pytest.MonkeyPatch, *, kept: bool) -> Iterator[None]:
    """COMMIT fails; with ``kept`` it took effect all the same."""
    commit = made.dialect.do_commit

    def fail(connection: Any) -> None:
        if kept:
            commit(connection)
        raise made.dialect.dbapi.OperationalError("disk I/O error")

    monkeypatch.setattr(made.dialect, "do_commit", fail)
    yield
    monkeypatch.undo()


def sound(ledger: Ledger) -> int:
    """Everything fits together; how many entries there are."""
    while ledger.integrate():
        pass
    report = audit(ledger)
    assert report.text() == ""
    ledger.checkpoint()
    return int(report.facts["entries"])


@pytest.mark.parametrize(
    "word",
    [
        'INTO "till"',
        'INTO "coin"',
        "INTO due",
        "INTO outbox",
        "UPDATE trace_stream",
        "INTO trace_event",
        "INTO trace_disclosed",
        "INTO trace_key",
    ],
)
def test_a_step_that_fails_undoes_the_act(ledger: Ledger, word: str) -> None:
    ledger.act("till/B", Take(1), actor=ALICE)
    target = "till/A" if word != "UPDATE trace_stream" else "till/B"
    with failing(ledger.engine, word), pytest.raises(Busy) as said, ledger.begin(actor=ALICE, write={target}, key="k") as tx:
        tx.act(target, Take(5))
        tx.post("notice", till="A")
    assert said.value.code == "ledger.busy"
    assert sound(ledger) == 2
    assert ledger.act(target, Take(5), actor=ALICE, key="k").stream == target
    assert sound(ledger) == 3


def test_a_commit_that_fails_leaves_nothing_and_says_that_it_does_not_know(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.act("till/A", Take(1), actor=ALICE)
    with failing_commit(ledger.engine, monkeypatch, kept=False), pytest.raises(Busy) as said:
        ledger.act("till/A", Take(5), actor=ALICE, key="k")
    assert said.value.code == "ledger.unsure"
    assert sound(ledger) == 2
    assert ledger.act("till/A", Take(5), actor=ALICE, key="k").seq == 2
    assert ledger.state("till/A").coins == {"1": 1, "2": 5}


def test_a_commit_that_took_effect_though_it_failed_is_found_again_under_its_key(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.act("till/A", Take(1), actor=ALICE)
    with failing_commit(ledger.engine, monkeypatch, kept=True), pytest.raises(Busy) as said:
        ledger.act("till/A", Take(5), actor=ALICE, key="k")
    assert said.value.code == "ledger.unsure"
    assert sound(ledger) == 3
    assert ledger.act("till/A", Take(5), actor=ALICE, key="k").seq == 2
    assert ledger.state("till/A").coins == {"1": 1, "2": 5}
    assert sound(ledger) == 3


def test_a_tree_that_does_not_follow_from_its_entries_is_not_signed(ledger: Ledger) -> None:
    ledger.act("till/A", Take(1), actor=ALICE)
    ledger.integrate()
    with ledger.engine.begin() as connection:
        connection.execute(text("UPDATE trace_tree SET root = (SELECT leaf FROM trace_index WHERE idx = 0)"))
    with pytest.raises(Damaged) as said:
        ledger.checkpoint()
    assert said.value.code == "ledger.root"


def test_a_queued_entry_that_was_altered_gets_no_position(postgres_ledger: Ledger) -> None:
    postgres_ledger.act("till/A", Take(1), actor=ALICE)
    with postgres_ledger.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE trace_event SET salt = leaf WHERE stream = 'till/A'"))
    with pytest.raises(Damaged) as said:
        postgres_ledger.integrate()
    assert said.value.code == "ledger.entry"
    with postgres_ledger.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM trace_pending")).scalar() == 2
        assert connection.execute(text("SELECT size FROM trace_tree")).scalar() == 0


def test_only_one_leader_gives_positions(postgres_ledger: Ledger) -> None:
    postgres_ledger.act("till/A", Take(1), actor=ALICE)
    with postgres_ledger.engine.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(7310002)"))
        assert postgres_ledger.integrate() == 0
    assert postgres_ledger.integrate() == 2


def test_a_connection_that_died_in_the_pool_is_replaced_unseen(postgres_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres_ledger.act("till/A", Take(1), actor=ALICE)
    with postgres_ledger.engine.connect() as held, postgres_ledger.engine.connect() as other:
        pid = held.execute(text("SELECT pg_backend_pid()")).scalar()
        held.close()
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        monkeypatch.setattr(database, "IDLE", 0.0)
        assert postgres_ledger.act("till/A", Take(1), actor=ALICE).seq == 2


def test_batches_follow_the_queue_and_each_entry_leaves_it_with_its_position(postgres_ledger: Ledger) -> None:
    for n in range(5):
        postgres_ledger.act(f"till/{n}", Take(1), actor=ALICE)
    sizes, left = [], []
    for _ in range(4):
        with postgres_ledger.engine.begin() as connection:
            sizes.append(sequencing.drain(connection, limit=2))
            left.append(connection.execute(text("SELECT count(*) FROM trace_pending")).scalar())
    assert (sizes, left) == ([2, 2, 2, 0], [4, 2, 0, 0])
    with postgres_ledger.engine.connect() as connection:
        wanted = "SELECT i.leaf = e.leaf, e.eid FROM trace_index i JOIN trace_event e USING (eid) ORDER BY idx"
        rows = connection.execute(text(wanted)).all()
    assert all(same for same, _ in rows) and [eid for _, eid in rows] == sorted(eid for _, eid in rows)
    assert parse_checkpoint(parse_note(postgres_ledger.checkpoint()).text).size == 6, "and the tiles give the same root"


def test_the_sequencer_places_entries_and_wakes_who_waits(ledger: Ledger) -> None:
    rounds: list[bytes] = []
    sequencer = Sequencer(ledger, tick=5.0, after=lambda: rounds.append(ledger.checkpoint())).start()
    try:
        done = ledger.act("till/A", Take(1), actor=ALICE)
        placed = sequencer.place(done)
        assert placed.idx == 1
        assert sequencer.place(placed) is placed
        assert ledger.receipt(done.id)
    finally:
        sequencer.stop()
    assert len(rounds) == (0 if ledger.engine.dialect.name == "sqlite" else len(rounds))


def test_a_sequencer_whose_database_fails_says_so_and_goes_on(postgres_ledger: Ledger) -> None:
    sequencer = Sequencer(postgres_ledger, tick=0.02)
    done = postgres_ledger.act("till/A", Take(1), actor=ALICE)
    try:
        with failing(postgres_ledger.engine, "INTO trace_index"):
            sequencer.start()
            with pytest.raises(Busy) as said:
                sequencer.place(done, timeout=0.2)
            assert said.value.code == "ledger.pending"
            assert sequencer.fault is not None
        assert sequencer.place(done).idx == 1
    finally:
        sequencer.stop()
    assert sound(postgres_ledger) == 2


def test_a_backlog_makes_acts_that_can_wait_wait(postgres: Engine, vault: Vault, clock: Callable[[], int]) -> None:
    ledger = till_ledger(postgres, vault, clock, backlog=3)
    for n in range(4):
        ledger.act("till/A", Take(1), actor=ALICE, key=f"{n}", legal=True)
    with pytest.raises(Busy) as said:
        ledger.act("till/A", Take(1), actor=ALICE)
    assert said.value.code == "ledger.backlog"
    assert ledger.act("till/A", Take(1), actor=ALICE, legal=True).seq == 5
    ledger.integrate()
    assert ledger.act("till/A", Take(1), actor=ALICE).seq == 6


class Time:
    """A clock that a test moves; microseconds."""

    now = 1_767_574_800_000_000

    def __call__(self) -> int:
        return self.now


def test_an_entry_that_waits_too_long_makes_acts_that_can_wait_wait(
    postgres: Engine, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time()
    ledger = till_ledger(postgres, vault, time)
    ledger.act("till/A", Take(1), actor=ALICE)
    monkeypatch.setattr(pressure, "EVERY", 0.0)
    time.now += pressure.LAG
    ledger.act("till/A", Take(1), actor=ALICE)
    time.now += 1
    with pytest.raises(Busy) as said:
        ledger.act("till/A", Take(1), actor=ALICE)
    assert (said.value.code, said.value.params) == ("ledger.lag", {"limit": 5})
    assert ledger.act("till/A", Take(1), actor=ALICE, legal=True).seq == 3, "a legal act is taken"
    ledger.integrate()
    assert ledger.act("till/A", Take(1), actor=ALICE).seq == 4, "and all of them once positions are given again"


def test_every_process_sees_the_lag_of_the_database(postgres: Engine, vault: Vault) -> None:
    time = Time()
    till_ledger(postgres, vault, time).act("till/A", Take(1), actor=ALICE)
    time.now += pressure.LAG + SECOND
    with pytest.raises(Busy, match=r"ledger\.lag"):
        till_ledger(postgres, vault, time).act("till/B", Take(1), actor=ALICE)


@pytest.mark.parametrize("writers", [2])
def test_a_killed_process_leaves_whole_acts_only(database: Engine, vault: Vault, tmp_path: Path, writers: int) -> None:
    url = database.url.render_as_string(hide_password=False)
    dice = random.Random(writers)
    answered: list[str] = []
    for attempt in range(2):
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.integration.victim", url, str(tmp_path), str(10 * attempt + me)],
                stdout=subprocess.PIPE,
                text=True,
            )
            for me in range(writers)
        ]
        wanted = dice.randrange(4, 24)
        for victim in started:
            assert victim.stdout is not None
            assert victim.stdout.readline() == "ready\n"
            answered += [victim.stdout.readline().strip() for _ in range(wanted)]
        for victim in started:
            victim.send_signal(signal.SIGKILL)
            assert victim.stdout is not None
            answered += [line.strip() for line in victim.stdout if line.endswith("\n")]
            victim.wait()
            victim.stdout.close()
        made = engine(url)
        ledger = till_ledger(made, vault, lambda: 0, seed=99)
        ledger.clock = _after(made)
        sound(ledger)
        with made.connect() as connection:
            kept = set(connection.execute(select(event_table.c.id)).scalars())
            letters = connection.execute(text("SELECT count(*) FROM outbox")).scalar_one()
            acts = connection.execute(text("SELECT count(*) FROM trace_event WHERE stream LIKE 'till/m%'")).scalar_one()
        assert set(answered) <= kept and "" not in answered
        assert letters == acts, "a message for each act, and for nothing else"
        made.dispose()


def _after(made: Engine) -> Callable[[], int]:
    def clock() -> int:
        with made.connect() as connection:
            return int(connection.execute(text("SELECT max(last_at) FROM trace_stream")).scalar_one())

    return clock
