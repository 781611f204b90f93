"""mpmath's numbers of a fixed number of digits, which know how to be copied and pickled."""

from __future__ import annotations

from functools import cache
from typing import Any

import mpmath


@cache
def digits_context(digits: int) -> Any:
    """The one context of so many decimal digits; it must not be changed.

    Numbers of a context of one's own cannot be pickled by themselves: their class is not to be
    found by its name.

    Examples
    --------
    >>> import pickle
    >>> third = digits_context(30).mpf(1) / 3
    >>> print(pickle.loads(pickle.dumps(third)))
    0.333333333333333333333333333333
    """
    context: Any = mpmath.MPContext()
    context.dps = digits

    def parts(number: Any) -> tuple[Any, ...]:
        return restored, (digits, tuple(map(int, number._mpf_)))

    context.mpf.__reduce__ = parts
    context.mpf.__deepcopy__ = lambda number, memo: number
    return context


def restored(digits: int, parts: tuple[int, int, int, int]) -> Any:
    """The number of :func:`digits_context` with this sign, mantissa, exponent and length."""
    return digits_context(digits).make_mpf(parts)
