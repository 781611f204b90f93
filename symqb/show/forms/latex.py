"""Closed forms as displayed formulas: named parts first, then the output."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symqb.models.displays import DISPLAYS, Display
from symqb.show.forms.closed_form import ClosedForm
from symqb.show.formulas import Formula, Notation, aligned, pair, parameter_spellings
from symqb.show.spelling import words_latex
from symqb.show.width import visible_width

ROOM = 30.0
"""Characters of a right side beyond which a product is broken inside its bracket."""


def closed_form_formulas(form: ClosedForm, names: Mapping[str, str] | None = None) -> list[Formula]:
    """Every named part and every value of a closed form as a formula.

    Parameters
    ----------
    form : ClosedForm
    names : mapping, optional
        The LaTeX of parameters; spelled by their names by default.
    """
    spelled = names if names is not None else parameter_spellings(form.symbols)
    notation = Notation(names={**spelled, **_respelled(form, spelled)})
    found: dict[str, Formula] = {}
    for symbol, expr in form.definitions:
        formula = _definition(form, notation, symbol, expr)
        found.setdefault(formula.latex, formula)
    lefts = [_left(form, label) for label in form.labels] or [
        form.spelled.get(form.output) or words_latex(form.output)
    ]
    values = zip(lefts, form.values, strict=True)
    return [*found.values(), *(Formula(left, terms(notation, value)) for left, value in values)]


def _definition(form: ClosedForm, notation: Notation, symbol: sp.Symbol, expr: sp.Expr) -> Formula:
    """What a named part stands for; of a function of a frequency, at any frequency."""
    argument = form.arguments.get(symbol.name)
    if argument is None:
        return Formula(notation.latex(symbol), terms(notation, expr))
    omega = sp.Symbol("omega", real=True)
    general = Notation(names={**notation.names, "omega": r"\omega"})
    left = rf"{form.spelled[symbol.name]}(\omega)"
    return Formula(left, terms(general, expr.xreplace({argument: omega})))


def _respelled(form: ClosedForm, spelled: Mapping[str, str]) -> dict[str, str]:
    """The LaTeX of named parts; Bose numbers of a parameter in the parameter's own spelling."""
    found = dict(form.spelled)
    for name, arguments in form.arguments.items():
        notation = Notation(names={**spelled, **form.spelled})
        found[name] = f"{form.spelled[name]}({notation.latex(arguments)})"
    return found


def _left(form: ClosedForm, label: int) -> str:
    if form.output == "populations":
        return rf"\rho_{{{pair(label, label)}}}"
    return f"E_{{{label}}}"


def terms(notation: Notation, expr: sp.Expr) -> tuple[str, ...]:
    """The terms of a sum, or of the sum in the bracket of a long product."""
    whole = notation.latex(expr)
    if not expr.is_Mul or visible_width(whole) <= ROOM:
        return notation.terms(expr)
    sums = [factor for factor in expr.args if factor.is_Add]
    if len(sums) != 1 or any(f.is_Pow and f.exp.is_negative and f.base.is_Add for f in expr.args):
        return (whole,)
    first, *rest = notation.terms(sums[0])
    outside = notation.latex(expr / sums[0])
    if not rest:
        return (whole,)
    return (rf"{outside} \bigl[{first}", *rest[:-1], rf"{rest[-1]}\bigr]")


def closed_form_latex(form: ClosedForm) -> str:
    """A closed form for a notebook."""
    return rf"$\displaystyle {aligned(closed_form_formulas(form))}$"


DISPLAYS[ClosedForm] = Display(latex=closed_form_latex)
