"""Steady states of rate equations in balls, by elimination without subtraction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb

from symqb.numerics.ball_rates import Edge

Balls = npt.NDArray[np.object_]
Bools = npt.NDArray[np.bool_]


def rate_matrix(size: int, edges: Iterable[Edge]) -> Balls:
    """Rates from row to column, all baths together."""
    rates = np.full((size, size), arb(0), dtype=object)
    for edge in edges:
        if edge.lower != edge.upper:
            rates[edge.lower, edge.upper] += edge.up
            rates[edge.upper, edge.lower] += edge.down
    return rates


def closed_classes(links: Bools) -> list[list[int]]:
    """The sets of levels that are never left and hold no such set, from which links to which.

    Examples
    --------
    >>> links = np.array([[0, 1, 0], [0, 0, 0], [0, 1, 0]], dtype=bool)
    >>> closed_classes(links)
    [[1]]
    """
    size = len(links)
    reach = links | np.eye(size, dtype=bool)
    while True:
        longer = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0
        if (longer == reach).all():
            break
        reach = longer
    mutual = reach & reach.T
    # closed: whatever is reached leads back
    closed = (reach == mutual).all(axis=1)
    classes: dict[int, list[int]] = {}
    for k in np.flatnonzero(closed):
        classes.setdefault(int(np.argmax(mutual[k])), []).append(int(k))
    return list(classes.values())


def stationary(rates: Balls, members: Sequence[int]) -> dict[int, Any]:
    """Steady populations of one closed class, given lowest level first.

    Examples
    --------
    >>> rates = np.array([[arb(0), arb(1)], [arb(3), arb(0)]], dtype=object)
    >>> {k: float(p) for k, p in stationary(rates, [0, 1]).items()}
    {0: 0.75, 1: 0.25}
    """
    work = rates[np.ix_(members, members)].copy()
    size = len(members)
    for k in range(size - 1, 0, -1):
        onward = np.flatnonzero(work[k, :k] != 0)
        arriving = np.flatnonzero(work[:k, k] != 0)
        total = sum(work[k, onward].tolist(), arb(0))
        work[arriving, k] = work[arriving, k] / total
        work[np.ix_(arriving, onward)] += np.multiply.outer(work[arriving, k], work[k, onward])
    weights = [arb(1)]
    for k in range(1, size):
        into = np.flatnonzero(work[:k, k] != 0)
        weights.append(sum((weights[i] * work[i, k] for i in into), arb(0)))
    whole = sum(weights, arb(0))
    return {member: weight / whole for member, weight in zip(members, weights, strict=True)}
