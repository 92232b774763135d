"""How deep a list may be called before chance is no explanation any more (SPEC.md 7).  Pure, exact."""

from fractions import Fraction
from math import comb
from typing import Final

ACCEPTANCE: Final = Fraction(3, 5)
TAIL: Final = Fraction(1, 1000)


def alarm_depth(seats: int, acceptance: Fraction = ACCEPTANCE, tail: Fraction = TAIL) -> int:
    """The least number of contacts that ``seats`` acceptances reach or exceed with a chance below ``tail``.

    Contacts for k acceptances are negative binomial: P(N >= m) = P(fewer than k of m - 1 accept).
    """
    m = seats
    while _fewer(seats, m - 1, acceptance) >= tail:
        m += 1
    return m


def _fewer(k: int, n: int, p: Fraction) -> Fraction:
    return sum((comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(min(k, n + 1))), Fraction(0))
