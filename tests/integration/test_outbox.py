"""Messages and bells: nothing lost, nothing for an act that was not committed."""

import pytest
from sqlalchemy import Engine, text

from archive import outbox
from archive.errors import Denied, Invalid
from archive.ledger import Ledger
from archive.outbox import LEASE, Due
from archive.values import HOUR, SECOND, Actor
from tests.till import Pay, Take

ALICE = Actor(id="u-1", kind="user")


def send(ledger: Ledger, n: int = 1) -> int:
    with ledger.begin(actor=ALICE, write={"till/A"}) as tx:
        tx.act("till/A", Take(1))
        for k in range(n):
            tx.post("notice", till="A", no=k)
    return tx.at


def test_a_message_is_sent_once_its_act_is_committed(ledger: Ledger) -> None:
    now = send(ledger, 2)
    letters = outbox.claim(ledger.engine, now)
    assert [(x.task, x.payload) for x in letters] == [("notice", {"till": "A", "no": 0}), ("notice", {"till": "A", "no": 1})] or {
        x.payload["no"] for x in letters
    } == {0, 1}
    assert outbox.claim(ledger.engine, now) == ()


def test_no_message_of_an_act_that_was_not_committed(ledger: Ledger) -> None:
    with pytest.raises(Denied), ledger.begin(actor=ALICE, write={"till/A"}) as tx:
        tx.act("till/A", Take(1))
        tx.post("notice", till="A")
        raise Denied("till.not-yours")
    assert outbox.claim(ledger.engine, tx.at + HOUR) == ()


def test_a_message_that_is_not_done_within_its_lease_comes_again(ledger: Ledger) -> None:
    now = send(ledger)
    (first,) = outbox.claim(ledger.engine, now)
    assert outbox.claim(ledger.engine, now + LEASE - 1) == ()
    (again,) = outbox.claim(ledger.engine, now + LEASE)
    assert again.id == first.id and (first.tries, again.tries) == (1, 2)
    outbox.done(ledger.engine, first.id, now)
    outbox.done(ledger.engine, first.id, now)
    assert outbox.claim(ledger.engine, now + 9 * LEASE) == ()


def test_a_start_forgets_what_a_dead_worker_had_in_hand(ledger: Ledger) -> None:
    now = send(ledger)
    outbox.claim(ledger.engine, now)
    assert outbox.unsend(ledger.engine) == 1
    assert len(outbox.claim(ledger.engine, now)) == 1


def test_done_messages_are_swept(ledger: Ledger) -> None:
    now = send(ledger, 2)
    first, _ = outbox.claim(ledger.engine, now)
    outbox.done(ledger.engine, first.id, now)
    assert outbox.sweep(ledger.engine, now) == 0
    assert outbox.sweep(ledger.engine, now + 1) == 1


def test_two_relays_take_no_message_twice(postgres_ledger: Ledger) -> None:
    now = send(postgres_ledger, 3)
    engine = postgres_ledger.engine
    with engine.begin() as other:
        other.execute(text("SELECT id FROM outbox ORDER BY due_at, id LIMIT 2 FOR UPDATE"))
        assert len(outbox.claim(engine, now)) == 1


def test_what_falls_due_is_told_in_order(ledger: Ledger) -> None:
    for name, times in (("A", 3), ("B", 1), ("C", 2)):
        for _ in range(times):
            ledger.act(f"till/{name}", Take(1), actor=ALICE)
    with ledger.engine.connect() as connection:
        assert outbox.next_bell(connection) == HOUR
        assert outbox.rung(connection, 2 * HOUR) == (Due("till/B", HOUR, "count"), Due("till/C", 2 * HOUR, "count"))
        assert len(outbox.rung(connection, 9 * HOUR, limit=2)) == 2
    ledger.act("till/B", Pay(1), actor=ALICE)
    with ledger.engine.connect() as connection:
        assert outbox.next_bell(connection) == 2 * HOUR


@pytest.mark.parametrize("what", ["", "x" * 81])
def test_what_falls_due_has_a_name(sqlite: Engine, what: str) -> None:
    with pytest.raises(Invalid), sqlite.begin() as connection:
        outbox.fall_due(connection, "till/A", (SECOND, what))
