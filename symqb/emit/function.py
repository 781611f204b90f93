"""What every in-process target shares: checking, broadcasting, buffers, repair, results."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from html import escape
from itertools import accumulate
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from symqb.emit.numpy_source import compile_function
from symqb.emit.plan import BAD_INPUT, MAY_BE_INFINITE, UNDERFLOW, UNKNOWN, ZERO_GUARD, Plan
from symqb.emit.result import Result
from symqb.models import (
    DegenerateLevelsError,
    DomainError,
    ParameterError,
    SteadyStateError,
    check_parameters,
)
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Program

Array = npt.NDArray[np.float64]
Single = Callable[[list[float]], tuple[int, list[float]]]
Fallback = Callable[[Mapping[str, float]], Result]


class Kernel(Protocol):
    """Evaluates a plan over flat arrays; the result is a sum of status bits."""

    def __call__(
        self, inputs: Sequence[Array], count: int, outputs: Sequence[Array], threads: int
    ) -> int: ...


class ProgramFunction:
    """A program as a function of keyword parameters, run by one target's kernel.

    Parameters
    ----------
    target : str
        The name of the target.
    program : Program
        The steps to run, pruned to the outputs wanted.
    kernel : callable
        Takes flat float64 inputs (each of one element or of ``count``), the count, the output
        arrays and a number of threads; returns status bits.
    parameters : tuple of str
        Every parameter of the battery; those the outputs do not need are checked all the same.
    labels : tuple of int
        Levels along the last axis of vector outputs.
    temperatures, kappa
        Which parameters are temperatures, and which the dissipation strength (default 1).
    fallback : callable, optional
        Solves single points whose rates underflow in the program's fixed order of elimination.
    threads : int
        How many threads the kernel may use, where it can use several.
    """

    def __init__(
        self,
        target: str,
        program: Program,
        kernel: Kernel,
        *,
        parameters: tuple[str, ...],
        labels: tuple[int, ...],
        temperatures: tuple[str, ...],
        kappa: str | None,
        fallback: Fallback | None = None,
        threads: int = 1,
    ) -> None:
        self.target, self.program, self.parameters = target, program, parameters
        self.labels, self.threads = labels, threads
        self._kernel, self._kappa, self._fallback = kernel, kappa, fallback
        self._temperatures = frozenset(temperatures)
        self._plan = Plan(program, tuple(temperatures), kappa)
        self._names, self._used = frozenset(parameters), frozenset(program.inputs)
        self._shapes = tuple((width,) if width else () for width in self._plan.widths)
        ends = list(accumulate(max(width, 1) for width in self._plan.widths))
        self._parts = tuple(map(slice, [0, *ends], ends))
        self._layout = tuple(zip(self.outputs, self._shapes, self._parts, strict=True))
        self._domains = tuple(self._domain(name) for name in parameters)
        self._single: Single | None = getattr(kernel, "point", None)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return tuple(self.program.outputs)

    def _domain(self, name: str) -> tuple[str, float, float]:
        """A parameter, its least value, and the least one that is not zero (0 where any is)."""
        if name in self._temperatures:
            return name, 0.0, SMALLEST_TEMPERATURE
        if name == self._kappa:
            return name, math.ulp(0.0), 0.0
        return name, -LARGEST_MAGNITUDE, 0.0

    def __repr__(self) -> str:
        outputs = ", ".join(self.outputs)
        return f"<symqb {self.target} function of {', '.join(self.parameters)}: {outputs}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.program._repr_html_()}"

    def __call__(self, *, out: Mapping[str, Array] | None = None, **parameters: Any) -> Result:
        """Evaluate at scalars or broadcastable arrays, keyword only.

        Parameters
        ----------
        out : mapping, optional
            Output name to a contiguous float64 array of the right shape to write to; fastest
            where each level's values lie together, as in the arrays this function returns.
        **parameters
            Real numbers, or arrays of them that broadcast.

        Raises
        ------
        ParameterError, DomainError
            Bad input; see :func:`symqb.models.check_parameters`.
        DegenerateLevelsError
            Levels that share a neighbour coincide exactly.
        SteadyStateError
            The steady state is not unique.
        """
        values = self._floats(parameters)
        if values is not None and out is None:
            return self._point(values)
        arrays = self._arrays(parameters)
        shape = _common_shape(arrays.values())
        results, tables = self._buffers(shape, out or {}, arrays)
        count = math.prod(shape)
        if count:
            inputs = [_flat(arrays[name], shape) for name in self.program.inputs]
            status = self._kernel(inputs, count, tables, self.threads)
            if status:
                self._settle(status, arrays, results, shape)
        shown = {k: v if v.shape else float(v) for k, v in arrays.items()}
        return Result(
            {k: v if v.shape else float(v) for k, v in results.items()}, self.labels, shown
        )

    def _floats(self, parameters: Mapping[str, Any]) -> dict[str, float] | None:
        """The parameters if all are plain numbers in their domains: the quick way."""
        values: dict[str, float] = {}
        for name, low, tiny in self._domains:
            value = parameters.get(name, 1.0 if name == self._kappa else None)
            if type(value) is not float:
                if type(value) is not int or abs(value) > LARGEST_MAGNITUDE:
                    return None
                value = float(value)
            # false for NaN
            if not low <= value <= LARGEST_MAGNITUDE or 0.0 < tiny > value != 0.0:
                return None
            values[name] = value
        return values if parameters.keys() <= self._names else None

    def _point(self, values: dict[str, float]) -> Result:
        if self._single is None:
            inputs = [np.array([values[name]]) for name in self.program.inputs]
            table = np.empty((1, self._plan.rows))
            columns = [table[:, part] for part in self._parts]
            status, row = self._kernel(inputs, 1, columns, 1), table[0]
        else:
            status, numbers = self._single([values[name] for name in self.program.inputs])
            row = np.array(numbers)
        results = {
            name: row[part] if shape else row[part.start] for name, shape, part in self._layout
        }
        if status:
            arrays = {name: np.array(value) for name, value in values.items()}
            results = {name: np.array(value) for name, value in results.items()}
            self._settle(status, arrays, results, ())
        shown = {
            name: results[name] if shape else float(results[name])
            for name, shape, _ in self._layout
        }
        return Result(shown, self.labels, values)

    def _check(self, parameters: Mapping[str, Any]) -> dict[str, Array]:
        return check_parameters(
            self.parameters,
            parameters,
            temperatures=self._temperatures,
            kappa=self._kappa,
            defaults={self._kappa: 1.0} if self._kappa else {},
        )

    def _arrays(self, parameters: Mapping[str, Any]) -> dict[str, Array]:
        """Float arrays that broadcast.  Large ones in use are left for the kernel to check."""
        big = {
            name: value
            for name, value in parameters.items()
            if type(value) is np.ndarray and value.dtype == np.float64 and name in self._used
        }
        # 1 lies in every domain: it stands in for what the kernel will check
        stand_in = {**parameters, **dict.fromkeys(big, 1.0)}
        numbers = self._floats(stand_in)
        if numbers is None:
            arrays = self._check(stand_in)
        else:
            arrays = {name: np.array(value) for name, value in numbers.items()}
        arrays.update(big)
        try:
            _common_shape(arrays.values())
        except ValueError:
            self._check(parameters)
        return arrays

    def _buffers(
        self, shape: tuple[int, ...], out: Mapping[str, Array], arrays: Mapping[str, Array]
    ) -> tuple[dict[str, Array], list[Array]]:
        """The arrays to return, and each of them as a table of points by rows."""
        unknown = [name for name in out if name not in self.program.outputs]
        if unknown:
            raise ParameterError(
                f"out: {unknown[0]!r} is not an output of this function; "
                f"it has {', '.join(self.outputs)}"
            )
        results: dict[str, Array] = {}
        tables: list[Array] = []
        count = math.prod(shape)
        for name, tail, _ in self._layout:
            if name in out:
                _check_buffer(name, out[name], shape + tail, arrays.values())
                results[name] = out[name]
                tables.append(_table(out[name], count, tail))
                continue
            # each level's values lie together: the axis of levels is last only in the view
            base = np.empty((*tail, count))
            tables.append(base.T if tail else base.reshape(count, 1))
            axes = (*range(1, len(shape) + 1), 0) if tail else None
            results[name] = (
                base.reshape(tail + shape).transpose(axes) if tail else base.reshape(shape)
            )
        return results, tables

    def _settle(
        self, status: int, arrays: Mapping[str, Array], results: dict[str, Array], shape: Any
    ) -> None:
        """Turn a kernel's status into errors or repaired points."""
        if status & BAD_INPUT:
            self._check(arrays)
        suspect = np.zeros(shape, dtype=bool)
        if status & ZERO_GUARD:
            suspect |= self._refuse_degenerate(arrays)
        if status & (UNKNOWN | ZERO_GUARD):
            self._repair(arrays, results, suspect)

    @cached_property
    def _guards(self) -> Callable[..., Any]:
        return compile_function(self._plan.general)

    def _refuse_degenerate(self, arrays: Mapping[str, Array]) -> npt.NDArray[np.bool_]:
        """Raise where a guard vanishes; say where one does that only asks for the fallback."""
        program = self._plan.general
        with np.errstate(all="ignore"):
            _, guards = self._guards(*(arrays[name] for name in program.inputs))
        suspect = np.zeros((), dtype=bool)
        for value, guard in zip(guards, program.guards, strict=True):
            zero = np.equal(value, 0.0)
            if guard.rule.startswith(UNDERFLOW):
                suspect = suspect | zero
                continue
            if not zero.any():
                continue
            index = tuple(int(k) for k in np.argwhere(zero)[0])
            shown = ", ".join(
                f"{name}={float(np.broadcast_to(a, zero.shape)[index]):g}"
                for name, a in arrays.items()
                if np.broadcast_shapes(a.shape, zero.shape) == zero.shape
            )
            if guard.rule.startswith("levels"):
                raise DegenerateLevelsError(
                    f"{shown}: {guard.rule}, which is 0 here; there populations couple to "
                    "coherences and the limit is not the value. Move off the point, by 1e-9 say"
                )
            capacity = guard.rule.startswith("capacity")
            remedy = (
                "leave out that output or raise the field" if capacity else "move off the point"
            )
            raise DomainError(f"{shown}: {guard.rule}; {remedy}")
        return suspect

    def _repair(
        self,
        arrays: Mapping[str, Array],
        results: dict[str, Array],
        suspect: npt.NDArray[np.bool_],
    ) -> None:
        shape, bad = suspect.shape, suspect
        for name, value in results.items():
            nan_only = name.startswith(MAY_BE_INFINITE)
            unknown = np.isnan(value) if nan_only else ~np.isfinite(value)
            bad = bad | (unknown.any(axis=-1) if value.ndim > len(shape) else unknown)
        for index in map(tuple, np.argwhere(bad)):
            point = {
                name: float(np.broadcast_to(array, shape)[index]) for name, array in arrays.items()
            }
            self._repair_point(point, index, results)

    def _repair_point(
        self, point: Mapping[str, float], index: tuple[int, ...], results: dict[str, Array]
    ) -> None:
        if self._fallback is None:
            raise SteadyStateError(
                f"no steady state in double precision at {point}: rates underflow, or the "
                "steady state is not unique; battery.evaluate(...) tells which"
            )
        solved = self._fallback(point)
        for name, value in results.items():
            if name not in solved:
                raise DomainError(
                    f"{name} is not finite, or its rates underflow, at {point}; move off the "
                    "point, or ask for that output without its derivative"
                )
            value[index] = solved[name]


