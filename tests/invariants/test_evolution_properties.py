"""What the time evolution obeys: trace, positivity, the steady state at the end (Eqs. 6-11, 15)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symqb
from symqb.testing import parameters

KINDS = [(2, "collective"), (2, "individual"), (3, "collective")]
EVERY = pytest.mark.parametrize(("spins", "dissipation"), KINDS)
TWO_SPINS = pytest.mark.parametrize(("spins", "dissipation"), KINDS[:2])
FEW = settings(max_examples=8)


@cache
def battery(spins: int, dissipation: str) -> symqb.Battery:
    return symqb.xxz_battery(spins, dissipation)


def evolve(spins: int, dissipation: str, times: Any, p: Any, initial: Any = None) -> Any:
    return battery(spins, dissipation).evolve(times, initial=initial, **p)


def random_state(size: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    rho = A @ A.conj().T
    return rho / np.trace(rho)


@TWO_SPINS
@FEW
@given(p=parameters(), seed=st.integers(0, 1000))
def test_states_stay_states(spins: int, dissipation: str, p: dict[str, float], seed: int) -> None:
    e = evolve(spins, dissipation, [0.0, 0.3, 20.0, 3e4], p, random_state(2**spins, seed))
    for rho in e.density:
        assert abs(np.trace(rho) - 1) < 1e-11
        assert np.abs(rho - rho.conj().T).max() < 1e-11
        assert np.linalg.eigvalsh((rho + rho.conj().T) / 2).min() > -1e-11
    assert np.abs(e.density[0] - random_state(2**spins, seed)).max() < 1e-15


@TWO_SPINS
@FEW
@given(p=parameters())
def test_the_empty_battery_stores_nothing_and_ends_in_the_steady_state(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    p |= {"kappa": 1.0, "J": float(np.sign(p["J"])), "epsilon": min(p["epsilon"], 0.5)}
    e = evolve(spins, dissipation, [0.0, 1e7], p)
    assert e.stored_energy[0] == 0
    steady = battery(spins, dissipation).evaluate(outputs=("populations", "stored_energy"), **p)
    np.testing.assert_allclose(e.populations[1], steady.populations, atol=1e-8)
    off = e.density - np.einsum("ti,ij->tij", e.populations, np.eye(2**spins))
    assert np.abs(off).max() == 0, "coherences appear from a state without any"


@EVERY
def test_coherences_decay(spins: int, dissipation: str) -> None:
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    start = random_state(2**spins, 7)
    e = evolve(spins, dissipation, [0.0, 1.0, 10.0, 300.0], p, start)
    for rho in e.density:
        assert abs(np.trace(rho) - 1) < 1e-12
        assert np.linalg.eigvalsh((rho + rho.conj().T) / 2).min() > -1e-12
    sizes = [np.abs(rho - np.diag(np.diag(rho))).max() for rho in e.density]
    assert sizes[0] > 0.05
    assert sizes[3] < 1e-12
    steady = battery(spins, dissipation).evaluate(**p)
    np.testing.assert_allclose(e.populations[3], steady.populations, atol=1e-12)


@TWO_SPINS
def test_order_of_times_does_not_matter(spins: int, dissipation: str) -> None:
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    times = [5.0, 0.5, 2.0, 2.0]
    e = evolve(spins, dissipation, times, p)
    for k, time in enumerate(times):
        alone = evolve(spins, dissipation, [time], p)
        np.testing.assert_allclose(e.density[k], alone.density[0], atol=1e-13)


def test_populations_follow_the_rate_equations() -> None:
    """A small step from the empty battery, against rates from the transitions."""
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    step = 1e-6
    e = evolve(2, "collective", [0.0, step], p)
    slope = (e.populations[1] - e.populations[0]) / step
    for t in battery(2, "collective").transitions():
        if t.lower == 1:
            rate = sum(float(r.subs(p).evalf()) for r in t.absorption.values())
            assert slope[t.upper - 1] == pytest.approx(rate, rel=1e-4)


@pytest.mark.parametrize("temperatures", [(0.0, 1.0), (1.0, 0.0), (0.0, 0.0)])
def test_evolution_at_temperature_zero(temperatures: tuple[float, float]) -> None:
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "kappa": 1.0}
    p |= {"T_L": temperatures[0], "T_R": temperatures[1]}
    start = np.eye(4) / 4
    e = evolve(2, "collective", [1e5], p, start)
    steady = battery(2, "collective").evaluate(**p)
    np.testing.assert_allclose(e.populations[0], steady.populations, atol=1e-9)


def test_very_long_times_end_in_the_steady_state() -> None:
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    steady = battery(2, "collective").evaluate(**p)
    for time in (1e9, 1e12, 1e15):
        e = evolve(2, "collective", [time], p)
        np.testing.assert_allclose(e.populations[0], steady.populations, atol=1e-9)


@pytest.mark.parametrize(
    ("times", "initial", "shown"),
    [
        ([-1.0], None, "times"),
        ([float("nan")], None, "times"),
        ([[1.0]], None, "times"),
        ("soon", None, "times"),
        ([1.0], np.eye(3) / 3, "initial has shape"),
        ([1.0], np.eye(4), "trace"),
        ([1.0], np.diag([1.5, -0.5, 0, 0]), "eigenvalue"),
        ([1.0], np.triu(np.ones((4, 4))) / 4, "Hermitian"),
        ([1.0], np.full((4, 4), np.nan), "finite"),
        ([1.0], "empty", "initial"),
    ],
)
def test_bad_times_and_initial_states_are_refused(times: Any, initial: Any, shown: str) -> None:
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0}
    with pytest.raises(symqb.ParameterError, match=shown) as caught:
        battery(2, "collective").evolve(times, initial=initial, **p)
    assert "give" in str(caught.value)
