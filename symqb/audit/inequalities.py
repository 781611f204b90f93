"""Deciding printed inequalities over their domain: exact where linear, else dense search.

A failure is rounded to a rational point and confirmed there at 50 digits.  Without a failure the
verdict is numerical and says how many points were tried and how close the two sides came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from sympy.polys.polyerrors import BasePolynomialError

from symqb.audit.equations import Check, Parts
from symqb.audit.rows import AuditError, Finding
from symqb.audit.search import Array, Exact

Point = Mapping[str, Fraction]
TINY = 1e-9


@dataclass(frozen=True)
class Domain:
    """Where inequalities are claimed to hold.

    Parameters
    ----------
    name : str
    draw : callable
        Makes the points of the search: a mapping of parameters to arrays of one length.
    plain : callable
        Writes an expression of the paper in the parameters.
    conditions : tuple of SymPy relations
        What a point of the domain fulfils.
    slack : mapping
        Parameters as sums of positive symbols that cover the domain, for exact decisions of
        linear forms; empty if there is none.
    slack_means : str
        The positive symbols, in words.
    always : tuple of str
        Parameters shown in every counterexample.
    """

    name: str
    draw: Callable[[], Mapping[str, Array]]
    plain: Callable[[sp.Expr], sp.Expr]
    conditions: tuple[Any, ...] = ()
    slack: Mapping[sp.Symbol, sp.Expr] | None = None
    slack_means: str = ""
    always: tuple[str, ...] = ()

    @cached_property
    def sample(self) -> Mapping[str, Array]:
        """The points of the search, drawn once."""
        return self.draw()

    def contains(self, point: Point) -> bool:
        """Whether a point fulfils the conditions."""
        return all(bool(condition.subs(_exact(point))) for condition in self.conditions)


def show_point(point: Mapping[sp.Symbol, object] | Mapping[str, object]) -> str:
    """Write a point as text."""
    return ", ".join(f"{name}={value}" for name, value in point.items())


def _exact(point: Mapping[str, Exact]) -> dict[sp.Symbol, sp.Rational]:
    return {sp.Symbol(name): sp.Rational(str(value)) for name, value in point.items()}


def value_at(expr: sp.Expr, point: Mapping[str, Exact]) -> sp.Expr:
    """Evaluate at an exact point to 50 digits."""
    return sp.N(expr.subs(_exact(point)), 50)


class Searched(NamedTuple):
    """The least relative margin, an exact counterexample if any, and how many points gave none."""

    margin: float
    counterexample: str
    undefined: int


def search(difference: sp.Expr, scale: sp.Expr, domain: Domain) -> Searched:
    """Find the least relative margin over the sample, and an exact counterexample if there is.

    Raises
    ------
    AuditError
        If the margin is finite at no point of the sample.
    """
    sample = domain.sample
    function = sp.lambdify([sp.Symbol(n) for n in sample], [difference, scale], "numpy", cse=True)
    size = len(next(iter(sample.values())))
    with np.errstate(all="ignore"):
        values, scales = function(*sample.values())
        margin = np.broadcast_to(values / scales, size)
    undefined = int(np.isnan(margin).sum())
    if not np.isfinite(margin).any():
        raise AuditError(
            f"{difference} has a finite value at none of the {size} points of the domain "
            f"{domain.name!r}; correct the expression or the points drawn"
        )
    used = {str(symbol) for symbol in difference.free_symbols} | set(domain.always)
    for index in np.argsort(margin)[:5]:  # NaN comes last
        if not margin[index] <= -TINY:
            break
        for digits in (1, 2, 3, 4):
            point = {n: Fraction(f"{float(v[index]):.{digits}g}") for n, v in sample.items()}
            if domain.contains(point) and _negative(value_at(difference, point)):
                shown = {name: value for name, value in point.items() if name in used}
                return Searched(float(margin[index]), show_point(shown), undefined)
    return Searched(float(np.nanmin(margin)), "", undefined)


def _negative(value: sp.Expr) -> bool:
    """Whether a number is negative; one that is not real or not defined is not."""
    return bool(value.is_extended_real and value < 0)


def holds(domain: Domain, note: str = "") -> Check:
    """Compare ``parts[0] > parts[1]`` on the whole domain."""

    def check(parts: Parts) -> Finding:
        left, right = (domain.plain(part) for part in parts)
        if domain.slack and (left.free_symbols | right.free_symbols) <= set(domain.slack):
            exact = _linear(left - right, domain)
            if exact is not None:
                return exact
        found = search(left - right, sp.Abs(left) + sp.Abs(right), domain)
        agrees = not found.counterexample and found.margin > -TINY
        size = len(next(iter(domain.sample.values())))
        undefined = f", {found.undefined} of them undefined" if found.undefined else ""
        confirmed = ", confirmed at 50 digits" if found.counterexample else ""
        return Finding(
            agrees,
            note or "holds on the domain" if agrees else "false on part of the domain",
            f"numerical, {size} points of the domain ({domain.name}){undefined}, least relative "
            f"margin {found.margin:.2g}{confirmed}",
            found.counterexample,
        )

    return check


def _linear(difference: sp.Expr, domain: Domain) -> Finding | None:
    """Decide whether a linear form is positive where its symbols are: exact.

    A form is positive for all positive symbols if and only if no coefficient, the constant
    included, is negative and one is positive.  None if the difference is no linear form.
    """
    slack = domain.slack or {}
    symbols = sorted({s for value in slack.values() for s in value.free_symbols}, key=str)
    form = sp.expand(difference.subs(slack, simultaneous=True))
    try:
        poly = sp.Poly(form, *symbols)
    except BasePolynomialError:
        return None
    if poly.total_degree() > 1 or not form.free_symbols <= set(symbols):
        return None
    coefficients = poly.coeffs()
    found = f"difference = {form} with {domain.slack_means}"
    if all(value >= 0 for value in coefficients) and any(value > 0 for value in coefficients):
        how = "exact: a linear form with nonnegative coefficients on the domain"
        return Finding(True, found, how)
    how = f"exact: the linear form {form} changes sign or is nowhere positive"
    where = _not_positive(poly)
    point = {name: value.subs(where) for name, value in slack.items()}
    return Finding(False, found, how, show_point(point))


def _not_positive(poly: sp.Poly) -> dict[sp.Symbol, sp.Expr]:
    """Name positive symbols at which a linear form with a negative or no coefficient is <= 0."""
    where = dict.fromkeys(poly.gens, sp.Integer(1))
    slopes = {symbol: poly.coeff_monomial(symbol) for symbol in poly.gens}
    lowest = min(slopes, key=lambda symbol: slopes[symbol])
    if poly.eval(tuple(where.values())) <= 0:
        return where
    if slopes[lowest] < 0:  # far out along the falling symbol
        rest = poly.eval(tuple(where.values())) - slopes[lowest]
        return where | {lowest: sp.ceiling(-rest / slopes[lowest])}
    # the constant is negative: near the corner
    constant = poly.coeff_monomial(1)
    return dict.fromkeys(poly.gens, -constant / (2 * sum(slopes.values())))


def chain(domain: Domain) -> Check:
    """Compare a printed chain ``x1 > x2 > ...`` of linear forms, each link exactly.

    The check raises :class:`AuditError` at a link that is no linear form of the slack symbols.
    """

    def link(high: sp.Expr, low: sp.Expr) -> Finding:
        found = _linear(domain.plain(high - low), domain)
        if found is None:
            raise AuditError(
                f"{high} > {low} is no linear form of the slack symbols of domain "
                f"{domain.name!r}, and a chain is decided exactly; use holds for each pair"
            )
        return found

    def check(parts: Parts) -> Finding:
        links = [link(high, low) for high, low in pairwise(parts)]
        bad = next((link for link in links if not link.agrees), None)
        return Finding(
            bad is None,
            "; ".join(link.derived for link in links),
            bad.evidence
            if bad
            else "exact: each difference is a linear form with nonnegative coefficients",
            bad.counterexample if bad else "",
        )

    return check


def with_form(check: Check, form: Callable[[Parts], bool], note: str) -> Check:
    """Ask besides for a form: e.g. that what stands there is what the argument uses."""

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


def same_value(
    first: sp.Expr,
    second: sp.Expr,
    plain: Callable[[sp.Expr], sp.Expr],
    points: tuple[Mapping[str, Exact], ...],
) -> bool:
    """Compare two expressions to 45 of 50 digits at points without special structure."""
    difference = plain(first) - plain(second)
    return all(abs(value_at(difference, point)) < sp.Float(10) ** -45 for point in points)
