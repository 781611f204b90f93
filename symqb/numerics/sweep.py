"""Sweeps over grids of parameters: labelled, chunked, resumable, on threads or a dask cluster."""

from __future__ import annotations

import json
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel, ParameterError, SymqbError, check_parameters
from symqb.models.tables import need
from symqb.numerics.point_function import PointFunction
from symqb.numerics.progress import operations
from symqb.numerics.sweep_store import SweepStore

Array = npt.NDArray[np.float64]

CHUNK = 250_000
"""Points in a chunk where there is a closed form: work enough to outweigh sending the results."""
SECONDS_A_CHUNK = 2.0
"""What a chunk of a long chain should take, about: what a crash may lose."""
RETRIES = 10


@dataclass(frozen=True)
class Task:
    """One chunk of a sweep: what a worker needs, and nothing else."""

    model: BatteryModel
    outputs: tuple[str, ...]
    axes: tuple[tuple[str, Array], ...]
    fixed: tuple[tuple[str, float], ...]
    skip_errors: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Points along each axis."""
        return tuple(len(values) for _, values in self.axes)

    def run(self) -> dict[str, Array]:
        """The outputs on this chunk of the grid; NaN at refused points if these are skipped."""
        function = _function(self.model, self.outputs)
        grid = [(name, values) for name, values in self.axes]
        return self._solve(function, grid)

    def _solve(self, function: PointFunction, grid: list[tuple[str, Array]]) -> dict[str, Array]:
        shape = tuple(len(values) for _, values in grid)
        parameters: dict[str, Any] = dict(self.fixed)
        for axis, (name, values) in enumerate(grid):
            parameters[name] = values.reshape([-1 if k == axis else 1 for k in range(len(grid))])
        try:
            result = function(parameters)
            return {
                name: np.broadcast_to(
                    result[name], (*shape, function.levels) if function.wide(name) else shape
                )
                for name in self.outputs
            }
        except SymqbError:
            if not self.skip_errors:
                raise
        longest = int(np.argmax(shape)) if shape else 0
        if not shape or shape[longest] == 1:
            return {
                name: np.full((*shape, function.levels) if function.wide(name) else shape, np.nan)
                for name in self.outputs
            }
        halves = []
        for part in np.array_split(grid[longest][1], 2):
            smaller = list(grid)
            smaller[longest] = (grid[longest][0], part)
            halves.append(self._solve(function, smaller))
        return {
            name: np.concatenate([half[name] for half in halves], axis=longest)
            for name in self.outputs
        }


@lru_cache(maxsize=4)
def _function(model: BatteryModel, outputs: tuple[str, ...]) -> PointFunction:
    return PointFunction(model, outputs)


def run_task(task: Task) -> dict[str, Array]:
    """Run one chunk; a plain function, so that any scheduler can send it."""
    return task.run()


def chunk_points(function: PointFunction) -> int:
    """Points in a chunk if the caller does not say; the same on every machine.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> [chunk_points(PointFunction(xxz_model(n), ("charge",))) for n in (3, 4, 8, 12)]
    [250000, 625, 185, 1]
    """
    if function.closed:
        return CHUNK
    spins = function.model.chain.spins
    # a millisecond a spin, then matrix products
    return max(1, round(SECONDS_A_CHUNK / (0.0008 * spins + operations(spins) / 4e9)))


def chunk_shape(shape: Sequence[int], points: int) -> tuple[int, ...]:
    """How many points along each axis make a chunk of about ``points``, last axes whole.

    Examples
    --------
    >>> chunk_shape((10, 20, 30), 1000)
    (1, 20, 30)
    >>> chunk_shape((10, 20, 30), 100)
    (1, 3, 30)
    """
    chosen: list[int] = []
    left = max(1, points)
    for size in reversed(shape):
        chosen.append(min(size, left))
        left = max(1, left // size)
    return tuple(reversed(chosen))


def _split(parameters: Mapping[str, Any]) -> tuple[dict[str, Array], dict[str, float]]:
    axes: dict[str, Array] = {}
    fixed: dict[str, float] = {}
    for name, value in parameters.items():
        array = np.asarray(value, dtype=np.float64)
        if array.ndim > 1:
            raise ParameterError(
                f"{name} has shape {array.shape}; give a number, or a one-dimensional array of "
                "values: the sweep takes their grid"
            )
        if array.ndim and len(np.unique(array)) != array.size:
            raise ParameterError(f"{name} repeats a value; a labelled axis needs distinct values")
        if array.ndim and not array.size:
            raise ParameterError(f"{name} has no values; give at least one")
        if array.ndim:
            axes[name] = array
        else:
            fixed[name] = float(array)
    return axes, fixed


def git_hash() -> str:
    """The commit of the source tree this package runs from, or "unknown"."""
    here = Path(__file__)
    # an installed copy may lie inside some other repository, which does not track this file
    for arguments in (["ls-files", "--error-unmatch", here.name], ["rev-parse", "HEAD"]):
        try:
            found = subprocess.run(
                ["git", *arguments],
                cwd=here.parent,
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            )
        except (OSError, subprocess.SubprocessError):
            return "unknown"
    return found.stdout.strip()


def _regions(shape: Sequence[int], chunk: Sequence[int]) -> list[tuple[slice, ...]]:
    counts = [-(-size // step) for size, step in zip(shape, chunk, strict=True)]
    return [
        tuple(
            slice(k * step, min((k + 1) * step, size))
            for k, step, size in zip(index, chunk, shape, strict=True)
        )
        for index in np.ndindex(*counts)
    ]


def _run_threads(
    tasks: Sequence[tuple[int, Task]], workers: int
) -> Iterator[tuple[int, dict[str, Array]]]:
    import dask
    from dask.threaded import get

    def solve(batch: Sequence[tuple[int, Task]]) -> list[dict[str, Array]]:
        graph = {f"chunk-{number}": (run_task, task) for number, task in batch}
        with dask.config.set(num_workers=workers):
            return list(get(graph, list(graph)))

    batches = [tasks[start : start + workers] for start in range(0, len(tasks), workers)]
    # the next batch is solved while the caller writes this one
    with ThreadPoolExecutor(1) as ahead:
        running = deque(ahead.submit(solve, batch) for batch in batches[:1])
        for batch, following in zip_longest(batches, batches[1:]):
            results = running.popleft().result()
            if following:
                running.append(ahead.submit(solve, following))
            yield from zip((number for number, _ in batch), results, strict=True)


def _run_cluster(
    tasks: Sequence[tuple[int, Task]], address: str
) -> Iterator[tuple[int, dict[str, Array]]]:
    import distributed

    Client: Any = distributed.Client
    as_completed: Any = distributed.as_completed
    with Client(address) as client:
        window = 4 * max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
        waiting = iter(tasks)
        number_of: dict[Any, int] = {}

        def submit() -> list[Any]:
            following = next(waiting, None)
            if following is None:
                return []
            number, task = following
            future = client.submit(run_task, task, retries=RETRIES, pure=False)
            number_of[future.key] = number
            return [future]

        first = [future for _ in range(window) for future in submit()]
        queue = as_completed(first)
        for future in queue:
            yield number_of.pop(future.key), future.result()
            future.release()
            for fresh in submit():
                queue.add(fresh)


def sweep(
    model: BatteryModel,
    parameters: Mapping[str, Any],
    *,
    outputs: Iterable[str] = ("charge", "ergotropy"),
    path: str | Path | None = None,
    address: str | None = None,
    workers: int = 1,
    chunk: int | None = None,
    skip_errors: bool = False,
    progress: bool = False,
) -> Any:
    """Outputs of a battery on the grid of its parameters, as a labelled data set.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    parameters : mapping
        Each parameter's value, or a one-dimensional array of distinct values; arrays become the
        axes of the grid, in the order given.
    outputs : iterable of str
        Which outputs; ``energies`` and ``populations`` bring an axis ``level``.
    path : str or Path, optional
        Where to keep the results: a ``.zarr`` folder, or a ``.nc`` file (netCDF, written when all
        is done from a ``.zarr`` folder beside it).  A run that was interrupted goes on from its
        finished chunks.  In memory only if left out.
    address : str, optional
        A dask scheduler, e.g. ``"tcp://host:8786"``; local threads if left out.  Workers need
        symqb, but no common file system: the calling process alone writes.
    workers : int
        Local threads.  They share Python's lock, which the short array operations behind a sweep
        hold most of the time: processes gain more, for instance a local dask cluster's.
    chunk : int, optional
        Points in a chunk, about; by default 250,000 where there is a closed form, and about two
        seconds of work elsewhere.
    skip_errors : bool
        Put NaN where a point is refused, rather than stop.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    xarray.Dataset
        One variable an output; attributes hold the parameters, symqb's version and git hash.

    Raises
    ------
    ParameterError, DomainError
        Bad parameters, an unknown output, or a path that holds another sweep.
    DegenerateLevelsError, SteadyStateError
        A refused point, unless skipped.
    ImportError
        A package of the extra ``sweep`` is not installed.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> grid = dict(B0=2.0, J=1.0, Delta=[0.1, 0.5], epsilon=1.0, T_L=[3.0, 9.0, 39.0], T_R=1.0)
    >>> data = sweep(xxz_model(2), grid, outputs=["charge"])
    >>> data.charge.dims, data.charge.shape
    (('Delta', 'T_L'), (2, 3))
    """
    for name, value in (("workers", workers), ("chunk", 1 if chunk is None else chunk)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ParameterError(f"{name}={value!r} is not a positive integer; give e.g. {name}=2")
    stored = ("zarr", "netCDF4") if path is not None else ()
    for module in ("xarray", "dask", *stored):
        need(module, "sweep", "a sweep")
    chosen = (outputs,) if isinstance(outputs, str) else tuple(outputs)
    function = PointFunction(model, chosen)
    axes, fixed = _split({**function.defaults, **parameters})
    check_parameters(
        function.parameters,
        {**fixed, **{name: values[:1] for name, values in axes.items()}},
        temperatures=function.temperatures,
        kappa=function.kappa,
    )
    for name, values in axes.items():
        check_parameters(
            (name,), {name: values}, temperatures=function.temperatures, kappa=function.kappa
        )
    shape = tuple(len(values) for values in axes.values())
    steps = chunk_shape(shape, chunk_points(function) if chunk is None else chunk)
    store = SweepStore(
        path,
        axes,
        {name: function.levels if function.wide(name) else None for name in chosen},
        steps,
        _attributes(model, chosen, axes, fixed, steps),
    )
    regions = _regions(shape, steps)
    tasks = []
    for number, region in enumerate(regions):
        if number not in store.finished:
            cut = tuple(
                (name, values[part])
                for (name, values), part in zip(axes.items(), region, strict=True)
            )
            tasks.append((number, Task(model, chosen, cut, tuple(fixed.items()), skip_errors)))
    runs = _run_cluster(tasks, address) if address else _run_threads(tasks, workers)
    for number, values in _watched(runs, len(tasks), progress):
        store.write(number, regions[number], values)
    return store.close()


def _attributes(
    model: BatteryModel,
    outputs: Sequence[str],
    axes: Mapping[str, Array],
    fixed: Mapping[str, float],
    steps: Sequence[int],
) -> dict[str, Any]:
    return {
        "model": repr(model),
        "fixed": json.dumps(dict(fixed)),
        "axes": json.dumps({name: len(values) for name, values in axes.items()}),
        "outputs": json.dumps(list(outputs)),
        "chunk": json.dumps(list(steps)),
        "symqb_version": version("symqb"),
        "symqb_git_hash": git_hash(),
        "units": "energies and temperatures in one unit, k_B = hbar = 1",
    }


def _watched(runs: Iterator[Any], total: int, progress: bool) -> Iterator[Any]:
    if not progress:
        yield from runs
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(runs, "chunks", total=total, console=Console(stderr=True))
