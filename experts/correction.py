"""Correcting the price of a bid in the order that 87号令 59 prescribes, with every step explained (SPEC.md 16).  Pure, exact.

1. The price list that was read out (开标一览表) holds over the text inside the bid.
2. Capitals hold over figures.
3. A decimal point plainly misplaced in a unit price: the list's total holds, and the unit price is changed.
4. Where a total is not the sum of quantity times unit price, the unit prices hold.

Where several apply, they apply in that order.  The bidder confirms in writing what was corrected, and a bid whose bidder does
not is invalid; so a correction is a finding and a question, never a change to the bid.  Amounts are decimal text in yuan.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final, Literal

from archive.errors import Invalid
from archive.values import Value
from experts.numbers import number, rounded, shown

Rule = Literal["schedule", "capitals", "decimal", "unit-price"]

ARTICLES: Final[dict[Rule, str]] = {
    "schedule": "87号令 59(一)",
    "capitals": "87号令 59(二)",
    "decimal": "87号令 59(三)",
    "unit-price": "87号令 59(四)",
}

_PLAIN: Final = str.maketrans(
    "零〇○壹弌一贰貳弍二两叁參叄三肆四伍五陆陸六柒七捌八玖九拾佰仟萬億圆圓",
    "0001112222233334455666778899十百千万亿元元",
)
"""Figures and units as one letter each: 大写, as banks write it, and the plain ones that people mix in."""

_GROUP: Final = re.compile("0*(?:([1-9])千)?0*(?:([1-9])百)?0*(?:([1-9]?)十)?0*([1-9])?0*")
_CENTS: Final = re.compile("0?(?:([0-9])角)?0?(?:([0-9])分)?")


class PricedLine(Value, frozen=True):
    """A line of the bill: quantity, unit price and the line's total as the bidder wrote them; an empty total was left out."""

    item: str
    quantity: str
    unit_price: str
    total: str = ""


class Offer(Value, frozen=True):
    """The price as it stands in a bid, in every place; an empty text is a place without it.

    ``schedule`` and ``schedule_capitals`` are of the list that was read out, ``inner`` and ``inner_capitals`` of the bid's text.
    """

    bid: str
    schedule: str = ""
    schedule_capitals: str = ""
    inner: str = ""
    inner_capitals: str = ""
    lines: tuple[PricedLine, ...] = ()


class Step(Value, frozen=True):
    """One correction: the rule with its article, where, what stood there, what holds."""

    rule: Rule
    article: str
    where: str
    was: str
    holds: str


class Correction(Value, frozen=True):
    """The price that was read out, the price that holds, and the steps between, in the order of the rules.

    ``confirm`` says whether the bidder has to be asked; ``open`` names the lines between which a misplaced point is not plain.
    """

    bid: str
    read_out: str
    price: str
    steps: tuple[Step, ...] = ()
    confirm: bool = False
    open: tuple[str, ...] = ()


def correct(offer: Offer) -> Correction:
    """What holds, and why.

    Raises:
        Invalid: ``correction.price`` when there is no price anywhere, ``correction.capitals`` for capitals that are none,
            ``score.number`` for an amount that is no decimal text.
    """
    steps: list[Step] = []
    schedule = _written("schedule", offer.schedule, offer.schedule_capitals, steps)
    inner = _written("inner", offer.inner, offer.inner_capitals, steps)
    if schedule is None and inner is None:
        raise Invalid("correction.price", bid=offer.bid)
    head = inner if schedule is None else schedule
    assert head is not None
    if schedule is not None and inner is not None and schedule != inner:
        steps.append(_step("schedule", "inner", inner, schedule))
    total, unsettled = _bill(offer.lines, head, steps)
    order = list(ARTICLES)
    steps.sort(key=lambda s: order.index(s.rule))
    read = offer.schedule or offer.inner
    said = number(read) if read else head
    return Correction(offer.bid, shown(said, 2), shown(total, 2), tuple(steps), bool(steps), unsettled)


