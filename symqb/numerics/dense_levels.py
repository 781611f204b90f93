"""Levels of a system at a point to some thirty digits, in arrays, with bounds of their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
import sympy as sp

from symqb.derive.system_blocks import Block
from symqb.numerics.exact_inputs import is_exact
from symqb.numerics.mp_balls import Matrix
from symqb.numerics.pair_eigensystems import PairEigensystem, solve_hermitian
from symqb.numerics.pair_matrices import ROUNDING, adjoint, multiply_matrices
from symqb.numerics.system_domains import check_domains
from symqb.numerics.system_numbers import AtPoint, SystemFormulas, exact_values, group_levels
from symqb.numerics.two_floats import Pair, add_pairs, multiply_pairs

Array = npt.NDArray[np.float64]
Entries = dict[tuple[int, int], Any]

DIGITS = 40
"""Decimal digits to which single entries are evaluated."""


@dataclass(frozen=True, eq=False)
class DenseLevels(AtPoint):
    """Levels of a system at a point.

    Attributes
    ----------
    pairs : pair of arrays, shape (n,)
        Energies, in the order of the levels' numbers.
    vectors : pair of arrays, shape (n, n)
        The levels as columns over the combinations of bare states that the blocks have.
    mixing : array, shape (n, n)
        How much of the level of the row is in the vector of the column by mistake, at most.
    noise : float
        What an energy may be off.
    groups : list of lists of int
        Levels that coincide, as places from 0.
    """

    pairs: Pair
    vectors: Pair
    mixing: Array
    noise: float
    groups: list[list[int]]

    @cached_property
    def energies(self) -> list[Any]:
        """The energies as mpmath numbers."""
        return to_numbers(self.pairs)

    @cached_property
    def gaps(self) -> Pair:
        """Energies of the columns' levels above those of the rows'; exactly 0 where they coincide.

        Returns
        -------
        pair of arrays, shape (n, n)
        """
        high, low = self.pairs
        gaps = add_pairs((high[None, :], low[None, :]), (-high[:, None], -low[:, None]))
        for group in self.groups:
            for part in gaps:
                part[np.ix_(group, group)] = 0.0
        return gaps

    def between(self, operator: sp.ImmutableMatrix) -> tuple[Pair, Array]:
        """An operator between the levels, and by how much each element may be off.

        Returns
        -------
        elements : pair of arrays, shape (n, n)
            Rows: to which level; columns: from which.
        errors : array, shape (n, n)
        """
        given = _adapted(self.formulas, _numbers(self.formulas, operator, self.values))
        inside = _pair(self.formulas.system.size, given)
        back = adjoint(self.vectors)
        elements = multiply_matrices(back, multiply_matrices(inside, self.vectors))
        sizes = np.abs(elements[0])
        errors = 2 * (self.mixing.T @ sizes + sizes @ self.mixing)
        width = np.abs(inside[0]).sum(axis=1).max()
        reach = (np.abs(back[0]) @ (inside[0] != 0) @ np.abs(self.vectors[0])) > 0
        return elements, errors + 4 * ROUNDING * (1 + np.sqrt(len(sizes))) * width * reach

    @cached_property
    def states(self) -> Pair:
        """The levels as columns over the bare states.

        Returns
        -------
        pair of arrays, shape (n, n)
        """
        size = self.formulas.system.size
        turned: Entries = {}
        for column, (combination, norm) in enumerate(_combinations(self.formulas)):
            for state, sign in combination.items():
                turned[state, column] = sign / mpmath.sqrt(norm)
        return multiply_matrices(_pair(size, turned), self.vectors)

    def bare(self, populations: Pair) -> Matrix:
        """A state of such populations of the levels as a density matrix over the bare states."""
        states = self.states
        weighted = _weighted(states, populations)
        high, low = multiply_matrices(weighted, adjoint(states))
        found = mpmath.matrix(*high.shape)
        for i, j in zip(*np.nonzero(high), strict=True):
            x, y = high[i, j].item(), low[i, j].item()
            found[int(i), int(j)] = mpmath.mpmathify(x) + mpmath.mpmathify(y)
        return found


def _weighted(states: Pair, weights: Pair) -> Pair:
    """Columns times weights."""
    if not np.iscomplexobj(states[0]):
        return multiply_pairs(states, (weights[0][None, :], weights[1][None, :]))
    parts = [
        multiply_pairs((one[0], one[1]), (weights[0][None, :], weights[1][None, :]))
        for one in ((states[0].real, states[1].real), (states[0].imag, states[1].imag))
    ]
    return parts[0][0] + 1j * parts[1][0], parts[0][1] + 1j * parts[1][1]


def to_numbers(pair: Pair) -> list[Any]:
    """An array of two doubles a number as mpmath numbers."""
    return [mpmath.mpf(x) + mpmath.mpf(y) for x, y in zip(*(p.tolist() for p in pair), strict=True)]


def solve_dense_levels(formulas: SystemFormulas, point: Mapping[str, Any]) -> DenseLevels:
    """Diagonalise a system at a point, block by block.

    Parameters
    ----------
    formulas : SystemFormulas
    point : mapping
        Parameter to its value, taken exactly; floats are known to half a unit in the last place.

    Raises
    ------
    DomainError
        A point outside the domain of an expression of the system.
    """
    with mpmath.workdps(DIGITS):
        values = exact_values(formulas, point)
        check_domains(formulas, point, values)
        solved = [
            _solve_block(formulas, block, known, values)
            for block, known in zip(formulas.blocks, formulas.closed, strict=True)
        ]
        pairs = tuple(np.concatenate([one.energies[k] for one in solved]) for k in range(2))
        vectors = tuple(_diagonal([one.vectors[k] for one in solved]) for k in range(2))
        noise = max(one.noise for one in solved)
        moved = _moved(formulas, point, values, vectors[0])
        energies = to_numbers((pairs[0], pairs[1]))
        groups = group_levels(energies, moved, 1024 * noise)
    mixing = _mixing(_diagonal([one.residue for one in solved]), pairs, groups)
    return DenseLevels(
        formulas, values, (pairs[0], pairs[1]), (vectors[0], vectors[1]), mixing, noise, groups
    )


def _mixing(residue: Array, pairs: Sequence[Array], groups: Sequence[Sequence[int]]) -> Array:
    """What is left off the diagonal over the gaps; of levels that coincide any basis serves."""
    high, low = pairs
    gaps = np.subtract.outer(high, high) + np.subtract.outer(low, low)
    np.fill_diagonal(gaps, np.inf)
    for group in groups:
        gaps[np.ix_(group, group)] = np.inf
    found: Array = residue / np.abs(gaps)
    return found


def _diagonal(blocks: Sequence[Any]) -> Any:
    """Blocks along the diagonal of a matrix."""
    size = sum(map(len, blocks))
    found = np.zeros((size, size), dtype=np.result_type(*blocks))
    start = 0
    for block in blocks:
        end = start + len(block)
        found[start:end, start:end] = block
        start = end
    return found


def _solve_block(
    formulas: SystemFormulas, block: Block, known: list[sp.Expr] | None, values: Sequence[Any]
) -> PairEigensystem:
    """Solve a block, levels in the order of their numbers; without closed forms upwards."""
    norms = [mpmath.sqrt(n) for n in block.norms]
    entries = {
        (i, j): x * norms[i] / norms[j]
        for (i, j), x in _numbers(formulas, block.matrix, values).items()
    }
    found = solve_hermitian(_pair(len(norms), entries))
    order = np.lexsort((found.energies[1], found.energies[0]))
    if known is not None:
        closed = [mpmath.re(formulas.at(energy, values)) for energy in known]
        rank = np.empty(len(closed), dtype=np.int64)
        rank[sorted(range(len(closed)), key=lambda k: closed[k])] = order
        order = rank
    return PairEigensystem(
        (found.energies[0][order], found.energies[1][order]),
        (found.vectors[0][:, order], found.vectors[1][:, order]),
        found.residue[np.ix_(order, order)],
        found.noise,
    )


def _combinations(formulas: SystemFormulas) -> list[tuple[Mapping[int, int], int]]:
    """All combinations of bare states with their squared norms, block by block."""
    return [pair for b in formulas.blocks for pair in zip(b.basis, b.norms, strict=True)]


def _numbers(
    formulas: SystemFormulas, matrix: sp.ImmutableMatrix, values: Sequence[Any]
) -> Entries:
    """The entries of a matrix that are not zero."""
    return {
        place: mpmath.mpf(int(x.p)) / int(x.q) if x.is_Rational else formulas.at(x, values)
        for place, x in matrix.todok().items()
    }


def _adapted(formulas: SystemFormulas, entries: Entries) -> Entries:
    """An operator over the combinations of bare states, zeros being exactly zero."""
    owners: dict[int, list[tuple[int, Any]]] = {}
    for column, (combination, norm) in enumerate(_combinations(formulas)):
        for state, sign in combination.items():
            owners.setdefault(state, []).append((column, sign / mpmath.sqrt(norm)))
    found: Entries = {}
    sizes: Entries = {}
    for (a, c), x in entries.items():
        for i, weight in owners[a]:
            for j, other in owners[c]:
                term = weight * x * other
                found[i, j] = found.get((i, j), 0) + term
                sizes[i, j] = sizes.get((i, j), 0) + abs(term)
    small = mpmath.mpf(10) ** (5 - mpmath.mp.dps)
    return {place: x for place, x in found.items() if abs(x) > small * sizes[place]}


def _pair(size: int, entries: Entries) -> Pair:
    """Entries of a matrix as two doubles each, complex ones if one is."""
    kind = complex if any(mpmath.im(x) != 0 for x in entries.values()) else float
    found = np.zeros((2, size, size), dtype=kind)
    for place, x in entries.items():
        number = x if kind is complex else mpmath.re(x)
        found[0][place] = high = kind(number)
        found[1][place] = kind(number - high)
    return found[0], found[1]


def _moved(
    formulas: SystemFormulas, point: Mapping[str, Any], values: Sequence[Any], vectors: Any
) -> list[list[float]]:
    """For each parameter x given as a float, x dE/dx of every level."""
    found = []
    for symbol, entries in formulas.slopes.items():
        if entries and not is_exact(point[str(symbol)]):
            numbers = {place: formulas.at(x, values) for place, x in entries.items()}
            slopes = _pair(formulas.system.size, _adapted(formulas, numbers))[0]
            found.append(np.sum(vectors.conj() * (slopes @ vectors), axis=0).real.tolist())
    return found
