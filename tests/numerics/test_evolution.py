"""What an evolution carries and where it ends, at coincidences and over long times."""

from __future__ import annotations

import pickle
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import Bath, Battery, BatteryModel, Chain
from symqb.models import xxz_model
from tests.systems.full_lindblad import System
from tests.systems.test_evolution_against_full_solvers import draw, draw_state, judge

POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}


def numbers(model: BatteryModel, p: dict[str, float]) -> BatteryModel:
    """The paper's battery with numbers in place of names."""
    chain = Chain(model.chain.spins, J=p["J"], Delta=p["Delta"], B0=p["B0"])
    baths = tuple(
        Bath(b.name, p[f"T_{b.name}"], {s: p.get(str(w), w) for s, w in b.couplings})
        for b in model.baths
    )
    return BatteryModel(chain, baths, p["kappa"], model.dissipation)


def closed_states(spins: int, p: dict[str, float]) -> Any:
    """The paper's states as columns, by label."""
    values = {name: p[name] for name in ("B0", "J", "Delta")}
    levels = symqb.xxz_battery(spins).eigensystem()
    return np.array([[float(x) for x in level.state.subs(values)] for level in levels]).T


@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("Delta", [0.0, 0.5])
def test_density_matrices_are_those_over_the_levels_of_the_closed_form(
    spins: int, Delta: float
) -> None:
    p = POINT | {"Delta": Delta, "epsilon": 0.6}
    start = np.full((2**spins, 2**spins), 2.0**-spins)
    times = [0.3, 2.0, 9.0]
    states = closed_states(spins, p)
    found = symqb.xxz_battery(spins).evolve(times, initial=start, **p)
    exact = judge(numbers(xxz_model(spins), p)).evolve(states @ start @ states.T, times)
    assert np.abs(states.T @ exact @ states - found.density).max() < 1e-12
    assert np.abs(exact - found.bare_density).max() < 1e-12


def test_frequencies_equal_in_numbers_only_share_a_jump_operator() -> None:
    """Two spins at Delta = 0: grouping by symbols was 4e-3 off."""
    p = POINT | {"Delta": 0.0, "epsilon": 0.6}
    start = np.full((4, 4), 0.25)
    at, beside = (
        symqb.xxz_battery(2).evolve([1.0], initial=start, **(p | {"Delta": D})).density[0]
        for D in (0.0, 1e-6)
    )
    assert np.abs(at - beside).max() > 1e-3


def test_weak_exchange_ends_in_the_steady_state() -> None:
    p = POINT | {"J": 1e-6, "epsilon": 0.3}
    steady = symqb.xxz_battery(3).evaluate(outputs=["populations"], **p).populations
    found = symqb.xxz_battery(3).evolve([1e15, 1e17, np.inf], **p)
    assert np.abs(found.populations - steady).max() < 1e-12
    off = found.density - np.einsum("ta,ab->tab", found.populations, np.eye(8))
    assert np.abs(off).max() < 1e-12


@pytest.mark.parametrize("kappa", [1.0, 1e-6, 1e-12])
def test_the_limit_is_where_long_times_lead(kappa: float) -> None:
    p = POINT | {"kappa": kappa}
    start = draw_state(np.random.default_rng(3), 8)
    found = symqb.xxz_battery(3).evolve([300 / kappa, np.inf], initial=start, basis="bare", **p)
    assert np.abs(found.density[0] - found.density[1]).max() < 1e-12


def test_two_steps_are_one_where_frequencies_coincide_by_a_rounding() -> None:
    """0.1 + 0.2 is 0.3 up to 3e-17: over a time of 1e16 the energies have to agree with that."""
    baths = tuple(Bath(f"b{k}", 0.5 * k, {k: 1.0, k % 3 + 1: 0.5}) for k in (1, 2, 3))
    battery = Battery(BatteryModel(Chain(3, J=0.0, Delta=0.0, B0=(0.1, 0.2, 0.3)), baths, 1e-16))
    start = draw_state(np.random.default_rng(2), 8)
    half, whole = battery.evolve([2e15, 4e15], initial=start, basis="bare").bare_density
    again = battery.evolve([2e15], initial=half, basis="bare").bare_density[0]
    assert np.abs(again - whole).max() < 1e-13
    assert np.abs(whole - start).max() > 1e-2


