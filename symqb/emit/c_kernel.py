"""The c target in process: the emitted C, compiled once and called through ctypes."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from symqb.emit.c_compile import compile_library
from symqb.emit.c_source import c_file
from symqb.emit.plan import Plan

Array = npt.NDArray[np.float64]


def _address(array: Array) -> int:
    """Where an array's data begin; quicker than ``array.ctypes.data`` where it can be."""
    if array.flags.writeable and array.flags.c_contiguous:
        return ctypes.addressof(ctypes.c_char.from_buffer(cast(Any, array)))
    return int(array.ctypes.data)


class CKernel:
    """Runs a plan as compiled C.

    Raises
    ------
    CompilerError
        No C compiler, or it does not compile the source.
    """

    def __init__(self, plan: Plan) -> None:
        self.library = compile_library(c_file(plan, title="In-process kernel."))
        evaluate = ctypes.CDLL(str(self.library)).symqb_evaluate
        inputs, outputs = len(plan.inputs), len(plan.outputs)
        self._in, self._out = ctypes.c_void_p * inputs, ctypes.c_void_p * outputs
        self._varies, self._apart = ctypes.c_ubyte * inputs, ctypes.c_ubyte * outputs
        evaluate.argtypes = (
            ctypes.c_size_t,
            self._in,
            self._varies,
            self._out,
            self._apart,
            ctypes.c_int,
        )
        evaluate.restype = ctypes.c_uint
        self._evaluate = evaluate
        self._widths = plan.widths
        self._numbers, self._results = ctypes.c_double * inputs, ctypes.c_double * plan.rows
        self._constant, self._together = self._varies(), self._apart()
        size = ctypes.sizeof(ctypes.c_double)
        self._in_offsets = tuple(size * k for k in range(inputs))
        self._local = threading.local()
        starts = [sum(max(w, 1) for w in plan.widths[:k]) for k in range(outputs)]
        self._out_offsets = tuple(size * start for start in starts)

    def __call__(
        self, inputs: Sequence[Array], count: int, outputs: Sequence[Array], threads: int
    ) -> int:
        status: int = self._evaluate(
            count,
            self._in(*map(_address, inputs)),
            self._varies(*[array.size > 1 for array in inputs]),
            self._out(*[_address(table.T) for table in outputs]),
            self._apart(*[not array.flags.c_contiguous for array in outputs]),
            threads,
        )
        return status

    def point(self, values: Sequence[float]) -> tuple[int, list[float]]:
        """Status and all rows at one point, without an array being made."""
        try:
            numbers, results, call = self._local.buffers
        except AttributeError:
            numbers, results, call = self._local.buffers = self._prepare()
        numbers[:] = values
        return self._evaluate(*call), results[:]

    def _prepare(self) -> tuple[Any, Any, tuple[Any, ...]]:
        """Buffers of one thread, and the arguments that point to them."""
        numbers, results = self._numbers(), self._results()
        start, end = ctypes.addressof(numbers), ctypes.addressof(results)
        inputs = self._in(*[start + k for k in self._in_offsets])
        outputs = self._out(*[end + k for k in self._out_offsets])
        return numbers, results, (1, inputs, self._constant, outputs, self._together, 1)
