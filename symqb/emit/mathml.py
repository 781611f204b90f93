"""The mathml target: the program's definitions as one MathML element a line."""

from __future__ import annotations

from html import escape
from typing import Any

from symqb.emit.latex import equations
from symqb.emit.plan import Plan


def mathml_program(plan: Plan, **options: Any) -> str:
    """The program as an HTML section of MathML equations.

    Raises
    ------
    ImportError
        latex2mathml is not installed.
    """
    try:
        from latex2mathml.converter import convert
    except ImportError:
        raise ImportError(
            "target 'mathml' needs latex2mathml; pip install 'symqb[report]'"
        ) from None
    found = equations(plan, tuple(options.get("labels", ())))
    lines = [f"<p>{convert(f'{left} = {right}', display='block')}</p>" for left, right in found]
    title = escape(str(options.get("title", "")))
    return "\n".join(["<section>", f"<h2>{title}</h2>", *lines, "</section>", ""])
