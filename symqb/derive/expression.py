"""Between symbolic expressions and straight-line programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import sympy as sp

from symqb.derive.surds import RATIONAL, Surd, split_square
from symqb.derive.thermal import phi
from symqb.models import NoClosedFormError
from symqb.program import Builder, Program, Ref, run

Square = tuple[Any, Any, Any]
"""``h, b, c`` of the radicand ``h^2 + b c`` of a block of two states."""


def fraction(value: Any) -> Fraction:
    """A SymPy rational as a Fraction."""
    return Fraction(int(value.p), int(value.q))


class ExpressionBuilder:
    """Writes SymPy expressions and surds into a program as steps."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self._bound: dict[sp.Symbol, Ref] = {}
        self._squares: dict[Any, Square] = {}
        self.sums: dict[Ref, Ref] = {}

    @contextmanager
    def bound(self, bindings: Mapping[sp.Symbol, Ref]) -> Iterator[None]:
        """Inside, these symbols stand for steps of the program, not for its inputs."""
        self._bound = dict(bindings)
        try:
            yield
        finally:
            self._bound = {}

    def expr(self, expr: sp.Expr) -> Ref:
        """Steps for an expression made of rationals, symbols, sums, products, powers, exp."""
        if expr.is_Rational:
            return fraction(expr)
        if expr.is_Symbol:
            return self._bound.get(expr, str(expr))
        if expr.is_Add:
            return self._sum(expr)
        if expr.is_Mul:
            numerator, denominator = sp.fraction(expr)
            if denominator != 1:
                return self.builder.div(self.expr(numerator), self.expr(denominator))
            return self.builder.product(map(self.expr, expr.args))
        if isinstance(expr, sp.exp):
            return self._exponential(expr)
        if expr.is_Pow:
            return self.power(self.expr(expr.base), expr.exp)
        if isinstance(expr, sp.Float):
            return Fraction(float(expr))
        raise NoClosedFormError(
            f"{expr} cannot be written as a program; use +, *, /, powers, sqrt and exp"
        )

    def _exponential(self, expr: sp.Expr) -> Ref:
        b, exponent = self.builder, self.expr(expr.args[0])
        grown = b.add(Fraction(1), b.apply("expm1", b.apply("abs", b.strip_sign(exponent))))
        return b.by_sign(exponent, grown, b.div(Fraction(1), grown))

    def _sum(self, expr: sp.Expr) -> Ref:
        total: Ref = Fraction(0)
        negative: list[sp.Expr] = []
        for term in expr.as_ordered_terms():
            if term.as_coeff_Mul()[0] < 0:
                negative.append(-term)
            else:
                total = self.builder.add(total, self.expr(term))
        for term in negative:
            total = self.builder.sub(total, self.expr(term))
        return total

    def power(self, base: Ref, exponent: sp.Expr) -> Ref:
        """Steps for a power: products and a root where the exponent is a multiple of 1/2.

        Other exponents want a base that is not negative.
        """
        if exponent.is_Integer:
            power = self.builder.product([base] * abs(int(exponent)))
        elif exponent.is_Rational and exponent.q == 2:
            root = self.builder.apply("sqrt", base)
            power = self.builder.product([root] * abs(int(exponent.p)))
        else:
            return self.builder.apply("power", base, self.expr(exponent))
        return power if exponent > 0 else self.builder.div(Fraction(1), power)

    def know_squares(self, field: Any, squares: Iterable[Square]) -> None:
        """Write ``sqrt(h^2 + b c)`` in this form where multiplied out it would cancel."""
        for half, right, left in squares:
            value = half * half + right * left
            if any(c < 0 for c in field.to_sympy(value).expand().as_coefficients_dict().values()):
                _, radicand = split_square(field, value)
                self._squares[radicand] = (half, right, left)

    def root(self, field: Any, radicand: Any) -> Ref:
        """The square root of a radicand of a surd."""
        b = self.builder
        if radicand not in self._squares:
            return b.apply("sqrt", self.expr(field.to_sympy(radicand)))
        parts = self._squares[radicand]
        half, right, left = (self.expr(sp.factor(field.to_sympy(part))) for part in parts)
        scale, _ = split_square(field, parts[0] * parts[0] + parts[1] * parts[2])
        root = b.apply("sqrt", b.add(b.mul(half, half), b.mul(right, left)))
        return b.div(root, fraction(scale))

    def surd(self, surd: Surd) -> Ref:
        """Steps for a surd, each root computed once."""
        field, b = surd.field, self.builder
        total: Ref = Fraction(0)
        for key in sorted(surd.terms, key=lambda k: sorted(map(str, k))):
            factor = self.expr(field.to_sympy(abs_sign(surd.terms[key])[0]))
            roots = b.product(self.root(field, r) for r in key)
            term = b.mul(factor, roots)
            total = b.add(total, term) if abs_sign(surd.terms[key])[1] > 0 else b.sub(total, term)
        return total

    def weight(self, surd: Surd, scale: Fraction) -> Ref:
        """Steps for a squared matrix element: ``a (x + r) / r`` with ``x = b D / a``."""
        field, b = surd.field, self.builder
        radicands = surd.radicands
        if len(radicands) != 1 or RATIONAL not in surd.terms:
            return self._plain(surd, scale)
        radicand = radicands[0]
        constant = surd.terms[RATIONAL]
        x = surd.terms[frozenset([radicand])] * radicand / constant
        root = self.root(field, radicand)
        offset = self._factored(field, x, radicand)
        rest = self._factored(field, radicand - x * x, radicand)
        share = b.div(b.apply("rootsum", offset, rest, root), root)
        return b.mul(self._factored(field, constant, radicand, scale), share)

    def _factored(
        self, field: Any, value: Any, radicand: Any, scale: Fraction = Fraction(1)
    ) -> Ref:
        """Steps for a rational function, in the differences of which a radicand is made up."""
        expr, bindings = field.to_sympy(value), {}
        for part in self._squares.get(radicand, ())[:2]:
            difference = field.to_sympy(part)
            slopes = {s: difference.diff(s) for s in difference.free_symbols}
            linear = sorted((s for s, slope in slopes.items() if slope.is_number), key=str)
            if len(slopes) > 1 and linear:
                name, symbol = sp.Dummy("difference"), linear[0]
                bindings[name] = self.expr(sp.factor(difference))
                solved = sp.expand(symbol + (name - difference) / slopes[symbol])
                expr = expr.subs(symbol, solved)
        with self.bound(bindings):
            shaped = sp.factor(expr)
            if any(_may_cancel(factor) for factor in sp.Mul.make_args(sp.fraction(shaped)[0])):
                return self.builder.mul(self._factors(shaped), scale)
            return self.expr(shaped * scale_expr(scale))

    def _factors(self, expr: sp.Expr) -> Ref:
        """Steps for a product, each sum in it by what multiplies the parameters it is linear in.

        Sums of terms of either sign are kept in ``sums``, each with the sum of its moduli.
        """
        numerator, denominator = sp.fraction(expr)
        b = self.builder
        found: Ref = Fraction(1)
        for factor in sp.Mul.make_args(numerator):
            base, power = factor.as_base_exp()
            grouped = self.power(self._grouped(base), power) if _may_cancel(factor) else None
            found = b.mul(found, self.expr(factor) if grouped is None else grouped)
        return found if denominator == 1 else b.div(found, self.expr(denominator))

    def _grouped(self, expr: sp.Expr) -> Ref:
        symbols = sorted(expr.free_symbols, key=str)
        linear = [s for s in symbols if sp.degree(expr, s) == 1 and s not in self._bound]
        terms = list(expr.args)
        if linear and len(linear) < len(symbols):
            grouped = sp.Poly(expr, *linear).terms()
            terms = [
                sp.factor(c) * sp.prod(s**k for s, k in zip(linear, powers, strict=True))
                for powers, c in grouped
            ]
        b, refs = self.builder, [self.expr(term) for term in terms]
        total = b.sum(refs)
        if total not in refs:
            self.sums[total] = b.sum(b.apply("abs", b.strip_sign(ref)) for ref in refs)
        return total

    def _plain(self, surd: Surd, scale: Fraction) -> Ref:
        if any(radicand in self._squares for radicand in surd.radicands):
            return self.builder.mul(self.surd(surd), scale)
        expr = sp.factor(surd.expr) if surd.radicands == [] else surd.expr
        return self.expr(expr * scale_expr(scale))


