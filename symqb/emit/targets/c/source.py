"""The c target's source text: one strict C99 file, and its header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symqb.emit.approximations import exp2_ratio, expm1_coefficients
from symqb.emit.language import Language, Text, fill, template, words
from symqb.emit.names import C_KEYWORDS
from symqb.emit.plan import Plan
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Program

KERNEL, HEADER = template("kernel.c"), template("kernel.h")

C = Language(
    forms={
        "add": "{0} + {1}",
        "sub": "{0} - {1}",
        "mul": "{0} * {1}",
        "div": "{0} / {1}",
        "neg": "-{0}",
        "abs": "fabs({0})",
        "sqrt": "sqrt({0})",
        "log": "log({0})",
        # the constants of a program stand first: a NaN in the second operand survives
        "min": "({0} < {1} ? {0} : {1})",
        "max": "({0} > {1} ? {0} : {1})",
        "select": "({0} <= {1} ? {2} : {3})",
        "expm1": "symqb_expm1({0})",
        "occupied": "symqb_occupied({0}, {1})",
        "vacant": "symqb_vacant({0}, {1})",
    },
    reserved=C_KEYWORDS | words(KERNEL),
    assign="const double {0} = {1};",
)

BLOCK, SMALL_BLOCK, MANY_ROWS = 256, 64, 64
"""Points in a block, and in one of a program with many outputs: a block's values stay in cache."""

LARGEST_SQUARE = 1e190
"""What the squares of a point's inputs may add up to in the quick variant."""

LARGEST_EXPONENT = 700.0
"""Frequency over temperature up to which the quick variant's exponentials are normal numbers."""


def _sum(terms: list[str]) -> str:
    return " + ".join(terms) or "0.0"


def _nested(function: str, terms: list[str]) -> str:
    """The smallest or largest of some expressions, as nested selections.

    A term that is not a number is passed over; in the other order it would take with it what was
    found before, a guard that is zero for one.
    """
    found = terms[0]
    for term in terms[1:]:
        found = f"symqb_{function}({term}, {found})"
    return found


class _Loop:
    """The statements of one variant for one point: loads, steps, stores, tests."""

    def __init__(self, plan: Plan, program: Program) -> None:
        self.plan, self.program = plan, program
        places = {f"in_{k}" for k in range(len(plan.inputs))}
        places |= {f"out_{row}" for row in range(plan.rows)}
        self.text = Text(C, program, places)
        self.names, self.ref = self.text.names, self.text.ref

    def pointers(self) -> list[str]:
        used = [self.plan.inputs.index(name) for name in self.program.inputs]
        return [
            *(f"const double *in_{k} = in[{k}];" for k in used),
            *(f"double *out_{row} = out[{row}];" for row in range(self.plan.rows)),
        ]

    def prefetches(self) -> list[str]:
        used = [self.plan.inputs.index(name) for name in self.program.inputs]
        if self.plan.rows > MANY_ROWS:
            return []
        return [
            *(f"PREFETCH(in_{k} + base, 0);" for k in used),
            *(f"PREFETCH(out_{row} + base, 1);" for row in range(self.plan.rows)),
        ]

    def loads(self) -> list[str]:
        return [
            f"const double {self.names[name]} = in_{self.plan.inputs.index(name)}[base + i];"
            for name in self.program.inputs
        ]

    def stores(self) -> list[str]:
        values = self.plan.values(self.program)
        return [f"out_{row}[base + i] = {self.ref(value)};" for row, value in enumerate(values)]

    def inputs(self, wanted: Iterable[str]) -> list[str]:
        return [self.names[name] for name in self.program.inputs if name in wanted]

    def guards(self) -> list[str]:
        return [f"fabs({self.ref(guard.ref)})" for guard in self.program.guards]

    def values(self, *, finite: bool) -> list[str]:
        pairs = zip(self.plan.values(self.program), self.plan.finite, strict=True)
        return [self.ref(value) for value, strict in pairs if strict or not finite]

    def tests(self) -> list[str]:
        """Each failure by its kind."""
        sizes = _sum([f"fabs({name})" for name in self.inputs(self.plan.inputs)])
        lines = [f"bad |= (uint64_t)!({sizes} <= {LARGEST_MAGNITUDE!r});"]
        colds = [f"({v} == 0.0 ? 1.0 : {v})" for v in self.inputs(self.plan.temperatures)]
        if colds:
            lowest = _nested("min", colds)
            lines.append(f"bad |= (uint64_t)!({lowest} >= {SMALLEST_TEMPERATURE!r});")
        lines += [f"bad |= (uint64_t)!({v} > 0.0);" for v in self.inputs([self.plan.kappa or ""])]
        finite, every = self.values(finite=True), self.values(finite=False)
        if finite:
            lines.append(f"unknown |= (uint64_t)!(fabs({_sum(finite)}) <= DBL_MAX);")
        lines += [f"unknown |= (uint64_t)({v} != {v});" for v in every if v not in finite]
        if self.guards():
            lines.append(f"zero |= (uint64_t)!({_nested('min', self.guards())} > 0.0);")
        return lines

    def quick_tests(self) -> list[str]:
        """A few comparisons that no failure passes; what they wrongly stop is looked at again."""
        positive = [
            *(self.ref(value) for value in self.plan.conditions(self.program)),
            *self.guards(),
            *self.inputs([*self.plan.temperatures, self.plan.kappa or ""]),
        ]
        squares = _sum([f"{name} * {name}" for name in self.inputs(self.plan.inputs)])
        pairs = [step.args for step in self.program.steps if step.op == "occupied"]
        exponents = " * ".join(
            _nested("max", list(dict.fromkeys(map(self.ref, side))))
            for side in zip(*pairs, strict=True)
        )
        least = _nested("min", list(dict.fromkeys(positive)))
        lines = [
            f"!({least} >= {SMALLEST_TEMPERATURE!r})",
            f"!({squares} <= {LARGEST_SQUARE!r})",
            f"!(fabs({_sum(self.values(finite=False))}) <= DBL_MAX)",
        ]
        if exponents:
            lines.append(f"!({exponents} <= {LARGEST_EXPONENT!r})")
        return [f"trouble |= (uint64_t){line};" for line in lines]

    def statements(self, *, fast: bool) -> list[str]:
        tests = self.quick_tests() if fast else self.tests()
        return [*self.loads(), *self.text.statements(), *self.stores(), *tests]


