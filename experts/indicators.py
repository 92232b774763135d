"""Indicators for people: how one member's marks differ from the others', and statistical screens of a lot's prices (SPEC.md 11).

Pure and exact.  An indicator never changes a mark or a rank and is never cause for rejection; it tells where to look.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from archive.values import Value
from experts.numbers import mean, number, root_shown, shown

Sums = Mapping[str, Mapping[str, Fraction]]
"""member → bid → sum of his marks."""


class Outliers(Value, frozen=True):
    """For each member and bid the leave-one-out deviation and the favour index (4 decimals), and who alone decides the winner."""

    loo: dict[str, dict[str, str]]
    favour: dict[str, dict[str, str]]
    winner: str
    pivotal: tuple[str, ...]


def expert_outlier(table: Sums) -> Outliers:
    """``|s - mean(others)| / mean(others)``; favour = own mark centred on own mean, less the others' centred mean.

    A lenient or strict member shows no favour by that alone.  Pivotal: the winner by mean is another without him.  With fewer
    than two members there is nothing to compare.
    """
    bids = list(next(iter(table.values()), {}))
    centre = {m: mean(marks.values()) for m, marks in table.items()}
    loo: dict[str, dict[str, str]] = {}
    favour: dict[str, dict[str, str]] = {}
    for member, marks in table.items():
        others = [m for m in table if m != member]
        loo[member], favour[member] = {}, {}
        for bid in bids if others else ():
            theirs = mean(table[m][bid] for m in others)
            away = abs(marks[bid] - theirs)
            loo[member][bid] = shown(away / theirs if theirs else Fraction(away != 0), 4)
            centred = mean(table[m][bid] - centre[m] for m in others)
            favour[member][bid] = shown(marks[bid] - centre[member] - centred, 4)
    winner = _first(table, list(table), bids)
    pivotal = tuple(m for m in table if len(table) > 1 and _first(table, [o for o in table if o != m], bids) != winner)
    return Outliers(loo, favour, winner, pivotal)


def _first(table: Sums, members: Sequence[str], bids: Sequence[str]) -> str:
    return max(bids, key=lambda bid: sum(table[m][bid] for m in members), default="")


def beyond(outliers: Outliers, threshold: str) -> tuple[tuple[str, str], ...]:
    """(member, bid) whose deviation exceeds the documents' threshold: written reasons are asked for."""
    return tuple((m, bid) for m, row in outliers.loo.items() for bid, away in row.items() if number(away) > number(threshold))


def screens(bids: Sequence[Fraction]) -> dict[str, str | bool]:
    """Statistical screens of one lot's prices, six decimals; a screen that is not defined for these prices is left out.

    CV: standard deviation / mean; SPD: (highest - lowest) / lowest; DIFFP: (second - lowest) / lowest; RD: the same difference /
    standard deviation of the losing bids; RDNOR: the same difference / mean difference of neighbours; SKEW and KURT belong to
    `shape`.  They are calibrated for lowest-price awards: under a mean benchmark they mean the opposite.
    """
    ordered = sorted(bids)
    gaps = [b - a for a, b in pairwise(ordered)]
    found: dict[str, str | bool] = {}
    if len(ordered) > 1:
        found["CV"] = root_shown(variance(ordered) / mean(ordered) ** 2, 6)
        found["SPD"] = shown((ordered[-1] - ordered[0]) / ordered[0], 6)
        found["DIFFP"] = shown(gaps[0] / ordered[0], 6)
    if len(ordered) > 2:
        losing = variance(ordered[1:])
        if losing:
            found["RD"] = root_shown(gaps[0] ** 2 / losing, 6)
        if mean(gaps):
            found["RDNOR"] = shown(gaps[0] / mean(gaps), 6)
    found["ARITH_PROGRESSION"] = len(ordered) > 2 and len(set(gaps)) == 1
    return found


def shape(bids: Sequence[Fraction]) -> dict[str, str]:
    """Sample skewness and excess kurtosis of at least four prices that are not all equal, six decimals; else nothing."""
    n = len(bids)
    if n < 4 or not (spread := variance(bids)):
        return {}
    centre = mean(bids)
    third = sum(((b - centre) ** 3 for b in bids), Fraction(0)) * n / ((n - 1) * (n - 2))
    fourth = sum(((b - centre) ** 4 for b in bids), Fraction(0)) / spread**2
    kurtosis = fourth * n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) - Fraction(3 * (n - 1) ** 2, (n - 2) * (n - 3))
    skew = root_shown(third**2 / spread**3, 6)
    return {"SKEW": "-" + skew if third < 0 else skew, "KURT": shown(kurtosis, 6)}


def variance(values: Sequence[Fraction]) -> Fraction:
    """The sample variance of at least two values."""
    centre = mean(values)
    return sum(((v - centre) ** 2 for v in values), Fraction(0)) / (len(values) - 1)
