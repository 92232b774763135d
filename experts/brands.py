"""Several bidders with the same brand count as one (87号令 31; SPEC.md 17).  Pure, exact.

It is about goods.  Of one product, or of the core products that the documents name, the brands that bids state are compared
as text: width, case and blanks do not tell brands apart, other spellings do.  A bid that states none of a product stands
alone.  Bids that share a brand, be it through a third one, are one *family*.

Under the lowest price the family's cheapest bid is evaluated and the others are invalid; under scores all of a family are
evaluated, its best keeps the recommendation and the others are no candidates.  Where nothing else tells equals apart, the
lot does.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from experts.collusion.cleaning import plain
from experts.methods import Shared

ARTICLE: Final = "87号令 31"
GROUND: Final = "63-6"
"""The coded ground of a bid that another of its brand stands for: invalid by another rule (87号令 63-6, 31)."""


def families(
    bids: Sequence[str], brands: Mapping[str, Mapping[str, str]], core: Sequence[str], shared: Shared
) -> tuple[tuple[str, ...], ...]:
    """The bids, each in its family, families and their members in the order of ``bids``; ``brands`` is bid → product → brand."""
    found: list[list[str]] = []
    if not core:
        return tuple((bid,) for bid in bids)
    for bid in bids:
        same = [f for f in found if any(_same(brands.get(bid, {}), brands.get(other, {}), core, shared) for other in f)]
        found = [f for f in found if f not in same]
        found.append([*(b for f in same for b in f), bid])
    order = {bid: n for n, bid in enumerate(bids)}
    return tuple(sorted((tuple(sorted(f, key=order.__getitem__)) for f in found), key=lambda f: order[f[0]]))


def _same(one: Mapping[str, str], other: Mapping[str, str], core: Sequence[str], shared: Shared) -> bool:
    pairs = [(plain(one.get(product, "")), plain(other.get(product, ""))) for product in core]
    equal = [a == b != "" for a, b in pairs]
    return bool(equal) and (any(equal) if shared == "any" else all(equal))


def foremost(family: Sequence[str], keys: Mapping[str, tuple[Fraction, ...]], lots: Sequence[str]) -> str:
    """Who stands for a family: the least key, among equals the first of ``lots``; empty where equals have no lots."""
    least = min(keys[bid] for bid in family)
    equal = [bid for bid in family if keys[bid] == least]
    if len(equal) == 1:
        return equal[0]
    return next((bid for bid in lots if bid in equal), "")
