"""The strategies draw what the package accepts, and every check can fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symqb
from symqb import testing

POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 39.0, "T_R": 1.0}
BATTERY = symqb.xxz_battery(2)
GOOD = BATTERY.evaluate(**POINT)


@pytest.mark.parametrize("largest", [2, pytest.param(3, marks=pytest.mark.slow)])
@settings(max_examples=12)
@given(data=st.data())
def test_any_model_obeys_the_invariants(largest: int, data: st.DataObject) -> None:
    battery = symqb.Battery(data.draw(testing.models(largest)))
    point = data.draw(testing.points(battery))
    result = battery.evaluate(**point)
    testing.check_populations(result.populations)
    testing.check_heat_balance(result)
    testing.check_second_law(result)
    equal = {name: 2.0 if name.startswith("T_") else value for name, value in point.items()}
    gibbs = battery.evaluate(**equal)
    testing.check_gibbs(gibbs.populations, gibbs.energies, 2.0, tolerance=1e-9)


@given(bath=testing.baths(3))
def test_baths_lie_on_the_chain(bath: symqb.Bath) -> None:
    assert symqb.BatteryModel(symqb.Chain(3), (bath,)).baths == (bath,)


def replaced(**changes: Any) -> symqb.Result:
    return symqb.Result({**GOOD.to_dict(), **changes}, GOOD.labels, GOOD.parameters)


SWAPPED = GOOD.populations[[1, 0, 2, 3]]


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: testing.check_populations([0.5, 0.6]), "sum to 1 only within"),
        (lambda: testing.check_populations([1.5, -0.5]), "negative"),
        (lambda: testing.check_populations([np.nan, 1.0]), "not finite"),
        (
            lambda: testing.check_gibbs(
                GOOD.populations, GOOD.energies, temperature=1.0, tolerance=1e-9
            ),
            "off the Gibbs state",
        ),
        (lambda: testing.check_passive(GOOD.populations, GOOD.energies), "inverted"),
        (lambda: testing.check_heat_balance(replaced(heat_current_L=2.0)), "leave"),
        (lambda: testing.check_second_law(replaced(entropy_production=-0.1)), "is -0.1"),
        (
            lambda: testing.check_agreement(SWAPPED, GOOD.energies, GOOD),
            "population of level 1: 0.153258 instead of 0.180842",
        ),
        (lambda: testing.check_agreement(SWAPPED, GOOD.energies + 0.1, GOOD), "energies differ"),
        (lambda: testing.check_agreement([1.0], [0.0], GOOD), "1 levels instead of 4"),
    ],
)
def test_every_check_can_fail(check: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check()


def test_agreement_does_not_depend_on_the_order_of_levels() -> None:
    order = [3, 1, 0, 2]
    testing.check_agreement(GOOD.populations[order], GOOD.energies[order], GOOD)


def test_levels_that_coincide_are_compared_together() -> None:
    energies, populations = np.array([0.0, 1.0, 1.0, 2.0]), np.array([0.4, 0.3, 0.2, 0.1])
    reference = symqb.Result(
        {"energies": energies, "populations": populations}, (1, 2, 3, 4), POINT
    )
    testing.check_agreement(populations[[0, 2, 1, 3]], energies, reference)
    with pytest.raises(AssertionError, match=r"population of level 2: 0\.6 instead of 0\.5"):
        testing.check_agreement([0.35, 0.4, 0.2, 0.05], energies, reference)
