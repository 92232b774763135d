"""Runs of replay: one at a time, seen by every process, over when their process died; the last few are kept."""

from collections.abc import Callable
from threading import Event

import pytest
from sqlalchemy import Engine, update

from archive.errors import Busy, Conflict, Missing
from archive.report import Report
from archive.values import MINUTE
from trading.runs import KEPT, Replays, run_table

NOW = 1_800_000_000_000_000


def quick() -> Report:
    return Report("x")


def replays(engine: Engine, replay: Callable[[], Report] = quick, at: int = NOW) -> Replays:
    return Replays(engine, lambda: at, replay, lambda _report: b"%PDF")


def test_a_second_replay_waits_for_the_first_also_in_another_process(database: Engine) -> None:
    go = Event()

    def slow() -> Report:
        go.wait(10)
        return Report("x")

    runs, elsewhere = replays(database, slow), replays(database)
    runs.start("a")
    for either in (runs, elsewhere):
        with pytest.raises(Conflict, match=r"replay\.running"):
            either.start("b")
    assert elsewhere.run("a").done_at == 0
    go.set()
    runs.join()
    assert elsewhere.run("a").clean
    assert elsewhere.pdf("a") == b"%PDF"


def test_a_replay_that_breaks_off_says_so_and_another_may_start(database: Engine) -> None:
    def busy() -> Report:
        raise Busy("ledger.busy", why="x")

    runs = replays(database, busy)
    runs.start("a")
    runs.join()
    assert (runs.run("a").fault, runs.run("a").fault_params) == ("ledger.busy", {"why": "x"})
    runs.start("b")
    runs.join()
    assert runs.latest() == runs.run("b")
    with pytest.raises(Missing, match=r"replay\.missing"):
        runs.pdf("b")


def test_a_replay_that_fails_in_an_unforeseen_way_is_over_too(database: Engine) -> None:
    def broken() -> Report:
        raise ZeroDivisionError

    runs = replays(database, broken)
    runs.start("a")
    runs.join()
    assert runs.run("a").fault == "replay.failed"


def test_a_run_whose_process_died_is_over_and_another_may_start(database: Engine) -> None:
    runs = replays(database)
    runs.start("a")
    runs.join()
    with database.begin() as db:
        db.execute(update(run_table).values(done_at=0, run=b'{"id":"a","began_at":1}'))
    later = replays(database, at=NOW + MINUTE)
    assert (later.run("a").fault, later.run("a").done_at) == ("replay.failed", NOW)
    later.start("b")
    later.join()
    assert later.run("b").clean


def test_only_the_last_runs_are_kept(database: Engine) -> None:
    for n in range(KEPT + 4):
        runs = replays(database, at=NOW + n)
        runs.start(str(n))
        runs.join()
    assert runs.run("4").id == "4"
    assert runs.latest() == runs.run(str(KEPT + 3))
    with pytest.raises(Missing):
        runs.run("3")


def test_before_the_first_run_there_is_none(database: Engine) -> None:
    assert replays(database).latest() is None
