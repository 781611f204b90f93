"""Writing rates as steps, and knowing which sums in them may lose digits."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from symqb.derive.expression import ExpressionBuilder
from symqb.program import Builder, Ref

LARGEST_TERMS = Fraction(1000)
"""Size of the terms of an exponent beyond which its rounding shows in the exponential."""


class RateBuilder(ExpressionBuilder):
    """Writes rates, and keeps each sum in them that may cancel in ``sums``, beside its moduli's.

    Attributes
    ----------
    exponents : dict
        The moduli of exponents that hold a sum, term by term: their absolute errors are so large.
    exact_symbols : bool
        Whether symbols are exact, so that the sum of two is right to a rounding.
    """

    exact_symbols = True

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        self.exponents: dict[Ref, None] = {}

    def _sum(self, expr: sp.Expr) -> Ref:
        total = super()._sum(expr)
        if isinstance(total, str) and not sum_keeps_digits(expr, exact=self.exact_symbols):
            self.sums[total] = self.builder.sum(map(self._modulus, expr.args))
        return total

    def _exponential(self, expr: sp.Expr) -> Ref:
        self._keep_exponent(expr.args[0])
        return super()._exponential(expr)

    def power(self, base: Ref, exponent: sp.Expr) -> Ref:
        self._keep_exponent(exponent)
        return super().power(base, exponent)

    def _keep_exponent(self, exponent: sp.Expr) -> None:
        if exponent.has(sp.Add):
            self.exponents[self._size(exponent)] = None

    def _size(self, expr: sp.Expr) -> Ref:
        """Write the modulus of an expression, and where it is a sum or times one those of terms."""
        b = self.builder
        if expr.is_Add:
            return b.sum(map(self._size, expr.args))
        numerator, denominator = sp.fraction(expr)
        if denominator != 1:
            return b.div(self._size(numerator), self._modulus(denominator))
        factors = sp.Mul.make_args(expr)
        return b.product(self._size(f) if f.is_Add else self._modulus(f) for f in factors)

    def _modulus(self, expr: sp.Expr) -> Ref:
        b = self.builder
        return b.apply("abs", b.strip_sign(self.expr(_unsigned(expr))))


def _unsigned(term: sp.Expr) -> sp.Expr:
    return -term if term.as_coeff_Mul()[0] < 0 else term


def sum_keeps_digits(expr: sp.Expr, *, exact: bool) -> bool:
    """Tell whether a sum never cancels, or is one of two parameters or 1: right to a rounding."""
    if all(term.is_nonnegative for term in expr.args):
        return True
    return (
        exact
        and len(expr.args) == 2
        and all(term == 1 or term.is_Symbol for term in map(_unsigned, expr.args))
    )
