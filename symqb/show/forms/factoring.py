"""Sums of products written with few operations: common factors taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import sympy as sp
from flint import fmpz_mpoly

from symqb.show.forms.closed_form import count_operations

Powers = tuple[int, ...]
Terms = Mapping[Powers, int]
"""Coefficient of each monomial, the monomial as powers of the symbols."""

MOST_TRIED = 6
"""Terms up to which every common factor of two of them is tried; beyond, the commonest."""


def factored(polynomial: fmpz_mpoly, symbols: Sequence[sp.Symbol]) -> sp.Expr:
    """A polynomial as a product of its factors, each nested into few operations.

    Examples
    --------
    >>> from flint import fmpz_mpoly_ctx
    >>> ring = fmpz_mpoly_ctx.get(["a", "b", "c"], "lex")
    >>> a, b, c = ring.gens()
    >>> factored(a**2 * b + a**2 * c + a * b * c + a * c**2, sp.symbols("a b c"))
    a*(a + c)*(b + c)
    """
    if polynomial.is_zero():
        return sp.Integer(0)
    content, factors = polynomial.factor()
    found = [sp.Integer(int(content))]
    found += [nested(terms_of(factor), symbols) ** int(power) for factor, power in factors]
    return sp.Mul(*found)


def terms_of(polynomial: fmpz_mpoly) -> dict[Powers, int]:
    """The terms of a polynomial of FLINT."""
    return {tuple(map(int, k)): int(c) for k, c in polynomial.to_dict().items()}


def nested(terms: Terms, symbols: Sequence[sp.Symbol]) -> sp.Expr:
    """A sum of products with common factors taken out, again and again."""
    if len(terms) == 1:
        ((powers, coefficient),) = terms.items()
        return coefficient * _monomial(powers, symbols)
    tried = [_taken_out(terms, divisor, symbols) for divisor in _divisors(terms)]
    plain = sp.Add(*(c * _monomial(powers, symbols) for powers, c in terms.items()))
    return min([*tried, plain], key=count_operations)


def _taken_out(terms: Terms, divisor: Powers, symbols: Sequence[sp.Symbol]) -> sp.Expr:
    inside, outside = {}, {}
    for powers, coefficient in terms.items():
        if all(p >= d for p, d in zip(powers, divisor, strict=True)):
            inside[tuple(p - d for p, d in zip(powers, divisor, strict=True))] = coefficient
        else:
            outside[powers] = coefficient
    taken = _monomial(divisor, symbols) * nested(inside, symbols)
    return taken + nested(outside, symbols) if outside else taken


def _divisors(terms: Terms) -> list[Powers]:
    """Monomials that divide two terms or more: all of them, or the one that saves most."""
    if len(terms) <= MOST_TRIED:
        pairs = combinations(terms, 2)
        common = {tuple(map(min, *pair)) for pair in pairs}
        return sorted((d for d in common if any(d)), reverse=True)
    counts = Counter(k for powers in terms for k, power in enumerate(powers) if power)
    best, count = max(counts.items(), key=lambda item: (item[1], -item[0]))
    return [tuple(int(k == best) for k in range(len(next(iter(terms)))))] if count > 1 else []


def _monomial(powers: Powers, symbols: Sequence[sp.Symbol]) -> sp.Expr:
    return sp.Mul(*(s**p for s, p in zip(symbols, powers, strict=True)))


def repeated_sums(expressions: Iterable[sp.Expr]) -> list[sp.Expr]:
    """The sums that occur more than once in some expressions, smaller ones first.

    Examples
    --------
    >>> a, b, c = sp.symbols("a b c")
    >>> repeated_sums([a * (b + c), b * (b + c), a + b])
    [b + c]
    """
    counts: Counter[sp.Expr] = Counter()
    for expr in expressions:
        counts.update(node for node in sp.preorder_traversal(expr) if node.is_Add)
    found = [node for node, count in counts.items() if count > 1]
    return sorted(found, key=lambda node: (count_operations(node), str(node)))
