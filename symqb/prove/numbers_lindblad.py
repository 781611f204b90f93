"""The second judge: the whole Lindblad equation in doubles, coherences and all.

Nothing is left out by an argument: one jump operator for each bath and frequency, over all
``4^N`` entries; the steady states are the null space.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.prove.numbers_hamiltonian import JudgedBath, Numbers, hamiltonian
from symqb.prove.numbers_levels import coupling_matrices

Complex = npt.NDArray[np.complex128]
SAME_FREQUENCY = 1e-9


def full_generator(numbers: Numbers) -> tuple[Complex, Complex, npt.NDArray[np.float64]]:
    """The whole Lindblad generator over ``4^N`` entries, row-major, in the energy basis.

    Returns
    -------
    tuple
        Generator, eigenvectors as columns over the bare states, energies.  One jump operator for
        each bath and frequency; frequencies within ``SAME_FREQUENCY`` are one.
    """
    energies, vectors = np.linalg.eigh(hamiltonian(numbers).astype(float))
    size = len(energies)
    unit, gaps = np.eye(size), energies[None, :] - energies[:, None]
    rounded = _group(gaps.reshape(-1)).reshape(size, size)
    total = -1j * (np.kron(np.diag(energies), unit) - np.kron(unit, np.diag(energies)))
    for bath in numbers.baths:
        for bare in coupling_matrices(numbers, bath):
            S = vectors.T @ bare.astype(float) @ vectors
            for w in np.unique(rounded):
                A = np.where(rounded == w, S, 0.0)
                square = A.T @ A
                jump = np.kron(A, A) - (np.kron(square, unit) + np.kron(unit, square)) / 2
                total = total + _rate(numbers, bath, float(w)) * jump
    return total, vectors, energies


def _group(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Each value replaced by the mean of those it coincides with."""
    order = np.argsort(values)
    cuts = np.flatnonzero(np.diff(values[order]) > SAME_FREQUENCY) + 1
    found = np.empty_like(values)
    for part in np.split(order, cuts):
        mean = values[part].mean()
        found[part] = 0.0 if abs(mean) < SAME_FREQUENCY else mean
    return found


def _rate(numbers: Numbers, bath: JudgedBath, w: float) -> float:
    T = float(bath.temperature)
    if w == 0:
        thermal = T
    elif T == 0:
        thermal = max(w, 0.0)
    else:
        thermal = w / -np.expm1(-w / T) if w / T > -700 else 0.0
    ratio = 1.0 if bath.density is None else float(bath.density(abs(w) or 1e-100))
    ratio = ratio if w or ratio > 1e-50 else 0.0
    return float(numbers.kappa) * ratio * thermal


def full_steady_states(numbers: Numbers, floor: float = 1e-11) -> tuple[list[Complex], Any]:
    """A basis of the generator's null space as matrices over the levels, and the energies."""
    L, _, energies = full_generator(numbers)
    _, singular, right = np.linalg.svd(L)
    size = len(energies)
    null = right[singular <= floor * singular[0]].conj()
    return [vector.reshape(size, size) for vector in null], energies
