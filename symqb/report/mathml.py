"""Formulas as MathML for the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from importlib import import_module

from symqb.derive.printing import Formula
from symqb.models import NoClosedFormError
from symqb.report.latex import break_lines

OUTER = re.compile(r"^<math[^>]*>(?:<mrow>)?(.*?)(?:</mrow>)?</math>$", re.DOTALL)
WIDTHS = {1: 62.0, 2: 30.0, 3: 24.0}
"""Characters that fit a line, by how many formulas stand side by side."""


@cache
def _converter() -> Callable[..., str]:
    try:
        convert = import_module("latex2mathml.converter").convert
    except ImportError:
        raise NoClosedFormError(
            "latex2mathml is not installed, and formulas on the page need it; "
            "install it with: pip install 'symqb[report]'"
        ) from None
    return convert  # type: ignore[no-any-return]


def _inner(latex: str, *, displayed: bool = True) -> str:
    """The MathML of a formula without its outer element."""
    markup = _converter()(latex, display="block" if displayed else "inline")
    match = OUTER.match(markup)
    if match is None or "<mi>&</mi>" in markup or "<mi>\\" in markup:
        raise NoClosedFormError(f"{latex!r} has no MathML; write the formula another way")
    inner = markup[markup.index(">") + 1 : -len("</math>")]
    # the bar of a ket opens it: without this it is spaced as a relation
    inner = inner.replace(
        '<mo stretchy="false">&#x0007C;</mo>', '<mo form="prefix" stretchy="false">|</mo>'
    )
    inner = inner.replace("<mi>&#x027E9;</mi>", '<mo form="postfix" stretchy="false">⟩</mo>')
    return inner.replace(">\\{<", ">{<").replace(">\\}<", ">}<")


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
