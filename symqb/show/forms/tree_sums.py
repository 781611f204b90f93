"""Populations as polynomials in the rates: sums over spanning trees, equal rates one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import sympy as sp
from flint import fmpz_mpoly, fmpz_mpoly_ctx

Jump = tuple[int, int]

FEW_NAMES = 12
MOST_TREES = 200
"""Different rates, or spanning trees, up to which the sums are written out as polynomials."""


@dataclass(frozen=True)
class TreeSums:
    """The weights of all levels as polynomials without a common factor, and their sum.

    ``symbols`` are the rates that the ring's generators stand for.
    """

    weights: tuple[fmpz_mpoly, ...]
    total: fmpz_mpoly
    symbols: tuple[sp.Symbol, ...]

    @property
    def is_product(self) -> bool:
        """Whether the sum of all weights is a product of two sums or more."""
        factors = self.total.factor()[1]
        return sum(int(power) for factor, power in factors if len(factor) > 1) > 1


def tree_sums(labels: Sequence[int], rates: Mapping[Jump, sp.Symbol]) -> TreeSums:
    """Sum over all spanning trees to each level, by the matrix-tree theorem.

    Parameters
    ----------
    labels : sequence of int
        The levels.
    rates : mapping
        From where to where, to the name of the rate; equal rates have one name.

    Examples
    --------
    >>> A, a = sp.symbols("A a")
    >>> sums = tree_sums([1, 2], {(1, 2): a, (2, 1): A})
    >>> sums.weights, sums.total
    ((A, a), a + A)
    """
    symbols = tuple(dict.fromkeys(rates.values()))
    ring = fmpz_mpoly_ctx.get([symbol.name for symbol in symbols], "lex")
    rate = {jump: ring.gen(symbols.index(symbol)) for jump, symbol in rates.items()}
    zero = ring.constant(0)
    matrix = [[-rate.get((i, j), zero) for j in labels] for i in labels]
    for k, i in enumerate(labels):
        matrix[k][k] = sum((rate[jump] for jump in rate if jump[0] == i), zero)
    weights = [_determinant(_minor(matrix, k), ring) for k in range(len(labels))]
    return without_common_factor(weights, symbols)


def without_common_factor(
    weights: Sequence[fmpz_mpoly], symbols: tuple[sp.Symbol, ...]
) -> TreeSums:
    """Weights over their greatest common divisor, and their sum."""
    common = reduce(lambda a, b: a.gcd(b), weights)
    reduced = tuple(weight / common for weight in weights)
    return TreeSums(reduced, sum(reduced[1:], reduced[0]), symbols)


def _minor(matrix: list[list[fmpz_mpoly]], root: int) -> list[list[fmpz_mpoly]]:
    kept = [k for k in range(len(matrix)) if k != root]
    return [[matrix[i][j] for j in kept] for i in kept]


def _determinant(rows: list[list[fmpz_mpoly]], ring: fmpz_mpoly_ctx) -> fmpz_mpoly:
    """A determinant without fractions (Bareiss).

    Its pivots are sums over forests; where one is zero some levels do not reach the root.
    """
    last = ring.constant(1)
    size = len(rows)
    for k in range(size - 1):
        pivot = rows[k][k]
        if pivot.is_zero():
            return pivot
        for i in range(k + 1, size):
            for j in range(k + 1, size):
                rows[i][j] = (rows[i][j] * pivot - rows[i][k] * rows[k][j]) / last
        last = pivot
    found: fmpz_mpoly = rows[-1][-1] if rows else last
    return found
