"""What is read off a density matrix over bare states: parts of it, their entanglement and work."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import mpmath
import sympy as sp

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


def site_hamiltonian(
    H: sp.ImmutableMatrix, sizes: Sequence[int], site: int
) -> dict[tuple[int, int], sp.Expr]:
    r"""Give the part of a Hamiltonian that acts on one site alone, as its entries that are not 0.

    It is :math:`\mathrm{Tr}_{\text{others}} H / d_{\text{others}}`: what is left over of H has no
    term of that site alone, whatever operators it was written in.  So ``U n_1 n_2`` of two qubits
    adds ``U n_1 / 2``.

    Parameters
    ----------
    H : SymPy matrix
        Over the product of the sites.
    sizes : sequence of int
        Levels of each site.
    site : int
        Which one, from 0.

    Examples
    --------
    >>> from symqb.models import Register
    >>> reg, (w, U) = Register(2, 3), sp.symbols("w U")
    >>> site_hamiltonian(w * reg.number(1) + U * reg.number(1) * reg.number(2), (2, 3), 0)
    {(0, 0): U + w}
    """
    inner = prod(sizes[site + 1 :])
    others = prod(sizes) // sizes[site]
    found: dict[tuple[int, int], sp.Expr] = {}
    for (row, column), entry in H.todok().items():
        (a, x), (c, y) = ((k // inner % sizes[site], k) for k in (row, column))
        if x - a * inner == y - c * inner:
            found[a, c] = found.get((a, c), sp.S.Zero) + entry / others
    return {place: sp.expand(entry) for place, entry in found.items() if sp.expand(entry) != 0}


def local_levels(local: Matrix) -> tuple[list[Any], Matrix]:
    """Diagonalise the Hamiltonian of a site: energies ascending, and the states as columns.

    Where it is diagonal the states are bare ones, without rounding.
    """
    size = local.rows
    if any(local[i, j] != 0 for i in range(size) for j in range(size) if i != j):
        energies, states = mpmath.eighe(local)
        return [mpmath.re(energy) for energy in energies], states
    order = sorted(range(size), key=lambda k: mpmath.re(local[k, k]))
    states = mpmath.matrix(size, size)
    for column, k in enumerate(order):
        states[k, column] = mpmath.mpf(1)
    return [mpmath.re(local[k, k]) for k in order], states


def local_ergotropy(part: Matrix, local: Matrix) -> tuple[Any, Any]:
    r"""Give the work that a unitary of one site can draw from its state, and the size of its terms.

    :math:`\mathrm{Tr}\,h\rho - \sum_i e_i r_i`, energies ascending and the eigenvalues of the
    state descending (Allahverdyan, Balian and Nieuwenhuizen, Europhys. Lett. 67, 565).

    Examples
    --------
    >>> plus, energy = mpmath.matrix([[1, 1], [1, 1]]) / 2, mpmath.matrix([[3, 0], [0, 1]])
    >>> print(local_ergotropy(plus, energy)[0])
    1.0
    """
    energies, states = local_levels(local)
    above = [energy - energies[0] for energy in energies]
    rotated = states.H * part * states
    places = range(part.rows)
    mixed = any(rotated[i, j] != 0 for i in places for j in places if i != j)
    populations = [mpmath.re(rotated[k, k]) for k in places]
    spectrum = mpmath.eighe(part, eigvals_only=True) if mixed else populations
    # one order of summation: of a state that is passive already nothing is left
    mean = mpmath.fsum(e * p for e, p in zip(above, populations, strict=True))
    passive = sorted(map(mpmath.re, spectrum), reverse=True)
    least = mpmath.fsum(e * p for e, p in zip(above, passive, strict=True))
    return max(mean - least, mpmath.mpf(0)), mean + least


def off_diagonal(density: Matrix) -> list[Any]:
    """List the moduli of what stands beside the diagonal and is not zero."""
    places = range(density.rows)
    return [abs(density[i, j]) for i in places for j in places if i != j and density[i, j] != 0]


def entropy(probabilities: Sequence[Any]) -> Any:
    """Give the entropy of probabilities, in nats."""
    return -mpmath.fsum(p * mpmath.log(p) for p in probabilities if p > 0)
