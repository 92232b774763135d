"""Unit prices that are the same, or differ regularly, and the same mistakes in adding up (条例 40-4).  Pure, exact.

Prices are rounded to the cent by whoever writes them, so a constant ratio shows as an interval for each line; the ratio that
lies in most intervals is found exactly.  Lines under one yuan say nothing about ratios and are left out of them, as are items
whose price the purchaser fixed, from everything.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Final

from experts.collusion.values import ARTICLES, Clue, Dossier, Line, Rules
from experts.numbers import number, rounded, shown

HALF_CENT: Final = Fraction(1, 200)
WORTH_A_RATIO: Final = Fraction(1)

Prices = dict[str, Fraction]


def prices(bids: Sequence[Dossier], fixed: Iterable[str], rules: Rules) -> tuple[Clue, ...]:
    """Clues of every pair of bids, and of three or more whose totals stand in regular steps."""
    left_out = set(fixed)
    priced = {bid.id: {x.item: number(x.unit_price) for x in bid.lines if x.item not in left_out} for bid in bids}
    pairs = [(a, b) for a, b in combinations(bids, 2) if a.org != b.org]
    found: list[Clue] = []
    for a, b in pairs:
        found += _pair(a.id, b.id, priced[a.id], priced[b.id], rules)
        found += _mistakes(a, b)
    return (*found, *_steps(bids))


def _pair(a: str, b: str, left: Prices, right: Prices, rules: Rules) -> Iterator[Clue]:
    common = [(left[i], right[i]) for i in left if i in right]
    limits = {name: number(rules.thresholds[name].value) for name in ("least-lines", "equal-lines", "ratio-lines")}
    if len(common) < limits["least-lines"]:
        return
    who = tuple(sorted((a, b)))
    told = {"lines": str(len(common)), "rules": rules.id}
    equal = Fraction(sum(x == y for x, y in common), len(common))
    if equal >= limits["equal-lines"]:
        yield _clue("collusion.lines-equal", who, told | {"share": shown(equal, 4)})
        return
    ratio, hits = constant_ratio([(x, y) for x, y in common if x >= WORTH_A_RATIO and y >= WORTH_A_RATIO])
    if Fraction(hits, len(common)) >= limits["ratio-lines"]:
        yield _clue(
            "collusion.lines-ratio", who, told | {"share": shown(Fraction(hits, len(common)), 4), "ratio": shown(ratio, 6)}
        )
        return
    offset, times = Counter(y - x for x, y in common).most_common(1)[0]
    if Fraction(times, len(common)) >= limits["ratio-lines"]:
        yield _clue(
            "collusion.lines-offset", who, told | {"share": shown(Fraction(times, len(common)), 4), "offset": shown(offset, 2)}
        )


def constant_ratio(pairs: Sequence[tuple[Fraction, Fraction]]) -> tuple[Fraction, int]:
    """The ratio right / left that most pairs of rounded prices allow, and how many do; 0 pairs give (0, 0)."""
    edges: list[tuple[Fraction, int]] = []
    for x, y in pairs:
        edges.append(((y - HALF_CENT) / (x + HALF_CENT), -1))
        edges.append(((y + HALF_CENT) / (x - HALF_CENT), 1))
    open_now, best, at = 0, 0, Fraction(0)
    # At one point intervals begin before others end, so that touching ones count together.
    for place, end in sorted(edges):
        open_now -= end
        if open_now > best:
            best, at = open_now, place
    return at, best


def _mistakes(a: Dossier, b: Dossier) -> Iterator[Clue]:
    """Lines whose total is not quantity times unit price, wrong by the same total in both."""
    same = sorted(set(_wrong(a.lines)) & set(_wrong(b.lines)))
    if same:
        told = {"items": " ".join(item for item, _ in same[:20]), "count": str(len(same))}
        yield _clue("collusion.errors", tuple(sorted((a.id, b.id))), told)


def _wrong(lines: Iterable[Line]) -> Iterator[tuple[str, Fraction]]:
    for line in lines:
        if line.total and rounded(number(line.quantity) * number(line.unit_price), 2) != number(line.total):
            yield line.item, number(line.total)


def _steps(bids: Sequence[Dossier]) -> Iterator[Clue]:
    """All bid prices of at least three bidders in one arithmetic or geometric progression."""
    ordered = sorted((number(bid.price), bid.id) for bid in bids)
    values = [price for price, _ in ordered]
    if len({bid.org for bid in bids}) < 3 or len(set(values)) < len(values) or values[0] <= 0:
        return
    gaps = {y - x for x, y in pairwise(values)}
    ratio, hits = constant_ratio(list(pairwise(values)))
    who = tuple(sorted(id for _, id in ordered))
    if len(gaps) == 1:
        yield _clue("collusion.progression", who, {"step": shown(gaps.pop(), 2)})
    elif hits == len(values) - 1:
        yield _clue("collusion.progression", who, {"ratio": shown(ratio, 6)})


def _clue(code: str, who: tuple[str, ...], told: dict[str, str]) -> Clue:
    return Clue(code, who, told, "panel", ARTICLES[code])
