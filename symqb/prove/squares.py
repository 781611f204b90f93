"""Sums of squares: a semidefinite program solved in floats, then rounded to exact rationals.

Wanted are positive semidefinite matrices Q_k and numbers y with

    target = sum_k m_k u_k^T Q_k u_k + sum_e y_e h_e,

m_k products of facts, u_k lists of polynomials, h_e multiples of equalities.  The solver maximises
the least eigenvalue.  If that is positive, a rounding of Q is repaired exactly on the affine space
and stays positive definite.  If it is zero, every solution is singular: the null space is guessed
from the floats, made rational, taken out of u, and the smaller problem is solved.  Nothing here is
trusted: the squares are replayed by :mod:`symqb.certify`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from flint import fmpq_mat, fmpq_mpoly

from symqb.models.extras import need
from symqb.prove.polynomials import fraction, rational

Array = npt.NDArray[np.float64]

INTERIOR = 1e-5  # least eigenvalue above which the solution counts as strictly positive
EMPTY = -1e-3  # least eigenvalue below which there is no solution
NULL = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 5e-2)  # eigenvalues below this share of the greatest: null
DENOMINATORS = (1, 2, 6, 12, 60, 420, 10**4, 10**6, 10**9)
LARGEST_KERNEL_DENOMINATOR = 60


@dataclass(frozen=True)
class Block:
    """A multiplier and the polynomials whose products with each other it multiplies."""

    multiplier: fmpq_mpoly
    basis: tuple[fmpq_mpoly, ...]


@dataclass(frozen=True)
class Squares:
    """``squares[k]``: weights and roots for block k; ``multiples[e]``: of equality e."""

    squares: list[list[tuple[Fraction, fmpq_mpoly]]]
    multiples: list[Fraction]


def pruned(target: fmpq_mpoly, basis: Sequence[fmpq_mpoly]) -> list[fmpq_mpoly]:
    """For a plain sum of squares: without the monomials whose square nothing could balance."""
    kept = list(basis)
    while True:
        known = {m for a, b in itertools.combinations(kept, 2) for m in (a * b).monoms()}
        known.update(target.monoms())
        left = [m for m in kept if (m * m).monoms()[0] in known]
        if left == kept:
            return kept
        kept = left


def decompose(
    target: fmpq_mpoly, blocks: Sequence[Block], equalities: Sequence[fmpq_mpoly] = ()
) -> Squares | None:
    """The target as sums of squares times multipliers, exactly; None if none was found.

    Raises
    ------
    ImportError
        Without the extra ``squares`` (clarabel and SciPy).
    """
    blocks = list(blocks)
    for _ in range(1 + sum(len(block.basis) for block in blocks)):
        affine = Affine.of(target, blocks, equalities)
        if affine is None:
            return None
        least, grams, multiples = solve(affine, blocks)
        if least is None or least < EMPTY:
            return None
        if least > INTERIOR and (found := rounded(affine, blocks, grams, multiples)):
            return found
        smaller = reduced(blocks, grams)
        if smaller is None:
            return None
        blocks = smaller
    return None


def reduced(blocks: Sequence[Block], grams: Sequence[Array]) -> list[Block] | None:
    """The blocks without null spaces, by the strictest notion of null that finds a rational one."""
    for null in NULL:
        found: list[Block] = []
        for block, gram in zip(blocks, grams, strict=True):
            smaller = without_null_space(block, gram, null)
            if smaller is None:
                break
            found.append(smaller)
        else:
            if found != list(blocks):
                return found
    return None


# ---- the affine space -------------------------------------------------------------------------


def upper(n: int) -> list[tuple[int, int]]:
    """Places of the upper triangle, column by column."""
    return [(i, j) for j in range(n) for i in range(j + 1)]


@dataclass(frozen=True)
class Affine:
    """The coefficient equations in reduced row echelon form: exact, and as floats.

    Unknowns are the upper triangles of the matrices, block after block, then the multiples.
    """

    rows: list[dict[int, Fraction]]
    right: list[Fraction]
    pivots: list[int]
    size: int

    @classmethod
    def of(
        cls, target: fmpq_mpoly, blocks: Sequence[Block], equalities: Sequence[fmpq_mpoly]
    ) -> Affine | None:
        """The equations, or None if they contradict each other."""
        columns = [
            block.multiplier * block.basis[i] * block.basis[j] * (1 if i == j else 2)
            for block in blocks
            for i, j in upper(len(block.basis))
        ]
        columns += [*equalities, target]
        monomials = dict.fromkeys(m for column in columns for m in column.monoms())
        number = {monomial: k for k, monomial in enumerate(monomials)}
        table = fmpq_mat(len(number), len(columns))
        for k, column in enumerate(columns):
            for monomial, value in column.terms():
                table[number[monomial], k] = value
        return cls.read(*table.rref(), len(columns) - 1)

    @classmethod
    def read(cls, table: fmpq_mat, rank: int, size: int) -> Affine | None:
        rows: list[dict[int, Fraction]] = []
        right: list[Fraction] = []
        for i in range(rank):
            line = [(k, table[i, k]) for k in range(size + 1) if table[i, k] != 0]
            values = {k: fraction(v) for k, v in line}
            right.append(values.pop(size, Fraction(0)))
            if not values:
                return None
            rows.append(values)
        return cls(rows, right, [min(row) for row in rows], size)

    def repaired(self, values: list[Fraction]) -> list[Fraction]:
        """The values with those at the pivots changed so that every equation holds."""
        found = list(values)
        for row, right, pivot in zip(self.rows, self.right, self.pivots, strict=True):
            found[pivot] = right - sum(v * values[k] for k, v in row.items() if k != pivot)
        return found


# ---- the semidefinite program -----------------------------------------------------------------


def solve(affine: Affine, blocks: Sequence[Block]) -> tuple[float | None, list[Array], list[float]]:
    """The greatest least eigenvalue (at most 1), the matrices and the multiples, in floats."""
    sizes = [len(block.basis) for block in blocks]
    x = optimum(affine, sizes)
    if x is None:
        return None, [], []
    grams, place = [], 0
    for size in sizes:
        gram = np.zeros((size, size))
        for i, j in upper(size):
            gram[i, j] = gram[j, i] = x[place]
            place += 1
        grams.append(gram)
    return float(x[-1]), grams, [float(v) for v in x[place:-1]]


def optimum(affine: Affine, sizes: Sequence[int]) -> Array | None:
    """All unknowns and the least eigenvalue t, greatest subject to Q_k - t >= 0 and t <= 1."""
    clarabel = need("clarabel", "a sum of squares")
    sparse = need("scipy.sparse", "a sum of squares", "squares")
    n = affine.size + 1
    entries: list[tuple[int, int, float]] = []
    right: list[float] = []
    for row, value in zip(affine.rows, affine.right, strict=True):
        entries += [(len(right), k, float(v)) for k, v in row.items()]
        right.append(float(value))
    cones = [clarabel.ZeroConeT(len(right)), clarabel.NonnegativeConeT(1)]
    entries.append((len(right), n - 1, 1.0))
    right.append(1.0)
    place = 0
    for size in sizes:
        for i, j in upper(size):
            entries.append((len(right), place, -1.0 if i == j else -(2.0**0.5)))
            if i == j:
                entries.append((len(right), n - 1, 1.0))
            right.append(0.0)
            place += 1
        cones.append(clarabel.PSDTriangleConeT(size))
    rows, columns, data = zip(*entries, strict=True)
    matrix = sparse.csc_matrix((data, (rows, columns)), shape=(len(right), n))
    objective = np.zeros(n)
    objective[-1] = -1.0
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    answer = clarabel.DefaultSolver(
        sparse.csc_matrix((n, n)), objective, matrix, np.array(right), cones, settings
    ).solve()
    x = np.array(answer.x)
    failed = not np.all(np.isfinite(x)) or "Infeasible" in str(answer.status)
    return None if failed else x


def without_null_space(block: Block, gram: Array, share: float) -> Block | None:
    """The block on the complement of the null space of its matrix, if that is rational."""
    if not block.basis:
        return block
    values, vectors = np.linalg.eigh(gram)
    null = values < share * max(values[-1], 1e-2)
    if not null.any():
        return block
    if null.all():
        return Block(block.multiplier, ())
    kernel = rational_rows(vectors[:, null].T.copy())
    if kernel is None:
        return None
    # vectors orthogonal to the kernel: one at k, and what cancels it at the pivots
    basis = [
        sum((-rational(row[k]) * block.basis[pivot] for pivot, row in kernel.items()), element)
        for k, element in enumerate(block.basis)
        if k not in kernel
    ]
    return Block(block.multiplier, tuple(basis))


def rational_rows(rows: Array) -> dict[int, list[Fraction]] | None:
    """The reduced echelon form of rows of floats, rounded to simple rationals, by pivot."""
    pivots: list[int] = []
    for i in range(len(rows)):
        free = np.abs(rows[i:]).copy()
        free[:, pivots] = 0.0
        line, column = map(int, np.unravel_index(np.argmax(free), free.shape))
        rows[[i, i + line]] = rows[[i + line, i]]
        if abs(rows[i, column]) < 1e-6:
            return None
        rows[i] /= rows[i, column]
        for k in range(len(rows)):
            if k != i:
                rows[k] -= rows[k, column] * rows[i]
        pivots.append(column)
    found = {}
    for pivot, row in zip(pivots, rows, strict=True):
        simple = [Fraction(float(v)).limit_denominator(LARGEST_KERNEL_DENOMINATOR) for v in row]
        if max(abs(float(s) - v) for s, v in zip(simple, row, strict=True)) > 1e-3:
            return None
        found[pivot] = simple
    return found


# ---- rounding ---------------------------------------------------------------------------------


def rounded(
    affine: Affine, blocks: Sequence[Block], grams: Sequence[Array], multiples: Sequence[float]
) -> Squares | None:
    """An exact solution near the floats, the simplest that is positive semidefinite."""
    flat = [g[i, j] for g in grams for i, j in upper(len(g))] + list(multiples)
    for denominator in DENOMINATORS:
        near = [Fraction(round(float(v) * denominator), denominator) for v in flat]
        exact = affine.repaired(near)
        squares, place = [], 0
        for block in blocks:
            n = len(block.basis)
            entries = dict(zip(upper(n), exact[place:], strict=False))
            place += len(entries)
            found = factored(block.basis, entries)
            if found is None:
                break
            squares.append(found)
        else:
            return Squares(squares, exact[place:])
    return None


def factored(
    basis: Sequence[fmpq_mpoly], entries: dict[tuple[int, int], Fraction]
) -> list[tuple[Fraction, fmpq_mpoly]] | None:
    """Q = L D L^T in rationals, as weights and roots; None if a weight is negative."""
    n = len(basis)
    left = {(i, j): entries[min(i, j), max(i, j)] for i in range(n) for j in range(n)}
    found: list[tuple[Fraction, fmpq_mpoly]] = []
    for k in range(n):
        weight = left[k, k]
        if weight < 0 or (weight == 0 and any(left[k, j] for j in range(k + 1, n))):
            return None
        if weight == 0:
            continue
        root = sum((rational(left[k, j] / weight) * basis[j] for j in range(k + 1, n)), basis[k])
        for i in range(k + 1, n):
            for j in range(k + 1, n):
                left[i, j] -= left[i, k] * left[k, j] / weight
        found.append((weight, root))
    return found
