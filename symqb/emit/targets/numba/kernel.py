"""The numba target: the program as compiled loops over blocks, which LLVM vectorises."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.emit.buffers import PointBuffers, address
from symqb.emit.plan import BAD_INPUT, Plan
from symqb.emit.targets.numba.flags import float_flags
from symqb.emit.targets.numba.memory import bit_casts, memory, wide_vectors
from symqb.emit.targets.numba.source import sources
from symqb.models import NoClosedFormError
from symqb.models.extras import need

Array = npt.NDArray[np.float64]

BLOCK = 128
SIZE = 8
"""Bytes of a double."""
LONGEST_COMPILED = 5000
"""Steps of a program beyond which numba takes minutes and gigabytes."""
DEEPEST = 4000
"""Calls within calls that numba is given for a program of that length."""
TOO_LONG = (
    "target 'numba': its compiler cannot take a program of this length; ask for fewer outputs or "
    "derivatives, or use emit('c')"
)


def _functions(plan: Plan, compiled: Callable[[Any], Any]) -> dict[str, Any]:
    """Every function a driver calls, compiled when first called."""
    bits, value = bit_casts()
    read, writes = memory(plan.rows)
    flags = float_flags()
    namespace: dict[str, Any] = {"sqrt": np.sqrt, "log": np.log, "read": read}
    namespace.update(bits=bits, value=value, wide=wide_vectors())
    namespace.update({f"write_{row}": write for row, write in enumerate(writes)})
    namespace.update(clear=compiled(flags.clear), left_range=compiled(flags.left_range))
    for name, source in sources(plan, flags=flags.work).items():
        exec(compile(source, f"<symqb numba {name}>", "exec"), namespace)
        namespace[name] = compiled(namespace[name])
    return namespace


def _either(made: dict[str, Any]) -> Callable[[Any, Any, Any], Any]:
    """A block by its first variant, by the general one where that does not hold."""
    general, outside = made["general"], made["outside"]
    clear, left_range = made["clear"], made["left_range"]
    watched, has_first = "quick" in made, "quick" in made or "positive" in made
    first = made["quick"] if watched else made.get("positive", general)
    bad_input = BAD_INPUT

    def either(rows: Any, out: Any, count: Any) -> Any:
        trouble, flags = True, 0
        if has_first:
            trouble, flags = first(rows, out, count)
        again = trouble or flags != 0 or left_range()
        if again:
            flags = general(rows, out, count)[1]
            clear()
        if (again or not watched) and outside(rows, count):
            flags |= bad_input
        return flags

    return either


def _one_point(made: dict[str, Any], inputs: int, rows: int) -> Callable[[Any, Any], Any]:
    """A single point, whose numbers lie one after another."""
    general, size = made["general"], SIZE

    def one_point(start: Any, end: Any) -> Any:
        places = start + size * np.arange(inputs)
        return general(places, end + size * np.arange(rows), 1)[1]

    return one_point


def _driver(made: dict[str, Any], either: Any) -> Callable[..., Any]:
    """Points ``start`` to ``stop``, block by block.

    ``inputs`` and ``outputs`` hold the addresses of each input's and each row's first double;
    ``varies`` is 1 where an input is an array, ``steps`` the doubles from one point's value to the
    next's.  Arrays are read and rows of step 1 written where they lie; single numbers and other
    rows go by way of ``scratch``, one block for each input and row.
    """
    read, write, clear, wide = (made[name] for name in ("read", "write_0", "clear", "wide"))
    block, size = BLOCK, SIZE

    def driver(
        start: Any, stop: Any, inputs: Any, varies: Any, outputs: Any, steps: Any, scratch: Any
    ) -> Any:
        wide()
        rows, out = np.empty_like(inputs), np.empty_like(outputs)
        copies = scratch.ctypes.data
        results = copies + size * block * len(inputs)
        status = 0
        clear()
        for k in range(len(inputs)):
            rows[k] = copies + size * block * k
            if not varies[k]:
                scratch[k] = read(inputs[k], 0)
        for offset in range(start, stop, block):
            count = min(block, stop - offset)
            for k in range(len(inputs)):
                if varies[k]:
                    rows[k] = inputs[k] + size * offset
            for k in range(len(outputs)):
                out[k] = outputs[k] + size * offset if steps[k] == 1 else results + size * block * k
            status |= either(rows, out, count)
            for k in range(len(outputs)):
                if steps[k] != 1:
                    for i in range(count):
                        write(outputs[k], (offset + i) * steps[k], read(out[k], i))
        return status

    return driver


def compile_plan(plan: Plan) -> tuple[Any, Any]:
    """The driver, and the function of a single point, each compiled when first called.

    Raises
    ------
    ImportError
        numba is not installed.
    NoClosedFormError
        A program that it cannot take.
    """
    numba = need("numba", "target 'numba'")
    if len(plan.general.steps) > LONGEST_COMPILED:
        raise NoClosedFormError(TOO_LONG)
    compiled = numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
    made = _functions(plan, compiled)
    driver = compiled(_driver(made, compiled(_either(made))))
    return driver, compiled(_one_point(made, len(plan.inputs), plan.rows))


def _call(function: Any, *arguments: Any) -> int:
    """A compiled function's status; the first call compiles, and numba descends step by step."""
    if function.overloads:
        return int(function(*arguments))
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(limit, DEEPEST))
        return int(function(*arguments))
    except RecursionError:
        raise NoClosedFormError(TOO_LONG) from None
    finally:
        sys.setrecursionlimit(limit)


class NumbaKernel:
    """Runs a plan as a numba-compiled loop; threads share it without the interpreter's lock."""

    def __init__(self, plan: Plan) -> None:
        self._driver, one = compile_plan(plan)
        self._blocks = len(plan.inputs) + plan.rows
        self.point = PointBuffers(partial(_call, one), len(plan.inputs), plan.rows)

    def __call__(
        self, inputs: Sequence[Array], count: int, outputs: Sequence[Array], threads: int
    ) -> int:
        ends, steps = [], []
        for table in outputs:
            start, (step, apart) = address(table.T), table.strides
            ends += [start + apart * k for k in range(table.shape[1])]
            steps += [step // SIZE] * table.shape[1]
        places = (
            np.array([address(array) for array in inputs], dtype=np.int64),
            np.array([array.size > 1 for array in inputs]),
            np.array(ends, dtype=np.int64),
            np.array(steps, dtype=np.int64),
        )

        def part(start: int, stop: int) -> int:
            return _call(self._driver, start, stop, *places, np.empty((self._blocks, BLOCK)))

        if threads == 1 or count < 2 * BLOCK:
            return part(0, count)
        part(0, 0)
        share = -(-count // (threads * BLOCK)) * BLOCK
        starts = range(0, count, share)
        status = 0
        with ThreadPoolExecutor(threads) as pool:
            for found in pool.map(lambda start: part(start, min(start + share, count)), starts):
                status |= found
        return status
