"""The table of source-text targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symqb.emit.numpy_source import numpy_module
from symqb.models import ParameterError
from symqb.program import Program

SOURCE_TARGETS: Mapping[str, Callable[..., str]] = {"numpy": numpy_module}


def emit_source(program: Program, target: str, **options: Any) -> str:
    """Source text of a program for one target.

    Raises
    ------
    ParameterError
        An unknown target.
    """
    if target not in SOURCE_TARGETS:
        raise ParameterError(f"target={target!r} is unknown; choose {', '.join(SOURCE_TARGETS)}")
    return SOURCE_TARGETS[target](program, **options)
