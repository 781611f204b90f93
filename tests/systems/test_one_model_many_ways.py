"""One battery stated as a chain, as a system, with its numbers put in: the same answers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import symqb
from symqb import Bath, Battery, BatteryModel, Chain, ParameterError, SpectralDensity

POINT = {"B0": 2.0, "J": 1.25, "Delta": 0.5, "epsilon": 0.75, "T_L": 9.0, "T_R": 0.5}
OUTPUTS = (
    *("stored_energy", "capacity", "charge", "ergotropy", "exergy"),
    *("heat_current_L", "heat_current_R", "entropy_production"),
)


def compare(one: Any, other: Any, point: dict[str, Any]) -> None:
    """Levels are numbered otherwise; all else is the same to rounding."""
    first, second = one.evaluate(**point), other.evaluate(**point)
    for a, b in ((first, second), (second, first)):
        for name in ("energies", "populations"):
            order = np.argsort(a.energies, kind="stable"), np.argsort(b.energies, kind="stable")
            assert np.allclose(a[name][order[0]], b[name][order[1]], rtol=1e-12, atol=1e-15), name
    for name in OUTPUTS:
        assert second[name] == pytest.approx(first[name], rel=1e-11, abs=1e-13), name


@pytest.mark.parametrize("dissipation", ["collective", "individual"])
@pytest.mark.parametrize("spins", [2, 3, 4])
def test_a_battery_is_the_system_of_its_chain(spins: int, dissipation: str) -> None:
    battery = symqb.xxz_battery(spins, dissipation)
    opened = battery.open_system()
    assert opened.closed == battery.derivation.closed
    compare(battery, opened, POINT)
    # levels coincide
    compare(battery, opened, POINT | {"Delta": POINT["J"] / 2})


def test_numbers_put_in_are_the_numbers_given() -> None:
    battery = symqb.xxz_battery(3)
    names = ("J", "Delta", "epsilon")
    fixed = {name: Fraction(POINT[name]) for name in names}
    left = {name: x for name, x in POINT.items() if name not in names}
    whole = battery.evaluate(**POINT)
    for held in (battery.at(**fixed), battery.open_system().at(**fixed)):
        found = held.evaluate(**left)
        for name in OUTPUTS:
            assert found[name] == pytest.approx(whole[name], rel=1e-11, abs=1e-13), name


def test_chains_of_every_kind_are_systems() -> None:
    uneven = Chain(3, J=("J", 1), Delta=(0.25, "D"), B0=(1.0, "B", 2.0))
    baths = (
        Bath("L", "T_L", {1: 1, 3: "e"}, "y"),
        Bath("R", "T_R", {2: 1}, spectrum=SpectralDensity("w_c", 2)),
    )
    battery = Battery(BatteryModel(uneven, baths, kappa="k"))
    point = {"J": 0.7, "D": 0.3, "B": 1.5, "e": 0.5, "T_L": 2.0, "T_R": 0.6, "w_c": 3.0, "k": 0.9}
    compare(battery, battery.open_system(), point)
    assert battery.open_system().system.symmetries == ()


def test_an_anisotropic_chain_has_no_level_of_reference() -> None:
    chain = Chain(2, J=1, Delta="D", B0="B", eta="e")
    opened = Battery(
        BatteryModel(chain, (Bath("L", "T", {1: 1}), Bath("R", 1, {2: 1})))
    ).open_system()
    assert opened.system.reference is None
    assert "stored_energy" not in opened.outputs


def test_a_chain_too_long_for_matrices_is_refused() -> None:
    with pytest.raises((ParameterError, symqb.DomainError), match=r"at most"):
        symqb.xxz_battery(12).open_system()
