"""The explorer: sliders, levels and a map, computed in the browser by the emitted JavaScript."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from symqb._version import __version__
from symqb.battery import Battery, xxz_battery
from symqb.derive.expression import ExpressionBuilder
from symqb.emit.targets import emit_source
from symqb.models.battery import DISSIPATIONS
from symqb.program import Builder, Program
from symqb.report.assets import asset
from symqb.report.diagram import level_columns
from symqb.report.measured import FIELDS, SETTINGS

RANGES = {
    "B0": (0.1, 10.0),
    "J": (-2.0, 2.0),
    "Delta": (-2.0, 2.0),
    "epsilon": (0.0, 1.0),
    "T_L": (0.05, 100.0),
    "T_R": (0.05, 100.0),
}
DEFAULTS = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 39.0, "T_R": 1.0}
TITLES = {
    "B0": "field B\N{SUBSCRIPT ZERO}",
    "J": "exchange J",
    "Delta": "anisotropy \N{GREEK CAPITAL LETTER DELTA}",
    "epsilon": "coupling \N{GREEK SMALL LETTER EPSILON}",
    "T_L": "left temperature",
    "T_R": "right temperature",
    "charge": "charge",
    "ergotropy": "ergotropy",
    "exergy": "exergy",
    "heat_current_L": "heat from the left bath",
    "heat_current_R": "heat from the right bath",
    "entropy_production": "entropy production",
}
POINTS = 100
"""The map has as many points along each side."""
SCALARS = tuple(name for name in TITLES if name not in RANGES)


def weights_program(battery: Battery) -> Program:
    """The squared matrix elements of every transition as a program, bath by bath."""
    builder = Builder(battery.parameters)
    expressions = ExpressionBuilder(builder)
    return builder.build(
        {
            f"weights_{bath.name}": tuple(
                expressions.surd(t.exact_weights[bath.name]) for t in battery.transitions()
            )
            for bath in battery.model.baths
        }
    )


def enclosed(module: str) -> str:
    """An emitted ES module as an expression: its ``evaluate``, with nothing else left outside."""
    body = re.sub(r"^export ", "", module, flags=re.MULTILINE)
    return f"(() => {{\n{body}\nreturn evaluate;\n}})()"


def kernel(battery: Battery) -> str:
    """The emitted JavaScript of a battery as an expression."""
    return enclosed(battery.source("javascript", ("energies", "populations", *SCALARS)))


def weights_kernel(battery: Battery) -> str:
    """The emitted JavaScript of the squared matrix elements as an expression."""
    source = emit_source(
        weights_program(battery),
        "javascript",
        title=f"Squared matrix elements, {battery.spins} spins.",
        version=__version__,
        labels=[level.label for level in battery.eigensystem()],
        parameters=battery.parameters,
    )
    return enclosed(source)


def presets() -> dict[str, dict[str, Any]]:
    """The points of the paper's figures, by what a menu calls them, as states of the explorer."""
    return {
        f"Fig. {s.figure}: {s.spins} spins, \N{GREEK SMALL LETTER EPSILON} = {s.epsilon:g}, "
        f"J = {s.J:g}".replace("-", "\N{MINUS SIGN}"): {
            "spins": str(s.spins),
            "dissipation": "collective",
            **{name: s.parameters[name] for name in RANGES},
        }
        for s in SETTINGS
    }


def explorer_scripts() -> str:
    """The data, the emitted kernels and the script that drives them."""
    batteries = {
        f"{spins}-{dissipation}": xxz_battery(spins, dissipation)
        for spins in FIELDS
        for dissipation in DISSIPATIONS
    }
    record = {
        "batteries": {key: battery_record(battery) for key, battery in batteries.items()},
        "parameters": list(RANGES),
        "ranges": RANGES,
        "defaults": DEFAULTS,
        "titles": TITLES,
        "scalars": SCALARS,
        "presets": presets(),
        "choices": {
            "spins": [str(spins) for spins in FIELDS],
            "dissipation": DISSIPATIONS,
            "x": list(RANGES),
            "y": list(RANGES),
            "quantity": SCALARS,
        },
    }
    kernels = ",\n".join(f"{json.dumps(k)}: {kernel(b)}" for k, b in batteries.items())
    weights = ",\n".join(f"{json.dumps(k)}: {weights_kernel(b)}" for k, b in batteries.items())
    data = json.dumps(record).replace("</", "<\\/")
    code = (
        f'"use strict";\nwindow.symqbKernels = {{{kernels}}};\nwindow.symqbWeights = {{{weights}}};'
    )
    drivers = "\n".join(asset(f"{name}.js") for name in ("levels", "map", "explorer"))
    return (
        f'<script type="application/json" id="explorer-data">{data}</script>\n'
        f"<script>{code}</script>\n<script>{drivers}</script>"
    )


def battery_record(battery: Battery) -> dict[str, Any]:
    """What the drawing needs to know of a battery."""
    levels = list(battery.eigensystem())
    columns = level_columns(levels)
    return {
        "labels": [level.label for level in levels],
        "columns": [columns[level.label] for level in levels],
        "edges": [[t.upper, t.lower] for t in battery.transitions()],
    }


