"""Simpler inputs that fail in the same way: one change at a time, as long as it still fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from symqb.models import BatteryModel, SymqbError
from symqb.prove.numbers_draw import names_of

Point = dict[str, float]

LONGEST = 12.0
"""Seconds that shrinking one failure may take."""


def simpler_points(point: Point) -> Iterator[Point]:
    """Points with one number simpler."""
    for name, value in point.items():
        for other in (1.0, 0.0, 2.0, round(value, 1), round(value, 3), float(f"{value:.1g}")):
            if other != value and len(repr(other)) < len(repr(value)):
                yield {**point, name: other}


def simpler_models(model: BatteryModel, point: Point) -> Iterator[tuple[BatteryModel, Point]]:
    """Models with one part less, and the point without names that went with it."""
    baths = model.baths
    for k, bath in enumerate(baths):
        others = baths[:k], baths[k + 1 :]
        if len(baths) > 1:
            yield _with(model, point, baths=(*others[0], *others[1]))
        if bath.spectrum is not None:
            yield _with(model, point, baths=(*others[0], replace(bath, spectrum=None), *others[1]))
        if bath.axis != "x":
            yield _with(model, point, baths=(*others[0], replace(bath, axis="x"), *others[1]))
        if len(bath.couplings) > 1:
            fewer = replace(bath, sites=bath.couplings[:1])
            yield _with(model, point, baths=(*others[0], fewer, *others[1]))
    if model.dissipation != "collective":
        yield _with(model, point, dissipation="collective")
    if not model.chain.conserves_magnetization:
        yield _with(model, point, chain=replace(model.chain, eta=0))
    for name, values in (
        ("J", model.chain.J),
        ("Delta", model.chain.Delta),
        ("B0", model.chain.fields),
    ):
        if len(set(map(str, values))) > 1:
            chain = replace(model.chain, **{name: values[0]})
            yield _with(model, point, chain=chain)


def _with(model: BatteryModel, point: Point, **changes: Any) -> tuple[BatteryModel, Point]:
    made = replace(model, **changes)
    used = names_of(made)
    return made, {name: value for name, value in point.items() if name in used}


def shrink(
    model: BatteryModel, point: Point, why: Any, again: Callable[[BatteryModel, Point], Any]
) -> tuple[BatteryModel, Point, Any]:
    """The simplest model and point found that still fail, and what is wrong there."""
    end, moved = time.monotonic() + LONGEST, True
    while moved:
        moved = False
        for other, at in _candidates(model, point):
            if time.monotonic() > end:
                return model, point, why
            try:
                found = again(other, at)
            except (SymqbError, ArithmeticError, ValueError, TypeError):
                continue
            if found is not None:
                model, point, why, moved = other, at, found, True
                break
    return model, point, why


def _candidates(model: BatteryModel, point: Point) -> Iterator[tuple[BatteryModel, Point]]:
    yield from simpler_models(model, point)
    for simpler in simpler_points(point):
        yield model, simpler
