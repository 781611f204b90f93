"""What every emitted function has in common: it is copied and pickled by what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Self

from symqb.program import Program


class Emitted:
    """A function made from a program, a target's name and options.

    It never changes, so that a copy is the function itself.  Pickled, it is made again at the other
    side: compiled libraries are found in the cache there, or compiled.
    """

    target: str
    program: Program
    _options: Mapping[str, Any] | None = None

    def made_with(self, options: Mapping[str, Any]) -> Self:
        """Note the options of :func:`symqb.emit.emit_function` that make this function again."""
        self._options = dict(options)
        return self

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        if self._options is None:
            raise TypeError(f"{self!r} was not made by emit(...); pickle its program instead")
        return _emit, (self.program, self.target, dict(self._options))


def _emit(program: Program, target: str, options: Mapping[str, Any]) -> Any:
    return import_module("symqb.emit.targets").emit_function(program, target, **options)
