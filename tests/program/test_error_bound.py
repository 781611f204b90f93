"""The derived bound on rounding errors: never below what happens, and not far above it.

The truth is the program itself in balls of 300 bits, which knows no rounding of doubles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

import symqb
from symqb import Bath, BatteryModel, Chain
from symqb.emit.plan import Plan
from symqb.emit.targets.precise import ArbArithmetic
from symqb.program import (
    OPERATIONS,
    Builder,
    FloatArithmetic,
    NoBoundError,
    Program,
    ProgramError,
    inline,
    run,
)
from symqb.program.error_slopes import SLOPES, UNIT, point_values, slopes

Point = dict[str, float]
TEMPERATURES = ("T_L", "T_R")
LOOSEST = 30
"""How far above the worst error seen a bound may lie."""
MANY = [pytest.param(10_000, marks=pytest.mark.slow)]


class Balls(ArbArithmetic):
    """What the shorter variants use besides."""

    def occupied(self, a: Any, b: Any) -> Any:
        return (-a * b).exp()

    def vacant(self, a: Any, b: Any) -> Any:
        return -(-a * b).expm1()


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    saved, ctx.prec = ctx.prec, 300
    yield
    ctx.prec = saved


def entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def errors(program: Program, point: Point, arithmetic: Any = None) -> dict[str, list[float]]:
    """Relative errors in doubles, in units of 2^-53."""
    inexact = run(program, arithmetic or FloatArithmetic(), point)
    exact = run(program, Balls(), {name: arb(value) for name, value in point.items()})
    found: dict[str, list[float]] = {}
    for name in program.outputs:
        pairs = zip(entries(inexact[name]), entries(exact[name]), strict=True)
        found[name] = [
            0.0 if true == 0 and made == 0 else abs(float((arb(made) - true) / true)) / UNIT
            for made, true in pairs
        ]
    return found


def compare(program: Program, points: Iterator[Point], positive: Any = None) -> tuple[float, float]:
    """The largest error, and the least ratio of a bound to the error that it bounds."""
    bound, worst, least = program.error_bound(positive), 0.0, math.inf
    assert not bound.refused
    for point in points:
        bounds, anywhere = bound.at(**point), bound.anywhere(**point)
        for name, seen in errors(program, point).items():
            for error, sharp, coarse in zip(seen, bounds[name], anywhere[name], strict=True):
                assert error <= sharp <= coarse, (name, point, error, sharp, coarse)
                worst = max(worst, error)
                least = min(least, sharp / error) if error else least
    return worst, least


def battery_points(count: int, seed: int, **fixed: float) -> Iterator[Point]:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield {
            "B0": rng.uniform(-4, 4),
            "J": rng.uniform(-2, 2),
            "Delta": rng.uniform(-2, 2),
            "epsilon": rng.uniform(-1.5, 1.5),
            "T_L": 10 ** rng.uniform(-1, 1.5),
            "T_R": 10 ** rng.uniform(-1, 1.5),
            "kappa": 1.0,
        } | fixed


def populations(spins: int) -> Program:
    return symqb.xxz_battery(spins).derivation.pruned(("populations",))


@pytest.mark.parametrize("count", [300, *MANY])
def test_two_spins(count: int) -> None:
    worst, least = compare(populations(2), battery_points(count, 2))
    assert worst > 4
    assert least < LOOSEST


@pytest.mark.parametrize("count", [20, *MANY])
def test_three_spins(count: int) -> None:
    worst, least = compare(populations(3), battery_points(count, 3))
    assert worst > 4
    assert least < LOOSEST


@pytest.mark.parametrize("count", [200, *MANY])
def test_what_targets_run(count: int) -> None:
    """Lowered, and the shorter variants for positive frequencies."""
    plan = Plan(populations(2), TEMPERATURES, "kappa")
    assert compare(plan.general, battery_points(count, 5), TEMPERATURES)[1] < LOOSEST
    for program in (plan.positive, plan.quick):
        assert program is not None
        shown = program.prune(["populations"])
        known = {*TEMPERATURES, *plan.conditions(program)}
        assert compare(shown, battery_points(count, 6, B0=5.0), known)[1] < LOOSEST


@pytest.mark.parametrize("count", [100, *MANY])
def test_a_battery_with_unequal_fields_and_three_baths(count: int) -> None:
    baths = (
        Bath("L", "T_L", {1: 1, 2: "epsilon"}),
        Bath("R", "T_R", {2: 1}, "y"),
        Bath("Q", "T_Q", {1: 0.3}),
    )
    battery = symqb.Battery(BatteryModel(Chain(2, B0=("B0", "B1")), baths))
    program = battery.derivation.pruned(("populations",))
    points = ({**p, "B1": p["J"] + 0.3, "T_Q": 1.7} for p in battery_points(count, 8))
    assert compare(program, points)[1] < LOOSEST


@pytest.mark.parametrize("count", [100, *MANY])
def test_networks(count: int) -> None:
    rng, states = np.random.default_rng(4), range(5)
    net = symqb.network({(a, b): f"k{a}{b}" for a in states for b in states if a != b})
    rates = ({name: 10 ** rng.uniform(-8, 8) for name in net.parameters} for _ in range(count))
    program = net.program.prune(["populations"])
    assert compare(program, rates, net.parameters)[1] < LOOSEST
    passage = net.first_passage_times("4")
    rates = ({name: 10 ** rng.uniform(-8, 8) for name in net.parameters} for _ in range(count))
    assert compare(passage.program, rates, net.parameters)[1] < LOOSEST
    bound = net.error_bound()
    assert "populations" in bound.errors
    assert "difference of terms that may have one sign" in bound.refused["flux_0_1"]


def test_small_bounds_are_those_by_hand() -> None:
    b = Builder(("x", "y", "T"))
    total = b.add("x", "y")
    twice = b.mul(total, total)
    program = b.build(
        {
            "sum": total,
            "square": twice,
            "share": b.div("x", total),
            "doubled": b.mul(Fraction(2), total),
            "root": b.apply("sqrt", twice),
            "apart": b.sub("x", "y"),
        }
    )
    bound = program.error_bound(["x", "y"])
    hand = {"sum": 1, "square": 3, "share": 2, "doubled": 1, "root": 2.5, "apart": 1}
    assert {name: bound.roundings(name) for name in hand} == {n: (k,) for n, k in hand.items()}
    # x / (x + y): only the sum and the quotient round
    assert bound.at(x=1.0, y=2.0)["share"][0] == pytest.approx(2, rel=1e-2)


def test_a_planted_cancellation_has_no_bound_and_names_its_step() -> None:
    b = Builder(("w", "T", "S"))
    n, m = (b.apply("bose", "w", T) for T in "TS")
    share = b.div(n, b.add(n, m))
    lost = b.sub(share, m)
    program = b.build({"share": share, "lost": b.mul(lost, lost), "after": b.add(n, lost)})
    bound = program.error_bound()
    assert set(bound.errors) == {"share"}
    for name in ("lost", "after"):
        assert bound.refused[name].startswith(f"step {lost} = sub({share}, {m}): a difference")
        with pytest.raises(NoBoundError, match=f"no bound for {name}: step {lost}"):
            bound.roundings(name)
    assert f"lost: no bound; step {lost}" in str(bound)


@pytest.mark.parametrize("planted", ["sub", "neg"])
def test_a_cancellation_planted_in_the_battery_is_found(planted: str) -> None:
    """A level's population as one minus the others, however the difference is spelled."""
    program = populations(2)
    b = Builder(program.inputs)
    levels = inline(b, program, {name: name for name in program.inputs})["populations"]
    others = b.sum(levels[1:])
    minus = b.apply("neg", others)
    first = (
        b.apply("sub", Fraction(1), others)
        if planted == "sub"
        else b.apply("add", Fraction(1), minus)
    )
    damaged = b.build({"first": first, "others": others})
    bound = damaged.error_bound()
    assert set(bound.errors) == {"others"}
    assert f"step {first} = {'sub' if planted == 'sub' else 'add'}" in bound.refused["first"]


