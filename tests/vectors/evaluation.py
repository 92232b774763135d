"""Recomputes every case of an ``evaluation vectors 1`` file through the product's own functions; None, or what differs."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from archive.canonical import decode, encode
from experts.indicators import expert_outlier, screens
from experts.methods import ABNORMAL, LowPriceFirst, MeanBenchmark, Places, Trim
from experts.numbers import number, shown
from experts.scoring import abnormal_low, evaluation_price, price_scores, ranking


def cases(document: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Every case of the document, named by its place and kind."""
    for i, case in enumerate(document["cases"]):
        kind = case.get("kind") if isinstance(case, dict) else None
        name = f"{i}.{kind}"
        try:
            compute = KINDS.get(kind)
            if compute is None:
                yield name, "no such kind is known"
                continue
            got, want = compute(case["in"]), case["out"]
        except Exception as e:  # a malformed case differs, whatever is wrong with it
            yield name, f"{type(e).__name__}: {e}"
        else:
            yield name, None if got == want else f"got {got!r:.300}, want {want!r:.300}"


def _numbers(texts: Mapping[str, str | int]) -> dict[str, Fraction]:
    return {name: number(text) for name, text in texts.items()}


def _two(scores: Mapping[str, Fraction]) -> dict[str, str]:
    return {bid: shown(score, 2) for bid, score in scores.items()}


def _full(weight: str) -> str:
    return shown(number(weight) * 100, 6)


def low_price_first(given: dict[str, Any]) -> Any:
    return _two(price_scores(LowPriceFirst(_full(given["weight"])), _numbers(given["prices"]), Places()).scores)


def low_price_first_sme(given: dict[str, Any]) -> Any:
    rates = _numbers(given["deduction"])
    compared = {bid: evaluation_price(price, rates.get(bid, Fraction(0))) for bid, price in _numbers(given["bid"]).items()}
    found = price_scores(LowPriceFirst(_full(given["weight"])), compared, Places())
    return {"evaluation_price": _two(compared), "score": _two(found.scores)}


def mean_benchmark(given: dict[str, Any]) -> Any:
    formula = MeanBenchmark(
        full=given["full"],
        above=given["above"],
        below=given["below"],
        factor=given.get("factor", "1"),
        trims=(Trim(0, given.get("drop_high", 0), given.get("drop_low", 0)),),
        round_rate_first=given.get("round_rate_first", False),
    )
    found = price_scores(formula, _numbers(given["prices"]), Places())
    return {"benchmark": shown(found.benchmark or Fraction(0), 4), "score": _two(found.scores)}


def abnormal(given: dict[str, Any]) -> Any:
    ceiling = None if given.get("ceiling") is None else number(given["ceiling"])
    hits = abnormal_low(_numbers(given["prices"]), ceiling, given.get("thresholds", ABNORMAL))
    return {bid: list(codes) for bid, codes in hits.items()}


def places(given: dict[str, Any]) -> Any:
    return [list(place) for place in ranking(_numbers(given["scores"]), _numbers(given["prices"]))]


def price_screens(given: dict[str, Any]) -> Any:
    return screens([number(b) for b in given["bids"]])


def outlier(given: dict[str, Any]) -> Any:
    return decode(encode(expert_outlier({m: _numbers(marks) for m, marks in given["table"].items()})))


def half_up(given: dict[str, Any]) -> Any:
    return shown(number(given["value"]), given["places"])


KINDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "low_price_first": low_price_first,
    "low_price_first_sme": low_price_first_sme,
    "mean_benchmark": mean_benchmark,
    "abnormal_low": abnormal,
    "ranking": places,
    "screens": price_screens,
    "expert_outlier": outlier,
    "round_half_up": half_up,
}
