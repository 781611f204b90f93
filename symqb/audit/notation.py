"""A paper's symbols as inert SymPy objects: they print as the paper prints, and mean nothing.

What they stand for is said by the comparisons, from derived objects only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp


class Head(sp.Function):  # type: ignore[misc]
    """A symbol with arguments, such as a rate with its levels and bath; ``form`` prints it."""

    form = ""

    @classmethod
    def eval(cls, *args: sp.Basic) -> None:
        """Never evaluates."""

    def _latex(self, printer: Any, exp: Any = None, **hints: Any) -> str:
        text = self.form.format(*(printer._print(argument) for argument in self.args))
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


class Operator(Head):
    """A head that does not commute."""

    is_commutative = False


def head(name: str, form: str, base: type[Head] = Head) -> type[Head]:
    r"""Declare a head: its name, and LaTeX with ``{0}``, ``{1}`` ... for its arguments.

    Examples
    --------
    >>> omega = head("omega", r"\omega_{{{0}{1}}}")
    >>> sp.latex(omega(3, 1) ** 2)
    '\\left(\\omega_{31}\\right)^{2}'
    """
    made: Any = type(base)
    declared: type[Head] = made(name, (base,), {"form": form, "__module__": __name__})
    return declared


@dataclass(frozen=True)
class Notation:
    """LaTeX for the symbols whose printed form is not their name."""

    names: Mapping[sp.Symbol, str] = field(default_factory=dict)

    def latex(self, expr: sp.Basic) -> str:
        """Print an expression as the paper prints it."""
        return str(sp.latex(expr, symbol_names=dict(self.names)))
