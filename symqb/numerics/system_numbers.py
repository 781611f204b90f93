"""The numbers of a system at a point, to any number of digits: levels, elements, rate factors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from flint import acb_mat, arb, arb_mat

from symqb.derive.hamiltonian import as_expr
from symqb.derive.spectra import over_ohmic
from symqb.derive.system_blocks import Block, derive_blocks
from symqb.derive.system_domains import real_derivative
from symqb.derive.system_levels import SystemEigensystem, derive_system_levels
from symqb.derive.system_writer import system_symbols
from symqb.models import Bath, DomainError, NoClosedFormError
from symqb.models.baths import bath_operators
from symqb.models.exact import exact_number
from symqb.models.spectra import has_formula, is_formula
from symqb.models.system import System
from symqb.numerics.degeneracy import TOLERANCE, join
from symqb.numerics.eigen_digits import solve_symmetric
from symqb.numerics.exact_inputs import is_exact
from symqb.numerics.mp_balls import (
    Matrix,
    adjoint,
    from_balls,
    to_acb,
    to_arb,
    to_balls,
    to_mpc,
    to_mpf,
)
from symqb.numerics.system_digits import NeedsDigitsError, decades
from symqb.numerics.system_domains import UNDEFINED, check_domains


@dataclass(frozen=True, eq=False)
class SystemFormulas:
    """A system with its expressions compiled for mpmath; made once for all points."""

    system: System

    @cached_property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The parameters, in order."""
        return system_symbols(self.system)

    @cached_property
    def _levels(self) -> SystemEigensystem | None:
        try:
            return derive_system_levels(self.system)
        except NoClosedFormError:
            return None

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of the Hamiltonian: those of the closed forms, where there are such."""
        return derive_blocks(self.system) if self._levels is None else self._levels.blocks

    @cached_property
    def closed(self) -> list[list[sp.Expr] | None]:
        """Block by block the energies in closed form, in the order of the levels' numbers."""
        if self._levels is None:
            return [None] * len(self.blocks)
        energies = [level.energy for level in self._levels]
        sizes = [len(block.basis) for block in self.blocks]
        ends = list(accumulate(sizes))
        return [energies[end - size : end] for size, end in zip(sizes, ends, strict=True)]

    @cached_property
    def _compiled(self) -> dict[sp.Expr, Callable[..., Any]]:
        return {}

    def at(self, expr: sp.Expr, values: Sequence[Any]) -> Any:
        """Evaluate an expression at values of the parameters, at the working precision.

        Raises
        ------
        DomainError
            It has no value there.
        """
        if expr not in self._compiled:
            self._compiled[expr] = sp.lambdify(self.symbols, expr, "mpmath")
        try:
            return mpmath.mpmathify(self._compiled[expr](*values))
        except UNDEFINED:
            raise DomainError(
                f"{expr} has no value here, as at a pole; give values at which it has one"
            ) from None

    @cached_property
    def slopes(self) -> dict[sp.Symbol, dict[tuple[int, int], sp.Expr]]:
        """The derivatives of the entries of H by each parameter, times it."""
        entries = self.system.H.todok()
        # of many states most entries are like others
        unlike = dict.fromkeys(entries.values())
        found = {}
        for s in self.symbols:
            slope = {x: s * real_derivative(x, s) for x in unlike if x.has(s)}
            found[s] = {place: slope[x] for place, x in entries.items() if x in slope}
        return found

    @cached_property
    def densities(self) -> dict[str, Callable[[Any, Sequence[Any]], Any]]:
        """By bath what an Ohmic rate (of fermions a flat one) is multiplied by at a frequency."""
        return {bath.name: self._density(bath) for bath in self.system.baths}

    def _density(self, bath: Bath) -> Callable[[Any, Sequence[Any]], Any]:
        frequency = sp.Dummy("omega", real=True)
        if not has_formula(bath.spectrum):
            return lambda w, _: mpmath.mpf(float(_called(bath.spectrum, w))) / w
        if bath.statistics == "fermion":
            expr = bath.spectrum(frequency) if is_formula(bath.spectrum) else sp.S.One
            return self._of(frequency, expr)
        positive = sp.Dummy("omega", positive=True)
        expr = over_ohmic(bath, positive)
        away = self._of(positive, expr)
        if bath.spectrum is None:
            return away
        at_zero = self._of(positive, _limit(expr, positive))
        return lambda w, values: (at_zero if w == 0 else away)(w, values)

    @cached_property
    def occupations(self) -> dict[str, Callable[[Any, Sequence[Any]], Any]]:
        """The mean occupation at a frequency of the baths with one of the user's own."""
        found = {}
        for bath in self.system.baths:
            if bath.occupation is not None:
                frequency = sp.Dummy("omega", positive=True)
                given = bath.occupation
                expr = given(frequency) if is_formula(given) else as_expr(given)
                found[bath.name] = self._of(frequency, expr)
        return found

    def _of(self, frequency: sp.Symbol, expr: sp.Expr) -> Callable[[Any, Sequence[Any]], Any]:
        made = sp.lambdify((frequency, *self.symbols), expr, "mpmath")

        def at(w: Any, values: Sequence[Any]) -> Any:
            try:
                return mpmath.mpmathify(made(w, *values))
            except UNDEFINED:
                return mpmath.nan

        return at


