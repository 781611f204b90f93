"""The engine for long chains against independent solvers, many digits, and its own edges."""

import mpmath as mp
import numpy as np
import pytest

import symqb
from symqb.models import Bath, BatteryModel, Chain, SteadyStateError, xxz_model
from symqb.numerics import evaluate_chain, steady_states


def random_point(rng):
    return {
        "B0": rng.uniform(-2, 4),
        "J": rng.uniform(0.3, 1) * rng.choice([-1, 1]),
        "Delta": rng.uniform(-1, 1),
        "epsilon": float(rng.choice([0.0, 1.0, 0.4])),
        "T_L": 10 ** rng.uniform(-0.3, 1.3),
        "T_R": 10 ** rng.uniform(-0.3, 1.3),
    }


@pytest.mark.parametrize("dissipation", ["collective", "individual"])
@pytest.mark.parametrize("spins", [2, 3, 4, 5, 6, 7])
def test_populations_equal_those_of_the_whole_rate_equation(reference, spins, dissipation):
    rng = np.random.default_rng([spins, len(dissipation)])
    for _ in range(2 if spins < 7 else 1):
        point = random_point(rng)
        found = evaluate_chain(xxz_model(spins, dissipation), {**point, "kappa": 1.0})
        energies, populations = reference.rate_equation(spins, **point, dissipation=dissipation)
        order = np.argsort(found.energies)
        np.testing.assert_allclose(found.energies[order], energies, atol=1e-12)
        np.testing.assert_allclose(found.populations[order], populations, atol=1e-10)


@pytest.mark.parametrize("dissipation", ["collective", "individual"])
def test_populations_equal_those_of_the_full_master_equation(reference, dissipation):
    rng = np.random.default_rng(len(dissipation))
    for _ in range(2):
        point = random_point(rng)
        found = evaluate_chain(xxz_model(4, dissipation), {**point, "kappa": 1.0})
        H, rho = reference.lindblad(4, **point, dissipation=dissipation)
        spectrum = np.sort(np.linalg.eigvalsh(rho))
        np.testing.assert_allclose(np.sort(found.populations), spectrum, atol=1e-10)
        stored = np.real(np.trace(rho @ H)) - H[-1, -1]
        assert found.stored_energy == pytest.approx(stored, abs=1e-9)
        assert found.ergotropy == pytest.approx(symqb.ergotropy(rho, H), abs=1e-9)


# levels coincide at Delta = 0 from four spins on, and at Delta = J/2 from six on
@pytest.mark.parametrize(("spins", "epsilon"), [(4, 0.0), (4, 1.0), (5, 1.0)])
def test_coinciding_levels_are_solved_with_their_coherences(reference, spins, epsilon):
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.0, "epsilon": epsilon, "T_L": 3.0, "T_R": 1.0}
    found = evaluate_chain(xxz_model(spins), {**point, "kappa": 0.5})
    H, rho = reference.lindblad(spins, **point, dissipation="collective")
    np.testing.assert_allclose(
        np.sort(found.populations), np.sort(np.linalg.eigvalsh(rho)), atol=1e-10
    )
    assert found.ergotropy == pytest.approx(symqb.ergotropy(rho, H), abs=1e-9)
    assert found.heat_current_L == pytest.approx(-found.heat_current_R, abs=1e-10)


