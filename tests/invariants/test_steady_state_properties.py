"""What every steady state obeys, whatever the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

import symqb
from symqb.testing import check_gibbs, check_populations, parameters
from tests.invariants.alike import alike, battery, evaluated

EPS = float(np.finfo(np.float64).eps)
KINDS = [(spins, d) for spins in (2, 3) for d in ("collective", "individual")]
EVERY = pytest.mark.parametrize(("spins", "dissipation"), KINDS)
EPSILON = st.one_of(st.sampled_from([0.0, 0.3, 1.0]), st.floats(-1.5, 1.5))
STATE = ("energies", "populations")


def everything(
    spins: int, dissipation: str, p: dict[str, float], outputs: tuple[str, ...] | None = None
) -> Any:
    try:
        return evaluated(spins, dissipation, p, outputs)
    except symqb.DegenerateLevelsError:
        reject()


def steady(spins: int, dissipation: str, p: dict[str, float]) -> Any:
    return everything(spins, dissipation, p, outputs=STATE)


def rounding(result: Any, p: dict[str, float]) -> float:
    """Relative: what rounding the energies must cost, with room for the arithmetic."""
    return EPS * (100 + 10 * float(np.abs(result.energies).max()) / min(p["T_L"], p["T_R"]))


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_populations_are_nonnegative_and_sum_to_1(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    check_populations(steady(spins, dissipation, p).populations, tolerance=1e-15 * 2**spins)


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_equal_temperatures_give_the_gibbs_state_for_every_epsilon(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    p |= {"T_R": p["T_L"]}
    # at epsilon = +-1 one bath loses some transitions, but none is lost to both
    result = steady(spins, dissipation, p)
    bound = 3 * rounding(result, p)
    check_gibbs(result.populations, result.energies, p["T_L"], tolerance=bound)


@EVERY
@alike
@given(p=parameters(epsilon=st.just(0.0)))
def test_exchange_of_the_baths_changes_nothing_at_epsilon_0(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    swapped = p | {"T_L": p["T_R"], "T_R": p["T_L"]}
    ours, theirs = (everything(spins, dissipation, q) for q in (p, swapped))
    np.testing.assert_allclose(ours.populations, theirs.populations, rtol=rounding(ours, p))
    scale = p["kappa"] * float(np.abs(ours.energies).max() ** 2 + p["T_L"] + p["T_R"])
    assert ours.heat_current_L == pytest.approx(theirs.heat_current_R, abs=1e-12 * scale)


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON), factor=st.floats(1e-3, 1e3))
def test_populations_do_not_depend_on_kappa(
    spins: int, dissipation: str, p: dict[str, float], factor: float
) -> None:
    ours, theirs = (
        everything(spins, dissipation, q) for q in (p, p | {"kappa": p["kappa"] * factor})
    )
    for name in ("populations", "stored_energy", "ergotropy", "exergy"):
        assert np.array_equal(ours[name], theirs[name])


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON), power=st.integers(-300, 300))
def test_scaling_energies_and_temperatures_together_changes_no_bit(
    spins: int, dissipation: str, p: dict[str, float], power: int
) -> None:
    """By powers of two, over 180 orders of magnitude: nothing may be rounded differently.

    Not so cold that products of rates leave the range of normal numbers at one of the scales.
    """
    assume(min(p["T_L"], p["T_R"]) > 0.5)
    # nor so small that scaling makes it subnormal, which rounds
    assume(all(v == 0 or abs(v) > 1e-200 for v in p.values()))
    scale = 2.0**power
    scaled = {k: v if k in ("epsilon", "kappa") else v * scale for k, v in p.items()}
    ours, theirs = (steady(spins, dissipation, q) for q in (p, scaled))
    assert np.array_equal(ours.populations, theirs.populations)
    assert np.array_equal(ours.energies * scale, theirs.energies)


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON), scale=st.floats(1e-4, 1e4))
def test_scaling_by_any_factor_changes_rounding_only(
    spins: int, dissipation: str, p: dict[str, float], scale: float
) -> None:
    scaled = {k: v if k in ("epsilon", "kappa") else v * scale for k, v in p.items()}
    ours, theirs = (steady(spins, dissipation, q) for q in (p, scaled))
    np.testing.assert_allclose(
        ours.populations, theirs.populations, rtol=3 * rounding(ours, p), atol=1e-290
    )


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_sign_of_J_is_a_rotation_of_every_other_spin(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    """Turning site 2 about z changes the sign of J, and that of sigma_x at site 2.

    Two spins: J -> -J with epsilon -> -epsilon exchanges levels 3 and 4 and nothing else.
    Three spins: the ends stay as they are, J -> -J alone changes nothing.
    """
    turned = p | {"J": -p["J"]} | ({"epsilon": -p["epsilon"]} if spins == 2 else {})
    ours, theirs = (steady(spins, dissipation, q) for q in (p, turned))
    order = [0, 1, 3, 2] if spins == 2 else list(range(8))
    bound = 2 * rounding(ours, p)
    np.testing.assert_allclose(ours.energies, theirs.energies[order], rtol=0, atol=1e-14 * 40)
    np.testing.assert_allclose(ours.populations, theirs.populations[order], rtol=bound, atol=1e-290)


@alike
@given(p=parameters(epsilon=EPSILON))
def test_sign_of_epsilon_does_not_matter_without_the_cross_term(p: dict[str, float]) -> None:
    for spins in (2, 3):
        ours, theirs = (
            steady(spins, "individual", p | {"epsilon": s * p["epsilon"]}) for s in (1, -1)
        )
        assert np.array_equal(ours.populations, theirs.populations)


def test_two_spin_collective_battery_is_not_symmetric_in_J_alone() -> None:
    p = {"B0": 2.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 39.0, "T_R": 1.0}
    plus, minus = (battery(2, "collective").evaluate(J=J, **p) for J in (1.0, -1.0))
    assert np.abs(plus.populations - minus.populations[[0, 1, 3, 2]]).max() > 0.01


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_turning_all_spins_and_the_field_mirrors_the_levels(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    ours, theirs = (steady(spins, dissipation, q) for q in (p, p | {"B0": -p["B0"]}))
    order = [1, 0, 2, 3] if spins == 2 else [1, 0, 3, 2, 5, 4, 7, 6]
    bound = 2 * rounding(ours, p)
    np.testing.assert_allclose(ours.energies, theirs.energies[order], rtol=0, atol=1e-14 * 40)
    np.testing.assert_allclose(ours.populations, theirs.populations[order], rtol=bound, atol=1e-290)


@EVERY
@alike
@given(p=parameters(epsilon=EPSILON))
def test_populations_balance_gain_and_loss(
    spins: int, dissipation: str, p: dict[str, float]
) -> None:
    """The rate equations, level by level, relative to what flows through the level."""
    populations = steady(spins, dissipation, p).populations
    gains, losses = np.zeros(2**spins), np.zeros(2**spins)
    for source, target, rate in rates(spins, dissipation, p):
        flow = populations[source - 1] * rate
        gains[target - 1] += flow
        losses[source - 1] += flow
    cold = max(1, 10 * 30 / min(p["T_L"], p["T_R"]))
    assert np.all(np.abs(gains - losses) <= EPS * (300 + 30 * cold) * (gains + losses) + 1e-290)


def rates(spins: int, dissipation: str, p: dict[str, float]) -> list[tuple[int, int, float]]:
    """Rates from the printed weights and phi, in plain floats."""
    values = dict(p)
    found = []
    for t in battery(spins, dissipation).transitions():
        omega = float(t.frequency.subs(values))
        for bath, T in (("L", p["T_L"]), ("R", p["T_R"])):
            weight = float(t.weights[bath].subs(values))
            thermal = abs(omega) / np.expm1(min(abs(omega) / T, 700.0)) if omega else T
            found.append((t.upper, t.lower, weight * (thermal + max(omega, 0.0))))
            found.append((t.lower, t.upper, weight * (thermal + max(-omega, 0.0))))
    return found


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@alike
@given(p=parameters(epsilon=EPSILON))
def test_four_spins_obey_the_same(p: dict[str, float]) -> None:
    assume(p["B0"] > 0.01 and abs(p["J"]) > 0.01 and min(p["T_L"], p["T_R"]) > 0.2)
    # at Delta = 0 levels coincide, and the full block is accurate as a whole, not entry by entry
    assume(abs(p["Delta"]) > 0.01)
    result = everything(4, "collective", p)
    check_populations(result.populations)
    warm = p | {"T_R": p["T_L"]}
    gibbs = everything(4, "collective", warm)
    check_gibbs(gibbs.populations, gibbs.energies, warm["T_L"], tolerance=1e-9)


def test_checks_reject_what_is_no_steady_state() -> None:
    with pytest.raises(AssertionError, match="negative"):
        check_populations([1.5, -0.5])
    with pytest.raises(AssertionError, match="sum to 1"):
        check_populations([0.5, 0.5 + 1e-9])
    with pytest.raises(AssertionError, match="not finite"):
        check_populations([0.5, float("nan")])
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 3.0, "T_R": 1.0}
    result = battery(2, "collective").evaluate(**p)
    with pytest.raises(AssertionError, match="Gibbs"):
        check_gibbs(result.populations, result.energies, 3.0, tolerance=1e-6)
