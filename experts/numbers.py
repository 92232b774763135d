"""Exact numbers of an evaluation: decimal text in, fractions inside, rounded once when shown (SPEC.md 10).

Pure.  No binary float ever stands for a price, a rate or a mark.
"""

import re
from collections.abc import Iterable
from fractions import Fraction
from math import floor, isqrt

from archive.errors import Invalid

_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def number(text: str | int) -> Fraction:
    """The exact value of decimal text.

    Raises:
        Invalid: ``score.number`` for anything that is not plain decimal text or an integer.
    """
    if not _DECIMAL.fullmatch(str(text)):
        raise Invalid("score.number", text=str(text)[:40])
    return Fraction(str(text))


def rounded(value: Fraction, places: int) -> Fraction:
    """Half up, that is away from zero at the middle, to ``places`` decimals."""
    scale = 10**places
    whole = floor(abs(value) * scale + Fraction(1, 2))
    return Fraction(-whole if value < 0 else whole, scale)


def shown(value: Fraction, places: int) -> str:
    """Decimal text with exactly ``places`` decimals, rounded half up; zero has no sign."""
    whole = int(rounded(value, places) * 10**places)
    digits = f"{abs(whole):0{places + 1}d}"
    sign = "-" if whole < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits


def root_shown(square: Fraction, places: int) -> str:
    """The square root of a non-negative fraction, rounded half up, exactly: no float in between."""
    scaled = square * 4 * 10 ** (2 * places)
    doubled = isqrt(scaled.numerator // scaled.denominator)  # floor(2 x) of the scaled root x
    return shown(Fraction((doubled + 1) // 2, 10**places), places)


def mean(values: Iterable[Fraction]) -> Fraction:
    """The arithmetic mean of at least one value."""
    known = list(values)
    return sum(known, Fraction(0)) / len(known)
