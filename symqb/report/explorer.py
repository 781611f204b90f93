"""The explorer: sliders, levels and a map, computed in the browser by the emitted JavaScript."""

from __future__ import annotations

import re

from symqb._version import __version__
from symqb.battery import Battery, xxz_battery
from symqb.derive.expression import ExpressionBuilder
from symqb.emit.targets import emit_source
from symqb.models.battery import DISSIPATIONS
from symqb.models.plain_data import JsonObject
from symqb.program import Builder, Program
from symqb.report.assets import asset, fill
from symqb.report.measured import FIELDS, SETTINGS
from symqb.show.level_diagram import level_columns

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


def presets() -> dict[str, JsonObject]:
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
    return fill(
        "explorer_scripts.html",
        data=record,
        kernels={key: kernel(battery) for key, battery in batteries.items()},
        weights={key: weights_kernel(battery) for key, battery in batteries.items()},
        drivers=[asset(f"{name}.js") for name in ("levels", "map", "explorer")],
    )


def battery_record(battery: Battery) -> JsonObject:
    """What the drawing needs to know of a battery."""
    levels = list(battery.eigensystem())
    columns = level_columns(levels)
    return {
        "labels": [level.label for level in levels],
        "columns": [columns[level.label] for level in levels],
        "edges": [[t.upper, t.lower] for t in battery.transitions()],
    }


def explorer_section() -> str:
    """Write the controls and drawings, without their scripts."""
    return fill(
        "explorer.html",
        ranges=RANGES,
        titles=TITLES,
        scalars=SCALARS,
        points=POINTS,
        presets=list(presets()),
        dissipations={name: name for name in DISSIPATIONS},
    )
