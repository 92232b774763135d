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


def together(*members: str, times: int = 4, wins: str = "", mechanism: str = "", others: int = 0) -> list[Round]:
    """Lots in which all members bid, the first lowest, and strangers who are not met again."""
    rounds = []
    for n in range(times):
        prices = {org: 100 + 10 * k for k, org in enumerate(members)} | {f"x{n}.{k}": 105 + k for k in range(others)}
        rounds.append(Round(f"{''.join(members)}{n}", prices, wins[n] if wins else "", mechanism))
    return rounds


@pytest.mark.parametrize(("times", "rings"), [(3, []), (4, [("A", "B", "C")])])
def test_three_who_all_bid_together_often_enough_are_a_ring(times: int, rings: list[tuple[str, ...]]) -> None:
    assert [c.bids for c in across(together("A", "B", "C", times=times)) if c.code == "collusion.ring"] == rings


def test_a_ring_is_told_once_with_its_lots_and_its_wins_before_its_pairs() -> None:
    first, *rest = across(together("A", "B", "C", "D", wins="AABA"))
    assert (first.code, first.bids, first.to) == ("collusion.ring", ("A", "B", "C", "D"), "regulator")
    assert first.evidence == {"lots": "ABCD0 ABCD1 ABCD2 ABCD3", "wins": "A=3 B=1 C=0 D=0"}
    assert [c.code for c in rest].count("collusion.together") == 6


def test_pairs_that_hang_together_without_all_meeting_are_a_circle() -> None:
    rounds = [*together("A", "B"), *together("B", "C"), *together("A", "C", times=1)]
    (circle,) = [c for c in across(rounds) if c.code in ("collusion.ring", "collusion.circle")]
    assert (circle.code, circle.bids, circle.evidence["pairs"]) == ("collusion.circle", ("A", "B", "C"), "2/3")
    assert circle.evidence["lots"].split() == ["AB0", "AB1", "AB2", "AB3", "BC0", "BC1", "BC2", "BC3", "AC0"]


def test_two_pairs_that_do_not_touch_are_no_circle() -> None:
    assert {c.code for c in across([*together("A", "B"), *together("C", "D")])} == {"collusion.together"}


@pytest.mark.parametrize(
    ("wins", "rotation"), [("ABCA", True), ("ABCABC", True), ("ABCAC", False), ("ABAC", False), ("ABCxA", True), ("ABC", False)]
)
def test_three_that_win_in_turn_rotate_and_any_other_order_does_not(wins: str, rotation: bool) -> None:
    found = across(together("A", "B", "C", times=max(4, len(wins)), wins=wins + "x"))
    told = [c.bids for c in found if c.code == "collusion.rotation" and len(c.bids) > 2]
    assert told == [("A", "B", "C")] * rotation


def test_under_a_mean_who_bids_above_covers_nobody_and_who_stands_at_the_edge_does() -> None:
    rounds = together("A", "B", wins="AAAA", mechanism="mean", others=2)
    (edge,) = [c for c in across(rounds) if c.code in ("collusion.cover", "collusion.edge")]
    assert (edge.code, edge.evidence["loser"], edge.evidence["wins"]) == ("collusion.edge", "B", "4")
    assert "edge" not in codes(together("A", "B", wins="AAAA", mechanism="mean", others=1))
    assert "edge" not in codes(together("A", "B", wins="AAAA", mechanism="mean", others=11))
    assert "edge" not in codes(together("A", "B", wins="AAAB", mechanism="mean", others=2))
    assert "edge" not in codes(together("A", "B", wins="AAAA", mechanism="lowest", others=2))
