"""Outputs with their labels: as HTML for a notebook, as xarray and pandas objects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from symqb.models.extras import need
from symqb.show.tables import Column, html_table, text

if TYPE_CHECKING:
    import pandas
    import xarray

Labels = Sequence[int]
LEVEL = "level"
WIDE = ("energies", "populations")
SQUARE = re.compile(r"density|reduced_\d+")
"""Outputs that are matrices over bare states, of the system or a site."""


def _is_wide(name: str) -> bool:
    """Whether an output, or the derivative of one, has an axis of levels."""
    return name in WIDE or any(name.startswith(f"d_{wide}_d_") for wide in WIDE)


def _own_axes(name: str) -> int:
    """How many axes an output has besides those of the points."""
    return 2 if SQUARE.fullmatch(name) else int(_is_wide(name))


def _array(value: npt.ArrayLike) -> npt.NDArray[Any]:
    """Floats as they are, complex ones too; numbers of more digits as objects."""
    array = np.asarray(value)
    if array.dtype in (np.float64, np.complex128):
        return array
    return np.asarray(value, dtype=object)


def result_html(
    outputs: Mapping[str, npt.ArrayLike],
    labels: Labels,
    parameters: Mapping[str, npt.ArrayLike] | None = None,
) -> str:
    """Scalars, levels, and each matrix in a table; arrays over points by shape and range."""
    points = {n: v for n, v in outputs.items() if np.ndim(v) > _own_axes(n)}
    at_one = {n: v for n, v in outputs.items() if n not in points}
    scalars, levels, squares = (
        {n: v for n, v in at_one.items() if _own_axes(n) == axes} for axes in range(3)
    )
    tables = []
    if scalars:
        tables.append(
            html_table([Column("output", list(scalars)), Column("value", list(scalars.values()))])
        )
    if levels:
        columns = [
            Column(name, [_number(x) for x in _array(value)]) for name, value in levels.items()
        ]
        tables.append(html_table([Column(LEVEL, labels), *columns]))
    for name, value in squares.items():
        rows = _array(value)
        columns = [Column(str(k), list(rows[:, k])) for k in range(len(rows))]
        tables.append(html_table([Column(name, list(range(len(rows)))), *columns]))
    if points:
        columns = [
            Column("output", list(points)),
            Column("shape", [" x ".join(map(str, np.shape(v))) for v in points.values()]),
            Column("from", [_extreme(np.min, v) for v in points.values()]),
            Column("to", [_extreme(np.max, v) for v in points.values()]),
        ]
        tables.append(html_table(columns))
    return "".join(tables)


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, np.floating) else value


def _extreme(choose: Any, value: Any) -> str:
    array = np.asarray(value)
    if np.iscomplexobj(array):
        array = np.abs(array)
    return text(float(choose(array))) if array.size else ""


def _axis_names(shape: tuple[int, ...], varying: Mapping[str, npt.NDArray[Any]]) -> list[str]:
    """A name for every axis of points: its parameter's where exactly one varies along it alone."""
    along: list[list[str]] = [
        [name for name, array in varying.items() if array.shape[axis] > 1]
        for axis in range(len(shape))
    ]
    names = []
    for axis, found in enumerate(along):
        alone = len(found) == 1 and sum(found[0] in others for others in along) == 1
        spare = "point" if len(shape) == 1 else f"point_{axis}"
        names.append(found[0] if alone else spare)
    return names


def to_xarray(
    outputs: Mapping[str, npt.ArrayLike], labels: Labels, parameters: Mapping[str, npt.ArrayLike]
) -> xarray.Dataset:
    """See :meth:`symqb.Result.to_xarray`."""
    package = need("xarray", "to_xarray()")
    arrays = {name: _array(value) for name, value in parameters.items()}
    shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    aligned = {n: a.reshape((1,) * (len(shape) - a.ndim) + a.shape) for n, a in arrays.items()}
    varying = {name: array for name, array in aligned.items() if array.size > 1}
    axes = _axis_names(shape, varying)
    coordinates: dict[str, Any] = {}
    for name, array in varying.items():
        if name in axes:
            coordinates[name] = array.reshape(-1)
        else:
            own = [axis for axis, length in zip(axes, array.shape, strict=True) if length > 1]
            coordinates[name] = (own, array.reshape([n for n in array.shape if n > 1]))
    variables: dict[str, Any] = {}
    for name, value in outputs.items():
        array = _array(value)
        if _is_wide(name):
            variables[name] = ([*axes, LEVEL], array)
            coordinates[LEVEL] = list(labels)
        elif SQUARE.fullmatch(name):
            variables[name] = ([*axes, f"{name}_row", f"{name}_column"], array)
        else:
            variables[name] = (axes, np.broadcast_to(array, shape))
    fixed = {name: _plain(array) for name, array in arrays.items() if array.size == 1}
    labelled: xarray.Dataset = package.Dataset(variables, coordinates, fixed)
    return labelled


def _plain(array: npt.NDArray[Any]) -> Any:
    """A single number as one that any file format takes."""
    value = array.reshape(-1)[0]
    return float(value) if isinstance(value, np.floating) else str(value)


def to_pandas(
    outputs: Mapping[str, npt.ArrayLike], labels: Labels, parameters: Mapping[str, npt.ArrayLike]
) -> pandas.DataFrame:
    """See :meth:`symqb.Result.to_pandas`."""
    package = need("pandas", "to_pandas()")
    arrays = {name: _array(value) for name, value in parameters.items()}
    shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    columns: dict[str, npt.NDArray[Any]] = {
        name: np.broadcast_to(array, shape).reshape(-1)
        for name, array in arrays.items()
        if array.size > 1
    }
    for name, value in outputs.items():
        array = _array(value)
        if _is_wide(name):
            table = array.reshape(-1, len(labels))
            columns |= {f"{name}_{label}": table[:, k] for k, label in enumerate(labels)}
        elif SQUARE.fullmatch(name):
            places = range(array.shape[-1])
            columns |= {
                f"{name}[{i},{j}]": array[..., i, j].reshape(-1) for i in places for j in places
            }
        else:
            columns[name] = np.broadcast_to(array, shape).reshape(-1)
    frame: pandas.DataFrame = package.DataFrame(columns)
    return frame
