"""Where Appendix A claims its inequalities: epsilon = 0, B0 > |J + Delta|, any temperatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from symqb.audit import inequalities as engine
from symqb.audit.arguments import Judgement
from symqb.audit.inequalities import Domain

from . import notation as p
from .meaning import in_parameters, resolve

SAMPLES = 20_000
T = sp.Symbol("T")
POINTS: tuple[Mapping[str, Any], ...] = (
    {"B0": 4, "J": 1, "Delta": "3/2", "kappa": "2/3", "T_L": 3, "T_R": "5/4"},
    {"B0": "9/2", "J": "7/5", "Delta": "1/3", "kappa": 5, "T_L": "1/2", "T_R": 2},
)
"""Where expressions of Appendix A are compared."""


def plain(expr: sp.Expr) -> sp.Expr:
    """Write an expression of Appendix A in parameters and exponentials, at epsilon = 0."""
    expr = resolve(expr, 2).subs(p.epsilon, 0).replace(p.over, lambda value: 1 / value)
    expr = in_parameters(expr).subs({p.T_M: (p.T_L + p.T_R) / 2, T: p.T_L})
    return expr.rewrite(sp.exp)


def _draw(sign: int = 1, ordered: str = "") -> Callable[[], Mapping[str, Any]]:
    """Draw points spread over three decades, J and Delta of one sign, ordered if asked."""

    def draw() -> Mapping[str, Any]:
        generator = np.random.default_rng(20240415)

        def spread(low: float, high: float) -> Any:
            return np.exp(generator.uniform(np.log(low), np.log(high), SAMPLES))

        J, Delta = spread(0.05, 5), spread(0.05, 5)
        if ordered:
            J, Delta = np.minimum(J, Delta), np.maximum(J, Delta)
        if ordered == "J>Delta":
            J, Delta = Delta, J
        B0 = J + Delta + spread(0.05, 5)
        rest = {"kappa": spread(0.05, 5), "T_L": spread(0.3, 30), "T_R": spread(0.3, 30)}
        return {"B0": B0, "J": sign * J, "Delta": sign * Delta, **rest}

    return draw


_J, _Delta, _gap, _s = sp.symbols("J Delta gap s", positive=True)
_FIELD = sp.Abs(p.J + p.Delta) < p.B0


def _positive(name: str, J: sp.Expr, Delta: sp.Expr, *conditions: Any) -> Domain:
    return Domain(
        name,
        _draw(ordered=name if conditions else ""),
        plain,
        (_FIELD, *conditions),
        {p.B0: J + Delta + _s, p.J: J, p.Delta: Delta},
        "s = B0 - J - Delta > 0 and positive symbols",
        ("B0",),
    )


ANTIFERRO = _positive("antiferro", _J, _Delta)
J_BELOW = _positive("J<Delta", _J, _J + _gap, p.Delta - p.J > 0)
J_ABOVE = _positive("J>Delta", _Delta + _gap, _Delta, p.J - p.Delta > 0)
FERROMAGNET = Domain("ferro", _draw(-1), plain, (_FIELD,), always=("B0",))


def same_value(first: sp.Expr, second: sp.Expr) -> bool:
    """Whether two expressions of Appendix A agree at the points of comparison."""
    return engine.same_value(first, second, plain, POINTS)


def values(left: sp.Expr, right: sp.Expr) -> Judgement:
    """Read a step as the equality of two expressions at epsilon = 0: 50 digits."""
    return lambda: (same_value(left, right), "two points, 50 digits, epsilon = 0")
