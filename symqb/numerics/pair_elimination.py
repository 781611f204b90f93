"""Steady populations of dense rate equations to some thirty digits, without a subtraction.

By elimination from the last state to the first (Grassmann, Taksar and Heyman, Oper. Res. 33, 1107,
1985), on numbers of two doubles.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.numerics.two_floats import Pair, add_pairs, divide_pairs, multiply_pairs, sum_pairs

Array = npt.NDArray[np.float64]

INFLATIONS = (2.0**40, 2.0**20, 1.0)
"""By how much doubts of rates are enlarged to be seen in doubles."""
UNSEEN = 1e-11
"""What rounding may leave of a change in doubles."""


def stationary_pairs(rates: Pair) -> Pair:
    """Find the steady populations of a rate equation that connects all its states.

    Parameters
    ----------
    rates : pair of arrays, shape (n, n)
        From row to column, best with the lowest level first; the diagonal is ignored.

    Raises
    ------
    FloatingPointError
        Rates that span more than doubles hold.

    Examples
    --------
    >>> populations, _ = stationary_pairs((np.array([[0.0, 1.0], [3.0, 0.0]]), np.zeros((2, 2))))
    >>> populations.tolist()
    [0.75, 0.25]
    """
    high, low = rates[0].copy(), rates[1].copy()
    size = len(high)
    for k in range(size - 1, 0, -1):
        row = high[k, :k], low[k, :k]
        share = divide_pairs((high[:k, k], low[:k, k]), sum_pairs(row))
        high[:k, k], low[:k, k] = share
        came = multiply_pairs(_column(share), (row[0][None, :], row[1][None, :]))
        high[:k, :k], low[:k, :k] = add_pairs((high[:k, :k], low[:k, :k]), came)
    weights = np.zeros((2, size))
    weights[0, 0] = 1.0
    for k in range(1, size):
        terms = multiply_pairs((weights[0, :k], weights[1, :k]), (high[:k, k], low[:k, k]))
        weights[:, k] = sum_pairs(terms)
    whole = sum_pairs((weights[0], weights[1]))
    return divide_pairs((weights[0], weights[1]), whole)


def _column(pair: Pair) -> Pair:
    return pair[0][:, None], pair[1][:, None]


def spread(rates: Array, more: Array) -> float:
    """Bound by how much of itself a population changes as every rate grows by up to so much.

    Unnormalised populations are sums of products of rates (trees), which grow with every rate, and
    at a growing slope: what doubts make of them is at most a share of what larger doubts make, seen
    from the pivots of two eliminations.

    Parameters
    ----------
    rates, more : array, shape (n, n)
        Least rates from row to column, and what may come on top.

    Returns
    -------
    float
        Populations of any rates between lie within this relative distance of each other.

    Examples
    --------
    >>> rates = np.array([[0.0, 1.0], [3.0, 0.0]])
    >>> bool(1e-20 < spread(rates, 1e-20 * rates) < 1e-18)
    True
    """
    if not more.any():
        return 0.0
    found = np.inf
    pivots, weights = _eliminate(rates)
    for inflation in INFLATIONS:
        others, grown = _eliminate(rates + inflation * more)
        with np.errstate(all="ignore"):
            ratios = np.prod(others / pivots) * grown / weights
        change = float(np.max(np.where(np.isfinite(ratios), ratios, np.inf))) - 1
        found = min(found, 2 * (change + UNSEEN) / inflation)
    return found


def _eliminate(rates: Array) -> tuple[Array, Array]:
    """The exit rates of states as they are eliminated, and weights over that of the first."""
    work, size = rates.copy(), len(rates)
    pivots, weights = np.ones(size), np.ones(size)
    for k in range(size - 1, 0, -1):
        pivots[k] = work[k, :k].sum()
        work[:k, k] /= pivots[k]
        work[:k, :k] += np.multiply.outer(work[:k, k], work[k, :k])
    for k in range(1, size):
        weights[k] = weights[:k] @ work[:k, k]
    return pivots, weights


def total(pair: Any) -> Pair:
    """Add all numbers of an array."""
    return sum_pairs((pair[0].ravel(), pair[1].ravel()))
