"""Systems in the coordinates a paper speaks in, and quantities read from them.

A quantity has a value at each point of a domain, in floats for searches and to many digits for
proofs by counterexample; readings are combined by ``-`` and ``/``, and moved along a coordinate.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from symqb.audit.search import DIGITS, Array, Exact, Number, roots_along

STEP = Fraction(1, 1000)


@cache
def _compiled(system: Any, output: str) -> Any:
    return system.emit("numpy", outputs=(output,))


def exact_fraction(value: Exact) -> Fraction:
    """Read a number exactly as written; numbers of many digits to those they are good for."""
    if isinstance(value, sp.Expr) and not value.is_Rational:
        value = sp.N(value, DIGITS + 5)
    elif hasattr(value, "_mpf_"):
        value = mpmath.nstr(value, DIGITS + 5)
    return Fraction(str(value))


class Setting:
    """A system whose parameters are numbers, or SymPy expressions in a paper's coordinates.

    Parameters
    ----------
    system : object
        What has ``emit`` and ``evaluate``, such as a battery.
    parameters : mapping
        A value for each parameter of the system; the free symbols are the coordinates.

    Examples
    --------
    >>> from symqb import xxz_battery
    >>> s = sp.Symbol("s")
    >>> values = {"B0": 2, "J": 1, "Delta": "1/2", "epsilon": 0, "T_L": 2 + s, "T_R": 2 - s}
    >>> float(Setting(xxz_battery(2), values)("ergotropy", s=1.0))
    0.0
    """

    def __init__(self, system: Any, parameters: Mapping[str, Exact]) -> None:
        self.system = system
        self.parameters = {name: sp.sympify(value) for name, value in parameters.items()}
        expressions = list(self.parameters.values())
        self.coordinates = sorted({str(s) for e in expressions for s in e.free_symbols})
        self._point = sp.lambdify(self.coordinates, expressions, "numpy")

    def point(self, **coordinates: Array) -> dict[str, Array]:
        """Translate coordinates to parameters of the system, as floats or arrays."""
        values = self._point(*(coordinates[name] for name in self.coordinates))
        return {name: 1.0 * value for name, value in zip(self.parameters, values, strict=True)}

    def __call__(self, output: str, **coordinates: Array) -> Array:
        """Read an output in floats."""
        return _compiled(self.system, output)(**self.point(**coordinates))[output]

    def exact(self, output: str, **coordinates: Exact) -> Number:
        """Read an output at one point to :data:`DIGITS` digits; numbers are taken as they are."""
        where = {sp.Symbol(n): sp.Rational(exact_fraction(v)) for n, v in coordinates.items()}
        values = {n: exact_fraction(e.xreplace(where)) for n, e in self.parameters.items()}
        return self.system.evaluate(digits=DIGITS, outputs=(output,), **values)[output]


Move = Callable[[Mapping[str, Any]], Any]
"""The new value of a coordinate at a point."""


class Quantity:
    """What has a value at each point of a domain; the base of readings and their combinations."""

    def floats(self, **point: Array) -> Array:
        """Evaluate at floats or arrays."""
        raise NotImplementedError

    def exact(self, **point: Exact) -> Number:
        """Evaluate at one point to many digits."""
        raise NotImplementedError

    def __sub__(self, other: Quantity) -> Quantity:
        return Combined(operator.sub, self, other)

    def __truediv__(self, coordinate: str) -> Quantity:
        return Combined(operator.truediv, self, Coordinate(coordinate))


@dataclass(frozen=True)
class Combined(Quantity):
    """Two quantities joined by an operation."""

    join: Callable[[Any, Any], Any]
    left: Quantity
    right: Quantity

    def floats(self, **point: Array) -> Array:
        """Evaluate both sides at floats."""
        return self.join(self.left.floats(**point), self.right.floats(**point))

    def exact(self, **point: Exact) -> Number:
        """Evaluate both sides to many digits."""
        return self.join(self.left.exact(**point), self.right.exact(**point))


@dataclass(frozen=True)
class Coordinate(Quantity):
    """A coordinate as it stands."""

    name: str

    def floats(self, **point: Array) -> Array:
        """Read it."""
        return point[self.name]

    exact = floats


@dataclass(frozen=True)
class Reading(Quantity):
    """An output of a setting, read at the point or at one moved from it.

    Parameters
    ----------
    setting : Setting
    output : str
    moved : mapping
        Coordinates that do not stand at the point: a number, or a :data:`Move`.
    level : int
        Which entry to read, from 1, of an output with a value a level; 0 reads the whole.
    """

    setting: Setting
    output: str
    moved: Mapping[str, Exact | Move] = field(default_factory=dict)
    level: int = 0

    def floats(self, **point: Array) -> Array:
        """Read floats."""
        like = 0.0 * next(iter(point.values()))
        fixed = {n: v(point) if callable(v) else like + float(v) for n, v in self.moved.items()}
        value = self.setting(self.output, **{**point, **fixed})
        return value[..., self.level - 1] if self.level else value

    def exact(self, **point: Exact) -> Number:
        """Read many digits."""
        fixed = {n: v(point) if callable(v) else Fraction(str(v)) for n, v in self.moved.items()}
        value = self.setting.exact(self.output, **{**point, **fixed})
        return value[self.level - 1] if self.level else value


def further(name: str) -> Move:
    """Move a coordinate a thousandth of the way towards 1."""
    return lambda point: point[name] + (1 - point[name]) * _step(point[name])


def larger(name: str) -> Move:
    """Make a coordinate larger by a thousandth."""
    return lambda point: point[name] * (1 + _step(point[name]))


def _step(value: Any) -> Fraction | float:
    return STEP if isinstance(value, Fraction) else float(STEP)


def rises(
    setting: Setting, output: str, move: Mapping[str, Exact | Move], **fixed: Exact | Move
) -> Quantity:
    """Write how an output changes when coordinates move: positive where it rises."""
    return Reading(setting, output, {**fixed, **move}) - Reading(setting, output, fixed)


def falls(
    setting: Setting, output: str, move: Mapping[str, Exact | Move], **fixed: Exact | Move
) -> Quantity:
    """Write how an output changes when coordinates move: positive where it falls."""
    return Reading(setting, output, fixed) - Reading(setting, output, {**fixed, **move})


def order_gap(energies: Array, populations: Array) -> Array | Number:
    """Find the least population difference of neighbours in energy: negative if not passive."""
    if isinstance(populations, np.ndarray):
        order = np.argsort(energies, axis=-1)
        ranked = np.take_along_axis(np.broadcast_to(populations, order.shape), order, -1)
        return (ranked[..., :-1] - ranked[..., 1:]).min(-1)
    by_energy = [q for _, q in sorted(zip(energies, populations, strict=True))]
    return min(x - y for x, y in pairwise(by_energy))


def first_inversion(
    setting: Setting, name: str, low: float, high: float, count: int = 400, **fixed: Exact
) -> Number | None:
    """Find where along a coordinate the steady state stops being passive; None if nowhere."""

    def floats(value: Array) -> Array:
        where = {name: value, **{key: float(number) for key, number in fixed.items()}}
        return order_gap(setting("energies", **where), setting("populations", **where))

    def exact(value: Any) -> Number:
        where = {name: value, **fixed}
        return order_gap(setting.exact("energies", **where), setting.exact("populations", **where))

    found = roots_along(floats, exact, low, high, count)
    return found[0] if found else None
