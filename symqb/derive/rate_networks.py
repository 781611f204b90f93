"""Programs of a network of rates: steady state, fluxes, affinities, first passages, splitting.

Populations, times and probabilities come from one elimination without a subtraction.  Fluxes are
differences of two flows, guarded where these cancel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import sympy as sp
from sympy.utilities.iterables import connected_components, strongly_connected_components

from symqb.derive.expression import ExpressionBuilder
from symqb.derive.hamiltonian import as_expr
from symqb.derive.steady_state import Edge, Jumps, cheapest_order, eliminate, jumps_program
from symqb.derive.steady_state import rate_name as total_rate
from symqb.models import ParameterError, SteadyStateError
from symqb.models.network import Jump, Network
from symqb.program import Builder, Guard, GuardKind, Program, Ref, inline
from symqb.program.builder import ONE, ZERO
from symqb.program.core import Output

LOST = Fraction(1, 10**3)
"""Share of the sum of moduli below which a difference may lack the digits promised."""

ROUNDED_RULE = "terms of a rate or of a flux nearly cancel, so that doubles lose its digits"


@dataclass(frozen=True)
class Cycle:
    """A cycle of two-way jumps: its states in order, and its affinity.

    The affinity is the logarithm of the product of the rates along it over that of those back.
    """

    states: tuple[str, ...]
    affinity: sp.Expr


@dataclass(frozen=True)
class NetworkDerivation:
    """A network and what follows from it.

    Parameters
    ----------
    network : Network
    present : tuple of jumps, optional
        Those that happen, where at a point some rates are zero; all that are not the number 0.
    """

    network: Network
    present: tuple[Jump, ...] | None = None

    @property
    def jumps(self) -> tuple[Jump, ...]:
        """The jumps that happen."""
        return self.network.jumps if self.present is None else self.present

    @cached_property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The parameters in the order in which the rates name them."""
        rates = map(as_expr, self.network.rates.values())
        return tuple(dict.fromkeys(s for rate in rates for s in sorted(rate.free_symbols, key=str)))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(map(str, self.symbols))

    @cached_property
    def closed_classes(self) -> list[tuple[str, ...]]:
        """The sets of states that lead to each other and to no other: one steady state each."""
        states = self.network.states
        parts = strongly_connected_components((list(states), list(self.jumps)))
        leaving = {state: {b for a, b in self.jumps if a == state} for state in states}
        closed = [part for part in parts if all(leaving[s] <= set(part) for s in part)]
        ordered = [tuple(sorted(part, key=states.index)) for part in closed]
        return sorted(ordered, key=lambda part: states.index(part[0]))

    @cached_property
    def recurrent(self) -> tuple[str, ...]:
        """The states that are populated in the end.

        Raises
        ------
        SteadyStateError
            There are several closed classes: where the network ends depends on where it starts.
        """
        if len(self.closed_classes) > 1:
            shown = "; ".join(", ".join(part) for part in self.closed_classes)
            raise SteadyStateError(
                f"the steady state is not unique: {len(self.closed_classes)} sets of states are "
                f"never left ({shown}); splitting_probabilities(...) tells which is reached, or "
                "add a jump out of all but one"
            )
        return self.closed_classes[0]

    @cached_property
    def pairs(self) -> tuple[Jump, ...]:
        """The pairs of states that some jump connects, in the order of the jumps."""
        found: dict[Jump, None] = {}
        for a, b in self.network.rates:
            if (b, a) not in found:
                found[a, b] = None
        return tuple(found)

    @cached_property
    def cycles(self) -> tuple[Cycle, ...]:
        """The fundamental cycles of two-way jumps, each with its affinity."""
        return tuple(
            Cycle(states, self._affinity(states)) for states in _fundamental(self._two_way)
        )

    @property
    def _two_way(self) -> list[Jump]:
        happening = set(self.jumps)
        return [(a, b) for a, b in self.pairs if {(a, b), (b, a)} <= happening]

    def _affinity(self, states: tuple[str, ...]) -> sp.Expr:
        there = list(pairwise((*states, states[0])))
        rates = {jump: as_expr(rate) for jump, rate in self.network.rates.items()}
        return sp.Add(*(sp.log(rates[a, b] / rates[b, a]) for a, b in there))

    def steady(self) -> Program:
        """Write populations, fluxes, traffic, entropy production and affinities.

        Raises
        ------
        SteadyStateError
            The steady state is not unique.
        """
        writer = _Writer(self)
        return writer.build(writer.steady_outputs())

    @property
    def elimination(self) -> Program:
        """The populations of the recurrent states from their rates alone: what is pinned."""
        place = {state: k for k, state in enumerate(self.recurrent, 1)}
        jumps = [(place[a], place[b]) for a, b in self.jumps if a in place]
        labels = list(place.values())
        return jumps_program(labels, jumps, cheapest_order(labels, jumps))

    def first_passage(self, targets: Sequence[str]) -> Program:
        """Write the mean times to reach one of the targets, from every state in order; 0 there."""
        self._check_targets(targets)
        writer = _Writer(self)
        return writer.build({"times": writer.times(targets)})

    def splitting(self, targets: Sequence[str]) -> Program:
        """Write for each target the probability to reach it first, from every state in order."""
        self._check_targets(targets)
        writer = _Writer(self)
        return writer.build(writer.probabilities(targets))

    def _check_targets(self, targets: Sequence[str]) -> None:
        """Refuse targets that some state may never reach: its mean time is infinite."""
        if not targets:
            raise ParameterError("no target; name at least one state to reach")
        reaching, found = set(targets), -1
        while found != len(reaching):
            found = len(reaching)
            reaching |= {a for a, b in self.jumps if b in reaching}
        lost = [s for s in self.network.states if s not in reaching]
        if lost:
            raise SteadyStateError(
                f"from {lost[0]} no target is ever reached ({', '.join(targets)}); add the states "
                "that end a path to the targets, or a jump out of them"
            )


