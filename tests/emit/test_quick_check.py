"""The quick check of numbers lets through what the slow one accepts, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symqb
from symqb.emit.quick_check import number_check

NAMES = ("B0", "lambda", "T", "kappa")
GOOD: dict[str, Any] = {"B0": 2.0, "lambda": -1, "T": 0.0}
check = number_check(NAMES, ("T",), "kappa")


def test_numbers_come_in_order_with_kappa_one() -> None:
    assert check(GOOD) == (2.0, -1.0, 0.0, 1.0)
    assert check(dict(reversed((GOOD | {"kappa": 3}).items()))) == (2.0, -1.0, 0.0, 3.0)


@pytest.mark.parametrize(
    "bad",
    [
        {"B0": float("nan")},
        {"B0": float("inf")},
        {"B0": 10**400},
        {"B0": 1e101},
        {"B0": True},
        {"B0": "2"},
        {"B0": None},
        {"B0": np.float32(1)},
        {"T": -1e-9},
        {"T": 1e-300},
        {"kappa": 0.0},
        {"kappa": -1},
        {"kappa": None},
        {"unknown": 1.0},
    ],
)
def test_all_else_is_left_to_the_slow_check(bad: dict[str, Any]) -> None:
    assert check(GOOD | bad) is None
    assert check({}) is None


@given(st.floats(), st.floats())
def test_it_accepts_exactly_what_the_slow_check_does(B0: float, T: float) -> None:
    point = {"B0": B0, "lambda": 1.0, "T": T}
    try:
        symqb.models.check_parameters(
            NAMES, point, temperatures=["T"], kappa="kappa", defaults={"kappa": 1.0}
        )
    except ValueError:
        assert check(point) is None
    else:
        assert check(point) == (B0, 1.0, T, 1.0)
