"""A fault at every single step of the publisher: what is served is sound at once, and after a restart it goes on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, exc

from archive.checkpoints import Checkpoint
from archive.database import engine as engine_of
from archive.errors import SunlitError
from archive.policy import parse_policy
from archive.proofs import check_proof
from archive.served import Served, folder
from archive.shelves import MANY
from archive.wire import Reply
from tests.faults import MODES, Faults, Killed, Mode, injected
from tests.publishers import ALICE, House, house
from tests.till import Hide, Take


@pytest.fixture(scope="module")
def before(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that has published 254 entries."""
    top = tmp_path_factory.mktemp("before")
    shutil.copy(sqlite_template, top / "log.db")
    made = engine_of(f"sqlite:///{top}/log.db")
    home = house(made, top, count=2, needed=1)
    home.act(253)
    home.publishing().round()
    assert home.served.size == 254
    made.dispose()
    for witness in home.witnesses.values():
        witness._engine.dispose()
    return top


@pytest.fixture
def home(before: Path, tmp_path: Path) -> Iterator[House]:
    """A copy of it with four entries more, past the edge of a tile."""
    top = tmp_path / "copy"
    shutil.copytree(before, top)
    made = engine_of(f"sqlite:///{top}/log.db")
    copy = house(made, top, count=2, needed=1)
    copy.time.passes(30)
    copy.act(2)
    copy.ledger.act("sealed/5e1", Hide(1), actor=ALICE)
    copy.act()
    yield copy
    made.dispose()
    for witness in copy.witnesses.values():
        witness._engine.dispose()


def attempt(home: House, faults: Faults) -> bool:
    """One round of a fresh publisher with a fault in it; whether it came to its end."""
    ask = home.ask

    def asking(url: str, body: bytes) -> Reply:
        reply: Reply = faults.step("ask", lambda: ask(url, body))
        return reply

    home.ask = asking
    publishing = home.publishing()
    home.ask = ask
    try:
        with injected(faults, home.ledger.engine):
            publishing.round()
    except (OSError, SunlitError, Killed, exc.SQLAlchemyError):
        return False
    return True


def sound(home: House, old: Checkpoint) -> Checkpoint:
    """What is served now: whole, valid under the policy, and an extension of what was served before."""
    home.check()
    assert home.verdict().faults == ()
    now = home.served
    assert now.size >= old.size and Served(folder(home.public.root)).extends(old, now)
    return now


def steps(home: House) -> list[str]:
    counting = Faults()
    assert attempt(home, counting)
    return counting.steps


def test_the_steps_are_all_there(home: House) -> None:
    seen = steps(home)
    assert {"write", "fsync", "link", "fchmod", "rename", "commit", "ask"} <= set(seen)
    assert home.served.size == 258


def walk(pristine: Path, scratch: Path, mode: Mode, first: int = 1, stride: int = 1) -> tuple[int, int]:
    """A fault at every ``stride``-th step of a round; how many steps were tried, and after how many it had published."""
    at, tried, published = first, 0, 0
    while True:
        top = scratch / f"{mode.replace(' ', '-')}-{at}"
        shutil.copytree(pristine, top)
        engines = [engine_of(f"sqlite:///{top}/log.db"), engine_of(f"sqlite:///{top}/log.db")]
        run, again = (house(made, top, count=2, needed=1) for made in engines)
        old = run.served
        run.time.passes(60)
        again.time.passes(90)
        faults = Faults(at, mode)
        attempt(run, faults)
        reached = sound(run, old)
        published += reached.size == 258
        recorded = again.ledger.act("till/A", Take(1), actor=ALICE)
        publishing = again.publishing()
        publishing.round()
        assert sound(again, reached).size == 259, (at, faults.steps[-1], publishing.standing())
        check_proof(publishing.receipt(recorded), parse_policy(again.policy))
        for made in (*engines, *(w._engine for one in (run, again) for w in one.witnesses.values())):
            made.dispose()
        shutil.rmtree(top)
        tried += 1
        if len(faults.steps) < at:
            return tried - 1, published
        at += stride


@pytest.mark.parametrize(("mode", "first"), [(mode, 1 + 4 * n) for n, mode in enumerate(MODES)])
def test_after_a_fault_at_any_step_the_log_is_sound_and_goes_on(home: House, tmp_path: Path, mode: Mode, first: int) -> None:
    """Every sixteenth step, each mode from another; `tests.campaigns.faults` walks them all."""
    home.ledger.engine.dispose()
    tried, published = walk(home.folder, tmp_path, mode, first, 16)
    assert tried >= 5 and published >= 1


def test_a_killed_round_leaves_nothing_that_tidying_does_not_remove(home: House) -> None:
    attempt(home, Faults(6, "killed"))
    for shelf in (home.public, home.escrow):
        shelf.tidy()
        assert not list((shelf.root / ".incoming").iterdir())
    home.publishing().round()
    assert sound(home, home.served).size == 258


@pytest.mark.parametrize("mode", MODES)
def test_after_a_fault_while_many_files_are_synced_at_once_the_log_is_sound_and_goes_on(home: House, mode: Mode) -> None:
    home.act(2 * MANY)
    for shelf in (home.public, home.escrow):
        shelf._whole = True
    old, faults = home.served, Faults("syncfs", mode)
    assert not attempt(home, faults) and faults.steps[-1] == "syncfs"
    assert sound(home, old).size == 254
    home.time.passes(60)
    home.publishing().round()
    assert sound(home, old).size == 258 + 2 * MANY


def test_two_faults_in_a_row_are_no_worse(sqlite: Engine, tmp_path: Path) -> None:
    home = house(sqlite, tmp_path, count=1, needed=1)
    home.act(3)
    home.publishing().round()
    old = home.served
    home.act(3)
    for at in (5, 11, 17, 23, 29):
        attempt(home, Faults(at, "done but failed"))
        old = sound(home, old)
    home.publishing().round()
    assert sound(home, old).size == 7
