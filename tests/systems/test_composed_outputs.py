"""Outputs made of other outputs: in every target, to any digits, at coincidences, or refused."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import AbsentError, Bath, DomainError, OpenSystem, ParameterError, Register, System
from symqb.numerics.sweep_identity import code_checksum
from symqb.numerics.sweep_runs import Task
from symqb.numerics.system_function import read_outputs

POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 39.0, "T_R": 1.0}
SHARE = {"share": "ergotropy / stored_energy"}


def maser() -> OpenSystem:
    reg, w_c, w_h = Register(3), *sp.symbols("w_c w_h")

    def between(a: int, b: int) -> Any:
        return reg.transition(1, a, b) + reg.transition(1, b, a)

    H = w_c * reg.transition(1, 1, 1) + w_h * reg.transition(1, 2, 2)
    baths = [
        Bath(name, f"T_{name}", between(*ends)) for name, ends in (("c", (0, 1)), ("h", (0, 2)))
    ]
    return OpenSystem(System(H, [*baths, Bath("w", "T_w", between(1, 2))]))


MASER = {"w_c": 1.0, "w_h": 3.0, "T_c": 1.0, "T_h": 8.0, "T_w": 2.0}
EFFICIENCY = {"eta": "-heat_current_w / heat_current_h"}


@pytest.mark.parametrize("target", ["numpy", "c", "numba", "jax", "mpmath", "arb"])
def test_the_efficiency_of_a_maser_is_a_ratio_of_frequencies_in_every_target(target: str) -> None:
    """Scovil and Schulz-DuBois 1959: 1 - w_c/w_h."""
    if target in ("numba", "jax"):
        pytest.importorskip(target)
    f = maser().emit(target, outputs=EFFICIENCY)
    for w_c in (0.5, 1.0, 1.9):
        eta = f(**(MASER | {"w_c": w_c})).eta
        assert float(getattr(eta, "mid", lambda e=eta: e)()) == pytest.approx(
            1 - w_c / 3, rel=1e-12
        )


def test_an_expression_is_that_of_the_outputs_alone_or_in_arrays() -> None:
    battery = symqb.xxz_battery(2)
    T = np.linspace(2.0, 40.0, 7)
    made = {
        **SHARE,
        "flow": "heat_current_L - heat_current_R",
        "p": "populations_1 * T_L**2",
        "root": "sqrt(stored_energy + capacity)",
        "charge": "charge",
    }
    point = POINT | {"T_L": T}
    plain = battery.evaluate(**point)
    for found in (battery.evaluate(outputs=made, **point), battery.emit("c", made)(**point)):
        assert np.allclose(found.share, plain.ergotropy / plain.stored_energy, rtol=1e-12)
        assert np.allclose(found.flow, 2 * plain.heat_current_L, rtol=1e-12)
        assert np.allclose(found.p, plain.populations[:, 0] * T**2, rtol=1e-13)
        assert np.allclose(found.root, np.sqrt(plain.stored_energy + plain.capacity), rtol=1e-13)
        assert np.allclose(found.charge, plain.charge, rtol=1e-14)
        assert list(found) == list(made)
    assert (
        battery.evaluate(outputs=made, **POINT).share
        == battery.evaluate(outputs=SHARE, **(POINT | {"T_L": [39.0, 2.0]})).share[0]
    )


def test_what_cancels_is_found_with_more_digits() -> None:
    """In doubles the excess over Carnot's would be rounding of the currents."""
    held = maser()
    point = MASER | {"T_h": 2.0, "T_w": 2.0}
    made = {"excess": "heat_current_w / heat_current_h + (w_h - w_c) / w_h + w_c / 10**13"}
    for target in ("numpy", "c"):
        f = held.emit(target, outputs=made)
        for w_c in (0.7, 1.3):
            value = f(**(point | {"w_c": w_c})).excess
            assert value == pytest.approx(w_c * 1e-13, rel=1e-14)
    zero = held.evaluate(
        outputs={"sum": "heat_current_c + heat_current_h + heat_current_w"}, **MASER
    )
    assert zero.sum == 0.0


