"""Bad input from Python: each message shows the value, the rule it breaks and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import symqb
from symqb.models import Bath, BatteryModel, Chain

P = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0}
TWO, THREE, FIVE = (symqb.xxz_battery(spins) for spins in (2, 3, 5))


def point(**changed: Any) -> dict[str, Any]:
    return {**P, **changed}


def without(name: str) -> dict[str, Any]:
    return {k: v for k, v in P.items() if k != name}


NAN, INF = float("nan"), float("inf")

# (what, call, value shown, rule, remedy)
CASES: list[tuple[str, Callable[[], Any], str, str, str]] = [
    ("a string", lambda: TWO.evaluate(**point(B0="2")), "B0='2'", "str", "give a real number"),
    ("None", lambda: TWO.evaluate(**point(B0=None)), "B0=None", "NoneType", "give a real number"),
    ("a bool", lambda: TWO.evaluate(**point(J=True)), "J=True", "bool", "give a real number"),
    ("complex", lambda: TWO.evaluate(**point(J=1j)), "J=1j", "complex128", "give real numbers"),
    ("complex zero part", lambda: TWO.evaluate(**point(J=1 + 0j)), "J=(1+0j)", "complex", "real"),
    ("a dict", lambda: TWO.evaluate(**point(J={})), "J={}", "real numbers", "give floats"),
    ("objects", lambda: TWO.evaluate(**point(J=[1, "x"])), "'x'", "element type", "real numbers"),
    (
        "ragged",
        lambda: TWO.evaluate(**point(J=[[1], [1, 2]])),
        "J=[[1], [1, 2]]",
        "regular",
        "give rows",
    ),
    ("bool array", lambda: TWO.evaluate(**point(J=np.array([True]))), "True", "bool", "give real"),
    ("NaN", lambda: TWO.evaluate(**point(Delta=NAN)), "Delta=nan", "not finite", "give finite"),
    ("infinity", lambda: TWO.evaluate(**point(B0=INF)), "B0=inf", "not finite", "give finite"),
    (
        "minus infinity",
        lambda: TWO.evaluate(**point(J=-INF)),
        "J=-inf",
        "not finite",
        "give finite",
    ),
    (
        "NaN in an array",
        lambda: TWO.evaluate(**point(T_L=[1.0, NAN])),
        "T_L=nan at index (1,)",
        "not finite",
        "give finite",
    ),
    (
        "negative T_L",
        lambda: TWO.evaluate(**point(T_L=-1)),
        "T_L=-1.0",
        "must be >= 0",
        "T = 0 is allowed",
    ),
    (
        "negative T_R",
        lambda: THREE.evaluate(**point(T_R=[1, -0.5])),
        "T_R=-0.5 at index (1,)",
        "must be >= 0",
        "T = 0",
    ),
    (
        "T too small",
        lambda: TWO.evaluate(**point(T_R=1e-300)),
        "T_R=1e-300",
        "cannot be resolved",
        "use 0",
    ),
    (
        "kappa = 0",
        lambda: TWO.evaluate(**point(kappa=0)),
        "kappa=0.0",
        "must be > 0",
        "e.g. kappa=1",
    ),
    (
        "kappa < 0",
        lambda: TWO.evaluate(**point(kappa=-2)),
        "kappa=-2.0",
        "must be > 0",
        "e.g. kappa=1",
    ),
    ("too large", lambda: TWO.evaluate(**point(B0=1e200)), "B0=1e+200", "overflows", "scale all"),
    (
        "shapes",
        lambda: TWO.evaluate(**point(B0=[1, 2], J=[1, 2, 3])),
        "B0(2,), J(3,)",
        "do not broadcast",
        "give scalars",
    ),
    (
        "unknown name",
        lambda: TWO.evaluate(**point(gamma=1)),
        "'gamma'",
        "unknown parameter",
        "takes B0, J",
    ),
    (
        "missing name",
        lambda: TWO.evaluate(**without("T_R")),
        "'T_R'",
        "missing parameter",
        "takes B0, J",
    ),
    ("no parameters", lambda: TWO.evaluate(), "'B0'", "missing parameter", "takes B0, J"),
    (
        "unknown output",
        lambda: TWO.evaluate(outputs=("heat",), **P),
        "'heat'",
        "unknown",
        "choose energies",
    ),
    (
        "no output",
        lambda: TWO.evaluate(outputs=(), **P),
        "an empty choice",
        "unknown",
        "choose energies",
    ),
    (
        "output number",
        lambda: TWO.evaluate(outputs=5, **P),
        "outputs=5",
        "not a name",
        "choose energies",
    ),
    (
        "output None in list",
        lambda: TWO.evaluate(outputs=[None], **P),
        "None",
        "unknown",
        "choose energies",
    ),
    ("spins = 0", lambda: symqb.xxz_battery(0), "spins=0", "too small", "at least 2"),
    ("spins = 1", lambda: symqb.xxz_battery(1), "spins=1", "too small", "at least 2"),
    ("spins = -3", lambda: symqb.xxz_battery(-3), "spins=-3", "too small", "at least 2"),
    (
        "spins = 2.0",
        lambda: symqb.xxz_battery(2.0),
        "spins=2.0",
        "not an integer",
        "give a whole number",
    ),  # type: ignore[arg-type]
    (
        "spins = '2'",
        lambda: symqb.xxz_battery("2"),
        "spins='2'",
        "not an integer",
        "give a whole number",
    ),  # type: ignore[arg-type]
    (
        "spins = True",
        lambda: symqb.xxz_battery(True),
        "spins=True",
        "not an integer",
        "give a whole number",
    ),
    (
        "spins = None",
        lambda: symqb.xxz_battery(None),
        "spins=None",
        "not an integer",
        "give a whole number",
    ),  # type: ignore[arg-type]
    (
        "dissipation",
        lambda: symqb.xxz_battery(2, "both"),
        "dissipation='both'",
        "unknown",
        "choose 'collective' or",
    ),
    (
        "dissipation None",
        lambda: symqb.xxz_battery(2, None),
        "dissipation=None",
        "unknown",
        "choose 'collective' or",
    ),  # type: ignore[arg-type]
    ("eigensystem of 5", FIVE.eigensystem, "spins=5", "2 x 2", "use battery.evaluate"),
    ("steady state of 5", FIVE.steady_state, "spins=5", "2 x 2", "use battery.evaluate"),
    ("emit 5", lambda: FIVE.emit("numpy"), "spins=5", "2 x 2", "use battery.evaluate"),
    (
        "digits = 0",
        lambda: TWO.evaluate(digits=0, **P),
        "digits=0",
        "out of range",
        "give 15 to 2000",
    ),
    (
        "digits = 10**6",
        lambda: TWO.evaluate(digits=10**6, **P),
        "digits=1000000",
        "out of range",
        "give 15 to 2000",
    ),
    (
        "digits = 30.0",
        lambda: TWO.evaluate(digits=30.0, **P),
        "digits=30.0",
        "not an integer",
        "digits=50",
    ),  # type: ignore[arg-type]
    (
        "digits = True",
        lambda: TWO.evaluate(digits=True, **P),
        "digits=True",
        "not an integer",
        "digits=50",
    ),
    (
        "digits, array",
        lambda: TWO.evaluate(digits=30, **point(J=[1, 2])),
        "J=[1, 2]",
        "not a single",
        "give one point",
    ),
    (
        "digits, text",
        lambda: TWO.evaluate(digits=30, **point(J="one")),
        "J='one'",
        "not a single",
        "decimal string",
    ),
    (
        "digits, 1/0",
        lambda: TWO.evaluate(digits=30, **point(J="1/0")),
        "J='1/0'",
        "not a single",
        "decimal string",
    ),
    (
        "digits, NaN",
        lambda: TWO.evaluate(digits=30, **point(J="nan")),
        "J='nan'",
        "not a single finite",
        "give one",
    ),
    (
        "digits, infinity",
        lambda: TWO.evaluate(digits=30, **point(J=INF)),
        "J=inf",
        "not a single finite",
        "give one",
    ),
    (
        "digits, mpf nan",
        lambda: TWO.evaluate(digits=30, **point(J=mpmath.nan)),
        "J=mpf('nan')",
        "not a single finite",
        "give one",
    ),
    (
        "digits, huge power",
        lambda: TWO.evaluate(digits=30, **point(J="1e999999999")),
        "J='1e999999999'",
        "magnitude outside",
        "scale all",
    ),
    (
        "digits, tiny power",
        lambda: TWO.evaluate(digits=30, **point(T_L="1e-400")),
        "T_L='1e-400'",
        "magnitude outside",
        "use 0",
    ),
    (
        "digits, negative T",
        lambda: TWO.evaluate(digits=30, **point(T_L="-1")),
        "T_L=-1.0",
        "must be >= 0",
        "T = 0",
    ),
    (
        "digits, bool",
        lambda: TWO.evaluate(digits=30, **point(J=True)),
        "J=True",
        "not a single",
        "give one",
    ),
    (
        "digits, unknown",
        lambda: TWO.evaluate(digits=30, **point(x=1)),
        "'x'",
        "unknown parameter",
        "takes B0",
    ),
    ("target", lambda: TWO.emit("fortran"), "'fortran'", "unknown", "choose"),
    ("target None", lambda: TWO.emit(None), "None", "unknown", "choose"),  # type: ignore[arg-type]
    (
        "emitted, negative T",
        lambda: TWO.emit("numpy")(**point(T_L=-1)),
        "T_L=-1.0",
        "must be >= 0",
        "T = 0",
    ),
    (
        "emitted, unknown",
        lambda: TWO.emit("numpy")(**point(x=1)),
        "'x'",
        "unknown parameter",
        "takes B0",
    ),
    (
        "emitted, pruned away",
        lambda: TWO.emit("numpy", outputs=("energies",))(**point(T_L=NAN)),
        "T_L=nan",
        "not finite",
        "give finite",
    ),
    (
        "model",
        lambda: symqb.Battery("two spins"),
        "model='two spins'",
        "not a BatteryModel",
        "build one",
    ),  # type: ignore[arg-type]
    (
        "chain",
        lambda: BatteryModel(2, (Bath("L", "T", {1: 1}),)),
        "chain=2",
        "not a Chain",
        "build one",
    ),  # type: ignore[arg-type]
    (
        "chain length",
        lambda: Chain(3, J=(1, 2, 3)),
        "J=(1, 2, 3)",
        "3 entries, the chain needs 2",
        "give one value",
    ),
    ("chain NaN", lambda: Chain(2, J=NAN), "nan", "not finite", "give a finite"),
    ("chain complex", lambda: Chain(2, Delta=1j), "1j", "complex", "give a real number"),
    (
        "chain name",
        lambda: Chain(2, B0="B 0"),
        "'B 0'",
        "not a parameter name",
        "use a number or a name",
    ),
    (
        "no bath",
        lambda: BatteryModel(Chain(2), ()),
        "got none",
        "at least one bath",
        "at least one",
    ),
    (
        "a bath alone",
        lambda: BatteryModel(Chain(2), Bath("L", "T", {1: 1})),
        "Bath(",
        "not a tuple of baths",
        "give",
    ),  # type: ignore[arg-type]
    ("not a bath", lambda: BatteryModel(Chain(2), ("L",)), "'L'", "not a Bath", "build one"),  # type: ignore[arg-type]
    (
        "two baths, one name",
        lambda: BatteryModel(Chain(2), (Bath("L", "T", {1: 1}), Bath("L", "U", {2: 1}))),
        "['L', 'L']",
        "repeat a name",
        "give each its own",
    ),
    (
        "site beyond",
        lambda: BatteryModel(Chain(2), (Bath("L", "T", {3: 1}),)),
        "site 3",
        "has 2 sites",
        "use 1 to 2",
    ),
    ("site 0", lambda: Bath("L", "T", {0: 1}), "=0", "too small", "at least 1"),
    ("no site", lambda: Bath("L", "T", {}), "bath L", "no site", "at least one"),
    (
        "site twice",
        lambda: Bath("L", "T", ((1, 1), (1, 2))),
        "((1, 1), (1, 2))",
        "twice",
        "add the weights",
    ),
    ("sites a number", lambda: Bath("L", "T", 1), "sites=1", "not site and weight", "give"),  # type: ignore[arg-type]
    ("sites a string", lambda: Bath("L", "T", "12"), "sites='12'", "not site and weight", "give"),  # type: ignore[arg-type]
    ("bath name", lambda: Bath("", "T", {1: 1}), "name=''", "not an identifier", "use e.g. 'L'"),
    ("bath T < 0", lambda: Bath("L", -1, {1: 1}), "temperature=-1", "negative", "give T >= 0"),
    ("bath T < 0, NumPy", lambda: Bath("L", np.int64(-1), {1: 1}), "-1", "negative", "give T >= 0"),
    (
        "bath T < 0, SymPy",
        lambda: Bath("L", sp.Integer(-1), {1: 1}),
        "-1",
        "negative",
        "give T >= 0",
    ),
    (
        "bath T < 0, Fraction",
        lambda: Bath("L", Fraction(-1, 2), {1: 1}),
        "-1, 2",
        "negative",
        "give T >= 0",
    ),
    ("bath T NaN", lambda: Bath("L", NAN, {1: 1}), "nan", "not finite", "give a finite"),
    ("axis", lambda: Bath("L", "T", {1: 1}, axis="z"), "axis='z'", "unknown", "choose 'x'"),
    (
        "model kappa = 0",
        lambda: BatteryModel(Chain(2), (Bath("L", "T", {1: 1}),), kappa=0),
        "kappa=0",
        "must be > 0",
        "e.g. kappa=1",
    ),
    (
        "model kappa < 0",
        lambda: BatteryModel(Chain(2), (Bath("L", "T", {1: 1}),), kappa=-0.5),
        "kappa=-0.5",
        "must be > 0",
        "e.g. kappa=1",
    ),
    ("model imaginary", lambda: Chain(2, J=sp.I), "J=I", "not real", "give a real"),
    (
        "evolve, array",
        lambda: TWO.evolve([1.0], **point(J=[1.0, 2.0])),
        "J has shape (2,)",
        "",
        "give a scalar",
    ),
    (
        "ergotropy, text",
        lambda: symqb.ergotropy("rho", np.eye(2)),
        "rho='rho'",
        "not a matrix of numbers",
        "give",
    ),
    (
        "ergotropy, shape",
        lambda: symqb.ergotropy([1, 0], np.eye(2)),
        "(2,)",
        "shape",
        "give a square",
    ),
    (
        "ergotropy, NaN",
        lambda: symqb.ergotropy([[NAN, 0], [0, 1]], np.eye(2)),
        "rho",
        "not finite",
        "give finite",
    ),
    (
        "ergotropy, trace",
        lambda: symqb.ergotropy(np.eye(2), np.eye(2)),
        "trace 2",
        "",
        "normalise it",
    ),
    (
        "ergotropy, negative",
        lambda: symqb.ergotropy(np.diag([2, -1]), np.eye(2)),
        "-1",
        "eigenvalue",
        "none below 0",
    ),
    (
        "ergotropy, Hermitian",
        lambda: symqb.ergotropy([[0.5, 1], [0, 0.5]], np.eye(2)),
        "= 1",
        "not Hermitian",
        "symmetrise",
    ),
    *(
        (
            f"a number out of range in {what}",
            lambda make=make: make(sp.Integer(10) ** 320 * sp.Symbol("v")),
            "1.0e+320",
            "outside 1e-290 ... 1e+100",
            "scale all energies and temperatures",
        )
        for what, make in (
            ("a bond", lambda large: Chain(2, J=large)),
            ("a field", lambda large: Chain(2, J=1, B0=large)),
            ("a temperature", lambda large: Bath("L", large, {1: 1})),
            ("a weight", lambda large: Bath("L", "T", {1: 1, 2: large})),
            ("a strength", lambda large: Bath("L", "T", {1: 1}, kappa=large)),
            (
                "a spectrum",
                lambda large: Bath("L", "T", {1: 1}, spectrum=sp.Lambda(sp.Symbol("v"), large)),
            ),
            ("an operator", lambda large: symqb.Jump(sp.Matrix([[0, large], [0, 0]]), 1)),
            ("a rate", lambda large: symqb.network({("a", "b"): large, ("b", "a"): 1})),
            ("a value fixed", lambda large: TWO.at(J=large)),
        )
    ),
    (
        "a small number in an expression",
        lambda: TWO.at(J=sp.Symbol("J") / 10**300),
        "1.0e-300",
        "outside 1e-290",
        "scale all",
    ),
    (
        "a large number that is no fraction",
        lambda: TWO.at(J=sp.sqrt(2) * sp.exp(500)),
        "1.40359e+217",
        "outside 1e-290",
        "scale all",
    ),
    (
        "ergotropy, sizes",
        lambda: symqb.ergotropy(np.eye(2) / 2, np.eye(3)),
        "(2, 2)",
        "(3, 3)",
        "give equal shapes",
    ),
]


@pytest.mark.parametrize(
    ("call", "value", "rule", "remedy"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_bad_input_shows_value_rule_and_remedy(
    call: Callable[[], Any], value: str, rule: str, remedy: str
) -> None:
    with pytest.raises(symqb.SymqbError) as caught:
        call()
    message = str(caught.value)
    for part in (value, rule, remedy):
        assert part in message, message
    assert caught.value.__cause__ is None


def test_there_are_enough_different_cases() -> None:
    assert len({case[0] for case in CASES}) == len(CASES) >= 25


def test_empty_arrays_give_empty_results() -> None:
    result = TWO.evaluate(**point(T_L=[]))
    assert result.populations.shape == (0, 4)
    assert result.charge.shape == (0,)


@pytest.mark.parametrize("digits", [None, 30])
def test_positional_arguments_are_refused(digits: int | None) -> None:
    with pytest.raises(TypeError):
        TWO.evaluate(2.0, 1.0)  # type: ignore[misc]


@pytest.mark.parametrize(
    "third",
    [
        Fraction(1, 3),
        "1/3",
        sp.Rational(1, 3),
    ],
)
def test_digits_take_exact_values_without_loss(third: Any) -> None:
    result = TWO.evaluate(digits=60, outputs="energies", **point(Delta=third))
    with mpmath.workdps(60):
        assert abs(result.energies[0] - (mpmath.mpf(1) / 6 - 2)) < mpmath.mpf(10) ** -58


@pytest.mark.parametrize("kind", [str, Decimal, sp.Float, mpmath.mpf])
def test_digits_take_many_decimals_without_loss(kind: Any) -> None:
    text = "0.1234567890123456789012345678901234567890"
    with mpmath.workdps(60):
        value = sp.Float(text, 60) if kind is sp.Float else kind(text)
        result = TWO.evaluate(digits=50, outputs="energies", **point(Delta=value))
        assert abs(result.energies[0] - (mpmath.mpf(text) / 2 - 2)) < mpmath.mpf(10) ** -39


def test_numbers_of_numpy_are_numbers() -> None:
    assert symqb.xxz_battery(np.int64(2)).spins == 2
    ours = TWO.evaluate(**{k: np.float32(v) for k, v in P.items()})
    theirs = TWO.evaluate(**{k: float(np.float32(v)) for k, v in P.items()})
    assert np.array_equal(ours.populations, theirs.populations)
    exact = TWO.evaluate(digits=30, **point(Delta=np.float32(0.1)))
    again = TWO.evaluate(digits=30, **point(Delta=float(np.float32(0.1))))
    assert exact.populations == again.populations


def test_good_twins_of_bad_values_are_taken() -> None:
    assert TWO.evaluate(**point(T_L=0)).populations.sum() == pytest.approx(1)
    assert TWO.evaluate(**point(kappa=1e-3)).populations.sum() == pytest.approx(1)
    assert TWO.evaluate(**point(B0=[[1], [2]], J=[1, 2, 3])).populations.shape == (2, 3, 4)
    assert TWO.evaluate(outputs="charge", **P).keys() == ["charge"]
