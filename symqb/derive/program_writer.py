"""Write the parts of a battery's program: rates, populations, and what guards them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import gcd, lcm

import sympy as sp

from symqb.derive.coincidence import COINCIDENT, vanishing
from symqb.derive.eigensystem import Eigensystem
from symqb.derive.expression import ExpressionBuilder, fraction
from symqb.derive.flows import Channel
from symqb.derive.hamiltonian import as_expr, parameter_symbols
from symqb.derive.mixtures import MixtureWriter
from symqb.derive.spectra import DensityWriter
from symqb.derive.steady_state import Edge, rate_name
from symqb.derive.transitions import Transition
from symqb.models import BatteryModel
from symqb.models.assumed import assumed_sign
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Builder, Guard, GuardKind, Program, Ref, inline
from symqb.program.builder import ONE, ZERO

RESOLVED = Fraction(600)
"""Energy over temperature up to which rates and their products are normal doubles."""

SHARP = Fraction(1, 2**9)
"""A frequency over the span of energies below which its powers lose digits that are promised."""

BLURRED = Fraction(1, 2**14)
"""A difference over the moduli of its rounded terms below which it may be off by 1e-11."""

COARSE = Fraction(1, 2**18)
"""A frequency over the span of energies below which it may be off by 1e-10."""

ROUNDING = Fraction(1, 2**50)
"""A frequency over the span of energies that rounding alone may make."""

SMALLEST_ROOT = Fraction(1, 10**140)


@dataclass
class Jump:
    """Hold one transition's quantities inside the program, rates without their common prefactor.

    ``positive`` and ``negative`` are the frequency where it has that sign, else 0; ``weights`` and
    ``bose`` stand by bath.
    """

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
        """Name the pair of levels, the upper first."""
        return self.transition.upper, self.transition.lower


class ProgramWriter:
    """Write a battery's program; one method a quantity."""

    def __init__(
        self, model: BatteryModel, eigensystem: Eigensystem, transitions: Sequence[Transition]
    ) -> None:
        self.model, self.eigensystem, self.transitions = model, eigensystem, transitions
        self.builder = Builder(tuple(map(str, parameter_symbols(model))))
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

    def _jump(self, transition: Transition) -> Jump:
        """Write one transition's rates, finite and smooth at frequency and temperature zero."""
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
        return Jump(
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
        """Write a squared matrix element over the common factor of all."""
        weight = transition.exact_weights[bath]
        if len(weight.radicands) < 2:
            return self.expressions.weight(weight, 1 / self.content)
        whole = self.mixtures.weight(transition.upper, transition.lower, bath)
        return self.builder.mul(1 / self.content, whole)

    def populations(self, elimination: Program) -> tuple[Ref, ...]:
        """Write the steady populations: the elimination with the rates put in."""
        bindings: dict[str, Ref] = {}
        for jump in self.jumps:
            upper, lower = jump.transition.upper, jump.transition.lower
            bindings[rate_name(upper, lower)] = jump.down
            bindings[rate_name(lower, upper)] = jump.up
        populations = inline(self.builder, elimination, bindings)["populations"]
        return populations if isinstance(populations, tuple) else (populations,)

    def above_empty(self) -> list[Ref]:
        """Write the energies of all levels above ``|0..0>``."""
        empty = self.eigensystem.empty_energy
        return [self.expressions.surd(level.exact_energy - empty) for level in self.eigensystem]

    def channel(self, jump: Jump, bath: str) -> Channel:
        """Write what one bath drives down a transition, and back."""
        b, weight, bose = self.builder, jump.weights[bath], jump.bose[bath]
        heats = (jump.frequency if other.name == bath else ZERO for other in self.model.baths)
        down = b.mul(weight, b.add(bose, jump.positive))
        return Channel(down, b.mul(weight, b.sub(bose, jump.negative)), tuple(heats))

    @cached_property
    def prefactor(self) -> Ref:
        """Write what all rates were divided by: kappa times the matrix elements' common factor."""
        return self.builder.mul(self.expressions.expr(as_expr(self.model.kappa)), self.content)

    def guards(self) -> list[Guard]:
        """Guard against coinciding levels that share a neighbour, where coherences come in."""
        found: dict[Ref, Guard] = {}
        for a, c in coupled_pairs([jump.edge for jump in self.jumps]):
            gap = self.eigensystem[a].exact_energy - self.eigensystem[c].exact_energy
            rule = f"levels {a} and {c} must not coincide: E_{a} - E_{c} = {gap.expr}"
            for ref in vanishing(self.expressions, gap):
                found.setdefault(ref, Guard(ref, rule, kind=GuardKind.LEVELS))
        return list(found.values())

    def single(self) -> Ref:
        """Write what is zero where coherences between coinciding levels may not decay.

        Where one does not, the levels of every jump come in coinciding pairs, all along the graph,
        so that no level is alone; in particular not the lowest, as ``|0..0>`` is where all
        frequencies are positive, nor the one most unlike it.
        """
        b, levels = self.builder, list(self.eigensystem)
        width = b.mul(COINCIDENT, self.span())
        lowest = extreme(b, "min", list(dict.fromkeys(jump.frequency for jump in self.jumps)))
        alone = [lowest] if self._downhill() else []
        for level in (self.eigensystem.empty, max(levels, key=lambda level: level.up)):
            gaps = (level.exact_energy - other.exact_energy for other in levels if other != level)
            sizes = [b.apply("abs", b.strip_sign(self.expressions.surd(gap))) for gap in gaps]
            alone.append(b.sub(extreme(b, "min", sizes), width))
        return b.apply("max", extreme(b, "max", alone), ZERO)

    def _downhill(self) -> bool:
        """Tell whether every level but ``|0..0>`` has a transition to a lower one."""
        left = {jump.transition.upper for jump in self.jumps}
        return left == {level.label for level in self.eigensystem} - {self.eigensystem.empty.label}

    def domains(self) -> list[Guard]:
        """Guard the domains of temperatures and kappa that are expressions, as plain names' are."""
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
        """Guard the signs that symbols assume and SymPy simplified by."""
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

    def warmer(self, nu: int, mu: int) -> Ref:
        """Write how far bath number ``nu`` is above bath ``mu`` in temperature."""
        return self.expressions.expr(self._warmer(nu, mu))

    def _warmer(self, nu: int, mu: int) -> sp.Expr:
        """Subtract two temperatures as expressions, so that what they share is gone."""
        T, S = (as_expr(self.model.baths[k].temperature) for k in (nu, mu))
        # expanded, what two expressions share drops out: T_M + dT/2 is above T_M - dT/2 by dT
        return T - S if T.is_Atom and S.is_Atom else sp.expand(T - S)

    def blurred(self) -> list[Ref]:
        """Write what is zero where a difference of temperatures is lost in its terms' rounding.

        A difference of two parameters is not: these are exact.
        """
        found: list[Ref] = []
        for nu, mu in combinations(range(len(self.model.baths)), 2):
            terms = sp.Add.make_args(self._warmer(nu, mu))
            if len(terms) < 2 or (len(terms) == 2 and all(_exact(term) for term in terms)):
                continue
            b = self.builder
            sizes = b.sum(b.apply("abs", b.strip_sign(self.expressions.expr(t))) for t in terms)
            size = b.apply("abs", b.strip_sign(self.warmer(nu, mu)))
            found.append(b.apply("max", b.sub(size, b.mul(BLURRED, sizes)), ZERO))
        return found

    def _within(self, ref: Ref, expr: sp.Expr, *, zero: bool) -> Ref:
        """Write 1 where a value lies in its domain, else 0; plain names are checked before."""
        b = self.builder
        if expr.is_Symbol:
            return ONE
        least = b.apply("select", Fraction(SMALLEST_TEMPERATURE), ref, ONE, ZERO)
        if zero:
            at_zero = b.apply("select", ZERO, ref, ONE, ZERO)
            least = b.apply("select", ref, ZERO, at_zero, least)
        return b.apply("select", ref, Fraction(LARGEST_MAGNITUDE), least, ZERO)

    def span(self) -> Ref:
        """Bound all differences of energies, by the sum of |B0|, 2|J|, 2|eta|, |Delta|."""
        b, chain = self.builder, self.model.chain
        pairing = [eta for eta in chain.eta if eta != 0]
        values = [*chain.fields, *chain.Delta, *chain.J, *chain.J, *pairing, *pairing]
        terms = Counter(map(as_expr, values))
        return b.sum(
            b.mul(Fraction(count), b.apply("abs", self.expressions.expr(value)))
            for value, count in terms.items()
        )

    def resolved(self) -> Ref:
        """Write what is 0 where some frequency is next to nothing, but not nothing.

        It keeps no more digits than rounding leaves of the energies it is the difference of.  One
        that is rounding alone is none.
        """
        b, span = self.builder, self.span()
        sizes = [b.apply("abs", f) for f in dict.fromkeys(jump.frequency for jump in self.jumps)]
        rounding = b.mul(ROUNDING, span)
        lowest = extreme(b, "min", [b.apply("select", s, rounding, span, s) for s in sizes])
        excess = b.sub(lowest, b.mul(COARSE, span))
        return b.apply("select", span, ZERO, ONE, b.apply("max", excess, ZERO))

    def unfrozen(self) -> Ref:
        """Write what is 0 where a transition is driven by such a frequency alone.

        As it is by baths far below it, in proportion to the frequency.
        """
        b = self.builder
        rounding = b.mul(COARSE, self.span())
        kept = []
        for jump in self.jumps:
            weight = b.sum(jump.weights.values())
            # the faster of the two: a rate upwards may be small at any frequency
            faster = b.apply("max", jump.down, jump.up)
            excess = b.apply("max", b.sub(faster, b.mul(rounding, weight)), ZERO)
            # neither a frequency of exactly zero is lost, nor what no bath drives
            driven = b.mul(weight, b.apply("abs", jump.frequency))
            kept.append(b.apply("select", driven, ZERO, ONE, excess))
        return extreme(b, "min", kept)

    def headroom(self) -> Ref:
        """Write what is 0 where rates between levels may leave double precision's range unnoticed.

        Where every transition costs energy upwards, each level has an emission rate out of it and
        what underflows is too small to be seen.  Elsewhere a level can be left by absorption alone;
        its rates stay representable while no energy difference exceeds 600 times the temperature
        (the hottest bath counts, on each transition).
        """
        b, span = self.builder, self.span()
        hottest = [
            extreme(b, "max", [self.temperatures[name] for name in bath_names])
            for bath_names in dict.fromkeys(tuple(jump.bose) for jump in self.jumps)
        ]
        slack = b.sub(b.mul(RESOLVED, extreme(b, "min", hottest)), span)
        # a power of a frequency keeps no more digits than the frequency
        sensitive = {
            jump.frequency: None
            for jump in self.jumps
            if any(
                bath.spectrum is not None and bath.name in jump.weights for bath in self.model.baths
            )
        }
        near = [b.sub(b.apply("abs", frequency), b.mul(SHARP, span)) for frequency in sensitive]
        lowest = extreme(b, "min", list(dict.fromkeys(jump.frequency for jump in self.jumps)))
        room = extreme(b, "min", [b.apply("max", slack, lowest), *self.densities.headroom(), *near])
        for radicand in {
            r: None for level in self.eigensystem for r in level.exact_energy.radicands
        }:
            # a root below this is that of a number too small to be accurate
            root = self.expressions.root(self.eigensystem.field, radicand)
            room = b.apply("min", room, b.sub(root, SMALLEST_ROOT))
        return b.apply("max", room, ZERO)


def extreme(builder: Builder, op: str, refs: Sequence[Ref]) -> Ref:
    """Write the smallest or largest of some values, as ``op`` is "min" or "max"."""
    found = refs[0]
    for ref in refs[1:]:
        found = builder.apply(op, found, ref)
    return found


def _exact(term: sp.Expr) -> bool:
    """Tell whether a term is not rounded: a double, or a parameter, a power of two times."""
    coefficient, rest = term.as_coeff_Mul()
    number = Fraction(int(coefficient.p), int(coefficient.q))
    if not rest.is_Symbol:
        return bool(rest == 1 and Fraction(float(number)) == number)
    return all(n & (n - 1) == 0 for n in (abs(number.numerator), number.denominator))


def coupled_pairs(edges: Sequence[Edge]) -> list[Edge]:
    """Find the pairs of levels that share a neighbour.

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
    """Find the common rational factor of all squared matrix elements with one root at most."""
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