def test_coinciding_levels_matter():
    point = {"B0": 2.0, "J": 1.0, "epsilon": 1.0, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    at = evaluate_chain(xxz_model(4), {**point, "Delta": 0.0})
    beside = evaluate_chain(xxz_model(4), {**point, "Delta": 1e-6})
    assert abs(at.charge - beside.charge) > 1e-4


FORTY_DIGITS = [
    {"B0": 5.0, "J": 1.0, "Delta": 0.3, "epsilon": 0.0, "T_L": 0.05, "T_R": 1.0},
    {"B0": 0.7, "J": -1.0, "Delta": -0.8, "epsilon": 1.0, "T_L": 20.0, "T_R": 1.0},
    {"B0": 2.0, "J": 1.0, "Delta": 0.9, "epsilon": 1.0, "T_L": 0.2, "T_R": 4.0},
    {"B0": 1.3, "J": 0.6, "Delta": -0.25, "epsilon": 0.3, "T_L": 0.4, "T_R": 0.1},
]


def worst_error(reference, point):
    """The largest relative error of a population of six spins, and the smallest population."""
    exact = reference.forty_digits(6, **point)
    found = evaluate_chain(xxz_model(6), {**point, "kappa": 1.0})
    errors = [abs(mp.mpf(float(p)) / q - 1) for p, q in zip(found.populations, exact, strict=True)]
    return float(max(errors)), float(min(exact))


@pytest.mark.parametrize("point", FORTY_DIGITS)
def test_every_population_of_six_spins_against_forty_digits(reference, point):
    worst, smallest = worst_error(reference, point)
    assert worst < 1e-9
    print(f"worst relative error {worst:.1e}, smallest population {smallest:.1e}")


@pytest.mark.slow
def test_every_population_at_random_points_against_forty_digits(reference):
    """T_L / T_R from 0.05 to 20."""
    rng, rows = np.random.default_rng(6), []
    for ratio in np.geomspace(0.05, 20, 25):
        T_R = 10 ** rng.uniform(-1, 0.5)
        point = {"B0": rng.uniform(0.2, 5), "J": 1.0, "Delta": rng.uniform(-1, 1)}
        point |= {"epsilon": rng.uniform(0, 1), "T_L": ratio * T_R, "T_R": T_R}
        rows.append(worst_error(reference, {k: float(v) for k, v in point.items()}))
    worst, smallest = (
        float(f(x)) for f, x in zip((max, min), zip(*rows, strict=True), strict=True)
    )
    assert worst < 1e-9
    assert smallest < 1e-30
    print(f"25 points: worst relative error {worst:.1e}, smallest population {smallest:.1e}")


def test_currents_balance_and_the_result_tells_where_kappa_must_stay():
    point = {"B0": 3.0, "J": 1.0, "Delta": 0.3, "epsilon": 1.0, "T_L": 9.0, "T_R": 1.0}
    result = symqb.xxz_battery(6).evaluate(**point)
    assert result.heat_current_L == pytest.approx(-result.heat_current_R, rel=1e-10)
    assert result.populations.sum() == pytest.approx(1.0, abs=1e-14)
    energies = np.sort(result.energies)
    assert 0 < result.smallest_frequency_difference <= result.smallest_gap
    assert result.smallest_gap >= np.diff(energies).min()


def test_a_gibbs_state_comes_out_of_equal_temperatures():
    point = {"B0": 1.0, "J": 1.0, "Delta": 0.3, "epsilon": 0.3, "T_L": 0.2, "T_R": 0.2}
    result = symqb.xxz_battery(7).evaluate(**point)
    weights = np.exp(-(result.energies - result.energies.min()) / 0.2)
    np.testing.assert_allclose(result.populations, weights / weights.sum(), rtol=1e-10)


def one_bath_on_both_ends(spins):
    return BatteryModel(Chain(spins), (Bath("L", "T", {1: 1, spins: 1}),))


def test_several_steady_states_are_reported_with_a_basis():
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.3, "T": 1.0, "kappa": 1.0}
    model = one_bath_on_both_ends(4)
    with pytest.raises(SteadyStateError, match="not unique: there are 2"):
        evaluate_chain(model, point)
    basis = steady_states(model, point)
    assert len(basis) == 2
    for populations in basis:
        assert populations.sum() == pytest.approx(1.0)
    assert not np.any((basis[0] > 0) & (basis[1] > 0))


def test_zero_temperature_falls_to_the_ground_state():
    point = {"B0": 4.0, "J": 1.0, "Delta": 0.3, "epsilon": 1.0, "T_L": 0.0, "T_R": 0.0}
    result = symqb.xxz_battery(5).evaluate(**point)
    assert result.populations.tolist() == [1.0] + [0.0] * 31


@pytest.mark.parametrize("spins", [4, 9])
def test_bonds_and_fields_need_not_be_equal(spins):
    J = tuple(f"J{k}" for k in range(1, spins))
    chain = Chain(spins, J=J, B0=tuple(1.0 + 0.1 * k for k in range(spins)))
    model = BatteryModel(chain, (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {spins: 1, 2: 0.5})))
    point = {name: 1.0 + 0.07 * k for k, name in enumerate(J)}
    result = evaluate_chain(model, {**point, "Delta": 0.4, "T_L": 2.0, "T_R": 2.0, "kappa": 1.0})
    weights = np.exp(-(result.energies - result.energies.min()) / 2.0)
    np.testing.assert_allclose(result.populations, weights / weights.sum(), rtol=1e-11)


def never(*_, **__):
    raise AssertionError("this arithmetic is not for this chain")


@pytest.mark.parametrize(
    ("spins", "spared"), [(4, "_in_doubles"), (5, "_in_doubles"), (6, "evaluate_balls")]
)
def test_up_to_five_spins_are_balls_and_six_only_where_doubles_fall_short(
    spins, spared, monkeypatch
):
    monkeypatch.setattr(f"symqb.numerics.chain.{spared}", never)
    found = evaluate_chain(xxz_model(spins), {**FORTY_DIGITS[0], "T_L": 2.0, "kappa": 1.0})
    assert found.populations.sum() == pytest.approx(1.0, abs=1e-14)
