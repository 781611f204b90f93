"""Levels, couplings, phi and the elimination in balls hold what is true at points of a box."""

from __future__ import annotations

from fractions import Fraction as Q
from typing import Any

import pytest
import sympy as sp
from flint import arb, ctx
from hypothesis import assume, given
from hypothesis import strategies as st

import symqb
from symqb.numerics.balls import (
    Undecided,
    ball_converter,
    eliminate_balls,
    enclose_couplings,
    enclose_levels,
    enclose_phi,
)
from symqb.numerics.exact_inputs import to_ball

share = st.integers(0, 16).map(lambda k: Q(k, 16))
frequency = st.tuples(*[st.integers(-64, 64).map(lambda n: Q(n, 16))] * 2)
temperature = st.tuples(*[st.integers(1, 64).map(lambda n: Q(n, 8))] * 2)


def between(side: tuple[Q, Q], part: Q) -> Q:
    return side[0] + (side[1] - side[0]) * part


def true_phi(w: Q, T: Q) -> Any:
    """phi at a point in 400 bits."""
    with ctx.workprec(400):
        return to_ball(T) if w == 0 else to_ball(w) / -(-to_ball(w) / to_ball(T)).expm1()


@given(frequency, temperature, share, share)
def test_phi_holds_its_values_on_a_box(w: Any, T: Any, s: Q, t: Q) -> None:
    """A ball reaches a little below zero where the box begins there: then it may be undecided."""
    box = tuple(sorted(w)), tuple(sorted(T))
    try:
        found = enclose_phi(to_ball(box[0]), to_ball(box[1]))
    except Undecided:
        assert 0 in box[0]
        return
    assert found.contains(true_phi(between(box[0], s), between(box[1], t)))


def test_phi_at_frequency_zero_is_the_temperature_and_none_is_given_at_none() -> None:
    assert enclose_phi(arb(0), arb(3)).contains(3)
    for cold in (arb(0), arb(0, 1), arb(-1), arb("nan")):
        with pytest.raises(Undecided, match="temperature"):
            enclose_phi(arb(1), cold)


@given(st.lists(st.integers(0, 40), min_size=12, max_size=12), share)
def test_the_elimination_holds_the_steady_state_of_rates_in_boxes(rates: list[int], s: Q) -> None:
    """Against the null vector of the rate matrix at a point, in rational numbers."""
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    sides = {pair: (Q(n, 8), Q(n, 8) * Q(9, 8)) for pair, n in zip(pairs, rates, strict=True)}
    balls = [[to_ball(sides[i, j]) if i != j else arb(0) for j in range(4)] for i in range(4)]
    try:
        found = eliminate_balls(balls)
    except Undecided:
        return
    matrix = sp.zeros(4, 4)
    for (i, j), side in sides.items():
        rate = between(side, s if (i + j) % 2 else 1 - s)
        matrix[j, i] += sp.Rational(rate.numerator, rate.denominator)
        matrix[i, i] -= sp.Rational(rate.numerator, rate.denominator)
    (vector,) = matrix.nullspace()
    assume(vector[3] != 0)
    for ball, value in zip(found, vector / vector[3], strict=True):
        assert ball.contains(to_ball(Q(int(value.p), int(value.q))))


def test_a_level_that_may_not_be_left_is_undecided() -> None:
    with pytest.raises(Undecided, match="leaving"):
        eliminate_balls([[arb(0), arb(0, 1)], [arb(1), arb(0)]])


def derived_at(spins: int, point: dict[str, Q]) -> tuple[list[Any], list[tuple[Any, Any, Any]]]:
    """Energies, and bath, squared element and frequency of each transition, to 60 digits."""
    battery = symqb.xxz_battery(spins=spins)

    def at(expression: sp.Expr) -> Any:
        values = {
            s: sp.Rational(point[s.name].numerator, point[s.name].denominator)
            for s in expression.free_symbols
        }
        with ctx.workprec(300):
            return arb(str(sp.N(expression.subs(values), 70)))

    levels = [at(level.energy) for level in battery.eigensystem().levels]
    found = [
        (bath, at(weight), at(t.frequency))
        for t in battery.transitions()
        for bath, weight in t.weights.items()
    ]
    return levels, found


@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("wide", [Q(0), Q(1, 1000)])
@given(s=share)
def test_levels_and_couplings_hold_those_of_the_derivation(spins: int, wide: Q, s: Q) -> None:
    base = {"B0": Q(5), "J": Q(1), "Delta": Q(1, 3), "epsilon": Q(2, 5)}
    box = {name: (value, value * (1 + wide)) for name, value in base.items()}
    model = symqb.xxz_battery(spins=spins).model
    convert = ball_converter(box if wide else base)
    levels, matrices = enclose_levels(model, convert)
    levels = sorted(levels, key=lambda level: -float(level.energy.mid()))
    energies, couplings = derived_at(spins, {n: between(side, s) for n, side in box.items()})
    for level, true in zip(levels, sorted(energies, key=float, reverse=True), strict=True):
        assert level.energy.overlaps(true)
        assert float(level.energy.rad()) < 0.02 if wide else level.energy.rad() < arb("1e-12")
    found = enclose_couplings(model, levels, matrices, convert)
    names = [bath.name for bath in model.baths]
    for bath, weight, frequency_there in couplings:
        near = [
            c
            for c in found
            if names[c.bath] == bath
            and c.square.overlaps(weight)
            and c.frequency.overlaps(frequency_there)
        ]
        assert near, (bath, weight, frequency_there)
