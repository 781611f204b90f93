"""The numpy target's kernel: blocks that stay in cache, buffers used again, scalars kept scalar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.emit.language import Text
from symqb.emit.plan import BAD_INPUT, UNKNOWN, ZERO_GUARD, Plan
from symqb.emit.targets.numpy.source import NUMPY
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Program, Ref, Step

Array = npt.NDArray[np.float64]

BLOCK = 8192
"""Points in a block: a call takes far longer than its own cost, and a row stays in cache."""

LINE = 8
"""Doubles in a cache line.  Rows begin on one; NumPy's own arrays mostly do not."""

UFUNCS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "neg": "negative",
    "abs": "absolute",
    "sqrt": "sqrt",
    "log": "log",
    "min": "minimum",
    "max": "maximum",
    "expm1": "expm1",
}


def _bits(values: Any) -> Any:
    """Doubles as integers of the same bits: a view."""
    return (np.float64(values) if type(values) is float else values).view(np.int64)


NAMESPACE: Mapping[str, Any] = {
    "np": np,
    "bits": _bits,
    **{name: getattr(np, name) for name in UFUNCS.values()},
}
WORDS = {*NAMESPACE, "inputs", "work", "rows", "mask", "chosen", "other"}


class _Writer:
    """Writes one variant as Python over blocks; buffers are shared by values that never meet."""

    def __init__(self, plan: Plan, program: Program, varies: Sequence[bool]) -> None:
        self.plan, self.program = plan, program
        self.text = Text(NUMPY, program, WORDS)
        self.names, self.ref = self.text.names, self.text.ref
        self.arrays = {n for n, v in zip(plan.inputs, varies, strict=True) if v}
        for step in program.steps:
            if any(arg in self.arrays for arg in step.args):
                self.arrays.add(step.name)
        self.last: dict[Ref, int] = {}
        for k, step in enumerate(program.steps):
            self.last.update(dict.fromkeys(step.args, k))
        self.general = program is plan.general
        kept = [
            *plan.values(program),
            *(guard.ref for guard in program.guards if self.general),
        ]
        self.last.update(dict.fromkeys(kept, len(program.steps)))
        self.buffer: dict[Ref, int] = {}
        self.free: list[int] = []
        self.count = 1
        self.rows: dict[Ref, int] = {}
        for row, ref in enumerate(plan.values(program)):
            self.rows.setdefault(ref, row)

    def _take(self, step: Step, k: int) -> str:
        """The buffer a step writes to: an output's row, an argument's, or a free one."""
        row = self.rows.get(step.name)
        dying = {
            self.buffer.pop(arg): None
            for arg in step.args
            if arg in self.buffer and self.last[arg] == k
        }
        self.free.extend(dying)
        if row is not None and step.op != "select":
            return f"rows[{row}]"
        return self._take_free(step)

    def _take_free(self, step: Step) -> str:
        if not self.free:
            self.free.append(self.count)
            self.count += 1
        self.buffer[step.name] = self.free.pop()
        return f"work[{self.buffer[step.name]}]"

    def line(self, k: int, step: Step) -> list[str]:
        name, args = self.names[step.name], list(map(self.ref, step.args))
        if step.name not in self.arrays:
            return [f"{name} = {self.text.expression(step)}"]
        if step.op != "select":
            return [f"{name} = {UFUNCS[step.op]}({', '.join(args)}, out={self._take(step, k)})"]
        # by bits, d ^ ((c ^ d) & mask): a copy under a mask branches at every element; the result
        # may take the place of no argument
        return [
            f"{name}, mask = {self._take_free(step)}, bits(work[0])",
            f"np.negative(np.less_equal({args[0]}, {args[1]}, mask), mask)",
            f"chosen, other = bits({name}), bits({args[3]})",
            f"np.bitwise_xor(bits({args[2]}), other, chosen)",
            "np.bitwise_xor(np.bitwise_and(chosen, mask, chosen), other, chosen)",
        ]

    def require(self, name: Ref, what: str) -> str:
        """Leave the variant unless a value is positive, or not zero, throughout the block."""
        value = self.ref(name)
        if what == "positive":
            least = f"np.minimum.reduce({value})" if name in self.arrays else value
            return f"if not {least} > 0.0: return None"
        held = f"np.logical_and.reduce({value})" if name in self.arrays else value
        return f"if not {held}: return None"

    def lines(self) -> list[str]:
        """Any but the general variant is left where a condition or a guard does not hold."""
        body = [
            f"{self.names[n]} = inputs[{self.plan.inputs.index(n)}]" for n in self.program.inputs
        ]
        wanted: dict[Ref, str] = {}
        if not self.general:
            wanted |= dict.fromkeys((guard.ref for guard in self.program.guards), "not zero")
            wanted |= dict.fromkeys(self.plan.conditions(self.program), "positive")
        body += [self.require(n, wanted[n]) for n in self.program.inputs if n in wanted]
        for k, step in enumerate(self.program.steps):
            body += self.line(k, step)
            if step.name in wanted:
                body.append(self.require(step.name, wanted[step.name]))
            if step.name in self.buffer and step.name not in self.last:
                self.free.append(self.buffer.pop(step.name))
        for row, ref in enumerate(self.plan.values(self.program)):
            step_row = self.rows.get(ref)
            written = ref in self.arrays and step_row == row and self._wrote(ref)
            if not written:
                body.append(f"rows[{row}][...] = {self.ref(ref)}")
        guards = [self.ref(guard.ref) for guard in self.program.guards if self.general]
        body.append(f"return ({''.join(g + ', ' for g in guards)})")
        return body

    def _wrote(self, ref: Ref) -> bool:
        ops = {step.name: step.op for step in self.program.steps}
        return isinstance(ref, str) and ops.get(ref, "select") != "select"


