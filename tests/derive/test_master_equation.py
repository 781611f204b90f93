"""The symbolic master equation where a frequency vanishes identically."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from symqb import Bath, Battery, BatteryModel, Chain
from tests.systems.test_evolution_against_full_solvers import judge

J, Delta = sp.symbols("J Delta")
VALUES = {"J": 1.0, "Delta": 0.75, "T_L": 3.0, "T_R": 0.5, "epsilon": 0.375, "kappa": 0.5}


def model(values: dict[str, Any], axis: str, dissipation: str) -> BatteryModel:
    """Two spins whose levels 1 and 3 coincide: B0 = J + Delta."""
    v = {name: values.get(name, sp.Symbol(name)) for name in VALUES}
    baths = (
        Bath("L", v["T_L"], {1: 1, 2: v["epsilon"]}),
        Bath("R", v["T_R"], {2: 1}, axis=axis),
    )
    chain = Chain(2, J=v["J"], Delta=v["Delta"], B0=v["J"] + v["Delta"])
    return BatteryModel(chain, baths, v["kappa"], dissipation)


@pytest.mark.parametrize("axis", ["x", "y"])
@pytest.mark.parametrize("dissipation", ["collective", "individual"])
def test_the_jumps_at_frequency_zero_are_one_hermitian_operator(
    axis: str, dissipation: str
) -> None:
    battery = Battery(model({}, axis, dissipation))
    equation = battery.master_equation()
    still = [jump for jump in equation.jumps if jump.frequency == 0]
    assert len(still) == (2 if dissipation == "collective" else 3)
    for jump in still:
        assert sorted(jump.elements) == [(1, 3), (3, 1)]
        assert jump.absorption == 0
        assert jump.emission == sp.Symbol("kappa") * jump.temperature
    energies = [float(equation.energies[k].subs(VALUES)) for k in equation.labels]
    unitary = -1j * np.diag(np.subtract.outer(energies, energies).ravel())
    ours = np.zeros((16, 16), dtype=complex)
    for ((a, b), (c, d)), value in equation.generator().items():
        ours[4 * a + b - 5, 4 * c + d - 5] = complex(value.subs(VALUES))
    states = np.array([[float(x) for x in level.state] for level in battery.eigensystem()]).T
    system = judge(model(VALUES, axis, dissipation))
    turn = np.kron(states.T @ system.states, states.T @ system.states)
    exact = turn @ system.dissipator() @ turn.T
    assert np.abs(ours - unitary - exact).max() < 1e-13


def test_an_operator_to_several_levels_is_no_reason_for_decay() -> None:
    """Free spins: the top level goes to two coinciding ones at once."""
    free = BatteryModel(Chain(3, J=0, Delta=0, B0="B"), (Bath("L", "T", {1: 1, 2: 1}),))
    battery = Battery(free)
    (top,) = [level.label for level in battery.eigensystem() if level.up == 3]
    reasons = battery.master_equation().coherences_decay()
    assert all(not found for (c, d), found in reasons.items() if top in (c, d))
    # spin 3 is coupled to nothing: it keeps its coherences
    assert not all(reasons.values())