def _may_cancel(factor: sp.Expr) -> bool:
    """Whether a factor is a sum of three terms or more, not all of one sign, or its power.

    A difference of two is exact to a rounding.
    """
    base, power = factor.as_base_exp()
    if not (base.is_Add and power.is_Integer and len(base.args) > 2):
        return False
    return not all(term.as_coeff_Mul()[0] > 0 for term in base.args)


def scale_expr(scale: Fraction) -> sp.Rational:
    """A Fraction as a SymPy rational."""
    return sp.Rational(scale.numerator, scale.denominator)


def abs_sign(value: Any) -> tuple[Any, int]:
    """A field element up to sign with a positive leading coefficient, and that sign."""
    return (-value, -1) if value.numer.LC < 0 else (value, 1)


class SymPyArithmetic:
    """Runs a program over SymPy expressions: the closed form by substitution."""

    def constant(self, value: Fraction) -> sp.Rational:
        return scale_expr(value)

    def add(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return a + b

    def sub(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return a - b

    def mul(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return a * b

    def div(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return a / b

    def neg(self, a: sp.Expr) -> sp.Expr:
        return -a

    def abs(self, a: sp.Expr) -> sp.Expr:
        return sp.Abs(a)

    def sqrt(self, a: sp.Expr) -> sp.Expr:
        return sp.sqrt(a)

    def log(self, a: sp.Expr) -> sp.Expr:
        return sp.log(a)

    def min(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return sp.Min(a, b)

    def max(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return sp.Max(a, b)

    def select(self, a: sp.Expr, b: sp.Expr, x: sp.Expr, y: sp.Expr) -> sp.Expr:
        return sp.Piecewise((x, a <= b), (y, True))

    def rootsum(self, a: sp.Expr, b: sp.Expr, r: sp.Expr) -> sp.Expr:
        return a + r

    def bose(self, a: sp.Expr, T: sp.Expr) -> sp.Expr:
        return phi(-a, T)

    def boltzmann(self, a: sp.Expr, T: sp.Expr) -> sp.Expr:
        return sp.exp(-a / T)

    def occupied(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return sp.exp(-a * b)

    def vacant(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return 1 - sp.exp(-a * b)

    def entropy(self, a: sp.Expr) -> sp.Expr:
        return -a * sp.log(a)

    def ratio(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return a / b

    def power(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return a**b

    def expm1(self, a: sp.Expr) -> sp.Expr:
        return sp.exp(a) - 1

    def log1p(self, a: sp.Expr) -> sp.Expr:
        return sp.log(1 + a)

    def held(self, a: sp.Expr) -> sp.Expr:
        return a

    def lifted(self, a: sp.Expr) -> sp.Expr:
        return a

    def divergence(self, a: sp.Expr) -> sp.Expr:
        return a + sp.exp(-a) - 1


def to_sympy(program: Program, bindings: Mapping[str, sp.Expr] | None = None) -> dict[str, Any]:
    """Every output of a program as SymPy expressions in its inputs (or what they are bound to).

    Examples
    --------
    >>> b = Builder(("x", "y"))
    >>> to_sympy(b.build({"z": b.add("x", b.mul("x", "y"))}))
    {'z': x*y + x}
    """
    symbols = {name: sp.Symbol(name) for name in program.inputs}
    return run(program, SymPyArithmetic(), {**symbols, **(bindings or {})})
