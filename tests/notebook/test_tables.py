"""What a notebook shows, and what pandas and xarray get."""

from __future__ import annotations

import re
import sys
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symqb
from symqb import audit_paper
from symqb.models.extras import EXTRAS, need
from symqb.papers import pra109_042619
from symqb.prove import prove
from symqb.show.mathml import formula, mathml
from symqb.show.records import quantity_latex
from symqb.show.tables import LONGEST_OPEN, Column, html_table

ROOT = Path(__file__).resolve().parents[2]
POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 39.0, "T_R": 1.0}
BATTERY = symqb.xxz_battery(2)


def cells(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def test_levels_and_transitions_show_one_row_each() -> None:
    levels = cells(BATTERY.eigensystem()._repr_html_())
    assert levels[0] == ["level", "magnetization", "energy", "state"]
    assert [row[:2] for row in levels[1:]] == [["1", "-1"], ["2", "1"], ["3", "0"], ["4", "0"]]
    jumps = cells(BATTERY.transitions()._repr_html_())
    assert [row[:2] for row in jumps[1:]] == [["3", "1"], ["4", "1"], ["2", "3"], ["2", "4"]]
    assert "where" in symqb.xxz_battery(3).eigensystem()._repr_html_()
    plain = symqb.Battery(symqb.BatteryModel(symqb.Chain(3, Delta=0), BATTERY.model.baths))
    assert "where" not in plain.eigensystem()._repr_html_()


def test_levels_of_mixed_magnetization_show_all_of_them() -> None:
    baths = (symqb.Bath("L", "T", {1: 1}),)
    levels = symqb.Battery(symqb.BatteryModel(symqb.Chain.xyz(2), baths)).eigensystem()
    assert [row[1] for row in cells(levels._repr_html_())[1:]] == ["-1, 1", "-1, 1", "0", "0"]


def test_formulas_are_mathml_or_stay_latex(monkeypatch: pytest.MonkeyPatch) -> None:
    latex = r"|1,0\rangle < J"
    pytest.importorskip("latex2mathml")
    assert formula(latex).startswith("<math")
    for unknown in (r"\nosuchcommand{x}", r"a &= b"):
        assert formula(unknown).startswith("$")
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    assert formula(latex) == r"$|1,0\rangle &lt; J$"


def test_signs_brackets_and_bars_are_spaced_as_in_print() -> None:
    pytest.importorskip("latex2mathml")
    plus = '<mo form="prefix">&#x0002B;</mo>'
    assert plus in mathml(r"\sigma_z = +1")
    assert plus not in mathml("a + b")
    assert '<mo form="postfix" stretchy="false">&#x027E9;</mo>' in mathml(r"|0\rangle")
    assert "\\" not in mathml(r"\max\bigl\{a, b\bigr\}")


@pytest.mark.parametrize("spins", [2, 3])
def test_every_formula_of_a_battery_becomes_mathml(spins: int) -> None:
    pytest.importorskip("latex2mathml")
    battery = symqb.xxz_battery(spins)
    for shown in (battery.eigensystem(), battery.transitions(), battery.steady_state()):
        html = shown._repr_html_()
        assert "<math" in html
        assert "$" not in html


def test_a_point_shows_its_numbers_and_its_levels() -> None:
    result = BATTERY.evaluate(**POINT)
    shown = cells(result._repr_html_())
    assert ["ergotropy", f"{result.ergotropy:.6g}"] in shown
    assert ["3", "-1.25", f"{result.populations[2]:.6g}"] in shown
    points = cells(BATTERY.evaluate(**{**POINT, "T_L": [1.0, 39.0]})._repr_html_())
    assert points[2][:2] == ["populations", "2 x 4"]


@pytest.mark.parametrize(
    ("value", "steps"),
    [
        (symqb.xxz_battery(3).steady_state(), 157),
        (BATTERY.emit("numpy", outputs=["populations"]), 0),
        (BATTERY.program, 0),
    ],
    ids=["steady state", "function", "program"],
)
def test_long_programs_fold(value: Any, steps: int) -> None:
    html = value._repr_html_()
    (summary, body) = re.findall(r"<summary>(.*?)</summary><pre>(.*?)</pre>", html, re.DOTALL)[0]
    program = getattr(value, "elimination", getattr(value, "program", value))
    assert len(body.splitlines()) == len(program.steps) + len(program.outputs)
    assert f"{len(program.steps)} steps" in summary
    assert not steps or len(program.steps) == steps


def test_audit_and_ledger_are_lists_that_show_as_tables() -> None:
    rows = audit_paper(pra109_042619, ["B9", "2a"])
    assert isinstance(rows, list)
    assert [row[:3] for row in cells(rows._repr_html_())[1:]] == [
        ["B9", "equation", "misprint"],
        ["2a", "equation", "confirmed"],
    ]
    assert ["status", "misprint"] in cells(rows[0]._repr_html_())
    ledger = prove(["T2_step"])
    assert [row[:2] for row in cells(ledger._repr_html_())[1:]] == [["T2_step", "proved"]]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.nan, r"\text{undefined}"),
        (-np.inf, r"-\infty"),
        ([0.5, np.nan, 2e-7], r"(0.5,\ \text{undefined},\ 2 \times 10^{-7})"),
        (np.zeros((3, 4)), r"\text{array of shape } 3 \times 4"),
        (np.zeros(9), r"\text{array of shape } 9"),
    ],
)
def test_a_number_that_is_none_is_shown_in_words(value: Any, shown: str) -> None:
    assert quantity_latex(value) == shown


