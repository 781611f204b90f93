"""Figs. 3-10 and 12 redrawn: derived, and as printed where the printed equations differ."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symqb.models import ParameterError
from symqb.models.tables import need
from symqb.paper import literal, literal_two
from symqb.paper.tools import ANTI, FERRO, Setting

Array = Any
CHOSEN_T_M = (2.0, 10.0, 20.0)
"""The text names T_M = 2 and T_M = 20; the third panel is chosen."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's palette, told apart with every common colour blindness."""
STYLES = ("-", "--", "-.", ":")
GRID = 61
LABELS = {
    "charge": r"$\Delta E_B(\infty)$",
    "ergotropy": r"$W(\rho_{\mathrm{NESS}})$",
    "exergy": r"$\Sigma_{\mathrm{ex}}$",
}
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


Data = list[list[Panel]]


def _map(setting: Setting, output: str, T: float, source: str) -> Panel:
    d, s = np.linspace(0, 1, GRID), np.linspace(-1, 1, GRID)
    if source == "printed":
        # the printed Bose numbers have no value where a frequency or a temperature is zero
        d, s = np.linspace(0.001, 0.999, GRID), np.linspace(-0.99, 0.99, GRID)
    mesh_d, mesh_s = np.meshgrid(d, s, indexing="ij")
    if source == "printed":
        values = literal_two.evaluate(
            B0=2.0,
            J=float(setting.sign),
            Delta=setting.sign * mesh_d,
            epsilon=setting.epsilon,
            T_L=T * (1 + mesh_s),
            T_R=T * (1 - mesh_s),
        )[output]
    else:
        values = setting(output, mesh_d, mesh_s, T)
    chosen = "" if T in (2.0, 20.0) else ", chosen"
    name = "derived" if source == "derived" else "Eqs. (12)-(14) printed"
    return Panel(
        f"$T_M={T:g}${chosen}; {name}",
        r"$\Delta$",
        r"$\Delta T$",
        setting.sign * d,
        2 * T * s,
        {output: values},
        LABELS[output],
    )


def _maps(setting: Setting, output: str) -> Data:
    sources = ("derived", "printed") if setting.epsilon else ("derived",)
    return [[_map(setting, output, T, source) for T in CHOSEN_T_M] for source in sources]


def _populations() -> Data:
    rows: Data = []
    panels = iter("abcd")
    for epsilon in (0, 1):
        row = []
        for name, pair in (("ferromagnetic", FERRO), ("antiferromagnetic", ANTI)):
            s = np.linspace(-1, 1, 401)
            p = pair[epsilon]("populations", 0.5, s, 20.0)
            values = {rf"$\rho_{{{i}{i}}}$": p[:, i - 1] for i in (1, 2, 3, 4)}
            title = f"({next(panels)}) {name}, $\\varepsilon={epsilon}$, derived"
            row.append(Panel(title, r"$\Delta T$", "population", 40 * s, None, values))
        rows.append(row)
    return rows


def _exergy() -> Data:
    row = []
    for letter, name, pair in (("a", "antiferromagnetic", ANTI), ("b", "ferromagnetic", FERRO)):
        d, T = np.linspace(0, 1, GRID), np.linspace(2, 20, GRID)
        mesh_d, mesh_T = np.meshgrid(d, T, indexing="ij")
        values = pair[0].at("exergy", mesh_d, mesh_T, 2.0 + 0 * mesh_T)
        row.append(
            Panel(
                f"({letter}) {name}; $T_L\\leq 20$ chosen",
                r"$\Delta$",
                r"$T_L$",
                pair[0].sign * d,
                T,
                {"exergy": values},
                LABELS["exergy"],
            )
        )
    return [row]


CASES_12 = (
    (0, 2.0, 0.5),
    (0, 20.0, 1.0),
    (1, 2.0, 0.5),
    (1, 2.0, 1.0),
    (1, 20.0, 0.5),
    (1, 20.0, 1.0),
)
"""(epsilon, T_M, Delta T / 2 T_M), all chosen: the text names none of them."""


def _three() -> Data:
    d = np.linspace(0.01, 1, 100)
    rows: Data = []
    for letter, output in (("a", "charge"), ("b", "ergotropy")):
        row = []
        for source in ("derived", "printed"):
            lines = {}
            for epsilon, T, s in CASES_12:
                # the printed rates need a temperature above zero
                s_ = min(s, 0.999)
                name = rf"$\varepsilon={epsilon}$, $T_M={T:g}$, $\Delta T={2 * s * T:g}$"
                if source == "derived":
                    lines[name] = Setting(1, float(epsilon), 3, 5.0)(output, d, s_, T)
                else:
                    lines[name] = literal.evaluate(
                        B0=5.0,
                        J=1.0,
                        Delta=d,
                        epsilon=float(epsilon),
                        T_L=T * (1 + s_),
                        T_R=T * (1 - s_),
                    )[output]
            title = "derived" if source == "derived" else "(26), (27), B, C printed"
            row.append(
                Panel(
                    f"({letter}) {title}; values chosen",
                    r"$\Delta$",
                    LABELS[output],
                    d,
                    None,
                    lines,
                )
            )
        rows.append(row)
    return rows


FIGURES: dict[str, Callable[[], Data]] = {
    "3": lambda: _maps(FERRO[0], "charge"),
    "4": lambda: _maps(ANTI[0], "charge"),
    "5": lambda: _maps(FERRO[1], "charge"),
    "6": lambda: _maps(ANTI[1], "charge"),
    "7": _populations,
    "8": lambda: _maps(FERRO[1], "ergotropy"),
    "9": lambda: _maps(ANTI[1], "ergotropy"),
    "10": _exergy,
    "12": _three,
}
"""What each figure shows, by its number in the paper."""


def _write_csv(data: Data, path: Path) -> None:
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


def _draw(data: Data, path: Path) -> None:
    matplotlib = need("matplotlib", "plot", "a figure")
    Figure = need("matplotlib.figure", "plot", "a figure").Figure

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
    names: Iterable[str] | None = None,
    output_dir: str | Path = "figures",
    formats: Sequence[str] = ("svg",),
) -> list[Path]:
    """Redraw figures of the paper, each with its data beside it as CSV.

    Parameters
    ----------
    names : iterable of str, optional
        Numbers of figures, ``"3"`` to ``"10"`` and ``"12"``; all if left out.
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

    Examples
    --------
    >>> from symqb.paper import FIGURES
    >>> sorted(FIGURES, key=int)
    ['3', '4', '5', '6', '7', '8', '9', '10', '12']
    """
    chosen = list(FIGURES) if names is None else [str(n).removeprefix("fig") for n in names]
    for name in chosen:
        if name not in FIGURES:
            raise ParameterError(f"figure {name!r} is not redrawn; choose {', '.join(FIGURES)}")
    for extension in formats:
        if extension not in ("svg", "pdf", "png"):
            raise ParameterError(f"format {extension!r} is unknown; choose svg, pdf or png")
    folder = Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in chosen:
        data = FIGURES[name]()
        table = folder / f"figure_{name}.csv"
        _write_csv(data, table)
        written.append(table)
        for extension in formats:
            path = folder / f"figure_{name}.{extension}"
            _draw(data, path)
            written.append(path)
    return written
