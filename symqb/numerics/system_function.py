"""Chosen outputs of any model as a function of arrays: batteries and systems alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from symqb.derive.composed import read_composed
from symqb.derive.derived import derivation_of
from symqb.derive.energetics import output_names
from symqb.derive.system_programs import state_outputs
from symqb.models import BatteryModel, ParameterError
from symqb.models.system import System
from symqb.numerics.composed_points import labels_of
from symqb.numerics.degeneracy import DISTANCES
from symqb.numerics.point_function import Composed, PointFunction
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
    composed : tuple of pairs
        Those of them that are made of others, with their expressions.

    Raises
    ------
    ParameterError
        An unknown output, or a matrix.
    """

    def __init__(self, system: System, outputs: tuple[str, ...], composed: Composed = ()) -> None:
        self.system = system
        self._derived = derived = derivation_of(system)
        self.levels = system.size
        in_numbers = (*state_outputs(system), *derived.in_numbers)
        for name in outputs:
            if name in state_outputs(system) and name.split("_")[0] in MATRICES:
                raise ParameterError(
                    f"outputs: {name} is a matrix, and a grid holds numbers and levels; ask for "
                    "it in evaluate(outputs=[...], ...)"
                )
        known = (*derived.outputs, *derived.elements, *in_numbers)
        self._begin(system, outputs, (), composed, known, in_numbers=in_numbers)

    def _fallback(self) -> Callable[..., Any]:
        return self._made_at if self._composed else SystemPoints(self.system)

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


def point_function(
    model: BatteryModel | System, outputs: tuple[str, ...], composed: Composed = ()
) -> PointFunction:
    """Make the function of a model's outputs, whichever kind of model it is."""
    made = tuple((name, expr) for name, expr in composed if name in outputs)
    if isinstance(model, System):
        return SystemFunction(model, outputs, made)
    return PointFunction(model, outputs, composed=made)


def read_outputs(
    model: BatteryModel | System, outputs: Iterable[str] | Mapping[str, object]
) -> tuple[tuple[str, ...], Composed]:
    """Read outputs by their names, or with expressions in them as a mapping.

    Returns
    -------
    names : tuple of str
        All of them, each once.
    composed : tuple of pairs
        Those that are made of others, with their expressions.

    Raises
    ------
    ParameterError
        As :func:`symqb.derive.composed.read_composed`.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> read_outputs(xxz_model(2), {"charge": "charge", "share": "ergotropy/capacity"})
    (('charge', 'share'), (('share', ergotropy/capacity),))
    """
    if not isinstance(outputs, Mapping):
        return (outputs,) if isinstance(outputs, str) else tuple(dict.fromkeys(outputs)), ()
    numeric: tuple[str, ...] = DISTANCES
    if isinstance(model, System):
        known, numeric = derivation_of(model).outputs, state_outputs(model)
    else:
        known = output_names(model)
    parameters, labels = derivation_of(model).parameters, labels_of(model)
    names, composed = read_composed(outputs, known, parameters, labels, numeric)
    return names, tuple(composed.items())
