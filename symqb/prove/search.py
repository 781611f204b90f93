"""Finding combinations of facts: exact linear programming over products of facts.

Nothing here is trusted.  What is found is written into a certificate, and the certificate is
replayed by :mod:`symqb.certify`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement

from flint import fmpq, fmpq_mat

from symqb.certify.checker import Monomial, Polynomial
from symqb.prove.polynomials import fraction, rational


def order(monomial: Monomial) -> tuple[int, Monomial]:
    """Monomials by degree, then alphabetically."""
    return sum(power for _, power in monomial), monomial


def matrix(polynomials: Sequence[Polynomial], monomials: Sequence[Monomial]) -> fmpq_mat:
    """The coefficients of polynomials, one a row, at these monomials."""
    place = {monomial: k for k, monomial in enumerate(monomials)}
    found = fmpq_mat(len(polynomials), len(monomials))
    for i, polynomial in enumerate(polynomials):
        for monomial, value in polynomial.items():
            found[i, place[monomial]] = rational(value)
    return found


def chosen(table: fmpq_mat, rows: Iterable[int], columns: Sequence[int]) -> fmpq_mat:
    """The entries of a matrix in these rows and columns."""
    entries = [[table[i, k] for k in columns] for i in rows]
    return fmpq_mat(len(entries), len(columns), [value for line in entries for value in line])


@dataclass(frozen=True)
class Echelon:
    """Rows in reduced echelon form, each with its expression in the ones they came from."""

    leads: list[int]
    rows: fmpq_mat
    sources: fmpq_mat

    @classmethod
    def of(cls, rows: fmpq_mat) -> Echelon:
        """Reduce rows; one that depends on those before it plays no part."""
        count, width = rows.nrows(), rows.ncols()
        # beside the rows an identity, its columns from last to first: a relation among the rows
        # then eliminates the last of those in it
        table = fmpq_mat(count, width + count)
        for i in range(count):
            for k in range(width):
                table[i, k] = rows[i, k]
            table[i, width + count - 1 - i] = fmpq(1)
        reduced, rank = table.rref()
        leads = [next(k for k in range(width + count) if reduced[i, k] != 0) for i in range(rank)]
        leads = [lead for lead in leads if lead < width]
        kept, last = range(len(leads)), width + count - 1
        return cls(
            leads,
            chosen(reduced, kept, range(width)),
            chosen(reduced, kept, range(last, width - 1, -1)),
        )

    def reduce(self, table: fmpq_mat) -> tuple[fmpq_mat, fmpq_mat]:
        """Remainders of the rows of a table, and U with table = remainders + U * source rows."""
        multiples = chosen(table, range(table.nrows()), self.leads)
        return table - multiples * self.rows, multiples * self.sources


def nonnegative_solution(table: fmpq_mat, reward: Collection[int] = ()) -> list[fmpq] | None:
    """Exact x >= 0 with A x = b, or None; Bland's rule, so it ends.

    Parameters
    ----------
    table : fmpq_mat
        A, and b as its last column.
    reward : collection of int
        The sum of these coordinates is then increased as far as a first few pivots go, which is
        enough to make one of them positive if any solution does.
    """
    size, count = table.nrows(), table.ncols() - 1
    lines = [[table[i, k] for k in range(count + 1)] for i in range(size)]
    lines = [[-value for value in line] if line[count] < 0 else line for line in lines]
    cost = [-sum(column, fmpq(0)) for column in zip(*lines, strict=True)]
    basis = [count + i for i in range(size)]
    table = simplex(fmpq_mat([*lines, cost or [fmpq(0)] * (count + 1)]), basis)
    if table[size, count] != 0:
        return None
    for i, entry in enumerate(basis):
        if entry >= count:
            j = next((j for j in range(count) if table[i, j] != 0), None)
            if j is not None:
                table = pivot(table, basis, i, j)
    if reward:
        for j in range(count + 1):
            rewarded = sum((table[i, j] for i in range(size) if basis[i] in reward), fmpq(0))
            table[size, j] = rewarded - (j in reward)
        table = simplex(table, basis)
    solution = [fmpq(0)] * count
    for i, entry in enumerate(basis):
        if entry < count:
            solution[entry] = table[i, count]
    return solution


def simplex(table: fmpq_mat, basis: list[int]) -> fmpq_mat:
    """Pivot by Bland's rule until no cost (the last row) is negative, or the cost is unbounded."""
    size, count = len(basis), table.ncols() - 1
    while True:
        j = next((j for j in range(count) if table[size, j] < 0), None)
        if j is None:
            return table
        ratios = [
            (table[i, count] / table[i, j], basis[i], i) for i in range(size) if table[i, j] > 0
        ]
        if not ratios:
            return table
        table = pivot(table, basis, min(ratios)[2], j)


def pivot(table: fmpq_mat, basis: list[int], i: int, j: int) -> fmpq_mat:
    """Bring column j into the basis at row i."""
    basis[i] = j
    row = chosen(table, [i], range(table.ncols())) / table[i, j]
    column = chosen(table, range(table.nrows()), [j])
    column[i, 0] -= 1
    return table - column * row


@dataclass(frozen=True)
class Combination:
    """``weights[k]`` of candidate k, ``multiples[k]`` of equality column k."""

    weights: dict[int, Fraction]
    multiples: dict[int, Fraction]


def combine(
    target: Polynomial,
    candidates: Sequence[Polynomial],
    equalities: Sequence[Polynomial],
    reward: Iterable[int] = (),
) -> Combination | None:
    """target = nonnegative combination of candidates + any combination of equalities."""
    polynomials = [*candidates, target]
    monomials = sorted({m for p in [*equalities, *polynomials] for m in p}, key=order, reverse=True)
    echelon = Echelon.of(matrix(equalities, monomials))
    remainders, used = echelon.reduce(matrix(polynomials, monomials))
    solution = nonnegative_solution(remainders.transpose(), set(reward))
    if solution is None:
        return None
    weights = fmpq_mat(1, len(polynomials), [*(-value for value in solution), fmpq(1)])
    multiples = weights * used
    return Combination(
        nonzero(solution), nonzero([multiples[0, k] for k in range(len(equalities))])
    )


def nonzero(values: Iterable[fmpq]) -> dict[int, Fraction]:
    """Those of some numbers that are not zero, by place."""
    return {k: fraction(v) for k, v in enumerate(values) if v != 0}


def products(count: int, degree: int) -> list[tuple[int, ...]]:
    """Index tuples of all products of at most ``degree`` out of ``count`` facts."""
    return [
        picked
        for size in range(degree + 1)
        for picked in combinations_with_replacement(range(count), size)
    ]
