"""An outage before a deadline, as the platform's own probe sees it: the time is given back by rule, once, and never after it."""

from typing import Any

import pytest

from archive.values import HOUR, MINUTE, SECOND, Instant
from bidding.box import Box
from tests.functional.conftest import LOT, TENDER, House
from trading.desk import audit, bell, outages
from trading.tender import Tender


def tender(house: House) -> Tender:
    state = house.platform.ledger.state(f"tender/{TENDER}")
    assert isinstance(state, Tender)
    return state


def box(house: House) -> Box:
    state = house.platform.ledger.state(f"box/{TENDER}.{LOT}")
    assert isinstance(state, Box)
    return state


def probed(house: House) -> int:
    """A process that has just begun probes; how many deadlines moved."""
    return outages.Probe(house.platform, lambda: 0).turn()


def out(house: House, began: Instant, ended: Instant) -> int:
    """The probe goes through at both ends of a gap; how many deadlines the second turn moves."""
    house.clock.now = began
    assert probed(house) == 0
    house.clock.now = ended
    return probed(house)


@pytest.mark.parametrize(
    ("began", "ended", "lost"),
    [
        (-HOUR, -25 * MINUTE, 5 * MINUTE),
        (-HOUR, -25 * MINUTE - 1, 0),
        (-20 * MINUTE, -15 * MINUTE, 5 * MINUTE),
        (-20 * MINUTE, -15 * MINUTE - 1, 0),
        (-HOUR, -1, 30 * MINUTE - 1),
        (-HOUR, 0, 0),
    ],
)
def test_what_counts_is_counted_to_the_microsecond(began: Instant, ended: Instant, lost: Instant) -> None:
    assert outages.Outage(10 * HOUR + began, 10 * HOUR + ended).lost(10 * HOUR) == lost


def test_what_an_outage_took_of_the_last_half_hour_is_added_to_the_deadline(bidding: House) -> None:
    before = tender(bidding).times.deadline
    assert out(bidding, before - 3 * HOUR, before - 12 * MINUTE) == 1
    after = tender(bidding)
    assert not after.pauses and not box(bidding).paused_at
    assert 18 * MINUTE <= after.times.deadline - before <= 19 * MINUTE
    assert box(bidding).closes_at == after.times.deadline
    bidding.clock.now = before + 17 * MINUTE
    bell.rung(bidding.platform)
    assert box(bidding).phase == "accepting", "the old deadline closes nothing"
    assert audit.replay(bidding.platform).text() == ""


def test_it_is_given_once_however_often_the_probe_goes_on(bidding: House) -> None:
    before = tender(bidding).times.deadline
    assert out(bidding, before - 40 * MINUTE, before - 20 * MINUTE) == 1
    once = tender(bidding).times.deadline
    bidding.clock.now += 30 * SECOND
    assert probed(bidding) == 0
    assert tender(bidding).times.deadline == once


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        (25 * MINUTE, 20 * MINUTE + SECOND),  # too short
        (3 * HOUR, 30 * MINUTE),  # over before the last half hour
        (3 * HOUR, 25 * MINUTE + SECOND),  # too little of the last half hour
    ],
)
def test_a_short_or_an_early_outage_moves_nothing(bidding: House, began: Instant, ended: Instant) -> None:
    before = tender(bidding).times.deadline
    assert out(bidding, before - began, before - ended) == 0
    assert tender(bidding).times.deadline == before


@pytest.mark.parametrize(("began", "ended"), [(25 * MINUTE, 20 * MINUTE), (3 * HOUR, 25 * MINUTE)])
def test_five_minutes_of_the_last_half_hour_count(bidding: House, began: Instant, ended: Instant) -> None:
    before = tender(bidding).times.deadline
    assert out(bidding, before - began, before - ended) == 1
    assert 5 * MINUTE <= tender(bidding).times.deadline - before <= 6 * MINUTE


def test_a_deadline_that_came_during_the_outage_is_not_moved(bidding: House) -> None:
    before = tender(bidding).times.deadline
    assert out(bidding, before - 10 * MINUTE, before) == 0
    assert tender(bidding).times.deadline == before


def test_a_process_that_died_between_the_steps_gives_the_time_when_it_is_back(
    bidding: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tender(bidding).times.deadline
    act = outages.publication.act

    def stops(platform: Any, actor: Any, name: str, command: Any, **more: Any) -> Any:
        if isinstance(command, outages.ResumeTender):
            raise KeyboardInterrupt
        return act(platform, actor, name, command, **more)

    with monkeypatch.context() as patch:
        patch.setattr(outages.publication, "act", stops)
        with pytest.raises(KeyboardInterrupt):
            out(bidding, before - 30 * MINUTE, before - 20 * MINUTE)
    assert tender(bidding).pauses and box(bidding).paused_at
    bidding.clock.now += MINUTE
    assert probed(bidding) == 1
    assert not tender(bidding).pauses
    assert 11 * MINUTE <= tender(bidding).times.deadline - before <= 12 * MINUTE


def test_a_tender_that_stands_still_already_is_left_to_whoever_stopped_it(bidding: House) -> None:
    before = tender(bidding).times.deadline
    bidding.clock.now = before - 30 * MINUTE
    probed(bidding)
    fault = {"type": "tender.suspend", "pause": "P1", "ground": "other", "reason": "演示"}
    said = bidding.client.post(f"/api/tenders/{TENDER}/acts", json=fault, headers=bidding.login("centre"))
    assert said.status_code == 201
    bidding.clock.now = before - 20 * MINUTE
    assert probed(bidding) == 0
    assert [p.id for p in tender(bidding).pauses] == ["P1"]


def test_a_probe_leaves_nothing_behind(bidding: House) -> None:
    probed(bidding)
    with bidding.platform.engine.connect() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM upload WHERE account = 'probe'").scalar() == 0


def test_a_probe_that_does_not_go_through_is_no_beat(bidding: House, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tender(bidding).times.deadline
    bidding.clock.now = before - 30 * MINUTE
    probed(bidding)
    with monkeypatch.context() as patch:
        patch.setattr(bidding.platform.uploads, "_largest", 1)
        for minute in range(29, 19, -1):
            bidding.clock.now = before - minute * MINUTE
            with pytest.raises(Exception, match="too-large"):
                probed(bidding)
    bidding.clock.now = before - 19 * MINUTE
    assert probed(bidding) == 1
    assert 11 * MINUTE <= tender(bidding).times.deadline - before <= 12 * MINUTE


@pytest.mark.parametrize(("stood", "moved"), [(5 * MINUTE, 1), (5 * MINUTE - 1, 0)])
def test_a_clock_that_was_set_forward_is_no_outage_for_a_process_that_went_on(bidding: House, stood: Instant, moved: int) -> None:
    before = tender(bidding).times.deadline
    steady = iter((0, stood))
    probe = outages.Probe(bidding.platform, lambda: next(steady))
    bidding.clock.now = before - 30 * MINUTE
    probe.turn()
    bidding.clock.now = before - 20 * MINUTE
    assert probe.turn() == moved
