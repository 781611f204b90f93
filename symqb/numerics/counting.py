r"""Long-time means and covariances of what is counted along the jumps of a density matrix.

With :math:`\mathcal L\rho = 0` and :math:`\mathcal J_a = \sum_k w_{ak}\,r_k L_k\cdot L_k^\dagger` a
count grows by :math:`J_a = \mathrm{Tr}\,\mathcal J_a\rho` a unit of time, the covariance of two by

.. math:: \sum_k w_{ak}w_{bk}\,\mathrm{Tr}\,r_k L_k\rho L_k^\dagger
          - \mathrm{Tr}\,\mathcal J_a x_b - \mathrm{Tr}\,\mathcal J_b x_a,
          \qquad \mathcal L x_a = \mathcal J_a\rho - J_a\rho,\quad \mathrm{Tr}\,x_a = 0:

the second derivative of the largest eigenvalue of the tilted generator by the group inverse, no
difference of two eigenvalues (Flindt, Novotny and Jauho, Phys. Rev. B 70, 205334; Landi et al., PRX
Quantum 5, 020201).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath
from flint import arb, arb_mat

from symqb.models import SteadyStateError
from symqb.numerics.mp_balls import to_arb, to_mpf
from symqb.numerics.steady_space import null_space
from symqb.numerics.system_digits import check_rates
from symqb.numerics.system_engine import (
    Jumps,
    Place,
    bath_jumps,
    density_matrix,
    group_generator,
)
from symqb.numerics.system_generator import Lindblad, full_generator
from symqb.numerics.system_lindblad import check_density_size, lindblad_operators
from symqb.numerics.system_numbers import LevelNumbers, same_gap

Entries = Mapping[tuple[int, int], Any]
"""Elements of an operator between levels that are not zero."""


@dataclass(frozen=True)
class Event:
    """All jumps of one kind: an operator between levels, its rate, and where they come from.

    ``bath`` and what a jump takes into it: ``heat``, None where the operator has no one frequency,
    and ``particles``.  ``jump`` is the number of a jump that is taken as it stands, else None.
    """

    entries: Entries
    rate: Any
    bath: str | None
    heat: Any
    particles: int
    jump: int | None = None

    @property
    def moves(self) -> bool:
        """Whether a jump changes something: dephasing by a bath does not."""
        return self.jump is not None or any(a != c for a, c in self.entries)

    def after(self, state: Any) -> Any:
        """What the jumps of a state a unit of time lead to, not normalised."""
        size = state.rows
        found = mpmath.matrix(size, size)
        for (a, c), x in self.entries.items():
            for (b, d), y in self.entries.items():
                if state[c, d] != 0:
                    found[a, b] += self.rate * x * state[c, d] * mpmath.conj(y)
        return found

    def flow(self, state: Any) -> Any:
        """How many jumps a state has a unit of time, or what is the trace of :meth:`after`."""
        total = mpmath.mpf(0)
        by_row: dict[int, list[tuple[int, Any]]] = {}
        for (a, c), x in self.entries.items():
            by_row.setdefault(a, []).append((c, x))
        for row in by_row.values():
            for c, x in row:
                for d, y in row:
                    total += mpmath.re(x * state[c, d] * mpmath.conj(y))
        return self.rate * total


@dataclass(frozen=True)
class CountedPoint:
    """A steady state with every kind of jumps that it has, and the generator that it is of.

    Attributes
    ----------
    places : list
        The unknowns: parts of elements of a density matrix.
    generator : arb_mat
        Their slopes, rows, by their values, columns.
    events : tuple of Event
    steady : sequence of balls
        The steady state, of trace 1.
    """

    levels: LevelNumbers
    places: list[Place]
    generator: arb_mat
    events: tuple[Event, ...]
    steady: Sequence[Any]

    def state(self, values: Sequence[Any]) -> Any:
        """A Hermitian matrix over the levels of its unknowns."""
        size = len(self.levels.energies)
        known = dict.fromkeys(
            ((a, c, part) for a in range(size) for c in range(a, size) for part in ("re", "im")),
            mpmath.mpf(0),
        )
        known |= dict(zip(self.places, map(to_mpf, values), strict=True))
        return density_matrix(range(size), known)

    @cached_property
    def density(self) -> Any:
        """The steady state."""
        return self.state(self.steady)

    @cached_property
    def flows(self) -> list[Any]:
        """How many jumps of every kind there are a unit of time."""
        return [event.flow(self.density) for event in self.events]

    def mean(self, weights: Sequence[Any]) -> Any:
        """By how much a count grows a unit of time, given what a jump of every kind adds."""
        return mpmath.fsum(w * f for w, f in zip(weights, self.flows, strict=True))

    def responses(self, counts: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """The traces of every kind of jumps of :math:`x_a`, for every count a."""
        size, columns = len(self.places), len(counts)
        bordered = arb_mat(size + 1, size + 1)
        given = arb_mat(size + 1, columns)
        for i, row in enumerate(self.generator.tolist()):
            for j, x in enumerate(row):
                bordered[i, j] = x
            bordered[i, size] = self.steady[i]
        for j, (a, c, _) in enumerate(self.places):
            bordered[size, j] = int(a == c)
        for column, weights in enumerate(counts):
            for i, x in enumerate(self._source(weights)):
                given[i, column] = x
        solved = bordered.solve(given, algorithm="approx").mid()
        found = []
        for column in range(columns):
            state = self.state([solved[i, column] for i in range(size)])
            found.append([event.flow(state) for event in self.events])
        return found

    def _source(self, weights: Sequence[Any]) -> list[Any]:
        """What a count less its mean makes of the steady state."""
        total = self.density * -self.mean(weights)
        for weight, event in zip(weights, self.events, strict=True):
            if weight != 0:
                total += event.after(self.density) * weight
        parts = {"re": mpmath.re, "im": mpmath.im}
        return [to_arb(parts[part](total[a, c])) for a, c, part in self.places]


def covariance(
    point: CountedPoint,
    first: tuple[Sequence[Any], Sequence[Any]],
    second: tuple[Sequence[Any], Sequence[Any]],
) -> tuple[Any, Any]:
    """By how much the covariance of two counts grows a unit of time, and the size of its terms.

    Each count as its weights and its :meth:`CountedPoint.responses`.
    """
    terms = []
    for k, flow in enumerate(point.flows):
        (w, x), (v, y) = ((weights[k], reaction[k]) for weights, reaction in (first, second))
        terms += [w * v * flow, -w * y, -v * x]
    return mpmath.fsum(terms), mpmath.fsum(map(abs, terms))


def solve_counted(levels: LevelNumbers) -> CountedPoint:
    """Solve for the steady state, with the generator and every kind of jumps.

    Raises
    ------
    DomainError
        Too many levels; a negative rate.
    SteadyStateError
        The steady state is not unique.
    MoreDigitsError
        More digits are needed to tell.
    """
    if levels.formulas.system.jumps:
        check_density_size(len(levels.energies))
        operators = lindblad_operators(levels)
        places, generator = full_generator(levels, operators)
        events = tuple(_event(levels, one) for one in operators)
        check_rates(generator, operators)
    else:
        jumps = tuple(bath_jumps(levels))
        places, generator = group_generator(levels, jumps)
        events = tuple(_between_groups(one) for one in jumps if one.rate != 0)
        check_rates(generator, jumps)
    basis = null_space(generator, mpmath.mp.prec)
    if len(basis) != 1:
        raise SteadyStateError(
            f"the steady state is not unique: there are {len(basis)} independent ones, coherences "
            "counted; add a jump or a bath that connects them"
        )
    whole = sum((x for x, (a, c, _) in zip(basis[0], places, strict=True) if a == c), arb(0))
    return CountedPoint(levels, places, generator, events, [(x / whole).mid() for x in basis[0]])


def _event(levels: LevelNumbers, one: Lindblad) -> Event:
    """The jumps of an operator between all levels; their heat where they have one frequency."""
    entries, heat = _entries(one.operator), one.heat
    (to, source), *others = entries
    if heat is None and all(same_gap(levels, (source, to), (c, a)) for a, c in others):
        heat = levels.energies[source] - levels.energies[to]
    return Event(entries, one.rate, one.bath, heat, one.particles, one.jump)


def _between_groups(one: Jumps) -> Event:
    """The jumps between two groups of levels that coincide."""
    entries = {
        (a, c): one.operator[i, k]
        for i, a in enumerate(one.to)
        for k, c in enumerate(one.source)
        if one.operator[i, k] != 0
    }
    return Event(entries, one.rate, one.bath, one.heat, one.particles)


def _entries(operator: Any) -> dict[tuple[int, int], Any]:
    """Elements of an operator, what rounding left of zeros taken out."""
    places = [(a, c) for a in range(operator.rows) for c in range(operator.cols)]
    small = max(abs(x) for x in operator) * mpmath.mpf(10) ** (-3 * mpmath.mp.dps // 4)
    return {place: operator[place] for place in places if abs(operator[place]) > small}
