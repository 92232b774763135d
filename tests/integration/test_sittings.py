"""Acts that wait at the same time share one COMMIT, and none of them can tell: refusals, faults, keys stay their own.

Each test holds one act while it is decided, lets others queue up behind it in a known order, and lets go.
"""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text

from archive.database import event_table
from archive.errors import Busy, Conflict, Damaged, Invalid, Missing, Refused
from archive.ledger import Recorded, waiting
from archive.ledger.house import Terms
from archive.values import Actor
from archive.vault import Vault
from tests.conftest import till_ledger
from tests.integration.test_faults import sound
from tests.till import Count, Pay, Take, Till

ALICE = Actor(id="u-1", kind="user", org="o-1")
BOB = Actor(id="u-2", kind="user")

Ask = Callable[[], Recorded]


class Door:
    """A clock that an act can be held at."""

    def __init__(self) -> None:
        self.now = 1_767_574_800_000_000
        self.reached, self.open = Event(), Event()
        self.open.set()

    def __call__(self) -> int:
        self.reached.set()
        self.open.wait()
        self.now += 1000
        return self.now


class Hall:
    """A ledger, its door, and how many transactions were committed."""

    def __init__(self, made: Engine, vault: Vault) -> None:
        self.door = Door()
        self.ledger = till_ledger(made, vault, self.door)
        self.ledger.act("till/first", Take(1), actor=BOB)
        self.commits = 0
        event.listen(made, "commit", self._count)

    def _count(self, connection: Any) -> None:
        reads = connection.get_execution_options()
        self.commits += not (reads.get("reads") or reads.get("postgresql_readonly"))

    def at_once(self, *asks: Ask, meanwhile: Callable[[], object] = lambda: None) -> list[Recorded | Exception]:
        """What comes of acts that are asked for, in this order, while another is held at the door."""
        ended: dict[int, Recorded | Exception] = {}

        def one(n: int, ask: Ask) -> None:
            try:
                ended[n] = ask()
            except Exception as fault:
                ended[n] = fault

        self.door.reached.clear()
        self.door.open.clear()
        held = Thread(target=lambda: self.ledger.act("till/first", Take(1), actor=BOB))
        held.start()
        self.door.reached.wait()
        queue, threads = self.ledger._writer.waiting, []
        for n, ask in enumerate(asks):
            threads.append(Thread(target=one, args=(n, ask)))
            threads[-1].start()
            while len(queue) <= n:
                threads[-1].join(0.002)
        self.commits = 0
        meanwhile()
        self.door.open.set()
        for thread in (held, *threads):
            thread.join()
        self.commits -= 1  # that of the act at the door
        return [ended[n] for n in range(len(asks))]

    def take(self, name: str, amount: int = 5, key: str | None = None, actor: Actor = ALICE) -> Ask:
        return lambda: self.ledger.act(f"till/{name}", Take(amount), actor=actor, key=key)

    def pay(self, name: str, amount: int, key: str | None = None) -> Ask:
        return lambda: self.ledger.act(f"till/{name}", Pay(amount), actor=ALICE, key=key)

    def coins(self, name: str) -> list[int]:
        till = self.ledger.state(f"till/{name}")
        assert isinstance(till, Till)
        self.ledger.forget()
        assert self.ledger.state(f"till/{name}") == till, "and so say its entries"
        return list(till.coins.values())


@pytest.fixture
def hall(database: Engine, vault: Vault) -> Hall:
    return Hall(database, vault)


@pytest.fixture
def postgres_hall(postgres: Engine, vault: Vault) -> Hall:
    return Hall(postgres, vault)


def said(ended: list[Recorded | Exception]) -> list[tuple[str, int] | str]:
    return [f.code if isinstance(f, (Refused, Busy, Conflict, Damaged, Invalid, Missing)) else f for f in map(_place, ended)]  # type: ignore[misc]


def _place(one: Recorded | Exception) -> tuple[str, int] | Exception:
    return one if isinstance(one, Exception) else (one.stream.removeprefix("till/"), one.seq)


