"""The mathml target: the program's definitions as one MathML element a line."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from symqb.emit.plan import Plan
from symqb.show.mathml import mathml
from symqb.show.program_latex import equations


def mathml_program(plan: Plan, *, labels: Sequence[int] = (), title: str = "", **_: object) -> str:
    """The program as an HTML section of MathML equations.

    Raises
    ------
    ImportError
        latex2mathml is not installed.
    """
    found = equations(plan, tuple(labels))
    lines = [f"<p>{mathml(f'{left} = {right}', displayed=True)}</p>" for left, right in found]
    return "\n".join(["<section>", f"<h2>{escape(title)}</h2>", *lines, "</section>", ""])
