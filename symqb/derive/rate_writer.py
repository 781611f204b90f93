"""Write what the programs of all systems share: rates, populations, and what guards them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any, Protocol

import sympy as sp

from symqb.derive.expression import ExpressionBuilder
from symqb.derive.flows import Channel
from symqb.derive.hamiltonian import as_expr
from symqb.derive.spectra import DensityWriter
from symqb.derive.steady_state import Edge, rate_name
from symqb.models import Bath
from symqb.models.assumed import assumed_sign
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Builder, Guard, Program, Ref, inline
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
    ``bose`` stand by bath.  ``rates`` are those down and up of baths that have no Bose factor.
    """

    transition: Connected
    frequency: Ref
    positive: Ref
    negative: Ref
    weights: dict[str, Ref]
    bose: dict[str, Ref]
    down: Ref
    up: Ref
    rates: dict[str, tuple[Ref, Ref]] = field(default_factory=dict)

    @property
    def edge(self) -> Edge:
        """Name the pair of levels, the upper first."""
        return self.transition.upper, self.transition.lower


class Coupled(Protocol):
    """What has baths: a battery's model, or a system."""

    @property
    def baths(self) -> tuple[Bath, ...]: ...
    @property
    def kappa(self) -> Any: ...


class Connected(Protocol):
    """Two levels that baths connect."""

    @property
    def upper(self) -> int: ...
    @property
    def lower(self) -> int: ...


class RateWriter:
    """Write rates, populations and guards; a subclass writes energies and matrix elements.

    Attributes
    ----------
    model : Coupled
    symbols : tuple of Symbol
        The inputs of the program.
    builder, expressions, densities
        Where the steps go, and what writes expressions and spectral densities.
    content : Fraction
        What all squared matrix elements are divided by.
    temperatures : mapping
        By bath.
    jumps : list of Jump
        One for each transition.
    """

    model: Coupled
    symbols: tuple[sp.Symbol, ...]
    builder: Builder
    expressions: ExpressionBuilder
    densities: DensityWriter
    content: Fraction
    temperatures: Mapping[str, Ref]
    jumps: list[Jump]

    def span(self) -> Ref:
        """Bound all differences of energies by sums of moduli of what they are made of."""
        raise NotImplementedError

    def roots(self) -> list[Ref]:
        """Write the square roots in the energies."""
        raise NotImplementedError

    def populations(self, elimination: Program) -> tuple[Ref, ...]:
        """Write the steady populations: the elimination with the rates put in."""
        bindings: dict[str, Ref] = {}
        for jump in self.jumps:
            upper, lower = jump.transition.upper, jump.transition.lower
            bindings[rate_name(upper, lower)] = jump.down
            bindings[rate_name(lower, upper)] = jump.up
        populations = inline(self.builder, elimination, bindings)["populations"]
        return populations if isinstance(populations, tuple) else (populations,)

    def taken(self, jump: Jump, bath: str) -> Ref:
        """Write the heat that a bath takes when a transition is passed down."""
        return jump.frequency

    def channel(self, jump: Jump, bath: str) -> Channel:
        """Write what one bath drives down a transition, and back."""
        b = self.builder
        heats = (
            self.taken(jump, bath) if other.name == bath else ZERO for other in self.model.baths
        )
        if bath in jump.rates:
            return Channel(*jump.rates[bath], tuple(heats))
        weight, bose = jump.weights[bath], jump.bose[bath]
        down = b.mul(weight, b.add(bose, jump.positive))
        return Channel(down, b.mul(weight, b.sub(bose, jump.negative)), tuple(heats))

    @cached_property
    def prefactor(self) -> Ref:
        """Write what all rates were divided by: kappa times the matrix elements' common factor."""
        return self.builder.mul(self.expressions.expr(as_expr(self.model.kappa)), self.content)

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
        return [*guards, *self.strengths(), *self._assumed()]

    def strengths(self) -> list[Guard]:
        """Guard the dissipation strength."""
        kappa = as_expr(self.model.kappa)
        rule = f"the dissipation strength kappa, {kappa}, must be > 0"
        return [Guard(self._within(self.expressions.expr(kappa), kappa, zero=False), rule)]

    def _assumed(self) -> list[Guard]:
        """Guard the signs that symbols assume and SymPy simplified by."""
        b, guards = self.builder, []
        for symbol in self.symbols:
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
            if len(terms) < 2 or (len(terms) == 2 and all(map(is_exact_term, terms))):
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

    def falling(self) -> Ref:
        """Write what is above 0 where every transition costs energy upwards."""
        frequencies = list(dict.fromkeys(jump.frequency for jump in self.jumps))
        return extreme(self.builder, "min", frequencies)

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
            for bath_names in dict.fromkeys(tuple(jump.weights) for jump in self.jumps)
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
        falling = b.apply("max", slack, self.falling())
        room = extreme(b, "min", [falling, *self.densities.headroom(), *near])
        for root in self.roots():
            # a root below this is that of a number too small to be accurate
            room = b.apply("min", room, b.sub(root, SMALLEST_ROOT))
        return b.apply("max", room, ZERO)


def extreme(builder: Builder, op: str, refs: Sequence[Ref]) -> Ref:
    """Write the smallest or largest of some values, as ``op`` is "min" or "max"."""
    found = refs[0]
    for ref in refs[1:]:
        found = builder.apply(op, found, ref)
    return found


def is_exact_term(term: sp.Expr) -> bool:
    """Tell whether a term is not rounded: a double, or a parameter, a power of two times."""
    coefficient, rest = term.as_coeff_Mul()
    number = Fraction(int(coefficient.p), int(coefficient.q))
    if not rest.is_Symbol:
        return bool(rest == 1 and Fraction(float(number)) == number)
    return all(n & (n - 1) == 0 for n in (abs(number.numerator), number.denominator))
