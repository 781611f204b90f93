"""Optimisation within bounds: gradients, known maxima, and what is refused."""

import numpy as np
import pytest

import symqb
from symqb.models import DomainError, ParameterError, xxz_model
from symqb.numerics.optimize import _Objective, maximise

pytest.importorskip("scipy")

FIXED = {"B0": 2.0, "J": -1.0, "epsilon": 1.0, "T_R": 1.0}
BOUNDS = {"Delta": (-0.9, 0.9), "T_L": (1.5, 30.0)}


def test_emitted_gradients_equal_differences(monkeypatch):
    objective = _Objective(xxz_model(2), "ergotropy", BOUNDS, FIXED)
    assert objective.exact_gradient
    place = np.array([0.37, 0.71])
    value, slope = objective.cost_and_gradient(place)
    monkeypatch.setattr(_Objective, "exact_gradient", False)
    objective = _Objective(xxz_model(2), "ergotropy", BOUNDS, FIXED)
    objective._function.derivatives = ()
    again, differences = objective.cost_and_gradient(place)
    assert value == pytest.approx(again, rel=1e-13)
    np.testing.assert_allclose(slope, differences, rtol=1e-6)


@pytest.mark.parametrize("spins", [2, 4])
def test_the_best_point_beats_a_grid_and_the_path_rises(spins):
    best = maximise(xxz_model(spins), "ergotropy", BOUNDS, FIXED, starts=2)
    assert best.exact_gradient == (spins == 2)
    Delta, T_L = (np.linspace(*BOUNDS[name], 9) for name in ("Delta", "T_L"))
    grid = symqb.xxz_battery(spins).evaluate(
        outputs="ergotropy", **FIXED, Delta=Delta[:, None], T_L=T_L
    )
    assert best.value >= grid.ergotropy.max() - 1e-9
    values = [value for _, value in best.path]
    assert values == sorted(values)
    assert best.path[-1][1] == best.value
    assert len(best.steps) > 2
    gains = [value for _, value in best.steps]
    assert gains == sorted(gains)
    assert gains[-1] == pytest.approx(best.value, rel=1e-12)
    assert dict(best.steps[-1][0]) == pytest.approx(dict(best.parameters))
    there = symqb.xxz_battery(spins).evaluate(**best.parameters)
    assert there.ergotropy == pytest.approx(best.value, rel=1e-12)
    assert all(low <= best.parameters[name] <= high for name, (low, high) in BOUNDS.items())


def test_points_that_are_refused_do_not_stop_the_search():
    fixed = {"B0": 2.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 9.0, "T_R": 1.0}
    bounds = {"J": (-1.0, 1.0)}
    best = maximise(xxz_model(2), "charge", bounds, fixed, starts=1)
    assert np.isfinite(best.value)
    # J = 0 is refused, and lies inside
    objective = _Objective(xxz_model(2), "charge", bounds, fixed)
    assert objective.cost_and_gradient(np.array([0.5]))[0] == 1e300


@pytest.mark.parametrize(
    ("output", "bounds", "error"),
    [
        ("populations", BOUNDS, ParameterError),
        ("fun", BOUNDS, ParameterError),
        ("charge", {}, ParameterError),
        ("charge", {**BOUNDS, "T_L": (3.0, 3.0)}, DomainError),
        ("charge", {**BOUNDS, "T_L": (-1.0, 3.0)}, DomainError),
        ("charge", {"Delta": (0.0, 1.0)}, ParameterError),
    ],
)
def test_bad_questions_are_refused(output, bounds, error):
    with pytest.raises(error):
        maximise(xxz_model(2), output, bounds, FIXED)
