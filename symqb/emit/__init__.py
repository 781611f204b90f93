"""One file per target: functions and source text made from a straight-line program."""

from symqb.emit.function import ProgramFunction
from symqb.emit.kinks import order_margin
from symqb.emit.numpy_source import numpy_module
from symqb.emit.result import Result
from symqb.emit.targets import (
    FUNCTION_TARGETS,
    SOURCE_TARGETS,
    emit_function,
    emit_numpy,
    emit_source,
)

__all__ = [
    "FUNCTION_TARGETS",
    "SOURCE_TARGETS",
    "ProgramFunction",
    "Result",
    "emit_function",
    "emit_numpy",
    "emit_source",
    "numpy_module",
    "order_margin",
]
