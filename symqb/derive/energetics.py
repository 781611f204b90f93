"""From parameters to every output of the contract, as one straight-line program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm

from symqb.derive.eigensystem import Eigensystem
from symqb.derive.expression import ExpressionBuilder, fraction
from symqb.derive.hamiltonian import as_expr, parameter_symbols
from symqb.derive.mixtures import MixtureWriter
from symqb.derive.networks import sort_ascending_by, sort_descending
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
from symqb.program import Builder, Guard, Program, Ref, inline

ZERO = Fraction(0)

RESOLVED = Fraction(600)
"""Energy over temperature up to which rates and their products are normal doubles."""

SMALLEST_ROOT = Fraction(1, 10**140)

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
        """Eqs. 16-17 for a level-diagonal state: the work of putting populations in order."""
        b = self.builder
        ordered, carried = sort_ascending_by(b, energies, populations)
        passive = sort_descending(b, populations)
        # energies from the lowest level, differences of populations: exactly 0 when passive
        return b.sum(
            b.mul(b.sub(energy, ordered[0]), b.sub(p, q))
            for energy, p, q in zip(ordered[1:], carried[1:], passive[1:], strict=True)
        )

    def exergy(self, energies: Sequence[Ref], populations: Sequence[Ref]) -> Ref:
        """Eq. 19 with the last bath as reference: free energy of the passive state above Gibbs."""
        b, T = self.builder, self.temperatures[self.model.baths[-1].name]
        ordered, _ = sort_ascending_by(b, energies, populations)
        passive = sort_descending(b, populations)
        heights = [b.sub(energy, ordered[0]) for energy in ordered[1:]]
        energy = b.sum(b.mul(h, p) for h, p in zip(heights, passive[1:], strict=True))
        entropy = b.sum(b.apply("entropy", p) for p in passive)
        partition = b.sum([Fraction(1), *(b.apply("boltzmann", h, T) for h in heights)])
        free = b.mul(T, b.sub(b.apply("log", partition), entropy))
        return b.apply("max", b.add(energy, free), ZERO)

    def heat_current(self, bath: str, populations: dict[int, Ref]) -> Ref:
        """Heat from one bath into the battery, with its prefactor kappa."""
        b = self.builder
        flows: list[Ref] = []
        for jump in self.jumps:
            if bath not in jump.weights:
                continue
            upper = populations[jump.transition.upper]
            lower = populations[jump.transition.lower]
            thermal = b.mul(jump.bose[bath], b.sub(lower, upper))
            driven = b.add(b.mul(jump.negative, lower), b.mul(jump.positive, upper))
            flow = b.mul(jump.weights[bath], b.sub(thermal, driven))
            flows.append(b.mul(jump.frequency, flow))
        kappa = self.expressions.expr(as_expr(self.model.kappa))
        return b.mul(b.mul(kappa, self.content), b.sum(flows))

    def guards(self) -> list[Guard]:
        """Levels that share a neighbour must not coincide, else coherences join the populations."""
        found: dict[Ref, Guard] = {}
        for a, c in coupled_pairs([(t.upper, t.lower) for t in self.transitions]):
            gap = self.eigensystem[a].exact_energy - self.eigensystem[c].exact_energy
            ref = self.builder.strip_sign(self.expressions.stable(gap))
            rule = f"levels {a} and {c} must not coincide: E_{a} - E_{c} = {gap.expr}"
            found.setdefault(ref, Guard(ref, rule))
        return list(found.values())

    def headroom(self) -> Ref:
        """Zero where rates between levels may leave double precision's range unnoticed.

        Where every transition costs energy upwards, each level has an emission rate out of it and
        what underflows is too small to be seen.  Elsewhere a level can be left by absorption alone;
        its rates stay representable while no energy difference exceeds 600 times the temperature
        (the hottest bath counts, on each transition).
        """
        b, chain = self.builder, self.model.chain
        pairing = [eta for eta in chain.eta if eta != 0]
        terms = Counter([*chain.fields, *chain.Delta, *chain.J, *chain.J, *pairing, *pairing])
        # the energies span at most the sum of |B0|, 2|J|, 2|eta| and |Delta| over sites and bonds
        span = b.sum(
            b.mul(Fraction(count), b.apply("abs", self.expressions.expr(as_expr(value))))
            for value, count in terms.items()
        )
        hottest = [
            _extreme(b, "max", [self.temperatures[name] for name in bath_names])
            for bath_names in dict.fromkeys(tuple(jump.bose) for jump in self.jumps)
        ]
        slack = b.sub(b.mul(RESOLVED, _extreme(b, "min", hottest)), span)
        lowest = _extreme(b, "min", list(dict.fromkeys(jump.frequency for jump in self.jumps)))
        room = _extreme(b, "min", [b.apply("max", slack, lowest), *self.densities.headroom()])
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


def derive_program(
    model: BatteryModel, eigensystem: Eigensystem, transitions: Sequence[Transition]
) -> Program:
    """The battery's full program: parameters to every output of :func:`output_names`.

    Populations are computed from rates without their common prefactor (kappa drops out of them);
    every quantity that could cancel is arranged not to.

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
    populations = writer.populations(_elimination(eigensystem, transitions))
    heights = writer.above_empty()
    stored = b.sum(map(b.mul, populations, heights))
    capacity = heights[0]
    for height in heights[1:]:
        capacity = b.apply("max", capacity, height)
    by_label = dict(zip(labels, populations, strict=True))
    currents = {
        f"heat_current_{bath.name}": writer.heat_current(bath.name, by_label)
        for bath in model.baths
    }
    production = b.neg(
        b.sum(
            b.apply("ratio", current, writer.temperatures[bath.name])
            for current, bath in zip(currents.values(), model.baths, strict=True)
        )
    )
    outputs = {
        "energies": tuple(writer.expressions.surd(level.exact_energy) for level in eigensystem),
        "populations": populations,
        "stored_energy": stored,
        "capacity": capacity,
        "charge": b.div(stored, capacity),
        "ergotropy": writer.ergotropy(heights, populations),
        "exergy": writer.exergy(heights, populations),
        **currents,
        "entropy_production": production,
    }
    guards = writer.guards()
    guards.append(
        Guard(capacity, "capacity must be positive: |0..0> is the top level", ("charge",))
    )
    steady = tuple(name for name in outputs if name not in ("energies", "capacity"))
    guards += [replace(guard, outputs=steady) for guard in writer.densities.guards()]
    guards.append(Guard(writer.headroom(), UNDERFLOW_RULE, steady))
    return b.build(outputs, guards)


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
    common = b.mul(writer.expressions.expr(as_expr(model.kappa)), writer.content)
    rates = tuple(b.mul(common, rate) for jump in writer.jumps for rate in (jump.down, jump.up))
    empty = (0,) * eigensystem.spins
    start: list[Ref] = []
    for level in eigensystem:
        amplitude = level.amplitudes.get(empty)
        squared = amplitude * amplitude / level.norm if amplitude else None
        start.append(writer.expressions.weight(squared, Fraction(1)) if squared else ZERO)
    outputs = {"rates": rates, "heights": tuple(writer.above_empty()), "start": tuple(start)}
    return b.build(outputs, [*writer.guards(), *writer.densities.guards()])


def _elimination(eigensystem: Eigensystem, transitions: Sequence[Transition]) -> Program:
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
    return elimination_program(labels, edges, order)


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
        _elimination(eigensystem, transitions),
        program.prune(["populations"]) if program else None,
    )
