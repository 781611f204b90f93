"""Sphinx configuration."""

import json
import sys
from pathlib import Path
from typing import Any

import symqb

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

project = "symqb"
author = "symqb developers"
copyright = "2026, symqb developers"
release = version = symqb.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "browser_math",
    "sphinx.ext.viewcode",
]
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence"]
nb_execution_mode = "force"
nb_execution_in_temp = True  # pages write files
nb_execution_timeout = 300
nb_merge_streams = True
nb_execution_raise_on_error = True
exclude_patterns = ["_build", "jupyter_execute"]
html_math_renderer = "mathml"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["math.css"]
html_title = f"symqb {version}"
autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
nitpicky = False


def draw_maps(app):
    """The pictures of the map of passivity, drawn anew in every build."""
    from pathlib import Path

    from symqb.prove.passivity.pictures import draw

    draw(Path(app.srcdir) / "_generated", [2, 3, 4, 5, 6], 20)


def draw_benchmarks(app: Any) -> None:
    """The tables and the plot of ``docs/benchmarks.md``, from the figures that are kept."""
    from benchmarks.show import plot, summary, table

    figures = json.loads((HERE.parent / "benchmarks" / "figures.json").read_text())
    folder = HERE / "_build" / "generated"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.svg").write_text(plot(figures))
    parts = [
        f"## {word} spins, ns a point\n\n{table(figures, n)}"
        for word, n in (("Two", 2), ("Three", 3))
    ]
    parts.append("![Time a point against points in a call](_build/generated/benchmarks.svg)")
    parts.append(f"## Limits, threads, machine\n\n{summary(figures)}")
    (folder / "benchmarks.md").write_text("\n\n".join(parts) + "\n")


def setup(app: Any) -> None:
    app.connect("builder-inited", draw_maps)
    app.connect("builder-inited", draw_benchmarks)
