"""From parameters to every output of the contract, as one straight-line program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm

import sympy as sp

from symqb.derive.coincidence import COINCIDENT, vanishing
from symqb.derive.eigensystem import Eigensystem
from symqb.derive.expression import ExpressionBuilder, fraction
from symqb.derive.flows import Channel, FlowWriter, Network
from symqb.derive.hamiltonian import as_expr, parameter_symbols
from symqb.derive.mixtures import MixtureWriter
from symqb.derive.networks import sort_ascending_by, sort_descending_by
from symqb.derive.spectra import DensityWriter
from symqb.derive.steady_state import (
    Edge,
    SteadyState,
    elimination_order,
    elimination_program,
    rate_name,
)
from symqb.derive.transitions import Transition
from symqb.models import BatteryModel, SteadyStateError
from symqb.models.assumed import assumed_sign
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Builder, Guard, GuardKind, Output, Program, Ref, inline, single
from symqb.program.lower import inverse

ZERO, ONE = Fraction(0), Fraction(1)

RESOLVED = Fraction(600)
"""Energy over temperature up to which rates and their products are normal doubles."""

SHARP = Fraction(1, 2**9)
"""A frequency over the span of energies below which its powers lose digits that are promised."""

SMALLEST_ROOT = Fraction(1, 10**140)

CANCELLING = Fraction(1, 2**10)
"""Share of the sum of moduli below which a difference is formed in another way."""

CANCELLED = Fraction(1, 10**4)
"""Share of the sum of moduli below which a sum of net flows may lack the digits promised."""

LOST = Fraction(1, 10**3)
"""Share of the sum of moduli below which a difference of flows may lack the digits promised."""

TINY = Fraction(1, 10**300)

CANCELLED_RULE = "terms of this sum nearly cancel, so that doubles lose its digits"
ELEMENT_RULE = "terms of a matrix element nearly cancel, so that doubles lose its digits"
CAPACITY_RULE = "capacity must be positive: |0..0> is the top level"
SINGLE_RULE = (
    "levels must not all coincide with others, or coherences among them may never decay and the "
    "steady state not be unique"
)

UNDERFLOW_RULE = (
    "rates underflow: all baths are too cold where a level is left by absorption alone, "
    "or the squares of energies are too small"
)


def parameter_names(model: BatteryModel) -> tuple[str, ...]:
    """The names of a model's parameters, in the order of :func:`parameter_symbols`."""
    return tuple(map(str, parameter_symbols(model)))


def output_names(model: BatteryModel) -> tuple[str, ...]:
    """The outputs a battery offers; one heat current for each bath.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> output_names(xxz_model(2))[-3:]
    ('heat_current_L', 'heat_current_R', 'entropy_production')
    """
    currents = tuple(f"heat_current_{bath.name}" for bath in model.baths)
    return (
        "energies",
        "populations",
        "stored_energy",
        "capacity",
        "charge",
        "ergotropy",
        "exergy",
        *currents,
        "entropy_production",
    )


Flows = Mapping[Edge, Mapping[str, Ref]]
"""Net flows down every transition, by bath."""


@dataclass
class _Jump:
    """One transition's quantities inside the program, rates without their common prefactor."""

    transition: Transition
    frequency: Ref
    positive: Ref
    negative: Ref
    weights: dict[str, Ref]
    bose: dict[str, Ref]
    down: Ref
    up: Ref

    @property
    def edge(self) -> Edge:
        """The pair of levels, the upper first."""
        return self.transition.upper, self.transition.lower


