"""How the chunks of a sweep are run: on threads of this machine, or on a dask cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel, ParameterError, SymqbError
from symqb.models.arrays import outside_domain
from symqb.models.system import System
from symqb.numerics.point_function import Composed, PointFunction
from symqb.numerics.sweep_identity import code_checksum
from symqb.numerics.sweep_skipped import Chunk, Skipped
from symqb.numerics.system_function import point_function

Array = npt.NDArray[np.float64]
Grid = list[tuple[str, Array]]

RETRIES = 10
PATIENCE = 10.0
"""Seconds to wait for a scheduler."""


Run = Iterator[tuple[int, Chunk]]


@dataclass(frozen=True)
class Task:
    """One chunk of a sweep: what a worker needs, and nothing else."""

    model: BatteryModel | System
    outputs: tuple[str, ...]
    axes: tuple[tuple[str, Array], ...]
    fixed: tuple[tuple[str, float], ...]
    skip_errors: bool
    code: str
    """Checksum of the code that the caller has; a worker with another is refused."""
    start: tuple[int, ...] = ()
    """Where in the whole grid this chunk begins."""
    composed: Composed = ()
    """Outputs that are expressions in others."""

    @property
    def function(self) -> PointFunction:
        """The outputs as a function, made once in a process."""
        return _function(self.model, self.outputs, self.composed)

    def run(self) -> Chunk:
        """The outputs on this chunk of the grid; NaN at refused points if these are skipped."""
        if self.code != code_checksum():
            raise ParameterError(
                f"this worker has another symqb (code {code_checksum()}) than the caller (code "
                f"{self.code}); install one version on both and start the worker again"
            )
        function, grid, skipped = self.function, list(self.axes), Skipped()
        if self.skip_errors:
            return Chunk(self._within_domains(function, grid, skipped), skipped)
        try:
            return Chunk(self._solve(function, grid, skipped), skipped)
        except SymqbError as error:
            # from places in this chunk to places in the whole grid
            if error.index:
                error.index = tuple(a + k for a, k in zip(self.start, error.index, strict=True))
            raise

    def _within_domains(
        self, function: PointFunction, grid: Grid, skipped: Skipped
    ) -> dict[str, Array]:
        """Solve the part of the grid on which every parameter lies in its domain."""
        shape = tuple(len(values) for _, values in grid)
        kept: list[npt.NDArray[np.intp]] = []
        for axis, (name, values) in enumerate(grid):
            good = np.ones(len(values), dtype=bool)
            rules = outside_domain(name, values, function.temperatures, function.kappa)
            for bad, rule in rules:
                count = int((bad & good).sum()) * prod(map(len, kept)) * prod(shape[axis + 1 :])
                if count:
                    first = {n: float(v[0]) for n, v in grid}
                    first |= {n: float(v[k[0]]) for (n, v), k in zip(grid, kept, strict=False)}
                    first[name] = float(values[bad & good][0])
                    skipped.points += count
                    skipped.add(rule, self.outputs, count, first)
                good &= ~bad
            kept.append(np.flatnonzero(good))
        part = [(name, values[k]) for (name, values), k in zip(grid, kept, strict=True)]
        if all(len(k) == n for k, n in zip(kept, shape, strict=True)):
            return self._solve(function, grid, skipped)
        found = self._solve(function, part, skipped) if all(map(len, kept)) else {}
        whole = self._nan(function, grid)
        for name, array in found.items():
            whole[name][np.ix_(*kept)] = array
        return whole

    def _nan(self, function: PointFunction, grid: Grid) -> dict[str, Array]:
        shape = tuple(len(values) for _, values in grid)
        return {
            name: np.full((*shape, function.levels) if function.wide(name) else shape, np.nan)
            for name in self.outputs
        }

    def _solve(self, function: PointFunction, grid: Grid, skipped: Skipped) -> dict[str, Array]:
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
        except SymqbError as error:
            if not self.skip_errors:
                raise
            reason = error.args[0]
        longest = int(np.argmax(shape)) if shape else 0
        if not shape or shape[longest] == 1:
            return self._refused(function, grid, skipped, reason)
        halves = []
        for part in np.array_split(grid[longest][1], 2):
            smaller = list(grid)
            smaller[longest] = (grid[longest][0], part)
            halves.append(self._solve(function, smaller, skipped))
        return {
            name: np.concatenate([half[name] for half in halves], axis=longest)
            for name in self.outputs
        }

    def _refused(
        self, function: PointFunction, grid: Grid, skipped: Skipped, reason: str
    ) -> dict[str, Array]:
        """NaN at a point that is refused, but for outputs that alone are not."""
        if len(self.outputs) > 1:
            alone = [replace(self, outputs=(name,)) for name in self.outputs]
            before, found = skipped.points, list[dict[str, Array]]()
            for task in alone:
                found.append(task._solve(task.function, grid, skipped))
            # one point, however many outputs lack there
            skipped.points = min(skipped.points, before + 1)
            return {name: array for each in found for name, array in each.items()}
        skipped.points += 1
        skipped.add(reason, self.outputs, 1, {name: float(values[0]) for name, values in grid})
        return self._nan(function, grid)


@lru_cache(maxsize=64)
def _function(
    model: BatteryModel | System, outputs: tuple[str, ...], composed: Composed
) -> PointFunction:
    return point_function(model, outputs, composed)


def run_task(task: Task) -> Chunk:
    """Run one chunk; a plain function, so that any scheduler can send it."""
    return task.run()


def run_threads(tasks: Iterable[tuple[int, Task]], workers: int) -> Run:
    """Each task's number and what it came to, from local threads."""
    import dask
    from dask.threaded import get

    def solve(batch: list[tuple[int, Task]]) -> list[Chunk]:
        graph = {f"chunk-{number}": (run_task, task) for number, task in batch}
        with dask.config.set(num_workers=workers):
            return list(get(graph, list(graph)))

    waiting = iter(tasks)
    batch = list(islice(waiting, workers))
    # the next batch is solved while the caller writes this one
    with ThreadPoolExecutor(1) as ahead:
        running = ahead.submit(solve, batch)
        while batch:
            results, solved = running.result(), batch
            batch = list(islice(waiting, workers))
            if batch:
                running = ahead.submit(solve, batch)
            yield from zip((number for number, _ in solved), results, strict=True)


def connect(address: str) -> Any:
    """A client of the dask scheduler at an address.

    Raises
    ------
    ParameterError
        No scheduler answers there.
    """
    import distributed

    Client: Any = distributed.Client
    try:
        return Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise ParameterError(
            f"address={address!r}: no dask scheduler answers there ({error}); give what the "
            "scheduler prints, e.g. tcp://host:8786, or leave the address out for local threads"
        ) from None


def run_cluster(tasks: Iterable[tuple[int, Task]], address: str) -> Run:
    """Each task's number and what it came to, from a dask scheduler's workers, in any order."""
    import distributed

    as_completed: Any = distributed.as_completed
    with connect(address) as client:
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
