"""What baths do between levels that coincide for all parameters: one operator for each group.

In the secular form nothing but coherences within a group of coinciding levels meets populations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from symqb.derive.hamiltonian import as_expr
from symqb.derive.liouvillian import Channel, Dynamics, Entries
from symqb.derive.liouvillian_bases import Complex, LevelBasis, nonzero
from symqb.derive.liouvillian_terms import Term, Terms
from symqb.derive.rate_writer import Jump, extreme
from symqb.derive.spectra import over_ohmic
from symqb.derive.system_levels import SMALLEST_TRIAL, SystemEigensystem, Trial
from symqb.derive.system_transitions import SystemTransition, SystemTransitions
from symqb.derive.system_writer import SystemWriter
from symqb.models import Bath, NoClosedFormError
from symqb.models.baths import bath_operators
from symqb.models.operators import adjoint
from symqb.program import Ref
from symqb.program.builder import ONE, ZERO


def coinciding_groups(trials: Sequence[Trial]) -> list[list[int]]:
    """Group the levels, counted from 0, that coincide for all parameters."""
    groups: list[list[int]] = []
    for k in range(len(trials[0].energies)):
        for group in groups:
            if all(abs(t.energies[group[0]] - t.energies[k]) < SMALLEST_TRIAL for t in trials):
                group.append(k)
                break
        else:
            groups.append([k])
    return groups


class GroupWriter(SystemWriter):
    """Write a system some levels of which coincide for all parameters.

    Parameters
    ----------
    groups : list of lists of int
        Levels that do, counted from 0.
    """

    def __init__(
        self,
        system: Any,
        levels: SystemEigensystem,
        transitions: SystemTransitions,
        groups: list[list[int]],
    ) -> None:
        self.groups = groups
        self._group = {k + 1: number for number, group in enumerate(groups) for k in group}
        moving = SystemTransitions(
            t for t in transitions if self._group[t.upper] != self._group[t.lower]
        )
        moving.__dict__.update(transitions.__dict__)
        moving.sharing = tuple(
            (a, c) for a, c in transitions.sharing if self._group[a] != self._group[c]
        )
        super().__init__(system, levels, moving)

    def single(self) -> Ref:
        """Write what is zero where coherences between groups may not decay.

        Where one does not, no group is alone; three are looked at.
        """
        t, b = self.transitions, self.builder
        found = list[Ref]()
        for k in dict.fromkeys((t.lowest, t.highest, t.alone)):
            others = [x.label for x in self.levels if self._group[x.label] != self._group[k]]
            found.append(extreme(b, "min", [self._apart(k, x) for x in others]) if others else ONE)
        return extreme(b, "max", found)

    def headroom(self) -> Ref:
        """Write what is 0 where rates may leave doubles; never where all levels coincide."""
        return super().headroom() if self.jumps else ONE

    def at_zero(self, bath: Bath) -> Ref:
        """Write the rate of what a bath does within a group, at frequency zero."""
        if bath.occupation is not None or bath.mu != 0:
            return ZERO
        frequency = sp.Dummy("omega", positive=True)
        density = sp.limit(over_ohmic(bath, frequency), frequency, 0)
        if not density.is_finite:
            raise NoClosedFormError(
                f"the spectral density of bath {bath.name} over the frequency has no finite limit "
                "at 0, where it acts between levels that coincide; use evaluate(...) for numbers"
            )
        b, temperature = self.builder, self.temperatures[bath.name]
        scale = b.mul(self._strength(bath.name), self.expressions.expr(as_expr(density)))
        return b.mul(scale, temperature)

    def exchanged(self, jump: Jump | None, bath: Bath) -> tuple[Term, Term]:
        """Write the rates down and up between two groups, or within one, over squared elements."""
        if jump is None:
            rate = Terms(self.builder).number(self.at_zero(bath))
            return rate, rate
        return self.rates(jump, bath)

    def rates(self, jump: Jump, bath: Bath) -> tuple[Term, Term]:
        """Write the rates down and up between two groups, over squared elements."""
        b, name = self.builder, bath.name
        strength = self._strength(name)
        if bath.statistics == "fermion":
            frequency, transition = jump.frequency, of_levels(jump)
            pair: tuple[Ref, Ref] = self._fermions(transition, bath, strength, frequency)[1]
        else:
            size = b.apply("abs", b.strip_sign(jump.frequency))
            weight, bose = b.mul(strength, self.densities.factor(name, size)), jump.bose[name]
            down = b.mul(weight, b.add(bose, jump.positive))
            pair = down, b.mul(weight, b.sub(bose, jump.negative))
        terms = Terms(b)
        first, second = (terms.number(ref) for ref in pair)
        return first, second


@dataclass(frozen=True)
class Exchange:
    """One operator of one bath between two groups: there down and back up.

    ``entries`` are its elements at the trial point that are not zero, rows in the lower group.
    ``jump`` stands for all pairs of their levels; None where the groups are one, at frequency zero.
    """

    bath: Bath
    operator: sp.ImmutableMatrix
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    entries: Entries
    jump: Jump | None


def exchanges(writer: GroupWriter, trial: Trial) -> Iterator[Exchange]:
    """List what the baths do, group by group."""
    for bath in writer.model.baths:
        for operator in bath_operators(bath):
            elements = trial.elements(operator)
            for group in writer.groups:
                if _acts_within(elements, group):
                    _refuse_fermions(bath, group)
                    ends = tuple(group), tuple(group)
                    block = nonzero(elements, *ends)
                    yield Exchange(bath, operator, *ends, block, None)
            yield from _between(writer, bath, operator, elements, trial.energies)


def _between(
    writer: GroupWriter,
    bath: Bath,
    operator: sp.ImmutableMatrix,
    elements: Any,
    energies: Sequence[Any],
) -> Iterator[Exchange]:
    groups = writer.groups
    rank = sorted(range(len(groups)), key=lambda g: energies[groups[g][0]])
    for k, low in enumerate(rank):
        for high in rank[k + 1 :]:
            upper, lower = groups[high], groups[low]
            jumps = [
                jump
                for jump in writer.jumps
                if jump.edge[0] - 1 in upper and jump.edge[1] - 1 in lower
            ]
            jumps = [jump for jump in jumps if bath.name in jump.weights]
            if not jumps:
                continue
            taken = {of_levels(jump).particles.get(bath.name, 1) for jump in jumps}
            if len(taken) > 1:
                raise NoClosedFormError(
                    f"bath {bath.name} takes particles out of levels {[k + 1 for k in upper]} and "
                    "puts them in at one energy, as they coincide; use evaluate(...) for numbers"
                )
            acting = operator if taken.pop() > 0 else adjoint(operator)
            whole = elements if acting is operator else elements.H
            block = nonzero(whole, lower, upper)
            if block:
                yield Exchange(bath, acting, tuple(upper), tuple(lower), block, jumps[0])


def of_levels(jump: Jump) -> SystemTransition:
    """Give the transition of a system that a jump belongs to."""
    if isinstance(jump.transition, SystemTransition):
        return jump.transition
    raise TypeError(f"{jump.transition!r} is no transition of a system")


def _acts_within(elements: Any, group: Sequence[int]) -> bool:
    """Whether an operator does anything within a group: a multiple of one does not."""
    if len(group) == 1:
        return False
    first = elements[group[0], group[0]]
    return any(
        abs(elements[a, c] - (first if a == c else 0)) > SMALLEST_TRIAL
        for a in group
        for c in group
    )


def _refuse_fermions(bath: Bath, group: Sequence[int]) -> None:
    if bath.statistics == "fermion":
        raise NoClosedFormError(
            f"bath {bath.name} takes particles at energy 0, between levels "
            f"{[k + 1 for k in group]} that coincide for all parameters; use evaluate(...) for "
            "numbers"
        )


def tried(found: Sequence[Exchange], writer: GroupWriter) -> Dynamics:
    """Give the dynamics at a trial point, with rates that nothing ties but being one step."""
    known: dict[tuple[str, ...], Any] = {}

    def number(rate: Term) -> Any:
        value = known.setdefault(rate.refs, mpmath.sqrt(sp.prime(len(known) + 3)))
        return value * rate.factor.numerator / rate.factor.denominator

    channels = []
    for one in found:
        pair = tuple(map(number, writer.exchanged(one.jump, one.bath)))
        channels += [c for c in _both(one.entries, one, (pair[0], pair[1])) if c.rate != 0]
    return Dynamics({}, {}, channels)


def _both(entries: Any, one: Exchange, rates: tuple[Any, Any]) -> list[Channel]:
    found = [Channel(entries, rates[0], one.bath.name)]
    if one.jump is not None:
        back = {
            (a, c): (re, None if im is None else _minus(im)) for (c, a), (re, im) in entries.items()
        }
        found.append(Channel(back, rates[1], one.bath.name))
    return found


def _minus(x: Any) -> Any:
    return Term(-x.factor, x.refs) if isinstance(x, Term) else -x


def written(
    found: Sequence[Exchange], basis: LevelBasis, writer: GroupWriter
) -> list[list[Channel]]:
    """Write the channels of every exchange, down and up."""
    channels = []
    for one in found:
        entries: dict[tuple[int, int], Complex] = {}
        for (c, a), kept in one.entries.items():
            parts = zip(kept, basis.element(c, one.operator, a), strict=True)
            re, im = (None if x is None else term for x, term in parts)
            entries[c, a] = re, im
        first, second = writer.exchanged(one.jump, one.bath)
        rates = _positive(basis.terms, first), _positive(basis.terms, second)
        channels.append([c for c in _both(entries, one, rates) if c.rate.factor != 0])
    return channels


def _positive(terms: Terms, term: Term) -> Term:
    return terms.number(terms.value(term), positive=True)