class _Writer:
    """Writes a battery's program; one method a quantity."""

    def __init__(
        self, model: BatteryModel, eigensystem: Eigensystem, transitions: Sequence[Transition]
    ) -> None:
        self.model, self.eigensystem, self.transitions = model, eigensystem, transitions
        self.builder = Builder(parameter_names(model))
        self.expressions = ExpressionBuilder(self.builder)
        self.expressions.know_squares(
            eigensystem.field,
            [(m.half, m.right, m.left) for m in (level.mixing for level in eigensystem) if m],
        )
        self.content = _content(transitions)
        self.temperatures = {
            bath.name: self.expressions.expr(as_expr(bath.temperature)) for bath in model.baths
        }
        self.densities = DensityWriter({b.name: b for b in model.baths}, self.expressions)
        self.mixtures = MixtureWriter(model, eigensystem, self.expressions)
        self.jumps = [self._jump(transition) for transition in transitions]

    def _jump(self, transition: Transition) -> _Jump:
        b = self.builder
        frequency = self.expressions.surd(transition.exact_frequency)
        magnitude = b.apply("abs", frequency)
        positive = b.apply("max", frequency, ZERO)
        negative = b.apply("min", frequency, ZERO)
        weights = {
            name: b.mul(self._weight(transition, name), self.densities.factor(name, magnitude))
            for name, weight in transition.exact_weights.items()
            if weight
        }
        bose = {name: b.apply("bose", magnitude, self.temperatures[name]) for name in weights}
        thermal = b.sum(b.mul(weights[name], bose[name]) for name in weights)
        driven = b.mul(b.sum(weights.values()), frequency)
        return _Jump(
            transition,
            frequency,
            positive,
            negative,
            weights,
            bose,
            down=b.add(thermal, b.apply("max", driven, ZERO)),
            up=b.sub(thermal, b.apply("min", driven, ZERO)),
        )

    def _weight(self, transition: Transition, bath: str) -> Ref:
        """A squared matrix element over the common factor of all."""
        weight = transition.exact_weights[bath]
        if len(weight.radicands) < 2:
            return self.expressions.weight(weight, 1 / self.content)
        whole = self.mixtures.weight(transition.upper, transition.lower, bath)
        return self.builder.mul(1 / self.content, whole)

    def populations(self, elimination: Program) -> tuple[Ref, ...]:
        """The steady populations from the rates."""
        bindings: dict[str, Ref] = {}
        for jump in self.jumps:
            upper, lower = jump.transition.upper, jump.transition.lower
            bindings[rate_name(upper, lower)] = jump.down
            bindings[rate_name(lower, upper)] = jump.up
        populations = inline(self.builder, elimination, bindings)["populations"]
        return populations if isinstance(populations, tuple) else (populations,)

    def above_empty(self) -> list[Ref]:
        """Energies of the levels above ``|0..0>``."""
        empty = self.eigensystem.empty_energy
        return [self.expressions.surd(level.exact_energy - empty) for level in self.eigensystem]

    def ergotropy(self, energies: Sequence[Ref], populations: Sequence[Ref]) -> Ref:
        """Eqs. 16-17 for a level-diagonal state: the work of putting populations in order.

        Every step up in energy times the population above it that order would bring down: no term
        is negative, and all are exactly zero where the state is passive.
        """
        b = self.builder
        ordered, (carried,) = sort_ascending_by(b, energies, populations)
        passive, _ = sort_descending_by(b, populations)
        total: Ref = ZERO
        excess: Ref = ZERO
        for k in range(len(ordered) - 1, 0, -1):
            excess = b.add(excess, b.sub(carried[k], passive[k]))
            total = b.add(total, b.mul(b.sub(ordered[k], ordered[k - 1]), excess))
        return b.apply("max", total, ZERO)

    def exergy(
        self,
        energies: Sequence[Ref],
        populations: Sequence[Ref],
        excesses: Sequence[Ref] | None,
    ) -> tuple[Ref, Ref]:
        """Eq. 19 with the last bath as reference: free energy of the passive state above Gibbs.

        As :func:`relative_entropy`, for which the excesses of
        :meth:`symqb.derive.flows.Network.excesses` are needed; without them as energy and entropy.

        Returns
        -------
        pair of references
            The exergy, and what vanishes where it is lost in the rounding of its terms.
        """
        b, T = self.builder, self.temperatures[self.model.baths[-1].name]
        ordered, _ = sort_ascending_by(b, energies)
        carried = (energies, excesses) if excesses else ()
        passive, before = sort_descending_by(b, populations, *carried)
        heights = [b.sub(energy, ordered[0]) for energy in ordered]
        gibbs = [b.apply("boltzmann", h, T) for h in heights]
        logarithm = b.apply("log1p", b.sum(gibbs[1:]))
        if excesses:
            moved = [
                b.add(t, b.mul(b.sub(new, old), inverse(b, T)))
                for t, new, old in zip(before[1], ordered, before[0], strict=True)
            ]
            levels = [
                _Passive(*level) for level in zip(passive, heights, gibbs, moved, strict=True)
            ]
            return relative_entropy(b, levels, logarithm, T), ONE
        energy = b.sum(b.mul(h, p) for h, p in zip(heights[1:], passive[1:], strict=True))
        entropy = b.mul(T, b.sum(b.apply("entropy", p) for p in passive))
        free = b.mul(T, logarithm)
        direct = b.sub(b.add(energy, free), entropy)
        # a population near one is rounded by as much as T is worth
        scale = b.mul(CANCELLING, b.sum([energy, free, entropy, T]))
        return b.apply("max", direct, ZERO), b.apply("select", scale, direct, ONE, ZERO)

    def network(self, order: Sequence[int]) -> Network:
        """The channels of all transitions and baths, for net flows."""
        names = [bath.name for bath in self.model.baths]
        writer = FlowWriter(self.builder, [self.temperatures[name] for name in names])
        baths = {
            jump.edge: {name: self._channel(jump, name) for name in jump.weights}
            for jump in self.jumps
        }
        totals = {jump.edge: (jump.down, jump.up) for jump in self.jumps}
        return Network(writer, baths, totals, order)

    def _channel(self, jump: _Jump, bath: str) -> Channel:
        """What one bath drives down a transition, and back."""
        b, weight, bose = self.builder, jump.weights[bath], jump.bose[bath]
        heats = (jump.frequency if other.name == bath else ZERO for other in self.model.baths)
        down = b.mul(weight, b.add(bose, jump.positive))
        return Channel(down, b.mul(weight, b.sub(bose, jump.negative)), tuple(heats))

    @cached_property
    def prefactor(self) -> Ref:
        """What all rates were divided by."""
        return self.builder.mul(self.expressions.expr(as_expr(self.model.kappa)), self.content)

    def by_cycles(self, flows: Flows, bath: str) -> tuple[Ref, Ref]:
        """Heat from one bath into the battery by its net flows, and the sum of moduli."""
        b = self.builder
        terms = [
            b.mul(b.neg(jump.frequency), flows[jump.edge][bath])
            for jump in self.jumps
            if bath in jump.weights
        ]
        return b.sum(terms), b.sum(b.apply("abs", b.strip_sign(term)) for term in terms)

    def by_differences(self, populations: Mapping[int, Ref], bath: str) -> tuple[Ref, Ref]:
        """Heat from one bath into the battery by flows both ways, and the sum of moduli."""
        b, terms, moduli = self.builder, list[Ref](), list[Ref]()
        for jump in self.jumps:
            if bath in jump.weights:
                channel, (upper, lower) = self._channel(jump, bath), jump.edge
                down = b.mul(channel.there, populations[upper])
                up = b.mul(channel.back, populations[lower])
                terms.append(b.mul(jump.frequency, b.sub(up, down)))
                size = b.apply("abs", b.strip_sign(jump.frequency))
                moduli.append(b.mul(size, b.add(up, down)))
        return b.sum(terms), b.sum(moduli)

    def heat_currents(
        self, current: Callable[[str], tuple[Ref, Ref]]
    ) -> dict[str, tuple[Ref, Ref]]:
        """The heat current of every bath with its sum of moduli; of two baths one is taken.

        The two add up to zero: the one whose terms cancel less stands for both.
        """
        b = self.builder
        found = {
            bath.name: tuple(b.mul(self.prefactor, x) for x in current(bath.name))
            for bath in self.model.baths
        }
        if len(found) != 2:
            return {name: (heat, moduli) for name, (heat, moduli) in found.items()}
        (left, M), (right, N) = found.values()
        better = b.apply("select", M, N, left, b.neg(right))
        moduli = b.apply("min", M, N)
        return dict(zip(found, ((better, moduli), (b.neg(better), moduli)), strict=True))

    def by_currents(self, currents: Sequence[tuple[Ref, Ref]]) -> tuple[Ref, Ref]:
        """Entropy production by the heat of all baths over their temperatures, and the moduli."""
        b, temperatures = self.builder, self.temperatures.values()
        terms = [
            b.apply("ratio", heat, T) for (heat, _), T in zip(currents, temperatures, strict=True)
        ]
        moduli = [b.apply("ratio", M, T) for (_, M), T in zip(currents, temperatures, strict=True)]
        return b.neg(b.sum(terms)), b.sum(moduli)

    def of_two(self, current: Ref) -> Ref:
        """Entropy production of two baths: the current times a difference of 1/T."""
        b, (T, S) = self.builder, self.temperatures.values()
        work = b.mul(current, b.sub(T, S))
        return b.apply("max", b.apply("ratio", b.apply("ratio", work, T), S), ZERO)

    def entropy_production(self, flows: Flows, populations: Mapping[int, Ref]) -> Ref:
        """The sum over transitions and baths of ``(x - y) ln(x / y)``, x and y the two flows.

        No term is negative; each is exactly zero where its flow is.
        """
        b = self.builder
        terms = [
            self._dissipated(jump, name, flow, populations)
            for jump in self.jumps
            for name, flow in flows[jump.edge].items()
        ]
        return b.mul(self.prefactor, b.sum(terms))

    def _dissipated(self, jump: _Jump, bath: str, flow: Ref, populations: Mapping[int, Ref]) -> Ref:
        """``(x - y) ln(x / y)`` for the flows of one bath down and up one transition."""
        b, (upper, lower) = self.builder, (populations[label] for label in jump.edge)
        if flow == ZERO:
            return ZERO
        net, (channel, T) = (
            b.apply("abs", flow),
            (self._channel(jump, bath), self.temperatures[bath]),
        )
        least = b.apply("min", b.mul(channel.there, upper), b.mul(channel.back, lower))
        close = b.apply("log1p", b.apply("ratio", net, least))
        logs = (b.apply("log", b.apply("max", TINY, p)) for p in (upper, lower))
        far = b.apply("abs", b.add(b.apply("ratio", jump.frequency, T), b.sub(*logs)))
        affinity = b.apply("select", net, least, close, far)
        # a flow of zero times an infinite affinity is zero
        return b.apply("select", net, ZERO, ZERO, b.mul(net, affinity))

    def guards(self) -> list[Guard]:
        """Levels that share a neighbour must not coincide, else coherences join the populations."""
        found: dict[Ref, Guard] = {}
        for a, c in coupled_pairs([jump.edge for jump in self.jumps]):
            gap = self.eigensystem[a].exact_energy - self.eigensystem[c].exact_energy
            rule = f"levels {a} and {c} must not coincide: E_{a} - E_{c} = {gap.expr}"
            for ref in vanishing(self.expressions, gap):
                found.setdefault(ref, Guard(ref, rule, kind=GuardKind.LEVELS))
        return list(found.values())

    def single(self) -> Ref:
        """Zero where coherences between coinciding levels may not decay.

        Where one does not, the levels of every jump come in coinciding pairs, all along the graph,
        so that no level is alone; in particular not the lowest, as ``|0..0>`` is where all
        frequencies are positive, nor the one most unlike it.
        """
        b, levels = self.builder, list(self.eigensystem)
        width = b.mul(COINCIDENT, self.span())
        lowest = _extreme(b, "min", list(dict.fromkeys(jump.frequency for jump in self.jumps)))
        alone = [lowest] if self._downhill() else []
        for level in (self.eigensystem.empty, max(levels, key=lambda level: level.up)):
            gaps = (level.exact_energy - other.exact_energy for other in levels if other != level)
            sizes = [b.apply("abs", b.strip_sign(self.expressions.surd(gap))) for gap in gaps]
            alone.append(b.sub(_extreme(b, "min", sizes), width))
        return b.apply("max", _extreme(b, "max", alone), ZERO)

    def _downhill(self) -> bool:
        """Whether every level but ``|0..0>`` has a transition to a lower one."""
        left = {jump.transition.upper for jump in self.jumps}
        return left == {level.label for level in self.eigensystem} - {self.eigensystem.empty.label}

    def domains(self) -> list[Guard]:
        """Temperatures and kappa that are expressions lie in their domains, as plain names do."""
        guards: list[Guard] = []
        for bath in self.model.baths:
            ref = self.temperatures[bath.name]
            rule = (
                f"the temperature of bath {bath.name}, {as_expr(bath.temperature)}, must be >= 0, "
                f"0 or at least {SMALLEST_TEMPERATURE:g}, and at most {LARGEST_MAGNITUDE:g}"
            )
            guards.append(Guard(self._within(ref, as_expr(bath.temperature), zero=True), rule))
        kappa = as_expr(self.model.kappa)
        rule = f"the dissipation strength kappa, {kappa}, must be > 0"
        within = self._within(self.expressions.expr(kappa), kappa, zero=False)
        return [*guards, Guard(within, rule), *self._assumed()]

    def _assumed(self) -> list[Guard]:
        """Symbols keep to the signs that they assume and SymPy simplified by."""
        b, guards = self.builder, []
        for symbol in parameter_symbols(self.model):
            sign, x = assumed_sign(symbol), symbol.name
            if sign is None:
                continue
            no, yes = (ZERO, ONE) if sign in ("> 0", "< 0") else (ONE, ZERO)
            ends = (x, ZERO) if sign in ("> 0", "<= 0") else (ZERO, x)
            kept = x if sign == "!= 0" else b.apply("select", *ends, no, yes)
            guards.append(Guard(kept, f"the symbol {x} assumes {sign}"))
        return guards

    def _within(self, ref: Ref, expr: sp.Expr, *, zero: bool) -> Ref:
        """1 where a value lies in its domain, else 0; plain names are checked before."""
        b = self.builder
        if expr.is_Symbol:
            return ONE
        least = b.apply("select", Fraction(SMALLEST_TEMPERATURE), ref, ONE, ZERO)
        if zero:
            at_zero = b.apply("select", ZERO, ref, ONE, ZERO)
            least = b.apply("select", ref, ZERO, at_zero, least)
        return b.apply("select", ref, Fraction(LARGEST_MAGNITUDE), least, ZERO)

    def span(self) -> Ref:
        """An upper bound of the differences of energies: the sum of |B0|, 2|J|, 2|eta|, |Delta|."""
        b, chain = self.builder, self.model.chain
        pairing = [eta for eta in chain.eta if eta != 0]
        values = [*chain.fields, *chain.Delta, *chain.J, *chain.J, *pairing, *pairing]
        terms = Counter(map(as_expr, values))
        return b.sum(
            b.mul(Fraction(count), b.apply("abs", self.expressions.expr(value)))
            for value, count in terms.items()
        )

    def headroom(self) -> Ref:
        """Zero where rates between levels may leave double precision's range unnoticed.

        Where every transition costs energy upwards, each level has an emission rate out of it and
        what underflows is too small to be seen.  Elsewhere a level can be left by absorption alone;
        its rates stay representable while no energy difference exceeds 600 times the temperature
        (the hottest bath counts, on each transition).
        """
        b, span = self.builder, self.span()
        hottest = [
            _extreme(b, "max", [self.temperatures[name] for name in bath_names])
            for bath_names in dict.fromkeys(tuple(jump.bose) for jump in self.jumps)
        ]
        slack = b.sub(b.mul(RESOLVED, _extreme(b, "min", hottest)), span)
        # a power of a frequency keeps no more digits than the frequency
        sensitive = {
            jump.frequency: None
            for jump in self.jumps
            if any(
                bath.spectrum is not None and bath.name in jump.weights for bath in self.model.baths
            )
        }
        near = [b.sub(b.apply("abs", frequency), b.mul(SHARP, span)) for frequency in sensitive]
        lowest = _extreme(b, "min", list(dict.fromkeys(jump.frequency for jump in self.jumps)))
        room = _extreme(
            b, "min", [b.apply("max", slack, lowest), *self.densities.headroom(), *near]
        )
        for radicand in {
            r: None for level in self.eigensystem for r in level.exact_energy.radicands
        }:
            # a root below this is that of a number too small to be accurate
            root = self.expressions.root(self.eigensystem.field, radicand)
            room = b.apply("min", room, b.sub(root, SMALLEST_ROOT))
        return b.apply("max", room, ZERO)


