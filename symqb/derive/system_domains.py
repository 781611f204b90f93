"""Conditions on parameters under which every expression of a system is a finite real number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symqb.derive.expression import ExpressionBuilder
from symqb.derive.hamiltonian import as_expr
from symqb.models import NoClosedFormError
from symqb.models.spectra import is_formula
from symqb.models.system import System
from symqb.program import Guard, Ref
from symqb.program.builder import ONE, ZERO


@dataclass(frozen=True)
class Condition:
    """Hold the sign that a part of an expression must have.

    Attributes
    ----------
    part : Expr
        The base of a power, or what a logarithm is of.
    sign : {">= 0", "> 0", "!= 0"}
    whole : Expr
        The power or the logarithm.
    exponent : Expr, optional
        That of a power, where its sign depends on parameters: only where it is negative is a base
        of 0 outside.
    """

    part: sp.Expr
    sign: str
    whole: sp.Expr
    exponent: sp.Expr | None = None

    @property
    def rule(self) -> str:
        """Say what must be so, and what for."""
        end = f", or 0 where {self.exponent} is >= 0," if self.exponent is not None else ""
        return f"{self.part} must be {self.sign}{end} for {self.whole} to be a finite real number"


def conditions(system: System) -> tuple[Condition, ...]:
    """List the conditions under which the expressions of a system are finite and real.

    Those on inner parts come before those on what they are parts of.  Left out is what holds for
    all real values of the symbols; and what is checked where it is evaluated: the cases of an
    expression that has cases, and in spectral densities and occupations what holds their frequency.

    Examples
    --------
    >>> from symqb.models import Bath, Register
    >>> q, v, w = Register(2), *sp.symbols("v w")
    >>> system = System(sp.sqrt(v) * q.number(1), [Bath("c", 1 / (w**2 + 1) + 1 / w, q.x(1))])
    >>> for condition in conditions(system):
    ...     print(condition.rule)
    v must be >= 0 for sqrt(v) to be a finite real number
    w must be != 0 for 1/w to be a finite real number
    """
    found: dict[Condition, None] = {}
    for value in dict.fromkeys(filter(_has_symbols, system.values())):
        bound = set(value.signature) if is_formula(value) else set()
        expr = value.expr if is_formula(value) else as_expr(value)
        for node in _nodes(expr):
            if not (bound and node.has(*bound)):
                found |= dict.fromkeys(_of(node))
    return tuple(found)


def _has_symbols(value: Any) -> bool:
    return isinstance(value, sp.Basic) and not value.is_Atom and bool(value.free_symbols)


def _nodes(expr: sp.Basic) -> Iterator[sp.Basic]:
    """The parts of an expression, inner ones first; not the cases of one that has cases."""
    if not isinstance(expr, sp.Piecewise):
        for part in expr.args:
            yield from _nodes(part)
        yield expr


def _of(node: sp.Basic) -> Iterator[Condition]:
    """The condition that a power or a logarithm makes, unless it always holds."""
    if isinstance(node, sp.log):
        condition = Condition(node.args[0], "> 0", node)
    elif isinstance(node, sp.Pow) and not isinstance(node, sp.exp):
        base, exponent = node.args
        if exponent.is_Integer:
            if exponent > 0:
                return
            condition = Condition(base, "!= 0", node)
        else:
            sign = as_real(exponent)
            negative, other = sign.is_negative, sign.is_nonnegative
            known = negative or other
            condition = Condition(
                base, ">= 0" if other else "> 0", node, None if known else exponent
            )
    else:
        return
    if node.free_symbols and not _always(condition):
        yield condition


def _always(condition: Condition) -> bool:
    """Whether a condition holds for all real values of the symbols."""
    part = as_real(condition.part)
    if condition.sign == "!= 0":
        return part.is_zero is False and part.is_finite is True
    return bool(part.is_nonnegative if condition.sign == ">= 0" else part.is_positive)


def domain_guards(system: System, expressions: ExpressionBuilder) -> list[Guard]:
    """Write what is 0 where an expression of a system is no finite real number.

    Parts that no program holds are in no output either, and left out.
    """
    found: list[Guard] = []
    for condition in conditions(system):
        with suppress(NoClosedFormError):
            found.append(Guard(_within(condition, expressions), condition.rule))
    return found


def _within(condition: Condition, expressions: ExpressionBuilder) -> Ref:
    b, part = expressions.builder, expressions.expr(condition.part)
    if condition.sign == "!= 0":
        return part
    least = b.apply("select", ZERO, part, ONE, ZERO)
    above = b.apply("select", part, ZERO, ZERO, ONE)
    if condition.exponent is not None:
        growing = expressions.expr(condition.exponent)
        return b.apply("select", ZERO, growing, least, above)
    return least if condition.sign == ">= 0" else above


def real_symbols(expr: sp.Expr) -> dict[sp.Symbol, sp.Dummy]:
    """Give the symbols of an expression others that SymPy knows to be real."""
    return {s: sp.Dummy(s.name, **(s.assumptions0 | {"real": True})) for s in expr.free_symbols}


def as_real(expr: sp.Expr) -> sp.Expr:
    """Put symbols that SymPy knows to be real in place of those of an expression."""
    return expr.xreplace(real_symbols(expr))


def real_derivative(expr: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """Differentiate by a real parameter, also a modulus; jumps of steps left out.

    Examples
    --------
    >>> v = sp.Symbol("v")
    >>> real_derivative(abs(v) + sp.floor(v), v)
    sign(v)
    """
    real = real_symbols(expr)
    whole = expr.xreplace(real)
    if whole.has(sp.frac, sp.Mod):
        whole = whole.rewrite(sp.floor)
    slope = sp.diff(whole, real[symbol]).doit()
    steps = {
        x: sp.S.Zero
        for x in slope.atoms(sp.Derivative, sp.Subs, sp.DiracDelta)
        if x.has(sp.floor, sp.ceiling, sp.DiracDelta)
    }
    return slope.xreplace(steps).xreplace({dummy: s for s, dummy in real.items()})
