"""Programs of the fluctuations of a network: means, variances, covariances of what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import sympy as sp

from symqb.derive.balance import LOST, keeps_digits
from symqb.derive.expression import ExpressionBuilder
from symqb.derive.hamiltonian import as_expr
from symqb.derive.noise import CountedJump, Noise, is_gradient
from symqb.derive.rate_expressions import RateBuilder
from symqb.derive.rate_networks import NetworkDerivation, NetworkWriter, is_fixed
from symqb.derive.steady_state import Jumps, cheapest_order, eliminate
from symqb.models.counts import Count
from symqb.models.network import Jump
from symqb.program import Builder, Guard, GuardKind, Program, Ref
from symqb.program.builder import ONE, ZERO
from symqb.program.core import Output, single

CANCELLED_RULE = "terms of a variance or a covariance nearly cancel, so that doubles lose digits"
MEAN_RULE = "the mean of {} must not be 0"
PRODUCTION_RULE = "the entropy production must be finite: every jump needs one back"

RATIOS = ("fano", "kinetic", "uncertainty")
"""What is made of a count's variance and its mean."""


@dataclass(frozen=True)
class FluctuationDerivation(NetworkDerivation):
    """A network, what is counted along its jumps, and what follows.

    Parameters
    ----------
    counts : tuple of Count
    covariances : bool
        Whether covariances are written.
    """

    counts: tuple[Count, ...] = ()
    covariances: bool = True

    @cached_property
    def weights(self) -> dict[str, dict[Jump, sp.Expr]]:
        """What every jump adds to every count."""
        return {
            count.name: {jump: as_expr(value) for jump, value in count.weights}
            for count in self.counts
        }

    @cached_property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The parameters: those of the rates, then those of the weights."""
        values = [
            *self.expressions.values(),
            *(w for c in self.weights.values() for w in c.values()),
        ]
        return tuple(dict.fromkeys(s for v in values for s in sorted(v.free_symbols, key=str)))

    @property
    def steady_jumps(self) -> list[Jump]:
        """The jumps between states that are populated in the end."""
        populated = set(self.recurrent)
        return [jump for jump in self.jumps if jump[0] in populated]

    @cached_property
    def two_way(self) -> bool:
        """Whether every jump has one back, so that the entropy production is finite."""
        happening = set(self.steady_jumps)
        return all((b, a) in happening for a, b in happening)

    def is_current(self, name: str) -> bool:
        """Whether a count changes sign under time reversal."""
        weights, happening = self.weights[name], set(self.steady_jumps)
        return all(
            sp.expand(weights.get((a, b), sp.S.Zero) + weights.get((b, a), sp.S.Zero)) == 0
            for a, b in happening
            if (b, a) in happening
        )

    def is_bounded(self, name: str) -> bool:
        """Whether a count is the difference of a potential: it neither drifts nor spreads."""
        weights = self.weights[name]
        return is_gradient([(*jump, weights.get(jump, sp.S.Zero)) for jump in self.steady_jumps])

    @cached_property
    def tilting(self) -> Program:
        """From the parameters to the rate of every jump, and to what it adds to every count."""
        builder = Builder(self.parameters)
        write = ExpressionBuilder(builder).expr
        outputs: dict[str, Output] = {
            "rates": tuple(write(rate) for rate in self.expressions.values())
        }
        for name, weights in self.weights.items():
            added = (weights.get(jump, sp.S.Zero) for jump in self.expressions)
            outputs[f"adds_{name}"] = tuple(map(write, added))
        return builder.build(outputs)

    def fluctuations(self) -> Program:
        """Write means, variances and covariances, and the ratios made of them.

        Raises
        ------
        SteadyStateError
            The steady state is not unique.
        """
        return _FluctuationWriter(self).fluctuations()


class _FluctuationWriter(NetworkWriter):
    """Writes the program of a network's fluctuations."""

    derivation: FluctuationDerivation

    def __init__(self, derivation: FluctuationDerivation) -> None:
        super().__init__(derivation)
        expressions = RateBuilder(self.builder)
        self.adds: dict[str, dict[Jump, tuple[Ref, Ref]]] = {}
        for name, weights in derivation.weights.items():
            refs = {jump: expressions.expr(weight) for jump, weight in weights.items()}
            self.adds[name] = {jump: (ref, self._modulus(ref)) for jump, ref in refs.items()}
        self.guard_rounding(expressions)

    def _modulus(self, ref: Ref) -> Ref:
        return self.builder.apply("abs", self.builder.strip_sign(ref))

    def fluctuations(self) -> Program:
        b, derivation = self.builder, self.derivation
        populations = self.populations()
        means = {name: self._mean(name, populations) for name in self.adds}
        spreading = [name for name in self.adds if not derivation.is_bounded(name)]
        with b.watch():
            noise = self._noise(populations)
            for name in spreading:
                noise.sizes(name, means[name][1])
        for name in spreading:
            noise.steps(name, means[name][0])
        found: dict[str, Output] = {f"mean_{name}": mean for name, (mean, _) in means.items()}
        for name in self.adds:
            found[f"variance_{name}"] = self._spread(noise, name, name, spreading)
        for first, second in combinations(self.adds, 2) if derivation.covariances else ():
            value = self._spread(noise, first, second, spreading)
            found[f"covariance_{first}_{second}"] = value
        found |= self._balance(populations)
        for name, (mean, size) in means.items():
            ratios = self._ratios(name, mean if mean == size else self._modulus(mean), found)
            found |= ratios
            if mean != size:
                self.keep(mean, size, (f"mean_{name}", *ratios))
        whole = len(derivation.recurrent) == len(self.network.states)
        self.guard_graph(self.rates, [k for k, v in found.items() if not whole or is_fixed(v)])
        self.guard_range(name for name, value in found.items() if not is_fixed(value))
        return b.build(found, self.guards)

    def _mean(self, name: str, populations: Mapping[str, Ref]) -> tuple[Ref, Ref]:
        """Write the mean of a count a unit of time, and the sum of its terms' moduli."""
        b, derivation = self.builder, self.derivation
        if derivation.is_bounded(name):
            return ZERO, ZERO
        terms, sizes = list[Ref](), list[Ref]()
        weights, nothing = derivation.weights[name], (ZERO, ZERO)
        for a, c in derivation.pairs:
            there, back, net = self.flows((a, c), populations)
            (forth, size), (return_, other) = (
                self.adds[name].get(jump, nothing) for jump in ((a, c), (c, a))
            )
            opposite = weights.get((a, c), sp.S.Zero) + weights.get((c, a), sp.S.Zero)
            if sp.expand(opposite) == 0:
                terms.append(b.mul(forth, net))
                sizes += [] if net == ZERO else [b.mul(size, b.add(there, back))]
            else:
                terms += [b.mul(forth, there), b.mul(return_, back)]
                sizes += [b.mul(size, there), b.mul(other, back)]
        return b.sum(terms), b.sum(sizes)

    def _noise(self, populations: Mapping[str, Ref]) -> Noise:
        b, place = self.builder, {s: k for k, s in enumerate(self.derivation.recurrent, 1)}
        steady = [(a, c, self.rates[a, c]) for a, c in self.derivation.steady_jumps]
        labels, rates = list(place.values()), {(place[a], place[c]): r for a, c, r in steady}
        # as for the populations, with which all its steps are shared
        order = cheapest_order(labels, list(rates))
        folded = list(eliminate(b, dict(rates), Jumps(labels, rates), order))
        (kept,) = set(labels) - set(order)
        jumps = [
            CountedJump(place[a], place[c], rate, b.mul(populations[a], rate), self._at((a, c)))
            for a, c, rate in steady
        ]
        return Noise(b, jumps, folded, kept)

    def _at(self, jump: Jump) -> dict[str, tuple[Ref, Ref]]:
        return {name: adds[jump] for name, adds in self.adds.items() if jump in adds}

    def _spread(self, noise: Noise, first: str, second: str, spreading: list[str]) -> Ref:
        """Write a variance or a covariance, and guard the outputs that are made of it."""
        if not {first, second} <= set(spreading):
            return ZERO
        value, size = noise.covariance(first, second)
        names: tuple[str, ...] = (f"covariance_{first}_{second}",)
        if first == second:
            names = (f"variance_{first}", *(f"{kind}_{first}" for kind in RATIOS))
        kept = keeps_digits(self.builder, value, size, LOST)
        self.guards.append(Guard(kept, CANCELLED_RULE, names, GuardKind.RANGE))
        return value

    def _balance(self, populations: Mapping[str, Ref]) -> dict[str, Output]:
        """Write the entropy production, and the activity: how many jumps there are."""
        b, produced, traffic = self.builder, list[Ref](), list[Ref]()
        made = tuple(f"uncertainty_{name}" for name in self.adds)
        for pair in self.derivation.pairs:
            there, back, net = self.flows(pair, populations)
            self.keep_net(there, back, net, ("entropy_production", *made))
            produced.append(self.dissipated(net, there, back))
            traffic += [there, back]
        return {"entropy_production": b.sum(produced), "activity": b.sum(traffic)}

    def _ratios(self, name: str, size: Ref, found: Mapping[str, Output]) -> dict[str, Output]:
        """Write Fano factor and uncertainty ratios of a count of such a mean, where they exist."""
        b, derivation = self.builder, self.derivation
        generic = derivation.present is None
        names = [f"fano_{name}", f"kinetic_{name}"]
        if derivation.is_current(name):
            names.append(f"uncertainty_{name}")
        kinds = f"variance_{name}", "entropy_production", "activity"
        variance, produced, activity = (single(found[kind]) for kind in kinds)
        rule = MEAN_RULE.format(name)
        if size == ZERO:
            return {} if generic else self._absent(names, rule)
        self.guards.append(Guard(size, rule, tuple(names), GuardKind.ABSENT))
        fano = b.div(variance, size)
        ratios: dict[str, Output] = {
            f"fano_{name}": fano,
            f"kinetic_{name}": b.mul(fano, b.div(activity, size)),
        }
        if derivation.is_current(name) and derivation.two_way:
            ratios[f"uncertainty_{name}"] = b.mul(fano, b.div(produced, size))
        elif not generic:
            ratios |= self._absent([f"uncertainty_{name}"], PRODUCTION_RULE)
        return ratios

    def _absent(self, names: list[str], rule: str) -> dict[str, Output]:
        """Write what does not exist at a point, for outputs that do elsewhere."""
        self.guards.append(Guard(ZERO, rule, tuple(names), GuardKind.ABSENT))
        return dict.fromkeys(names, ONE)