def _extreme(builder: Builder, op: str, refs: Sequence[Ref]) -> Ref:
    found = refs[0]
    for ref in refs[1:]:
        found = builder.apply(op, found, ref)
    return found


def coupled_pairs(edges: Sequence[Edge]) -> list[Edge]:
    """Pairs of levels that share a neighbour.

    Examples
    --------
    >>> coupled_pairs([(3, 1), (4, 1), (2, 3), (2, 4)])
    [(2, 1), (4, 3)]
    """
    pairs: set[Edge] = set()
    labels = {label for edge in edges for label in edge}
    for middle in labels:
        around = {a + b - middle for a, b in edges if middle in (a, b)}
        pairs |= {(a, b) for a in around for b in around if a > b}
    return sorted(pairs)


def _content(transitions: Sequence[Transition]) -> Fraction:
    """The common rational factor of all squared matrix elements with one root at most."""
    factors = [
        fraction(transition.weights[name].as_coeff_Mul()[0])
        for transition in transitions
        for name, weight in transition.exact_weights.items()
        if weight and len(weight.radicands) < 2
    ]
    if not factors:
        return Fraction(1)
    numerator = gcd(*(abs(f.numerator) for f in factors))
    return Fraction(numerator, lcm(*(f.denominator for f in factors)))