def test_acts_that_wait_share_one_commit_and_each_gets_its_own_entry(hall: Hall) -> None:
    ended = hall.at_once(*(hall.take(name, n + 1) for n, name in enumerate("ABCDE")))
    assert said(ended) == [(name, 1) for name in "ABCDE"]
    assert hall.commits == 1
    assert [hall.coins(name) for name in "ABCDE"] == [[1], [2], [3], [4], [5]]
    assert sound(hall.ledger) == 3 + 5
    for one in ended:
        assert isinstance(one, Recorded) and hall.ledger.receipt(one.id)


def test_the_second_act_on_a_stream_sees_what_the_first_did(hall: Hall) -> None:
    ended = hall.at_once(hall.take("A", 5), hall.pay("A", 5), hall.pay("A", 5), hall.take("A", 6))
    assert said(ended) == [("A", 1), ("A", 2), "till.short", ("A", 4)]
    assert hall.commits == 1
    assert hall.coins("A") == [6]
    assert sound(hall.ledger) == 3 + 4


def test_numbers_and_times_follow_the_order_of_a_stream(hall: Hall) -> None:
    hall.at_once(*(hall.take(name) for name in "ABABA"))
    wanted = select(event_table.c.stream, event_table.c.seq).order_by(event_table.c.eid)
    with hall.ledger.engine.connect() as connection:
        found = [(row.stream, row.seq) for row in connection.execute(wanted)][3:]
    assert found == [("till/A", 1), ("till/B", 1), ("till/A", 2), ("till/B", 2), ("till/A", 3)]
    assert sound(hall.ledger) == 3 + 5


def test_a_refusal_is_on_record_and_leaves_the_others(hall: Hall) -> None:
    ended = hall.at_once(hall.take("A"), hall.pay("B", 9), hall.take("C"))
    assert said(ended) == [("A", 1), "till.short", ("C", 1)]
    assert hall.commits == 1
    assert sound(hall.ledger) == 3 + 3, "the refusal among them"


def test_a_fault_leaves_no_trace_and_leaves_the_others(hall: Hall) -> None:
    hall.ledger.close_stream("till/Z", actor=ALICE)
    act = hall.ledger.act
    ended = hall.at_once(
        hall.take("A"),
        lambda: act("till/A", Count("0" * 64), actor=ALICE),
        lambda: act("till/A", Take("much"), actor=ALICE),  # type: ignore[arg-type]
        hall.take("Z"),
        lambda: act("safe/A", Take(1), actor=ALICE),
        hall.take("A"),
    )
    assert said(ended) == [("A", 1), "ledger.blob", "body.shape", "ledger.closed", "ledger.kind", ("A", 2)]
    assert hall.commits == 1
    assert sound(hall.ledger) == 4 + 2


