"""The numba target: the program as a compiled loop over blocks that LLVM vectorises."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.emit.approximations import exp2_ratio, expm1_coefficients
from symqb.emit.c_source import LARGEST_EXPONENT, LARGEST_SQUARE
from symqb.emit.float_flags import float_flags
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
    "occupied": "occupied({0}, {1})",
    "vacant": "vacant({0}, {1})",
}
EXTREMES = (
    ("least", "def least(a, b):\n    return a if a < b else b\n"),
    ("most", "def most(a, b):\n    return a if a > b else b\n"),
)
INLINED = {*FORMS, "bits", "value", "wide", "least", "most"}
LARGEST = sys.float_info.max
LONGEST = 1500
"""Steps beyond which the general variant alone is compiled: LLVM takes minutes for long loops."""

RESERVED = {*PYTHON_KEYWORDS, *INLINED, "i", "rows", "out", "count", "trouble", "zero", "unknown"}


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


def _pair_sources() -> list[tuple[str, str]]:
    """``occupied`` and ``vacant`` as in the C target."""
    even, odd = ([float(c) for c in side] for side in exp2_ratio())
    common = f"""    rate = b * -1.4426950408889634
    rounded = a * rate + 6755399441056767.0
    f = a * rate - (rounded - 6755399441056767.0)
    z = f * f
    power = value(bits(rounded) << 52)
    even = ({even[2]!r} * z + {even[1]!r}) * z + {even[0]!r}
    odd = f * (({-2 * odd[2]!r} * z + {-2 * odd[1]!r}) * z + {-2 * odd[0]!r})
"""
    occupied = f"def occupied(a, b):\n{common}    return power * (even - 0.5 * odd)\n"
    vacant = f"def vacant(a, b):\n{common}    return (1.0 - power) * (even - 0.5 * odd) + odd\n"
    return [("occupied", occupied), ("vacant", vacant)]


def extreme(kind: str, terms: Sequence[str]) -> str:
    """The least (``least``) or the greatest (``most``) of some expressions, in a balanced tree."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return f"{kind}({extreme(kind, terms[:half])}, {extreme(kind, terms[half:])})"


class _Variant:
    """The source of one variant: a loop over a block."""

    def __init__(self, plan: Plan, program: Program) -> None:
        self.plan, self.program = plan, program
        self.names = unique_names([*program.inputs, *(s.name for s in program.steps)], RESERVED)

    def ref(self, value: Ref) -> str:
        return literal(value) if isinstance(value, Fraction) else self.names[value]

    def steps(self) -> list[str]:
        plan, program = self.plan, self.program
        body = [f"{self.names[n]} = rows[{plan.inputs.index(n)}, i]" for n in program.inputs]
        for step in program.steps:
            form = FORMS[step.op].format(*map(self.ref, step.args))
            body.append(f"{self.names[step.name]} = {form}")
        values = enumerate(plan.values(program))
        return [*body, *(f"out[{row}, i] = {self.ref(value)}" for row, value in values)]

    def trouble(self, *, quick: bool) -> list[str]:
        """Where the variant does not hold: a frequency that is not positive, a long exponent."""
        positive = [self.ref(value) for value in self.plan.conditions(self.program)]
        if not quick:
            return [f"trouble |= not {value} > 0.0" for value in positive]
        # a NaN that a minimum passes over is in the sum of the squares or of the values; the
        # frequencies are compared one by one, as a long minimum keeps LLVM from vectorising
        total = " + ".join(map(self.ref, self.plan.values(self.program)))
        squares = " + ".join(f"{x} * {x}" for x in map(self.ref, self.program.inputs))
        tests = [f"abs({total}) <= {LARGEST!r}", f"{squares} <= {LARGEST_SQUARE!r}"]
        positive += [f"abs({self.ref(guard.ref)})" for guard in self.program.guards]
        tests += [f"{value} > 0.0" for value in positive]
        names = [n for n in (*self.plan.temperatures, self.plan.kappa) if n in self.program.inputs]
        if names:
            least = extreme("least", [self.ref(str(name)) for name in names])
            tests.append(f"{least} >= {SMALLEST_TEMPERATURE!r}")
        pairs = dict.fromkeys(s.args for s in self.program.steps if s.op == "occupied")
        if pairs:
            sides = (
                extreme("most", list(dict.fromkeys(map(self.ref, s))))
                for s in zip(*pairs, strict=True)
            )
            tests.append(f"{' * '.join(sides)} <= {LARGEST_EXPONENT!r}")
        return [f"trouble |= not {test}" for test in tests]

    def failures(self) -> list[str]:
        lines = [f"zero |= {self.ref(guard.ref)} == 0.0" for guard in self.program.guards]
        for value, strict in zip(self.plan.values(self.program), self.plan.finite, strict=True):
            ref = self.ref(value)
            test = f"not abs({ref}) <= {LARGEST!r}" if strict else f"{ref} != {ref}"
            lines.append(f"unknown |= {test}")
        return lines

    def source(self, name: str, *, quick: bool = False) -> str:
        failures = [] if quick else self.failures()
        lines = [*self.steps(), *self.trouble(quick=quick), *failures]
        body = "\n        ".join(lines)
        return f"""def {name}(rows, out, count):
    wide()
    trouble = False
    zero = False
    unknown = False
    for i in range(count):
        {body}
    return trouble, ({ZERO_GUARD} if zero else 0) | ({UNKNOWN} if unknown else 0)
"""


