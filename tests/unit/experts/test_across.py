"""Patterns over many lots: pairs that keep meeting, winners in turn, bidders that only cover; and chance, which is none."""

import pytest

from experts.collusion.across import Round, across


def lots(*winners: str, prices: tuple[int, int] = (100, 120), more: str = "") -> list[Round]:
    """One lot for each winner, in which A and B bid, A's price first, and perhaps somebody else."""
    others = {more: 110} if more else {}
    return [Round(f"L{n}", {"A": prices[0], "B": prices[1]} | others, winner) for n, winner in enumerate(winners)]


def codes(rounds: list[Round]) -> list[str]:
    return [clue.code.removeprefix("collusion.") for clue in across(rounds)]


@pytest.mark.parametrize(("times", "expected"), [(3, []), (4, ["together"])])
def test_two_that_meet_often_enough_are_a_pair(times: int, expected: list[str]) -> None:
    assert codes([Round(f"L{n}", {"A": 1, "B": 2}, "") for n in range(times)]) == expected


@pytest.mark.parametrize(("alone", "expected"), [(1, ["together"]), (2, [])])
def test_who_bids_much_elsewhere_is_no_pair(alone: int, expected: list[str]) -> None:
    apart = [Round(f"{org}{n}", {org: 1}, "") for org in "AB" for n in range(alone)]
    assert codes([*(Round(f"L{n}", {"A": 1, "B": 2}, "") for n in range(4)), *apart]) == expected


def test_winners_in_strict_turn_are_a_rotation_and_any_other_order_is_none() -> None:
    assert "rotation" in codes(lots("A", "B", "A", "B"))
    assert "rotation" not in codes(lots("A", "B", "B", "A"))
    assert "rotation" not in codes(lots("A", "B", "A", "C"))


def test_who_always_bids_above_the_same_winner_and_never_wins_covers_him() -> None:
    (cover,) = [c for c in across(lots("A", "A", "A", "A")) if c.code == "collusion.cover"]
    assert (cover.bids, cover.evidence["loser"], cover.evidence["wins"]) == (("A", "B"), "B", "4")
    assert "cover" not in codes(lots("A", "A", "A", "B"))
    assert "cover" not in codes(lots("A", "A", "A", "A", prices=(120, 100)))
    assert "cover" not in codes(lots("A", "A", "A", "A", prices=(100, 100)))


def test_every_pattern_names_its_lots_and_goes_to_the_regulator() -> None:
    for clue in across(lots("A", "A", "A", "A", more="C")):
        assert clue.evidence["lots"] == "L0 L1 L2 L3"
        assert (clue.to, clue.article) == ("regulator", "")
