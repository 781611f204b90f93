"""Truncated power series whose coefficients are formulas, each with its value at trial points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from symqb.models import NoClosedFormError

DIGITS = 80
"""Decimal digits of the values at trial points."""

ZERO = mpmath.mpf(10) ** -50
"""Share of the sum of its terms' moduli below which a coefficient vanishes identically."""


class PrecisionError(ArithmeticError):
    """More terms have to be carried."""


@dataclass(frozen=True)
class Coefficient:
    """A formula, and at every trial point its value and the sum of its terms' moduli.

    A coefficient that is zero at all trial points, to 50 of 80 digits, is taken for zero.
    """

    expr: sp.Expr
    values: tuple[Any, ...]
    sizes: tuple[Any, ...]

    @classmethod
    def number(cls, value: sp.Expr, points: int) -> Coefficient:
        """A rational number."""
        with mpmath.workdps(DIGITS):
            found = mpmath.mpf(int(value.p)) / int(value.q)
        return cls(value, (found,) * points, (abs(found),) * points)

    @property
    def is_zero(self) -> bool:
        """Whether it vanishes at every trial point."""
        pairs = zip(self.values, self.sizes, strict=True)
        return self.expr == 0 or all(abs(v) <= ZERO * size for v, size in pairs)

    def _with(self, other: Coefficient, op: Callable[[Any, Any], Any], add: bool) -> Coefficient:
        with mpmath.workdps(DIGITS):
            values = tuple(map(op, self.values, other.values))
            joined = (
                (a + b) if add else a * b for a, b in zip(self.sizes, other.sizes, strict=True)
            )
            return Coefficient(op(self.expr, other.expr), values, tuple(joined))

    def __add__(self, other: Coefficient) -> Coefficient:
        return self._with(other, lambda a, b: a + b, add=True)

    def __mul__(self, other: Coefficient) -> Coefficient:
        return self._with(other, lambda a, b: a * b, add=False)

    def map(self, formula: Callable[[Any], Any], number: Callable[[Any], Any]) -> Coefficient:
        """A function of it."""
        with mpmath.workdps(DIGITS):
            values = tuple(map(number, self.values))
            return Coefficient(formula(self.expr), values, tuple(map(abs, values)))


HUGE = "huge"
"""Stands for what grows faster than any power."""


@dataclass(frozen=True)
class Jet:
    """``sum_k coefficients[k] t^(valuation + k)``, right up to the first term left out."""

    valuation: int
    coefficients: tuple[Coefficient, ...]

    @property
    def known(self) -> int:
        """The power of the first unknown term."""
        return self.valuation + len(self.coefficients)

    def stripped(self) -> Jet:
        """The jet without leading zeros."""
        k = next((k for k, c in enumerate(self.coefficients) if not c.is_zero), None)
        if k is None:
            return Jet(self.known, ())
        return Jet(self.valuation + k, self.coefficients[k:])

    def at(self, power: int) -> Coefficient | None:
        """The coefficient of a power; None where it is zero as nothing is there."""
        k = power - self.valuation
        return self.coefficients[k] if 0 <= k < len(self.coefficients) else None


