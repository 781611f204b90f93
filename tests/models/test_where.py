"""Refusals say where: at which parameters, and which of many points, alike from every entrance."""

from __future__ import annotations

import copy
import math
import pickle
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb.models import AbsentError, Bath, BatteryModel, Chain, DomainError, SteadyStateError
from symqb.models.errors import located
from symqb.numerics.not_unique import NotUniqueError

P: dict[str, Any] = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 3.0, "T_R": 1.0}
SEVERAL = {**P, "B0": 0.0}
SHOWN = "B0=0.0, J=1.0, Delta=0.5, epsilon=1.0, T_L=3.0, T_R=1.0, kappa=1"
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("numba", "jax")]
ARRAYS: list[Any] = ["numpy", "c", *SLOW]
TARGETS: list[Any] = [*ARRAYS, "mpmath", "arb"]


@cache
def emitted(target: str, spins: int, *outputs: str) -> Any:
    if target in ("numba", "jax"):
        pytest.importorskip(target)
    return symqb.xxz_battery(spins).emit(target, outputs)


def refusals() -> list[tuple[str, Any]]:
    """Calls at points of all kinds of refusal: name, and point."""
    return [
        ("several steady states", SEVERAL),
        ("a temperature below zero", {**P, "T_L": -1.0}),
        ("no capacity", {**P, "B0": -5.0}),
        ("no capacity where levels coincide", {**P, "B0": -2.0, "J": 0.0}),
        ("not finite", {**P, "Delta": math.nan}),
        ("kappa", {**P, "kappa": 0.0}),
    ]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("kind", "point"), refusals(), ids=[kind for kind, _ in refusals()])
def test_a_refused_point_has_no_index_and_says_where_it_lies(
    target: str, kind: str, point: dict[str, Any]
) -> None:
    f = emitted(target, 2, "charge")
    with pytest.raises((DomainError, SteadyStateError, symqb.ParameterError)) as caught:
        f(**point)
    assert "index" not in str(caught.value)
    assert any(str(caught.value).startswith(f"{name}=") for name in point)


@pytest.mark.parametrize("target", ARRAYS)
@pytest.mark.parametrize(("kind", "point"), refusals(), ids=[kind for kind, _ in refusals()])
def test_a_refused_point_of_an_array_is_named_by_its_index(
    target: str, kind: str, point: dict[str, Any]
) -> None:
    f = emitted(target, 2, "charge")
    bad = {name: value for name, value in point.items() if value != {**P, "kappa": 1}[name]}
    arrays = {name: np.array([[{**P, "kappa": 1}[name], value]]) for name, value in bad.items()}
    with pytest.raises((DomainError, SteadyStateError)) as caught:
        f(**{**P, **arrays})
    assert " at index (0, 1): " in str(caught.value)
    assert caught.value.index == (0, 1)


@cache
def assuming(target: str) -> Any:
    """A battery whose field is a positive symbol, and whose temperatures are expressions."""
    if target in ("numba", "jax"):
        pytest.importorskip(target)
    middle, apart = sp.symbols("T_M dT")
    baths = (Bath("L", middle + apart / 2, {1: 1}), Bath("R", middle - apart / 2, {2: 1}))
    field = sp.Symbol("h", positive=True)
    return symqb.Battery(BatteryModel(Chain(2, B0=field), baths)).emit(target, "charge")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("change", [{"h": -1.0}, {"h": 0.0}, {"dT": 4.0}], ids=str)
def test_guards_of_the_program_say_where_too(target: str, change: dict[str, float]) -> None:
    good = {"h": 1.0, "J": 1.0, "Delta": 0.3, "T_M": 1.0, "dT": 0.2}
    f = assuming(target)
    with pytest.raises(DomainError, match=r"^h=.*, dT=.*, kappa=1(\.0)?: the ") as caught:
        f(**{**good, **change})
    assert caught.value.index == ()
    if target not in ("mpmath", "arb"):
        arrays = {name: np.array([good[name], value]) for name, value in change.items()}
        with pytest.raises(DomainError, match=r"kappa=1.0 at index \(1,\): the "):
            f(**{**good, **arrays})


