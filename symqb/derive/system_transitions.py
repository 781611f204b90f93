"""What the baths of a system drive between its levels: weights, rates, dephasing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from types import MappingProxyType

import sympy as sp

from symqb.derive.hamiltonian import as_expr
from symqb.derive.spectra import over_ohmic
from symqb.derive.system_levels import (
    SMALLEST_TRIAL,
    SystemEigensystem,
    SystemLevel,
    Trial,
)
from symqb.derive.thermal import phi
from symqb.models import Bath, NoClosedFormError
from symqb.models.baths import bath_operators
from symqb.models.displays import Displayed, Tabular
from symqb.models.operators import conjugate
from symqb.models.spectra import is_formula
from symqb.models.system import System

Pair = tuple[int, int]


@dataclass(frozen=True, repr=False)
class SystemTransition(Displayed):
    """A pair of levels that baths connect, the upper of the higher energy where it was looked at.

    ``operators[nu]`` are those that connect the levels, ``elements[nu]`` their matrix elements
    between the amplitudes that are not normalised; ``particles[nu]`` is how many particles more the
    upper level has than the lower, for leads of fermions.
    """

    upper: int
    lower: int
    frequency: sp.Expr
    operators: Mapping[str, tuple[sp.ImmutableMatrix, ...]]
    elements: Mapping[str, tuple[sp.Expr, ...]]
    norm: sp.Expr
    baths: Mapping[str, Bath]
    kappa: Mapping[str, sp.Expr]
    particles: Mapping[str, int]

    @cached_property
    def weights(self) -> Mapping[str, sp.Expr]:
        """Squared matrix elements by bath."""
        found = {}
        for name, elements in self.elements.items():
            squares = sp.Add(*(sp.expand(x * conjugate(x)) for x in elements))
            found[name] = sp.factor_terms(squares / self.norm)
        return MappingProxyType(found)

    def rate(self, bath: str, *, down: bool) -> sp.Expr:
        """Give the rate of the jump that one bath drives, down or up."""
        model, omega = self.baths[bath], self.frequency if down else -self.frequency
        T, common = as_expr(model.temperature), self.kappa[bath] * self.weights[bath]
        if model.statistics == "fermion":
            taken = self.particles[bath] if down else -self.particles[bath]
            # the energy of the particle that a lead gives; what it takes is of the other sign
            energy = omega * taken
            density = model.spectrum(energy) if is_formula(model.spectrum) else sp.S.One
            filled = 1 / (sp.exp((taken * energy - taken * as_expr(model.mu)) / -T) + 1)
            return common * density * filled
        density = over_ohmic(model, self.frequency)
        if model.occupation is not None:
            size = sp.Abs(omega)
            mean = occupation(model, size)
            return common * density * (sp.Max(omega, 0) + size * mean)
        if model.mu != 0:
            size = sp.Abs(omega)
            excess = size - as_expr(model.mu)
            thermal = size / excess * phi(-excess, T)
            return common * density * (sp.Max(omega, 0) + thermal)
        return common * density * phi(omega, T)

    @cached_property
    def emission(self) -> Mapping[str, sp.Expr]:
        """The rates upper -> lower by bath, valid for every sign of the frequency."""
        return MappingProxyType({name: self.rate(name, down=True) for name in self.elements})

    @cached_property
    def absorption(self) -> Mapping[str, sp.Expr]:
        """The rates lower -> upper by bath, valid for every sign of the frequency."""
        return MappingProxyType({name: self.rate(name, down=False) for name in self.elements})


def occupation(bath: Bath, size: sp.Expr) -> sp.Expr:
    """Give the mean occupation of a bath with one of the user's own at a frequency above zero."""
    if is_formula(bath.occupation):
        return bath.occupation(size)
    return as_expr(bath.occupation)


@dataclass(frozen=True)
class Dephasing:
    """A diagonal part of a coupling: it drives no population, and damps coherences.

    ``elements`` are the diagonal matrix elements by level, zeros left out; ``rate`` is that of the
    Hermitian operator they make.
    """

    bath: str
    elements: Mapping[int, sp.Expr]
    rate: sp.Expr


class SystemTransitions(Tabular, tuple[SystemTransition, ...]):
    """All transitions of a system, and what else its baths do.

    Attributes
    ----------
    dephasing : tuple of Dephasing
        The diagonal parts of the couplings.
    sharing : tuple of pairs
        Levels that one operator connects to one and the same level: where they coincide,
        populations meet coherences.
    mixed : tuple of pairs
        Those of them that coincide for all parameters.
    lowest, highest, alone : int
        Levels of the lowest and the highest energy at the point that was looked at, and the one
        farthest from all others.
    """

    dephasing: tuple[Dephasing, ...]
    sharing: tuple[Pair, ...]
    mixed: tuple[Pair, ...]
    lowest: int
    highest: int
    alone: int


@dataclass(frozen=True)
class _Present:
    """Which matrix elements of which operators are not zero for all parameters."""

    bath: str
    number: int
    pairs: frozenset[Pair]


