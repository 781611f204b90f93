"""Write the parts of a program that are a general system's: energies, elements, rates of any bath.

Numbers that are sums are kept beside the sum of the moduli of their terms, so that what may be
lost in their rounding is guarded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import sympy as sp

from symqb.derive.coincidence import COINCIDENT
from symqb.derive.expression import ExpressionBuilder
from symqb.derive.hamiltonian import as_expr
from symqb.derive.rate_expressions import LARGEST_TERMS, RateBuilder
from symqb.derive.rate_writer import COARSE, Jump, RateWriter, extreme
from symqb.derive.spectra import DensityWriter
from symqb.derive.system_domains import domain_guards
from symqb.derive.system_levels import Energy, SystemEigensystem, SystemLevel
from symqb.derive.system_transitions import SystemTransition, SystemTransitions
from symqb.models import Bath
from symqb.models.operators import parts
from symqb.models.spectra import is_formula
from symqb.models.system import System
from symqb.program import Builder, Guard, GuardKind, Ref
from symqb.program.builder import ONE, ZERO


def system_symbols(system: System) -> tuple[sp.Symbol, ...]:
    """List the parameters of a system in a fixed order: H, couplings, temperatures, kappa."""
    found: dict[sp.Symbol, None] = {}
    for value in system.values():
        for symbol in sorted(as_expr(value).free_symbols, key=str):
            found.setdefault(symbol)
    return tuple(found)


def has_bose_factor(bath: Bath) -> bool:
    """Tell whether a bath's rates are those of bosons in equilibrium, without particles."""
    return bath.statistics == "boson" and bath.mu == 0 and bath.occupation is None


def exchanges_particles(bath: Bath) -> bool:
    """Tell whether particles flow between a bath and the system."""
    return bath.statistics == "fermion" or bath.mu != 0


@dataclass(frozen=True)
class Number:
    """A complex number in a program, and the size of the terms that it is the sum of."""

    re: Ref
    im: Ref
    size: Ref


