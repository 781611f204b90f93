"""Copied, pickled, sent to a spawned process or to dask: the same answers everywhere."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb.emit import FUNCTION_TARGETS
from symqb.models import Bath, BatteryModel, Chain, SpectralDensity

P = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0}
OUTPUTS = ("charge", "populations")
WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
}
MARKS = {
    "c": pytest.mark.needs_cc,
    "numba": pytest.mark.slow,
    "jax": pytest.mark.slow,
}
TARGETS = [pytest.param(t, marks=MARKS[t]) if t in MARKS else t for t in FUNCTION_TARGETS]


def same(a: Any, b: Any) -> None:
    """Two results of one kind: equal to the last bit, and shown alike."""
    assert type(a) is type(b)
    assert list(a) == list(b)
    assert a.labels == b.labels
    np.testing.assert_equal(dict(a.parameters), dict(b.parameters))
    for name in a:
        np.testing.assert_equal(np.array(a[name]).tolist(), np.array(b[name]).tolist())
    assert repr(a) == repr(b)


def square(w: Any) -> Any:
    return np.asarray(w) ** 2


def other_model() -> BatteryModel:
    w, c = sp.symbols("w c")
    baths = (
        Bath("L", "T_L", {1: 1, 3: "1/3"}, axis="y", spectrum=SpectralDensity(sp.Symbol("c"), 3)),
        Bath("R", "T_R", {3: 0.1}, spectrum=sp.Lambda(w, w / (1 + (w / c) ** 2))),
    )
    return BatteryModel(Chain(3, J=("J", "K"), B0=sp.Symbol("b") + 1), baths, kappa=0.5)


@pytest.fixture(params=[2, 4])
def battery(request: pytest.FixtureRequest) -> symqb.Battery:
    return symqb.xxz_battery(request.param)


@pytest.mark.parametrize("way", WAYS)
def test_a_used_battery_gives_the_same_answers(battery: symqb.Battery, way: str) -> None:
    fresh = WAYS[way](battery)
    before = battery.evaluate(**P)
    used = WAYS[way](battery)
    for other in (fresh, used):
        assert type(other) is symqb.Battery
        assert other is not battery
        assert other.model == battery.model
        same(other.evaluate(**P), before)
    np.testing.assert_array_equal(battery.steady_states(**P), used.steady_states(**P))


@pytest.mark.parametrize("way", WAYS)
def test_models_are_copied_with_all_they_hold(way: str) -> None:
    model = other_model()
    other = WAYS[way](model)
    assert other == model
    assert hash(other) == hash(model)
    point = {"J": 1.0, "K": 0.7, "Delta": 0.4, "b": 1.5, "T_L": 2.0, "T_R": 1.0, "c": 5.0}
    same(symqb.Battery(other).evaluate(**point), symqb.Battery(model).evaluate(**point))


def test_a_python_function_as_density_travels_by_its_name() -> None:
    baths = (Bath("L", 2.0, {1: 1}, spectrum=square), Bath("R", 1.0, {2: 1}))
    battery = symqb.Battery(BatteryModel(Chain(2), baths))
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5}
    same(pickle.loads(pickle.dumps(battery)).evaluate(**point), battery.evaluate(**point))


@pytest.mark.parametrize("way", WAYS)
def test_results_are_copied_whether_read_or_not(way: str) -> None:
    battery = symqb.xxz_battery(2)
    lazily = battery.emit("numpy", OUTPUTS)(**P)
    made: list[Any] = [
        lazily,
        battery.evaluate(**P),
        battery.evaluate(**(P | {"T_L": [1.0, 2.0]})),
        battery.evaluate(digits=40, **P),
        battery.emit("mpmath", OUTPUTS)(digits=60, **P),
    ]
    for result in made:
        other = WAYS[way](result)
        same(other, result)
        assert str(other.charge) == str(result.charge)


@pytest.mark.parametrize("way", WAYS)
def test_numbers_of_many_digits_keep_them(way: str) -> None:
    charge = symqb.xxz_battery(2).evaluate(digits=50, **P).charge
    other = WAYS[way](charge)
    assert other == charge
    assert str(other) == str(charge)
    assert len(str(charge)) >= 50
    assert str(other * 1) == str(charge)


@pytest.mark.parametrize("way", WAYS)
def test_balls_keep_middle_and_radius(way: str) -> None:
    result = symqb.xxz_battery(2).emit("arb", OUTPUTS)(digits=40, **P)
    other = WAYS[way](result)
    for one, two in zip(
        [result.charge, *result.populations], [other.charge, *other.populations], strict=True
    ):
        assert (one.mid(), one.rad()) == (two.mid(), two.rad())
        assert one.rad() > 0


def test_balls_that_are_not_finite_are_copied() -> None:
    flint = pytest.importorskip("flint")
    for ball in (flint.arb("inf"), flint.arb("-inf"), flint.arb("nan"), flint.arb(1, "inf")):
        assert repr(pickle.loads(pickle.dumps(ball))) == repr(ball)
    assert pickle.loads(pickle.dumps(flint.arb("-inf"))) < 0


@pytest.mark.parametrize("target", TARGETS)
def test_emitted_functions_are_made_again(target: str) -> None:
    if target in {"numba", "jax"}:
        pytest.importorskip(target)
    function = symqb.xxz_battery(2).emit(target, OUTPUTS)
    before = function(**P)
    assert copy.copy(function) is function
    assert copy.deepcopy({"f": function})["f"] is function
    other = pickle.loads(pickle.dumps(function))
    assert other is not function
    assert repr(other) == repr(function) or target in {"mpmath", "arb"}
    assert other.outputs == function.outputs
    again = other(**P)
    if target == "arb":
        assert again.charge.overlaps(before.charge)
        assert (again.charge.mid(), again.charge.rad()) == (
            before.charge.mid(),
            before.charge.rad(),
        )
    else:
        same(again, before)
    cold = P | {"T_L": 1e-5, "T_R": 1e-5, "B0": 2.5}
    if target not in {"mpmath", "arb"}:  # a point that asks for the fallback
        same(other(**cold), function(**cold))


@pytest.mark.slow
def test_the_traceable_function_is_made_again() -> None:
    jax = pytest.importorskip("jax")
    pure = symqb.xxz_battery(2).emit("jax", ("charge",)).pure
    other = pickle.loads(pickle.dumps(pure))
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64(True):
        assert float(other(**P)["charge"]) == float(pure(**P)["charge"])


def test_a_function_of_no_known_origin_says_so() -> None:
    from symqb.emit.function import ProgramFunction
    from symqb.emit.plan import Plan
    from symqb.emit.targets.numpy.kernel import NumpyKernel

    battery = symqb.xxz_battery(2)
    program = battery.program.prune(["charge"])
    bare = ProgramFunction(
        "numpy",
        program,
        NumpyKernel(Plan(program)),
        parameters=battery.parameters,
        labels=(1, 2, 3, 4),
        temperatures=(),
        kappa=None,
    )
    with pytest.raises(TypeError, match="pickle its program"):
        pickle.dumps(bare)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("spins", [2, 3])
def test_what_was_derived_is_copied(spins: int, way: str) -> None:
    battery = symqb.xxz_battery(spins)
    eigensystem, transitions = battery.eigensystem(), battery.transitions()
    state, program = battery.steady_state(), battery.program
    for _ in range(2):  # before and after the cached properties are used
        assert WAYS[way](program) == program
        assert WAYS[way](program).digest == program.digest
        for one, two in zip(WAYS[way](eigensystem), eigensystem, strict=True):
            assert (one.label, one.energy, one.state) == (two.label, two.energy, two.state)
        for jump, twin in zip(WAYS[way](transitions), transitions, strict=True):
            assert jump.frequency == twin.frequency
            assert dict(jump.emission) == dict(twin.emission)
        other = WAYS[way](state)
        assert other.labels == state.labels
        assert other.program == state.program
        assert other.populations_in_rates == state.populations_in_rates
    assert WAYS[way](battery.hamiltonian) == battery.hamiltonian
    assert dict(WAYS[way](battery.symbols)) == dict(battery.symbols)


@pytest.mark.parametrize("way", WAYS)
def test_evolutions_are_copied(way: str) -> None:
    evolution = symqb.xxz_battery(2).evolve([0.0, 1.0, 5.0], **P)
    other = WAYS[way](evolution)
    np.testing.assert_array_equal(other.times, evolution.times)
    np.testing.assert_array_equal(other.populations, evolution.populations)
    np.testing.assert_array_equal(other.stored_energy, evolution.stored_energy)


@contextmanager
def spawned() -> Iterator[Any]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.needs_cc
def test_a_spawned_process_gives_the_same_answers() -> None:
    battery, four = symqb.xxz_battery(2), symqb.xxz_battery(4)
    functions = [
        battery.emit(t, OUTPUTS) for t in FUNCTION_TARGETS if t not in {"numba", "jax", "arb"}
    ]
    battery.evaluate(**P)
    with spawned() as pool:
        same(pool.submit(battery.evaluate, **P).result(), battery.evaluate(**P))
        same(pool.submit(four.evaluate, **P).result(), four.evaluate(**P))
        exact = battery.evaluate(digits=30, **P)
        same(pool.submit(battery.evaluate, digits=30, **P).result(), exact)
        for function in functions:
            same(pool.submit(function, **P).result(), function(**P))
        moved = pool.submit(battery.evolve, [0.0, 1.0], **P).result()
    np.testing.assert_array_equal(moved.populations, battery.evolve([0.0, 1.0], **P).populations)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["numba", "jax"])
def test_a_spawned_process_compiles_for_itself(target: str) -> None:
    pytest.importorskip(target)
    function = symqb.xxz_battery(2).emit(target, OUTPUTS)
    with spawned() as pool:
        same(pool.submit(function, **P).result(), function(**P))


@pytest.mark.slow
def test_dask_workers_give_the_same_answers() -> None:
    distributed = pytest.importorskip("distributed")
    battery = symqb.xxz_battery(2)
    function = battery.emit("numpy", OUTPUTS)
    temperatures = [1.0, 2.0, 5.0]
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        results = client.gather(
            [client.submit(function, **(P | {"T_L": T})) for T in temperatures]
            + [client.submit(battery.evaluate, **(P | {"T_L": T})) for T in temperatures]
            + [client.submit(battery.evaluate, digits=25, **P)]
        )
    for T, found in zip(temperatures, results, strict=False):
        same(found, function(**(P | {"T_L": T})))
    for T, found in zip(temperatures, results[3:], strict=False):
        same(found, battery.evaluate(**(P | {"T_L": T})))
    same(results[-1], battery.evaluate(digits=25, **P))