def _domain_source(plan: Plan) -> str:
    """Whether an input of a block lies outside its domain."""
    tests = []
    for k, name in enumerate(plan.inputs):
        tests.append(f"bad |= not abs(rows[{k}, i]) <= {LARGEST_MAGNITUDE!r}")
        if name in plan.temperatures:
            x = f"rows[{k}, i]"
            tests.append(f"bad |= not ({x} == 0.0 or {x} >= {SMALLEST_TEMPERATURE!r})")
        if name == plan.kappa:
            tests.append(f"bad |= not rows[{k}, i] > 0.0")
    lines = "\n        ".join(tests)
    return f"""def outside(rows, size):
    bad = False
    for i in range(size):
        {lines}
    return bad
"""


def _first_variant(plan: Plan, *, quick: bool) -> tuple[Program | None, str]:
    """The variant to try before the general one, and its kind."""
    if len(plan.general.steps) > LONGEST:
        return None, "none"
    if quick and plan.quick is not None:
        return plan.quick, "quick"
    return plan.positive, "none" if plan.positive is None else "positive"


def _driver_source(plan: Plan, *, first: str) -> str:
    """Blocks of points: copied in, evaluated, copied out.  ``first``: which variant comes first."""
    fixed, loads, stores, row = [], [], [], 0
    for k in range(len(plan.inputs)):
        fixed.append(f"if len(inputs[{k}]) == 1:\n        rows[{k}, :] = inputs[{k}][0]")
        copy = f"for i in range(size):\n                rows[{k}, i] = inputs[{k}][offset + i]"
        loads.append(f"if len(inputs[{k}]) > 1:\n            {copy}")
    for k, width in enumerate(plan.widths):
        for level in range(max(width, 1)):
            copy = f"outputs[{k}][{level}, offset + i] = out[{row}, i]"
            stores.append(f"for i in range(size):\n            {copy}")
            row += 1
    attempt = "first(rows, out, size)" if first != "none" else "True, 0"
    checked = "False" if first == "quick" else "outside(rows, size)"
    begin = "\n    ".join(fixed)
    load, store = ("\n        ".join(lines) for lines in (loads, stores))
    return f"""def driver(start, stop, inputs, outputs):
    wide()
    rows = np.empty(({max(len(plan.inputs), 1)}, {BLOCK}))
    out = np.empty(({plan.rows}, {BLOCK}))
    status = 0
    clear()
    {begin}
    for offset in range(start, stop, {BLOCK}):
        size = min({BLOCK}, stop - offset)
        {load}
        bad = {checked}
        trouble, flags = {attempt}
        if trouble or flags or left_range():
            bad = outside(rows, size)
            _, flags = general(rows, out, size)
            clear()
        status |= flags
        if bad:
            status |= {BAD_INPUT}
        {store}
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


@cache
def _wide_vectors() -> Any:
    """For compiled code: asks LLVM for the widest vectors in the function it stands in."""
    from numba import types
    from numba.extending import intrinsic

    def wide(typing_context: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            # llvmlite refuses attributes that are text; its set prints whatever it holds
            set.add(builder.function.attributes, '"prefer-vector-width"="512"')
            return context.get_dummy_value()

        return types.void(), codegen

    return intrinsic(wide)


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
    namespace.update(bits=bits, value=value, wide=_wide_vectors())
    compiled = numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
    flags = float_flags()
    namespace.update(clear=numba.njit(flags.clear), left_range=numba.njit(flags.left_range))
    sources = [("expm1", _expm1_source()), *_pair_sources(), *EXTREMES]
    sources.append(("general", _Variant(plan, plan.general).source("general")))
    sources.append(("outside", _domain_source(plan)))
    first, kind = _first_variant(plan, quick=flags.work)
    if first is not None:
        sources.append(("first", _Variant(plan, first).source("first", quick=kind == "quick")))
    sources.append(("driver", _driver_source(plan, first=kind)))
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
