"""What is asked for at one point is answered, or refused, alike through every entrance."""

import pickle

import numpy as np
import pytest

from symqb import Bath, Battery, BatteryModel, Chain, xxz_battery
from symqb.models import AbsentError, SteadyStateError

TOP = {"B0": -3.0, "J": 1.0, "Delta": 0.0, "epsilon": 1.0, "T_L": 3.0, "T_R": 1.0}
"""Here |0..0> is the top level: there is no charge."""
POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "T": 1.0}


def symmetric(spins):
    """A chain that one bath, alike at every site, leaves two steady states."""
    return Battery(
        BatteryModel(Chain(spins), (Bath("L", "T", dict.fromkeys(range(1, spins + 1), 1)),))
    )


@pytest.mark.parametrize("spins", [2, 4])
def test_levels_are_told_where_no_steady_state_is_unique(spins):
    pytest.importorskip("xarray")
    battery, names = symmetric(spins), ("energies", "capacity")
    found = battery.evaluate(outputs=names, **POINT)
    digits = battery.evaluate(outputs=names, digits=25, **POINT)
    swept = battery.sweep(POINT, outputs=names)
    assert found.energies.tolist() == [float(x) for x in digits.energies]
    assert found.energies.tolist() == swept.energies.values.tolist()
    assert found.capacity == float(digits.capacity) == float(swept.capacity)
    for refused in (
        lambda: battery.evaluate(outputs="populations", **POINT),
        lambda: battery.evaluate(outputs="populations", digits=25, **POINT),
        lambda: battery.sweep(POINT, outputs=["populations"]),
    ):
        with pytest.raises(SteadyStateError, match="not unique"):
            refused()


def test_levels_are_the_same_numbers_whatever_else_is_asked():
    point = {"B0": 0.3, "J": 1.0, "Delta": 1e-9, "epsilon": 0.4, "T_L": 3.0, "T_R": 1.0}
    battery = xxz_battery(4)
    alone, whole = (
        battery.evaluate(outputs=("energies", "capacity"), **point),
        battery.evaluate(**point),
    )
    assert alone.energies.tolist() == whole.energies.tolist()
    assert alone.capacity == whole.capacity


@pytest.mark.parametrize("spins", [2, 4])
def test_an_output_that_does_not_exist_is_absent_through_every_entrance(spins):
    pytest.importorskip("xarray")
    battery = xxz_battery(spins)
    for options in ({}, {"digits": 25}):
        with pytest.raises(AbsentError, match="top level") as refused:
            battery.evaluate(outputs=("charge", "ergotropy"), **TOP, **options)
        assert refused.value.outputs == ("charge",)
        found = battery.evaluate(**TOP, **options)
        assert "charge" not in found
        assert found.stored_energy < 0
        with pytest.raises(AbsentError, match="top level"):
            _ = found.charge
    grid = TOP | {"B0": np.array([2.0, -3.0])}
    several = battery.evaluate(**grid)
    assert "charge" not in several
    assert several.ergotropy.shape == (2,)
    with pytest.raises(AbsentError, match="top level"):
        battery.sweep(grid, outputs=["charge", "ergotropy"])
    swept = battery.sweep(grid, outputs=["charge", "ergotropy"], skip_errors=True)
    assert np.isnan(swept.charge.values).tolist() == [False, True]
    assert np.isfinite(swept.ergotropy.values).all()


def test_what_is_absent_here_and_what_is_absent_there_are_both_left_out(monkeypatch):
    battery = xxz_battery(2)
    evaluate = Battery._evaluate

    def lacking(self, names, *rest):
        for name in ("charge", "exergy"):
            if name in names:
                raise AbsentError(f"{name} is not told", (name,))
        return evaluate(self, names, *rest)

    monkeypatch.setattr(Battery, "_evaluate", lacking)
    found = battery.evaluate(**TOP)
    assert not {"charge", "exergy"} & set(found)
    for name in ("charge", "exergy"):
        with pytest.raises(AbsentError, match=f"{name} is not told"):
            getattr(found, name)


@pytest.mark.parametrize("spins", [2, 4])
def test_numbers_of_many_digits_travel(spins):
    found = xxz_battery(spins).evaluate(digits=40, **TOP | {"B0": 2})
    again = pickle.loads(pickle.dumps(found))
    assert again.stored_energy == found.stored_energy
    assert str(again.stored_energy) == str(found.stored_energy)
