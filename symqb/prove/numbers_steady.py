"""The judge's steady states: elimination without subtraction, or a null space with coherences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from flint import arb

from symqb.prove.numbers_hamiltonian import JudgedBath
from symqb.prove.numbers_levels import (
    LARGEST_BLOCK,
    Reading,
    SeveralStates,
    Undecided,
    eigensystem_of,
    magnitude,
)

Balls = Any
"""An array of objects, each a ball."""

NOISE = 10
"""Digits that a null space may lose."""
GOLDEN = (5**0.5 - 1) / 2
"""Its multiples modulo 1 are told apart well."""


def zeros(*shape: int) -> Balls:
    """An array of balls, all exactly 0."""
    found = np.empty(shape, dtype=object)
    found.fill(arb(0))
    return found


def rate_matrix(reading: Reading) -> Balls:
    """Rates between levels, ``[to, from]``, all baths together; zero on the diagonal."""
    size = reading.judge.size
    total = zeros(size, size)
    for bath, S in reading.operators:
        for a, b in reading.driven(S):
            if a != b:
                total[a, b] += S[a, b] * S[a, b] * reading.rate_between(bath, b, a)
    return total


def reachable(links: Sequence[Sequence[int]], start: int) -> set[int]:
    """What can be reached from a node."""
    seen, new = {start}, [start]
    while new:
        for to in links[new.pop()]:
            if to not in seen:
                seen.add(to)
                new.append(to)
    return seen


def closed_classes(rates: Balls) -> list[list[int]]:
    """The sets of levels that reach each other and are never left."""
    size = len(rates)
    links = [[a for a in range(size) if rates[a, b] > 0] for b in range(size)]
    reach = [reachable(links, k) for k in range(size)]
    found = {frozenset(part) for part in reach if all(reach[k] == part for k in part)}
    return sorted(map(sorted, found))


def rate_state(reading: Reading) -> list[Any]:
    """Steady populations of the rate equation, by elimination of levels without subtraction.

    Raises
    ------
    SeveralStates
        More than one set of levels is never left.
    """
    rates = rate_matrix(reading)
    classes = closed_classes(rates)
    if len(classes) != 1:
        raise SeveralStates(len(classes))
    members = classes[0]
    weights = _eliminate(rates[np.ix_(members, members)])
    total = sum(weights, arb(0))
    populations = [arb(0)] * len(rates)
    for level, weight in zip(members, weights, strict=True):
        populations[level] = weight / total
    return populations


def _eliminate(rates: Balls) -> list[Any]:
    """Unnormalised stationary weights; the level with the largest exit rate leaves first."""
    size = len(rates)
    R, left, steps = rates.copy(), list(range(size)), []
    while len(left) > 1:
        exits = {k: sum((R[a, k] for a in left if a != k), arb(0)) for k in left}
        k = max(left, key=lambda n: exits[n].mid())
        left.remove(k)
        column = [R[a, k] / exits[k] for a in left]
        row = [R[k, b] for b in left]
        steps.append((k, list(left), row, exits[k]))
        for b, inward in zip(left, row, strict=True):
            if inward != 0:
                for a, share in zip(left, column, strict=True):
                    if share != 0:
                        R[a, b] += share * inward
    weights = [arb(0)] * size
    weights[left[0]] = arb(1)
    for k, others, row, leaving in reversed(steps):
        inflow = sum((r * weights[b] for b, r in zip(others, row, strict=True)), arb(0))
        weights[k] = inflow / leaving
    return weights


# --- coinciding levels -------------------------------------------------------------------------

Pair = tuple[int, int]


def _pairs(clusters: Iterable[Sequence[int]]) -> list[list[Pair]]:
    return [[(a, b) for a in c for b in c if a <= b] for c in clusters]


def block_generator(reading: Reading, sign: int) -> tuple[list[Pair], Balls]:
    """The generator over the symmetric (1) or antisymmetric (-1) parts of the clusters' blocks.

    An unknown ``(a, b)`` is the entry ``rho_ab = sign rho_ba`` of one cluster.
    """
    clusters = reading.clusters
    lists = [[(a, b) for a, b in part if sign > 0 or a < b] for part in _pairs(clusters)]
    unknowns = [pair for part in lists for pair in part]
    if len(unknowns) > LARGEST_BLOCK:
        raise Undecided(f"{len(unknowns)} unknowns are too many for the judge")
    place = {pair: k for k, pair in enumerate(unknowns)}
    G = zeros(len(unknowns), len(unknowns))
    for bath, S in reading.operators:
        for f, source in enumerate(clusters):
            loss = zeros(len(source), len(source))
            for e, target in enumerate(clusters):
                part = S[np.ix_(target, source)]
                if not (part != 0).any():
                    continue
                rate = reading.rate_between(bath, source[0], target[0])
                loss += rate * part.T.dot(part)
                _gain(G, place, lists[e], lists[f], S, rate, sign)
            _lose(G, place, lists[f], source, loss, sign)
    return unknowns, G


def _gain(
    G: Balls,
    place: dict[Pair, int],
    to: list[Pair],
    source: list[Pair],
    S: Balls,
    rate: Any,
    sign: int,
) -> None:
    for a, b in to:
        for c, d in source:
            value = S[a, c] * S[b, d]
            if c != d:
                value += sign * S[a, d] * S[b, c]
            G[place[a, b], place[c, d]] += rate * value


def _lose(
    G: Balls, place: dict[Pair, int], pairs: list[Pair], levels: list[int], loss: Balls, sign: int
) -> None:
    """``-(M rho + rho M) / 2`` on one cluster."""
    index = {level: k for k, level in enumerate(levels)}
    for a, b in pairs:
        for c in levels:
            for row, column, factor in (
                (c, b, loss[index[a], index[c]]),
                (a, c, loss[index[c], index[b]]),
            ):
                if row == column and sign < 0:
                    continue
                ordered = (row, column) if row <= column else (column, row)
                turned = 1 if row <= column else sign
                G[place[a, b], place[ordered]] -= turned * factor / 2


def null_space(G: Balls, floor: Any) -> list[Balls]:
    """A basis of the null space, by elimination with complete pivoting.

    Columns are scaled first; pivots below ``floor`` of the largest of their column count as zero.
    """
    size = len(G)
    scales = [max((magnitude(x) for x in G[:, k]), default=arb(0)) or arb(1) for k in range(size)]
    A = G.copy()
    for k, s in enumerate(scales):
        A[:, k] = A[:, k] / s
    columns, rank = list(range(size)), 0
    while rank < size:
        best, place = arb(0), None
        for i, j in np.ndindex(size - rank, size - rank):
            if magnitude(A[rank + i, rank + j]) > best:
                best, place = magnitude(A[rank + i, rank + j]), (rank + i, rank + j)
        if place is None or best <= floor:
            break
        i, j = place
        A[[rank, i]] = A[[i, rank]]
        A[:, [rank, j]] = A[:, [j, rank]]
        columns[rank], columns[j] = columns[j], columns[rank]
        for row in range(rank + 1, size):
            if A[row, rank] != 0:
                factor = A[row, rank] / A[rank, rank]
                A[row, rank + 1 :] = A[row, rank + 1 :] - factor * A[rank, rank + 1 :]
                A[row, rank] = arb(0)
        rank += 1
    found = []
    for free in range(rank, size):
        x = zeros(size)
        x[free] = arb(1)
        for row in reversed(range(rank)):
            right = sum((A[row, k] * x[k] for k in range(row + 1, size)), arb(0))
            x[row] = -right / A[row, row]
        vector = zeros(size)
        for k, column in enumerate(columns):
            vector[column] = x[k] / scales[column]
        found.append(vector)
    return found


def _components(G: Balls) -> list[list[int]]:
    """Sets of unknowns that do not meet in any equation."""
    joined = [[int(k) for k in np.flatnonzero((G[n] != 0) | (G[:, n] != 0))] for n in range(len(G))]
    left, found = set(range(len(G))), []
    while left:
        part = reachable(joined, min(left))
        left -= part
        found.append(sorted(part))
    return found


def null_vectors(reading: Reading, sign: int) -> tuple[list[Pair], list[Balls]]:
    """The unknowns of one symmetry and every steady combination of them."""
    unknowns, G = block_generator(reading, sign)
    floor = arb(10) ** (-reading.judge.digits // 3)
    largest = max((magnitude(x) for x in G.reshape(-1)), default=arb(0))
    for index in np.ndindex(G.shape):
        if G[index].contains(0) and magnitude(G[index]) <= floor * floor * largest:
            G[index] = arb(0)
    found = []
    for part in _components(G):
        for vector in null_space(G[np.ix_(part, part)], floor):
            whole = zeros(len(unknowns))
            whole[part] = vector
            found.append(whole)
    return unknowns, found


class RatesAlike(Reading):
    """A reading with numbers of order 1 in place of the rates, equal ones for equal rates.

    How many states are steady does not depend on the values of the rates, but where they happen to
    fit each other; a rate that is slow beside others looks like none.
    """

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading.judge, reading.clusters)
        self._true, self._numbers = reading, dict[Any, Any]()

    def rate_between(self, bath: JudgedBath, source: int, to: int) -> Any:
        """A number between 1 and 2, or 0."""
        rate = self._true.rate_between(bath, source, to)
        if rate == 0:
            return rate
        known = self._numbers
        return known.setdefault(rate.mid().man_exp(), arb(1 + len(known) * GOLDEN % 1))


def cluster_state(reading: Reading) -> tuple[list[Any], Balls]:
    """Eigenvalues of the steady state on each cluster, and its eigenvectors over the levels.

    Raises
    ------
    SeveralStates
        The null space has more than one dimension.
    Undecided
        It seems to have, but only as rates are too far apart for the digits.
    """
    unknowns, even = null_vectors(reading, 1)
    _, odd = null_vectors(reading, -1)
    count = len(even) + len(odd)
    if count != 1:
        alike = RatesAlike(reading)
        if sum(len(null_vectors(alike, sign)[1]) for sign in (1, -1)) != count:
            raise Undecided("rates too far apart for the digits of the judge")
        raise SeveralStates(count)
    vector = even[0]
    size = reading.judge.size
    rho = zeros(size, size)
    for (a, b), entry in zip(unknowns, vector, strict=True):
        rho[a, b] = rho[b, a] = entry
    trace = sum((rho[k, k] for k in range(size)), arb(0))
    populations, basis = [arb(0)] * size, zeros(size, size)
    # the null space is right to its digits beside the largest entry: below is rounding of zero
    nothing = arb(10) ** (NOISE - reading.judge.digits)
    for cluster in reading.clusters:
        block = rho[np.ix_(cluster, cluster)] / trace
        values, vectors = eigensystem_of(reading.judge.mp, block)
        for k, level in enumerate(cluster):
            populations[level] = values[k] if abs(values[k].mid()) > nothing else arb(0)
            for row, other in enumerate(cluster):
                basis[other, level] = vectors[row, k]
    return populations, basis