LEVEL_OUTPUTS = frozenset({"energies", "capacity"})
"""Outputs that need no steady state."""


def derive_level_program(model: BatteryModel, eigensystem: Eigensystem) -> Program:
    """Write the outputs that need no steady state: :data:`LEVEL_OUTPUTS`.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> from symqb.derive import derive_eigensystem
    >>> model = xxz_model(2)
    >>> sorted(derive_level_program(model, derive_eigensystem(model)).outputs)
    ['capacity', 'energies']
    """
    writer = _Writer(model, eigensystem, ())
    outputs, guards = _level_outputs(writer)
    return writer.builder.build(outputs, [*writer.domains(), *guards])


def _level_outputs(writer: _Writer) -> tuple[dict[str, Output], list[Guard]]:
    b = writer.builder
    capacity = _extreme(b, "max", writer.above_empty())
    energies = tuple(writer.expressions.surd(level.exact_energy) for level in writer.eigensystem)
    margin = b.sub(capacity, b.mul(CANCELLED, writer.span()))
    # where it is exactly zero there is no charge, which another guard tells
    held = b.apply("select", capacity, ZERO, ONE, b.apply("max", margin, ZERO))
    guard = Guard(held, CANCELLED_RULE, ("capacity", "charge"), GuardKind.RANGE)
    return {"energies": energies, "capacity": capacity}, [guard]


