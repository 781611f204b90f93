"""Where a sweep keeps its results: memory, a zarr folder, or netCDF, with a journal of chunks."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import ParameterError

Array = npt.NDArray[np.float64]

JOURNAL = ".journal"
LEVEL = "level"


class SweepStore:
    """A labelled data set that fills up chunk by chunk and remembers which chunks are in.

    Parameters
    ----------
    path : str, Path or None
        A ``.zarr`` folder, a ``.nc`` file, or None for memory.
    axes : mapping
        Axis name to its values.
    variables : mapping
        Variable name to the length of its level axis, or None.
    chunk : sequence of int
        Chunk lengths along the axes.
    attributes : mapping
        What identifies the sweep; a store with other attributes is refused.

    Attributes
    ----------
    finished : set of int
        Numbers of the chunks that are in.
    """

    def __init__(
        self,
        path: str | Path | None,
        axes: Mapping[str, Array],
        variables: Mapping[str, int | None],
        chunk: Sequence[int],
        attributes: Mapping[str, Any],
    ) -> None:
        self._axes, self._variables, self._chunk = dict(axes), dict(variables), tuple(chunk)
        self._attributes = dict(attributes)
        self.finished: set[int] = set()
        self._data: Any = None
        self._final = None if path is None else Path(path)
        if self._final is None:
            self._data = self._template(np.full)
            return
        if self._final.suffix not in (".zarr", ".nc"):
            raise ParameterError(f"path={str(path)!r} ends in neither .zarr nor .nc; choose one")
        self._folder = (
            self._final
            if self._final.suffix == ".zarr"
            else self._final.with_name(self._final.name + ".partial.zarr")
        )
        self._journal = self._folder.with_name(self._folder.name + JOURNAL)
        self._start()

    def _template(self, fill: Any) -> Any:
        import xarray

        dims = tuple(self._axes)
        shape = tuple(map(len, self._axes.values()))
        levels = next((n for n in self._variables.values() if n is not None), None)
        coordinates: dict[str, Any] = {name: (name, v) for name, v in self._axes.items()}
        if levels is not None:
            coordinates[LEVEL] = (LEVEL, np.arange(1, levels + 1))
        variables = {
            name: (dims, fill(shape, np.nan))
            if count is None
            else ((*dims, LEVEL), fill((*shape, count), np.nan))
            for name, count in self._variables.items()
        }
        return xarray.Dataset(variables, coordinates, self._attributes)

    def _chunks(self, name: str) -> tuple[int, ...]:
        count = self._variables[name]
        return self._chunk if count is None else (*self._chunk, count)

    def _start(self) -> None:
        journal = self._journal
        if journal.exists():
            self._resume(journal)
            return
        if self._final is not None and self._final.exists():
            raise ParameterError(
                f"{self._final} exists and is not an interrupted sweep; give another path"
            )
        import dask.array

        template = self._template(
            lambda shape, value: dask.array.full(  # type: ignore[no-untyped-call]
                shape, value, chunks=-1, dtype=np.float64
            )
        )
        encoding = {name: {"chunks": self._chunks(name)} for name in self._variables}
        template.to_zarr(
            self._folder, mode="w", compute=False, encoding=encoding, consolidated=False
        )
        self._record({"sweep": self._identity()})

    def _identity(self) -> dict[str, Any]:
        axes = {name: values.tolist() for name, values in self._axes.items()}
        # another commit of symqb may finish a sweep; another version or another grid may not
        kept = {k: v for k, v in self._attributes.items() if k != "symqb_git_hash"}
        return {**kept, "values": axes}

    def _resume(self, journal: Path) -> None:
        lines = journal.read_text().splitlines(keepends=True)
        # a line without its end was cut off by a crash and does not count
        records = [json.loads(line) for line in lines if line.endswith("\n")]
        if not records or records[0].get("sweep") != self._identity():
            raise ParameterError(
                f"{self._folder} holds a sweep over other parameters; give another path, "
                "or delete it"
            )
        self.finished = {record["chunk"] for record in records[1:]}
        if lines and not lines[-1].endswith("\n"):
            with journal.open("a") as handle:
                handle.truncate(sum(len(line.encode()) for line in lines[:-1]))

    def _record(self, entry: Mapping[str, Any]) -> None:
        with self._journal.open("a") as handle:
            handle.write(json.dumps(entry) + "\n")
            handle.flush()
            os.fsync(handle.fileno())

    def write(self, number: int, region: Sequence[slice], values: Mapping[str, Array]) -> None:
        """Put one chunk in, then note in the journal that it is there."""
        place = dict(zip(self._axes, region, strict=True))
        if self._final is None:
            for name, array in values.items():
                self._data[name][place] = array
        else:
            import zarr

            group: Any = zarr.open_group(str(self._folder), mode="r+")
            for name, array in values.items():
                group[name][tuple(region)] = array
            self._record({"chunk": number})
        self.finished.add(number)

    def _opened(self) -> Any:
        """The folder as a data set, variables in the order asked for: zarr lists them in any."""
        import xarray

        data = xarray.open_zarr(self._folder, consolidated=False)
        ordered = data[list(self._variables)]
        ordered.set_close(data.close)
        return ordered

    def close(self) -> Any:
        """The finished data set, opened from where it is kept."""
        import xarray

        if self._final is None:
            return self._data
        if self._final.suffix == ".zarr":
            return self._opened()
        with self._opened() as data:
            for name in data.variables:
                data[name].encoding.clear()
            unfinished = self._final.with_name(self._final.name + ".unfinished")
            data.to_netcdf(unfinished)
        unfinished.replace(self._final)
        shutil.rmtree(self._folder)
        self._journal.unlink()
        return xarray.open_dataset(self._final)
