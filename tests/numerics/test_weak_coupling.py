"""A coupling is weak, not absent: no threshold takes a bath off a transition that it drives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symqb
from symqb.models import Bath, BatteryModel, Chain
from symqb.numerics import evaluate_chain

WEIGHTS = [1e-3, 5e-10, 1e-12]
GAP = 1.3


def apart(spins: int, weight: float) -> dict[str, Any]:
    """The last spin by itself, reached by the left bath alone, through a weight of its own."""
    bonds = (*np.linspace(1.0, 0.8, spins - 2).tolist(), 0.0)
    fields = (*np.linspace(2.0, 2.6, spins - 1).tolist(), GAP)
    chain = Chain(spins, J=bonds, Delta=tuple(0.3 * J for J in bonds), B0=fields)
    baths = (Bath("L", "T_L", {1: 1, spins: weight}), Bath("R", "T_R", {2: 1}))
    model = BatteryModel(chain, baths)
    outputs = ("energies", "populations", "heat_current_L", "heat_current_R")
    result = evaluate_chain(model, {"T_L": 3.0, "T_R": 1.0, "kappa": 1.0}, outputs=outputs)
    return {name: np.asarray(result[name], dtype=float) for name in outputs}


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("spins", [3, 6])
def test_a_spin_that_a_weak_coupling_alone_reaches_is_thermal(spins: int, weight: float) -> None:
    """Its temperature is the bath's, whatever the weight; the others do not see it.

    Three spins are solved in balls, six in doubles.
    """
    strong, weak = apart(spins, 1.0), apart(spins, weight)
    for name in strong:
        np.testing.assert_allclose(weak[name], strong[name], rtol=1e-9, atol=1e-13)
    # levels that differ in that spin alone
    E, p = weak["energies"], weak["populations"]
    pairs = np.argwhere(np.abs(np.subtract.outer(E, E) - GAP) < 1e-12)
    assert len(pairs) == 2 ** (spins - 1)
    for upper, lower in pairs:
        assert p[upper] / p[lower] == pytest.approx(np.exp(-GAP / 3.0), rel=1e-9)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("spins", [2, 3, 4, 6])
def test_a_weakly_coupled_bath_carries_heat(spins: int, weight: float) -> None:
    """Its current goes as the square of its weight: the first order in kappa of that bath."""
    chain = Chain(spins, J=1.0, Delta=0.4, B0=3.0)
    point = {"T_L": 3.0, "T_R": 1.0, "kappa": 1.0}

    def current(w: float) -> float:
        baths = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {spins: w}))
        return float(evaluate_chain(BatteryModel(chain, baths), point)["heat_current_R"])

    assert current(weight) < 0
    share = current(weight) / weight**2
    assert share == pytest.approx(current(1e-4) / 1e-8, rel=1e-5)
    assert abs(current(1.0)) < abs(share)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("spins", [2, 3])
def test_closed_form_and_engine_agree_where_a_coupling_is_weak(spins: int, weight: float) -> None:
    baths = (Bath("L", "T_L", {1: 1, spins: "epsilon"}), Bath("R", "T_R", {spins: weight}))
    battery = symqb.Battery(BatteryModel(Chain(spins), baths))
    point = {"B0": 3.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.5, "T_L": 3.0, "T_R": 1.0}
    closed = battery.evaluate(**point)
    engine = evaluate_chain(battery.model, point | {"kappa": 1.0})
    exact = battery.evaluate(digits=30, **point)
    for name in ("heat_current_L", "heat_current_R", "entropy_production"):
        assert float(closed[name]) == pytest.approx(float(exact[name]), rel=1e-10), name
        assert float(engine[name]) == pytest.approx(float(exact[name]), rel=1e-10), name
