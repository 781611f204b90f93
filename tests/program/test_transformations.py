"""Program transformations keep the values: lowering, sign assumptions, factoring."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symqb
from symqb.program import Builder, FloatArithmetic, MPArithmetic, Program, lower, run
from symqb.program.core import OPERATIONS, ProgramError
from symqb.program.differentiate import RULES, differentiate
from symqb.program.factor import factor_bose
from symqb.program.lower import LOWERINGS
from symqb.program.series import bernoulli, slope_series
from symqb.program.signs import assume_positive, sign_conditions

BATTERIES = {spins: symqb.xxz_battery(spins) for spins in (2, 3)}
POINT = {"B0": 4.0, "J": 1.0, "Delta": 0.3, "epsilon": 0.6, "T_L": 2.0, "T_R": 0.7, "kappa": 1.5}


def values(program: Program, point: dict[str, float], digits: int = 40) -> dict[str, Any]:
    arithmetic = MPArithmetic(digits)
    return run(program, arithmetic, {k: arithmetic.number(v) for k, v in point.items()})


def worst(a: dict[str, Any], b: dict[str, Any]) -> float:
    flat = [(x, y) for name in a for x, y in zip(_list(a[name]), _list(b[name]), strict=True)]
    assert flat
    return max(float(abs(x - y) / (abs(x) + 1)) for x, y in flat)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("spins", BATTERIES)
def test_lowering_keeps_values_to_its_floors(spins: int) -> None:
    """And to the series that stand for what would cancel: those end where doubles do."""
    program = BATTERIES[spins].program
    found, wanted = values(lower(program), POINT), values(program, POINT)
    assert worst(wanted, found) < 1e-18
    plain = {name: wanted[name] for name in ("energies", "populations", "charge", "ergotropy")}
    assert worst(plain, found) < 1e-37
    left = set(lower(program).operation_counts())
    assert left.isdisjoint(LOWERINGS)


@pytest.mark.parametrize("spins", BATTERIES)
def test_the_shorter_variant_has_the_same_values_where_it_holds(spins: int) -> None:
    program = BATTERIES[spins].program
    shorter = factor_bose(assume_positive(program, sign_conditions(program)))
    assert worst(values(program, POINT), values(shorter, POINT)) < 1e-37
    plain, short = (p.prune(["populations", "charge"]) for p in (program, shorter))
    assert len(lower(short).steps) < len(lower(plain).steps)


def test_the_shorter_variant_is_wrong_elsewhere() -> None:
    """So its condition is needed: at a negative frequency cold rates are lost to cancellation."""
    program = BATTERIES[2].program.prune(["populations"])
    shorter = lower(factor_bose(assume_positive(program, sign_conditions(program))))
    point = POINT | {"B0": 0.1, "T_L": 0.02, "T_R": 0.02}
    exact = [float(p) for p in values(program, point)["populations"]]
    good = run(lower(program), FloatArithmetic(), point)["populations"]
    bad = run(shorter, FloatArithmetic(), point)["populations"]
    assert max(abs(p / e - 1) for p, e in zip(good, exact, strict=True)) < 1e-13
    assert not max(abs(p / e - 1) for p, e in zip(bad, exact, strict=True)) < 1e-3


@given(st.floats(0, 1e3), st.floats(1e-3, 1e3))
def test_lowered_bose_terms_are_accurate(a: float, T: float) -> None:
    b = Builder(("a", "T"))
    names = ("bose", "bose_a", "bose_T", "boltzmann")
    program = b.build({name: b.apply(name, "a", "T") for name in names})
    point = {"a": a, "T": T}
    exact = values(program, point, 60)
    found = run(lower(program), FloatArithmetic(), point)
    for name in names:
        # one rounding of the exponent a/T is worth a/T roundings of the value
        allowed = 2.2e-16 * (12 + 3 * a / T)
        assert abs(found[name] - float(exact[name])) <= allowed * abs(float(exact[name])) + 1e-290


@pytest.mark.parametrize(
    ("a", "T", "expected"),
    [
        (0.0, 2.0, {"bose": 2.0, "bose_a": -0.5, "bose_T": 1.0, "boltzmann": 1.0}),
        (3.0, 0.0, {"bose": 0.0, "bose_a": 0.0, "bose_T": 0.0, "boltzmann": 0.0}),
        (0.0, 0.0, {"bose": 0.0, "bose_a": 0.0, "bose_T": 1.0, "boltzmann": 1.0}),
    ],
)
def test_limits_survive_lowering(a: float, T: float, expected: dict[str, float]) -> None:
    b = Builder(("a", "T"))
    program = lower(b.build({name: b.apply(name, "a", "T") for name in expected}))
    assert run(program, FloatArithmetic(), {"a": a, "T": T}) == expected


def test_series_reproduces_the_planck_slope() -> None:
    assert bernoulli(9)[8] == Fraction(-1, 30)
    arithmetic = MPArithmetic(40)
    x = arithmetic.number(1)
    series = sum(float(c) for c in slope_series()) - 0.5
    assert abs(series - float(arithmetic.bose_a(x, x))) < 1e-16


def test_every_operation_can_be_differentiated_or_lowered() -> None:
    assert set(OPERATIONS) == set(RULES) | set(LOWERINGS)


def test_differentiating_twice() -> None:
    b = Builder(("a", "T"))
    once = differentiate(b.build({"n": b.apply("bose", "a", "T")}), ["a"])
    twice = differentiate(once, ["T"], ["d_n_d_a"])
    point = {"a": 1.3, "T": 0.8}
    up, down = values(once, point | {"T": 0.8 + 2**-30}), values(once, point | {"T": 0.8 - 2**-30})
    slope = (up["d_n_d_a"] - down["d_n_d_a"]) * 2**29
    assert float(abs(values(twice, point)["d_d_n_d_a_d_T"] - slope)) < 1e-15


def test_differentiating_by_an_unknown_name_is_refused() -> None:
    b = Builder(("x",))
    with pytest.raises(ProgramError, match="neither an input nor an output"):
        differentiate(b.build({"y": "x"}), ["z"])
