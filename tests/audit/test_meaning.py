"""Exact comparisons: what differs at a point is no identity, what does not is decided exactly."""

from __future__ import annotations

import pytest
import sympy as sp

from symqb import xxz_battery
from symqb.audit.meaning import Meaning

x, y, root = sp.symbols("x y root")
MEANING = Meaning(xxz_battery(2), roots={root: sp.sqrt(x**2 + 8 * y**2)})


@pytest.mark.parametrize(
    "zero",
    [
        sp.Integer(0),
        root**2 - x**2 - 8 * y**2,
        (root - x) / (8 * y**2) - 1 / (root + x),
        1 / (x - sp.Rational(3, 7)) - 1 / (x - sp.Rational(3, 7)) * (root**2 - 8 * y**2) / x**2,
    ],
)
def test_an_identity_vanishes_with_its_roots(zero: sp.Expr) -> None:
    assert MEANING.is_zero(zero)
    assert MEANING.is_zero(zero)


@pytest.mark.parametrize(
    "other",
    [
        root - x,
        root + sp.sqrt(x**2 + 8 * y**2),
        # too little to be seen at a point
        x / sp.Integer(10) ** 70,
        # no number at the first point that is tried
        y / (x - sp.Rational(3, 7)),
        # zero there
        x - sp.Rational(3, 7),
    ],
)
def test_what_is_no_identity_does_not_vanish(other: sp.Expr) -> None:
    assert not MEANING.is_zero(other)
    assert not MEANING.is_zero(other)
