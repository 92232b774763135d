"""Statistical screens, by the mechanism that the price is scored with: suspicion for the regulator, never more.  Pure, exact.

Where the lowest price wins, rings narrow the spread and `experts.indicators.screens` are what is looked at.  Where a mean is the
benchmark, supporting bids widen it, so those numbers mean the opposite; there the question is whether a group's bids move the
benchmark to one of its own: *winner flip*, the share of coefficient values under which the winner is another without the group's
other bids, against the same share for all groups of that size.
"""

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from itertools import combinations, product
from math import comb, prod
from typing import Final

from experts.collusion.values import Clue, Rules
from experts.indicators import screens as spread
from experts.indicators import shape
from experts.methods import Formula, LowestEvaluated, LowPriceFirst, Places, coefficients
from experts.numbers import number, shown
from experts.scoring import price_scores, ranking

MOST_DRAWS: Final = 100
MOST_GROUPS: Final = 300


def screened(
    formula: Formula,
    prices: Mapping[str, Fraction],
    ceiling: Fraction | None,
    groups: Collection[frozenset[str]],
    rules: Rules,
    places: Places | None = None,
) -> tuple[Clue, ...]:
    """The screens that suit a formula; ``groups`` are bids that other clues tie together.

    A group is compared with all groups of its size; with too many of those, or too many coefficient values, only a part in the
    order of ids is looked at and the clue says how many.
    """
    if len(prices) < 3:
        return ()
    if isinstance(formula, LowestEvaluated | LowPriceFirst):
        found = {k: v if isinstance(v, str) else str(v).lower() for k, v in spread(list(prices.values())).items()}
        return (Clue("collusion.screen", tuple(sorted(prices)), found | shape(list(prices.values())), "regulator"),)
    return tuple(_flips(formula, prices, ceiling, groups, rules, places or Places()))


def _flips(
    formula: Formula,
    prices: Mapping[str, Fraction],
    ceiling: Fraction | None,
    groups: Collection[frozenset[str]],
    rules: Rules,
    places: Places,
) -> Iterator[Clue]:
    draws = _draws(formula)
    winners = [_winner(formula, prices, ceiling, drawn, places) for drawn in draws]
    for group in sorted(groups, key=sorted):
        if not 2 <= len(group) <= len(prices) - 1 or not group <= set(prices):
            continue
        share = _share(formula, prices, ceiling, draws, winners, group, places)
        others = [frozenset(g) for g in _first(sorted(prices), len(group))]
        base = sum((_share(formula, prices, ceiling, draws, winners, g, places) for g in others), Fraction(0)) / len(others)
        if share >= number(rules.thresholds["flip"].value) and share > base:
            told = {"flips": shown(share, 4), "groups": shown(base, 4), "draws": str(len(draws)), "compared": str(len(others))}
            yield Clue("collusion.flip", tuple(sorted(group)), told | {"rules": rules.id}, "regulator")


def _share(
    formula: Formula,
    prices: Mapping[str, Fraction],
    ceiling: Fraction | None,
    draws: list[dict[str, str]],
    winners: list[str],
    group: frozenset[str],
    places: Places,
) -> Fraction:
    """Under what share of draws one of the group wins and would not without the others of the group."""
    flips = 0
    for drawn, winner in zip(draws, winners, strict=True):
        if winner in group:
            alone = {bid: price for bid, price in prices.items() if bid == winner or bid not in group}
            flips += _winner(formula, alone, ceiling, drawn, places) != winner
    return Fraction(flips, len(draws))


def _winner(
    formula: Formula, prices: Mapping[str, Fraction], ceiling: Fraction | None, drawn: Mapping[str, str], places: Places
) -> str:
    return ranking(price_scores(formula, prices, places, ceiling, drawn).scores, prices)[0][1]


def _draws(formula: Formula) -> list[dict[str, str]]:
    """Every combination of coefficients, thinned evenly where there are too many."""
    names = coefficients(formula)
    whole = prod(len(values) for values in names.values())
    step = -(-whole // MOST_DRAWS)
    return [dict(zip(names, chosen, strict=True)) for i, chosen in enumerate(product(*names.values())) if i % step == 0]


def _first(bids: list[str], size: int) -> list[tuple[str, ...]]:
    step = -(-comb(len(bids), size) // MOST_GROUPS)
    return [g for i, g in enumerate(combinations(bids, size)) if i % step == 0]
