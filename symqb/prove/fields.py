"""The kinds of numbers in which a statement is evaluated: balls, and many digits."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol, Self, TypeVar

import mpmath
from flint import arb, arb_mat

from symqb.prove.balls import exactly

DIGITS = 60


class Undefined(ArithmeticError):
    """The statement says nothing at this point, or it cannot be evaluated there."""


class Element(Protocol):
    """A number that a statement is evaluated in."""

    def __add__(self, other: Self, /) -> Self: ...
    def __sub__(self, other: Self, /) -> Self: ...
    def __mul__(self, other: Self, /) -> Self: ...
    def __pow__(self, power: int, /) -> Self: ...


E = TypeVar("E", bound=Element)


class Field(Protocol[E]):
    """The arithmetic that a statement is evaluated in."""

    def number(self, value: Fraction) -> E: ...
    def exp(self, value: E) -> E: ...
    def solve(self, rows: list[list[E]], right: list[E]) -> list[E]: ...
    def divide(self, a: E, b: E) -> E: ...


class Balls:
    """Evaluation in ball arithmetic at a precision."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def number(self, value: Fraction) -> arb:
        return exactly(value)

    def exp(self, value: arb) -> arb:
        return value.exp()

    def solve(self, rows: list[list[arb]], right: list[arb]) -> list[arb]:
        try:
            solution = arb_mat(rows).solve(arb_mat([[x] for x in right]))
        except ZeroDivisionError:
            raise Undefined("the equalities do not determine their unknowns") from None
        return [solution[k, 0] for k in range(len(rows))]

    def divide(self, a: arb, b: arb) -> arb:
        if b.is_zero():
            raise ZeroDivisionError
        if b.contains(0):
            raise Undefined("a denominator may vanish")
        return a / b


class Digits:
    """Evaluation by mpmath at a number of digits, in a context of its own."""

    def __init__(self, digits: int) -> None:
        self.context = mpmath.MPContext()
        self.context.dps = digits
        self.noise = self.context.mpf(10) ** -DIGITS

    def number(self, value: Fraction) -> mpmath.mpf:
        return self.context.mpf(value.numerator) / value.denominator

    def exp(self, value: mpmath.mpf) -> mpmath.mpf:
        return self.context.exp(value)

    def solve(self, rows: list[list[mpmath.mpf]], right: list[mpmath.mpf]) -> list[mpmath.mpf]:
        try:
            return list(
                self.context.lu_solve(self.context.matrix(rows), self.context.matrix(right))
            )
        except ZeroDivisionError:
            raise Undefined("the equalities do not determine their unknowns") from None

    def divide(self, a: mpmath.mpf, b: mpmath.mpf) -> mpmath.mpf:
        return a / b
