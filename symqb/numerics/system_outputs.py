"""Outputs of a system solved in numbers: more and more digits are carried until rounds agree."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath

from symqb.derive.system_programs import SYSTEM_LEVEL_OUTPUTS, state_outputs
from symqb.emit.digits import GUARD_DIGITS
from symqb.models import AbsentError, DomainError, SteadyStateError
from symqb.models.system import System
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.dense_levels import DenseLevels
from symqb.numerics.mp_balls import Matrix
from symqb.numerics.system_digits import NeedsDigitsError, next_digits
from symqb.numerics.system_engine import Steady, solve_point
from symqb.numerics.system_lindblad import solve_lindblad
from symqb.numerics.system_numbers import (
    LevelNumbers,
    SystemFormulas,
    solve_levels,
    system_formulas,
)
from symqb.numerics.system_states import (
    concurrence,
    entropy,
    local_ergotropy,
    local_levels,
    negativity,
    off_diagonal,
    reduced_state,
    site_hamiltonian,
)
from symqb.program.contexts import digits_context, working_bits

ROUNDS = 5
"""How often the digits carried are doubled before a result is given up."""

DIGITS_OF_A_GAP = 500
"""Digits with which a gap of two levels that doubles split is told from none."""


def evaluate_system(
    system: System, outputs: Sequence[str], point: Mapping[str, Any], digits: int
) -> dict[str, Any]:
    """Solve a system in numbers: more and more digits are carried until two rounds agree.

    Raises
    ------
    AbsentError
        An output that is not told here.
    DomainError
        Digits that cannot be had; a value outside its domain.
    SteadyStateError
        The steady state is not unique.
    """
    formulas = system_formulas(system)
    return settle(outputs, digits, lambda carried: _round(formulas, outputs, point, carried))


def settle(
    outputs: Sequence[str], digits: int, tell: Callable[[int], Mapping[str, Told]]
) -> dict[str, Any]:
    """Tell outputs with more and more digits until two rounds agree.

    Parameters
    ----------
    tell : callable
        From the digits carried to what is told with them.

    Raises
    ------
    DomainError
        Digits that cannot be had.
    """
    carried = digits + GUARD_DIGITS
    before: Mapping[str, Told] | None = None
    number = 0
    while number < ROUNDS:
        try:
            finer = tell(carried)
        except MoreDigitsError as error:
            before, carried = None, next_digits(error, carried)
            continue
        number += 1
        if before is not None:
            # what shrinks as its rounding does with every round is zero
            last = number == ROUNDS
            settled = {n: _settled(before[n], finer[n], digits, carried, last) for n in outputs}
            if all(value is not None for value in settled.values()):
                return settled
        before, carried = finer, 2 * carried
    raise DomainError(
        f"{', '.join(outputs)}: not settled to {digits} digits with {carried // 2} carried; its "
        "terms cancel, or rates lie too far apart. Move off the point, or leave out that output"
    )


@dataclass(frozen=True)
class Told:
    """Values of an output, and the size below which each is rounding.

    ``scales`` is what doubles are accurate beside, by default the value itself; more digits are
    told of each value by itself.  ``early`` takes what shrinks as its rounding does for zero in any
    round.  A ``square`` matrix has the real parts of its elements first, then the imaginary ones.
    Of an ``inverse`` the reciprocals are told, infinite where the value is zero.
    """

    values: list[Any]
    sizes: list[Any]
    vector: bool
    scales: list[Any] | None = None
    early: bool = False
    square: bool = False
    inverse: bool = False

    def shaped(self, values: list[Any]) -> Any:
        """Values as the output has them: a number, a list, or a list of rows."""
        if not self.square:
            return values if self.vector else values[0]
        half = len(values) // 2
        size = math.isqrt(half)
        halves = zip(values[:half], values[half:], strict=True)
        whole = [x.context.mpc(x, y) for x, y in halves]
        return [whole[k * size : (k + 1) * size] for k in range(size)]


def _settled(before: Told, finer: Told, digits: int, carried: int, last: bool) -> Any:
    """The finer values to so many digits, or None where the rounds differ there.

    In the last round what rounding may have left of zero is zero.
    """
    found = []
    with working_bits(int(3.34 * (2 * digits + 60))), mpmath.workdps(2 * digits + 60):
        ten = mpmath.mpf(10)
        for rough, fine, size in zip(before.values, finer.values, finer.sizes, strict=True):
            near = abs(fine) * ten ** (-digits - 2)
            endless = finer.inverse and fine == 0
            if not endless and (rough == fine or abs(rough - fine) <= near):
                found.append(digits_context(digits).mpf(1 / fine if finer.inverse else fine))
            elif (last or finer.early) and abs(fine) <= size * ten ** (-carried * 3 // 4):
                found.append(digits_context(digits).mpf(mpmath.inf if finer.inverse else 0))
            else:
                return None
    return finer.shaped(found)


def _round(
    formulas: SystemFormulas, outputs: Sequence[str], point: Mapping[str, Any], carried: int
) -> dict[str, Told]:
    with working_bits(int(3.34 * carried) + 40), mpmath.workdps(carried):
        levels = solve_levels(formulas, point)
        steady: Steady | None = None
        if not set(outputs) <= SYSTEM_LEVEL_OUTPUTS:
            solve = solve_lindblad if formulas.system.jumps else solve_point
            steady = solve(levels)
        teller = Teller(formulas.system, levels, steady)
        return {name: teller.tell(name) for name in outputs}


@dataclass(frozen=True, eq=False)
class Teller:
    """Tells outputs of a solved point."""

    system: System
    levels: LevelNumbers | DenseLevels
    steady: Steady | None

    def tell(self, name: str) -> Told:
        """Tell an output by its name."""
        if name in state_outputs(self.system):
            return self._of_state(name)
        for prefix, what in (("heat_current_", "heat"), ("particle_current_", "particles")):
            if name.startswith(prefix):
                value, size = self._state.current(name.removeprefix(prefix), what)
                return Told([value], [size], vector=False)
        known: dict[str, Callable[[], Told]] = {
            "energies": self._energies,
            "populations": self._populations,
            "ergotropy": self._ergotropy,
            "exergy": self._exergy,
            "entropy_production": self._entropy_production,
            "stored_energy": self._stored,
            "capacity": self._capacity,
            "charge": self._charge,
        }
        if name not in known:
            raise AbsentError(
                f"{name} is not told where levels coincide, or without a closed form; move off the "
                "point, or leave out that output",
                (name,),
            )
        return known[name]()

    @property
    def _state(self) -> Steady:
        if self.steady is None:
            raise SteadyStateError("the steady state was not solved for; ask for its outputs")
        return self.steady

    @cached_property
    def _density(self) -> Matrix:
        return self.levels.bare(self._state.whole)

    def _of_state(self, name: str) -> Told:
        """What is read off the density matrix over the bare states."""
        kind, *sites = re.split(r"_(?=\d)", name)
        whole: dict[str, Callable[[], Told]] = {
            "density": lambda: _matrix(self._density),
            "coherence_l1": self._coherence,
            "coherence_entropy": self._coherence_entropy,
        }
        if kind in whole:
            return whole[kind]()
        sizes = self.system.register.levels if self.system.register else ()
        kept = [int(site) - 1 for site in sites]
        part = reduced_state(self._density, sizes, kept)
        if kind == "reduced":
            return _matrix(part)
        if kind == "local_ergotropy":
            return self._scalar(*local_ergotropy(part, self._local(kept[0])))
        if kind == "effective_temperature":
            return self._effective_temperature(name, part, self._local(kept[0]))
        value = concurrence(part) if kind == "concurrence" else _negativity(part, sizes, kept)
        return Told([value], [mpmath.mpf(1)], vector=False, early=True)

    def _local(self, site: int) -> Matrix:
        """The part of the Hamiltonian that acts on one site alone, here."""
        register = self.system.register
        sizes = register.levels if register else ()
        found = mpmath.matrix(sizes[site], sizes[site])
        for place, entry in site_hamiltonian(self.system.H, sizes, site).items():
            found[place] = self.levels.formulas.at(entry, self.levels.values)
        return found

    def _coherence(self) -> Told:
        return self._scalar(mpmath.fsum(off_diagonal(self._density)), mpmath.mpf(1))

    def _coherence_entropy(self) -> Told:
        """How much more entropy the populations of the bare states have than the state."""
        if not off_diagonal(self._density):
            return self._scalar(mpmath.mpf(0), mpmath.mpf(1))
        bare = [mpmath.re(self._density[k, k]) for k in range(self._density.rows)]
        mixed, known = entropy(bare), entropy(self._state.spectrum)
        return self._scalar(max(mixed - known, mpmath.mpf(0)), 1 + mixed + known)

    def _effective_temperature(self, name: str, part: Matrix, local: Matrix) -> Told:
        """The temperature at which a qubit by itself has the populations of its two levels."""
        energies, states = local_levels(local)
        gap, here = energies[1] - energies[0], states.H * part * states
        if gap <= self._scale * mpmath.mpf(10) ** (-mpmath.mp.dps * 3 // 4):
            # apart by less than doubles can be, if at all
            if mpmath.mp.dps < DIGITS_OF_A_GAP:
                raise NeedsDigitsError(DIGITS_OF_A_GAP)
            raise AbsentError(
                f"{name}: the Hamiltonian of that site alone does not split its two levels, so no "
                "temperature belongs to their populations; leave it out",
                (name,),
            )
        below, above = (mpmath.re(here[k, k]) for k in (0, 1))
        if min(below, above) < 0:
            raise MoreDigitsError
        if below == 0:
            raise AbsentError(
                f"{name}: all of the population is in the upper level, the limit of negative "
                "temperatures that go to 0; leave it out, or ask for the reduced state",
                (name,),
            )
        if above == 0:
            return self._scalar(mpmath.mpf(0), gap)
        # what both populations are off by counts beside the smaller one
        size = min(1 / above + 1 / below, mpmath.mpf(10) ** 40) / gap
        return Told([mpmath.log(below / above) / gap], [size], vector=False, inverse=True)

    def _scalar(self, value: Any, size: Any) -> Told:
        return Told([value], [abs(size)], vector=False)

    @property
    def _scale(self) -> Any:
        return max(abs(e) for e in self.levels.energies)

    def _energies(self) -> Told:
        values = list(self.levels.energies)
        return Told(values, [self._scale] * len(values), vector=True)

    def _populations(self) -> Told:
        values = self._state.populations
        # with coherences beside them an empty level is zero by its size alone
        least = mpmath.mpf(1 if self.system.jumps else 0)
        return Told(values, [least] * len(values), vector=True)

    def _ordered(self) -> tuple[list[Any], list[Any]]:
        """Energies ascending above the lowest, and populations descending."""
        energies = sorted(self.levels.energies)
        return [e - energies[0] for e in energies], sorted(self._state.spectrum, reverse=True)

    def _ergotropy(self) -> Told:
        energies, passive = self._ordered()
        lowest = min(self.levels.energies)
        pairs = zip(self.levels.energies, self._state.populations, strict=True)
        mean = sum((e - lowest) * p for e, p in pairs)
        least = sum(e * p for e, p in zip(energies, passive, strict=True))
        return self._scalar(max(mean - least, mpmath.mpf(0)), mean + least)

    def _exergy(self) -> Told:
        energies, passive = self._ordered()
        T = self.levels.bath_value(self.system.baths[-1].temperature)
        energy = sum(e * p for e, p in zip(energies, passive, strict=True))
        entropy = -sum(p * mpmath.log(p) for p in passive if p > 0) * T
        norm = sum(mpmath.exp(-e / T) for e in energies) if T > 0 else mpmath.mpf(1)
        free = T * mpmath.log(norm) if T > 0 else mpmath.mpf(0)
        total = max(energy + free - entropy, mpmath.mpf(0))
        return self._scalar(total, energy + free + abs(entropy))

    def _entropy_production(self) -> Told:
        total, size = mpmath.mpf(0), mpmath.mpf(0)
        for bath in self.system.baths:
            heat, moduli = self._state.current(bath.name, "heat")
            T = self.levels.bath_value(bath.temperature)
            tiny = abs(heat) <= moduli * mpmath.mpf(10) ** (-mpmath.mp.dps * 3 // 4)
            if T > 0:
                total, size = total - heat / T, size + moduli / T
            elif not tiny:
                total = mpmath.inf
        return self._scalar(total, size)

    def _reference(self) -> Any:
        if self.system.reference == "lowest":
            return min(self.levels.energies)
        return self.levels.energies[int(self.system.reference or 1) - 1]

    def _stored(self) -> Told:
        above = self._reference()
        pairs = zip(self.levels.energies, self._state.populations, strict=True)
        terms = [(energy - above) * p for energy, p in pairs]
        return self._scalar(sum(terms), self._scale)

    def _capacity(self) -> Told:
        return self._scalar(max(self.levels.energies) - self._reference(), self._scale)

    def _charge(self) -> Told:
        capacity, stored = self._capacity(), self._stored()
        whole = capacity.values[0]
        if whole <= capacity.sizes[0] * mpmath.mpf(10) ** (-mpmath.mp.dps * 3 // 4):
            raise AbsentError(
                "capacity must be positive: the reference is the top level; leave out charge",
                ("charge",),
            )
        return self._scalar(stored.values[0] / whole, self._scale / whole)


def _negativity(part: Matrix, sizes: Sequence[int], kept: Sequence[int]) -> Any:
    return negativity(part, *(sizes[k] for k in kept))


def _matrix(density: Matrix) -> Told:
    """A density matrix: an element is at most the geometric mean of two populations."""
    places = range(density.rows)
    roots = [mpmath.sqrt(abs(mpmath.re(density[k, k]))) for k in places]
    elements = [density[i, j] for i in places for j in places]
    scales = [roots[i] * roots[j] for i in places for j in places]
    values = [part(x) for part in (mpmath.re, mpmath.im) for x in elements]
    ones = [mpmath.mpf(1)] * len(values)
    return Told(values, ones, vector=True, scales=2 * scales, square=True)