NO_FIELD = [
    Battery(xxz_model(3)),
    Battery(BatteryModel(Chain(3, B0=0), xxz_model(3).baths)),
    Battery(BatteryModel(Chain(3, B0=("a", "b", "c")), xxz_model(3).baths)),
]


@pytest.mark.parametrize("battery", NO_FIELD, ids=["B0 = 0", "the number 0", "three names"])
def test_three_spins_without_a_field_have_two_steady_states(battery: Battery) -> None:
    p = {name: POINT.get(name, 0.0) for name in battery.parameters} | {"Delta": 0.4}
    if "B0" in p:
        p["B0"] = 0.0
    basis = battery.steady_states(density=True, **p)
    assert len(basis) == 2 == len(battery.steady_states(**p))
    for state in basis:
        ends = battery.evolve([np.inf], initial=state, **p).density[0]
        assert np.abs(ends - state).max() < 1e-12
    start = draw_state(np.random.default_rng(5), 8)
    late = battery.evolve([200.0, np.inf], initial=start, basis="bare", **p).density
    assert np.abs(late[0] - late[1]).max() < 1e-12
    combined, *_ = np.linalg.lstsq(
        np.array([state.ravel() for state in basis]).T, late[1].ravel(), rcond=None
    )
    rest = late[1] - sum(c * state for c, state in zip(combined, basis, strict=True))
    assert np.abs(rest).max() < 1e-12
    assert np.abs(combined[0].real - combined[1].real) > 1e-3


def nullity(system: System) -> int:
    """The dimension of the null space of the whole master equation."""
    E = np.array([float(energy) for energy in system.energies])
    L = system.dissipator() - 1j * np.diag(np.subtract.outer(E, E).ravel())
    singular = np.linalg.svd(L, compute_uv=False)
    return int(np.sum(singular < 1e-10 * singular[0]))


@pytest.mark.parametrize("case", range(9))
def test_the_basis_has_the_dimension_of_the_null_space_and_is_steady(case: int) -> None:
    spins = 2 + (case in (3, 4, 8))
    drawn, _ = draw(case, spins)
    # one bath on one site leaves many states steady
    baths = drawn.baths if case % 3 else drawn.baths[:1]
    model = BatteryModel(drawn.chain, baths, 1.0, drawn.dissipation)
    basis = Battery(model).steady_states(density=True)
    system = judge(model)
    assert len(basis) == nullity(system)
    if len(basis) > 1:
        # the second kind is known without numbers
        counted = rf"there are {len(basis)}|( and \[.*){{{len(basis) - 1}}};"
        with pytest.raises(symqb.SteadyStateError, match=counted):
            Battery(model).evaluate(outputs=["populations"])
    else:
        populations = Battery(model).evaluate(outputs=["populations"]).populations
        (ours,) = Battery(model).steady_states()
        np.testing.assert_allclose(np.sort(ours), np.sort(populations), atol=1e-14)
    stacked = np.array([state.ravel() for state in basis])
    assert np.linalg.matrix_rank(stacked, tol=1e-8) == len(basis)
    for state in basis:
        assert np.trace(state).real == pytest.approx(1, abs=1e-12)
        assert np.linalg.eigvalsh(state)[0] > -1e-12
        later = Battery(model).evolve([7.0], initial=state)
        bare = later.states @ state @ later.states.T
        assert np.abs(system.evolve(bare, [7.0])[0] - bare).max() < 1e-10


def test_closed_classes_are_exact_outside() -> None:
    model = BatteryModel(Chain(2), (Bath("L", "T", {1: 1, 2: 1}),))
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "T": 1.0, "kappa": 1.0}
    mixed, dark = Battery(model).steady_states(**p)
    assert mixed[2] == 0
    assert dark.tolist() == [0, 0, 1, 0]
    start = np.diag([0.1, 0.2, 0.3, 0.4])
    ends = Battery(model).evolve([np.inf], initial=start, **p).populations[0]
    np.testing.assert_allclose(ends, 0.7 * mixed + 0.3 * dark, rtol=1e-14)


def test_coldest_rates_are_told_apart_by_more_digits() -> None:
    """Without a field and at T = 1/200, rates differ by 200 decades and more."""
    p = POINT | {"B0": 0.0, "T_L": 0.005, "T_R": 0.004}
    assert len(symqb.xxz_battery(3).steady_states(**p)) == 2


