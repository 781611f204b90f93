r"""Time evolution of populations and coherences (Eqs. 6-11, 15, 23-26).

The unitary part commutes with the dissipator, so that :math:`\rho_{ab}(t) = e^{-i(E_a - E_b)t}
(e^{\mathcal{D}t}\rho)_{ab}`.  Phases are reduced with as many digits as energy times time needs;
the decay is a real semigroup, component by component (:mod:`symqb.numerics.semigroup`).  Neither
loses digits at weak coupling or over long times, and no step asks for a unique steady state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import acb, arb

from symqb.models import BatteryModel, DomainError, ParameterError
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.closed_basis import closed_rotation
from symqb.numerics.eigen_digits import midpoints
from symqb.numerics.ergotropy import ergotropies
from symqb.numerics.limits import LARGEST_DENSITY
from symqb.numerics.relaxation import charging_slopes, relaxation_rates
from symqb.numerics.secular import Component, SecularGenerator, secular_generator
from symqb.numerics.semigroup import as_doubles, block_powers, rate_powers
from symqb.numerics.steady_space import check_limits, final_elements, limit_matrix, more_digits
from symqb.program.contexts import working_bits

Array = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

LARGEST_SPINS = LARGEST_DENSITY
LARGEST_COMPONENT = 512
"""The most elements that may couple among themselves: their powers take the cube of it."""
LARGEST_TIME = 1e100
LARGEST_MEMORY = 2**31
DIGITS = 50
"""What the first generator carries."""
SPARE_DIGITS = 40
"""What must be left of it at the end of the longest time."""
BASES = ("energy", "bare")


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
    heights : array, shape (d,)
        Energies of the levels above that of ``|0..0>``.
    states : array, shape (d, d)
        The levels as columns in the bare basis, ``|1..1>`` first.
    origin : tuple
        Model, point, and initial state in the bare basis: what the rates and the power are
        computed from when they are asked for.
    """

    times: Array
    density: ComplexArray
    populations: Array
    stored_energy: Array
    heights: Array = field(default_factory=lambda: np.empty(0), repr=False)
    states: Array = field(default_factory=lambda: np.empty((0, 0)), repr=False)
    origin: tuple[BatteryModel, Mapping[str, Any], ComplexArray] | None = field(
        default=None, repr=False
    )

    @cached_property
    def ergotropy(self) -> Array:
        """The largest work that a cyclic unitary extracts at each time (Eqs. 16-17), shape (n,)."""
        return np.asarray(ergotropies(self.density, self.heights))

    @property
    def capacity(self) -> float:
        """The most that can be stored: the top level above ``|0..0>``."""
        return float(self.heights.max())

    @property
    def charge(self) -> Array:
        """Stored energy over capacity (Eq. 18), shape (n,).

        Raises
        ------
        DomainError
            ``|0..0>`` is the top level: nothing can be stored.
        """
        if not self.capacity > 0:
            raise DomainError(
                f"capacity={self.capacity:g}: |0..0> is the top level here and nothing can be "
                "stored, so charge = stored energy / capacity does not exist; turn the field round"
            )
        return np.asarray(self.stored_energy / self.capacity)

    @property
    def mean_power(self) -> Array:
        """The stored energy over the time it took, shape (n,); at t = 0 the power there."""
        with np.errstate(invalid="ignore"):
            return np.where(self.times > 0, self.stored_energy / self.times, self.power)

    @cached_property
    def bare_density(self) -> ComplexArray:
        """Density matrices in the bare basis, ``|1..1>`` first, shape (n, d, d)."""
        return np.asarray(self.states @ self.density @ self.states.T)

    @cached_property
    def relaxation_rates(self) -> Array:
        """How fast each of the d^2 modes decays, ascending; 0 for what stays.

        Real parts of the generator's eigenvalues, sign changed.
        """
        model, point, _ = self._known_origin()
        return relaxation_rates(model, point)

    @cached_property
    def power(self) -> Array:
        """The slope of the stored energy, heat from all baths in unit time, shape (n,)."""
        model, point, bare = self._known_origin()
        longest = float(self.times[np.isfinite(self.times)].max(initial=0.0))
        generator = prepare(model, point, longest, DIGITS)
        numeric = midpoints(generator.levels.vectors)
        return charging_slopes(
            generator, _heights(generator), numeric.T @ bare @ numeric, self.times
        )

    def _known_origin(self) -> tuple[BatteryModel, Mapping[str, Any], ComplexArray]:
        if self.origin is None:
            raise ParameterError("this Evolution does not know its battery; use battery.evolve")
        return self.origin

    @property
    def spectral_gap(self) -> float:
        """The slowest relaxation rate that is not 0; infinity where nothing decays."""
        decaying = self.relaxation_rates[self.relaxation_rates > 0]
        return float(decaying[0]) if len(decaying) else float("inf")


