"""Threads change the time, not the values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import symqb
from tests.conformance.harness import battery

TARGETS = (
    pytest.param("c", marks=pytest.mark.needs_cc),
    pytest.param("numba", marks=pytest.mark.slow),
)
COLUMNS = {"J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": np.linspace(1, 39, 5001), "T_R": 1.0}


@pytest.mark.parametrize("target", TARGETS)
def test_two_threads_give_the_values_of_one(target: str, tmp_path: Path) -> None:
    if target == "numba":
        pytest.importorskip("numba")
    one = battery(2).emit(target, outputs=("charge", "populations"))
    two = battery(2).emit(target, outputs=("charge", "populations"), threads=2)
    a, b = one(B0=2.0, **COLUMNS), two(B0=2.0, **COLUMNS)
    np.testing.assert_array_equal(a.charge, b.charge)
    np.testing.assert_array_equal(a.populations, b.populations)
    with pytest.raises(symqb.DegenerateLevelsError):
        two(B0=np.where(np.arange(5001) == 5000, 0.0, 2.0), **COLUMNS)
