"""What a target cannot compute it refuses, and no target answers where another refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symqb
from symqb import DomainError, ParameterError
from tests.conformance.harness import EVERY, IN_PROCESS, NAMES, battery, make
from tests.conformance.languages import RUNNERS

STANDALONE_NAMES = ("numpy-module", "javascript", *RUNNERS)
GOOD: dict[str, Any] = dict(zip(NAMES, (2.0, 1.0, 0.5, 1.0, 39.0, 1.0), strict=True))
BAD = {
    "a negative temperature": {"T_R": -1.0},
    "a temperature that cannot be resolved": {"T_R": 1e-300},
    "not a number": {"B0": float("nan")},
    "an infinity": {"Delta": float("inf")},
    "an overflow": {"B0": 1e150},
    "kappa of zero": {"kappa": 0.0},
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("target", EVERY)
def test_bad_points_are_refused(target: str, bad: str, tmp_path: Path) -> None:
    function = make(target, battery(2), tmp_path)
    with pytest.raises((ArithmeticError, ValueError)):
        function(**(GOOD | BAD[bad]))
    assert np.isfinite(float(function(**GOOD)["charge"]))


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("target", IN_PROCESS)
def test_one_bad_point_in_an_array_is_found(target: str, bad: str, tmp_path: Path) -> None:
    (name, value), count = *BAD[bad].items(), 1000
    array = np.full(count, GOOD.get(name, 1.0))
    array[777] = value
    function = make(target, battery(2), tmp_path, outputs=("heat_current_L",))
    with pytest.raises(DomainError) as raised:
        function(**(GOOD | {name: array}))
    assert name in str(raised.value)


@pytest.mark.parametrize("target", EVERY)
def test_levels_that_coincide_are_solved_in_process_and_refused_in_sources(
    target: str, tmp_path: Path
) -> None:
    function, free = make(target, battery(2), tmp_path), GOOD | {"J": 0.0, "epsilon": 0.3}
    if target in STANDALONE_NAMES:
        with pytest.raises((ArithmeticError, ValueError), match=r"must not coincide|levels"):
            function(**free)
        return
    found, wanted = function(**free), battery(2).evaluate(digits=20, **free)
    for name in ("charge", "heat_current_L", "exergy"):
        assert float(found[name]) == pytest.approx(float(wanted[name]), rel=1e-12)


@pytest.mark.parametrize("target", IN_PROCESS)
def test_parameters_the_outputs_do_not_need_are_checked(target: str, tmp_path: Path) -> None:
    function = make(target, battery(2), tmp_path, outputs=("energies",))
    with pytest.raises(DomainError, match="T_L"):
        function(**(GOOD | {"T_L": np.array([1.0, -1.0])}))
    with pytest.raises(ParameterError, match="unknown"):
        function(**GOOD, T=1.0)
    with pytest.raises(ParameterError, match="missing"):
        function(B0=1.0)
    with pytest.raises(ParameterError, match="broadcast"):
        function(**(GOOD | {"B0": np.ones(3), "J": np.ones(4)}))
    with pytest.raises(ParameterError, match="element type"):
        function(**(GOOD | {"B0": np.ones(3, dtype=complex)}))


@pytest.mark.parametrize("target", IN_PROCESS)
def test_output_buffers(target: str, tmp_path: Path) -> None:
    function = make(target, battery(2), tmp_path, outputs=("populations", "charge"))
    columns = GOOD | {"T_L": np.linspace(1, 2, 50)}
    plain = function(**columns)
    for buffer in (np.empty((50, 4)), np.empty((4, 50)).T):
        filled = function(out={"populations": buffer}, **columns)
        assert filled["populations"] is buffer
        np.testing.assert_array_equal(buffer, plain["populations"])
    refused = (
        np.empty((50, 5)),
        np.empty((50, 4), dtype=np.float32),
        np.empty((100, 4))[::2],
        np.frombuffer(bytearray(50 * 4 * 8 + 1), offset=1).reshape(50, 4),
        [0.0],
    )
    for buffer in refused:
        with pytest.raises(ParameterError, match="populations"):
            function(out={"populations": buffer}, **columns)
    with pytest.raises(ParameterError, match="overlaps"):
        function(out={"charge": columns["T_L"]}, **columns)
    for other in (np.asarray(memoryview(columns["T_L"])), columns["T_L"].view()):
        with pytest.raises(ParameterError, match="overlaps"):
            function(out={"charge": other}, **columns)
        with pytest.raises(ParameterError, match="overlaps"):
            function(out={"charge": columns["T_L"]}, **(columns | {"T_L": other}))
    backwards = np.linspace(2, 1, 50)
    with pytest.raises(ParameterError, match="overlaps"):
        function(out={"charge": backwards}, **(columns | {"T_L": backwards[::-1]}))
    with pytest.raises(ParameterError, match="not an output"):
        function(out={"ergotropy": np.empty(50)}, **columns)


@pytest.mark.parametrize("target", IN_PROCESS)
def test_two_outputs_do_not_share_memory(target: str, tmp_path: Path) -> None:
    function = make(target, battery(2), tmp_path, outputs=("charge", "stored_energy"))
    columns, memory = GOOD | {"T_L": np.linspace(1, 2, 12)}, np.empty(24)
    for second in (memory[:12], memory[8:20]):
        with pytest.raises(ParameterError, match="another output"):
            function(out={"charge": memory[:12], "stored_energy": second}, **columns)
    both = function(out={"charge": memory[:12], "stored_energy": memory[12:]}, **columns)
    np.testing.assert_array_equal(both["charge"], function(**columns)["charge"])


@pytest.mark.parametrize("target", IN_PROCESS)
def test_memory_in_another_order_is_written_or_refused(target: str, tmp_path: Path) -> None:
    function = make(target, battery(2), tmp_path, outputs=("charge", "populations"))
    columns = GOOD | {"T_L": np.linspace(1, 2, 12).reshape(3, 4)}
    with pytest.raises(ParameterError, match="C order"):
        function(out={"charge": np.empty((3, 4), order="F")}, **columns)
    empty = GOOD | {"T_L": np.empty(0)}
    out = {"charge": np.empty(0), "populations": np.empty((0, 4))}
    assert function(out=out, **empty)["charge"].shape == (0,)


@pytest.mark.parametrize("target", [t for t in EVERY if t != "javascript"])
def test_where_nothing_moves_there_is_no_steady_state(target: str, tmp_path: Path) -> None:
    """Both baths at zero and levels that none of them leaves: an error, not NaN."""
    stuck = dict(zip(NAMES, (-1.3, 0.58, -3.7, 2.65, 0.0, 0.0), strict=True))
    function = make(target, battery(2), tmp_path, outputs=("populations",))
    with pytest.raises((ArithmeticError, ValueError)):
        function(**stuck)


def test_a_derivative_that_is_not_finite_is_refused_at_many_digits(tmp_path: Path) -> None:
    function = battery(2).emit("mpmath", ("entropy_production",), derivatives=("T_L",))
    with pytest.raises(DomainError, match="d_entropy_production_d_T_L"):
        function(digits=20, **(GOOD | {"T_L": 0.0}))


@pytest.mark.parametrize("value", [10**400, np.array([1, 10**400], dtype=object)])
def test_numbers_beyond_double_precision_are_refused(value: Any) -> None:
    with pytest.raises(DomainError, match="scale all energies"):
        battery(2).evaluate(**(GOOD | {"J": value}))


@pytest.mark.parametrize("target", IN_PROCESS)
def test_a_program_that_needs_no_parameter(target: str, tmp_path: Path) -> None:
    baths = (symqb.Bath("L", "T", {1: 1}), symqb.Bath("R", 1, {2: 1}))
    of = symqb.Battery(symqb.BatteryModel(symqb.Chain(2, J=1, Delta=0, B0=3), baths, kappa=1))
    function = make(target, of, tmp_path, outputs=("energies", "capacity"))
    found = function(T=np.array([1.0, 2.0]))
    np.testing.assert_allclose(found["energies"], [[-3, 3, -1, 1]] * 2, atol=1e-15)