def check_times(times: Any) -> Array:
    """Check times from the user: one-dimensional, zero or positive, ``inf`` for the limit."""
    try:
        instants = np.asarray(times, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"times={times!r} are not numbers; give times >= 0") from None
    if instants.ndim != 1 or np.isnan(instants).any() or (instants < 0).any():
        raise DomainError(
            f"times={times!r}: give a one-dimensional array of times >= 0, inf among them if the "
            "limit is wanted"
        )
    finite = instants[np.isfinite(instants)]
    if (finite > LARGEST_TIME).any():
        raise DomainError(
            f"times: {finite.max():g} is beyond {LARGEST_TIME:g}; give inf for the limit"
        )
    return instants


def _check_size(spins: int, count: int) -> None:
    if spins > LARGEST_SPINS:
        raise ParameterError(
            f"spins={spins}: evolution follows all {4**spins} elements of the density matrix, and "
            f"is made for at most {LARGEST_SPINS} spins; give fewer, or use evaluate(...) for the "
            "steady state"
        )
    if (needed := 3 * 16 * count * 4**spins) > LARGEST_MEMORY:
        raise ParameterError(
            f"times: {count} density matrices of {spins} spins need {needed / 2**30:.3g} GiB; give "
            f"at most {LARGEST_MEMORY // (3 * 16 * 4**spins)} times at once"
        )


def check_state(initial: Any, size: int) -> ComplexArray:
    """A density matrix from the user: Hermitian, trace 1, no negative eigenvalue."""
    try:
        state = np.asarray(initial, dtype=np.complex128)
    except (TypeError, ValueError):
        raise ParameterError(
            f"initial={initial!r} is not a matrix of numbers; give a {size} x {size} matrix"
        ) from None
    if state.shape != (size, size):
        raise ParameterError(
            f"initial has shape {state.shape}, and the system {size} levels; give a {size} x "
            f"{size} matrix"
        )
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


def prepare(
    model: BatteryModel, point: Mapping[str, Any], longest: float, digits: int
) -> SecularGenerator:
    """Build the generator with digits for phases and decay up to the longest time.

    Raises
    ------
    ParameterError
        Too many elements couple among themselves.
    """
    generator = secular_generator(model, point, digits)
    largest = max(len(component.pairs) for component in generator.components)
    if largest > LARGEST_COMPONENT:
        raise ParameterError(
            f"{largest} elements of the density matrix couple among themselves where so many "
            f"levels coincide; at most {LARGEST_COMPONENT} are followed; move off the point, or "
            "give fewer spins"
        )
    fastest = max(generator.largest_rate, max(abs(float(E)) for E in generator.energies))
    turns = longest * fastest
    needed = SPARE_DIGITS + (int(np.log10(turns)) + 1 if turns > 1 else 0)
    return generator if needed <= digits else secular_generator(model, point, needed)


def _phases(generator: SecularGenerator, times: Array) -> ComplexArray:
    """``e^{-i E t}``, shape (levels, times), each reduced with all digits of E t."""
    found = np.empty((len(generator.energies), len(times)), dtype=np.complex128)
    with working_bits(generator.bits + 32):
        middle = generator.energies[0]
        for a, energy in enumerate(generator.energies):
            for j, time in enumerate(times):
                # a common phase drops out; equal energies then have exactly equal phases
                turned = acb(0, -((energy - middle) * arb(float(time)))).exp()
                found[a, j] = complex(float(turned.real), float(turned.imag))
    return found


def _decayed(component: Component, start: ComplexArray, times: Array) -> ComplexArray:
    """The elements of one component at finite times, without their phases; shape (m, n)."""
    longest = float(times.max(initial=0.0))
    if component.rates:
        powers = rate_powers(as_doubles(component.matrix), longest)
    else:
        powers = block_powers(component.matrix, longest)
    return powers.apply(start, times.tolist())


def _limits(generator: SecularGenerator, start: ComplexArray) -> dict[int, Array]:
    """The limits of components that hold something of a state, and of all that stand at zero."""
    components = generator.components
    found = {
        k: limit_matrix(generator, component)
        for k, component in enumerate(components)
        if component.at_zero or any(start[pair] for pair in component.pairs)
    }
    check_limits(generator, [(components[k], limit) for k, limit in found.items()])
    return found


