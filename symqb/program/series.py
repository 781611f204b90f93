"""Power series that the lowered programs need, from their defining recurrences."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache


@cache
def bernoulli(count: int) -> tuple[Fraction, ...]:
    """The Bernoulli numbers ``B_0 ... B_(count-1)``, with ``B_1 = -1/2``.

    Examples
    --------
    >>> [str(b) for b in bernoulli(5)]
    ['1', '-1/2', '1/6', '0', '-1/30']
    """
    numbers: list[Fraction] = []
    for n in range(count):
        rest = sum((math.comb(n + 1, k) * b for k, b in enumerate(numbers)), Fraction(0))
        numbers.append((Fraction(1) if n == 0 else -rest) / (n + 1))
    return tuple(numbers)


@cache
def slope_series(terms: int = 12) -> tuple[Fraction, ...]:
    """Coefficients of ``g'(x) + 1/2 = sum_k c_k x^(2k+1)`` for ``g(x) = x / (exp(x) - 1)``.

    With 12 terms the first left out is below 2e-18 of the sum for ``|x| <= 1``.

    Examples
    --------
    >>> [str(c) for c in slope_series(3)]
    ['1/6', '-1/180', '1/5040']
    """
    numbers = bernoulli(2 * terms + 1)
    return tuple(
        numbers[2 * k] * Fraction(2 * k, math.factorial(2 * k)) for k in range(1, terms + 1)
    )


def planck_slope(x: float) -> float:
    """``g'(x)`` in double precision for ``g(x) = x / (exp(x) - 1)``, x >= 0.

    Examples
    --------
    >>> planck_slope(0.0), planck_slope(2.0)
    (-0.5, -0.20551318773348956)
    """
    if x > 709:
        return 0.0
    if x > 1:
        occupation = 1 / math.expm1(x)
        return occupation * (1 - x - x * occupation)
    series = 0.0
    for coefficient in reversed(slope_series()):
        series = series * x * x + float(coefficient)
    return series * x - 0.5
