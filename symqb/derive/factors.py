"""Polynomials in parameters, taken apart by FLINT: factors, common factors, square roots."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm

import sympy as sp
from flint import fmpz_mpoly, fmpz_mpoly_ctx
from sympy.core.function import Application


class _Ring:
    """Expressions as polynomials of integers; roots, functions and I in them count as unknowns."""

    def __init__(self, expressions: Sequence[sp.Expr]) -> None:
        opaque = {
            atom: sp.Dummy()
            for x in expressions
            for atom in x.atoms(sp.Pow, Application, sp.I.func)
            if not (atom.is_Pow and atom.exp.is_Integer and atom.exp > 0)
        }
        self.back = {symbol: atom for atom, symbol in opaque.items()}
        given = [sp.expand(x.xreplace(opaque)) for x in expressions]
        self.common = lcm(*(int(n.q) for x in given for n in x.atoms(sp.Rational)))
        self.symbols = sorted({s for x in given for s in x.free_symbols}, key=sp.default_sort_key)
        names = tuple(f"x{k}" for k in range(len(self.symbols)))
        self._context = fmpz_mpoly_ctx.get(names, "lex")
        self.polynomials = [self._from(self.common * x) for x in given]

    def _from(self, expression: sp.Expr) -> fmpz_mpoly:
        if not self.symbols:
            return self._context.from_dict({(): int(expression)})
        terms = sp.Poly(expression, *self.symbols, domain="ZZ").as_dict(native=False)
        return self._context.from_dict({powers: int(n) for powers, n in terms.items()})

    def expression(self, polynomial: fmpz_mpoly) -> sp.Expr:
        """A polynomial as an expression, its terms written out."""
        terms = [
            int(n) * sp.Mul(*(s**p for s, p in zip(self.symbols, powers, strict=True)))
            for powers, n in polynomial.to_dict().items()
        ]
        return sp.Add(*terms).xreplace(self.back)


def factors(expression: sp.Expr) -> tuple[sp.Rational, list[tuple[sp.Expr, int]]]:
    """Give the number and the powers of irreducible polynomials that an expression is made of.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> factors(3 * x**2 / 2 - 3 * y**2 / 2)
    (3/2, [(x - y, 1), (x + y, 1)])
    >>> factors(sp.sqrt(y) * x**2 + 2 * sp.sqrt(y) * x + sp.sqrt(y))
    (1, [(sqrt(y), 1), (x + 1, 2)])
    """
    ring = _Ring([expression])
    content, found = ring.polynomials[0].factor()
    parts = [(ring.expression(polynomial), int(times)) for polynomial, times in found]
    return sp.Rational(int(content), ring.common), parts


def square_root(square: sp.Expr) -> sp.Expr | None:
    """Give one of the two roots of a polynomial's square up to a number; None of any other.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> square_root(3 * x**2 + 6 * x * y + 3 * y**2), square_root(x**2 + y**2)
    (sqrt(3)*(x + y), None)
    """
    content, parts = factors(square)
    if any(times % 2 for _, times in parts) or not content.is_positive:
        return None
    return sp.sqrt(content) * sp.Mul(*(factor ** (times // 2) for factor, times in parts))


def primitive(column: Sequence[sp.Expr]) -> list[sp.Expr]:
    """Divide polynomials in the parameters, over algebraic numbers, by what they share.

    Where a root of parameters is in them they stay as they are.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> primitive([x**2 - 3 * y**2, sp.S(0), sp.expand(2 * x - 2 * sp.sqrt(3) * y)])
    [x + sqrt(3)*y, 0, 2]
    >>> primitive([2 * x, 4 * x])
    [1, 2]
    """
    symbols = sorted({s for x in column for s in x.free_symbols}, key=str)
    polynomial = all(x.is_polynomial(*symbols) for x in column)
    if not symbols or not any(column) or not polynomial:
        return list(column)
    numbers = {n for x in column for n in x.atoms(sp.Pow, sp.I.func) if not n.free_symbols}
    if numbers:
        left = _over_numbers(column, symbols, sorted(numbers, key=str))
    else:
        ring = _Ring(column)
        shared = ring.polynomials[0]
        for other in ring.polynomials[1:]:
            shared = shared.gcd(other)
        left = [ring.expression(x / shared) for x in ring.polynomials]
    first = next(x for x in left if x != 0)
    return [sp.radsimp(x / first) for x in left] if first.is_number else left


def _over_numbers(
    column: Sequence[sp.Expr], symbols: Sequence[sp.Symbol], numbers: Sequence[sp.Expr]
) -> list[sp.Expr]:
    polynomials = [sp.Poly(x, *symbols, extension=numbers) for x in column]
    shared = polynomials[0]
    for other in polynomials[1:]:
        shared = shared.gcd(other)
    return [polynomial.exquo(shared).as_expr() for polynomial in polynomials]
