r"""Steady states by elimination without subtraction, in blocks of matrix products.

A generator restricted to levels that are about to be eliminated is a diagonally dominant M-matrix
:math:`A = D - P`, known by its off-diagonal rates :math:`P \ge 0` and its exit rates
:math:`e_i = \sum_j A_{ij} \ge 0`.  Both halves of a 2 x 2 partition, the Schur complement

.. math:: S:\quad P_{22} + P_{21}A_{11}^{-1}P_{12},\qquad e_S = e_2 + P_{21}A_{11}^{-1}e_1,

and the inverse itself are again sums and products of nonnegative numbers, so every entry keeps its
relative accuracy whatever its size (Grassmann, Taksar, Heyman 1985; Alfa, Xue, Ye 2002), and the
work is in matrix products.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import SteadyStateError

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LEAF = 24


def _leaf_inverse(rates: Array, exits: Array) -> Array:
    """The inverse by one-by-one elimination (Gauss-Jordan, all terms positive)."""
    size = len(exits)
    # columns 0..size-1 hold the rates among levels still alive, then the inverse as it grows
    work, out = rates.copy(), exits.copy()
    inverse = np.eye(size)
    for k in range(size):
        total = work[k, k + 1 :].sum() + out[k]
        share = work[k + 1 :, k] / total
        work[k + 1 :, k + 1 :] += np.multiply.outer(share, work[k, k + 1 :])
        out[k + 1 :] += share * out[k]
        inverse[k + 1 :, : k + 1] += np.multiply.outer(share, inverse[k, : k + 1])
        work[k, k + 1 :] /= total
        inverse[k, : k + 1] /= total
    for k in range(size - 2, -1, -1):
        inverse[k] += work[k, k + 1 :] @ inverse[k + 1 :]
    return inverse


def inverse_m_matrix(rates: Array, exits: Array) -> Array:
    r""":math:`(D - P)^{-1}` for rates :math:`P` and exit rates :math:`e`, without subtraction.

    Parameters
    ----------
    rates : array, shape (n, n)
        Rates from row to column, zero or positive; the diagonal is ignored.
    exits : array, shape (n,)
        Rates out of the set; :math:`D_{ii} = e_i + \sum_j P_{ij}`.

    Returns
    -------
    array, shape (n, n)
        Zero or positive, accurate entry by entry.

    Examples
    --------
    >>> inverse_m_matrix(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1e-30, 1e-30]))
    array([[5.e+29, 5.e+29],
           [5.e+29, 5.e+29]])
    """
    size = len(exits)
    if size <= LEAF:
        return _leaf_inverse(rates, exits)
    half = size // 2
    P12, P21 = rates[:half, half:], rates[half:, :half]
    first = inverse_m_matrix(rates[:half, :half], exits[:half] + P12.sum(axis=1))
    left = P21 @ first
    right = first @ P12
    second = inverse_m_matrix(rates[half:, half:] + P21 @ right, exits[half:] + left @ exits[:half])
    inverse = np.empty_like(rates)
    inverse[half:, half:] = second
    np.matmul(second, left, out=inverse[half:, :half])
    np.matmul(right, second, out=inverse[:half, half:])
    np.matmul(right, inverse[half:, :half], out=inverse[:half, :half])
    inverse[:half, :half] += first
    return inverse


def stationary(rates: Array) -> Array:
    """The stationary weights of an irreducible rate matrix, up to a common factor.

    Examples
    --------
    >>> weights = stationary(np.array([[0.0, 1.0], [3.0, 0.0]]))
    >>> (weights / weights.sum()).tolist()
    [0.75, 0.25]
    """
    size = len(rates)
    if size == 1:
        return np.ones(1)
    half = min(size - 1, max(size // 2, min(LEAF, size - 1)))
    P12, P21 = rates[:half, half:], rates[half:, :half]
    step = P21 @ inverse_m_matrix(rates[:half, :half], P12.sum(axis=1))
    rest = stationary(rates[half:, half:] + step @ P12)
    return np.concatenate([rest @ step, rest])


def steady_weights(
    sizes: Sequence[int],
    rates: Callable[[int], tuple[Array, Array]],
    centre: int,
    advance: Callable[[int], Any] = lambda step: None,
) -> list[Array]:
    """Stationary weights of a block-tridiagonal rate matrix, eliminated from both ends inwards.

    Parameters
    ----------
    sizes : sequence of int
        Levels in each block.
    rates : callable
        ``rates(k)`` gives the rates from block k + 1 to block k (shape ``(n[k+1], n[k])``) and
        from block k to block k + 1 (shape ``(n[k], n[k+1])``).
    centre : int
        The block that is kept to the last; best the one with the ground state.
    advance : callable
        Told the number of a block when it is eliminated.

    Returns
    -------
    list of array
        Weights of the blocks' levels, up to one common factor.

    Examples
    --------
    >>> down, up = np.array([[3.0]]), np.array([[1.0]])
    >>> [w.tolist() for w in steady_weights([1, 1], lambda k: (down, up), 0)]
    [[1.0], [0.3333333333333333]]
    """
    blocks = len(sizes)
    steps: dict[int, Array] = {}
    left = range(centre)
    right = range(blocks - 1, centre, -1)
    ends: list[Array] = []
    for path, direction in ((left, 1), (right, -1)):
        first = path[0] if len(path) else centre
        rates_within = np.zeros((sizes[first], sizes[first]))
        for k in path:
            down, up = rates(k if direction == 1 else k - 1)
            out, back = (up, down) if direction == 1 else (down, up)
            steps[k] = back @ inverse_m_matrix(rates_within, out.sum(axis=1))
            rates_within = steps[k] @ out
            advance(k)
        ends.append(rates_within)
    weights: dict[int, Array] = {centre: stationary(ends[0] + ends[1])}
    advance(centre)
    for k in reversed(left):
        weights[k] = weights[k + 1] @ steps[k]
    for k in reversed(right):
        weights[k] = weights[k - 1] @ steps[k]
    return [weights[k] for k in range(blocks)]


def closed_classes(
    sizes: Sequence[int], links: Callable[[int], tuple[Bools, Bools]]
) -> list[list[Bools]]:
    """The sets of levels that, once entered, are never left, as masks block by block.

    ``links(k)`` tells which rates of ``rates(k)`` in :func:`steady_weights` are not zero.

    Examples
    --------
    >>> one = np.array([[True]])
    >>> [[m.tolist() for m in c] for c in closed_classes([1, 1], lambda k: (one, ~one))]
    [[[True], [False]]]
    """
    found: list[list[Bools]] = []
    open_ = [np.ones(size, dtype=bool) for size in sizes]
    while any(mask.any() for mask in open_):
        ahead = _single(sizes, _first(open_))
        while True:
            start = _single(sizes, _first(ahead))
            ahead = _reach(sizes, links, start, forward=True)
            behind = _reach(sizes, links, start, forward=False)
            beyond = [a & ~b for a, b in zip(ahead, behind, strict=True)]
            if not any(mask.any() for mask in beyond):
                break
            ahead = beyond
        found.append(ahead)
        open_ = [o & ~b for o, b in zip(open_, behind, strict=True)]
    return found


def _first(masks: Sequence[Bools]) -> tuple[int, int]:
    block = next(k for k, mask in enumerate(masks) if mask.any())
    return block, int(np.argmax(masks[block]))


def _single(sizes: Sequence[int], where: tuple[int, int]) -> list[Bools]:
    masks = [np.zeros(size, dtype=bool) for size in sizes]
    masks[where[0]][where[1]] = True
    return masks


def _reach(
    sizes: Sequence[int],
    links: Callable[[int], tuple[Bools, Bools]],
    start: Sequence[Bools],
    *,
    forward: bool,
) -> list[Bools]:
    """The levels that can be reached from the start, or (backward) that can reach it."""
    reached = [mask.copy() for mask in start]
    fresh = [mask.copy() for mask in start]
    while any(mask.any() for mask in fresh):
        gained = [np.zeros(size, dtype=bool) for size in sizes]
        for k in range(len(sizes) - 1):
            if not (fresh[k].any() or fresh[k + 1].any()):
                continue
            down, up = links(k)
            if not forward:
                down, up = up.T, down.T
            if fresh[k + 1].any():
                gained[k] |= down[fresh[k + 1]].any(axis=0)
            if fresh[k].any():
                gained[k + 1] |= up[fresh[k]].any(axis=0)
        fresh = [g & ~r for g, r in zip(gained, reached, strict=True)]
        reached = [r | f for r, f in zip(reached, fresh, strict=True)]
    return reached


def normalise(weights: Sequence[Array]) -> list[Array]:
    """Weights divided by their sum.

    Raises
    ------
    SteadyStateError
        Weights that overflowed, or that are all zero.
    """
    top = max(float(part.max(initial=0.0)) for part in weights)
    if not np.isfinite(top) or top == 0.0 or any(not np.isfinite(p).all() for p in weights):
        raise SteadyStateError(
            "rates span more than double precision holds, so no steady state can be computed; "
            "raise the lowest temperature"
        )
    scaled = [part / top for part in weights]
    total = sum(float(part.sum()) for part in scaled)
    return [part / total for part in scaled]
