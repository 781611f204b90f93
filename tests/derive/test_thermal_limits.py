"""phi and the Bose number know their limits."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import pytest
import sympy as sp

import symqb
from symqb.derive.thermal import bose, phi

w, T, U = sp.symbols("w T U", positive=True)
x = sp.Symbol("x", real=True)

LIMITS: list[tuple[Callable[[], sp.Expr], sp.Expr]] = [
    (lambda: sp.limit(phi(w, T), T, sp.oo), sp.oo),
    (lambda: sp.limit(phi(w, T), T, 0), w),
    (lambda: sp.limit(phi(-w, T), T, 0), sp.Integer(0)),
    (lambda: sp.limit(phi(x, T), x, 0), T),
    (lambda: sp.limit(phi(w, T) / T, T, sp.oo), sp.Integer(1)),
    (lambda: sp.limit(phi(w, T) / phi(-w, T), T, sp.oo), sp.Integer(1)),
    (lambda: sp.limit(phi(w, T) / phi(w, U), w, 0), T / U),
    (lambda: sp.limit(phi(w, T), w, -sp.oo), sp.Integer(0)),
    (lambda: sp.limit(bose(w, T) / T, T, sp.oo), 1 / w),
    (lambda: sp.limit(bose(w, T), T, 0), sp.Integer(0)),
]


@pytest.mark.parametrize("number", range(len(LIMITS)))
def test_limits_are_taken_by_sympy(number: int) -> None:
    limit, value = LIMITS[number]
    assert sp.simplify(limit() - value) == 0 if value.is_finite else limit() == value


def test_values_at_the_ends() -> None:
    assert (phi(2, sp.oo), phi(sp.oo, T), phi(-sp.oo, T)) == (sp.oo, sp.oo, 0)
    assert (bose(w, 0), bose(w, sp.oo), bose(sp.oo, T)) == (0, sp.oo, 0)
    assert phi(sp.nan, T) is sp.nan
    assert bose(sp.nan, T) is sp.nan
    assert bose(0, T) is sp.zoo
    assert isinstance(phi(sp.Symbol("z"), sp.oo), phi)


def test_series_begin_as_they_should() -> None:
    assert phi(w, T).series(w, 0, 3).removeO() == T + w / 2 + w**2 / (12 * T)
    assert phi(w, T).series(T, sp.oo, 3).removeO() == T + w / 2 + w**2 / (12 * T)
    assert bose(w, T).series(w, 0, 2).removeO() == T / w - sp.Rational(1, 2) + w / (12 * T)


def test_the_two_are_one_function() -> None:
    assert bose(-w, T) == -1 - bose(w, T)
    assert sp.simplify((phi(w, T) - w * (1 + bose(w, T))).rewrite(sp.exp)) == 0
    assert symqb.bose is bose


def test_numbers_and_derivatives() -> None:
    with mpmath.workdps(40):
        # the quotient of two integers was a float's once, and so were the digits
        wanted = 2 / -mpmath.expm1(-mpmath.mpf(2) / 3)
        assert abs(mpmath.mpf(str(phi(2, 3).evalf(40))) - wanted) < mpmath.mpf(10) ** -38
        wanted = 1 / mpmath.expm1(mpmath.mpf(2) / 3)
        assert abs(mpmath.mpf(str(bose(2, 3).evalf(40))) - wanted) < mpmath.mpf(10) ** -38
    for function in (phi, bose):
        for variable in (w, T):
            slope = function(w, T).diff(variable).subs({w: 1.3, T: 0.7})
            step = sp.Rational(1, 10**6)
            point = {w: sp.Rational(13, 10), T: sp.Rational(7, 10)}
            ends = [
                function(w, T).subs({**point, variable: point[variable] + s}) for s in (step, -step)
            ]
            assert abs((ends[0] - ends[1]).evalf(30) / (2 * step) - slope) < 1e-9
