"""Write energy and entropy of the steady state: ergotropy, exergy, currents, entropy production."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from symqb.derive.coincidence import COINCIDENT
from symqb.derive.flows import HALF, FlowWriter, Network
from symqb.derive.networks import sort_ascending_by, sort_descending_by
from symqb.derive.rate_writer import COARSE, Coupled, Jump, RateWriter, extreme
from symqb.derive.steady_state import Edge
from symqb.program import Builder, Guard, GuardKind, Ref
from symqb.program.builder import ONE, ZERO
from symqb.program.lower import inverse

CANCELLING = Fraction(1, 2**10)
"""Share of the sum of moduli below which exergy as a difference may lack the digits promised."""

CANCELLED = Fraction(1, 10**4)
"""Share of the sum of moduli below which a sum of net flows may lack the digits promised."""

LOST = Fraction(1, 10**3)
"""Share of the sum of moduli below which a difference of flows may lack the digits promised."""

ROUNDED = Fraction(1, 2**17)
"""Exergy over the sizes that are rounded on the way to it, below which it may be off by 1e-10."""

LARGEST_THETA = Fraction(500)
"""Excesses up to which no exponential on the way was held finite."""

EMPTY = Fraction(1, 10**250)

UNDERFLOW_RULE = "heat into a bath at T = 0 is too small for doubles"
CANCELLED_RULE = "terms of this sum nearly cancel, so that doubles lose its digits"

Flows = Mapping[Edge, Mapping[str, Ref]]
"""Net flows down every transition, by bath."""


class Balance:
    """Write what energies and populations, and the flows between levels, add up to.

    Parameters
    ----------
    writer : RateWriter
        Holds the program so far: rates, temperatures, prefactor.
    """

    def __init__(self, writer: RateWriter) -> None:
        self.writer, self.model, self.builder = writer, writer.model, writer.builder
        self.jumps, self.temperatures = writer.jumps, writer.temperatures

    def ergotropy(self, energies: Sequence[Ref], populations: Sequence[Ref]) -> Ref:
        """Write the ergotropy of Eqs. 16-17, of a level-diagonal state: the work of ordering it.

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
        excesses: Sequence[tuple[Ref, Ref]] | None,
    ) -> tuple[Ref, Ref]:
        """Write the exergy of Eq. 19: free energy of the passive state above the last bath's Gibbs.

        As :func:`relative_entropy`, for which the excesses of
        :meth:`symqb.derive.flows.Network.excesses` are needed; without them as energy and entropy.

        Returns
        -------
        pair of references
            The exergy, and what vanishes where it is lost in the rounding of its terms.
        """
        b, T = self.builder, self.temperatures[self.model.baths[-1].name]
        ordered, _ = sort_ascending_by(b, energies)
        theta, sizes = [x for x, _ in excesses or ()], [size for _, size in excesses or ()]
        keys = self._keys(energies, populations, theta) if excesses else populations
        carried = (populations, energies, theta, sizes) if excesses else (populations,)
        _, (passive, *before) = sort_descending_by(b, keys, *carried)
        heights = [b.sub(energy, ordered[0]) for energy in ordered]
        gibbs = [b.apply("boltzmann", h, T) for h in heights]
        logarithm = b.apply("log1p", b.sum(gibbs[1:]))
        if excesses:
            moved = [
                b.add(t, b.mul(b.sub(new, old), inverse(b, T)))
                for t, new, old in zip(before[1], ordered, before[0], strict=True)
            ]
            sizes = self._displaced(ordered, before[0], before[2], T)
            rows = zip(passive, heights, gibbs, moved, sizes, strict=True)
            levels = [_Passive(*row) for row in rows]
            found, lasting = relative_entropy(b, levels, logarithm, T)
            return found, b.apply("min", lasting, self._resolved(ordered, passive, T))
        energy = b.sum(b.mul(h, p) for h, p in zip(heights[1:], passive[1:], strict=True))
        entropy = b.mul(T, b.sum(b.apply("entropy", p) for p in passive))
        free = b.mul(T, logarithm)
        direct = b.sub(b.add(energy, free), entropy)
        # a population near one is rounded by as much as T is worth
        scale = b.mul(CANCELLING, b.sum([energy, free, entropy, T]))
        lasting = b.apply("select", scale, direct, ONE, ZERO)
        lasting = b.apply("min", lasting, self._resolved(ordered, passive, T))
        return b.apply("max", direct, ZERO), lasting

    def _resolved(self, ordered: Sequence[Ref], passive: Sequence[Ref], T: Ref) -> Ref:
        """Write what is 0 where the energies that are filled are lost in the rounding of all."""
        b = self.builder
        excited = b.sum(passive[1:])
        stored = b.sum(
            b.mul(b.sub(energy, ordered[0]), p)
            for energy, p in zip(ordered[1:], passive[1:], strict=True)
        )
        rounding = b.mul(COARSE, extreme(b, "max", [b.apply("abs", e) for e in ordered]))
        told = b.apply("max", b.sub(stored, b.mul(rounding, excited)), b.sub(T, rounding))
        return b.apply("select", excited, ZERO, ONE, b.apply("max", told, ZERO))

    def _displaced(
        self, ordered: Sequence[Ref], own: Sequence[Ref], sizes: Sequence[Ref], T: Ref
    ) -> list[Ref]:
        """Add to the sizes of excesses that of the energies, where levels are not in their place.

        Levels as close as rounding leaves energies may be in each other's.
        """
        b = self.builder
        span = extreme(b, "max", [b.apply("abs", energy) for energy in ordered])
        close = b.mul(COINCIDENT, span)
        gaps = [b.sub(high, low) for low, high in pairwise(ordered)]
        found = list[Ref]()
        for k, (new, old, size) in enumerate(zip(ordered, own, sizes, strict=True)):
            away = b.apply("abs", b.sub(new, old))
            nearest = extreme(b, "min", gaps[max(k - 1, 0) : k + 1])
            moved = b.apply(
                "select", nearest, close, span, b.apply("select", away, ZERO, ZERO, span)
            )
            found.append(b.add(size, b.mul(moved, inverse(b, T))))
        return found

    def _keys(
        self, energies: Sequence[Ref], populations: Sequence[Ref], excesses: Sequence[Ref]
    ) -> list[Ref]:
        """Write what orders populations: their logarithms, where these are close to each other."""
        b, T = self.builder, self.temperatures[self.model.baths[-1].name]
        logs = [
            b.sub(theta, b.mul(energy, inverse(b, T)))
            for theta, energy in zip(excesses, energies, strict=True)
        ]
        widest = extreme(b, "max", [b.apply("abs", log) for log in logs])
        # beyond, a logarithm is lost in its excess, and populations tell at least as well
        farthest = extreme(b, "max", [b.apply("abs", theta) for theta in excesses])
        widest = b.apply("select", farthest, LARGEST_THETA, widest, ONE)
        pairs = zip(logs, populations, strict=True)
        return [b.apply("select", widest, Fraction(1, 8), log, p) for log, p in pairs]

    def network(self, order: Sequence[int]) -> Network:
        """Build the channels of all transitions and baths, eliminated in order, for net flows."""
        names = [bath.name for bath in self.model.baths]
        temperatures = [self.temperatures[name] for name in names]
        flows = FlowWriter(self.builder, temperatures, self.writer.warmer)
        baths = {
            jump.edge: {name: self.writer.channel(jump, name) for name in jump.weights}
            for jump in self.jumps
        }
        totals = {jump.edge: (jump.down, jump.up) for jump in self.jumps}
        return Network(flows, baths, totals, order)

    def by_cycles(self, flows: Flows, bath: str) -> tuple[Ref, Ref]:
        """Sum the heat from one bath into the battery over its net flows, and the terms' moduli."""
        b, terms, moduli = self.builder, list[Ref](), list[Ref]()
        for jump in self.jumps:
            if bath in jump.weights:
                flow = flows[jump.edge][bath]
                taken = self.writer.taken(jump, bath)
                terms.append(b.mul(b.neg(taken), flow))
                size = b.apply("abs", b.strip_sign(flow))
                moduli.append(b.mul(self._size(taken, CANCELLED), size))
        return b.sum(terms), b.sum(moduli)

    def _size(self, taken: Ref, share: Fraction) -> Ref:
        """Write the modulus of a heat taken for a sum that must keep a share of its moduli.

        With that of its rounding, beside which the sum must be large as well.
        """
        b = self.builder
        size = b.apply("abs", b.strip_sign(taken))
        return b.add(size, b.mul(COARSE / share, self.writer.span()))

    def by_differences(self, populations: Mapping[int, Ref], bath: str) -> tuple[Ref, Ref]:
        """Sum the heat from one bath into the battery over flows both ways, and their moduli."""
        b, terms, moduli = self.builder, list[Ref](), list[Ref]()
        for jump in self.jumps:
            if bath in jump.weights:
                channel, (upper, lower) = self.writer.channel(jump, bath), jump.edge
                down = b.mul(channel.there, populations[upper])
                up = b.mul(channel.back, populations[lower])
                taken = self.writer.taken(jump, bath)
                terms.append(b.mul(taken, b.sub(up, down)))
                moduli.append(b.mul(self._size(taken, LOST), b.add(up, down)))
        return b.sum(terms), b.sum(moduli)

    def heat_currents(
        self, current: Callable[[str], tuple[Ref, Ref]]
    ) -> dict[str, tuple[Ref, Ref]]:
        """Write the heat current of every bath with its sum of moduli, in energy over time.

        Those of two baths add up to zero: the one whose terms cancel less stands for both.
        """
        b = self.builder
        found = {
            bath.name: tuple(b.mul(self.writer.prefactor, x) for x in current(bath.name))
            for bath in self.model.baths
        }
        if len(found) != 2:
            return {name: (heat, moduli) for name, (heat, moduli) in found.items()}
        (left, M), (right, N) = found.values()
        better = b.apply("select", M, N, left, b.neg(right))
        moduli = b.apply("min", M, N)
        return dict(zip(found, ((better, moduli), (b.neg(better), moduli)), strict=True))

    def by_currents(self, currents: Sequence[tuple[Ref, Ref]]) -> tuple[Ref, Ref]:
        """Sum the baths' heats over temperatures to the entropy production, and the moduli."""
        b, temperatures = self.builder, self.temperatures.values()
        terms = [
            b.apply("ratio", heat, T) for (heat, _), T in zip(currents, temperatures, strict=True)
        ]
        moduli = [b.apply("ratio", M, T) for (_, M), T in zip(currents, temperatures, strict=True)]
        return b.neg(b.sum(terms)), b.sum(moduli)

    def of_two(self, current: Ref) -> Ref:
        """Write the entropy production of two baths: the current times a difference of 1/T."""
        b, (T, S) = self.builder, self.temperatures.values()
        work = b.mul(current, self.writer.warmer(0, 1))
        return b.apply("max", b.apply("ratio", b.apply("ratio", work, T), S), ZERO)

    def entropy_production(self, flows: Flows, populations: Mapping[int, Ref]) -> Ref:
        """Sum ``(x - y) ln(x / y)`` over transitions and baths, x and y the flows down and up.

        No term is negative; each is exactly zero where its flow is.
        """
        b = self.builder
        terms = [
            self._dissipated(jump, name, flow, populations)
            for jump in self.jumps
            for name, flow in flows[jump.edge].items()
        ]
        return b.mul(self.writer.prefactor, b.sum(terms))

    def _dissipated(self, jump: Jump, bath: str, flow: Ref, populations: Mapping[int, Ref]) -> Ref:
        """Write ``(x - y) ln(x / y)`` for the flows of one bath down and up one transition."""
        b, (upper, lower) = self.builder, (populations[label] for label in jump.edge)
        if flow == ZERO:
            return ZERO
        net = b.apply("abs", flow)
        channel, T = self.writer.channel(jump, bath), self.temperatures[bath]
        least = b.apply("min", b.mul(channel.there, upper), b.mul(channel.back, lower))
        close = b.apply("log1p", b.apply("ratio", net, least))
        logs = (b.apply("log", b.apply("lifted", p)) for p in (upper, lower))
        far = b.apply("abs", b.add(b.apply("ratio", jump.frequency, T), b.sub(*logs)))
        affinity = b.apply("select", net, least, close, far)
        # a flow of zero times an infinite affinity is zero
        return b.apply("select", net, ZERO, ZERO, b.mul(net, affinity))


