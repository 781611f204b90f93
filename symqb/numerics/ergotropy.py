"""Ergotropy of any state of any Hamiltonian (Eqs. 16-17)."""

from __future__ import annotations

from typing import Any

from symqb.models import DomainError, ParameterError


def _hermitian(value: Any, name: str) -> Any:
    import numpy as np

    try:
        matrix = np.asarray(value, dtype=np.complex128)
    except (TypeError, ValueError):
        raise ParameterError(
            f"{name}={value!r} is not a matrix of numbers; give a square array"
        ) from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ParameterError(f"{name} has shape {matrix.shape}; give a square matrix")
    if not np.isfinite(matrix).all():
        raise DomainError(f"{name} has entries that are not finite; give finite numbers")
    scale = max(float(np.abs(matrix).max()), 1e-300)
    defect = float(np.abs(matrix - matrix.conj().T).max())
    if defect > 1e-10 * scale:
        raise DomainError(f"{name} is not Hermitian: |A - A+| = {defect:.3g}; symmetrise it first")
    return (matrix + matrix.conj().T) / 2


def ergotropy(rho: Any, hamiltonian: Any) -> float:
    r"""The largest work that a cyclic unitary extracts from a state (Eqs. 16-17).

    .. math:: W(\rho) = \mathrm{Tr}(\rho H) - \min_U \mathrm{Tr}(U\rho U^\dagger H)
              = \sum_{ij} r_j\varepsilon_i\big(|\langle r_j|\varepsilon_i\rangle|^2
              - \delta_{ij}\big)

    Parameters
    ----------
    rho : array, shape (d, d)
        Density matrix in any basis: Hermitian, positive, trace 1.
    hamiltonian : array, shape (d, d)
        Hamiltonian in the same basis, in units of energy.

    Returns
    -------
    float
        Ergotropy in the Hamiltonian's unit, zero or positive.

    Raises
    ------
    ParameterError, DomainError
        Not square, not Hermitian, not finite, trace not 1, negative eigenvalues.

    Examples
    --------
    >>> float(ergotropy([[1, 0], [0, 0]], [[1, 0], [0, -1]]))
    2.0
    """
    # NumPy waits for the first numbers: a formula needs none
    import numpy as np

    state, energy = _hermitian(rho, "rho"), _hermitian(hamiltonian, "hamiltonian")
    if state.shape != energy.shape:
        raise ParameterError(f"rho is {state.shape}, hamiltonian {energy.shape}; give equal shapes")
    populations = np.linalg.eigvalsh(state)[::-1]
    if abs(populations.sum() - 1) > 1e-9:
        raise DomainError(f"rho has trace {populations.sum():.12g}; normalise it to 1")
    if populations[-1] < -1e-9:
        raise DomainError(f"rho has eigenvalue {populations[-1]:.3g}; a state has none below 0")
    mean = float(np.real(np.trace(state @ energy)))
    return max(mean - float(populations @ np.linalg.eigvalsh(energy)), 0.0)


def ergotropies(density: Any, energies: Any) -> Any:
    """Give the ergotropy of several states over levels.

    Parameters
    ----------
    density : array, shape (n, d, d)
        Density matrices over the levels.
    energies : array, shape (d,)
        Of the levels.

    Returns
    -------
    array, shape (n,)
    """
    import numpy as np

    ascending = np.argsort(energies, kind="stable")
    above = energies[ascending] - energies.min()
    hermitian = (density + np.conj(np.swapaxes(density, 1, 2))) / 2
    populations = np.real(np.einsum("tii->ti", density))
    moved = populations[:, ascending] - np.linalg.eigvalsh(hermitian)[:, ::-1]
    return np.asarray(np.maximum(moved @ above, 0.0))
