"""Fluctuations of a system in numbers, coherences among them: counts, their ratios, entropy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath

from symqb.derive.fluctuations import MEAN_RULE
from symqb.derive.hamiltonian import as_expr
from symqb.derive.system_fluctuations import COLD_RULE
from symqb.models import AbsentError
from symqb.models.counts import JumpCount
from symqb.models.errors import located
from symqb.models.system import System
from symqb.numerics.counting import CountedPoint, Event, covariance, solve_counted
from symqb.numerics.system_digits import NeedsDigitsError
from symqb.numerics.system_numbers import solve_levels, system_formulas
from symqb.numerics.system_outputs import Told, settle
from symqb.program.contexts import working_bits

DIGITS_OF_ZERO = 200
"""Digits with which a mean is told from zero."""


def evaluate_counts(
    system: System,
    counts: Sequence[JumpCount],
    outputs: Sequence[str],
    point: Mapping[str, Any],
    digits: int,
) -> dict[str, Any]:
    """Tell fluctuations in numbers, from all of the density matrix that populations meet.

    Parameters
    ----------
    counts : sequence of JumpCount
        Counts of the user's own, beside those of heat, of particles and of every jump.
    outputs : sequence of str
        Such as ``variance_heat_L``, ``covariance_jump_1_jump_2``, ``uncertainty_heat_L``.

    Raises
    ------
    AbsentError
        A ratio of a mean that is zero; heat of a jump without one frequency; an entropy production
        that is infinite.
    DomainError, SteadyStateError
        As :func:`symqb.numerics.system_outputs.evaluate_system`.
    """
    formulas = system_formulas(system)

    def tell(carried: int) -> Mapping[str, Told]:
        with working_bits(int(3.34 * carried) + 40), mpmath.workdps(carried):
            solved = solve_counted(solve_levels(formulas, point))
            own = {count.name: count for count in counts}
            teller = _Teller(system, own, tuple(outputs), solved)
            return {name: teller.tell(name) for name in outputs}

    with located(point):
        return settle(outputs, digits, tell)


@dataclass(frozen=True, eq=False)
class _Teller:
    """Tells the fluctuations of a solved point."""

    system: System
    counts: Mapping[str, JumpCount]
    outputs: tuple[str, ...]
    point: CountedPoint

    def tell(self, output: str) -> Told:
        """Tell an output by its name."""
        if output == "activity":
            total = self._activity
            return Told([total], [total], vector=False)
        if output == "entropy_production":
            return Told([self._produced[0]], [self._produced[1]], vector=False)
        kind, name = output.split("_", 1)
        if kind == "mean":
            value, size = self._mean(name)
        elif kind == "variance":
            value, size = covariance(self.point, self._count(name), self._count(name))
        elif kind == "covariance":
            value, size = covariance(self.point, *map(self._count, self._pair(name)))
        else:
            value, size = self._ratio(kind, name)
        return Told([value], [size], vector=False)

    def _pair(self, joined: str) -> tuple[str, str]:
        """The two counts whose names are joined."""
        for place in (k for k, letter in enumerate(joined) if letter == "_"):
            first, second = joined[:place], joined[place + 1 :]
            if self._known(first) and self._known(second):
                return first, second
        raise AbsentError(f"covariance_{joined} is of no two counts", (f"covariance_{joined}",))

    def _known(self, name: str) -> bool:
        kind, _, rest = name.partition("_")
        return name in self.counts or (bool(rest) and kind in {"heat", "particles", "jump"})

    @cached_property
    def _weights(self) -> dict[str, list[Any]]:
        return {}

    @cached_property
    def _reactions(self) -> dict[str, list[Any]]:
        return {}

    def weights(self, name: str) -> list[Any]:
        """What a jump of every kind adds to a count."""
        if name not in self._weights:
            self._weights[name] = [self._added(name, event) for event in self.point.events]
        return self._weights[name]

    def _added(self, name: str, event: Event) -> Any:
        if name in self.counts:
            weight = dict(self.counts[name].weights).get(event.jump or 0, 0)
            levels = self.point.levels
            return mpmath.re(levels.formulas.at(as_expr(weight), levels.values)) if weight else 0
        kind, label = name.split("_", 1)
        if kind == "jump":
            return int(event.jump == int(label))
        if event.bath != label:
            return 0
        if kind == "particles":
            return -event.particles
        if event.heat is None:
            raise AbsentError(
                f"heat_{label}: jump {event.jump} of bath {label} leads between levels at several "
                f"frequencies, so that no heat belongs to it; count it, as jump_{event.jump}",
                tuple(o for o in self.outputs if re.search(rf"_{name}(_|$)", o)),
            )
        return -event.heat

    def _count(self, name: str) -> tuple[list[Any], list[Any]]:
        """The weights of a count, and what its excess does to the jumps."""
        if name not in self._reactions:
            (self._reactions[name],) = self.point.responses([self.weights(name)])
        return self.weights(name), self._reactions[name]

    def _mean(self, name: str) -> tuple[Any, Any]:
        terms = [w * f for w, f in zip(self.weights(name), self.point.flows, strict=True)]
        return mpmath.fsum(terms), mpmath.fsum(map(abs, terms))

    @cached_property
    def _activity(self) -> Any:
        pairs = zip(self.point.events, self.point.flows, strict=True)
        return mpmath.fsum(flow for event, flow in pairs if event.moves)

    def _ratio(self, kind: str, name: str) -> tuple[Any, Any]:
        """A Fano factor, or one times the activity or the entropy production over the mean."""
        output = f"{kind}_{name}"
        mean, size = self._mean(name)
        if abs(mean) <= size * mpmath.mpf(10) ** (-mpmath.mp.dps * 3 // 4):
            if mpmath.mp.dps < DIGITS_OF_ZERO:
                raise NeedsDigitsError(DIGITS_OF_ZERO)
            raise AbsentError(f"{MEAN_RULE.format(name)}; leave out {output}", (output,))
        value, spread = covariance(self.point, self._count(name), self._count(name))
        scale = abs(mean)
        if kind == "kinetic":
            scale *= abs(mean) / self._activity
        elif kind == "uncertainty":
            self._check_current(name)
            scale *= abs(mean) / self._produced[0]
        return value / scale, spread / scale

    def _check_current(self, name: str) -> None:
        """Refuse a count that does not change sign as all jumps are turned round."""
        weights = self.weights(name)
        for k, event in enumerate(self.point.events):
            if event.jump is not None and weights[k] + weights[self._back(k)[0]] != 0:
                raise AbsentError(
                    f"uncertainty_{name}: jump {event.jump} and the one back must add opposite "
                    "numbers to a current; leave it out",
                    (f"uncertainty_{name}",),
                )

    @cached_property
    def _produced(self) -> tuple[Any, Any]:
        """The entropy production, and the moduli of its terms.

        Baths take heat at their temperatures; a jump that is taken as it stands and the one back
        make the logarithm of the ratio of their rates: local detailed balance.
        """
        levels, terms = self.point.levels, list[Any]()
        temperatures = {
            bath.name: levels.bath_value(bath.temperature) for bath in self.system.baths
        }
        for k, (event, flow) in enumerate(zip(self.point.events, self.point.flows, strict=True)):
            if event.jump is not None:
                other, factor = self._back(k)
                rate = self.point.events[other].rate * factor
                terms.append(flow * mpmath.log(event.rate / rate))
            elif event.bath is not None and event.heat != 0:
                if temperatures[event.bath] == 0:
                    raise AbsentError(COLD_RULE, self._made_of_entropy)
                terms.append(flow * event.heat / temperatures[event.bath])
        return mpmath.fsum(terms), mpmath.fsum(map(abs, terms))

    def _back(self, k: int) -> tuple[int, Any]:
        """The jump back of a jump, and by how much its operator is larger, squared."""
        event, found = self.point.events[k], dict[int, Any]()
        for j, other in enumerate(self.point.events):
            if other.jump is not None and other.bath == event.bath:
                factor = _adjoint_factor(event.entries, other.entries)
                if factor is not None:
                    found[j] = factor
        if k in found:
            return k, found[k]
        if len(found) == 1:
            return next(iter(found.items()))
        have = "has several" if found else "has none"
        raise AbsentError(
            f"the entropy production must be finite: jump {event.jump} needs one back, of the "
            f"adjoint operator at a rate above 0 and of the same bath, and {have}; give such a "
            "jump, or name the bath of each",
            self._made_of_entropy,
        )

    @property
    def _made_of_entropy(self) -> tuple[str, ...]:
        kinds = ("entropy_production", "uncertainty_")
        return tuple(output for output in self.outputs if output.startswith(kinds))


def _adjoint_factor(
    one: Mapping[tuple[int, int], Any], other: Mapping[tuple[int, int], Any]
) -> Any | None:
    """The squared factor by which an operator is another's adjoint; None if it is not."""
    if {(c, a) for a, c in one} != set(other):
        return None
    (a, c), x = max(one.items(), key=lambda item: abs(item[1]))
    factor = other[c, a] / mpmath.conj(x)
    small = abs(factor * x) * mpmath.mpf(10) ** (-mpmath.mp.dps // 2)
    if any(abs(other[j, i] - factor * mpmath.conj(y)) > small for (i, j), y in one.items()):
        return None
    return abs(factor) ** 2
