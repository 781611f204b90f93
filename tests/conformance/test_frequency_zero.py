"""Derivatives where a frequency is exactly zero: rates are smooth there, their parts are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from tests.conformance.harness import NAMES, battery, make

TWO = {"B0": 3.0, "J": 1.0, "Delta": 2.0, "epsilon": 0.5, "T_L": 4.0, "T_R": 2.0}
"""The frequency of levels 3 and 1, B0 - Delta - J, is 0."""

THREE = {"J": 2.0, "Delta": 7.0, "epsilon": 0.5, "T_L": 9.0, "T_R": 4.0}
"""The root of Delta^2 + 8 J^2 is 9: frequencies vanish at whole fields."""

POINTS = [(2, TWO), *((3, THREE | {"B0": field}) for field in (7.0, 8.0, 9.0, 15.0))]
IDS = [f"{spins} spins, B0={point['B0']:g}" for spins, point in POINTS]
OUTPUTS = ("charge", "populations")
TARGETS = (
    "numpy",
    pytest.param("c", marks=pytest.mark.needs_cc),
    pytest.param("numba", marks=pytest.mark.slow),
    pytest.param("jax", marks=pytest.mark.slow),
    pytest.param("javascript", marks=pytest.mark.needs_node),
    "mpmath",
)


def slopes(spins: int, point: dict[str, float], name: str) -> dict[str, Any]:
    """Central differences at fifty digits of values off the point."""
    context = mpmath.MPContext()
    context.dps = 50
    step = context.mpf(10) ** -15
    up, down = (
        battery(spins).evaluate(
            digits=50,
            outputs=OUTPUTS,
            **(point | {name: context.mpf(point[name]) + sign * step}),
        )
        for sign in (1, -1)
    )
    return {
        output: (
            np.atleast_1d(np.array(up[output], dtype=object)) - np.array(down[output], dtype=object)
        )
        / (2 * step)
        for output in OUTPUTS
    }


def agree(found: Any, truth: Any, label: str) -> None:
    exact = np.array([float(x) for x in truth])
    got = np.array([float(x) for x in np.atleast_1d(np.array(found, dtype=object))])
    assert np.abs(got - exact).max() <= 1e-11 * max(np.abs(exact).max(), 1e-3), label


def test_a_frequency_is_zero_at_these_points() -> None:
    for spins, point in POINTS:
        values = [
            t.frequency.subs({str(s): point[str(s)] for s in t.frequency.free_symbols})
            for t in battery(spins).transitions()
        ]
        assert values.count(0) == 1


@pytest.mark.parametrize(("spins", "point"), POINTS, ids=IDS)
@pytest.mark.parametrize("target", TARGETS)
def test_differentiated_programs_are_right_at_frequency_zero(
    target: str, spins: int, point: dict[str, float], tmp_path: Path
) -> None:
    names = ("B0", "T_L")
    function = make(target, battery(spins), tmp_path, outputs=OUTPUTS, derivatives=names)
    result = function(**point, kappa=1.0)
    for name in names:
        for output, truth in slopes(spins, point, name).items():
            agree(result[f"d_{output}_d_{name}"], truth, f"{output} by {name}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "spins", "point"),
    [
        *((way, 2, TWO) for way in ("grad", "jacfwd", "jit", "vmap")),
        ("grad", 3, THREE | {"B0": 9.0}),
        ("jacfwd", 3, THREE | {"B0": 15.0}),
    ],
)
def test_jax_is_right_at_frequency_zero(way: str, spins: int, point: dict[str, float]) -> None:
    jax = pytest.importorskip("jax")
    pure = battery(spins).emit("jax", outputs=("charge",)).pure

    def charge(values: Any) -> Any:
        return pure(**values)["charge"]

    ways = {
        "grad": jax.grad,
        "jacfwd": jax.jacfwd,
        "jit": lambda f: jax.jit(jax.grad(f)),
        "vmap": lambda f: jax.vmap(jax.grad(f)),
    }
    given = {k: np.array([v, v + 0.5]) for k, v in point.items()} if way == "vmap" else point
    with double_precision(jax):
        found = ways[way](charge)(given)
    for name in NAMES:
        agree(np.ravel(found[name])[0], slopes(spins, point, name)["charge"], name)


def double_precision(jax: Any) -> Any:
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    return jax.experimental.enable_x64(True)


def test_the_charge_by_the_field_at_frequency_zero() -> None:
    """The figure of a solver of its own."""
    f = battery(2).emit("numpy", ("charge",), derivatives=("B0",))
    assert f(**TWO).d_charge_d_B0 == pytest.approx(0.0553883351949883, rel=1e-13)


@pytest.mark.slow
def test_jax_gives_the_charge_by_the_field_at_frequency_zero() -> None:
    jax = pytest.importorskip("jax")
    pure = battery(2).emit("jax", outputs=("charge",)).pure
    with double_precision(jax):
        slope = jax.grad(lambda B0: pure(**(TWO | {"B0": B0}))["charge"])(3.0)
    assert float(slope) == pytest.approx(0.0553883351949883, rel=1e-13)
