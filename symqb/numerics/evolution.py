"""Time evolution of populations and coherences (Eqs. 6-11, 15, 23-26)."""

from __future__ import annotations

import cmath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp
from sympy.core.function import AppliedUndef

from symqb.derive import MasterEquation
from symqb.models import DomainError, NoClosedFormError, ParameterError

Array = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

LARGEST_SUPEROPERATOR = 256


@dataclass(frozen=True)
class Evolution:
    """The state of a battery at given times, in its energy basis.

    Attributes
    ----------
    times : array, shape (n,)
        Times in units of 1/energy.
    density : array, shape (n, d, d)
        Density matrices over the levels in order of their labels.
    populations : array, shape (n, d)
        Their diagonals.
    stored_energy : array, shape (n,)
        Eq. 15: energy above ``|0..0>``.
    """

    times: Array
    density: ComplexArray
    populations: Array
    stored_energy: Array


def _value(expr: sp.Expr, point: Mapping[str, float]) -> complex:
    if expr.atoms(AppliedUndef):
        raise NoClosedFormError(
            f"{expr.atoms(AppliedUndef).pop()} stands for a Python function, which has no formula; "
            "give the spectral density as a SymPy Lambda"
        )
    found = expr.subs({s: sp.Float(point[str(s)], 20) for s in expr.free_symbols})
    # SymPy's own answer may be None for a function of numbers
    if found.is_finite is False or not cmath.isfinite(value := complex(found)):
        raise DomainError(
            f"{expr} is not finite at this point; move off it, or leave a coupling that is 0 out "
            "of the chain"
        )
    return value


def liouvillian(equation: MasterEquation, point: Mapping[str, float]) -> ComplexArray:
    """The superoperator as a matrix over (a, b) pairs, row-major."""
    labels = equation.labels
    size = len(labels)
    index = {label: k for k, label in enumerate(labels)}
    energies = [_value(equation.energies[label], point).real for label in labels]
    hamiltonian = np.diag(np.array(energies, dtype=np.complex128))
    unit = np.eye(size)
    total = -1j * (np.kron(hamiltonian, unit) - np.kron(unit, hamiltonian.T))
    for jump in equation.jumps:
        A = np.zeros((size, size), dtype=np.complex128)
        for (to, source), amplitude in jump.elements.items():
            A[index[to], index[source]] = _value(amplitude, point)
        for rate, operator in ((jump.emission, A), (jump.absorption, A.conj().T)):
            square = operator.conj().T @ operator
            dissipator = np.kron(operator, operator.conj())
            dissipator -= (np.kron(square, unit) + np.kron(unit, square.T)) / 2
            total += _value(rate, point).real * dissipator
    return np.asarray(total, dtype=np.complex128)


def exponential(matrix: ComplexArray, keep: Array | None = None) -> ComplexArray:
    """The matrix exponential by scaling and squaring of its Taylor series.

    Parameters
    ----------
    matrix : array, shape (n, n)
    keep : array, shape (n,), optional
        A functional that the exponential leaves unchanged, e.g. the trace; rounding of it, which
        every squaring would double, is taken out of the entries the functional sees.

    Examples
    --------
    >>> bool(abs(exponential(np.array([[1.0 + 0j]]))[0, 0] - np.e) < 1e-14)
    True
    """
    norm = float(np.abs(matrix).sum(axis=0).max())
    squarings = max(0, int(np.ceil(np.log2(norm))) + 1) if norm > 0 else 0
    scaled = matrix / 2.0**squarings
    term = np.eye(len(matrix), dtype=np.complex128)
    total = term.copy()
    for k in range(1, 24):
        term = term @ scaled / k
        total += term
    for _ in range(squarings):
        total = total @ total
        if keep is not None:
            sums = keep @ total
            seen = keep > 0
            scale = np.where(seen, 1.0 / np.where(seen, sums, 1.0), 1.0)
            total[np.ix_(seen, seen)] *= scale[seen][None, :]
    return total


def _initial(equation: MasterEquation, initial: Any, empty: Array) -> ComplexArray:
    size = len(equation.labels)
    if initial is None:
        return np.outer(empty, empty).astype(np.complex128)
    try:
        state = np.asarray(initial, dtype=np.complex128)
    except (TypeError, ValueError):
        raise ParameterError(
            f"initial={initial!r} is not a matrix of numbers; give a {size} x {size} matrix"
        ) from None
    if state.shape != (size, size):
        raise ParameterError(f"initial has shape {state.shape}; give a {size} x {size} matrix")
    if not np.isfinite(state).all():
        raise DomainError("initial has entries that are not finite; give finite numbers")
    if not np.allclose(state, state.conj().T, atol=1e-10) or abs(np.trace(state) - 1) > 1e-9:
        raise DomainError(
            f"initial is not a density matrix (trace {np.trace(state):.12g}); "
            "give a Hermitian one of trace 1"
        )
    lowest = float(np.linalg.eigvalsh(state)[0])
    if lowest < -1e-9:
        raise DomainError(f"initial has eigenvalue {lowest:.3g}; give a matrix with none below 0")
    return state


def evolve(
    equation: MasterEquation,
    times: Sequence[float] | Array,
    point: Mapping[str, float],
    initial: Any = None,
) -> Evolution:
    """Solve the master equation at given times, from ``|0..0>`` or any state in the energy basis.

    Raises
    ------
    ParameterError, DomainError
        Times that are not finite or negative, or an initial matrix that is no state.
    """
    try:
        instants = np.asarray(times, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"times={times!r} are not numbers; give times >= 0") from None
    if instants.ndim != 1 or not np.isfinite(instants).all() or (instants < 0).any():
        raise DomainError(f"times={times!r}: give a one-dimensional array of finite times >= 0")
    bare = [_value(equation.empty.get(k, sp.Integer(0)), point).real for k in equation.labels]
    empty: Array = np.array(bare)
    start = _initial(equation, initial, empty)
    generator = liouvillian(equation, point)
    size = len(equation.labels)
    states: list[ComplexArray] = []
    trace = np.eye(size).reshape(-1)
    reached, vector = 0.0, start.reshape(-1)
    ordered = np.argsort(instants, kind="stable")
    for index in ordered:
        if instants[index] > reached:
            vector = exponential(generator * (instants[index] - reached), trace) @ vector
        reached = float(instants[index])
        states.append(vector.reshape(size, size))
    density = np.empty((len(instants), size, size), dtype=np.complex128)
    density[ordered] = np.array(states).reshape(-1, size, size)
    populations = np.real(np.einsum("tii->ti", density))
    energies = np.array([_value(equation.energies[label], point).real for label in equation.labels])
    stored = populations @ (energies - np.square(empty) @ energies)
    return Evolution(instants, density, populations, stored)