def derive_program(
    model: BatteryModel,
    eigensystem: Eigensystem,
    transitions: Sequence[Transition],
    *,
    plain: bool = False,
) -> Program:
    """The battery's full program: parameters to every output of :func:`output_names`.

    Populations are computed from rates without their common prefactor (kappa drops out of them);
    every quantity that could cancel is arranged not to.

    Parameters
    ----------
    model : BatteryModel
    eigensystem : Eigensystem
    transitions : sequence of Transition
    plain : bool
        Write currents, entropy production and exergy as differences, a quarter of the steps, with
        guards where these lose their digits.  Of one bath they are zero, whichever way.

    Raises
    ------
    NoClosedFormError
        A bath whose spectral density is a Python function.
    SteadyStateError
        Levels that no bath connects.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> from symqb.derive import derive_eigensystem, derive_transitions
    >>> model = xxz_model(2)
    >>> eigensystem = derive_eigensystem(model)
    >>> program = derive_program(model, eigensystem, derive_transitions(model, eigensystem))
    >>> program.prune(["populations"]).operation_counts()["bose"]
    8
    """
    writer = _Writer(model, eigensystem, transitions)
    b = writer.builder
    labels = [level.label for level in eigensystem]
    order, elimination = _elimination(eigensystem, transitions)
    populations = writer.populations(elimination)
    heights = writer.above_empty()
    stored = b.sum(map(b.mul, populations, heights))
    levels, level_guards = _level_outputs(writer)
    write = _plain_balance if plain and len(model.baths) > 1 else _balance
    balance, guards = write(writer, order, dict(zip(labels, populations, strict=True)), heights)
    outputs: dict[str, Output] = {
        "energies": levels["energies"],
        "populations": populations,
        "stored_energy": stored,
        "capacity": levels["capacity"],
        "charge": b.div(stored, single(levels["capacity"])),
        "ergotropy": writer.ergotropy(heights, populations),
        **balance,
    }
    return b.build(outputs, [*_guards(writer, outputs), *guards, *level_guards])


