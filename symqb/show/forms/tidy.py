"""Formulas with many named parts as one quotient of polynomials, where that is short."""

from __future__ import annotations

from collections.abc import Mapping
from math import lcm

import sympy as sp
from flint import fmpz_mpoly, fmpz_mpoly_ctx

from symqb.show.forms.closed_form import count_operations, needed
from symqb.show.forms.factoring import factored

MOST_TERMS = 3000
"""Terms of a product of polynomials up to which it is made."""

LONGEST = 80
"""Terms of numerator and denominator up to which a quotient is written."""

Quotient = tuple[fmpz_mpoly, fmpz_mpoly]


class _TooLong(ArithmeticError):
    """The quotient is longer than what it would replace."""


def tidy(expr: sp.Expr, definitions: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """Write an expression in named parts as one factored quotient, if that takes fewer operations.

    Exponentials of sums are products of those of their terms.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> tidy(y / (1 + y) - 1 / (1 + 1 / y), {y: sp.exp(x)}), tidy((y**2 - 1) / (y - 1), {})
    (0, y + 1)
    """
    kept = needed(definitions, (expr,))
    named = count_operations(expr) + sum(count_operations(value) for _, value in kept)
    try:
        found = _Tidying(expr, dict(kept)).found()
    except _TooLong:
        return expr
    return found if count_operations(found) <= named else expr


class _Tidying:
    def __init__(self, expr: sp.Expr, definitions: dict[sp.Symbol, sp.Expr]) -> None:
        self.expr, self.definitions = expr, definitions
        # roots stay named
        self.opaque = {s for s, value in definitions.items() if not _is_rational(value)}
        self.exponents: dict[sp.Expr, int] = {}
        for value in (expr, *definitions.values()):
            for node in value.atoms(sp.exp):
                for term, q in self._monomials(node.args[0]).items():
                    self.exponents[term] = lcm(self.exponents.get(term, 1), int(q.q))
        atoms = {s for v in (expr, *definitions.values()) for s in v.free_symbols}
        plain = sorted((atoms - set(definitions)) | (self.opaque & atoms), key=str)
        self.generators = [*plain, *(sp.exp(m / q) for m, q in self.exponents.items())]
        names = [f"x{k}" for k in range(len(self.generators))] or ["x0"]
        self.ring = fmpz_mpoly_ctx.get(names, "lex")
        self.index = {symbol: k for k, symbol in enumerate(plain)}
        self.known: dict[sp.Symbol, Quotient] = {}
        self.work = 0

    def _monomials(self, exponent: sp.Expr) -> dict[sp.Expr, sp.Rational]:
        """An exponent as rational multiples of monomials in the parameters."""
        written = exponent
        for symbol, value in reversed(list(self.definitions.items())):
            if symbol not in self.opaque:
                written = written.xreplace({symbol: value})
        found = {}
        for term in sp.Add.make_args(sp.expand(written)):
            coefficient, monomial = term.as_coeff_Mul()
            if not coefficient.is_Rational or monomial.has(sp.exp):
                raise _TooLong
            found[monomial] = coefficient
        return found

    def found(self) -> sp.Expr:
        """The factored quotient."""
        for symbol, value in self.definitions.items():
            if symbol not in self.opaque:
                self.known[symbol] = self._visit(value)
        over, under = self._visit(self.expr)
        if len(over) + len(under) > LONGEST:
            raise _TooLong
        symbols = [*self.generators] or [sp.Dummy()]
        found: sp.Expr = factored(over, symbols) / factored(under, symbols)
        return found

    def _visit(self, expr: sp.Expr) -> Quotient:
        one = self.ring.constant(1)
        if expr.is_Rational:
            return self.ring.constant(int(expr.p)), self.ring.constant(int(expr.q))
        if expr.is_Symbol:
            if expr in self.known:
                return self.known[expr]
            return self.ring.gen(self.index[expr]), one
        if expr.is_Add:
            total = self._visit(expr.args[0])
            for term in expr.args[1:]:
                (a, b), (c, d) = total, self._visit(term)
                total = self._reduced(self._times(a, d) + self._times(c, b), self._times(b, d))
            return total
        if expr.is_Mul:
            product = self._visit(expr.args[0])
            for factor in expr.args[1:]:
                (a, b), (c, d) = product, self._visit(factor)
                product = self._reduced(self._times(a, c), self._times(b, d))
            return product
        if isinstance(expr, sp.exp):
            return self._exponential(expr.args[0])
        if expr.is_Pow and expr.exp.is_Integer:
            a, b = self._visit(expr.base)
            if expr.exp < 0:
                a, b = b, a
            power = one, one
            for _ in range(abs(int(expr.exp))):
                power = self._times(power[0], a), self._times(power[1], b)
            return power
        raise _TooLong

    def _exponential(self, exponent: sp.Expr) -> Quotient:
        above, below = self.ring.constant(1), self.ring.constant(1)
        start = len(self.generators) - len(self.exponents)
        for k, (monomial, q) in enumerate(self.exponents.items()):
            power = self._monomials(exponent).get(monomial, sp.Integer(0)) * q
            generator = self.ring.gen(start + k)
            if power > 0:
                above *= generator ** int(power)
            elif power < 0:
                below *= generator ** int(-power)
        return above, below

    def _times(self, a: fmpz_mpoly, b: fmpz_mpoly) -> fmpz_mpoly:
        if len(a) * len(b) > MOST_TERMS:
            raise _TooLong
        return a * b

    def _reduced(self, over: fmpz_mpoly, under: fmpz_mpoly) -> Quotient:
        common = over.gcd(under)
        return (over, under) if common.is_one() else (over / common, under / common)


def _is_rational(value: sp.Expr) -> bool:
    """Whether an expression is made of sums, products, whole powers and exponentials."""
    return all(
        node.is_Atom
        or node.is_Add
        or node.is_Mul
        or isinstance(node, sp.exp)
        or (node.is_Pow and node.exp.is_Integer)
        for node in sp.preorder_traversal(value)
    )