def _common_shape(arrays: Iterable[Array]) -> tuple[int, ...]:
    shapes = {array.shape for array in arrays} - {()}
    if len(shapes) <= 1:
        return shapes.pop() if shapes else ()
    return np.broadcast_shapes(*shapes)


def _flat(array: Array, shape: tuple[int, ...]) -> Array:
    """One element, or all of them in order; copied only where it must be."""
    if array.size == 1 or (array.shape == shape and array.flags.c_contiguous):
        return array.reshape(-1)
    return np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(-1)


def _table(array: Array, count: int, tail: tuple[int, ...]) -> Array:
    """An output as a table of points by rows: a view, in whichever order it lies in memory."""
    if tail and not array.flags.c_contiguous:
        return np.moveaxis(array, -1, 0).reshape(*tail, count).T
    return array.reshape(count, -1)


def _check_buffer(name: str, buffer: Any, shape: tuple[int, ...], inputs: Iterable[Array]) -> None:
    if not isinstance(buffer, np.ndarray) or buffer.dtype != np.float64:
        raise ParameterError(f"out[{name!r}] is not a float64 array; allocate it with numpy.empty")
    if buffer.shape != shape:
        raise ParameterError(f"out[{name!r}] has shape {buffer.shape}; this call needs {shape}")
    last_first = np.moveaxis(buffer, -1, 0) if buffer.ndim else buffer
    laid_out = buffer.flags.c_contiguous or last_first.flags.c_contiguous
    if not (laid_out and buffer.flags.writeable):
        raise ParameterError(
            f"out[{name!r}] must be writeable and contiguous, with the levels last or first in "
            "memory; pass a new array"
        )
    if any(np.may_share_memory(buffer, array) for array in inputs):
        raise ParameterError(f"out[{name!r}] overlaps an input; give it memory of its own")
