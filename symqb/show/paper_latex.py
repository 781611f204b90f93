"""LaTeX that fits a journal column, from the chain of formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from symqb.derive.derivation import Derivation
from symqb.models import ParameterError
from symqb.show.formulas import Formula
from symqb.show.sections import Section, sections
from symqb.show.width import visible_width

COLUMN = 34
INDENT = 3.0


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
    """Formulas as one ``align`` environment, broken into lines that fit and over pages.

    ``align`` alone is one block, and what does not fit a page is lost off its end.
    """
    return display(formulas, width, "align")


def display(formulas: Iterable[Formula], width: float = COLUMN, environment: str = "align") -> str:
    """Formulas as displays of LaTeX that break over lines, columns and pages.

    Parameters
    ----------
    formulas : iterable of Formula
    width : float
        Characters that fit a line.
    environment : {"align", "align*", "multline", "dmath"}
        One numbered or unnumbered block, one block a formula, or one that the package breqn breaks.

    Raises
    ------
    ParameterError
        Another environment.
    """
    if environment not in ENVIRONMENTS:
        raise ParameterError(f"align={environment!r} is unknown; choose {', '.join(ENVIRONMENTS)}")
    body = ENVIRONMENTS[environment](list(formulas), width)
    return f"\\begingroup\\allowdisplaybreaks\n{body}\n\\endgroup"


def _aligned(formulas: Iterable[Formula], width: float, star: str, unnumbered: str) -> str:
    rows = []
    for formula in formulas:
        first, *rest = break_lines(formula, width)
        lines = [f"{formula.left} &{formula.relation} {first}"]
        lines += [rf"&\quad {line}" for line in rest]
        rows.append(f" {unnumbered}\\\\\n".join(lines))
    body = " \\\\\n".join(rows)
    return f"\\begin{{align{star}}}\n{body}\n\\end{{align{star}}}"


def _multline(formulas: Iterable[Formula], width: float) -> str:
    found = []
    for formula in formulas:
        first, *rest = break_lines(formula, width)
        lines = [f"{formula.left} {formula.relation} {first}", *rest]
        name = "multline" if rest else "equation"
        body = " \\\\\n".join(lines)
        found.append(f"\\begin{{{name}}}\n{body}\n\\end{{{name}}}")
    return "\n".join(found)


def _dmath(formulas: Iterable[Formula], width: float) -> str:
    # breqn breaks no line inside a matrix, nor inside brackets that are sized by hand
    return "\n".join(
        _multline([formula], width)
        if r"\begin" in formula.latex or r"\bigl" in formula.latex
        else f"\\begin{{dmath}}\n{formula.latex}\n\\end{{dmath}}"
        for formula in formulas
    )


ENVIRONMENTS: Mapping[str, Callable[[list[Formula], float], str]] = {
    "align": lambda formulas, width: _aligned(formulas, width, "", r"\notag "),
    "align*": lambda formulas, width: _aligned(formulas, width, "*", ""),
    "multline": _multline,
    "dmath": _dmath,
}
"""How formulas are displayed."""


def latex_section(section: Section, width: float = COLUMN, environment: str = "align") -> str:
    """One section: heading, words, formulas."""
    paper = f" ({section.paper})" if section.paper else ""
    heading = f"\\section*{{{section.title}{paper}}}"
    return "\n".join([heading, section.text, display(section.formulas, width, environment)])


def latex_body(found: Iterable[Section], width: float = COLUMN, environment: str = "align") -> str:
    """Sections, as the body of a document."""
    return "\n\n".join(latex_section(s, width, environment) for s in found) + "\n"


def latex_sections(derivation: Derivation, width: float = COLUMN) -> str:
    """All sections, as the body of a document."""
    return latex_body(sections(derivation), width)


def latex_document(
    derivation: Derivation,
    width: float = COLUMN,
    body: str | None = None,
    packages: str = "amsmath",
) -> str:
    """All sections, or another body, as a whole two-column document."""
    model = derivation.model
    kind = "XXZ" if model.chain.conserves_magnetization else "XYZ"
    title = f"{kind} battery of {model.chain.spins} spins, {model.dissipation} dissipation"
    return "\n".join(
        [
            r"\documentclass[twocolumn]{article}",
            rf"\usepackage{{{packages}}}",
            r"\begin{document}",
            rf"\title{{{title}}}\author{{Derived by symqb}}\date{{}}\maketitle",
            latex_sections(derivation, width) if body is None else body,
            r"\end{document}",
            "",
        ]
    )
