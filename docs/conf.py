"""Sphinx configuration."""

import symqb

project = "symqb"
author = "symqb developers"
copyright = "2026, symqb developers"
release = version = symqb.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
]
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence"]
nb_execution_mode = "force"
nb_execution_in_temp = True  # pages write files
nb_execution_timeout = 300
nb_merge_streams = True
nb_execution_raise_on_error = True
exclude_patterns = ["_build", "jupyter_execute"]
html_theme = "furo"
html_title = f"symqb {version}"
autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
nitpicky = False


def draw_maps(app):
    """The pictures of the map of passivity, drawn anew in every build."""
    from pathlib import Path

    from symqb.numerics.passivity_pictures import draw

    draw(Path(app.srcdir) / "_generated", [2, 3, 4, 5, 6], 20)


def setup(app):
    app.connect("builder-inited", draw_maps)
