"""Who waits to act: one leads, takes who waits, and hands on; an interrupted one keeps nobody waiting."""

from collections.abc import Callable
from threading import Thread

import pytest

from archive.ledger import waiting
from archive.ledger.house import Terms
from archive.ledger.waiting import Waiter, Waiting
from archive.values import Actor

ALICE, BOB = Actor(id="u-1", kind="user"), Actor(id="u-2", kind="user")


def one(key: str | None = None, actor: Actor = ALICE) -> Waiter:
    return Waiter(Terms(actor, frozenset({"till/A"}), key=key), lambda _tx: None)


class Behind:
    """Waiters in threads of their own, queued in their order."""

    def __init__(self, queue: Waiting, *waiters: Waiter) -> None:
        self.led: dict[Waiter, bool] = {}
        self.threads = []
        for waiter in waiters:
            before = len(queue)
            self.threads.append(Thread(target=self._join, args=(queue.join, waiter)))
            self.threads[-1].start()
            while len(queue) == before:
                self.threads[-1].join(0.002)

    def _join(self, join: Callable[[Waiter], bool], waiter: Waiter) -> None:
        self.led[waiter] = join(waiter)


def test_the_first_to_come_leads_and_takes_those_behind_him() -> None:
    queue, first, second, third = Waiting(), one(), one(), one()
    assert queue.join(first)
    behind = Behind(queue, second, third)
    assert queue.take() == [first, second, third] and len(queue) == 0
    queue.leave([first, second, third])
    for thread in behind.threads:
        thread.join()
    assert behind.led == {second: False, third: False}
    assert queue.join(one()), "and the next to come leads again"


def test_who_came_too_late_is_led_by_the_first_of_them() -> None:
    queue, first, second, third = Waiting(), one(), one(), one()
    queue.join(first)
    taken = queue.take()
    behind = Behind(queue, second, third)
    queue.leave(taken)
    behind.threads[0].join()
    assert behind.led == {second: True}
    queue.leave(queue.take())
    behind.threads[1].join()
    assert behind.led[third] is False


def test_a_key_is_taken_once_and_only_once_for_each_actor() -> None:
    queue, first = Waiting(), one("k")
    queue.join(first)
    again, bobs, another = one("k"), one("k", BOB), one("l")
    behind = Behind(queue, again, bobs, another)
    taken = queue.take()
    assert taken == [first, bobs, another] and len(queue) == 1
    queue.leave(taken)
    assert queue.take() == [again]
    queue.leave([again])
    for thread in behind.threads:
        thread.join()
    assert behind.led[again] is True


def test_no_more_are_taken_than_one_commit_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST", 2)
    queue, first, second, third = Waiting(), one(), one(), one()
    queue.join(first)
    behind = Behind(queue, second, third)
    taken = queue.take()
    assert taken == [first, second]
    queue.leave(taken)
    queue.leave(queue.take())
    for thread in behind.threads:
        thread.join()
    assert behind.led == {second: False, third: True}


def test_a_leader_who_is_interrupted_lets_the_others_act_alone() -> None:
    queue, first, second = Waiting(), one(), one()
    queue.join(first)
    behind = Behind(queue, second)
    queue.abandon(first)
    behind.threads[0].join()
    assert behind.led == {second: False} and second.done is None and second.fault is None
    assert queue.join(one())


def test_one_who_is_interrupted_while_he_waits_is_not_taken() -> None:
    queue, first, second = Waiting(), one(), one()
    queue.join(first)
    behind = Behind(queue, second)
    queue.abandon(second)
    assert queue.take() == [first]
    queue.leave([first])
    assert queue.join(one()), "nor is he to lead"
    second.gate.release()
    behind.threads[0].join()


def test_one_who_is_interrupted_after_he_was_taken_leaves_it_to_his_leader() -> None:
    queue, first, second = Waiting(), one(), one()
    queue.join(first)
    behind = Behind(queue, second)
    taken = queue.take()
    queue.abandon(second)
    queue.leave(taken)
    behind.threads[0].join()
    assert taken == [first, second] and queue.join(one())