def _named(model: BatteryModel, currents: Sequence[Ref]) -> dict[str, Ref]:
    names = (f"heat_current_{bath.name}" for bath in model.baths)
    return dict(zip(names, currents, strict=True))


def _balance(
    writer: _Writer, order: Sequence[int], populations: Mapping[int, Ref], heights: Sequence[Ref]
) -> tuple[dict[str, Ref], list[Guard]]:
    """Exergy, currents and entropy production free of cancellation, and their guards."""
    b, network = writer.builder, writer.network(order)
    excesses, flows = network.excesses(list(populations)), network.flows(populations)
    exergy, _ = writer.exergy(
        heights, list(populations.values()), [excesses[label] for label in populations]
    )
    currents = writer.heat_currents(lambda bath: writer.by_cycles(flows, bath))
    heats = _named(writer.model, [heat for heat, _ in currents.values()])
    moduli = [size for _, size in currents.values()]
    if len(heats) == 2:
        production = writer.of_two(next(iter(heats.values())))
    else:
        production = writer.entropy_production(flows, populations)
    guards = [
        Guard(_held(b, heat, size, CANCELLED), CANCELLED_RULE, (name,), GuardKind.RANGE)
        for (name, heat), size in zip(heats.items(), moduli, strict=True)
    ]
    return {"exergy": exergy, **heats, "entropy_production": production}, guards


