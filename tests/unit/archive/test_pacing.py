"""Sizes of a log with ticks: the schedule, the busier tick, the quiet night."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.ledger.mixing import mixed
from archive.ledger.sequencing import Queued
from archive.pacing import since_tick, wanted
from archive.values import SECOND

TICK = 60 * SECOND


@pytest.mark.parametrize(
    ("placed", "waiting", "elapsed", "busy", "after"),
    [
        (1000, 0, 1 * SECOND, True, 1001),
        (1001, 0, 2 * SECOND, True, 1003),
        (1001, 1, 2 * SECOND, True, 1003),
        (1001, 2, 2 * SECOND, True, 1003),
        (1001, 5, 2 * SECOND, True, 1003),
        (1001, 6, 2 * SECOND, True, 1007),
        (1003, 0, 59 * SECOND + 999_999, True, 1103),
        (1103, 0, TICK, True, 1120),
        (1103, 17, TICK, True, 1120),
        (1103, 20, TICK, True, 1120),
        (1103, 21, TICK, True, 1240),
        (1130, 0, TICK, True, 1240),
        (1241, 0, 5 * SECOND, True, 1241),
        (1000, 0, 30 * SECOND, False, 1000),
        (1000, 1, 30 * SECOND, False, 1001),
        (1000, 0, TICK, False, 1000),
        (1000, 1, TICK, False, 1120),
    ],
)
def test_the_size_after_each_batch(placed: int, waiting: int, elapsed: int, busy: bool, after: int) -> None:
    assert wanted(120, 60, 1000, placed, waiting, elapsed, busy) == after


@given(
    q=st.integers(1, 500),
    t=st.integers(1, 600),
    base=st.integers(0, 9),
    placed=st.integers(0, 2000),
    waiting=st.integers(0, 2000),
    at=st.integers(0, 600),
    busy=st.booleans(),
)
def test_nobody_is_left_waiting_for_long(q: int, t: int, base: int, placed: int, waiting: int, at: int, busy: bool) -> None:
    published, line = base * q, max(1, q - -(-q // 8))
    after = wanted(q, t, published, published + placed, waiting, min(at, t) * SECOND, busy)
    assert after >= published + placed
    assert published + placed + waiting - after <= (max(2, q // 32) if busy else 0)
    grown = after - published
    if at >= t:
        assert after % q == 0 and grown < placed + waiting + 2 * q
    elif busy and grown > placed:
        assert line * (-(-grown * t // line)) // t == grown, "a size of the schedule"


def test_a_tick_lasts_for_its_first_second() -> None:
    assert since_tick(60, 120 * SECOND) == TICK
    assert since_tick(60, 120 * SECOND + 999_999) == TICK
    assert since_tick(60, 121 * SECOND) == SECOND
    assert since_tick(60, 119 * SECOND) == 59 * SECOND


def places(bids: int, runs: int, chance: random.Random) -> list[int]:
    """Where public acts stand within their batches, in ticks with so many bids."""
    q, t, found = 240, 60, list[int]()
    for _ in range(runs):
        moments = sorted([(chance.random() * 58, False) for _ in range(bids)] + [(chance.random() * 58, True) for _ in range(3)])
        size, queue = 0, list[Queued]()
        for second in range(1, t + 1):
            queue += [Queued(int(public), b"", b"", b"") for at, public in moments if second - 1 <= at < second]
            after = wanted(q, t, 0, size, len(queue), second * SECOND, True)
            taken, queue = queue[: after - size], queue[after - size :]
            batch = mixed(taken, [Queued(2, b"", b"", b"")] * (after - size - len(taken)), chance.randbytes)
            found += [size + n - 210 * (second - 1) // t for n, entry in enumerate(batch) if entry.eid == 1]
            size = after
        assert size == q and not queue
    return sorted(found)


def test_where_public_acts_stand_tells_nothing_of_twenty_bids() -> None:
    """Kolmogorov-Smirnov over some 1,800 acts each: not told apart at the level of 1 in 100."""
    chance = random.Random(11)
    quiet, busy = places(0, 600, chance), places(20, 600, chance)
    distance = max(abs(cut(quiet, value) - cut(busy, value)) for value in {*quiet, *busy})
    assert distance < 1.63 * (1 / len(quiet) + 1 / len(busy)) ** 0.5, distance


def cut(values: list[int], at: int) -> float:
    return sum(value <= at for value in values) / len(values)


def test_every_way_of_laying_decoys_between_is_equally_likely_and_all_keep_their_order() -> None:
    chance, seen = random.Random(3), Counter[str]()
    said, nothing = [Queued(n, b"", b"", b"") for n in (1, 2)], [Queued(n, b"", b"", b"") for n in (3, 4, 5)]
    for _ in range(5000):
        batch = [entry.eid for entry in mixed(said, nothing, chance.randbytes)]
        assert [n for n in batch if n < 3] == [1, 2] and [n for n in batch if n > 2] == [3, 4, 5]
        seen["".join("s" if n < 3 else "d" for n in batch)] += 1
    assert len(seen) == 10 and all(400 < count < 600 for count in seen.values())
