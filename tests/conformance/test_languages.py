"""Standalone sources in every language: the same refusals in the same words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import symqb
from symqb.emit import SOURCE_TARGETS
from symqb.emit.language import Language
from symqb.emit.plan import Plan
from symqb.emit.targets import _load
from symqb.emit.targets.fortran import WIDTH, break_lines
from symqb.emit.targets.julia import JULIA
from symqb.program import Builder
from tests.conformance.harness import NAMES, STANDALONE, battery, compare, make
from tests.conformance.julia_reader import julia_module
from tests.conformance.languages import RUNNERS, compiled, mathematica_lines
from tests.conformance.test_values import EDGES, ORDINARY
from tests.emit.test_names import POINT, SETS, named

GOOD: dict[str, Any] = dict(zip(NAMES, (2.0, 1.0, 0.5, 1.0, 39.0, 1.0), strict=True))
REFUSED = {
    "T_R=-1": ({"T_R": -1.0}, ": temperatures must be 0 or >= 1e-290"),
    "T_R=1e-300": ({"T_R": 1e-300}, ": temperatures must be 0 or >= 1e-290"),
    "B0 not a number": ({"B0": float("nan")}, ": not finite; give a finite real number"),
    "Delta infinite": ({"Delta": float("inf")}, ": not finite; give a finite real number"),
    "B0 overflows": ({"B0": 1e200}, ": overflows; scale all energies and temperatures"),
    "kappa is 0": ({"kappa": 0.0}, ": must be > 0"),
    "levels coincide": (
        {"B0": 0.0},
        "levels 2 and 1 must not coincide: E_2 - E_1 = 2*B0, which is 0 here; move off the point",
    ),
    "no charge": (
        {"B0": -9.0},
        "capacity must be positive: |0..0> is the top level, which is 0 here; move off the point",
    ),
    "cold": (
        {"B0": -2.0, "T_L": 0.01, "T_R": 0.01, "epsilon": 0.5},
        "rates underflow: all baths are too cold where a level is left by absorption alone, or the "
        "squares of energies are too small, which is 0 here; move off the point",
    ),
}
WORDED = [target for target in STANDALONE if target != "numpy-module"]


@pytest.mark.parametrize("refused", REFUSED)
@pytest.mark.parametrize("target", WORDED)
def test_every_language_refuses_in_the_same_words(
    target: str, refused: str, tmp_path: Path
) -> None:
    wrong, message = REFUSED[refused]
    outputs = ("populations",) if refused == "cold" else ("charge",)
    function = make(target, battery(2), tmp_path, outputs=outputs)
    with pytest.raises(ArithmeticError) as raised:
        function(**(GOOD | wrong))
    found = str(raised.value).replace("RangeError: ", "").strip()
    assert found.endswith(message)
    if message.startswith(":"):
        (name,) = wrong
        assert found.startswith(f"{name}=")
    else:
        assert found == message or found == f"Error: {message}"


@pytest.mark.slow
@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize(
    "target",
    [
        pytest.param("fortran", marks=pytest.mark.needs_gfortran),
        pytest.param("rust", marks=pytest.mark.needs_rustc),
    ],
)
def test_optimised_programs_have_the_values_too(target: str, spins: int) -> None:
    """Other tests run what was compiled as it stands; users optimise."""
    of = battery(spins)
    points = [dict(zip(NAMES, values, strict=True)) for values in (*ORDINARY, *EDGES.values())]
    source = of.source(target)
    found = compiled(target, source, of.parameters, points, optimised=True)
    counts = [compare(of, values, (), point) for values, point in zip(found, points, strict=True)]
    assert counts == [8 + 2 * 2**spins] * len(points)


@pytest.mark.parametrize(
    "target", ["julia", pytest.param("javascript", marks=pytest.mark.needs_node)]
)
def test_names_of_parameters_are_checked_where_they_are_given(target: str, tmp_path: Path) -> None:
    function = make(target, battery(2), tmp_path, outputs=("charge",))
    with pytest.raises(ArithmeticError, match="unknown parameter x"):
        function(**GOOD, x=1.0)
    with pytest.raises(ArithmeticError, match="missing parameter T_R"):
        function(**{name: value for name, value in GOOD.items() if name != "T_R"})


@pytest.mark.needs_mathics
@pytest.mark.slow
def test_mathematica_has_the_values_and_the_words_of_the_others(tmp_path: Path) -> None:
    of = battery(2)
    edges = (GOOD, GOOD | {"B0": 5.0, "T_R": 0.0}, GOOD | {"Delta": -3.3, "T_L": 0.3})
    columns = {name: np.array([point[name] for point in edges]) for name in GOOD}
    found = make("mathematica", of, tmp_path)(**columns)
    assert [compare(of, found, (k,), point) for k, point in enumerate(edges)] == [16] * len(edges)
    # the charge does not exist where it is cold
    refused = [REFUSED[name] for name in REFUSED if name != "cold"]
    points = [GOOD | wrong for wrong, _ in refused]
    shown = mathematica_lines(of.source("mathematica", ("charge",)), points)
    for line, (_, message) in zip(shown, refused, strict=True):
        assert line.startswith("Failure[")
        assert message in line


@pytest.mark.needs_mathics
@pytest.mark.slow
@pytest.mark.parametrize("which", ["Greek", "Julia and Mathematica", "escapes"])
def test_names_are_read_by_mathics(which: str, tmp_path: Path) -> None:
    function = make("mathematica", named(which), tmp_path, outputs=("energies",))
    found = function(**dict(zip(SETS[which], POINT.values(), strict=True)))
    wanted = battery(2).evaluate(outputs=("energies",), **POINT).energies
    np.testing.assert_allclose(found["energies"], wanted, rtol=1e-14)


def _one(target: str, op: str) -> Callable[..., Any]:
    """One operation of ``x`` alone."""
    b = Builder(("x",))
    language = _load(SOURCE_TARGETS, target)
    assert isinstance(language, Language)
    about = {"title": op, "version": "0", "labels": (), "parameters": ("x",)}
    source = language.module(Plan(b.build({"y": b.apply(op, "x")})), **about)
    return lambda points: [p["y"] for p in RUNNERS[target](source, ("x",), points)]


@pytest.mark.parametrize(
    ("target", "units", "growing"),
    [
        pytest.param("fortran", 3, 0, marks=pytest.mark.needs_gfortran),
        pytest.param("rust", 1, 0, marks=pytest.mark.needs_rustc),
        # Mathics raises the number e to a power, whose error grows with the exponent
        pytest.param("mathematica", 5, 1, marks=(pytest.mark.needs_mathics, pytest.mark.slow)),
    ],
)
def test_expm1_is_accurate_over_its_whole_range(target: str, units: float, growing: float) -> None:
    """In units of the last place, against 50 digits: from 1e-300 to where doubles end."""
    count = 50 if growing else 4000
    sizes = [*np.geomspace(1e-300, 709, count), *np.linspace(0.3, 1.7, count)]
    points = [{"x": float(s * x)} for x in sizes for s in (1, -1)]
    found = _one(target, "expm1")(points)
    with mpmath.workdps(50):
        for y, p in zip(found, points, strict=True):
            allowed = (units + growing * abs(p["x"])) * 2.0**-52
            assert abs(y / mpmath.expm1(p["x"]) - 1) <= allowed, p


def test_a_form_that_is_wrong_is_seen() -> None:
    """So what runs the text computes by the text."""
    plan = Plan(battery(2).program.prune(["charge"]), ("T_L", "T_R"))
    about = {"title": "", "version": "", "labels": (1, 2, 3, 4), "parameters": plan.inputs}
    truth = battery(2).evaluate(outputs=("charge",), **GOOD).charge
    wrong = {"sub": "{0} + {1}", "max": JULIA.forms["min"], "expm1": "{0}"}
    for op, form in wrong.items():
        forms = {**JULIA.forms, op: form}
        for language, right in ((JULIA, True), (replace(JULIA, forms=forms), False)):
            evaluate = julia_module(language.module(plan, **about))["evaluate"]
            given = {name: GOOD[name] for name in plan.inputs}
            try:
                found = evaluate(**given)["charge"]
            except ArithmeticError:
                found = float("nan")
            assert (found == pytest.approx(truth, rel=1e-13)) == right, op


@pytest.mark.parametrize("text", ["x = (1.0", "x = 1.0 ^ 2.0", "x = y.z", "while true\nend"])
def test_julia_that_the_reader_does_not_know_is_refused(text: str) -> None:
    with pytest.raises((SyntaxError, KeyError, IndexError)):
        julia_module(f"module A\n{text}\nend\n")


@pytest.mark.parametrize(
    "target",
    [
        "julia",
        pytest.param("fortran", marks=pytest.mark.needs_gfortran),
        pytest.param("rust", marks=pytest.mark.needs_rustc),
    ],
)
def test_derivatives_are_written_in_every_language(target: str, tmp_path: Path) -> None:
    asked = {"outputs": ("charge", "populations"), "derivatives": ("B0", "T_R")}
    found = make(target, battery(2), tmp_path, **asked)(**GOOD)
    wanted = battery(2).emit("numpy", asked["outputs"], derivatives=asked["derivatives"])(**GOOD)
    assert set(found) == set(wanted)
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-11)


def test_a_language_that_lacks_an_operation_says_which() -> None:
    b = Builder(("x",))
    language = Language(forms={"add": "{0} + {1}"}, reserved=frozenset(), template="@STATEMENTS@")
    plan = Plan(b.build({"y": b.apply("sqrt", "x")}))
    with pytest.raises(KeyError, match="sqrt"):
        language.module(plan, title="", version="", labels=(), parameters=("x",))


@pytest.mark.needs_gfortran
def test_names_too_long_for_fortran_are_told_apart(tmp_path: Path) -> None:
    first, second = f"{'a' * 70}_J", f"{'a' * 70}_B"
    chain = symqb.Chain(2, J=first, Delta=0, B0=second)
    of = symqb.Battery(symqb.BatteryModel(chain, (symqb.Bath("L", "T", {1: 1}),)))
    found = make("fortran", of, tmp_path, outputs=("energies",))(
        **{first: 1.0, second: 3.0, "T": 1}
    )
    assert sorted(found["energies"]) == pytest.approx([-3.0, -1.0, 1.0, 3.0])


def test_long_statements_are_broken_where_fortran_can_join_them() -> None:
    text = 'rule = "' + "say " * 30 + '""é"" ' * 30 + '"'
    broken = break_lines(f"{text}\n! {text}").split("\n")
    assert max(len(line.encode()) for line in broken[:-1]) <= WIDTH + 2
    assert broken[-1] == f"! {text}"
    assert "".join(broken[:-1]).replace("&&", "") == text
    assert not any(line.removesuffix("&").endswith('"') for line in broken[:-2])
