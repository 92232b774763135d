"""No closing overtakes a submission whose last byte is here: in one process, between processes, and when one dies."""

from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, select

from archive.database import reading
from archive.values import SECOND
from trading.arrivals import PATIENCE, Arrivals, call_table, roll_table

DEADLINE = 1_790_000_000 * SECOND


class Hand:
    """A clock that is set by hand."""

    def __init__(self, now: int = DEADLINE) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def process(database: Engine, clock: Hand) -> Arrivals:
    return Arrivals(database, clock, "a" * 32)


@pytest.fixture
def other(postgres: Engine, clock: Hand) -> Iterator[Arrivals]:
    """A second process that is on the roll and answers only when the test lets it."""
    made = Arrivals(postgres, clock, "b" * 32)
    made._enrol()
    yield made


@pytest.fixture
def closing(postgres: Engine, clock: Hand) -> Arrivals:
    """The process that closes."""
    return Arrivals(postgres, clock, "a" * 32)


def test_where_nothing_is_on_its_way_a_closing_goes_on(process: Arrivals) -> None:
    assert process.settled(DEADLINE)


@pytest.mark.parametrize(("arrived", "waits"), [(-1, True), (0, False), (1, False)])
def test_a_closing_waits_for_what_arrived_before_the_deadline_and_for_nothing_else(
    process: Arrivals, clock: Hand, arrived: int, waits: bool
) -> None:
    clock.now = DEADLINE + arrived
    number, at = process.begin()
    assert at == DEADLINE + arrived
    clock.now = DEADLINE + 1
    assert process.settled(DEADLINE) is not waits
    process.end(number)
    assert process.settled(DEADLINE)


def test_nothing_is_settled_while_the_deadline_is_still_to_come(process: Arrivals, clock: Hand) -> None:
    clock.now = DEADLINE - 1
    assert not process.settled(DEADLINE)


def test_a_closing_waits_ten_seconds_and_not_longer(process: Arrivals, clock: Hand) -> None:
    clock.now = DEADLINE - 1
    process.begin()
    clock.now = DEADLINE
    assert not process.settled(DEADLINE)
    clock.now = DEADLINE + PATIENCE - 1
    assert not process.settled(DEADLINE)
    clock.now = DEADLINE + PATIENCE
    assert process.settled(DEADLINE)


def test_a_moved_deadline_waits_for_its_own_arrivals(process: Arrivals, clock: Hand) -> None:
    assert process.settled(DEADLINE)
    clock.now = DEADLINE + 5
    process.begin()
    clock.now = DEADLINE + SECOND
    assert not process.settled(DEADLINE + SECOND)


def test_a_clock_that_is_set_back_undoes_no_answer(process: Arrivals, clock: Hand) -> None:
    assert process.settled(DEADLINE)
    clock.now = DEADLINE - SECOND
    assert process.begin()[1] >= DEADLINE


def test_arrivals_from_many_threads_are_all_counted(process: Arrivals, clock: Hand) -> None:
    clock.now = DEADLINE - 1
    go, numbers = Event(), list[int]()

    def come() -> None:
        go.wait(10)
        numbers.append(process.begin()[0])

    threads = [Thread(target=come) for _ in range(20)]
    for t in threads:
        t.start()
    go.set()
    for t in threads:
        t.join()
    clock.now = DEADLINE
    for left in range(20, 0, -1):
        assert not process.settled(DEADLINE), left
        process.end(numbers.pop())
    assert process.settled(DEADLINE)


def test_another_processs_silence_is_no_answer(closing: Arrivals, other: Arrivals) -> None:
    assert not closing.settled(DEADLINE)
    other.answer()
    assert closing.settled(DEADLINE)


def test_another_process_answers_when_its_arrivals_are_done(closing: Arrivals, other: Arrivals, clock: Hand) -> None:
    clock.now = DEADLINE - 1
    number, _ = other.begin()
    clock.now = DEADLINE
    assert not closing.settled(DEADLINE)
    other.answer()
    assert not closing.settled(DEADLINE)
    other.end(number)
    other.answer()
    assert closing.settled(DEADLINE)


def test_another_process_whose_clock_is_behind_does_not_answer_yet(closing: Arrivals, postgres: Engine) -> None:
    behind = Arrivals(postgres, Hand(DEADLINE - 1), "c" * 32)
    behind._enrol()
    assert not closing.settled(DEADLINE)
    behind.answer()
    assert not closing.settled(DEADLINE)


def test_a_process_that_is_dead_is_struck_off_once(closing: Arrivals, other: Arrivals, clock: Hand, postgres: Engine) -> None:
    assert not closing.settled(DEADLINE)
    clock.now = DEADLINE + PATIENCE
    assert closing.settled(DEADLINE)
    assert rows(postgres, roll_table) == []
    assert closing.settled(clock.now)


def test_a_process_that_was_struck_off_and_lives_is_on_the_roll_again(
    closing: Arrivals, other: Arrivals, clock: Hand, postgres: Engine
) -> None:
    assert not closing.settled(DEADLINE)
    clock.now = DEADLINE + PATIENCE
    assert closing.settled(DEADLINE)
    other.answer()
    assert [row.process for row in rows(postgres, roll_table)] == ["b" * 32]


def test_the_patience_goes_on_across_a_restart(closing: Arrivals, other: Arrivals, clock: Hand, postgres: Engine) -> None:
    assert not closing.settled(DEADLINE)
    clock.now = DEADLINE + PATIENCE
    assert Arrivals(postgres, clock, "d" * 32).settled(DEADLINE)


def test_a_process_is_on_the_roll_while_it_attends_and_answers_by_itself(
    closing: Arrivals, clock: Hand, postgres: Engine
) -> None:
    with Arrivals(postgres, clock, "e" * 32).attending():
        assert [row.process for row in rows(postgres, roll_table)] == ["e" * 32]
        waited = Event()
        for _ in range(100):
            if closing.settled(DEADLINE):
                break
            waited.wait(0.1)
        else:
            pytest.fail("no answer in ten seconds")
    assert rows(postgres, roll_table) == []


def test_calls_are_forgotten_after_a_day(closing: Arrivals, clock: Hand, postgres: Engine) -> None:
    assert closing.settled(DEADLINE)
    clock.now = DEADLINE + 2 * 86_400 * SECOND
    assert closing.settled(clock.now)
    assert [row.deadline for row in rows(postgres, call_table)] == [clock.now]


def rows(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as db:
        return list(db.execute(select(table)).all())
