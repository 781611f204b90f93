"""Products and sums of a program's numbers, with what is known of their signs and of their digits.

A number that is found without subtraction has all its digits.  Of any other the *size* is kept: the
sum of the moduli of what it was added up from, to first order also through products and quotients.
Its error is at most a few units of rounding of that size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symqb.program import Builder, Ref
from symqb.program.builder import ONE, ZERO


@dataclass(frozen=True)
class Term:
    """A rational times a product of steps, not written yet."""

    factor: Fraction
    refs: tuple[str, ...] = ()


NOTHING, UNIT = Term(ZERO), Term(ONE)


class Terms:
    """Write products, sums and inverses of terms into a program.

    Parameters
    ----------
    builder : Builder
        Where the steps go.

    Examples
    --------
    >>> b = Builder(("g", "u"))
    >>> terms = Terms(b)
    >>> g, u = terms.number("g"), terms.number("u")
    >>> terms.sign(terms.product(g, u, g)), terms.sign(terms.product(g, g))
    (0, 1)
    >>> terms.sum([g, terms.scaled(-1, g)])
    Term(factor=Fraction(0, 1), refs=())
    """

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self._positive: set[str] = set()
        self._sizes: dict[str, Ref] = {}

    def number(self, ref: Ref, *, positive: bool = False, size: Ref | None = None) -> Term:
        """Take a step as a term; ``positive`` where it is never below zero."""
        if not isinstance(ref, str):
            return Term(ref)
        stripped = self.builder.strip_sign(ref)
        if isinstance(stripped, str) and stripped != ref:
            return Term(-ONE, (stripped,))
        if positive:
            self._positive.add(ref)
        if size is not None:
            self._sizes[ref] = size
        return Term(ONE, (ref,))

    def scaled(self, factor: Fraction | int, term: Term) -> Term:
        """Multiply a term by a rational."""
        return Term(term.factor * factor, term.refs) if factor else NOTHING

    def product(self, *terms: Term) -> Term:
        """Multiply terms; they are multiplied out in this order."""
        factor = ONE
        for term in terms:
            factor *= term.factor
        return Term(factor, tuple(r for t in terms for r in t.refs)) if factor else NOTHING

    def sign(self, term: Term) -> int:
        """Tell the sign of a term that has one whatever the parameters are, else 0."""
        odd = (ref for ref, times in Counter(term.refs).items() if times % 2)
        if term.factor == 0 or any(ref not in self._positive for ref in odd):
            return 0
        return 1 if term.factor > 0 else -1

    def value(self, term: Term) -> Ref:
        """Write a term."""
        return self.builder.mul(self.builder.product(term.refs), term.factor)

    def sized(self, term: Term) -> bool:
        """Tell whether digits of a term may have been lost."""
        return any(ref in self._sizes for ref in term.refs)

    def _modulus(self, refs: Sequence[str]) -> Ref:
        b = self.builder
        return b.product(r if r in self._positive else b.apply("abs", r) for r in refs)

    def size(self, term: Term) -> Ref:
        """Write the size of a term: its modulus where it has all its digits."""
        b, refs = self.builder, term.refs
        places = [k for k, ref in enumerate(refs) if ref in self._sizes]
        if not places:
            return b.mul(self._modulus(refs), abs(term.factor))
        found = [
            b.mul(self._sizes[refs[k]], self._modulus(refs[:k] + refs[k + 1 :])) for k in places
        ]
        return b.mul(b.sum(found), abs(term.factor))

    def sum(self, terms: Iterable[Term]) -> Term:
        """Add terms; like ones are put together first."""
        b, merged = self.builder, dict[tuple[str, ...], Term]()
        for term in terms:
            key = tuple(sorted(term.refs))
            known = merged.get(key)
            merged[key] = Term(term.factor + known.factor, known.refs) if known else term
        left = [term for term in merged.values() if term.factor != 0]
        if len(left) < 2:
            return left[0] if left else NOTHING
        shares = {abs(term.factor) for term in left}
        outer = shares.pop() if len(shares) == 1 else ONE
        left = [Term(term.factor / outer, term.refs) for term in left]
        signs = {self.sign(term) for term in left}
        plus = [self.value(term) for term in left if term.factor > 0]
        minus = [self.value(Term(-term.factor, term.refs)) for term in left if term.factor < 0]
        alike = signs in ({1}, {-1})
        turned = not plus
        total = b.sum(minus) if turned else b.sub(b.sum(plus), b.sum(minus))
        found = self.number(total, positive=alike)
        if not alike or any(map(self.sized, left)):
            self._keep(found, b.sum(map(self.size, left)))
        return Term(found.factor * (-outer if turned else outer), found.refs)

    def _keep(self, term: Term, size: Ref) -> None:
        for ref in term.refs:
            self._sizes[ref] = size

    def inverse(self, term: Term) -> Term:
        """Divide one by a term."""
        b, whole = self.builder, self.builder.product(term.refs)
        if not isinstance(whole, str):
            return Term(1 / (whole * term.factor))
        ref = b.div(ONE, whole)
        found = self.number(ref, positive=self.sign(Term(ONE, term.refs)) > 0)
        if self.sized(term):
            twice = self._modulus((*found.refs, *found.refs))
            self._keep(found, b.mul(self.size(Term(ONE, term.refs)), twice))
        return Term(found.factor / term.factor, found.refs)

    def root_of_squares(self, terms: Sequence[Term]) -> Term:
        """Write the square root of a sum of squares."""
        b = self.builder
        total = self.value(self.sum(self.product(term, term) for term in terms))
        size = b.sum(map(self.size, terms)) if any(map(self.sized, terms)) else None
        return self.number(b.apply("sqrt", total), positive=True, size=size)