def derive_system_transitions(
    system: System,
    levels: SystemEigensystem,
    trials: Sequence[Trial],
) -> SystemTransitions:
    """Find all transitions that at least one bath drives, with their rates."""
    present = list(_present(system, levels, trials))
    sharing = tuple(sorted({pair for one in present for pair in _sharing(one.pairs)}))
    order = sorted(range(len(levels)), key=lambda k: trials[0].energies[k])
    rank = {k + 1: place for place, k in enumerate(order)}
    edges = {tuple(sorted(p, key=rank.__getitem__)) for one in present for p in one.pairs}
    found = [
        _transition(system, levels, present, upper, lower)
        for lower, upper in sorted(edges)
        if lower != upper
    ]
    transitions = SystemTransitions(found)
    transitions.dephasing = tuple(_dephasing(system, levels, present))
    transitions.sharing = sharing
    transitions.mixed = tuple(pair for pair in sharing if _coincide(trials, pair))
    transitions.lowest, transitions.highest = order[0] + 1, order[-1] + 1
    energies = trials[0].energies
    transitions.alone = 1 + max(
        order, key=lambda k: min(abs(e - energies[k]) for j, e in enumerate(energies) if j != k)
    )
    return transitions


def _present(
    system: System, levels: SystemEigensystem, trials: Sequence[Trial]
) -> Iterator[_Present]:
    for bath in system.baths:
        for number, operator in enumerate(bath_operators(bath)):
            matrices = [trial.elements(operator) for trial in trials]
            pairs = frozenset(
                (a + 1, c + 1)
                for a in range(len(levels))
                for c in range(len(levels))
                if any(abs(matrix[a, c]) > SMALLEST_TRIAL for matrix in matrices)
            )
            yield _Present(bath.name, number, pairs)


def _sharing(pairs: frozenset[Pair]) -> Iterator[Pair]:
    """Pairs of levels that one operator takes to, or from, one and the same level."""
    to: dict[int, set[int]] = {}
    source: dict[int, set[int]] = {}
    for a, c in pairs:
        to.setdefault(c, set()).add(a)
        source.setdefault(a, set()).add(c)
    for around in (*to.values(), *source.values()):
        yield from combinations(sorted(around), 2)


def _coincide(trials: Sequence[Trial], pair: Pair) -> bool:
    """Whether two levels coincide for all parameters."""
    a, c = pair
    return all(abs(t.energies[a - 1] - t.energies[c - 1]) < SMALLEST_TRIAL for t in trials)


def refuse_mixed(levels: SystemEigensystem, transitions: SystemTransitions) -> None:
    """Refuse transitions between levels that coincide for all parameters and that a bath mixes.

    Raises
    ------
    NoClosedFormError
        There are such.
    """
    for a, c in transitions.mixed:
        raise NoClosedFormError(
            f"levels {a} and {c} coincide for all parameters (energy {levels[a].energy}) and a "
            "bath mixes them, so that populations meet coherences, and rates between levels do not "
            "tell all; use steady_state(), emit(...) or evaluate(...), or symmetries=[...] that "
            "tell them apart"
        )


def _transition(
    system: System, levels: SystemEigensystem, present: Sequence[_Present], upper: int, lower: int
) -> SystemTransition:
    up, down = levels[upper], levels[lower]
    operators: dict[str, list[sp.ImmutableMatrix]] = {}
    elements: dict[str, list[sp.Expr]] = {}
    particles: dict[str, int] = {}
    for one in present:
        both = (upper, lower), (lower, upper)
        taken = [pair for pair in both if pair in one.pairs]
        if not taken:
            continue
        bath = next(b for b in system.baths if b.name == one.bath)
        operator = bath_operators(bath)[one.number]
        if bath.statistics == "fermion":
            # the operator takes one out: it leads from the level with more particles
            to, source = taken[0]
            particles[bath.name] = 1 if source == upper else -1
            element = _element(levels[to], operator, levels[source])
        else:
            element = _element(up, operator, down)
        operators.setdefault(bath.name, []).append(operator)
        elements.setdefault(bath.name, []).append(element)
    baths = MappingProxyType({b.name: b for b in system.baths})
    kappa = {b.name: as_expr(system.kappa if b.kappa is None else b.kappa) for b in system.baths}
    return SystemTransition(
        upper,
        lower,
        (up.exact_energy - down.exact_energy).expr,
        MappingProxyType({name: tuple(found) for name, found in operators.items()}),
        MappingProxyType({name: tuple(found) for name, found in elements.items()}),
        up.norm * down.norm,
        baths,
        MappingProxyType(kappa),
        MappingProxyType(particles),
    )


def _element(left: SystemLevel, operator: sp.ImmutableMatrix, right: SystemLevel) -> sp.Expr:
    """The matrix element of an operator between amplitudes that are not normalised."""
    terms = [
        conjugate(left.components[i]) * operator[i, j] * amplitude
        for j, amplitude in right.components.items()
        for i in left.components
        if operator[i, j] != 0
    ]
    return sp.expand(sp.Add(*terms))


def _dephasing(
    system: System, levels: SystemEigensystem, present: Sequence[_Present]
) -> Iterator[Dephasing]:
    for one in present:
        bath = next(b for b in system.baths if b.name == one.bath)
        places = sorted(a for a, c in one.pairs if a == c)
        if not places:
            continue
        operator = bath_operators(bath)[one.number]
        elements = {
            k: sp.factor_terms(_element(levels[k], operator, levels[k]) / levels[k].norm)
            for k in places
        }
        kappa = as_expr(system.kappa if bath.kappa is None else bath.kappa)
        frequency = sp.Dummy("omega", positive=True)
        density = sp.limit(over_ohmic(bath, frequency), frequency, 0)
        rate = kappa * density * as_expr(bath.temperature)
        yield Dephasing(bath.name, MappingProxyType(elements), rate)
