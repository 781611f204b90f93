"""Searching a box of parameters: least and greatest values, and sign changes to many digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import mpmath
import numpy as np
import sympy as sp

from symqb.audit.rows import AuditError

Array = Any
Number: TypeAlias = mpmath.mpf
Exact: TypeAlias = sp.Expr | mpmath.mpf | Fraction | float | str
"""A number as it stands: 1/2, Fraction(1, 2) and "1/2" are one."""
Box = Mapping[str, tuple[float, float]]
DIGITS = 30


@dataclass(frozen=True)
class Extreme:
    """The least value a search found, where, how many points it tried and how many gave none."""

    value: float
    point: dict[str, float]
    tried: int
    undefined: int = 0

    def text(self) -> str:
        """Say it in words."""
        where = ", ".join(f"{name}={value:.6g}" for name, value in self.point.items())
        undefined = f", {self.undefined} of them undefined" if self.undefined else ""
        return f"{self.value:.4g} at {where} ({self.tried} points{undefined})"


def least(function: Callable[..., Array], box: Box, grid: int = 33, rounds: int = 8) -> Extreme:
    """Find the least value over a box: a dense grid, then grids closing in on the best point.

    Numerical: a minimum between grid points can be missed if it is narrower than the grid.

    Raises
    ------
    AuditError
        If the value is finite at no point.
    """
    best, where = np.inf, {name: low for name, (low, _) in box.items()}
    tried = finite = undefined = 0
    current = dict(box)
    for round_ in range(rounds):
        count = grid if round_ == 0 else 9
        axes = [np.linspace(*current[name], count) for name in box]
        mesh = np.meshgrid(*axes, indexing="ij")
        values = np.asarray(function(**dict(zip(box, mesh, strict=True))))
        tried += values.size
        finite += int(np.isfinite(values).sum())
        undefined += int(np.isnan(values).sum())
        values = np.where(np.isnan(values), np.inf, values)
        index = np.unravel_index(int(np.argmin(values)), values.shape)
        if values[index] <= best:
            best = float(values[index])
            where = {name: float(m[index]) for name, m in zip(box, mesh, strict=True)}
        for name, (low, high) in box.items():
            half = (current[name][1] - current[name][0]) / (count - 1) * 1.5
            current[name] = (max(low, where[name] - half), min(high, where[name] + half))
    if not finite:
        raise AuditError(
            f"no value is finite at {tried} points of the box {dict(box)}; correct the quantity "
            "or the box"
        )
    return Extreme(best, where, tried, undefined)


def remembered(function: Callable[..., Array]) -> Callable[..., Array]:
    """Keep a function's values: the least and the greatest are sought on the same first grid."""
    kept: dict[Any, Array] = {}

    def asked(**point: Array) -> Array:
        key = tuple(
            (name, np.shape(value), np.asarray(value).tobytes()) for name, value in point.items()
        )
        if key not in kept:
            kept[key] = function(**point)
        return kept[key]

    return asked


def most(function: Callable[..., Array], box: Box, grid: int = 33, rounds: int = 8) -> Extreme:
    """Find the greatest value over a box."""
    found = least(lambda **v: -np.asarray(function(**v)), box, grid, rounds)
    return Extreme(-found.value, found.point, found.tried, found.undefined)


def root(function: Callable[[Number], Number], low: Exact, high: Exact, digits: int = 20) -> Number:
    """Find the point where a continuous function changes sign, by the Illinois rule.

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
        if not mp.isfinite(c):  # an end where the function is infinite
            c = (a + b) / 2
        fc = mp.mpf(str(function(c)))
        if fc * fb < 0:
            a, fa = b, fb
        else:
            fa /= 2
        b, fb = c, fc
        if abs(b - a) < mp.mpf(10) ** -digits * max(1, abs(b)) or fc == 0:
            break
    return b


def digits(value: Number, count: int = 15) -> str:
    """Write a number to many digits."""
    return str(mpmath.nstr(value, count))


def roots_along(
    floats: Callable[[Array], Array],
    exact: Callable[[Number], Number],
    low: float,
    high: float,
    count: int = 200,
) -> list[Number]:
    """Find all sign changes seen on a grid, each refined to many digits.

    Zeros between two signs, or a root that falls on the grid, are one change.
    """
    grid = np.linspace(low, high, count)
    signs = np.sign(np.asarray(floats(grid)))
    ends = [(a, b) for a, b in pairwise(np.flatnonzero(signs)) if signs[a] * signs[b] < 0]
    return [root(exact, float(grid[a]), float(grid[b])) for a, b in ends]