@lru_cache(maxsize=64)
def system_formulas(system: System) -> SystemFormulas:
    """Give a system's compiled expressions, made at its first point."""
    return SystemFormulas(system)


def _called(spectrum: Any, frequency: Any) -> Any:
    """The value of a user's function of an array at one frequency."""
    return np.ravel(spectrum(np.array([float(frequency)])))[0]


def _limit(expr: sp.Expr, frequency: sp.Symbol) -> sp.Expr:
    """A spectral density over the Ohmic one at frequency zero; NaN where SymPy knows none."""
    try:
        return sp.limit(expr, frequency, 0)
    except (NotImplementedError, ValueError):
        return sp.nan


@dataclass(frozen=True)
class AtPoint:
    """A system at a point: ``values`` are those of its parameters, in order."""

    formulas: SystemFormulas
    values: tuple[Any, ...]

    def bath_value(self, value: Any) -> Any:
        """A value of a bath here: a temperature, a chemical potential, a strength."""
        return mpmath.re(self.formulas.at(as_expr(value), self.values))


@dataclass(frozen=True)
class LevelNumbers(AtPoint):
    """Levels of a system at a point, and the operators between them.

    Attributes
    ----------
    energies : list of mpf
        In the order of the levels' numbers; without closed forms ascending within each block.
    groups : list of lists of int
        Levels that coincide, as places from 0.
    moved : list of lists
        For each parameter x given as a float, x dE/dx of every level.
    operators : mapping
        Bath to its operators in the basis of levels, columns of mpmath numbers.
    """

    energies: tuple[Any, ...]
    vectors: Matrix
    groups: list[list[int]]
    moved: list[list[Any]]

    @cached_property
    def operators(self) -> dict[str, list[Matrix]]:
        """By bath its operators between the levels."""
        return {
            bath.name: [self.between(operator) for operator in bath_operators(bath)]
            for bath in self.formulas.system.baths
        }

    def between(self, operator: sp.ImmutableMatrix) -> Matrix:
        """An operator between the levels."""
        found = _balls(operator.todok(), operator.rows, self.formulas, self.values)
        return from_balls(adjoint(self.vectors) * found * self.vectors)

    @property
    def states(self) -> Matrix:
        """The levels as columns over the bare states."""
        return from_balls(self.vectors)

    def bare(self, density: Matrix) -> Matrix:
        """A density matrix over the levels as one over the bare states."""
        found = self.vectors * to_balls(density) * adjoint(self.vectors)
        return from_balls(found)


def _check_elements(formulas: SystemFormulas, values: Sequence[Any]) -> None:
    """Ask for the digits that the smallest elements of an operator take beside its largest."""
    system = formulas.system
    matrices = [system.H, *(S for bath in system.baths for S in bath.operators)]
    matrices += [jump.operator for jump in system.jumps]
    needed = 0
    for matrix in matrices:
        entries = (to_acb(formulas.at(entry, values)) for entry in matrix.todok().values())
        needed = max(needed, int(2.5 * decades(abs(x) for x in entries)) + 20)
    if mpmath.mp.dps < needed:
        raise NeedsDigitsError(needed)


def solve_levels(formulas: SystemFormulas, point: Mapping[str, Any]) -> LevelNumbers:
    """Diagonalise a system at a point, at mpmath's working precision.

    Parameters
    ----------
    formulas : SystemFormulas
    point : mapping
        Parameter to its value, taken exactly; floats are known to half a unit in the last place.

    Raises
    ------
    DomainError
        A point outside the domain of an expression of the system.
    MoreDigitsError
        Elements of one operator that lie too far apart for the digits in force.
    """
    values = exact_values(formulas, point)
    check_domains(formulas, point, values)
    _check_elements(formulas, values)
    size = formulas.system.size
    energies: list[Any] = []
    vectors = acb_mat(size, size)
    for block, known in zip(formulas.blocks, formulas.closed, strict=True):
        for energy, column in _numbered(formulas, block, known, values):
            for state, amplitude in column.items():
                vectors[state, len(energies)] = amplitude
            energies.append(energy)
    moved = _moved(formulas, point, values, vectors)
    scale = max((abs(e) for e in energies), default=mpmath.mpf(0))
    groups = group_levels(energies, moved, scale * _small())
    return LevelNumbers(formulas, values, tuple(energies), vectors, groups, moved)


