"""Points of a system that its program in doubles cannot do, and systems that have no program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any

from symqb.emit.digits import evaluate_digits, refuse_overflow
from symqb.emit.result import Result
from symqb.models import DegenerateLevelsError, SteadyStateError
from symqb.models.errors import located
from symqb.models.system import System
from symqb.program import Program

MOST_DIGITS = 500
"""Digits beyond those asked for that a program may carry: the engine needs fewer where it is cold.
"""

DIGITS = 18
"""Decimal digits that a double is rounded from."""


@dataclass(frozen=True)
class SystemPoints:
    """Solves single points of a system: by its program with more digits, else in numbers.

    Parameters
    ----------
    system : System
    """

    system: System

    def __call__(
        self, program: Program, point: Mapping[str, Any], digits: int | None = None
    ) -> Mapping[str, Any]:
        """Evaluate the outputs of a program at a point.

        Raises
        ------
        DomainError, SteadyStateError
            As :func:`symqb.numerics.system_outputs.evaluate_system`.
        """
        return self.solve(program, tuple(program.outputs), point, digits)

    def solve(
        self,
        program: Program | None,
        outputs: Sequence[str],
        point: Mapping[str, Any],
        digits: int | None = None,
    ) -> Mapping[str, Any]:
        """Evaluate outputs at a point, as mpmath numbers of so many digits (18 by default)."""
        count = digits or DIGITS
        with located(point):
            if program is not None:
                with suppress(DegenerateLevelsError, SteadyStateError):
                    return evaluate_digits(program, count, point, most=count + MOST_DIGITS)
            # NumPy waits for the first numbers: a formula needs none
            from symqb.numerics.dense_engine import evaluate_in_numbers

            whole = [name for name in outputs if not is_element(name)]
            if len(whole) < len(outputs):
                whole.append("density")
            asked = tuple(dict.fromkeys(whole))
            found = evaluate_in_numbers(self.system, asked, point, count, doubles=digits is None)
            elements = {n: _element(n, found["density"]) for n in outputs if is_element(n)}
            return {name: {**found, **elements}[name] for name in outputs}


def is_element(name: str) -> bool:
    """Tell whether an output is an element of the density matrix over the bare states."""
    return name.startswith(("density_re_", "density_im_"))


def _element(name: str, density: Sequence[Sequence[Any]]) -> Any:
    _, part, row, column = name.split("_")
    value = density[int(row) - 1][int(column) - 1]
    return value.real if part == "re" else value.imag


def evaluate_points(
    system: System, outputs: Sequence[str], arrays: Mapping[str, Any], labels: tuple[int, ...]
) -> Result:
    """Evaluate outputs in numbers at every point of arrays that broadcast."""
    solve = SystemPoints(system)
    found, shown = over_points(arrays, lambda point: solve.solve(None, outputs, point))
    return Result(found, labels, shown)


def over_points(
    arrays: Mapping[str, Any], solve: Callable[[dict[str, float]], Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Solve at every point of arrays that broadcast; give the outputs, and the parameters."""
    import numpy as np

    shape = np.broadcast_shapes(*(np.shape(array) for array in arrays.values()))
    whole = {name: np.broadcast_to(array, shape) for name, array in arrays.items()}
    found: dict[str, Any] = {}
    for index in product(*map(range, shape)):
        point = {name: float(array[index]) for name, array in whole.items()}
        with located(point, index):
            values = solve(point)
            refuse_overflow(values)
        for name, value in values.items():
            number = np.asarray(value)
            kind = np.complex128 if number.ndim == 2 else np.float64
            number = number.astype(kind)
            if name not in found:
                found[name] = np.empty(shape + number.shape, dtype=kind)
            found[name][index] = number
    shown = {k: v if np.shape(v) else float(v) for k, v in arrays.items()}
    if not shape:
        found = {k: v if v.shape else float(v) for k, v in found.items()}
    return found, shown
