"""The steady state of any small system at a point: populations, and coherences where they matter.

Between levels that coincide coherences are solved for with the populations: in the secular form
they are all that populations can couple to.  Jumps that are taken as they stand couple everything,
and all of the density matrix is solved for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import mpmath
import numpy as np
from flint import arb, arb_mat

from symqb.models import DomainError, SteadyStateError
from symqb.models.operators import components
from symqb.numerics.ball_elimination import closed_classes, stationary
from symqb.numerics.mp_balls import Matrix, to_arb, to_mpf
from symqb.numerics.steady_space import null_space
from symqb.numerics.system_digits import check_rates
from symqb.numerics.system_numbers import BathNumbers, LevelNumbers

LARGEST_UNKNOWNS = 300
"""Populations and coherences that are solved for together at most."""


@dataclass(frozen=True)
class Jumps:
    """All jumps of one kind between two groups of coinciding levels.

    ``operator`` (rows: levels of ``to``, columns: of ``source``) acts with ``rate``; each takes
    ``heat`` and ``particles`` into the bath.  ``number`` counts the operators of the bath.
    """

    bath: str
    number: tuple[int, int]
    source: tuple[int, ...]
    to: tuple[int, ...]
    operator: Matrix
    rate: Any
    heat: Any
    particles: int

    @property
    def key(self) -> tuple[str, tuple[int, int]]:
        """Which operator these are jumps of; of a lead there or back."""
        return self.bath, self.number


def bath_jumps(levels: LevelNumbers) -> Iterator[Jumps]:
    """Give the jumps of all baths at a point, group of levels by group."""
    small = mpmath.mpf(10) ** (-mpmath.mp.dps * 3 // 5)
    for model in levels.formulas.system.baths:
        bath = BathNumbers.of(model, levels)
        for number, operator in enumerate(levels.operators[model.name]):
            largest = max(abs(x) for x in operator)
            for source in levels.groups:
                for to in levels.groups:
                    forms = [(operator, 1)]
                    if model.statistics == "fermion":
                        forms.append((operator.H, -1))
                    for matrix, taken in forms:
                        part = _part(matrix, to, source, small * largest)
                        if part is not None:
                            yield _jumps(bath, levels, source, to, part, (number, taken))


def _part(matrix: Matrix, to: Sequence[int], source: Sequence[int], small: Any) -> Matrix | None:
    """A block of an operator, what rounding left of zeros taken out; None if nothing is left."""
    found = mpmath.matrix(len(to), len(source))
    for i, a in enumerate(to):
        for j, c in enumerate(source):
            x = matrix[a, c]
            found[i, j] = x if abs(x) > small else 0
    return found if any(x != 0 for x in found) else None


def _jumps(
    bath: BathNumbers,
    levels: LevelNumbers,
    source: Sequence[int],
    to: Sequence[int],
    part: Matrix,
    number: tuple[int, int],
) -> Jumps:
    taken = number[1]
    frequency = mpmath.mpf(0) if source is to else _mean(levels, source) - _mean(levels, to)
    rate = bath.factor(frequency, taken)
    particles = taken if bath.bath.statistics == "fermion" else int(mpmath.sign(frequency))
    heat = bath.heat(frequency, taken)
    ends = tuple(source), tuple(to)
    return Jumps(bath.bath.name, number, *ends, part, rate, heat, particles)


def _mean(levels: LevelNumbers, group: Sequence[int]) -> Any:
    return sum(levels.energies[k] for k in group) / len(group)


def populations_within(density: Matrix, noise: Any = None) -> list[Any]:
    """Find the populations of coinciding levels in the basis that makes their state diagonal.

    Ascending among those between which there are coherences; the others keep their places.

    Parameters
    ----------
    density : mpmath matrix
        Between the levels of one group.
    noise : number, optional
        What rounding leaves of coherences, over the most that they can be; by default of the
        digits in force.
    """
    size = density.rows
    noise = mpmath.mpf(10) ** (-3 * mpmath.mp.dps // 4) if noise is None else noise
    found = [max(mpmath.re(density[k, k]), mpmath.mpf(0)) for k in range(size)]
    pairs = [
        (i, j)
        for i in range(size)
        for j in range(i)
        # a level that is empty has none
        if found[i] * found[j] > 0 and abs(density[i, j]) > noise * mpmath.sqrt(found[i] * found[j])
    ]
    for part in components(size, pairs):
        if len(part) > 1:
            inner = mpmath.matrix([[density[i, j] for j in part] for i in part])
            values = mpmath.eighe(inner, eigvals_only=True)
            for place, value in zip(part, values, strict=True):
                found[place] = max(mpmath.re(value), mpmath.mpf(0))
    return found


class Steady(Protocol):
    """A steady state at a point, by whatever engine."""

    @property
    def populations(self) -> list[Any]:
        """Populations by level; of coinciding ones in the basis that makes their state diagonal."""

    @property
    def spectrum(self) -> list[Any]:
        """The eigenvalues of the density matrix."""

    @property
    def whole(self) -> Any:
        """The density matrix over all levels, as the levels' ``bare`` takes it."""

    def current(self, bath: str, what: str) -> tuple[Any, Any]:
        """What flows from a bath into the system, and the moduli of its terms."""


