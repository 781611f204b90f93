"""Calls that are not understood are answered in words: what was meant, and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb.models import Bath, BatteryModel, CallError, Chain, ParameterError, SpectralDensity

TWO: Any = symqb.xxz_battery(2)
P: dict[str, Any] = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 3.0, "T_R": 1.0}
CALL = "B0=..., J=..., Delta=..., epsilon=..., T_L=..., T_R=..., kappa=...)"
TARGETS: list[Any] = [
    *("numpy", "c", "mpmath", "arb"),
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("numba", "jax")),
]


@pytest.mark.parametrize("target", TARGETS)
def test_an_emitted_function_says_that_it_takes_names(target: str) -> None:
    f = TWO.emit(target, "charge")
    for given in ((2.0,), (2.0, 1.0), (np.zeros(1000),)):
        with pytest.raises(CallError, match="takes its parameters by name") as caught:
            f(*given)
        assert f"call f({CALL}" in str(caught.value)
        assert isinstance(caught.value, TypeError)
        assert isinstance(caught.value, ParameterError)
    with pytest.raises(CallError):
        f(2.0, J=1.0)
    if target == "jax":
        with pytest.raises(CallError, match=r"call f.pure\(B0=..., "):
            f.pure(2.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: TWO.evaluate(2.0),
        lambda: TWO.steady_states(2.0),
        lambda: TWO.evolve([1.0], 2.0, **P),
    ],
)
def test_so_do_the_methods_of_a_battery(call: Callable[[], Any]) -> None:
    with pytest.raises(CallError, match=r"was given 2.0 without one; call \w+\(") as caught:
        call()
    assert CALL in str(caught.value)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: TWO.emit("mpmath", digits=30), "battery.emit('mpmath')(digits=30, ...)"),
        (lambda: TWO.source("numpy", digits=30), "battery.evaluate(digits=30, ...)"),
        (lambda: TWO.emit("numpy", thread=2), "it takes target, outputs, derivatives, threads"),
        (lambda: TWO.emit("numpy", B0=2.0), "given to the function that it returns"),
        (lambda: TWO.sweep({**P, "J": [1, 2]}, output="charge"), "it takes outputs, path"),
        (lambda: TWO.sweep({"J": [1, 2]}, B0=2.0), "given to its first argument"),
        (lambda: TWO.emit()(digits=30, **P), "battery.emit('mpmath')(digits=30, ...)"),
        (lambda: TWO.emit()(outputs=["charge"], **P), "battery.emit(target, outputs)"),
        (lambda: TWO.evaluate(times=[1.0], **P), "battery.evolve(times, ...)"),
        (lambda: TWO.evaluate(density=True, **P), "steady_states(density=True, ...)"),
    ],
)
def test_an_option_that_is_known_elsewhere_is_sent_there(
    call: Callable[[], Any], said: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert said in str(caught.value)


def test_digits_go_where_the_messages_send_them() -> None:
    one = TWO.evaluate(digits=30, **P)
    other = TWO.emit("mpmath")(digits=30, **P)
    assert str(one.charge) == str(other.charge)


@pytest.mark.parametrize("text", ["2*x", "x*2", "2x", "-x", "x + 1", "sqrt(x)", "2e-3*x"])
@pytest.mark.parametrize(
    "place",
    [
        lambda text: Chain(2, J=text),
        lambda text: Chain(2, Delta=text),
        lambda text: Chain(2, B0=["B0", text]),
        lambda text: Chain(2, eta=text),
        lambda text: Chain.xyz(2, text, 1, 1),
        lambda text: Bath("L", text, {1: 1}),
        lambda text: Bath("L", "T", {1: text}),
        lambda text: SpectralDensity(text),
        lambda text: SpectralDensity(1, text),
        lambda text: BatteryModel(Chain(2), (Bath("L", "T", {1: 1}),), text),
        lambda text: Chain(2, J=sp.Symbol(text)),
    ],
)
def test_an_expression_as_text_is_told_from_a_bad_number(place: Any, text: str) -> None:
    with pytest.raises(ParameterError, match="neither a number nor a parameter's name") as caught:
        place(text)
    assert str(caught.value).endswith("give SymPy's, such as sympy.Symbol('x')*2")


def test_the_expression_that_is_proposed_is_taken() -> None:
    assert (2 * sp.Symbol("x"),) == Chain(2, J=sp.Symbol("x") * 2).J


@pytest.mark.parametrize("text", ["1..2", "0x10", "-inf", "--3", "1/0"])
def test_a_bad_number_is_still_one(text: str) -> None:
    with pytest.raises(ParameterError, match=r"^J='.*' is not a finite number; give one$"):
        Chain(2, J=text)


REG = symqb.Register(2)
QUBIT: Any = symqb.OpenSystem(
    symqb.System(sp.Symbol("w") * REG.number(1), [Bath("c", "T", REG.x(1))])
)
NO_POINT: Any = 0
STEPS: Any = symqb.network({("a", "b"): "k", ("b", "a"): "k"}).fluctuations({"n": {("a", "b"): 1}})


@pytest.mark.parametrize("given", [None, [1], "a", 3])
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("parameters", lambda given: QUBIT.sweep(given)),
        ("parameters", lambda given: TWO.sweep(given)),
        ("at", lambda given: symqb.check_model(QUBIT, at=given or NO_POINT)),
        ("chi", lambda given: QUBIT.fluctuations().scaled_cumulant(given, w=1.0, T=1.0)),
        ("chi", lambda given: STEPS.scaled_cumulant(given, k=1.0)),
    ],
)
def test_what_is_no_mapping_is_refused_where_one_is_wanted(
    name: str, call: Callable[[Any], Any], given: Any
) -> None:
    with pytest.raises(CallError, match=rf"^{name}=.* is no mapping; give one of .*\{{'"):
        call(given)