def test_differences_of_rates_are_no_energies() -> None:
    b = Builder(("k", "q", "r"))
    program = b.build({"gap": b.sub(b.add("k", "q"), "r")})
    assert program.error_bound(["k", "q", "r"]).refused
    assert not program.error_bound([]).refused


def test_differences_of_energies_count_by_what_they_lose() -> None:
    b = Builder(("B", "D", "J"))
    program = b.build({"w": b.sub(b.sub("B", "D"), "J")})
    bound = program.error_bound([])
    near = {"B": 1.0, "D": 0.3, "J": 0.7 - 2.0**-40}
    lost = abs(near["B"] - near["D"]) / abs(near["B"] - near["D"] - near["J"])
    assert bound.at(**near)["w"][0] == pytest.approx(1 + lost, rel=1e-2)
    assert errors(program, near)["w"][0] <= bound.at(**near)["w"][0]
    assert bound.roundings("w") == (1.0,)


def test_a_frequency_of_zero_and_its_neighbours_have_bounds() -> None:
    """Where a difference vanishes its relative error is infinite, that of the rates is not."""
    program = populations(2)
    for off in (0.0, 1e-300, 1e-17, 2.0**-53, 1e-9):
        point = {"B0": 1.0, "J": 1.0, "Delta": off, "epsilon": 0.5, "T_L": 2.0, "T_R": 0.7}
        point["kappa"] = 1.0
        bounds = program.error_bound().at(**point)["populations"]
        assert max(bounds) < 100
        for error, bound in zip(errors(program, point)["populations"], bounds, strict=True):
            assert error <= bound


