"""A battery in numbers, and its Hamiltonian from Pauli matrices: what the judge starts from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

Number = Any
"""An mpf of the judge's context, or a ball."""

PAULI = {
    "x": np.array([[0, 1], [1, 0]]),
    "y": np.array([[0, -1j], [1j, 0]]),
    "z": np.array([[1, 0], [0, -1]]),
}


@dataclass(frozen=True)
class JudgedBath:
    """A bath in numbers; ``density`` gives J(w) / (kappa w) at w > 0, None is the Ohmic one."""

    name: str
    temperature: Number
    sites: tuple[tuple[int, Number], ...]
    axis: str = "x"
    density: Callable[[Number], Number] | None = None


@dataclass(frozen=True)
class Numbers:
    """A battery in numbers of one mpmath context; energies in units of hbar = k_B = 1."""

    J: tuple[Number, ...]
    eta: tuple[Number, ...]
    Delta: tuple[Number, ...]
    B0: tuple[Number, ...]
    baths: tuple[JudgedBath, ...]
    kappa: Number
    collective: bool = True

    @property
    def spins(self) -> int:
        """The number of sites."""
        return len(self.B0)


Build = Callable[[Any], tuple[Numbers, Sequence[Numbers], Number]]
"""From an mpmath context to the numbers at a point; the same with each rounded parameter moved by a
relative step; and that step."""


@cache
def on_site(axis: str, sites: tuple[int, ...], spins: int) -> Any:
    """One Pauli matrix at some sites, counted from 1, times the identity elsewhere."""
    total = np.eye(1)
    for site in range(1, spins + 1):
        part = PAULI[axis] if site in sites else np.eye(2)
        total = np.kron(total, part)
    return total


def hamiltonian_terms(numbers: Numbers) -> Iterator[tuple[Number, Any]]:
    """Every coefficient of the Hamiltonian with its matrix of small integers (Eqs. 1, 20)."""
    spins = numbers.spins
    for site, value in enumerate(numbers.B0, 1):
        yield value / 2, on_site("z", (site,), spins).real
    for bond in range(1, spins):
        J, eta = numbers.J[bond - 1], numbers.eta[bond - 1]
        for axis, value in (("x", J + eta), ("y", J - eta), ("z", numbers.Delta[bond - 1])):
            yield value / 2, on_site(axis, (bond, bond + 1), spins).real


def hamiltonian(numbers: Numbers) -> Any:
    """The Hamiltonian in the bare basis, an array of objects; index 0 has all spins up."""
    total = np.zeros((2**numbers.spins,) * 2, dtype=object)
    for value, matrix in hamiltonian_terms(numbers):
        for a, b in np.argwhere(matrix):
            total[a, b] += value * int(matrix[a, b])
    return total
