"""Fewer divisions, the same rational functions; and the pair occupied, vacant up to a factor."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symqb
from symqb.program import Builder, FloatArithmetic, MPArithmetic, Program, lower, run
from symqb.program.quotients import clear_divisions, cost, share_reciprocals
from symqb.program.signs import assume_positive, sign_conditions

POINT = {"B0": 4.0, "J": 1.0, "Delta": 0.3, "epsilon": 0.6, "T_L": 2.0, "T_R": 0.7, "kappa": 1.5}


@cache
def positive(spins: int, outputs: tuple[str, ...] = ("populations",)) -> Program:
    program = symqb.xxz_battery(spins).program.prune(outputs)
    return assume_positive(program, sign_conditions(program))


class Exact:
    """Fractions; each pair (a, 1/T) has two random numbers in place of its exponentials."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.pairs: dict[tuple[Fraction, Fraction], tuple[Fraction, Fraction]] = {}

    def number(self) -> Fraction:
        return Fraction(self.random.randrange(1, 10**9), self.random.randrange(1, 10**9))

    def pair(self, a: Fraction, b: Fraction) -> tuple[Fraction, Fraction]:
        if (a, b) not in self.pairs:
            self.pairs[a, b] = self.number(), self.number()
        return self.pairs[a, b]

    def occupied(self, a: Fraction, b: Fraction) -> Fraction:
        return self.pair(a, b)[0]

    def vacant(self, a: Fraction, b: Fraction) -> Fraction:
        return self.pair(a, b)[1]

    def bose(self, a: Fraction, T: Fraction) -> Fraction:
        occupied, vacant = self.pair(a, 1 / T)
        return a * occupied / vacant

    constant = staticmethod(lambda value: value)
    add, sub = staticmethod(Fraction.__add__), staticmethod(Fraction.__sub__)
    mul, div = staticmethod(Fraction.__mul__), staticmethod(Fraction.__truediv__)


@pytest.mark.parametrize("seed", range(5))
def test_the_populations_of_two_spins_are_the_same_rational_function(seed: int) -> None:
    """Equal in exact arithmetic at random points, whatever stands for the exponentials.

    Two different functions of degree below 100 agree at such a point once in 10^7.  As both numbers
    of a pair are free, a common factor of a pair drops out as well.
    """
    program, exact = positive(2), Exact(seed)
    cleared = clear_divisions(program)
    assert cleared.operation_counts()["div"] == 2
    inputs = {name: exact.number() for name in program.inputs}
    before = run(program, exact, inputs)["populations"]
    assert run(cleared, exact, inputs)["populations"] == before
    assert len(exact.pairs) == 8
    assert sum(before) == 1
    assert len(set(before)) == 4


@pytest.mark.parametrize("outputs", [("populations",), ("ergotropy", "heat_current_L")])
@pytest.mark.parametrize("spins", [2, 3])
def test_clearing_divisions_keeps_values_and_costs_less(
    spins: int, outputs: tuple[str, ...]
) -> None:
    program = positive(spins, outputs)
    cleared = clear_divisions(program)
    arithmetic = MPArithmetic(40)
    numbers = {k: arithmetic.number(v) for k, v in POINT.items()}
    again = run(cleared, arithmetic, numbers)
    for name, value in run(program, arithmetic, numbers).items():
        both = (v if isinstance(v, list) else [v] for v in (value, again[name]))
        pairs = zip(*both, strict=True)
        assert all(abs(x - y) <= abs(x) * 1e-36 for x, y in pairs)
    lowered = {"bose": 17}
    before = sum(lowered.get(step.op, 0) for step in program.steps) + cost(program)
    assert cost(cleared) < before


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 50)), min_size=1, max_size=20))
def test_shared_reciprocals_are_exact(fractions: list[tuple[int, int]]) -> None:
    b = Builder(tuple(f"x{k}" for k in range(2 * len(fractions))))
    quotients = tuple(b.div(f"x{2 * k}", f"x{2 * k + 1}") for k in range(len(fractions)))
    program = b.build({"q": quotients, "nested": b.div("x0", b.add(quotients[0], Fraction(100)))})
    shared = share_reciprocals(program, group=4)
    assert shared.operation_counts()["div"] <= -(-len(fractions) // 4) + 1
    numbers = {
        f"x{2 * k + j}": Fraction(pair[j]) for k, pair in enumerate(fractions) for j in (0, 1)
    }

    inputs = {name: numbers[name] for name in program.inputs}
    assert run(shared, Exact(0), inputs) == run(program, Exact(0), inputs)


def test_products_of_denominators_leave_the_range_of_doubles_first() -> None:
    """Why whoever runs the cleared program must watch for underflow."""
    program, point = positive(2), POINT | {"T_L": 0.021, "T_R": 0.02, "B0": 3.0}
    arithmetic = MPArithmetic(40)
    exact = run(program, arithmetic, {k: arithmetic.number(v) for k, v in point.items()})
    lowered = lower(clear_divisions(program))
    cleared = run(lowered, FloatArithmetic(), point)["populations"]
    errors = [abs(p / float(e) - 1) for p, e in zip(cleared, exact["populations"], strict=True)]
    assert float(min(exact["populations"])) > 1e-290
    assert not max(errors) < 1e-3
