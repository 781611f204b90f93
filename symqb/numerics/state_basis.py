r"""States that span a space of Hermitian elements, found from one of full support.

With :math:`\bar\rho` that state and Y a general element, the eigenprojections :math:`\Pi` of
:math:`\bar\rho^{-1/2}Y\bar\rho^{-1/2}` give states :math:`\bar\rho^{1/2}\Pi\bar\rho^{1/2}`
on orthogonal supports; what is left of the elements is added to :math:`\bar\rho` as far as it
stays positive.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

ComplexArray = npt.NDArray[np.complex128]

ROUNDING = 1e-13
SEPARATE = 1e-7
"""Eigenvalues of a general steady element closer than this belong to one projection."""


def _rank(matrices: Sequence[ComplexArray]) -> int:
    stacked = np.array([np.concatenate([m.real.ravel(), m.imag.ravel()]) for m in matrices])
    scaled = stacked / np.linalg.norm(stacked, axis=1, keepdims=True)
    return int((np.linalg.svd(scaled, compute_uv=False) > 1e-9).sum())


def basis_of_states(mean: ComplexArray, elements: Sequence[ComplexArray]) -> list[ComplexArray]:
    """Find states that span what Hermitian elements span.

    Parameters
    ----------
    mean : array, shape (d, d)
        A state among them, on whose support they all lie.
    elements : sequence of arrays, each (d, d)
        Independent Hermitian ones.

    Returns
    -------
    list of array
        As many states as there are elements.
    """
    wanted = len(elements)
    if wanted == 1:
        return [mean]
    values, vectors = np.linalg.eigh((mean + mean.conj().T) / 2)
    kept = values > ROUNDING
    root = vectors[:, kept] * np.sqrt(values[kept])
    inverse = vectors[:, kept] / np.sqrt(values[kept])
    weighted = [inverse.conj().T @ element @ inverse for element in elements]
    # square roots of primes are independent, so no projection is missed by accident
    general = sum(
        np.sqrt(prime) * part / np.abs(part).max()
        for prime, part in zip(_primes(len(weighted)), weighted, strict=True)
    )
    found: list[ComplexArray] = []
    numbers, states = np.linalg.eigh((general + general.conj().T) / 2)
    widths = np.diff(numbers)
    cuts = np.flatnonzero(widths > SEPARATE * max(1.0, np.abs(numbers).max()))
    # small populations are told apart by rounding; there are no more projections than elements
    cuts = np.sort(cuts[np.argsort(-widths[cuts])][: wanted - 1]) + 1
    for part in np.split(np.arange(len(numbers)), cuts):
        half = root @ states[:, part]
        found.append(_clean(half @ half.conj().T))
    for element, part in zip(elements, weighted, strict=True):
        if len(found) < wanted:
            reach = float(np.abs(np.linalg.eigvalsh((part + part.conj().T) / 2)).max())
            state = _clean(mean + element / reach)
            if _rank([*found, state]) > len(found):
                found.append(state)
    return found


def _clean(state: ComplexArray) -> ComplexArray:
    """Trace 1, and no rounding where there is zero."""
    scaled = state / np.trace(state).real
    scaled[np.abs(scaled) < ROUNDING] = 0.0
    return np.asarray(scaled)


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found
