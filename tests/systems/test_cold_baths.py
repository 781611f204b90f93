"""Baths at zero temperature, where rates follow frequencies and what is small is not nothing."""

from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from symqb import Bath, Battery, BatteryModel, Chain, SpectralDensity, xxz_battery

NEAR = {"J": 1e-9, "Delta": 1.0, "epsilon": 1e5, "T_L": 0.0, "T_R": 0.0163, "kappa": 1000.0}


@cache
def function(spins: int, target: str) -> Any:
    return battery(spins).emit(target, ("heat_current_L", "exergy"))


@cache
def battery(spins: int) -> Battery:
    return xxz_battery(spins)


@cache
def precise(spins: int, B0: float) -> Any:
    exact = {name: Fraction(value) for name, value in {**NEAR, "B0": B0}.items()}
    return battery(spins).evaluate(digits=30, outputs=["heat_current_L", "exergy"], **exact)


@pytest.mark.parametrize("target", ["numpy", "c", "mpmath"])
@pytest.mark.parametrize("spins", [2, 3])
def test_a_frequency_that_is_next_to_nothing_keeps_its_digits_beside_a_cold_bath(
    spins: int, target: str
) -> None:
    for B0 in (1.0000000020000002, 1.000000001, 1.0 + 1e-9 + 1e-6):
        found, right = function(spins, target)(**NEAR, B0=B0), precise(spins, B0)
        for name in ("heat_current_L", "exergy"):
            assert float(found[name]) == pytest.approx(float(right[name]), rel=1e-10, abs=0)


@pytest.mark.parametrize(
    ("spins", "point"),
    [
        # levels as close to the ground state as rounding, all that a bath at zero sees
        (2, {"B0": 2.0000000000002e-12, "J": 1e-12, "Delta": 1.0, "T_L": 0.002, "T_R": 0.0}),
        (2, {"B0": 1.846e-12, "J": 1e-12, "Delta": 0.84610386, "T_L": 0.01, "T_R": 0.0}),
        # all heat is carried by a frequency of 1e-9
        (3, {"B0": 1.4142135637873088, "J": 1.0, "Delta": 0.0, "T_L": 0.01, "T_R": 0.02}),
    ],
)
def test_what_one_small_energy_carries_keeps_its_digits(
    spins: int, point: dict[str, float]
) -> None:
    exact = {name: Fraction(value) for name, value in point.items()}
    driven = ("heat_current_L", "exergy", "entropy_production")
    right = battery(spins).evaluate(digits=30, outputs=driven, epsilon=0, **exact)
    found = battery(spins).evaluate(outputs=driven, epsilon=0.0, **point)
    for name in driven:
        assert found[name] == pytest.approx(float(right[name]), rel=1e-10, abs=0)


@pytest.mark.parametrize("target", ["numpy", "c", "mpmath"])
@pytest.mark.parametrize(
    ("T_L", "T_R", "right"), [(0.0, 1e-3, "inf"), (1e-3, 0.0, "inf"), (0.0, 0.0, "0")]
)
def test_heat_too_small_for_doubles_into_a_cold_bath_still_makes_entropy(
    T_L: float, T_R: float, right: str, target: str
) -> None:
    call = battery(2).emit(target, ("entropy_production",))
    found = call(B0=3.0, J=0.5, Delta=0.2, epsilon=0.1, T_L=T_L, T_R=T_R)
    assert float(found.entropy_production) == float(right)


def test_of_three_baths_the_cold_one_decides() -> None:
    baths = (
        Bath("L", "T_L", {1: 0.5}, axis="y"),
        Bath("R", 0, {2: -1, 1: 1}, axis="y", spectrum=SpectralDensity(5.0, "s")),
        Bath("A", "T_A", {2: 1, 1: Fraction(1, 3)}),
    )
    chain = Chain(2, J="J", Delta="Delta_1", B0=(2, "B0_2"), eta=0.3)
    model = BatteryModel(chain, baths)
    point = {"J": 9.2e-7, "Delta_1": 9.2e-7, "B0_2": -4.6e-7, "T_L": 5.2e-5, "T_A": 5e-5, "s": 0.5}
    assert Battery(model).evaluate(**point).entropy_production == float("inf")


def test_a_rate_upwards_that_is_small_is_no_frequency_near_zero() -> None:
    """Alone, without more digits to fall back on, as in a browser."""
    alone: dict[str, Any] = {}
    exec(battery(3).source("numpy", ("heat_current_L", "exergy")), alone)
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.5, "T_L": 0.05, "kappa": 1.0}
    found = alone["evaluate"](**point, T_R=0.051)
    exact = {name: Fraction(value) for name, value in {**point, "T_R": 0.051}.items()}
    right = battery(3).evaluate(digits=30, outputs=["heat_current_L", "exergy"], **exact)
    for name in ("heat_current_L", "exergy"):
        assert float(found[name]) == pytest.approx(float(right[name]), rel=1e-10, abs=0)
    assert float(alone["evaluate"](**point, T_R=0.05)["heat_current_L"]) == 0.0