def _function(plan: Plan, program: Program, name: str, prefix: str, *, fast: bool) -> str:
    loop = _Loop(plan, program)
    pointers = "\n    ".join(loop.pointers())
    prefetches = "".join(f"\n        {line}" for line in loop.prefetches())
    body = "\n            ".join(loop.statements(fast=fast))
    counters = "trouble = 0" if fast else "bad = 0, zero = 0, unknown = 0"
    result = (
        "trouble ? TROUBLE : 0u"
        if fast
        else f"(bad ? {prefix}_BAD_INPUT : 0u) | (zero ? {prefix}_ZERO_GUARD : 0u)\n"
        f"        | (unknown ? {prefix}_UNKNOWN : 0u)"
    )
    return f"""static NOINLINE unsigned {name}(const double *const *in, double *const *out,
    size_t count)
{{
    {pointers}
    uint64_t {counters};
    size_t base, i;
    for (base = 0; base < count; base += LANES) {{{prefetches}
        INDEPENDENT
        for (i = 0; i < LANES; i++) {{
            {body}
        }}
    }}
    return {result};
}}
"""


def _comment(text: str) -> str:
    return text.replace("*/", "* /")


def _horner(coefficients: Iterable[float], scale: float = 1.0) -> str:
    """A polynomial in z as nested products, from its lowest power."""
    first, *rest = [repr(scale * c) for c in reversed(list(coefficients))]
    for c in rest:
        first = f"({first}) * z + {c}"
    return first


def _marks(plan: Plan, options: Mapping[str, object]) -> dict[str, object]:
    """What stands for each mark of the file and of its header."""
    prefix = str(options.get("prefix", "symqb"))
    functions = [_function(plan, plan.general, "general", prefix.upper(), fast=False)]
    if plan.quick is not None:
        quick = _function(plan, plan.quick, "quick", prefix.upper(), fast=True)
        functions.append(f"#ifdef RANGE\n{quick}#endif\n")
    even, odd = exp2_ratio()
    return {
        "TITLE": _comment(str(options.get("title", "A program."))),
        "VERSION": options.get("version", ""),
        "DIGEST": plan.program.digest[:16],
        "PREFIX": prefix.upper(),
        "prefix": prefix,
        "INPUTS": str(len(plan.inputs)),
        "OUTPUTS": str(len(plan.outputs)),
        "ROWS": str(plan.rows),
        "WIDEST": str(max(1, *plan.widths)),
        "WIDTHS": ", ".join(str(max(width, 1)) for width in plan.widths),
        "INPUT_LIST": "\n".join(f" *   in[{k}]  {n}" for k, n in enumerate(plan.inputs)),
        "OUTPUT_LIST": "\n".join(
            f" *   out[{k}]  {name}" + (f", {width} a point" if width else "")
            for k, (name, width) in enumerate(zip(plan.outputs, plan.widths, strict=True))
        ),
        "RULES": "\n".join(f" *   {_comment(g.rule)}" for g in plan.program.guards) or " *   none",
        "VARIANTS": "\n".join(functions),
        "QUICK": "0" if plan.quick is None else "1",
        "BLOCK": str(BLOCK if plan.rows <= MANY_ROWS else SMALL_BLOCK),
        "EVEN": _horner(even),
        "ODD": _horner(odd, -2.0),
        "HORNER": "\n".join(f"    p = p * r + {c!r};" for c in expm1_coefficients()[1:]),
        "LEADING": repr(expm1_coefficients()[0]),
    }


def c_file(plan: Plan, **options: object) -> str:
    """The standalone C99 file of a plan; ``title``, ``version`` and ``prefix`` are options.

    Raises
    ------
    KeyError
        An operation the target has no form for.
    """
    return fill(KERNEL, _marks(plan, options))


def c_header(plan: Plan, **options: object) -> str:
    """The header that declares what :func:`c_file` defines."""
    return fill(HEADER, _marks(plan, options))
