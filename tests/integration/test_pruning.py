"""Cosignatures that nobody needs any more are dropped; whatever a receipt or a retained checkpoint needs stays."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from archive.database import anchor_table, checkpoint_table, cosig_table
from archive.policy import parse_policy
from archive.proofs import check_proof
from archive.publishing import KEPT
from archive.values import SECOND
from tests.publishers import ALICE, House, house
from tests.till import Take

DAY = KEPT // SECOND


@pytest.fixture
def home(sqlite: Engine, tmp_path: Path) -> House:
    return house(sqlite, tmp_path)


def cosigned(home: House) -> dict[int, int]:
    """How many lines of witnesses there are, by size."""
    c = cosig_table.c
    with home.ledger.engine.connect() as connection:
        return dict(connection.execute(select(c.size, func.count()).group_by(c.size).order_by(c.size)).all())  # type: ignore[arg-type]


def rounds(home: House, *sizes: int) -> None:
    """One published checkpoint of each size, in the same hour."""
    publishing = home.publishing()
    for size in sizes:
        home.act(size - max(1, home.served.size))
        publishing.round()
        home.time.passes(60)
    assert home.served.size == sizes[-1]


def test_on_either_database_only_what_is_retained_or_newest_keeps_its_lines(database: Engine, tmp_path: Path) -> None:
    home = house(database, tmp_path)
    rounds(home, 2, 3, 4, 5)
    home.time.passes(DAY + 3600)
    rounds(home, 6, 7)
    assert list(cosigned(home)) == [2, 6, 7], "the first of each day, and what is younger than a day"
    assert sorted(home.public.paths("checkpoints/")) == ["checkpoints/2", "checkpoints/6"]
    with database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(checkpoint_table)).scalar() == 6, "the log's own lines stay"


def test_a_checkpoint_keeps_its_lines_for_a_day_and_no_longer(home: House) -> None:
    rounds(home, 2, 3, 4)
    publishing = home.publishing()
    home.act()
    home.time.passes(DAY - 120)  # size 3 was signed two minutes ago when this began
    publishing.round()
    assert 3 in cosigned(home)
    home.time.passes(1)
    publishing.round()
    assert 3 not in cosigned(home) and 4 in cosigned(home)


def test_the_published_checkpoint_keeps_its_lines_however_old(home: House) -> None:
    rounds(home, 2, 3)
    home.time.passes(30 * DAY)
    home.publishing().round()
    assert list(cosigned(home)) == [2, 3]


def test_an_anchored_checkpoint_keeps_its_lines(home: House) -> None:
    rounds(home, 2, 3, 4, 5)
    with home.ledger.engine.begin() as connection:
        connection.execute(insert(anchor_table).values(size=4, kind="tsa.example", token=b"token"))
    home.time.passes(DAY + 3600)
    rounds(home, 6)
    assert list(cosigned(home)) == [2, 4, 6]


def test_a_legal_step_keeps_its_lines(home: House) -> None:
    publishing = home.publishing()
    for size in (2, 3, 4):
        home.act(1)
        if size == 3:
            publishing.retain()
        publishing.round()
    home.time.passes(DAY + 3600)
    rounds(home, 5)
    assert list(cosigned(home)) == [2, 3, 5]


def test_without_the_quorum_nothing_is_dropped(home: House) -> None:
    rounds(home, 2, 3, 4)
    home.act()
    home.time.passes(2 * DAY)
    home.ask = lambda url, _body: (_ for _ in ()).throw(ConnectionRefusedError(url))
    home.publishing().round()
    assert list(cosigned(home)) == [2, 3, 4]


def test_an_old_entry_still_gets_a_receipt_under_the_quorum(home: House) -> None:
    publishing = home.publishing()
    home.act()
    publishing.round()
    old = home.ledger.act("till/A", Take(1), actor=ALICE)
    for _ in range(2):
        publishing.round()
        home.act()
        home.time.passes(DAY / 2 + 60)
    publishing.round()
    assert old.idx == 2 and list(cosigned(home)) == [2, 4, 5], "that of size 3, the first that held it, is gone"
    check_proof(home.publishing().receipt(old), parse_policy(home.policy))


def test_what_was_looked_at_is_not_looked_at_again(home: House) -> None:
    rounds(home, 2, 3, 4, 5)
    seen = list[int]()

    def retained(size: int) -> bool:
        seen.append(size)
        return True

    notary, late = home.ledger.notary, home.time.now + 1
    assert notary.prune(0, 5, late, retained, limit=2) == 3
    assert notary.prune(3, 5, late, retained, limit=2) == 4
    assert notary.prune(4, 5, late, retained, limit=2) == 4
    assert seen == [2, 3, 4]


def test_the_best_checkpoint_is_found_without_going_through_those_that_lost_their_lines(home: House) -> None:
    engine, best = home.ledger.engine, home.ledger.notary.best

    def signed(*sizes: int) -> list[dict[str, object]]:
        return [{"size": size, "root": b"", "note": "", "signed_at": 0} for size in sizes]

    def steps() -> int:
        """Steps of SQLite's machine, in hundreds."""
        count = 0

        def step() -> None:
            nonlocal count
            count += 1

        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(step, 100)
            assert [best(connection, idx) for idx in (0, 2, 3)] == [3, 3, 4], "most lines, then the newest"
            driver.set_progress_handler(None, 100)
        return count

    with engine.begin() as connection:
        connection.execute(insert(checkpoint_table), signed(2, 3, 4))
        lines = [{"size": size, "key": key, "line": ""} for size, key in ((2, "a"), (2, "b"), (3, "a"), (3, "b"), (4, "a"))]
        connection.execute(insert(cosig_table), lines)
    before = steps()
    with engine.begin() as connection:
        connection.execute(insert(checkpoint_table), signed(*range(100, 1100)))
    assert steps() <= before + 1


def test_without_a_line_the_best_checkpoint_is_the_newest_that_covers_the_entry(home: House) -> None:
    home.ask = lambda url, _body: (_ for _ in ()).throw(ConnectionRefusedError(url))
    publishing = home.publishing()
    for _ in range(3):
        home.act()
        publishing.round()
    with home.ledger.engine.connect() as connection:
        assert [home.ledger.notary.best(connection, idx) for idx in (0, 3, 4)] == [4, 4, None]
