"""One file per target: functions and source text made from a straight-line program."""

from symqb.emit.numpy_function import NumpyFunction, emit_numpy
from symqb.emit.numpy_source import numpy_module
from symqb.emit.result import Result
from symqb.emit.targets import SOURCE_TARGETS, emit_source

__all__ = [
    "SOURCE_TARGETS",
    "NumpyFunction",
    "Result",
    "emit_numpy",
    "emit_source",
    "numpy_module",
]
