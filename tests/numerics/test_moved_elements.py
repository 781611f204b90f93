"""Chains in doubles: what weak bonds and close levels leave of their digits."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from symqb.models import AbsentError, Bath, BatteryModel, Chain, SteadyStateError, xxz_model
from symqb.numerics import evaluate_chain
from symqb.numerics.ball_engine import evaluate_balls
from symqb.numerics.chain import _in_doubles
from symqb.numerics.chain_sectors import ChainNumbers, Convert
from symqb.numerics.close_levels import Sectors

COLD = {"T_L": 0.02, "T_R": 2.0, "kappa": 1.0}
FIELDS = (1.8, 2.9, 1.3, 2.2, 1.1, 2.6, 1.6, 2.4, 1.9)
WEAK = (0.08, 0.006, 0.0009, 0.05, 0.007, 0.03, 0.002, 0.06)


def weakly_bound(spins):
    """Sites of different fields, bonds so weak that the far bath hardly reaches the near sites."""
    chain = Chain(spins, J=WEAK[: spins - 1], Delta=0.3, B0=FIELDS[:spins])
    return BatteryModel(chain, (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {spins: 1})), "kappa")


def populations(result):
    return np.array([float(p) for p in result.populations])


@pytest.mark.parametrize("spins", [6, 7])
def test_populations_that_hang_on_lost_elements_are_found_with_more_digits(spins):
    model = weakly_bound(spins)
    with pytest.raises(SteadyStateError, match="hangs on matrix elements that are lost in round"):
        _in_doubles(model, COLD, False)
    right = populations(evaluate_balls(model, COLD)[0])
    assert populations(evaluate_chain(model, COLD)) == pytest.approx(right, rel=1e-14, abs=0)
    assert right.min() < 1e-20


def test_a_chain_too_long_for_more_digits_refuses_them():
    with pytest.raises(
        SteadyStateError, match=r"chains of 9 spins .* raise the lowest temperature"
    ):
        evaluate_chain(weakly_bound(9), COLD)


@pytest.mark.parametrize("dissipation", ["collective", "individual"])
def test_a_usual_chain_needs_no_more_digits(dissipation):
    point = {
        "B0": 3.1,
        "J": 0.7,
        "Delta": 0.45,
        "epsilon": 0.3,
        "T_L": 4.0,
        "T_R": 1.0,
        "kappa": 1.0,
    }
    model = xxz_model(7, dissipation)
    found, _ = _in_doubles(model, point, False)
    right = populations(evaluate_balls(model, point)[0])
    assert populations(found) == pytest.approx(right, rel=1e-14, abs=0)


J = sp.Symbol("J")
CLOSE = BatteryModel(
    Chain(6, J=sp.sqrt(2) * J, Delta=(1.1, 2, -1.0, 0.1, 0.6), B0=3.8),
    (
        Bath("L", "T_L", {1: 1}),
        Bath("R", 2.8, {6: 1}),
        Bath("A", 5.4, {5: 1, 1: 1, 2: Fraction(1, 3), 3: -0.2}),
    ),
    "kappa",
    "individual",
)


def test_levels_a_billionth_apart_have_the_vectors_of_the_numbers_as_given():
    """Off by 2e-12 when vectors that overlap by 4e-10 were taken for orthonormal."""
    point = {"J": 0.1, "T_L": 0.04927076218655329, "kappa": 1.0}
    found, _ = _in_doubles(CLOSE, point, False)
    right = populations(evaluate_balls(CLOSE, point)[0])
    assert found["smallest_gap"] < 1e-9
    assert populations(found) == pytest.approx(right, rel=1e-14, abs=0)


def test_what_a_double_leaves_of_an_expression_is_kept():
    numbers = ChainNumbers.of(CLOSE.chain, Convert({"J": 0.1}))
    assert numbers.rest is not None
    high, low = numbers.exchange[0], numbers.rest.exchange[0]
    exact = sp.sqrt(2) * sp.Rational(0.1)
    assert abs(sp.Rational(high) + sp.Rational(low) - exact) < sp.Rational(1, 10**32)
    assert (
        ChainNumbers.of(xxz_model(3).chain, Convert({"B0": 1, "J": 0.1, "Delta": 0.3})).rest is None
    )
    close = Sectors(numbers).solve(3)
    overlaps = close.vectors.T @ close.vectors
    assert np.abs(overlaps - np.eye(20)).max() < 1e-15


def test_what_cancels_in_an_expression_is_not_lost():
    a, b = sp.symbols("a b")
    point = {"a": 1.0, "b": 1.0 + 2.0**-50}
    assert Convert(point)(a**2 - b**2) == pytest.approx(-(2.0**-49), rel=1e-14, abs=0)


@pytest.mark.parametrize("spins", [6, 9])
def test_a_capacity_far_below_the_energies_keeps_its_digits_or_is_refused(spins):
    """The empty state all but on top: off by 9e-9 as a difference of doubles."""
    model = xxz_model(spins, "individual")
    point = {"B0": 1e-9, "J": 0.31, "Delta": 0.87, "epsilon": 0.2, "T_L": 0.67, "T_R": 2.5}
    point["kappa"] = 1.0
    if spins > 8:
        with pytest.raises(AbsentError, match=r"charge|capacity"):
            evaluate_chain(model, point, outputs=["charge"])
        with pytest.raises(AbsentError, match=r"capacity is a difference .* raise the field"):
            evaluate_chain(model, point, outputs=["capacity"])
        return
    found, right = evaluate_chain(model, point), evaluate_balls(model, point, digits=30)[0]
    for name in ("capacity", "charge"):
        assert found[name] == pytest.approx(float(right[name]), rel=1e-13, abs=0)
    assert found.capacity < 1e-8
