"""Polynomials as FLINT computes with them, and as the checker keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations_with_replacement

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from symqb.certify.checker import Polynomial


def rational(value: Fraction) -> fmpq:
    """A fraction as FLINT's rational."""
    return fmpq(value.numerator, value.denominator)


def fraction(value: fmpq) -> Fraction:
    """FLINT's rational as a fraction."""
    return Fraction(int(value.p), int(value.q))


class Ring:
    """The polynomials in the names that occur in some.

    Parameters
    ----------
    polynomials : iterable of Polynomial
        As the checker keeps them.

    Examples
    --------
    >>> plus = {(("x", 1),): Fraction(1), (): Fraction(1, 2)}
    >>> ring = Ring([plus])
    >>> print(ring.enter(plus) ** 2)
    x^2 + x + 1/4
    >>> ring.leave(ring.enter(plus)) == plus
    True
    """

    def __init__(self, polynomials: Iterable[Polynomial]) -> None:
        self.names = sorted({n for p in polynomials for monomial in p for n, _ in monomial})
        self.context = fmpq_mpoly_ctx.get(self.names, "lex")

    def enter(self, polynomial: Polynomial) -> fmpq_mpoly:
        """A polynomial of the checker as FLINT's."""
        terms = {}
        for monomial, value in polynomial.items():
            powers = dict(monomial)
            terms[tuple(powers.get(name, 0) for name in self.names)] = rational(value)
        return self.context.from_dict(terms)

    def leave(self, polynomial: fmpq_mpoly) -> Polynomial:
        """A polynomial of FLINT as the checker's."""
        return {
            tuple((n, int(k)) for n, k in zip(self.names, powers, strict=True) if k): fraction(v)
            for powers, v in polynomial.to_dict().items()
        }

    def monomials(self, degree: int) -> list[fmpq_mpoly]:
        """All monomials up to a degree, the constant last."""
        found = []
        for size in range(degree, -1, -1):
            for factors in combinations_with_replacement(self.names, size):
                powers = Counter(factors)
                found.append(self.context.from_dict({tuple(powers[n] for n in self.names): 1}))
        return found
