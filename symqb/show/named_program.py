"""A straight-line program as formulas with named intermediates."""

from __future__ import annotations

from collections import Counter

import sympy as sp

from symqb.derive.expression import SymPyArithmetic, scale_expr
from symqb.program import Program, Step, walk
from symqb.program.rewrite import Lookup

LARGEST_FORMULA = 14
LONGEST_SUM = 6


def name_steps(
    program: Program, prefix: str = "g", largest: int = LARGEST_FORMULA
) -> tuple[list[tuple[sp.Symbol, sp.Expr]], dict[str, sp.Expr | tuple[sp.Expr, ...]]]:
    """Fold steps that are used once into the formulas that use them; name the others.

    Parameters
    ----------
    program : Program
    prefix : str
        Letter of the names, numbered from 1.
    largest : int
        A formula with more symbols than this gets a name of its own, as does a sum of more than
        six terms.

    Returns
    -------
    list, dict
        Named formulas in order, and the outputs in terms of the names.

    Examples
    --------
    >>> from symqb.derive import elimination_program
    >>> name_steps(elimination_program([1, 2], [(1, 2)], [2]))[0]
    [(g_1, Gamma_1_2/Gamma_2_1)]
    """
    uses = Counter(ref for step in program.steps for ref in step.args if isinstance(ref, str))
    arithmetic = SymPyArithmetic()
    named: list[tuple[sp.Symbol, sp.Expr]] = []

    def rule(step: Step, value: Lookup[sp.Expr]) -> sp.Expr:
        expr = getattr(arithmetic, step.op)(*map(value, step.args))
        wide = expr.is_Add and len(expr.args) > LONGEST_SUM
        if uses[step.name] <= 1 and not wide and _leaves(expr) <= largest:
            return expr
        name = sp.Symbol(f"{prefix}_{len(named) + 1}")
        named.append((name, expr))
        return name

    value = walk(program, {name: sp.Symbol(name) for name in program.inputs}, scale_expr, rule)
    outputs = {
        key: tuple(map(value, out)) if isinstance(out, tuple) else value(out)
        for key, out in program.outputs.items()
    }
    return named, outputs


def _leaves(expr: sp.Expr) -> int:
    return sum(1 for node in sp.preorder_traversal(expr) if not node.args)
