"""The numeric engine on arrays of parameters, point by point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from symqb.emit.result import Result
from symqb.models import BatteryModel, ParameterError
from symqb.models.errors import located
from symqb.numerics.chain import evaluate_chain


def evaluate_grid(
    model: BatteryModel, arrays: Mapping[str, Any], outputs: Iterable[str] | None = None
) -> Result:
    """Evaluate at checked parameters that broadcast, scalars or arrays.

    ``outputs`` must be there at every point, as for :func:`symqb.numerics.evaluate_chain`; by
    default what does not exist at some point is left out.

    Raises
    ------
    ParameterError
        Parameters that broadcast to no point at all.
    AbsentError, DegenerateLevelsError, SteadyStateError
        As :func:`symqb.numerics.evaluate_chain`.
    """
    shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    whole = {name: np.broadcast_to(array, shape) for name, array in arrays.items()}
    wanted = None if outputs is None else tuple(outputs)
    points: list[Result] = []
    for index in np.ndindex(*shape):
        point = {name: float(value[index]) for name, value in whole.items()}
        with located(index=index):
            points.append(evaluate_chain(model, point, outputs=wanted))
    if not points:
        raise ParameterError(f"parameters broadcast to the empty shape {shape}; give values")
    if not shape:
        return points[0]
    stacked = {
        name: np.array([p[name] for p in points]).reshape(*shape, *np.shape(points[0][name]))
        for name in points[0]
        if all(name in p for p in points)
    }
    return Result(stacked, points[0].labels, arrays)
