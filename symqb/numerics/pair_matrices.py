"""Products of matrices of two doubles an entry, by LAPACK's own products of doubles.

A matrix is cut into slices of so few bits that products of slices are exact in doubles, whatever
the order of their sums (Ozaki, Ogita, Oishi and Rump, Numer. Algorithms 59, 95, 2012).  Entries may
be complex.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import DomainError
from symqb.numerics.two_floats import Pair, add_pairs, two_sum

SLICES = 6
LONGEST_SUM = 1024
"""Products that an entry sums, up to which :data:`ROUNDING` holds."""
ROUNDING = 2.0**-102
"""What an entry of a product may be off, over itself and over the product of the largest entries of
the row and the column that it is of."""


def pair_of(values: Any) -> Pair:
    """An array of doubles as one of two doubles each."""
    array = np.asarray(values)
    return array, np.zeros_like(array)


def adjoint(a: Pair) -> Pair:
    """Give the adjoint of a matrix."""
    return a[0].conj().T, a[1].conj().T


def scale_pairs(a: Pair, exponents: Any) -> Pair:
    """Multiply by powers of 2, which is exact."""
    factor = np.ldexp(1.0, exponents)
    return a[0] * factor, a[1] * factor


def multiply_matrices(a: Pair, b: Pair) -> Pair:
    """Multiply two matrices over which the sums go of up to 1024 products.

    Errors are bounded by :data:`ROUNDING`.

    Raises
    ------
    DomainError
        Longer sums.

    Examples
    --------
    >>> a = np.array([[1.0, 1e-20]]), np.zeros((1, 2))
    >>> [x.tolist() for x in multiply_matrices(a, (np.ones((2, 1)), np.zeros((2, 1))))]
    [[[1.0]], [[1e-20]]]
    """
    wide = 1 if np.iscomplexobj(a[0]) or np.iscomplexobj(b[0]) else 0
    inner = max(2, a[0].shape[1])
    if inner > LONGEST_SUM:
        raise DomainError(
            f"matrices of {inner} rows: sums of so many products are not bounded in pairs of "
            f"doubles; give at most {LONGEST_SUM}"
        )
    # all products of one order are exact, and so is their sum
    bits = (53 - wide - int(np.ceil(np.log2(SLICES * inner)))) // 2
    rows, left = _slices(a, bits, axis=1)
    columns, right = _slices(b, bits, axis=0)
    total = pair_of(np.zeros((len(a[0]), b[0].shape[1]), dtype=np.result_type(a[0], b[0])))
    # from the smallest up
    for order in range(SLICES - 1, -1, -1):
        exact = sum(left[k] @ right[order - k] for k in range(order + 1))
        total = add_pairs(total, pair_of(exact))
    return scale_pairs(total, rows + columns)


def _slices(a: Pair, bits: int, axis: int) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """The exponents of a matrix's rows (axis 1) or columns (axis 0), and slices of what is left."""
    sizes = np.maximum(np.abs(a[0].real), np.abs(a[0].imag)).max(axis=axis, keepdims=True)
    exponents = np.where(sizes > 0, np.frexp(sizes)[1], 0).astype(np.int64)
    high, low = scale_pairs(a, -exponents)
    found, unit = [], 2.0**bits
    for _ in range(SLICES):
        part = _rounded(high, unit)
        found.append(part)
        high, low = two_sum(high - part, low)
        unit *= 2.0**bits
    return exponents, found


def _rounded(array: Any, unit: float) -> Any:
    """The nearest multiples of 1/unit, a power of 2."""
    return np.rint(array * unit) * (1 / unit)