def _fundamental(pairs: Sequence[Jump]) -> list[tuple[str, ...]]:
    """One cycle for each pair outside a spanning forest: the path in the forest closed by it."""
    tree: dict[str, list[str]] = {}
    found: list[tuple[str, ...]] = []
    for a, b in pairs:
        path = _path(tree, b, a)
        if path:
            found.append((a, *path[:-1]))
            continue
        tree.setdefault(a, []).append(b)
        tree.setdefault(b, []).append(a)
    return found


def _path(tree: Mapping[str, Sequence[str]], start: str, end: str) -> tuple[str, ...]:
    """The way through a forest from one state to another; empty if there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    while ways:
        way = ways.pop()
        if way[-1] == end:
            return way
        ways += [(*way, n) for n in tree.get(way[-1], ()) if n not in way[-2:-1]]
    return ()


class _Writer:
    """Writes one program of a network."""

    def __init__(self, derivation: NetworkDerivation) -> None:
        self.derivation, self.network = derivation, derivation.network
        self.builder = Builder(derivation.parameters)
        expressions = ExpressionBuilder(self.builder)
        self.guards: list[Guard] = []
        rates = {jump: as_expr(rate) for jump, rate in self.network.rates.items()}
        written = {jump: expressions.expr(rate) for jump, rate in rates.items()}
        for jump, rate in rates.items():
            self._guard(jump, rate, written[jump], expressions)
        self.rates = {jump: written[jump] for jump in derivation.jumps}
        self.place = {state: k for k, state in enumerate(self.network.states, 1)}

    def build(self, outputs: Mapping[str, Output]) -> Program:
        return self.builder.build(outputs, self.guards)

    def _guard(self, jump: Jump, rate: sp.Expr, ref: Ref, expressions: ExpressionBuilder) -> None:
        """Guard a rate: never negative, and not lost in the rounding of its terms."""
        if isinstance(ref, Fraction):
            return
        b = self.builder
        rule = f"the rate {jump[0]} -> {jump[1]}, {rate}, must be >= 0"
        self.guards.append(Guard(b.apply("select", ZERO, ref, ONE, ZERO), rule))
        if rate.is_Add:
            sizes = b.sum(b.apply("abs", b.strip_sign(expressions.expr(t))) for t in rate.args)
            self._keep(ref, sizes, ())

    def _keep(self, total: Ref, sizes: Ref, outputs: tuple[str, ...]) -> None:
        """Guard a difference: where it is far below its terms more digits tell."""
        b = self.builder
        excess = b.sub(b.apply("abs", b.strip_sign(total)), b.mul(LOST, sizes))
        kept = b.apply("select", sizes, ZERO, ONE, b.apply("max", excess, ZERO))
        self.guards.append(Guard(kept, ROUNDED_RULE, outputs, GuardKind.RANGE))

    def populations(self) -> dict[str, Ref]:
        """The steady populations; exactly 0 where a state is only passed through."""
        recurrent = self.derivation.recurrent
        if len(recurrent) == 1:
            return {s: ONE if s == recurrent[0] else ZERO for s in self.network.states}
        place = {state: k for k, state in enumerate(recurrent, 1)}
        bindings = {
            total_rate(place[a], place[b]): rate
            for (a, b), rate in self.rates.items()
            if a in place
        }
        found = inline(self.builder, self.derivation.elimination, bindings)["populations"]
        values = dict(zip(recurrent, found if isinstance(found, tuple) else (found,), strict=True))
        return {state: values.get(state, ZERO) for state in self.network.states}

    def steady_outputs(self) -> dict[str, Output]:
        b, populations = self.builder, self.populations()
        outputs: dict[str, Output] = {"populations": tuple(populations.values())}
        traffic: dict[str, Output] = {}
        produced: list[Ref] = []
        for a, c in self.derivation.pairs:
            there = b.mul(populations[a], self.rates.get((a, c), ZERO))
            back = b.mul(populations[c], self.rates.get((c, a), ZERO))
            name = f"flux_{a}_{c}"
            net: Ref = ZERO
            if self._in_cycle(a, c):
                net = b.sub(there, back)
                if ZERO not in (there, back):
                    self._keep(net, b.add(there, back), (name, "entropy_production"))
            outputs[name] = net
            traffic[f"traffic_{a}_{c}"] = b.add(there, back)
            produced.append(self._dissipated(net, there, back))
        outputs |= traffic
        outputs["entropy_production"] = b.sum(produced)
        return outputs | self._affinities()

    def _in_cycle(self, a: str, c: str) -> bool:
        """Tell whether a pair lies on a closed path; elsewhere no net flux can flow."""
        others = [jump for jump in self.derivation.jumps if set(jump) != {a, c}]
        parts = connected_components((list(self.network.states), others))
        return any({a, c} <= set(part) for part in parts)

    def _dissipated(self, net: Ref, there: Ref, back: Ref) -> Ref:
        """Write ``(x - y) ln(x / y)`` of the two flows of a pair: infinite if one alone is 0."""
        if net == ZERO:
            return ZERO
        b = self.builder
        size = b.apply("abs", net)
        least = b.apply("min", there, back)
        return b.apply("select", size, ZERO, ZERO, b.mul(size, self._affinity_of(size, least)))

    def _affinity_of(self, size: Ref, least: Ref) -> Ref:
        return self.builder.apply("log1p", self.builder.apply("div", size, least))

    def _affinities(self) -> dict[str, Output]:
        """Write the affinities of the fundamental cycles, numbered from 1."""
        b, outputs = self.builder, dict[str, Output]()
        for k, cycle in enumerate(self.derivation.cycles, 1):
            jumps = list(pairwise((*cycle.states, cycle.states[0])))
            logs = [
                b.sub(b.apply("log", self.rates[a, c]), b.apply("log", self.rates[c, a]))
                for a, c in jumps
            ]
            total = b.sum(logs)
            self._keep(total, b.sum(b.apply("abs", log) for log in logs), (f"affinity_{k}",))
            outputs[f"affinity_{k}"] = total
        return outputs

    def _to_targets(self, targets: Sequence[str]) -> tuple[list[int], dict[Edge, Ref], Jumps]:
        """The states on the way to targets, and the jumps that still count."""
        ends = {self.place[target] for target in targets}
        rates = {
            (self.place[a], self.place[c]): rate
            for (a, c), rate in self.rates.items()
            if self.place[a] not in ends
        }
        labels = list(self.place.values())
        order = cheapest_order(labels, list(rates), ends)
        return list(order), rates, Jumps(labels, rates)

    def times(self, targets: Sequence[str]) -> tuple[Ref, ...]:
        """Write mean first-passage times: ``s t = c + sum k t``, c the time spent on detours."""
        b = self.builder
        order, rates, graph = self._to_targets(targets)
        spent: dict[int, Ref] = dict.fromkeys(self.place.values(), ONE)
        folded = []
        for node, shares in eliminate(b, rates, graph, order):
            for i, share in shares.arriving.items():
                spent[i] = b.add(spent[i], b.mul(share, spent[node]))
            folded.append((node, shares, spent[node]))
        found: dict[int, Ref] = {self.place[target]: ZERO for target in targets}
        for node, shares, lasted in reversed(folded):
            onward = b.sum(b.mul(rate, found[j]) for j, rate in shares.leaving.items())
            found[node] = b.div(b.add(lasted, onward), shares.total)
        return tuple(found[k] for k in self.place.values())

    def probabilities(self, targets: Sequence[str]) -> dict[str, Output]:
        """Write splitting probabilities: ``s h = sum k h``, h one at a target, zero at others."""
        b = self.builder
        order, rates, graph = self._to_targets(targets)
        folded = list(eliminate(b, rates, graph, order))
        outputs: dict[str, Output] = {}
        for target in targets:
            found: dict[int, Ref] = {self.place[t]: ZERO for t in targets}
            found[self.place[target]] = ONE
            for node, shares in reversed(folded):
                onward = b.sum(b.mul(rate, found[j]) for j, rate in shares.leaving.items())
                sure = all(found[j] == ONE for j in shares.leaving)
                found[node] = ONE if sure else b.div(onward, shares.total)
            outputs[f"probability_{target}"] = tuple(found[k] for k in self.place.values())
        return outputs


def named_outputs(derivation: NetworkDerivation) -> Iterable[str]:
    """The outputs of the steady state, in order."""
    pairs = [f"{a}_{c}" for a, c in derivation.pairs]
    yield "populations"
    yield from (f"flux_{pair}" for pair in pairs)
    yield from (f"traffic_{pair}" for pair in pairs)
    yield "entropy_production"
    yield from (f"affinity_{k}" for k in range(1, len(derivation.cycles) + 1))
