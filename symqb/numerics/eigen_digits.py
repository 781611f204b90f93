"""Eigensystems of real symmetric matrices at any number of digits, close eigenvalues included.

LAPACK's vectors are the start.  Each round makes them orthonormal (Newton-Schulz), looks at
:math:`T = X^TAX`, turns pairs that lie apart by :math:`T_{ij}/(T_{jj} - T_{ii})`, and hands pairs
that do not, scaled up, to LAPACK again: digits double a round, and a cluster resolves as far as the
digits reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb, arb_mat, ctx

from symqb.models import SteadyStateError
from symqb.numerics.exact_inputs import by_midpoint

Array = npt.NDArray[np.float64]

EXTRA_BITS = 40
MOST_ROUNDS = 60
FAR = 2.0**-6
"""The largest rotation done by first order; pairs that need a larger one go to LAPACK."""
NARROW_BITS = 30
"""Gaps so many bits below the largest entry may be no more than what is left to be turned."""


def object_array(matrix: Any) -> npt.NDArray[np.object_]:
    """A matrix of balls as an array of objects."""
    found = np.empty((matrix.nrows(), matrix.ncols()), dtype=object)
    if found.size:
        found.ravel()[:] = matrix.entries()
    return found


def midpoints(balls: Any) -> Array:
    """An array of balls as floats."""
    array = np.asarray(balls, dtype=object)
    return np.array([float(x.mid()) for x in array.ravel()]).reshape(array.shape)


def ball_matrix(array: Any) -> Any:
    """An array of balls, or of floats taken as they are, as a matrix of balls."""
    rows, columns = np.shape(array)
    entries = np.asarray(array).ravel().tolist()
    return arb_mat(rows, columns, entries) if entries else arb_mat(rows, columns)


def binary_exponent(value: Any) -> int:
    """e with value roughly 2^e, for a ball that is not zero."""
    mantissa, exponent = value.mid().man_exp()
    return int(exponent) + int(abs(mantissa)).bit_length()


def _scaled(array: npt.NDArray[np.object_], exponent: int) -> Array:
    """Midpoints times 2^-exponent as floats."""
    factor = arb(2) ** -exponent
    return np.array([float((x * factor).mid()) for x in array.ravel()]).reshape(array.shape)


def _clusters(size: int, pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The connected components of more than one member."""
    part = list(range(size))
    for a, b in pairs:
        kept, gone = part[a], part[b]
        if kept != gone:
            part = [kept if p == gone else p for p in part]
    members: dict[int, list[int]] = {}
    for k, p in enumerate(part):
        members.setdefault(p, []).append(k)
    return [m for m in members.values() if len(m) > 1]


def _rotation(T: npt.NDArray[np.object_], scale: int) -> Any:
    """What turns nearly diagonal T towards its eigenvectors."""
    size = len(T)
    diagonal = [T[k, k] for k in range(size)]
    turn = np.empty((size, size), dtype=object)
    turn[:] = arb(0)
    close: list[tuple[int, int]] = []
    narrow = arb(2) ** (scale - NARROW_BITS)
    for i in range(size):
        turn[i, i] = arb(1)
        for j in range(i):
            if T[i, j] == 0:
                continue
            gap = (diagonal[j] - diagonal[i]).mid()
            if abs(gap) < narrow and _unresolved(T, i, j):
                continue
            angle = (T[i, j] / gap).mid() if gap != 0 else arb(1)
            if abs(angle) < FAR:
                turn[i, j], turn[j, i] = angle, -angle
            else:
                close.append((i, j))
    inside = np.empty((size, size), dtype=object)
    inside[:] = [[arb(int(i == j)) for j in range(size)] for i in range(size)]
    for members in _clusters(size, close):
        part = T[np.ix_(members, members)]
        centre = part[0, 0]
        shifted = part - np.diag([centre] * len(members))
        largest = max(binary_exponent(x) for x in shifted.ravel() if x != 0)
        _, vectors = np.linalg.eigh(_scaled((shifted + shifted.T) / 2, largest))
        inside[np.ix_(members, members)] = [[arb(x) for x in row] for row in vectors.tolist()]
    # first pairs that lie apart, then each cluster by itself: both at once would not be orthogonal
    return ball_matrix(turn) * ball_matrix(inside)


