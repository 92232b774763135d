"""Patterns over many lots: the same bidders again and again, winners that take turns, bidders that only ever lose (SPEC.md 15).

Pure, exact.  Statistics for the regulator: honest firms of one trade and region meet often, so a pattern is a reason to look and
nothing more.  Pairs are looked at, since a ring of more is the pairs in it.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Final

from archive.values import Value
from experts.collusion.values import Clue
from experts.numbers import shown

LEAST: Final = 4
"""Common lots below which chance is explanation enough."""
SHARE: Final = Fraction(4, 5)
"""Of the lots of whoever bids less often, so many with the other make the two a pair."""


class Round(Value, frozen=True):
    """A lot that was awarded: its name, its bidders with their prices in minor units, who won."""

    lot: str
    prices: dict[str, int]
    winner: str


def across(rounds: Sequence[Round]) -> tuple[Clue, ...]:
    """What pairs of bidders do over all these lots, the most frequent pairs first; each clue names its lots."""
    lots: dict[str, list[Round]] = {}
    for one in rounds:
        for org in one.prices:
            lots.setdefault(org, []).append(one)
    found = []
    for a, b in combinations(sorted(lots), 2):
        common = [one for one in lots[a] if b in one.prices]
        if len(common) >= LEAST and Fraction(len(common), min(len(lots[a]), len(lots[b]))) >= SHARE:
            found += [(len(common), clue) for clue in _pair(a, b, common, len(lots[a]), len(lots[b]))]
    return tuple(clue for _, clue in sorted(found, key=lambda f: -f[0]))


def _pair(a: str, b: str, common: Sequence[Round], of_a: int, of_b: int) -> Iterator[Clue]:
    named = {"lots": " ".join(one.lot for one in common)}
    share = shown(Fraction(len(common), min(of_a, of_b)), 2)
    yield Clue("collusion.together", (a, b), named | {"share": share}, "regulator")
    won = [one.winner for one in common if one.winner in (a, b)]
    turns = sum(one != other for one, other in pairwise(won))
    if len(won) >= LEAST and turns == len(won) - 1:
        yield Clue("collusion.rotation", (a, b), named | {"winners": " ".join(won)}, "regulator")
    for winner, loser in ((a, b), (b, a)):
        above = all(one.prices[loser] > one.prices[winner] for one in common)
        wins = sum(one.winner == winner for one in common)
        if above and wins >= LEAST and all(one.winner != loser for one in common):
            yield Clue("collusion.cover", (winner, loser), named | {"wins": str(wins), "loser": loser}, "regulator")
