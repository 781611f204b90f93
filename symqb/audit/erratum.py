"""A short LaTeX erratum: each correction, its derivation in a line, its consequence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import ModuleType

from symqb.audit.audit import audit_paper
from symqb.audit.paper import Paper, as_paper
from symqb.audit.rows import KINDS, AuditRow

CORRECTED = ("misprint", "incomplete", "wrong", "gap", "conditional")
PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb}
\setlength{\parindent}{0pt}
\emergencystretch=3em
\begin{document}
\section*{Corrections to ``@title'', @reference}
Each item gives the correction, how it is decided, and what follows from it. Numbers in brackets are
equations of the paper.
"""
SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
}
GREEK = r"\b(alpha|epsilon|kappa|gamma|omega|eta|rho|nu|Delta|sigma)"


def _display(formula: str) -> str:
    """A formula on lines of its own that TeX may break at its signs, as a display would not."""
    return rf"\begin{{quote}}\raggedright $\displaystyle {formula}$\end{{quote}}"


def escape(text: str) -> str:
    """Plain text as LaTeX text."""
    return "".join(SPECIAL.get(character, character) for character in text)


def prose(text: str) -> str:
    """Plain text with symbols such as ``gamma_41^(L)`` set as mathematics.

    Examples
    --------
    >>> prose("gamma_14 is gamma_41")
    '$\\\\gamma_{14}$ is $\\\\gamma_{41}$'
    """
    pattern = re.compile(
        rf"{GREEK}(?![A-Za-z])(?:_(\w+|\([^()]*\)))?(?:\^(\([^()]*\)|\w))?|\b([A-Za-z])_(\w+)(?:\^(\([^()]*\)))?"
    )
    out, position = [], 0
    for match in pattern.finditer(text):
        out.append(escape(text[position : match.start()]))
        greek, low, high, letter, low_2, high_2 = match.groups()
        name = rf"\{greek}" if greek else letter
        symbol = name + _script("_", low or low_2) + _script("^", high or high_2)
        out.append(f"${symbol}$")
        position = match.end()
    return "".join(out) + escape(text[position:])


def _script(mark: str, content: str | None) -> str:
    if not content:
        return ""
    return mark + "{" + content.replace("_", r"\_") + "}"


def _item(row: AuditRow) -> str:
    title = f"({row.id})" if row.kind == "equation" else row.id
    lines = [rf"\item[\textbf{{{escape(title)}}}] \emph{{{row.status}}}."]
    words, _, formula = row.repair.partition("\n")
    if row.kind == "equation":
        lines.append(f"Printed: {_display(row.printed)}")
        if words:
            lines.append(f"Correction: {prose(words)}.")
        if formula:
            lines.append(f"It should read {_display(formula)}")
    else:
        lines.append(f"Printed: {prose(row.printed)}.")
        if row.repair:
            lines.append(f"Correction: {prose(row.repair)}.")
        elif row.derived:
            lines.append(f"Instead: {prose(row.derived)}.")
    lines.append(f"Decided: {prose(_first(row.evidence))}.")
    if row.counterexample:
        lines.append(f"Counterexample: {prose(row.counterexample)}.")
    if row.consequence:
        lines.append(f"Consequence: {prose(row.consequence)}.")
    return "\n".join(lines)


def _first(evidence: str, limit: int = 400) -> str:
    """The evidence, cut at a clause if it is long."""
    if len(evidence) <= limit:
        return evidence
    cut = max(evidence.rfind(mark, 0, limit) for mark in ("; ", " | ", ", "))
    return evidence[: cut if cut > 0 else limit] + " (in full in the audit)"


def erratum(paper: Paper | ModuleType, rows: Iterable[AuditRow] | None = None) -> str:
    r"""Write the corrections as a LaTeX document that needs only ``amsmath``.

    Parameters
    ----------
    paper : Paper or module
        As for :func:`audit_paper`.
    rows : iterable of AuditRow, optional
        All rows of the audit if left out; confirmed and uncheckable ones are left away.

    Returns
    -------
    str

    Examples
    --------
    >>> from symqb.papers import pra109_042619 as paper
    >>> r"\item[\textbf{(B9)}]" in erratum(paper, audit_paper(paper, ["B9", "B10"]))
    True
    """
    paper = as_paper(paper)
    chosen = audit_paper(paper) if rows is None else list(rows)
    preamble = PREAMBLE.replace("@title", paper.title).replace("@reference", paper.reference)
    parts = [preamble]
    for kind in KINDS:
        items = [_item(row) for row in chosen if row.kind == kind and row.status in CORRECTED]
        if items:
            title = rf"\section*{{{paper.heading(kind)}}}"
            parts += [title, r"\begin{description}", *items, r"\end{description}"]
    parts.append(r"\end{document}")
    return "\n".join(parts) + "\n"