def _named(model: Coupled, currents: Sequence[Ref]) -> dict[str, Ref]:
    """Name the heat currents of all baths as outputs."""
    names = (f"heat_current_{bath.name}" for bath in model.baths)
    return dict(zip(names, currents, strict=True))


def balance_outputs(
    balance: Balance,
    order: Sequence[int],
    populations: Mapping[int, Ref],
    heights: Sequence[Ref],
    network: Network | None = None,
) -> tuple[dict[str, Ref], list[Guard]]:
    """Write exergy, currents and entropy production free of cancellation, and their guards.

    Parameters
    ----------
    balance : Balance
    order : sequence of int
        The levels in the order of elimination, but the one that is kept.
    populations : mapping
        Level to its steady population.
    heights : sequence of references
        Energies above ``|0..0>``, levels as in ``populations``.
    network : Network, optional
        That of :meth:`Balance.network`, if it is made already.
    """
    b, network = balance.builder, network or balance.network(order)
    excesses, flows = network.excesses(list(populations)), network.flows(populations)
    exergy, lasting = balance.exergy(
        heights, list(populations.values()), [excesses[label] for label in populations]
    )
    currents = balance.heat_currents(lambda bath: balance.by_cycles(flows, bath))
    heats = _named(balance.model, [heat for heat, _ in currents.values()])
    moduli = [size for _, size in currents.values()]
    if len(heats) == 2:
        production = balance.of_two(next(iter(heats.values())))
        sums = {
            name: (heat, size, CANCELLED)
            for (name, heat), size in zip(heats.items(), moduli, strict=True)
        }
        sums["entropy_production"] = next(iter(sums.values()))
    else:
        production = balance.entropy_production(flows, populations)
        sums = _among_several(balance, populations, {**heats, "entropy_production": production})
    guards = [
        Guard(keeps_digits(b, value, size, share), CANCELLED_RULE, (name,), GuardKind.RANGE)
        for name, (value, size, share) in sums.items()
    ]
    guards.append(Guard(lasting, CANCELLED_RULE, ("exergy",), GuardKind.RANGE))
    guards.append(_underflow(balance, currents))
    return {"exergy": exergy, **heats, "entropy_production": production}, guards


