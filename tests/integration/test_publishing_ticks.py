"""A log with ticks: what the public sees of twenty sealed bids is what it sees of none."""

import random
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from archive.cosigning import Witnesses
from archive.database import engine as engine_of
from archive.decoys import Windows
from archive.errors import Busy
from archive.ledger.export import public_log
from archive.policy import parse_policy
from archive.proofs import check_proof
from archive.values import SECOND
from archive.verify import verify_files
from archive.witnessing import monitoring_path
from tests.publishers import ALICE, House, house, read, silent, witness_at
from tests.till import Hide, Take
from tests.witnesses import over_calls

Q, T = 64, 8


def run(engine: Engine, folder: Path, bids: int, seconds: int = 2 * T) -> tuple[House, list[object]]:
    """Public acts at set times, so many sealed ones at random times, and everything that anybody outside can see."""
    home = house(engine, folder, count=1, needed=1, quantum=Q, tick=T)
    witness = witness_at(folder / "watching.db", home.ledger, home.time, 7, followed=True)
    home.witnesses = {"http://w0": witness}
    home.policy = home.policy.split(b"witness w0a")[0] + b"".join(
        b"witness %s %s http://w0\n" % (name, vkey.encode()) for name, vkey in zip((b"a", b"b"), witness.vkeys, strict=True)
    ) + b"group w any a b\nquorum w\n"  # fmt: skip
    home.ask = over_calls(home.witnesses)
    publishing, chance, seen = home.publishing(), random.Random(bids), list[object]()
    hidden = sorted(chance.sample(range(4 * seconds), bids))
    for quarter in range(4 * seconds):
        if quarter % 4 == 0:
            publishing.round()
            if home.public.size("checkpoint"):
                witness.saw_published(read(home.public, "checkpoint"))
            shown = witness.last(monitoring_path(home.ledger.origin))
            seen.append((quarter // 4, home.served.size, (shown or "").split("\n")[1:2]))
        if quarter in hidden:
            home.ledger.act(f"sealed/{chance.randbytes(16).hex()}", Hide(1), actor=ALICE)
        if quarter % 13 == 6:
            home.ledger.act("till/A", Take(1), actor=ALICE)
        home.time.passes(0.25)
    publishing.round()
    paths = sorted(p for p in home.public.paths("") if not p.startswith("body/"))
    sizes = [(path, home.public.size(path)) for path in paths if path != "checkpoint"]
    return home, [*seen, *sizes, len(list(home.public.paths("body/")))]


def test_the_public_view_of_twenty_bids_is_that_of_none(sqlite: Engine, sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "other.db")
    other = engine_of(f"sqlite:///{tmp_path}/other.db")
    _, none = run(other, tmp_path / "none", 0)
    home, twenty = run(sqlite, tmp_path / "twenty", 20)
    assert twenty == none
    assert home.served.size == 3 * Q
    with home.ledger.engine.connect() as connection:
        hidden = connection.exec_driver_sql("SELECT count(*) FROM trace_event WHERE stream LIKE 'sealed/%'").scalar_one()
    assert hidden == 20
    home.check()
    other.dispose()


def test_what_is_hidden_looks_like_what_says_nothing(sqlite: Engine, tmp_path: Path) -> None:
    home, _ = run(sqlite, tmp_path, 5, T)
    pack = public_log(home.ledger)
    report = verify_files(pack, policy=home.policy)
    assert report.text() == ""
    assert b"sealed" not in pack["manifest.json"] and b"decoy" not in pack["manifest.json"]


@pytest.mark.parametrize("shut", [False, True])
def test_on_either_database_batches_come_by_the_second(database: Engine, tmp_path: Path, shut: bool) -> None:
    home = house(database, tmp_path, quantum=16, tick=4)
    home.look = lambda _connection: Windows(open=not shut)
    publishing, sizes = home.publishing(), []
    for _ in range(9):
        home.act()
        publishing.round()
        sizes.append(publishing.standing().placed)
        home.time.passes(1)
    assert sizes == ([16, 19, 23, 26, 32, 35, 39, 42, 48] if not shut else [16, 17, 18, 19, 32, 33, 34, 35, 48])
    assert home.served.size == 48
    home.check()


def test_at_night_nothing_is_written_when_nothing_happens(sqlite: Engine, tmp_path: Path) -> None:
    home = house(sqlite, tmp_path, quantum=16, tick=4)
    home.look = lambda _connection: Windows(open=False)
    home.ledger.open()
    publishing = home.publishing()
    for _ in range(9):
        publishing.round()
        home.time.passes(1)
    assert publishing.standing().placed == 16


def test_a_bid_waits_for_its_batch_and_gets_a_receipt_with_the_quorum(sqlite: Engine, tmp_path: Path) -> None:
    home = house(sqlite, tmp_path, quantum=16, tick=4)
    publishing = home.publishing()
    publishing.round()
    recorded = home.ledger.act("sealed/5e1", Hide(1), actor=ALICE)
    assert recorded.idx is None and home.ledger.integrate() == 0
    with pytest.raises(Busy) as said:
        publishing.receipt(recorded)
    assert said.value.code == "ledger.pending"
    home.time.passes(1)
    publishing.round()
    opened = check_proof(publishing.receipt(recorded), parse_policy(home.policy))
    assert 16 <= opened.index < opened.size == 19
    assert home.served.size == 16, "nothing is shown between ticks"
    assert not [path for path in home.public.paths("tile/") if path.endswith("/3")]


def test_a_tick_that_is_missed_is_not_made_up_for(sqlite: Engine, tmp_path: Path) -> None:
    home = house(sqlite, tmp_path, quantum=16, tick=4)
    publishing = home.publishing()
    publishing.round()
    home.time.passes(5)
    publishing.round()
    assert home.served.size == 16
    home.ask = silent(home.witnesses, *home.witnesses)
    home.time.passes(3)
    Witnesses(home.policy, home.ask)
    home.publishing().round()
    assert home.served.size == 16, "no quorum, no publication"
    assert home.time.now // SECOND % 4 == 0


def test_decoys_are_shown_when_everything_of_their_time_is_open(sqlite: Engine, tmp_path: Path) -> None:
    home = house(sqlite, tmp_path, quantum=16, tick=4)
    clear = 0
    home.look = lambda _connection: Windows(open=True, clear_until=clear)
    publishing = home.publishing()
    first = home.time.now
    for _ in range(5):
        publishing.round()
        home.time.passes(1)
    shown = len(list(home.public.paths("body/")))
    assert shown == 1, "log.opened"
    clear = first + 2 * SECOND
    for _ in range(4):
        publishing.round()
        home.time.passes(1)
    bodies = [read(home.public, path) for path in home.public.paths("body/")]
    assert sum(b"system.decoy" in body for body in bodies) == 15 + 3, "those of the first two seconds"
