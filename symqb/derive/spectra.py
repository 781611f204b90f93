r"""Spectral densities beyond the Ohmic one: what they multiply an Ohmic rate by."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from symqb.derive.expression import ExpressionBuilder
from symqb.derive.hamiltonian import as_expr, parameter_symbols
from symqb.models import (
    Bath,
    BatteryModel,
    NoClosedFormError,
    SpectralDensity,
    has_formula,
    is_formula,
)
from symqb.program import Builder, Guard, GuardKind, Ref
from symqb.program.builder import ONE, ZERO

FINITE = Fraction(10**300)
"""A spectral density over the Ohmic one beyond this is a divergence met at zero frequency."""
SMALLEST_RATIO, LARGEST_RATIO = Fraction(1, 10**40), Fraction(10**40)
"""Spectral densities over the Ohmic one between these leave rates within double precision."""


def density_symbol(name: str) -> sp.FunctionClass:
    r"""The undefined function :math:`\mathcal{J}_\nu/\kappa` that stands for a user's own."""
    return sp.Function(f"J_{name}")


def over_ohmic(bath: Bath, omega: sp.Expr) -> sp.Expr:
    r"""The spectral density over the Ohmic one, :math:`\mathcal{J}(|\omega|)/(\kappa|\omega|)`.

    Examples
    --------
    >>> w = sp.Symbol("w", positive=True)
    >>> over_ohmic(Bath("L", "T", {1: 1}, spectrum=SpectralDensity("w_c", s=3)), w)
    w**2*exp(-w/w_c)/w_c**2
    >>> over_ohmic(Bath("L", "T", {1: 1}, spectrum=lambda w: w), w)
    J_L(w)/w
    """
    spectrum, size = bath.spectrum, sp.Abs(omega)
    if spectrum is None:
        return sp.Integer(1)
    if isinstance(spectrum, SpectralDensity):
        cutoff = as_expr(spectrum.cutoff)
        return (size / cutoff) ** (as_expr(spectrum.s) - 1) * sp.exp(-size / cutoff)
    if is_formula(spectrum):
        frequency = sp.Dummy("omega", positive=True)
        return _ratio(spectrum, frequency).subs(frequency, size)
    return density_symbol(bath.name)(size) / size


def _ratio(formula: sp.Lambda, frequency: sp.Symbol) -> sp.Expr:
    ratio = formula(frequency) / frequency
    # removes the frequency where it cancels, so that its zero is no 0/0
    return sp.cancel(ratio) if ratio.is_rational_function(frequency) else sp.expand_mul(ratio)


def densities_are_programs(model: BatteryModel) -> bool:
    """Whether every spectral density can be written as steps: no Python function, no sine.

    Examples
    --------
    >>> from symqb.models import Chain
    >>> w = sp.Symbol("w")
    >>> def model(density):
    ...     return BatteryModel(Chain(2), (Bath("L", "T", {1: 1}, spectrum=density),))
    >>> [densities_are_programs(model(sp.Lambda(w, x))) for x in (w**2, sp.sin(w))]
    [True, False]
    """
    names = [str(symbol) for symbol in parameter_symbols(model)]
    builder = Builder([*names, "frequency of a transition"])
    try:
        writer = DensityWriter({b.name: b for b in model.baths}, ExpressionBuilder(builder))
        for bath in model.baths:
            writer.factor(bath.name, "frequency of a transition")
    except NoClosedFormError:
        return False
    return True


class DensityWriter:
    """Writes the factor of every bath's rates into a program, and what guards it."""

    def __init__(self, baths: Mapping[str, Bath], expressions: ExpressionBuilder) -> None:
        for bath in baths.values():
            if not has_formula(bath.spectrum):
                raise NoClosedFormError(
                    f"the spectral density of bath {bath.name} is a Python function, which no "
                    "program can hold; give a SymPy Lambda, or use battery.evaluate(...) for "
                    "numbers"
                )
        self._baths, self._expressions = baths, expressions
        self._factors: dict[Ref, str] = {}

    def factor(self, name: str, size: Ref) -> Ref:
        """The spectral density of a bath over the Ohmic one, at the magnitude of a frequency."""
        spectrum, b = self._baths[name].spectrum, self._expressions.builder
        if spectrum is None:
            return ONE
        if isinstance(spectrum, SpectralDensity):
            cutoff = self._expressions.expr(as_expr(spectrum.cutoff))
            power = self._power(b.div(size, cutoff), as_expr(spectrum.s) - 1)
            factor = b.mul(power, b.apply("boltzmann", size, cutoff))
        else:
            frequency = sp.Dummy("omega", positive=True)
            with self._expressions.bound({frequency: size}):
                factor = self._expressions.expr(_ratio(spectrum, frequency))
        self._factors.setdefault(factor, name)
        return factor

    def _power(self, base: Ref, exponent: Any) -> Ref:
        return self._expressions.power(base, exponent)

    def guards(self) -> list[Guard]:
        """Spectral densities must be finite and >= 0 where they are used, their cut-offs > 0."""
        b = self._expressions.builder
        guards: list[Guard] = []
        for name, bath in self._baths.items():
            if isinstance(bath.spectrum, SpectralDensity):
                for label, value in (("cutoff", bath.spectrum.cutoff), ("s", bath.spectrum.s)):
                    ref = self._expressions.expr(as_expr(value))
                    if isinstance(ref, str):
                        rule = f"spectral density of bath {name}: {label} must be positive"
                        guards.append(Guard(b.apply("max", ref, ZERO), rule))
        for ref, name in self._factors.items():
            bounded = b.apply("select", ref, FINITE, ONE, ZERO)
            sound = b.apply("select", ZERO, ref, bounded, ZERO)
            rule = (
                f"the spectral density of bath {name} must be finite and >= 0 at every frequency, "
                "and not make rates diverge at a frequency of 0"
            )
            # at frequency zero a formula may be 0/0 and have a limit, which the engine takes
            kind = GuardKind.LEVELS if is_formula(self._baths[name].spectrum) else GuardKind.DOMAIN
            guards.append(Guard(sound, rule, kind=kind))
        return guards

    def headroom(self) -> list[Ref]:
        """What must stay positive for rates to be normal doubles."""
        b = self._expressions.builder
        ends = ((b.sub(x, SMALLEST_RATIO), b.sub(LARGEST_RATIO, x)) for x in self._factors)
        return [end for pair in ends for end in pair]
