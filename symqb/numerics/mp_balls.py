"""Between mpmath numbers and balls, single ones and matrices."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
from flint import acb, acb_mat, arb

Matrix = Any
"""A matrix of mpmath numbers."""


def adjoint(matrix: Any) -> Any:
    """Give the adjoint of a matrix of complex balls."""
    return matrix.conjugate().transpose()


def from_balls(matrix: Any) -> Matrix:
    """Give the midpoints of a matrix of complex balls as mpmath numbers."""
    found = mpmath.matrix(matrix.nrows(), matrix.ncols())
    for i in range(matrix.nrows()):
        for j in range(matrix.ncols()):
            found[i, j] = to_mpc(matrix[i, j])
    return found


def to_arb(value: Any) -> Any:
    """Give an mpmath number as a ball of radius zero."""
    sign, mantissa, exponent, _ = mpmath.mpf(value)._mpf_
    return (-1 if sign else 1) * arb(int(mantissa)) * arb(2) ** int(exponent)


def to_acb(value: Any) -> Any:
    """Give an mpmath number, complex or not, as a complex ball of radius zero."""
    return acb(to_arb(mpmath.re(value)), to_arb(mpmath.im(value)))


def to_mpf(value: Any) -> Any:
    """Give the midpoint of a ball as an mpmath number."""
    return mpmath.mp.make_mpf(value.mid()._mpf_)


def as_doubles(matrix: Matrix) -> npt.NDArray[np.complex128]:
    """Give a matrix of mpmath numbers in doubles."""
    return np.array([complex(x) for x in matrix]).reshape(matrix.rows, matrix.cols)


def to_balls(matrix: Matrix) -> Any:
    """Give a matrix of mpmath numbers as one of complex balls."""
    return acb_mat(matrix.rows, matrix.cols, [to_acb(x) for x in matrix])


def to_mpc(value: Any) -> Any:
    """Give the midpoint of a complex ball as an mpmath number."""
    return mpmath.mpc(to_mpf(value.real), to_mpf(value.imag))
