"""The benchmark figures that the documents show are whole, and drawn as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.show import COUNTS, HEADER, summary, table

ROOT = Path(__file__).resolve().parents[2]
FIGURES: dict[str, Any] = json.loads((ROOT / "benchmarks" / "figures.json").read_text())


@pytest.mark.parametrize("spins", [2, 3])
def test_the_table_shows_every_contestant(spins: int) -> None:
    rows = [row for row in FIGURES["rows"] if row["spins"] == spins]
    assert {"symqb c", "symqb numpy", "symqb numba"} <= {row["name"] for row in rows}
    lines = table(FIGURES, spins).splitlines()[2:]
    assert [line.split(" | ")[0] for line in lines] == [f"| {row['name']}" for row in rows]
    assert all(line.count("|") == len(HEADER) + 1 for line in lines)


def test_ratios_are_times_over_the_unit() -> None:
    measured = [row for row in FIGURES["rows"] if "not_possible" not in row]
    for row in measured:
        unit = {2: 8, 3: 26}[row["spins"]] * FIGURES["expm1_ns"]
        assert row["expm1_passes"] == pytest.approx(row[f"ns_a_point_at_{COUNTS[-1]}"] / unit)
    assert len(measured) > 6


def test_the_summary_names_limits_and_threads() -> None:
    text = summary(FIGURES)
    for words in ("its Bose factors alone", "memory traffic alone", "one thread over two"):
        assert text.count(words) == 2


def test_the_plot_has_a_line_for_each_that_was_measured() -> None:
    pytest.importorskip("matplotlib")
    from benchmarks.show import plot

    assert plot(FIGURES).startswith("<?xml")


def test_the_line_in_the_readme_is_from_these_figures() -> None:
    (row,) = [r for r in FIGURES["rows"] if (r["name"], r["spins"]) == ("symqb c", 2)]
    text = " ".join((ROOT / "README.md").read_text().split())
    assert f"took {row['expm1_passes']:.2f} of the time of NumPy's eight vectorised" in text
    assert f"passes, {row['scalar_passes']:.2f} of scalar ones" in text