def _written(where: str, figures: str, capitals: str, steps: list[Step]) -> Fraction | None:
    """The amount of one place: capitals over figures."""
    if not capitals:
        return number(figures) if figures else None
    amount = spelled(capitals)
    if figures and number(figures) != amount:
        steps.append(Step("capitals", ARTICLES["capitals"], where, figures, shown(amount, 2)))
    return amount


def _bill(lines: Sequence[PricedLine], head: Fraction, steps: list[Step]) -> tuple[Fraction, tuple[str, ...]]:
    """The total that holds beside the head price, and the lines that no rule settles."""
    if not lines:
        return head, ()
    units = {x.item: number(x.unit_price) for x in lines}
    wanted = {x.item: head - sum((_amount(y, units) for y in lines if y is not x), Fraction(0)) for x in lines}
    if sum((_amount(x, units) for x in lines), Fraction(0)) == head:
        _line_totals(lines, units, steps)
        return head, ()
    # Only one misplaced point explains the head price exactly; where two lines could, nothing is plain.
    moved = [(x, to) for x in lines if (to := _moved_point(x, wanted[x.item])) is not None]
    if len(moved) == 1:
        line, unit = moved[0]
        steps.append(Step("decimal", ARTICLES["decimal"], line.item, line.unit_price, _plain(unit)))
        units[line.item] = unit
        _line_totals(lines, units, steps)
        return head, ()
    _line_totals(lines, units, steps)
    total = sum((_amount(x, units) for x in lines), Fraction(0))
    steps.append(_step("unit-price", "total", head, total))
    return total, tuple(x.item for x, _ in moved)


def _line_totals(lines: Sequence[PricedLine], units: dict[str, Fraction], steps: list[Step]) -> None:
    for x in lines:
        if x.total and number(x.total) != _amount(x, units):
            steps.append(_step("unit-price", x.item, number(x.total), _amount(x, units)))


def _amount(line: PricedLine, units: dict[str, Fraction]) -> Fraction:
    return rounded(number(line.quantity) * units[line.item], 2)


def _moved_point(line: PricedLine, amount: Fraction) -> Fraction | None:
    """The unit price with its point moved by one to three places that gives the line's amount, if one does."""
    unit, quantity = number(line.unit_price), number(line.quantity)
    for places in (1, 2, 3):
        for to in (unit * 10**places, unit / 10**places):
            if to != unit and rounded(quantity * to, 2) == amount:
                return to
    return None


def _step(rule: Rule, where: str, was: Fraction, holds: Fraction) -> Step:
    return Step(rule, ARTICLES[rule], where, shown(was, 2), shown(holds, 2))


def _plain(value: Fraction) -> str:
    """A unit price with as many places as it needs, at least two."""
    return shown(value, next(n for n in range(2, 19) if rounded(value, n) == value))


def spelled(capitals: str) -> Fraction:
    """The amount in yuan of 人民币大写, ``人民币肆佰伍拾捌万陆仟元整``; 零 where it is spoken, 正 and blanks do not matter.

    Raises:
        Invalid: ``correction.capitals`` for anything else, such as units in the wrong order or figures without a unit.
    """
    text = "".join(capitals.split()).translate(_PLAIN).replace("人民币", "").removesuffix("整").removesuffix("正")
    whole, yuan, rest = text.rpartition("元")
    cents = _CENTS.fullmatch(rest)
    value = _whole(whole) if whole else 0
    if not text or cents is None or value is None or (yuan and not whole):
        raise Invalid("correction.capitals", text=capitals[:60])
    return value + Fraction(int(cents[1] or 0) * 10 + int(cents[2] or 0), 100)


def _whole(text: str) -> int | None:
    """A whole number with 亿 and 万, None when it is none."""
    for mark, scale in (("亿", 10**8), ("万", 10**4)):
        head, found, tail = text.rpartition(mark)
        if found:
            high, low = _whole(head), _whole(tail) if tail else 0
            return None if high is None or low is None or not 0 < high < scale or low >= scale else high * scale + low
    group = _GROUP.fullmatch(text)
    if group is None or not text:
        return None
    thousands, hundreds, tens, ones = group.groups()
    ten = 10 * int(tens or 1) if tens is not None else 0
    return 1000 * int(thousands or 0) + 100 * int(hundreds or 0) + ten + int(ones or 0)