def _plain_balance(
    writer: _Writer, order: Sequence[int], populations: Mapping[int, Ref], heights: Sequence[Ref]
) -> tuple[dict[str, Ref], list[Guard]]:
    """Exergy, currents and entropy production as differences, guarded where these cancel."""
    b = writer.builder
    exergy, lasting = writer.exergy(heights, list(populations.values()), None)
    currents = writer.heat_currents(lambda bath: writer.by_differences(populations, bath))
    heats = _named(writer.model, [heat for heat, _ in currents.values()])
    sums = dict(zip(heats, currents.values(), strict=True))
    if len(heats) == 2:
        first = next(iter(heats.values()))
        production, sums["entropy_production"] = writer.of_two(first), sums[next(iter(sums))]
    else:
        sums["entropy_production"] = writer.by_currents(list(currents.values()))
        production = sums["entropy_production"][0]
    guards = [Guard(lasting, CANCELLED_RULE, ("exergy",), GuardKind.RANGE)]
    for name, (value, size) in sums.items():
        guards.append(Guard(_held(b, value, size, LOST), CANCELLED_RULE, (name,), GuardKind.RANGE))
    return {"exergy": exergy, **heats, "entropy_production": production}, guards


def _guards(writer: _Writer, outputs: Mapping[str, Output]) -> list[Guard]:
    """Everything that must not vanish for the outputs to mean what they say."""
    b = writer.builder
    steady = tuple(name for name in outputs if name not in LEVEL_OUTPUTS)
    guards = writer.domains()
    guards += [replace(guard, outputs=steady) for guard in writer.densities.guards()]
    guards += [replace(guard, outputs=steady) for guard in writer.guards()]
    guards.append(Guard(writer.single(), SINGLE_RULE, steady, GuardKind.LEVELS))
    for total, moduli in writer.mixtures.cancelling():
        held = _held(b, total, moduli, CANCELLED)
        # by levels, not by range: only there is told what is exactly zero
        guards.append(Guard(held, ELEMENT_RULE, steady, GuardKind.LEVELS))
    capacity = single(outputs["capacity"])
    guards.append(Guard(capacity, CAPACITY_RULE, ("charge",), GuardKind.ABSENT))
    guards.append(Guard(writer.headroom(), UNDERFLOW_RULE, steady, GuardKind.RANGE))
    return guards


def _held(builder: Builder, total: Ref, moduli: Ref, share: Fraction) -> Ref:
    """Zero where a sum is below a share of its terms' moduli; 1 where all of these are zero."""
    b = builder
    excess = b.sub(b.apply("abs", b.strip_sign(total)), b.mul(share, moduli))
    return b.apply("select", moduli, ZERO, ONE, b.apply("max", excess, ZERO))


@dataclass(frozen=True)
class _Passive:
    """A level of the passive state: ``weight`` is Gibbs' without norm, theta the excess."""

    population: Ref
    height: Ref
    weight: Ref
    theta: Ref


