"""Evaluation arithmetic: price scores, sums and means of marks, ranking and ties, the abnormal-low triggers (SPEC.md 10).

Pure and exact: fractions throughout, rounded half up once at each value that the method names.  Every computed value comes
with its formula and inputs, so that a bidder can follow it by hand.  A bid is known by its id, a member by his.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from archive.values import Value
from experts.methods import (
    ABNORMAL,
    Formula,
    LowestEvaluated,
    LowPriceFirst,
    MeanBenchmark,
    Method,
    Places,
    RandomBenchmark,
    RangeBase,
)
from experts.numbers import mean, number, rounded, shown

BENCHMARK_PLACES: Final = 4
FORMULAS: Final[Mapping[str, str]] = {
    "evaluation-price": "price * (1 - deduction) + correction",
    "lowest": "lowest / price * full",
    "mean-benchmark": "mean of the prices kept * factor",
    "random-benchmark": "A*K*(1-C) + B*C",
    "range-benchmark": "mean of the prices in range",
    "range-base": "fixed base below the range",
    "deviation": "max(floor, full - per * rate), rate = |price - benchmark| / benchmark * 100",
    "marks-mean": "mean of the members' sums",
}
"""The formulas by name, as they stand in a report's digest; papers say them in words (``formula.<name>``)."""


class Computed(Value, frozen=True):
    """One computed value explained: ``what`` of which ``bid`` (empty for the lot), its formula in words, its inputs."""

    what: str
    value: str
    formula: str
    inputs: dict[str, str]
    bid: str = ""


@dataclass(frozen=True, slots=True)
class Prices:
    """Price scores by bid (none for a method without points), the benchmark where there is one, and how each came about."""

    scores: Mapping[str, Fraction]
    benchmark: Fraction | None
    computed: tuple[Computed, ...]


def evaluation_price(price: Fraction, deduction: Fraction, correction: Fraction = Fraction(0)) -> Fraction:
    """The price that is compared: policy deduction off, declared corrections added; the contract keeps the bid's own price."""
    return price * (1 - deduction) + correction


def price_scores(
    formula: Formula,
    prices: Mapping[str, Fraction],
    places: Places,
    ceiling: Fraction | None = None,
    drawn: Mapping[str, str] | None = None,
) -> Prices:
    """Scores for the evaluation prices of all bids still in; ``drawn`` are the coefficients drawn at the opening.

    ``ceiling`` is needed by the formulas that refer to it (`experts.evaluation` refuses a room without one).
    """
    drawn = drawn or {}
    top = ceiling if ceiling is not None else Fraction(0)
    match formula:
        case LowestEvaluated():
            return Prices({}, None, ())
        case LowPriceFirst():
            return _low_price_first(formula, prices, places)
        case MeanBenchmark():
            factor = number(drawn.get("factor", formula.factor))
            base, inputs = _trimmed(formula, prices, factor)
            return _deviations(formula, prices, base, places, FORMULAS["mean-benchmark"], inputs)
        case RandomBenchmark():
            base, inputs = _random_benchmark(formula, prices, top, drawn)
            return _deviations(formula, prices, base, places, FORMULAS["random-benchmark"], inputs)
        case RangeBase():
            return _range_base(formula, prices, places, top)


def _low_price_first(formula: LowPriceFirst, prices: Mapping[str, Fraction], places: Places) -> Prices:
    lowest, full = min(prices.values()), number(formula.full)
    scores = {bid: rounded(lowest / price * full, places.price) for bid, price in prices.items()}
    computed = tuple(
        _price_score(
            bid,
            scores[bid],
            places,
            FORMULAS["lowest"],
            {"lowest": exact(lowest), "price": exact(price), "full": formula.full},
        )
        for bid, price in prices.items()
    )
    return Prices(scores, lowest, computed)


def _trimmed(formula: MeanBenchmark, prices: Mapping[str, Fraction], factor: Fraction) -> tuple[Fraction, dict[str, str]]:
    n = len(prices)
    trim = max((t for t in formula.trims if t.bids <= n), key=lambda t: t.bids, default=None)
    high, low = (trim.high, trim.low) if trim else (0, 0)
    kept = sorted(prices.values())[low : n - high]
    return mean(kept) * factor, {"kept": " ".join(map(exact, kept)), "factor": exact(factor)}


def _random_benchmark(
    formula: RandomBenchmark, prices: Mapping[str, Fraction], ceiling: Fraction, drawn: Mapping[str, str]
) -> tuple[Fraction, dict[str, str]]:
    inside = [p for p in prices.values() if number(formula.low) * ceiling <= p <= number(formula.high) * ceiling]
    k, c, b = number(drawn["K"]), number(drawn["C"]), Fraction(0)
    if inside:
        b = mean(inside)
    else:
        k, c = number(drawn["K_ALONE"]), Fraction(0)
    inputs = {"A": exact(ceiling), "B": exact(b), "K": exact(k), "C": exact(c)}
    return ceiling * k * (1 - c) + b * c, inputs


def _range_base(formula: RangeBase, prices: Mapping[str, Fraction], places: Places, ceiling: Fraction) -> Prices:
    low, high = number(formula.low) * ceiling, number(formula.high) * ceiling
    inside = [p for p in prices.values() if low <= p <= high]
    base = mean(inside) if inside else low
    above = {bid: p for bid, p in prices.items() if p >= low}
    found = _deviations(formula, above, base, places, FORMULAS["range-benchmark"], {"low": exact(low), "high": exact(high)})
    fixed = rounded(number(formula.base), places.price)
    below = [bid for bid in prices if bid not in above]
    computed = tuple(
        _price_score(bid, fixed, places, FORMULAS["range-base"], {"price": exact(prices[bid]), "low": exact(low)})
        for bid in below
    )
    return Prices({**found.scores, **dict.fromkeys(below, fixed)}, base, found.computed + computed)