def exact_values(formulas: SystemFormulas, point: Mapping[str, Any]) -> tuple[Any, ...]:
    """Read the parameters at a point, in order, at mpmath's working precision."""
    return tuple(_exact(point[str(s)]) for s in formulas.symbols)


def _exact(value: Any) -> Any:
    number = exact_number(value)
    if number is None:
        raise DomainError(f"{value!r} is not one real number; give one")
    return mpmath.mpf(number.numerator) / number.denominator


def group_levels(
    energies: Sequence[Any], moved: Sequence[Sequence[Any]], zero: Any
) -> list[list[int]]:
    """Levels that coincide: by what the rounding of float inputs moves, or exactly.

    ``zero`` is what is no gap, ``moved`` as :class:`LevelNumbers` has it.
    """
    order = sorted(range(len(energies)), key=lambda k: energies[k])
    pairs = []
    reach = sum((2 * max(map(abs, row)) for row in moved), mpmath.mpf(0))
    for start, a in enumerate(order):
        for c in order[start + 1 :]:
            gap = energies[c] - energies[a]
            if gap > max(TOLERANCE * reach, zero):
                break
            if gap <= max(TOLERANCE * sum(abs(row[a] - row[c]) for row in moved), zero):
                pairs.append((a, c))
    return join(len(energies), pairs)


