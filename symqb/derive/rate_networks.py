"""Programs of a network of rates: steady state, fluxes, affinities, first passages, splitting.

Populations, times and probabilities come from one elimination without a subtraction.  Fluxes are
differences of two flows, guarded where these cancel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import sympy as sp
from sympy.utilities.iterables import strongly_connected_components

from symqb.derive.balance import LOST, keeps_digits
from symqb.derive.cycles import blocks, closed, fundamental_cycles
from symqb.derive.hamiltonian import as_expr
from symqb.derive.passages import gather
from symqb.derive.rate_expressions import LARGEST_TERMS, RateBuilder
from symqb.derive.steady_state import Edge, Jumps, cheapest_order, eliminate, jumps_program
from symqb.derive.steady_state import rate_name as total_rate
from symqb.models import ParameterError, SteadyStateError
from symqb.models.network import Jump, Network
from symqb.program import Builder, Guard, GuardKind, Program, Ref, inline
from symqb.program.builder import ONE, ZERO
from symqb.program.core import Output, Step, flatten

LEAST_PRODUCT = Fraction(1, 10**290)
"""Below it a product may have lost digits, or all of them, to the range of doubles."""

RANGE_RULE = "rates differ by so many decades that doubles do not hold what is between them"

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
    def expressions(self) -> dict[Jump, sp.Expr]:
        """The rate of every jump as a SymPy expression."""
        return {jump: as_expr(rate) for jump, rate in self.network.rates.items()}

    @cached_property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The parameters in the order in which the rates name them."""
        rates = self.expressions.values()
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

    @property
    def pairs(self) -> tuple[Jump, ...]:
        """The pairs of states that some jump connects, in the order of the jumps."""
        return self.network.pairs

    @cached_property
    def cycles(self) -> tuple[Cycle, ...]:
        """The fundamental cycles of two-way jumps, each with its affinity."""
        states = fundamental_cycles(self._two_way)
        return tuple(Cycle(found, self._affinity(found)) for found in states)

    @cached_property
    def still(self) -> frozenset[Jump]:
        """The pairs of :attr:`pairs` that carry no net flux, whatever the rates, if all are > 0.

        Those on no cycle, and those that share cycles only with two-way jumps whose affinities are
        zero (Kolmogorov): a steady current runs in cycles, and there obeys detailed balance.
        """
        happening, two_way = set(self.jumps), set(self._two_way)
        pairs = [(a, b) for a, b in self.pairs if (a, b) in happening or (b, a) in happening]
        driven = {
            frozenset(step)
            for cycle in self.cycles
            if cycle.affinity != 0
            for step in closed(cycle.states)
        }
        found: set[Jump] = set()
        for block in blocks(pairs):
            members = {pairs[k] for k in block}
            balanced = members <= two_way and driven.isdisjoint(map(frozenset, members))
            if len(members) == 1 or balanced:
                found |= members
        return frozenset(found)

    @property
    def _two_way(self) -> list[Jump]:
        happening = set(self.jumps)
        return [(a, b) for a, b in self.pairs if {(a, b), (b, a)} <= happening]

    def _affinity(self, states: tuple[str, ...]) -> sp.Expr:
        rates = self.expressions
        steps = list(closed(states))
        forth, back = ([rates[step] for step in way] for way in (steps, [s[::-1] for s in steps]))
        if _are_one(sp.Mul(*forth) / sp.Mul(*back)):
            return sp.S.Zero
        return sp.Add(*(sp.log(x / y) for x, y in zip(forth, back, strict=True)))

    def steady(self) -> Program:
        """Write populations, fluxes, traffic, entropy production and affinities.

        Raises
        ------
        SteadyStateError
            The steady state is not unique.
        """
        return NetworkWriter(self).steady()

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
        return NetworkWriter(self).first_passage(targets)

    def splitting(self, targets: Sequence[str]) -> Program:
        """Write for each target the probability to reach it first, from every state in order."""
        self._check_targets(targets)
        return NetworkWriter(self).splitting(targets)

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


def _are_one(ratio: sp.Expr) -> bool:
    """Whether a product of rates over another is 1 for all values of the parameters: proved."""
    # what is not 1 at one point need not be cancelled
    symbols = sorted(ratio.free_symbols, key=str)
    numbers = {symbol: sp.Rational(2 * k + 3, 7) for k, symbol in enumerate(symbols)}
    value = ratio.subs(numbers).evalf(30)
    if value.is_comparable and abs(value - 1) > sp.Float(10) ** -20:
        return False
    gathered = ratio.replace(sp.exp, lambda exponent: sp.exp(sp.expand(exponent)))
    return bool(sp.cancel(gathered) == 1)