def _deviations(
    formula: MeanBenchmark | RandomBenchmark | RangeBase,
    prices: Mapping[str, Fraction],
    base: Fraction,
    places: Places,
    words: str,
    inputs: dict[str, str],
) -> Prices:
    scores, computed = {}, [Computed("benchmark", shown(base, BENCHMARK_PLACES), words, inputs)]
    full, floor = number(formula.full), number(formula.floor)
    for bid, price in prices.items():
        rate = abs(price - base) / base * 100
        if formula.round_rate_first:
            rate = rounded(rate, places.price)
        per = formula.above if price > base else formula.below
        scores[bid] = rounded(max(floor, full - number(per) * rate), places.price)
        shown_rate = shown(rate, places.price) if formula.round_rate_first else exact(rate)
        said = {"price": exact(price), "benchmark": exact(base), "rate": shown_rate, "per": per, "full": formula.full}
        computed.append(_price_score(bid, scores[bid], places, FORMULAS["deviation"], said))
    return Prices(scores, base, tuple(computed))


def _price_score(bid: str, score: Fraction, places: Places, words: str, inputs: dict[str, str]) -> Computed:
    return Computed("price_score", shown(score, places.price), words, inputs, bid)


def exact(value: Fraction) -> str:
    """A fraction as text without loss: decimal where it ends within six places, else ``a/b``."""
    scaled = value * 10**6
    if scaled.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    text = shown(value, 6).rstrip("0")
    return text.removesuffix(".")


Marks = Mapping[str, Mapping[str, Mapping[str, str]]]
"""member → bid → item → mark, decimal text."""


def marks_scores(method: Method, marks: Marks, bids: Sequence[str]) -> tuple[dict[str, Fraction], tuple[Computed, ...]]:
    """The mean of the members' sums for each bid (87号令 55: no trimming unless the documents say so)."""
    if not method.items:
        return dict.fromkeys(bids, Fraction(0)), ()
    scores: dict[str, Fraction] = {}
    computed: list[Computed] = []
    for bid in bids:
        sums = {m: rounded(sum(map(number, given[bid].values()), Fraction(0)), method.places.sum) for m, given in marks.items()}
        kept = sorted(sums.values())[method.trim_members : len(sums) - method.trim_members]
        scores[bid] = rounded(mean(kept), method.places.mean)
        inputs = {member: shown(total, method.places.sum) for member, total in sums.items()}
        computed.append(Computed("marks_mean", shown(scores[bid], method.places.mean), FORMULAS["marks-mean"], inputs, bid))
    return scores, tuple(computed)


def disunited(method: Method, marks: Marks, bids: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(bid, item) of every objective item that members marked differently: the summary must stop there."""
    return tuple(
        (bid, item.id)
        for bid in bids
        for item in method.items
        if item.objective and len({number(given[bid][item.id]) for given in marks.values()}) > 1
    )


Place = tuple[int, str]


def ranking(scores: Mapping[str, Fraction], prices: Mapping[str, Fraction]) -> tuple[Place, ...]:
    """Places by score descending, then price ascending; bids equal in both share a place (1, 2, 3, 3)."""
    return _places({bid: (-score, prices[bid]) for bid, score in scores.items()})


def ranked(
    method: Method, totals: Mapping[str, Fraction], prices: Mapping[str, Fraction], marks: Mapping[str, Fraction]
) -> tuple[Place, ...]:
    """Places by the method: totals as published, ties by its rule; without points, by evaluation price with shared places."""
    if isinstance(method.formula, LowestEvaluated):
        return _places({bid: (price, Fraction(0)) for bid, price in prices.items()})
    if method.ties == "price":
        return ranking(totals, prices)
    technical = method.ties == "technical"
    return _places({bid: (-total, -marks[bid] if technical else Fraction(0)) for bid, total in totals.items()})


def _places(keys: Mapping[str, tuple[Fraction, Fraction]]) -> tuple[Place, ...]:
    order = sorted(keys, key=lambda bid: (keys[bid], bid))
    place: dict[str, int] = {}
    for i, bid in enumerate(order):
        previous = order[i - 1] if i else None
        place[bid] = place[previous] if previous is not None and keys[previous] == keys[bid] else i + 1
    return tuple((place[bid], bid) for bid in order)


def abnormal_low(
    prices: Mapping[str, Fraction], ceiling: Fraction | None, thresholds: Sequence[str] = ABNORMAL
) -> dict[str, tuple[str, ...]]:
    """Which triggers each conforming bid's own price hits, strictly: ``T1_AVG`` of the mean, ``T2_SECOND`` the lowest of the
    second lowest, ``T3_CEILING`` of the ceiling.  A hit opens a review; it is not a rejection (财库〔2026〕2号).
    """
    of_mean, of_second, of_ceiling = map(number, thresholds)
    ordered = sorted(prices.values())
    average = mean(ordered)
    hits: dict[str, tuple[str, ...]] = {}
    for bid, price in prices.items():
        found = (
            ("T1_AVG", price < of_mean * average),
            ("T2_SECOND", len(ordered) > 1 and price == ordered[0] and price < of_second * ordered[1]),
            ("T3_CEILING", ceiling is not None and price < of_ceiling * ceiling),
        )
        hits[bid] = tuple(code for code, hit in found if hit)
    return hits
