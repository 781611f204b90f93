"""Exact numbers of the form a + b sqrt(D) + ... over rational functions of the parameters."""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from typing import Any

import sympy as sp
from sympy.polys.fields import FracField
from sympy.polys.rings import PolyRing

Key = frozenset[Any]


def _parts(of: Any) -> tuple[Any, ...]:
    return type(of), (of.symbols, of.domain, of.order)


# rings and fields of SymPy 1.14 cannot be pickled or copied by themselves
copyreg.pickle(PolyRing, _parts)
copyreg.pickle(FracField, _parts)
RATIONAL: Key = frozenset()


class Surd:
    """A sum of rational functions times products of independent square roots.

    The square roots are labelled by their radicands, elements of one rational function field.

    Examples
    --------
    >>> from sympy import QQ
    >>> K = QQ.frac_field("x")
    >>> x = K.gens[0]
    >>> r = Surd.root(K, x)
    >>> (r * r).expr, ((1 / (r + 1)) * (r + 1)).expr
    (x, 1)
    """

    __slots__ = ("field", "terms")

    def __init__(self, field: Any, terms: Mapping[Key, Any]) -> None:
        self.field = field
        self.terms = {key: c for key, c in terms.items() if c != 0}

    @classmethod
    def rational(cls, field: Any, value: Any) -> Surd:
        """A rational function as a surd."""
        return cls(field, {RATIONAL: field.convert(value)})

    @classmethod
    def root(cls, field: Any, radicand: Any) -> Surd:
        """The square root of a rational function."""
        return cls(field, {frozenset([radicand]): field.one})

    def _lift(self, other: Any) -> Surd:
        return other if isinstance(other, Surd) else Surd.rational(self.field, other)

    def __add__(self, other: Any) -> Surd:
        terms = dict(self.terms)
        for key, c in self._lift(other).terms.items():
            terms[key] = terms.get(key, self.field.zero) + c
        return Surd(self.field, terms)

    def __neg__(self) -> Surd:
        return Surd(self.field, {key: -c for key, c in self.terms.items()})

    def __sub__(self, other: Any) -> Surd:
        return self + (-self._lift(other))

    def __mul__(self, other: Any) -> Surd:
        terms: dict[Key, Any] = {}
        for left, a in self.terms.items():
            for right, b in self._lift(other).terms.items():
                coefficient = a * b
                for radicand in left & right:
                    coefficient = coefficient * radicand
                key = left ^ right
                terms[key] = terms.get(key, self.field.zero) + coefficient
        return Surd(self.field, terms)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Surd:
        return self._lift(other) - self

    def conjugate(self, radicand: Any) -> Surd:
        """The surd with the sign of one square root changed."""
        return Surd(
            self.field, {key: -c if radicand in key else c for key, c in self.terms.items()}
        )

    def __rtruediv__(self, other: Any) -> Surd:
        numerator, denominator = self._lift(other), self
        for radicand in self.radicands:
            conjugate = denominator.conjugate(radicand)
            numerator, denominator = numerator * conjugate, denominator * conjugate
        inverse = self.field.one / denominator.terms[RATIONAL]
        return Surd(self.field, {key: c * inverse for key, c in numerator.terms.items()})

    def __truediv__(self, other: Any) -> Surd:
        return self * (1 / self._lift(other))

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Surd) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __repr__(self) -> str:
        return f"Surd({self.expr})"

    @property
    def radicands(self) -> list[Any]:
        """The radicands that occur, in a fixed order."""
        return sorted({r for key in self.terms for r in key}, key=str)

    @property
    def expr(self) -> sp.Expr:
        """The number as a SymPy expression with explicit square roots."""
        total = sp.Integer(0)
        for key, c in sorted(self.terms.items(), key=lambda item: sorted(map(str, item[0]))):
            roots = sp.Mul(*(sp.sqrt(self.field.to_sympy(r)) for r in key))
            total += self.field.to_sympy(c) * roots
        return total


def split_square(field: Any, value: Any) -> tuple[sp.Rational, Any]:
    """``(s, D)`` with ``value = s^2 D``, ``s > 0`` rational and ``D`` without square content.

    Examples
    --------
    >>> from sympy import QQ
    >>> K = QQ.frac_field("x")
    >>> split_square(K, K.gens[0] / 4 + 2)
    (1/2, x + 8)
    """
    numerator, denominator = field.numer(value), field.denom(value)
    content = sp.Rational(str(numerator.content())) / sp.Rational(str(denominator.content()))
    outside = sp.sqrt(content).as_coeff_Mul()[0]
    return outside, field.convert(value) / field.from_sympy(outside**2)
