"""Formulas as the page's templates take them."""

from __future__ import annotations

from collections.abc import Sequence

from symqb.show.formula_mathml import WIDTH, displayed_formula
from symqb.show.formulas import Formula

WIDTHS = {1: WIDTH, 2: 30.0, 3: 24.0}
"""Characters that fit a line, by how many formulas stand side by side."""


def shown(math: str, latex: str, name: str) -> dict[str, str]:
    """A formula for the page: as MathML, as the LaTeX a button copies, and what it is of."""
    return {"math": math, "latex": latex, "name": name}


def panel(formulas: Sequence[Formula], columns: int = 1) -> dict[str, object]:
    """Displayed formulas for the page, side by side where they are short and there is room."""
    rows = [shown(displayed_formula(f, WIDTHS[columns]), f.latex, f.left) for f in formulas]
    return {"columns": columns, "rows": rows}
