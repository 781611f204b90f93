"""Formulas as MathML for a page: in a line of text, or displayed and broken into lines that fit."""

from __future__ import annotations

from symqb.show.formulas import Formula
from symqb.show.mathml import mathml
from symqb.show.paper_latex import break_lines

WIDTH = 62.0
"""Characters that fit a line of the page."""


def _inner(latex: str, *, displayed: bool = True) -> str:
    """The MathML of a formula without its outer element."""
    markup = mathml(latex, displayed=displayed)
    return markup[markup.index(">") + 1 : -len("</math>")]


def inline_formula(latex: str) -> str:
    """A formula inside a line of text."""
    return f'<math displaystyle="true">{_inner(latex, displayed=False)}</math>'


def displayed_formula(formula: Formula, width: float = WIDTH) -> str:
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
