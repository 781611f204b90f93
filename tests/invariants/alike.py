"""Points that tests share: each property is tried at as many, and an evaluation is made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from hypothesis import seed, settings

import symqb

Test = TypeVar("Test", bound=Callable[..., None])


def alike(test: Test) -> Test:
    """Draw what other tests draw that are given the same; the long profile draws anew."""
    return seed(0)(test) if settings.default.derandomize else test


@cache
def battery(spins: int, dissipation: str) -> symqb.Battery:
    return symqb.xxz_battery(spins, dissipation)


def evaluated(
    spins: int, dissipation: str, p: Mapping[str, float], outputs: tuple[str, ...] | None = None
) -> Any:
    """A battery's result at a point; made anew where only the sign of a zero differs."""
    signs = tuple(map(repr, p.values()))
    return _evaluated(spins, dissipation, tuple(p.items()), outputs, signs)


@cache
def _evaluated(
    spins: int, dissipation: str, p: tuple[tuple[str, float], ...], outputs: Any, signs: Any
) -> Any:
    return battery(spins, dissipation).evaluate(outputs=outputs, **dict(p))