def same_gap(levels: LevelNumbers, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell whether two frequencies coincide, by the rule for levels."""
    (a, b), (c, d) = one, other
    energies = levels.energies
    gap = abs((energies[a] - energies[b]) - (energies[c] - energies[d]))
    scale = max(map(abs, energies))
    moved = sum((abs(r[a] - r[b] - r[c] + r[d]) for r in levels.moved), mpmath.mpf(0))
    return bool(gap <= max(TOLERANCE * moved, scale * _small()))


def _small() -> Any:
    """What rounding leaves of zero, over the size of what it is made of."""
    return mpmath.mpf(10) ** (-mpmath.mp.dps * 3 // 5)


def _moved(
    formulas: SystemFormulas, point: Mapping[str, Any], values: Sequence[Any], vectors: Any
) -> list[list[Any]]:
    """For each parameter x given as a float, x dE/dx of every level."""
    found = []
    for symbol, entries in formulas.slopes.items():
        if entries and not is_exact(point[str(symbol)]):
            matrix = _balls(entries, formulas.system.size, formulas, values)
            slopes = adjoint(vectors) * matrix * vectors
            found.append([to_mpc(slopes[k, k]).real for k in range(slopes.nrows())])
    return found


def _numbered(
    formulas: SystemFormulas, block: Block, known: list[sp.Expr] | None, values: Sequence[Any]
) -> list[tuple[Any, dict[int, Any]]]:
    """The levels of a block in the order of their numbers; without closed forms upwards."""
    solved = _solve_block(formulas, block, values)
    if known is None:
        return solved
    energies = [mpmath.re(formulas.at(energy, values)) for energy in known]
    order = sorted(range(len(known)), key=lambda k: energies[k])
    placed = dict(zip(order, solved, strict=True))
    return [placed[k] for k in range(len(known))]


def _solve_block(
    formulas: SystemFormulas, block: Block, values: Sequence[Any]
) -> list[tuple[Any, dict[int, Any]]]:
    """Energies, ascending, and normalised states of a block."""
    size, norms = len(block.basis), [mpmath.sqrt(n) for n in block.norms]
    matrix = mpmath.matrix(size, size)
    for (i, j), entry in block.matrix.todok().items():
        matrix[i, j] = formulas.at(entry, values) * norms[i] / norms[j]
    if any(abs(mpmath.im(x)) > 0 for x in matrix):
        energies, columns = mpmath.eighe((matrix + matrix.H) / 2)
        columns = [[columns[i, k] for i in range(size)] for k in range(size)]
        energies = [mpmath.re(e) for e in energies]
    else:
        balls = arb_mat(size, size, [to_arb(mpmath.re(x)) for x in matrix])
        levels, vectors, _ = solve_symmetric((balls + balls.transpose()) * arb(0.5), mpmath.mp.prec)
        energies = [to_mpf(e) for e in levels]
        columns = [[to_mpf(x) for x in vectors[:, k]] for k in range(size)]
    found = []
    for energy, column in zip(energies, columns, strict=True):
        state: dict[int, Any] = {}
        for amplitude, combination, norm in zip(column, block.basis, norms, strict=True):
            for bare, sign in combination.items():
                state[bare] = to_acb(amplitude * sign / norm)
        found.append((energy, state))
    return found


def _balls(
    entries: Mapping[tuple[int, int], sp.Expr],
    size: int,
    formulas: SystemFormulas,
    values: Sequence[Any],
) -> Any:
    found = acb_mat(size, size)
    for place, entry in entries.items():
        found[place] = to_acb(formulas.at(entry, values))
    return found


@dataclass(frozen=True)
class BathNumbers:
    """A bath at a point: its rate factors at any frequency.

    ``temperature``, ``mu`` and ``kappa`` are numbers.
    """

    bath: Bath
    levels: AtPoint
    temperature: Any
    mu: Any
    kappa: Any

    @classmethod
    def of(cls, bath: Bath, levels: AtPoint) -> BathNumbers:
        """A bath at the levels' point.

        Raises
        ------
        DomainError
            A temperature or strength outside its domain.
        """
        system = levels.formulas.system
        T, mu = levels.bath_value(bath.temperature), levels.bath_value(bath.mu)
        kappa = levels.bath_value(system.kappa if bath.kappa is None else bath.kappa)
        if not T >= 0:
            raise DomainError(
                f"the temperature of bath {bath.name} is {mpmath.nstr(T, 8)} here and must be >= 0"
            )
        if not kappa > 0:
            raise DomainError(
                f"the coupling strength of bath {bath.name} is {mpmath.nstr(kappa, 8)} here and "
                "must be > 0"
            )
        return cls(bath, levels, T, mu, kappa)

    def factor(self, frequency: Any, taken: int) -> Any:
        """The rate of a jump by which the system loses an energy, over the squared element.

        ``taken`` is how many particles a lead takes: 1, or -1 where it gives one.
        """
        bath = self.bath
        if bath.statistics == "fermion":
            energy = frequency * taken
            density = self.density(energy)
            return self.kappa * density * self.filled(taken * (energy - self.mu))
        size = abs(frequency)
        density = self.density(size)
        return self.kappa * density * (max(frequency, mpmath.mpf(0)) + self.thermal(size))

    def density(self, frequency: Any) -> Any:
        """The spectral density over the Ohmic one, of a lead over a flat one, at a frequency."""
        found = self.levels.formulas.densities[self.bath.name](frequency, self.levels.values)
        if not (mpmath.im(found) == 0 and mpmath.isfinite(found) and mpmath.re(found) >= 0):
            raise DomainError(
                f"the spectral density of bath {self.bath.name} must be finite and >= 0 at every "
                f"frequency, and is not at {mpmath.nstr(frequency, 8)}"
            )
        return mpmath.re(found)

    def filled(self, excess: Any) -> Any:
        """The chance that a lead takes a particle of this energy above its chemical potential."""
        if self.temperature == 0:
            return mpmath.mpf(1 if excess > 0 else 0.5 if excess == 0 else 0)
        return 1 / (1 + mpmath.exp(-excess / self.temperature))

    def thermal(self, size: Any) -> Any:
        """A frequency times the mean occupation at it."""
        T, name = self.temperature, self.bath.name
        if self.bath.occupation is not None:
            mean = self.levels.formulas.occupations[name](size, self.levels.values)
            if not (mpmath.im(mean) == 0 and mpmath.isfinite(mean) and mpmath.re(mean) >= 0):
                raise DomainError(
                    f"the occupation of bath {name} must be finite and >= 0, and is "
                    f"{mpmath.nstr(mean, 8)} at {mpmath.nstr(size, 8)}"
                )
            return size * mpmath.re(mean)
        excess = size - self.mu
        if self.mu != 0 and not excess > 0:
            raise DomainError(
                f"the chemical potential of bath {name}, {self.bath.mu}, must be below every "
                "frequency that it drives"
            )
        if excess == 0:
            return T
        return size / mpmath.expm1(excess / T) if T > 0 else mpmath.mpf(0)

    def heat(self, frequency: Any, taken: int) -> Any:
        """The heat that the bath takes in a jump."""
        particles = taken if self.bath.statistics == "fermion" else int(mpmath.sign(frequency))
        return frequency - self.mu * particles
