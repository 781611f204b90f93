"""Derivatives at points that ties, crossings and coincidences are drawn into, against differences.

The judge is the engine in balls on either side of the point, 50 digits and 1e-14 apart, which
differentiates nothing.  Where its two sides differ there is a kink, and the slope is that of one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from fractions import Fraction as F
from typing import Any

import mpmath
import numpy as np
import pytest

from symqb import Bath, Battery, BatteryModel, Chain, SymqbError
from symqb.models import xxz_model

STEP = F(1, 10**14)
MODELS = {
    "two": xxz_model(2),
    "two, individual": xxz_model(2, "individual"),
    "xyz": BatteryModel(Chain(2, eta="eta"), (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {2: 1}))),
    "unequal fields": BatteryModel(
        Chain(2, B0=("B1", "B2")),
        (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {2: 1, 1: "epsilon"})),
    ),
    "three baths": BatteryModel(
        Chain(1, B0="B0"),
        (
            Bath("L", "T_L", {1: 1}),
            Bath("R", "T_R", {1: "epsilon"}),
            Bath("C", "T_C", {1: 1}, axis="y"),
        ),
    ),
}
DRAWN: Mapping[str, tuple[F, ...]] = {
    "T": (F(1, 2), F(1), F(5, 4), F(3)),
    "B": (F(0), F(1, 2), F(1), F(5, 4), F(2)),
    "J": (F(0), F(1, 2), F(1), F(-1), F(2)),
    "D": (F(0), F(1, 2), F(1), F(-1)),
    "e": (F(0), F(0), F(1, 4), F(1), F(-1)),
    "k": (F(1),),
}


def slopes(battery: Battery, point: Mapping[str, F], name: str) -> Iterator[tuple[str, Any]]:
    """Each output's slopes on the left and on the right of the point, entry by entry."""
    left, here, right = (
        battery.evaluate(**{**point, name: point[name] + k * STEP}, digits=50) for k in (-1, 0, 1)
    )
    for output in here:
        sides = [np.ravel(np.array(r[output], dtype=object)) for r in (left, here, right)]
        with mpmath.workdps(50):
            yield output, [(b - a, c - b) for a, b, c in zip(*sides, strict=True)]


def faults(battery: Battery, rng: random.Random) -> tuple[int, list[str]]:
    """Compare all outputs at one drawn point; how many were, and what is wrong."""
    point = {p: rng.choice(DRAWN[p[0]]) for p in battery.parameters}
    name = rng.choice(battery.parameters)
    f = battery.emit("numpy", derivatives=(name,))
    try:
        found = f(**{p: float(value) for p, value in point.items()})
        judged = list(slopes(battery, point, name))
    except SymqbError:
        return 0, []
    wrong = []
    count = 0
    for output, sides in judged:
        for entry, got in zip(sides, np.ravel(found[f"d_{output}_d_{name}"]), strict=True):
            low, high = sorted(float(side / mpmath.mpf(1e-14)) for side in entry)
            if not np.isfinite([low, high]).all() or max(abs(low), abs(high)) > 1e6:
                continue
            count += 1
            slack = 1e-7 * (abs(low) + abs(high)) + 1e-11
            if not low - slack <= got <= high + slack:
                where = {p: str(value) for p, value in point.items()}
                wrong.append(f"d_{output}_d_{name} = {got}, not in {low} ... {high}, at {where}")
    return count, wrong


def compared(model: str, draws: int, seed: int) -> int:
    battery, rng, total = Battery(MODELS[model]), random.Random(seed), 0
    for _ in range(draws):
        count, wrong = faults(battery, rng)
        assert not wrong
        total += count
    return total


@pytest.mark.parametrize("model", MODELS)
def test_slopes_are_those_of_differences(model: str) -> None:
    assert compared(model, 5, 1) > 20


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("model", MODELS)
def test_slopes_at_many_points_are_those_of_differences(model: str, seed: int) -> None:
    assert compared(model, 150, 10 + seed) > 800
