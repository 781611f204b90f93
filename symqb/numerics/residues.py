"""Rational numbers modulo a large prime, where nothing is tiny and nothing is rounded."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import nmod

PRIME = 2**61 - 1
"""Two rationals that differ agree modulo it by a chance of 1e-18."""


def residue(value: Fraction | int) -> Any:
    """A rational number modulo the prime.

    Examples
    --------
    >>> residue(Fraction(1, 2)) + residue(Fraction(1, 2)) == residue(1)
    True
    """
    exact = Fraction(value)
    return nmod(exact.numerator % PRIME, PRIME) / nmod(exact.denominator % PRIME, PRIME)