@pytest.mark.parametrize("spins", [2, 3, 4, pytest.param(6, marks=pytest.mark.slow)])
def test_several_steady_states_are_counted_at_the_point_and_the_remedies_work(spins: int) -> None:
    battery = symqb.xxz_battery(spins)
    with pytest.raises(NotUniqueError, match="not unique: there are 2, as ") as caught:
        battery.evaluate(**SEVERAL)
    message = str(caught.value)
    assert message.startswith(SHOWN)
    assert caught.value.count == 2
    with pytest.raises(NotUniqueError, match=r"kappa=1.0 at index \(1,\): the steady state"):
        battery.evaluate(**{**SEVERAL, "B0": [1.0, 0.0]})
    assert "battery.steady_states(density=True, ...)" in message
    assert len(battery.steady_states(density=True, **SEVERAL)) == 2
    assert "battery.evolve([math.inf], initial=..., ...)" in message
    start = np.zeros((2**spins, 2**spins))
    start[0, 0] = 1.0
    ended = battery.evolve([math.inf], initial=start, basis="bare", **SEVERAL)
    assert ended.populations.sum() == pytest.approx(1.0)
    assert "move off the point" in message
    battery.evaluate(**{**SEVERAL, "B0": 1e-3})


def test_doubles_count_them_too() -> None:
    with pytest.raises(NotUniqueError, match=r"^B0=0.0, J=1.0, .*: there are 2, as coherences"):
        symqb.xxz_battery(9).evaluate(**SEVERAL)


def test_populations_alone_may_not_tell_steady_states_apart() -> None:
    battery = symqb.xxz_battery(3)
    one, other = battery.steady_states(**SEVERAL)
    np.testing.assert_allclose(one, other, atol=1e-12)
    one, other = battery.steady_states(density=True, **SEVERAL)
    assert np.abs(one - other).max() > 0.1
    with pytest.raises(SteadyStateError, match="coherence between levels 1 and 2 never decays"):
        battery.evaluate(**SEVERAL)


def test_where_the_cold_keeps_states_apart_it_is_named() -> None:
    battery = symqb.xxz_battery(2)
    cold = {**P, "Delta": 3.0, "epsilon": 0.0, "T_L": 0.0, "T_R": 0.0}
    with pytest.raises(SteadyStateError) as caught:
        battery.evaluate(**cold)
    assert str(caught.value).endswith("or raise the temperature that is 0")
    assert "battery.steady_states(...)" in str(caught.value)
    assert len(battery.steady_states(**cold)) == 2
    battery.evaluate(**{**cold, "T_L": 0.5, "T_R": 0.5})


def test_what_no_bath_connects_is_not_unique_at_any_point() -> None:
    battery = symqb.Battery(BatteryModel(Chain(2), (Bath("L", "T", {1: 1, 2: 1}),)))
    point: dict[str, Any] = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "T": 1.0}
    with pytest.raises(SteadyStateError, match="whatever the parameters are: there are at least 2"):
        battery.evaluate(**point)
    assert len(battery.steady_states(**point)) == 2


@pytest.mark.parametrize("spins", [2, 4])
def test_a_sweep_names_the_point_of_the_whole_grid(spins: int) -> None:
    pytest.importorskip("xarray")
    grid = {**P, "B0": [2.0, 1.0, 0.0], "Delta": [0.1, 0.5]}
    with pytest.raises(SteadyStateError, match=r"^B0=0.0, .*Delta=0.1, .* at index \(2, 0\): the"):
        symqb.xxz_battery(spins).sweep(grid, chunk=1)


def test_errors_keep_their_place_when_they_are_copied_and_sent() -> None:
    first = AbsentError("no capacity; leave out charge", ("charge",)).at(
        {"B0": np.float64(0.1)}, (3,)
    )
    for error in (copy.copy(first), pickle.loads(pickle.dumps(first))):
        assert str(error) == "B0=0.1 at index (3,): no capacity; leave out charge"
        assert (error.outputs, error.index) == (("charge",), (3,))


def test_the_first_who_knows_the_place_is_believed() -> None:
    with pytest.raises(DomainError, match=r"^T=0 at index \(1,\): cold$"):  # noqa: SIM117
        with located({"T": 5}, (2,)), located({"T": 0}, (1,)):
            raise DomainError("cold")
    with pytest.raises(symqb.ParameterError, match=r"^unknown$"), located({"T": 5}):
        raise symqb.ParameterError("unknown")
