"""The targets that need an extra, at their smallest; what takes long is in tests/conformance."""

from __future__ import annotations

import re

import numpy as np
import pytest

import symqb
from symqb.emit.targets.numba.source import extreme

BATTERY = symqb.xxz_battery(2)
POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 39.0, "T_R": 1.0}


@pytest.mark.parametrize("target", ["numba", "jax"])
def test_energies_are_those_of_numpy_at_a_point_and_over_an_array(target: str) -> None:
    pytest.importorskip(target)
    one, other = (BATTERY.emit(name, outputs=("energies",)) for name in (target, "numpy"))
    for point in (POINT, {**POINT, "Delta": np.linspace(-1, 1, 7)}):
        np.testing.assert_allclose(one(**point).energies, other(**point).energies, rtol=1e-15)


def depth(text: str) -> int:
    return max(text[:k].count("(") - text[:k].count(")") for k in range(len(text) + 1))


@pytest.mark.parametrize("count", range(1, 10))
def test_an_extreme_of_many_takes_each_once_in_a_balanced_tree(count: int) -> None:
    """Deep nests are refused by Python's parser, and keep LLVM from taking them side by side."""
    names = [f"x{k}" for k in range(count)]
    text = extreme("least", names)
    assert re.findall(r"x\d", text) == names
    assert depth(text) == (count - 1).bit_length()
    values = dict(zip(names, np.random.default_rng(count).normal(size=count), strict=True))
    assert eval(text, {"least": min, **values}) == min(values.values())
