"""Drawing a paper's figures: panels as data, each written as CSV beside its picture."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symqb.models import ParameterError
from symqb.models.extras import need

Array = Any
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's palette, told apart with every common colour blindness."""
STYLES = ("-", "--", "-.", ":")
FORMATS = ("svg", "pdf", "png")
RC: Any = {
    "font.size": 8,
    "axes.linewidth": 0.6,
    "svg.hashsalt": "symqb",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "axes.titlesize": 8,
    "legend.fontsize": 6.5,
}


@dataclass(frozen=True)
class Panel:
    """The data of one panel: a map over two axes, or lines over one."""

    title: str
    x_label: str
    y_label: str
    x: Array
    y: Array | None
    values: Mapping[str, Array]
    unit: str = ""


Panels = list[list[Panel]]
"""A figure: its rows of panels."""


def _write_csv(data: Panels, path: Path) -> None:
    """One row a point: panel, the axes, and the values."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["panel", "x", "y", "quantity", "value"])
        for panel in (panel for row in data for panel in row):
            for name, values in panel.values.items():
                if panel.y is None:
                    writer.writerows(
                        [panel.title, f"{x:.10g}", "", name, f"{v:.12g}"]
                        for x, v in zip(panel.x, values, strict=True)
                    )
                    continue
                for x, line in zip(panel.x, values, strict=True):
                    writer.writerows(
                        [panel.title, f"{x:.10g}", f"{y:.10g}", name, f"{v:.12g}"]
                        for y, v in zip(panel.y, line, strict=True)
                    )


def _draw_lines(axes: Any, panel: Panel) -> None:
    for k, (name, values) in enumerate(panel.values.items()):
        axes.plot(
            panel.x,
            values,
            color=COLOURS[k % len(COLOURS)],
            linestyle=STYLES[k % len(STYLES)],
            linewidth=1.1,
            label=name,
        )
    # below the axes, so that no line runs behind it
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=2)
    axes.set_ylabel(panel.y_label)


def _draw_map(figure: Any, axes: Any, panel: Panel, levels: Array) -> None:
    (values,) = panel.values.values()
    filled = axes.contourf(panel.x, panel.y, values.T, levels=levels, cmap="cividis", extend="both")
    axes.contour(panel.x, panel.y, values.T, levels=levels[4::4], colors="white", linewidths=0.4)
    bar = figure.colorbar(filled, ax=axes, label=panel.unit)
    bar.set_ticks(levels[::4], labels=_labels(levels[::4]))
    # three labels fit below a panel: the ends and the middle
    ends = np.linspace(panel.x[0], panel.x[-1], 3)
    axes.set_xticks(ends, labels=_labels(ends))
    axes.set_ylabel(panel.y_label)


def _labels(values: Array) -> list[str]:
    """Tick labels of three digits; what is nothing beside the greatest is 0."""
    top = np.abs(values).max()
    return [
        f"{0.0 if abs(v) < 1e-3 * top else v:.3g}".replace("-", "\N{MINUS SIGN}") for v in values
    ]


def _levels(row: Sequence[Panel]) -> list[Array]:
    levels = []
    for panel in row:
        (values,) = panel.values.values()
        finite = values[np.isfinite(values)]
        low, high = round(float(finite.min()), 12), float(finite.max())
        if high - low < 1e-9:
            high = low + 1e-9
        levels.append(np.linspace(low, high, 17))
    return levels


def _draw(data: Panels, path: Path) -> None:
    matplotlib = need("matplotlib", "a figure")
    Figure = need("matplotlib.figure", "a figure").Figure

    with matplotlib.rc_context(RC):
        rows, columns = len(data), max(map(len, data))
        height = 3.2 if data[0][0].y is None else 2.4
        figure = Figure(figsize=(3.1 * columns, height * rows), layout="constrained")
        figure.get_layout_engine().set(wspace=0.08, hspace=0.06)
        grid = figure.subplots(rows, columns, squeeze=False)
        for line, row in zip(grid, data, strict=True):
            scales = _levels(row) if row[0].y is not None else [None] * len(row)
            for axes, panel, levels in zip(line, row, scales, strict=True):
                if panel.y is None:
                    _draw_lines(axes, panel)
                else:
                    _draw_map(figure, axes, panel, levels)
                axes.set_xlabel(panel.x_label)
                axes.set_title(panel.title)
        undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
        figure.savefig(path, metadata=undated.get(path.suffix), dpi=130)


def draw_figures(
    figures: Mapping[str, Callable[[], Panels]],
    names: Iterable[str] | None = None,
    output_dir: str | Path = "figures",
    formats: Sequence[str] = ("svg",),
) -> list[Path]:
    """Redraw figures of a paper, each with its data beside it as CSV.

    Parameters
    ----------
    figures : mapping
        What builds each figure: a paper's ``figures``.
    names : iterable of str, optional
        Numbers of figures, such as ``"3"``; all if left out.
    output_dir : path
        Where to write; made if absent.
    formats : sequence of str
        ``"svg"``, ``"pdf"`` or ``"png"``.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ParameterError
        A figure or format that does not exist.
    ImportError
        Without matplotlib; install the extra ``plot``.
    """
    chosen = list(figures) if names is None else [str(n).removeprefix("fig") for n in names]
    for name in chosen:
        if name not in figures:
            raise ParameterError(f"figure {name!r} is not redrawn; choose {', '.join(figures)}")
    for extension in formats:
        if extension not in FORMATS:
            raise ParameterError(f"format {extension!r} is unknown; choose svg, pdf or png")
    folder = Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in chosen:
        data = figures[name]()
        table = folder / f"figure_{name}.csv"
        _write_csv(data, table)
        pictures = [folder / f"figure_{name}.{extension}" for extension in formats]
        for path in pictures:
            _draw(data, path)
        written += [table, *pictures]
    return written
