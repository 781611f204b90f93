"""A judge of evolutions: the whole master equation from Kronecker products, written here alone.

Energies and states come from mpmath at 50 digits, so that phases stay right over any time; jump
operators collect the pairs of levels of one frequency in numbers; the dissipator is one matrix over
all 4^N elements, exponentiated by SciPy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np
from scipy.linalg import expm

SAME = 1e-9
"""Frequencies closer than this are one."""
PAULI = {
    "x": np.array([[0, 1], [1, 0]], dtype=complex),
    "y": np.array([[0, -1j], [1j, 0]]),
    "z": np.array([[1, 0], [0, -1]], dtype=complex),
}


def on_site(axis: str, site: int, spins: int) -> Any:
    """A Pauli matrix at a site counted from 1; the first basis state is |1..1>."""
    total = np.eye(1, dtype=complex)
    for k in range(1, spins + 1):
        total = np.kron(total, PAULI[axis] if k == site else np.eye(2))
    return total


@dataclass(frozen=True)
class System:
    """Plain numbers: bonds (Jx, Jy, Delta), fields, and baths as (operators, temperature)."""

    fields: tuple[float, ...]
    bonds: tuple[tuple[float, float, float], ...]
    baths: tuple[tuple[tuple[Any, ...], float], ...]
    kappa: float
    energies: list[Any] = field(init=False, compare=False)
    states: Any = field(init=False, compare=False)

    def __post_init__(self) -> None:
        with mpmath.workdps(60):
            E, V = mpmath.eigsy(self.hamiltonian())
            object.__setattr__(self, "energies", [+e for e in E])
            states = np.array([[float(x) for x in row] for row in V.tolist()])
        object.__setattr__(self, "states", states)

    @property
    def spins(self) -> int:
        return len(self.fields)

    def hamiltonian(self) -> Any:
        """H in mpmath: every product of Pauli matrices is a matrix of integers."""
        n = self.spins
        total = mpmath.matrix(2**n, 2**n)
        terms = [(B, on_site("z", k, n)) for k, B in enumerate(self.fields, 1)]
        for k, strengths in enumerate(self.bonds, 1):
            for axis, strength in zip("xyz", strengths, strict=True):
                terms.append((strength, on_site(axis, k, n) @ on_site(axis, k + 1, n)))
        for strength, operator in terms:
            for i, j in zip(*np.nonzero(operator), strict=True):
                total[int(i), int(j)] += mpmath.mpf(strength) * int(operator[i, j].real) / 2
        return total

    def jumps(self) -> list[tuple[float, Any]]:
        """(rate, operator in the energy basis), one for each bath operator and frequency."""
        E = self.energies
        gaps = np.array([[float(E[j] - E[i]) for j in range(len(E))] for i in range(len(E))])
        found = []
        for operators, temperature in self.baths:
            for S in operators:
                elements = self.states.T @ S @ self.states
                driven = np.abs(elements) > 1e-13
                for w in _distinct(gaps[driven]):
                    A = np.where(driven & (np.abs(gaps - w) <= SAME), elements, 0)
                    found.append((self.kappa * phi(w, temperature), A))
        return found

    def dissipator(self) -> Any:
        """The generator without the Hamiltonian over row-major elements in the energy basis."""
        size = 2**self.spins
        unit = np.eye(size)
        total = np.zeros((size**2, size**2), dtype=complex)
        for rate, A in self.jumps():
            square = A.conj().T @ A
            total += rate * np.kron(A, A.conj())
            total -= rate / 2 * (np.kron(square, unit) + np.kron(unit, square.T))
        return total

    def evolve(self, rho: Any, times: list[float]) -> Any:
        """Density matrices in the bare basis."""
        start = (self.states.T @ rho @ self.states).reshape(-1)
        D, found = self.dissipator(), []
        for time in times:
            decayed = (expm(D * time) @ start).reshape(rho.shape)
            with mpmath.workdps(60):
                phases = np.array([complex(mpmath.expj(-E * time)) for E in self.energies])
            found.append(self.states @ (decayed * np.outer(phases, phases.conj())) @ self.states.T)
        return np.array(found)


def _distinct(values: Any) -> list[float]:
    found: list[float] = []
    for value in np.sort(values):
        if not found or value - found[-1] > SAME:
            found.append(float(value))
    return found


def phi(w: float, T: float) -> float:
    """w / (1 - exp(-w/T)) and its limits."""
    if abs(w) < SAME:
        return T
    return max(w, 0.0) if T == 0 else w / -float(np.expm1(-w / T))
