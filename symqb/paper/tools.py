"""Deciding claims over a whole domain: dense grids, refinement, and thresholds to many digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

from symqb.paper.meaning import battery

Array = Any
Box = Mapping[str, tuple[float, float]]
OUTPUTS = (
    "populations",
    "energies",
    "charge",
    "ergotropy",
    "exergy",
    "heat_current_L",
    "stored_energy",
)
DIGITS = 30


@cache
def _function(spins: int, dissipation: str, outputs: tuple[str, ...]) -> Any:
    return battery(spins, dissipation).emit("numpy", outputs=outputs)


@dataclass(frozen=True)
class Setting:
    """A battery of the paper: ``sign`` is +1 for J, Delta > 0 and -1 for J, Delta < 0."""

    sign: int
    epsilon: float
    spins: int = 2
    B0: float = 2.0
    dissipation: str = "collective"

    def __call__(self, output: str, d: Array, s: Array, T_M: Array) -> Array:
        """An output at ``Delta = sign d``, ``Delta T = 2 T_M s``."""
        T_L, T_R = T_M * (1 + s), np.maximum(T_M * (1 - s), 0.0)
        return self.at(output, d, T_L, T_R)

    def at(self, output: str, d: Array, T_L: Array, T_R: Array) -> Array:
        """The same at given bath temperatures."""
        function = _function(self.spins, self.dissipation, (output,))
        result = function(
            B0=self.B0,
            J=float(self.sign),
            Delta=self.sign * d,
            epsilon=self.epsilon,
            T_L=T_L,
            T_R=T_R,
        )
        return result[output]

    def exact(self, output: str, d: Any, s: Any, T_M: Any) -> Any:
        """The same at one point to :data:`DIGITS` digits, arguments exact or mpmath numbers."""
        s, T_M = _fraction(s), _fraction(T_M)
        return battery(self.spins, self.dissipation).evaluate(
            digits=DIGITS,
            outputs=(output,),
            B0=_fraction(self.B0),
            J=self.sign,
            Delta=self.sign * _fraction(d),
            epsilon=_fraction(self.epsilon),
            T_L=T_M * (1 + s),
            T_R=max(T_M * (1 - s), Fraction(0)),
        )[output]

    @property
    def name(self) -> str:
        """In words."""
        return "antiferromagnetic" if self.sign > 0 else "ferromagnetic"


def _fraction(value: Any) -> Fraction:
    if hasattr(value, "_mpf_"):
        return Fraction(mpmath.nstr(value, DIGITS + 5))
    return Fraction(str(value))


FERRO = {0: Setting(-1, 0.0), 1: Setting(-1, 1.0)}
ANTI = {0: Setting(1, 0.0), 1: Setting(1, 1.0)}
BOTH = {"ferromagnetic": FERRO, "antiferromagnetic": ANTI}

D = (0.0, 1.0)
T_M = (2.0, 20.0)
"""Mean temperatures between the two the text names, T_M = 2 ("low") and T_M = 20 (Fig. 7)."""
POSITIVE, NEGATIVE, ANY = (0.0, 1.0), (-1.0, 0.0), (-1.0, 1.0)


@dataclass(frozen=True)
class Extreme:
    """The least value a search found, where, and how many points it tried."""

    value: float
    point: dict[str, float]
    tried: int

    def text(self) -> str:
        where = ", ".join(f"{name}={value:.6g}" for name, value in self.point.items())
        return f"{self.value:.4g} at {where} ({self.tried} points)"


def least(function: Callable[..., Array], box: Box, grid: int = 33, rounds: int = 8) -> Extreme:
    """The least value over a box: a dense grid, then grids closing in on the best point.

    Numerical: a minimum between grid points can be missed if it is narrower than the grid.
    """
    lows = {name: low for name, (low, _) in box.items()}
    highs = {name: high for name, (_, high) in box.items()}
    best, where, tried = np.inf, dict(lows), 0
    current = dict(box)
    for round_ in range(rounds):
        count = grid if round_ == 0 else 9
        axes = [np.linspace(*current[name], count) for name in box]
        mesh = np.meshgrid(*axes, indexing="ij")
        values = np.asarray(function(**dict(zip(box, mesh, strict=True))))
        values = np.where(np.isfinite(values), values, np.inf)
        index = np.unravel_index(int(np.argmin(values)), values.shape)
        tried += values.size
        if values[index] <= best:
            best = float(values[index])
            where = {name: float(m[index]) for name, m in zip(box, mesh, strict=True)}
        for name in box:
            half = (current[name][1] - current[name][0]) / (count - 1) * 1.5
            low = max(lows[name], where[name] - half)
            high = min(highs[name], where[name] + half)
            current[name] = (low, high)
    return Extreme(best, where, tried)


def most(function: Callable[..., Array], box: Box, grid: int = 33, rounds: int = 8) -> Extreme:
    """The greatest value over a box."""
    found = least(lambda **v: -np.asarray(function(**v)), box, grid, rounds)
    return Extreme(-found.value, found.point, found.tried)


def root(function: Callable[[Any], Any], low: Any, high: Any, digits: int = 20) -> Any:
    """The point where a continuous function changes sign, by the Illinois rule.

    Raises
    ------
    ValueError
        If the ends have one sign.
    """
    mp = mpmath.MPContext()
    mp.dps = DIGITS + 5
    a, b = mp.mpf(str(low)), mp.mpf(str(high))
    fa, fb = mp.mpf(str(function(a))), mp.mpf(str(function(b)))
    if fa * fb > 0:
        raise ValueError(f"no sign change between {low} and {high}: {fa}, {fb}")
    for _ in range(200):
        c = (a * fb - b * fa) / (fb - fa)
        fc = mp.mpf(str(function(c)))
        if fc * fb < 0:
            a, fa = b, fb
        else:
            fa /= 2
        b, fb = c, fc
        if abs(b - a) < mp.mpf(10) ** -digits * max(1, abs(b)) or fc == 0:
            break
    return b


def digits(value: Any, count: int = 15) -> str:
    """A number to many digits."""
    return str(mpmath.nstr(value, count))


def roots_along(
    floats: Callable[[Array], Array],
    exact: Callable[[Any], Any],
    low: float,
    high: float,
    count: int = 200,
) -> list[Any]:
    """All sign changes seen on a grid, each refined to many digits."""
    grid = np.linspace(low, high, count)
    signs = np.sign(np.asarray(floats(grid)))
    places = [k for k in range(count - 1) if signs[k] * signs[k + 1] < 0]
    return [root(exact, float(grid[k]), float(grid[k + 1])) for k in places]


def order_gap(energies: Array, populations: Array) -> Any:
    """Least population difference of neighbours in energy: negative exactly if not passive."""
    if isinstance(populations, np.ndarray):
        order = np.argsort(energies, axis=-1)
        ranked = np.take_along_axis(np.broadcast_to(populations, order.shape), order, -1)
        return (ranked[..., :-1] - ranked[..., 1:]).min(-1)
    by_energy = [q for _, q in sorted(zip(energies, populations, strict=True))]
    return min(x - y for x, y in pairwise(by_energy))


def gap(setting: Setting, d: Array, s: Array, T_M: Array) -> Array:
    """:func:`order_gap` on arrays."""
    return order_gap(setting("energies", d, s, T_M), setting("populations", d, s, T_M))


def exact_gap(setting: Setting, d: Any, s: Any, T_M: Any) -> Any:
    """:func:`order_gap` to many digits."""
    return order_gap(setting.exact("energies", d, s, T_M), setting.exact("populations", d, s, T_M))