@dataclass(frozen=True)
class SteadyPoint:
    """A steady state at a point: its density matrix between coinciding levels, group by group."""

    levels: LevelNumbers
    jumps: tuple[Jumps, ...]
    density: Mapping[tuple[int, ...], Matrix]

    def flow(self, jumps: Jumps) -> Any:
        """How many jumps of one kind there are in unit time."""
        moved = jumps.operator * self.density[jumps.source] * jumps.operator.H
        return jumps.rate * mpmath.re(sum(moved[k, k] for k in range(moved.rows)))

    @cached_property
    def flows(self) -> list[Any]:
        """The flow of every kind of jumps."""
        return [self.flow(jumps) for jumps in self.jumps]

    def current(self, bath: str, what: str) -> tuple[Any, Any]:
        """What flows from a bath into the system, and the moduli of its terms."""
        terms = [
            getattr(jumps, what) * flow
            for jumps, flow in zip(self.jumps, self.flows, strict=True)
            if jumps.bath == bath
        ]
        return -sum(terms, mpmath.mpf(0)), sum(map(abs, terms), mpmath.mpf(0))

    @cached_property
    def populations(self) -> list[Any]:
        """Populations by level; of coinciding ones in the basis that makes their state diagonal."""
        found = [mpmath.mpf(0)] * len(self.levels.energies)
        for group, density in self.density.items():
            for place, value in zip(group, populations_within(density), strict=True):
                found[place] = value
        return found

    @property
    def spectrum(self) -> list[Any]:
        """The eigenvalues of the density matrix."""
        return self.populations

    @property
    def whole(self) -> Matrix:
        """The density matrix over all levels."""
        size = len(self.levels.energies)
        found = mpmath.matrix(size, size)
        for group, density in self.density.items():
            for i, a in enumerate(group):
                for j, c in enumerate(group):
                    found[a, c] = density[i, j]
        return found


def solve_point(levels: LevelNumbers) -> SteadyPoint:
    """Solve for the steady state at a point.

    Raises
    ------
    SteadyStateError
        It is not unique.
    MoreDigitsError
        More digits are needed to tell.
    """
    jumps = tuple(bath_jumps(levels))
    if all(len(group) == 1 for group in levels.groups):
        found = _by_rates(len(levels.energies), jumps)
        density: dict[tuple[int, ...], Matrix] = {
            (k,): mpmath.matrix([[p]]) for k, p in enumerate(found)
        }
    else:
        density = _with_coherences(levels, jumps)
    return SteadyPoint(levels, jumps, density)


def _by_rates(size: int, jumps: Sequence[Jumps]) -> list[Any]:
    """Populations by elimination without a subtraction."""
    found = steady_classes(size, jumps)
    if len(found) > 1:
        shown = " and ".join(str([k + 1 for k in members]) for members in found)
        raise SteadyStateError(
            f"the steady state is not unique: there are {len(found)}, as none of the sets of "
            f"levels {shown} is ever left; raise a temperature that is 0, or couple a bath through "
            "an operator that connects them"
        )
    (only,) = found.values()
    return [only.get(k, mpmath.mpf(0)) for k in range(size)]


def steady_classes(size: int, jumps: Sequence[Jumps]) -> dict[tuple[int, ...], dict[int, Any]]:
    """Solve each set of levels that is never left, where no two levels coincide.

    Returns
    -------
    dict
        The members of each set to their populations within it.
    """
    rates = np.full((size, size), arb(0), dtype=object)
    for one in jumps:
        if one.source != one.to and one.rate != 0:
            squared = abs(one.operator[0, 0]) ** 2
            rates[one.source[0], one.to[0]] += to_arb(one.rate * squared)
    return {
        tuple(members): {k: to_mpf(p) for k, p in stationary(rates, members).items()}
        for members in closed_classes(rates != 0)
    }


Place = tuple[int, int, str]
"""An unknown: the real or the imaginary part of an element of the density matrix."""