def test_a_coherence_that_turns_for_ever_has_no_limit() -> None:
    model = BatteryModel(Chain(2, J=0, Delta=0), (Bath("L", 1.0, {1: 1}),), 1.0)
    start = np.kron(np.eye(2) / 2, np.full((2, 2), 0.5))
    battery = Battery(model)
    found = battery.evolve([0.0, 1e9], initial=start, basis="bare", B0=1.0)
    # the second spin only turns
    reduced = np.trace(found.bare_density.reshape(2, 2, 2, 2, 2), axis1=1, axis2=3)
    assert abs(reduced[1][0, 1] - 0.5 * np.exp(-1j * np.mod(1e9, 2 * np.pi))) < 1e-6
    with pytest.raises(symqb.DomainError, match="never decays and turns at frequency"):
        battery.evolve([np.inf], initial=start, basis="bare", B0=1.0)
    still = battery.evolve([np.inf], initial=start, basis="bare", B0=0.0).bare_density[0]
    assert np.abs(still - start).max() < 1e-15


@pytest.mark.parametrize("case", [1, 2, 4, 6])
def test_relaxation_rates_are_the_eigenvalues_of_the_whole_generator(case: int) -> None:
    model, rho = draw(case, 2)
    model = BatteryModel(model.chain, model.baths, 1.0, model.dissipation)
    found = Battery(model).evolve([1.0], initial=rho, basis="bare")
    exact = np.sort(-np.linalg.eigvals(judge(model).dissipator()).real)
    np.testing.assert_allclose(found.relaxation_rates, exact, atol=1e-7)
    positive = exact[exact > 1e-7]
    assert found.spectral_gap == pytest.approx(positive[0], abs=1e-7)


def test_evolutions_carry_ergotropy_charge_and_power() -> None:
    battery = symqb.xxz_battery(3)
    times = np.array([0.0, 0.4, 0.4 + 1e-6, 5.0, np.inf])
    found = battery.evolve(times, **POINT)
    H = np.diag(battery.evaluate(**POINT).energies)
    work = [symqb.ergotropy(rho, H) for rho in found.density]
    np.testing.assert_allclose(found.ergotropy, work, atol=1e-14)
    steady = battery.evaluate(**POINT)
    assert found.charge[-1] == pytest.approx(steady.charge, rel=1e-12)
    assert found.capacity == pytest.approx(steady.capacity, rel=1e-14)
    slope = (found.stored_energy[2] - found.stored_energy[1]) / (times[2] - times[1])
    assert found.power[1] == pytest.approx(slope, rel=1e-4)
    assert found.power[-1] == 0
    assert found.mean_power[3] == pytest.approx(found.stored_energy[3] / 5.0)
    assert found.mean_power[0] == found.power[0] > 0
    assert found.mean_power[-1] == 0


def test_power_does_not_cancel_at_strong_coupling() -> None:
    """Against the rate equation in 60 digits: flows of 1e16 leave a power of order 1."""
    p = POINT | {"epsilon": 1e8}
    battery = symqb.xxz_battery(2)
    found = battery.evolve([0.3], **p)
    with mpmath.workdps(60):
        size, heights = 4, [mpmath.mpf(float(h)) for h in found.heights]
        Q = mpmath.matrix(size, size)
        for t in battery.transitions():
            values = {name: sp.Rational(value) for name, value in p.items()}
            for rates, source, to in (
                (t.emission, t.upper, t.lower),
                (t.absorption, t.lower, t.upper),
            ):
                for rate in rates.values():
                    number = mpmath.mpf(sp.N(rate.subs(values), 60))
                    Q[to - 1, source - 1] += number
                    Q[source - 1, source - 1] -= number
        start = mpmath.matrix([1 if k == 0 else 0 for k in range(size)])
        flow = Q * mpmath.expm(Q * mpmath.mpf(0.3)) * start
        exact = sum(h * f for h, f in zip(heights, flow, strict=True))
    assert found.power[0] == pytest.approx(float(exact), rel=1e-10)


