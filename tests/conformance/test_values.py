"""Every target against 50-digit values: ordinary points, edges, names, shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from symqb.emit.plan import Plan
from tests.conformance.harness import (
    EVERY,
    IN_PROCESS,
    NAMES,
    RENAMED,
    battery,
    compare,
    exact,
    make,
    renamed_battery,
)

ORDINARY = (
    (2.0, 1.0, 0.5, 1.0, 39.0, 1.0),
    (5.0, 1.0, -0.7, 0.0, 2.0, 3.0),
    (0.3, 1.0, 0.4, 0.5, 1.0, 0.2),
    (1.0, -1.0, 1.7, -1.0, 0.5, 4.0),
    (-0.2, 0.7, 0.3, 0.25, 1.0, 2.0),
    (4.0, 0.001, 1.0, 1.0, 0.05, 100.0),
)
EDGES = {
    "frequency exactly zero": (2.0, 1.0, 1.0, 1.0, 3.0, 1.0),
    "frequency zero to rounding": (2.0, 1.0, 1.0 + 2.0**-52, 1.0, 3.0, 1.0),
    "one bath at zero temperature": (5.0, 1.0, 0.5, 0.5, 2.0, 0.0),
    "epsilon takes a bath off a transition": (3.0, 1.0, 0.2, 1.0, 1.0, 2.0),
    "rates of 1e-250": (5.0, 1.0, 0.5, 0.5, 0.0139, 0.0112),
    "rates beyond double precision": (5.0, 1.0, 0.5, 0.5, 1e-3, 1e-3),
    "very hot": (2.0, 1.0, 0.5, 0.5, 1e6, 3e5),
}


def as_point(values: tuple[float, ...]) -> dict[str, float]:
    return dict(zip(NAMES, values, strict=True))


@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("target", EVERY)
def test_ordinary_points(target: str, spins: int, tmp_path: Path) -> None:
    of = battery(spins)
    columns = {name: np.array([p[k] for p in ORDINARY]) for k, name in enumerate(NAMES)}
    found = make(target, of, tmp_path)(**columns)
    assert set(found) == set(of.outputs)
    counts = [compare(of, found, (k,), as_point(p)) for k, p in enumerate(ORDINARY)]
    assert counts == [8 + 2 * 2**spins] * len(ORDINARY)


@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("target", IN_PROCESS)
def test_points_whose_frequencies_are_all_positive(target: str, spins: int, tmp_path: Path) -> None:
    """Arrays of them take the shorter variants; one bath goes from 0.02 to 10^4."""
    of, count = battery(spins), 40
    assert Plan(of.program.prune(["populations", "charge", "ergotropy"])).quick is not None
    columns = {
        "B0": np.linspace(5.0, 9.0, count),
        "J": np.linspace(-1.0, 1.0, count),
        "Delta": np.linspace(0.7, -1.3, count),
        "epsilon": np.linspace(1.0, -0.5, count),
        "T_L": np.geomspace(0.02, 1e4, count),
        "T_R": np.geomspace(50.0, 0.1, count),
    }
    found = make(target, of, tmp_path)(**columns)
    for k in range(0, count, 3):
        point = {name: float(column[k]) for name, column in columns.items()}
        assert compare(of, found, (k,), point) == 8 + 2 * 2**spins


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("target", EVERY)
def test_edges(target: str, edge: str, tmp_path: Path) -> None:
    of, point = battery(2), as_point(EDGES[edge])
    found = make(target, of, tmp_path)(**point)
    assert compare(of, found, (), point) == 16


@pytest.mark.parametrize("coldest", [0.0, 1e-290, 1e-200, 1e-100])
def test_many_digits_at_and_near_zero_temperature(coldest: float) -> None:
    """There logarithms of populations are lost in the excesses they are part of."""
    point = as_point(EDGES["one bath at zero temperature"]) | {"T_R": coldest}
    found = battery(2).evaluate(
        digits=20, outputs=("exergy", "stored_energy", "ergotropy"), **point
    )
    # no free energy is left, so that exergy is what the passive state lacks
    assert float(found.exergy) == pytest.approx(float(found.stored_energy - found.ergotropy))


@pytest.mark.parametrize("as_array", [False, True])
@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("target", EVERY)
def test_a_temperature_of_minus_zero_is_zero(
    target: str, spins: int, as_array: bool, tmp_path: Path
) -> None:
    of, point = battery(spins), as_point(EDGES["one bath at zero temperature"])
    function = make(target, of, tmp_path)
    wide = {k: np.full(3, v) if as_array else v for k, v in point.items()}
    found, wanted = function(**(wide | {"T_R": -1 * wide["T_R"]})), function(**wide)
    for name in of.outputs:
        np.testing.assert_array_equal(found[name], wanted[name])
    assert np.isposinf(np.asarray(found["entropy_production"], dtype=float)).all()


@pytest.mark.parametrize("target", EVERY)
def test_individual_dissipation(target: str, tmp_path: Path) -> None:
    of, point = battery(2, "individual"), as_point(ORDINARY[0])
    assert compare(of, make(target, of, tmp_path)(**point), (), point) == 16


@pytest.mark.parametrize("which", range(len(RENAMED)))
@pytest.mark.parametrize("target", EVERY)
def test_parameters_named_like_the_targets_own_words(
    target: str, which: int, tmp_path: Path
) -> None:
    """As numbers, and as arrays: the names then stand in other places of the source."""
    of, point = renamed_battery(which), as_point(ORDINARY[1])
    function = make(target, of, tmp_path)
    for count in (None, 3):
        wide = {k: v if count is None else np.full(count, v) for k, v in point.items()}
        found = function(**{RENAMED[which][k]: v for k, v in wide.items()})
        assert compare(battery(2), found, () if count is None else (2,), point) == 16


@pytest.mark.parametrize("target", EVERY)
def test_a_subset_of_outputs_is_the_same_values(target: str, tmp_path: Path) -> None:
    of, point = battery(2), as_point(ORDINARY[0])
    found = make(target, of, tmp_path, outputs=("charge",))(**point)
    assert set(found) == {"charge"}
    assert float(found["charge"]) == pytest.approx(float(exact(of, point)["charge"]), rel=1e-14)


SHAPES = {
    "0-d": lambda v: np.array(v),
    "1-d": lambda v: np.array([v, 1.01 * v, 1.02 * v]),
    "2-d": lambda v: np.array([[v, 1.01 * v], [1.02 * v, 1.03 * v]]),
    "3-d": lambda v: np.full((2, 1, 3), v) * np.linspace(1, 1.1, 3),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("target", IN_PROCESS)
def test_broadcasting(target: str, shape: str, tmp_path: Path) -> None:
    of = battery(2)
    point = as_point(ORDINARY[0]) | {"T_R": SHAPES[shape](1.0), "B0": SHAPES[shape](2.0)}
    found = make(target, of, tmp_path)(**point)
    assert found["charge"].shape == np.shape(point["B0"]) if shape != "0-d" else True
    assert np.shape(found["populations"]) == (*np.shape(point["B0"]), 4)
    arrays = np.broadcast_arrays(*point.values())
    for index in np.ndindex(*arrays[0].shape):
        single = {name: float(a[index]) for name, a in zip(point, arrays, strict=True)}
        compare(of, found, index, single)


@pytest.mark.parametrize("target", IN_PROCESS)
def test_outer_products_of_axes(target: str, tmp_path: Path) -> None:
    of, columns = battery(2), as_point(ORDINARY[0])
    columns |= {"T_L": np.array([1.0, 2.0, 3.0])[:, None], "T_R": np.array([4.0, 5.0])}
    found = make(target, of, tmp_path)(**columns)
    assert found["charge"].shape == (3, 2)
    compare(of, found, (2, 1), columns | {"T_L": 3.0, "T_R": 5.0})


@pytest.mark.parametrize("target", IN_PROCESS)
def test_views_that_are_not_contiguous(target: str, tmp_path: Path) -> None:
    of, columns = battery(2), as_point(ORDINARY[0])
    wide = np.arange(1.0, 13.0).reshape(3, 4)
    found = make(target, of, tmp_path)(**(columns | {"T_L": wide.T[::-1, ::2]}))
    assert found["charge"].shape == (4, 2)
    compare(of, found, (1, 1), columns | {"T_L": float(wide.T[::-1, ::2][1, 1])})


@pytest.mark.parametrize("target", IN_PROCESS)
def test_arrays_at_odd_addresses(target: str, tmp_path: Path) -> None:
    of, columns = battery(2), as_point(ORDINARY[0])
    odd = np.frombuffer(b"." + np.linspace(1.0, 3.0, 20).tobytes(), offset=1)
    assert not odd.flags.aligned
    function = make(target, of, tmp_path, outputs=("populations",))
    found = function(**(columns | {"T_L": odd, "T_R": odd[:1]}))
    wanted = function(**(columns | {"T_L": odd.copy(), "T_R": 1.0}))
    np.testing.assert_array_equal(found["populations"], wanted["populations"])


@pytest.mark.parametrize("target", IN_PROCESS)
def test_float32_and_integers_are_taken_at_their_value(target: str, tmp_path: Path) -> None:
    of, columns = battery(2), as_point(ORDINARY[0])
    narrow = np.array([0.1, 0.2], dtype=np.float32)
    found = make(target, of, tmp_path)(**(columns | {"Delta": narrow, "T_L": np.array([3, 4])}))
    assert found["charge"].dtype == np.float64
    compare(of, found, (1,), columns | {"Delta": float(narrow[1]), "T_L": 4.0})


@pytest.mark.parametrize("target", IN_PROCESS)
def test_empty_arrays_give_empty_results(target: str, tmp_path: Path) -> None:
    found = make(target, battery(2), tmp_path)(
        **(as_point(ORDINARY[0]) | {"T_L": np.empty((0, 3))})
    )
    assert found["charge"].shape == (0, 3)
    assert found["populations"].shape == (0, 3, 4)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 127, 128, 129, 300])
@pytest.mark.parametrize("target", IN_PROCESS)
def test_lengths_around_the_blocks(target: str, count: int, tmp_path: Path) -> None:
    """Every point of an array has the value it has alone, wherever blocks begin and end."""
    function = make(target, battery(2), tmp_path, outputs=("populations", "charge"))
    columns = as_point(ORDINARY[0]) | {
        "T_L": np.linspace(1, 3, count),
        "B0": np.linspace(3, 0.1, count),
    }
    found = function(**columns)
    for k in {0, count // 2, count - 1}:
        alone = function(**(columns | {n: float(columns[n][k]) for n in ("T_L", "B0")}))
        np.testing.assert_allclose(found["populations"][k], alone["populations"], rtol=1e-14)
        np.testing.assert_allclose(found["charge"][k], alone["charge"], rtol=1e-13)
