"""p-values without a statistics library: chi-square, the normal distribution, Kolmogorov-Smirnov (Numerical Recipes' series)."""

from collections.abc import Sequence
from math import erfc, exp, lgamma, log, sqrt


def chi_square_tail(x: float, freedom: int) -> float:
    """P(X >= x) for a chi-square variable: the upper regularised incomplete gamma function."""
    a, z = freedom / 2, x / 2
    if z <= 0:
        return 1.0
    if z < a + 1:
        term = total = 1 / a
        n = a
        while abs(term) > abs(total) * 1e-14:
            n += 1
            term *= z / n
            total += term
        return 1 - total * exp(-z + a * log(z) - lgamma(a))
    b = z + 1 - a
    c, d = 1e300, 1 / b
    h = d
    for i in range(1, 10_000):
        an = -i * (i - a)
        b += 2
        d = an * d + b
        c = b + an / c
        d = 1 / (d or 1e-300)
        step = d * (c or 1e-300)
        h *= step
        if abs(step - 1) < 1e-14:
            break
    return h * exp(-z + a * log(z) - lgamma(a))


def normal_tail(z: float) -> float:
    """P(|Z| >= z)."""
    return erfc(z / sqrt(2))


def normal_limit(p: float) -> float:
    """The z with ``normal_tail(z) == p``, by bisection."""
    low, high = 0.0, 40.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if normal_tail(middle) > p else (low, middle)
    return high


def kolmogorov_tail(distance: float, n: int) -> float:
    """P(D >= distance) for n observations (asymptotic, Stephens' correction)."""
    x = distance * (sqrt(n) + 0.12 + 0.11 / sqrt(n))
    if x < 0.2:
        return 1.0
    return min(1.0, max(0.0, 2 * sum((1 if k % 2 else -1) * exp(-2 * k * k * x * x) for k in range(1, 101))))


def pearson(observed: Sequence[int], expected: Sequence[float]) -> float:
    """The p-value of Pearson's statistic over cells whose expectations add up."""
    x = sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))
    return chi_square_tail(x, len(observed) - 1)