def unknowns(groups: Sequence[Sequence[int]]) -> list[Place]:
    """List the populations and coherences within groups of levels."""
    found: list[Place] = []
    for group in groups:
        for i, a in enumerate(group):
            found.append((a, a, "re"))
            for c in group[i + 1 :]:
                found += [(a, c, "re"), (a, c, "im")]
    return found


def _with_coherences(levels: LevelNumbers, jumps: Sequence[Jumps]) -> dict[tuple[int, ...], Matrix]:
    """The density matrix between coinciding levels: the null space of its generator."""
    places, matrix = group_generator(levels, jumps)
    check_rates(matrix, jumps)
    basis = null_space(matrix, mpmath.mp.prec)
    if len(basis) != 1:
        raise SteadyStateError(
            f"the steady state is not unique: there are {len(basis)} independent ones, coherences "
            "between coinciding levels counted; move off the point, or couple the baths to more"
        )
    values = dict(zip(places, map(to_mpf, basis[0]), strict=True))
    whole = sum(values[k, k, "re"] for k in range(len(levels.energies)))
    return {
        tuple(group): density_matrix(group, {p: v / whole for p, v in values.items()})
        for group in levels.groups
    }


def group_generator(levels: LevelNumbers, jumps: Sequence[Jumps]) -> tuple[list[Place], arb_mat]:
    """Write the generator over populations and the coherences between coinciding levels.

    Raises
    ------
    DomainError
        There are too many.
    """
    places = unknowns(levels.groups)
    if len(places) > LARGEST_UNKNOWNS:
        raise DomainError(
            f"{len(places)} populations and coherences of coinciding levels are too many to solve "
            f"for, beyond {LARGEST_UNKNOWNS}; move off the point"
        )
    index = {place: k for k, place in enumerate(places)}
    size = len(places)
    generator = [[mpmath.mpf(0)] * size for _ in range(size)]
    sizes = [[mpmath.mpf(0)] * size for _ in range(size)]
    for column, place in enumerate(places):
        for group, change, moduli in _changes(place, levels.groups, jumps):
            for i, a in enumerate(group):
                for j, c in enumerate(group[i:], i):
                    parts = [("re", mpmath.re(change[i, j])), ("im", mpmath.im(change[i, j]))]
                    for part, value in parts[: 1 if a == c else 2]:
                        generator[index[a, c, part]][column] += value
                        sizes[index[a, c, part]][column] += moduli[i, j]
    # what cancels is zero, not a slow rate
    noise = mpmath.mpf(10) ** (-3 * mpmath.mp.dps // 4)
    entries = [
        to_arb(x) if abs(x) >= noise * size_of else arb(0)
        for row, beside in zip(generator, sizes, strict=True)
        for x, size_of in zip(row, beside, strict=True)
    ]
    return places, arb_mat(size, size, entries)


def density_matrix(group: Sequence[int], values: Mapping[Place, Any]) -> Matrix:
    """Make a density matrix of its unknowns."""
    found = mpmath.matrix(len(group), len(group))
    for i, a in enumerate(group):
        found[i, i] = values[a, a, "re"]
        for j, c in enumerate(group[i + 1 :], i + 1):
            found[i, j] = mpmath.mpc(values[a, c, "re"], values[a, c, "im"])
            found[j, i] = mpmath.conj(found[i, j])
    return found


def _changes(
    place: Place, groups: Sequence[Sequence[int]], jumps: Sequence[Jumps]
) -> Iterator[tuple[tuple[int, ...], Matrix, Matrix]]:
    """What the generator makes of one unknown set to 1, group by group, and its terms' moduli."""
    a, c, part = place
    group = next(tuple(g) for g in groups if a in g)
    i, j = group.index(a), group.index(c)
    state, ones = mpmath.matrix(len(group), len(group)), mpmath.matrix(len(group), len(group))
    one = mpmath.mpf(1) if part == "re" else mpmath.mpc(0, 1)
    state[i, j] = one
    state[j, i] = mpmath.conj(one)
    ones[i, j] = ones[j, i] = mpmath.mpf(1)
    for jump in jumps:
        if jump.source == group and jump.rate != 0:
            sizes = jump.operator.apply(abs)
            yield (
                jump.to,
                jump.operator * state * jump.operator.H * jump.rate,
                sizes * ones * sizes.T * jump.rate,
            )
            lost, most = jump.operator.H * jump.operator, sizes.T * sizes
            yield (
                group,
                (lost * state + state * lost) * (-jump.rate / 2),
                (most * ones + ones * most) * (jump.rate / 2),
            )