def test_digits_of_an_expression_are_right() -> None:
    exact = {"B0": 2, "J": 1, "Delta": "0.5", "epsilon": 1, "T_L": 39, "T_R": 1}
    for battery in (symqb.xxz_battery(2), symqb.xxz_battery(4)):
        made = battery.evaluate(digits=40, outputs=SHARE, **exact).share
        parts = battery.evaluate(digits=60, outputs=["ergotropy", "stored_energy"], **exact)
        with mpmath.workdps(70):
            truth = parts.ergotropy / parts.stored_energy
            assert abs(made - truth) < truth * mpmath.mpf(10) ** -40


@pytest.mark.parametrize(("spins", "J"), [(2, 0.0), (4, 1.0)])
def test_where_levels_coincide_expressions_are_found_from_their_outputs(
    spins: int, J: float
) -> None:
    battery = symqb.xxz_battery(spins)
    point = POINT | {"J": J, "T_L": [39.0, 4.0]}
    plain = battery.evaluate(outputs=["heat_current_L", "entropy_production"], **point)
    made = {"x": "entropy_production / heat_current_L", "energies": "energies"}
    found = battery.evaluate(outputs=made, **point)
    assert np.allclose(found.x, plain.entropy_production / plain.heat_current_L, rtol=1e-10)
    assert found.energies.shape == (2, 2**spins)
    # Carnot: entropy is produced at the difference of the inverse temperatures
    assert np.allclose(found.x, 1 - 1 / np.array([39.0, 4.0]), rtol=1e-12)


def test_slopes_of_an_expression_are_its_slopes() -> None:
    held = maser()
    f = held.emit(
        "numpy", outputs={"power": "heat_current_c + heat_current_h"}, derivatives=["T_h"]
    )
    step = 1e-5
    up, down = (f(**(MASER | {"T_h": 8.0 + s})).power for s in (step, -step))
    assert f(**MASER).d_power_d_T_h == pytest.approx((up - down) / (2 * step), rel=1e-8)


def test_a_divisor_that_is_zero_is_told() -> None:
    held = maser()
    alike = MASER | {"T_c": 1.0, "T_h": 1.0, "T_w": 1.0}
    for call in (
        lambda: held.evaluate(outputs=EFFICIENCY, **alike),
        lambda: held.emit("c", EFFICIENCY)(**alike),
        lambda: held.evaluate(outputs=EFFICIENCY, digits=30, **alike),
    ):
        with pytest.raises(AbsentError, match="heat_current_h must not be 0, or eta"):
            call()
    with pytest.raises(DomainError, match="heat_current_w must be >= 0, or r = "):
        held.evaluate(outputs={"r": "sqrt(heat_current_w)"}, **MASER)
    # at coinciding levels too
    two = symqb.xxz_battery(2)
    with pytest.raises(AbsentError, match="a divisor is 0"):
        two.evaluate(outputs={"x": "charge / heat_current_L"}, **(POINT | {"J": 0, "T_L": 1.0}))


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_sources_hold_expressions(tmp_path: Any) -> None:
    text = maser().source("javascript", outputs=EFFICIENCY)
    (tmp_path / "maser.mjs").write_text(text)
    call = f"import {{evaluate}} from './maser.mjs'; console.log(evaluate({json.dumps(MASER)}).eta)"
    (tmp_path / "run.mjs").write_text(call)
    found = subprocess.run(
        ["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert float(found.stdout) == pytest.approx(2 / 3, rel=1e-12)


def test_emitted_expressions_copy() -> None:
    f = maser().emit("numpy", outputs=EFFICIENCY)
    assert pickle.loads(pickle.dumps(f))(**MASER).eta == f(**MASER).eta


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"cop": "heat / 2"}, "names heat, which is neither an output nor a parameter"),
        ({"charge": "ergotropy"}, "'charge' is the name of an output"),
        ({"J": "charge"}, "'J' is the name of a parameter"),
        ({"populations_1": "charge"}, "is the name of a parameter or of a level's output"),
        ({"a b": "charge"}, "'a b' is no name"),
        ({"x": "populations"}, "names the levels' populations; name one, such as populations_1"),
        ({"x": 3}, "x=3 is no expression"),
        ({"x": sp.Symbol("T")}, "names T, which is neither"),
        ({}, "an empty choice"),
        ({"x": "charge /"}, "is not an expression"),
        ({"x": "charge / 0"}, "divided by zero"),
        ({"x": "smallest_gap * 2"}, r"smallest_gap, which is (neither|found in numbers)"),
        ({"x": "__import__('os')"}, "more than this reads"),
        ({"digits": "charge"}, "is the name of an argument"),
    ],
)
def test_an_expression_that_is_none_is_refused(outputs: Any, message: str) -> None:
    battery = symqb.xxz_battery(2)
    for call in (battery.emit, lambda outputs: battery.evaluate(outputs=outputs, **POINT)):
        with pytest.raises(ParameterError, match=message):
            call(outputs=outputs)


