"""Programs of the fluctuations of a system's currents of heat and particles, by bath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

import sympy as sp

from symqb.derive.balance import Balance, keeps_digits, plain_balance_outputs
from symqb.derive.fluctuations import CANCELLED_RULE, MEAN_RULE
from symqb.derive.hamiltonian import as_expr
from symqb.derive.noise import CountedJump, Noise, is_gradient
from symqb.derive.rate_networks import LEAST_PRODUCT, RANGE_RULE
from symqb.derive.rate_writer import COARSE, Jump, extreme
from symqb.derive.steady_state import Edge, Jumps, eliminate
from symqb.derive.system_derivation import SystemDerivation
from symqb.derive.system_levels import SystemEigensystem
from symqb.derive.system_programs import (
    exchanged,
    system_elimination,
    system_guards,
    system_outputs,
)
from symqb.derive.system_transitions import SystemTransitions
from symqb.derive.system_writer import (
    SystemWriter,
    exchanges_particles,
    has_bose_factor,
    system_symbols,
)
from symqb.models import NoClosedFormError, ParameterError
from symqb.models.counts import JumpCount
from symqb.models.system import System
from symqb.program import Guard, GuardKind, Output, Program, Ref
from symqb.program.builder import ONE, ZERO
from symqb.program.core import single

SHARE = Fraction(1, 100)
"""Share of a sum's size below which it may lack digits: rates of cold baths are rounded more."""

COLD_RULE = "the entropy production must be finite: no bath may be at T = 0"


def counted(system: System) -> tuple[str, ...]:
    """Name what is counted: the heat from every bath into the system, particles, and jumps.

    Examples
    --------
    >>> from symqb.models import Bath, Register
    >>> dot = Register(2)
    >>> lead = Bath("L", "T", dot.minus(1), statistics="fermion", mu="mu")
    >>> counted(System(dot.number(1), [lead]))
    ('heat_L', 'particles_L')
    """
    names = [*(bath.name for bath in system.baths), *(jump.bath for jump in system.jumps)]
    heats = [f"heat_{name}" for name in dict.fromkeys(names) if name is not None]
    particles = [f"particles_{b.name}" for b in system.baths if exchanges_particles(b)]
    return (*heats, *particles, *(f"jump_{k}" for k in range(1, len(system.jumps) + 1)))


def counted_outputs(system: System, counts: Sequence[JumpCount]) -> tuple[str, ...]:
    """Name what is told in numbers of what is counted: by default all of :func:`counted`.

    Examples
    --------
    >>> from symqb.models import Bath, Register
    >>> dot = Register(2)
    >>> lead = Bath("L", "T", dot.minus(1), statistics="fermion", mu="mu")
    >>> counted_outputs(System(dot.number(1), [lead]), ())[:3]
    ('mean_heat_L', 'mean_particles_L', 'variance_heat_L')
    """
    names = tuple(count.name for count in counts) or counted(system)
    found = [f"{kind}_{name}" for kind in ("mean", "variance") for name in names]
    found += [f"covariance_{a}_{b}" for a, b in combinations(names, 2)]
    found += ["activity"]
    ratios = ["fano", "kinetic"]
    if all(bath.occupation is None for bath in system.baths):
        found += ["entropy_production"]
        ratios += ["uncertainty"]
    # of the jumps one by one no number changes sign as all are turned round
    singles = {f"jump_{k}" for k in range(1, len(system.jumps) + 1)} - {c.name for c in counts}
    found += [
        f"{kind}_{name}"
        for name in names
        for kind in ratios
        if kind != "uncertainty" or name not in singles
    ]
    return tuple(found)


def check_counted(system: System, counts: Sequence[JumpCount]) -> None:
    """Refuse weights in parameters that the system has not.

    Raises
    ------
    ParameterError
        Such a weight.
    """
    known = set(system_symbols(system)) if counts else set()
    for count in counts:
        for number, weight in count.weights:
            lost = sorted(map(str, as_expr(weight).free_symbols - known))
            if lost:
                raise ParameterError(
                    f"the weight {weight} of jump {number} in the count {count.name} has "
                    f"{lost[0]}, which is no parameter of the system; give a number, or one of "
                    f"{', '.join(map(str, system_symbols(system)))}"
                )


