"""The numba target's source text: one point's steps as a loop over a block, and its tests."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence

from symqb.emit.approximations import exp2_ratio, expm1_coefficients
from symqb.emit.language import Language, Text
from symqb.emit.names import PYTHON_KEYWORDS
from symqb.emit.plan import UNKNOWN, ZERO_GUARD, Plan
from symqb.emit.targets.c.source import LARGEST_EXPONENT, LARGEST_SQUARE
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Program

FORMS = {
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
INLINED = {*FORMS, "bits", "value", "wide", "least", "most", "read"}
LARGEST = sys.float_info.max
LONGEST = 1500
"""Steps beyond which the general variant alone is compiled: LLVM takes minutes for long loops."""

NUMBA = Language(
    forms=FORMS,
    reserved=frozenset(
        {
            *PYTHON_KEYWORDS,
            *dir(builtins),
            *INLINED,
            *("i", "rows", "out", "count", "trouble", "zero", "unknown"),
        }
    ),
)


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
        places = {f"in_{k}" for k in range(len(plan.inputs))}
        places |= {f"{name}_{k}" for name in ("out", "write") for k in range(plan.rows)}
        self.text = Text(NUMBA, program, places)
        self.names, self.ref = self.text.names, self.text.ref

    def steps(self) -> list[str]:
        plan, program = self.plan, self.program
        body = [f"{self.names[n]} = read(in_{plan.inputs.index(n)}, i)" for n in program.inputs]
        values = enumerate(plan.values(program))
        body += self.text.statements()
        return [*body, *(f"write_{row}(out_{row}, i, {self.ref(value)})" for row, value in values)]

    def trouble(self, *, quick: bool) -> list[str]:
        """Where the variant does not hold: a frequency that is not positive, a long exponent."""
        positive = [self.ref(value) for value in self.plan.conditions(self.program)]
        if not quick:
            return [f"trouble |= not {value} > 0.0" for value in positive]
        # a NaN that a minimum passes over is in the sum of the squares or of the values; the
        # frequencies are compared one by one, as a long minimum keeps LLVM from vectorising
        total = " + ".join(map(self.ref, self.plan.values(self.program)))
        squares = " + ".join(f"{x} * {x}" for x in map(self.ref, self.program.inputs)) or "0.0"
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
        used = [self.plan.inputs.index(n) for n in self.program.inputs]
        places = [f"in_{k} = rows[{k}]" for k in used]
        places += [f"out_{k} = out[{k}]" for k in range(self.plan.rows)]
        begin = "\n    ".join(places)
        return f"""def {name}(rows, out, count):
    wide()
    {begin}
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
        tests += [f"x = read(in_{k}, i)", f"bad |= not abs(x) <= {LARGEST_MAGNITUDE!r}"]
        if name in plan.temperatures:
            tests.append(f"bad |= not (x == 0.0 or x >= {SMALLEST_TEMPERATURE!r})")
        if name == plan.kappa:
            tests.append("bad |= not x > 0.0")
    begin = "\n    ".join(f"in_{k} = rows[{k}]" for k in range(len(plan.inputs)))
    lines = "\n        ".join(tests or ["pass"])
    return f"""def outside(rows, size):
    {begin}
    bad = False
    for i in range(size):
        {lines}
    return bad
"""


def sources(plan: Plan, *, flags: bool) -> dict[str, str]:
    """The functions a driver needs, in the order they are to be compiled in.

    ``quick`` or ``positive`` (or neither) and ``general`` evaluate a block: from the inputs'
    addresses, the outputs' and a count of points, whether the variant does not hold and status
    bits.  ``outside`` tells of an input outside its domain, which ``quick`` does by itself.
    ``flags``: whether the processor's flags are looked at, as ``quick`` needs.
    """
    found = {"expm1": _expm1_source(), **dict(_pair_sources()), **dict(EXTREMES)}
    if len(plan.general.steps) <= LONGEST:
        if flags and plan.quick is not None:
            found["quick"] = _Variant(plan, plan.quick).source("quick", quick=True)
        elif plan.positive is not None:
            found["positive"] = _Variant(plan, plan.positive).source("positive")
    found["general"] = _Variant(plan, plan.general).source("general")
    return {**found, "outside": _domain_source(plan)}
