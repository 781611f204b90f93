"""A judge of open systems that shares no code with the package: the whole Lindblad equation.

Kronecker products over all of the density matrix; jump operators grouped by frequency; the null
space by elimination, in doubles or to many digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

SAME = 1e-9
"""Frequencies closer than this belong to one jump operator."""


@dataclass
class JudgedBath:
    """A bath in numbers: its operators one by one, and of fermions its chemical potential."""

    operators: list[Any]
    temperature: Any
    kappa: Any = 1
    fermion: bool = False
    mu: Any = 0
    density: Any = None  # over the Ohmic one (bosons), or the flat one (fermions)
    occupation: Any = None


def boson(w: Any, bath: JudgedBath) -> Any:
    """kappa J(|w|)/|w| phi(w, T)."""
    T, size = bath.temperature, abs(w)
    scale = bath.kappa * (bath.density(size) if bath.density else 1)
    if bath.occupation is not None:
        return scale * size * (bath.occupation(size) + (1 if w > 0 else 0))
    if size < SAME:
        return scale * T
    shifted = size - bath.mu
    n = 1 / (mpmath.exp(shifted / T) - 1) if T > 0 else 0
    return scale * size * (n + (1 if w > 0 else 0))


def fermi(energy: Any, bath: JudgedBath) -> Any:
    return 1 / (mpmath.exp((energy - bath.mu) / bath.temperature) + 1)


def jump_operators(H: Any, bath: JudgedBath, one: Any) -> list[tuple[Any, Any]]:
    """Every Lindblad operator of a bath with its rate."""
    energies, vectors = np.linalg.eigh(H) if one is float else one(H)
    size, found = len(energies), []
    dagger = vectors.conj().T
    for S in bath.operators:
        forms = [(S, "boson")]
        if bath.fermion:
            forms = [(S, "out"), (S.conj().T, "in")]
        for operator, kind in forms:
            inner = dagger @ operator @ vectors
            gaps = sorted(
                {float(energies[j] - energies[i]) for i in range(size) for j in range(size)}
            )
            grouped: list[list[float]] = []
            for gap in gaps:
                if grouped and gap - grouped[-1][-1] < SAME:
                    grouped[-1].append(gap)
                else:
                    grouped.append([gap])
            for group in grouped:
                low, high = group[0] - SAME / 4, group[-1] + SAME / 4
                part = inner * 0
                w = None
                for i in range(size):
                    for j in range(size):
                        gap = energies[j] - energies[i]
                        if low <= float(gap) <= high:
                            part[i, j] = inner[i, j]
                            w = gap if w is None else w
                if not np.any(np.abs(part.astype(complex)) > 1e-13):
                    continue
                if kind == "boson":
                    rate = boson(w, bath)
                else:
                    scale = bath.kappa * (
                        bath.density(w if kind == "out" else -w) if bath.density else 1
                    )
                    rate = scale * (1 - fermi(w, bath) if kind == "out" else fermi(-w, bath))
                found.append((vectors @ part @ dagger, rate))
    return found


def dissipator(operators: list[tuple[Any, Any]], size: int) -> Any:
    """The superoperator on row-major density matrices."""
    eye = np.eye(size)
    total = 0
    for A, rate in operators:
        lost = A.conj().T @ A
        total = total + rate * (
            np.kron(A, A.conj()) - (np.kron(lost, eye) + np.kron(eye, lost.T)) / 2
        )
    return total


@dataclass
class Judged:
    """Energies ascending, populations with them, and the currents into the system by bath."""

    energies: Any
    populations: Any
    heat: list[float]
    particles: list[float]
    density: Any


def judge(
    H: Any, baths: list[JudgedBath], number: Any = None, jumps: list[tuple[Any, float]] = ()
) -> Judged:
    """Solve for the steady state in double precision; it must be unique."""
    H = np.asarray(H, dtype=complex)
    size = len(H)
    parts = [
        dissipator([(A, float(rate)) for A, rate in jump_operators(H, bath, float)], size)
        for bath in baths
    ]
    parts += [dissipator([(np.asarray(A, dtype=complex), rate)], size) for A, rate in jumps]
    eye = np.eye(size)
    whole = sum(parts) - 1j * (np.kron(H, eye) - np.kron(eye, H.T))
    # the equations of the diagonal add up to nothing: the trace stands for one of them
    whole[0] = np.eye(size).reshape(-1)
    target = np.zeros(size * size, dtype=complex)
    target[0] = 1
    assert np.linalg.cond(whole, 1) < 1e9, "the steady state is not unique"
    rho = np.linalg.solve(whole, target).reshape(size, size)
    energies, vectors = np.linalg.eigh(H)
    inside = vectors.conj().T @ rho @ vectors
    heat, particles = [], []
    for bath, part in zip([*baths, *[None] * len(jumps)], parts, strict=True):
        change = (part @ rho.reshape(-1)).reshape(size, size)
        count = np.trace(number @ change).real if number is not None else 0.0
        mu = float(bath.mu) if bath is not None and bath.fermion else 0.0
        heat.append(np.trace(H @ change).real - mu * count)
        particles.append(count)
    return Judged(energies, np.diag(inside).real, heat, particles, rho)


def judge_digits(H: Any, baths: list[JudgedBath], digits: int) -> tuple[list[Any], list[Any]]:
    """Populations by ascending energy and heat currents to many digits, by mpmath alone."""
    with mpmath.workdps(digits + 20):
        size = H.rows

        def diagonal(matrix: Any) -> Any:
            energies, vectors = mpmath.eighe(mpmath.matrix(matrix.tolist()))
            return energies, np.array(vectors.tolist(), dtype=object)

        array = np.array(H.tolist(), dtype=object)
        parts = []
        for bath in baths:
            total = mpmath.matrix(size * size, size * size)
            for A, rate in jump_operators(array, bath, diagonal):
                D = dissipator([(A, rate)], size)
                total += mpmath.matrix(D.tolist())
            parts.append(total)
        eye = np.eye(size, dtype=int).astype(object)
        unitary = np.kron(array, eye) - np.kron(eye, array.T)
        whole = sum(parts[1:], parts[0]) - mpmath.mpc(0, 1) * mpmath.matrix(unitary.tolist())
        right = mpmath.matrix(size * size, 1)
        for k in range(size * size):
            whole[0, k] = 1 if k % (size + 1) == 0 else 0
        right[0] = 1
        rho = mpmath.lu_solve(whole, right)
        _, vectors = mpmath.eighe(H)
        matrix = mpmath.matrix(size, size)
        for k in range(size * size):
            matrix[k // size, k % size] = rho[k]
        inside = vectors.H * matrix * vectors
        heat = []
        for part in parts:
            change = part * rho
            total = sum(H[j, i] * change[i * size + j] for i in range(size) for j in range(size))
            heat.append(mpmath.re(total))
        return [mpmath.re(inside[k, k]) for k in range(size)], heat