def relative_entropy(
    builder: Builder, levels: Sequence[_Passive], logarithm: Ref, temperature: Ref
) -> Ref:
    """Write T times the sum of ``p ln(p/g) - p + g``, p proportional to ``g e^theta``.

    Parameters
    ----------
    builder : Builder
    levels : sequence of _Passive
        Every level with its population.
    logarithm : reference
        Of the norm of the Gibbs state.
    temperature : reference

    Returns
    -------
    reference
        Free energy above the Gibbs state's; no term of it is negative.

    Examples
    --------
    >>> b = Builder(("T",))
    >>> one = Fraction(1)
    >>> relative_entropy(b, [_Passive(one, Fraction(0), one, Fraction(0))], Fraction(0), "T")
    Fraction(0, 1)
    """
    b, writer = builder, FlowWriter(builder, ())
    norm = b.add(ONE, b.apply("expm1", logarithm))
    weights = [b.div(level.weight, norm) for level in levels]
    below, above = list[Ref](), list[Ref]()
    for level, g in zip(levels, weights, strict=True):
        grown, shrunk = writer.grown(level.theta), writer.shrunk(level.theta)
        below.append(b.apply("select", ZERO, level.theta, ZERO, b.mul(g, grown)))
        above.append(b.apply("select", ZERO, level.theta, b.mul(level.population, shrunk), ZERO))
    # p = g exp(theta - shift), and both add up to one
    shift = b.sub(b.apply("log1p", b.sum(below)), b.apply("log1p", b.neg(b.sum(above))))
    terms: list[Ref] = []
    for level, g in zip(levels, weights, strict=True):
        p = level.population
        log = b.add(b.apply("log", b.apply("max", TINY, p)), logarithm)
        away = b.add(b.mul(temperature, b.sub(log, ONE)), level.height)
        far = b.add(b.mul(p, away), b.mul(temperature, g))
        near = b.mul(b.mul(temperature, p), b.apply("divergence", b.sub(level.theta, shift)))
        ratio = b.apply("abs", b.add(log, b.mul(level.height, inverse(b, temperature))))
        terms.append(b.apply("select", ratio, Fraction(1, 8), near, far))
    return b.apply("max", b.sum(terms), ZERO)


def derive_rate_program(
    model: BatteryModel, eigensystem: Eigensystem, transitions: Sequence[Transition]
) -> Program:
    """What the rate equation needs: from the parameters to the rates and what they act on.

    Outputs: ``rates``, down and up for each transition in turn, all baths together; ``heights``,
    energies above ``|0..0>``; ``start``, the populations of ``|0..0>``.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> from symqb.derive import derive_eigensystem, derive_transitions
    >>> model = xxz_model(2)
    >>> eigensystem = derive_eigensystem(model)
    >>> program = derive_rate_program(model, eigensystem, derive_transitions(model, eigensystem))
    >>> len(program.outputs["rates"]), program.outputs["start"]
    (8, (Fraction(1, 1), Fraction(0, 1), Fraction(0, 1), Fraction(0, 1)))
    """
    writer = _Writer(model, eigensystem, transitions)
    b = writer.builder
    common = writer.prefactor
    rates = tuple(b.mul(common, rate) for jump in writer.jumps for rate in (jump.down, jump.up))
    empty = (0,) * eigensystem.spins
    start: list[Ref] = []
    for level in eigensystem:
        amplitude = level.amplitudes.get(empty)
        squared = amplitude * amplitude / level.norm if amplitude else None
        start.append(writer.expressions.weight(squared, Fraction(1)) if squared else ZERO)
    outputs = {"rates": rates, "heights": tuple(writer.above_empty()), "start": tuple(start)}
    return b.build(outputs, [*writer.domains(), *writer.guards(), *writer.densities.guards()])


def _elimination(
    eigensystem: Eigensystem, transitions: Sequence[Transition]
) -> tuple[tuple[int, ...], Program]:
    """An order of elimination and its program."""
    labels = [level.label for level in eigensystem]
    edges = [(t.upper, t.lower) for t in transitions]
    parts = connected_levels(labels, edges)
    if len(parts) > 1:
        shown = " and ".join(map(str, parts))
        raise SteadyStateError(
            f"the steady state is not unique: no bath connects levels {shown}; "
            "battery.steady_states(...) gives a basis of them; or couple a bath to more sites, or "
            "one that is not symmetric under reflection"
        )
    order = elimination_order(labels, edges, eigensystem.empty.label)
    return order, elimination_program(labels, edges, order)


def connected_levels(labels: Sequence[int], edges: Sequence[Edge]) -> list[list[int]]:
    """The sets of levels that transitions connect.

    Examples
    --------
    >>> connected_levels([1, 2, 3, 4], [(1, 4), (4, 2)])
    [[1, 2, 4], [3]]
    """
    part = {label: {label} for label in labels}
    for a, b in edges:
        joined = part[a] | part[b]
        for label in joined:
            part[label] = joined
    return sorted(map(sorted, {frozenset(members) for members in part.values()}))


def derive_steady_state(
    eigensystem: Eigensystem, transitions: Sequence[Transition], program: Program | None
) -> SteadyState:
    """The steady state of a battery from its levels, transitions and full program, if any."""
    labels = tuple(level.label for level in eigensystem)
    return SteadyState(
        labels,
        tuple(transitions),
        _elimination(eigensystem, transitions)[1],
        program.prune(["populations"]) if program else None,
    )
