"""Jump operators and the master equation as a superoperator (Eqs. 6-11 and 23-26).

Populations close among themselves and every steady coherence vanishes: both are derived here from
the structure of the superoperator, not assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from symqb.derive.eigensystem import Eigensystem
from symqb.derive.hamiltonian import as_expr
from symqb.derive.spectra import over_ohmic
from symqb.derive.surds import Surd
from symqb.derive.thermal import phi
from symqb.derive.transitions import Transition, bath_elements
from symqb.models import Bath, BatteryModel

Pair = tuple[int, int]
"""Labels ``(a, b)`` of the density-matrix element rho_ab in the energy basis."""


@dataclass(frozen=True)
class JumpOperator:
    """All jumps of one bath at one Bohr frequency: A_nu(omega) in the energy basis (Eqs. 8, 10c).

    ``elements[(lower, upper)]`` are the amplitudes, normalised; ``site`` is 0 when the sites on
    the bath act collectively, else the one site.  ``density`` is the spectral density over the
    Ohmic one.  At frequency zero, if that vanishes identically, the operator is Hermitian, has its
    elements in both directions and enters once, as emission.
    """

    bath: str
    site: int
    frequency: sp.Expr
    elements: Mapping[Pair, sp.Expr]
    temperature: sp.Expr
    kappa: sp.Expr
    density: sp.Expr = sp.S.One

    def matrix(self, labels: Sequence[int]) -> sp.ImmutableMatrix:
        """The operator as a matrix over ``labels``."""
        return sp.ImmutableMatrix(
            [[self.elements.get((i, j), sp.Integer(0)) for j in labels] for i in labels]
        )

    @property
    def emission(self) -> sp.Expr:
        """The rate factor of A rho A+: kappa phi(omega, T) for an Ohmic bath."""
        return self.kappa * self.density * phi(self.frequency, self.temperature)

    @property
    def absorption(self) -> sp.Expr:
        """The rate factor of A+ rho A: kappa phi(-omega, T) for an Ohmic bath.

        Zero for A(0), whose dissipator is that of the emission already.
        """
        if self.frequency == 0:
            return sp.Integer(0)
        return self.kappa * self.density * phi(-self.frequency, self.temperature)


@dataclass(frozen=True)
class MasterEquation:
    """The Lindblad equation of a battery in its energy basis.

    ``empty`` has the amplitudes of ``|0..0>`` in the levels, by label, zeros left out.
    """

    labels: tuple[int, ...]
    energies: Mapping[int, sp.Expr]
    jumps: tuple[JumpOperator, ...]
    empty: Mapping[int, sp.Expr]

    @cached_property
    def _generators(self) -> list[tuple[sp.Expr, Mapping[Pair, sp.Expr]]]:
        """Every Lindblad operator with its rate factor: ``(rate, {(to, from): amplitude})``."""
        found: list[tuple[sp.Expr, Mapping[Pair, sp.Expr]]] = []
        for jump in self.jumps:
            found.append((jump.emission, jump.elements))
            if jump.absorption != 0:
                back = {(j, i): a for (i, j), a in jump.elements.items()}
                found.append((jump.absorption, back))
        return found

    def generator(self) -> dict[tuple[Pair, Pair], sp.Expr]:
        r"""The superoperator: :math:`\dot\rho_{ab} = \sum_{cd} L_{ab,cd}\,\rho_{cd}`.

        Returns
        -------
        dict
            ``((a, b), (c, d))`` to the coefficient, zero entries left out.
        """
        entries: dict[tuple[Pair, Pair], sp.Expr] = {}

        def put(target: Pair, source: Pair, value: sp.Expr) -> None:
            entries[target, source] = entries.get((target, source), sp.Integer(0)) + value

        for a in self.labels:
            for b in self.labels:
                if a != b:
                    put((a, b), (a, b), -sp.I * (self.energies[a] - self.energies[b]))
        for rate, elements in self._generators:
            self._dissipate(put, rate, elements)
        return {key: value for key, value in entries.items() if value != 0}

    def _dissipate(
        self,
        assign: Callable[[Pair, Pair, sp.Expr], None],
        rate: sp.Expr,
        elements: Mapping[Pair, sp.Expr],
    ) -> None:
        """Add rate * (A rho A+ - {A+ A, rho}/2) with A = sum elements |to><from|."""
        for (a, c), left in elements.items():
            for (b, d), right in elements.items():
                assign((a, b), (c, d), rate * left * right)
        for (middle, c), left in elements.items():
            for (other, d), right in elements.items():
                if middle != other:
                    continue
                # (A+ A)_{cd}, real and symmetric
                for e in self.labels:
                    assign((c, e), (d, e), -rate * left * right / 2)
                    assign((e, c), (e, d), -rate * left * right / 2)

    def coherences_feeding_populations(self) -> list[tuple[Pair, Pair]]:
        """Entries that couple a population to a coherence, in either direction: none is expected.

        The gain term A rho A+ feeds rho_ab from rho_cd; at equal a = b and c != d it would need
        two amplitudes of one jump operator into (or out of) the same level.
        """
        return [
            (target, source)
            for target, source in self.generator()
            if (target[0] == target[1]) != (source[0] == source[1])
        ]

    def coherence_blocks(self) -> list[list[Pair]]:
        """The sets of coherences that the superoperator couples among themselves."""
        neighbours: dict[Pair, set[Pair]] = {
            (a, b): set() for a in self.labels for b in self.labels if a != b
        }
        for target, source in self.generator():
            if target != source and target in neighbours and source in neighbours:
                neighbours[target].add(source)
                neighbours[source].add(target)
        blocks: list[list[Pair]] = []
        seen: set[Pair] = set()
        for start in neighbours:
            if start in seen:
                continue
            block, frontier = [], [start]
            seen.add(start)
            while frontier:
                pair = frontier.pop()
                block.append(pair)
                fresh = neighbours[pair] - seen
                seen |= fresh
                frontier += sorted(fresh)
            blocks.append(sorted(block))
        return blocks

    def coherences_decay(self) -> dict[Pair, list[Pair]]:
        r"""Why every steady coherence vanishes: for each, jumps that only damp it.

        In the column of :math:`\rho_{cd}` the diagonal is
        :math:`-\tfrac12(\Gamma_c + \Gamma_d)` plus a phase, with :math:`\Gamma_c` the total rate
        out of c.  Each gain entry comes from one operator that moves c to a and d to b and is
        at most :math:`\tfrac12(\Gamma_{c\to a} + \Gamma_{d\to b})` (inequality of means).  A jump
        out of c or d without such a partner leaves the column strictly dominated by its diagonal;
        if every column is, the block is invertible and its steady coherences are zero.  Where one
        operator takes c or d to several levels, which then coincide, the argument does not apply.

        Returns
        -------
        dict
            For each coherence ``(c, d)`` the unpartnered jumps ``(from, to)``; an empty list means
            that the argument does not apply.
        """
        unpartnered: dict[Pair, list[Pair]] = {}
        for c in self.labels:
            for d in self.labels:
                if c != d:
                    unpartnered[c, d] = self._unpartnered(c, d)
        return unpartnered

    def _unpartnered(self, c: int, d: int) -> list[Pair]:
        alone: list[Pair] = []
        for _, elements in self._generators:
            moves_c = {(source, to) for to, source in elements if source == c}
            moves_d = {(source, to) for to, source in elements if source == d}
            if max(len(moves_c), len(moves_d)) > 1:
                return []
            if moves_c and not moves_d:
                alone += sorted(moves_c)
            if moves_d and not moves_c:
                alone += sorted(moves_d)
        return alone


def derive_master_equation(
    model: BatteryModel, eigensystem: Eigensystem, transitions: Sequence[Transition]
) -> MasterEquation:
    """Group all transitions of equal frequency into jump operators, bath by bath (Eqs. 7-8).

    Parameters
    ----------
    model : BatteryModel
    eigensystem : Eigensystem
    transitions : sequence of Transition

    Returns
    -------
    MasterEquation
        With one jump operator for each bath (each site, for individual dissipation) and frequency.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> from symqb.derive import derive_eigensystem, derive_transitions
    >>> model = xxz_model(3)
    >>> levels = derive_eigensystem(model)
    >>> equation = derive_master_equation(model, levels, derive_transitions(model, levels))
    >>> [sorted(j.elements) for j in equation.jumps if len(j.elements) > 1 and j.bath == "R"]
    [[(5, 6), (7, 8)]]
    """
    groups = _by_frequency(transitions)
    jumps: list[JumpOperator] = []
    for bath in model.baths:
        collective = model.dissipation == "collective" or len(bath.couplings) == 1
        sites = [0] if collective else [site for site, _ in bath.couplings]
        for site in sites:
            for group in groups:
                elements = _elements(eigensystem, group, bath, site)
                if elements:
                    jumps.append(
                        JumpOperator(
                            bath.name,
                            site,
                            group[0].frequency,
                            elements,
                            as_expr(bath.temperature),
                            as_expr(model.kappa),
                            over_ohmic(bath, group[0].frequency),
                        )
                    )
    labels = tuple(level.label for level in eigensystem)
    energies = {level.label: level.energy for level in eigensystem}
    bare = {level.label: level.state[-1] for level in eigensystem}
    empty = {label: amplitude for label, amplitude in bare.items() if amplitude != 0}
    return MasterEquation(labels, energies, tuple(jumps), empty)


def _by_frequency(transitions: Sequence[Transition]) -> list[list[Transition]]:
    """Transitions of one frequency together, be it down for the one and up for the other."""
    groups: dict[Surd, list[Transition]] = {}
    for transition in transitions:
        frequency = transition.exact_frequency
        groups.setdefault(-frequency if -frequency in groups else frequency, []).append(transition)
    return list(groups.values())


def _elements(
    eigensystem: Eigensystem, group: Sequence[Transition], bath: Bath, site: int
) -> dict[Pair, sp.Expr]:
    """The elements of A(omega), with omega the frequency of the first transition downwards.

    At frequency zero both directions belong to the one operator.
    """
    found: dict[Pair, sp.Expr] = {}
    for t in group:
        amplitude = _amplitude(eigensystem, t, bath, site)
        if amplitude == 0:
            continue
        # the elements of sigma_y are i times amplitude one way, -i the other
        back = amplitude if bath.axis == "x" else -amplitude
        if t.exact_frequency == group[0].exact_frequency:
            found[t.lower, t.upper] = amplitude
            if not t.exact_frequency:
                found[t.upper, t.lower] = back
        else:
            found[t.upper, t.lower] = back
    return found


def _amplitude(eigensystem: Eigensystem, transition: Transition, bath: Bath, site: int) -> sp.Expr:
    """The normalised matrix element of a bath's operator, or of one of its sites."""
    upper, lower = eigensystem[transition.upper], eigensystem[transition.lower]
    by_site = dict(
        zip(
            (s for s, _ in bath.couplings),
            bath_elements(eigensystem, upper, lower, bath),
            strict=True,
        )
    )
    chosen = [by_site[site]] if site else by_site.values()
    element = sum(chosen, Surd.rational(eigensystem.field, 0))
    if not element:
        return sp.Integer(0)
    norm = upper.norm * lower.norm
    return element.expr / sp.sqrt(norm.expr)