def _follow(generator: SecularGenerator, start: ComplexArray, times: Array) -> ComplexArray:
    """All density matrices over the numeric levels."""
    size, count = len(generator.energies), len(times)
    density = np.zeros((count, size, size), dtype=np.complex128)
    finite = np.isfinite(times)
    limits = {} if finite.all() else _limits(generator, start)
    for number, component in enumerate(generator.components):
        rows, columns = (np.array(part) for part in zip(*component.pairs, strict=True))
        initial = start[rows, columns]
        found = np.zeros((len(rows), count), dtype=np.complex128)
        if initial.any():
            if finite.any():
                found[:, finite] = _decayed(component, initial, times[finite])
            if not finite.all():
                found[:, ~finite] = final_elements(generator, component, limits[number], initial)[
                    :, None
                ]
        density[:, rows, columns] = found.T
        if component.mirrored:
            density[:, columns, rows] = found.T.conj()
    phases = _phases(generator, np.where(finite, times, 0.0))
    density *= np.einsum("at,bt->tab", phases, phases.conj())
    return density


def _heights(generator: SecularGenerator) -> list[Any]:
    """The energies of the numeric levels above the mean energy of ``|0..0>``."""
    amplitudes = generator.levels.vectors[-1]
    with working_bits(generator.bits):
        empty = sum(
            (a * a * E for a, E in zip(amplitudes, generator.energies, strict=True)), arb(0)
        )
        return [energy - empty for energy in generator.energies]


def _start(given: Any, basis: str, numeric: Array, rotation: Array) -> ComplexArray:
    """The initial state over the numeric levels."""
    if given is None:
        return np.outer(numeric[-1], numeric[-1]).astype(np.complex128)
    if basis == "bare":
        return np.asarray(numeric.T @ given @ numeric)
    return np.asarray(rotation @ given @ rotation.T)


def evolve(
    model: BatteryModel,
    times: Sequence[float] | Array,
    point: Mapping[str, Any],
    initial: Any = None,
    *,
    basis: str = "energy",
    eigensystem: Any = None,
) -> Evolution:
    """Solve the master equation at given times, from ``|0..0>`` or any other state.

    Parameters
    ----------
    model : BatteryModel
        The battery, of at most seven spins.
    times : sequence of float
        Zero or positive, in units of 1/energy; ``inf`` for the limit.
    point : mapping
        Parameter name to number.
    initial : array, shape (d, d), optional
        A density matrix.
    basis : {"energy", "bare"}
        In which ``initial`` is given: the levels by label, or the bare states, ``|1..1>`` first.
    eigensystem : Eigensystem, optional
        The closed form, if it has been derived already.

    Raises
    ------
    ParameterError, DomainError
        Times that are NaN or negative, an initial matrix that is no state, a system too large,
        or a limit that does not exist.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=2.0, J=1.0, Delta=0.5, epsilon=0.0, T_L=3.0, T_R=1.0, kappa=1e-9)
    >>> evolve(xxz_model(2), [0.0, 5e10], point).stored_energy.round(6).tolist()
    [0.0, 0.781028]
    """
    instants = check_times(times)
    if basis not in BASES:
        raise ParameterError(f"basis={basis!r} is unknown; choose 'energy' or 'bare'")
    _check_size(model.chain.spins, len(instants))
    size = 2**model.chain.spins
    given = None if initial is None else check_state(initial, size)
    longest = float(instants[np.isfinite(instants)].max(initial=0.0))
    digits = DIGITS
    while True:
        generator = prepare(model, point, longest, digits)
        levels = generator.levels
        numeric = midpoints(levels.vectors)
        rotation = closed_rotation(model, point, levels, eigensystem)
        start = _start(given, basis, numeric, rotation)
        try:
            density = _follow(generator, start, instants)
            break
        except MoreDigitsError:
            digits = more_digits(digits, model.chain.spins)
    above = midpoints(np.array(_heights(generator)))
    heights = np.square(rotation).T @ above
    turned = rotation.T @ density @ rotation
    populations = np.real(np.einsum("tii->ti", turned)).copy()
    return Evolution(
        instants,
        turned,
        populations,
        populations @ heights,
        heights,
        numeric @ rotation,
        (model, dict(point), numeric @ start @ numeric.T),
    )
