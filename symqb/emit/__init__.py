"""One file per target: functions and source text made from a straight-line program.

What needs NumPy is imported at its first use: a formula should not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from symqb.emit.result import Result
from symqb.emit.targets import (
    FUNCTION_TARGETS,
    SOURCE_TARGETS,
    emit_function,
    emit_numpy,
    emit_source,
)

if TYPE_CHECKING:
    from symqb.emit.function import ProgramFunction
    from symqb.emit.kinks import order_margin
    from symqb.emit.targets.numpy.source import numpy_module

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

_HOMES = {
    "ProgramFunction": "function",
    "numpy_module": "targets.numpy.source",
    "order_margin": "kinks",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
