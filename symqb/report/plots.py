"""Plots as inline SVG that follow the page's colours."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np

from symqb.battery import Battery
from symqb.models.extras import need
from symqb.report.measured import FIELDS

SERIES = {
    "#010101": "series-a",
    "#020202": "series-b",
    "#030303": "series-c",
    "#040404": "series-d",
}
STYLES = ("-", "--", "-.", ":")
IDENTIFIER = re.compile(r'\b(id|xlink:href|href)="(#?)([^"]+)"')
REFERENCE = re.compile(r"url\(#([^)]+)\)")


def _svg(figure: Any, key: str, title: str) -> str:
    """The figure as an SVG element: own ids, the page's colours, no fixed size."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = IDENTIFIER.sub(lambda m: f'{m[1]}="{m[2]}{key}-{m[3]}"', text)
    text = REFERENCE.sub(lambda m: f"url(#{key}-{m[1]})", text)
    for colour, name in SERIES.items():
        text = text.replace(colour, f"var(--{name})")
    text = text.replace("#000000", "currentColor").replace("#808080", "var(--rule)")
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    label = f'<svg class="plot" role="img" aria-label="{title}"'
    return text.replace("<svg", label, 1)


def bias_plot(battery: Battery, output: str, label: str, key: str) -> str:
    """One output against the temperature difference, for both couplings and two mean temperatures.

    Parameters
    ----------
    battery : Battery
    output : str
        A scalar output, e.g. ``"charge"``.
    label : str
        The axis label.
    key : str
        Prefix of the ids inside the SVG.
    """
    matplotlib = need("matplotlib", "a plot of the page", "report")
    figure_class = need("matplotlib.figure", "a plot of the page", "report").Figure
    f = battery.emit("numpy", outputs=(output,))
    x = np.linspace(-0.99, 0.99, 199)
    settings = {"svg.fonttype": "none", "svg.hashsalt": key, "font.family": "sans-serif"}
    with matplotlib.rc_context(settings):
        figure = figure_class(figsize=(5.2, 3.3), layout="constrained")
        axes = figure.add_subplot()
        colours = iter(SERIES)
        styles = iter(STYLES)
        for epsilon in (0.0, 1.0):
            for mean in (2.0, 20.0):
                r = f(
                    B0=FIELDS[battery.spins],
                    J=1.0,
                    Delta=0.5,
                    epsilon=epsilon,
                    T_L=mean * (1 + x),
                    T_R=mean * (1 - x),
                )
                name = f"ε = {epsilon:g}, mean T = {mean:g}"
                axes.plot(2 * x, r[output], next(styles), color=next(colours), label=name, lw=1.8)
        axes.set_xlabel("temperature difference / mean temperature")
        axes.set_ylabel(label)
        axes.grid(color="#808080", lw=0.4)
        axes.legend(frameon=False, fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        title = f"{label} against temperature difference, {battery.spins} spins"
        return _svg(figure, key, title)
