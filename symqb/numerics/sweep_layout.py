"""The shape of a sweep's data set: names, axes, chunks, and what a chunk's checksum is of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.numerics.sweep_identity import array_bytes, checksum, identity

Array = npt.NDArray[np.float64]
Region = tuple[slice, ...]

LARGEST_AXIS = 10_000_000
"""Values along one axis: their labels are kept whole."""
LEVEL = "level"
CHECKSUM = "sha256"
SKIPPED = "skipped"
UNCOMPARED = ("symqb_git_hash", CHECKSUM, SKIPPED)
"""Attributes in which two data sets of one sweep may differ."""


@dataclass(frozen=True)
class Layout:
    """How a sweep's data set is laid out.

    Parameters
    ----------
    axes : mapping
        Axis name to its values.
    variables : mapping
        Variable name to the length of its level axis, or None.
    chunk : tuple of int
        Chunk lengths along the axes.
    attributes : mapping
        What identifies the sweep.

    Examples
    --------
    >>> layout = Layout({"x": np.arange(5.0)}, {"charge": None}, (2,), {})
    >>> layout.count, layout.region(2)
    (3, (slice(4, 5, None),))
    """

    axes: Mapping[str, Array]
    variables: Mapping[str, int | None]
    chunk: tuple[int, ...]
    attributes: Mapping[str, Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Points along each axis."""
        return tuple(map(len, self.axes.values()))

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Chunks along each axis."""
        return tuple(-(-n // step) for n, step in zip(self.shape, self.chunk, strict=True))

    @property
    def count(self) -> int:
        """How many chunks there are."""
        return prod(self.counts)

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What identifies the sweep, of JSON's own types."""
        found: dict[str, Any] = json.loads(json.dumps(identity(self.attributes, self.axes)))
        return found

    def identity_of(self, data: Any) -> dict[str, Any]:
        """What identifies the sweep that a data set is of, as far as it says."""
        noted = {n: v for n, v in data.attrs.items() if n not in (CHECKSUM, SKIPPED)}
        axes = {name: data[name].values for name in self.axes if name in data.variables}
        found: dict[str, Any] = json.loads(json.dumps(identity(noted, axes), default=str))
        return found

    @cached_property
    def key(self) -> str:
        """The checksum of the identity; part of the checksum of every chunk."""
        return checksum(json.dumps(self.identity, sort_keys=True))

    def place(self, number: int) -> tuple[int, ...]:
        """Where a chunk stands among the chunks of each axis."""
        return tuple(int(k) for k in np.unravel_index(number, self.counts)) if self.counts else ()

    def region(self, number: int) -> Region:
        """The part of the grid that a chunk covers."""
        return tuple(
            slice(k * step, min((k + 1) * step, size))
            for k, step, size in zip(self.place(number), self.chunk, self.shape, strict=True)
        )

    def start_of(self, number: int) -> tuple[int, ...]:
        """Where in the grid a chunk begins."""
        return tuple(part.start for part in self.region(number))

    def axes_of(self, number: int) -> tuple[tuple[str, Array], ...]:
        """The values along each axis in a chunk."""
        parts = zip(self.axes.items(), self.region(number), strict=True)
        return tuple((name, values[part]) for (name, values), part in parts)

    def chunk_of(self, name: str) -> tuple[int, ...]:
        """Chunk lengths of a variable along all its axes."""
        levels = self.variables[name]
        return self.chunk if levels is None else (*self.chunk, levels)

    def checksum(self, number: int, values: Mapping[str, Any]) -> str:
        """The checksum of a chunk: of the sweep it belongs to, its number, names and numbers."""
        parts = [part for name in self.variables for part in (name, array_bytes(values[name]))]
        return checksum(self.key, str(number), *parts)

    def read(self, data: Any, number: int) -> dict[str, Array]:
        """The numbers of one chunk of a data set."""
        region = dict(zip(self.axes, self.region(number), strict=True))
        return {name: data[name].isel(region).values for name in self.variables}

    def checksum_in(self, data: Any, number: int) -> str:
        """The checksum of a chunk as a data set has it."""
        return self.checksum(number, self.read(data, number))

    def total(self, data: Any) -> str:
        """One checksum of all chunks as a data set has them."""
        return checksum(*(self.checksum_in(data, number) for number in range(self.count)))

    def template(self, fill: Callable[..., Any]) -> Any:
        """The data set with ``fill(shape, nan)`` for the numbers."""
        import xarray

        dims = tuple(self.axes)
        levels = next((n for n in self.variables.values() if n is not None), None)
        coordinates: dict[str, Any] = {name: (name, v) for name, v in self.axes.items()}
        if levels is not None:
            coordinates[LEVEL] = (LEVEL, np.arange(1, levels + 1))
        variables = {
            name: (dims, fill(self.shape, np.nan))
            if count is None
            else ((*dims, LEVEL), fill((*self.shape, count), np.nan))
            for name, count in self.variables.items()
        }
        return xarray.Dataset(variables, coordinates, dict(self.attributes))

    def matches(self, data: Any) -> bool:
        """Whether a data set has these names, axes and attributes; its numbers are not read."""
        expected = self.template(lambda shape, value: np.broadcast_to(np.float64(value), shape))
        return (
            _compared(data.attrs) == _compared(expected.attrs)
            and set(expected.variables) <= set(data.variables)
            and all(data[name].identical(expected[name]) for name in expected.coords)
            and all(
                (data[name].dims, data[name].shape, data[name].dtype, data[name].attrs)
                == (expected[name].dims, expected[name].shape, expected[name].dtype, {})
                for name in self.variables
            )
        )


def _compared(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name not in UNCOMPARED}