def test_the_relaxation_of_one_spin_is_known() -> None:
    model = BatteryModel(Chain(1), (Bath("L", "T", {1: 1}, axis="y"),))
    rates = Battery(model).evolve([1.0], B0=1.0, T=0.1, kappa=1e-9).relaxation_rates
    total = 1e-9 / np.tanh(1.0 / 0.2)
    np.testing.assert_allclose(rates, [0, total / 2, total / 2, total], rtol=1e-14)


def test_rates_a_hundred_decades_below_the_fastest_are_right() -> None:
    """The slowest follows Arrhenius' law, whose barrier is a difference of levels."""
    chain = Chain(2, J=0.5, Delta=-1, B0=0.125)
    battery = Battery(BatteryModel(chain, (Bath("L", "T", {1: 1}),)))
    cold, warm = (battery.evolve([1.0], T=1 / x, kappa=1.0) for x in (1024, 768))
    assert 0 < cold.spectral_gap < 1e-100
    barrier = np.log(warm.spectral_gap / cold.spectral_gap) / 256
    gaps = np.subtract.outer(cold.heights, cold.heights).ravel()
    assert np.abs(gaps - barrier).min() < 1e-9


def test_evolutions_are_pickled_and_may_have_no_times() -> None:
    found = symqb.xxz_battery(2).evolve([0.5, 2.0], **POINT)
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.density, found.density)
    np.testing.assert_array_equal(again.power, found.power)
    none = symqb.xxz_battery(2).evolve([], **POINT)
    assert none.density.shape == (0, 4, 4)
    assert none.power.shape == none.ergotropy.shape == (0,)


def test_a_passive_state_has_exactly_no_ergotropy() -> None:
    p = POINT | {"epsilon": 0.0}
    assert symqb.xxz_battery(2).evolve([40.0, np.inf], **p).ergotropy.tolist() == [0, 0]


def test_charge_is_refused_where_nothing_can_be_stored() -> None:
    found = symqb.xxz_battery(2).evolve([1.0], **(POINT | {"B0": -3.0}))
    with pytest.raises(symqb.DomainError, match="top level"):
        _ = found.charge


def test_an_own_spectral_density_evolves_as_its_formula_does() -> None:
    w = sp.Symbol("w")
    first, second = (
        Battery(BatteryModel(Chain(2), (Bath("L", "T", {1: 1}, spectrum=density),)))
        for density in (lambda x: x / (1 + x**2), sp.Lambda(w, w / (1 + w**2)))
    )
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "T": 1.0, "kappa": 0.3}
    one, other = (battery.evolve([0.7, 3.0], **p).density for battery in (first, second))
    np.testing.assert_allclose(one, other, atol=1e-14)


def test_temperature_expressions_keep_their_domain() -> None:
    T, D = sp.symbols("T D")
    model = BatteryModel(Chain(2), (Bath("L", T - D / 2, {1: 1}),))
    with pytest.raises(symqb.DomainError, match="temperature"):
        Battery(model).evolve([1.0], B0=1.0, J=1.0, Delta=0.5, T=1.0, D=4.0, kappa=1.0)


@pytest.mark.parametrize(
    ("spins", "times", "basis", "shown"),
    [
        (8, [1.0], "energy", "at most 7 spins"),
        (7, np.zeros(100_000), "energy", "at once"),
        (2, [1e101], "energy", "give inf"),
        (2, [1.0], "bear", "basis"),
    ],
)
def test_what_is_too_large_or_unknown_is_refused_in_words(
    spins: int, times: Any, basis: str, shown: str
) -> None:
    with pytest.raises(symqb.ParameterError, match=shown):
        symqb.xxz_battery(spins).evolve(times, basis=basis, **POINT)


def test_too_many_elements_that_move_together_are_refused(monkeypatch: Any) -> None:
    p = POINT | {"B0": 0.0}
    monkeypatch.setattr("symqb.numerics.evolution.LARGEST_COMPONENT", 7)
    with pytest.raises(symqb.ParameterError, match=r"8 elements .* couple among themselves"):
        symqb.xxz_battery(3).evolve([1.0], **p)
    monkeypatch.setattr("symqb.numerics.secular.LARGEST_TERMS", 40)
    with pytest.raises(symqb.ParameterError, match="too many frequencies coincide"):
        symqb.xxz_battery(3).evolve([1.0], **p)
