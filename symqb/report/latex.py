"""LaTeX that fits a journal column, and MathML, from the chain of formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symqb.battery import Battery
from symqb.derive.printing import Formula
from symqb.report.formulas import Section, sections

COLUMN = 34
INDENT = 3.0
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_&]|\s+|.", re.DOTALL)
NO_WIDTH = {
    r"\left", r"\right", r"\bigl", r"\bigr", r"\big", r"\displaystyle", r"\mathrm", r"\text",
    r"\dot", r"\,", "&",
}  # fmt: skip
WIDE = {r"\quad": 2.0, r"\sum": 2.0, r"\max": 3.0, r"\ln": 2.0, "=": 2.5, "+": 2.0, "-": 2.0}
SCRIPT = 0.7


def visible_width(latex: str) -> float:
    r"""How wide a formula will be, in characters, estimated from its tokens.

    Examples
    --------
    >>> visible_width(r"\alpha"), visible_width(r"\frac{a b c}{d}")
    (1.0, 3.0)
    """
    return _width(TOKEN.findall(latex))


def _group(tokens: list[str], start: int) -> tuple[list[str], int]:
    """The argument that starts at a position, and the position after it."""
    while start < len(tokens) and tokens[start].isspace():
        start += 1
    if start >= len(tokens) or tokens[start] != "{":
        return tokens[start : start + 1], start + 1
    depth, end = 0, start
    for end in range(start, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[end], 0)
        if depth == 0:
            break
    return tokens[start + 1 : end], end + 1


def _width(tokens: list[str]) -> float:
    total, scripts, k = 0.0, 0.0, 0
    while k < len(tokens):
        token = tokens[k]
        if token in ("^", "_"):
            inner, k = _group(tokens, k + 1)
            scripts = max(scripts, SCRIPT * _width(inner))
            continue
        if not token.isspace():
            total, scripts = total + scripts, 0.0
        if token == r"\frac":
            above, k = _group(tokens, k + 1)
            below, k = _group(tokens, k)
            total += max(_width(above), _width(below))
            continue
        if token in (r"\begin", r"\end"):
            _, k = _group(tokens, k + 1)
            continue
        total += _token_width(token)
        k += 1
    return total + scripts


def _token_width(token: str) -> float:
    if token.isspace() or token in "{}" or token in NO_WIDTH:
        return 0.0
    return WIDE.get(token, 1.0)


def break_lines(formula: Formula, width: float = COLUMN) -> list[str]:
    """The right side of a formula in lines that fit, broken between its terms."""
    room = width - visible_width(f"{formula.left} {formula.relation} ")
    lines: list[list[str]] = [[]]
    for term in formula.terms:
        candidate = " ".join([*lines[-1], term])
        matrix = r"\begin" in candidate
        if lines[-1] and (matrix or visible_width(candidate) > room):
            lines.append([])
            room = width - INDENT
        lines[-1].append(term)
    return [" ".join(line) for line in lines]


def align(formulas: Iterable[Formula], width: float = COLUMN) -> str:
    """Formulas as one ``align`` environment, broken into lines that fit."""
    rows = []
    for formula in formulas:
        first, *rest = break_lines(formula, width)
        lines = [f"{formula.left} &{formula.relation} {first}"]
        lines += [rf"&\quad {line}" for line in rest]
        rows.append(" \\notag \\\\\n".join(lines))
    return "\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}"


def latex_section(section: Section, width: float = COLUMN) -> str:
    """One section: heading, words, formulas."""
    heading = f"\\section*{{{section.title} ({section.paper})}}"
    return "\n".join([heading, section.text, align(section.formulas, width)])


def latex_sections(battery: Battery, *, width: float = COLUMN) -> str:
    """The derived formulas of a battery as the body of a LaTeX document.

    Parameters
    ----------
    battery : Battery
        With closed forms: two or three spins.
    width : int
        Characters that fit a line; 34 suits a journal's narrow column at ten points.

    Raises
    ------
    NoClosedFormError
        More spins than have closed forms.

    Examples
    --------
    >>> from symqb import xxz_battery
    >>> print(latex_sections(xxz_battery(2)).splitlines()[0])
    \\section*{Hamiltonian (Eqs. 1, 3, 20)}
    """
    return "\n\n".join(latex_section(s, width) for s in sections(battery)) + "\n"


def latex_document(battery: Battery, *, width: float = COLUMN) -> str:
    """The derived formulas of a battery as a whole two-column document.

    Parameters
    ----------
    battery : Battery
        With closed forms: two or three spins.
    width : int
        Characters that fit a line.
    """
    title = f"XXZ battery of {battery.spins} spins, {battery.model.dissipation} dissipation"
    return "\n".join(
        [
            r"\documentclass[twocolumn]{article}",
            r"\usepackage{amsmath}",
            r"\allowdisplaybreaks",
            r"\begin{document}",
            rf"\title{{{title}}}\author{{Derived by symqb}}\date{{}}\maketitle",
            latex_sections(battery, width=width),
            r"\end{document}",
            "",
        ]
    )
