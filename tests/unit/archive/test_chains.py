"""Streams beyond the vectors: epochs, duplicates, times, sealed heads."""

from typing import Any

import pytest

from archive import canonical, chains
from archive.strict import base64
from tests.logs import ORIGIN, SmallLog, tender_log


def problems(log: SmallLog, *hidden: int, later_epoch: bool = False) -> list[tuple[int, str]]:
    openings = {i: log.opening(i) for i in range(len(log.bodies)) if i not in hidden}
    return [(p.index, p.code) for p in chains.check(log.entries, openings, later_epoch=later_epoch)]


def test_a_whole_log_has_no_problem_and_no_note() -> None:
    assert problems(tender_log()) == []


def test_a_hidden_event_that_the_next_one_names_is_a_note() -> None:
    assert problems(tender_log(), 5) == [(6, "CHAIN_OPEN")]


def test_two_hidden_events_need_two_hidden_entries() -> None:
    log = SmallLog()
    log.add("tender/a", "a.b")
    log.add("tender/a", "a.b")
    log.add("tender/a", "a.b")
    assert problems(log, 1, 2) == [(3, "CHAIN_OPEN")]
    log.add("tender/a", "a.b", seq=9, prev=base64(log.tails["tender/a"][1]))
    assert problems(log, 3) == [(4, "CHAIN_GAP")]
    log.add("tender/b", "a.b", seq=3, prev=base64(log.tails["tender/a"][1]))
    assert problems(log, 4) == [(5, "CHAIN_GAP")]


def test_a_first_event_may_continue_an_earlier_epoch_where_there_was_one() -> None:
    log = SmallLog(origin=ORIGIN + "/epoch-2")
    log.add("tender/a", "a.b", seq=5, prev=base64(b"\x07" * 32))
    assert problems(log) == [(1, "CHAIN_GAP")]
    assert problems(log, later_epoch=True) == [(1, "CHAIN_OPEN")]


def test_only_the_first_event_of_a_stream_may_continue_an_earlier_epoch() -> None:
    log = SmallLog()
    log.add("tender/a", "a.b", seq=5, prev=base64(b"\x07" * 32))
    log.add("tender/a", "a.b", seq=9, prev=base64(b"\x08" * 32))
    assert problems(log, later_epoch=True) == [(1, "CHAIN_OPEN"), (2, "CHAIN_GAP")]


def test_a_minute_behind_the_log_is_borne_and_a_microsecond_more_is_not() -> None:
    log = SmallLog()
    log.add("tender/a", "a.b", at="2026-01-05T01:05:00.000000Z")
    log.add("tender/b", "a.b", at="2026-01-05T01:04:00.000000Z")
    log.add("tender/c", "a.b", at="2026-01-05T01:03:59.999999Z")
    assert problems(log) == [(3, "TIME_BACK")]


def test_a_stream_never_goes_back_in_time() -> None:
    log = SmallLog()
    log.add("tender/a", "a.b", at="2026-01-05T01:05:00.000000Z")
    log.add("tender/a", "a.b", at="2026-01-05T01:04:59.999999Z")
    assert problems(log) == [(2, "TIME_BACK")]


def test_an_id_twice_is_found_at_the_later_index_across_streams() -> None:
    log = SmallLog()
    log.add("tender/a", "a.b", id="019b8bab-0000-7000-8000-000000000000")
    assert problems(log) == [(1, "DUP_ID")]


def test_a_body_that_is_another_text_of_itself_is_used() -> None:
    log = SmallLog()
    log.add("tender/a", "a.b")
    log.bodies[1] = log.bodies[1].replace(b",", b", ")
    assert problems(log) == [(1, "CANON_BAD")]


def sealed(log: SmallLog, *heads: Any) -> list[tuple[int, str]]:
    log.add("tender/T-9", "bids.opened", {"outcome": {"sealed": list(heads)}})
    return problems(log)


def head(log: SmallLog, of: str, **other: Any) -> dict[str, Any]:
    seq, leaf = log.tails[of]
    return {"last_leaf": base64(leaf), "last_seq": seq, "stream": of, **other}


def test_an_opening_event_binds_sealed_streams() -> None:
    log = tender_log()
    assert sealed(log, head(log, "sealed/aa01"), head(log, "sealed/bb02")) == []
    assert sealed(log) == []


@pytest.mark.parametrize(
    "other",
    [
        {"last_seq": 1},
        {"last_seq": 3},
        {"last_seq": True},
        {"last_seq": 0},
        {"last_leaf": base64(b"\x01" * 32)},
        {"last_leaf": ""},
        {"stream": "sealed/cc03"},
        {"stream": "tender/T-9"},
        {"stream": "sealed"},
        {"more": 1},
    ],
)
def test_a_head_that_is_not_the_end_of_its_stream_is_bad(other: dict[str, Any]) -> None:
    log = tender_log()
    assert sealed(log, head(log, "sealed/aa01", **other)) == [(10, "HEAD_BAD")]


def test_a_head_may_stand_for_a_stream_that_is_not_disclosed() -> None:
    log = tender_log()
    log.add("tender/T-9", "bids.opened", {"outcome": {"sealed": [head(log, "sealed/aa01")]}})
    assert problems(log, 2, 4) == []


def test_the_leaf_of_a_later_entry_is_no_head() -> None:
    log = SmallLog()
    log.add("sealed/aa01", "bid.submitted")
    later = SmallLog()
    later.add("tender/T-9", "a.b", {"outcome": {"sealed": [head(log, "sealed/aa01")]}})
    later.add("sealed/aa01", "bid.submitted")
    assert (1, "HEAD_BAD") in problems(later)


def test_following_a_stream_alone_wants_every_event_in_its_place() -> None:
    log = tender_log()
    own = [i for i, raw in enumerate(log.bodies) if canonical.decode(raw)["stream"] == "tender/T-9"]
    tree = log.tree
    events = []
    for place, i in enumerate(own, start=1):
        body, _ = chains.open_body(log.opening(i), log.entries[i])
        assert body is not None
        events.append((place, body, tree.hash_of(0, i)))
    assert chains.follow("tender/T-9", events) == []
    assert [p.code for p in chains.follow("tender/T-8", events)] == ["CHAIN_BREAK"] * len(events)
    swapped = [(1, *events[1][1:]), (2, *events[0][1:]), *events[2:]]
    assert [(p.index, p.code) for p in chains.follow("tender/T-9", swapped)] == [
        (1, "CHAIN_GAP"),
        (2, "CHAIN_GAP"),
        (2, "TIME_BACK"),
        (3, "CHAIN_BREAK"),
    ]
    assert chains.follow("tender/T-9", events[2:]) == []
