"""Parameters as arrays: their type, their domain, their shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models.errors import DomainError, ParameterError
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE

Array = npt.NDArray[np.float64]


def as_float(name: str, value: Any) -> Array:
    """A number or an array of them as float64, or an error that says what it is instead."""
    if isinstance(value, str | bytes | bool) or value is None:
        raise ParameterError(
            f"{name}={value!r} is a {type(value).__name__}; give a real number or an array of them"
        )
    try:
        array = np.asarray(value)
    except ValueError:
        raise ParameterError(
            f"{name}={value!r} is not a regular array; give rows of equal length"
        ) from None
    if array.dtype == object:
        try:
            array = array.astype(np.float64)
        except OverflowError:
            raise DomainError(
                f"{name} holds a number that double precision does not; scale all energies and "
                "temperatures together"
            ) from None
        except (TypeError, ValueError):
            raise ParameterError(
                f"{name}={value!r} does not hold real numbers; give floats or an array of floats"
            ) from None
    if array.dtype.kind not in "iuf":
        raise ParameterError(f"{name}={value!r} has element type {array.dtype}; give real numbers")
    return array.astype(np.float64, copy=False)


def _refuse(name: str, array: Array, bad: npt.NDArray[np.bool_], rule: str) -> None:
    if not bad.any():
        return
    index = tuple(int(k) for k in np.argwhere(bad)[0])
    value = float(array[index]) if index else float(array)
    where = f" at index {index}" if index else ""
    raise DomainError(f"{name}={value!r}{where}: {rule}")


def check_domain(name: str, array: Array, temperatures: Iterable[str], kappa: str | None) -> None:
    """Refuse a parameter with a value outside its domain; say which value, and where."""
    _refuse(name, array, ~np.isfinite(array), "not finite; give finite real numbers")
    huge = np.abs(array) > LARGEST_MAGNITUDE
    _refuse(
        name,
        array,
        huge,
        f"magnitude above {LARGEST_MAGNITUDE:g} overflows; "
        "scale all energies and temperatures together, populations do not change",
    )
    if name in temperatures:
        _refuse(name, array, array < 0, "temperatures must be >= 0; T = 0 is allowed")
        tiny = (array > 0) & (array < SMALLEST_TEMPERATURE)
        _refuse(
            name,
            array,
            tiny,
            f"positive temperatures below {SMALLEST_TEMPERATURE:g} cannot be resolved; use 0",
        )
    if name == kappa:
        _refuse(name, array, array <= 0, "the dissipation strength must be > 0; e.g. kappa=1")


def check_shapes(arrays: Mapping[str, Array]) -> None:
    """Refuse arrays that do not broadcast."""
    try:
        np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name}{a.shape}" for name, a in arrays.items() if a.shape)
        raise ParameterError(
            f"shapes do not broadcast: {shapes}; give scalars or arrays of compatible shapes"
        ) from None
