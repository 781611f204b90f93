"""What is read off a density matrix over bare states: parts of it, and how entangled they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import mpmath

from symqb.numerics.mp_balls import Matrix


def reduced_state(density: Matrix, sizes: Sequence[int], kept: Sequence[int]) -> Matrix:
    """Trace out all sites but some.

    Parameters
    ----------
    density : mpmath matrix
        Over the product of the sites, the first the leftmost factor.
    sizes : sequence of int
        Levels of each site.
    kept : sequence of int
        Which sites to keep, from 0 and ascending.

    Examples
    --------
    >>> pure = mpmath.matrix([[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]) / 2
    >>> reduced_state(pure, (2, 2), [0])
    matrix(
    [['0.5', '0.0'],
     ['0.0', '0.5']])
    """
    gone = [k for k in range(len(sizes)) if k not in kept]
    strides = [prod(sizes[k + 1 :]) for k in range(len(sizes))]
    inside = [_offset(kept, strides, one) for one in product(*(range(sizes[k]) for k in kept))]
    outside = [_offset(gone, strides, one) for one in product(*(range(sizes[k]) for k in gone))]
    found = mpmath.matrix(len(inside), len(inside))
    for i, a in enumerate(inside):
        for j, c in enumerate(inside):
            found[i, j] = mpmath.fsum(density[a + x, c + x] for x in outside)
    return found


def _offset(sites: Sequence[int], strides: Sequence[int], names: Sequence[int]) -> int:
    return sum(strides[site] * name for site, name in zip(sites, names, strict=True))


def concurrence(density: Matrix) -> Any:
    r"""Give the concurrence of two qubits (Wootters, Phys. Rev. Lett. 80, 2245).

    Of :math:`\rho = AA^\dagger` it is :math:`\max(0, s_1 - s_2 - s_3 - s_4)` with the singular
    values of :math:`A^T(\sigma_y\otimes\sigma_y)A`: no root of a difference is taken.

    Examples
    --------
    >>> bell = mpmath.matrix([[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]) / 2
    >>> print(mpmath.nstr(concurrence(bell), 10))
    1.0
    """
    values, vectors = mpmath.eighe(density)
    half = vectors.copy()
    for k, value in enumerate(values):
        # rounding below zero
        root = mpmath.sqrt(max(mpmath.re(value), mpmath.mpf(0)))
        for i in range(4):
            half[i, k] = vectors[i, k] * root
    flipped = mpmath.matrix(4, 4)
    for i, sign in enumerate((-1, 1, 1, -1)):
        for k in range(4):
            flipped[i, k] = sign * half[3 - i, k]
    singular = mpmath.svd_c(half.T * flipped, compute_uv=False)
    return max(2 * max(singular) - mpmath.fsum(singular), mpmath.mpf(0))


def negativity(density: Matrix, first: int, second: int) -> Any:
    r"""Give the negativity of two sites: minus the sum of what is below zero in a spectrum.

    The spectrum is that of the partial transpose (Vidal and Werner, Phys. Rev. A 65, 032314); 1/2
    for a Bell state.

    Parameters
    ----------
    density : mpmath matrix
        Over the two sites.
    first, second : int
        Their numbers of levels.

    Examples
    --------
    >>> bell = mpmath.matrix([[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]) / 2
    >>> print(mpmath.nstr(negativity(bell, 2, 2), 10))
    0.5
    """
    turned = mpmath.matrix(first * second, first * second)
    for a, b, c, d in product(range(first), range(second), range(first), range(second)):
        turned[a * second + d, c * second + b] = density[a * second + b, c * second + d]
    values = mpmath.eighe(turned, eigvals_only=True)
    return mpmath.fsum(max(-mpmath.re(value), mpmath.mpf(0)) for value in values)
