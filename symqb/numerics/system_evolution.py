r"""Time evolution of a system, jumps that are taken as they stand among what drives it.

The generator over all of the density matrix, the Hamiltonian in it, falls into components that are
propagated each for itself (:mod:`symqb.numerics.semigroup`), with as many digits as phases and
decay need up to the longest time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import mpmath
import numpy as np
import numpy.typing as npt
from flint import acb, acb_mat, arb, arb_mat

from symqb.derive.system_writer import exchanges_particles
from symqb.models import DomainError, ParameterError
from symqb.models.operators import components
from symqb.models.system import System
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.ergotropy import ergotropies
from symqb.numerics.evolution import BASES, LARGEST_MEMORY, check_state, check_times
from symqb.numerics.mp_balls import Matrix, as_doubles, to_arb
from symqb.numerics.semigroup import as_doubles as as_floats
from symqb.numerics.semigroup import ball_states, block_powers, first_step, rungs
from symqb.numerics.steady_space import NEGLIGIBLE, null_space, projection
from symqb.numerics.system_digits import NeedsDigitsError, check_rates, next_digits
from symqb.numerics.system_engine import Place
from symqb.numerics.system_generator import Lindblad, full_generator, hermitian
from symqb.numerics.system_lindblad import LARGEST_DENSITY, lindblad_operators
from symqb.numerics.system_numbers import LevelNumbers, solve_levels, system_formulas
from symqb.program.contexts import working_bits

Array = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

DIGITS = 50
"""What the first generator carries at least."""
ACCURATE = 1e-12
NOTHING = 1e-40
"""A current below this times the largest flow is as good as none."""

Flows = dict[str, Array]
Given = tuple[ComplexArray, str] | int
"""An initial state and what it is over; or the place of the level that is one, -1 for the lowest.
"""


@dataclass(frozen=True)
class SystemEvolution:
    """The state of a system at given times.

    Attributes
    ----------
    times : array, shape (n,)
        Times in units of 1/energy.
    density : array, shape (n, d, d)
        Density matrices over the levels in order of their numbers, each element right to 1e-10.
    energies : array, shape (d,)
        The levels' energies.
    states : array, shape (d, d)
        The levels as columns over the bare states.
    origin : tuple
        System, point and initial state: what the rates and the currents are computed from when
        they are asked for.
    """

    times: Array
    density: ComplexArray
    energies: Array
    states: ComplexArray = field(repr=False)
    origin: tuple[System, Mapping[str, Any], Given] = field(repr=False)

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

    @cached_property
    def relaxation_rates(self) -> Array:
        """How fast each of the d^2 modes decays, ascending.

        0 for what stays, or is slower than 1e-30 of the fastest.
        """
        system, point, _ = self.origin
        return _with_digits(system, point, self.times, _rates)

    @cached_property
    def _flows(self) -> tuple[Flows, Flows]:
        system, point, given = self.origin
        return _with_digits(
            system, point, self.times, lambda solved: _currents(solved, self.times, given)
        )

    @property
    def heat_currents(self) -> Flows:
        """By bath the heat that flows from it into the system at each time, shape (n,).

        In balls, right to 1e-10 however nearly the flows up and down cancel, down to 1e-40 of
        the largest flow.
        """
        return self._flows[0]

    @property
    def particle_currents(self) -> Flows:
        """By bath with a chemical potential the particles that flow from it, shape (n,)."""
        return self._flows[1]

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

    def follow(solved: _Solved) -> SystemEvolution:
        return _followed(solved, instants, given, (system, dict(point), given))

    return _with_digits(system, point, instants, follow)


@dataclass(frozen=True)
class _Solved:
    """A point with its generator."""

    levels: LevelNumbers
    operators: tuple[Lindblad, ...]
    places: list[Place]
    matrix: arb_mat


Found = TypeVar("Found")


def _with_digits(
    system: System, point: Mapping[str, Any], times: Array, run: Callable[[_Solved], Found]
) -> Found:
    """Run with as many digits as phases, decay and the slowest rate take."""
    formulas, digits = system_formulas(system), DIGITS
    longest = float(times[np.isfinite(times)].max(initial=0.0))
    while True:
        with working_bits(int(3.34 * digits) + 40), mpmath.workdps(digits):
            try:
                levels = solve_levels(formulas, point)
                operators = lindblad_operators(levels)
                places, matrix = full_generator(levels, operators)
                needed = DIGITS + _magnitude(matrix, longest)
                if needed > digits:
                    raise NeedsDigitsError(needed)
                return run(_Solved(levels, operators, places, matrix))
            except MoreDigitsError as error:
                digits = next_digits(error, digits)


def _check_initial(system: System, initial: Any, basis: str | None) -> Given:
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
    solved: _Solved, times: Array, given: Given, origin: tuple[System, Mapping[str, Any], Given]
) -> SystemEvolution:
    states = as_doubles(solved.levels.states)
    size, places = len(states), solved.places
    initial = _coordinates(solved, given)
    found = np.zeros((len(places), len(times)))
    for part, block in _blocks(solved.matrix):
        found[part] = _propagated(block, [initial[k] for k in part], times)
    density = hermitian(size, places, found)
    energies = np.array([float(e) for e in solved.levels.energies])
    return SystemEvolution(times, density, energies, states, origin)


def _blocks(matrix: arb_mat) -> Iterator[tuple[list[int], arb_mat]]:
    """The components of a generator: their places, and the generator over them."""
    for part in components(matrix.nrows(), _joined(matrix)):
        entries = [matrix[i, j] for i in part for j in part]
        yield part, arb_mat(len(part), len(part), entries)


def _coordinates(solved: _Solved, given: Given) -> list[Any]:
    """The initial state over the levels, unknown by unknown, as balls."""
    start = _start(given, solved.levels)
    return [
        start[a, c].real.mid() if part == "re" else start[a, c].imag.mid()
        for a, c, part in solved.places
    ]


def _start(given: Given, levels: LevelNumbers) -> Any:
    """The initial state over the levels, a matrix of complex balls."""
    size = len(levels.energies)
    if isinstance(given, int):
        lowest = min(range(size), key=lambda k: levels.energies[k])
        found = acb_mat(size, size)
        place = lowest if given < 0 else given
        found[place, place] = acb(1)
        return found
    state, basis = given
    exact = acb_mat(size, size, [acb(x.real, x.imag) for x in state.ravel().tolist()])
    if basis == "energy":
        return exact
    return levels.vectors.conjugate().transpose() * exact * levels.vectors


def _joined(matrix: arb_mat) -> Iterator[tuple[int, int]]:
    size = matrix.nrows()
    for i in range(size):
        for j in range(size):
            if i != j and matrix[i, j] != 0:
                yield i, j


def _propagated(block: arb_mat, initial: Sequence[Any], times: Array) -> Array:
    """The elements of one component at all times, shape (m, n)."""
    found = np.zeros((len(initial), len(times)))
    start = np.array([float(x) for x in initial])
    if not start.any():
        return found
    finite = np.isfinite(times)
    if finite.any():
        powers = block_powers(block, float(times[finite].max()))
        found[:, finite] = powers.apply(start, times[finite].tolist()).real
    if not finite.all():
        found[:, ~finite] = as_floats(_limit(block, initial))
    return found


def _limit(block: arb_mat, initial: Sequence[Any]) -> arb_mat:
    """What is left of a component's elements after all time, a column.

    Raises
    ------
    DomainError
        Something may turn for ever.
    MoreDigitsError
        More digits are needed.
    """
    check_rates(block)
    turning = [value for value in _eigenvalues(block) if value.real == 0 and value.imag != 0]
    if turning and max(abs(float(x)) for x in initial) > NEGLIGIBLE:
        raise DomainError(
            "times: inf has no limit from this state: a coherence never decays and turns at "
            f"frequency {abs(turning[0].imag):.6g}; give finite times, or a state without it"
        )
    bits = mpmath.mp.prec
    ends = projection(block, bits, null_space(block, bits))
    found: arb_mat = ends * arb_mat([[x] for x in initial])
    return found


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


def _rates(solved: _Solved) -> Array:
    """Every decay, ascending."""
    values = (value for _, block in _blocks(solved.matrix) for value in _eigenvalues(block))
    # no zero with a sign
    return np.sort([max(-value.real, 0.0) + 0.0 for value in values])


def _currents(solved: _Solved, times: Array, given: Given) -> tuple[Flows, Flows]:
    """Heat and particles that flow from each bath into the system at every time."""
    heat, particles = _functionals(solved)
    rows = {("heat", name): row for name, row in heat.items()}
    rows |= {("particles", name): row for name, row in particles.items()}
    sums = {key: [arb(0)] * len(times) for key in rows}
    sizes = {key: arb(0) for key in rows}
    initial = _coordinates(solved, given)
    for part, block in _blocks(solved.matrix):
        column = arb_mat([[initial[k]] for k in part])
        if all(x == 0 for x in column.entries()):
            continue
        short = {key: arb_mat([[row[k] for k in part]]) for key, row in rows.items()}
        states = _ball_states(block, column, times)
        for key, row in short.items():
            sizes[key] += max(abs(x).upper() for x in row.entries())
            values = [(row * state)[0, 0] for state in states]
            sums[key] = [x + y for x, y in zip(sums[key], values, strict=True)]
    for key, values in sums.items():
        if any(x.rad() > ACCURATE * abs(x) + NOTHING * sizes[key] for x in values):
            raise MoreDigitsError
    found: tuple[Flows, Flows] = ({}, {})
    for (kind, name), values in sums.items():
        found[kind == "particles"][name] = np.array([float(x.mid()) for x in values])
    return found


def _ball_states(block: arb_mat, column: arb_mat, times: Array) -> list[arb_mat]:
    """The elements of one component at all times, as narrow balls."""
    finite = times[np.isfinite(times)].tolist()
    step = first_step(float(np.abs(as_floats(block)).sum()))
    count = rungs(step, max(finite, default=0.0))
    bits = mpmath.mp.prec + 4 * count
    limit = _limit(block, column.entries()) if len(finite) < len(times) else column
    while True:
        with working_bits(bits):
            found = ball_states(block, column, step, count, finite)
            if all(x.rad() < arb(2) ** (-mpmath.mp.prec) for s in found for x in s.entries()):
                states = iter(found)
                return [next(states) if np.isfinite(t) else limit for t in times]
        bits *= 2


def _functionals(solved: _Solved) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """By bath the rows that take a state's unknowns to the heat and the particles it gives."""
    levels = solved.levels
    energies = mpmath.diag(levels.energies)
    heat: dict[str, Any] = {}
    particles: dict[str, Any] = {}
    nothing = mpmath.matrix(len(levels.energies), len(levels.energies))
    for one in solved.operators:
        if one.bath is None:
            continue
        lost = one.operator.H * one.operator * one.rate
        if one.heat is not None:
            taken = -one.heat * lost
            particles[one.bath] = particles.get(one.bath, nothing) - one.particles * lost
        else:
            taken = one.rate * (one.operator.H * energies * one.operator)
            taken = taken - (lost * energies + energies * lost) / 2
        heat[one.bath] = heat.get(one.bath, nothing) + taken
    baths = [bath.name for bath in levels.formulas.system.baths if exchanges_particles(bath)]
    kept = {name: particles[name] for name in baths if name in particles}
    return (
        {name: _row(matrix, solved.places) for name, matrix in heat.items()},
        {name: _row(matrix, solved.places) for name, matrix in kept.items()},
    )


def _row(matrix: Matrix, places: Sequence[Place]) -> list[Any]:
    """The trace of a Hermitian matrix times a state, by the state's unknowns."""
    found = []
    for a, c, part in places:
        if a == c:
            found.append(to_arb(mpmath.re(matrix[a, a])))
        elif part == "re":
            found.append(to_arb(2 * mpmath.re(matrix[c, a])))
        else:
            found.append(to_arb(-2 * mpmath.im(matrix[c, a])))
    return found
