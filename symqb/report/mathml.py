"""Formulas as MathML for the page."""

from __future__ import annotations

from collections.abc import Sequence

from symqb.report.latex import break_lines
from symqb.show.formulas import Formula
from symqb.show.mathml import mathml

WIDTHS = {1: 62.0, 2: 30.0, 3: 24.0}
"""Characters that fit a line, by how many formulas stand side by side."""


def _inner(latex: str, *, displayed: bool = True) -> str:
    """The MathML of a formula without its outer element."""
    markup = mathml(latex, displayed=displayed)
    return markup[markup.index(">") + 1 : -len("</math>")]


def inline(latex: str) -> str:
    """A formula inside a line of text."""
    return f'<math displaystyle="true">{_inner(latex, displayed=False)}</math>'


def block(formula: Formula, width: float = WIDTHS[1]) -> str:
    """A displayed formula, broken between its terms where it is wide."""
    matrix = r"\begin" in formula.latex
    first, *rest = [" ".join(formula.terms)] if matrix else break_lines(formula, width)
    left = f"{formula.left} {formula.relation}"
    if not rest:
        return f'<math display="block">{_inner(f"{left} {first}")}</math>'
    rows = [f"<mtr><mtd>{_inner(left)}</mtd><mtd>{_inner(first)}</mtd></mtr>"]
    rows += [f"<mtr><mtd></mtd><mtd>{_inner(line)}</mtd></mtr>" for line in rest]
    table = f'<mtable displaystyle="true" class="lines">{"".join(rows)}</mtable>'
    return f'<math display="block">{table}</math>'


def shown(math: str, latex: str, name: str) -> dict[str, str]:
    """A formula for the page: as MathML, as the LaTeX a button copies, and what it is of."""
    return {"math": math, "latex": latex, "name": name}


def panel(formulas: Sequence[Formula], columns: int = 1) -> dict[str, object]:
    """Displayed formulas for the page, side by side where they are short and there is room."""
    rows = [shown(block(f, WIDTHS[columns]), f.latex, f.left) for f in formulas]
    return {"columns": columns, "rows": rows}