def _underflow(balance: Balance, currents: Mapping[str, tuple[Ref, Ref]]) -> Guard:
    """Guard entropy production where a bath at T = 0 takes up heat too small for doubles.

    However small, it makes an infinite production; none at all makes no production.
    """
    b = balance.builder
    kept = [
        b.apply("select", size, ZERO, balance.temperatures[name], ONE)
        for name, (_, size) in currents.items()
        if size != ZERO
    ]
    lasting = extreme(b, "min", kept or [ONE])
    return Guard(lasting, UNDERFLOW_RULE, ("entropy_production",), GuardKind.RANGE)


def _among_several(
    balance: Balance, populations: Mapping[int, Ref], values: Mapping[str, Ref]
) -> dict[str, tuple[Ref, Ref, Fraction]]:
    """Measure currents of three baths and more by their flows both ways.

    There several strong baths may drive one cycle against each other, of which net flows in doubles
    keep no more digits than differences do.
    """
    currents = [balance.by_differences(populations, bath.name) for bath in balance.model.baths]
    scaled = [tuple(balance.builder.mul(balance.writer.prefactor, x) for x in c) for c in currents]
    sizes = [size for _, size in scaled]
    _, production = balance.by_currents([(heat, size) for heat, size in scaled])
    pairs = zip(values.items(), [*sizes, production], strict=True)
    return {name: (value, size, LOST) for (name, value), size in pairs}


