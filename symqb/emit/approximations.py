"""What compiled targets inline in place of calls: approximations, fitted by their definition."""

from __future__ import annotations

from functools import cache
from typing import Any

import mpmath

EXPM1_DEGREE = 9
DIGITS = 40


def _context() -> Any:
    context = mpmath.MPContext()
    context.dps = DIGITS
    return context


@cache
def expm1_coefficients() -> tuple[float, ...]:
    """``(expm1(r) - r) / r^2`` on ``|r| <= log(2)/2`` by Chebyshev points, highest power first."""
    context = _context()

    def quotient(r: mpmath.mpf) -> mpmath.mpf:
        if abs(r) < context.mpf(10) ** -15:
            return context.mpf(1) / 2 + r / 6
        return (context.expm1(r) - r) / (r * r)

    half = context.log(2) / 2
    return tuple(float(c) for c in context.chebyfit(quotient, [-half, half], EXPM1_DEGREE + 1))


@cache
def exp2_ratio() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Polynomials P, Q with ``2^f = (P(f^2) + f Q(f^2)) / (P(f^2) - f Q(f^2))``, ``|f| <= 1/2``.

    That is ``f Q / P = tanh(f log(2) / 2)``, interpolated at the Chebyshev points of ``f^2``; it
    holds within 1e-17.  Lowest powers first, ``P(0) = 1``.

    Examples
    --------
    >>> P, Q = exp2_ratio()
    >>> f, z = 0.5, 0.25
    >>> even, odd = P[0] + z * (P[1] + z * P[2]), f * (Q[0] + z * (Q[1] + z * Q[2]))
    >>> abs((even + odd) / (even - odd) / 2**0.5 - 1) < 1e-15
    True
    """
    context = _context()
    half, count = context.log(2) / 2, 5
    matrix, right = context.matrix(count, count), context.matrix(count, 1)
    for row in range(count):
        z = (1 + context.cos(context.pi * (2 * row + 1) / (2 * count))) / 8
        target = context.tanh(half * context.sqrt(z)) / context.sqrt(z)
        entries = [*(z**k for k in range(3)), *(-target * z**k for k in (1, 2))]
        for column, entry in enumerate(entries):
            matrix[row, column] = entry
        right[row] = target
    solved = [float(x) for x in context.lu_solve(matrix, right)]
    return (1.0, *solved[3:]), tuple(solved[:3])
