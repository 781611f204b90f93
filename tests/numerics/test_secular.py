"""The secular generator and what is made of it: groups of frequencies, digits, limits."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, arb_mat
from scipy.linalg import expm

import symqb
from symqb import Bath, Battery, BatteryModel, Chain
from symqb.models import xxz_model
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.evolution import evolve
from symqb.numerics.secular import Component, SecularGenerator, secular_generator
from symqb.numerics.steady_space import limit_matrix, null_space
from tests.systems.full_lindblad import System
from tests.systems.test_evolution_against_full_solvers import draw_state, judge

POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.0, "epsilon": 0.6, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}


def test_frequencies_that_a_rounding_joins_share_a_jump_operator() -> None:
    """Spins 1 and 3 turn at 0.1 + 0.2 and 0.5 - 0.2, under different states of the middle one."""
    bath = Bath("L", 1.5, {1: 1.0, 3: 0.5})
    chain = Chain(3, J=0.0, Delta="Delta", B0=("B1", 1.0, "B3"))
    model, point = BatteryModel(chain, (bath,), 1.0), {"Delta": 0.2, "B1": 0.1, "B3": 0.5}
    assert Battery(model).evolve([0.0], **point).states.shape == (8, 8)
    generator = secular_generator(model, point)
    assert max(len(group) for group in generator.levels.groups) == 1
    joined = [jump for jump in generator.jumps if len(jump.elements) == 4]
    assert len(joined) == 2
    rho = draw_state(np.random.default_rng(4), 8)
    ours = Battery(model).evolve([0.7, 4.0], initial=rho, basis="bare", **point).bare_density
    numbers = Chain(3, J=0.0, Delta=(0.2, 0.2), B0=(0.1, 1.0, 0.5))
    theirs = judge(BatteryModel(numbers, (bath,), 1.0)).evolve(rho, [0.7, 4.0])
    assert np.abs(ours - theirs).max() < 1e-12


def test_frequencies_that_no_rounding_joins_stay_apart() -> None:
    """Two spins at Delta = 1e-17: a rounding of Delta does not close 2 Delta."""
    start = np.full((4, 4), 0.25)
    near, nearer = (
        symqb.xxz_battery(2).evolve([1.0], initial=start, **(POINT | {"Delta": D})).density[0]
        for D in (1e-9, 1e-17)
    )
    assert np.abs(near - nearer).max() < 1e-8


@pytest.mark.parametrize("scale", [1.0, 2.0**200])
def test_phases_have_the_digits_of_energy_times_time(scale: float) -> None:
    model, time = xxz_model(3), 1e60
    p = POINT | {"Delta": 0.7, "kappa": 1e-200}
    p |= {name: p[name] * scale for name in ("B0", "J", "Delta", "T_L", "T_R")}
    rho = draw_state(np.random.default_rng(6), 8)
    ours = evolve(model, [time], p, rho, basis="bare").bare_density[0]
    system = System((p["B0"],) * 3, ((p["J"], p["J"], p["Delta"]),) * 2, (), 1.0)
    with mpmath.workdps(250):
        E, V = mpmath.eigsy(system.hamiltonian())
        phases = np.array([complex(mpmath.expj(-energy * time)) for energy in E])
        states = np.array([[float(x) for x in row] for row in V.tolist()])
    turned = (states.T @ rho @ states) * np.outer(phases, phases.conj())
    assert np.abs(states @ turned @ states.T - ours).max() < 1e-13


def test_states_in_closed_form_are_right_where_they_cancel() -> None:
    """Three spins at J = 1e-60: alpha - Delta loses 120 digits."""
    found = symqb.xxz_battery(3).evolve([0.0], **(POINT | {"Delta": 0.5, "J": 1e-60}))
    assert np.abs(found.states.T @ found.states - np.eye(8)).max() < 1e-14
    sizes = np.sort(np.abs(found.states), axis=0)[::-1]
    edge = np.sqrt([0.5, 0.5])
    assert np.abs(sizes[0] - [edge[0], edge[0], 1, 1, *sizes[0, 4:]]).max() < 1e-14
    # levels 5 to 8 are the middle spin alone, or the even pair of the outer ones
    assert sorted(sizes[0, 4:].round(12)) == [0.707106781187, 0.707106781187, 1, 1]


def test_what_cancels_couples_nothing() -> None:
    """Three spins without a field: populations close, though levels coincide in pairs."""
    generator = secular_generator(xxz_model(3), POINT | {"Delta": 0.4, "B0": 0.0})
    assert [len(group) for group in generator.levels.groups] == [2, 2, 2, 2]
    still = [c for c in generator.components if c.at_zero]
    assert sorted((len(c.pairs), c.rates, c.mirrored) for c in still) == [
        (8, False, False),
        (8, True, False),
    ]


def rate_component(rates: Any) -> Component:
    """A rate equation; rates from row to column."""
    Q = np.array(rates, dtype=float).T
    Q -= np.diag(Q.sum(axis=0))
    pairs = tuple((k, k) for k in range(len(Q)))
    return Component(pairs, arb_mat(Q.tolist()), True, False, True)


def bare_generator() -> SecularGenerator:
    """A generator of which bits alone matter: those of a rate equation are never many."""
    point = {"B0": 1.0, "J": 1.0, "Delta": 0.5, "T_L": 1.0, "T_R": 1.0, "epsilon": 0.0}
    return secular_generator(xxz_model(2), {**point, "kappa": 1.0})


def test_transient_states_end_where_the_rate_equation_takes_them() -> None:
    """Three transient states that lead to each other, a class of two and one of one."""
    rates = [
        [0, 1, 2, 0.5, 0, 0],
        [3, 0, 1, 0, 0, 0.25],
        [1, 2, 0, 0, 0.125, 0],
        [0, 0, 0, 0, 2, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]
    component = rate_component(rates)
    limit = limit_matrix(bare_generator(), component)
    Q = np.array([[float(x) for x in row] for row in component.matrix.tolist()])
    np.testing.assert_allclose(limit, expm(1e3 * Q), atol=1e-11)
    assert (limit[:3] == 0).all()
    assert (limit[5, 3:5] == 0).all()


def test_pivots_that_may_be_zero_ask_for_more_digits() -> None:
    doubtful = arb_mat([[1, 0], [0, arb(10) ** -40]])
    with pytest.raises(MoreDigitsError):
        null_space(doubtful, 200)
    assert null_space(doubtful, 400) == []
    assert len(null_space(arb_mat([[1, 0], [0, arb(10) ** -60]]), 200)) == 1