def plain_balance_outputs(
    balance: Balance, order: Sequence[int], populations: Mapping[int, Ref], heights: Sequence[Ref]
) -> tuple[dict[str, Ref], list[Guard]]:
    """Write exergy, currents and entropy production as differences, guarded where these cancel.

    Fewer steps than :func:`balance_outputs`, whose arguments it takes.
    """
    b = balance.builder
    exergy, lasting = balance.exergy(heights, list(populations.values()), None)
    currents = balance.heat_currents(lambda bath: balance.by_differences(populations, bath))
    heats = _named(balance.model, [heat for heat, _ in currents.values()])
    sums = dict(zip(heats, currents.values(), strict=True))
    if len(heats) == 2:
        first = next(iter(heats.values()))
        production, sums["entropy_production"] = balance.of_two(first), sums[next(iter(sums))]
    else:
        sums["entropy_production"] = balance.by_currents(list(currents.values()))
        production = sums["entropy_production"][0]
    guards = [Guard(lasting, CANCELLED_RULE, ("exergy",), GuardKind.RANGE)]
    for name, (value, size) in sums.items():
        guards.append(
            Guard(keeps_digits(b, value, size, LOST), CANCELLED_RULE, (name,), GuardKind.RANGE)
        )
    guards.append(_underflow(balance, currents))
    return {"exergy": exergy, **heats, "entropy_production": production}, guards


def keeps_digits(builder: Builder, total: Ref, moduli: Ref, share: Fraction) -> Ref:
    """Write what is 0 where a sum is below a share of its terms' moduli; 1 if all are 0."""
    b = builder
    excess = b.sub(b.apply("abs", b.strip_sign(total)), b.mul(share, moduli))
    return b.apply("select", moduli, ZERO, ONE, b.apply("max", excess, ZERO))


@dataclass(frozen=True)
class _Passive:
    """Hold a level of the passive state: ``weight`` is Gibbs' without norm, theta the excess.

    ``size`` is that of the terms of theta.
    """

    population: Ref
    height: Ref
    weight: Ref
    theta: Ref
    size: Ref = ZERO


