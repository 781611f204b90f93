"""Plots show the numbers they are given, on the axis they are given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symqb
from symqb import plot

pytest.importorskip("matplotlib")
POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 39.0, "T_R": 1.0}
BATTERY = symqb.xxz_battery(2)
DELTAS = np.linspace(-0.9, 0.9, 7)


@pytest.fixture
def axes() -> Any:
    from matplotlib.figure import Figure

    return Figure().add_subplot()


def test_a_curve_is_the_output(axes: Any) -> None:
    values = {**POINT, "Delta": DELTAS}
    assert plot.curve(BATTERY, "ergotropy", axes, **values) is axes
    (line,) = axes.lines
    np.testing.assert_array_equal(line.get_xdata(), DELTAS)
    np.testing.assert_array_equal(line.get_ydata(), BATTERY.evaluate(**values).ergotropy)
    assert (axes.get_xlabel(), axes.get_ylabel()) == (r"$\Delta$", "ergotropy")


def test_a_map_has_the_first_parameter_across(axes: Any) -> None:
    hot = np.array([1.0, 20.0, 39.0])
    rest = {name: POINT[name] for name in ("B0", "J", "epsilon", "T_R")}
    assert plot.parameter_map(BATTERY, "charge", axes, T_L=hot, Delta=DELTAS, **rest) is axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$T_L$", r"$\Delta$")
    shown = axes.collections[0].get_array().reshape(7, 3)
    assert shown[2, 1] == BATTERY.evaluate(**{**POINT, "T_L": 20.0, "Delta": DELTAS[2]}).charge
    assert len(axes.figure.axes) == 2


def test_a_level_diagram_has_the_levels_and_the_jumps_of_each_bath(axes: Any) -> None:
    plot.level_diagram(BATTERY, axes, **POINT)
    colours = [line.get_color() for line in axes.lines]
    # at epsilon = 1 the left bath drives two of the four jumps
    assert [colours.count(c) for c in ("tab:red", "tab:blue", "black")] == [2, 4, 4]
    bars = [line.get_ydata()[0] for line in axes.lines if line.get_color() == "black"]
    result = BATTERY.evaluate(**POINT)
    assert bars == result.energies.tolist()
    areas = [dot.get_sizes()[0] for dot in axes.collections]
    np.testing.assert_allclose(np.array(areas) / sum(areas), result.populations)
    assert {text.get_text() for text in axes.texts} == {"1", "2", "3", "4"}


def test_populations_at_a_point_and_along_a_line(axes: Any) -> None:
    result = BATTERY.evaluate(**POINT)
    plot.populations(result, axes)
    assert [bar.get_height() for bar in axes.patches] == result.populations.tolist()
    along = BATTERY.evaluate(**{**POINT, "Delta": DELTAS})
    plot.populations(along, axes)
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), along.populations[:, 1])
    assert axes.get_xlabel() == r"$\Delta$"


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda a: plot.curve(BATTERY, "charge", a, **POINT), "give exactly 1"),
        (
            lambda a: plot.parameter_map(BATTERY, "charge", a, **{**POINT, "Delta": DELTAS}),
            "give exactly 2",
        ),
        (
            lambda a: plot.curve(BATTERY, "populations", a, **{**POINT, "Delta": DELTAS}),
            "value for every level",
        ),
        (lambda a: plot.level_diagram(BATTERY, a, **{**POINT, "Delta": DELTAS}), "one point"),
        (
            lambda a: plot.populations(BATTERY.evaluate(outputs="charge", **POINT), a),
            "evaluate the output 'populations'",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw: Any, message: str, axes: Any) -> None:
    with pytest.raises(symqb.ParameterError, match=message):
        draw(axes)


def test_current_axes_are_taken_if_none_are_given() -> None:
    import matplotlib.pyplot as plt

    with plt.ioff():
        figure, axes = plt.subplots()
        assert plot.populations(BATTERY.evaluate(**POINT)) is axes
        plt.close(figure)
