"""Finding combinations of facts: exact linear programming over products of facts.

Nothing here is trusted.  What is found is written into a certificate, and the certificate is
replayed by :mod:`symqb.certify`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations_with_replacement

from symqb.certify.checker import Monomial, Polynomial

Row = dict[int, Fraction]
ZERO = Fraction(0)


def axpy(target: Polynomial, factor: Fraction, other: Polynomial) -> None:
    """Add ``factor * other`` to ``target`` in place."""
    for monomial, value in other.items():
        value = target.get(monomial, ZERO) + factor * value
        if value:
            target[monomial] = value
        else:
            target.pop(monomial, None)


@dataclass
class Echelon:
    """Polynomials in echelon form, each with its expression in the ones it came from."""

    pivots: dict[Monomial, tuple[Polynomial, Row]] = field(default_factory=dict)

    def reduce(self, polynomial: Polynomial) -> tuple[Polynomial, Row]:
        """The remainder, and the row r with polynomial = remainder + sum r_k source_k."""
        rest, used = dict(polynomial), Row()
        todo = sorted(rest, key=order, reverse=True)
        while todo:
            monomial = todo.pop(0)
            value = rest.get(monomial)
            if value is None or monomial not in self.pivots:
                continue
            pivot, row = self.pivots[monomial]
            axpy(rest, -value, pivot)
            for index, part in row.items():
                used[index] = used.get(index, ZERO) + value * part
            todo = sorted((m for m in rest if order(m) < order(monomial)), key=order, reverse=True)
        return rest, used

    def insert(self, polynomial: Polynomial, index: int) -> None:
        rest, used = self.reduce(polynomial)
        if not rest:
            return
        lead = max(rest, key=order)
        scale = 1 / rest[lead]
        row = {k: -v * scale for k, v in used.items()}
        row[index] = row.get(index, ZERO) + scale
        self.pivots[lead] = ({m: v * scale for m, v in rest.items()}, row)


def order(monomial: Monomial) -> tuple[int, Monomial]:
    """Monomials by degree, then alphabetically."""
    return sum(power for _, power in monomial), monomial


def nonnegative_solution(
    columns: Sequence[Row], right: Row, reward: Sequence[int] = ()
) -> list[Fraction] | None:
    """Exact x >= 0 with sum x_k columns[k] = right, or None; Bland's rule, so it ends.

    With ``reward`` the sum of those coordinates is then increased as far as a first few pivots
    go, which is enough to make one of them positive if any solution does.
    """
    rows = sorted(set(right).union(*columns)) if columns else sorted(right)
    count = len(columns)
    table: list[list[Fraction]] = []
    for row in rows:
        sign = -1 if right.get(row, ZERO) < 0 else 1
        line = [sign * column.get(row, ZERO) for column in columns]
        table.append([*line, sign * right.get(row, ZERO)])
    basis = [count + i for i in range(len(rows))]
    cost = [-sum((line[j] for line in table), ZERO) for j in range(count + 1)]
    simplex(table, basis, cost)
    if cost[count] != 0:
        return None
    for i, entry in enumerate(basis):
        if entry >= count:
            j = next((j for j in range(count) if table[i][j]), None)
            if j is not None:
                pivot(table, basis, cost, i, j)
    if reward:
        cost = [Fraction(-(j in set(reward))) for j in range(count)] + [ZERO]
        for i, entry in enumerate(basis):
            if entry < count and cost[entry]:
                factor = cost[entry]
                cost = [c - factor * t for c, t in zip(cost, table[i], strict=True)]
        simplex(table, basis, cost)
    solution = [ZERO] * count
    for i, entry in enumerate(basis):
        if entry < count:
            solution[entry] = table[i][count]
    return solution


def simplex(table: list[list[Fraction]], basis: list[int], cost: list[Fraction]) -> None:
    """Pivot by Bland's rule until no cost is negative, or the cost is unbounded."""
    count = len(cost) - 1
    while True:
        j = next((j for j in range(count) if cost[j] < 0), None)
        if j is None:
            return
        ratios = [
            (line[count] / line[j], basis[i], i) for i, line in enumerate(table) if line[j] > 0
        ]
        if not ratios:
            return
        pivot(table, basis, cost, min(ratios)[2], j)


def pivot(
    table: list[list[Fraction]], basis: list[int], cost: list[Fraction], i: int, j: int
) -> None:
    """Bring column j into the basis at row i."""
    scale = table[i][j]
    table[i] = [value / scale for value in table[i]]
    chosen = [(k, value) for k, value in enumerate(table[i]) if value]
    for line in [*(line for k, line in enumerate(table) if k != i), cost]:
        factor = line[j]
        if factor:
            for k, value in chosen:
                line[k] -= factor * value
    basis[i] = j


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
    echelon = Echelon()
    for index, equality in enumerate(equalities):
        echelon.insert(equality, index)
    goal, used = echelon.reduce(target)
    reduced = [echelon.reduce(candidate) for candidate in candidates]
    number: dict[Monomial, int] = {}
    for polynomial in [goal, *(r for r, _ in reduced)]:
        for monomial in polynomial:
            number.setdefault(monomial, len(number))
    columns = [{number[m]: v for m, v in r.items()} for r, _ in reduced]
    right = {number[m]: v for m, v in goal.items()}
    solution = nonnegative_solution(columns, right, list(reward))
    if solution is None:
        return None
    multiples = dict(used)
    weights = {k: value for k, value in enumerate(solution) if value}
    for k, value in weights.items():
        for index, part in reduced[k][1].items():
            multiples[index] = multiples.get(index, ZERO) - value * part
    return Combination(weights, {k: v for k, v in multiples.items() if v})


def products(count: int, degree: int) -> list[tuple[int, ...]]:
    """Index tuples of all products of at most ``degree`` out of ``count`` facts."""
    return [
        chosen
        for size in range(degree + 1)
        for chosen in combinations_with_replacement(range(count), size)
    ]