def _slider(name: str) -> str:
    low, high = RANGES[name]
    title = escape(TITLES[name])
    return (
        f'<div class="slider"><label for="explore-{name}">{title}</label>'
        f'<input type="number" id="explore-{name}-number" min="{low:g}" max="{high:g}" step="any" '
        f'aria-label="{title}, as a number">'
        f'<input type="range" id="explore-{name}" min="0" max="1000" step="1"></div>'
    )


def _choice(name: str, legend: str, options: dict[str, str]) -> str:
    inner = "".join(
        f'<label><input type="radio" name="explore-{name}" id="explore-{name}-{value}" '
        f'value="{value}"> {text}</label>'
        for value, text in options.items()
    )
    return f'<fieldset class="choice"><legend>{legend}</legend>{inner}</fieldset>'


def _select(name: str, label: str, options: tuple[str, ...]) -> str:
    inner = "".join(f'<option value="{o}">{escape(TITLES[o])}</option>' for o in options)
    return (
        f'<label class="select" for="explore-{name}">{label} '
        f'<select id="explore-{name}">{inner}</select></label>'
    )


def _controls() -> str:
    batteries = {"2": "two spins", "3": "three spins"}
    points = "".join(f"<option>{escape(name)}</option>" for name in presets())
    return (
        '<div class="controls">'
        + _choice("spins", "Battery", batteries)
        + _choice("dissipation", "Dissipation", {name: name for name in DISSIPATIONS})
        + "".join(map(_slider, RANGES))
        + '<div class="more"><label class="select" for="explore-preset">Points of the paper '
        f'<select id="explore-preset"><option value="">choose one</option>{points}</select></label>'
        '<button type="button" id="explore-link" class="copy all" data-latex="" '
        'data-said="Link copied">Copy link to this point</button></div>'
        "</div>"
    )


def _panels() -> str:
    rows = "".join(
        f'<div><dt>{escape(TITLES[name])}</dt><dd id="explore-out-{name}"></dd></div>'
        for name in SCALARS
    )
    return (
        f'<div class="panels"><dl class="outputs">{rows}</dl>'
        f'<div class="drawings">{_levels()}{_map()}</div></div>'
    )


def _levels() -> str:
    return (
        '<figure><svg class="levels live" id="explore-levels" viewBox="0 0 430 340" role="img" '
        'aria-labelledby="explore-levels-title explore-levels-text">'
        '<title id="explore-levels-title">Levels with their populations</title>'
        '<desc id="explore-levels-text"></desc></svg>'
        "<figcaption>A bar is filled as far as its level is populated. Lines are the transitions "
        'driven now: <span class="key hot"></span>left bath, <span class="key cold"></span>right '
        "bath; thicker lines, larger matrix elements. Levels that nearly touch are drawn apart."
        "</figcaption></figure>"
    )


def _map() -> str:
    parameters = tuple(RANGES)
    return (
        '<figure><div class="selects">'
        + _select("quantity", "Map of", SCALARS)
        + _select("x", "over", parameters)
        + _select("y", "and", parameters)
        + '</div><div class="mapbox"><span class="axis ylabel" id="explore-y-name"></span>'
        '<span class="tick yhigh" id="explore-y-high"></span>'
        '<span class="tick ylow" id="explore-y-low"></span>'
        f'<div class="canvas"><canvas id="explore-map" width="{POINTS}" height="{POINTS}" '
        'role="img" aria-label="Map"></canvas><span id="explore-here" aria-hidden="true"></span>'
        "</div>"
        '<span class="tick xlow" id="explore-x-low"></span>'
        '<span class="axis" id="explore-x-name"></span>'
        '<span class="tick xhigh" id="explore-x-high"></span></div>'
        '<div class="colours"><span id="explore-map-low"></span><span class="ramp"></span>'
        '<span id="explore-map-high"></span></div>'
        '<p class="pointed" id="explore-pointed" aria-hidden="true"></p>'
        f"<figcaption>{POINTS} by {POINTS} points; the ring is the point of the sliders. Click to "
        "go elsewhere. Grey: not defined there.</figcaption></figure>"
    )


def explorer_section() -> str:
    """The controls and drawings, without their scripts."""
    return (
        '<section id="explorer" aria-labelledby="explorer-h"><h2 id="explorer-h">Explorer</h2>'
        "<p>Everything here is computed in your browser by the JavaScript that "
        "<code>symqb emit --target javascript</code> writes. Energies and temperatures in one "
        "unit of your choice; \N{GREEK SMALL LETTER KAPPA} = 1. The address keeps the state, so a "
        "link to it shows the same.</p>"
        "<noscript><p>Here, JavaScript is switched off: the explorer cannot compute.</p></noscript>"
        '<p class="message" id="explore-message" role="status"></p>'
        f'<div class="explorer">{_controls()}{_panels()}</div></section>'
    )
