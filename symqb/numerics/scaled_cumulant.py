"""The scaled cumulant generating function in numbers: growth of the mean of exp(chi N)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import mpmath

from symqb.derive.fluctuations import FluctuationDerivation
from symqb.emit.digits import evaluate_digits
from symqb.models import DomainError
from symqb.models.errors import located
from symqb.program.contexts import digits_context

LARGEST_DIGITS = 4000
MORE = 30
"""Digits beyond those asked for."""

LONGEST = 200
"""Rounds of the iteration, of which a handful is the rule."""

Edge = tuple[int, int]


def scaled_cumulant(
    derivation: FluctuationDerivation, chi: Mapping[str, Any], point: Mapping[str, Any], digits: int
) -> Any:
    """Find the largest eigenvalue of the tilted generator of a network at a point.

    By Noda's iteration: for x > 0 it lies between the least and the largest of ``(A x)_i / x_i``
    (Collatz, Wielandt), and ``x`` becomes ``(largest - A)^-1 x``.  More digits are carried until
    those asked for are right; what shrinks as its rounding does is zero.

    Parameters
    ----------
    derivation : FluctuationDerivation
    chi : mapping
        Count to its exponent, exact; 0 where it is left out.
    point : mapping
        Parameter to its value, exact.
    digits : int

    Returns
    -------
    mpf

    Raises
    ------
    DomainError
        A rate that is negative; an eigenvalue that does not settle.
    SteadyStateError
        The steady state is not unique.
    """
    with located(point):
        found = evaluate_digits(derivation.tilting, digits + MORE, point)
        for jump, rate in zip(derivation.network.rates, found["rates"], strict=True):
            if rate < 0:
                shown = f"the rate {jump[0]} -> {jump[1]}, {derivation.expressions[jump]}"
                raise DomainError(f"{shown}, must be >= 0; give values that keep to it")
        pairs = zip(derivation.network.rates, found["rates"], strict=True)
        happening = tuple(jump for jump, rate in pairs if rate != 0)
        return _settled(replace(derivation, present=happening), chi, point, digits)


def _settled(
    derivation: FluctuationDerivation, chi: Mapping[str, Any], point: Mapping[str, Any], digits: int
) -> Any:
    """The eigenvalue from as many digits as it takes."""
    carried = digits + MORE
    while carried <= LARGEST_DIGITS:
        A, largest = _tilted(derivation, chi, evaluate_digits(derivation.tilting, carried, point))
        rounding = largest * A.rows * A.ctx.mpf(10) ** (3 - carried)
        low, high = _bounds(A, rounding, digits)
        width = max(high - low, rounding)
        if width <= abs(high) * A.ctx.mpf(10) ** (-digits - 2):
            return +digits_context(digits).mpf(high)
        if max(abs(low), abs(high)) <= rounding and carried > LARGEST_DIGITS // 4:
            return digits_context(digits).zero
        carried *= 2
    raise DomainError(
        f"the scaled cumulant does not settle to {digits} digits with {carried // 2} carried; "
        "rates or exponents lie too far apart, give values closer to each other"
    )


def _tilted(
    derivation: FluctuationDerivation, chi: Mapping[str, Any], found: Mapping[str, Any]
) -> tuple[Any, Any]:
    """The tilted generator of the states that are populated in the end, and its largest entry."""
    context = mpmath.MPContext()
    context.prec = found["rates"][0].context.prec
    place = {state: k for k, state in enumerate(derivation.recurrent)}
    A, largest, steady = context.zeros(len(place)), context.zero, set(derivation.steady_jumps)
    for k, (a, c) in enumerate(derivation.network.rates):
        if (a, c) in steady:
            i, j, rate = place[a], place[c], context.mpf(found["rates"][k])
            tilts = (
                context.mpf(x.numerator) / x.denominator * context.mpf(found[f"adds_{name}"][k])
                for name, x in chi.items()
            )
            A[i, j] = rate * context.exp(context.fsum(tilts))
            A[i, i] -= rate
            largest = max(largest, A[i, j], -A[i, i])
    return A, largest


def _bounds(A: Any, rounding: Any, digits: int) -> tuple[Any, Any]:
    """Two bounds of the eigenvalue, but for rounding."""
    context, size = A.ctx, A.rows
    x = context.matrix([1] * size)
    low, high = _around(A, x)
    for _ in range(LONGEST):
        if high - low <= max(abs(high) * context.mpf(10) ** (-digits - 3), rounding):
            break
        try:
            x = context.lu_solve(high * context.eye(size) - A, x)
        except ZeroDivisionError:
            break
        x /= max(x)
        if min(x) <= 0:
            break
        low, high = _around(A, x)
    return low, high


def _around(A: Any, x: Any) -> tuple[Any, Any]:
    image = A * x
    ratios = [image[k] / x[k] for k in range(x.rows)]
    return min(ratios), max(ratios)
