"""Evaluation methods as data: a closed table of formulas with declared parameters, and the bounds each rule set puts on them.

Pure.  Nothing is evaluated from text: a method names a formula and fills its parameters, so that anybody can replay it.
Numbers travel as decimal text; weights and marks are points, the whole of a scoring method is 100 points.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, Literal

from archive.errors import Invalid
from archive.values import Message, Value
from experts.numbers import number


class LowPriceFirst(Message, frozen=True, tag="low_price_first"):
    """Lowest price / price * full points (87号令 55)."""

    full: str


class Trim(Value, frozen=True):
    """From ``bids`` bids on, the ``high`` highest and ``low`` lowest stay out of the mean."""

    bids: int
    high: int
    low: int


class MeanBenchmark(Message, frozen=True, tag="mean_benchmark"):
    """Base = mean * factor; points off per 1 % ``above`` and ``below`` it, not under ``floor``.

    ``factors`` instead of ``factor`` are drawn at the opening under the name ``factor``; ``round_rate_first`` rounds the rate of
    deviation (in per cent) to the places of the price score before it is multiplied.
    """

    full: str
    above: str
    below: str
    factor: str = "1"
    factors: tuple[str, ...] = ()
    trims: tuple[Trim, ...] = ()
    floor: str = "0"
    round_rate_first: bool = False


class RandomBenchmark(Message, frozen=True, tag="random_benchmark"):
    """J = A*K*(1-C) + B*C: A the ceiling, B the mean of bids between ``low`` and ``high`` of A, K and C drawn at the opening.

    With no bid in that range C is 0 and K is drawn from ``k_alone``.
    """

    full: str
    above: str
    below: str
    low: str
    high: str
    k: tuple[str, ...]
    c: tuple[str, ...]
    k_alone: tuple[str, ...]
    floor: str = "0"
    round_rate_first: bool = False


class RangeBase(Message, frozen=True, tag="range_base"):
    """Bids between ``low`` and ``high`` of the ceiling enter the mean; a bid below the range gets the fixed ``base`` points."""

    full: str
    base: str
    low: str
    high: str
    above: str
    below: str
    floor: str = "0"
    round_rate_first: bool = False


class LowestEvaluated(Message, frozen=True, tag="lowest_evaluated"):
    """The lowest evaluated price wins: the bid's price, policy deduction and declared corrections applied; no points."""


Formula = LowPriceFirst | MeanBenchmark | RandomBenchmark | RangeBase | LowestEvaluated


class Item(Value, frozen=True):
    """One thing that members mark, from 0 to ``full`` points; an objective one must be marked alike by all (87号令 64)."""

    id: str
    name: str
    full: str
    objective: bool = False


Shared = Literal["any", "all"]
"""Whether one common core product makes two bids one brand, or only all of them together."""


class Places(Value, frozen=True):
    """Decimals of each value that is rounded; everything else stays exact."""

    price: int = 2
    sum: int = 2
    mean: int = 2
    total: int = 2


class Method(Value, frozen=True):
    """A method as the tender documents declare it.

    ``ties``: what orders equal totals, ``price`` (lower first, then a shared place), ``technical`` (higher marks first) or
    ``shared``; ``trim_members`` highest and lowest sums of members stay out of the mean; ``outlier`` is the deviation of one
    member above which the documents ask for written reasons; ``abnormal`` are the three thresholds of the abnormal-low review,
    none when it does not apply; ``explain_minutes`` the time to explain; ``candidates`` at most so many are put forward.
    ``core`` are the core products by whose brands bids count as one (87号令 31), the product itself where there is one only;
    ``core_shared`` whether ``any`` or only ``all`` of them in common make one brand; ``brand_ties`` what tells equal scores of
    one brand apart: the ``lot`` at once, or the lower ``price`` before it.
    """

    id: str
    version: str
    formula: Formula
    items: tuple[Item, ...] = ()
    places: Places = Places()
    ties: str = "price"
    trim_members: int = 0
    outlier: str = "0.30"
    abnormal: tuple[str, ...] = ()
    explain_minutes: int = 30
    candidates: int = 3
    core: tuple[str, ...] = ()
    core_shared: Shared = "any"
    brand_ties: str = "lot"


WEIGHTS: Final[Mapping[tuple[str, str], tuple[int, int]]] = {
    ("RS-2", "goods"): (30, 100),
    ("RS-2", "services"): (10, 100),
    ("RS-4", "goods"): (30, 60),
    ("RS-4", "services"): (10, 30),
}
"""Least and most price points by rule set and subject: 87号令 55; 财库〔2014〕214号 24 from memory."""

