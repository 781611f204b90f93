"""The redrawn figures: files, data beside them, and the data are the model's."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symqb import ParameterError, xxz_battery
from symqb.audit import figures
from symqb.audit.figures import COLOURS
from symqb.papers.pra109_042619.figures import FIGURES

pytest.importorskip("matplotlib")


def draw_figures(names: list[str], folder: Path, formats: tuple[str, ...] = ("svg",)) -> list[Path]:
    return figures.draw_figures(FIGURES, names, folder, formats)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_all_figures_of_the_issue_are_there() -> None:
    assert list(FIGURES) == ["3", "4", "5", "6", "7", "8", "9", "10", "12"]


@pytest.mark.parametrize("name", ["7", "12"])
def test_figure_is_vector_with_data_beside_it(tmp_path: Path, name: str) -> None:
    table, picture = draw_figures([name], tmp_path)
    assert table.suffix == ".csv"
    text = picture.read_text(encoding="utf-8")
    assert text.startswith("<?xml")
    assert "<image" not in text
    assert any(colour.lower() in text for colour in COLOURS)
    assert len({row["panel"] for row in _rows(table)}) == 4


def test_drawing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = draw_figures(["7"], tmp_path / "a")
    second = draw_figures(["7"], tmp_path / "b")
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_populations_of_figure_7_are_the_derived_ones(tmp_path: Path) -> None:
    (table, _) = draw_figures(["7"], tmp_path)
    rows = [r for r in _rows(table) if r["panel"].startswith("(d)")]
    battery = xxz_battery(2)
    for row in rows[::97]:
        label = int(row["quantity"].split("_{")[1][0])
        dT = float(row["x"])
        true = battery.evaluate(
            B0=2, J=1, Delta=0.5, epsilon=1, T_L=20 + dT / 2, T_R=20 - dT / 2
        ).populations
        assert float(row["value"]) == pytest.approx(true[label - 1], abs=1e-9)


def test_map_panels_state_what_was_chosen() -> None:
    data = FIGURES["5"]()
    titles = [panel.title for row in data for panel in row]
    assert any("chosen" in title for title in titles)
    assert sum("derived" in title for title in titles) == 3
    assert sum("printed" in title for title in titles) == 3
    assert np.isfinite(data[0][0].values["charge"]).all()


def test_figure_3_is_symmetric_and_figure_5_is_not() -> None:
    for name, symmetric in (("3", True), ("5", False)):
        (values,) = FIGURES[name]()[0][0].values.values()
        assert np.allclose(values, values[:, ::-1], atol=1e-12) is symmetric


def test_unknown_figure_or_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="figure '11'"):
        draw_figures(["11"], tmp_path)
    with pytest.raises(ParameterError, match="format 'bmp'"):
        draw_figures(["7"], tmp_path, formats=("bmp",))


def crowded(figure: Any) -> list[str]:
    """Where labels of neighbouring ticks are closer than half the height of a letter."""
    figure.draw_without_rendering()
    found = []
    for axes in figure.axes:
        shown = [label for label in axes.get_xticklabels() if label.get_text()]
        boxes = sorted((label.get_window_extent() for label in shown), key=lambda box: box.x0)
        for before, box in pairwise(boxes):
            if box.x0 - before.x1 < box.height / 2:
                found.append(f"{before.x1:.0f} and {box.x0:.0f}")
    return found


@pytest.mark.parametrize("name", ["5", "8"])
def test_tick_labels_of_maps_stand_apart(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    drawn: list[Any] = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *_, **__: drawn.append(self))
    draw_figures([name], tmp_path)
    (figure,) = drawn
    assert crowded(figure) == []
    figure.axes[3].set_xticks(np.linspace(-0.9, -0.1, 9), labels=["-0.75"] * 9)
    assert crowded(figure) != []