def _unresolved(T: npt.NDArray[np.object_], i: int, j: int) -> bool:
    """Whether what two levels differ by is no more than others leave of second order.

    Turned by that, they would mix what is left between them and the others again: levels that
    coincide exactly would gain no more than the digits of a double in a round.
    """
    noise = arb(0)
    for k in range(len(T)):
        if k in (i, j):
            continue
        gap = min(abs(T[k, k] - T[i, i]), abs(T[k, k] - T[j, j]), key=by_midpoint).mid()
        # a level of the same cluster says nothing
        if abs(T[i, k]) + abs(T[k, j]) < FAR * gap:
            noise += (T[i, k] ** 2 + T[k, j] ** 2) / gap
    return bool(max(abs(T[i, j]), abs(T[i, i] - T[j, j]), key=by_midpoint) < 4 * noise)


def _off_diagonal(T: npt.NDArray[np.object_]) -> Any:
    size = len(T)
    return max((abs(T[i, j]) for i in range(size) for j in range(i)), default=arb(0))


def solve_symmetric(matrix: Any, bits: int) -> tuple[list[Any], npt.NDArray[np.object_], list[Any]]:
    """Eigenvalues as balls, ascending, orthonormal eigenvectors, and the error of each vector.

    Parameters
    ----------
    matrix : arb_mat, shape (n, n)
        Real, symmetric.
    bits : int
        Bits that eigenvalues are right to, relative to the largest entry.

    Returns
    -------
    energies : list of arb
    vectors : array of arb, shape (n, n)
        Columns; midpoints.
    errors : list of arb
        A bound for each vector's distance from an exact one: the residual over the distance to the
        nearest eigenvalue that differs visibly.  Within a cluster that does not differ visibly any
        orthonormal basis serves.

    Raises
    ------
    SteadyStateError
        No convergence (never seen).

    Examples
    --------
    >>> energies, vectors, _ = solve_symmetric(arb_mat([[2, 1], [1, 2]]), 100)
    >>> [float(e) for e in energies]
    [1.0, 3.0]
    """
    size = matrix.nrows()
    saved, ctx.prec = ctx.prec, bits + EXTRA_BITS
    try:
        return _solve(matrix, size, bits)
    finally:
        ctx.prec = saved


def _solve(matrix: Any, size: int, bits: int) -> tuple[list[Any], Any, list[Any]]:
    entries = object_array(matrix)
    largest = max((abs(x) for x in entries.ravel()), default=arb(0))
    if size == 1 or largest == 0:
        identity = np.array([[arb(int(i == j)) for j in range(size)] for i in range(size)])
        return [entries[k, k] for k in range(size)], identity, [arb(0)] * size
    scale = binary_exponent(largest)
    start = _scaled(entries, scale)
    X = ball_matrix(np.linalg.eigh((start + start.T) / 2)[1])
    wanted = arb(2) ** (scale - bits)
    exact = matrix.mid()
    for _ in range(MOST_ROUNDS):
        X = _orthonormal(X, size)
        T = object_array((X.transpose() * (exact * X)).mid())
        if _off_diagonal(T) < wanted:
            return _finished(T, X, object_array(matrix - exact), wanted)
        X = (X * _rotation(T, scale)).mid()
    raise SteadyStateError("levels do not converge at these digits; scale all energies together")


def _orthonormal(X: Any, size: int) -> Any:
    """Nearly orthonormal columns made so to the precision in force (Newton-Schulz)."""
    unit = ball_matrix(np.eye(size))
    enough = arb(2) ** -(ctx.prec // 2 + 4)
    while True:
        defect = X.transpose() * X - unit
        X = (X - X * defect * arb(0.5)).mid()
        # the defect is squared each time
        if max(abs(x) for x in defect.entries()) < enough:
            return X


def _finished(T: Any, X: Any, doubt: Any, wanted: Any) -> tuple[list[Any], Any, list[Any]]:
    size = len(T)
    # Weyl: a symmetric perturbation moves no eigenvalue by more than its norm
    doubts = [abs(x).upper() for x in doubt.ravel()]
    residual = (size * (_off_diagonal(T) + max(doubts) + wanted * arb(2) ** -20)).upper()
    order = sorted(range(size), key=lambda k: by_midpoint(T[k, k]))
    middles = [T[k, k].mid() for k in order]
    energies = [middle + residual * arb(0, 1) for middle in middles]
    vectors = object_array(X)[:, order]
    visible = 4 * residual
    errors: list[Any] = []
    for k in range(size):
        gaps = [abs(middles[k] - middles[j]) for j in range(size) if j != k]
        apart = [gap for gap in gaps if gap > visible]
        errors.append((2 * residual / min(apart)).upper() if apart else residual * 0)
    return energies, vectors, errors
