"""An explicit search through every order of events around a deadline (sealed-bid 4, *Model checking pays at once*).

Two bidders with two submissions each and withdrawals, one extension, three trustees of whom two open.  The
rules of the box hold in every state; two rules that sound right do not, and the search shows how.
"""

from collections import deque
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

BIDDERS, SUBMISSIONS, TRUSTEES, K = 2, 2, 3, 2
FIRST_DEADLINE, LATER_DEADLINE, LAST_TICK = 2, 3, 4


class Rules(NamedTuple):
    """Who acts on what: ``listed`` trustees release only what the logged list names, else when their clock says so;
    ``timely`` bids are taken only before the deadline, else until the closing job runs."""

    listed: bool = True
    timely: bool = True


class State(NamedTuple):
    now: int = 0
    deadline: int = FIRST_DEADLINE
    made: tuple[int, ...] = (0,) * BIDDERS
    in_force: tuple[int, ...] = (0,) * BIDDERS
    on_time: tuple[int, ...] = (0,) * BIDDERS
    closing: tuple[int, ...] | None = None
    released: frozenset[tuple[int, int, int]] = frozenset()


def put(values: tuple[int, ...], at: int, value: int) -> tuple[int, ...]:
    return (*values[:at], value, *values[at + 1 :])


def steps(s: State, rules: Rules) -> Iterator[tuple[str, State]]:
    """Everything that can happen next."""
    taking = s.now < s.deadline if rules.timely else s.closing is None
    if s.now < LAST_TICK:
        yield "tick", s._replace(now=s.now + 1)
    for b in range(BIDDERS):
        for act, version in (("submit", s.made[b] + 1), ("withdraw", 0)):
            possible = s.made[b] < SUBMISSIONS if act == "submit" else s.in_force[b] > 0
            if taking and s.closing is None and possible:
                timely = put(s.on_time, b, version) if s.now < s.deadline else s.on_time
                made = put(s.made, b, max(s.made[b], version))
                yield f"{act} {b}", s._replace(made=made, in_force=put(s.in_force, b, version), on_time=timely)
    if s.deadline == FIRST_DEADLINE and s.now < s.deadline and s.closing is None:
        yield "extend", s._replace(deadline=LATER_DEADLINE)
    if s.now >= s.deadline and s.closing is None:
        yield "close", s._replace(closing=s.in_force)
    for j in range(TRUSTEES):
        for b in range(BIDDERS):
            # A trustee that goes by its clock knows the deadline it was told first.
            version = (s.closing[b] if s.closing else 0) if rules.listed else (s.in_force[b] if s.now >= FIRST_DEADLINE else 0)
            if version and (j, b, version) not in s.released:
                yield f"release {j} {b}", s._replace(released=s.released | {(j, b, version)})


def violations(s: State) -> Iterator[str]:
    """What must never be."""
    counts: dict[tuple[int, int], int] = {}
    for _, b, version in s.released:
        counts[b, version] = counts.get((b, version), 0) + 1
    opened = {at for at, n in counts.items() if n >= K}
    if opened and s.now < s.deadline:
        yield "opened while bids are still taken"
    if s.closing is not None and s.closing != s.on_time:
        yield "the list is not what came in time"
    if s.closing is not None and any(s.closing[b] != version for b, version in opened):
        yield "opened what is not on the list"


@cache
def search(rules: Rules, enough: int) -> tuple[int, dict[str, list[str]]]:
    """How many states were looked at until ``enough`` kinds of violation were met, and a shortest way into each."""
    start = State()
    paths: dict[State, list[str]] = {start: []}
    waiting, found = deque([start]), dict[str, list[str]]()
    while waiting and len(found) < enough:
        state = waiting.popleft()
        for wrong in violations(state):
            found.setdefault(wrong, paths[state])
        for name, after in steps(state, rules):
            if after not in paths:
                paths[after] = [*paths[state], name]
                waiting.append(after)
    return len(paths), found


def test_the_rules_of_the_box_hold_in_every_state() -> None:
    states, found = search(Rules(), 1)
    assert found == {} and states > 2_000


def test_trustees_that_go_by_the_clock_open_bids_while_they_are_still_taken() -> None:
    _, found = search(Rules(listed=False), 2)
    assert len(found["opened while bids are still taken"]) == 6
    assert set(found["opened while bids are still taken"]) >= {"extend", "submit 0"}


def test_trustees_that_go_by_the_clock_open_superseded_bids() -> None:
    _, found = search(Rules(listed=False), 2)
    way = found["opened what is not on the list"]
    assert way[-1] == "close" and way.count("submit 0") + way.count("withdraw 0") == 2


def test_taking_bids_until_the_closing_job_runs_makes_a_list_of_late_bids() -> None:
    _, found = search(Rules(timely=False), 1)
    assert found["the list is not what came in time"] == ["tick", "tick", "submit 0", "close"]