class SystemWriter(RateWriter):
    """Write a system's program; one method a quantity.

    Parameters
    ----------
    system : System
    levels : SystemEigensystem
    transitions : SystemTransitions
    """

    model: System
    expressions: RateBuilder

    def __init__(
        self, system: System, levels: SystemEigensystem, transitions: SystemTransitions
    ) -> None:
        self.model, self.levels, self.transitions = system, levels, transitions
        self.symbols = system_symbols(system)
        self.builder = Builder(tuple(map(str, self.symbols)))
        self.expressions = RateBuilder(self.builder)
        self._plain = ExpressionBuilder(self.builder)
        self.content = Fraction(1)
        self._baths = {bath.name: bath for bath in system.baths}
        self.temperatures = {
            name: self._plain.expr(as_expr(bath.temperature)) for name, bath in self._baths.items()
        }
        bosons = {n: b for n, b in self._baths.items() if b.statistics == "boson"}
        self.densities = DensityWriter(bosons, self.expressions)
        self.domain: list[Guard] = []
        self._sums: dict[Ref, Ref] = {}
        self._elements: dict[Ref, Ref] = {}
        self._linear: dict[sp.Expr, tuple[Ref, Ref]] = {}
        self._amplitudes: dict[int, tuple[tuple[Number, ...], Ref]] = {}
        self._roots = self._written_roots()
        self.jumps = [self._jump(transition) for transition in transitions]

    def linear(self, expr: sp.Expr) -> tuple[Ref, Ref]:
        """Write a sum term by term; give it and the sum of its terms' moduli."""
        if expr not in self._linear:
            b, expanded = self.builder, sp.expand(expr)
            total: Ref = ZERO
            sizes: Ref = ZERO
            negative = list[Ref]()
            for term in expanded.as_ordered_terms():
                minus = term.as_coeff_Mul()[0] < 0
                ref = self.expressions.expr(-term if minus else term)
                sizes = b.add(sizes, b.apply("abs", b.strip_sign(ref)))
                if minus:
                    negative.append(ref)
                else:
                    total = b.add(total, ref)
            for ref in negative:
                total = b.sub(total, ref)
            self._linear[expr] = total, sizes
        return self._linear[expr]

    def number(self, entry: sp.Expr) -> Number:
        """Write a complex expression."""
        (re, size), (im, other) = map(self.linear, parts(entry))
        return Number(re, im, self.builder.add(size, other))

    # ------------------------------------------------------------------------------------ energies

    def _written_roots(self) -> dict[sp.Expr, Ref]:
        found: dict[sp.Expr, Ref] = {}
        for level in self.levels:
            for radicand, factor in level.exact_energy.roots.items():
                if radicand not in found:
                    found[radicand] = self._root(level, radicand, abs(factor))
        return found

    def _root(self, level: SystemLevel, radicand: sp.Expr, factor: sp.Rational) -> Ref:
        """Write a square root: that of a block of two as one of a sum of squares."""
        b = self.builder
        if len(level.block.basis) > 2:
            value, sizes = self.linear(radicand)
            self._keep(value, sizes)
            return b.apply("sqrt", value)
        size = self._pair(level)[2]
        return b.mul(size, Fraction(int(factor.q), int(factor.p)))

    def _pair(self, level: SystemLevel) -> tuple[Ref, Number, Ref, Fraction]:
        """Write h, b and r of a block of two, and by what b back differs from b's conjugate."""
        b, (first, second) = self.builder, level.block.norms
        (a, right), (_, c) = level.block.matrix.tolist()
        half, moduli = self.linear(sp.expand((a - c) / 2))
        strength, share = self.number(right), Fraction(first, second)
        squared = b.mul(self._square(strength), share)
        root = b.apply("sqrt", b.add(b.mul(half, half), squared))
        rounded = moduli if _is_sum((a - c) / 2) else ZERO
        if _is_sum(right):
            rounded = b.add(rounded, strength.size)
        if rounded != ZERO:
            self._sums[root] = b.mul(COARSE * 1000, rounded)
        return half, strength, root, share

    def energy(self, energy: Energy) -> Ref:
        """Write an energy, or a difference of two."""
        b = self.builder
        total = self.linear(energy.rational)[0]
        for radicand, factor in energy.roots.items():
            part = b.mul(Fraction(int(abs(factor.p)), int(factor.q)), self._roots[radicand])
            total = b.add(total, part) if factor > 0 else b.sub(total, part)
        return total

    def gap(self, upper: int, lower: int) -> Ref:
        """Write the difference of two levels' energies, what they share left out."""
        one, other = (self.levels[label].exact_energy for label in (upper, lower))
        return self.energy(one - other)

    def roots(self) -> list[Ref]:
        """Write the square roots in the energies."""
        return [ref for ref in self._roots.values() if isinstance(ref, str)]

    @cached_property
    def _span(self) -> Ref:
        most: dict[sp.Expr, sp.Rational] = {}
        for row in range(self.model.size):
            here: dict[sp.Expr, sp.Rational] = {}
            for entry in self.model.H.row(row):
                for part in parts(entry):
                    for term in sp.Add.make_args(sp.expand(part)):
                        factor, monomial = term.as_coeff_Mul()
                        here[monomial] = here.get(monomial, sp.S.Zero) + abs(factor)
            for monomial, factor in here.items():
                most[monomial] = max(most.get(monomial, sp.S.Zero), factor)
        for bath in self.model.baths:
            if exchanges_particles(bath):
                mu = as_expr(bath.mu)
                most[mu] = most.get(mu, sp.S.Zero) + 1
        b, found = self.builder, list[Ref]()
        for monomial, factor in most.items():
            if factor and monomial != 0:
                size = b.apply("abs", b.strip_sign(self.expressions.expr(monomial)))
                found.append(b.mul(_ratio(2 * factor), size))
        return b.sum(found)

    def span(self) -> Ref:
        """Bound all differences of energies by the sum of moduli of the terms of H."""
        return self._span

    # ------------------------------------------------------------------------------------ elements

    def _square(self, number: Number) -> Ref:
        b = self.builder
        return b.add(b.mul(number.re, number.re), b.mul(number.im, number.im))

    def _times(self, x: Number, y: Number, *, conjugate: bool = False) -> Number:
        """Write x y, or the conjugate of x times y."""
        b = self.builder
        re = (b.mul(x.re, y.re), b.mul(x.im, y.im))
        im = (b.mul(x.re, y.im), b.mul(x.im, y.re))
        size = b.mul(x.size, y.size)
        if conjugate:
            return Number(b.add(*re), b.sub(*im), size)
        return Number(b.sub(*re), b.add(*im), size)

    def _real(self, ref: Ref) -> Number:
        return Number(ref, ZERO, self.builder.apply("abs", self.builder.strip_sign(ref)))

    def amplitudes(self, label: int) -> tuple[tuple[Number, ...], Ref]:
        """Write the amplitudes of a level over its block's combinations, and their squared norm."""
        if label not in self._amplitudes:
            level, b = self.levels[label], self.builder
            mixed = len(level.block.basis) == 2 and level.branch
            found = self._mixed(level) if mixed else tuple(map(self.number, level.amplitudes))
            pairs = zip(found, level.block.norms, strict=True)
            norm = b.sum(b.mul(self._square(x), Fraction(n)) for x, n in pairs)
            if len(level.block.basis) > 2:
                sizes = b.sum(b.mul(x.size, x.size) for x in found)
                self._elements[norm] = sizes
            self._amplitudes[label] = found, norm
        return self._amplitudes[label]

    def _mixed(self, level: SystemLevel) -> tuple[Number, Number]:
        r"""Write the amplitudes of a level of a block of two, without cancellation.

        ``(b, |h| + r)`` or ``(|h| + r, c)`` as h < 0 or h >= 0 on the upper branch, and those of
        the other sign of h, one negative, on the lower.
        """
        b = self.builder
        half, right, root, share = self._pair(level)
        back = Number(b.mul(right.re, share), b.neg(b.mul(right.im, share)), right.size)
        large = b.add(b.apply("abs", b.strip_sign(half)), root)

        def chosen(x: Number, y: Number) -> Number:
            fields = ((x.re, y.re), (x.im, y.im), (x.size, y.size))
            return Number(*(u if u == v else b.by_sign(half, v, u) for u, v in fields))

        if level.branch > 0:
            up = self._real(large)
            return chosen(right, up), chosen(up, back)
        down = Number(b.neg(large), ZERO, large)
        return chosen(down, right), chosen(back, down)

    def element(self, upper: int, operator: sp.ImmutableMatrix, lower: int) -> Number:
        """Write the matrix element of an operator between amplitudes, not normalised."""
        left, right = self.levels[upper], self.levels[lower]
        (bra, _), (ket, _) = self.amplitudes(upper), self.amplitudes(lower)
        b, terms, entries = self.builder, list[Number](), operator.todok()
        for x, row in zip(bra, left.block.basis, strict=True):
            for y, column in zip(ket, right.block.basis, strict=True):
                places = [(i, j) for i in row for j in column if (i, j) in entries]
                middle = sp.expand(sp.Add(*(row[i] * column[j] * entries[i, j] for i, j in places)))
                if middle != 0:
                    term = self._times(self.number(middle), y)
                    terms.append(self._times(x, term, conjugate=True))
        found = Number(*(b.sum(getattr(t, f) for t in terms) for f in ("re", "im", "size")))
        if len(terms) > 1 or any(map(_is_sum, entries.values())):
            # compared as squares, as the parts may vanish one by one
            self._elements[self._square(found)] = b.mul(found.size, found.size)
        return found

    def _weight(self, transition: SystemTransition, bath: str) -> Ref:
        """Write the squared matrix element of a bath, times its own strength if it has one."""
        b, upper, lower = self.builder, transition.upper, transition.lower
        if transition.particles.get(bath) == 1:
            upper, lower = lower, upper
        squares = b.sum(
            self._square(self.element(upper, operator, lower))
            for operator in transition.operators[bath]
        )
        norms = [self.amplitudes(label)[1] for label in (upper, lower)]
        weight = b.div(squares, b.mul(*norms))
        return b.mul(weight, self._strength(bath))

    def cancelling(self) -> list[tuple[Ref, Ref]]:
        """Give squared sums that may cancel, each with the square of its terms' size."""
        return [(total, size) for total, size in self._elements.items() if total != size]

    def rounded(self) -> list[tuple[Ref, Ref]]:
        """Give sums that may cancel, each with the size below which it is lost."""
        return [*self._sums.items(), *self.expressions.sums.items()]

    def exponents(self) -> list[Ref]:
        """Write what is 0 where terms of an exponent are so large that their rounding shows."""
        b, sizes = self.builder, self.expressions.exponents
        return [b.apply("select", size, LARGEST_TERMS, ONE, ZERO) for size in sizes]

    def _keep(self, total: Ref, sizes: Ref) -> None:
        if isinstance(total, str):
            self._sums[total] = sizes

    # --------------------------------------------------------------------------------------- rates

    @cached_property
    def _own(self) -> bool:
        return any(bath.kappa is not None for bath in self.model.baths)

    def _strength(self, bath: str) -> Ref:
        """Write what a bath's weights are multiplied by: nothing where all have one strength."""
        if not self._own:
            return ONE
        own = self._baths[bath].kappa
        return self.expressions.expr(as_expr(self.model.kappa if own is None else own))

    @cached_property
    def prefactor(self) -> Ref:
        """Write what all rates were divided by."""
        return ONE if self._own else self.expressions.expr(as_expr(self.model.kappa))

    def strengths(self) -> list[Guard]:
        """Guard the dissipation strengths in use."""
        used = [as_expr(b.kappa) for b in self.model.baths if b.kappa is not None]
        found = super().strengths() if len(used) < len(self.model.baths) else []
        for kappa in dict.fromkeys(used):
            ref = self.builder.apply("max", self.expressions.expr(kappa), ZERO)
            found.append(Guard(ref, f"the coupling strength {kappa} of a bath must be > 0"))
        return found

    def _jump(self, transition: SystemTransition) -> Jump:
        b, frequency = self.builder, self.gap(transition.upper, transition.lower)
        magnitude = b.apply("abs", b.strip_sign(frequency))
        weights: dict[str, Ref] = {}
        bose: dict[str, Ref] = {}
        rates: dict[str, tuple[Ref, Ref]] = {}
        for name in transition.operators:
            bath, weight = self._baths[name], self._weight(transition, name)
            if bath.statistics == "fermion":
                weights[name], rates[name] = self._fermions(transition, bath, weight, frequency)
                continue
            weights[name] = b.mul(weight, self.densities.factor(name, magnitude))
            bose[name] = self._thermal(bath, magnitude)
        thermal = b.sum(b.mul(weights[name], bose[name]) for name in bose)
        driven = b.mul(b.sum(weights[name] for name in bose), frequency)
        down, up = (b.sum(pair[k] for pair in rates.values()) for k in (0, 1))
        return Jump(
            transition,
            frequency,
            b.apply("max", frequency, ZERO),
            b.apply("min", frequency, ZERO),
            weights,
            bose,
            down=b.add(b.add(thermal, b.apply("max", driven, ZERO)), down),
            up=b.add(b.sub(thermal, b.apply("min", driven, ZERO)), up),
            rates=rates,
        )

    def _thermal(self, bath: Bath, magnitude: Ref) -> Ref:
        """Write a frequency times a bath's mean occupation at it."""
        b, T = self.builder, self.temperatures[bath.name]
        if bath.occupation is not None:
            mean = self._occupation(bath, magnitude)
            return b.mul(magnitude, mean)
        if bath.mu == 0:
            return b.apply("bose", magnitude, T)
        excess = b.sub(magnitude, self.linear(as_expr(bath.mu))[0])
        rule = (
            f"the chemical potential of bath {bath.name}, {as_expr(bath.mu)}, must be below every "
            "frequency that it drives"
        )
        self.domain.append(Guard(b.apply("max", excess, ZERO), rule))
        return b.mul(b.div(magnitude, excess), b.apply("bose", excess, T))

    def _occupation(self, bath: Bath, magnitude: Ref) -> Ref:
        b = self.builder
        if not is_formula(bath.occupation):
            mean = self.linear(as_expr(bath.occupation))[0]
        else:
            frequency = sp.Dummy("omega", positive=True)
            with self.expressions.bound({frequency: magnitude}):
                mean = self.expressions.expr(bath.occupation(frequency))
        if isinstance(mean, str):
            rule = f"the occupation of bath {bath.name} must be >= 0"
            self.domain.append(Guard(b.apply("select", ZERO, mean, ONE, ZERO), rule))
        return mean

    def _fermions(
        self, transition: SystemTransition, bath: Bath, weight: Ref, frequency: Ref
    ) -> tuple[Ref, tuple[Ref, Ref]]:
        """Write the weight with its density, and the rates down and up, of a bath of fermions."""
        b, taken = self.builder, transition.particles[bath.name]
        if is_formula(bath.spectrum):
            energy, value = sp.Dummy("epsilon", real=True), frequency
            with self.expressions.bound({energy: value if taken > 0 else b.neg(value)}):
                density = self.expressions.expr(bath.spectrum(energy))
            if isinstance(density, str):
                rule = f"the density of bath {bath.name} must be >= 0"
                self.domain.append(Guard(b.apply("select", ZERO, density, ONE, ZERO), rule))
            weight = b.mul(weight, density)
        excess = self.taken_by(bath, taken, frequency)
        size = b.apply("abs", b.strip_sign(excess))
        small = b.apply("boltzmann", size, self.temperatures[bath.name])
        most = b.div(ONE, b.add(ONE, small))
        least = b.mul(small, most)
        down, up = b.by_sign(excess, most, least), b.by_sign(excess, least, most)
        return weight, (b.mul(weight, down), b.mul(weight, up))

    def taken_by(self, bath: Bath, particles: int, frequency: Ref) -> Ref:
        """Write the heat that a bath takes with so many particles: energy less mu of each."""
        b, mu = self.builder, self.linear(as_expr(bath.mu))[0]
        return b.sub(frequency, mu) if particles > 0 else b.add(frequency, mu)

    def particles(self, jump: Jump, bath: str) -> Ref:
        """Write how many particles a bath takes when a transition is passed down."""
        transition = jump.transition
        if isinstance(transition, SystemTransition) and bath in transition.particles:
            return Fraction(transition.particles[bath])
        return self.builder.by_sign(jump.frequency, ONE, -ONE)

    def taken(self, jump: Jump, bath: str) -> Ref:
        """Write the heat that a bath takes when a transition is passed down."""
        model, b = self._baths[bath], self.builder
        if not exchanges_particles(model):
            return jump.frequency
        if model.statistics == "fermion":
            return self.taken_by(model, int(self.particles(jump, bath)), jump.frequency)
        above, below = (self.taken_by(model, n, jump.frequency) for n in (1, -1))
        return b.by_sign(jump.frequency, above, below)

    # -------------------------------------------------------------------------------------- guards

    def domains(self) -> list[Guard]:
        """Guard the domains of temperatures and strengths, and of all expressions."""
        return [*super().domains(), *domain_guards(self.model, self.expressions)]

    def above(self, reference: int | None) -> list[Ref]:
        """Write all energies above that of a level, or above the lowest if there is None."""
        if reference is not None:
            return [self.gap(level.label, reference) for level in self.levels]
        b, energies = self.builder, [self.energy(level.exact_energy) for level in self.levels]
        lowest = extreme(b, "min", energies)
        return [b.sub(energy, lowest) for energy in energies]

    def _apart(self, upper: int, lower: int) -> Ref:
        b = self.builder
        size = b.apply("abs", b.strip_sign(self.gap(upper, lower)))
        return b.apply("max", b.sub(size, b.mul(COINCIDENT, self.span())), ZERO)

    def coinciding(self) -> list[Guard]:
        """Guard levels that one operator mixes: where they coincide, coherences come in."""
        found: dict[Ref, Guard] = {}
        for a, c in self.transitions.sharing:
            gap = (self.levels[a].exact_energy - self.levels[c].exact_energy).expr
            rule = f"levels {a} and {c} must not coincide: E_{a} - E_{c} = {gap}"
            ref = self._apart(a, c)
            found.setdefault(ref, Guard(ref, rule, kind=GuardKind.LEVELS))
        return list(found.values())

    def single(self) -> Ref:
        """Write what is zero where coherences between coinciding levels may not decay.

        Where one does not, no level is alone; three are looked at.
        """
        t = self.transitions
        alone = [
            extreme(
                self.builder,
                "min",
                [self._apart(k, other.label) for other in self.levels if other.label != k],
            )
            for k in dict.fromkeys((t.lowest, t.highest, t.alone))
        ]
        return extreme(self.builder, "max", alone)

    def falling(self) -> Ref:
        """Write what is above 0 where every level but the lowest is left by emission."""
        uppers = {jump.transition.upper for jump in self.jumps}
        bosons = all(not jump.rates for jump in self.jumps)
        every = {level.label for level in self.levels} - {self.transitions.lowest}
        return super().falling() if bosons and uppers == every else ZERO


def _is_sum(expr: sp.Expr) -> bool:
    return any(sp.expand(part).is_Add for part in parts(expr))


def _ratio(value: sp.Rational) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def connected(transitions: Sequence[SystemTransition]) -> list[tuple[int, int]]:
    """List the pairs of levels that transitions connect."""
    return [(t.upper, t.lower) for t in transitions]
