"""Every output of a battery in balls, in forms whose exact zeros are exact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from flint import arb

from symqb.numerics.ball_balance import balanced_operators, balanced_pairs
from symqb.numerics.ball_rates import Edge, strength
from symqb.numerics.ball_state import BallState, empty_level
from symqb.numerics.degeneracy import TOLERANCE
from symqb.numerics.exact_inputs import by_midpoint
from symqb.numerics.levels import Levels
from symqb.numerics.separate_baths import separate_baths

Measured = tuple[Any, Any]
"""A value and the sum of the moduli of its terms."""


def total(terms: Iterator[Any] | Sequence[Any]) -> Measured:
    """A sum and the sum of the moduli."""
    value, size = arb(0), arb(0)
    for term in terms:
        value, size = value + term, size + abs(term)
    return value, size


def heights(levels: Levels) -> list[Any]:
    """Energies above ``|0..0>``, exactly 0 for those of the level that it is."""
    empty, level = levels.empty_energy, empty_level(levels)
    found = [energy - empty for energy in levels.energies]
    if level is None:
        return found
    same = levels.group_of == levels.group_of[level]
    return [
        arb(0) if own and height.contains(0) else height
        for own, height in zip(same, found, strict=True)
    ]


def capacity(levels: Levels) -> Measured:
    """The energy of the highest level above ``|0..0>``."""
    highest = max(heights(levels), key=by_midpoint)
    return highest, abs(highest)


@dataclass(frozen=True)
class BallOutputs:
    """The outputs of a steady state; each is a value with the sum of the moduli of its terms."""

    state: BallState

    @cached_property
    def heights(self) -> list[Any]:
        """As :func:`heights`."""
        return heights(self.state.levels)

    @cached_property
    def ascending(self) -> list[int]:
        """Levels by energy, coinciding ones the fullest first."""
        levels = self.state.levels
        populations = self.state.populations
        groups = sorted(levels.groups, key=lambda group: by_midpoint(levels.energies[group[0]]))
        return [
            k for group in groups for k in sorted(group, key=lambda k: by_midpoint(-populations[k]))
        ]

    @cached_property
    def passive(self) -> list[int]:
        """Levels by population, the fullest first; of equal ones those that stand so already."""
        place = {k: n for n, k in enumerate(self.ascending)}
        populations = self.state.populations
        return sorted(
            range(len(populations)), key=lambda k: (by_midpoint(-populations[k]), place[k])
        )

    @cached_property
    def above(self) -> list[Any]:
        """Energies above the ground level, ascending; coinciding levels have one."""
        first = self.ascending[0]
        energies = self.state.energies
        return [
            arb(0) if k == first or (gap := energies[k] - energies[first]).contains(0) else gap
            for k in self.ascending
        ]

    @property
    def stored_energy(self) -> Measured:
        """Eq. 15."""
        return total([p * h for p, h in zip(self.state.populations, self.heights, strict=True)])

    @property
    def capacity(self) -> Measured:
        """As :func:`capacity`."""
        return capacity(self.state.levels)

    @property
    def charge(self) -> Measured | None:
        """Stored energy over capacity; None where the capacity is zero."""
        capacity = self.capacity[0]
        if capacity == 0:
            return None
        value, size = self.stored_energy
        return value / capacity, size / abs(capacity)

    @property
    def ergotropy(self) -> Measured:
        """Eqs. 16-17: the steps of energy times what lies too high, each term of one sign."""
        populations = self.state.populations
        steps = []
        excess = arb(0)
        unlike: set[int] = set()
        for n in range(len(self.above) - 1, 0, -1):
            now, then = self.ascending[n], self.passive[n]
            unlike ^= {now, then} if now != then else set()
            excess = excess + (populations[now] - populations[then]) if unlike else arb(0)
            steps.append((self.above[n] - self.above[n - 1]) * excess)
        return total(steps)

    @property
    def exergy(self) -> Measured:
        """Eq. 19 with the last bath as reference: T sum(p ln(p/g) - p + g), each term >= 0."""
        reference = list(self.state.baths.values())[-1]
        T = reference.temperature
        passive = [self.state.populations[k] for k in self.passive]
        if reference.cold:
            return total([h * p for h, p in zip(self.above, passive, strict=True)])
        if self._thermal:
            return arb(0), arb(0)
        weights = [(-h / T).exp() for h in self.above]
        partition = sum(weights, arb(0))
        logarithm = partition.log()
        gibbs = [weight / partition for weight in weights]
        terms = []
        for k, (p, h, g) in enumerate(zip(passive, self.above, gibbs, strict=True)):
            if p > 0.5:
                # what p and g lack to 1 is known from the others, however little it is
                rest = zip(passive, gibbs, strict=True)
                more = sum((gj - pj for j, (pj, gj) in enumerate(rest) if j != k), arb(0)) / g
                terms.append(T * g * ((1 + more) * more.log1p() - more))
                continue
            # T p ln(p/g), g = exp(-h/T)/Z, without dividing by what may be very small
            inner = T * p * (p.log() + logarithm) + p * h if p != 0 else arb(0)
            terms.append(inner + T * (g - p))
        return total(terms)

    @cached_property
    def _thermal(self) -> bool:
        """Whether every bath that acts is as warm as the last one: then the state is Gibbs'."""
        inputs, baths = self.state.levels.inputs, self.state.baths
        acting = {
            baths[bath.name].same
            for bath in inputs.model.baths
            if any(inputs.ball(weight) != 0 for _, weight in bath.couplings)
        }
        return acting == {list(baths.values())[-1].same}

    @cached_property
    def _still(self) -> set[tuple[int, int]]:
        return balanced_pairs(self.state)

    @cached_property
    def _balanced(self) -> dict[str, list[bool]]:
        baths = self.state.baths
        return balanced_operators(
            self.state.levels.inputs, {name: bath.same for name, bath in baths.items()}
        )

    @cached_property
    def _separate(self) -> tuple[frozenset[str], bool]:
        baths = self.state.baths
        return separate_baths(
            self.state.levels.inputs, {name: bath.same for name, bath in baths.items()}
        )

    def _flows(self, name: str) -> Iterator[tuple[Edge, Any, Any]]:
        """Edges of a bath with absorption and emission flow over kappa; none that is balanced."""
        populations, balanced = self.state.populations, self._balanced[name]
        for edge in self.state.edges[name]:
            if not balanced[edge.operator] and (edge.lower, edge.upper) not in self._still:
                yield edge, edge.up * populations[edge.lower], edge.down * populations[edge.upper]

    def heat_current(self, name: str) -> Measured:
        """Heat from a bath into the battery."""
        kappa = self._kappa
        value, size = arb(0), arb(0)
        for edge, absorbed, emitted in self._flows(name):
            value = value + edge.size * (absorbed - emitted)
            size = size + edge.size * (absorbed + emitted)
        if value.rad() > 0 and value.contains(0) and name in self._separate[0]:
            return arb(0), arb(0)
        return kappa * value, kappa * size

    @cached_property
    def _kappa(self) -> Any:
        return strength(self.state.levels.model, self.state.levels.inputs)

    @property
    def entropy_production(self) -> Measured:
        """The sum over edges and baths of (x - y) ln(x/y), infinite where one of them is 0.

        Not a number where the balls leave open whether a bath at zero takes up anything.
        """
        value = arb(0)
        for name, bath in self.state.baths.items():
            populations = self.state.populations
            for edge, x, y in self._flows(name):
                if x == 0 and y == 0:
                    continue
                if bath.cold:
                    told = not (x.contains(0) and y.contains(0))
                    if not told and self._separate[1]:
                        continue
                    taken = arb.pos_inf() if told else arb.nan()
                    return taken, taken
                # up / down = exp(-gap/T), so no ratio of rates is needed
                affinity = (populations[edge.lower] / populations[edge.upper]).log()
                gap = edge.size
                value = value + (x - y) * (affinity - (gap / bath.temperature if gap != 0 else 0))
        if value.rad() > 0 and value.contains(0) and self._separate[1]:
            return arb(0), arb(0)
        return self._kappa * value, self._kappa * value

    def named(self) -> dict[str, Callable[[], Measured | None]]:
        """Every scalar output by name."""
        found: dict[str, Callable[[], Measured | None]] = {
            name: (lambda name=name: getattr(self, name))  # type: ignore[misc]
            for name in ("stored_energy", "capacity", "charge", "ergotropy", "exergy")
        }
        for bath in self.state.baths:
            found[f"heat_current_{bath}"] = lambda bath=bath: self.heat_current(bath)  # type: ignore[misc]
        found["entropy_production"] = lambda: self.entropy_production
        return found | self.distances()

    def distances(self) -> dict[str, Callable[[], Measured | None]]:
        """``smallest_gap``, ``smallest_frequency_difference`` and ``secular_ratio``."""

        def measured(value: Any) -> Measured:
            return value, value

        def gap() -> Measured:
            return measured(self._smallest_gap)

        def difference() -> Measured:
            return measured(self._smallest_difference)

        def ratio() -> Measured:
            pair = (self._smallest_gap, self._smallest_difference)
            smaller = min(pair, key=float)
            return measured(self._kappa / smaller if smaller.is_finite() else arb(0))

        return {
            "smallest_gap": gap,
            "smallest_frequency_difference": difference,
            "secular_ratio": ratio,
        }

    @cached_property
    def _smallest_gap(self) -> Any:
        levels = self.state.levels
        conserved = levels.model.chain.conserves_magnetization
        best = arb.pos_inf()
        order = sorted(range(levels.size), key=lambda k: by_midpoint(levels.energies[k]))
        for start, a in enumerate(order):
            for b in order[start + 1 :]:
                gap = levels.energies[b] - levels.energies[a]
                if gap > best:
                    break
                near = levels.charges[a] - levels.charges[b]
                if levels.group_of[a] != levels.group_of[b] and (
                    near == 0 or (conserved and abs(near) == 2)
                ):
                    best = gap
        return best

    @cached_property
    def _smallest_difference(self) -> Any:
        """Between frequencies of driven transitions that do not coincide by the rule."""
        levels = self.state.levels
        found: dict[tuple[int, int], Any] = {}
        for edges in self.state.edges.values():
            for edge in edges:
                ends = int(levels.group_of[edge.lower]), int(levels.group_of[edge.upper])
                found.setdefault(ends, (edge.size, edge.lower, edge.upper))
        ordered = sorted(found.values(), key=lambda f: by_midpoint(f[0]))
        best = arb.pos_inf()
        for (low, a, b), (high, c, d) in pairwise(ordered):
            # a size may be that of midpoints, its levels are known with their errors
            doubt = sum((levels.energies[k].rad() for k in (a, b, c, d)), arb(0))
            gap = high - low + doubt * arb(0, 1)
            if gap.contains(0) or gap > best:
                continue
            moved = [abs((row[d] - row[c]) - (row[b] - row[a])) for row in levels.slopes]
            if gap > TOLERANCE * sum(moved, arb(0)):
                best = gap
        return best
