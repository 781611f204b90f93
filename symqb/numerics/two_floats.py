"""Sums and products of arrays without loss, each as two doubles: the nearest one and the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Pair = tuple[Array, Array]
"""A number as the sum of two doubles, the second no larger than a rounding of the first."""

SPLITTER = 2.0**27 + 1


def two_sum(a: Any, b: Any) -> Pair:
    """Add two arrays: the rounded sum and its rounding error, exactly (Knuth).

    Examples
    --------
    >>> [float(x) for x in two_sum(np.float64(1.0), np.float64(1e-20))]
    [1.0, 1e-20]
    """
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _split(a: Any) -> Pair:
    wide = SPLITTER * a
    high = wide - (wide - a)
    return high, a - high


def two_product(a: Any, b: Any) -> Pair:
    """Multiply two arrays: the rounded product and its rounding error, exactly (Dekker).

    Exact where no magnitude exceeds 1e290 and no product of halves underflows.
    """
    product = a * b
    (a_high, a_low), (b_high, b_low) = _split(a), _split(b)
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


def add_pairs(a: Pair, b: Pair) -> Pair:
    """Add two numbers of two doubles each; right to some 1e-31 of the larger one."""
    total, error = two_sum(a[0], b[0])
    return two_sum(total, error + (a[1] + b[1]))


def multiply_pairs(a: Pair, b: Pair) -> Pair:
    """Multiply two numbers of two doubles each; right to some 1e-31 of the product."""
    product, error = two_product(a[0], b[0])
    return two_sum(product, error + (a[0] * b[1] + a[1] * b[0]))


def subtract_pairs(a: Pair, b: Pair) -> Pair:
    """Subtract two numbers of two doubles each; right to some 1e-31 of the larger one."""
    return add_pairs(a, (-b[0], -b[1]))


def divide_pairs(a: Pair, b: Pair) -> Pair:
    """Divide two numbers of two doubles each; right to some 1e-31 of the quotient.

    Examples
    --------
    >>> third = divide_pairs((np.float64(1), np.float64(0)), (np.float64(3), np.float64(0)))
    >>> [float(x) for x in multiply_pairs(third, (np.float64(3), np.float64(0)))]
    [1.0, 0.0]
    """
    quotient = a[0] / b[0]
    rest = subtract_pairs(a, multiply_pairs((quotient, np.zeros_like(quotient)), b))
    return two_sum(quotient, rest[0] / b[0])


def sum_pairs(a: Pair) -> Pair:
    """Add numbers of two doubles each along the first axis.

    Examples
    --------
    >>> [float(x) for x in sum_pairs((np.array([1.0, 1e-20, -1.0]), np.zeros(3)))]
    [1e-20, 0.0]
    """
    while len(a[0]) > 1:
        half, odd = divmod(len(a[0]), 2)
        low, high = ((a[0][s], a[1][s]) for s in (slice(0, half), slice(half, 2 * half)))
        left = add_pairs(low, high)
        if odd:
            left = np.concatenate([left[0], a[0][-1:]]), np.concatenate([left[1], a[1][-1:]])
        a = left
    return a[0][0], a[1][0]
