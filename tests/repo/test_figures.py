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
    narrow = FIGURES["avx2"]["c_ns_2"] / (8 * FIGURES["avx2"]["expm1_ns"])
    assert f"took {row['expm1_passes']:.2f} of the time of NumPy's eight vectorised" in text
    assert f"passes, {narrow:.2f} where both are kept to AVX2" in text


def test_what_avx2_alone_gives_is_within_the_bounds() -> None:
    """C within 0.42 and 0.45 of NumPy's passes, NumPy within 2.5 of them, numba within 1.5 of C."""
    found = FIGURES["avx2"]
    for spins, factors, bound in ((2, 8, 0.42), (3, 26, 0.45)):
        unit = factors * found["expm1_ns"]
        assert found[f"c_ns_{spins}"] < bound * unit
        assert found[f"numpy_ns_{spins}"] < 2.5 * unit
        assert found[f"numba_ns_{spins}"] < 1.5 * found[f"c_ns_{spins}"]
    assert found["features"] == []