class _Watched(Builder):
    """Remembers what it writes inside :meth:`watch`: sums, products and quotients of positives."""

    def __init__(self, inputs: Sequence[str]) -> None:
        super().__init__(inputs)
        self._written: dict[str, Step] = {}
        self._watching = False

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Remember what is written inside."""
        self._watching = True
        try:
            yield
        finally:
            self._watching = False

    def apply(self, op: str, *args: Ref) -> Ref:
        found = super().apply(op, *args)
        if self._watching and isinstance(found, str):
            self._written[found] = Step(found, op, args)
        return found

    def products(self) -> list[str]:
        """List the products and quotients that must not be lost to the range of doubles.

        In a sum one term is enough: beside it what is lost is less than its rounding.
        """
        steps = self._written.values()
        made = {step.name for step in steps if step.op in {"mul", "div"}}
        sums = [step.args for step in steps if step.op == "add"]
        added = made.intersection(ref for args in sums for ref in args)
        kept = made - added
        for step in steps:
            kept.update(made.intersection(step.args) if step.op != "add" else ())
        for first, second in sums:
            if {first, second} <= made - kept:
                kept.add(str(first))
        return [name for name in self._written if name in kept]


def is_fixed(output: Output) -> bool:
    """Whether an output, or an entry of it, is a constant."""
    return any(isinstance(ref, Fraction) for ref in flatten(output))


class NetworkWriter:
    """Write one program of a network; one method a kind of output.

    Parameters
    ----------
    derivation : NetworkDerivation
    """

    def __init__(self, derivation: NetworkDerivation) -> None:
        self.derivation, self.network = derivation, derivation.network
        self.builder = _Watched(derivation.parameters)
        expressions = RateBuilder(self.builder)
        self.guards: list[Guard] = []
        written = {jump: expressions.expr(rate) for jump, rate in derivation.expressions.items()}
        for jump, ref in written.items():
            if isinstance(ref, str):
                self._guard_sign(jump, ref)
        self.guard_rounding(expressions)
        self.rates = {jump: written[jump] for jump in derivation.jumps}
        self.place = {state: k for k, state in enumerate(self.network.states, 1)}

    def guard_rounding(self, expressions: RateBuilder) -> None:
        """Guard all outputs where a sum within an expression loses digits."""
        for total, sizes in expressions.sums.items():
            self.keep(total, sizes, ())
        for size in expressions.exponents:
            small = self.builder.apply("select", size, LARGEST_TERMS, ONE, ZERO)
            self.guards.append(Guard(small, ROUNDED_RULE, (), GuardKind.RANGE))

    def steady(self) -> Program:
        return self.builder.build(self.steady_outputs(), self.guards)

    def first_passage(self, targets: Sequence[str]) -> Program:
        with self.builder.watch():
            times = self.times(targets)
        self.guard_range(["times"])
        return self.builder.build({"times": times}, self.guards)

    def splitting(self, targets: Sequence[str]) -> Program:
        with self.builder.watch():
            outputs = self.probabilities(targets)
        self.guard_range(outputs)
        return self.builder.build(outputs, self.guards)

    def _guard_sign(self, jump: Jump, ref: Ref) -> None:
        rate = self.derivation.expressions[jump]
        rule = f"the rate {jump[0]} -> {jump[1]}, {rate}, must be >= 0"
        self.guards.append(Guard(self.builder.apply("select", ZERO, ref, ONE, ZERO), rule))

    def guard_graph(self, jumps: Iterable[Jump], outputs: Iterable[str]) -> None:
        """Guard outputs that hold a constant which is right only where all these jumps happen.

        The kind is the one that balls heed as well.
        """
        names = tuple(outputs)
        for a, c in jumps if names else ():
            if isinstance(ref := self.rates[a, c], str):
                rule = (
                    f"the rate {a} -> {c}, {self.derivation.expressions[a, c]}, must be > 0 here; "
                    "leave that jump out where it never happens"
                )
                self.guards.append(Guard(ref, rule, names, GuardKind.LEVELS))

    def keep(self, total: Ref, sizes: Ref, outputs: tuple[str, ...]) -> None:
        """Guard a difference: where it is far below its terms more digits tell."""
        kept = keeps_digits(self.builder, total, sizes, LOST)
        self.guards.append(Guard(kept, ROUNDED_RULE, outputs, GuardKind.RANGE))

    def guard_range(self, outputs: Iterable[str]) -> None:
        """Guard outputs where a rate, or a product on the way, is out of the range of doubles."""
        b, names = self.builder, tuple(outputs)
        refs = dict.fromkeys([*self.rates.values(), *b.products()])
        least = [ref for ref in refs if isinstance(ref, str)]
        while len(least) > 1:
            # in pairs, so that few wait for the one before
            pairs = zip(least[::2], least[1::2], strict=False)
            odd = least[-1:] if len(least) % 2 else []
            least = [*(str(b.apply("min", x, y)) for x, y in pairs), *odd]
        if least and names:
            # what is no number is not above either
            above = b.apply("select", LEAST_PRODUCT, least[0], ONE, ZERO)
            self.guards.append(Guard(above, RANGE_RULE, names, GuardKind.RANGE))

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
        with self.builder.watch():
            found = inline(self.builder, self.derivation.elimination, bindings)["populations"]
        values = dict(zip(recurrent, found if isinstance(found, tuple) else (found,), strict=True))
        return {state: values.get(state, ZERO) for state in self.network.states}

    def steady_outputs(self) -> dict[str, Output]:
        b, populations = self.builder, self.populations()
        outputs: dict[str, Output] = {"populations": tuple(populations.values())}
        traffic: dict[str, Output] = {}
        produced: list[Ref] = []
        for a, c in self.derivation.pairs:
            there, back, net = self.flows((a, c), populations)
            outputs[f"flux_{a}_{c}"] = net
            self.keep_net(there, back, net, (f"flux_{a}_{c}", "entropy_production"))
            traffic[f"traffic_{a}_{c}"] = b.add(there, back)
            produced.append(self.dissipated(net, there, back))
        outputs |= traffic
        outputs["entropy_production"] = b.sum(produced)
        whole = len(self.derivation.recurrent) == len(self.network.states)
        self.guard_graph(self.rates, [k for k, v in outputs.items() if not whole or is_fixed(v)])
        self.guard_range(name for name, value in outputs.items() if value != ZERO)
        return outputs | self._affinities()

    def flows(self, pair: Jump, populations: Mapping[str, Ref]) -> tuple[Ref, Ref, Ref]:
        """Write the flows of a pair there and back, and the net one; 0 where it must be."""
        b, (a, c) = self.builder, pair
        there = b.mul(populations[a], self.rates.get((a, c), ZERO))
        back = b.mul(populations[c], self.rates.get((c, a), ZERO))
        return there, back, ZERO if pair in self.derivation.still else b.sub(there, back)

    def keep_net(self, there: Ref, back: Ref, net: Ref, outputs: tuple[str, ...]) -> None:
        """Guard outputs that are made of the net flow of a pair."""
        if ZERO not in (there, back, net):
            self.keep(net, self.builder.add(there, back), outputs)

    def dissipated(self, net: Ref, there: Ref, back: Ref) -> Ref:
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
            name, steps = f"affinity_{k}", list(closed(cycle.states))
            if cycle.affinity == 0:
                outputs[name] = ZERO
                self.guard_graph([j for step in steps for j in (step, step[::-1])], [name])
                continue
            logs = [
                (b.apply("log", self.rates[step]), b.apply("log", self.rates[step[::-1]]))
                for step in steps
            ]
            total = b.sum(b.sub(forth, back) for forth, back in logs)
            # the logarithm of a rounded rate has its rounding as an absolute error
            sizes = [b.apply("max", b.apply("abs", log), ONE) for pair in logs for log in pair]
            self.keep(total, b.sum(sizes), (name,))
            outputs[name] = total
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
        """Write mean first-passage times: what is gathered at one a unit of time."""
        order, rates, graph = self._to_targets(targets)
        folded = list(eliminate(self.builder, rates, graph, order))
        spent: dict[int, Ref] = dict.fromkeys(self.place.values(), ONE)
        ends = [self.place[target] for target in targets]
        found = gather(self.builder, folded, spent, ends)
        return tuple(found[k] for k in self.place.values())

    def probabilities(self, targets: Sequence[str]) -> dict[str, Output]:
        """Write splitting probabilities: ``s h = sum k h``, h one at a target, zero at others."""
        b = self.builder
        order, rates, graph = self._to_targets(targets)
        folded = list(eliminate(b, rates, graph, order))
        ends = {self.place[target] for target in targets}
        outputs: dict[str, Output] = {}
        for target in targets:
            found: dict[int, Ref] = {self.place[t]: ZERO for t in targets}
            found[self.place[target]] = ONE
            for node, shares in reversed(folded):
                onward = b.sum(b.mul(rate, found[j]) for j, rate in shares.leaving.items())
                sure = all(found[j] == ONE for j in shares.leaving)
                found[node] = ONE if sure else b.div(onward, shares.total)
            inner = {k: ref for k, ref in found.items() if k not in ends}
            if is_fixed(tuple(inner.values())):
                self.guard_graph(self.rates, [f"probability_{target}"])
            outputs[f"probability_{target}"] = tuple(found[k] for k in self.place.values())
        return outputs
