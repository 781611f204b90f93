"""The c target in process: the emitted C, compiled once and called through ctypes."""

from __future__ import annotations

import ctypes
import struct
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
        library = ctypes.CDLL(str(self.library))
        evaluate = library.symqb_evaluate
        inputs, outputs = len(plan.inputs), len(plan.outputs)
        self._in, self._out = ctypes.c_void_p * inputs, ctypes.c_void_p * outputs
        evaluate.argtypes = (
            ctypes.c_size_t,
            self._in,
            ctypes.c_void_p,
            self._out,
            ctypes.c_void_p,
            ctypes.c_int,
        )
        evaluate.restype = ctypes.c_uint
        self._evaluate = evaluate
        one = library.symqb_point
        one.argtypes, one.restype = (ctypes.c_void_p, ctypes.c_void_p), ctypes.c_uint
        self._one = one
        self._numbers, self._row = ctypes.c_double * inputs, ctypes.c_double * plan.rows
        self._pack = struct.Struct(f"{inputs}d").pack_into
        self._flags: dict[tuple[bool, ...], Any] = {}
        self._local = threading.local()

    def _marks(self, flags: tuple[bool, ...]) -> Any:
        """Truth values as an array of bytes; there are few different ones, and they are kept."""
        if flags not in self._flags:
            self._flags[flags] = (ctypes.c_ubyte * len(flags))(*flags)
        return self._flags[flags]

    def __call__(
        self, inputs: Sequence[Array], count: int, outputs: Sequence[Array], threads: int
    ) -> int:
        status: int = self._evaluate(
            count,
            self._in(*[_address(array) for array in inputs]),
            self._marks(tuple([array.size > 1 for array in inputs])),
            self._out(*[_address(table.T) for table in outputs]),
            self._marks(tuple([not table.flags.c_contiguous for table in outputs])),
            threads,
        )
        return status

    def point(self, values: Sequence[float]) -> tuple[int, Array]:
        """Status and all rows at one point."""
        try:
            numbers, view, start, end = self._local.buffers
        except AttributeError:
            numbers, view, start, end = self._local.buffers = self._prepare()
        self._pack(numbers, 0, *values)
        return self._one(start, end), view.copy()

    def _prepare(self) -> tuple[Any, Array, int, int]:
        """A thread's own buffers, the second as an array that keeps it, and their addresses."""
        numbers, row = self._numbers(), self._row()
        view: Array = np.ctypeslib.as_array(row)
        return numbers, view, ctypes.addressof(numbers), ctypes.addressof(row)