def _compile(plan: Plan, program: Program, varies: Sequence[bool]) -> tuple[Any, int]:
    writer = _Writer(plan, program, varies)
    body = "\n    ".join(writer.lines())
    namespace = dict(NAMESPACE)
    source = f"def program(inputs, work, rows):\n    {body}\n"
    exec(compile(source, "<symqb numpy kernel>", "exec"), namespace)
    return namespace["program"], writer.count


def _aligned(rows: int, size: int) -> list[Array]:
    """Rows that begin on a cache line, no two at the same place of a page."""
    apart = -(-size // LINE) * LINE + LINE
    memory = np.empty(rows * apart + LINE)
    start = -(memory.ctypes.data // memory.itemsize) % LINE
    return [memory[start + k * apart :][:size] for k in range(rows)]


class NumpyKernel:
    """Runs a plan with NumPy over blocks; one compiled variant for each set of scalar inputs."""

    def __init__(self, plan: Plan, block: int = BLOCK) -> None:
        self._plan, self._block = plan, block
        self._variants = lru_cache(maxsize=64)(self._make)

    def _make(self, varies: tuple[bool, ...]) -> list[tuple[Callable[..., Any], int]]:
        programs = [p for p in (self._plan.positive, self._plan.general) if p is not None]
        return [_compile(self._plan, program, varies) for program in programs]

    def __call__(
        self, inputs: Sequence[Array], count: int, outputs: Sequence[Array], threads: int
    ) -> int:
        varies = tuple(array.size > 1 for array in inputs)
        variants = self._variants(varies)
        size = min(self._block, count)
        work = _aligned(max(count for _, count in variants), size)
        scalars = [array if many else array[0] for array, many in zip(inputs, varies, strict=True)]
        status = 0
        with np.errstate(all="ignore"):
            for lo in range(0, count, size):
                hi = min(lo + size, count)
                block = [a[lo:hi] if many else a for a, many in zip(scalars, varies, strict=True)]
                buffers = [row[: hi - lo] for row in work] if hi - lo < size else work
                rows = [out[lo:hi, k] for out in outputs for k in range(out.shape[1])]
                status |= self._run(variants, block, buffers, rows)
        return status

    def _run(
        self,
        variants: list[tuple[Callable[..., Any], int]],
        block: Sequence[Any],
        buffers: Sequence[Array],
        rows: Sequence[Array],
    ) -> int:
        status = domain_status(self._plan, block)
        for program, _ in variants:
            guards = program(block, buffers, rows)
            if guards is not None:
                break
        if not all(map(np.all, guards)):
            status |= ZERO_GUARD
        for row, strict in zip(rows, self._plan.finite, strict=True):
            total = np.add.reduce(row)
            if not (np.isfinite(total) if strict else total == total):
                status |= UNKNOWN
        return status


def domain_status(plan: Plan, inputs: Sequence[Any]) -> int:
    """``BAD_INPUT`` if a value lies outside its parameter's domain, else 0."""
    for name, values in zip(plan.inputs, inputs, strict=True):
        if np.ndim(values):
            low, high = np.minimum.reduce(values), np.maximum.reduce(values)
        else:
            low = high = values
        if not (low >= -LARGEST_MAGNITUDE and high <= LARGEST_MAGNITUDE):
            return BAD_INPUT
        if name in plan.temperatures and low < SMALLEST_TEMPERATURE:
            tiny = np.not_equal(values, 0.0) & np.less(values, SMALLEST_TEMPERATURE)
            if np.any(tiny):
                return BAD_INPUT
        if name == plan.kappa and low <= 0:
            return BAD_INPUT
    return 0
