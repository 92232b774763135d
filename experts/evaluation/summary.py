"""From a room's state to scores, ranking, explanations and indicators.  Pure, and the same at every replay."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from archive.canonical import encode
from archive.errors import Refused
from archive.values import Value, money_text
from experts.brands import foremost
from experts.encoding import digest
from experts.evaluation.events import Placed, Summary, Yielded
from experts.evaluation.messages import OpenRoom
from experts.evaluation.state import Room
from experts.indicators import Outliers, beyond, expert_outlier, screens, shape
from experts.methods import LowestEvaluated, Method
from experts.numbers import number, rounded, shown
from experts.scoring import FORMULAS, Computed, Place, evaluation_price, exact, marks_scores, price_scores, ranked


@dataclass(frozen=True, slots=True)
class Scores:
    """Exact values by bid, and every computed value explained; ``yielded`` is who is no candidate, to whom (87号令 31)."""

    prices: Mapping[str, Fraction]
    price: Mapping[str, Fraction]
    marks: Mapping[str, Fraction]
    total: Mapping[str, Fraction]
    places: tuple[Place, ...]
    computed: tuple[Computed, ...]
    yielded: Mapping[str, str]


class Indicators(Value, frozen=True):
    """For the regulator and the panel's own eyes: outliers, who must give reasons, screens of the prices, and their shape."""

    outliers: Outliers
    reasons: tuple[tuple[str, str], ...]
    screens: dict[str, str | bool]
    shape: dict[str, str]


def scores(state: Room, room: OpenRoom) -> Scores:
    """Everything that is computed from the valid bids and the members' marks; there is at least one valid bid."""
    method = room.method
    bids = [b.id for b in state.valid]
    prices: dict[str, Fraction] = {}
    computed: list[Computed] = []
    for b in state.valid:
        prices[b.id] = evaluation_price(number(money_text(b.price)), number(b.deduction), number(b.correction))
        inputs = {"price": money_text(b.price), "deduction": b.deduction, "correction": b.correction}
        words = FORMULAS["evaluation-price"]
        computed.append(Computed("evaluation_price", exact(prices[b.id]), words, inputs, b.id))
    ceiling = None if room.ceiling is None else number(money_text(room.ceiling))
    priced = price_scores(method.formula, prices, method.places, ceiling, room.drawn)
    marks, explained = marks_scores(method, state.marks, bids)
    total = {bid: rounded(priced.scores.get(bid, Fraction(0)) + marks[bid], method.places.total) for bid in bids}
    # 87号令 57 breaks ties by the bid's own price, not by the one with the policy deduction.
    own = {b.id: number(money_text(b.price)) for b in state.valid}
    lowest = isinstance(method.formula, LowestEvaluated)
    yielded = {} if lowest else yielding(state, room, total, own)
    left = {bid: points for bid, points in total.items() if bid not in yielded}
    places = ranked(method, left, prices if lowest else own, marks)
    return Scores(prices, priced.scores, marks, total, places, (*computed, *priced.computed, *explained), yielded)


def summarise(state: Room, room: OpenRoom, failed: str = "") -> Summary:
    """The summary of the room as it stands; ``failed`` instead of a ranking when there is nobody to rank."""
    inputs = digest(encode({"room": room, "marks": state.marks, "valid": [b.id for b in state.valid]})).hex()
    if failed:
        return Summary((), (), inputs, digest(encode(())).hex(), failed=failed)
    found = scores(state, room)
    order = [p for p, _ in found.places]
    return Summary(
        ranking=tuple(_placed(room.method, found, place) for place in found.places),
        candidates=tuple(bid for p, bid in found.places if p <= room.method.candidates),
        inputs=inputs,
        computed=digest(encode(found.computed)).hex(),
        ties=tuple(sorted({p for p in order if order.count(p) > 1})),
        yielded=tuple(Yielded(bid, to, shown(found.total[bid], room.method.places.total)) for bid, to in found.yielded.items()),
    )


def yielding(state: Room, room: OpenRoom, total: Mapping[str, Fraction], own: Mapping[str, Fraction]) -> dict[str, str]:
    """Bids that are no candidates, and to whom of their brand each yields: best score, then as the documents say, then the lot.

    Raises:
        Refused: ``room.brand-lot`` when equals of one brand have no lots.
    """
    cheaper = room.method.brand_ties == "price"
    keys = {bid: (-score, own[bid] if cheaper else Fraction(0)) for bid, score in total.items()}
    yielded: dict[str, str] = {}
    for family in state.families:
        first = foremost(family, keys, room.lots)
        if not first:
            raise Refused("room.brand-lot", bids=" ".join(family))
        yielded |= {bid: first for bid in family if bid != first}
    return yielded


def _placed(method: Method, found: Scores, place: Place) -> Placed:
    at, bid = place
    if isinstance(method.formula, LowestEvaluated):
        return Placed(at, bid)
    places = method.places
    return Placed(
        at,
        bid,
        shown(found.price[bid], places.price),
        shown(found.marks[bid], places.mean) if method.items else "",
        shown(found.total[bid], places.total),
    )


def indicators(state: Room, room: OpenRoom) -> Indicators:
    """Indicators of the members' marks and of the prices of the valid bids; they change nothing."""
    bids = [b.id for b in state.valid]
    subjective = [i.id for i in room.method.items if not i.objective]
    table = {
        member: {bid: sum((number(sheet[bid][i]) for i in subjective), Fraction(0)) for bid in bids}
        for member, sheet in state.marks.items()
        if subjective and all(bid in sheet for bid in bids)
    }
    outliers = expert_outlier(table)
    prices = [number(money_text(b.price)) for b in state.valid]
    return Indicators(outliers, beyond(outliers, room.method.outlier), screens(prices), shape(prices))
