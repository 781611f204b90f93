"""The steady state under jumps that are taken as they stand: all of the density matrix at a point.

Baths beside them keep their secular form, one operator for each frequency.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath

from symqb.models import DomainError, SteadyStateError
from symqb.numerics.mp_balls import Matrix, to_mpf
from symqb.numerics.steady_space import null_space
from symqb.numerics.system_digits import check_rates
from symqb.numerics.system_engine import Jumps, bath_jumps, density_matrix, populations_within
from symqb.numerics.system_generator import Lindblad, full_generator
from symqb.numerics.system_numbers import LevelNumbers, same_gap

LARGEST_DENSITY = 16
"""Levels up to which all of the density matrix is solved for."""


@dataclass(frozen=True)
class FullPoint:
    """A steady state at a point: its density matrix over all levels."""

    levels: LevelNumbers
    operators: tuple[Lindblad, ...]
    density: Matrix

    def current(self, bath: str, what: str) -> tuple[Any, Any]:
        """What flows from a bath into the system, and the moduli of its terms."""
        total, size = mpmath.mpf(0), mpmath.mpf(0)
        for one in self.operators:
            if one.bath != bath:
                continue
            gain = one.operator * self.density * one.operator.H
            if one.heat is not None:
                flow = one.rate * mpmath.re(_trace(gain))
                taken = one.heat if what == "heat" else one.particles
                total, size = total - taken * flow, size + abs(taken * flow)
            elif what == "heat":
                lost = one.operator.H * one.operator * self.density
                for k, energy in enumerate(self.levels.energies):
                    for part in (gain[k, k], -lost[k, k]):
                        term = one.rate * energy * mpmath.re(part)
                        total, size = total + term, size + abs(term)
        return total, size

    @cached_property
    def populations(self) -> list[Any]:
        """Populations by level; of coinciding ones in the basis that makes their state diagonal."""
        found = [mpmath.mpf(0)] * self.density.rows
        for group in self.levels.groups:
            part = mpmath.matrix([[self.density[a, c] for c in group] for a in group])
            for place, value in zip(group, populations_within(part), strict=True):
                found[place] = value
        return found

    @property
    def whole(self) -> Matrix:
        """The density matrix over all levels."""
        return self.density

    @cached_property
    def spectrum(self) -> list[Any]:
        """The eigenvalues of the density matrix, rounding below zero taken out."""
        values = mpmath.eighe(self.density, eigvals_only=True)
        return [max(mpmath.re(value), mpmath.mpf(0)) for value in values]


def _trace(matrix: Matrix) -> Any:
    return sum(matrix[k, k] for k in range(matrix.rows))


def solve_lindblad(levels: LevelNumbers) -> FullPoint:
    """Solve for the steady state of baths and of jumps that are taken as they stand.

    Raises
    ------
    DomainError
        Too many levels; a negative rate.
    SteadyStateError
        The steady state is not unique.
    MoreDigitsError
        More digits are needed to tell.
    """
    size = len(levels.energies)
    check_density_size(size)
    operators = lindblad_operators(levels)
    places, matrix = full_generator(levels, operators)
    check_rates(matrix, operators)
    basis = null_space(matrix, mpmath.mp.prec)
    if len(basis) != 1:
        raise SteadyStateError(
            f"the steady state is not unique: there are {len(basis)} independent ones; add a jump "
            "or a bath that connects them"
        )
    values = dict(zip(places, map(to_mpf, basis[0]), strict=True))
    whole = sum(values[k, k, "re"] for k in range(size))
    density = density_matrix(range(size), {place: value / whole for place, value in values.items()})
    return FullPoint(levels, operators, density)


def check_density_size(size: int) -> None:
    """Refuse a density matrix over too many levels."""
    if size > LARGEST_DENSITY:
        raise DomainError(
            f"{size} levels with jumps that are taken as they stand are too many, beyond "
            f"{LARGEST_DENSITY}: all {size * size} elements of the density matrix are solved for; "
            "leave out a site, or give the baths their secular form"
        )


def lindblad_operators(levels: LevelNumbers) -> tuple[Lindblad, ...]:
    """List every Lindblad operator at a point: of the baths, and the jumps.

    Raises
    ------
    DomainError
        A negative rate.
    """
    return (*_of_baths(levels), *_of_jumps(levels))


def _of_baths(levels: LevelNumbers) -> list[Lindblad]:
    """The operators of the baths: jumps of one frequency act together."""
    found: list[tuple[Jumps, list[Jumps]]] = []
    for jumps in bath_jumps(levels):
        for first, others in found:
            if first.key == jumps.key and same_gap(levels, _ends(first), _ends(jumps)):
                others.append(jumps)
                break
        else:
            found.append((jumps, [jumps]))
    size = len(levels.energies)
    operators = []
    for first, members in found:
        whole = mpmath.matrix(size, size)
        for jumps in members:
            for i, a in enumerate(jumps.to):
                for j, c in enumerate(jumps.source):
                    whole[a, c] = jumps.operator[i, j]
        operators.append(Lindblad(first.bath, whole, first.rate, first.heat, first.particles))
    return operators


def _ends(jumps: Jumps) -> tuple[int, int]:
    return jumps.source[0], jumps.to[0]


def _of_jumps(levels: LevelNumbers) -> list[Lindblad]:
    found = []
    for number, jump in enumerate(levels.formulas.system.jumps, 1):
        rate = levels.bath_value(jump.rate)
        if not (rate >= 0 and mpmath.isfinite(rate)):
            raise DomainError(
                f"the rate {jump.rate} of a jump is {mpmath.nstr(rate, 8)} here and must be >= 0; "
                "give values that keep to it"
            )
        if rate > 0:
            operator = levels.between(jump.operator)
            found.append(Lindblad(jump.bath, operator, rate, jump=number))
    return found
