"""A model's numbers at a point without loss: exact rationals, or balls where a root is taken."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, cmp_to_key
from typing import Any

import sympy as sp
from flint import arb, ctx, fmpq

from symqb.models import BatteryModel, DomainError, ParameterError, exact_value
from symqb.models.assumed import check_assumed
from symqb.program.contexts import working_bits

WIDE = (160, 640, 2560)
"""Bits at which an expression is evaluated; beyond the last it is zero."""

Slot = tuple[str, int]
"""A place of a number in the Hamiltonian: kind (``J``, ``Delta``, ``eta``, ``B``) and index."""


def to_ball(value: Any) -> Any:
    """A Fraction, int, float or ball as a ball at the precision in force; of a pair, the hull."""
    if isinstance(value, arb):
        return value
    if isinstance(value, tuple):
        low, high = map(to_ball, value)
        return low.union(high)
    exact = Fraction(value)
    return arb(fmpq(exact.numerator, exact.denominator))


def _compare(a: Any, b: Any) -> int:
    return -1 if a < b else int(a > b)


_key = cmp_to_key(_compare)


def by_midpoint(ball: Any) -> Any:
    """A key to sort balls by their midpoints, whatever their exponents."""
    return _key(ball.mid())


def is_exact(value: Any) -> bool:
    """Whether a number carries no rounding: no float of any kind."""
    return not (isinstance(value, float | sp.Float) or type(value).__module__ == "numpy")


def _name_of(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if getattr(value, "is_Symbol", False) else None


def _written(text: str) -> Fraction:
    """Read a number that is text; a name that is no number is that of a parameter left out."""
    try:
        return Fraction(text)
    except ValueError:
        raise ParameterError(
            f"parameter {text!r} is missing; give it a number, e.g. {text}=1"
        ) from None


def _without_floats(value: Any) -> Any:
    """A SymPy expression with each float in it as the rational number that it is."""
    return value.xreplace({f: sp.Rational(f) for f in value.atoms(sp.Float)})


@dataclass(frozen=True)
class ExactPoint:
    """Values of parameters, exactly as given, and of what a model writes in them.

    Parameters
    ----------
    point : mapping
        Parameter name to float, int, Fraction, decimal string or mpf.
    """

    point: Mapping[str, Any]

    @cached_property
    def rationals(self) -> dict[str, Fraction]:
        """The point's values as fractions."""
        return {name: _fraction(name, value) for name, value in self.point.items()}

    def value(self, value: Any) -> Any:
        """A model's value here: a Fraction, or a ball at the precision in force."""
        found = self.exact(value)
        return found if isinstance(found, Fraction) else _from_sympy(found)

    def exact(self, value: Any) -> Any:
        """A model's value here: a Fraction, or SymPy's number where it is written in SymPy."""
        if hasattr(value, "free_symbols"):
            check_assumed(value.free_symbols, self.rationals)
        name = _name_of(value)
        if name is not None:
            return self.rationals[name] if name in self.rationals else _written(name)
        if not hasattr(value, "free_symbols"):
            return _fraction("a number of the model", value)
        known = self.rationals
        return _without_floats(value).subs(
            {
                s: sp.Rational(known[str(s)].numerator, known[str(s)].denominator)
                for s in value.free_symbols
            }
        )

    def wide(self, value: Any) -> tuple[float, float]:
        """A model's value here as the nearest double, and what that leaves, as another."""
        for bits in WIDE:
            with working_bits(bits):
                found = to_ball(self.value(value))
                if found == 0 or found.rel_accuracy_bits() >= WIDE[0] // 2:
                    high = float(found.mid())
                    return high, float((found - arb(high)).mid()) if math.isfinite(high) else 0.0
        return 0.0, 0.0


@dataclass(frozen=True)
class ExactInputs(ExactPoint):
    """The values of a model at one point, exactly as given."""

    model: BatteryModel

    @classmethod
    def of(cls, model: BatteryModel, point: Mapping[str, Any]) -> ExactInputs:
        """The values of a model at a point."""
        return cls(point, model)

    def ball(self, value: Any) -> Any:
        """A model's value here as a ball."""
        return to_ball(self.value(value))

    @cached_property
    def slots(self) -> dict[Slot, Any]:
        """The numbers of the Hamiltonian, as the model has them."""
        chain = self.model.chain
        found: dict[Slot, Any] = {}
        for i, (J, Delta) in enumerate(chain.bonds):
            found["J", i], found["Delta", i] = J, Delta
            if not chain.conserves_magnetization:
                found["eta", i] = chain.eta[i]
        found |= {("B", i): value for i, value in enumerate(chain.fields)}
        return found

    @cached_property
    def rounded(self) -> dict[str, dict[Slot, float]]:
        """For each parameter x given as a float, x dv/dx for the numbers v of the Hamiltonian.

        A float in the model is none of these: what stands in a model is meant as it is.
        """
        found: dict[str, dict[Slot, float]] = {}
        for slot, value in self.slots.items():
            for name, moved in self._moved(value):
                found.setdefault(name, {})[slot] = moved
        return found

    def _moved(self, value: Any) -> Iterator[tuple[str, float]]:
        name = _name_of(value)
        if name is not None:
            if name in self.point and not is_exact(self.point[name]):
                yield name, float(self.rationals[name])
        elif hasattr(value, "free_symbols"):
            at = {
                s: sp.Rational(self.rationals[str(s)].numerator, self.rationals[str(s)].denominator)
                for s in value.free_symbols
            }
            for symbol in value.free_symbols:
                if not is_exact(self.point.get(str(symbol), 0)):
                    slope = sp.diff(_without_floats(value), symbol).subs(at)
                    yield str(symbol), float(slope * at[symbol]) if slope.is_finite else 0.0


def _fraction(name: str, value: Any) -> Fraction:
    if isinstance(value, Fraction):
        return value
    # a float has passed the checks of its entrance, subnormal ones too
    if isinstance(value, float) and math.isfinite(value):
        return Fraction(value)
    return exact_value(name, value)


def _from_sympy(found: Any) -> Any:
    """A number of SymPy as a Fraction, or as a ball with an error of its own."""
    if found.is_Rational:
        return Fraction(int(found.p), int(found.q))
    digits = int(ctx.prec * 0.30103) + 10
    number = sp.N(found, digits)
    if not (number.is_real and number.is_finite):
        raise DomainError(f"{found} is not a finite real number at this point; move off it")
    sign, mantissa, exponent, _ = number._mpf_
    exact = (-1 if sign else 1) * arb(int(mantissa)) * arb(2) ** int(exponent)
    return exact + arb(0, 1) * abs(exact) * arb(2) ** (-ctx.prec)
