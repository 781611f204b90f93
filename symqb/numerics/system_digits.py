"""How many digits a system takes at a point: what is small beside other things is to be seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import mpmath

from symqb.models import DomainError
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.mp_balls import Matrix, to_arb

MOST_DIGITS = 3000
"""Decimal digits beyond which a point is given up."""


class NeedsDigitsError(MoreDigitsError):
    """So many decimal digits are needed at least."""

    def __init__(self, digits: int) -> None:
        super().__init__(digits)
        self.digits = digits


def next_digits(error: MoreDigitsError, digits: int) -> int:
    """Give the digits to try next, at least twice as many.

    Raises
    ------
    DomainError
        They are beyond reason.
    """
    wanted = max(2 * digits, error.digits if isinstance(error, NeedsDigitsError) else 0)
    if wanted > MOST_DIGITS:
        raise DomainError(
            f"rates or matrix elements lie so far apart that {digits} digits do not tell the "
            "smallest from zero; raise the lowest temperature, give it as exactly 0, or leave out "
            "what hardly couples"
        ) from None
    return wanted


def decades(balls: Iterable[Any]) -> float:
    """Count the decades between the largest and the smallest of numbers that are not zero."""
    sizes = [abs(x).mid() for x in balls if x != 0]
    if not sizes:
        return 0.0
    ends = [size.man_exp() for size in (max(sizes), min(sizes))]
    high, low = (int(exponent) + int(abs(man)).bit_length() for man, exponent in ends)
    return float((high - low) * 0.302)


class Operator(Protocol):
    """An operator between levels, and the rate with which it acts."""

    @property
    def rate(self) -> Any:
        """Over its squared elements."""

    @property
    def operator(self) -> Matrix:
        """Its elements."""


def check_rates(matrix: Any, operators: Iterable[Operator] = ()) -> None:
    """Ask for the digits that the slowest rate takes beside the fastest.

    Parameters
    ----------
    matrix : arb_mat
        A generator.
    operators : iterable
        What it was made of: beside fast ones the elements of a slow one may be lost in it.

    Raises
    ------
    NeedsDigitsError
        More than are in force.
    """
    strengths = (to_arb(x.rate * max(map(abs, x.operator)) ** 2) for x in operators)
    needed = int(3 * max(decades(matrix.entries()), decades(strengths))) + 25
    if mpmath.mp.dps < needed:
        raise NeedsDigitsError(needed)