def test_text_is_escaped_and_long_tables_fold() -> None:
    assert "<b>" not in html_table([Column("<b>", ["<b>"])])
    assert not html_table([Column("n", range(LONGEST_OPEN))]).startswith("<details>")
    assert html_table([Column("n", range(LONGEST_OPEN + 1))]).startswith("<details>")


def test_a_missing_package_names_its_extra() -> None:
    with pytest.raises(ImportError, match=r"needs nowhere; pip install 'symqb\[sweep\]'"):
        need("nowhere.found", "this", "sweep")


def test_every_package_is_brought_by_the_extra_that_is_named() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    for package, extra in EXTRAS.items():
        # pandas comes with xarray
        name = {"pandas": "xarray"}.get(package, package).lower()
        assert any(wanted.lower().startswith(name) for wanted in extras[extra]), package


def test_every_public_record_has_its_displays() -> None:
    battery = symqb.xxz_battery(2)
    system, steady = battery.eigensystem(), battery.steady_state()
    tables = (system, battery.transitions(), steady)
    for record in (system, system[1], battery.transitions()[0], steady):
        assert record._repr_latex_().startswith(r"$\displaystyle")
    for record in tables:
        assert "<table>" in record._repr_html_() or "<math" in record._repr_html_()
        assert len(record.columns()) >= 2
    assert system[1]._repr_html_() is None


def test_records_know_nothing_of_their_displays() -> None:
    for layer in ("program", "models", "derive", "emit", "numerics"):
        for path in (ROOT / "symqb" / layer).rglob("*.py"):
            assert "symqb.show import" not in path.read_text(), path


def test_a_grid_has_its_parameters_as_axes() -> None:
    pytest.importorskip("xarray")
    grid = {**POINT, "T_L": np.array([[1.0], [5.0], [39.0]]), "Delta": np.array([0.1, 0.2])}
    result = BATTERY.evaluate(**grid)
    data = result.to_xarray()
    assert data.populations.dims == ("T_L", "Delta", "level")
    one = BATTERY.evaluate(**{**POINT, "T_L": 5.0, "Delta": 0.2})
    chosen = data.sel(T_L=5.0, Delta=0.2)
    assert float(chosen.charge) == pytest.approx(one.charge, rel=1e-14)
    np.testing.assert_allclose(chosen.populations, one.populations, rtol=1e-14)
    assert data.attrs["T_R"] == 1.0
    frame = result.to_pandas().set_index(["T_L", "Delta"])
    assert frame.charge[5.0, 0.2] == chosen.charge
    assert frame.populations_3[5.0, 0.2] == chosen.populations[2]


def test_parameters_that_vary_together_are_coordinates_of_points() -> None:
    pytest.importorskip("xarray")
    bias = np.array([-0.5, 0.0, 0.5])
    data = BATTERY.evaluate(**{**POINT, "T_L": 2 + bias, "T_R": 2 - bias}).to_xarray()
    assert data.charge.dims == ("point",)
    assert data.T_R.values.tolist() == [2.5, 2.0, 1.5]


def test_other_results_convert_too() -> None:
    pytest.importorskip("xarray")
    assert BATTERY.evaluate(**POINT).to_xarray().populations.dims == ("level",)
    exact = BATTERY.evaluate(digits=30, **{**POINT, "Delta": Fraction(1, 3)})
    assert str(exact.to_pandas().charge[0]) == str(exact.charge)
    assert exact.to_xarray().attrs["Delta"] == "1/3"
    long = symqb.xxz_battery(4).evaluate(**{**POINT, "B0": [6.0, 7.0], "Delta": 0.3})
    assert dict(long.to_xarray().sizes) == {"B0": 2, "level": 16}
    balls = BATTERY.emit("arb", outputs=["populations"])(**POINT)
    assert balls.to_xarray().populations.shape == (4,)
    assert BATTERY.eigensystem().to_pandas().shape == (4, 4)
    assert BATTERY.transitions().to_pandas().upper.tolist() == [3, 4, 2, 2]
    steady = BATTERY.steady_state().to_pandas()
    assert steady.level.tolist() == [1, 2, 3, 4]
    assert tuple(steady.population) == BATTERY.steady_state().populations
    assert audit_paper(pra109_042619, ["B9"]).to_pandas().status.tolist() == ["misprint"]
    assert prove(["T2_step"]).to_pandas().verdict.tolist() == ["proved"]


def test_derivatives_by_level_keep_their_axis() -> None:
    pytest.importorskip("xarray")
    f = BATTERY.emit("numpy", outputs=["populations"], derivatives=["T_L"])
    result = f(**{**POINT, "T_L": [1.0, 2.0]})
    assert result.to_xarray().d_populations_d_T_L.dims == ("T_L", "level")
    assert "d_populations_d_T_L_4" in result.to_pandas().columns