class FluctuatingSystem(SystemDerivation):
    """What follows of a system for the fluctuations of its currents.

    Parameters
    ----------
    system : System
    """

    level_outputs = frozenset()
    alike = frozenset()

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return tuple(self.program.outputs)

    @property
    def refusal(self) -> NoClosedFormError | None:
        """Why there is no closed form: fluctuations are told where populations move alone."""
        return self.unclassical

    @cached_property
    def program(self) -> Program:
        """From the parameters to every output.

        Raises
        ------
        NoClosedFormError
            There is none; the message says why.
        SteadyStateError
            Levels that no bath connects.
        """
        return self._writer.program()

    @cached_property
    def _writer(self) -> _Writer:
        if self.refusal is not None:
            raise self.refusal
        return _Writer(self.system, self.eigensystem, self.transitions)

    @property
    def counted_jumps(self) -> list[Edge]:
        """From which level to which every jump of every bath leads, as :attr:`tilting` has them."""
        return [(jump.source, jump.target) for jump in self._writer.jumps]

    @cached_property
    def tilting(self) -> Program:
        """From the parameters to the rate of every jump, and to what it adds to every count."""
        return self._writer.tilting()

    @property
    def _has_plain(self) -> bool:
        return False


class _Writer:
    """Writes the program of a system's fluctuations."""

    def __init__(
        self, system: System, levels: SystemEigensystem, transitions: SystemTransitions
    ) -> None:
        self.system, self.transitions = system, transitions
        self.writer = SystemWriter(system, levels, transitions)
        self.builder = self.writer.builder
        self.order, elimination = system_elimination(levels, transitions)
        self.labels = [level.label for level in levels]
        found = self.writer.populations(elimination)
        self.populations = dict(zip(self.labels, found, strict=True))
        self.guards: list[Guard] = []
        self.names = counted(system)
        self.jumps = self._jumps()

    def tilting(self) -> Program:
        b, outputs = self.builder, dict[str, Output]()
        outputs["rates"] = tuple(b.mul(self.writer.prefactor, jump.rate) for jump in self.jumps)
        for name in self.names:
            added = (jump.adds.get(name, (ZERO, ZERO))[0] for jump in self.jumps)
            outputs[f"adds_{name}"] = tuple(added)
        return b.build(outputs, system_guards(self.writer, outputs))

    def program(self) -> Program:
        b, jumps = self.builder, self.jumps
        spreading = [name for name in self.names if not self._is_bounded(name)]
        noise = Noise(b, jumps, self._folded(), self._kept)
        found: dict[str, Output] = {}
        for name in self.names:
            mean, size = self._mean(name, jumps) if name in spreading else (ZERO, ZERO)
            found[f"mean_{name}"] = b.mul(self.writer.prefactor, mean)
            if name in spreading:
                noise.sizes(name, size)
                noise.steps(name, mean)
                self._keep(mean, size, (f"mean_{name}", *self._ratio_names(name)))
        for name in self.names:
            found[f"variance_{name}"] = self._spread(noise, name, name, spreading)
        for first, second in combinations(self.names, 2):
            value = self._spread(noise, first, second, spreading)
            found[f"covariance_{first}_{second}"] = value
        found["activity"] = b.mul(self.writer.prefactor, b.sum(jump.flow for jump in jumps))
        found |= self._entropy_production()
        for name in spreading:
            found |= self._ratios(name, found)
        return b.build(found, [*system_guards(self.writer, found), *self.guards])

    @property
    def _kept(self) -> int:
        (kept,) = set(self.labels) - set(self.order)
        return kept

    def _folded(self) -> list[Any]:
        rates: dict[Edge, Ref] = {}
        for jump in self.writer.jumps:
            upper, lower = jump.edge
            rates[upper, lower], rates[lower, upper] = jump.down, jump.up
        graph = Jumps(self.labels, rates)
        return list(eliminate(self.builder, rates, graph, self.order))

    def _jumps(self) -> list[CountedJump]:
        """Every jump of every bath, with what it adds: out of the bath into the system."""
        b, found = self.builder, list[CountedJump]()
        for jump in self.writer.jumps:
            upper, lower = jump.edge
            for bath in jump.weights:
                channel, adds = self.writer.channel(jump, bath), self._adds(jump, bath)
                for source, target, rate, sign in (
                    (upper, lower, channel.there, -1),
                    (lower, upper, channel.back, 1),
                ):
                    flow = b.mul(self.populations[source], rate)
                    added = {
                        name: (b.neg(value) if sign < 0 else value, size)
                        for name, (value, size) in adds.items()
                    }
                    found.append(CountedJump(source, target, rate, flow, added))
        return found

    def _adds(self, jump: Jump, bath: str) -> dict[str, tuple[Ref, Ref]]:
        """What a bath gives when a transition is passed up, and its modulus with its rounding's."""
        b, taken = self.builder, self.writer.taken(jump, bath)
        size = b.apply("abs", b.strip_sign(taken))
        rounded = b.add(size, b.mul(COARSE / SHARE, self.writer.span()))
        found: dict[str, tuple[Ref, Ref]] = {f"heat_{bath}": (taken, rounded)}
        if f"particles_{bath}" in self.names:
            number = self.writer.particles(jump, bath)
            found[f"particles_{bath}"] = (number, ONE)
        return found

    def _is_bounded(self, name: str) -> bool:
        """Whether a count is the difference of a function of the levels, for all parameters."""
        kind, bath = name.split("_", 1)
        model = next(b for b in self.system.baths if b.name == bath)
        if model.statistics == "boson" and model.mu != 0:
            return False  # a particle comes or goes as the sign of the frequency says
        links: list[tuple[int, int, sp.Expr]] = []
        for jump in self.writer.jumps:
            t: Any = jump.transition
            number = t.particles.get(bath, 0)
            heat = t.frequency - number * as_expr(model.mu)
            for other in jump.weights:
                added = sp.S.Zero if other != bath else heat if kind == "heat" else number
                links.append((t.lower, t.upper, sp.sympify(added)))
        return is_gradient(links)

    def _mean(self, name: str, jumps: Sequence[CountedJump]) -> tuple[Ref, Ref]:
        """Write the mean of a count without prefactor, and the sum of its terms' moduli."""
        b, terms, sizes = self.builder, list[Ref](), list[Ref]()
        counting = [jump for jump in jumps if name in jump.adds]
        for down, up in zip(counting[::2], counting[1::2], strict=True):
            value, size = up.adds[name]
            terms.append(b.mul(value, b.sub(up.flow, down.flow)))
            sizes.append(b.mul(size, b.add(up.flow, down.flow)))
        return b.sum(terms), b.sum(sizes)

    def _keep(self, value: Ref, size: Ref, names: tuple[str, ...]) -> None:
        b, kept = self.builder, keeps_digits(self.builder, value, size, SHARE)
        held = b.apply("select", LEAST_PRODUCT, size, ONE, ZERO)
        self.guards.append(Guard(kept, CANCELLED_RULE, names, GuardKind.RANGE))
        self.guards.append(Guard(held, RANGE_RULE, names, GuardKind.RANGE))

    def _spread(self, noise: Noise, first: str, second: str, spreading: list[str]) -> Ref:
        """Write a variance or a covariance, and guard the outputs that are made of it."""
        if not {first, second} <= set(spreading):
            return ZERO
        value, size = noise.covariance(first, second)
        names: tuple[str, ...] = (f"covariance_{first}_{second}",)
        if first == second:
            names = (f"variance_{first}", *self._ratio_names(first))
        self._keep(value, size, names)
        return self.builder.mul(self.writer.prefactor, value)

    def _ratio_names(self, name: str) -> tuple[str, ...]:
        return f"fano_{name}", f"kinetic_{name}", f"uncertainty_{name}"

    def _entropy_production(self) -> dict[str, Output]:
        """Write the entropy production where there is one; what guards it guards ratios as well."""
        if "entropy_production" not in system_outputs(self.system):
            return {}
        writer, balance = self.writer, Balance(self.writer)
        heights = writer.above(self.transitions.lowest)
        if all(map(has_bose_factor, self.system.baths)):
            found, guards = plain_balance_outputs(balance, self.order, self.populations, heights)
        else:
            found, guards = exchanged(writer, balance, self.populations, heights)
        made = ("entropy_production", *(f"uncertainty_{name}" for name in self.names))
        self.guards += [
            replace(guard, outputs=made)
            for guard in guards
            if "entropy_production" in guard.outputs
        ]
        coldest = extreme(self.builder, "min", list(writer.temperatures.values()))
        self.guards.append(Guard(coldest, COLD_RULE, made[1:], GuardKind.ABSENT))
        return {"entropy_production": found["entropy_production"]}

    def _ratios(self, name: str, found: Mapping[str, Output]) -> dict[str, Output]:
        """Write Fano factor and uncertainty ratios of a count."""
        b, mean = self.builder, single(found[f"mean_{name}"])
        size = b.apply("abs", b.strip_sign(mean))
        fano = b.div(single(found[f"variance_{name}"]), size)
        ratios: dict[str, Output] = {f"fano_{name}": fano}
        for kind, of in (("kinetic", "activity"), ("uncertainty", "entropy_production")):
            if of in found:
                ratios[f"{kind}_{name}"] = b.mul(fano, b.div(single(found[of]), size))
        rule = MEAN_RULE.format(name)
        self.guards.append(Guard(size, rule, tuple(ratios), GuardKind.ABSENT))
        return ratios
