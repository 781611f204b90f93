"""The closed form's states as a basis of the numeric levels: order, signs, coincidences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from symqb import derive
from symqb.models import BatteryModel, NoClosedFormError
from symqb.numerics.eigen_digits import midpoints
from symqb.numerics.levels import Levels

Array = npt.NDArray[np.float64]

DIGITS = (40, 160, 640)
"""With how many digits states in closed form are tried: they may cancel."""
ORTHONORMAL = 1e-14


def closed_rotation(
    model: BatteryModel, point: Mapping[str, Any], levels: Levels, eigensystem: Any = None
) -> Array:
    """Express the closed form's states in the numeric ones, by label: ``numeric @ rotation``.

    Parameters
    ----------
    model : BatteryModel
    point : mapping
        Parameter name to number.
    levels : Levels
    eigensystem : Eigensystem, optional
        The closed form, if it is there already.

    Returns
    -------
    array, shape (levels, levels)
        Orthogonal, within groups of coinciding levels; the identity where there is no closed form,
        or where it has no value at the point, as at J = 0.
    """
    identity = np.eye(levels.size)
    if eigensystem is None:
        try:
            eigensystem = derive.derive_eigensystem(model)
        except NoClosedFormError:
            return identity
    states = _closed_states(eigensystem, point)
    if states is None:
        return identity
    rotation = np.asarray(midpoints(levels.vectors).T @ states)
    inside = np.equal.outer(levels.group_of, levels.group_of)
    rotation[np.abs(rotation) < ORTHONORMAL] = 0.0
    if rotation[~inside].any():
        return identity
    sharp = np.abs(np.abs(rotation) - 1) < ORTHONORMAL
    rotation[sharp] = np.sign(rotation[sharp])
    return rotation


def _closed_states(eigensystem: Any, point: Mapping[str, Any]) -> Array | None:
    """The states in closed form, orthonormal columns by label; None where they have no value."""
    for digits in DIGITS:
        columns = [_state(level, point, digits) for level in eigensystem]
        if any(column is None for column in columns):
            return None
        states = np.array(columns).T
        if np.abs(states.T @ states - np.eye(len(states))).max() < ORTHONORMAL:
            return states
    return None


def _state(level: Any, point: Mapping[str, Any], digits: int) -> list[float] | None:
    found: list[float] = []
    known: dict[Any, float] = {}
    for entry in level.state:
        if entry not in known:
            values = {s: sp.Float(point[str(s)], digits) for s in entry.free_symbols}
            number = entry.xreplace(values).evalf(digits)
            if not (number.is_real and number.is_finite):
                return None
            known[entry] = float(number)
        found.append(known[entry])
    return found
