"""The numba target: the program as a compiled loop over blocks that LLVM vectorises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.emit.c_source import expm1_coefficients
from symqb.emit.names import PYTHON_KEYWORDS, unique_names
from symqb.emit.numpy_source import literal
from symqb.emit.plan import BAD_INPUT, UNKNOWN, ZERO_GUARD, Plan
from symqb.models import NoClosedFormError
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Program, Ref

Array = npt.NDArray[np.float64]

BLOCK = 128

FORMS: Mapping[str, str] = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "neg": "-{0}",
    "abs": "abs({0})",
    "sqrt": "sqrt({0})",
    "log": "log({0})",
    "min": "({0} if {0} < {1} else {1})",
    "max": "({0} if {0} > {1} else {1})",
    "select": "({2} if {0} <= {1} else {3})",
    "expm1": "expm1({0})",
}
RESERVED = {*PYTHON_KEYWORDS, "i", "rows", "out", "count", "abs", "sqrt", "log", "expm1", "bits"}


def _expm1_source() -> str:
    """``expm1`` for x >= 0 without a branch or a call: see the C target."""
    first, *rest = expm1_coefficients()
    horner = "\n".join(f"    p = p * r + {c!r}" for c in rest)
    return f"""def expm1(x):
    x = 709.95 if x > 709.4 else x
    shifted = x * 1.4426950408889634 + 6755399441055744.0
    k = shifted - 6755399441055744.0
    r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    power = value((bits(shifted) + 1023) << 52)
    p = {first!r}
{horner}
    p = p * (r * r) + r
    return power * p + (power - 1.0)
"""


def _variant_source(plan: Plan, program: Program, name: str) -> str:
    names = unique_names([*program.inputs, *(s.name for s in program.steps)], RESERVED)

    def ref(value: Ref) -> str:
        return literal(value) if isinstance(value, Fraction) else names[value]

    values = plan.values(program)
    body = [f"{names[n]} = rows[{plan.inputs.index(n)}, i]" for n in program.inputs]
    for step in program.steps:
        body.append(f"{names[step.name]} = {FORMS[step.op].format(*map(ref, step.args))}")
    body += [f"out[{row}, i] = {ref(value)}" for row, value in enumerate(values)]
    body += [f"mixed |= not {ref(value)} > 0.0" for value in plan.conditions(program)]
    body += [f"zero |= {ref(guard.ref)} == 0.0" for guard in program.guards]
    for value, strict in zip(values, plan.finite, strict=True):
        test = (
            f"not abs({ref(value)}) <= 1.7976931348623157e308"
            if strict
            else f"{ref(value)} != {ref(value)}"
        )
        body.append(f"unknown |= {test}")
    lines = "\n        ".join(body)
    return f"""def {name}(rows, out, count):
    mixed = False
    zero = False
    unknown = False
    for i in range(count):
        {lines}
    return mixed, ({ZERO_GUARD} if zero else 0) | ({UNKNOWN} if unknown else 0)
"""


def _driver_source(plan: Plan) -> str:
    loads = []
    for k, name in enumerate(plan.inputs):
        tests = [f"not abs(x) <= {LARGEST_MAGNITUDE!r}"]
        if name in plan.temperatures:
            tests.append(f"not (x == 0.0 or x >= {SMALLEST_TEMPERATURE!r})")
        if name == plan.kappa:
            tests.append("not x > 0.0")
        loads.append(f"""
        step = 1 if len(inputs[{k}]) > 1 else 0
        for i in range(size):
            x = inputs[{k}][(offset + i) * step]
            rows[{k}, i] = x
            bad |= {" or ".join(tests)}""")
    stores, row = [], 0
    for k, width in enumerate(plan.widths):
        for level in range(max(width, 1)):
            stores.append(f"outputs[{k}][{level}, offset:offset + size] = out[{row}, :size]")
            row += 1
    first = "general" if plan.positive is None else "positive"
    return f"""def driver(start, stop, inputs, outputs):
    rows = np.empty(({max(len(plan.inputs), 1)}, {BLOCK}))
    out = np.empty(({plan.rows}, {BLOCK}))
    status = 0
    for offset in range(start, stop, {BLOCK}):
        size = min({BLOCK}, stop - offset)
        bad = False{"".join(loads)}
        mixed, flags = {first}(rows, out, size)
        if mixed:
            _, flags = general(rows, out, size)
        status |= flags
        if bad:
            status |= {BAD_INPUT}
        {(chr(10) + "        ").join(stores)}
    return status
"""


@cache
def _bit_casts() -> tuple[Any, Any]:
    """Functions between a double and its bits, for compiled code."""
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba import types
    from numba.extending import intrinsic

    def cast(target: Any, source: Any, llvm_type: Any) -> Any:
        def make(typing_context: Any, x: Any) -> Any:
            def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
                return builder.bitcast(args[0], llvm_type)

            return target(source), codegen

        return intrinsic(make)

    bits = cast(types.int64, types.float64, ir.IntType(64))
    return bits, cast(types.float64, types.int64, ir.DoubleType())


def numba_driver(plan: Plan) -> Any:
    """The compiled driver ``(start, stop, inputs, outputs) -> status``.

    Raises
    ------
    ImportError
        numba is not installed.
    """
    try:
        import numba
    except ImportError:
        raise ImportError("target 'numba' needs numba; pip install 'symqb[numba]'") from None
    bits, value = _bit_casts()
    namespace: dict[str, Any] = {"np": np, "sqrt": np.sqrt, "log": np.log}
    namespace.update(bits=bits, value=value)
    compiled = numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
    sources = [("expm1", _expm1_source())]
    sources.append(("general", _variant_source(plan, plan.general, "general")))
    if plan.positive is not None:
        sources.append(("positive", _variant_source(plan, plan.positive, "positive")))
    sources.append(("driver", _driver_source(plan)))
    for name, source in sources:
        exec(compile(source, f"<symqb numba {name}>", "exec"), namespace)
        namespace[name] = compiled(namespace[name])
    return namespace["driver"]


class NumbaKernel:
    """Runs a plan as a numba-compiled loop; threads share it without the interpreter's lock."""

    def __init__(self, plan: Plan) -> None:
        self._driver = numba_driver(plan)

    def __call__(
        self, inputs: Sequence[Array], count: int, outputs: Sequence[Array], threads: int
    ) -> int:
        flat, tables = tuple(inputs), tuple(output.T for output in outputs)
        try:
            # the first call compiles
            if threads == 1 or count < 2 * BLOCK:
                return int(self._driver(0, count, flat, tables))
            self._driver(0, 0, flat, tables)
        except RecursionError:
            raise NoClosedFormError(
                "target 'numba': its compiler cannot take a program of this length; "
                "ask for fewer outputs or derivatives, or use emit('c')"
            ) from None
        share = -(-count // (threads * BLOCK)) * BLOCK
        starts = range(0, count, share)
        with ThreadPoolExecutor(threads) as pool:
            parts = pool.map(
                lambda start: self._driver(start, min(start + share, count), flat, tables), starts
            )
            status = 0
            for part in parts:
                status |= int(part)
        return status
