r"""Time evolution of a system, jumps that are taken as they stand among what drives it.

The generator over all of the density matrix, the Hamiltonian in it, falls into components that are
propagated each for itself (:mod:`symqb.numerics.semigroup`), with as many digits as phases and
decay need up to the longest time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
from flint import acb_mat, arb, arb_mat

from symqb.derive.system_writer import exchanges_particles
from symqb.models import DomainError, ParameterError
from symqb.models.operators import components
from symqb.models.system import System
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.ergotropy import ergotropies
from symqb.numerics.evolution import BASES, LARGEST_MEMORY, check_state, check_times
from symqb.numerics.semigroup import block_powers
from symqb.numerics.steady_space import NEGLIGIBLE, steady_elements
from symqb.numerics.system_engine import Place
from symqb.numerics.system_generator import Lindblad, full_generator, hermitian
from symqb.numerics.system_lindblad import LARGEST_DENSITY, lindblad_operators
from symqb.numerics.system_numbers import (
    LevelNumbers,
    as_doubles,
    solve_levels,
    system_formulas,
)
from symqb.program.contexts import working_bits

Array = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

DIGITS = 50
"""What the first generator carries at least."""
ROUNDS = 5
"""How often the digits are doubled before a limit is given up."""


@dataclass(frozen=True)
class SystemEvolution:
    """The state of a system at given times.

    Attributes
    ----------
    times : array, shape (n,)
        Times in units of 1/energy.
    density : array, shape (n, d, d)
        Density matrices over the levels in order of their numbers, each element right to 1e-13.
    energies : array, shape (d,)
        The levels' energies.
    states : array, shape (d, d)
        The levels as columns over the bare states.
    heat_currents, particle_currents : mapping
        Bath to what flows from it into the system at each time, shape (n,).
    relaxation_rates : array, shape (d^2,)
        How fast each mode decays, ascending; 0 for what stays, or is slower than 1e-30 of the
        fastest.
    """

    times: Array
    density: ComplexArray
    energies: Array
    states: ComplexArray = field(repr=False)
    heat_currents: Mapping[str, Array] = field(repr=False)
    particle_currents: Mapping[str, Array] = field(repr=False)
    relaxation_rates: Array = field(repr=False)

    @property
    def populations(self) -> Array:
        """The diagonals of the density matrices over the levels, shape (n, d)."""
        return np.array(np.real(np.einsum("tii->ti", self.density)))

    @cached_property
    def bare_density(self) -> ComplexArray:
        """Density matrices over the bare states, shape (n, d, d)."""
        return np.asarray(self.states @ self.density @ self.states.conj().T)

    @cached_property
    def energy(self) -> Array:
        """The mean energy at each time, shape (n,)."""
        return np.asarray(self.populations @ self.energies)

    @cached_property
    def ergotropy(self) -> Array:
        """The largest work that a cyclic unitary extracts at each time, shape (n,)."""
        return np.asarray(ergotropies(self.density, self.energies))

    @property
    def spectral_gap(self) -> float:
        """The slowest decay that there is; 0 if nothing decays."""
        return float(min((r for r in self.relaxation_rates if r > 0), default=0.0))


def evolve_system(
    system: System,
    times: Sequence[float] | Array,
    point: Mapping[str, Any],
    initial: Any = None,
    *,
    basis: str | None = None,
) -> SystemEvolution:
    """Solve the master equation at given times, from any state.

    Parameters
    ----------
    system : System
        Of at most 16 levels.
    times : sequence of float
        Zero or positive, in units of 1/energy; ``inf`` for the limit.
    point : mapping
        Parameter name to number.
    initial : array, shape (d, d) or (d,), optional
        A density matrix, or the amplitudes of a pure state; the reference level by default.
    basis : {"energy", "bare"}
        In which ``initial`` is given: over the levels by number, or over the bare states.

    Raises
    ------
    ParameterError, DomainError
        Times that are NaN or negative, an initial state that is none or in no basis, a system too
        large, or a limit that does not exist.
    """
    instants = check_times(times)
    given = _check_initial(system, initial, basis)
    _check_size(system.size, len(instants))
    longest = float(instants[np.isfinite(instants)].max(initial=0.0))
    formulas = system_formulas(system)
    digits = DIGITS
    for _ in range(ROUNDS):
        with working_bits(int(3.34 * digits) + 40), mpmath.workdps(digits):
            levels = solve_levels(formulas, point)
            operators = lindblad_operators(levels)
            places, matrix = full_generator(levels, operators)
            needed = DIGITS + _magnitude(matrix, longest)
            if needed > digits:
                digits = needed
                continue
            try:
                return _followed(levels, operators, places, matrix, instants, given)
            except MoreDigitsError:
                digits *= 2
    raise DomainError(
        f"times: rates lie so far apart that {digits // 2} digits do not tell what stays for ever; "
        "give finite times, or raise the lowest temperature"
    )


def _check_initial(
    system: System, initial: Any, basis: str | None
) -> tuple[ComplexArray, str] | int:
    """The initial state with its basis; or the number of the level, from 0, that is one."""
    if initial is None:
        if system.reference is None:
            raise ParameterError(
                "initial: this system has no reference level to start from; give a density matrix "
                "or amplitudes, and basis='bare' or 'energy'"
            )
        return -1 if system.reference == "lowest" else int(system.reference) - 1
    if basis not in BASES:
        raise ParameterError(
            f"basis={basis!r}: say what initial is over; give basis='bare' (the states H is "
            "written in) or 'energy' (the levels by number)"
        )
    state = np.empty(0, dtype=np.complex128)
    with suppress(TypeError, ValueError):
        state = np.asarray(initial, dtype=np.complex128)
    if state.shape == (system.size,):
        norm = float(np.vdot(state, state).real)
        if not abs(norm - 1) <= 1e-9:
            raise DomainError(
                f"initial: amplitudes of norm {norm:.12g} are no state; divide by its root"
            )
        initial = np.outer(state, state.conj()) / norm
    return check_state(initial, system.size), basis


def _check_size(size: int, count: int) -> None:
    if size > LARGEST_DENSITY:
        raise ParameterError(
            f"{size} levels: evolution follows all {size**2} elements of the density matrix, and "
            f"is made for at most {LARGEST_DENSITY} levels; use evaluate(...) for the steady state"
        )
    if 3 * 16 * count * size**2 > LARGEST_MEMORY:
        raise ParameterError(
            f"times: {count} density matrices of {size} levels are too many; give at most "
            f"{LARGEST_MEMORY // (3 * 16 * size**2)} times at once"
        )


def _magnitude(matrix: arb_mat, longest: float) -> int:
    """How many digits the phases turn through, and the decay, up to the longest time."""
    turns = longest * max(abs(float(x)) for x in matrix.entries())
    return int(np.log10(turns)) + 1 if turns > 1 else 0


def _followed(
    levels: LevelNumbers,
    operators: Sequence[Lindblad],
    places: Sequence[Place],
    matrix: arb_mat,
    times: Array,
    given: tuple[ComplexArray, str] | int,
) -> SystemEvolution:
    states = as_doubles(levels.states)
    start = _start(given, states, [float(e) for e in levels.energies])
    size = len(states)
    initial = np.array([start[a, c].real if p == "re" else start[a, c].imag for a, c, p in places])
    found = np.zeros((len(places), len(times)))
    rates: list[float] = []
    for part in components(len(places), _joined(matrix)):
        block = arb_mat(len(part), len(part), [matrix[i, j] for i in part for j in part])
        found[part] = _propagated(block, initial[part], times)
        rates += _decays(block)
    density = hermitian(size, places, found)
    energies = np.array([float(e) for e in levels.energies])
    heat, particles = _currents(levels, operators, density)
    return SystemEvolution(times, density, energies, states, heat, particles, np.sort(rates))


def _start(
    given: tuple[ComplexArray, str] | int, states: ComplexArray, energies: Sequence[float]
) -> ComplexArray:
    """The initial state over the levels."""
    if isinstance(given, int):
        number = int(np.argmin(energies)) if given < 0 else given
        return np.asarray(np.diag(np.arange(len(states)) == number).astype(np.complex128))
    state, basis = given
    return np.asarray(states.conj().T @ state @ states) if basis == "bare" else state


def _joined(matrix: arb_mat) -> Iterator[tuple[int, int]]:
    size = matrix.nrows()
    for i in range(size):
        for j in range(size):
            if i != j and matrix[i, j] != 0:
                yield i, j


def _propagated(block: arb_mat, initial: Array, times: Array) -> Array:
    """The elements of one component at all times, shape (m, n)."""
    found = np.zeros((len(initial), len(times)))
    if not initial.any():
        return found
    finite = np.isfinite(times)
    if finite.any():
        powers = block_powers(block, float(times[finite].max()))
        found[:, finite] = powers.apply(initial, times[finite].tolist()).real
    if not finite.all():
        found[:, ~finite] = _limit(block, initial)[:, None]
    return found


def _limit(block: arb_mat, initial: Array) -> Array:
    """What is left of a component's elements after all time.

    Raises
    ------
    DomainError
        Something may turn for ever.
    MoreDigitsError
        More digits are needed.
    """
    turning = [value for value in _eigenvalues(block) if value.real == 0 and value.imag != 0]
    if turning and np.abs(initial).max() > NEGLIGIBLE:
        raise DomainError(
            "times: inf has no limit from this state: a coherence never decays and turns at "
            f"frequency {abs(turning[0].imag):.6g}; give finite times, or a state without it"
        )
    _, limit = steady_elements(block, mpmath.mp.prec)
    return np.asarray(limit @ initial)


def _eigenvalues(block: arb_mat) -> list[complex]:
    """The eigenvalues of a component; parts below three quarters of the digits are zero."""
    if block.nrows() == 1:
        return [complex(float(block[0, 0]), 0.0)]
    found = acb_mat(block).eig(algorithm="approx")
    # as for pivots of the null space: between this and half of the digits it asks for more
    small = 2.0 ** -(3 * mpmath.mp.prec // 4) * max(float(abs(value).mid()) for value in found)

    def kept(part: arb) -> float:
        number = float(part.mid())
        return number if abs(number) > small else 0.0

    return [complex(kept(value.real), kept(value.imag)) for value in found]


def _decays(block: arb_mat) -> list[float]:
    # no zero with a sign
    return [max(-value.real, 0.0) + 0.0 for value in _eigenvalues(block)]


def _currents(
    levels: LevelNumbers, operators: Sequence[Lindblad], density: ComplexArray
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Heat and particles that flow from each bath into the system at every time."""
    heat: dict[str, Array] = {}
    particles: dict[str, Array] = {}
    energies = np.array([float(e) for e in levels.energies])
    for one in operators:
        if one.bath is None:
            continue
        operator = as_doubles(one.operator)
        gain = float(one.rate) * (operator @ density @ operator.conj().T)
        flow = np.real(np.einsum("tii->t", gain))
        if one.heat is not None:
            given = -float(one.heat) * flow
            taken = particles.setdefault(one.bath, np.zeros(len(density)))
            taken -= one.particles * flow
        else:
            lost = float(one.rate) * (operator.conj().T @ operator @ density)
            given = np.real(np.einsum("tii,i->t", gain - lost, energies))
        total = heat.setdefault(one.bath, np.zeros(len(density)))
        total += given
    baths = [bath.name for bath in levels.formulas.system.baths if exchanges_particles(bath)]
    return heat, {name: particles[name] for name in baths if name in particles}
