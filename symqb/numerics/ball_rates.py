"""What baths drive, in balls: temperatures, spectral densities, and the rates of every edge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from flint import arb, ctx

from symqb.derive.spectra import over_ohmic
from symqb.models import Bath, BatteryModel, DomainError, SpectralDensity, is_formula
from symqb.numerics.block_rates import (
    BathNumbers,
    limit_at_zero,
)
from symqb.numerics.exact_inputs import ExactInputs
from symqb.numerics.levels import Coupling

FROZEN = arb(2) ** 50
"""Energy over temperature beyond which absorption is taken for none at all."""


class MoreDigitsError(Exception):
    """What was asked cannot be told at this precision."""


@dataclass(frozen=True)
class BathBalls:
    """A bath at a point: its temperature, and its spectral density over the Ohmic one.

    ``same`` tells which baths have equal temperatures: it is the exact value where there is one.
    """

    name: str
    temperature: Any
    same: Any
    ratio: Callable[[Any], Any]

    @property
    def cold(self) -> bool:
        """Whether the temperature is exactly zero."""
        return bool(self.temperature == 0)


@dataclass(frozen=True)
class Edge:
    """What one bath does between two levels, over kappa.

    ``size`` is how far ``upper`` lies above ``lower`` (0 if they coincide); ``up`` and ``down`` are
    the rates of absorption and emission; ``operator`` is the number of the bath's operator.
    """

    lower: int
    upper: int
    size: Any
    up: Any
    down: Any
    operator: int = 0


def absorbed(size: Any, temperature: Any) -> Any:
    """``w n(w)`` for w >= 0: what emission and absorption share."""
    if size == 0:
        return temperature
    if temperature == 0:
        return arb(0)
    exponent = size / temperature
    return arb(0) if exponent > FROZEN else size / exponent.expm1()


def bath_balls(inputs: ExactInputs) -> dict[str, BathBalls]:
    """The baths of a model at a point.

    Raises
    ------
    DomainError
        A temperature below zero, or a spectral density outside its domain.
    """
    found: dict[str, BathBalls] = {}
    for bath in inputs.model.baths:
        exact = inputs.value(bath.temperature)
        temperature = inputs.ball(bath.temperature)
        if temperature < 0:
            raise DomainError(
                f"the temperature of bath {bath.name}, {bath.temperature}, is "
                f"{float(temperature.mid()):g} here; temperatures must be >= 0"
            )
        same = str(sp.sympify(bath.temperature)) if isinstance(exact, arb) else exact
        found[bath.name] = BathBalls(bath.name, temperature, same, _ratio(bath, inputs))
    return found


def strength(model: BatteryModel, inputs: ExactInputs) -> Any:
    """kappa as a ball, refused unless it is positive."""
    kappa = inputs.ball(model.kappa)
    if not kappa > 0:
        raise DomainError(
            f"kappa={float(kappa.mid()):g}: the dissipation strength must be > 0; e.g. kappa=1"
        )
    return kappa


def _ratio(bath: Bath, inputs: ExactInputs) -> Callable[[Any], Any]:
    spectrum = bath.spectrum
    if spectrum is None:
        return lambda size: arb(1)
    if isinstance(spectrum, SpectralDensity):
        return _power_law(bath.name, inputs.ball(spectrum.s), inputs.ball(spectrum.cutoff))
    raw = _formula(bath, inputs) if is_formula(spectrum) else _own(bath)

    def checked(size: Any) -> Any:
        if size == 0:
            return limit_at_zero(bath.name, lambda frequency: checked(arb(frequency)))
        value = raw(size)
        if not value.is_finite() or value < 0:
            raise DomainError(
                f"the spectral density of bath {bath.name} is not finite and >= 0 at every "
                "frequency here, or not one number for each; check its definition"
            )
        return value

    return checked


def _power_law(name: str, s: Any, cutoff: Any) -> Callable[[Any], Any]:
    if not (s > 0 and cutoff > 0):
        shown = f"s={float(s.mid()):g}, cutoff={float(cutoff.mid()):g}"
        raise DomainError(f"spectral density of bath {name}: {shown}; both must be positive")
    power = s - 1

    def ratio(size: Any) -> Any:
        if size == 0:
            if power < 0:
                return limit_at_zero(name, lambda frequency: arb(frequency) ** power)
            return arb(0) if power > 0 else arb(1)
        return (size / cutoff) ** power * (-size / cutoff).exp()

    return ratio


def _own(bath: Bath) -> Callable[[Any], Any]:
    """A Python function: its doubles, taken as they are."""
    numbers = BathNumbers(bath.name, 1.0, (), density=bath.spectrum)  # type: ignore[arg-type]

    def ratio(size: Any) -> Any:
        return arb(float(np.ravel(numbers.over_ohmic(np.array([float(size.mid())])))[0]))

    return ratio


def _formula(bath: Bath, inputs: ExactInputs) -> Callable[[Any], Any]:
    frequency = sp.Dummy("omega", positive=True)
    ratio = over_ohmic(bath, frequency)
    known = inputs.rationals
    names = [s for s in ratio.free_symbols if s is not frequency]
    exact = {s: sp.Rational(known[str(s)].numerator, known[str(s)].denominator) for s in names}
    plain = sp.lambdify(frequency, ratio.subs(exact), "mpmath")

    def evaluate(size: Any) -> Any:
        mantissa, exponent = size.mid().man_exp()
        # log(1 + w) of a tiny w is w only where 1 + w is more than 1
        tiny = 4 * max(0, -int(exponent) - ctx.prec)
        with mpmath.workprec(ctx.prec + 20 + tiny):
            value = mpmath.mpf(plain(mpmath.mpf(int(mantissa)) * mpmath.mpf(2) ** int(exponent)))
            if not mpmath.isfinite(value):
                return arb.nan()
            sign, man, exp, _ = value._mpf_
        exact_value = arb(-int(man) if sign else int(man)) * arb(2) ** int(exp)
        return exact_value + arb(0, 1) * abs(exact_value) * arb(2) ** -ctx.prec

    return evaluate


def edges_of(
    couplings: Iterable[Coupling],
    baths: Mapping[str, BathBalls],
    energies: Sequence[Any],
    group_of: Sequence[int],
) -> dict[str, list[Edge]]:
    """The edges of every bath, operator by operator.

    Raises
    ------
    MoreDigitsError
        Levels of different groups whose gap the balls do not tell from zero.
    """
    found: dict[str, list[Edge]] = {name: [] for name in baths}
    count = dict.fromkeys(baths, 0)
    for coupling in couplings:
        name, matrix = coupling.bath, coupling.matrix
        for a, b in zip(*np.nonzero(matrix != 0), strict=True):
            if a < b:
                weight = matrix[a, b] ** 2
                edge = _edge(int(a), int(b), weight, baths[name], energies, group_of)
                found[name].append(replace(edge, operator=count[name]))
        count[name] += 1
    return found


def _edge(
    a: int, b: int, weight: Any, bath: BathBalls, energies: Sequence[Any], group_of: Sequence[int]
) -> Edge:
    size = energies[b] - energies[a]
    if group_of[a] == group_of[b]:
        size = arb(0)
    elif size.contains(0):
        raise MoreDigitsError
    if size < 0:
        a, b, size = b, a, -size
    factor = weight * bath.ratio(size)
    shared = absorbed(size, bath.temperature)
    return Edge(a, b, size, factor * shared, factor * (shared + size))
