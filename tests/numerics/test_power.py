"""The power of charging: against the time evolution, Pauli matrices, and differences."""

import numpy as np
import pytest

import symqb
from symqb import Bath, Battery, BatteryModel, Chain, DomainError, ParameterError
from symqb.models import DegenerateLevelsError, xxz_model
from symqb.numerics.optimize import maximise
from symqb.numerics.power import POWER, PowerFunction
from symqb.program.differentiate import derivative_name

linalg = pytest.importorskip("scipy.linalg")

POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.3, "epsilon": 0.7, "T_L": 9.0, "T_R": 1.0, "kappa": 0.4}
XYZ = BatteryModel(
    Chain.xyz(2, B0=("B1", "B2")),
    (Bath("L", "T_L", {1: 1, 2: 0.4}, "y"), Bath("R", "T_R", {2: 1})),
)
XYZ_POINT = {"B1": 1.2, "B2": 0.8, "Jx": 1.0, "Jy": 0.2, "Delta": 0.3, "T_L": 4.0, "T_R": 1.0}


@pytest.mark.parametrize(
    ("model", "point"),
    [(xxz_model(2), POINT), (xxz_model(3), POINT), (XYZ, {**XYZ_POINT, "kappa": 0.5})],
    ids=["two", "three", "xyz"],
)
def test_power_is_the_stored_energy_of_the_evolution_over_time(model, point):
    times = [0.01, 1.3, 40.0]
    stored = Battery(model).evolve(times, **point).stored_energy
    function = PowerFunction(model, 1.0)
    for time, energy in zip(times, stored, strict=True):
        function.time = time
        assert function(point)[POWER] == pytest.approx(energy / time, rel=1e-9)


def test_power_at_the_start_is_the_limit_of_short_times():
    start = PowerFunction(xxz_model(2), 0.0)(POINT)[POWER]
    assert start > 0
    assert PowerFunction(xxz_model(2), 1e-6)(POINT)[POWER] == pytest.approx(start, rel=1e-4)


@pytest.mark.parametrize("time", [0.0, 0.8])
def test_longer_chains_charge_as_pauli_matrices_do(reference, time):
    spins = 5
    point = {k: v for k, v in POINT.items() if k != "kappa"}
    H = reference.hamiltonian(spins, *(point[k] for k in ("B0", "J", "Delta")))
    energies, states = np.linalg.eigh(H)
    R = np.zeros_like(H)
    for S, T in reference.couplings(
        spins, point["epsilon"], point["T_L"], point["T_R"], "collective"
    ):
        gaps = np.subtract.outer(energies, energies)
        R += np.square(states.T @ S @ states) * np.vectorize(reference.phi)(gaps, T)
    R = 0.4 * R.T
    np.fill_diagonal(R, 0.0)
    R -= np.diag(R.sum(axis=0))
    start = np.square(states[-1])
    heights = energies - H[-1, -1]
    moved = R @ start if time == 0 else linalg.expm(time * R) @ start / time
    found = PowerFunction(xxz_model(spins), time)(POINT)[POWER]
    assert found == pytest.approx(heights @ moved, rel=1e-10)


@pytest.mark.parametrize(("model", "point"), [(xxz_model(2), POINT), (XYZ, XYZ_POINT)])
def test_slopes_equal_differences(model, point):
    by = tuple(point)
    function = PowerFunction(model, 0.0, by)
    assert len(function.derivatives) == len(by)
    for function.time in (0.0, 0.6):
        found = function(point)
        for name in by:
            ends = [function({**point, name: point[name] + h})[POWER] for h in (1e-5, -1e-5)]
            slope = (ends[0] - ends[1]) / 2e-5
            assert found[derivative_name(POWER, name)] == pytest.approx(slope, rel=1e-7, abs=1e-9)


def test_the_best_power_beats_a_grid_and_lies_within_bounds():
    fixed = {"J": 1.0, "B0": 2.0, "T_L": 9.0, "T_R": 1.0}
    bounds = {"Delta": (-0.9, 0.9), "epsilon": (0.0, 1.0)}
    best = maximise(xxz_model(2), POWER, bounds, fixed, time=2.0, starts=2)
    assert best.exact_gradient
    grid = [np.linspace(*bounds[name], 7) for name in bounds]
    values = PowerFunction(xxz_model(2), 2.0)(
        {**fixed, "Delta": grid[0][:, None], "epsilon": grid[1]}
    )
    assert best.value >= values[POWER].max() - 1e-9
    evolved = symqb.xxz_battery(2).evolve([2.0], **best.parameters)
    assert best.value == pytest.approx(evolved.stored_energy[0] / 2.0, rel=1e-9)


def test_without_a_closed_form_slopes_are_differences():
    bounds = {"epsilon": (0.0, 1.0)}
    fixed = {name: POINT[name] for name in POINT if name != "epsilon"}
    best = maximise(xxz_model(4), POWER, bounds, fixed, time=1.0, starts=1)
    assert not best.exact_gradient
    assert best.parameters["epsilon"] == pytest.approx(1.0)


def test_bad_times_are_refused():
    bounds = {"epsilon": (0.0, 1.0)}
    for time in (None, -1.0, float("nan"), float("inf"), "1", [1.0]):
        with pytest.raises(DomainError, match="time to charge"):
            maximise(xxz_model(2), POWER, bounds, POINT, time=time)
    with pytest.raises(ParameterError, match="leave it out"):
        maximise(xxz_model(2), "charge", bounds, POINT, time=1.0)


def test_coinciding_levels_charge_with_their_coherences():
    for spins, changed in ((4, {"Delta": 0.0}), (2, {"J": 0.0}), (3, {"B0": 0.0})):
        point = {**POINT, **changed}
        stored = Battery(xxz_model(spins)).evolve([1.5], **point).stored_energy[0]
        found = PowerFunction(xxz_model(spins), 1.5)(point)[POWER]
        assert found == pytest.approx(stored / 1.5, rel=1e-12)
    with pytest.raises(DegenerateLevelsError, match="up to 7 spins"):
        PowerFunction(xxz_model(8), 1.0)({**POINT, "Delta": 0.0})


@pytest.mark.parametrize("spins", [2, 4])
def test_power_over_long_times_at_strong_coupling_is_the_steady_energy(spins):
    point = {**POINT, "epsilon": 1e6}
    stored = symqb.xxz_battery(spins).evaluate(outputs=["stored_energy"], **point).stored_energy
    found = PowerFunction(xxz_model(spins), 1e9)(point)[POWER]
    assert found == pytest.approx(stored / 1e9, rel=1e-10)
