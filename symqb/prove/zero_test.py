"""Whether a value at a rational point is zero, decided exactly.

With rational exponents every exponential is a power of t = exp(1/N), which is transcendental
(Hermite, Lindemann).  So a rational function of t vanishes there only if it is the zero function,
and that is a question about polynomials.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq_poly

from symqb.prove.polynomials import rational

HIGHEST = 2000  # power of t that is worth the work


class Undecided(ArithmeticError):
    """An exponent is not rational, or a power of t is too high."""


@dataclass(frozen=True)
class Ratio:
    """A rational function of t."""

    top: fmpq_poly
    bottom: fmpq_poly

    def __add__(self, other: Ratio) -> Ratio:
        top = self.top * other.bottom + other.top * self.bottom
        return reduced(top, self.bottom * other.bottom)

    def __neg__(self) -> Ratio:
        return Ratio(-self.top, self.bottom)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + -other

    def __mul__(self, other: Ratio) -> Ratio:
        return reduced(self.top * other.top, self.bottom * other.bottom)

    def __truediv__(self, other: Ratio) -> Ratio:
        if other.is_zero():
            raise ZeroDivisionError
        return reduced(self.top * other.bottom, self.bottom * other.top)

    def __pow__(self, power: int) -> Ratio:
        return Ratio(self.top**power, self.bottom**power)

    def is_zero(self) -> bool:
        return not self.top


def reduced(top: fmpq_poly, bottom: fmpq_poly) -> Ratio:
    """The quotient in lowest terms, if its degree is not too high."""
    common = top.gcd(bottom)
    top, bottom = top // common, bottom // common
    if max(top.degree(), bottom.degree()) > HIGHEST:
        raise Undecided("a power of t is too high")
    return Ratio(top, bottom)


class Powers:
    """The arithmetic in which a statement is evaluated; ``unit`` is N.

    Exponents seen are kept, so that a first pass with N = 1, whose values mean nothing, tells N.
    """

    def __init__(self, unit: int = 1, first: bool = False) -> None:
        self.unit, self.first = unit, first
        self.exponents: list[Fraction] = []

    def degree(self, exponents: Sequence[Fraction]) -> int:
        """The highest power of t among these exponentials."""
        return max((int(abs(e) * self.unit) for e in exponents), default=0)

    def number(self, value: Fraction) -> Ratio:
        return Ratio(fmpq_poly([rational(value)]), fmpq_poly([1]))

    def exp(self, value: Ratio) -> Ratio:
        if value.top.degree() > 0 or value.bottom.degree() > 0:
            raise Undecided("an exponent is not rational")
        number = value.top[0] / value.bottom[0]
        exponent = Fraction(int(number.p), int(number.q))
        self.exponents.append(exponent)
        power = len(self.exponents) + 1 if self.first else int(exponent * self.unit)
        if abs(power) > HIGHEST:
            raise Undecided("a power of t is too high")
        one, monomial = fmpq_poly([1]), fmpq_poly([0] * abs(power) + [1])
        return Ratio(monomial, one) if power >= 0 else Ratio(one, monomial)

    def divide(self, a: Ratio, b: Ratio) -> Ratio:
        return a / b

    def solve(self, rows: list[list[Ratio]], right: list[Ratio]) -> list[Ratio]:
        """Gauss and Jordan; exact, so any pivot that is not zero will do."""
        table = [[*row, value] for row, value in zip(rows, right, strict=True)]
        for k in range(len(table)):
            pivot = next((i for i in range(k, len(table)) if not table[i][k].is_zero()), None)
            if pivot is None:
                raise Undecided("the equalities do not determine their unknowns")
            table[k], table[pivot] = table[pivot], table[k]
            table[k] = [v / table[k][k] for v in table[k]]
            for i, row in enumerate(table):
                if i != k and not row[k].is_zero():
                    table[i] = [v - row[k] * w for v, w in zip(row, table[k], strict=True)]
        return [row[-1] for row in table]


def common_unit(exponents: Sequence[Fraction]) -> int:
    """The least N of which every exponent is a whole number of parts."""
    return math.lcm(1, *(e.denominator for e in exponents))


__all__ = ["Powers", "Ratio", "Undecided", "common_unit"]
