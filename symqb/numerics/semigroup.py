r"""Semigroups :math:`e^{Dt}` of small real blocks, at many times at once.

For a block the powers :math:`E_k = e^{D h 2^k}` are made once, by squaring; a time
:math:`t = (n + r) h` then takes a vector through the powers named by the binary digits of n, and
through a short series for the rest r.  What squaring would spoil over long times is kept out of the
powers: those of a rate matrix are nonnegative with columns that sum to 1, and entrywise accurate
(J. Xue, Q. Ye, Numer. Math. 124, 2013); all others are made with as many digits as come out right
in the end, in balls.  Every power is a contraction, so vectors only meet a rounding a step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb

from symqb.numerics.eigen_digits import midpoints, object_array
from symqb.program.contexts import working_bits

Array = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

SERIES = 24
"""Terms of an exponential series of an argument of norm 1/2: the next is below 1e-31."""
ACCURATE = 1e-18
"""The largest radius allowed in an entry of a power."""
VANISHED = 1e-200
"""A contraction with entries below this has decayed: its further powers are zero in doubles."""


@dataclass(frozen=True)
class Powers:
    """The powers of one block: its generator, the first step h, and :math:`E_0, E_1, \\dots`.

    ``nonnegative`` marks a rate matrix (columns are the levels left), whose series takes no
    difference.
    """

    generator: Array
    step: float
    matrices: tuple[Array, ...]
    nonnegative: bool

    def apply(self, vector: npt.NDArray[Any], times: Sequence[float]) -> ComplexArray:
        """``e^{D t} vector`` at every time.

        Parameters
        ----------
        vector : array, shape (m,)
        times : sequence of float, length n
            Zero or positive, none beyond the time the powers were made for.

        Returns
        -------
        array, shape (m, n)
        """
        split = [divmod(Fraction(t), Fraction(self.step)) for t in times]
        state = self._series(vector, np.array([float(rest) for _, rest in split]))
        for k, matrix in enumerate(self.matrices):
            chosen = np.array([bool(n >> k & 1) for n, _ in split], dtype=bool)
            if chosen.any():
                state[:, chosen] = matrix @ state[:, chosen]
        return state

    def _series(self, vector: npt.NDArray[Any], rests: Array) -> ComplexArray:
        """``e^{D r} vector`` for rests r below the step."""
        shift = float(-self.generator.diagonal().min(initial=0.0)) if self.nonnegative else 0.0
        matrix = self.generator + shift * np.eye(len(self.generator))
        term = np.repeat(vector[:, None], len(rests), axis=1).astype(np.complex128)
        total = term.copy()
        for k in range(1, SERIES):
            term = (matrix @ term) * (rests / k)
            total += term
        return np.asarray(total * np.exp(-shift * rests))


def first_step(norm: float) -> float:
    """A power of two h with ``norm * h`` at most 1/2, so that times split into it exactly.

    Examples
    --------
    >>> first_step(3.0)
    0.125
    """
    return 1.0 if norm == 0 else math.ldexp(1.0, min(-math.frexp(norm)[1] - 1, 1000))


def rungs(step: float, longest: float) -> int:
    """How many powers it takes to reach the longest time."""
    return int(Fraction(longest) / Fraction(step)).bit_length()


def rate_powers(generator: Array, longest: float) -> Powers:
    """The powers of a rate matrix for times up to ``longest``, entrywise accurate.

    Parameters
    ----------
    generator : array, shape (m, m)
        Rates to j (rows) from i (columns), the diagonal minus the sum of its column.
    longest : float
        The longest time.

    Examples
    --------
    >>> p = rate_powers(np.array([[-1.0, 2.0], [1.0, -2.0]]), 40.0).apply(np.array([1, 0]), [40.0])
    >>> p.real.round(12).tolist()
    [[0.666666666667], [0.333333333333]]
    """
    leaving = float(-generator.diagonal().min(initial=0.0))
    step = first_step(2 * leaving)
    nonnegative = generator * step + np.eye(len(generator)) * (leaving * step)
    term = total = np.eye(len(generator))
    for k in range(1, SERIES):
        term = nonnegative @ term / k
        total = total + term
    matrices: list[Array] = []
    power = total / total.sum(axis=0)
    for _ in range(rungs(step, longest)):
        matrices.append(power)
        power = power @ power
        power = power / power.sum(axis=0)
    return Powers(generator, step, tuple(matrices), True)


def as_doubles(matrix: Any) -> Array:
    """A matrix of balls as doubles, each the nearest to the middle."""
    return midpoints(object_array(matrix))


def block_powers(block: Any, longest: float) -> Powers:
    """The powers of a block that is no rate matrix, for times up to ``longest``.

    Parameters
    ----------
    block : flint.arb_mat, m x m
        The generator; its semigroup must be bounded, as that of a master equation is.
    longest : float
        The longest time.
    """
    generator = as_doubles(block)
    norm = float(np.abs(generator).sum(axis=1).max(initial=0.0))
    step = first_step(norm)
    count = rungs(step, longest)
    bits = 96 + count * (2 + len(generator).bit_length())
    while (matrices := _squared(block, step, count, bits)) is None:
        bits *= 2
    return Powers(generator, step, tuple(matrices), False)


def ball_states(
    matrix: Any, column: Any, step: float, count: int, times: Sequence[float]
) -> list[Any]:
    """Give ``e^{D t} column`` at every time, in balls at the bits in force.

    Parameters
    ----------
    matrix : flint.arb_mat, m x m
        The generator D.
    column : flint.arb_mat, m x 1
    step, count
        As :func:`first_step` and :func:`rungs` have them for the longest time.
    times : sequence of float
        Finite.
    """
    powers = [(matrix * arb(step)).exp()]
    for _ in range(count - 1):
        powers.append(powers[-1] * powers[-1])
    states = []
    for time in times:
        whole, rest = divmod(Fraction(time), Fraction(step))
        state = (matrix * arb(float(rest))).exp() * column
        for k, power in enumerate(powers):
            if whole >> k & 1:
                state = power * state
        states.append(state)
    return states


def _squared(block: Any, step: float, count: int, bits: int) -> list[Array] | None:
    """The powers with so many bits, or None where their last digits are not certain."""
    matrices: list[Array] = []
    with working_bits(bits):
        power = (block * arb(step)).exp()
        for k in range(count):
            matrices.append(as_doubles(power))
            if np.abs(matrices[-1]).max(initial=0.0) < VANISHED:
                zero = np.zeros_like(matrices[-1])
                matrices.extend([zero] * (count - k - 1))
                break
            if any(float(entry.rad()) > ACCURATE for entry in power.entries()):
                return None
            power = power * power
    return matrices