def relative_entropy(
    builder: Builder, levels: Sequence[_Passive], logarithm: Ref, temperature: Ref
) -> tuple[Ref, Ref]:
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
    pair of references
        Free energy above the Gibbs state's, no term of which is negative; and what vanishes where
        the digits of the excesses are lost in their differences.

    Examples
    --------
    >>> from symqb.program import FloatArithmetic, run
    >>> b, one = Builder(("T",)), Fraction(1)
    >>> level = _Passive(one, Fraction(0), one, Fraction(0))
    >>> program = b.build({"exergy": relative_entropy(b, [level], Fraction(0), "T")[0]})
    >>> run(program, FloatArithmetic(), {"T": 2.0})
    {'exergy': 0.0}
    """
    b = builder
    norm = b.add(ONE, b.apply("expm1", logarithm))
    weights = [b.div(level.weight, norm) for level in levels]
    shift = _shift(b, levels, weights)
    # levels that are empty in doubles come in any order, and tell nothing
    widest = extreme(
        b,
        "max",
        [
            b.apply("select", level.population, EMPTY, ZERO, b.apply("abs", level.theta))
            for level in levels
        ],
    )
    known = b.apply("select", widest, LARGEST_THETA, ZERO, ONE)
    # the shift is a mean of the excesses, and rounded as they are
    widened = b.sum(
        b.mul(level.population, b.add(level.size, b.apply("abs", level.theta))) for level in levels
    )
    terms, lost = list[Ref](), list[Ref]()
    for level, g in zip(levels, weights, strict=True):
        p = level.population
        log = b.add(b.apply("log", b.apply("lifted", p)), logarithm)
        away = b.add(b.mul(temperature, b.sub(log, ONE)), level.height)
        far = b.add(b.mul(p, away), b.mul(temperature, g))
        apart = b.sub(level.theta, shift)
        near = b.mul(b.mul(temperature, p), b.apply("divergence", apart))
        sizes = b.add(b.add(level.size, b.apply("abs", level.theta)), widened)
        # an excess is rounded a few times on the way
        rounded = b.mul(b.mul(temperature, p), b.mul(b.apply("abs", apart), sizes))
        rounded = b.mul(Fraction(4), rounded)
        ratio = b.apply("abs", b.add(log, b.mul(level.height, inverse(b, temperature))))
        # where an excess was held finite, none of them tells anything
        distance = b.apply("max", ratio, known)
        terms.append(b.apply("select", distance, Fraction(1, 8), near, far))
        moved = b.mul(temperature, b.add(b.apply("abs", log), ONE))
        whole = b.add(b.mul(p, b.add(moved, level.height)), b.mul(temperature, g))
        lost.append(b.apply("select", distance, Fraction(1, 8), rounded, whole))
    total = b.apply("max", b.sum(terms), ZERO)
    return total, b.apply("select", b.mul(ROUNDED, b.sum(lost)), total, ONE, ZERO)


def _shift(builder: Builder, levels: Sequence[_Passive], weights: Sequence[Ref]) -> Ref:
    """Write the shift in ``p = g exp(theta - shift)``, for which both p and g add up to one.

    It is ``log(1 + below) - log(1 - above)``: what levels with theta < 0 lack of their g, and the
    others have beyond it in p.  Where either is half of one or more, all that is left of one is
    added up instead, each term positive, for the difference would have lost its digits.
    """
    b, writer = builder, FlowWriter(builder, ())
    below, above, left, rest = [list[Ref]() for _ in range(4)]
    for level, g in zip(levels, weights, strict=True):
        theta, p = level.theta, level.population
        below.append(b.apply("select", ZERO, theta, ZERO, b.mul(g, writer.grown(theta))))
        above.append(b.apply("select", ZERO, theta, b.mul(p, writer.shrunk(theta)), ZERO))
        shrinking = writer.exponential(b.neg(b.apply("abs", theta)))
        left.append(b.mul(g, b.apply("select", ZERO, theta, ONE, shrinking)))
        rest.append(b.mul(p, b.apply("select", ZERO, theta, shrinking, ONE)))

    def logarithm(change: Ref, whole: Ref) -> Ref:
        most = b.apply("log", b.apply("lifted", whole))
        return b.apply("select", b.apply("abs", change), HALF, b.apply("log1p", change), most)

    return b.sub(logarithm(b.sum(below), b.sum(left)), logarithm(b.neg(b.sum(above)), b.sum(rest)))
