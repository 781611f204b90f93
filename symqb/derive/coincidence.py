"""Where levels may coincide: cheap quantities of the program that vanish there."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy as sp

from symqb.derive.expression import ExpressionBuilder
from symqb.derive.surds import RATIONAL, Surd
from symqb.program import Builder, Ref
from symqb.program.builder import ZERO

COINCIDENT = Fraction(1, 2**46)
"""Relative distance at which doubles may not tell a gap from zero.

Generous: what lies within it is decided with the digits it takes, by the one rule of
:mod:`symqb.numerics.degeneracy`.
"""


def vanishing(expressions: ExpressionBuilder, gap: Surd) -> Iterator[Ref]:
    """Write quantities one of which vanishes wherever a gap between two levels does.

    They are the factors of the gap's norm, the product of its conjugates: polynomials in the
    parameters.  A factor of several terms that can cancel counts as zero where it is lost in the
    rounding of these terms.
    """
    field, norm = gap.field, gap
    for radicand in gap.radicands:
        norm = norm * norm.conjugate(radicand)
    if not norm:
        yield ZERO
        return
    numerator = field.to_sympy(field.convert(field.numer(norm.terms[RATIONAL])))
    for factor, _ in sp.factor_list(numerator)[1]:
        yield _margin(expressions, factor)


def _margin(expressions: ExpressionBuilder, factor: sp.Expr) -> Ref:
    b: Builder = expressions.builder
    polynomial = sp.Poly(factor)
    if not _cancels(polynomial):
        return b.strip_sign(expressions.expr(factor))
    size = b.apply("abs", b.strip_sign(expressions.expr(factor)))
    terms = [
        b.mul(
            Fraction(int(abs(c).p), int(abs(c).q)), _monomial(expressions, polynomial.gens, powers)
        )
        for powers, c in polynomial.terms()
    ]
    return b.apply("max", b.sub(size, b.mul(COINCIDENT, b.sum(terms))), ZERO)


def _cancels(polynomial: sp.Poly) -> bool:
    """Whether terms may have opposite signs."""
    terms = polynomial.terms()
    even = all(power % 2 == 0 for powers, _ in terms for power in powers)
    return len(terms) > 1 and not (even and len({c > 0 for _, c in terms}) == 1)


def _monomial(expressions: ExpressionBuilder, symbols: Any, powers: Any) -> Ref:
    b = expressions.builder
    return b.product(
        b.apply("abs", expressions.expr(symbol)) if power % 2 else expressions.expr(symbol)
        for symbol, power in zip(symbols, powers, strict=True)
        for _ in range(power)
    )
