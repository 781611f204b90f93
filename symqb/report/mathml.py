"""Formulas as MathML for the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

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


def formula_row(formula: Formula, width: float = WIDTHS[1]) -> str:
    """A displayed formula that scrolls on its own, with a button that copies its LaTeX."""
    return (
        f'<div class="formula"><div class="scroll">{block(formula, width)}</div>'
        f"{copy_button(formula.latex, formula.left)}</div>"
    )


def copy_button(latex: str, name: str) -> str:
    """A button that copies LaTeX; ``name`` tells it from the others on the page."""
    return (
        f'<button type="button" class="copy" data-latex="{escape(latex)}" '
        f'aria-label="TeX: copy the formula of {escape(name)}" title="Copy LaTeX">TeX</button>'
    )


def formula_list(formulas: Sequence[Formula], columns: int = 1) -> str:
    """A panel of displayed formulas, side by side where they are short and there is room."""
    kind = f"formulas columns-{columns}" if columns > 1 else "formulas"
    rows = (formula_row(formula, WIDTHS[columns]) for formula in formulas)
    return f'<div class="{kind}">' + "\n".join(rows) + "</div>"
