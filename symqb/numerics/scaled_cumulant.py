"""The scaled cumulant generating function in numbers: growth of the mean of exp(chi N)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath

from symqb.derive.fluctuations import FluctuationDerivation
from symqb.derive.system_fluctuations import FluctuatingSystem
from symqb.emit.digits import evaluate_digits
from symqb.models import DomainError
from symqb.models.errors import located
from symqb.numerics.fluctuation_points import fluctuations_by_digits
from symqb.program.contexts import digits_context

LARGEST_DIGITS = 4000
MORE = 30
"""Digits beyond those asked for."""

LONGEST = 200
"""Rounds of the iteration, of which a handful is the rule."""


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
        derived = replace(derivation, present=happening)
        place = {state: k for k, state in enumerate(derived.recurrent)}
        steady = set(derived.steady_jumps)
    edges = [
        (place[jump[0]], place[jump[1]]) if jump in steady else None
        for jump in derivation.network.rates
    ]

    def read(carried: int) -> Mapping[str, Any]:
        with located(point):
            return evaluate_digits(derivation.tilting, carried, point)

    return _settled(_Tilted(read, edges, chi), digits)


def system_scaled_cumulant(
    derived: FluctuatingSystem, chi: Mapping[str, Any], point: Mapping[str, Any], digits: int
) -> Any:
    """Find the largest eigenvalue of the tilted generator of a system's populations at a point.

    As :func:`scaled_cumulant`, whose arguments it takes; all rates must be above zero.
    """
    place = {label: k for k, label in enumerate(derived.labels)}
    edges = [(place[a], place[c]) for a, c in derived.counted_jumps]
    found = fluctuations_by_digits(derived.tilting, point, digits + MORE)
    if min(found["rates"]) == 0:
        raise DomainError(
            "a rate is 0 here, and the scaled cumulant is told where all are above 0; raise the "
            "temperatures that are 0, or move off the point"
        )

    def read(carried: int) -> Mapping[str, Any]:
        return fluctuations_by_digits(derived.tilting, point, carried)

    return _settled(_Tilted(read, edges, chi), digits)


@dataclass(frozen=True)
class _Tilted:
    """What makes a tilted generator: rates and what they add to so many digits, places, exponents.

    Jumps without a place are left out.
    """

    read: Callable[[int], Mapping[str, Any]]
    edges: Sequence[tuple[int, int] | None]
    chi: Mapping[str, Any]

    def generator(self, carried: int) -> tuple[Any, Any]:
        """The generator, and its largest entry."""
        found, context = self.read(carried), mpmath.MPContext()
        context.dps = carried
        size = 1 + max((max(edge) for edge in self.edges if edge), default=0)
        A, largest = context.zeros(size), context.zero
        for k, edge in enumerate(self.edges):
            if edge is None:
                continue
            (i, j), rate = edge, context.mpf(found["rates"][k])
            tilts = (
                context.mpf(x.numerator) / x.denominator * context.mpf(found[f"adds_{name}"][k])
                for name, x in self.chi.items()
            )
            tilted = rate * context.exp(context.fsum(tilts))
            A[i, j] += tilted
            A[i, i] -= rate
            largest = max(largest, tilted, -A[i, i])
        return A, largest


def _settled(tilted: _Tilted, digits: int) -> Any:
    """The eigenvalue from as many digits as it takes."""
    carried = digits + MORE
    while carried <= LARGEST_DIGITS:
        A, largest = tilted.generator(carried)
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
