"""Deciding printed inequalities over their domain: exact where linear, else dense search.

A failure is rounded to a rational point and confirmed there at 50 digits.  Without a failure the
verdict is numerical and says how many points were tried and how close the two sides came.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from symqb.paper import notation as p
from symqb.paper.meaning import resolve, show_point
from symqb.paper.rows import Check, Finding, Parts

SAMPLES = 20_000
NAMES = ("B0", "J", "Delta", "kappa", "T_L", "T_R")
T = sp.Symbol("T")
slack = sp.Symbol("s", positive=True)
Sample = Mapping[str, Any]


@cache
def _sample(kind: str) -> dict[str, Any]:
    """Points of the domain B0 > |J + Delta|, both signs alike, spread over three decades."""
    generator = np.random.default_rng(20240415)

    def spread(low: float, high: float) -> Any:
        return np.exp(generator.uniform(np.log(low), np.log(high), SAMPLES))

    J, Delta = spread(0.05, 5), spread(0.05, 5)
    if kind == "J<Delta":
        J, Delta = np.minimum(J, Delta), np.maximum(J, Delta)
    if kind == "J>Delta":
        J, Delta = np.maximum(J, Delta), np.minimum(J, Delta)
    B0 = J + Delta + spread(0.05, 5)
    sign = -1.0 if kind == "ferro" else 1.0
    return {
        "B0": B0,
        "J": sign * J,
        "Delta": sign * Delta,
        "kappa": spread(0.05, 5),
        "T_L": spread(0.3, 30),
        "T_R": spread(0.3, 30),
    }


def plain(expr: sp.Expr) -> sp.Expr:
    """An expression of Appendix A in parameters and exponentials, at epsilon = 0."""
    temperatures = {"L": p.T_L, "R": p.T_R}
    expr = resolve(expr, 2).subs(p.epsilon, 0).replace(p.over, lambda value: 1 / value)
    expr = expr.replace(p.n, lambda bath, w: 1 / (sp.exp(w / temperatures[str(bath)]) - 1))
    expr = expr.subs({p.T_M: (p.T_L + p.T_R) / 2, T: p.T_L})
    return expr.rewrite(sp.exp)


def _value(expr: sp.Expr, point: Mapping[str, Fraction]) -> sp.Expr:
    values = {sp.Symbol(k): sp.Rational(v.numerator, v.denominator) for k, v in point.items()}
    return sp.N(expr.subs(values), 50)


def _rationalise(point: Mapping[str, float], digits: int) -> dict[str, Fraction]:
    return {name: Fraction(f"{value:.{digits}g}") for name, value in point.items()}


def _inside(point: Mapping[str, Fraction], kind: str) -> bool:
    J, Delta = point["J"], point["Delta"]
    if not point["B0"] > abs(J + Delta):
        return False
    return not (kind == "J<Delta" and Delta <= J) and not (kind == "J>Delta" and Delta >= J)


def search(difference: sp.Expr, scale: sp.Expr, kind: str) -> tuple[float, str]:
    """Least relative margin over the sample, and an exact counterexample if one was found."""
    sample = _sample(kind)
    arguments = [sp.Symbol(name) for name in NAMES]
    function = sp.lambdify(arguments, [difference, scale], "numpy", cse=True)
    with np.errstate(all="ignore"):
        values, size = function(*(sample[name] for name in NAMES))
        margin = np.broadcast_to(values / size, SAMPLES)
    margin = np.where(np.isfinite(margin), margin, np.inf)
    for index in np.argsort(margin)[:5]:
        if margin[index] > -1e-9:
            break
        for digits in (1, 2, 3, 4):
            point = _rationalise({n: float(sample[n][index]) for n in NAMES}, digits)
            if _inside(point, kind) and _value(difference, point) < 0:
                used = {str(s) for s in difference.free_symbols}
                shown = {n: v for n, v in point.items() if n in used or n == "B0"}
                return float(margin[index]), show_point(shown)
    return float(margin.min()), ""


def holds(kind: str = "antiferro", note: str = "") -> Check:
    """Whether parts[0] > parts[1] on the whole domain, epsilon = 0."""

    def check(parts: Parts) -> Finding:
        left, right = (plain(part) for part in parts)
        if not (left.free_symbols | right.free_symbols) & {p.T_L, p.T_R} and kind != "ferro":
            return _linear(left - right, kind)
        margin, counterexample = search(left - right, sp.Abs(left) + sp.Abs(right), kind)
        agrees = not counterexample and margin > -1e-9
        how = f"numerical, {SAMPLES} points of the domain ({kind}), least relative margin"
        return Finding(
            agrees,
            note or "holds on the domain" if agrees else "false on part of the domain",
            f"{how} {margin:.2g}" + ("" if agrees else ", confirmed at 50 digits"),
            counterexample,
        )

    return check


def _linear(difference: sp.Expr, kind: str) -> Finding:
    """Positivity of a linear form in J, Delta and the slack of the domain: exact."""
    J, Delta, gap = sp.symbols("J Delta gap", positive=True)
    values = {"antiferro": (J, Delta), "J<Delta": (J, J + gap), "J>Delta": (Delta + gap, Delta)}
    J_value, Delta_value = values[kind]
    form = sp.expand(
        difference.subs(
            {p.B0: J_value + Delta_value + slack, p.J: J_value, p.Delta: Delta_value},
            simultaneous=True,
        )
    )
    coefficients = [form.coeff(symbol) for symbol in (J, Delta, gap, slack)]
    positive = all(c >= 0 for c in coefficients) and any(c > 0 for c in coefficients)
    return Finding(
        positive,
        f"difference = {form} with s = B0 - J - Delta > 0 and positive symbols",
        "exact: a linear form with nonnegative coefficients on the domain"
        if positive
        else f"exact: the linear form {form} changes sign or is negative",
        "" if positive else "J=1, Delta=1/2, B0=2",
    )


def chain(kind: str) -> Check:
    """A printed chain of inequalities x1 > x2 > ..., all decided exactly."""

    def check(parts: Parts) -> Finding:
        findings = [_linear(plain(high - low), kind) for high, low in itertools.pairwise(parts)]
        bad = [f for f in findings if not f.agrees]
        return Finding(
            not bad,
            "; ".join(f.derived for f in findings),
            "exact: each difference is a linear form with nonnegative coefficients"
            if not bad
            else bad[0].evidence,
            bad[0].counterexample if bad else "",
        )

    return check


FORM_POINTS = (
    {"B0": 4, "J": 1, "Delta": "3/2", "kappa": "2/3", "T_L": 3, "T_R": "5/4"},
    {"B0": "9/2", "J": "7/5", "Delta": "1/3", "kappa": 5, "T_L": "1/2", "T_R": 2},
)


def same_value(first: sp.Expr, second: sp.Expr) -> bool:
    """Whether two expressions of Appendix A agree to 50 digits at two points of the domain."""
    difference = plain(first) - plain(second)
    return all(
        abs(_value(difference, {name: Fraction(str(v)) for name, v in where.items()}))
        < sp.Float(10) ** -45
        for where in FORM_POINTS
    )


def with_form(check: Check, form: Callable[[Parts], bool], note: str) -> Check:
    """A check that also asks for a form: e.g. that the Bose sums of the argument stand there."""

    def both(parts: Parts) -> Finding:
        found = check(parts)
        if form(parts):
            return found
        truth = "true" if found.agrees else "false"
        return Finding(
            False,
            note,
            f"{found.evidence}; as printed the inequality is {truth} but it is not the one the "
            "argument uses (values at two points, 50 digits)",
            found.counterexample,
        )

    return both