class JetAlgebra:
    """What can be done with jets of a number of terms.

    Parameters
    ----------
    length : int
        Terms that are carried.
    points : int
        Trial points.
    sign : callable
        From a coefficient to its sign, or an error that asks where it is to be taken.
    """

    def __init__(self, length: int, points: int, sign: Callable[[Coefficient], int]) -> None:
        self.length, self.points, self.sign = length, points, sign
        self.zero = Coefficient.number(sp.Integer(0), points)

    def constant(self, value: Coefficient) -> Jet:
        """A jet of one term that is exact."""
        return Jet(0, (value, *[self.zero] * (self.length - 1)))

    def number(self, value: sp.Expr) -> Jet:
        """A rational number as a jet."""
        return self.constant(Coefficient.number(value, self.points))

    def add(self, jets: Sequence[Any]) -> Any:
        """The sum."""
        if any(jet is HUGE for jet in jets):
            return HUGE
        start, end = min(j.valuation for j in jets), min(j.known for j in jets)
        found = []
        for power in range(start, end):
            total = self.zero
            for jet in jets:
                term = jet.at(power)
                if term is not None and term.expr != 0:
                    total = total + term
            found.append(self.zero if total.is_zero else total)
        return Jet(start, tuple(found)).stripped() if found else Jet(end, ())

    def mul(self, a: Any, b: Any) -> Jet:
        """The product."""
        if a is HUGE or b is HUGE:
            raise NoClosedFormError("an exponential grows here faster than any power of a series")
        size = min(len(a.coefficients), len(b.coefficients), self.length)
        found = []
        for k in range(size):
            total = self.zero
            for i in range(k + 1):
                x, y = a.coefficients[i], b.coefficients[k - i]
                if x.expr != 0 and y.expr != 0:
                    total = total + x * y
            found.append(self.zero if total.is_zero else total)
        return Jet(a.valuation + b.valuation, tuple(found))

    def inverse(self, jet: Any) -> Jet:
        """One over a jet, whose leading coefficient is known."""
        if jet is HUGE:
            return self.constant(self.zero)
        jet = jet.stripped()
        if not jet.coefficients:
            raise PrecisionError
        first = jet.coefficients[0].map(lambda e: 1 / e, lambda v: 1 / v)
        minus = Coefficient.number(sp.Integer(-1), self.points)
        found = [first]
        for k in range(1, len(jet.coefficients)):
            total = self.zero
            for i in range(1, k + 1):
                c = jet.coefficients[i]
                if c.expr != 0 and found[k - i].expr != 0:
                    total = total + c * found[k - i]
            found.append(self.zero if total.expr == 0 or total.is_zero else minus * first * total)
        return Jet(-jet.valuation, tuple(found))

    def power(self, jet: Any, exponent: sp.Expr) -> Jet:
        """A jet to a whole power, or to a multiple of one half."""
        if exponent.is_Integer:
            base = self.inverse(jet) if exponent < 0 else jet
            found = self.number(sp.Integer(1))
            for _ in range(abs(int(exponent))):
                found = self.mul(found, base)
            return found
        jet = jet.stripped()
        if not exponent.is_Rational or not jet.coefficients:
            raise NoClosedFormError(f"a power with exponent {exponent} is not expanded here")
        shift = jet.valuation * exponent
        if not shift.is_Integer:
            raise NoClosedFormError("the expansion is in powers that are not whole numbers")
        return self._root(jet, exponent, int(shift))

    def _root(self, jet: Jet, exponent: sp.Expr, shift: int) -> Jet:
        """``f^a`` by ``f g' = a f' g``."""
        number = mpmath.mpf(int(exponent.p)) / int(exponent.q)
        lead = jet.coefficients[0]
        found = [lead.map(lambda e: e**exponent, lambda v: v**number)]
        over = lead.map(lambda e: 1 / e, lambda v: 1 / v)
        for k in range(1, len(jet.coefficients)):
            total = self.zero
            for i in range(1, k + 1):
                c = jet.coefficients[i]
                if c.expr != 0 and found[k - i].expr != 0:
                    factor = (exponent * i - (k - i)) / k
                    total = total + Coefficient.number(factor, self.points) * c * found[k - i]
            found.append(self.zero if total.expr == 0 or total.is_zero else over * total)
        return Jet(shift, tuple(found))

    def exp(self, jet: Jet) -> Any:
        """The exponential; zero or huge where the exponent has a pole."""
        jet = jet.stripped()
        if jet.coefficients and jet.valuation < 0:
            return HUGE if self.sign(jet.coefficients[0]) > 0 else self.constant(self.zero)
        constant = jet.at(0)
        one = Coefficient.number(sp.Integer(1), self.points)
        found = [constant.map(sp.exp, mpmath.exp) if constant is not None else one]
        for k in range(1, min(self.length, jet.known)):
            total = self.zero
            for i in range(1, k + 1):
                c = jet.at(i)
                if c is not None and c.expr != 0 and found[k - i].expr != 0:
                    share = Coefficient.number(sp.Rational(i, k), self.points)
                    total = total + share * c * found[k - i]
            found.append(total)
        return Jet(0, tuple(found))

    def positive(self, jet: Jet) -> bool:
        """Whether a jet is above zero, close enough to the point."""
        jet = jet.stripped()
        return bool(jet.coefficients) and self.sign(jet.coefficients[0]) > 0
