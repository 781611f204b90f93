"""Names of parameters: whatever a model accepts works in every target; the rest is refused."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb.derive.energetics import output_names
from symqb.emit.names import C_KEYWORDS, JAVASCRIPT_KEYWORDS, PYTHON_KEYWORDS, unique_names
from symqb.models import Bath, BatteryModel, Chain, ParameterError
from symqb.numerics.degeneracy import DISTANCES
from symqb.program import Builder
from tests.conformance.harness import STANDALONE, make

ROLES = ("B0", "J", "Delta", "epsilon", "T_L", "T_R", "kappa")
POINT = dict(zip(ROLES, (2.0, 1.0, 0.5, 0.3, 3.0, 1.0, 0.7), strict=True))
OUTPUTS = ("charge", "populations", "heat_current_L")

SETS = {
    "steps": ("v0", "v1", "v_0", "v__1", "v2", "v", "v12345"),
    "C library": ("HUGE_VAL", "M_PI", "errno", "EOF", "stdin", "I", "y0"),
    "C words": ("j1", "gamma", "expm1", "log1p", "isnan", "unix", "DBL_EPSILON"),
    "C++ and JavaScript": ("class", "new", "constructor", "toString", "hasOwnProperty", "let", "E"),
    "Python": ("lambda", "None", "print", "np", "match", "async", "type"),
    "Greek": ("λ", "Δ", "ħ", "ε", "Тл", "温度", "κ"),
    "SymPy": ("I", "S", "N", "pi", "Q", "beta", "zeta"),
    "kernels": ("rows", "work", "inputs", "mask", "bits", "value", "read"),
    "Fortran and Rust": ("b0", "B0", "end", "DP", "fn", "Self", "merge"),
    "Julia and Mathematica": ("ifelse", "E", "Delta", "x_Delta", "V0", "f64", "largest"),
    "escapes": ("u3bb", "λ", "λ_", "u3bb_", "p_NULL", "NULL", "x_1"),
}
TARGETS = (
    "numpy",
    pytest.param("c", marks=(pytest.mark.needs_cc, pytest.mark.slow)),
    pytest.param("numba", marks=pytest.mark.slow),
    pytest.param("jax", marks=pytest.mark.slow),
    *STANDALONE,
    "mpmath",
    "arb",
)


@cache
def named(which: str) -> symqb.Battery:
    B0, J, Delta, epsilon, T_L, T_R, kappa = SETS[which]
    baths = (Bath("L", T_L, {1: 1, 2: sp.Symbol(epsilon)}), Bath("R", T_R, {2: 1}))
    return symqb.Battery(BatteryModel(Chain(2, sp.Symbol(J), Delta, B0), baths, kappa=kappa))


@cache
def truth() -> Any:
    return symqb.xxz_battery(2).evaluate(digits=30, outputs=OUTPUTS, **POINT)


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("target", TARGETS)
def test_names_do_not_change_the_numbers(target: str, which: str, tmp_path: Path) -> None:
    function = make(target, named(which), tmp_path, outputs=OUTPUTS)
    values = dict(zip(SETS[which], POINT.values(), strict=True))
    found = function(**values)
    for name in OUTPUTS:
        exact = np.array(truth()[name], dtype=float)
        np.testing.assert_allclose(np.array(found[name], dtype=float), exact, rtol=1e-13)


@pytest.mark.parametrize("which", SETS)
def test_names_pass_through_every_method(which: str) -> None:
    battery, plain = named(which), symqb.xxz_battery(2)
    values = dict(zip(SETS[which], POINT.values(), strict=True))
    assert battery.parameters == SETS[which]
    derived = battery.evaluate(**values)
    assert dict(derived.parameters) == values
    moved = battery.evolve([0.0, 2.0], **values)
    np.testing.assert_allclose(moved.populations, plain.evolve([0.0, 2.0], **POINT).populations)
    assert len(battery.steady_states(**values)) == 1
    f = battery.emit("numpy", ("charge",), derivatives=(SETS[which][0],))
    g = plain.emit("numpy", ("charge",), derivatives=("B0",))
    slope = f(**values)[f"d_charge_d_{SETS[which][0]}"]
    assert slope == pytest.approx(g(**POINT).d_charge_d_B0, rel=1e-12)


@pytest.mark.needs_cc
@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("standard", ["-std=c99", "-std=gnu11"])
def test_sources_compile_without_a_warning(which: str, standard: str, tmp_path: Path) -> None:
    battery = named(which)
    (tmp_path / "kernel.c").write_text(battery.source("c", OUTPUTS))
    (tmp_path / "kernel.h").write_text(battery.source("c-header", OUTPUTS))
    (tmp_path / "use.c").write_text('#include "kernel.h"\n#include "kernel.c"\n')
    strict = [standard, "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"]
    for file in ("kernel.c", "use.c"):
        command = [shutil.which("cc") or "cc", *strict, str(tmp_path / file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


REFUSED = {
    "self": "an argument",
    "out": "an argument",
    "digits": "an argument",
    "outputs": "an argument",
    "times": "an argument",
    "initial": "an argument",
    "basis": "an argument",
    "density": "an argument",
    "charge": "an output",
    "heat_current_L": "an output",
    "populations_1": "an output",
    "d_charge_d_J": "an output",
    "level": "an axis",
    "point": "an axis",
    "point_1": "an axis",
    "NAN": "no finite number",
    "INFINITY": "no finite number",
    "inf": "no finite number",
    "a b": "not a parameter name",
    "x_{1}": "not a parameter name",
    r"\lambda": "not a parameter name",
    "1x": "not a|neither a number nor a parameter's name",
    "T'": "not a parameter name",
    "ℏ": "reads as 'ħ'",
    "ϵ": "reads as 'ε'",
    "\U0001d401": "reads as 'B'",
    "ﬁ": "reads as 'fi'",
    "__proto__": "keep for themselves",
    "__debug__": "keep for themselves",
    "_": "keep for themselves",
}


@pytest.mark.parametrize(("name", "rule"), REFUSED.items())
def test_other_names_are_refused_when_the_model_is_built(name: str, rule: str) -> None:
    symbol = sp.Symbol(name)
    for build in (
        lambda: Chain(2, J=symbol),
        lambda: Chain(2, B0=2 * symbol + 1),
        lambda: Bath("L", symbol, {1: 1}),
        lambda: symqb.SpectralDensity(symbol),
        lambda: Bath("L", "T", {1: 1}, spectrum=sp.Lambda(sp.Symbol("w"), sp.Symbol("w") * symbol)),
        lambda: Chain(2, J=name),
    ):
        with pytest.raises(ParameterError, match=rule) as caught:
            build()
        assert repr(name) in str(caught.value)


def test_every_output_is_refused_as_a_parameter() -> None:
    battery = symqb.xxz_battery(2)
    slopes = battery.emit("numpy", ("charge",), derivatives=("J",)).outputs
    for name in {*output_names(battery.model), *DISTANCES, *slopes}:
        with pytest.raises(ParameterError, match="the name of an output"):
            Chain(2, J=name)


def test_every_argument_of_an_evaluation_is_refused_as_a_parameter() -> None:
    import inspect

    battery = symqb.xxz_battery(2)
    calls = [
        symqb.Battery.evaluate,
        symqb.Battery.evolve,
        symqb.Battery.steady_states,
        *(type(battery.emit(t, ("charge",))).__call__ for t in ("numpy", "mpmath", "arb")),
    ]
    for call in calls:
        for name, argument in inspect.signature(call).parameters.items():
            # what is given without a name is in no name's way
            if argument.kind not in (argument.VAR_KEYWORD, argument.VAR_POSITIONAL):
                with pytest.raises(ParameterError, match="an argument of every evaluation"):
                    Chain(2, J=name)


def test_one_name_is_one_symbol() -> None:
    h, positive = sp.Symbol("h"), sp.Symbol("h", positive=True)
    bath = (Bath("L", "T", {1: 1}),)
    for one, two in ((h, positive), ("h", positive), (positive, "h")):
        with pytest.raises(ParameterError, match="one name, two symbols"):
            BatteryModel(Chain(2, J=one, B0=two), bath)
        with pytest.raises(ParameterError, match="one name, two symbols"):
            BatteryModel(Chain(2, J=one), bath, kappa=two)
    assert (positive,) == BatteryModel(Chain(2, J=positive, B0=2 * positive), bath).chain.J
    assert (h, h) == BatteryModel(Chain(2, J="h", B0=h), bath).chain.B0


def test_a_builder_keeps_out_of_its_inputs_way() -> None:
    for inputs in (("v0", "v1"), ("v0", "v_0", "v__7"), ("x", "v9")):
        b = Builder(inputs)
        first, second = b.add(*inputs[:2]), b.mul(*inputs[:2])
        program = b.build({"sum": first, "product": second})
        assert not set(inputs) & {step.name for step in program.steps}


@pytest.mark.parametrize("words", [C_KEYWORDS, JAVASCRIPT_KEYWORDS, PYTHON_KEYWORDS])
def test_spelled_names_are_ascii_distinct_and_free(words: frozenset[str]) -> None:
    given = [*words, "λ", "u3bb", "u3bb_", "NAN", "p_NAN", "p_NAN_", "_x", "M_E", "x", "B0", "T_L"]
    names = unique_names(given, words)
    assert len(set(names.values())) == len(given)
    assert not set(names.values()) & words
    assert all(name.isascii() and name.isidentifier() for name in names.values())
    assert [names[n] for n in ("x", "B0", "T_L")] == ["x", "B0", "T_L"]
    assert names["NAN"] not in {"NAN", "p_NAN", "p_NAN_"}
