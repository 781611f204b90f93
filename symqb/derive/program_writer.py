"""Write the parts of a battery's program that are a chain's: energies and matrix elements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm

from symqb.derive.coincidence import COINCIDENT, vanishing
from symqb.derive.eigensystem import Eigensystem
from symqb.derive.expression import ExpressionBuilder, fraction
from symqb.derive.hamiltonian import as_expr, parameter_symbols
from symqb.derive.mixtures import MixtureWriter
from symqb.derive.rate_writer import Jump, RateWriter, extreme
from symqb.derive.spectra import DensityWriter
from symqb.derive.steady_state import Edge
from symqb.derive.transitions import Transition
from symqb.models import BatteryModel
from symqb.program import Builder, Guard, GuardKind, Ref
from symqb.program.builder import ZERO


class ProgramWriter(RateWriter):
    """Write a battery's program; one method a quantity."""

    model: BatteryModel

    def __init__(
        self, model: BatteryModel, eigensystem: Eigensystem, transitions: Sequence[Transition]
    ) -> None:
        self.model, self.eigensystem, self.transitions = model, eigensystem, transitions
        self.symbols = parameter_symbols(model)
        self.builder = Builder(tuple(map(str, self.symbols)))
        self.expressions = ExpressionBuilder(self.builder)
        self.expressions.know_squares(
            eigensystem.field,
            [(m.half, m.right, m.left) for m in (level.mixing for level in eigensystem) if m],
        )
        self.content = common_content(transitions)
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

    def above_empty(self) -> list[Ref]:
        """Write the energies of all levels above ``|0..0>``."""
        empty = self.eigensystem.empty_energy
        return [self.expressions.surd(level.exact_energy - empty) for level in self.eigensystem]

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

    def roots(self) -> list[Ref]:
        """Write the square roots in the energies."""
        radicands = {r: None for level in self.eigensystem for r in level.exact_energy.radicands}
        return [self.expressions.root(self.eigensystem.field, radicand) for radicand in radicands]


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


def common_content(transitions: Sequence[Transition]) -> Fraction:
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
