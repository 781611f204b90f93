"""Parameters as arrays: their type, their domain, their shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models.errors import DomainError, ParameterError
from symqb.models.exact import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE

Array = npt.NDArray[np.float64]


def as_float(name: str, value: object) -> Array:
    """Convert a number or an array of them to float64.

    Parameters
    ----------
    name : str
        What errors call it.
    value : number or array
        Anything that NumPy takes for an array of real numbers: lists, pandas and xarray objects,
        every precision and order in memory.

    Raises
    ------
    ParameterError, DomainError
        What is no real number: text, truth values, complex numbers, masked entries, quantities
        with a unit, whole records; a number beyond double precision.
    """
    if isinstance(value, str | bytes | bool) or value is None:
        raise ParameterError(
            f"{name}={value!r} is a {type(value).__name__}; give a real number or an array of them"
        )
    fault = _lost(value)
    if fault:
        raise ParameterError(f"{name}={value!r} {fault}")
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError):
        raise ParameterError(
            f"{name}={value!r} is not a regular array; give rows of equal length"
        ) from None
    if array.dtype == object:
        fault = next(filter(None, map(_no_real, array.flat)), None)
        if fault:
            raise ParameterError(f"{name}={value!r} {fault}")
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
    with np.errstate(over="ignore"):  # what overflows is infinite, and refused as that
        return array.astype(np.float64, copy=False)


def _lost(value: Any) -> str | None:
    """What NumPy would drop without a word: masks, units, truth values among numbers."""
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.getmaskarray(value).any():
            return "has masked entries; fill them, or leave those points out"
        return None
    if isinstance(value, list | tuple):
        return next(filter(None, (_no_real(v) or _lost(v) for v in value)), None)
    if any(hasattr(type(value), word) for word in ("unit", "units")):
        return "has a unit; give plain numbers, all energies and temperatures in one unit"
    return None


def _no_real(value: Any) -> str | None:
    """Why an entry is no real number though NumPy would make one of it."""
    if isinstance(value, bool | np.bool_):
        return "holds a truth value; give real numbers"
    if value is None or isinstance(value, str | bytes | complex | np.complexfloating):
        return f"has element type {type(value).__name__}; give real numbers"
    if hasattr(value, "rad"):
        return "holds a ball, which is no single number; give its midpoint"
    return None


def check_labels(values: Mapping[str, object]) -> None:
    """Refuse arrays with labels that say they do not belong together point by point.

    Arrays pair by position here.  pandas would pair by index and xarray by the names of the axes:
    where that is not the same, neither is meant.

    Raises
    ------
    ParameterError
        Two pandas objects of different index, or two xarray objects of different axes.
    """
    found: dict[str, tuple[str, tuple[object, object]]] = {}
    label: tuple[object, object]
    for name, value in values.items():
        if hasattr(value, "dims") and hasattr(value, "indexes"):
            kind, label = "axes", (tuple(value.dims), value.indexes)
        elif hasattr(index := getattr(value, "index", None), "equals"):
            kind, label = "index", (index, getattr(value, "columns", None))
        else:
            continue
        if not getattr(value, "ndim", 0):
            continue
        other, first = found.setdefault(kind, (name, label))
        if not _same_labels(kind, first, label):
            raise ParameterError(
                f"{other} and {name} differ in their {kind}; arrays pair by position here: give "
                "both the same labels, or plain arrays (.to_numpy())"
            )


def _same_labels(kind: str, one: Any, other: Any) -> bool:
    if kind == "index":
        (rows, columns), (others, names) = one, other
        alike = columns is None if names is None else names.equals(columns)
        return bool(rows.equals(others) and alike)
    if one[0] != other[0] or set(one[1]) != set(other[1]):
        return False
    return all(one[1][axis].equals(other[1][axis]) for axis in one[1])


def _refuse(name: str, array: Array, bad: npt.NDArray[np.bool_], rule: str) -> None:
    if not bad.any():
        return
    index = tuple(int(k) for k in np.argwhere(bad)[0])
    value = float(array[index]) if index else float(array)
    raise DomainError(rule).at({name: value}, index)


def outside_domain(
    name: str, array: Array, temperatures: Iterable[str], kappa: str | None
) -> Iterator[tuple[npt.NDArray[np.bool_], str]]:
    """For each rule of a parameter's domain where its values break it, and the rule."""
    yield ~np.isfinite(array), "not finite; give finite real numbers"
    yield (
        np.abs(array) > LARGEST_MAGNITUDE,
        f"magnitude above {LARGEST_MAGNITUDE:g} overflows; "
        "scale all energies and temperatures, or all rates, together: populations do not change",
    )
    if name in temperatures:
        yield array < 0, "temperatures must be >= 0; T = 0 is allowed"
        yield (
            (array > 0) & (array < SMALLEST_TEMPERATURE),
            f"positive temperatures below {SMALLEST_TEMPERATURE:g} cannot be resolved; use 0",
        )
    if name == kappa:
        yield array <= 0, "the dissipation strength must be > 0; e.g. kappa=1"


def check_domain(name: str, array: Array, temperatures: Iterable[str], kappa: str | None) -> None:
    """Refuse a parameter with a value outside its domain; say which value, and where."""
    for bad, rule in outside_domain(name, array, temperatures, kappa):
        _refuse(name, array, bad, rule)


def check_shapes(arrays: Mapping[str, Array]) -> None:
    """Refuse arrays that do not broadcast."""
    try:
        np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name}{a.shape}" for name, a in arrays.items() if a.shape)
        raise ParameterError(
            f"shapes do not broadcast: {shapes}; give scalars or arrays of compatible shapes"
        ) from None
