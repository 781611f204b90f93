"""What stored energy, ergotropy, exergy, heat and entropy obey, whatever the parameters."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, reject
from hypothesis import strategies as st

import symqb
from symqb.testing import check_passive, parameters, passive_parameters
from tests.invariants.alike import alike, battery, evaluated

EPS = float(np.finfo(np.float64).eps)
KINDS = [(spins, d) for spins in (2, 3) for d in ("collective", "individual")]
EVERY = pytest.mark.parametrize(("spins", "dissipation"), KINDS)
EPSILON = st.one_of(st.sampled_from([0.0, 0.3, 1.0]), st.floats(-1.5, 1.5))
EMPTY = {2: 0, 3: 2}
OUTPUTS = (
    "energies",
    "populations",
    "stored_energy",
    "capacity",
    "ergotropy",
    "exergy",
    "heat_current_L",
    "heat_current_R",
    "entropy_production",
)


def evaluate(spins: int, dissipation: str, p: dict[str, float]) -> Any:
    try:
        return evaluated(spins, dissipation, p, OUTPUTS)
    except symqb.DegenerateLevelsError:
        reject()


@cache
def transition_functions(spins: int, dissipation: str) -> Any:
    """Frequencies and squared matrix elements as plain functions of the couplings."""
    names = ("B0", "J", "Delta", "epsilon")
    transitions = battery(spins, dissipation).transitions()
    columns = [[t.frequency, t.weights["L"], t.weights["R"]] for t in transitions]
    function = sp.lambdify([sp.Symbol(name) for name in names], columns, "math")
    pairs = [(t.upper - 1, t.lower - 1) for t in transitions]
    return pairs, lambda p: function(*(p[name] for name in names))


def gross_flow(spins: int, dissipation: str, p: dict[str, float], populations: Any) -> Any:
    """By bath, all energy that its jumps move, gains and losses added without their sign."""
    flows = {}
    pairs, values = transition_functions(spins, dissipation)
    for bath, T in (("L", p["T_L"]), ("R", p["T_R"])):
        total = 0.0
        for (upper, lower), row in zip(pairs, values(p), strict=True):
            omega, weight = abs(row[0]), row[1 if bath == "L" else 2]
            thermal = omega / np.expm1(min(omega / T, 700.0)) if omega else T
            both = populations[upper] + populations[lower]
            total += omega * weight * (thermal + omega) * both
        flows[bath] = p["kappa"] * total
    return flows


def tolerance(result: Any, p: dict[str, float]) -> float:
    """Relative to gross flows: rounding of the energies against the temperatures, and of sums."""
    largest = float(np.abs(result.energies).max())
    return EPS * (300 + 30 * largest / min(p["T_L"], p["T_R"]))


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_heat_currents_cancel(spins: int, dissipation: str, p: dict[str, float]) -> None:
    r = evaluate(spins, dissipation, p)
    flows = gross_flow(spins, dissipation, p, r.populations)
    # a frequency near zero carries the rounding of the energies it is the difference of
    largest = float(np.abs(r.energies).max())
    slow = p["kappa"] * EPS * largest * (largest + p["T_L"] + p["T_R"]) * 100
    bound = tolerance(r, p) * sum(flows.values()) + slow
    assert abs(r.heat_current_L + r.heat_current_R) <= bound


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON), factor=st.floats(1e-3, 1e3))
def test_heat_currents_scale_with_kappa(
    spins: int, dissipation: str, p: dict[str, float], factor: float
) -> None:
    r, scaled = (evaluate(spins, dissipation, q) for q in (p, p | {"kappa": p["kappa"] * factor}))
    for name in ("heat_current_L", "heat_current_R"):
        np.testing.assert_allclose(scaled[name], factor * r[name], rtol=1e-14, atol=1e-300)
    # near equilibrium the entropy production is a small difference of the two terms
    terms = abs(scaled.heat_current_L) / p["T_L"] + abs(scaled.heat_current_R) / p["T_R"]
    assert scaled.entropy_production == pytest.approx(
        factor * r.entropy_production, abs=1e-14 * terms + 1e-300
    )


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_entropy_production_is_not_negative(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    r = evaluate(spins, dissipation, p)
    flows = gross_flow(spins, dissipation, p, r.populations)
    largest = float(np.abs(r.energies).max())
    bound = 0.0
    for bath, T in (("L", p["T_L"]), ("R", p["T_R"])):
        slow = p["kappa"] * EPS * largest * (largest + p["T_L"] + p["T_R"]) * 100
        bound += (tolerance(r, p) * flows[bath] + slow) / T
    assert r.entropy_production >= -bound
    by_hand = -(r.heat_current_L / p["T_L"] + r.heat_current_R / p["T_R"])
    terms = abs(r.heat_current_L) / p["T_L"] + abs(r.heat_current_R) / p["T_R"]
    assert r.entropy_production == pytest.approx(by_hand, abs=1e-14 * terms + 1e-300)


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_heat_flows_out_of_the_hot_bath(spins: int, dissipation: str, p: dict[str, float]) -> None:
    r = evaluate(spins, dissipation, p)
    flows = gross_flow(spins, dissipation, p, r.populations)
    hot, cold = ("L", "R") if p["T_L"] > p["T_R"] else ("R", "L")
    largest = float(np.abs(r.energies).max())
    slow = p["kappa"] * EPS * largest * (largest + p["T_L"] + p["T_R"]) * 100
    assert r[f"heat_current_{hot}"] >= -tolerance(r, p) * flows[hot] - slow
    assert r[f"heat_current_{cold}"] <= tolerance(r, p) * flows[cold] + slow


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_stored_energy_and_capacity_are_those_of_the_levels(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    r = evaluate(spins, dissipation, p)
    heights = r.energies - r.energies[EMPTY[spins]]
    scale = np.abs(heights).max()
    assert r.stored_energy == pytest.approx(r.populations @ heights, abs=1e-14 * scale)
    assert r.capacity == pytest.approx(heights.max(), abs=1e-14 * scale)
    assert heights.min() - 1e-14 * scale <= r.stored_energy <= heights.max() + 1e-14 * scale


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_charge_lies_between_the_lowest_level_and_1(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    try:
        r = evaluated(spins, dissipation, p, ("energies", "charge", "capacity"))
    except symqb.DomainError:
        reject()
    floor = (r.energies.min() - r.energies[EMPTY[spins]]) / r.capacity
    assert floor * (1 + 1e-12) - 1e-14 <= r.charge <= 1


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_ergotropy_lies_between_0_and_the_energy_above_the_lowest_level(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    r = evaluate(spins, dissipation, p)
    above = r.populations @ (r.energies - r.energies.min())
    assert 0 <= r.ergotropy <= above * (1 + 1e-12)


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_ergotropy_is_that_of_the_general_formula(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    r = evaluate(spins, dissipation, p)
    general = symqb.ergotropy(np.diag(r.populations), np.diag(r.energies))
    assert r.ergotropy == pytest.approx(general, abs=1e-13 * np.abs(r.energies).max())


@pytest.mark.parametrize("dissipation", ["collective", "individual"])
@alike
@given(p=passive_parameters())
def test_two_spins_have_no_ergotropy_at_epsilon_0(dissipation: str, p: dict[str, float]) -> None:
    r = evaluate(2, dissipation, p)
    check_passive(r.populations, r.energies)
    assert r.ergotropy == 0


@alike
@given(p=passive_parameters(), epsilon=st.floats(-1.5, 1.5))
def test_two_spins_have_no_ergotropy_without_the_cross_term(
    p: dict[str, float], epsilon: float
) -> None:
    r = evaluate(2, "individual", p | {"epsilon": epsilon})
    assert r.ergotropy == 0


@alike
@given(p=passive_parameters())
def test_three_spins_have_no_ergotropy_at_epsilon_0_in_a_strong_field(p: dict[str, float]) -> None:
    """Far out the order of populations is proved; here it is tested from 8 (|J| + |Delta|) on."""
    r = evaluate(3, "collective", p | {"B0": p["B0"] + 8 * (abs(p["J"]) + abs(p["Delta"]))})
    assert r.ergotropy <= 1e-14 * r.capacity


def test_ergotropy_appears_at_epsilon_1() -> None:
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "T_L": 39.0, "T_R": 1.0, "kappa": 1.0}
    passive, active = (evaluate(2, "collective", p | {"epsilon": e}) for e in (0.0, 1.0))
    assert passive.ergotropy == 0
    assert active.ergotropy > 0.1
    with pytest.raises(AssertionError, match="inverted"):
        check_passive(active.populations, active.energies)


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_exergy_is_not_negative_and_zero_for_the_gibbs_state(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    assert evaluate(spins, dissipation, p).exergy >= 0
    warm = evaluate(spins, dissipation, p | {"T_L": p["T_R"]})
    assert warm.exergy <= 100 * EPS * (p["T_R"] + float(np.abs(warm.energies).max()))


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_exergy_is_the_relative_entropy_to_the_gibbs_state(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    """F(rho_p) - F(Gibbs) = T_R sum q ln(q / g) for the passive state q (Eq. 19)."""
    r = evaluate(spins, dissipation, p)
    E, q, T = np.sort(r.energies), np.sort(r.populations)[::-1], p["T_R"]
    log_gibbs = -(E - E[0]) / T - np.log(np.sum(np.exp(-(E - E[0]) / T)))
    seen = q > 0
    expected = T * np.sum(q[seen] * (np.log(q[seen]) - log_gibbs[seen]))
    assert r.exergy == pytest.approx(expected, abs=1e-13 * (T * 10 + np.abs(E).max()))


def test_wrong_sign_of_a_current_would_be_seen() -> None:
    """The bounds above are far below the currents themselves."""
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    r = evaluate(2, "collective", p)
    flows = gross_flow(2, "collective", p, r.populations)
    assert r.heat_current_L > 1e6 * tolerance(r, p) * sum(flows.values())
