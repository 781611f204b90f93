"""Sweeps over grids of parameters: labelled, chunked, resumable, on threads or a dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from errno import EIO
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.derive.derived import derivation_of
from symqb.models import BatteryModel, ParameterError, check_parameters
from symqb.models.arrays import as_float, check_domain
from symqb.models.calls import refuse_no_mapping, refuse_options
from symqb.models.extras import need
from symqb.models.system import System
from symqb.numerics.limits import bytes_text, check_memory, free_space
from symqb.numerics.point_function import PointFunction
from symqb.numerics.sweep_identity import attributes, code_checksum
from symqb.numerics.sweep_layout import LARGEST_AXIS, Layout
from symqb.numerics.sweep_runs import Task, run_cluster, run_threads
from symqb.numerics.sweep_skipped import Chunk
from symqb.numerics.sweep_store import SweepStore
from symqb.numerics.system_function import point_function, read_outputs

Array = npt.NDArray[np.float64]

CHUNK = 250_000
"""Points in a chunk where there is a closed form: work enough to outweigh sending the results."""
SECONDS_A_CHUNK = 2.0
"""What a chunk of a long chain should take, about: what a crash may lose."""
LARGEST_COUNT = 1_000_000
"""Chunks of one sweep."""
ROUNDS = 3
"""How often chunks that are not read back as they were written are computed."""


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
    return max(1, round(SECONDS_A_CHUNK / function.seconds))


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


def _split(
    parameters: Mapping[str, Any], skip_errors: bool
) -> tuple[dict[str, Array], dict[str, float]]:
    """Parameters with several values, and those with one.

    Where points are skipped an axis may leave its domain, but its labels must be numbers.
    """
    axes: dict[str, Array] = {}
    fixed: dict[str, float] = {}
    for name, value in parameters.items():
        _check_length(name, value)
        array = as_float(name, value)
        if not (skip_errors and array.ndim and np.isfinite(array).all()):
            check_domain(name, array, (), None)
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


def _check_length(name: str, value: Any) -> None:
    """Refuse values by their number before they are made into an array."""
    try:
        length = len(value)
    except TypeError:
        return
    except OverflowError:
        length = LARGEST_AXIS + 1
    if length > LARGEST_AXIS and not isinstance(value, str | bytes):
        raise ParameterError(
            f"{name} has more than {LARGEST_AXIS} values; give fewer, or sweep part after part"
        )


def _check_axes(
    axes: Mapping[str, Array],
    fixed: Mapping[str, float],
    function: PointFunction,
    skip_errors: bool,
) -> None:
    """Refuse names that are none of the model's, and values outside their domain.

    Of an axis that leaves its domain points may be skipped; a value for the whole grid may not.
    """
    kinds: dict[str, Any] = {"temperatures": function.temperatures, "kappa": function.kappa}
    # 1 lies in every domain
    check_parameters(function.parameters, {**fixed, **dict.fromkeys(axes, 1.0)}, **kinds)
    for name, values in () if skip_errors else axes.items():
        check_parameters((name,), {name: values}, **kinds)


def _check_size(
    shape: Sequence[int],
    chunk: Sequence[int],
    function: PointFunction,
    path: str | Path | None,
    workers: int,
) -> None:
    """Refuse a sweep that memory or disk cannot hold, before any of it is taken."""
    points, remedy = prod(shape), "give fewer values along an axis"
    width = sum(function.levels if function.wide(name) else 1 for name in function.outputs)
    what = f"a grid of {' x '.join(map(str, shape))} = {points} points"
    held = 8 * points * width
    if path is None:
        check_memory(2 * held, what, f"{remedy}, or a path to keep the results on disk")
    else:
        needed = held * (2 if str(path).endswith(".nc") else 1)
        free = free_space(Path(path))
        if free is not None and needed > free:
            raise ParameterError(
                f"{what} needs about {bytes_text(needed)} on disk, {bytes_text(free)} are free at "
                f"{path}; {remedy}, or another path"
            )
    count = prod(-(-n // step) for n, step in zip(shape, chunk, strict=True))
    if count > LARGEST_COUNT:
        raise ParameterError(
            f"{what} makes {count} chunks of {prod(chunk)}, more than {LARGEST_COUNT}; {remedy}, "
            f"or a larger chunk, e.g. chunk={-(-points // 10_000)}"
        )
    parameters = len(function.parameters)
    taken = 8 * prod(chunk) * (2 * width + parameters) * (min(workers, count) + 1)
    check_memory(taken, f"chunk={prod(chunk)} with workers={workers}", "give a smaller chunk")


def sweep(
    model: BatteryModel | System,
    parameters: Mapping[str, Any],
    *,
    outputs: Iterable[str] | Mapping[str, object] = ("charge", "ergotropy"),
    path: str | Path | None = None,
    address: str | None = None,
    workers: int = 1,
    chunk: int | None = None,
    skip_errors: bool = False,
    progress: bool = False,
    **unknown: Any,
) -> Any:
    """Outputs of a model on the grid of its parameters, as a labelled data set.

    Parameters
    ----------
    model : BatteryModel or System
        What is evaluated.
    parameters : mapping
        Each parameter's value, or a one-dimensional array of distinct values; arrays become the
        axes of the grid, in the order given.
    outputs : iterable of str or mapping
        Which outputs; ``energies`` and ``populations`` bring an axis ``level``.  A mapping gives
        names to expressions in outputs and parameters, ``{"cop": "heat_current_c /
        heat_current_w"}``; they are part of what a stored sweep is known by.
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
        Put NaN where a point is refused, rather than stop, in the outputs that are refused; values
        of an axis outside their domain count.  The attribute ``skipped`` says how many points, and
        for each reason how often and where first (JSON).
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
    options = ("outputs", "path", "address", "workers", "chunk", "skip_errors", "progress")
    names = derivation_of(model).parameters
    example = names[0] if names else "T"
    wanted = f"parameters to numbers or arrays, e.g. {{{example!r}: [1.0, 2.0]}}"
    refuse_no_mapping("parameters", parameters, wanted)
    refuse_options("sweep", unknown, options, names, "its first argument")
    for name, value in (("workers", workers), ("chunk", 1 if chunk is None else chunk)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ParameterError(f"{name}={value!r} is not a positive integer; give e.g. {name}=2")
    stored = ("zarr", "netCDF4") if path is not None else ()
    for module in ("xarray", "dask", *stored):
        need(module, "a sweep")
    chosen, composed = read_outputs(model, outputs)
    function = point_function(model, chosen, composed)
    function.check_memory()
    axes, fixed = _split({**function.defaults, **parameters}, bool(skip_errors))
    _check_axes(axes, fixed, function, bool(skip_errors))
    shape = tuple(len(values) for values in axes.values())
    steps = chunk_shape(shape, chunk_points(function) if chunk is None else chunk)
    _check_size(shape, steps, function, path, workers)
    said = {name: str(dict(composed).get(name, name)) for name in chosen}
    noted = attributes(model, said, axes, fixed, chunk=steps, skip_errors=bool(skip_errors))
    widths = {name: function.levels if function.wide(name) else None for name in chosen}
    layout = Layout(axes, widths, steps, noted)
    points = tuple(fixed.items())
    whole = Task(model, chosen, (), points, bool(skip_errors), code_checksum(), composed=composed)

    def run(numbers: Sequence[int]) -> Iterator[tuple[int, Chunk]]:
        tasks = (
            (k, replace(whole, axes=layout.axes_of(k), start=layout.start_of(k))) for k in numbers
        )
        found = run_cluster(tasks, address) if address else run_threads(tasks, workers)
        yield from _watched(found, len(numbers), progress)

    with SweepStore(path, layout) as store:
        return _fill(store, run)


def _fill(store: SweepStore, run: Callable[[Sequence[int]], Iterator[Any]]) -> Any:
    """Run what is missing in a store until all of it is in and read back, and close it."""
    for _ in range(ROUNDS):
        missing = store.missing()
        if not missing:
            return store.close()
        for number, chunk in run(missing):
            region = store.layout.region(number)
            store.write(number, region, chunk)
    if not store.missing():
        return store.close()
    raise OSError(
        EIO,
        f"{len(store.missing())} chunks are not read back as they were written; choose a path on "
        "another disk",
        str(store.path),
    )


def _watched(runs: Iterator[Any], total: int, progress: bool) -> Iterator[Any]:
    if not progress:
        yield from runs
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(runs, "chunks", total=total, console=Console(stderr=True))
