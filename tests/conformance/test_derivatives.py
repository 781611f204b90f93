"""Derivatives: exact against 50 digits, and against differences of 50-digit values."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest

from symqb import Bath, Battery, BatteryModel, Chain, DomainError, NoClosedFormError, ParameterError
from symqb.derive.flows import FlowWriter
from symqb.emit import order_margin
from symqb.program import Ref, run
from symqb.program.arithmetic import MPArithmetic
from symqb.program.builder import Builder
from symqb.program.differentiate import differentiate
from tests.conformance.harness import NAMES, battery, make

OUTPUTS = ("populations", "ergotropy", "charge", "heat_current_L", "exergy")
POINTS = (
    (2.0, 1.0, 0.5, 1.0, 39.0, 1.0),
    (5.0, 1.0, -0.7, 0.3, 2.0, 3.0),
    (0.9, 1.0, 0.4, 0.5, 1.0, 0.6),
)
TARGETS = (
    "numpy",
    pytest.param("c", marks=pytest.mark.needs_cc),
    pytest.param("numba", marks=pytest.mark.slow),
    pytest.param("jax", marks=pytest.mark.slow),
    pytest.param("javascript", marks=pytest.mark.needs_node),
)


@pytest.mark.parametrize("spins", [2, 3])
def test_many_digits_agree_with_central_differences(spins: int) -> None:
    """The rules of differentiation themselves, at 60 digits with steps of 1e-20."""
    of, point = battery(spins), dict(zip(NAMES, POINTS[0], strict=True))
    exact = of.emit("mpmath", OUTPUTS, derivatives=NAMES)(digits=60, **point)
    for name in NAMES:
        context = mpmath.MPContext()
        context.dps = 60
        step = context.mpf(10) ** -20
        up = of.evaluate(
            digits=60, outputs=OUTPUTS, **(point | {name: context.mpf(point[name]) + step})
        )
        down = of.evaluate(
            digits=60, outputs=OUTPUTS, **(point | {name: context.mpf(point[name]) - step})
        )
        for output in OUTPUTS:
            found = np.atleast_1d(np.array(exact[f"d_{output}_d_{name}"], dtype=object))
            ends = np.atleast_1d(np.array(up[output], dtype=object))
            begins = np.atleast_1d(np.array(down[output], dtype=object))
            for slope, end, begin in zip(found, ends, begins, strict=True):
                assert abs(slope - (end - begin) / (2 * step)) < 1e-30, (output, name)


def agree(target: str, spins: int, by: tuple[str, ...], folder: Path) -> None:
    """Within 1e-12 of the largest derivative of that output at the point."""
    of = battery(spins)
    columns = {name: np.array([p[k] for p in POINTS]) for k, name in enumerate(NAMES)}
    found = make(target, of, folder, outputs=OUTPUTS, derivatives=by)(**columns)
    precise = of.emit("mpmath", OUTPUTS, derivatives=by)
    for k, values in enumerate(POINTS):
        exact = precise(digits=40, **dict(zip(NAMES, values, strict=True)))
        for output in OUTPUTS:
            truths = {n: np.array(exact[f"d_{output}_d_{n}"], dtype=float) for n in by}
            size = max(float(np.max(np.abs(truth))) for truth in truths.values())
            for name, truth in truths.items():
                error = np.max(np.abs(np.asarray(found[f"d_{output}_d_{name}"])[k] - truth))
                assert error <= 1e-12 * size, (output, name, values)


@pytest.mark.parametrize("target", TARGETS)
def test_targets_agree_with_many_digits_for_two_spins(target: str, tmp_path: Path) -> None:
    agree(target, 2, NAMES, tmp_path)


@pytest.mark.parametrize(
    "target",
    [
        "numpy",
        pytest.param("c", marks=(pytest.mark.needs_cc, pytest.mark.slow)),
        pytest.param("jax", marks=pytest.mark.slow),
        pytest.param("javascript", marks=pytest.mark.needs_node),
    ],
)
def test_targets_agree_with_many_digits_for_three_spins(target: str, tmp_path: Path) -> None:
    agree(target, 3, NAMES, tmp_path)


@pytest.mark.needs_cc
def test_c_agrees_with_many_digits_for_three_spins(tmp_path: Path) -> None:
    """By two parameters: for all six a compiler takes several times as long."""
    agree("c", 3, ("epsilon", "T_R"), tmp_path)


@pytest.mark.slow
def test_all_derivatives_of_three_spins_at_once_are_too_long_a_program_for_numba() -> None:
    pytest.importorskip("numba")
    with pytest.raises(NoClosedFormError, match="fewer outputs or derivatives"):
        battery(3).emit("numba", OUTPUTS, derivatives=NAMES)


@pytest.mark.parametrize("target", TARGETS)
def test_a_frequency_of_zero_is_no_kink(target: str, tmp_path: Path) -> None:
    of = battery(2)
    point = dict(zip(NAMES, (2.0, 1.0, 1.0, 0.5, 3.0, 1.0), strict=True))
    found = make(target, of, tmp_path, outputs=("populations",), derivatives=("B0", "T_L"))(**point)
    beside = of.emit("mpmath", ("populations",), derivatives=("B0", "T_L"))
    exact = beside(digits=60, **(point | {"Delta": "1.0000000000000000000000000001"}))
    for name in ("B0", "T_L"):
        truth = np.array(exact[f"d_populations_d_{name}"], dtype=float)
        np.testing.assert_allclose(found[f"d_populations_d_{name}"], truth, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("target", TARGETS)
def test_currents_have_a_slope_where_temperatures_are_equal(target: str, tmp_path: Path) -> None:
    of = battery(2)
    point = dict(zip(NAMES, (2.0, 1.0, 0.5, 1.0, 1.0, 1.0), strict=True))
    by = ("T_L", "T_R")
    found = make(target, of, tmp_path, outputs=("heat_current_L",), derivatives=by)(**point)
    beside = of.emit("mpmath", ("heat_current_L",), derivatives=by)
    exact = beside(digits=60, **(point | {"T_L": "1.0000000000000000000000000001"}))
    for name in by:
        slope = f"d_heat_current_L_d_{name}"
        np.testing.assert_allclose(found[slope], float(exact[slope]), rtol=1e-12)


def test_derivatives_by_what_an_output_does_not_depend_on_are_zero() -> None:
    f = battery(2).emit("numpy", ("populations",), derivatives="kappa")
    r = f(**dict(zip(NAMES, POINTS[0], strict=True)))
    assert r.d_populations_d_kappa.tolist() == [0.0] * 4


def test_kinks_of_the_ergotropy_are_one_sided_and_detectable() -> None:
    """Along epsilon the order of two populations changes; the slope jumps, the margin is zero."""
    of = battery(2)
    f = of.emit("numpy", ("ergotropy", "populations"), derivatives=("T_L",))
    grid = np.linspace(1.0, 39.0, 4001)
    r = f(B0=2.0, J=1.0, Delta=0.5, epsilon=1.0, T_L=grid, T_R=1.0)
    crossings = np.flatnonzero(np.diff(np.argsort(r.populations, axis=-1), axis=0).any(axis=-1))
    assert len(crossings) > 0
    k = int(crossings[-1])
    margin = order_margin(r.populations)
    assert margin[k] < 1e-3 < np.median(margin)
    jump = abs(r.d_ergotropy_d_T_L[k + 1] - r.d_ergotropy_d_T_L[k])
    around = abs(r.d_ergotropy_d_T_L[k + 2] - r.d_ergotropy_d_T_L[k + 1])
    assert jump > 20 * around


def test_derivatives_that_do_not_exist_are_refused() -> None:
    f = battery(2).emit("numpy", ("entropy_production",), derivatives=("T_R",))
    with pytest.raises(DomainError, match="d_entropy_production_d_T_R"):
        f(B0=5.0, J=1.0, Delta=0.5, epsilon=0.5, T_L=2.0, T_R=0.0)
    with pytest.raises(ParameterError, match="not a parameter"):
        battery(2).emit("numpy", derivatives=("T",))


@pytest.mark.parametrize("T_L", [0.0, 2.0])
def test_exergy_has_its_slope_at_a_temperature_of_zero(T_L: float) -> None:
    of, point = battery(2), {"B0": 5.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.5, "T_L": T_L}
    found = of.emit("numpy", ("exergy",), derivatives=("T_R",))(**point, T_R=0.0)
    ends = [of.evaluate(digits=30, outputs="exergy", **point, T_R=T).exergy for T in ("1e-4", 0)]
    slope = float((ends[0] - ends[1]) * 10000)
    assert found.d_exergy_d_T_R == pytest.approx(slope, rel=1e-12, abs=1e-300)


TIES = {
    # h of a pair of levels is -eta or B1 - B2, or J beside unequal fields
    "xyz": (Chain(2, eta="eta"), "eta", {"B0": 0.5, "J": 2, "Delta": 0.5, "eta": 0}),
    "equal fields": (Chain(2, B0=("B1", "B2")), "B1", {"B1": 2, "B2": 2, "J": 1, "Delta": 0.5}),
    "no bond": (Chain(2, B0=("B1", "B2")), "J", {"B1": 2, "B2": 1, "J": 0, "Delta": 0.5}),
}


@pytest.mark.parametrize("case", TIES)
@pytest.mark.parametrize("target", ["numpy", "mpmath"])
def test_a_choice_by_a_sign_that_ties_is_no_kink(target: str, case: str) -> None:
    """What is written by the sign of a number has the slope of one side in all of its parts."""
    chain, parameter, point = TIES[case]
    baths = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {2: 1, 1: 0.3}))
    of = Battery(BatteryModel(chain, baths))
    point = point | {"T_L": 0.5, "T_R": 1, "kappa": 1}
    found = of.emit(target, ("populations", "heat_current_L"), derivatives=(parameter,))(**point)
    ends = [
        of.evaluate(**point | {parameter: Fraction(point[parameter]) + step}, digits=40)
        for step in (Fraction(1, 10**12), -Fraction(1, 10**12))
    ]
    for name in ("populations", "heat_current_L"):
        slopes = (np.ravel(ends[0][name]) - np.ravel(ends[1][name])) / 2 * 10**12
        got = np.ravel(found[f"d_{name}_d_{parameter}"])
        assert [float(x) for x in got] == pytest.approx(list(map(float, slopes)), rel=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("write", [FlowWriter.grown, FlowWriter.exponential])
def test_an_exponential_of_either_sign_has_its_slope_at_zero(
    write: Callable[[FlowWriter, Ref], Ref], sign: int
) -> None:
    b = Builder(("x",))
    written = write(FlowWriter(b, ()), "x" if sign > 0 else b.neg("x"))
    program, numbers = differentiate(b.build({"y": written}), ["x"]), MPArithmetic(30)
    assert run(program, numbers, {"x": numbers.number(0)})["d_y_d_x"] == sign


@pytest.mark.parametrize("parameter", ["J", "Delta"])
def test_where_levels_cross_the_slope_is_that_of_one_side(parameter: str) -> None:
    of = battery(2)
    point = {"B0": 2, "J": 1, "Delta": -1, "epsilon": 0.25, "T_L": 3, "T_R": 3.75, "kappa": 1}
    f = of.emit("numpy", ("ergotropy", "exergy"), derivatives=(parameter,))
    found, step = f(**point), Fraction(1, 10**12)
    here, up, down = (
        of.evaluate(**point | {parameter: point[parameter] + s}, digits=40)
        for s in (0, step, -step)
    )
    for name in ("ergotropy", "exergy"):
        sides = [float((up[name] - here[name]) / step), float((here[name] - down[name]) / step)]
        assert abs(sides[0] - sides[1]) > 1e-3 * max(map(abs, sides))
        got = float(found[f"d_{name}_d_{parameter}"])
        assert min(abs(got - side) for side in sides) < 1e-9
