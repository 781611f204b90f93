"""Chosen outputs of any model as a function of arrays: batteries and systems alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symqb.derive.system_derivation import SystemDerivation
from symqb.derive.system_programs import state_outputs
from symqb.models import BatteryModel, ParameterError
from symqb.models.system import System
from symqb.numerics.point_function import PointFunction
from symqb.numerics.system_points import SystemPoints, evaluate_points

MATRICES = ("density", "reduced")


class SystemFunction(PointFunction):
    """The chosen outputs of a system as a function of broadcastable parameters.

    Parameters
    ----------
    system : System
        With closed forms its emitted NumPy function is used.
    outputs : tuple of str
        Which outputs; no matrices.

    Raises
    ------
    ParameterError
        An unknown output, or a matrix.
    """

    def __init__(self, system: System, outputs: tuple[str, ...]) -> None:
        self.system = system
        self._derived = derived = SystemDerivation(system)
        self.levels = system.size
        in_numbers = state_outputs(system)
        for name in outputs:
            if name in in_numbers and name.split("_")[0] in MATRICES:
                raise ParameterError(
                    f"outputs: {name} is a matrix, and a grid holds numbers and levels; ask for "
                    "it in evaluate(outputs=[...], ...)"
                )
        known = (*derived.outputs, *in_numbers)
        fallback = SystemPoints(system)
        self._begin(outputs, (), known, in_numbers=in_numbers, fallback=fallback)

    @property
    def seconds(self) -> float:
        """About what a point takes that is solved in numbers."""
        return 3e-4 * self.system.size**2

    def check_memory(self) -> None:
        """Systems are small enough to hold."""

    def _point_by_point(
        self, arrays: Mapping[str, Any], outputs: tuple[str, ...]
    ) -> dict[str, Any]:
        found = evaluate_points(self.system, outputs, arrays, self._derived.labels)
        return {name: np.asarray(found[name]) for name in outputs}


def point_function(model: BatteryModel | System, outputs: tuple[str, ...]) -> PointFunction:
    """Make the function of a model's outputs, whichever kind of model it is."""
    if isinstance(model, System):
        return SystemFunction(model, outputs)
    return PointFunction(model, outputs)
