"""What every in-process target shares: checking, broadcasting, buffers, repair, results."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from html import escape
from itertools import accumulate
from operator import itemgetter
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from symqb.emit.digits import refuse_overflow
from symqb.emit.emitted import Emitted
from symqb.emit.plan import (
    BAD_INPUT,
    MAY_BE_INFINITE,
    UNKNOWN,
    ZERO_GUARD,
    Fallback,
    Plan,
)
from symqb.emit.quick_check import number_check
from symqb.emit.result import Result
from symqb.emit.targets.numpy.source import compile_function
from symqb.models import (
    AbsentError,
    DomainError,
    ParameterError,
    SteadyStateError,
    check_parameters,
)
from symqb.models.calls import refuse_unnamed
from symqb.models.errors import located
from symqb.program import Guard, GuardKind, Program

Array = npt.NDArray[np.float64]
FLOAT = np.dtype(np.float64)
Single = Callable[[tuple[float, ...]], tuple[int, Array]]


class Kernel(Protocol):
    """Evaluates a plan over flat arrays; the result is a sum of status bits."""

    def __call__(
        self, inputs: Sequence[Array], count: int, outputs: Sequence[Array], threads: int
    ) -> int: ...


class ProgramFunction(Emitted):
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
    labels : tuple
        Levels (or states) along the last axis of vector outputs.
    temperatures, kappa
        Which parameters are temperatures, and which the dissipation strength (default 1).
    fallback : callable, optional
        Solves single points whose rates underflow in the program's fixed order of elimination.
    threads : int
        How many threads the kernel may use, where it can use several.
    plain : Program, optional
        What the kernel runs, if that is not ``program``: points where a guard says that it loses
        digits are computed again by ``program``, all at once.
    """

    def __init__(
        self,
        target: str,
        program: Program,
        kernel: Kernel,
        *,
        parameters: tuple[str, ...],
        labels: tuple[Any, ...],
        temperatures: tuple[str, ...],
        kappa: str | None,
        fallback: Fallback | None = None,
        threads: int = 1,
        plain: Program | None = None,
    ) -> None:
        self.target, self.program, self.parameters = target, program, parameters
        self.labels, self.threads = labels, threads
        self._kernel, self._kappa, self._fallback = kernel, kappa, fallback
        self._temperatures = frozenset(temperatures)
        self._plan = Plan(plain or program, tuple(temperatures), kappa)
        self._careful = Plan(program, tuple(temperatures), kappa) if plain else None
        self._used = frozenset(self._plan.inputs)
        self._shapes = tuple((width,) if width else () for width in self._plan.widths)
        ends = list(accumulate(max(width, 1) for width in self._plan.widths))
        self._parts = tuple(map(slice, [0, *ends], ends))
        self._layout = tuple(zip(self.outputs, self._shapes, self._parts, strict=True))
        self._numbers = number_check(parameters, temperatures, kappa)
        places = tuple(map(parameters.index, self._plan.inputs))
        # of one place itemgetter makes no tuple
        self._chosen: Callable[[tuple[float, ...]], tuple[float, ...]] = (
            itemgetter(*places)
            if len(places) > 1
            else lambda numbers: tuple(numbers[k] for k in places)
        )
        # the one output, if it is a vector
        self._lone = self.outputs[0] if self._plan.widths == (self._plan.rows,) else ""
        self._single: Single | None = getattr(kernel, "point", None)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return tuple(self.program.outputs)

    def __repr__(self) -> str:
        outputs = ", ".join(self.outputs)
        return f"<symqb {self.target} function of {', '.join(self.parameters)}: {outputs}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.program._repr_html_()}"

    def __call__(
        self, *given: Any, out: Mapping[str, Array] | None = None, **parameters: Any
    ) -> Result:
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
        if given:
            refuse_unnamed("f", given, self.parameters)
        if out is None:
            numbers = self._numbers(parameters)
            if numbers is not None:
                return self._point(numbers)
        flat = self._alike(parameters)
        if flat is None:
            arrays = self._arrays(parameters)
            shape = _common_shape(arrays.values())
            inputs = [_flat(arrays[name], shape) for name in self._plan.inputs]
        else:
            shape, arrays = flat
            chosen = [arrays[name] for name in self._plan.inputs]
            inputs = [array if array.ndim == 1 else array.reshape(-1) for array in chosen]
        results, tables = self._buffers(shape, out or {}, arrays.values())
        count = math.prod(shape)
        if count:
            status = self._kernel(inputs, count, tables, self.threads)
            if status:
                self._settle(status, arrays, results, shape)
        shown: dict[str, Any] = {k: v if v.shape else float(v) for k, v in arrays.items()}
        if shape:
            return Result(results, self.labels, shown)
        return Result(
            {k: v if v.shape else float(v) for k, v in results.items()}, self.labels, shown
        )

    def _alike(self, parameters: Mapping[str, Any]) -> tuple[Any, dict[str, Array]] | None:
        """The quick way for arrays of one shape, beside numbers; the kernel checks the arrays."""
        big = {name: value for name, value in parameters.items() if type(value) is np.ndarray}
        shapes = {value.shape for value in big.values()}
        if len(shapes) != 1 or not self._used.issuperset(big):
            return None
        for value in big.values():
            if value.dtype != FLOAT or not value.ndim or not _in_order(value):
                return None
        numbers = self._numbers({**parameters, **dict.fromkeys(big, 1.0)})
        if numbers is None:
            return None
        arrays: dict[str, Array] = {
            name: big[name] if name in big else np.array(number)
            for name, number in zip(self.parameters, numbers, strict=True)
        }
        return shapes.pop(), arrays

    def _point(self, numbers: tuple[float, ...]) -> Result:
        inputs = self._chosen(numbers)
        if self._single is None:
            table = np.empty((1, self._plan.rows))
            columns = [table[:, part] for part in self._parts]
            status, row = self._kernel([np.array([v]) for v in inputs], 1, columns, 1), table[0]
        else:
            status, row = self._single(inputs)
        results: dict[str, Any]
        if self._lone:
            results = {self._lone: row}
        else:
            results = {
                name: row[part] if shape else float(row[part.start])
                for name, shape, part in self._layout
            }
        if status:
            values = dict(zip(self.parameters, numbers, strict=True))
            arrays = {name: np.array(value) for name, value in values.items()}
            results = {name: np.array(value) for name, value in results.items()}
            self._settle(status, arrays, results, ())
            results = {k: v if v.shape else float(v) for k, v in results.items()}
        return Result.at_point(results, self.labels, self.parameters, numbers)

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
        arrays = {**self._check(stand_in), **big}
        try:
            _common_shape(arrays.values())
        except ValueError:
            self._check(parameters)
        return arrays

    def _buffers(
        self, shape: tuple[int, ...], out: Mapping[str, Array], given: Iterable[Array]
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
        count, taken = math.prod(shape), list(given) if out else []
        for name, tail, _ in self._layout:
            if name in out:
                _check_buffer(name, out[name], shape, tail, taken)
                taken.append(out[name])
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
        doubts = _unknown(results, shape)
        if status & ZERO_GUARD:
            _, guards = self._run(self._plan, arrays)
            self._suspect(self._plan, guards, arrays, doubts)
        if status & (UNKNOWN | ZERO_GUARD):
            self._repair(arrays, results, doubts)

    @cached_property
    def _compiled(self) -> dict[int, Callable[..., Any]]:
        return {}

    def _run(self, plan: Plan, arrays: Mapping[str, Array]) -> tuple[Any, Any]:
        """Outputs and guards of a plan's general variant, by plain NumPy."""
        if id(plan) not in self._compiled:
            self._compiled[id(plan)] = compile_function(plan.general)
        with np.errstate(all="ignore"):
            outputs, guards = self._compiled[id(plan)](*(arrays[n] for n in plan.general.inputs))
        return outputs, guards

    def _suspect(
        self,
        plan: Plan,
        guards: Any,
        arrays: Mapping[str, Array],
        doubts: dict[str, npt.NDArray[np.bool_]],
        places: Any = None,
        asked: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    ) -> None:
        """Add, output by output, the points to compute again; raise where a guard refuses one.

        ``places`` are the indices of the points, where they are some of many; ``asked`` tells
        which outputs there are wanted, and will be computed again if they are in doubt.
        """
        refused = []
        for value, guard in zip(guards, plan.general.guards, strict=True):
            zero = np.equal(value, 0.0)
            if guard.kind not in (GuardKind.LEVELS, GuardKind.RANGE):
                refused.append((guard, zero))
                continue
            for name in doubts:
                if _protects(guard, name):
                    doubts[name] = doubts[name] | zero
        wanted = doubts if asked is None else {n: doubts[n] & asked[n] for n in doubts}
        suspect = np.any(list(wanted.values()), axis=0)
        for guard, zero in refused:
            # what is in doubt is refused with more digits, if at all
            certain = np.argwhere(np.broadcast_to(zero, suspect.shape) & ~suspect)
            if len(certain):
                index = certain[0] if places is None else places[int(certain[0][0])]
                self._refuse(guard, arrays, tuple(int(k) for k in index))

    def _refuse(self, guard: Guard, arrays: Mapping[str, Array], index: tuple[int, ...]) -> None:
        values = {n: a[index] if a.shape else a for n, a in _broadcast(arrays).items()}
        point = {name: float(value) for name, value in values.items()}
        if guard.kind is GuardKind.ABSENT:
            message = f"{guard.rule}; leave out {', '.join(guard.outputs)}"
            raise AbsentError(message, guard.outputs).at(point, index)
        raise DomainError(f"{guard.rule}; give values that keep to it").at(point, index)

    def _repair(
        self,
        arrays: Mapping[str, Array],
        results: dict[str, Array],
        doubts: dict[str, npt.NDArray[np.bool_]],
    ) -> None:
        """Compute doubtful outputs again: by the careful program all at once, then one by one."""
        shape = next(iter(doubts.values())).shape
        whole = {name: np.broadcast_to(array, shape) for name, array in arrays.items()}
        places = np.argwhere(np.any(list(doubts.values()), axis=0))
        if self._careful is not None and len(places):
            self._again(self._careful, places, whole, results, doubts)
        for index in map(tuple, np.argwhere(np.any(list(doubts.values()), axis=0))):
            point = {name: float(array[index]) for name, array in whole.items()}
            self._repair_point(point, index, results, doubts)

    def _again(
        self,
        plan: Plan,
        places: Any,
        whole: Mapping[str, Array],
        results: dict[str, Array],
        doubts: dict[str, npt.NDArray[np.bool_]],
    ) -> None:
        """Write what a program gives at some places; leave in doubt what it doubts as well."""
        where, count = tuple(places.T), len(places)
        chosen = {name: np.reshape(array[where], count) for name, array in whole.items()}
        outputs, guards = self._run(plan, chosen)
        found = {
            name: np.stack([np.broadcast_to(v, count) for v in value], axis=-1)
            if isinstance(value, tuple)
            else np.broadcast_to(value, count)
            for name, value in zip(plan.outputs, outputs, strict=True)
        }
        left = _unknown(found, (count,))
        wanted = {name: np.reshape(doubts[name][where], count) for name in results}
        self._suspect(plan, guards, whole, left, places, wanted)
        for name, value in results.items():
            # what was sure stays; one point has no axis of points
            asked = wanted[name]
            for k in np.flatnonzero(asked) if not where else ():
                value[...] = found[name][k]
            if where:
                value[tuple(places[asked].T)] = found[name][asked]
            still = np.zeros_like(doubts[name])
            still[where] = (asked & left[name]) if where else (asked & left[name])[0]
            doubts[name] = still

    def _repair_point(
        self,
        point: Mapping[str, float],
        index: tuple[int, ...],
        results: dict[str, Array],
        doubts: Mapping[str, npt.NDArray[np.bool_]],
    ) -> None:
        if self._fallback is None:
            raise SteadyStateError(
                "no steady state in double precision: levels coincide, rates underflow, or the "
                "steady state is not unique; battery.evaluate(...) tells which"
            ).at(point, index)
        doubtful = [name for name in results if doubts[name][index]]
        with located(point, index):
            solved = self._fallback(self.program, point)
            refuse_overflow({name: solved[name] for name in doubtful})
        for name in doubtful:
            results[name][index] = np.asarray(solved[name], dtype=np.float64)


def _protects(guard: Guard, name: str) -> bool:
    """Whether a guard is for an output, or for what it is the derivative of."""
    return not guard.outputs or any(
        name == output or name.startswith(f"d_{output}_d_") for output in guard.outputs
    )


def _unknown(
    results: Mapping[str, Array], shape: tuple[int, ...]
) -> dict[str, npt.NDArray[np.bool_]]:
    """For each output the points where it is no number, or infinite where that is no answer."""
    found: dict[str, npt.NDArray[np.bool_]] = {}
    for name, value in results.items():
        nan_only = name.startswith(MAY_BE_INFINITE)
        unknown = np.isnan(value) if nan_only else ~np.isfinite(value)
        found[name] = np.asarray(unknown.any(axis=-1) if value.ndim > len(shape) else unknown)
    return found


def _broadcast(arrays: Mapping[str, Array]) -> dict[str, Array]:
    shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    return {name: np.broadcast_to(array, shape) for name, array in arrays.items()}


def _common_shape(arrays: Iterable[Array]) -> tuple[int, ...]:
    shapes = {array.shape for array in arrays} - {()}
    if len(shapes) <= 1:
        return shapes.pop() if shapes else ()
    return np.broadcast_shapes(*shapes)


def _in_order(array: Array) -> bool:
    """Whether compiled code can read an array where it lies."""
    return array.flags.c_contiguous and array.flags.aligned


def _flat(array: Array, shape: tuple[int, ...]) -> Array:
    """One element, or all of them in order; copied only where it must be."""
    if (array.size == 1 or array.shape == shape) and _in_order(array):
        return array.reshape(-1)
    wanted = array.shape if array.size == 1 else shape
    return np.require(np.broadcast_to(array, wanted), requirements=["C", "A"]).reshape(-1)


def _levels_first(array: Array) -> Array:
    return array.T if array.ndim == 2 else np.moveaxis(array, -1, 0)


def _table(array: Array, count: int, tail: tuple[int, ...]) -> Array:
    """An output as a table of points by rows: a view, in whichever order it lies in memory."""
    if tail and not array.flags.c_contiguous:
        return _levels_first(array).reshape(*tail, count).T
    return array.reshape(count, math.prod(tail))


def _owner(array: Array) -> Any:
    """The array whose own memory an array lies in; None where that is not so simple."""
    base = array if array.base is None else array.base
    return base if type(base) is np.ndarray and base.flags.owndata else None


def _overlaps(buffer: Array, array: Array) -> bool:
    mine, other = _owner(buffer), _owner(array)
    if mine is not other and mine is not None and other is not None:
        return False
    return bool(np.may_share_memory(buffer, array))


def _check_buffer(
    name: str, buffer: Any, shape: tuple[int, ...], tail: tuple[int, ...], taken: Iterable[Array]
) -> None:
    """Refuse memory that cannot be written in place, or in which something else of a call lies."""
    masked = isinstance(buffer, np.ma.MaskedArray)
    if masked or not isinstance(buffer, np.ndarray) or buffer.dtype != np.float64:
        raise ParameterError(f"out[{name!r}] is not a float64 array; allocate it with numpy.empty")
    if buffer.shape != shape + tail:
        raise ParameterError(
            f"out[{name!r}] has shape {buffer.shape}; this call needs {shape + tail}"
        )
    flags = buffer.flags
    laid_out = flags.c_contiguous or (tail and _levels_first(buffer).flags.c_contiguous)
    if not (laid_out and flags.writeable and flags.aligned):
        order = ", with the levels last or first in memory" if tail else " in C order"
        raise ParameterError(
            f"out[{name!r}] must be writeable, aligned and contiguous{order}; pass a new array"
        )
    if any(_overlaps(buffer, array) for array in taken):
        raise ParameterError(
            f"out[{name!r}] overlaps an input or another output; give it memory of its own"
        )