CHARGE = sp.Symbol("charge")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1e400 * charge", r"1\.0e\+400"),
        ("charge / 1e-310", r"1\.0e\+310"),
        ("T_L * 1e308 * 10", r"1\.0e\+309"),
        ("charge * 1e-200 * 1e-200", r"1\.0e-400"),
        ("(T_L / 1e90)**5", r"1\.0e-450"),
        (sp.Integer(10) ** 400 * CHARGE, r"1\.0e\+400"),
        (sp.Float("1e400") * CHARGE, r"1\.0e\+400"),
        (sp.exp(1000) * CHARGE, r"1\.97007e\+434"),
    ],
    ids=str,
)
def test_an_expression_with_a_number_out_of_range_is_refused(text: Any, number: str) -> None:
    battery, rule = symqb.xxz_battery(2), f"y=.* holds the number {number}, .* outside 1e-290"
    for call in (
        lambda outputs: battery.emit("c", outputs),
        lambda outputs: battery.source("julia", outputs),
        lambda outputs: battery.evaluate(outputs=outputs, **POINT),
        lambda outputs: battery.evaluate(outputs=outputs, digits=30, **POINT),
    ):
        with pytest.raises(DomainError, match=rule):
            call({"y": text})


def test_what_is_made_of_large_parameters_is_told_or_refused() -> None:
    battery, large = symqb.xxz_battery(2), POINT | {"T_L": 1e90}
    assert battery.evaluate(outputs={"y": "1e30 * T_L**2"}, **large).y == pytest.approx(1e210)
    for outputs in ({"y": "T_L**5"}, {"y": "T_L**5", "charge": "charge"}):
        with pytest.raises(DomainError, match=r"y is 1\.0e\+450 here, above all doubles"):
            battery.evaluate(outputs=outputs, **large)


def test_no_expression_passes_for_an_output_that_may_be_infinite() -> None:
    with pytest.raises(ParameterError, match=r"begins with entropy_production, .* another name"):
        symqb.xxz_battery(2).emit(outputs={"entropy_production_2": "T_L**5"})


COP = {"cop": "heat_current_c / heat_current_w", "charge_c": "heat_current_c"}


@pytest.mark.parametrize("closed", [True, False])
def test_a_sweep_holds_expressions_with_a_closed_form_or_without(closed: bool) -> None:
    """Against evaluations point by point; refused points are NaN in the outputs they lack alone."""
    pytest.importorskip("xarray")
    pytest.importorskip("dask")
    held = maser() if closed else mixed_maser()
    assert held.closed == closed
    grid = MASER | {"T_c": np.array([1.0, 1.5]), "T_w": np.array([2.0, 4.0, 8.0])}
    names = {**COP, "populations": "populations"}
    data = held.sweep(grid, outputs=names, chunk=4)
    assert list(data.data_vars) == [*COP, "populations"]
    for T_c in (1.0, 1.5):
        for T_w in (2.0, 8.0):
            there = data.sel(T_c=T_c, T_w=T_w)
            one = held.evaluate(outputs=names, **(MASER | {"T_c": T_c, "T_w": T_w}))
            assert float(there.cop) == pytest.approx(one.cop, rel=1e-14)
            assert float(there.charge_c) == pytest.approx(one.charge_c, rel=1e-14)
            assert np.allclose(there.populations, one.populations, rtol=1e-14)
    assert json.loads(data.attrs["outputs"])["cop"] == "heat_current_c/heat_current_w"


def mixed_maser() -> OpenSystem:
    """The maser with its three levels mixed a little: their energies are roots of a cubic."""
    held = maser()
    mixing = (sp.ones(3, 3) - sp.eye(3)) / 10
    return OpenSystem(System(held.system.H + mixing, held.system.baths))