def test_what_breaks_is_its_own_askers_to_hear_of(hall: Hall) -> None:
    def broken() -> Recorded:
        terms = Terms(ALICE, frozenset({"till/A"}))
        return hall.ledger._writer.together(terms, lambda tx: (tx.act("till/A", Take(1)), 1 // 0)).recorded[0]

    ended = hall.at_once(hall.take("A"), broken, hall.take("A"))
    assert isinstance(ended[1], ZeroDivisionError)
    assert said([ended[0], ended[2]]) == [("A", 1), ("A", 2)] and hall.commits == 1
    assert sound(hall.ledger) == 3 + 2


def test_the_same_key_twice_is_one_act(hall: Hall) -> None:
    ended = hall.at_once(hall.take("A", key="k"), hall.take("B"), hall.take("A", key="k"), hall.take("A", 6, key="k"))
    assert said(ended) == [("A", 1), ("B", 1), ("A", 1), "ledger.key"]
    first, _, again, _ = ended
    assert isinstance(first, Recorded) and isinstance(again, Recorded) and first.id == again.id
    assert hall.coins("A") == [5]
    assert sound(hall.ledger) == 3 + 2


def test_a_key_is_its_actors_own_among_those_who_wait(hall: Hall) -> None:
    ended = hall.at_once(hall.take("A", 5, key="k"), hall.take("A", 6, key="k", actor=BOB))
    assert said(ended) == [("A", 1), ("A", 2)] and hall.commits == 1


def test_a_key_that_is_on_record_gives_that_back_beside_new_acts(hall: Hall) -> None:
    before = hall.take("A", key="k")()
    short = hall.pay("B", 1, key="r")
    with pytest.raises(Refused):
        short()
    again, new, refused = hall.at_once(hall.take("A", key="k"), hall.take("B"), short)
    assert isinstance(again, Recorded) and again.id == before.id
    assert said([new, refused]) == [("B", 2), "till.short"]
    assert hall.commits == 1
    assert sound(hall.ledger) == 3 + 3


@pytest.mark.parametrize("kept", [False, True])
def test_a_commit_that_fails_leaves_each_unsure_until_he_asks_again(
    hall: Hall, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = [hall.take("A", key="a"), hall.pay("B", 9, key="b"), hall.take("C", key="c")]
    dialect, commits = hall.ledger.engine.dialect, 0
    commit = dialect.do_commit

    def fail(connection: Any) -> None:
        nonlocal commits
        commits += 1
        if commits != 2 or kept:
            commit(connection)
        if commits == 2:  # the first is that of the act at the door
            raise dialect.dbapi.OperationalError("disk I/O error")  # type: ignore[union-attr]

    monkeypatch.setattr(dialect, "do_commit", fail)
    assert said(hall.at_once(*asks)) == ["ledger.unsure"] * 3
    monkeypatch.undo()
    assert sound(hall.ledger) == 3 + (3 if kept else 0)
    assert said(hall.at_once(*asks)) == [("A", 1), "till.short", ("C", 1)]
    assert sound(hall.ledger) == 4 + 3


def test_if_their_writing_fails_each_is_done_alone(hall: Hall) -> None:
    broken: list[str] = []

    def fail(_connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, many: bool) -> None:
        if "INTO trace_event" in statement and many and not broken:
            broken.append(statement)
            raise hall.ledger.engine.dialect.dbapi.OperationalError("disk I/O error")

    event.listen(hall.ledger.engine, "before_cursor_execute", fail)
    ended = hall.at_once(hall.take("A"), hall.pay("B", 9), hall.take("C"))
    event.remove(hall.ledger.engine, "before_cursor_execute", fail)
    assert broken and said(ended) == [("A", 1), "till.short", ("C", 1)]
    assert hall.commits == 3
    assert sound(hall.ledger) == 3 + 3


def test_a_row_that_somebody_took_away_is_the_trouble_of_its_own_act(postgres_hall: Hall) -> None:
    hall = postgres_hall
    for name in "ABC":
        hall.take(name)()
    with hall.ledger.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("DELETE FROM till WHERE id = 'B'"))
    ended = hall.at_once(*(hall.pay(name, 5) for name in "ABC"))
    assert said(ended) == [("A", 2), "ledger.projection", ("C", 2)]
    fault = ended[1]
    assert isinstance(fault, Damaged) and fault.params == {"table": "till", "pk": "B"}


def test_a_stream_that_another_process_holds_keeps_nobody_else_waiting(postgres_hall: Hall) -> None:
    hall = postgres_hall
    hall.take("A")()
    through = Event()

    def free() -> Recorded:
        done = hall.take("B")()
        through.set()
        return done

    with hall.ledger.engine.connect() as other, other.begin() as held:
        other.execute(text("SELECT * FROM trace_stream WHERE stream = 'till/A' FOR UPDATE"))

        def release() -> None:
            assert through.wait(10)
            held.commit()

        releasing = Thread(target=release)
        ended = hall.at_once(hall.take("A"), free, meanwhile=releasing.start)
        releasing.join()
    assert through.is_set() and said(ended) == [("A", 2), ("B", 1)]
    assert sound(hall.ledger) == 3 + 3


def test_streams_that_are_read_are_held_with_those_that_are_written(hall: Hall) -> None:
    def reading(name: str, *read: str) -> Ask:
        return lambda: hall.ledger.act(f"till/{name}", Take(5), actor=ALICE, read={f"till/{other}" for other in read})

    ended = hall.at_once(reading("A", "B", "none"), reading("B", "A"), reading("C", "first", "B"))
    assert said(ended) == [("A", 1), ("B", 1), ("C", 1)] and hall.commits == 1
    assert sound(hall.ledger) == 3 + 3


def test_a_stream_that_is_read_and_held_elsewhere_is_waited_for_alone(postgres_hall: Hall) -> None:
    hall = postgres_hall
    through = Event()

    def reading() -> Recorded:
        return hall.ledger.act("till/A", Take(5), actor=ALICE, read={"till/X"})

    def free() -> Recorded:
        done = hall.take("B")()
        through.set()
        return done

    with hall.ledger.engine.begin() as connection:
        connection.execute(text("INSERT INTO trace_stream VALUES ('till/X', 0, '', 0, false)"))
    with hall.ledger.engine.connect() as other, other.begin() as held:
        other.execute(text("SELECT * FROM trace_stream WHERE stream = 'till/X' FOR UPDATE"))

        def release() -> None:
            assert through.wait(10)
            held.commit()

        releasing = Thread(target=release)
        ended = hall.at_once(reading, free, meanwhile=releasing.start)
        releasing.join()
    assert through.is_set() and said(ended) == [("A", 1), ("B", 1)]


def test_a_key_that_another_process_holds_keeps_nobody_else_waiting(postgres_hall: Hall) -> None:
    hall = postgres_hall
    with hall.ledger.begin(actor=ALICE, write={"till/K"}, key="k") as tx:
        through = Event()

        def free() -> Recorded:
            done = hall.take("B")()
            through.set()
            return done

        waiters: list[list[Recorded | Exception]] = []
        gathering = Thread(target=lambda: waiters.append(hall.at_once(hall.take("K", key="k"), free)))
        gathering.start()
        assert through.wait(10)
        tx.act("till/K", Take(5))
    gathering.join()
    again, other = waiters[0]
    assert isinstance(again, Recorded) and again.id == tx.recorded[0].id
    assert said([other]) == [("B", 1)]


def test_a_leader_who_is_interrupted_leaves_the_others_to_themselves(hall: Hall) -> None:
    class Interrupt(BaseException):
        """As workers are interrupted: no exception that anybody handles."""

    def interrupted() -> Recorded:
        def body(_tx: Any) -> None:
            raise Interrupt

        try:
            return hall.ledger._writer.together(Terms(ALICE, frozenset({"till/A"})), body).recorded[0]
        except Interrupt:
            raise ZeroDivisionError from None

    ended = hall.at_once(interrupted, hall.take("A"), hall.take("B"))
    assert isinstance(ended[0], ZeroDivisionError)
    assert said(ended[1:]) == [("A", 1), ("B", 1)] and hall.commits == 2
    assert hall.take("A")().seq == 2
    assert sound(hall.ledger) == 3 + 3


def test_more_than_one_commit_holds_are_led_in_turn(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST", 2)
    ended = hall.at_once(*(hall.take(name) for name in "ABCDE"))
    assert said(ended) == [(name, 1) for name in "ABCDE"]
    assert hall.commits == 3
    with hall.ledger.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(event_table)).scalar() == 3 + 5


def test_when_nobody_can_begin_everybody_hears_so_and_the_next_act_is_as_ever(hall: Hall) -> None:
    def refuse(_connection: Any) -> None:
        raise hall.ledger.engine.dialect.dbapi.OperationalError("no server")

    listening = lambda: event.listen(hall.ledger.engine, "begin", refuse)  # noqa: E731
    ended = hall.at_once(hall.take("A"), hall.take("B"), meanwhile=listening)
    event.remove(hall.ledger.engine, "begin", refuse)
    assert len(ended) == 2 and all(isinstance(fault, Exception) for fault in ended)
    assert hall.take("A")().seq == 1
