"""LaTeX that fits a journal column, from the chain of formulas."""

from __future__ import annotations

from collections.abc import Iterable

from symqb.derive.derivation import Derivation
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
    rows = []
    for formula in formulas:
        first, *rest = break_lines(formula, width)
        lines = [f"{formula.left} &{formula.relation} {first}"]
        lines += [rf"&\quad {line}" for line in rest]
        rows.append(" \\notag \\\\\n".join(lines))
    body = " \\\\\n".join(rows)
    return f"\\begingroup\\allowdisplaybreaks\n\\begin{{align}}\n{body}\n\\end{{align}}\n\\endgroup"


def latex_section(section: Section, width: float = COLUMN) -> str:
    """One section: heading, words, formulas."""
    heading = f"\\section*{{{section.title} ({section.paper})}}"
    return "\n".join([heading, section.text, align(section.formulas, width)])


def latex_sections(derivation: Derivation, width: float = COLUMN) -> str:
    """All sections, as the body of a document."""
    return "\n\n".join(latex_section(s, width) for s in sections(derivation)) + "\n"


def latex_document(derivation: Derivation, width: float = COLUMN) -> str:
    """All sections, as a whole two-column document."""
    model = derivation.model
    title = f"XXZ battery of {model.chain.spins} spins, {model.dissipation} dissipation"
    return "\n".join(
        [
            r"\documentclass[twocolumn]{article}",
            r"\usepackage{amsmath}",
            r"\begin{document}",
            rf"\title{{{title}}}\author{{Derived by symqb}}\date{{}}\maketitle",
            latex_sections(derivation, width),
            r"\end{document}",
            "",
        ]
    )
