"""SymPy simplifies by what symbols assume; values against it are refused, from every entrance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import numerics
from symqb.models import Bath, BatteryModel, Chain, DomainError, ParameterError
from tests.conformance.harness import make

POINT = {"B0": 2.0, "Delta": 0.5, "T_L": 3.0, "T_R": 1.0}
# assumption, a value that keeps to it, values that do not
SIGNS: list[tuple[str, float, tuple[float, ...]]] = [
    ("positive", 1.0, (-1.0, 0.0)),
    ("negative", -1.0, (1.0, 0.0)),
    ("nonnegative", 1.0, (-1.0,)),
    ("nonpositive", -1.0, (1.0,)),
    ("nonzero", 1.0, (0.0,)),
]
TARGETS = (
    "numpy",
    pytest.param("c", marks=(pytest.mark.needs_cc, pytest.mark.slow)),
    pytest.param("numba", marks=pytest.mark.slow),
    pytest.param("jax", marks=pytest.mark.slow),
    "numpy-module",
    pytest.param("javascript", marks=pytest.mark.needs_node),
    "mpmath",
    "arb",
)


def battery(assumption: str, spins: int = 2) -> symqb.Battery:
    J = sp.Symbol("J", **{assumption: True})
    baths = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {spins: 1}))
    return symqb.Battery(BatteryModel(Chain(spins, J=sp.sqrt(J**2)), baths, kappa=1))


def plain(spins: int = 2) -> symqb.Battery:
    baths = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {spins: 1}))
    return symqb.Battery(BatteryModel(Chain(spins), baths, kappa=1))


# the root of a square of any sign is no rational function: "nonzero" has no closed form here
@pytest.mark.parametrize(
    ("assumption", "kept", "broken"), SIGNS[:-1], ids=[s[0] for s in SIGNS[:-1]]
)
@pytest.mark.parametrize("target", TARGETS)
def test_every_target_refuses_what_a_symbol_excludes(
    target: str, assumption: str, kept: float, broken: tuple[float, ...], tmp_path: Path
) -> None:
    function = make(target, battery(assumption), tmp_path, outputs=("populations",))
    truth = plain().evaluate(J=1.0, **POINT).populations
    np.testing.assert_allclose(function(J=kept, **POINT)["populations"], truth, rtol=1e-13)
    for value in broken:
        with pytest.raises((ValueError, ArithmeticError), match=r"J.* assumes"):
            function(J=value, **POINT)


@pytest.mark.parametrize("spins", [2, 4])
@pytest.mark.parametrize(("assumption", "kept", "broken"), SIGNS, ids=[s[0] for s in SIGNS])
def test_every_method_refuses_what_a_symbol_excludes(
    assumption: str, kept: float, broken: tuple[float, ...], spins: int
) -> None:
    of = battery(assumption, spins)
    truth = plain(spins).evaluate(J=1.0, **POINT).charge
    assert of.evaluate(J=kept, **POINT).charge == pytest.approx(truth, rel=1e-12)
    for value in broken:
        point: dict[str, Any] = {"J": value, **POINT}
        for call in (
            lambda p: of.evaluate(**p),
            lambda p: of.evaluate(**{**p, "J": [kept, p["J"]]}),
            lambda p: of.steady_states(**p),
            lambda p: of.evolve([1.0], **p),
            lambda p: numerics.evaluate_chain(of.model, p),
        ):
            with pytest.raises(DomainError, match=r"J.* assumes"):
                call(point)


@pytest.mark.parametrize("assumption", ["integer", "even", "prime", "rational", "zero"])
def test_what_no_value_can_be_held_to_is_refused_with_the_model(assumption: str) -> None:
    symbol = sp.Symbol("J", **{assumption: True})
    with pytest.raises(ParameterError, match="which no parameter keeps to; use one that is real"):
        Chain(2, J=symbol)
    with pytest.raises(ParameterError, match="which no parameter keeps to"):
        Bath("L", "T", {1: 1}, spectrum=sp.Lambda(sp.Symbol("w"), sp.Symbol("w") * symbol))


@pytest.mark.parametrize("assumption", ["real", "finite", "commutative"])
def test_what_every_parameter_is_may_be_assumed(assumption: str) -> None:
    assert battery("positive").evaluate(J=1.0, **POINT)
    symbol = sp.Symbol("J", **{assumption: True})
    assert Chain(2, J=symbol).J[0] == symbol
