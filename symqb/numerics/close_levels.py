"""Levels of one symmetry that come too close for extended precision, settled among themselves.

Vectors from :mod:`symqb.numerics.chain_sectors` are right but for a mixing of close neighbours.
Over the few of a cluster the Hamiltonian is computed in balls, where nothing is lost, and solved
again; what other levels mix in enters squared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb, arb_mat

from symqb.numerics.chain_sectors import ChainNumbers, SectorLevels, bare_terms, solve_sector
from symqb.numerics.eigen_digits import ball_matrix, midpoints, object_array, solve_symmetric
from symqb.program.contexts import working_bits

Array = npt.NDArray[np.float64]
Balls = npt.NDArray[np.object_]

BITS = 200
EXTENDED = 1e-19
"""What a product in extended precision is off, over the largest energy."""
ROUNDING = 2.0**-53
PASSES = 6
"""Each squares the overlaps; from 1e-3 on all bits are there after the last."""


def clusters(sector: SectorLevels, scale: float, spins: int) -> Iterator[list[int]]:
    """Neighbours of one parity that extended precision mixes by more than the promise allows.

    The promise for populations is a rounding for each level of the chain.
    """
    allowed = 0.25 * ROUNDING * 2**spins
    for parity in np.unique(sector.parities):
        inside = np.flatnonzero(sector.parities == parity)
        if len(inside) < 2:
            continue
        gaps = np.diff(sector.energies[inside]) + np.diff(sector.rests[inside])
        narrow = gaps < 2 * EXTENDED / np.sqrt(len(inside)) / allowed * scale
        start = 0
        for end in range(1, len(inside) + 1):
            if end == len(inside) or not narrow[end - 1]:
                if end - start > 1:
                    yield inside[start:end].tolist()
                start = end


class Sectors:
    """The sectors of a chain one by one, close levels settled; what was settled is remembered.

    Vectors are not: two sectors at a time are all that has to be in memory.
    """

    def __init__(self, numbers: ChainNumbers) -> None:
        self.numbers = numbers
        self._settled: dict[int, list[tuple[list[int], Array, Array, Array]]] = {}

    def solve(self, charge: int) -> SectorLevels:
        """The levels of one charge."""
        sector = solve_sector(self.numbers, charge)
        if charge not in self._settled:
            self._settled[charge] = [
                (k, sector.vectors[:, k], sector.energies[k], sector.rests[k])
                for k in settle(self.numbers, sector)
            ]
        else:
            for members, vectors, energies, rests in self._settled[charge]:
                sector.vectors[:, members] = vectors
                sector.energies[members], sector.rests[members] = energies, rests
        return sector


def settle(numbers: ChainNumbers, sector: SectorLevels) -> list[list[int]]:
    """Solve the levels of every cluster again, in place, and tell which they were."""
    scale = float(np.abs(sector.energies).max(initial=0.0))
    found = list(clusters(sector, scale, numbers.spins)) if scale else []
    if found:
        with working_bits(BITS):
            diagonal, terms = _exact(numbers, sector)
            for members in found:
                _solve(sector, members, diagonal, terms)
    return found


def _exact(numbers: ChainNumbers, sector: SectorLevels) -> tuple[Balls, list[tuple[Any, Any, Any]]]:
    """The diagonal of H in balls, and its other terms as (columns, rows, amplitude)."""
    signs, terms = bare_terms(numbers, sector.states)
    values = np.array([*map(arb, numbers.fields), *map(arb, numbers.anisotropy)], dtype=object)
    diagonal = np.zeros(len(sector.states), dtype=object)
    for sign, value in zip(signs, values, strict=True):
        diagonal = diagonal + np.where(sign > 0, value, -value)
    listed = [
        (columns, np.searchsorted(sector.states, images), arb(amplitude))
        for columns, images, amplitude in terms
        if amplitude
    ]
    half = diagonal * arb(0.5)
    if numbers.rest is None:
        return half, listed
    left, leaves = _exact(numbers.rest, sector)
    return half + left, listed + leaves


def _solve(
    sector: SectorLevels, members: list[int], diagonal: Balls, terms: list[tuple[Any, Any, Any]]
) -> None:
    vectors = sector.vectors[:, members]
    exact = np.array([[arb(x) for x in row] for row in vectors.tolist()], dtype=object)
    product = diagonal[:, None] * exact
    for columns, rows, amplitude in terms:
        product[rows] += amplitude * exact[columns]
    V, HV = ball_matrix(exact), ball_matrix(product)
    upright = _orthonormal(V.transpose() * V)
    A = upright.transpose() * (V.transpose() * HV) * upright
    A = (A + A.transpose()) * arb(0.5)
    energies, turn, _ = solve_symmetric(A.mid(), BITS - 20)
    whole = upright * ball_matrix(turn)
    sector.vectors[:, members] = vectors @ midpoints(object_array(whole))
    for k, energy in zip(members, energies, strict=True):
        sector.energies[k] = float(energy.mid())
        sector.rests[k] = float((energy - arb(sector.energies[k])).mid())


def _orthonormal(overlaps: Any) -> Any:
    """What makes vectors orthonormal that nearly are, from their overlaps.

    Close levels may overlap by far more than a rounding, and what is left of that would turn them.
    """
    size = overlaps.nrows()
    unit = arb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
    found = unit
    for _ in range(PASSES):
        defect = (found.transpose() * overlaps * found - unit).mid()
        found = (found * (unit - defect * arb(0.5))).mid()
    return found
