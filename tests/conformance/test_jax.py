"""The traceable side of the jax target: jit, vmap, grad, and float64 or nothing."""

from __future__ import annotations

import numpy as np
import pytest

import symqb
from tests.conformance.harness import battery

jax = pytest.importorskip("jax")

pytestmark = pytest.mark.slow
POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 39.0, "T_R": 1.0}


def double_precision() -> object:
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    return jax.experimental.enable_x64(True)


def test_grad_vmap_and_jit_of_the_ergotropy() -> None:
    pure = battery(2).emit("jax", outputs=("ergotropy",)).pure
    exact = battery(2).emit("numpy", outputs=("ergotropy",), derivatives=("B0",))
    grid = np.linspace(1.6, 2.5, 5)

    def ergotropy(B0: object) -> object:
        return pure(**(POINT | {"B0": B0}))["ergotropy"]

    with double_precision():  # type: ignore[attr-defined]
        slopes = jax.jit(jax.vmap(jax.grad(ergotropy)))(grid)
    truth = exact(**(POINT | {"B0": grid})).d_ergotropy_d_B0
    np.testing.assert_allclose(np.asarray(slopes), truth, rtol=1e-12, atol=1e-14)


def test_the_derivative_at_frequency_zero_is_the_limit() -> None:
    pure = battery(2).emit("jax", outputs=("charge",)).pure
    point = POINT | {"Delta": 1.0}
    with double_precision():  # type: ignore[attr-defined]
        slope = jax.grad(lambda T: pure(**(point | {"T_L": T}))["charge"])(39.0)
    truth = battery(2).emit("numpy", ("charge",), derivatives=("T_L",))(**point).d_charge_d_T_L
    assert float(slope) == pytest.approx(truth, rel=1e-12)


def test_float32_is_refused() -> None:
    pure = battery(2).emit("jax", outputs=("charge",)).pure
    with pytest.raises(symqb.ParameterError, match="jax_enable_x64"):
        pure(**POINT)
