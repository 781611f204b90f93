"""Precision: mpmath's numbers of a fixed number of digits, FLINT's of a number of bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock
from typing import Any

import mpmath
from flint import arb, ctx

_PRECISION = RLock()
SPARE_BITS = 30
"""Bits with which FLINT works beyond those asked for: enough, but where it says it is not."""


@contextmanager
def working_bits(count: int) -> Iterator[None]:
    """Compute with balls of this many bits inside the block, one thread at a time."""
    with _PRECISION:
        saved, ctx.prec = ctx.prec, count
        try:
            yield
        finally:
            ctx.prec = saved


def elementary(context: Any, name: str, a: Any) -> Any:
    """A function of a number of an mpmath context, to its precision.

    From FLINT, which is some ten times as fast at a thousand digits, and proves its error; from
    mpmath where FLINT's exponents end.

    Parameters
    ----------
    context : mpmath.MPContext
    name : str
        ``exp``, ``expm1``, ``log``, ``log1p`` or ``sqrt``.
    a : mpf

    Examples
    --------
    >>> print(elementary(digits_context(30), "expm1", digits_context(30).mpf("1e-20")))
    1.000000000000000000005e-20
    """
    with working_bits(context.prec + SPARE_BITS):
        value = getattr(arb(a), name)()
        if value.is_finite() and value.rel_accuracy_bits() > context.prec + 2:
            return +context.make_mpf(value.mid()._mpf_)
    return getattr(context, name)(a)


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
