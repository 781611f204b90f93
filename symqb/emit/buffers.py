"""Memory that compiled code is handed: arrays by address, and buffers for a single point."""

from __future__ import annotations

import ctypes
import struct
import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def address(array: Array) -> int:
    """Where an array's data begin; quicker than ``array.ctypes.data`` where it can be.

    Examples
    --------
    >>> numbers = np.zeros(3)
    >>> address(numbers) == address(numbers[::-1]) - 16 == numbers.ctypes.data
    True
    """
    if array.flags.writeable and array.flags.c_contiguous:
        return ctypes.addressof(ctypes.c_char.from_buffer(cast(Any, array)))
    return int(array.ctypes.data)


class PointBuffers:
    """Evaluates single points through two buffers, a pair for each thread.

    Parameters
    ----------
    evaluate : callable
        Takes the addresses of the inputs and of the rows, both doubles one after another, and
        returns status bits.
    inputs, rows : int
        How many there are of each.

    Examples
    --------
    >>> def double(start, end):
    ...     (x,) = (ctypes.c_double * 1).from_address(start)
    ...     (ctypes.c_double * 2).from_address(end)[:] = [x, 2 * x]
    ...     return 0
    >>> status, row = PointBuffers(double, 1, 2)([1.5])
    >>> status, row.tolist()
    (0, [1.5, 3.0])
    """

    def __init__(self, evaluate: Callable[[int, int], int], inputs: int, rows: int) -> None:
        self._evaluate = evaluate
        self._numbers, self._row = ctypes.c_double * inputs, ctypes.c_double * rows
        self._pack = struct.Struct(f"{inputs}d").pack_into
        self._local = threading.local()

    def __call__(self, values: Sequence[float]) -> tuple[int, Array]:
        """Status and all rows at one point."""
        # taken while in use: a signal handler may call in between
        buffers = self._local.__dict__.pop("buffers", None) or self._prepare()
        numbers, view, start, end = buffers
        self._pack(numbers, 0, *values)
        status, row = self._evaluate(start, end), view.copy()
        self._local.buffers = buffers
        return status, row

    def _prepare(self) -> tuple[Any, Array, int, int]:
        """A thread's own buffers, the second as an array that keeps it, and their addresses."""
        numbers, row = self._numbers(), self._row()
        view: Array = np.ctypeslib.as_array(row)
        return numbers, view, ctypes.addressof(numbers), ctypes.addressof(row)
