r"""Eigensystems of Hermitian matrices to some thirty digits, each vector with a bound of its error.

LAPACK's vectors X are the start.  Each round measures :math:`G = X^\dagger X - 1` and
:math:`F_{ij} = T_{ij} - G_{ij}(\lambda_i + \lambda_j)/2` with :math:`T = X^\dagger A X`, and turns
pairs that lie apart by :math:`F_{ij}/(\lambda_j - \lambda_i) - G_{ij}/2` (Ogita and Aishima, Japan
J. Indust. Appl. Math. 35, 1007, 2018); others are handed, scaled up, to LAPACK again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import SteadyStateError
from symqb.models.operators import components
from symqb.numerics.pair_matrices import ROUNDING, adjoint, multiply_matrices, pair_of, scale_pairs
from symqb.numerics.two_floats import Pair, add_pairs, multiply_pairs, subtract_pairs

Array = npt.NDArray[np.float64]

MOST_ROUNDS = 12
FAR = 2.0**-6
"""The largest rotation done by first order; pairs that need a larger one go to LAPACK."""
SMALL = 2.0**-70
"""Rotations below this leave nothing of second order."""


@dataclass(frozen=True)
class PairEigensystem:
    """Energies, ascending, and orthonormal states of a Hermitian matrix.

    Attributes
    ----------
    energies : pair of arrays, shape (n,)
    vectors : pair of arrays, shape (n, n)
        Columns.
    residue : array, shape (n, n)
        What is left off the diagonal at most: over the gap of two levels it bounds how much of one
        is in the vector of the other.
    noise : float
        What an energy may be off.
    """

    energies: Pair
    vectors: Pair
    residue: Array
    noise: float


def solve_hermitian(matrix: Pair) -> PairEigensystem:
    """Diagonalise a Hermitian matrix.

    Parameters
    ----------
    matrix : pair of arrays, shape (n, n)
        Real or complex.

    Raises
    ------
    SteadyStateError
        No convergence.

    Examples
    --------
    >>> found = solve_hermitian(pair_of(np.array([[2.0, 1.0], [1.0, 2.0]])))
    >>> found.energies[0].tolist(), found.noise < 1e-29
    ([1.0, 3.0], True)
    """
    size = len(matrix[0])
    if size == 1:
        energy = matrix[0][0].real, matrix[1][0].real
        return PairEigensystem(energy, pair_of(np.ones((1, 1))), np.zeros((1, 1)), 0.0)
    exponent = int(np.frexp(np.abs(matrix[0]).max(initial=0.0))[1])
    scaled = scale_pairs(matrix, -exponent)
    vectors = pair_of(np.linalg.eigh(scaled[0])[1])
    # a product with A, then one with the adjoint of X
    noise = 4 * ROUNDING * (1 + np.sqrt(size)) * max(1.0, _norm(scaled[0]))
    for _ in range(MOST_ROUNDS):
        measured = _measure(scaled, vectors)
        turn, close, settled = _turns(measured, noise)
        vectors = add_pairs(vectors, pair_of(vectors[0] @ turn))
        if settled:
            energies = scale_pairs(measured.energies, exponent)
            # what was more has been turned away
            residue = np.ldexp(np.minimum(np.abs(measured.off), 4 * noise) + noise, exponent)
            return PairEigensystem(energies, vectors, residue, float(np.ldexp(noise, exponent)))
        for members in close:
            vectors = _resolved(vectors, measured, members)
    raise SteadyStateError("levels do not converge; scale all energies together")


def _norm(matrix: Any) -> float:
    return float(np.abs(matrix).sum(axis=1).max())


@dataclass(frozen=True)
class _Measured:
    """Energies, and what is off: F off its diagonal, the defect G, the gaps ``E_j - E_i``."""

    energies: Pair
    off: Any
    defect: Any
    gaps: Array


def _measure(matrix: Pair, vectors: Pair) -> _Measured:
    back = adjoint(vectors)
    defect = subtract_pairs(multiply_matrices(back, vectors), pair_of(np.eye(len(matrix[0]))))[0]
    turned = multiply_matrices(back, multiply_matrices(matrix, vectors))
    diagonal = tuple(np.diagonal(part).real.copy() for part in turned)
    stretch = np.diagonal(defect).real
    lost = multiply_pairs((diagonal[0], diagonal[1]), pair_of(stretch))
    energies = subtract_pairs((diagonal[0], diagonal[1]), lost)
    high, low = energies
    gaps = np.subtract.outer(high, high) + np.subtract.outer(low, low)
    off = turned[0] - np.add.outer(high, high) / 2 * defect
    # exactly Hermitian, so that turns keep lengths to first order
    off = (off + off.conj().T) / 2
    np.fill_diagonal(off, 0)
    return _Measured(energies, off, defect, -gaps)


def _turns(measured: _Measured, noise: float) -> tuple[Any, list[list[int]], bool]:
    """The turns of first order, sets of levels that need more, and whether all is done."""
    off, gaps, defect = np.abs(measured.off), measured.gaps, measured.defect
    with np.errstate(all="ignore"):
        angle = np.where(gaps != 0, measured.off / gaps, np.inf)
    np.fill_diagonal(angle, 0)
    # levels that no digit here tells apart: turned, they would mix what is left of others
    alike = (off <= 4 * noise) & (np.abs(gaps) <= 1024 * noise)
    small = np.abs(angle) < FAR
    turn = np.where(small & ~alike, angle, 0) - defect / 2
    near = ~small & ~alike
    close = [m for m in components(len(gaps), zip(*np.nonzero(near), strict=True)) if len(m) > 1]
    settled = not close and bool((np.abs(defect) <= SMALL).all())
    return turn, close, settled and bool(((np.abs(turn) <= SMALL) | (off <= 4 * noise)).all())


def _resolved(vectors: Pair, measured: _Measured, members: list[int]) -> Pair:
    """Turn levels that lie close together by their own eigenvectors, scaled up."""
    inside = np.ix_(members, members)
    part = measured.off[inside] + np.diag(measured.gaps[members[0], members])
    scale = np.abs(part).max()
    turned = np.linalg.eigh(part / scale)[1]
    columns = vectors[0][:, members], vectors[1][:, members]
    new = multiply_matrices(columns, pair_of(turned))
    found = vectors[0].copy(), vectors[1].copy()
    for target, values in zip(found, new, strict=True):
        target[:, members] = values
    return found
