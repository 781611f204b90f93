"""The c target in process: the emitted C, compiled once and called through ctypes."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.emit.buffers import PointBuffers, address
from symqb.emit.plan import Plan
from symqb.emit.targets.c.compile import load_library
from symqb.emit.targets.c.source import c_file

Array = npt.NDArray[np.float64]

PROCESS = os.getpid()
"""OpenMP's threads do not live on in a process that was forked from this one."""


class CKernel:
    """Runs a plan as compiled C.

    Raises
    ------
    CompilerError
        No C compiler, or it does not compile the source.
    """

    def __init__(self, plan: Plan) -> None:
        self.library, library = load_library(c_file(plan, title="In-process kernel."))
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
        self.point = PointBuffers(one, inputs, plan.rows)
        self._flags: dict[tuple[bool, ...], Any] = {}

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
            self._in(*[address(array) for array in inputs]),
            self._marks(tuple([array.size > 1 for array in inputs])),
            self._out(*[address(table.T) for table in outputs]),
            self._marks(tuple([not table.flags.c_contiguous for table in outputs])),
            threads if os.getpid() == PROCESS else 1,
        )
        return status