ABNORMAL: Final[tuple[str, str, str]] = ("0.50", "0.50", "0.45")
"""Thresholds of 财库〔2026〕2号: of the mean, the second lowest, the ceiling; documents may raise each to `ABNORMAL_MOST`."""
ABNORMAL_MOST: Final = Fraction(65, 100)

LAW: dict[str, str] = {
    "method.weight": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十五条",
    "method.whole": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十五条",
    "method.abnormal": "财库〔2026〕2号",
    "method.number": "招标投标法实施条例 第四十九条",
    "method.ties": "政府采购货物和服务招标投标管理办法（财政部令第87号）第五十七条",
    "method.candidates": "招标投标法实施条例 第五十三条",
    "method.brands": "政府采购货物和服务招标投标管理办法（财政部令第87号）第三十一条",
}


def price_points(formula: Formula) -> Fraction:
    """The most points a price can get."""
    match formula:
        case LowestEvaluated():
            return Fraction(0)
        case LowPriceFirst() | MeanBenchmark() | RandomBenchmark() | RangeBase():
            return number(formula.full)


def coefficients(formula: Formula) -> dict[str, tuple[str, ...]]:
    """What is to be drawn at the opening: name and values, as `experts.encoding.coefficient` takes them."""
    match formula:
        case MeanBenchmark(factors=factors) if factors:
            return {"factor": factors}
        case RandomBenchmark():
            return {"K": formula.k, "C": formula.c, "K_ALONE": formula.k_alone}
        case _:
            return {}


def objection(method: Method, rule_set: str, subject: str) -> str:
    """The code of the first rule that a method breaks under a rule set, or the empty string; codes are those of `LAW`."""
    if not _numbers_hold(method):
        return "method.number"
    points = price_points(method.formula)
    scored = not isinstance(method.formula, LowestEvaluated)
    if scored and points + sum(number(i.full) for i in method.items) != 100:
        return "method.whole"
    if not scored and method.items:
        return "method.whole"
    least, most = WEIGHTS.get((rule_set, subject), (0, 100))
    if scored and not least <= points <= most:
        return "method.weight"
    if method.abnormal and not all(
        number(base) <= number(own) <= ABNORMAL_MOST for base, own in zip(ABNORMAL, method.abnormal, strict=True)
    ):
        return "method.abnormal"
    if method.ties not in ("price", "technical", "shared"):
        return "method.ties"
    if not 1 <= method.candidates <= 3:
        return "method.candidates"
    return "" if _brands_hold(method, rule_set, subject) else "method.brands"


def _brands_hold(method: Method, rule_set: str, subject: str) -> bool:
    """Core products are named once each, and only where the rule is: goods under RS-2."""
    distinct = len(set(method.core)) == len(method.core) <= 20 and all(0 < len(c.strip()) <= 100 for c in method.core)
    return distinct and method.brand_ties in ("lot", "price") and (not method.core or (rule_set, subject) == ("RS-2", "goods"))


def _numbers_hold(method: Method) -> bool:
    fields = [getattr(method.formula, name) for name in method.formula.__struct_fields__]
    texts = [t for f in fields for t in (f if isinstance(f, tuple) else (f,)) if isinstance(t, str)]
    texts += [i.full for i in method.items] + [method.outlier, *method.abnormal]
    distinct = {i.id for i in method.items}
    return (
        all(_positive(t) for t in texts)
        and len(distinct) == len(method.items)
        and len(method.abnormal) in (0, 3)
        and _usable(method.formula)
        and method.trim_members >= 0
        and all(0 <= p <= 6 for p in (method.places.price, method.places.sum, method.places.mean, method.places.total))
    )


def _usable(formula: Formula) -> bool:
    """Whether the parameters always leave a benchmark above zero: a mean of something, no factor of nothing."""
    match formula:
        case MeanBenchmark():
            trims = all(t.high >= 0 and t.low >= 0 and t.high + t.low < max(t.bids, 1) for t in formula.trims)
            return trims and all(number(f) > 0 for f in (formula.factor, *formula.factors))
        case RandomBenchmark():
            drawn = formula.k and formula.c and formula.k_alone
            return (
                bool(drawn) and all(number(k) > 0 for k in formula.k + formula.k_alone) and all(number(c) <= 1 for c in formula.c)
            )
        case RangeBase():
            return 0 < number(formula.low) <= number(formula.high)
        case LowPriceFirst() | LowestEvaluated():
            return True


def _positive(text: str) -> bool:
    try:
        return number(text) >= 0
    except Invalid:
        return False
