"""Thermal factors of the engine for chains."""

import mpmath as mp
import numpy as np
import pytest

from symqb.numerics.block_rates import thermal_factor


@pytest.mark.parametrize("longest", [650.0, 800.0])
@pytest.mark.parametrize("T", [1e-8, 0.3, 1e8])
def test_thermal_factors_keep_their_digits_with_and_without_a_tail(T, longest):
    """Beyond 700 temperatures the exponential would overflow: another branch, the same values."""
    x = np.concatenate([[0.0, 1e-200, 1e-17, 1e-9, longest], np.geomspace(1e-20, longest, 200)])
    found = thermal_factor(x * T, T)
    assert found[:3].tolist() == [T, T, T]
    for w, value in zip((x * T)[3:].tolist(), found[3:].tolist(), strict=True):
        exact = mp.mpf(w) / mp.expm1(mp.mpf(w) / mp.mpf(T))
        # the exponent carries a rounding of w / T; what is subnormal has lost digits
        assert abs(value - exact) < 4e-16 * (2 + w / T) * exact + mp.mpf(1e-300)


def test_at_zero_temperature_nothing_is_absorbed():
    assert thermal_factor(np.array([0.0, 1e-3, 2.0]), 0.0).tolist() == [0.0, 0.0, 0.0]
