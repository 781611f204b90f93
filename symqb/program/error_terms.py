"""Bounds of errors as a number of roundings and multiples of terms that depend on the point."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symqb.program.builder import ZERO
from symqb.program.core import Ref
from symqb.program.rewrite import Lookup

CERTAIN = 2.0**30
"""Errors below this, in units of 2^-53, leave the sign of a value."""


@dataclass(frozen=True)
class Term:
    """A factor that enlarges errors: moduli of values, multiplied, over others.

    ``difference`` says that it grows without limit where a difference vanishes.  A gate is a
    value ``max(0, x)`` or ``min(0, x)`` and the term of x: where x is told from 0 and the value is
    0, so is this term.
    """

    over: frozenset[tuple[Ref, int]]
    under: frozenset[tuple[Ref, int]]
    difference: bool = False
    gates: frozenset[tuple[str, Term]] = frozenset()

    @classmethod
    def of(
        cls,
        over: Counter[Ref],
        under: Counter[Ref],
        *,
        difference: bool = False,
        gates: frozenset[tuple[str, Term]] = frozenset(),
    ) -> Term:
        """Make a term; what stands above and below is left out."""
        common = over & under
        above, below = over - common, under - common
        return cls(frozenset(above.items()), frozenset(below.items()), difference, gates)

    def times(self, other: Term) -> Term:
        """Multiply by another term, whose mark for differences is kept."""
        above, below = (
            Counter(dict(one)) + Counter(dict(two))
            for one, two in ((self.over, other.over), (self.under, other.under))
        )
        gates = self.gates | other.gates
        return Term.of(above, below, difference=other.difference, gates=gates)

    def value(self, values: Lookup[float]) -> float:
        """Evaluate at a point from the values of the program there."""
        if any(values(gate) == 0 and term.value(values) < CERTAIN for gate, term in self.gates):
            return 0.0
        total = 0.0
        for refs, sign in ((self.over, 1), (self.under, -1)):
            for ref, power in refs:
                size = abs(values(ref))
                if size == 0:
                    return math.inf if sign < 0 else 0.0
                total += sign * power * math.log(size)
        return math.exp(min(total, 700.0))

    def __str__(self) -> str:
        above = " ".join(_power(ref, n) for ref, n in sorted(self.over, key=str)) or "1"
        below = " ".join(_power(ref, n) for ref, n in sorted(self.under, key=str))
        return f"{above} / ({below})" if below else above


def _power(ref: Ref, power: int) -> str:
    return f"|{ref}|" if power == 1 else f"|{ref}|^{power}"


@dataclass(frozen=True)
class Error:
    """A bound in units of one rounding: a number, and multiples of terms."""

    roundings: Fraction = ZERO
    terms: Mapping[Term, Fraction] = field(default_factory=dict)

    @property
    def exact(self) -> bool:
        """Whether there is no error."""
        return not self.roundings and not self.terms

    def plus(self, other: Error, roundings: Fraction | int = 0) -> Error:
        """Add two bounds, and some roundings."""
        terms = dict(self.terms)
        for term, count in other.terms.items():
            terms[term] = terms.get(term, ZERO) + count
        return Error(self.roundings + other.roundings + roundings, terms)

    def larger(self, other: Error) -> Error:
        """A bound of both."""
        terms = dict(self.terms)
        for term, count in other.terms.items():
            terms[term] = max(terms.get(term, ZERO), count)
        return Error(max(self.roundings, other.roundings), terms)

    def scaled(self, factor: Fraction) -> Error:
        """A multiple."""
        return Error(self.roundings * factor, {t: n * factor for t, n in self.terms.items()})

    def times(
        self,
        over: Iterable[Ref],
        under: Iterable[Ref],
        *,
        difference: bool = False,
        gates: Iterable[str] = (),
    ) -> Error:
        """Multiply by a quotient of moduli, which may be that of a difference.

        ``gates`` are the values 0 of which say that what this is the error of plays no role.
        """
        factor = Term.of(Counter(over), Counter(under), difference=difference)
        terms = {factor: self.roundings} if self.roundings else {}
        for term, count in self.terms.items():
            made = term.times(factor)
            made = replace(made, gates=made.gates | {(gate, term) for gate in gates})
            terms[made] = terms.get(made, ZERO) + count
        return Error(ZERO, terms)

    def split(self) -> tuple[Error, Error]:
        """The part without differences, and that of differences."""
        parts: tuple[dict[Term, Fraction], dict[Term, Fraction]] = {}, {}
        for term, count in self.terms.items():
            parts[term.difference][term] = count
        return Error(self.roundings, parts[0]), Error(ZERO, parts[1])

    def at(self, values: Lookup[float]) -> float:
        """Evaluate at a point."""
        parts = [float(n) * term.value(values) for term, n in self.terms.items()]
        return (
            float(self.roundings) + math.fsum(parts) if all(map(math.isfinite, parts)) else math.inf
        )

    def __str__(self) -> str:
        parts = [f"{float(self.roundings):g}"]
        parts += [f"{float(n):g} {term}" for term, n in self.terms.items()]
        return " + ".join(parts)