def test_signs_that_rounding_turns_have_bounds() -> None:
    """Frequencies of less than a rounding, computed as zero."""
    program, rng, turned = populations(2), np.random.default_rng(12), 0
    battery = {"epsilon": 0.5, "T_L": 2.0, "T_R": 0.7, "kappa": 1.0}
    bound = program.error_bound()
    for _ in range(300):
        field, bond = map(int, rng.integers(-40, 40, 2))
        point = battery | {
            "B0": 1.0 + 2.0**-52 * field,
            "J": 0.25 + 2.0**-55 * bond,
            "Delta": 1.25 + 2.0**-52 * (field + round(bond / 8)),
        }
        exact = {name: Fraction(value) for name, value in point.items()}
        computed = point["B0"] + point["J"] - point["Delta"]
        turned += (computed > 0) != (exact["B0"] + exact["J"] - exact["Delta"] > 0)
        bounds, anywhere = bound.at(**point), bound.anywhere(**point)
        for error, sharp, coarse in zip(
            errors(program, point)["populations"],
            bounds["populations"],
            anywhere["populations"],
            strict=True,
        ):
            assert error <= sharp <= coarse < 1e4
    assert turned > 30


def test_no_bound_is_told_where_doubles_underflow() -> None:
    program = populations(2)
    point = {"B0": 4.0, "J": 1.0, "Delta": 0.3, "epsilon": 0.0, "T_L": 1e-3, "T_R": 2e-3}
    assert set(program.error_bound().at(**point)["populations"]) == {math.inf}


def test_the_check_sees_a_sloppy_exponential() -> None:
    """A Bose factor of one bath off by 1e-13: what is assumed of the library matters."""

    class Sloppy(FloatArithmetic):
        def bose(self, a: float, T: float) -> float:
            return super().bose(a, T) * (1 + 1e-13 * (T == 3.0))

    program, beyond = populations(2), 0
    bound = program.error_bound()
    for point in battery_points(20, 9, T_L=3.0, T_R=1.0):
        seen = errors(program, point, Sloppy())["populations"]
        beyond += any(e > b for e, b in zip(seen, bound.at(**point)["populations"], strict=True))
    assert beyond > 10


def test_the_promise_of_the_documentation_follows_for_two_spins() -> None:
    """40 + 4 max|E|/min T roundings, at points all over the domain."""
    bound = populations(2).error_bound()
    for point in battery_points(300, 11):
        largest = abs(point["B0"]) + abs(point["J"]) + abs(point["Delta"])
        promised = 40 + 4 * largest / min(point["T_L"], point["T_R"])
        assert max(bound.at(**point)["populations"]) < promised


REFUSED = {
    "a choice by rounded values": lambda b, n: b.apply("select", n, "w", n, "T"),
    "the logarithm of what may be below 1": lambda b, n: b.apply("log1p", "w"),
    "no rule for log": lambda b, n: b.apply("log", n),
    "the root is not known to be larger": lambda b, n: b.apply("rootsum", "w", "w", n),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_steps_without_a_rule_are_refused(reason: str) -> None:
    b = Builder(("w", "T"))
    step = REFUSED[reason](b, b.apply("bose", "w", "T"))
    reason = reason.replace("by rounded values", "by values that are rounded")
    assert reason in b.build({"y": step}).error_bound().refused["y"]


def test_a_missing_parameter_and_bounds_that_say_nothing() -> None:
    b = Builder(("B", "D", "J"))
    bound = b.build({"w": b.sub(b.sub("B", "D"), "J")}).error_bound([])
    with pytest.raises(ProgramError, match=r"missing inputs \['J'\]"):
        bound.at(B=1.0, D=2.0)
    assert bound.at(B=1.0, D=0.3, J=0.7 + 2.0**-53)["w"] == (math.inf,)


@pytest.mark.parametrize("op", sorted(SLOPES))
def test_slopes_are_derivatives(op: str) -> None:
    """Against a difference quotient in balls; away from kinks."""
    values = {"a": 1.3, "b": 0.7, "c": 2.9, "d": 0.4}
    arity = OPERATIONS[op].arity
    names = tuple(values)[:arity]
    b = Builder(tuple(values))
    refs: tuple[Any, ...] = names
    if op == "rootsum":
        refs = ("a", "b", b.apply("sqrt", b.add(b.mul("a", "a"), "b")))
        names = ("a", "b")
    program = b.build({"y": b.apply(op, *refs)})
    (step,) = (s for s in program.steps if s.op == op)
    found = slopes(step, point_values(program, values))
    if op == "rootsum":
        root = math.hypot(1.3, math.sqrt(0.7))
        found = (found[0] + found[2] * 1.3 / root, found[1] + found[2] / (2 * root))
    width = arb(2) ** -100
    for name, slope in zip(names, found, strict=True):
        ends = []
        for sign in (-1, 1):
            at = {n: arb(v) + (sign * width if n == name else 0) for n, v in values.items()}
            ends.append(run(program, Balls(), at)["y"])
        assert slope == pytest.approx(float((ends[1] - ends[0]) / (2 * width)), rel=1e-12)
