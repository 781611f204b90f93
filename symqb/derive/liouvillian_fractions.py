"""Programs over rational functions: what they compute, in lowest terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import Ordering, fmpq, fmpq_mpoly_ctx

from symqb.program import Program, run

RATIONAL = frozenset({"add", "sub", "mul", "div", "neg"})
"""Operations that keep to rational functions."""


@dataclass(frozen=True)
class Quotient:
    """A rational function in lowest terms."""

    over: Any
    under: Any


class RationalFunctions:
    """Arithmetic of rational functions of named symbols, always in lowest terms.

    Parameters
    ----------
    names : sequence of str
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._ring = fmpq_mpoly_ctx.get(tuple(names), Ordering.lex)
        self._one = self._ring.from_dict({(0,) * len(names): 1})
        self.symbols = {
            name: Quotient(x, self._one) for name, x in zip(names, self._ring.gens(), strict=True)
        }

    def constant(self, value: Fraction) -> Quotient:
        """Take a number."""
        return Quotient(self._one * fmpq(value.numerator, value.denominator), self._one)

    def add(self, a: Quotient, b: Quotient) -> Quotient:
        """Add."""
        shared = a.under.gcd(b.under)
        over = a.over * (b.under // shared) + b.over * (a.under // shared)
        return _reduced(over, a.under * (b.under // shared))

    def sub(self, a: Quotient, b: Quotient) -> Quotient:
        """Subtract."""
        return self.add(a, self.neg(b))

    def neg(self, a: Quotient) -> Quotient:
        """Change the sign."""
        return Quotient(-a.over, a.under)

    def mul(self, a: Quotient, b: Quotient) -> Quotient:
        """Multiply."""
        first, second = _reduced(a.over, b.under), _reduced(b.over, a.under)
        return Quotient(first.over * second.over, first.under * second.under)

    def div(self, a: Quotient, b: Quotient) -> Quotient:
        """Divide; ZeroDivisionError by nothing."""
        if b.over == 0:
            raise ZeroDivisionError("a rational function that is zero is divided by")
        return self.mul(a, Quotient(b.under, b.over))


def _reduced(over: Any, under: Any) -> Quotient:
    if over == 0:
        return Quotient(over, under // under)
    shared = over.gcd(under)
    return Quotient(over // shared, under // shared)


def rational_outputs(
    program: Program, symbols: Mapping[str, sp.Symbol]
) -> dict[str, sp.Expr | tuple[sp.Expr, ...]] | None:
    """Give what a program computes as rational functions in lowest terms, integers in them.

    None where another operation is in it than those four.

    Examples
    --------
    >>> from symqb.program import Builder
    >>> b, (x, y) = Builder(("x", "y")), sp.symbols("x y")
    >>> z = b.div(b.sub(b.mul("x", "x"), b.mul("y", "y")), b.mul(Fraction(1, 2), b.sub("x", "y")))
    >>> rational_outputs(b.build({"z": z}), {"x": x, "y": y})
    {'z': 2*x + 2*y}
    """
    if not {step.op for step in program.steps} <= RATIONAL:
        return None
    field = RationalFunctions(program.inputs)
    found = run(program, field, field.symbols)
    names = [symbols[name] for name in program.inputs]
    return {
        name: tuple(_expression(x, names) for x in value)
        if isinstance(value, tuple | list)
        else _expression(value, names)
        for name, value in found.items()
    }


def _expression(value: Quotient, symbols: Sequence[sp.Symbol]) -> sp.Expr:
    # each as a number times a sum with coprime integers
    (outer, over), (inner, under) = (
        sp.Add(
            *(c * sp.prod(s**k for s, k in zip(symbols, powers, strict=True)) for powers, c in x)
        ).as_content_primitive()
        for x in (_terms(value.over), _terms(value.under))
    )
    return outer / inner * over / under


def _terms(polynomial: Any) -> list[tuple[tuple[int, ...], sp.Rational]]:
    return [
        (tuple(int(n) for n in powers), sp.Rational(int(c.p), int(c.q)))
        for powers, c in polynomial.terms()
    ]
