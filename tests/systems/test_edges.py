"""Edges of the domain: each gives the right limit or a clear error, never a wrong number."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import pytest

import symqb
from symqb.models import Bath, BatteryModel, Chain

P = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0}
STATE = ("energies", "populations")


@cache
def battery(spins: int, dissipation: str = "collective") -> symqb.Battery:
    return symqb.xxz_battery(spins, dissipation)


def populations(spins: int, dissipation: str = "collective", **changed: Any) -> Any:
    return battery(spins, dissipation).evaluate(outputs=STATE, **{**P, **changed}).populations


def exact(spins: int, dissipation: str = "collective", **changed: Any) -> Any:
    """Fifty digits at the same floating-point inputs."""
    result = battery(spins, dissipation).evaluate(digits=50, outputs=STATE, **{**P, **changed})
    return np.array([float(p) for p in result.populations])


@pytest.mark.parametrize("spins", [2, 3, 4])
@pytest.mark.parametrize("cold", [("T_L",), ("T_R",), ("T_L", "T_R")])
def test_temperature_zero_is_the_limit_of_low_temperatures(
    spins: int, cold: tuple[str, ...]
) -> None:
    field = {"B0": 4.0}
    at_zero = populations(spins, **field, **dict.fromkeys(cold, 0.0))
    near = populations(spins, **field, **dict.fromkeys(cold, 1e-3))
    assert np.isfinite(at_zero).all()
    np.testing.assert_allclose(at_zero, near, atol=1e-12)
    if len(cold) == 2:
        ground = np.argmin(battery(spins).evaluate(**{**P, **field}).energies)
        assert at_zero[ground] == 1
        assert at_zero.sum() == 1


@pytest.mark.parametrize("spins", [2, 3])
def test_temperature_zero_in_a_weak_field_fills_the_true_ground_level(spins: int) -> None:
    p = {"B0": 0.3, "T_L": 0.0, "T_R": 0.0}
    result = battery(spins).evaluate(**{**P, **p})
    ground = int(np.argmin(result.energies))
    assert ground != battery(spins).eigensystem().empty.label - 1
    assert result.populations[ground] == 1
    assert result.ergotropy == 0


@pytest.mark.parametrize(("signed", "label"), [(("T_L", "T_R"), "R"), (("T_R", "T_L"), "L")])
def test_entropy_production_is_infinite_towards_a_bath_at_zero(
    signed: tuple[str, str], label: str
) -> None:
    warm, cold = signed
    result = battery(2).evaluate(**{**P, warm: 3.0, cold: 0.0})
    assert result.entropy_production == np.inf
    assert result[f"heat_current_{label}"] < 0
    assert result.exergy >= 0


def test_two_wells_at_temperature_zero_have_no_single_steady_state() -> None:
    """Ferromagnetic order: |00> and |11> both lie below all their neighbours."""
    wells = {"B0": 0.1, "J": 1.0, "Delta": -3.0, "T_L": 0.0, "T_R": 0.0}
    with pytest.raises(symqb.SteadyStateError, match="not unique"):
        populations(2, **wells)
    with pytest.raises(symqb.SteadyStateError, match="not unique"):
        battery(2).evaluate(digits=30, **{**P, **wells})


@pytest.mark.parametrize("dissipation", ["collective", "individual"])
@pytest.mark.parametrize(("spins", "wells"), [(2, {"Delta": -8.45}), (3, {"Delta": -8.7})])
@pytest.mark.parametrize("B0", [0.005, 0.02])
@pytest.mark.parametrize("scale", [1.2, 1.0, 0.9, 0.5, 0.1])
def test_underflowing_rates_between_wells_give_the_right_populations(
    spins: int, wells: dict[str, float], B0: float, scale: float, dissipation: str
) -> None:
    """Two wells with a barrier of 740 temperatures: the double-precision rates are subnormal or 0.

    The populations are comparable all the same, and must not come out as 1 and 0.
    """
    p = wells | {"B0": B0 * scale, "T_L": 0.01 * scale, "T_R": 0.01 * scale}
    ours = populations(spins, dissipation, **p)
    true = exact(spins, dissipation, **p)
    seen = true > 1e-290
    assert seen.sum() >= 2
    np.testing.assert_allclose(ours[seen], true[seen], rtol=1e-11)


@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("B0", [4.0, 0.4, -1.0])
@pytest.mark.parametrize(
    "T", [(1e-2, 1e-2), (1e-3, 5e-3), (1e-4, 1.0), (1e-6, 1e-6), (1e-250, 1.0)]
)
def test_very_low_temperatures(spins: int, B0: float, T: tuple[float, float]) -> None:
    p = {"B0": B0, "T_L": T[0], "T_R": T[1]}
    ours, true = populations(spins, **p), exact(spins, **p)
    seen = true > 1e-290
    bound = 2.3e-16 * (100 + 100 / min(T))
    np.testing.assert_allclose(ours[seen], true[seen], rtol=min(bound, 1e-3))


@pytest.mark.parametrize(("Delta", "sign"), list(itertools.product((1.0, -1.0), (1.0, -1.0))))
def test_frequency_zero_inside_the_range_of_the_figures(Delta: float, sign: float) -> None:
    """|Delta| = 1, B0 = 2 (two spins): a Bohr frequency vanishes exactly; the limit is smooth."""
    p = {"Delta": Delta, "J": sign}
    frequencies = [
        abs(t.frequency.subs({"B0": 2, "J": sign, "Delta": Delta}))
        for t in battery(2).transitions()
    ]
    assert 0 in frequencies
    at_zero = populations(2, **p)
    for step in (1e-12, -1e-12):
        np.testing.assert_allclose(at_zero, populations(2, **p, B0=2 + step), rtol=1e-10)
    np.testing.assert_allclose(at_zero, exact(2, **p), rtol=1e-14)


@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("frequency", [1e-6, 1e-9, 1e-12, -1e-12, 1e-15])
def test_tiny_frequencies(spins: int, frequency: float) -> None:
    levels = battery(spins).eigensystem()
    for t in battery(spins).transitions():
        gap = float((levels[t.upper].energy - levels[t.lower].energy).subs({**P, "B0": 0}))
        p = {"B0": frequency - gap}
        np.testing.assert_allclose(populations(spins, **p), exact(spins, **p), rtol=1e-13)


@pytest.mark.parametrize("spins", [2, 3])
def test_frequencies_change_sign_below_the_threshold_without_a_jump(spins: int) -> None:
    """From B0 far below |J| + |Delta| to above it, point by point against fifty digits."""
    for B0 in np.linspace(0.05, 3.0, 12):
        np.testing.assert_allclose(
            populations(spins, B0=B0), exact(spins, B0=float(B0)), rtol=1e-13
        )


def test_at_J_zero_two_spins_are_solved_with_their_coherences() -> None:
    """Two free spins on one bath and one of them on another: not the limit J -> 0."""
    p = {**P, "J": 0.0, "Delta": 0.0}
    ours = battery(2).evaluate(**p)
    assert np.abs(ours.populations - populations(2, Delta=0.0, J=1e-9)).max() > 1e-3
    assert ours.heat_current_L == pytest.approx(-ours.heat_current_R, rel=1e-12)
    many = battery(2).evaluate(digits=30, **p)
    np.testing.assert_allclose(ours.populations, [float(x) for x in many.populations], rtol=1e-14)


@pytest.mark.parametrize("spins", [3, 4])
def test_at_J_zero_a_spin_without_a_bath_keeps_its_state(spins: int) -> None:
    with pytest.raises(symqb.SteadyStateError, match="not unique"):
        populations(spins, J=0.0)


def test_limit_J_to_zero_is_not_the_value_but_is_smooth() -> None:
    small, smaller = populations(2, J=1e-7), populations(2, J=1e-9)
    np.testing.assert_allclose(small, smaller, rtol=1e-6)


@pytest.mark.parametrize("spins", [2, 3, 4])
def test_without_a_field_turning_all_spins_conserves_two_sectors(spins: int) -> None:
    with pytest.raises(symqb.SteadyStateError, match="not unique: there are 2"):
        populations(spins, B0=0.0)


def test_one_point_of_an_array_at_an_edge_is_answered_like_the_point_alone() -> None:
    several = populations(2, J=[1.0, 0.0, -1.0])
    for k, J in enumerate((1.0, 0.0, -1.0)):
        np.testing.assert_allclose(several[k], populations(2, J=J), rtol=1e-14)


def test_digits_answer_at_the_same_edges() -> None:
    free = battery(2).evaluate(digits=30, **{**P, "J": 0})
    assert sum(free.populations) == pytest.approx(1)
    at_zero = battery(2).evaluate(digits=30, **{**P, "T_L": 0, "T_R": 0})
    assert at_zero.populations[0] == 1


def test_only_the_charge_does_not_exist_where_the_empty_battery_is_the_top_level() -> None:
    p = {**P, "B0": -3.0}
    for digits in (None, 30):
        result = battery(2).evaluate(digits=digits, **p)
        assert result.capacity == 0
        assert "charge" not in result
        with pytest.raises(symqb.DomainError, match=r"no charge here: .*capacity"):
            _ = result.charge
        with pytest.raises(symqb.DomainError, match="leave out charge"):
            battery(2).evaluate(digits=digits, outputs="charge", **p)


MODELS = {
    "a dark level": BatteryModel(Chain(2), (Bath("L", "T", {1: 1, 2: 1}),)),
    "an uncoupled site": BatteryModel(
        Chain(2, J=0, Delta="Delta", B0=("B_1", "B_2")), (Bath("L", "T", {1: 1}),)
    ),
    "three sites, one bath, symmetric": BatteryModel(Chain(3), (Bath("L", "T", {1: 1, 3: 1}),)),
    "a weight of zero": BatteryModel(Chain(1), (Bath("L", "T", {1: 0}),)),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_steady_state_that_is_not_unique_is_an_error(name: str) -> None:
    system = symqb.Battery(MODELS[name])
    point = {parameter: 1.5 + 0.7 * k for k, parameter in enumerate(system.parameters)}
    for call in (
        lambda: system.evaluate(**point),
        lambda: system.emit("numpy"),
        lambda: system.steady_state(),
    ):
        with pytest.raises(symqb.SteadyStateError, match=r"not unique.*levels") as caught:
            call()
        assert "couple" in str(caught.value)


def test_a_dark_level_at_one_value_of_epsilon_is_an_error_there_only() -> None:
    """One bath on both sites with weights 1 and epsilon: at epsilon = 1 the singlet is dark."""
    system = symqb.Battery(BatteryModel(Chain(2), (Bath("L", "T", {1: 1, 2: "epsilon"}),)))
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "T": 1.0}
    result = system.evaluate(epsilon=0.9, **point)
    weights = np.exp(-(result.energies - result.energies.min()))
    np.testing.assert_allclose(result.populations, weights / weights.sum(), rtol=1e-13)
    with pytest.raises(symqb.SteadyStateError, match="not unique"):
        system.evaluate(epsilon=1.0, **point)


def test_models_built_by_hand_agree_with_the_papers() -> None:
    numbers = BatteryModel(
        Chain(2, J=1, Delta=0.5, B0=2),
        (Bath("L", 3, {1: 1, 2: 0.3}), Bath("R", 1, {2: 1})),
        kappa=1,
    )
    np.testing.assert_allclose(
        symqb.Battery(numbers).evaluate().populations, populations(2), rtol=1e-14
    )


def test_one_spin_between_two_baths() -> None:
    model = BatteryModel(Chain(1), (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {1: 1})))
    result = symqb.Battery(model).evaluate(B0=2.0, T_L=3.0, T_R=1.0)
    mean = sum(1 / np.expm1(2.0 / T) for T in (3.0, 1.0)) / 2
    assert result.populations[1] == pytest.approx(mean / (2 * mean + 1), rel=1e-14)


@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("scale", [1e-160, 1e-140, 1e-120, 1e-99, 1e99])
def test_extreme_units_are_right(spins: int, scale: float) -> None:
    """At 1e-160 squares of energies are subnormal, yet the populations are those of any unit."""
    p = {k: v if k == "epsilon" else v * scale / 4 for k, v in P.items()}
    ours = battery(spins).evaluate(outputs=(*STATE, "charge"), **p)
    np.testing.assert_allclose(ours.populations, populations(spins), rtol=1e-12)
    assert ours.charge == pytest.approx(battery(spins).evaluate(**P).charge, rel=1e-12)


@pytest.mark.parametrize("spins", [2, 3])
def test_units_whose_squares_vanish_are_right(spins: int) -> None:
    p = {k: v if k == "epsilon" else v * 1e-285 for k, v in P.items()}
    found = battery(spins).evaluate(outputs=STATE, **p).populations
    np.testing.assert_allclose(found, populations(spins), rtol=1e-12)


@pytest.mark.parametrize("spins", [2, 3])
def test_units_beyond_double_precision_are_refused(spins: int) -> None:
    p = {k: v if k == "epsilon" else v * 1e101 for k, v in P.items()}
    with pytest.raises(symqb.DomainError, match="scale all energies and temperatures"):
        battery(spins).evaluate(outputs=STATE, **p)