def test_a_sweep_leaves_out_an_expression_where_its_divisor_is_zero() -> None:
    pytest.importorskip("xarray")
    pytest.importorskip("dask")
    grid = MASER | {"T_c": 2.0, "T_h": 2.0, "T_w": np.array([2.0, 4.0])}
    data = maser().sweep(grid, outputs=COP, skip_errors=True)
    assert np.isnan(data.cop[0])
    assert float(data.charge_c[0]) == 0
    assert np.isfinite(data.cop[1])
    (reason,) = json.loads(data.attrs["skipped"])["reasons"]
    assert reason["outputs"] == {"cop": 1}
    assert "heat_current_w must not be 0" in reason["reason"]


@pytest.mark.parametrize("suffix", ["zarr", "nc"])
def test_a_stored_sweep_is_known_by_its_expressions(suffix: str, tmp_path: Any) -> None:
    """Another expression under the same name is another sweep; another spelling is not."""
    for needed in ("xarray", "dask", "zarr", "netCDF4"):
        pytest.importorskip(needed)
    path = tmp_path / f"grid.{suffix}"
    grid = MASER | {"T_w": np.array([2.0, 4.0, 8.0])}
    held = maser()
    first = held.sweep(grid, outputs={"x": "heat_current_c/heat_current_w"}, path=path).load()
    again = held.sweep(grid, outputs={"x": "heat_current_c * 1/heat_current_w"}, path=path)
    assert again.identical(first)
    again.close()
    said = r"outputs: x is heat_current_c/heat_current_w there and heat_current_c/heat_current_h"
    with pytest.raises(ParameterError, match=said):
        held.sweep(grid, outputs={"x": "heat_current_c/heat_current_h"}, path=path)
    with pytest.raises(ParameterError, match=r"outputs is .*x.* there and .*heat_current_c.* here"):
        held.sweep(grid, outputs=["heat_current_c"], path=path)


def test_a_sweep_refuses_names_that_are_taken() -> None:
    pytest.importorskip("xarray")
    pytest.importorskip("dask")
    for outputs, said in (
        (
            {"level": "heat_current_h"},
            "'level' is the name of an axis of labelled results; use another",
        ),
        ({"T_h": "heat_current_h"}, "'T_h' is the name of a parameter"),
        ({"x": "density"}, "names density, which is found in numbers"),
    ):
        with pytest.raises(ParameterError, match=said):
            maser().sweep(MASER, outputs=outputs)


def test_a_chunk_of_expressions_may_be_sent_to_another_process() -> None:
    model = maser().system
    names, composed = read_outputs(model, COP)
    fixed = tuple((MASER | {"kappa": 1.0, "T_w": 4.0}).items())
    task = Task(model, names, (), fixed, False, code_checksum(), composed=composed)
    found = pickle.loads(pickle.dumps(task)).run().values
    truth = maser().evaluate(outputs=COP, **(MASER | {"T_w": 4.0}))
    assert {name: float(x) for name, x in found.items()} == truth.to_dict()


@pytest.mark.parametrize("spins", [2, 4])
def test_batteries_sweep_expressions_too(spins: int) -> None:
    pytest.importorskip("xarray")
    pytest.importorskip("dask")
    battery = symqb.xxz_battery(spins)
    grid = POINT | {"T_L": np.array([4.0, 39.0])}
    data = battery.sweep(grid, outputs={**SHARE, "charge": "charge"})
    plain = battery.evaluate(**grid)
    assert np.allclose(data.share, plain.ergotropy / plain.stored_energy, rtol=1e-12)
    assert np.allclose(data.charge, plain.charge, rtol=1e-14)


def test_the_command_sweeps_expressions(tmp_path: Any) -> None:
    for needed in ("xarray", "dask", "zarr"):
        pytest.importorskip(needed)
    from symqb.cli.sweep_arguments import sweep_command

    words = ["--B0=2", "--J=1", "--Delta=0.5", "--epsilon=1", "--T-L=4,39", "--T-R=1", "--quiet"]
    outputs = "--outputs=charge, share=ergotropy/stored_energy"
    path = tmp_path / "grid.zarr"
    sweep_command([*words, outputs, f"--output={path}"])
    import xarray

    with xarray.open_zarr(path, consolidated=False) as data:
        truth = symqb.xxz_battery(2).evaluate(outputs=SHARE, **(POINT | {"T_L": [4.0, 39.0]}))
        assert np.allclose(data.share, truth.share, rtol=1e-14)
        said = {"charge": "charge", "share": "ergotropy/stored_energy"}
        assert json.loads(data.attrs["outputs"]) == said
