"""From a battery's model and a point to the exact numbers that the judge takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from numbers import Rational
from typing import Any

import sympy as sp

from symqb.models import BatteryModel, SpectralDensity
from symqb.models.spectra import is_formula
from symqb.prove.numbers_hamiltonian import Build, JudgedBath, Numbers
from symqb.prove.numbers_levels import MOST_DIGITS, Judge, Reading, Undecided

Point = Mapping[str, Any]
"""Parameter name to a float or a Fraction, taken exactly."""


def exact_number(mp: Any, value: Any) -> Any:
    """A number of any kind without loss, beyond the context's rounding of a fraction."""
    if isinstance(value, Rational | Fraction):
        return mp.mpf(int(value.numerator)) / int(value.denominator)
    if hasattr(value, "free_symbols"):
        return _formula(mp, value, {})
    return mp.mpf(float(value))


def _formula(mp: Any, expr: Any, values: Mapping[str, Any]) -> Any:
    """A SymPy expression at exact numbers, step by step in an mpmath context."""
    if expr.is_Symbol:
        return values[str(expr)]
    if expr.is_Integer:
        return mp.mpf(int(expr))
    if expr.is_Rational:
        return mp.mpf(int(expr.p)) / int(expr.q)
    if expr.is_Float:
        return mp.make_mpf(expr._mpf_)
    parts = [_formula(mp, part, values) for part in expr.args]
    if expr.is_Add:
        return mp.fsum(parts)
    if expr.is_Mul:
        return mp.fprod(parts)
    if isinstance(expr, sp.exp):
        return mp.exp(parts[0])
    if expr.is_Pow:
        if expr.exp.is_Integer:
            return parts[0] ** int(expr.exp)
        return mp.sqrt(parts[0]) if expr.exp == sp.Rational(1, 2) else parts[0] ** parts[1]
    if expr.is_NumberSymbol:
        return +getattr(mp, str(expr).lower())
    name = type(expr).__name__.lower()
    return getattr(mp, {"abs": "fabs"}.get(name, name))(*parts)


class Reader:
    """Reads a model's values as numbers at a point."""

    def __init__(self, mp: Any, values: Mapping[str, Any]) -> None:
        self.mp, self.values = mp, values

    def number(self, value: Any) -> Any:
        """A number, the name of a parameter, or an expression in parameters."""
        if isinstance(value, str):
            return self.values[value]
        if hasattr(value, "free_symbols"):
            found = _formula(self.mp, value, self.values)
            if isinstance(found, self.mp.mpc):
                raise Undecided(f"{value} is not real here")
            return found
        return exact_number(self.mp, value)

    def density(self, spectrum: Any) -> Callable[[Any], Any] | None:
        """A spectral density over kappa w, as a function of w > 0."""
        if spectrum is None:
            return None
        mp = self.mp
        if isinstance(spectrum, SpectralDensity):
            cutoff, s = self.number(spectrum.cutoff), self.number(spectrum.s)
            return lambda w: (w / cutoff) ** (s - 1) * mp.exp(-w / cutoff)
        if is_formula(spectrum):
            (variable,) = spectrum.signature
            return lambda w: _formula(mp, spectrum.expr, {**self.values, str(variable): w}) / w
        return lambda w: spectrum(w) / w

    def numbers(self, model: BatteryModel) -> Numbers:
        """The whole battery."""
        number = self.number
        baths = tuple(
            JudgedBath(
                bath.name,
                number(bath.temperature),
                tuple((site, number(weight)) for site, weight in bath.couplings),
                bath.axis,
                self.density(bath.spectrum),
            )
            for bath in model.baths
        )
        read = {
            kind: tuple(number(value) for value in given)
            for kind, given in coefficients(model).items()
        }
        return Numbers(
            read["J"],
            read["eta"],
            read["Delta"],
            read["B0"],
            baths,
            number(model.kappa),
            model.dissipation == "collective",
        )


def coefficients(model: BatteryModel) -> dict[str, tuple[Any, ...]]:
    """The numbers of a Hamiltonian by kind, in the order of :class:`Numbers`."""
    chain = model.chain
    return {"J": chain.J, "eta": chain.eta, "Delta": chain.Delta, "B0": chain.fields}


def build_of(model: BatteryModel, point: Point) -> Build:
    """What :class:`symqb.prove.numbers_levels.Judge` takes, for a model at a point."""

    def build(mp: Any) -> tuple[Numbers, list[Numbers], Any]:
        values = {name: exact_number(mp, value) for name, value in point.items()}
        step = mp.mpf(10) ** (-mp.dps // 3)
        moved = []
        for name, value in point.items():
            if isinstance(value, float) and value:
                other = {**values, name: values[name] * (1 + step)}
                moved.append(Reader(mp, other).numbers(model))
        # a float of the model is exact, unlike one of the point
        return Reader(mp, values).numbers(model), moved, step

    return build


def judge_at(model: BatteryModel, point: Point) -> Judge:
    """The judge of a model at a point, at as many digits as its cold and slow rates ask for."""
    judge = Judge(build_of(model, point))
    while judge.blurred():
        if 3 * judge.digits > MOST_DIGITS:
            raise Undecided(f"{judge.digits} digits do not tell two levels apart")
        judge = Judge(build_of(model, point), 3 * judge.digits)
    readings = judge.readings()
    if all(len(clusters) == judge.size for clusters in readings):
        return judge
    cold = [float(b.temperature) for b in judge.numbers.baths if b.temperature]
    lost = 2 * judge.scale / min(cold, default=1.0) / 2.3
    lost = max([lost, *(Reading(judge, clusters).spread for clusters in readings)])
    # two spins are quick
    if lost > MOST_DIGITS * max(1.0, 3 / judge.numbers.spins):
        raise Undecided(f"{lost:.0f} digits would be lost to cold or slow baths")
    return Judge(build_of(model, point), int(judge.digits + 3 * lost)) if lost > 10 else judge
